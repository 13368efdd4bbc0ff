// Convolutions in which each channel has a filter of its own (depthwise), on a CPU whose channels lie next to one
// another: forward by LibTorch, and both gradients here. LibTorch's need up to 100 times as long as the forward pass for
// images of few pixels and many channels, and more in bfloat16.
//
// Each sum is taken by one thread, in an order that follows from the shapes alone, so any number of threads gives the
// same bits. Numbers in bfloat16 are added up in float32 too; a filter's gradient is summed in float32 over a row, and
// in float64 over rows.
#include <ATen/autocast_mode.h>
#include <ATen/ops/conv2d.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/empty_like.h>
#include <ATen/ops/flip.h>
#include <torch/csrc/autograd/custom_function.h>

#include <algorithm>
#include <vector>

#include "Depthwise.hpp"
#include "DepthwiseRows.hpp"
#include "Parallel.hpp"

namespace {

using rondo::lanes;
constexpr int64_t largest_kernel = 7;

template <class Value>
const Value *values(const at::Tensor &tensor) {
  return static_cast<const Value *>(tensor.const_data_ptr());
}
template <class Value>
Value *room(at::Tensor &tensor) {
  return static_cast<Value *>(tensor.mutable_data_ptr());
}

template <class Value>
at::Tensor gradient_of_filters(const Shape &s, const at::Tensor &x, const at::Tensor &gradient,
                               const at::Tensor &weight) {
  auto result = at::empty(weight.sizes(), weight.options());
  auto *to = room<Value>(result);
  const int64_t places = s.kernel * s.kernel, blocks = (s.channels + lanes - 1) / lanes;
  const int64_t shares = std::min(rondo::threads(), blocks);
  rondo::in_parallel(shares, [&](int64_t share) {
    std::vector<double> sums(places * lanes);
    for (int64_t block = blocks * share / shares; block < blocks * (share + 1) / shares; ++block) {
      const int64_t first = block * lanes, width = std::min(lanes, s.channels - first);
      std::fill(sums.begin(), sums.end(), 0);
      filter_gradient_of(s, values<Value>(x), values<Value>(gradient), first, width, sums.data());
      for (int64_t lane = 0; lane < width; ++lane) {
        for (int64_t place = 0; place < places; ++place) {
          write(to[(first + lane) * places + place], static_cast<float>(sums[place * lanes + lane]));
        }
      }
    }
  });
  return result;
}

template <class Value>
at::Tensor gradient_of_input(const Shape &s, const at::Tensor &gradient, const at::Tensor &weight,
                             const at::Tensor &x) {
  // With a stride of 1 it is a forward pass over the gradient, by filters that are turned by half a circle.
  if (s.stride == 1) {
    return at::conv2d(gradient, weight.flip({2, 3}), {}, 1, s.kernel - 1 - s.padding, 1, s.channels);
  }
  const int64_t places = s.kernel * s.kernel;
  std::vector<float> filters(places * s.channels);
  const auto *from = values<Value>(weight);
  for (int64_t channel = 0; channel < s.channels; ++channel) {
    for (int64_t place = 0; place < places; ++place) {
      filters[place * s.channels + channel] = read(from[channel * places + place]);
    }
  }
  auto result = at::empty_like(x);
  auto *to = room<Value>(result);
  const Taps across(s.width, s.columns, s), down(s.height, s.rows, s);
  const int64_t rows = s.images * s.height, shares = std::min(rondo::threads(), rows);
  rondo::in_parallel(shares, [&](int64_t share) {
    for (int64_t row = rows * share / shares; row < rows * (share + 1) / shares; ++row) {
      const int64_t image = row / s.height, begin = down.begins[row % s.height];
      input_gradient_of(s, values<Value>(gradient) + image * s.rows * s.columns * s.channels, filters.data(),
                        down.taps.data() + begin, down.begins[row % s.height + 1] - begin, across.taps.data(),
                        across.begins.data(), to + row * s.width * s.channels);
    }
  });
  return result;
}

// A map of one pixel lies alike in both memory formats. LibTorch takes it for one that is not channels-last, whose
// convolution is a hundred times slower, unless its strides are those of channels-last.
at::Tensor with_channels_last(const at::Tensor &x) {
  auto y = x.contiguous(at::MemoryFormat::ChannelsLast);
  if (y.size(2) != 1 || y.size(3) != 1) return y;
  const int64_t channels = y.size(1);
  return y.as_strided(y.sizes(), {channels, 1, channels, channels});
}

struct Depthwise : torch::autograd::Function<Depthwise> {
  static at::Tensor forward(torch::autograd::AutogradContext *context, const at::Tensor &input,
                            const at::Tensor &weight, int64_t stride, int64_t padding) {
    auto x = with_channels_last(input);
    auto y = at::conv2d(x, weight, {}, stride, padding, 1, x.size(1));
    context->save_for_backward({x, weight});
    context->saved_data["stride"] = stride;
    context->saved_data["padding"] = padding;
    return y;
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext *context,
                                                 torch::autograd::variable_list gradients) {
    auto saved = context->get_saved_variables();
    const auto &x = saved[0], &weight = saved[1];
    auto gradient = gradients[0].to(x.scalar_type()).contiguous(at::MemoryFormat::ChannelsLast);
    // Filters of one channel lie alike in both memory formats.
    auto filters = weight.contiguous();
    Shape s{x.size(0), x.size(1), x.size(2), x.size(3), gradient.size(2), gradient.size(3), weight.size(2),
            context->saved_data["stride"].toInt(), context->saved_data["padding"].toInt()};
    const bool is_float = x.scalar_type() == at::kFloat;
    at::Tensor dx, dweight;
    if (context->needs_input_grad(0)) {
      dx = is_float ? gradient_of_input<float>(s, gradient, filters, x)
                    : gradient_of_input<uint16_t>(s, gradient, filters, x);
    }
    if (context->needs_input_grad(1)) {
      dweight = is_float ? gradient_of_filters<float>(s, x, gradient, filters)
                         : gradient_of_filters<uint16_t>(s, x, gradient, filters);
    }
    return {dx, dweight, {}, {}};
  }
};

}  // namespace

namespace rondo {

std::optional<at::Tensor> convolve_depthwise(const at::Tensor &input, const at::Tensor &filters, int64_t stride,
                                             int64_t padding, int64_t dilation, int64_t groups) {
  if (!c10::GradMode::is_enabled() || !(input.requires_grad() || filters.requires_grad())) {
    const bool is_pixel = input.device().is_cpu() && input.dim() == 4 && groups == input.size(1) && groups > 1 &&
                          input.size(2) == 1 && input.size(3) == 1;
    if (!is_pixel) return {};
    return at::conv2d(with_channels_last(input), filters, {}, stride, padding, dilation, groups);
  }
  if (!can_work_in_parallel() || !input.device().is_cpu() || input.dim() != 4 || input.numel() == 0 ||
      filters.dim() != 4 || groups != input.size(1) || groups == 1 || filters.size(0) != groups ||
      filters.size(1) != 1 || filters.size(2) != filters.size(3) || filters.size(2) > largest_kernel ||
      dilation != 1 || !filters.device().is_cpu() || padding >= filters.size(2)) {
    return {};
  }
  auto x = input, weight = filters;
  if (at::autocast::is_autocast_enabled(at::kCPU)) {
    auto type = at::autocast::get_autocast_dtype(at::kCPU);
    x = x.to(type);
    weight = weight.to(type);
  }
  const bool has_type = x.scalar_type() == at::kFloat || x.scalar_type() == at::kBFloat16;
  if (!has_type || weight.scalar_type() != x.scalar_type() || x.size(2) + 2 * padding < weight.size(2) ||
      x.size(3) + 2 * padding < weight.size(3)) {
    return {};
  }
  return Depthwise::apply(x, weight, stride, padding);
}

}  // namespace rondo
