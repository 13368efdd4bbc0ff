// c10d's Reducer, which sums gradients over the processes of a group while the backward pass goes on.
#include "Group.hpp"

#include <torch/csrc/distributed/c10d/comm.hpp>
#include <torch/csrc/distributed/c10d/reducer.hpp>
#include <torch/version.h>

#include <algorithm>
#include <memory>

#include "Guard.hpp"

using rondo::borrow_all;
using rondo::guarded;

// The Reducer's constructor differs between LibTorch's minor versions; of others than these gradients are summed after
// the backward pass.
#define RONDO_HAS_REDUCER (TORCH_VERSION_MAJOR == 2 && TORCH_VERSION_MINOR >= 13 && TORCH_VERSION_MINOR <= 15)

namespace {

constexpr int64_t kFirstBucket = 1 << 20;

#if RONDO_HAS_REDUCER
/// Leaves out the Reducer's warning of 1x1 filters, whose channels-last strides can be written in two ways.
class FilterWarnings : public c10::WarningHandler {
 public:
  void process(const c10::Warning &warning) override {
    if (warning.msg().rfind("Grad strides do not match", 0) != 0) WarningHandler::process(warning);
  }
};

/// Sums buckets over the processes; c10d's own hook would divide them by the number of processes.
class SumHook : public c10d::CppCommHookInterface<c10::intrusive_ptr<c10d::ProcessGroup>> {
 public:
  using CppCommHookInterface::CppCommHookInterface;
  c10::intrusive_ptr<c10::ivalue::Future> runHook(c10d::GradBucket &bucket) override {
    std::vector<at::Tensor> tensors = {bucket.getBufferRef()};
    return state_->allreduce(tensors)->getFuture();
  }
};
#endif

}  // namespace

struct ct_reducer_body {
  c10::intrusive_ptr<c10d::ProcessGroup> group;
  std::vector<at::Tensor> parameters;
#if RONDO_HAS_REDUCER
  std::unique_ptr<c10d::Reducer> reducer;
#endif
};

int32_t ct_reducer_make(ct_group group, const ct_tensor *parameters, int32_t count, ct_reducer *out,
                        char **error) {
  return guarded(error, [&] {
    auto body = std::make_unique<ct_reducer_body>();
    body->group = group->group;
    body->parameters = borrow_all(parameters, count);
#if RONDO_HAS_REDUCER
    const auto size = body->parameters.size();
    static FilterWarnings warnings;
    c10::WarningUtils::set_warning_handler(&warnings);
    c10d::verify_params_across_processes(group->group, body->parameters, std::nullopt);
    auto [buckets, limits] = c10d::compute_bucket_assignment_by_size(
        body->parameters, {kFirstBucket, kBucket}, {}, {}, std::nullopt);
    // Gradients are ready from the last layer to the first.
    std::reverse(buckets.begin(), buckets.end());
    body->reducer = std::make_unique<c10d::Reducer>(
        body->parameters, buckets, group->group, std::vector<bool>(size, false), kBucket,
        /*find_unused_parameters=*/false, /*gradient_as_bucket_view=*/true,
        std::unordered_map<size_t, std::string>{}, kFirstBucket,
        /*skip_all_reduce_unused_params=*/false, /*use_python_reducer=*/false,
        std::vector<int64_t>{});
    body->reducer->register_comm_hook(std::make_unique<SumHook>(group->group));
#endif
    *out = body.release();
  });
}

void ct_reducer_free(ct_reducer reducer) {
  guarded(nullptr, [&] { delete reducer; });
}

int32_t ct_reducer_begin(ct_reducer reducer, char **error) {
  return guarded(error, [&] {
#if RONDO_HAS_REDUCER
    // Buckets are never rebuilt: a run that resumes makes its first update in the first ones, and its sums must have
    // the same bits.
    reducer->reducer->prepare_for_forward();
    reducer->reducer->prepare_for_backward({});
#endif
  });
}

int32_t ct_reducer_finish(ct_reducer reducer, char **error) {
  return guarded(error, [&] {
#if !RONDO_HAS_REDUCER
    std::vector<at::Tensor> gradients;
    for (auto &parameter : reducer->parameters) {
      if (parameter.grad().defined()) gradients.push_back(parameter.grad());
    }
    for (auto &gradient : gradients) {
      std::vector<at::Tensor> one = {gradient};
      reducer->group->allreduce(one)->wait();
    }
#endif
  });
}
