// Resizing images of bytes by weighted sums: down the columns first, where many pixels are taken at
// once and rows become fewer, then along the rows. Between the two the levels are rounded to bytes.
#include "CImages.h"

// The same source compiled for several processors; the loader picks the best that is there.
#if defined(__x86_64__) && defined(__linux__)
#define KERNEL __attribute__((target_clones("arch=x86-64-v3", "default"))) static void
#else
#define KERNEL static void
#endif

#if defined(__x86_64__)
#include <emmintrin.h>
#endif

enum { BITS = 14, HALF = 1 << (BITS - 1), BLOCK = 64 };

/// One row of weighted sums of rows, in 256ths of a level: 16 bits are enough, and fit more lanes. A row
/// without weight is not looked at, since it may lie behind the image.
KERNEL sum_rows(
  const uint8_t *input, size_t stride, int32_t count, const int16_t *weights, int32_t taps,
  uint8_t *output) {
  for (int32_t start = 0; start < count; start += BLOCK) {
    int32_t width = count - start < BLOCK ? count - start : BLOCK;
    uint16_t sums[BLOCK];
    // Half a level, and half of what each product loses below a 256th.
    for (int32_t lane = 0; lane < BLOCK; lane++) sums[lane] = (uint16_t)(128 + taps / 2);
    for (int32_t tap = 0; tap < taps; tap++) {
      if (weights[tap] == 0) continue;
      const uint8_t *row = input + (size_t)tap * stride + start;
      uint32_t weight = weights[tap] >> BITS ? 0xFFFF : (uint32_t)weights[tap] << (16 - BITS);
      if (width == BLOCK) {
        for (int32_t lane = 0; lane < BLOCK; lane++) {
          sums[lane] += (uint16_t)(((uint32_t)row[lane] << 8) * weight >> 16);
        }
      } else {
        for (int32_t lane = 0; lane < width; lane++) {
          sums[lane] += (uint16_t)(((uint32_t)row[lane] << 8) * weight >> 16);
        }
      }
    }
    for (int32_t lane = 0; lane < width; lane++) output[start + lane] = (uint8_t)(sums[lane] >> 8);
  }
}

/// A row of one channel: each output a weighted sum of neighbors.
KERNEL sum_gray_neighbors(const uint8_t *row, ci_filter along, uint8_t *output) {
  for (int32_t pixel = 0; pixel < along.count; pixel++) {
    const int16_t *weights = along.weights + (size_t)pixel * (size_t)along.taps;
    const uint8_t *from = row + along.starts[pixel];
    int32_t sum = HALF;
    for (int32_t tap = 0; tap < along.taps; tap++) sum += weights[tap] * from[tap];
    // Weights are not negative and add up to 1 << BITS, so that no level leaves its byte.
    output[pixel] = (uint8_t)(sum >> BITS);
  }
}

typedef int32_t four_sums __attribute__((vector_size(16)));
typedef int16_t eight_shorts __attribute__((vector_size(16)));
typedef uint8_t sixteen_bytes __attribute__((vector_size(16)));
typedef uint8_t eight_bytes __attribute__((vector_size(8)));
typedef uint8_t four_bytes __attribute__((vector_size(4)));

/// Multiplies eight numbers each and adds neighbors.
static inline __attribute__((always_inline)) four_sums multiply_and_add(
  eight_shorts a, eight_shorts b) {
#if defined(__x86_64__)
  return (four_sums)_mm_madd_epi16((__m128i)a, (__m128i)b);
#else
  return (four_sums){a[0] * b[0] + a[1] * b[1], a[2] * b[2] + a[3] * b[3], a[4] * b[4] + a[5] * b[5],
                     a[6] * b[6] + a[7] * b[7]};
#endif
}

/// A row of three channels, two neighbors at a time; 8 bytes are read for them.
KERNEL sum_color_neighbors(const uint8_t *row, ci_filter along, uint8_t *output) {
  const eight_bytes none = {0};
  const int16_t *weights = along.weights;
  for (int32_t pixel = 0; pixel < along.count; pixel++) {
    const uint8_t *from = row + 3 * (size_t)along.starts[pixel];
    four_sums sums = {HALF, HALF, HALF, HALF};
    for (int32_t tap = 0; tap < along.taps; tap += 2, weights += 2, from += 6) {
      eight_bytes bytes;
      __builtin_memcpy(&bytes, from, 8);
      int32_t pair;
      __builtin_memcpy(&pair, weights, 4);
      sixteen_bytes levels = __builtin_shufflevector(
        bytes, none, 0, 8, 3, 8, 1, 8, 4, 8, 2, 8, 5, 8, 8, 8, 8, 8);
      sums += multiply_and_add((eight_shorts)levels, (eight_shorts)(four_sums){pair, pair, pair, pair});
    }
    four_bytes levels = __builtin_convertvector(sums >> BITS, four_bytes);
    // The fourth byte is the next pixel's first, which comes after; the last pixel has none behind it.
    if (pixel + 1 < along.count) __builtin_memcpy(output + 3 * pixel, &levels, 4);
    else __builtin_memcpy(output + 3 * pixel, &levels, 3);
  }
}

static inline __attribute__((always_inline)) uint8_t level(int32_t sum) {
  sum >>= BITS;
  return (uint8_t)(sum < 0 ? 0 : sum > 255 ? 255 : sum);
}

/// One row of weighted sums of rows, where weights may be negative.
KERNEL sum_rows_signed(
  const uint8_t *input, size_t stride, int32_t count, const int16_t *weights, int32_t taps,
  uint8_t *output) {
  for (int32_t start = 0; start < count; start += BLOCK) {
    int32_t width = count - start < BLOCK ? count - start : BLOCK;
    int32_t sums[BLOCK];
    for (int32_t lane = 0; lane < BLOCK; lane++) sums[lane] = HALF;
    for (int32_t tap = 0; tap < taps; tap++) {
      if (weights[tap] == 0) continue;
      const uint8_t *row = input + (size_t)tap * stride + start;
      for (int32_t lane = 0; lane < width; lane++) sums[lane] += weights[tap] * row[lane];
    }
    for (int32_t lane = 0; lane < width; lane++) output[start + lane] = level(sums[lane]);
  }
}

/// A row: each output a weighted sum of neighbors, where weights may be negative.
KERNEL sum_neighbors_signed(
  const uint8_t *row, ci_filter along, int32_t channels, uint8_t *output) {
  for (int32_t pixel = 0; pixel < along.count; pixel++) {
    const int16_t *weights = along.weights + (size_t)pixel * (size_t)along.taps;
    const uint8_t *from = row + (size_t)along.starts[pixel] * (size_t)channels;
    for (int32_t channel = 0; channel < channels; channel++) {
      int32_t sum = HALF;
      for (int32_t tap = 0; tap < along.taps; tap++) {
        sum += weights[tap] * from[tap * channels + channel];
      }
      output[pixel * channels + channel] = level(sum);
    }
  }
}

void ci_resize(
  const uint8_t *input, int32_t width, size_t stride, int32_t channels, ci_filter down,
  ci_filter along, uint8_t *between, uint8_t *output) {
  int32_t row_bytes = width * channels;
  for (int32_t row = 0; row < down.count; row++) {
    const uint8_t *from = input + (size_t)down.starts[row] * stride;
    const int16_t *weights = down.weights + (size_t)row * (size_t)down.taps;
    uint8_t *to = between + (size_t)row * (size_t)row_bytes;
    if (down.is_signed) sum_rows_signed(from, stride, row_bytes, weights, down.taps, to);
    else sum_rows(from, stride, row_bytes, weights, down.taps, to);
  }
  for (int32_t row = 0; row < down.count; row++) {
    const uint8_t *from = between + (size_t)row * (size_t)row_bytes;
    uint8_t *to = output + (size_t)row * (size_t)(along.count * channels);
    if (along.is_signed) sum_neighbors_signed(from, along, channels, to);
    else if (channels == 3) sum_color_neighbors(from, along, to);
    else sum_gray_neighbors(from, along, to);
  }
}
