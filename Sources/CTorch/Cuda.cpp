#include <ATen/Context.h>
#include <ATen/detail/CUDAHooksInterface.h>

#include "Guard.hpp"

bool ct_cuda_multiplies_bfloat16(void) {
  bool answer = false;
  // Of the current card: cuDNN's convolutions in bfloat16 need the compute capability 8.0, and so do
  // the units that multiply it.
  rondo::guarded(nullptr, [&] {
    const auto &hooks = at::detail::getCUDAHooks();
    answer = hooks.deviceCount() > 0 && hooks.supportsBFloat16ConvolutionWithCuDNNv8();
  });
  return answer;
}

void ct_try_convolution_algorithms(bool tries) {
  rondo::guarded(nullptr, [&] { at::globalContext().setBenchmarkCuDNN(tries); });
}
