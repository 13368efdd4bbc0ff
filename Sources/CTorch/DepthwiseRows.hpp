// The loops of Depthwise.cpp over channels-last images: the channels of a pixel lie next to one another.
#pragma once
#include <algorithm>
#include <cstring>
#include <vector>

#include "Kernel.hpp"

namespace {

using rondo::lanes;

struct Shape {
  int64_t images, channels, height, width, rows, columns, kernel, stride, padding;
};

inline float read(float value) { return value; }
inline float read(uint16_t value) {
  uint32_t bits = uint32_t(value) << 16;
  float wide;
  std::memcpy(&wide, &bits, sizeof wide);
  return wide;
}
inline void write(float &target, float value) { target = value; }
/// Rounds to the nearest bfloat16, halves to even; NaN stays NaN.
inline void write(uint16_t &target, float value) {
  uint32_t bits;
  std::memcpy(&bits, &value, sizeof bits);
  uint32_t rounded = (bits + 0x7fff + ((bits >> 16) & 1)) >> 16;
  target = static_cast<uint16_t>(value != value ? 0x7fc0 : rounded);
}

/// Sixteen floats, in registers as wide as the processor's.
typedef float Floats __attribute__((vector_size(lanes * sizeof(float))));

inline __attribute__((always_inline)) void read16(const float *from, Floats &values) {
  std::memcpy(&values, from, sizeof values);
}
inline __attribute__((always_inline)) void read16(const uint16_t *from, Floats &values) {
  typedef uint16_t Halves __attribute__((vector_size(lanes * sizeof(uint16_t))));
  typedef uint32_t Words __attribute__((vector_size(lanes * sizeof(uint32_t))));
  Halves halves;
  std::memcpy(&halves, from, sizeof halves);
  Words words = __builtin_convertvector(halves, Words) << 16;
  values = (Floats)words;
}
/// Adds the product of sixteen numbers and sixteen others.
template <class One, class Other>
inline __attribute__((always_inline)) void add_product(const One *one, const Other *other, Floats &sum) {
  Floats a, b;
  read16(one, a);
  read16(other, b);
  sum += a * b;
}

struct Span {
  int64_t begin, end;
};

/// The outputs of a row whose input lies within the image, for a place of the filter that is so many pixels to the right.
inline __attribute__((always_inline)) Span outputs_within(const Shape &s, int64_t shift) {
  const int64_t begin = shift < 0 ? (-shift + s.stride - 1) / s.stride : 0;
  const int64_t end = s.width - shift <= 0 ? 0 : (s.width - shift - 1) / s.stride + 1;
  return {begin, std::min(s.columns, end)};
}

/// A row's part of the gradient of a row of the filters of 16 channels: for each of its `kernel` places the sum over
/// outputs of input times gradient. All places are summed side by side, so that no sum waits for itself.
template <int64_t kernel, class Value>
inline __attribute__((always_inline)) void add_row(const Shape &s, const Value *input, const Value *gradient,
                                                   double *sums) {
  Floats sum[kernel] = {};
  const int64_t step = s.stride * s.channels;
  // Between these, all places' inputs lie within the image.
  const int64_t inner = outputs_within(s, -s.padding).begin;
  const int64_t outer = std::max(inner, outputs_within(s, kernel - 1 - s.padding).end);
  auto add_edge = [&](int64_t from, int64_t to) {
    for (int64_t place = 0; place < kernel; ++place) {
      const auto [begin, end] = outputs_within(s, place - s.padding);
      for (int64_t column = std::max(begin, from); column < std::min(end, to); ++column) {
        add_product(input + column * step + place * s.channels, gradient + column * s.channels, sum[place]);
      }
    }
  };
  add_edge(0, inner);
  for (int64_t column = inner; column < outer; ++column) {
    Floats above, at;
    read16(gradient + column * s.channels, above);
    for (int64_t place = 0; place < kernel; ++place) {
      read16(input + column * step + place * s.channels, at);
      sum[place] += at * above;
    }
  }
  add_edge(outer, s.columns);
  for (int64_t place = 0; place < kernel; ++place) {
    for (int64_t lane = 0; lane < lanes; ++lane) sums[place * lanes + lane] += sum[place][lane];
  }
}

/// The same for a filter of any size and fewer channels, one place after another.
template <class Value>
inline __attribute__((always_inline)) void add_row_of(const Shape &s, const Value *input, const Value *gradient,
                                                      int64_t width, double *sums) {
  for (int64_t place = 0; place < s.kernel; ++place) {
    const auto [begin, end] = outputs_within(s, place - s.padding);
    float sum[lanes] = {0};
    for (int64_t column = begin; column < end; ++column) {
      const Value *a = input + (column * s.stride + place) * s.channels, *b = gradient + column * s.channels;
      for (int64_t lane = 0; lane < width; ++lane) sum[lane] += read(a[lane]) * read(b[lane]);
    }
    for (int64_t lane = 0; lane < width; ++lane) sums[place * lanes + lane] += sum[lane];
  }
}

/// The gradient of the filters of up to 16 channels: for each place in the filter the sum over images and outputs of
/// input times gradient. `sums` is [kernel * kernel, 16].
template <class Value>
inline __attribute__((always_inline)) void filter_gradient(const Shape &s, const Value *x, const Value *gradient,
                                                           int64_t first, int64_t width, double *sums) {
  for (int64_t image = 0; image < s.images; ++image) {
    for (int64_t row = 0; row < s.rows; ++row) {
      const Value *above = gradient + ((image * s.rows + row) * s.columns) * s.channels + first;
      for (int64_t y = 0; y < s.kernel; ++y) {
        const int64_t at = row * s.stride - s.padding + y;
        if (at < 0 || at >= s.height) continue;
        const Value *input = x + ((image * s.height + at) * s.width - s.padding) * s.channels + first;
        double *to = sums + y * s.kernel * lanes;
        if (width == lanes && s.kernel == 3) {
          add_row<3>(s, input, above, to);
        } else if (width == lanes && s.kernel == 5) {
          add_row<5>(s, input, above, to);
        } else if (width == lanes && s.kernel == 7) {
          add_row<7>(s, input, above, to);
        } else {
          add_row_of(s, input, above, width, to);
        }
      }
    }
  }
}

/// A place of a filter, and the output row or column that it reads a row or column of the input for.
struct Tap {
  int64_t place, output;
};

/// For each row or column of the input those places of a filter that read it: the taps of number n are those from
/// `begins[n]` to `begins[n + 1]`.
struct Taps {
  std::vector<Tap> taps;
  std::vector<int64_t> begins;

  Taps(int64_t inputs, int64_t outputs, const Shape &s) : begins{0} {
    for (int64_t input = 0; input < inputs; ++input) {
      for (int64_t place = 0; place < s.kernel; ++place) {
        const int64_t at = input + s.padding - place;
        if (at >= 0 && at % s.stride == 0 && at / s.stride < outputs) taps.push_back({place, at / s.stride});
      }
      begins.push_back(static_cast<int64_t>(taps.size()));
    }
  }
};

/// The gradient of one row of the input. `filters` is [kernel * kernel, channels] in float32; `rows` are the taps of this
/// row, `row_count` of them, and `columns` those of all columns.
template <class Value>
inline __attribute__((always_inline)) void input_gradient(const Shape &s, const Value *gradient, const float *filters,
                                                          const Tap *rows, int64_t row_count, const Tap *columns,
                                                          const int64_t *begins, Value *below) {
  for (int64_t column = 0; column < s.width; ++column) {
    for (int64_t first = 0; first < s.channels; first += lanes) {
      const int64_t width = std::min(lanes, s.channels - first);
      Floats sum = {};
      for (int64_t y = 0; y < row_count; ++y) {
        for (int64_t x = begins[column]; x < begins[column + 1]; ++x) {
          const Value *a = gradient + (rows[y].output * s.columns + columns[x].output) * s.channels + first;
          const float *b = filters + (rows[y].place * s.kernel + columns[x].place) * s.channels + first;
          if (width == lanes) {
            add_product(a, b, sum);
          } else {
            for (int64_t lane = 0; lane < width; ++lane) sum[lane] += read(a[lane]) * b[lane];
          }
        }
      }
      Value *to = below + column * s.channels + first;
      for (int64_t lane = 0; lane < width; ++lane) write(to[lane], sum[lane]);
    }
  }
}

RONDO_KERNEL filter_gradient_of(const Shape &s, const float *x, const float *g, int64_t first, int64_t width,
                                double *sums) {
  filter_gradient(s, x, g, first, width, sums);
}
RONDO_KERNEL filter_gradient_of(const Shape &s, const uint16_t *x, const uint16_t *g, int64_t first, int64_t width,
                                double *sums) {
  filter_gradient(s, x, g, first, width, sums);
}
RONDO_KERNEL input_gradient_of(const Shape &s, const float *g, const float *filters, const Tap *rows,
                               int64_t row_count, const Tap *columns, const int64_t *begins, float *below) {
  input_gradient(s, g, filters, rows, row_count, columns, begins, below);
}
RONDO_KERNEL input_gradient_of(const Shape &s, const uint16_t *g, const float *filters, const Tap *rows,
                               int64_t row_count, const Tap *columns, const int64_t *begins, uint16_t *below) {
  input_gradient(s, g, filters, rows, row_count, columns, begins, below);
}

}  // namespace
