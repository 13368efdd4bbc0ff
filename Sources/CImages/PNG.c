// Decoding PNG by libpng.
//
// Its full interface, and not the simplified one: that one takes 16-bit images to be linear light and
// applies gamma, so that its pixels are nobody else's.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <png.h>

#include "Raster.h"

typedef struct {
  png_structp file;
  png_infop info;
  size_t left;
  int32_t next_row;
  /// All rows of an interlaced image, which comes in passes.
  uint8_t *all;
} png_state;

static void leave(png_structp file, png_const_charp words) {
  ci_raster *raster = png_get_error_ptr(file);
  ci_fail(raster, words);
  png_longjmp(file, 1);
}

static void be_silent(png_structp file, png_const_charp words) {
  (void)file;
  (void)words;
}

static void read_bytes(png_structp file, png_bytep target, size_t count) {
  ci_raster *raster = png_get_io_ptr(file);
  png_state *state = raster->state;
  if (count > state->left) png_error(file, "the file is cut short");
  memcpy(target, raster->bytes + (raster->count - state->left), count);
  state->left -= count;
}

static void close_png(ci_raster *raster) {
  png_state *state = raster->state;
  if (!state) return;
  if (state->file) png_destroy_read_struct(&state->file, &state->info, NULL);
  free(state->all);
  free(state);
  raster->state = NULL;
}

/// Reads all passes of an interlaced image.
static bool read_all(ci_raster *raster, png_state *state) {
  size_t stride = ci_row_bytes(raster);
  png_bytep *rows = malloc((size_t)raster->height * sizeof(png_bytep));
  state->all = malloc((size_t)raster->height * stride);
  if (!rows || !state->all) {
    free((void *)rows);
    return ci_fail(raster, "there is no memory");
  }
  for (int32_t row = 0; row < raster->height; row++) rows[row] = state->all + (size_t)row * stride;
  if (setjmp(png_jmpbuf(state->file))) {
    free((void *)rows);
    return false;
  }
  png_read_image(state->file, rows);
  free((void *)rows);
  return true;
}

static bool read_row(ci_raster *raster, int32_t row, void *target) {
  png_state *state = raster->state;
  if (png_get_interlace_type(state->file, state->info) != PNG_INTERLACE_NONE) {
    if (!state->all && !read_all(raster, state)) return false;
    memcpy(target, state->all + (size_t)row * ci_row_bytes(raster), ci_row_bytes(raster));
    return true;
  }
  if (setjmp(png_jmpbuf(state->file))) return false;
  while (state->next_row <= row) {
    state->next_row++;
    png_read_row(state->file, target, NULL);
  }
  return true;
}

/// Takes over what the header says.
static void describe(ci_raster *raster, png_state *state) {
  png_structp file = state->file;
  png_infop info = state->info;
  int kind = png_get_color_type(file, info);
  raster->width = (int32_t)png_get_image_width(file, info);
  raster->height = (int32_t)png_get_image_height(file, info);
  raster->samples = png_get_channels(file, info);
  raster->bits = png_get_bit_depth(file, info);
  raster->is_palette = kind == PNG_COLOR_TYPE_PALETTE;
  // Deflate makes at most 1,032 bytes of one.

  raster->least_bytes = ci_bytes((double)png_get_rowbytes(file, info) * raster->height / 1033);

  png_colorp colors;
  int count = 0;
  if (raster->is_palette && png_get_PLTE(file, info, &colors, &count)) {
    for (int color = 0; color < count && color < 256; color++) {
      raster->palette[color][0] = colors[color].red;
      raster->palette[color][1] = colors[color].green;
      raster->palette[color][2] = colors[color].blue;
    }
  }
  png_bytep alphas;
  png_color_16p clear;
  if (png_get_tRNS(file, info, &alphas, &count, &clear)) {
    if (raster->is_palette) {
      for (int color = 0; color < count && color < 256; color++) {
        raster->palette[color][3] = alphas[color];
      }
    } else if (clear) {
      raster->has_key = true;
      raster->key[0] = raster->samples >= 3 ? clear->red : clear->gray;
      raster->key[1] = clear->green;
      raster->key[2] = clear->blue;
    }
  }
  png_bytep exif;
  png_uint_32 exif_count;
  if (png_get_eXIf_1(file, info, &exif_count, &exif)) {
    raster->exif = exif;
    raster->exif_count = exif_count;
  }
  // Numbers of fewer bits get a byte each, and stay what they are; two bytes come as this machine has them.
  png_set_packing(file);
  const uint16_t one = 1;
  if (raster->bits == 16 && *(const uint8_t *)&one) png_set_swap(file);
  png_set_interlace_handling(file);
  png_read_update_info(file, info);
}

/// Whether the file is an animation of more than one frame, by the chunk before its pixels that says so.
static bool has_more(const ci_raster *raster) {
  for (size_t place = 8; place + 12 <= raster->count;) {
    const uint8_t *chunk = raster->bytes + place;
    size_t length = (size_t)chunk[0] << 24 | (size_t)chunk[1] << 16 | (size_t)chunk[2] << 8 | chunk[3];
    if (memcmp(chunk + 4, "IDAT", 4) == 0) return false;
    if (memcmp(chunk + 4, "acTL", 4) == 0 && length >= 8) {
      return chunk[8] || chunk[9] || chunk[10] || chunk[11] > 1;
    }
    place += 12 + length;
  }
  return false;
}

bool ci_open_png(ci_raster *raster) {
  png_state *state = calloc(1, sizeof *state);
  raster->state = state;
  raster->close = close_png;
  raster->read_row = read_row;
  if (!state) return ci_fail(raster, "there is no memory");
  state->left = raster->count;
  state->file = png_create_read_struct(PNG_LIBPNG_VER_STRING, raster, leave, be_silent);
  if (state->file) state->info = png_create_info_struct(state->file);
  if (!state->info) return ci_fail(raster, "there is no memory");
  if (setjmp(png_jmpbuf(state->file))) return false;
  png_set_read_fn(state->file, raster, read_bytes);
  png_read_info(state->file, state->info);
  describe(raster, state);
  raster->has_more = has_more(raster);
  return true;
}
