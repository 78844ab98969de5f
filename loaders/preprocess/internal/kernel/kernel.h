// The kernels of package kernel: see kernel.c.

#include <stdint.h>

// An instruction set.
enum { IMG_BASE, IMG_AVX2 };

// IMG_ROWS is the number of rows that img_across resizes together, IMG_PRECISION the number of fraction bits of a resampling coefficient.
enum { IMG_ROWS = 16, IMG_PRECISION = 22 };

// img_idct writes n blocks of 8x8 samples side by side at dst, whose rows lie stride apart: the inverse DCT of 64 dequantised coefficients
// each, in natural order. Where last is 0 all but the first coefficient are zero.
void img_idct(int set, uint8_t *dst, long stride, const int16_t *coef, const uint8_t *last, long n);

// img_ycc writes width x height pixels of RGB, without gaps, from a plane of luma and two of chroma that are h and v times smaller (1 or 2),
// have cwidth x cheight samples and are enlarged with the triangle filter. Where h is 2 cwidth is above 1. work holds 4 * cwidth bytes.
void img_ycc(int set, uint8_t *dst, long width, long height, const uint8_t *y, long ystride, const uint8_t *cb, const uint8_t *cr, long cstride,
             long cwidth, long cheight, int h, int v, uint8_t *work);

// img_across resizes rows rows (at most IMG_ROWS) of width bytes, stride apart, into n pixels each of dst, whose rows lie dst_stride apart.
// Pixel i is the sum over t < taps of coef[i * taps + t] times pixel start[i] - first + t. work holds
// IMG_ROWS * (width + n * channels) bytes. There are 1 to 4 channels.
void img_across(int set, uint8_t *dst, long dst_stride, const uint8_t *src, long stride, long width, long rows, int channels,
                const int32_t *start, long first, const uint64_t *coef, long taps, long n, uint8_t *work);

// img_down does the same down: n rows of width bytes, without gaps, from the rows of src, stride apart.
void img_down(int set, uint8_t *dst, const uint8_t *src, long stride, long width, const int32_t *start, long first, const uint64_t *coef,
              long taps, long n);
