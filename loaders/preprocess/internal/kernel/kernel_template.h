// The kernels, written once. kernel.c includes this file with NAME and TARGET for each instruction set, and with PLAIN where the loops are all
// there is. All arithmetic is on integers, and the results are those of the plain twins in Go.

TARGET static inline int32_t NAME(saturate)(int32_t v) { return v < -32768 ? -32768 : v > 32767 ? 32767 : v; }

TARGET static inline uint8_t NAME(clamp)(int32_t v) { return v < 0 ? 0 : v > 255 ? 255 : v; }

// flat writes a block that has nothing but a first coefficient.
TARGET static void NAME(flat)(uint8_t *dst, long stride, int32_t dc) {
  int v = NAME(clamp)(((NAME(saturate)(4 * dc) + 16) >> 5) + 128);
  for (int y = 0; y < 8; y++) memset(dst + y * stride, v, 8);
}

#ifdef PLAIN
// transform is the one-dimensional inverse DCT of the eight columns of in (Loeffler, Ligtenberg and Moschytz, 13-bit constants), with round
// added before the shift. Sums of damaged coefficients wrap, so that they are unsigned.
TARGET static inline __attribute__((always_inline)) void NAME(transform)(int32_t out[8][8], const int32_t in[8][8], int32_t round, int shift) {
  for (int i = 0; i < 8; i++) {
    uint32_t s0 = in[0][i], s1 = in[1][i], s2 = in[2][i], s3 = in[3][i], s4 = in[4][i], s5 = in[5][i], s6 = in[6][i], s7 = in[7][i];
    uint32_t z = (s2 + s6) * 4433;
    uint32_t t2 = z - s6 * 15137, t3 = z + s2 * 6270;
    uint32_t t0 = (s0 + s4) * 8192 + round, t1 = (s0 - s4) * 8192 + round;
    uint32_t e0 = t0 + t3, e1 = t1 + t2, e2 = t1 - t2, e3 = t0 - t3;
    uint32_t z1 = (s7 + s1) * -7373, z2 = (s5 + s3) * -20995, z3 = s7 + s3, z4 = s5 + s1;
    uint32_t z5 = (z3 + z4) * 9633;
    z3 = z5 - z3 * 16069;
    z4 = z5 - z4 * 3196;
    uint32_t o0 = s7 * 2446 + z1 + z3, o1 = s5 * 16819 + z2 + z4, o2 = s3 * 25172 + z2 + z3, o3 = s1 * 12299 + z1 + z4;
    out[0][i] = (int32_t)(e0 + o3) >> shift;
    out[7][i] = (int32_t)(e0 - o3) >> shift;
    out[1][i] = (int32_t)(e1 + o2) >> shift;
    out[6][i] = (int32_t)(e1 - o2) >> shift;
    out[2][i] = (int32_t)(e2 + o1) >> shift;
    out[5][i] = (int32_t)(e2 - o1) >> shift;
    out[3][i] = (int32_t)(e3 + o0) >> shift;
    out[4][i] = (int32_t)(e3 - o0) >> shift;
  }
}

TARGET static void NAME(idct)(uint8_t *dst, long stride, const int16_t *coef, const uint8_t *last, long n) {
  for (long b = 0; b < n; b++, dst += 8, coef += 64) {
    if (last[b] == 0) {
      NAME(flat)(dst, stride, coef[0]);
      continue;
    }
    int32_t a[8][8], w[8][8];
    for (int y = 0; y < 8; y++)
      for (int x = 0; x < 8; x++) a[y][x] = coef[8 * y + x];
    NAME(transform)(w, a, 1 << 10, 11);
    for (int y = 0; y < 8; y++)
      for (int x = 0; x < 8; x++) a[x][y] = NAME(saturate)(w[y][x]);
    NAME(transform)(w, a, (1 << 17) + (128 << 18), 18);
    for (int y = 0; y < 8; y++)
      for (int x = 0; x < 8; x++) dst[y * stride + x] = NAME(clamp)(w[x][y]);
  }
}

// weigh stores the sums of a pixel's channels over 16 rows.
TARGET static void NAME(weigh)(uint8_t *out, const uint8_t *p, const int channels, const uint64_t *coef, long taps) {
  for (int c = 0; c < channels; c++) {
    int32_t sum[16];
    for (int l = 0; l < 16; l++) sum[l] = HALF;
    for (long t = 0; t < taps; t++) {
      int32_t k = (int32_t)coef[t];
      for (int l = 0; l < 16; l++) sum[l] += k * p[16 * (t * channels + c) + l];
    }
    for (int l = 0; l < 16; l++) out[16 * c + l] = NAME(clamp)(sum[l] >> IMG_PRECISION);
  }
}
#else
#include "kernel_avx2.h"
#endif

// triangle doubles n samples, at least two, into dst.
TARGET static void NAME(triangle)(uint8_t *restrict dst, const uint8_t *restrict near, const uint8_t *restrict far, long n, int left, int right) {
  dst[0] = (4 * (3 * near[0] + far[0]) + left) >> 4;
  for (long x = 0; x < n - 1; x++) {
    uint16_t a = 3 * near[x] + far[x], b = 3 * near[x + 1] + far[x + 1];
    dst[2 * x + 1] = (uint16_t)(3 * a + b + right) >> 4;
    dst[2 * x + 2] = (uint16_t)(3 * b + a + left) >> 4;
  }
  dst[2 * n - 1] = (4 * (3 * near[n - 1] + far[n - 1]) + right) >> 4;
}

// enlarge returns row y of the picture of a plane of chroma, in out or where it is.
TARGET static const uint8_t *NAME(enlarge)(uint8_t *restrict out, const uint8_t *plane, long stride, long width, long height, int h, int v, long y) {
  const uint8_t *near = plane + y / v * stride, *far = near;
  long bias = 1;
  if (v == 2) {
    long other = y / 2 + (y & 1 ? 1 : -1);
    far = plane + (other < 0 ? 0 : other >= height ? height - 1 : other) * stride;
    bias = 1 + (y & 1);
  }
  if (h == 1 && v == 1) return near;
  if (h == 2) {
    if (v == 1) {
      NAME(triangle)(out, near, near, width, 4, 8);
    } else {
      NAME(triangle)(out, near, far, width, 8, 7);
    }
    return out;
  }
  for (long x = 0; x < width; x++) out[x] = (uint16_t)(3 * near[x] + far[x] + bias) >> 2;
  return out;
}

TARGET static void NAME(ycc_row)(uint8_t *restrict dst, long n, const uint8_t *restrict ys, const uint8_t *restrict cbs, const uint8_t *restrict crs) {
  for (long x = 0; x < n; x++) {
    int32_t y = ys[x], b = cbs[x] - 128, r = crs[x] - 128;
    dst[3 * x] = NAME(clamp)(y + ((91881 * r + 32768) >> 16));
    dst[3 * x + 1] = NAME(clamp)(y + ((-46802 * r - 22554 * b + 32768) >> 16));
    dst[3 * x + 2] = NAME(clamp)(y + ((116130 * b + 32768) >> 16));
  }
}

TARGET static void NAME(ycc)(uint8_t *dst, long width, long height, const uint8_t *y, long ystride, const uint8_t *cb, const uint8_t *cr,
                             long cstride, long cwidth, long cheight, int h, int v, uint8_t *work) {
  for (long j = 0; j < height; j++)
    NAME(ycc_row)(dst + 3 * width * j, width, y + j * ystride, NAME(enlarge)(work, cb, cstride, cwidth, cheight, h, v, j),
                  NAME(enlarge)(work + 2 * cwidth, cr, cstride, cwidth, cheight, h, v, j));
}

// transpose writes the 16 columns of 16 rows of bytes, each out_stride behind the last.
TARGET static void NAME(transpose)(uint8_t *restrict out, long out_stride, const uint8_t *restrict in, long stride) {
  bytes16 a[16], b[16];
  for (int k = 0; k < 16; k++) memcpy(&a[k], in + k * stride, 16);
  for (int step = 0; step < 4; step++) {
    for (int k = 0; k < 8; k++) {
      b[2 * k] = INTERLEAVE_LOW(a[k], a[k + 8]);
      b[2 * k + 1] = INTERLEAVE_HIGH(a[k], a[k + 8]);
    }
    memcpy(a, b, sizeof a);
  }
  for (int k = 0; k < 16; k++) memcpy(out + k * out_stride, &a[k], 16);
}

// across turns the rows, so that a column's 16 bytes lie together and take the same coefficients, and turns the sums back.
TARGET static void NAME(across)(uint8_t *dst, long dst_stride, const uint8_t *src, long stride, long width, long rows, int channels,
                                const int32_t *start, long first, const uint64_t *coef, long taps, long n, uint8_t *work) {
  uint8_t *turn = work, *out = work + 16 * width;
  long x = 0;
  if (rows == 16)
    for (; x + 16 <= width; x += 16) NAME(transpose)(turn + 16 * x, 16, src + x, stride);
  for (; x < width; x++)
    for (int r = 0; r < 16; r++) turn[16 * x + r] = src[(r < rows ? r : rows - 1) * stride + x];
  for (long i = 0; i < n; i++) {
    const uint8_t *p = turn + (start[i] - first) * channels * 16;
    switch (channels) {
      case 1: NAME(weigh)(out + 16 * i, p, 1, coef + i * taps, taps); break;
      case 2: NAME(weigh)(out + 32 * i, p, 2, coef + i * taps, taps); break;
      case 3: NAME(weigh)(out + 48 * i, p, 3, coef + i * taps, taps); break;
      default: NAME(weigh)(out + 64 * i, p, 4, coef + i * taps, taps);
    }
  }
  x = 0;
  if (rows == 16)
    for (; x + 16 <= n * channels; x += 16) NAME(transpose)(dst + x, dst_stride, out + 16 * x, 16);
  for (; x < n * channels; x++)
    for (int r = 0; r < rows; r++) dst[r * dst_stride + x] = out[16 * x + r];
}

// down sums 32 columns at a time, in registers.
TARGET static void NAME(down)(uint8_t *dst, const uint8_t *src, long stride, long width, const int32_t *start, long first, const uint64_t *coef,
                              long taps, long n) {
  for (long i = 0; i < n; i++, dst += width, coef += taps) {
    const uint8_t *from = src + (start[i] - first) * stride;
    long x = 0;
    for (; x + 32 <= width; x += 32) {
      int32_t sum[32];
      for (int l = 0; l < 32; l++) sum[l] = HALF;
      for (long t = 0; t < taps; t++) {
        int32_t k = (int32_t)coef[t];
        const uint8_t *p = from + t * stride + x;
        for (int l = 0; l < 32; l++) sum[l] += k * p[l];
      }
      for (int l = 0; l < 32; l++) dst[x + l] = NAME(clamp)(sum[l] >> IMG_PRECISION);
    }
    for (; x < width; x++) {
      int32_t sum = HALF;
      for (long t = 0; t < taps; t++) sum += (int32_t)coef[t] * from[t * stride + x];
      dst[x] = NAME(clamp)(sum >> IMG_PRECISION);
    }
  }
}

#undef NAME
#undef TARGET
#undef PLAIN
