// Rows of numbers, of whichever format, made pixels: cut to a region, brought to bytes, laid on white.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "Raster.h"

bool ci_fail(ci_raster *raster, const char *words) {
  if (!raster->message[0]) snprintf(raster->message, sizeof raster->message, "%s", words);
  return false;
}

bool ci_refuse(ci_raster *raster, const char *words) {
  if (!raster->message[0]) raster->is_unsupported = true;
  return ci_fail(raster, words);
}

size_t ci_row_bytes(const ci_raster *raster) {
  return (size_t)raster->width * (size_t)raster->samples * (raster->bits > 8 ? 2 : 1);
}

size_t ci_bytes(double count) { return count < 1e15 ? (size_t)count : SIZE_MAX; }

size_t ci_plausible_bytes(double stored) {
  return stored <= 4 * 1024 * 1024 ? 0 : ci_bytes(stored / 10000);
}

ci_raster *ci_raster_create(void) { return calloc(1, sizeof(ci_raster)); }

static void close_file(ci_raster *raster) {
  if (raster->close) raster->close(raster);
  ci_raster left = {.is_unsupported = raster->is_unsupported};
  memcpy(left.message, raster->message, sizeof left.message);
  *raster = left;
}

void ci_raster_free(ci_raster *raster) {
  if (!raster) return;
  close_file(raster);
  free(raster);
}

const char *ci_raster_message(const ci_raster *raster) { return raster->message; }

bool ci_raster_is_unsupported(const ci_raster *raster) { return raster->is_unsupported; }

static bool begins_with(const uint8_t *bytes, size_t count, const char *mark, size_t length) {
  return count >= length && memcmp(bytes, mark, length) == 0;
}

ci_kind ci_kind_of(const uint8_t *bytes, size_t count) {
  if (begins_with(bytes, count, "\xFF\xD8\xFF", 3)) return CI_JPEG;
  if (begins_with(bytes, count, "\x89PNG\r\n\x1A\n", 8)) return CI_PNG;
  if (begins_with(bytes, count, "RIFF", 4) && count >= 12 && memcmp(bytes + 8, "WEBP", 4) == 0) {
    return CI_WEBP;
  }
  if (begins_with(bytes, count, "II\x2A\0", 4) || begins_with(bytes, count, "MM\0\x2A", 4)) return CI_TIFF;
  if (begins_with(bytes, count, "II\x2B\0", 4) || begins_with(bytes, count, "MM\0\x2B", 4)) return CI_TIFF;
  if (begins_with(bytes, count, "GIF87a", 6) || begins_with(bytes, count, "GIF89a", 6)) return CI_GIF;
  if (begins_with(bytes, count, "BM", 2)) return CI_BMP;
  return CI_OTHER;
}

static bool is_gray(const ci_raster *raster) {
  if (!raster->is_palette) return raster->samples < 3;
  for (int color = 0; color < 256; color++) {
    const uint8_t *levels = raster->palette[color];
    if (levels[0] != levels[1] || levels[0] != levels[2]) return false;
  }
  return true;
}

bool ci_raster_open(
  ci_raster *raster, ci_kind kind, const uint8_t *bytes, size_t count, ci_header *header) {
  close_file(raster);
  raster->message[0] = 0;
  raster->is_unsupported = false;
  raster->bytes = bytes;
  raster->count = count;
  for (int color = 0; color < 256; color++) raster->palette[color][3] = 255;
  bool opened = false;
  switch (kind) {
    case CI_PNG: opened = ci_open_png(raster); break;
    case CI_WEBP: opened = ci_open_webp(raster); break;
    case CI_TIFF: opened = ci_open_tiff(raster); break;
    case CI_GIF: opened = ci_open_gif(raster); break;
    case CI_BMP: opened = ci_open_bmp(raster); break;
    case CI_JPEG: case CI_OTHER: ci_fail(raster, "it is of another kind"); break;
  }
  if (opened && (raster->width <= 0 || raster->height <= 0)) {
    opened = ci_fail(raster, "it has no pixels");
  }
  if (!opened) {
    close_file(raster);
    return false;
  }
  *header = (ci_header){
    .width = raster->width, .height = raster->height, .channels = is_gray(raster) ? 1 : 3,
    .bits = raster->bits, .has_more = raster->has_more, .orientation = raster->orientation,
    .exif = raster->exif, .exif_count = raster->exif_count, .least_bytes = raster->least_bytes};
  return true;
}

// MARK: Rows

/// A number as a byte: of 16 bits the upper 8 of those that are filled, of fewer than 8 stretched.
static inline uint8_t level(const void *row, size_t place, int bits, int filled) {
  if (bits > 8) {
    uint32_t number = ((const uint16_t *)row)[place] >> (filled - 8);
    return number > 255 ? 255 : (uint8_t)number;
  }
  uint8_t number = ((const uint8_t *)row)[place];
  switch (bits) {
    case 1: return number ? 255 : 0;
    case 2: return (uint8_t)(number * 85);
    case 4: return (uint8_t)(number * 17);
    default: return number;
  }
}

static inline uint8_t on_white(int level, int alpha, bool is_premultiplied) {
  if (is_premultiplied) return (uint8_t)(level + 255 - alpha > 255 ? 255 : level + 255 - alpha);
  return (uint8_t)((level * alpha + 255 * (255 - alpha) + 127) / 255);
}

static bool is_key(const ci_raster *raster, const void *row, size_t place, int colors) {
  for (int channel = 0; channel < colors; channel++) {
    uint16_t number = raster->bits > 8 ? ((const uint16_t *)row)[place + (size_t)channel]
                                       : ((const uint8_t *)row)[place + (size_t)channel];
    if (number != raster->key[channel]) return false;
  }
  return true;
}

/// Makes pixels of 1 or 3 channels of a row's numbers, from a column on.
static void convert(
  const ci_raster *raster, const void *row, int32_t left, int32_t width, int32_t channels, int filled,
  uint8_t *target) {
  size_t samples = (size_t)raster->samples;
  if (raster->is_palette) {
    for (int32_t x = 0; x < width; x++) {
      const uint8_t *entry = raster->palette[((const uint8_t *)row)[left + x]];
      for (int32_t channel = 0; channel < channels; channel++) {
        *target++ = on_white(entry[channel], entry[3], false);
      }
    }
    return;
  }
  if (raster->bits == 8 && !raster->has_key && samples == (size_t)channels) {
    memcpy(target, (const uint8_t *)row + (size_t)left * samples, (size_t)width * samples);
    return;
  }
  int colors = samples >= 3 ? 3 : 1;
  bool has_alpha = samples == 2 || samples == 4;
  for (int32_t x = 0; x < width; x++) {
    size_t place = (size_t)(left + x) * samples;
    int alpha = has_alpha ? level(row, place + (size_t)colors, raster->bits, 16) : 255;
    if (raster->has_key && is_key(raster, row, place, colors)) alpha = 0;
    for (int32_t channel = 0; channel < channels; channel++) {
      size_t own = place + (size_t)(channel < colors ? channel : 0);
      *target++ = on_white(level(row, own, raster->bits, filled), alpha, raster->is_premultiplied);
    }
  }
}

/// Calls for each of some rows, in memory that goes away.
static bool each_row(
  ci_raster *raster, int32_t first, int32_t count, void *context,
  void (*take)(const ci_raster *raster, const void *row, int32_t number, void *context)) {
  if (!raster->read_row) return ci_fail(raster, "no file is open");
  void *row = malloc(ci_row_bytes(raster) + 8);
  bool is_read = row || ci_fail(raster, "there is no memory");
  for (int32_t number = 0; is_read && number < count; number++) {
    is_read = raster->read_row(raster, first + number, row);
    if (is_read) take(raster, row, number, context);
    else ci_fail(raster, "it cannot be decoded");
  }
  free(row);
  return is_read;
}

typedef struct {
  ci_region region;
  int32_t channels;
  int filled;
  uint8_t *pixels;
} pixel_target;

static void take_pixels(const ci_raster *raster, const void *row, int32_t number, void *context) {
  pixel_target *target = context;
  size_t stride = (size_t)target->region.width * (size_t)target->channels;
  convert(
    raster, row, target->region.left, target->region.width, target->channels, target->filled,
    target->pixels + (size_t)number * stride);
}

bool ci_raster_decode(
  ci_raster *raster, int32_t channels, int32_t filled_bits, ci_region region, uint8_t *pixels) {
  int filled = filled_bits < 8 ? 8 : filled_bits > 16 ? 16 : filled_bits;
  pixel_target target = {region, channels, filled, pixels};
  bool is_read = each_row(raster, region.top, region.height, &target, take_pixels);
  close_file(raster);
  return is_read;
}

void ci_raster_form(const ci_raster *raster, ci_mask_header *header) {
  header->is_palette = raster->is_palette;
  header->channels = raster->samples >= 3 ? 3 : 1;
  header->bits = raster->bits;
  header->is_lossy = raster->is_lossy;
  for (int color = 0; color < 256; color++) {
    memcpy(header->palette[color], raster->palette[color], 3);
  }
}

typedef struct {
  uint16_t *numbers;
  int32_t first_alpha;
  bool alpha_varies;
} number_target;

static void take_numbers(const ci_raster *raster, const void *row, int32_t number, void *context) {
  number_target *all = context;
  int colors = raster->samples >= 3 ? 3 : 1;
  bool has_alpha = raster->samples > colors;
  uint16_t *target = all->numbers + (size_t)number * (size_t)raster->width * (size_t)colors;
  for (int32_t x = 0; x < raster->width; x++) {
    if (has_alpha) {
      size_t place = (size_t)x * (size_t)raster->samples + (size_t)colors;
      int32_t alpha = level(row, place, raster->bits, 16);
      if (all->first_alpha < 0) all->first_alpha = alpha;
      if (alpha != all->first_alpha) all->alpha_varies = true;
    }
    for (int channel = 0; channel < colors; channel++) {
      size_t place = (size_t)x * (size_t)raster->samples + (size_t)channel;
      *target++ = colors == 3       ? level(row, place, raster->bits, 16)
                  : raster->bits > 8 ? ((const uint16_t *)row)[place]
                                     : ((const uint8_t *)row)[place];
    }
  }
}

bool ci_raster_numbers(ci_raster *raster, uint16_t *numbers, bool *alpha_varies) {
  number_target target = {numbers, -1, false};
  bool is_read = each_row(raster, 0, raster->height, &target, take_numbers);
  close_file(raster);
  *alpha_varies = target.alpha_varies;
  return is_read;
}

static void take_wide_numbers(const ci_raster *raster, const void *row, int32_t number, void *context) {
  (void)number;
  ci_wide_numbers *found = context;
  int colors = raster->samples >= 3 ? 3 : 1;
  if (raster->bits <= 8 || raster->is_palette) return;
  for (int32_t x = 0; x < raster->width; x++) {
    for (int channel = 0; channel < colors; channel++) {
      uint16_t own = ((const uint16_t *)row)[(size_t)x * (size_t)raster->samples + (size_t)channel];
      if (own > found->highest) found->highest = own;
      found->lengths[own == 0 ? 0 : 32 - __builtin_clz(own)]++;
    }
  }
}

bool ci_raster_wide_numbers(ci_raster *raster, ci_wide_numbers *found) {
  *found = (ci_wide_numbers){0};
  bool is_read = each_row(raster, 0, raster->height, found, take_wide_numbers);
  close_file(raster);
  return is_read;
}
