// The kernels of kernel.c for one instruction set. kernel.c includes this file once for each, having defined
//
//	NAME(x)      the name of function x for this instruction set
//	TARGET       the function attribute that lets the compiler use it
//	V, W         the vector type and the number of its floats
//	MR           rows of S that the product's inner loop holds in registers, beside 2*W columns
//	LOAD, STORE, SET1, FMA, MAX    on vectors, unaligned
//	ADD_EXPONENT(p, t)             p with the low bits of t added to its exponent
//	MIN, GREATER(a, b, x, y)       the lesser; x where a > b, else y
//	D, WD, SET1D, LOADD, STORED, FMAD, WIDEN(p)    the same in doubles; the WD floats at p as doubles
//	SUM4(out, a, b, c, d), MAX4    the sum, or greatest entry, of each of four vectors, into four floats
//
// Shapes, all fixed in kernel.h: a tile is GAP_ROWS x GAP_COLUMNS, a group is GAP_GROUP rows.

// product stores the first columns columns of the tile a·bᵀ, filled up to a panel, into s, row-major with GAP_COLUMNS columns. a holds the
// tile's rows in panels of MR rows and b its columns in panels of 2*W columns, each panel k-major.
//
// Every entry is a chain of fused multiply-adds over at most GAP_DEPTH terms, and the sum of the chains in order. Both depend on d alone:
// equal rows give exactly equal entries wherever they stand. Short chains also keep the rounding error small.
static TARGET void NAME(product)(const float *a, const float *b, long d, long columns, float *s) {
  for (long k0 = 0; k0 < d || k0 == 0; k0 += GAP_DEPTH) {
    long depth = d - k0 < GAP_DEPTH ? d - k0 : GAP_DEPTH;
    for (long j = 0; j < columns; j += 2 * W) {
      const float *panel = b + j * d + k0 * 2 * W;
      for (long i = 0; i < GAP_ROWS; i += MR) {
        const float *pa = a + i * d + k0 * MR, *pb = panel;
        V sum[MR][2];
#pragma GCC unroll 16
        for (int r = 0; r < MR; r++) sum[r][0] = sum[r][1] = SET1(0);
        for (long k = 0; k < depth; k++, pa += MR, pb += 2 * W) {
          V b0 = LOAD(pb), b1 = LOAD(pb + W);
#pragma GCC unroll 16
          for (int r = 0; r < MR; r++) {
            V x = SET1(pa[r]);
            sum[r][0] = FMA(x, b0, sum[r][0]);
            sum[r][1] = FMA(x, b1, sum[r][1]);
          }
        }
        float *out = s + i * GAP_COLUMNS + j;
#pragma GCC unroll 16
        for (int r = 0; r < MR; r++, out += GAP_COLUMNS) {
          if (k0 > 0) {
            sum[r][0] = LOAD(out) + sum[r][0];
            sum[r][1] = LOAD(out + W) + sum[r][1];
          }
          STORE(out, sum[r][0]);
          STORE(out + W, sum[r][1]);
        }
      }
    }
  }
}

// EXP2 is 2^(slope·c).
//
// t holds round(slope·c) in its low bits. What is left of the exponent, f in [-½, ½], comes out of one fused multiply-add without the
// rounding of slope·c; low is the part of the slope that float32 lost. 2^f is a polynomial whose relative error is below 1.6e-8 and 1e-9
// in the mean. c counts as at least least, below which 2^-126 would underflow.
#define EXP2(e, c)                                                 \
  do {                                                             \
    V x_ = MAX(c, least), t_ = FMA(x_, slope, SET1(12582912.0f));  \
    V f_ = FMA(x_, low, FMA(x_, slope, SET1(12582912.0f) - t_));   \
    V p_ = FMA(f_, SET1(0x1.41fbbap-13f), SET1(0x1.5f3e54p-10f)); \
    p_ = FMA(f_, p_, SET1(0x1.3b2d4cp-7f));                        \
    p_ = FMA(f_, p_, SET1(0x1.c6aee8p-5f));                        \
    p_ = FMA(f_, p_, SET1(0x1.ebfbdcp-3f));                        \
    p_ = FMA(f_, p_, SET1(0x1.62e43p-1f));                         \
    p_ = FMA(f_, p_, SET1(1.0f));                                  \
    e = ADD_EXPONENT(p_, t_);                                      \
  } while (0)

// POWERn is x^n.
#define SQUARES(x) V x1_ = x, x2_ = x1_ * x1_
#define POWER2(e, j) do { SQUARES(LOAD(c + (j))); e = x2_; } while (0)
#define POWER3(e, j) do { SQUARES(LOAD(c + (j))); e = x2_ * x1_; } while (0)
#define POWER4(e, j) do { SQUARES(LOAD(c + (j))); e = x2_ * x2_; } while (0)
#define POWER5(e, j) do { SQUARES(LOAD(c + (j))); e = x2_ * x2_ * x1_; } while (0)
#define POWER6(e, j) do { SQUARES(LOAD(c + (j))); e = x2_ * x2_ * x2_; } while (0)
#define POWER7(e, j) do { SQUARES(LOAD(c + (j))); e = (x2_ * x2_) * (x2_ * x1_); } while (0)
#define POWER8(e, j) do { SQUARES(LOAD(c + (j))); V x4_ = x2_ * x2_; e = x4_ * x4_; } while (0)
#define POWER9(e, j) do { SQUARES(LOAD(c + (j))); V x4_ = x2_ * x2_; e = x4_ * x4_ * x1_; } while (0)
#define POWER10(e, j) do { SQUARES(LOAD(c + (j))); V x5_ = x2_ * x2_ * x1_; e = x5_ * x5_; } while (0)

// GROUP sums a group of rows of TERM(e, j), the vector at offset j: over columns into row, over rows into col. One exponential serves
// both. The terms are kept in keep.
#define GROUP(TERM)                                             \
  do {                                                          \
    V r0 = SET1(0), r1 = r0, r2 = r0, r3 = r0;                  \
    for (long j = 0; j < GAP_COLUMNS; j += W) {                 \
      V e0, e1, e2, e3;                                         \
      TERM(e0, j);                                              \
      TERM(e1, j + GAP_COLUMNS);                                \
      TERM(e2, j + 2 * GAP_COLUMNS);                            \
      TERM(e3, j + 3 * GAP_COLUMNS);                            \
      STORE(keep + j, e0);                                      \
      STORE(keep + j + GAP_COLUMNS, e1);                        \
      STORE(keep + j + 2 * GAP_COLUMNS, e2);                    \
      STORE(keep + j + 3 * GAP_COLUMNS, e3);                    \
      r0 += e0;                                                 \
      r1 += e1;                                                 \
      r2 += e2;                                                 \
      r3 += e3;                                                 \
      STORE(col + j, LOAD(col + j) + ((e0 + e1) + (e2 + e3)));  \
    }                                                           \
    float s[4];                                                 \
    SUM4(s, r0, r1, r2, r3);                                    \
    for (int r = 0; r < 4; r++) row[r] += s[r];                 \
  } while (0)

// exponentials sums 2^(slope·c) over a group.
static TARGET void NAME(exponentials)(const float *restrict c, float slope_, float low_, float least_, double *restrict row,
                                      float *restrict col, float *restrict keep) {
  const V slope = SET1(slope_), low = SET1(low_), least = SET1(least_);
#define TERM(e, j) EXP2(e, LOAD(c + (j)))
  GROUP(TERM);
#undef TERM
}

// powers sums c^n over a group.
static TARGET void NAME(powers)(const float *restrict c, int n, double *restrict row, float *restrict col, float *restrict keep) {
#define CASE(n)        \
  case n:              \
    GROUP(POWER##n);   \
    break
  switch (n) {
    CASE(2);
    CASE(3);
    CASE(4);
    CASE(5);
    CASE(6);
    CASE(7);
    CASE(8);
    CASE(9);
    CASE(10);
  }
#undef CASE
}

// cosines stores the moved cosines (s + add_r - sub_j)·(p_r·q_j) of a group of rows, less shift, into c, and takes them into the maxima
// of rows and columns.
static TARGET void NAME(cosines)(const float *restrict s, const float *restrict add, const float *restrict p, const float *restrict sub,
                                 const float *restrict q, float shift_, float *restrict c, float *restrict row_max,
                                 float *restrict col_max) {
  const V shift = SET1(shift_);
  V a0 = SET1(add[0]), a1 = SET1(add[1]), a2 = SET1(add[2]), a3 = SET1(add[3]);
  V p0 = SET1(p[0]), p1 = SET1(p[1]), p2 = SET1(p[2]), p3 = SET1(p[3]);
  V m0 = SET1(row_max[0]), m1 = SET1(row_max[1]), m2 = SET1(row_max[2]), m3 = SET1(row_max[3]);
  for (long j = 0; j < GAP_COLUMNS; j += W) {
    V b = LOAD(sub + j), w = LOAD(q + j);
    V c0 = (LOAD(s + j) + a0 - b) * (p0 * w);
    V c1 = (LOAD(s + j + GAP_COLUMNS) + a1 - b) * (p1 * w);
    V c2 = (LOAD(s + j + 2 * GAP_COLUMNS) + a2 - b) * (p2 * w);
    V c3 = (LOAD(s + j + 3 * GAP_COLUMNS) + a3 - b) * (p3 * w);
    STORE(c + j, c0 - shift);
    STORE(c + j + GAP_COLUMNS, c1 - shift);
    STORE(c + j + 2 * GAP_COLUMNS, c2 - shift);
    STORE(c + j + 3 * GAP_COLUMNS, c3 - shift);
    m0 = MAX(m0, c0);
    m1 = MAX(m1, c1);
    m2 = MAX(m2, c2);
    m3 = MAX(m3, c3);
    STORE(col_max + j, MAX(LOAD(col_max + j), MAX(MAX(c0, c1), MAX(c2, c3))));
  }
  MAX4(row_max, m0, m1, m2, m3);
}

// sweep takes one tile s into the accumulators of every λ and scale; see gap_sweep in kernel.h.
static TARGET void NAME(sweep)(const float *s, long lambdas, const float *add, const float *p, float *row_max, long row_stride,
                               const float *sub, const float *q, long col_stride, float *col_max, const float *shift, long scales,
                               const int *source, const int *power, const float *slope, const float *low, const float *least, double *row,
                               double *col, float *work) {
  const long group = GAP_GROUP * GAP_COLUMNS;
  float *c = work, *sums = work + group, *terms = sums + scales * GAP_COLUMNS;
  for (long l = 0; l < lambdas; l++) {
    memset(sums, 0, scales * GAP_COLUMNS * sizeof(float));
    for (long i = 0; i < GAP_ROWS; i += GAP_GROUP) {
      long at = l * row_stride + i;
      NAME(cosines)(s + i * GAP_COLUMNS, add + at, p + at, sub + l * col_stride, q + l * col_stride, shift[l], c, row_max + at,
                    col_max + l * GAP_COLUMNS);
      for (long k = 0; k < scales; k++) {
        double *to = row + (l * scales + k) * row_stride + i;
        if (source[k] < 0)
          NAME(exponentials)(c, slope[k], low[k], least[k], to, sums + k * GAP_COLUMNS, terms + k * group);
        else
          NAME(powers)(terms + source[k] * group, power[k], to, sums + k * GAP_COLUMNS, terms + k * group);
      }
    }
    for (long k = 0; k < scales; k++) {
      double *restrict to = col + (l * scales + k) * GAP_COLUMNS;
      const float *restrict from = sums + k * GAP_COLUMNS;
      for (long j = 0; j < GAP_COLUMNS; j++) to[j] += from[j];
    }
  }
}

// nearest takes one tile s into the nearest columns of every row at every λ; see gap_nearest in kernel.h.
static TARGET void NAME(nearest)(const float *restrict s, long lambdas, const float *restrict add, long row_stride, const float *restrict sub,
                                 const float *restrict q, long first, float *restrict best, float *restrict second, float *restrict index) {
  float lanes[W];
  for (int k = 0; k < W; k++) lanes[k] = first + k;
  const V start = LOAD(lanes), step = SET1(W);
  for (long l = 0; l < lambdas; l++, sub += GAP_COLUMNS, q += GAP_COLUMNS)
    for (long i = 0; i < GAP_ROWS; i++) {
      long at = (l * GAP_ROWS + i) * GAP_LANES;
      V b = LOAD(best + at), r = LOAD(second + at), x = LOAD(index + at), a = SET1(add[l * row_stride + i]), j = start;
      for (long k = 0; k < GAP_COLUMNS; k += W) {
        V c = (LOAD(s + i * GAP_COLUMNS + k) + a - LOAD(sub + k)) * LOAD(q + k);
        x = GREATER(c, b, j, x);
        r = MAX(r, MIN(b, c));
        b = MAX(b, c);
        j += step;
      }
      STORE(best + at, b);
      STORE(second + at, r);
      STORE(index + at, x);
    }
}

// unit_sum adds x/|x| of n rows of d entries to sum, in float64.
static TARGET void NAME(unit_sum)(const float *restrict x, long n, long d, double *restrict sum) {
  const long wide = d / (4 * WD) * (4 * WD);
  for (long i = 0; i < n; i++, x += d) {
    D s0 = SET1D(0), s1 = s0, s2 = s0, s3 = s0;
    for (long k = 0; k < wide; k += 4 * WD) {
      D a = WIDEN(x + k), b = WIDEN(x + k + WD), c = WIDEN(x + k + 2 * WD), e = WIDEN(x + k + 3 * WD);
      s0 = FMAD(a, a, s0);
      s1 = FMAD(b, b, s1);
      s2 = FMAD(c, c, s2);
      s3 = FMAD(e, e, s3);
    }
    double lanes[WD], squares = 0;
    STORED(lanes, (s0 + s1) + (s2 + s3));
    for (int k = 0; k < WD; k++) squares += lanes[k];
    for (long k = wide; k < d; k++) squares += (double)x[k] * x[k];
    const double inverse = 1 / sqrt(squares);
    const D scale = SET1D(inverse);
    for (long k = 0; k < wide; k += WD) STORED(sum + k, FMAD(WIDEN(x + k), scale, LOADD(sum + k)));
    for (long k = wide; k < d; k++) sum[k] += x[k] * inverse;
  }
}

#undef D
#undef WD
#undef SET1D
#undef WIDEN
#undef FMAD
#undef LOADD
#undef STORED
#undef GREATER
#undef MIN
#undef GROUP
#undef POWER2
#undef POWER3
#undef POWER4
#undef POWER5
#undef POWER6
#undef POWER7
#undef POWER8
#undef POWER9
#undef POWER10
#undef SQUARES
#undef SUM4
#undef MAX4
#undef EXP2
#undef NAME
#undef TARGET
#undef V
#undef W
#undef MR
#undef LOAD
#undef STORE
#undef SET1
#undef FMA
#undef MAX
#undef ADD_EXPONENT
