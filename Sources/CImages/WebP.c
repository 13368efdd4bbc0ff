// Decoding WebP by libwebp, of an animation the first frame.
#include <stdlib.h>
#include <string.h>

#include <webp/decode.h>
#include <webp/demux.h>

#include "Raster.h"

static void close_webp(ci_raster *raster) {
  free(raster->state);
  raster->state = NULL;
}

/// Decodes a still image into rows as the raster describes them.
static bool decode_still(ci_raster *raster, uint8_t *pixels, size_t size) {
  int stride = (int)ci_row_bytes(raster);
  uint8_t *done = raster->samples == 4
    ? WebPDecodeRGBAInto(raster->bytes, raster->count, pixels, size, stride)
    : WebPDecodeRGBInto(raster->bytes, raster->count, pixels, size, stride);
  return done || ci_fail(raster, "the WebP data are cut short or damaged");
}

/// Decodes the first frame of an animation, on the whole canvas, with alpha.
static bool decode_first_frame(ci_raster *raster, uint8_t *pixels, size_t size) {
  WebPAnimDecoderOptions options;
  if (!WebPAnimDecoderOptionsInit(&options)) return ci_fail(raster, "libwebp is of another version");
  options.color_mode = MODE_RGBA;
  WebPData data = {raster->bytes, raster->count};
  WebPAnimDecoder *animation = WebPAnimDecoderNew(&data, &options);
  uint8_t *canvas = NULL;
  int milliseconds;
  bool done = animation && WebPAnimDecoderGetNext(animation, &canvas, &milliseconds) && canvas;
  if (done) memcpy(pixels, canvas, size);
  WebPAnimDecoderDelete(animation);
  return done || ci_fail(raster, "the WebP animation is cut short or damaged");
}

static bool read_row(ci_raster *raster, int32_t row, void *target) {
  if (!raster->state) {
    size_t size = ci_row_bytes(raster) * (size_t)raster->height;
    uint8_t *pixels = malloc(size);
    if (!pixels) return ci_fail(raster, "there is no memory");
    raster->state = pixels;
    if (!(raster->has_more ? decode_first_frame : decode_still)(raster, pixels, size)) return false;
  }
  memcpy(target, (uint8_t *)raster->state + (size_t)row * ci_row_bytes(raster), ci_row_bytes(raster));
  return true;
}

/// Finds the EXIF block among the chunks, each a name, a length, and an even number of bytes.
static void find_exif(ci_raster *raster) {
  size_t place = 12;
  while (place + 8 <= raster->count) {
    const uint8_t *chunk = raster->bytes + place;
    size_t length = (size_t)chunk[4] | (size_t)chunk[5] << 8 | (size_t)chunk[6] << 16 | (size_t)chunk[7] << 24;
    if (length > raster->count - place - 8) return;
    if (memcmp(chunk, "EXIF", 4) == 0) {
      raster->exif = chunk + 8;
      raster->exif_count = length;
      // Some programs leave JPEG's prefix before it.
      if (length > 6 && memcmp(raster->exif, "Exif\0\0", 6) == 0) {
        raster->exif += 6;
        raster->exif_count -= 6;
      }
      return;
    }
    place += 8 + length + (length & 1);
  }
}

bool ci_open_webp(ci_raster *raster) {
  WebPBitstreamFeatures features;
  if (WebPGetFeatures(raster->bytes, raster->count, &features) != VP8_STATUS_OK) {
    return ci_fail(raster, "its WebP header is cut short or damaged");
  }
  raster->width = features.width;
  raster->height = features.height;
  raster->bits = 8;
  raster->is_lossy = features.format != 2;
  raster->has_more = features.has_animation;
  raster->samples = features.has_alpha || features.has_animation ? 4 : 3;
  raster->least_bytes = ci_plausible_bytes((double)ci_row_bytes(raster) * raster->height);
  raster->close = close_webp;
  raster->read_row = read_row;
  find_exif(raster);
  return true;
}
