// What compilers do not find in kernel_template.h by themselves, written for AVX2: the inverse DCT, and the sums across rows. The results are
// the same.

#define PAIR(a, b) _mm256_set1_epi32((int32_t)((uint32_t)(uint16_t)(a) | (uint32_t)(uint16_t)(b) << 16))

// avx2_transform is the one-dimensional transform of eight columns. Each register holds, lane by lane, two of a column's inputs, which are
// multiplied by two 16-bit constants and added at once: the factors of kernel_template.h multiplied out.
TARGET static inline __attribute__((always_inline)) void avx2_transform(__m256i out[8], __m256i s02, __m256i s46, __m256i s13, __m256i s57,
                                                                       int32_t round, int shift) {
#define SUM(p, a, b, q, c, d) _mm256_add_epi32(_mm256_madd_epi16(p, PAIR(a, b)), _mm256_madd_epi16(q, PAIR(c, d)))
  __m256i r = _mm256_set1_epi32(round);
  __m256i e[4] = {
      _mm256_add_epi32(SUM(s02, 8192, 10703, s46, 8192, 4433), r), _mm256_add_epi32(SUM(s02, 8192, 4433, s46, -8192, -10704), r),
      _mm256_add_epi32(SUM(s02, 8192, -4433, s46, -8192, 10704), r), _mm256_add_epi32(SUM(s02, 8192, -10703, s46, 8192, -4433), r)};
  __m256i o[4] = {SUM(s13, 11363, 9633, s57, 6437, 2260), SUM(s13, 9633, -2259, s57, -11362, -6436), SUM(s13, 6437, -11362, s57, 2261, 9633),
                  SUM(s13, 2260, -6436, s57, 9633, -11363)};
  for (int k = 0; k < 4; k++) {
    out[k] = _mm256_srai_epi32(_mm256_add_epi32(e[k], o[k]), shift);
    out[7 - k] = _mm256_srai_epi32(_mm256_sub_epi32(e[k], o[k]), shift);
  }
#undef SUM
}

TARGET static inline __attribute__((always_inline)) __m256i avx2_interleave(__m128i a, __m128i b) {
  return _mm256_set_m128i(_mm_unpackhi_epi16(a, b), _mm_unpacklo_epi16(a, b));
}

TARGET static void avx2_idct(uint8_t *dst, long stride, const int16_t *coef, const uint8_t *last, long n) {
  const __m256i evens_first = _mm256_setr_epi8(0, 1, 4, 5, 2, 3, 6, 7, 8, 9, 12, 13, 10, 11, 14, 15, 0, 1, 4, 5, 2, 3, 6, 7, 8, 9, 12, 13, 10, 11, 14, 15);
  const __m256i turn = _mm256_setr_epi8(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15, 0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15);
  for (long b = 0; b < n; b++, dst += 8, coef += 64) {
    if (last[b] == 0) {
      avx2_flat(dst, stride, coef[0]);
      continue;
    }
#define ROWS(i, j) avx2_interleave(_mm_loadu_si128((const __m128i *)(coef + 8 * i)), _mm_loadu_si128((const __m128i *)(coef + 8 * j)))
    __m256i w[8];
    avx2_transform(w, ROWS(0, 2), ROWS(4, 6), ROWS(1, 3), ROWS(5, 7), 1 << 10, 11);
#undef ROWS
    // Each half of p[k] has four columns of rows 2k and 2k+1. Of every row the columns 0 and 2, 1 and 3 of the half are brought together.
    __m256 p[4];
    for (int k = 0; k < 4; k++) p[k] = _mm256_castsi256_ps(_mm256_shuffle_epi8(_mm256_packs_epi32(w[2 * k], w[2 * k + 1]), evens_first));
    __m256i even0 = _mm256_castps_si256(_mm256_shuffle_ps(p[0], p[1], 0x88)), even4 = _mm256_castps_si256(_mm256_shuffle_ps(p[2], p[3], 0x88));
    __m256i odd0 = _mm256_castps_si256(_mm256_shuffle_ps(p[0], p[1], 0xdd)), odd4 = _mm256_castps_si256(_mm256_shuffle_ps(p[2], p[3], 0xdd));
    avx2_transform(w, _mm256_permute2x128_si256(even0, even4, 0x20), _mm256_permute2x128_si256(even0, even4, 0x31),
                   _mm256_permute2x128_si256(odd0, odd4, 0x20), _mm256_permute2x128_si256(odd0, odd4, 0x31), (1 << 17) + (128 << 18), 18);
    // Now w holds columns. Four of them, packed to bytes, are a 4x4 square in each half, which is turned; then rows are joined.
    __m256i left = _mm256_packus_epi16(_mm256_packs_epi32(w[0], w[1]), _mm256_packs_epi32(w[2], w[3]));
    __m256i right = _mm256_packus_epi16(_mm256_packs_epi32(w[4], w[5]), _mm256_packs_epi32(w[6], w[7]));
    left = _mm256_shuffle_epi8(left, turn);
    right = _mm256_shuffle_epi8(right, turn);
    __m256i r01 = _mm256_unpacklo_epi32(left, right), r23 = _mm256_unpackhi_epi32(left, right);
    for (int half = 0; half < 2; half++) {
      __m128i a = half ? _mm256_extracti128_si256(r01, 1) : _mm256_castsi256_si128(r01);
      __m128i c = half ? _mm256_extracti128_si256(r23, 1) : _mm256_castsi256_si128(r23);
      uint8_t *d = dst + 4 * half * stride;
      _mm_storel_epi64((__m128i *)d, a);
      _mm_storeh_pd((double *)(d + stride), _mm_castsi128_pd(a));
      _mm_storel_epi64((__m128i *)(d + 2 * stride), c);
      _mm_storeh_pd((double *)(d + 3 * stride), _mm_castsi128_pd(c));
    }
  }
}
#undef PAIR

// avx2_weigh stores the sums of a pixel's channels over 16 rows.
TARGET static inline __attribute__((always_inline)) void avx2_weigh(uint8_t *out, const uint8_t *p, const int channels, const uint64_t *coef, long taps) {
  __m256i sum[8];
  for (int c = 0; c < 2 * channels; c++) sum[c] = _mm256_set1_epi32(HALF);
  for (long t = 0; t < taps; t++) {
    __m256i k = _mm256_set1_epi32((int32_t)coef[t]);
    for (int c = 0; c < 2 * channels; c++, p += 8)
      sum[c] = _mm256_add_epi32(sum[c], _mm256_mullo_epi32(k, _mm256_cvtepu8_epi32(_mm_loadl_epi64((const __m128i *)p))));
  }
  for (int c = 0; c < channels; c++) {
    __m256i v = _mm256_packs_epi32(_mm256_srai_epi32(sum[2 * c], IMG_PRECISION), _mm256_srai_epi32(sum[2 * c + 1], IMG_PRECISION));
    v = _mm256_permute4x64_epi64(v, 0xd8);
    _mm_storeu_si128((__m128i *)(out + 16 * c), _mm_packus_epi16(_mm256_castsi256_si128(v), _mm256_extracti128_si256(v, 1)));
  }
}
