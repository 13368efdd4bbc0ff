// What every function of the shim stands on: handles, and exceptions that stay inside.
#pragma once
#include <ATen/core/Tensor.h>
#include <c10/util/Exception.h>
#include <cstring>
#include <exception>
#include <string>

#include "include/CTorch.h"

namespace rondo {

void count_handle();

/// A tensor that shares the handle's body.
inline at::Tensor borrow(ct_tensor handle) {
  auto *body = reinterpret_cast<c10::TensorImpl *>(handle);
  return at::Tensor(c10::intrusive_ptr<c10::TensorImpl, c10::UndefinedTensorImpl>::reclaim_copy(body));
}

/// The same, or an empty optional for an absent tensor.
inline std::optional<at::Tensor> borrow_optional(ct_tensor handle) {
  if (handle == nullptr) return std::nullopt;
  return borrow(handle);
}

inline ct_tensor give(at::Tensor tensor) {
  count_handle();
  return reinterpret_cast<ct_tensor>(tensor.unsafeReleaseTensorImpl());
}

inline int32_t fail(char **error, const char *what) noexcept {
  if (error != nullptr) *error = strdup(what);
  return 1;
}

template <class Body>
int32_t guarded(char **error, Body &&body) noexcept {
  try {
    body();
    return 0;
  } catch (const c10::Error &failure) {
    return fail(error, failure.what_without_backtrace());
  } catch (const std::exception &failure) {
    return fail(error, failure.what());
  } catch (...) {
    return fail(error, "an exception of unknown kind");
  }
}

/// Runs a body that returns a tensor, and hands it out.
template <class Body>
int32_t giving(ct_tensor *out, char **error, Body &&body) noexcept {
  return guarded(error, [&] { *out = give(body()); });
}

inline at::IntArrayRef sizes_of(const int64_t *values, int32_t count) {
  return at::IntArrayRef(values, static_cast<size_t>(count));
}

inline c10::Device device_of(int32_t type, int32_t index) {
  return c10::Device(static_cast<c10::DeviceType>(type), static_cast<c10::DeviceIndex>(index));
}

inline c10::ScalarType type_of(int32_t type) { return static_cast<c10::ScalarType>(type); }

/// Refuses to normalize a batch of one value for each channel, of which there is no variance; LibTorch gives NaN.
inline void check_norm_input(const at::Tensor &input, bool training) {
  if (!training || input.dim() < 2) return;
  TORCH_CHECK(input.size(1) == 0 || input.numel() > input.size(1),
              "batch normalization needs more than one value for each channel in training, got an input of size ",
              input.sizes());
}

inline std::vector<at::Tensor> borrow_all(const ct_tensor *handles, int32_t count) {
  std::vector<at::Tensor> tensors;
  tensors.reserve(static_cast<size_t>(count));
  for (int32_t index = 0; index < count; ++index) tensors.push_back(borrow(handles[index]));
  return tensors;
}

}  // namespace rondo
