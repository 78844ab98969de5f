//go:build cgo && (amd64 || arm64) && !windows

// The kernels are written once, in kernel_template.h, over vector types, and compiled for three instruction sets: the architecture's own
// (SSE2 or NEON), AVX2 and AVX-512. The caller chooses one that the processor has. Nothing here may be compiled with -ffast-math: EXP2
// rounds by adding and subtracting a large number.

#include <math.h>
#include <stdint.h>
#include <string.h>

#include "kernel.h"

#if defined(__x86_64__)
#include <immintrin.h>

// FOLD4 folds four vectors of four into one by op, entry r of which belongs to vector r.
#define FOLD4(out, op, a, b, c, d)                              \
  do {                                                          \
    __m128 a_ = a, b_ = b, c_ = c, d_ = d;                      \
    _MM_TRANSPOSE4_PS(a_, b_, c_, d_);                          \
    _mm_storeu_ps(out, op(op(a_, b_), op(c_, d_)));             \
  } while (0)
#define NARROW8(op, v) op(_mm256_castps256_ps128(v), _mm256_extractf128_ps(v, 1))
#define NARROW16(op4, op8, v) NARROW8(op4, op8(_mm512_castps512_ps256(v), _mm512_extractf32x8_ps(v, 1)))

#define NAME(x) avx512_##x
#define TARGET __attribute__((target("avx512f,avx512dq,avx512vl,avx512bw,avx2,fma")))
#define V __m512
#define W 16
#define MR 12
#define LOAD(p) _mm512_loadu_ps(p)
#define STORE(p, v) _mm512_storeu_ps(p, v)
#define SET1(x) _mm512_set1_ps(x)
#define FMA(a, b, c) _mm512_fmadd_ps(a, b, c)
#define MAX(a, b) _mm512_max_ps(a, b)
#define D __m512d
#define WD 8
#define SET1D(x) _mm512_set1_pd(x)
#define LOADD(p) _mm512_loadu_pd(p)
#define STORED(p, v) _mm512_storeu_pd(p, v)
#define FMAD(a, b, c) _mm512_fmadd_pd(a, b, c)
#define WIDEN(p) _mm512_cvtps_pd(_mm256_loadu_ps(p))
#define MIN(a, b) _mm512_min_ps(a, b)
#define GREATER(a, b, x, y) _mm512_mask_blend_ps(_mm512_cmp_ps_mask(a, b, _CMP_GT_OQ), y, x)
#define ADD_EXPONENT(p, t) \
  _mm512_castsi512_ps(_mm512_add_epi32(_mm512_castps_si512(p), _mm512_slli_epi32(_mm512_castps_si512(t), 23)))
#define FOLD16(out, op4, op8, a, b, c, d) \
  FOLD4(out, op4, NARROW16(op4, op8, a), NARROW16(op4, op8, b), NARROW16(op4, op8, c), NARROW16(op4, op8, d))
#define SUM4(out, a, b, c, d) FOLD16(out, _mm_add_ps, _mm256_add_ps, a, b, c, d)
#define MAX4(out, a, b, c, d) FOLD16(out, _mm_max_ps, _mm256_max_ps, a, b, c, d)
#include "kernel_template.h"

#define NAME(x) avx2_##x
#define TARGET __attribute__((target("avx2,fma")))
#define V __m256
#define W 8
#define MR 6
#define LOAD(p) _mm256_loadu_ps(p)
#define STORE(p, v) _mm256_storeu_ps(p, v)
#define SET1(x) _mm256_set1_ps(x)
#define FMA(a, b, c) _mm256_fmadd_ps(a, b, c)
#define MAX(a, b) _mm256_max_ps(a, b)
#define D __m256d
#define WD 4
#define SET1D(x) _mm256_set1_pd(x)
#define LOADD(p) _mm256_loadu_pd(p)
#define STORED(p, v) _mm256_storeu_pd(p, v)
#define FMAD(a, b, c) _mm256_fmadd_pd(a, b, c)
#define WIDEN(p) _mm256_cvtps_pd(_mm_loadu_ps(p))
#define MIN(a, b) _mm256_min_ps(a, b)
#define GREATER(a, b, x, y) _mm256_blendv_ps(y, x, _mm256_cmp_ps(a, b, _CMP_GT_OQ))
#define ADD_EXPONENT(p, t) \
  _mm256_castsi256_ps(_mm256_add_epi32(_mm256_castps_si256(p), _mm256_slli_epi32(_mm256_castps_si256(t), 23)))
#define FOLD8(out, op, a, b, c, d) FOLD4(out, op, NARROW8(op, a), NARROW8(op, b), NARROW8(op, c), NARROW8(op, d))
#define SUM4(out, a, b, c, d) FOLD8(out, _mm_add_ps, a, b, c, d)
#define MAX4(out, a, b, c, d) FOLD8(out, _mm_max_ps, a, b, c, d)
#include "kernel_template.h"

#define NAME(x) base_##x
#define TARGET
#define V __m128
#define W 4
#define MR 6
#define LOAD(p) _mm_loadu_ps(p)
#define STORE(p, v) _mm_storeu_ps(p, v)
#define SET1(x) _mm_set1_ps(x)
#define FMA(a, b, c) ((a) * (b) + (c))
#define MAX(a, b) _mm_max_ps(a, b)
#define D __m128d
#define WD 2
#define SET1D(x) _mm_set1_pd(x)
#define LOADD(p) _mm_loadu_pd(p)
#define STORED(p, v) _mm_storeu_pd(p, v)
#define FMAD(a, b, c) ((a) * (b) + (c))
#define WIDEN(p) _mm_cvtps_pd(_mm_castsi128_ps(_mm_loadl_epi64((const __m128i *)(p))))
#define MIN(a, b) _mm_min_ps(a, b)
#define GREATER(a, b, x, y) _mm_or_ps(_mm_and_ps(_mm_cmpgt_ps(a, b), x), _mm_andnot_ps(_mm_cmpgt_ps(a, b), y))
#define ADD_EXPONENT(p, t) _mm_castsi128_ps(_mm_add_epi32(_mm_castps_si128(p), _mm_slli_epi32(_mm_castps_si128(t), 23)))
#define SUM4(out, a, b, c, d) FOLD4(out, _mm_add_ps, a, b, c, d)
#define MAX4(out, a, b, c, d) FOLD4(out, _mm_max_ps, a, b, c, d)
#include "kernel_template.h"

#define DISPATCH(f, ...)                             \
  switch (set) {                                     \
    case GAP_AVX512: avx512_##f(__VA_ARGS__); break; \
    case GAP_AVX2: avx2_##f(__VA_ARGS__); break;     \
    default: base_##f(__VA_ARGS__);                  \
  }

// A power of a small term may underflow. Zero will do, and takes no trap; the caller's control word is put back.
#define FLUSH_SUBNORMALS              \
  unsigned control_word = _mm_getcsr(); \
  _mm_setcsr(control_word | 0x8040)
#define RESTORE_SUBNORMALS _mm_setcsr(control_word)

int gap_panel_rows(int set) { return set == GAP_AVX512 ? 12 : 6; }
int gap_panel_columns(int set) { return set == GAP_AVX512 ? 32 : set == GAP_AVX2 ? 16 : 8; }
int gap_lanes(int set) { return set == GAP_AVX512 ? 16 : set == GAP_AVX2 ? 8 : 4; }

#else
#include <arm_neon.h>

#define NAME(x) base_##x
#define TARGET
#define V float32x4_t
#define W 4
#define MR 12
#define LOAD(p) vld1q_f32(p)
#define STORE(p, v) vst1q_f32(p, v)
#define SET1(x) vdupq_n_f32(x)
#define FMA(a, b, c) vfmaq_f32(c, a, b)
#define MAX(a, b) vmaxq_f32(a, b)
#define D float64x2_t
#define WD 2
#define SET1D(x) vdupq_n_f64(x)
#define LOADD(p) vld1q_f64(p)
#define STORED(p, v) vst1q_f64(p, v)
#define FMAD(a, b, c) vfmaq_f64(c, a, b)
#define WIDEN(p) vcvt_f64_f32(vld1_f32(p))
#define MIN(a, b) vminq_f32(a, b)
#define GREATER(a, b, x, y) vbslq_f32(vcgtq_f32(a, b), x, y)
#define ADD_EXPONENT(p, t) \
  vreinterpretq_f32_s32(vaddq_s32(vreinterpretq_s32_f32(p), vshlq_n_s32(vreinterpretq_s32_f32(t), 23)))
#define SUM4(out, a, b, c, d) vst1q_f32(out, vpaddq_f32(vpaddq_f32(a, b), vpaddq_f32(c, d)))
#define MAX4(out, a, b, c, d) vst1q_f32(out, vpmaxq_f32(vpmaxq_f32(a, b), vpmaxq_f32(c, d)))
#include "kernel_template.h"

#define DISPATCH(f, ...) base_##f(__VA_ARGS__)
#define FLUSH_SUBNORMALS
#define RESTORE_SUBNORMALS

int gap_panel_rows(int set) { return 12; }
int gap_panel_columns(int set) { return 8; }
int gap_lanes(int set) { return 4; }
#endif

void gap_product(int set, const float *a, const float *b, long d, long columns, float *s) { DISPATCH(product, a, b, d, columns, s); }

void gap_sweep(int set, const float *s, long lambdas, const float *add, const float *p, float *row_max, long row_stride, const float *sub,
               const float *q, long col_stride, float *col_max, const float *shift, long scales, const int *source, const int *power,
               const float *slope, const float *low, const float *least, double *row, double *col, float *work) {
  FLUSH_SUBNORMALS;
  DISPATCH(sweep, s, lambdas, add, p, row_max, row_stride, sub, q, col_stride, col_max, shift, scales, source, power, slope, low, least, row,
           col, work);
  RESTORE_SUBNORMALS;
}

void gap_nearest(int set, const float *s, long lambdas, const float *add, long row_stride, const float *sub, const float *q, long first,
                 float *best, float *second, float *index) {
  DISPATCH(nearest, s, lambdas, add, row_stride, sub, q, first, best, second, index);
}

void gap_unit_sum(int set, const float *x, long n, long d, double *sum) { DISPATCH(unit_sum, x, n, d, sum); }
