// A TIFF that is being decoded; for this folder alone.
#pragma once
#include <tiffio.h>

#include "Raster.h"

typedef struct {
  TIFF *file;
  uint64_t place;
  uint16_t photometric, samples, planes;
  bool is_tiled, inverts, inks;
  /// Whether libtiff makes colors of it, since they are stored in a way of their own.
  bool by_libtiff;
  /// A strip is a tile as wide as the image.
  uint32_t tile_width, tile_height, tiles_across;
  size_t tile_bytes, tile_row_bytes;
  /// The tiles beside one another that hold the rows which were asked for last, and which they are.
  uint8_t *band;
  int64_t band_number;
  uint16_t *line;
  uint32_t *all;
} tiff_state;

/// Opens a raster's bytes as a file of libtiff's, whose errors are kept as the raster's message.
TIFF *ci_open_tiff_bytes(ci_raster *raster);
