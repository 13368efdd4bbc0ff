// Resizing images of bytes by weighted sums: down the columns first, where many pixels are taken at
// once and rows become fewer, then along the rows. Between the two the levels are rounded to bytes.
#include "CImages.h"

// The same source compiled for several processors; the loader picks the best that is there.
#if defined(__x86_64__) && defined(__linux__)
#define KERNEL __attribute__((target_clones("arch=x86-64-v3", "default"))) static void
#else
#define KERNEL static void
#endif

enum { BITS = 14, HALF = 1 << (BITS - 1), BLOCK = 64 };

static inline uint8_t level(int32_t sum) {
  int32_t value = sum >> BITS;
  return (uint8_t)(value < 0 ? 0 : value > 255 ? 255 : value);
}

/// One row of weighted sums of rows.
KERNEL sum_rows(
  const uint8_t *input, size_t stride, int32_t count, const int16_t *weights, int32_t taps,
  uint8_t *output) {
  int32_t start = 0;
  for (; start + BLOCK <= count; start += BLOCK) {
    int32_t sums[BLOCK];
    for (int32_t lane = 0; lane < BLOCK; lane++) sums[lane] = HALF;
    for (int32_t tap = 0; tap < taps; tap++) {
      const uint8_t *row = input + (size_t)tap * stride + start;
      int32_t weight = weights[tap];
      for (int32_t lane = 0; lane < BLOCK; lane++) sums[lane] += weight * row[lane];
    }
    for (int32_t lane = 0; lane < BLOCK; lane++) output[start + lane] = level(sums[lane]);
  }
  for (; start < count; start++) {
    int32_t sum = HALF;
    for (int32_t tap = 0; tap < taps; tap++) sum += weights[tap] * input[(size_t)tap * stride + start];
    output[start] = level(sum);
  }
}

/// A row of one channel: each output a weighted sum of neighbours.
KERNEL sum_grey_neighbours(const uint8_t *row, ci_filter along, uint8_t *output) {
  for (int32_t pixel = 0; pixel < along.count; pixel++) {
    const int16_t *weights = along.weights + (size_t)pixel * (size_t)along.taps;
    const uint8_t *from = row + along.starts[pixel];
    int32_t sum = HALF;
    for (int32_t tap = 0; tap < along.taps; tap++) sum += weights[tap] * from[tap];
    output[pixel] = level(sum);
  }
}

typedef int32_t four_sums __attribute__((vector_size(16)));
typedef uint8_t four_bytes __attribute__((vector_size(4)));

/// A row of three channels; a pixel is read with the byte behind it, as four lanes.
KERNEL sum_colour_neighbours(const uint8_t *row, ci_filter along, uint8_t *output) {
  for (int32_t pixel = 0; pixel < along.count; pixel++) {
    const int16_t *weights = along.weights + (size_t)pixel * (size_t)along.taps;
    const uint8_t *from = row + 3 * (size_t)along.starts[pixel];
    four_sums sums = {HALF, HALF, HALF, HALF};
    for (int32_t tap = 0; tap < along.taps; tap++) {
      four_bytes bytes;
      __builtin_memcpy(&bytes, from + 3 * tap, 4);
      sums += __builtin_convertvector(bytes, four_sums) * (int32_t)weights[tap];
    }
    for (int channel = 0; channel < 3; channel++) output[pixel * 3 + channel] = level(sums[channel]);
  }
}

void ci_resize(
  const uint8_t *input, int32_t width, size_t stride, int32_t channels, ci_filter down,
  ci_filter along, uint8_t *between, uint8_t *output) {
  int32_t row_bytes = width * channels;
  for (int32_t row = 0; row < down.count; row++) {
    sum_rows(
      input + (size_t)down.starts[row] * stride, stride, row_bytes,
      down.weights + (size_t)row * (size_t)down.taps, down.taps,
      between + (size_t)row * (size_t)row_bytes);
  }
  for (int32_t row = 0; row < down.count; row++) {
    const uint8_t *from = between + (size_t)row * (size_t)row_bytes;
    uint8_t *to = output + (size_t)row * (size_t)(along.count * channels);
    if (channels == 3) sum_colour_neighbours(from, along, to);
    else sum_grey_neighbours(from, along, to);
  }
}
