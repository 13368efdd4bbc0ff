// Decoding the first frame of a GIF by giflib.
#include <stdlib.h>
#include <string.h>

#include <gif_lib.h>

#include "Raster.h"

typedef struct {
  GifFileType *file;
  size_t place;
  /// The frame's own pixels, when they have been read.
  uint8_t *frame;
  int left, top, width, height;
  bool is_interlaced;
  /// The color outside of the frame.
  uint8_t outside;
} gif_state;

static int read_bytes(GifFileType *file, GifByteType *target, int count) {
  ci_raster *raster = file->UserData;
  gif_state *state = raster->state;
  size_t left = raster->count - state->place;
  size_t own = (size_t)count < left ? (size_t)count : left;
  memcpy(target, raster->bytes + state->place, own);
  state->place += own;
  return (int)own;
}

static void close_gif(ci_raster *raster) {
  gif_state *state = raster->state;
  if (!state) return;
  int error;
  if (state->file) DGifCloseFile(state->file, &error);
  free(state->frame);
  free(state);
  raster->state = NULL;
}

static bool fail(ci_raster *raster, int error) {
  const char *words = GifErrorString(error);
  return ci_fail(raster, words ? words : "the GIF data are cut short or damaged");
}

/// Reads the frame's rows into their places: of an interlaced one they come in four passes.
static bool read_frame(ci_raster *raster, gif_state *state) {
  static const int starts[] = {0, 4, 2, 1}, steps[] = {8, 8, 4, 2};
  size_t width = (size_t)state->width;
  state->frame = malloc(width * (size_t)state->height);
  if (!state->frame) return ci_fail(raster, "there is no memory");
  for (int pass = 0; pass < (state->is_interlaced ? 4 : 1); pass++) {
    int step = state->is_interlaced ? steps[pass] : 1;
    for (int row = state->is_interlaced ? starts[pass] : 0; row < state->height; row += step) {
      GifPixelType *target = state->frame + (size_t)row * width;
      if (DGifGetLine(state->file, target, state->width) != GIF_OK) {
        return fail(raster, state->file->Error);
      }
    }
  }
  return true;
}

static bool read_row(ci_raster *raster, int32_t row, void *target) {
  gif_state *state = raster->state;
  if (!state->frame && !read_frame(raster, state)) return false;
  uint8_t *numbers = target;
  memset(numbers, state->outside, (size_t)raster->width);
  if (row < state->top || row >= state->top + state->height) return true;
  size_t width = (size_t)state->width;
  memcpy(numbers + state->left, state->frame + (size_t)(row - state->top) * width, width);
  return true;
}

/// Reads up to the first image's description, and which color is transparent.
static bool find_frame(ci_raster *raster, gif_state *state, int *transparent) {
  GifRecordType kind;
  while (true) {
    if (DGifGetRecordType(state->file, &kind) != GIF_OK) return fail(raster, state->file->Error);
    if (kind == IMAGE_DESC_RECORD_TYPE) break;
    if (kind != EXTENSION_RECORD_TYPE) return ci_fail(raster, "it has no image");
    int code;
    GifByteType *block;
    if (DGifGetExtension(state->file, &code, &block) != GIF_OK) return fail(raster, state->file->Error);
    while (block) {
      GraphicsControlBlock control;
      if (code == GRAPHICS_EXT_FUNC_CODE && DGifExtensionToGCB(block[0], block + 1, &control) == GIF_OK) {
        *transparent = control.TransparentColor;
      }
      if (DGifGetExtensionNext(state->file, &block) != GIF_OK) return fail(raster, state->file->Error);
    }
  }
  if (DGifGetImageDesc(state->file) != GIF_OK) return fail(raster, state->file->Error);
  return true;
}

/// Whether another image follows the one at a place, by the lengths of the blocks alone.
static bool has_more(const ci_raster *raster, size_t place) {
  const uint8_t *bytes = raster->bytes;
  // Behind the image's data, which a byte precedes, there are extensions, an image or the end.
  place += 1;
  while (true) {
    while (place < raster->count && bytes[place]) place += 1 + (size_t)bytes[place];
    place += 1;
    if (place + 1 >= raster->count) return false;
    if (bytes[place] == 0x2C) return true;
    if (bytes[place] != 0x21) return false;
    place += 2;
  }
}

bool ci_open_gif(ci_raster *raster) {
  gif_state *state = calloc(1, sizeof *state);
  raster->state = state;
  raster->close = close_gif;
  raster->read_row = read_row;
  if (!state) return ci_fail(raster, "there is no memory");
  int error = 0, transparent = NO_TRANSPARENT_COLOR;
  state->file = DGifOpen(raster, read_bytes, &error);
  if (!state->file) return fail(raster, error);
  if (!find_frame(raster, state, &transparent)) return false;
  const GifImageDesc *image = &state->file->Image;
  const ColorMapObject *colors = image->ColorMap ? image->ColorMap : state->file->SColorMap;
  if (!colors) return ci_fail(raster, "it has no palette");
  // giflib reads a byte of the image's data with its description.
  raster->has_more = has_more(raster, state->place - 1);
  raster->width = state->file->SWidth;
  raster->height = state->file->SHeight;
  state->left = image->Left;
  state->top = image->Top;
  state->width = image->Width;
  state->height = image->Height;
  state->is_interlaced = image->Interlace;
  if (state->width <= 0 || state->height <= 0) return ci_fail(raster, "its image has no pixels");
  // A frame that reaches over the canvas makes it larger, as Pillow does.
  if (raster->width < state->left + state->width) raster->width = state->left + state->width;
  if (raster->height < state->top + state->height) raster->height = state->top + state->height;
  raster->samples = 1;
  raster->bits = 8;
  raster->least_bytes = ci_plausible_bytes((double)raster->width * raster->height);
  raster->is_palette = true;
  for (int color = 0; color < colors->ColorCount && color < 256; color++) {
    raster->palette[color][0] = colors->Colors[color].Red;
    raster->palette[color][1] = colors->Colors[color].Green;
    raster->palette[color][2] = colors->Colors[color].Blue;
  }
  if (transparent >= 0 && transparent < 256) {
    raster->palette[transparent][3] = 0;
    state->outside = (uint8_t)transparent;
  } else {
    state->outside = (uint8_t)state->file->SBackGroundColor;
  }
  return true;
}
