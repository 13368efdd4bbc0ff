// Decoding JPEG by libjpeg-turbo.
//
// The older of its two interfaces, and not TurboJPEG: in the version that Debian has, it alone can
// leave out rows and columns, keeps the EXIF block, and says by number what is wrong with a file.
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jpeglib.h>
#include <jerror.h>

#include "Raster.h"

struct ci_jpeg {
  struct jpeg_decompress_struct info;
  struct jpeg_error_mgr errors;
  jmp_buf failed;
  char message[JMSG_LENGTH_MAX];
  // A row of CMYK, until it is RGB.
  uint8_t *row;
  size_t row_size;
};

static ci_jpeg *decoder_of(j_common_ptr info) { return (ci_jpeg *)info->client_data; }

static void leave(j_common_ptr info) {
  ci_jpeg *decoder = decoder_of(info);
  info->err->format_message(info, decoder->message);
  longjmp(decoder->failed, 1);
}

/// Leaves a damaged file at once: libjpeg would go on with gray for all that is missing, however large the
/// image claims to be.
static void warn(j_common_ptr info, int level) {
  if (level >= 0) return;
  switch (info->err->msg_code) {
    case JWRN_JPEG_EOF:
    case JWRN_HIT_MARKER:
    case JWRN_HUFF_BAD_CODE:
    case JWRN_MUST_RESYNC:
      leave(info);
      break;
    default:  // Junk between segments and the like: the image is whole all the same.
      break;
  }
}

static void be_silent(j_common_ptr info) { (void)info; }

ci_jpeg *ci_jpeg_create(void) {
  ci_jpeg *decoder = calloc(1, sizeof(ci_jpeg));
  if (!decoder) return NULL;
  decoder->info.err = jpeg_std_error(&decoder->errors);
  decoder->errors.error_exit = leave;
  decoder->errors.emit_message = warn;
  decoder->errors.output_message = be_silent;
  decoder->info.client_data = decoder;
  if (setjmp(decoder->failed)) {
    free(decoder);
    return NULL;
  }
  jpeg_create_decompress(&decoder->info);
  decoder->info.client_data = decoder;
  jpeg_save_markers(&decoder->info, JPEG_APP0 + 1, 0xFFFF);
  return decoder;
}

void ci_jpeg_free(ci_jpeg *decoder) {
  if (!decoder) return;
  jpeg_destroy_decompress(&decoder->info);
  free(decoder->row);
  free(decoder);
}

const char *ci_jpeg_message(const ci_jpeg *decoder) { return decoder->message; }

/// The fewest bytes that hold an image's blocks: Huffman's codes take a bit each at least. Arithmetic
/// codes have no such limit.
static size_t least_bytes(const struct jpeg_decompress_struct *info) {
  const jpeg_component_info *first = info->comp_info;
  double blocks = (double)first->width_in_blocks * first->height_in_blocks;
  return info->arith_code ? ci_plausible_bytes(blocks * 64) : ci_bytes(blocks / 8);
}

bool ci_jpeg_open(ci_jpeg *decoder, const uint8_t *bytes, size_t count, ci_header *header) {
  struct jpeg_decompress_struct *info = &decoder->info;
  decoder->message[0] = 0;
  if (setjmp(decoder->failed)) {
    jpeg_abort_decompress(info);
    return false;
  }
  jpeg_abort_decompress(info);
  jpeg_mem_src(info, bytes, count);
  jpeg_read_header(info, TRUE);
  *header = (ci_header){
    .width = (int32_t)info->image_width, .height = (int32_t)info->image_height,
    .channels = info->jpeg_color_space == JCS_GRAYSCALE ? 1 : 3, .bits = 8,
    .least_bytes = least_bytes(info)};
  for (jpeg_saved_marker_ptr marker = info->marker_list; marker; marker = marker->next) {
    if (marker->data_length > 6 && memcmp(marker->data, "Exif\0\0", 6) == 0) {
      header->exif = marker->data + 6;
      header->exif_count = marker->data_length - 6;
      break;
    }
  }
  return true;
}

/// Makes RGB of a row of inks, which Adobe stores the wrong way round, as everybody after it.
static void ink_to_light(const uint8_t *ink, uint8_t *light, uint32_t width) {
  for (uint32_t pixel = 0; pixel < width; pixel++) {
    for (int channel = 0; channel < 3; channel++) {
      light[pixel * 3 + channel] =
        (uint8_t)((ink[pixel * 4 + channel] * ink[pixel * 4 + 3] + 127) / 255);
    }
  }
}

bool ci_jpeg_decode(
  ci_jpeg *decoder, int32_t channels, int32_t eighths, ci_region *region, uint8_t *pixels) {
  struct jpeg_decompress_struct *info = &decoder->info;
  if (setjmp(decoder->failed)) {
    jpeg_abort_decompress(info);
    return false;
  }
  bool inks = info->jpeg_color_space == JCS_CMYK || info->jpeg_color_space == JCS_YCCK;
  if (inks && channels != 3) ERREXIT(info, JERR_CONVERSION_NOTIMPL);
  info->out_color_space = inks ? JCS_CMYK : channels == 1 ? JCS_GRAYSCALE : JCS_RGB;
  info->scale_num = (unsigned)eighths;
  info->scale_denom = 8;
  jpeg_start_decompress(info);
  if ((uint32_t)region->width < info->output_width) {
    JDIMENSION left = (JDIMENSION)region->left, width = (JDIMENSION)region->width;
    jpeg_crop_scanline(info, &left, &width);
    region->left = (int32_t)left;
    region->width = (int32_t)width;
  }
  if (region->top > 0) jpeg_skip_scanlines(info, (JDIMENSION)region->top);
  size_t stride = (size_t)info->output_width * (size_t)channels;
  if (inks && decoder->row_size < (size_t)info->output_width * 4) {
    free(decoder->row);
    decoder->row_size = (size_t)info->output_width * 4;
    decoder->row = malloc(decoder->row_size);
    if (!decoder->row) {
      decoder->row_size = 0;
      ERREXIT1(info, JERR_OUT_OF_MEMORY, 0);
    }
  }
  uint32_t end = (uint32_t)(region->top + region->height);
  while (info->output_scanline < end) {
    uint8_t *target = pixels + (size_t)(info->output_scanline - (uint32_t)region->top) * stride;
    JSAMPROW row = inks ? decoder->row : target;
    jpeg_read_scanlines(info, &row, 1);
    if (inks) ink_to_light(decoder->row, target, info->output_width);
  }
  if (end == info->output_height) jpeg_finish_decompress(info);
  else jpeg_abort_decompress(info);
  return true;
}
