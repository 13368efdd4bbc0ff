#include "Parallel.hpp"

#include <ATen/Parallel.h>
#include <dlfcn.h>

#include <atomic>

// LibTorch's threads belong to the OpenMP runtime that it brings along. A parallel region of our own
// has to run there too: a second pool would fight with the first for the cores. Compiling one takes
// -fopenmp, for which Swift's clang has no runtime, and without it at::parallel_for, a template, is
// compiled to a plain loop. So the runtime's entry is looked up by name. Where there is none (LibTorch
// for Macs is built with another runtime), callers are told by can_work_in_parallel.
using EnterRegion = void (*)(void (*)(void *), void *, unsigned, unsigned);

static EnterRegion enter_region() {
  static const auto entry = reinterpret_cast<EnterRegion>(dlsym(RTLD_DEFAULT, "GOMP_parallel"));
  return entry;
}

int64_t rondo::threads() { return at::get_num_threads(); }

bool rondo::can_work_in_parallel() { return enter_region() != nullptr || threads() == 1; }

namespace {

struct Region {
  const std::function<void(int64_t)> &body;
  const int64_t shares;
  std::atomic<int64_t> taken{0};

  /// What each thread of a region does: takes a share until there is none left.
  void work() {
    for (int64_t share = taken++; share < shares; share = taken++) body(share);
  }
};

}  // namespace

void rondo::in_parallel(int64_t shares, const std::function<void(int64_t)> &body) {
  Region region{body, shares};
  if (shares > 1 && enter_region() != nullptr) {
    enter_region()([](void *region) { static_cast<Region *>(region)->work(); }, &region,
                   static_cast<unsigned>(shares), 0);
  } else {
    region.work();
  }
}
