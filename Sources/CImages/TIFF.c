// Decoding the first page of a TIFF by libtiff.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "TIFF.h"

enum { ALPHA_NONE, ALPHA_BEHIND, MOST_SAMPLES = 32 };

static void close_tiff(ci_raster *raster) {
  tiff_state *state = raster->state;
  if (!state) return;
  if (state->file) TIFFClose(state->file);
  free(state->band);
  free(state->line);
  free(state->all);
  free(state);
  raster->state = NULL;
}

// MARK: Rows

/// Reads the tiles that hold a row.
static bool read_band(ci_raster *raster, tiff_state *state, int32_t row) {
  int64_t number = (int64_t)((uint32_t)row / state->tile_height);
  if (state->band_number == number) return true;
  state->band_number = -1;
  uint32_t top = (uint32_t)number * state->tile_height;
  uint32_t left = (uint32_t)raster->height - top;
  uint32_t rows = left < state->tile_height ? left : state->tile_height;
  for (uint16_t plane = 0; plane < state->planes; plane++) {
    for (uint32_t tile = 0; tile < state->tiles_across; tile++) {
      uint8_t *target = state->band + ((size_t)plane * state->tiles_across + tile) * state->tile_bytes;
      tmsize_t size = (tmsize_t)state->tile_bytes, got;
      if (state->is_tiled) {
        uint32_t place = TIFFComputeTile(state->file, tile * state->tile_width, top, 0, plane);
        got = TIFFReadEncodedTile(state->file, place, target, size);
      } else {
        size = (tmsize_t)(state->tile_row_bytes * rows);
        got = TIFFReadEncodedStrip(state->file, TIFFComputeStrip(state->file, top, plane), target, size);
      }
      if (got < size) return ci_fail(raster, "its data are cut short");
    }
  }
  state->band_number = number;
  return true;
}

/// Takes numbers of some bits apart.
static void unpack(
  const uint8_t *from, size_t count, int bits, uint16_t *target, size_t step) {
  switch (bits) {
    case 16:
      for (size_t i = 0; i < count; i++, target += step) memcpy(target, from + 2 * i, 2);
      break;
    case 8:
      for (size_t i = 0; i < count; i++, target += step) *target = from[i];
      break;
    default:
      for (size_t i = 0; i < count; i++, target += step) {
        size_t place = i * (size_t)bits;
        *target = (uint16_t)(from[place / 8] >> (8 - (size_t)bits - place % 8) & ((1 << bits) - 1));
      }
  }
}

/// Brings a row's numbers, as the file has them, to the raster's: grays the right way round, light for inks,
/// and no samples that are neither color nor alpha.
static void finish(const ci_raster *raster, const tiff_state *state, void *target) {
  const uint16_t highest = (uint16_t)((1 << raster->bits) - 1);
  uint8_t *bytes = target;
  uint16_t *words = target;
  for (int32_t x = 0; x < raster->width; x++) {
    const uint16_t *own = state->line + (size_t)x * state->samples;
    if (state->inks) {
      int black = 255 - own[3];
      for (int channel = 0; channel < 3; channel++) {
        *bytes++ = (uint8_t)(((255 - own[channel]) * black + 127) / 255);
      }
      continue;
    }
    for (int32_t sample = 0; sample < raster->samples; sample++) {
      uint16_t number = state->inverts && sample == 0 ? highest - own[sample] : own[sample];
      if (raster->bits > 8) *words++ = number;
      else *bytes++ = (uint8_t)number;
    }
  }
}

static bool read_row_by_libtiff(ci_raster *raster, tiff_state *state, int32_t row, void *target) {
  size_t width = (size_t)raster->width;
  if (!state->all) {
    state->all = malloc(width * (size_t)raster->height * sizeof(uint32_t));
    if (!state->all) return ci_fail(raster, "there is no memory");
    if (!TIFFReadRGBAImageOriented(
          state->file, (uint32_t)raster->width, (uint32_t)raster->height, state->all,
          ORIENTATION_TOPLEFT, 1)) {
      return ci_fail(raster, "its data are cut short or damaged");
    }
  }
  uint8_t *bytes = target;
  for (size_t x = 0; x < width; x++) {
    uint32_t color = state->all[(size_t)row * width + x];
    *bytes++ = TIFFGetR(color);
    *bytes++ = TIFFGetG(color);
    *bytes++ = TIFFGetB(color);
  }
  return true;
}

static bool read_row(ci_raster *raster, int32_t row, void *target) {
  tiff_state *state = raster->state;
  if (state->by_libtiff) return read_row_by_libtiff(raster, state, row, target);
  if (!state->band) {
    state->band = malloc(state->tile_bytes * state->tiles_across * state->planes);
    state->line = malloc((size_t)raster->width * state->samples * sizeof(uint16_t));
    if (!state->band || !state->line) return ci_fail(raster, "there is no memory");
  }
  if (!read_band(raster, state, row)) return false;
  size_t step = state->planes > 1 ? state->samples : 1;
  size_t together = state->planes > 1 ? 1 : state->samples;
  for (uint16_t plane = 0; plane < state->planes; plane++) {
    for (uint32_t tile = 0; tile < state->tiles_across; tile++) {
      const uint8_t *from = state->band
        + ((size_t)plane * state->tiles_across + tile) * state->tile_bytes
        + ((uint32_t)row % state->tile_height) * state->tile_row_bytes;
      size_t left = (size_t)tile * state->tile_width;
      size_t count = (size_t)raster->width - left;
      if (count > state->tile_width) count = state->tile_width;
      unpack(
        from, count * together, raster->bits, state->line + left * state->samples + plane, step);
    }
  }
  finish(raster, state, target);
  return true;
}

// MARK: The header

/// Takes over the palette, whose levels have 16 bits, though some programs write 8.
static bool take_palette(ci_raster *raster, TIFF *file) {
  uint16_t *levels[3];
  if (!TIFFGetField(file, TIFFTAG_COLORMAP, &levels[0], &levels[1], &levels[2])) {
    return ci_fail(raster, "it has no palette");
  }
  int count = 1 << raster->bits, shift = 0;
  for (int channel = 0; channel < 3; channel++) {
    for (int color = 0; color < count; color++) {
      if (levels[channel][color] > 255) shift = 8;
    }
  }
  for (int color = 0; color < count; color++) {
    for (int channel = 0; channel < 3; channel++) {
      raster->palette[color][channel] = (uint8_t)(levels[channel][color] >> shift);
    }
  }
  raster->is_palette = true;
  return true;
}

/// Finds what the numbers of a pixel are; false for kinds that are not read.
static bool take_colors(ci_raster *raster, tiff_state *state) {
  TIFF *file = state->file;
  uint16_t bits, format, extra_count = 0, *extras = NULL, compression;
  TIFFGetFieldDefaulted(file, TIFFTAG_BITSPERSAMPLE, &bits);
  TIFFGetFieldDefaulted(file, TIFFTAG_SAMPLEFORMAT, &format);
  TIFFGetFieldDefaulted(file, TIFFTAG_SAMPLESPERPIXEL, &state->samples);
  TIFFGetFieldDefaulted(file, TIFFTAG_COMPRESSION, &compression);
  TIFFGetFieldDefaulted(file, TIFFTAG_EXTRASAMPLES, &extra_count, &extras);
  if (!TIFFGetField(file, TIFFTAG_PHOTOMETRIC, &state->photometric)) {
    state->photometric = state->samples >= 3 ? PHOTOMETRIC_RGB : PHOTOMETRIC_MINISBLACK;
  }
  if (!TIFFIsCODECConfigured(compression)) return ci_refuse(raster, "its compression");
  if (state->photometric == PHOTOMETRIC_YCBCR && compression == COMPRESSION_JPEG) {
    TIFFSetField(file, TIFFTAG_JPEGCOLORMODE, JPEGCOLORMODE_RGB);
    state->photometric = PHOTOMETRIC_RGB;
  }
  raster->bits = bits;
  raster->is_lossy = compression == COMPRESSION_JPEG || compression == COMPRESSION_OJPEG
    || compression == COMPRESSION_LERC || compression == COMPRESSION_WEBP;
  switch (format) {
    case SAMPLEFORMAT_UINT: case SAMPLEFORMAT_VOID: break;
    case SAMPLEFORMAT_IEEEFP: return ci_refuse(raster, "floating-point values");
    case SAMPLEFORMAT_INT: return ci_refuse(raster, "signed values");
    default: return ci_refuse(raster, "complex values");
  }
  if (bits != 1 && bits != 2 && bits != 4 && bits != 8 && bits != 16) {
    char words[40];
    snprintf(words, sizeof words, "%d bits a channel", bits);
    return ci_refuse(raster, words);
  }
  if (state->samples == 0 || state->samples > MOST_SAMPLES) {
    return ci_refuse(raster, "more channels than an image of colors has");
  }
  int colors = 1;
  switch (state->photometric) {
    case PHOTOMETRIC_MINISWHITE: state->inverts = true; break;
    case PHOTOMETRIC_MINISBLACK: break;
    case PHOTOMETRIC_PALETTE:
      if (bits == 16) return ci_refuse(raster, "a palette of 16 bits");
      if (!take_palette(raster, file)) return false;
      break;
    case PHOTOMETRIC_RGB: colors = 3; break;
    case PHOTOMETRIC_SEPARATED:
      if (bits != 8) return ci_refuse(raster, "inks of other than 8 bits");
      colors = 4;
      state->inks = true;
      break;
    default: {
      char words[1024] = "";
      if (!TIFFRGBAImageOK(file, words)) return ci_refuse(raster, words);
      state->by_libtiff = true;
      raster->bits = 8;
      raster->samples = 3;
      return true;
    }
  }
  if (state->samples < colors) return ci_fail(raster, "it has fewer channels than its colors need");
  bool has_alpha = extra_count > 0 && extras && extras[0] != EXTRASAMPLE_UNSPECIFIED
    && state->samples > colors && !raster->is_palette && !state->inks;
  raster->is_premultiplied = has_alpha && extras[0] == EXTRASAMPLE_ASSOCALPHA;
  raster->samples = state->inks ? 3 : colors + has_alpha;
  return true;
}

/// Finds how the image is divided.
static bool take_division(ci_raster *raster, tiff_state *state) {
  TIFF *file = state->file;
  uint16_t planar;
  TIFFGetFieldDefaulted(file, TIFFTAG_PLANARCONFIG, &planar);
  state->planes = planar == PLANARCONFIG_SEPARATE ? state->samples : 1;
  state->is_tiled = TIFFIsTiled(file) != 0;
  if (state->is_tiled) {
    if (!TIFFGetField(file, TIFFTAG_TILEWIDTH, &state->tile_width)
        || !TIFFGetField(file, TIFFTAG_TILELENGTH, &state->tile_height)) {
      return ci_fail(raster, "its tiles have no size");
    }
    state->tile_bytes = (size_t)TIFFTileSize(file);
    state->tile_row_bytes = (size_t)TIFFTileRowSize(file);
  } else {
    TIFFGetFieldDefaulted(file, TIFFTAG_ROWSPERSTRIP, &state->tile_height);
    if (state->tile_height > (uint32_t)raster->height) state->tile_height = (uint32_t)raster->height;
    state->tile_width = (uint32_t)raster->width;
    state->tile_row_bytes = (size_t)TIFFScanlineSize(file);
    state->tile_bytes = (size_t)TIFFVStripSize(file, state->tile_height);
  }
  if (state->tile_width == 0 || state->tile_height == 0 || state->tile_row_bytes == 0
      || (tmsize_t)state->tile_bytes <= 0) {
    return ci_fail(raster, "its tiles have no size");
  }
  // What follows from the numbers alone, since a codec may say otherwise.
  size_t own_row = ((size_t)state->tile_width * (state->planes > 1 ? 1 : state->samples)
                    * (size_t)raster->bits + 7) / 8;
  if (!state->by_libtiff
      && (state->tile_row_bytes < own_row || state->tile_bytes / state->tile_height < own_row)) {
    return ci_fail(raster, "its rows are shorter than its width");
  }
  state->tiles_across = ((uint32_t)raster->width - 1) / state->tile_width + 1;
  return true;
}

bool ci_open_tiff(ci_raster *raster) {
  tiff_state *state = calloc(1, sizeof *state);
  raster->state = state;
  raster->close = close_tiff;
  raster->read_row = read_row;
  if (!state) return ci_fail(raster, "there is no memory");
  state->band_number = -1;
  state->file = ci_open_tiff_bytes(raster);
  if (!state->file) return ci_fail(raster, "its TIFF header is cut short or damaged");
  uint32_t width = 0, height = 0;
  TIFFGetField(state->file, TIFFTAG_IMAGEWIDTH, &width);
  TIFFGetField(state->file, TIFFTAG_IMAGELENGTH, &height);
  if (width == 0 || height == 0 || width > 1 << 28 || height > 1 << 28) {
    return ci_fail(raster, "it has no pixels, or more than can be");
  }
  raster->width = (int32_t)width;
  raster->height = (int32_t)height;
  if (!take_colors(raster, state) || !take_division(raster, state)) return false;
  uint16_t orientation = ORIENTATION_TOPLEFT, compression;
  TIFFGetField(state->file, TIFFTAG_ORIENTATION, &orientation);
  raster->orientation = orientation;
  if (state->by_libtiff) TIFFSetField(state->file, TIFFTAG_ORIENTATION, ORIENTATION_TOPLEFT);
  raster->has_more = !TIFFLastDirectory(state->file);
  TIFFGetFieldDefaulted(state->file, TIFFTAG_COMPRESSION, &compression);
  double stored = (double)state->tile_bytes * state->tiles_across * state->planes
    * (((height - 1) / state->tile_height) + 1);
  if (compression != COMPRESSION_NONE) raster->least_bytes = ci_plausible_bytes(stored);
  else if (state->is_tiled) raster->least_bytes = ci_bytes(stored);
  else raster->least_bytes = ci_bytes((double)width * height * raster->bits * state->samples / 8);
  return true;
}
