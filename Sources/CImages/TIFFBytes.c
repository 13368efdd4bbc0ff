// A file's bytes in memory, as libtiff reads them.
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "TIFF.h"

static tmsize_t read_bytes(thandle_t handle, void *target, tmsize_t count) {
  ci_raster *raster = (ci_raster *)handle;
  tiff_state *state = raster->state;
  if (count < 0 || state->place >= raster->count) return 0;
  size_t left = raster->count - (size_t)state->place;
  size_t own = (size_t)count < left ? (size_t)count : left;
  memcpy(target, raster->bytes + state->place, own);
  state->place += own;
  return (tmsize_t)own;
}

static tmsize_t write_nothing(thandle_t handle, void *bytes, tmsize_t count) {
  (void)handle, (void)bytes, (void)count;
  return 0;
}

static toff_t seek(thandle_t handle, toff_t offset, int from) {
  ci_raster *raster = (ci_raster *)handle;
  tiff_state *state = raster->state;
  switch (from) {
    case SEEK_CUR: state->place += offset; break;
    case SEEK_END: state->place = raster->count + offset; break;
    default: state->place = offset; break;
  }
  return state->place;
}

static int close_nothing(thandle_t handle) {
  (void)handle;
  return 0;
}

static toff_t size_of(thandle_t handle) { return ((ci_raster *)handle)->count; }

static void keep_words(ci_raster *raster, const char *format, va_list values) {
  if (!raster || raster->message[0]) return;
  vsnprintf(raster->message, sizeof raster->message, format, values);
}

#if TIFFLIB_VERSION >= 20221213

static int keep_error(
  TIFF *file, void *user, const char *module, const char *format, va_list values) {
  (void)file, (void)module;
  keep_words(user, format, values);
  return 1;
}

static int keep_silent(
  TIFF *file, void *user, const char *module, const char *format, va_list values) {
  (void)file, (void)user, (void)module, (void)format, (void)values;
  return 1;
}

TIFF *ci_open_tiff_bytes(ci_raster *raster) {
  TIFFOpenOptions *options = TIFFOpenOptionsAlloc();
  if (!options) return NULL;
  TIFFOpenOptionsSetErrorHandlerExtR(options, keep_error, raster);
  TIFFOpenOptionsSetWarningHandlerExtR(options, keep_silent, NULL);
  // No table of a file's tags or strips is as large as this, nor a tile that is read here.
  TIFFOpenOptionsSetMaxSingleMemAlloc(options, (tmsize_t)1 << 30);
  TIFF *file = TIFFClientOpenExt(
    "image", "rm", (thandle_t)raster, read_bytes, write_nothing, seek, close_nothing, size_of, NULL, NULL,
    options);
  TIFFOpenOptionsFree(options);
  return file;
}

#else

static void keep_error(thandle_t handle, const char *module, const char *format, va_list values) {
  (void)module;
  keep_words((ci_raster *)handle, format, values);
}

__attribute__((constructor)) static void set_handlers(void) {
  TIFFSetErrorHandler(NULL);
  TIFFSetWarningHandler(NULL);
  TIFFSetErrorHandlerExt(keep_error);
}

TIFF *ci_open_tiff_bytes(ci_raster *raster) {
  return TIFFClientOpen(
    "image", "rm", (thandle_t)raster, read_bytes, write_nothing, seek, close_nothing, size_of, NULL, NULL);
}

#endif
