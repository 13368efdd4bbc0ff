// Mixed precision: LibTorch's choice of half precision, operation by operation, for a stretch of calls.
#include <ATen/autocast_mode.h>

#include "Guard.hpp"

using rondo::guarded;

int32_t ct_enter_autocast(int32_t device_type, int32_t type, ct_autocast *before, char **error) {
  return guarded(error, [&] {
    auto device = static_cast<c10::DeviceType>(device_type);
    before->enabled = at::autocast::is_autocast_enabled(device);
    before->type = static_cast<int32_t>(at::autocast::get_autocast_dtype(device));
    at::autocast::set_autocast_enabled(device, true);
    at::autocast::set_autocast_dtype(device, rondo::type_of(type));
    at::autocast::increment_nesting();
  });
}

void ct_leave_autocast(int32_t device_type, ct_autocast before) {
  guarded(nullptr, [&] {
    auto device = static_cast<c10::DeviceType>(device_type);
    // Halved copies of parameters are kept for the stretch alone: an update makes them wrong.
    if (at::autocast::decrement_nesting() == 0) at::autocast::clear_cache();
    at::autocast::set_autocast_enabled(device, before.enabled != 0);
    at::autocast::set_autocast_dtype(device, rondo::type_of(before.type));
  });
}
