// Writing PNG by libpng, into memory.
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

#include <png.h>

#include "CImages.h"

/// Bytes that have been written, and the room for them.
typedef struct {
  uint8_t *bytes;
  size_t count;
  size_t room;
} growing;

static void leave(png_structp file, png_const_charp words) {
  (void)words;
  png_longjmp(file, 1);
}

static void be_silent(png_structp file, png_const_charp words) {
  (void)file;
  (void)words;
}

static void write_bytes(png_structp file, png_bytep bytes, size_t count) {
  growing *out = png_get_io_ptr(file);
  if (out->count + count > out->room) {
    size_t room = 2 * (out->count + count);
    uint8_t *more = realloc(out->bytes, room);
    if (!more) png_error(file, "there is no memory");
    out->bytes = more;
    out->room = room;
  }
  memcpy(out->bytes + out->count, bytes, count);
  out->count += count;
}

static void flush_nothing(png_structp file) { (void)file; }

/// Writes a PNG of rows as they lie; `palette` has three bytes a color, or is null.
static size_t encode(
  const uint8_t *rows, size_t stride, int32_t width, int32_t height, int bits, int kind,
  const uint8_t *palette, int32_t colors, uint8_t **file) {
  // Not on the stack, where a jump back to setjmp may find it as it was before.
  growing *out = calloc(1, sizeof *out);
  png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, NULL, leave, be_silent);
  png_infop info = png ? png_create_info_struct(png) : NULL;
  *file = NULL;
  if (!out || !info || setjmp(png_jmpbuf(png))) {
    png_destroy_write_struct(&png, &info);
    if (out) free(out->bytes);
    free(out);
    return 0;
  }
  png_set_write_fn(png, out, write_bytes, flush_nothing);
  png_set_IHDR(
    png, info, (png_uint_32)width, (png_uint_32)height, bits, kind, PNG_INTERLACE_NONE,
    PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
  if (palette) {
    png_color entries[256];
    for (int32_t color = 0; color < colors && color < 256; color++) {
      const uint8_t *from = palette + 3 * color;
      entries[color] = (png_color){from[0], from[1], from[2]};
    }
    png_set_PLTE(png, info, entries, colors < 256 ? colors : 256);
  }
  png_write_info(png, info);
  for (int32_t row = 0; row < height; row++) png_write_row(png, rows + (size_t)row * stride);
  png_write_end(png, info);
  png_destroy_write_struct(&png, &info);
  *file = out->bytes;
  size_t count = out->count;
  free(out);
  return count;
}

size_t ci_png_encode(
  const uint8_t *pixels, int32_t width, int32_t height, int32_t channels, uint8_t **file) {
  return encode(
    pixels, (size_t)width * (size_t)channels, width, height, 8,
    channels == 1 ? PNG_COLOR_TYPE_GRAY : PNG_COLOR_TYPE_RGB, NULL, 0, file);
}

size_t ci_png_encode_mask(
  const uint16_t *numbers, int32_t width, int32_t height, const uint8_t *palette, int32_t colors,
  uint8_t **file) {
  size_t count = (size_t)width * (size_t)height;
  size_t bytes = palette ? 1 : 2;
  uint8_t *rows = malloc(count * bytes + 1);
  *file = NULL;
  if (!rows) return 0;
  for (size_t i = 0; i < count; i++) {
    if (bytes == 2) rows[2 * i] = (uint8_t)(numbers[i] >> 8);
    rows[bytes * i + bytes - 1] = (uint8_t)numbers[i];
  }
  size_t size = encode(
    rows, (size_t)width * bytes, width, height, (int)bytes * 8,
    palette ? PNG_COLOR_TYPE_PALETTE : PNG_COLOR_TYPE_GRAY, palette, colors, file);
  free(rows);
  return size;
}
