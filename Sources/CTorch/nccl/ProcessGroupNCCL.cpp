// Makes c10d's NCCL back end. Scripts/build-nccl builds librondo_nccl.so from this alone, with the headers of the NCCL that
// the LibTorch was built with: the sizes of c10d's types depend on its version.
#define USE_C10D_NCCL
#include "ProcessGroupNCCL.hpp"

#include <torch/csrc/distributed/c10d/ProcessGroupNCCL.hpp>

extern "C" __attribute__((visibility("default"))) rondo_make_nccl rondo_make_nccl_1;

void rondo_make_nccl_1(const c10::intrusive_ptr<c10d::Store> &store, int rank, int size, double timeout,
                       c10::intrusive_ptr<c10d::Backend> *out) {
  auto options = c10d::ProcessGroupNCCL::Options::create();
  options->timeout = std::chrono::milliseconds(static_cast<int64_t>(timeout * 1000));
  *out = c10::make_intrusive<c10d::ProcessGroupNCCL>(store, rank, size, options);
}
