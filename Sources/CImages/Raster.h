// What the decoders of images that come row by row have in common; for this folder alone.
//
// A format fills in what the file is, and gives rows of numbers as they are stored; `Raster.c` makes
// pixels, mask numbers and measures of them, the same way for every format.
#pragma once
#include <setjmp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "CImages.h"

struct ci_raster {
  char message[200];
  /// Whether the message is of a file that is whole, but of a form that is not read.
  bool is_unsupported;

  // The file's bytes, which the caller keeps.
  const uint8_t *bytes;
  size_t count;

  // What the open file is.
  int32_t width, height;
  /// Numbers of a pixel in a row: 1 of grays and palettes, 2 with alpha, 3 of colors, 4 with alpha.
  int32_t samples;
  /// Bits of a number: rows have a byte each for up to 8, and a uint16_t for 16.
  int32_t bits;
  bool is_palette;
  /// The palette's colors with alpha; black where it has none.
  uint8_t palette[256][4];
  /// Whether a gray or color is transparent, and which.
  bool has_key;
  uint16_t key[3];
  /// Whether colors are already multiplied by their alpha.
  bool is_premultiplied;
  /// Whether numbers may be others than those that were saved.
  bool is_lossy;
  /// Whether there are more pages or frames behind the first.
  bool has_more;
  /// As in EXIF, or 0 where the EXIF block says it.
  int32_t orientation;
  const uint8_t *exif;
  size_t exif_count;
  /// The fewest bytes that a file with these pixels can have.
  size_t least_bytes;

  // How it is read.
  void *state;
  /// Reads a row; rows are asked for from the top, though not each of them.
  bool (*read_row)(ci_raster *raster, int32_t row, void *target);
  void (*close)(ci_raster *raster);
};

/// Keeps why a file cannot be read, and returns false.
bool ci_fail(ci_raster *raster, const char *words);

/// Says that a file is of a form that is not read, and returns false.
bool ci_refuse(ci_raster *raster, const char *words);

/// Bytes of a row as `read_row` gives it.
size_t ci_row_bytes(const ci_raster *raster);

/// The fewest bytes that hold so many of an image, where the format itself sets no limit: a picture of a
/// single color can be named in a few bytes, at whatever size. Of more than 4 MiB none holds 10,000.
size_t ci_plausible_bytes(double stored);

/// A number of bytes that may be beyond all memory.
size_t ci_bytes(double count);

// Each opens a file of its kind: fills the raster in, or fails.
bool ci_open_png(ci_raster *raster);
bool ci_open_webp(ci_raster *raster);
bool ci_open_tiff(ci_raster *raster);
bool ci_open_gif(ci_raster *raster);
bool ci_open_bmp(ci_raster *raster);
