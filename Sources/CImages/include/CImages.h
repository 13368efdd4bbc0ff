// The C face of the libraries that decode images (libjpeg-turbo, libpng, libwebp, libtiff, giflib), as far as
// Rondo needs it, a decoder of BMP, and the resizing of images.
//
// Some of the libraries leave a failure by longjmp, which no Swift may be jumped over: so it ends here, and
// a function that failed returns false and leaves its words in the decoder. A decoder belongs to one
// thread at a time. Pixels are bytes, rows from top to bottom, a pixel's channels next to each other.
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// The kinds of image that are read.
typedef enum { CI_OTHER, CI_JPEG, CI_PNG, CI_WEBP, CI_TIFF, CI_GIF, CI_BMP } ci_kind;

/// The kind of an image, by its first bytes and not by its name.
ci_kind ci_kind_of(const uint8_t *bytes, size_t count);

/// What an image's header says.
typedef struct {
  int32_t width;
  int32_t height;
  /// 1 of a gray image, 3 of any other.
  int32_t channels;
  /// Bits of a number in the file: 16 of a wide image, at most 8 of any other.
  int32_t bits;
  /// Whether there are more pages or frames behind the first, which is the one that is read.
  bool has_more;
  /// How the image stands, as EXIF says it, or 0 where it is left to the EXIF block.
  int32_t orientation;
  /// The EXIF block, without JPEG's prefix, or null; valid until the decoder opens something else.
  const uint8_t *exif;
  size_t exif_count;
  /// The fewest bytes that a file with so many pixels can have.
  size_t least_bytes;
} ci_header;

/// A rectangle of pixels.
typedef struct {
  int32_t left;
  int32_t top;
  int32_t width;
  int32_t height;
} ci_region;

typedef struct ci_jpeg ci_jpeg;

/// Returns a decoder, or null where there is no memory.
ci_jpeg *ci_jpeg_create(void);
void ci_jpeg_free(ci_jpeg *decoder);

/// Reads a header; the bytes must stay until the image is decoded.
bool ci_jpeg_open(ci_jpeg *decoder, const uint8_t *bytes, size_t count, ci_header *header);

/// Decodes the image that was opened, or a region of it, at so many eighths of its size.
///
/// The region is in pixels of the reduced image. What is delivered may be wider: `region` then says
/// what it is. `pixels` must have room for as many rows as the region has, each as wide as the whole
/// reduced image. A CMYK image becomes RGB as if it were printed on white.
bool ci_jpeg_decode(
  ci_jpeg *decoder, int32_t channels, int32_t eighths, ci_region *region, uint8_t *pixels);

/// What failed last, in libjpeg's words.
const char *ci_jpeg_message(const ci_jpeg *decoder);

/// A decoder of the kinds of image that come row by row: all but JPEG.
typedef struct ci_raster ci_raster;

/// Returns a decoder, or null where there is no memory.
ci_raster *ci_raster_create(void);
void ci_raster_free(ci_raster *decoder);

/// Reads a header; the bytes must stay until the image is decoded.
bool ci_raster_open(
  ci_raster *decoder, ci_kind kind, const uint8_t *bytes, size_t count, ci_header *header);

/// Decodes a region of the image that was opened, [height, width, channels]: what is transparent lies on
/// white, and of 16 bits the upper 8 of the lowest `filled_bits` are kept; what is beyond them is white.
bool ci_raster_decode(
  ci_raster *decoder, int32_t channels, int32_t filled_bits, ci_region region, uint8_t *pixels);

/// What the numbers of an image of 16 bits are.
typedef struct {
  uint16_t highest;
  /// How many numbers there are of 0, 1, ... 16 bits.
  int64_t lengths[17];
} ci_wide_numbers;

/// Counts the numbers of the image that was opened, if it has 16 bits; else all is 0.
bool ci_raster_wide_numbers(ci_raster *decoder, ci_wide_numbers *found);

/// What the header of the image that was opened says of it as a mask.
typedef struct {
  /// Whether the numbers are those of a palette's colors.
  bool is_palette;
  /// 3 of a colored image without a palette, else 1.
  int32_t channels;
  /// Bits of a number in the file.
  int32_t bits;
  /// Whether the numbers may be others than those that were saved, as in a lossy WebP.
  bool is_lossy;
  /// The colors of a palette's places, red first; black where it has none.
  uint8_t palette[256][3];
} ci_mask_header;

void ci_raster_form(const ci_raster *decoder, ci_mask_header *header);

/// Decodes the image that was opened as numbers, [height, width, channels]: of a palette the places, of
/// grays the levels with all 16 bits, of colors the upper 8; transparency is left out, and that is reported
/// whether it differs from pixel to pixel.
bool ci_raster_numbers(ci_raster *decoder, uint16_t *numbers, bool *alpha_varies);

/// What failed last, in the library's words.
const char *ci_raster_message(const ci_raster *decoder);

/// Whether what failed last is a file that is whole, but of a form that is not read.
bool ci_raster_is_unsupported(const ci_raster *decoder);

/// Writes an image of 1 or 3 channels as a PNG; returns how many bytes it has, and leaves them in
/// `*file`, which the caller frees, or 0 where there is no memory.
size_t ci_png_encode(
  const uint8_t *pixels, int32_t width, int32_t height, int32_t channels, uint8_t **file);

/// Writes numbers as a PNG of a palette of at most 256 colors, three bytes each, or without one as 16-bit
/// grays; returns and leaves in `*file` what `ci_png_encode` does.
size_t ci_png_encode_mask(
  const uint16_t *numbers, int32_t width, int32_t height, const uint8_t *palette, int32_t colors,
  uint8_t **file);

/// Writes an image of 1 or 3 channels as a JPEG of a quality from 1 to 100; returns and leaves in `*file` what
/// `ci_png_encode` does.
size_t ci_jpeg_encode(
  const uint8_t *pixels, int32_t width, int32_t height, int32_t channels, int32_t quality,
  uint8_t **file);

/// How an image is brought to another size along one side: `taps` weights an output pixel.
///
/// Output pixel i is the sum of weights[i * taps + k] * input[starts[i] + k]; weights in 16384ths, those of a
/// pixel together 16384, none negative unless `is_signed`. `taps` is even; weights behind the input's end are 0.
typedef struct {
  int32_t count;
  int32_t taps;
  const int32_t *starts;
  const int16_t *weights;
  bool is_signed;
} ci_filter;

/// Resizes an image by a filter down its columns and another along its rows.
///
/// `stride` is the bytes from one input row to the next; `between` has room for as many bytes as
/// `down.count` rows of the input, and as `along.taps` + 8 pixels more. The output is packed.
void ci_resize(
  const uint8_t *input, int32_t width, size_t stride, int32_t channels, ci_filter down,
  ci_filter along, uint8_t *between, uint8_t *output);

#ifdef __cplusplus
}
#endif
