#include <ATen/Parallel.h>
#include <ATen/Version.h>
#include <ATen/detail/CUDAHooksInterface.h>
#include <ATen/detail/MPSHooksInterface.h>
#include <c10/core/impl/VirtualGuardImpl.h>
#include <torch/headeronly/version.h>

#include <atomic>
#include <cstdlib>
#include <string>
#ifdef __GLIBC__
#include <malloc.h>
#endif

#include "Guard.hpp"

static std::atomic<int64_t> live_tensors{0};

void rondo::count_handle() { live_tensors.fetch_add(1, std::memory_order_relaxed); }

void ct_start(void) {
#ifdef __GLIBC__
  // Activations are allocated and freed at each update. Left alone, glibc returns the large ones to
  // the kernel every time and takes page faults for them again: 20 to 30 % of a training step.
  // 32 MiB is the highest threshold that glibc takes on 64 bits.
  mallopt(M_MMAP_THRESHOLD, 32 << 20);
  mallopt(M_TRIM_THRESHOLD, 1 << 30);
#endif
}

const char *ct_version(void) { return TORCH_VERSION; }
const char *ct_capability(void) {
  static const std::string capability = at::get_cpu_capability();
  return capability.c_str();
}

int32_t ct_threads(void) {
  int32_t threads = 1;
  rondo::guarded(nullptr, [&] { threads = at::get_num_threads(); });
  return threads;
}

int32_t ct_set_threads(int32_t threads, char **error) {
  return rondo::guarded(error, [&] { at::set_num_threads(threads); });
}

int64_t ct_live_tensors(void) { return live_tensors.load(std::memory_order_relaxed); }
void ct_free_message(char *message) { std::free(message); }

int32_t ct_device_count(int32_t device_type) {
  int32_t count = 0;
  rondo::guarded(nullptr, [&] {
    switch (static_cast<c10::DeviceType>(device_type)) {
      case c10::DeviceType::CPU: count = 1; break;
      case c10::DeviceType::CUDA: count = at::detail::getCUDAHooks().deviceCount(); break;
      case c10::DeviceType::MPS: count = at::detail::getMPSHooks().hasMPS() ? 1 : 0; break;
      default: count = 0;
    }
  });
  return count;
}

int32_t ct_use_device(int32_t device_type, int32_t device_index, char **error) {
  return rondo::guarded(error, [&] {
    c10::Device device(static_cast<c10::DeviceType>(device_type), static_cast<c10::DeviceIndex>(device_index));
    c10::impl::VirtualGuardImpl(device.type()).setDevice(device);
  });
}

void ct_free(ct_tensor handle) {
  if (handle == nullptr) return;
  live_tensors.fetch_sub(1, std::memory_order_relaxed);
  rondo::guarded(nullptr, [&] {
    c10::intrusive_ptr<c10::TensorImpl, c10::UndefinedTensorImpl>::reclaim(
        reinterpret_cast<c10::TensorImpl *>(handle));
  });
}
