// Automatic differentiation: switched, asked for, read and cleared.
#include <c10/core/GradMode.h>

#include "Guard.hpp"

using rondo::borrow;
using rondo::guarded;

int32_t ct_gradient_enabled(void) { return c10::GradMode::is_enabled(); }
void ct_enable_gradient(int32_t enabled) { c10::GradMode::set_enabled(enabled != 0); }

int32_t ct_requires_gradient(ct_tensor a) {
  int32_t required = 0;
  guarded(nullptr, [&] { required = borrow(a).requires_grad(); });
  return required;
}

int32_t ct_require_gradient(ct_tensor a, int32_t required, char **error) {
  return guarded(error, [&] { borrow(a).requires_grad_(required != 0); });
}

int32_t ct_gradient(ct_tensor a, ct_tensor *out, char **error) {
  return guarded(error, [&] {
    auto gradient = borrow(a).grad();
    *out = gradient.defined() ? rondo::give(gradient) : nullptr;
  });
}

void ct_clear_gradient(ct_tensor a) {
  guarded(nullptr, [&] { borrow(a).mutable_grad().reset(); });
}

int32_t ct_backward(ct_tensor a, char **error) {
  return guarded(error, [&] { borrow(a).backward(); });
}
