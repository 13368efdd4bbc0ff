// Batch normalization, the addition of a shortcut and ReLU or ReLU6, in one pass over the images instead of
// three, forward and backward: for float images on a CPU whose channels lie next to one another.
//
// What is saved for the gradient is the input and the output alone; where the output is 0 the ReLU
// was shut, and where it is its ceiling (6 of ReLU6) too. Sums over pixels are taken in blocks, each thread over its own share, and joined in the
// order of the shares: so the same number of threads gives the same bits.
#include <ATen/ops/add.h>
#include <ATen/ops/batch_norm.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/empty_like.h>
#include <ATen/ops/hardtanh.h>
#include <ATen/ops/relu.h>
#include <torch/csrc/autograd/custom_function.h>

#include <cmath>
#include <limits>
#include <vector>

#include "Guard.hpp"
#include "NormReluRows.hpp"
#include "Parallel.hpp"

namespace {

/// Runs a body over shares of rows, one share a thread; the body gets the number of the share it has.
template <class Body>
void in_shares(int64_t rows, int64_t shares, const Body &body) {
  rondo::in_parallel(shares, [&](int64_t share) {
    int64_t start = rows * share / shares, end = rows * (share + 1) / shares;
    body(share, start, end - start);
  });
}

/// Two sums for each channel, taken by a body that adds a share's rows to them.
template <class Body>
std::pair<std::vector<double>, std::vector<double>> two_sums(int64_t rows, int64_t channels,
                                                             const Body &body) {
  int64_t shares = rondo::threads();
  std::vector<double> first(shares * channels), second(shares * channels);
  in_shares(rows, shares, [&](int64_t share, int64_t start, int64_t count) {
    body(start, count, first.data() + share * channels, second.data() + share * channels);
  });
  for (int64_t share = 1; share < shares; ++share) {
    for (int64_t channel = 0; channel < channels; ++channel) {
      first[channel] += first[share * channels + channel];
      second[channel] += second[share * channels + channel];
    }
  }
  return {std::move(first), std::move(second)};
}

int64_t channels_of(const at::Tensor &x) { return x.size(1); }
int64_t rows_of(const at::Tensor &x) { return x.numel() / x.size(1); }

/// A tensor's floats. Not by the templates of this name: how their symbols are spelt differs between the
/// compilers of LibTorch and of this file, and LibTorch 2.11 has none that this file would find.
const float *floats(const at::Tensor &x) { return static_cast<const float *>(x.const_data_ptr()); }

/// Whether a tensor is dense float images on a CPU with a pixel's channels next to one another.
bool is_suitable(const at::Tensor &x) {
  return x.device().is_cpu() && x.scalar_type() == at::kFloat && x.dim() == 4 && x.numel() > 0 &&
         x.is_contiguous(at::MemoryFormat::ChannelsLast);
}

/// Whether a tensor has a float for each channel, next to one another in the CPU's memory.
bool is_vector(const at::Tensor &vector, int64_t channels) {
  return vector.device().is_cpu() && vector.scalar_type() == at::kFloat && vector.dim() == 1 &&
         vector.numel() == channels && vector.is_contiguous();
}

/// Writes min(ceiling, max(0, x * scale + offset (+ shortcut))) into a new tensor.
at::Tensor rectify(const at::Tensor &x, const std::optional<at::Tensor> &shortcut, const std::vector<float> &scale,
                   const std::vector<float> &offset, float ceiling) {
  auto y = at::empty_like(x);
  int64_t channels = channels_of(x);
  const float *from = floats(x);
  const float *plus = shortcut ? floats(*shortcut) : nullptr;
  float *to = y.mutable_data_ptr<float>();
  in_shares(rows_of(x), rondo::threads(), [&](int64_t, int64_t start, int64_t count) {
    int64_t at = start * channels;
    rectify_rows(from + at, plus ? plus + at : nullptr, to + at, count, channels, scale.data(),
                 offset.data(), ceiling);
  });
  return y;
}

struct NormRelu : torch::autograd::Function<NormRelu> {
  static at::Tensor forward(torch::autograd::AutogradContext *context, const at::Tensor &x,
                            const at::Tensor &weight, const at::Tensor &bias,
                            const std::optional<at::Tensor> &shortcut,
                            const at::Tensor &running_mean, const at::Tensor &running_variance,
                            double momentum, double epsilon, double ceiling) {
    int64_t rows = rows_of(x), channels = channels_of(x);
    const float *values = floats(x);
    // Squares are summed about the first pixel, so that a large mean does not drown the variance.
    auto [sums, squares] = two_sums(rows, channels, [&](int64_t start, int64_t count, double *sum,
                                                        double *square) {
      sum_rows(values + start * channels, count, channels, values, sum, square);
    });
    auto mean = at::empty({channels}, x.options()), inverse = at::empty({channels}, x.options());
    std::vector<float> scale(channels), offset(channels);
    auto *means = mean.mutable_data_ptr<float>(), *inverses = inverse.mutable_data_ptr<float>();
    const auto *weights = floats(weight), *biases = floats(bias);
    auto *running = running_mean.mutable_data_ptr<float>();
    auto *running_square = running_variance.mutable_data_ptr<float>();
    for (int64_t channel = 0; channel < channels; ++channel) {
      double about = sums[channel] / rows;
      double average = values[channel] + about;
      double variance = std::max(0.0, squares[channel] / rows - about * about);
      double deviation = std::sqrt(variance + epsilon);
      means[channel] = static_cast<float>(average);
      inverses[channel] = static_cast<float>(1 / deviation);
      scale[channel] = static_cast<float>(weights[channel] / deviation);
      offset[channel] = static_cast<float>(biases[channel] - average * weights[channel] / deviation);
      double unbiased = variance * rows / (rows - 1);
      running[channel] = static_cast<float>(running[channel] + momentum * (average - running[channel]));
      running_square[channel] =
          static_cast<float>(running_square[channel] + momentum * (unbiased - running_square[channel]));
    }
    auto y = rectify(x, shortcut, scale, offset, static_cast<float>(ceiling));
    context->save_for_backward({x, y, weight, mean, inverse});
    context->saved_data["shortcut"] = shortcut.has_value();
    context->saved_data["ceiling"] = ceiling;
    return y;
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext *context,
                                                 torch::autograd::variable_list gradients) {
    auto saved = context->get_saved_variables();
    const auto &x = saved[0], &y = saved[1], &weight = saved[2], &mean = saved[3], &inverse = saved[4];
    auto gradient = gradients[0].contiguous(at::MemoryFormat::ChannelsLast);
    int64_t rows = rows_of(x), channels = channels_of(x);
    const auto ceiling = static_cast<float>(context->saved_data["ceiling"].toDouble());
    const float *values = floats(x), *outputs = floats(y);
    const float *above = floats(gradient);
    const float *means = floats(mean), *inverses = floats(inverse);
    const float *weights = floats(weight);
    auto [sums, products] = two_sums(
        rows, channels, [&](int64_t start, int64_t count, double *sum, double *product) {
          int64_t at = start * channels;
          sum_gradient_rows(values + at, outputs + at, above + at, count, channels, means, ceiling, sum,
                            product);
        });
    auto dweight = at::empty_like(weight), dbias = at::empty_like(weight);
    std::vector<float> scale(channels), slope(channels), offset(channels);
    for (int64_t channel = 0; channel < channels; ++channel) {
      double inverse = inverses[channel], factor = weights[channel] * inverse;
      dweight.mutable_data_ptr<float>()[channel] = static_cast<float>(products[channel] * inverse);
      dbias.mutable_data_ptr<float>()[channel] = static_cast<float>(sums[channel]);
      scale[channel] = static_cast<float>(factor);
      slope[channel] = static_cast<float>(-factor * inverse * inverse * products[channel] / rows);
      offset[channel] =
          static_cast<float>(-factor * sums[channel] / rows - means[channel] * double(slope[channel]));
    }
    auto dx = at::empty_like(x);
    at::Tensor dshortcut;
    if (context->saved_data["shortcut"].toBool()) dshortcut = at::empty_like(x);
    float *below = dx.mutable_data_ptr<float>();
    float *beside = dshortcut.defined() ? dshortcut.mutable_data_ptr<float>() : nullptr;
    in_shares(rows, rondo::threads(), [&](int64_t, int64_t start, int64_t count) {
      int64_t at = start * channels;
      gradient_rows(values + at, outputs + at, above + at, below + at, beside ? beside + at : nullptr,
                    count, channels, scale.data(), slope.data(), offset.data(), ceiling);
    });
    return {dx, dweight, dbias, dshortcut, {}, {}, {}, {}, {}};
  }
};

/// With the running statistics, where no gradient is wanted.
at::Tensor with_running_statistics(const at::Tensor &x, const at::Tensor &weight, const at::Tensor &bias,
                  const std::optional<at::Tensor> &shortcut, const at::Tensor &mean,
                  const at::Tensor &variance, double epsilon, double ceiling) {
  int64_t channels = channels_of(x);
  std::vector<float> scale(channels), offset(channels);
  const float *weights = floats(weight), *biases = floats(bias);
  const float *means = floats(mean), *variances = floats(variance);
  for (int64_t channel = 0; channel < channels; ++channel) {
    double factor = weights[channel] / std::sqrt(variances[channel] + epsilon);
    scale[channel] = static_cast<float>(factor);
    offset[channel] = static_cast<float>(biases[channel] - means[channel] * factor);
  }
  return rectify(x, shortcut, scale, offset, static_cast<float>(ceiling));
}

}  // namespace

int32_t ct_batch_norm_relu(ct_tensor input, ct_tensor weight, ct_tensor bias, ct_tensor shortcut,
                           ct_tensor mean, ct_tensor variance, int32_t training, double momentum,
                           double epsilon, double ceiling, ct_tensor *out, char **error) {
  return rondo::giving(out, error, [&] {
    auto x = rondo::borrow(input), scale = rondo::borrow(weight), offset = rondo::borrow(bias);
    auto running_mean = rondo::borrow(mean), running_variance = rondo::borrow(variance);
    auto plus = rondo::borrow_optional(shortcut);
    // What does not fit, a wrong shape too, is left to LibTorch, which says what is wrong with it.
    bool fits = rondo::can_work_in_parallel() && is_suitable(x) && rows_of(x) > 1 &&
                is_vector(scale, channels_of(x)) && is_vector(offset, channels_of(x)) &&
                is_vector(running_mean, channels_of(x)) &&
                is_vector(running_variance, channels_of(x)) &&
                (!plus || (is_suitable(*plus) && plus->sizes() == x.sizes()));
    if (fits && training) {
      return NormRelu::apply(x, scale, offset, plus, running_mean, running_variance, momentum, epsilon,
                             ceiling);
    }
    if (fits && !c10::GradMode::is_enabled()) {
      return with_running_statistics(x, scale, offset, plus, running_mean, running_variance, epsilon, ceiling);
    }
    rondo::check_norm_input(x, training != 0);
    auto y = at::batch_norm(x, scale, offset, running_mean, running_variance, training != 0, momentum,
                            epsilon, true);
    if (plus) y = at::add(y, *plus);
    return ceiling == std::numeric_limits<double>::infinity() ? at::relu(y) : at::hardtanh(y, 0, ceiling);
  });
}
