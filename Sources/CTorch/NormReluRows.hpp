// The loops of NormRelu.cpp over rows of a channels-last image: a row is a pixel with its channels.
#pragma once
#include "Kernel.hpp"

namespace {

using rondo::lanes;
constexpr int64_t rows_in_block = 64;

/// Adds up x - shift and its square over rows, for each of so many channels.
RONDO_KERNEL sum_rows(const float *x, int64_t rows, int64_t channels, const float *shift, double *sums,
                      double *squares) {
  for (int64_t block = 0; block < rows; block += rows_in_block) {
    int64_t end = block + rows_in_block < rows ? block + rows_in_block : rows;
    for (int64_t first = 0; first < channels; first += lanes) {
      int64_t width = channels - first < lanes ? channels - first : lanes;
      float sum[lanes] = {0}, square[lanes] = {0};
      if (width == lanes) {
        for (int64_t row = block; row < end; ++row) {
          const float *at = x + row * channels + first;
          for (int64_t lane = 0; lane < lanes; ++lane) {
            float value = at[lane] - shift[first + lane];
            sum[lane] += value;
            square[lane] += value * value;
          }
        }
      } else {
        for (int64_t row = block; row < end; ++row) {
          for (int64_t lane = 0; lane < width; ++lane) {
            float value = x[row * channels + first + lane] - shift[first + lane];
            sum[lane] += value;
            square[lane] += value * value;
          }
        }
      }
      for (int64_t lane = 0; lane < width; ++lane) {
        sums[first + lane] += sum[lane];
        squares[first + lane] += square[lane];
      }
    }
  }
}

/// A value between 0 and a ceiling, but what is NaN stays so, and is seen.
inline float cut(float value, float ceiling) {
  value = value < 0 ? 0 : value;
  return value > ceiling ? ceiling : value;
}

/// The gradient where a ReLU's output lies between 0 and its ceiling, and 0 where it was cut off.
inline float passed(float gradient, float output, float ceiling) {
  return output > 0 && output < ceiling ? gradient : 0;
}

/// y = min(ceiling, max(0, x * scale + offset (+ shortcut))).
RONDO_KERNEL rectify_rows(const float *__restrict x, const float *__restrict shortcut,
                          float *__restrict y, int64_t rows, int64_t channels,
                          const float *__restrict scale, const float *__restrict offset, float ceiling) {
  for (int64_t row = 0; row < rows; ++row) {
    int64_t at = row * channels;
    if (shortcut != nullptr) {
      for (int64_t channel = 0; channel < channels; ++channel) {
        y[at + channel] =
            cut(x[at + channel] * scale[channel] + offset[channel] + shortcut[at + channel], ceiling);
      }
    } else {
      for (int64_t channel = 0; channel < channels; ++channel) {
        y[at + channel] = cut(x[at + channel] * scale[channel] + offset[channel], ceiling);
      }
    }
  }
}

/// Adds up the gradient behind the ReLU, and its product with x - mean.
RONDO_KERNEL sum_gradient_rows(const float *x, const float *y, const float *gradient, int64_t rows,
                               int64_t channels, const float *mean, float ceiling, double *sums, double *products) {
  for (int64_t block = 0; block < rows; block += rows_in_block) {
    int64_t end = block + rows_in_block < rows ? block + rows_in_block : rows;
    for (int64_t first = 0; first < channels; first += lanes) {
      int64_t width = channels - first < lanes ? channels - first : lanes;
      float sum[lanes] = {0}, product[lanes] = {0};
      if (width == lanes) {
        for (int64_t row = block; row < end; ++row) {
          int64_t at = row * channels + first;
          for (int64_t lane = 0; lane < lanes; ++lane) {
            float open = passed(gradient[at + lane], y[at + lane], ceiling);
            sum[lane] += open;
            product[lane] += open * (x[at + lane] - mean[first + lane]);
          }
        }
      } else {
        for (int64_t row = block; row < end; ++row) {
          int64_t at = row * channels + first;
          for (int64_t lane = 0; lane < width; ++lane) {
            float open = passed(gradient[at + lane], y[at + lane], ceiling);
            sum[lane] += open;
            product[lane] += open * (x[at + lane] - mean[first + lane]);
          }
        }
      }
      for (int64_t lane = 0; lane < width; ++lane) {
        sums[first + lane] += sum[lane];
        products[first + lane] += product[lane];
      }
    }
  }
}

/// dx = open * scale + x * slope + offset; what the ReLU lets through is the shortcut's gradient.
RONDO_KERNEL gradient_rows(const float *__restrict x, const float *__restrict y,
                           const float *__restrict gradient, float *__restrict dx,
                           float *__restrict dshortcut, int64_t rows, int64_t channels,
                           const float *__restrict scale, const float *__restrict slope,
                           const float *__restrict offset, float ceiling) {
  for (int64_t row = 0; row < rows; ++row) {
    int64_t at = row * channels;
    if (dshortcut != nullptr) {
      for (int64_t channel = 0; channel < channels; ++channel) {
        float open = passed(gradient[at + channel], y[at + channel], ceiling);
        dshortcut[at + channel] = open;
        dx[at + channel] = open * scale[channel] + x[at + channel] * slope[channel] + offset[channel];
      }
    } else {
      for (int64_t channel = 0; channel < channels; ++channel) {
        float open = passed(gradient[at + channel], y[at + channel], ceiling);
        dx[at + channel] = open * scale[channel] + x[at + channel] * slope[channel] + offset[channel];
      }
    }
  }
}

}  // namespace
