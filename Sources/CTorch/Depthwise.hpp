// Convolutions in which each channel has a filter of its own.
#pragma once
#include <optional>

#include "Guard.hpp"

namespace rondo {

/// Convolves with gradients of our own, where these are faster: on a CPU, with one square filter a channel, where a
/// gradient is wanted. Empty where LibTorch's convolution is to do it.
std::optional<at::Tensor> convolve_depthwise(const at::Tensor &input, const at::Tensor &filters, int64_t stride,
                                             int64_t padding, int64_t dilation, int64_t groups);

}  // namespace rondo
