// The layers' arithmetic.
#include <ATen/autocast_mode.h>
#include <ATen/ops/adaptive_avg_pool2d.h>
#include <ATen/ops/add.h>
#include <ATen/ops/avg_pool2d.h>
#include <ATen/ops/batch_norm.h>
#include <ATen/ops/_upsample_bicubic2d_aa.h>
#include <ATen/ops/constant_pad_nd.h>
#include <ATen/ops/conv2d.h>
#include <ATen/ops/conv_transpose2d.h>
#include <ATen/ops/cross_entropy_loss.h>
#include <ATen/ops/group_norm.h>
#include <ATen/ops/layer_norm.h>
#include <ATen/ops/linear.h>
#include <ATen/ops/max_pool2d.h>
#include <ATen/ops/relu.h>
#include <ATen/ops/scaled_dot_product_attention.h>
#include <ATen/ops/upsample_bilinear2d.h>
#include <ATen/ops/upsample_nearest2d.h>

#include "Depthwise.hpp"
#include "Guard.hpp"

using rondo::borrow;
using rondo::borrow_optional;
using rondo::giving;

namespace {

/// Whether LibTorch's gradient for the filters is wrong: of images that are narrower than the stride, in bfloat16 on a
/// CPU, it leaves the columns of the filters unwritten that see nothing but padding.
bool has_broken_gradient(const at::Tensor &x, const at::Tensor &filters, int64_t stride) {
  if (!c10::GradMode::is_enabled() || !x.device().is_cpu() || x.dim() != 4 || x.size(3) >= stride) return false;
  return filters.scalar_type() == at::kBFloat16 ||
         (at::autocast::is_autocast_enabled(at::kCPU) && at::autocast::get_autocast_dtype(at::kCPU) == at::kBFloat16);
}

/// The same convolution in single precision; so small an image costs nothing.
at::Tensor convolve_in_float(const at::Tensor &x, const at::Tensor &filters, const std::optional<at::Tensor> &biases,
                             at::IntArrayRef stride, at::IntArrayRef padding, at::IntArrayRef dilation,
                             int64_t groups) {
  c10::impl::ExcludeDispatchKeyGuard no_autocast(c10::DispatchKey::AutocastCPU);
  auto offsets = biases ? std::optional(biases->to(at::kFloat)) : std::nullopt;
  return at::conv2d(x.to(at::kFloat), filters.to(at::kFloat), offsets, stride, padding, dilation, groups)
      .to(at::kBFloat16);
}

}  // namespace

int32_t ct_convolve(ct_tensor input, ct_tensor weight, ct_tensor bias, const int64_t *stride,
                    const int64_t *padding, const int64_t *dilation, int64_t groups, ct_tensor *out,
                    char **error) {
  return giving(out, error, [&] {
    auto x = borrow(input), filters = borrow(weight);
    auto biases = borrow_optional(bias);
    if (stride[0] == stride[1] && padding[0] == padding[1] && dilation[0] == dilation[1]) {
      if (auto y = rondo::convolve_depthwise(x, filters, stride[0], padding[0], dilation[0], groups)) {
        return biases ? at::add(*y, biases->to(y->scalar_type()).view({1, -1, 1, 1})) : *y;
      }
    }
    if (has_broken_gradient(x, filters, stride[1])) {
      return convolve_in_float(x, filters, biases, {stride[0], stride[1]}, {padding[0], padding[1]},
                               {dilation[0], dilation[1]}, groups);
    }
    return at::conv2d(x, filters, biases, {stride[0], stride[1]}, {padding[0], padding[1]},
                      {dilation[0], dilation[1]}, groups);
  });
}

int32_t ct_convolve_add(ct_tensor input, ct_tensor weight, ct_tensor bias, ct_tensor shortcut,
                        int32_t relu, const int64_t *stride, const int64_t *padding,
                        const int64_t *dilation, int64_t groups, ct_tensor *out, char **error) {
  return giving(out, error, [&] {
    auto y = at::conv2d(borrow(input), borrow(weight), borrow_optional(bias), {stride[0], stride[1]},
                        {padding[0], padding[1]}, {dilation[0], dilation[1]}, groups);
    // In place: the output is nobody else's yet, and still in the cache.
    if (auto beside = borrow_optional(shortcut)) y.add_(*beside);
    if (relu) y.relu_();
    return y;
  });
}

int32_t ct_convolve_transposed(ct_tensor input, ct_tensor weight, ct_tensor bias, int64_t stride,
                               ct_tensor *out, char **error) {
  return giving(out, error, [&] {
    return at::conv_transpose2d(borrow(input), borrow(weight), borrow_optional(bias), {stride, stride});
  });
}

int32_t ct_resize_bilinear(ct_tensor input, int64_t height, int64_t width, ct_tensor *out,
                           char **error) {
  return giving(out, error, [&] {
    return at::upsample_bilinear2d(borrow(input), {height, width}, /*align_corners*/ false);
  });
}

int32_t ct_linear(ct_tensor input, ct_tensor weight, ct_tensor bias, ct_tensor *out, char **error) {
  return giving(out, error,
                [&] { return at::linear(borrow(input), borrow(weight), borrow_optional(bias)); });
}

int32_t ct_batch_norm(ct_tensor input, ct_tensor weight, ct_tensor bias, ct_tensor mean,
                      ct_tensor variance, int32_t training, double momentum, double epsilon,
                      ct_tensor *out, char **error) {
  return giving(out, error, [&] {
    rondo::check_norm_input(borrow(input), training != 0);
    return at::batch_norm(borrow(input), borrow_optional(weight), borrow_optional(bias),
                          borrow_optional(mean), borrow_optional(variance), training != 0, momentum,
                          epsilon, true);
  });
}

int32_t ct_group_norm(ct_tensor input, int64_t groups, ct_tensor weight, ct_tensor bias,
                      double epsilon, ct_tensor *out, char **error) {
  return giving(out, error, [&] {
    return at::group_norm(borrow(input), groups, borrow_optional(weight), borrow_optional(bias), epsilon);
  });
}

int32_t ct_layer_norm(ct_tensor input, int64_t features, ct_tensor weight, ct_tensor bias,
                      double epsilon, ct_tensor *out, char **error) {
  return giving(out, error, [&] {
    return at::layer_norm(borrow(input), {features}, borrow_optional(weight), borrow_optional(bias), epsilon);
  });
}

int32_t ct_attention(ct_tensor query, ct_tensor key, ct_tensor value, ct_tensor *out, char **error) {
  return giving(out, error, [&] {
    return at::scaled_dot_product_attention(borrow(query), borrow(key), borrow(value));
  });
}

int32_t ct_pad_end(ct_tensor input, int64_t rows, int64_t columns, ct_tensor *out, char **error) {
  return giving(out, error, [&] { return at::constant_pad_nd(borrow(input), {0, columns, 0, rows}, 0); });
}

int32_t ct_resize_bicubic(ct_tensor input, int64_t height, int64_t width, ct_tensor *out,
                          char **error) {
  return giving(out, error, [&] {
    return at::_upsample_bicubic2d_aa(borrow(input), {height, width}, /*align_corners*/ false);
  });
}

int32_t ct_upsample_nearest(ct_tensor input, int64_t height, int64_t width, ct_tensor *out,
                            char **error) {
  return giving(out, error, [&] { return at::upsample_nearest2d(borrow(input), {height, width}); });
}

int32_t ct_max_pool(ct_tensor input, int64_t kernel, int64_t stride, int64_t padding, int32_t ceil,
                    ct_tensor *out, char **error) {
  return giving(out, error, [&] {
    return at::max_pool2d(borrow(input), {kernel, kernel}, {stride, stride}, {padding, padding},
                          /*dilation*/ {1, 1}, ceil != 0);
  });
}

int32_t ct_average_pool(ct_tensor input, int64_t kernel, int64_t stride, int64_t padding,
                        int32_t ceil, ct_tensor *out, char **error) {
  return giving(out, error, [&] {
    return at::avg_pool2d(borrow(input), {kernel, kernel}, {stride, stride}, {padding, padding},
                          ceil != 0);
  });
}

int32_t ct_adaptive_average_pool(ct_tensor input, int64_t size, ct_tensor *out, char **error) {
  return giving(out, error, [&] { return at::adaptive_avg_pool2d(borrow(input), {size, size}); });
}

int32_t ct_cross_entropy(ct_tensor logits, ct_tensor targets, ct_tensor weight,
                         double label_smoothing, int64_t ignored, int32_t reduction, ct_tensor *out,
                         char **error) {
  return giving(out, error, [&] {
    auto values = borrow(logits);
    // The sum over classes wants more digits than half precision has.
    if (at::isReducedFloatingType(values.scalar_type())) values = values.to(at::kFloat);
    return at::cross_entropy_loss(values, borrow(targets), borrow_optional(weight),
                                  reduction, ignored, label_smoothing);
  });
}
