// Tensors: made, looked at, computed with, reshaped and moved.
#include <ATen/CPUGeneratorImpl.h>
#include <ATen/ops/abs.h>
#include <ATen/ops/add.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/argmax.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/clamp_max.h>
#include <ATen/ops/clamp_min.h>
#include <ATen/ops/div.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/eq.h>
#include <ATen/ops/exp.h>
#include <ATen/ops/flip.h>
#include <ATen/ops/from_blob.h>
#include <ATen/ops/full.h>
#include <ATen/ops/gelu.h>
#include <ATen/ops/gt.h>
#include <ATen/ops/hardsigmoid.h>
#include <ATen/ops/hardswish.h>
#include <ATen/ops/index_select.h>
#include <ATen/ops/isfinite.h>
#include <ATen/ops/log.h>
#include <ATen/ops/log_softmax.h>
#include <ATen/ops/lt.h>
#include <ATen/ops/matmul.h>
#include <ATen/ops/max.h>
#include <ATen/ops/amax.h>
#include <ATen/ops/amin.h>
#include <ATen/ops/maximum.h>
#include <ATen/ops/mean.h>
#include <ATen/ops/min.h>
#include <ATen/ops/minimum.h>
#include <ATen/ops/mul.h>
#include <ATen/ops/neg.h>
#include <ATen/ops/normal.h>
#include <ATen/ops/pow.h>
#include <ATen/ops/relu.h>
#include <ATen/ops/relu6.h>
#include <ATen/ops/sigmoid.h>
#include <ATen/ops/silu.h>
#include <ATen/ops/softmax.h>
#include <ATen/ops/softplus.h>
#include <ATen/ops/sqrt.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/sub.h>
#include <ATen/ops/sum.h>
#include <ATen/ops/where.h>
#include <memory>

#include "Guard.hpp"

using rondo::borrow;
using rondo::giving;
using rondo::guarded;
using rondo::sizes_of;
using rondo::type_of;

// MARK: Creation

int32_t ct_full(const int64_t *sizes, int32_t rank, double value, int32_t type, int32_t device_type,
                int32_t device_index, ct_tensor *out, char **error) {
  return giving(out, error, [&] {
    auto options =
        at::TensorOptions().dtype(type_of(type)).device(rondo::device_of(device_type, device_index));
    return at::full(sizes_of(sizes, rank), value, options);
  });
}

int32_t ct_from_bytes(const void *bytes, const int64_t *sizes, int32_t rank, int32_t type,
                      ct_tensor *out, char **error) {
  return giving(out, error, [&] {
    auto tensor = at::empty(sizes_of(sizes, rank), at::TensorOptions().dtype(type_of(type)));
    if (tensor.nbytes() > 0) std::memcpy(tensor.data_ptr(), bytes, tensor.nbytes());
    return tensor;
  });
}

int32_t ct_view_of_bytes(void *bytes, const int64_t *sizes, const int64_t *strides, int32_t rank,
                         int32_t type, void *owner, void (*release)(void *), ct_tensor *out, char **error) {
  return giving(out, error, [&] {
    std::shared_ptr<void> kept(owner, release);
    return at::from_blob(
        bytes, sizes_of(sizes, rank), sizes_of(strides, rank), [kept](void *) {},
        at::TensorOptions().dtype(type_of(type)));
  });
}

int32_t ct_random(int32_t normal, double a, double b, uint64_t seed, const int64_t *sizes,
                  int32_t rank, ct_tensor *out, char **error) {
  return giving(out, error, [&] {
    auto generator = at::make_generator<at::CPUGeneratorImpl>(seed);
    auto tensor = at::empty(sizes_of(sizes, rank), at::TensorOptions().dtype(at::kFloat));
    if (normal) return tensor.normal_(a, b, generator);
    return tensor.uniform_(a, b, generator);
  });
}

int32_t ct_arange(int64_t count, ct_tensor *out, char **error) {
  return giving(out, error,
                [&] { return at::arange(count, at::TensorOptions().dtype(at::kLong)); });
}

// MARK: Looking

int32_t ct_describe(ct_tensor handle, ct_description *out, char **error) {
  return guarded(error, [&] {
    auto *body = reinterpret_cast<c10::TensorImpl *>(handle);
    auto sizes = body->sizes();
    TORCH_CHECK(sizes.size() <= CT_MAX_RANK, "a tensor of more than ", CT_MAX_RANK, " dimensions");
    for (size_t axis = 0; axis < sizes.size(); ++axis) out->sizes[axis] = sizes[axis];
    out->count = body->numel();
    out->rank = static_cast<int32_t>(sizes.size());
    out->type = static_cast<int32_t>(c10::typeMetaToScalarType(body->dtype()));
    out->device_type = static_cast<int32_t>(body->device().type());
    out->device_index = body->device().has_index() ? body->device().index() : 0;
  });
}

int32_t ct_item(ct_tensor handle, double *out, char **error) {
  return guarded(error, [&] { *out = borrow(handle).item().toDouble(); });
}

int32_t ct_copy_bytes(ct_tensor handle, void *bytes, int64_t capacity, char **error) {
  return guarded(error, [&] {
    auto tensor = borrow(handle).detach().to(at::kCPU).contiguous();
    TORCH_CHECK(static_cast<int64_t>(tensor.nbytes()) <= capacity, "a buffer of ", capacity,
                " bytes is too small for ", tensor.nbytes());
    if (tensor.nbytes() > 0) std::memcpy(bytes, tensor.data_ptr(), tensor.nbytes());
  });
}

int32_t ct_identical(ct_tensor a, ct_tensor b, int32_t *out, char **error) {
  return guarded(error, [&] {
    auto left = borrow(a).detach().to(at::kCPU).contiguous();
    auto right = borrow(b).detach().to(at::kCPU).contiguous();
    *out = left.sizes() == right.sizes() && left.scalar_type() == right.scalar_type() &&
           (left.nbytes() == 0 || std::memcmp(left.data_ptr(), right.data_ptr(), left.nbytes()) == 0);
  });
}

// MARK: Arithmetic

int32_t ct_unary(ct_unary_op op, ct_tensor handle, ct_tensor *out, char **error) {
  return giving(out, error, [&]() -> at::Tensor {
    auto a = borrow(handle);
    switch (op) {
      case CT_NEGATE: return at::neg(a);
      case CT_EXP: return at::exp(a);
      case CT_LOG: return at::log(a);
      case CT_SQRT: return at::sqrt(a);
      case CT_ABS: return at::abs(a);
      case CT_RELU: return at::relu(a);
      case CT_SIGMOID: return at::sigmoid(a);
      case CT_GELU: return at::gelu(a);
      case CT_CLONE: return a.clone();
      case CT_DETACH: return a.detach();
      case CT_CONTIGUOUS: return a.contiguous();
      case CT_CHANNELS_LAST: return a.contiguous(at::MemoryFormat::ChannelsLast);
      case CT_SUM_ALL: return at::sum(a);
      case CT_MEAN_ALL: return at::mean(a);
      case CT_MAX_ALL: return at::max(a);
      case CT_MIN_ALL: return at::min(a);
      case CT_IS_FINITE: return at::isfinite(a);
      case CT_SOFTPLUS: return at::softplus(a);
      case CT_HARD_SIGMOID: return at::hardsigmoid(a);
      case CT_HARD_SWISH: return at::hardswish(a);
      case CT_RELU6: return at::relu6(a);
      case CT_SILU: return at::silu(a);
    }
    TORCH_CHECK(false, "unknown operation ", static_cast<int>(op));
  });
}

int32_t ct_binary(ct_binary_op op, ct_tensor left, ct_tensor right, ct_tensor *out, char **error) {
  return giving(out, error, [&]() -> at::Tensor {
    auto a = borrow(left);
    auto b = borrow(right);
    switch (op) {
      case CT_ADD: return at::add(a, b);
      case CT_SUBTRACT: return at::sub(a, b);
      case CT_MULTIPLY: return at::mul(a, b);
      case CT_DIVIDE: return at::div(a, b);
      case CT_MATMUL: return at::matmul(a, b);
      case CT_EQUAL: return at::eq(a, b);
      case CT_LESS: return at::lt(a, b);
      case CT_GREATER: return at::gt(a, b);
      case CT_INDEX_ROWS: return at::index_select(a, 0, b);
      case CT_MAXIMUM: return at::maximum(a, b);
      case CT_MINIMUM: return at::minimum(a, b);
    }
    TORCH_CHECK(false, "unknown operation ", static_cast<int>(op));
  });
}

int32_t ct_scalar(ct_scalar_op op, ct_tensor handle, double value, ct_tensor *out, char **error) {
  return giving(out, error, [&]() -> at::Tensor {
    auto a = borrow(handle);
    switch (op) {
      case CT_ADD_SCALAR: return at::add(a, value);
      case CT_MULTIPLY_SCALAR: return at::mul(a, value);
      case CT_DIVIDE_BY_SCALAR: return at::div(a, value);
      case CT_POWER: return at::pow(a, value);
      case CT_CLAMP_MIN: return at::clamp_min(a, value);
      case CT_CLAMP_MAX: return at::clamp_max(a, value);
      case CT_GREATER_SCALAR: return at::gt(a, value);
    }
    TORCH_CHECK(false, "unknown operation ", static_cast<int>(op));
  });
}

int32_t ct_reduce(ct_reduction op, ct_tensor handle, const int64_t *dims, int32_t count,
                  int32_t keep, ct_tensor *out, char **error) {
  return giving(out, error, [&]() -> at::Tensor {
    auto a = borrow(handle);
    auto over = sizes_of(dims, count);
    switch (op) {
      case CT_SUM: return at::sum(a, over, keep != 0);
      case CT_MEAN: return at::mean(a, over, keep != 0);
      case CT_MAX: return at::amax(a, over, keep != 0);
      case CT_MIN: return at::amin(a, over, keep != 0);
    }
    TORCH_CHECK(false, "unknown reduction ", static_cast<int>(op));
  });
}

int32_t ct_argmax(ct_tensor a, int64_t dim, ct_tensor *out, char **error) {
  return giving(out, error, [&] { return at::argmax(borrow(a), dim); });
}

int32_t ct_softmax(ct_tensor a, int64_t dim, int32_t logarithm, ct_tensor *out, char **error) {
  return giving(out, error, [&] {
    return logarithm ? at::log_softmax(borrow(a), dim) : at::softmax(borrow(a), dim);
  });
}

int32_t ct_where(ct_tensor condition, ct_tensor a, ct_tensor b, ct_tensor *out, char **error) {
  return giving(out, error, [&] { return at::where(borrow(condition), borrow(a), borrow(b)); });
}

// MARK: Shapes, types, places

int32_t ct_reshape(ct_tensor a, const int64_t *sizes, int32_t rank, ct_tensor *out, char **error) {
  return giving(out, error, [&] { return borrow(a).reshape(sizes_of(sizes, rank)); });
}

int32_t ct_permute(ct_tensor a, const int64_t *dims, int32_t rank, ct_tensor *out, char **error) {
  return giving(out, error, [&] { return borrow(a).permute(sizes_of(dims, rank)); });
}

int32_t ct_narrow(ct_tensor a, int64_t dim, int64_t start, int64_t length, ct_tensor *out,
                  char **error) {
  return giving(out, error, [&] { return borrow(a).narrow(dim, start, length); });
}

int32_t ct_unsqueeze(ct_tensor a, int64_t dim, ct_tensor *out, char **error) {
  return giving(out, error, [&] { return borrow(a).unsqueeze(dim); });
}

int32_t ct_flip(ct_tensor a, int64_t dim, ct_tensor *out, char **error) {
  return giving(out, error, [&] { return at::flip(borrow(a), {dim}); });
}

int32_t ct_concatenate(const ct_tensor *handles, int32_t count, int64_t dim, int32_t new_dim,
                       ct_tensor *out, char **error) {
  return giving(out, error, [&] {
    auto tensors = rondo::borrow_all(handles, count);
    return new_dim ? at::stack(tensors, dim) : at::cat(tensors, dim);
  });
}

int32_t ct_to(ct_tensor a, int32_t type, int32_t device_type, int32_t device_index, ct_tensor *out,
              char **error) {
  return giving(out, error, [&] {
    return borrow(a).to(rondo::device_of(device_type, device_index), type_of(type));
  });
}

int32_t ct_copy_into(ct_tensor target, ct_tensor source, char **error) {
  return guarded(error, [&] {
    auto to = borrow(target);
    auto from = borrow(source);
    TORCH_CHECK(to.sizes() == from.sizes(), "the shapes differ");
    to.copy_(from);
  });
}
