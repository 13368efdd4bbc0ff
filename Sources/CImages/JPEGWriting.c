// Writing JPEG by libjpeg-turbo, into memory.
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>

#include <jpeglib.h>

#include "CImages.h"

typedef struct {
  struct jpeg_compress_struct info;
  struct jpeg_error_mgr errors;
  jmp_buf failed;
  unsigned char *bytes;
  unsigned long count;
} writer;

static void leave(j_common_ptr info) { longjmp(((writer *)info->client_data)->failed, 1); }

static void be_silent(j_common_ptr info) { (void)info; }

size_t ci_jpeg_encode(
  const uint8_t *pixels, int32_t width, int32_t height, int32_t channels, int32_t quality,
  uint8_t **file) {
  *file = NULL;
  // Not on the stack, where a jump back to setjmp may find it as it was before.
  writer *out = calloc(1, sizeof *out);
  if (!out) return 0;
  out->info.err = jpeg_std_error(&out->errors);
  out->errors.error_exit = leave;
  out->errors.output_message = be_silent;
  out->info.client_data = out;
  if (setjmp(out->failed)) {
    jpeg_destroy_compress(&out->info);
    free(out->bytes);
    free(out);
    return 0;
  }
  jpeg_create_compress(&out->info);
  out->info.client_data = out;
  jpeg_mem_dest(&out->info, &out->bytes, &out->count);
  out->info.image_width = (JDIMENSION)width;
  out->info.image_height = (JDIMENSION)height;
  out->info.input_components = channels;
  out->info.in_color_space = channels == 1 ? JCS_GRAYSCALE : JCS_RGB;
  jpeg_set_defaults(&out->info);
  jpeg_set_quality(&out->info, quality, TRUE);
  jpeg_start_compress(&out->info, TRUE);
  while (out->info.next_scanline < out->info.image_height) {
    JSAMPROW row = (JSAMPROW)(pixels + (size_t)out->info.next_scanline * (size_t)width * (size_t)channels);
    jpeg_write_scanlines(&out->info, &row, 1);
  }
  jpeg_finish_compress(&out->info);
  jpeg_destroy_compress(&out->info);
  *file = out->bytes;
  size_t count = out->count;
  free(out);
  return count;
}
