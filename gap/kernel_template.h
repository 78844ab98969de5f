// The kernels of kernel.c for one instruction set. kernel.c includes this file once for each, having defined
//
//	NAME(x)      the name of function x for this instruction set
//	TARGET       the function attribute that lets the compiler use it
//	V, W         the vector type and the number of its floats
//	MR           rows of S that the product's inner loop holds in registers, beside 2*W columns
//	LOAD, STORE, SET1, FMA, MAX    on vectors, unaligned
//	ADD_EXPONENT(p, t)             p with the low bits of t added to its exponent
//
// Shapes, all fixed in kernel.h: a tile is GAP_ROWS x GAP_COLUMNS, a group is GAP_GROUP rows.

// product stores the tile a·bᵀ into s, row-major with GAP_COLUMNS columns. a holds the tile's rows in panels of MR rows and b its columns
// in panels of 2*W columns, each panel k-major.
//
// Every entry is a chain of fused multiply-adds over at most GAP_DEPTH terms, and the sum of the chains in order. Both depend on d alone:
// equal rows give exactly equal entries wherever they stand. Short chains also keep the rounding error small.
static TARGET void NAME(product)(const float *a, const float *b, long d, float *s) {
  for (long k0 = 0; k0 < d || k0 == 0; k0 += GAP_DEPTH) {
    long depth = d - k0 < GAP_DEPTH ? d - k0 : GAP_DEPTH;
    for (long j = 0; j < GAP_COLUMNS; j += 2 * W) {
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

// EXP2 is 2^(slope·c + offset), with the integer offset folded into shift = 1.5·2²³ + offset.
//
// t holds round(slope·c) + offset in its low bits. What is left of the exponent, f in [-½, ½], comes out of one fused multiply-add without
// the rounding of slope·c; low is the part of the slope that float32 lost. 2^f is a polynomial whose relative error is below 1.1e-7 and
// -2e-8 in the mean. c is at least least, below which 2^-126 would underflow.
#define EXP2(e, c)                                     \
  do {                                                 \
    V x_ = MAX(c, least), t_ = FMA(x_, slope, shift);  \
    V f_ = FMA(x_, low, FMA(x_, slope, shift - t_));   \
    V p_ = FMA(f_, SET1(0x1.5bba1p-10f), SET1(0x1.3cea88p-7f)); \
    p_ = FMA(f_, p_, SET1(0x1.c6b752p-5f));            \
    p_ = FMA(f_, p_, SET1(0x1.ebf9bcp-3f));            \
    p_ = FMA(f_, p_, SET1(0x1.62e42ap-1f));            \
    p_ = FMA(f_, p_, SET1(1.0f));                      \
    e = ADD_EXPONENT(p_, t_);                          \
  } while (0)

static TARGET float NAME(sum)(const float *v) {
  float s[W];
  STORE(s, LOAD(v));
  for (int h = W / 2; h > 0; h /= 2)
    for (int k = 0; k < h; k++) s[k] += s[k + h];
  return s[0];
}

// exponentials adds 2^(slope·c + offset) of a group of rows c to row[0..GAP_GROUP) and to the columns col: one exponential serves both.
static TARGET void NAME(exponentials)(const float *c, float slope_, float low_, float shift_, float least_, double *row, float *col) {
  const V slope = SET1(slope_), low = SET1(low_), shift = SET1(shift_), least = SET1(least_);
  V r0 = SET1(0), r1 = r0, r2 = r0, r3 = r0;
  for (long j = 0; j < GAP_COLUMNS; j += W) {
    V e0, e1, e2, e3;
    EXP2(e0, LOAD(c + j));
    EXP2(e1, LOAD(c + j + GAP_COLUMNS));
    EXP2(e2, LOAD(c + j + 2 * GAP_COLUMNS));
    EXP2(e3, LOAD(c + j + 3 * GAP_COLUMNS));
    r0 += e0;
    r1 += e1;
    r2 += e2;
    r3 += e3;
    STORE(col + j, LOAD(col + j) + ((e0 + e1) + (e2 + e3)));
  }
  float s[4][W];
  STORE(s[0], r0);
  STORE(s[1], r1);
  STORE(s[2], r2);
  STORE(s[3], r3);
  for (int r = 0; r < 4; r++) row[r] += NAME(sum)(s[r]);
}

// cosines stores the moved cosines (s + add_r - sub_j)·(p_r·q_j) of a group of rows into c, and takes them into the maxima of rows and
// columns.
static TARGET void NAME(cosines)(const float *s, const float *add, const float *p, const float *sub, const float *q, float *c, float *row_max,
                                 float *col_max) {
  V a0 = SET1(add[0]), a1 = SET1(add[1]), a2 = SET1(add[2]), a3 = SET1(add[3]);
  V p0 = SET1(p[0]), p1 = SET1(p[1]), p2 = SET1(p[2]), p3 = SET1(p[3]);
  V m0 = SET1(row_max[0]), m1 = SET1(row_max[1]), m2 = SET1(row_max[2]), m3 = SET1(row_max[3]);
  for (long j = 0; j < GAP_COLUMNS; j += W) {
    V b = LOAD(sub + j), w = LOAD(q + j);
    V c0 = (LOAD(s + j) + a0 - b) * (p0 * w);
    V c1 = (LOAD(s + j + GAP_COLUMNS) + a1 - b) * (p1 * w);
    V c2 = (LOAD(s + j + 2 * GAP_COLUMNS) + a2 - b) * (p2 * w);
    V c3 = (LOAD(s + j + 3 * GAP_COLUMNS) + a3 - b) * (p3 * w);
    STORE(c + j, c0);
    STORE(c + j + GAP_COLUMNS, c1);
    STORE(c + j + 2 * GAP_COLUMNS, c2);
    STORE(c + j + 3 * GAP_COLUMNS, c3);
    m0 = MAX(m0, c0);
    m1 = MAX(m1, c1);
    m2 = MAX(m2, c2);
    m3 = MAX(m3, c3);
    STORE(col_max + j, MAX(LOAD(col_max + j), MAX(MAX(c0, c1), MAX(c2, c3))));
  }
  float v[4][W];
  STORE(v[0], m0);
  STORE(v[1], m1);
  STORE(v[2], m2);
  STORE(v[3], m3);
  for (int r = 0; r < 4; r++)
    for (int k = 0; k < W; k++)
      if (v[r][k] > row_max[r]) row_max[r] = v[r][k];
}

// sweep takes one tile s into the accumulators of every λ and scale; see gap_sweep in kernel.h.
static TARGET void NAME(sweep)(const float *s, long lambdas, const float *add, const float *p, float *row_max, long row_stride,
                               const float *sub, const float *q, long col_stride, float *col_max, long scales, const float *slope,
                               const float *low, const float *shift, const float *least, double *row, double *col, float *work) {
  float *c = work, *sums = work + GAP_GROUP * GAP_COLUMNS;
  for (long l = 0; l < lambdas; l++) {
    for (long j = 0; j < scales * GAP_COLUMNS; j++) sums[j] = 0;
    for (long i = 0; i < GAP_ROWS; i += GAP_GROUP) {
      long at = l * row_stride + i;
      NAME(cosines)(s + i * GAP_COLUMNS, add + at, p + at, sub + l * col_stride, q + l * col_stride, c, row_max + at, col_max + l * GAP_COLUMNS);
      for (long k = 0; k < scales; k++) {
        long lk = l * scales + k;
        NAME(exponentials)(c, slope[k], low[k], shift[lk], least[lk], row + lk * row_stride + i, sums + k * GAP_COLUMNS);
      }
    }
    double *to = col + l * scales * GAP_COLUMNS;
    for (long j = 0; j < scales * GAP_COLUMNS; j++) to[j] += sums[j];
  }
}

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
