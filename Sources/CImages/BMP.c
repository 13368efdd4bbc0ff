// Decoding BMP: palettes and colors of 1 to 32 bits, from the bottom up and from the top down, packed by
// runs or not. No library for it is kept up and packaged on every system, and the format is small.
//
// - Source: Microsoft, *Bitmap Storage* (BITMAPFILEHEADER, BITMAPINFOHEADER, BITMAPV5HEADER) and *Bitmap
//   Compression*.
#include <stdlib.h>
#include <string.h>

#include "Raster.h"

enum { PLAIN = 0, RUNS_OF_8 = 1, RUNS_OF_4 = 2, MASKS = 3, MASKS_WITH_ALPHA = 6 };

typedef struct {
  size_t pixels;
  size_t stride;
  int bits;
  bool is_top_down;
  /// Where the bits of red, green, blue and alpha lie in a pixel of 16 or 32 bits.
  uint32_t masks[4];
  /// The numbers of an image that is packed by runs, its first row first.
  uint8_t *all;
} bmp_state;

static uint16_t word(const uint8_t *from) { return (uint16_t)(from[0] | from[1] << 8); }

static uint32_t long_word(const uint8_t *from) {
  return (uint32_t)from[0] | (uint32_t)from[1] << 8 | (uint32_t)from[2] << 16 | (uint32_t)from[3] << 24;
}

static void close_bmp(ci_raster *raster) {
  bmp_state *state = raster->state;
  if (!state) return;
  free(state->all);
  free(state);
  raster->state = NULL;
}

// MARK: Rows

/// The bits of a mask as a level of 0 to 255.
static uint8_t masked(uint32_t pixel, uint32_t mask) {
  if (!mask) return 0;
  int shift = __builtin_ctz(mask);
  uint32_t highest = mask >> shift, number = (pixel & mask) >> shift;
  return (uint8_t)((uint64_t)number * 255 / highest);
}

static void read_numbers(const uint8_t *from, size_t bits, size_t width, uint8_t *target) {
  for (size_t x = 0; x < width; x++) {
    size_t place = x * bits;
    target[x] = (uint8_t)(from[place / 8] >> (8 - bits - place % 8) & ((1u << bits) - 1));
  }
}

static void read_masked(
  const ci_raster *raster, const bmp_state *state, const uint8_t *from, uint8_t *target) {
  for (int32_t x = 0; x < raster->width; x++) {
    uint32_t pixel = state->bits == 16 ? word(from + 2 * x) : long_word(from + 4 * (size_t)x);
    for (int channel = 0; channel < raster->samples; channel++) {
      *target++ = masked(pixel, state->masks[channel]);
    }
  }
}

/// Unpacks runs: pairs of a count and a number, and behind a zero what else there is to say. What no run
/// covers is the palette's first color.
static bool unpack(ci_raster *raster, bmp_state *state) {
  size_t width = (size_t)raster->width, height = (size_t)raster->height;
  state->all = calloc(width, height);
  if (!state->all) return ci_fail(raster, "there is no memory");
  const uint8_t *from = raster->bytes + state->pixels, *end = raster->bytes + raster->count;
  bool is_of_4 = state->bits == 4;
  size_t x = 0, y = 0;
  while (end - from >= 2) {
    size_t length = from[0];
    uint8_t number = from[1];
    from += 2;
    bool is_run = length > 0;
    if (!is_run && number == 0) {  // The end of a row.
      x = 0, y++;
      continue;
    }
    if (!is_run && number == 1) return true;  // The end of the image.
    if (!is_run && number == 2) {  // Another place, so far to the right and up.
      if (end - from < 2) break;
      x += from[0], y += from[1];
      from += 2;
      continue;
    }
    size_t bytes = 0;
    if (!is_run) {  // So many numbers as they are, in an even number of bytes.
      length = number;
      bytes = is_of_4 ? (length + 1) / 2 : length;
      if ((size_t)(end - from) < bytes) break;
    }
    if (y >= height || x + length > width) return ci_fail(raster, "a run leaves the image");
    // Rows come from the bottom up; packed images have no other order.
    uint8_t *target = state->all + (height - 1 - y) * width + x;
    for (size_t i = 0; i < length; i++) {
      uint8_t own = is_run ? number : from[is_of_4 ? i / 2 : i];
      target[i] = !is_of_4 ? own : i % 2 ? own & 15 : own >> 4;
    }
    x += length;
    bytes += bytes & 1;
    from += bytes < (size_t)(end - from) ? bytes : (size_t)(end - from);
  }
  // Some programs do not say where the image ends.
  bool is_whole = y >= height || (y == height - 1 && x == width);
  return is_whole || ci_fail(raster, "its data are cut short");
}

static bool read_row(ci_raster *raster, int32_t row, void *target) {
  bmp_state *state = raster->state;
  if (state->bits <= 8 && state->stride == 0) {
    if (!state->all && !unpack(raster, state)) return false;
    memcpy(target, state->all + (size_t)row * (size_t)raster->width, (size_t)raster->width);
    return true;
  }
  size_t stored = (size_t)(state->is_top_down ? row : raster->height - 1 - row);
  size_t place = state->pixels + stored * state->stride;
  size_t needed = ((size_t)raster->width * (size_t)state->bits + 7) / 8;
  if (place > raster->count || raster->count - place < needed) {
    return ci_fail(raster, "its data are cut short");
  }
  const uint8_t *from = raster->bytes + place;
  uint8_t *to = target;
  switch (state->bits) {
    case 24:
      for (int32_t x = 0; x < raster->width; x++, from += 3) {
        *to++ = from[2];
        *to++ = from[1];
        *to++ = from[0];
      }
      break;
    case 16: case 32: read_masked(raster, state, from, to); break;
    default: read_numbers(from, (size_t)state->bits, (size_t)raster->width, to);
  }
  return true;
}

// MARK: The header

static bool is_one_stretch(uint32_t mask) {
  if (!mask) return true;
  uint32_t own = mask >> __builtin_ctz(mask);
  return (own & (own + 1)) == 0;
}

/// Takes over the places of the colors in a pixel of 16 or 32 bits.
static bool take_masks(ci_raster *raster, bmp_state *state, uint32_t packing, const uint8_t *info, uint32_t size) {
  raster->samples = 3;
  if (packing == PLAIN) {
    // The fourth byte of 32 bits means nothing.
    const uint32_t of_16[] = {0x7C00, 0x03E0, 0x001F, 0}, of_32[] = {0xFF0000, 0xFF00, 0xFF, 0};
    memcpy(state->masks, state->bits == 16 ? of_16 : of_32, sizeof state->masks);
    return true;
  }
  // Behind the oldest header, and within the later ones, at the same place.
  bool has_alpha = size >= 56 || packing == MASKS_WITH_ALPHA;
  size_t needed = (size_t)(info - raster->bytes) + 40 + (has_alpha ? 16 : 12);
  if (raster->count < needed) return ci_fail(raster, "its header is cut short");
  for (int channel = 0; channel < (has_alpha ? 4 : 3); channel++) {
    state->masks[channel] = long_word(info + 40 + 4 * channel);
    if (!is_one_stretch(state->masks[channel])) return ci_refuse(raster, "masks of colors with gaps");
  }
  if (has_alpha && state->masks[3]) raster->samples = 4;
  return true;
}

/// Takes over the palette, which lies before the pixels.
static bool take_palette(ci_raster *raster, bmp_state *state, size_t place, uint32_t count, size_t entry) {
  uint32_t highest = 1u << state->bits;
  if (count == 0 || count > highest) count = highest;
  raster->samples = 1;
  raster->is_palette = true;
  for (uint32_t color = 0; color < count; color++) {
    size_t own = place + color * entry;
    // Some programs leave out the colors that they do not need.
    if (own + entry > state->pixels) break;
    if (own + 3 > raster->count) return ci_fail(raster, "its palette is cut short");
    for (int channel = 0; channel < 3; channel++) {
      raster->palette[color][channel] = raster->bytes[own + 2 - (size_t)channel];
    }
  }
  return true;
}

bool ci_open_bmp(ci_raster *raster) {
  bmp_state *state = calloc(1, sizeof *state);
  raster->state = state;
  raster->close = close_bmp;
  raster->read_row = read_row;
  if (!state) return ci_fail(raster, "there is no memory");
  if (raster->count < 26) return ci_fail(raster, "its header is cut short");
  const uint8_t *info = raster->bytes + 14;
  uint32_t size = long_word(info), packing = PLAIN, colors = 0, masks = 0;
  int64_t width, height;
  state->pixels = long_word(raster->bytes + 10);
  if (size == 12) {
    width = word(info + 4);
    height = word(info + 6);
    state->bits = word(info + 10);
  } else if (size >= 40 && size <= 1024) {
    if (raster->count < 54) return ci_fail(raster, "its header is cut short");
    width = (int32_t)long_word(info + 4);
    height = (int32_t)long_word(info + 8);
    state->bits = word(info + 14);
    packing = long_word(info + 16);
    colors = long_word(info + 32);
    if (size == 40 && packing == MASKS) masks = 12;
    if (size == 40 && packing == MASKS_WITH_ALPHA) masks = 16;
  } else {
    return ci_refuse(raster, "a header of an unknown kind");
  }
  state->is_top_down = height < 0;
  if (height < 0) height = -height;
  if (width <= 0 || height <= 0 || width > 1 << 28 || height > 1 << 28) {
    return ci_fail(raster, "it has no pixels, or more than can be");
  }
  raster->width = (int32_t)width;
  raster->height = (int32_t)height;
  raster->bits = 8;
  bool has_masks = packing == MASKS || packing == MASKS_WITH_ALPHA;
  bool is_known = packing == PLAIN || (packing == RUNS_OF_8 && state->bits == 8)
    || (packing == RUNS_OF_4 && state->bits == 4)
    || (has_masks && (state->bits == 16 || state->bits == 32));
  if (!is_known) return ci_refuse(raster, "an unknown packing");
  switch (state->bits) {
    case 1: case 2: case 4: case 8:
      if (!take_palette(raster, state, 14 + size + masks, colors, size == 12 ? 3 : 4)) return false;
      break;
    case 24: raster->samples = 3; break;
    case 16: case 32:
      if (!take_masks(raster, state, packing, info, size)) return false;
      break;
    default: return ci_refuse(raster, "pixels of an unknown number of bits");
  }
  if (packing == RUNS_OF_8 || packing == RUNS_OF_4) {
    if (state->is_top_down) return ci_refuse(raster, "runs from the top down");
    raster->least_bytes = ci_plausible_bytes((double)width * (double)height);
    return true;
  }
  state->stride = ((size_t)width * (size_t)state->bits + 31) / 32 * 4;
  raster->least_bytes = ci_bytes((double)height * (double)width * state->bits / 8);
  return true;
}
