// Decoding PNG by libpng.
//
// Its full interface, and not the simplified one: that one takes 16-bit images to be linear light and
// applies gamma, so that its pixels are nobody else's.
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <png.h>

#include "CImages.h"

struct ci_png {
  png_structp file;
  png_infop info;
  const uint8_t *bytes;
  size_t left;
  char message[200];
};

static void leave(png_structp file, png_const_charp words) {
  ci_png *decoder = png_get_error_ptr(file);
  snprintf(decoder->message, sizeof decoder->message, "%s", words);
  png_longjmp(file, 1);
}

static void be_silent(png_structp file, png_const_charp words) {
  (void)file;
  (void)words;
}

static void read_bytes(png_structp file, png_bytep target, size_t count) {
  ci_png *decoder = png_get_io_ptr(file);
  if (count > decoder->left) png_error(file, "the file is cut short");
  memcpy(target, decoder->bytes, count);
  decoder->bytes += count;
  decoder->left -= count;
}

ci_png *ci_png_create(void) { return calloc(1, sizeof(ci_png)); }

static void close_file(ci_png *decoder) {
  if (decoder->file) png_destroy_read_struct(&decoder->file, &decoder->info, NULL);
  decoder->file = NULL;
  decoder->info = NULL;
}

void ci_png_free(ci_png *decoder) {
  if (!decoder) return;
  close_file(decoder);
  free(decoder);
}

const char *ci_png_message(const ci_png *decoder) { return decoder->message; }

/// Whether every colour of a palette is a grey.
static bool is_grey_palette(png_structp file, png_infop info) {
  png_colorp colours;
  int count = 0;
  if (!png_get_PLTE(file, info, &colours, &count)) return false;
  for (int colour = 0; colour < count; colour++) {
    if (colours[colour].red != colours[colour].green) return false;
    if (colours[colour].red != colours[colour].blue) return false;
  }
  return true;
}

bool ci_png_open(ci_png *decoder, const uint8_t *bytes, size_t count, ci_header *header) {
  close_file(decoder);
  decoder->message[0] = 0;
  decoder->bytes = bytes;
  decoder->left = count;
  decoder->file = png_create_read_struct(PNG_LIBPNG_VER_STRING, decoder, leave, be_silent);
  if (decoder->file) decoder->info = png_create_info_struct(decoder->file);
  if (!decoder->info) {
    snprintf(decoder->message, sizeof decoder->message, "there is no memory");
    close_file(decoder);
    return false;
  }
  if (setjmp(png_jmpbuf(decoder->file))) {
    close_file(decoder);
    return false;
  }
  png_set_read_fn(decoder->file, decoder, read_bytes);
  png_read_info(decoder->file, decoder->info);
  int kind = png_get_color_type(decoder->file, decoder->info);
  bool grey = kind == PNG_COLOR_TYPE_PALETTE ? is_grey_palette(decoder->file, decoder->info)
                                             : !(kind & PNG_COLOR_MASK_COLOR);
  header->width = (int32_t)png_get_image_width(decoder->file, decoder->info);
  header->height = (int32_t)png_get_image_height(decoder->file, decoder->info);
  header->channels = grey ? 1 : 3;
  header->exif = NULL;
  header->exif_count = 0;
  png_bytep exif;
  png_uint_32 exif_count;
  if (png_get_eXIf_1(decoder->file, decoder->info, &exif_count, &exif)) {
    header->exif = exif;
    header->exif_count = exif_count;
  }
  return true;
}

/// Brings pixels of 1 to 4 channels to 1 or 3, laid on white by their last channel if that is alpha.
static void lay_on_white(
  const uint8_t *source, int32_t source_channels, uint8_t *target, int32_t channels, size_t pixels) {
  int32_t colours = source_channels >= 3 ? 3 : 1;
  bool transparent = source_channels == 2 || source_channels == 4;
  for (size_t pixel = 0; pixel < pixels; pixel++) {
    const uint8_t *from = source + pixel * (size_t)source_channels;
    int alpha = transparent ? from[colours] : 255;
    for (int32_t channel = 0; channel < channels; channel++) {
      int level = from[channel < colours ? channel : 0];
      *target++ = (uint8_t)((level * alpha + 255 * (255 - alpha) + 127) / 255);
    }
  }
}

bool ci_png_decode(ci_png *decoder, int32_t channels, uint8_t *pixels) {
  uint8_t *volatile raw = NULL;
  png_bytep *volatile rows = NULL;
  if (!decoder->file) return false;
  if (setjmp(png_jmpbuf(decoder->file))) {
    free(raw);
    free((void *)rows);
    close_file(decoder);
    return false;
  }
  png_set_expand(decoder->file);
  png_set_strip_16(decoder->file);
  png_set_interlace_handling(decoder->file);
  png_read_update_info(decoder->file, decoder->info);
  size_t height = png_get_image_height(decoder->file, decoder->info);
  size_t width = png_get_image_width(decoder->file, decoder->info);
  size_t stride = png_get_rowbytes(decoder->file, decoder->info);
  int32_t own_channels = png_get_channels(decoder->file, decoder->info);
  bool as_it_is = own_channels == channels;
  if (!as_it_is) raw = malloc(stride * height);
  rows = malloc(height * sizeof(png_bytep));
  if ((!as_it_is && !raw) || !rows) png_error(decoder->file, "there is no memory");
  for (size_t row = 0; row < height; row++) rows[row] = (as_it_is ? pixels : raw) + row * stride;
  png_read_image(decoder->file, rows);
  if (!as_it_is) lay_on_white(raw, own_channels, pixels, channels, width * height);
  free(raw);
  free((void *)rows);
  close_file(decoder);
  return true;
}

bool ci_png_mask(const ci_png *decoder, ci_mask_header *header) {
  if (!decoder->file) return false;
  int kind = png_get_color_type(decoder->file, decoder->info);
  header->is_palette = kind == PNG_COLOR_TYPE_PALETTE;
  header->channels = kind == PNG_COLOR_TYPE_PALETTE || !(kind & PNG_COLOR_MASK_COLOR) ? 1 : 3;
  header->bits = (int32_t)png_get_bit_depth(decoder->file, decoder->info);
  return true;
}

bool ci_png_decode_mask(ci_png *decoder, uint16_t *numbers) {
  uint8_t *volatile raw = NULL;
  png_bytep *volatile rows = NULL;
  if (!decoder->file) return false;
  if (setjmp(png_jmpbuf(decoder->file))) {
    free(raw);
    free((void *)rows);
    close_file(decoder);
    return false;
  }
  // Numbers of fewer bits each get a byte, and stay what they are.
  png_set_packing(decoder->file);
  int kind = png_get_color_type(decoder->file, decoder->info);
  if (kind & PNG_COLOR_MASK_ALPHA) png_set_strip_alpha(decoder->file);
  if (kind != PNG_COLOR_TYPE_PALETTE && kind & PNG_COLOR_MASK_COLOR) png_set_strip_16(decoder->file);
  png_set_interlace_handling(decoder->file);
  png_read_update_info(decoder->file, decoder->info);
  size_t height = png_get_image_height(decoder->file, decoder->info);
  size_t width = png_get_image_width(decoder->file, decoder->info);
  size_t stride = png_get_rowbytes(decoder->file, decoder->info);
  bool is_wide = png_get_bit_depth(decoder->file, decoder->info) == 16;
  size_t count = width * height * png_get_channels(decoder->file, decoder->info);
  raw = malloc(stride * height);
  rows = malloc(height * sizeof(png_bytep));
  if (!raw || !rows) png_error(decoder->file, "there is no memory");
  for (size_t row = 0; row < height; row++) rows[row] = raw + row * stride;
  png_read_image(decoder->file, rows);
  const uint8_t *from = raw;
  if (is_wide) {
    for (size_t i = 0; i < count; i++) numbers[i] = (uint16_t)(from[2 * i] << 8 | from[2 * i + 1]);
  } else {
    for (size_t i = 0; i < count; i++) numbers[i] = from[i];
  }
  free(raw);
  free((void *)rows);
  close_file(decoder);
  return true;
}
