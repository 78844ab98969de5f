//go:build cgo && (amd64 || arm64) && !windows

// The kernels are plain loops over fixed numbers of lanes (kernel_template.h), which compilers turn into vector instructions: SSE2 or NEON, and
// once more AVX2, where the caller has found that the processor has it. Two of them are written for AVX2 by hand (kernel_avx2.h).

#include <string.h>

#include "kernel.h"

// HALF is half of one, to round.
#define HALF (1 << (IMG_PRECISION - 1))

// INTERLEAVE_LOW and INTERLEAVE_HIGH take bytes of two vectors by turns.
typedef uint8_t bytes16 __attribute__((vector_size(16)));
#if defined(__clang__)
#define INTERLEAVE_LOW(a, b) __builtin_shufflevector(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23)
#define INTERLEAVE_HIGH(a, b) __builtin_shufflevector(a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31)
#else
#define INTERLEAVE_LOW(a, b) __builtin_shuffle(a, b, (bytes16){0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23})
#define INTERLEAVE_HIGH(a, b) __builtin_shuffle(a, b, (bytes16){8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31})
#endif

#define NAME(x) base_##x
#define TARGET
#define PLAIN
#include "kernel_template.h"

#if defined(__x86_64__)
#include <immintrin.h>

#define NAME(x) avx2_##x
#define TARGET __attribute__((target("avx2")))
#include "kernel_template.h"

#define DISPATCH(f, ...)                         \
  switch (set) {                                 \
    case IMG_AVX2: avx2_##f(__VA_ARGS__); break; \
    default: base_##f(__VA_ARGS__);              \
  }
#else
#define DISPATCH(f, ...) base_##f(__VA_ARGS__)
#endif

void img_idct(int set, uint8_t *dst, long stride, const int16_t *coef, const uint8_t *last, long n) {
  DISPATCH(idct, dst, stride, coef, last, n);
}

void img_ycc(int set, uint8_t *dst, long width, long height, const uint8_t *y, long ystride, const uint8_t *cb, const uint8_t *cr, long cstride,
             long cwidth, long cheight, int h, int v, uint8_t *work) {
  DISPATCH(ycc, dst, width, height, y, ystride, cb, cr, cstride, cwidth, cheight, h, v, work);
}

void img_across(int set, uint8_t *dst, long dst_stride, const uint8_t *src, long stride, long width, long rows, int channels,
                const int32_t *start, long first, const uint64_t *coef, long taps, long n, uint8_t *work) {
  DISPATCH(across, dst, dst_stride, src, stride, width, rows, channels, start, first, coef, taps, n, work);
}

void img_down(int set, uint8_t *dst, const uint8_t *src, long stride, long width, const int32_t *start, long first, const uint64_t *coef,
              long taps, long n) {
  DISPATCH(down, dst, src, stride, width, start, first, coef, taps, n);
}
