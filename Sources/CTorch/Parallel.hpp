// Work on LibTorch's own compute threads.
#pragma once
#include <cstdint>
#include <functional>

namespace rondo {

/// The number of LibTorch's compute threads.
int64_t threads();

/// Whether `in_parallel` has those threads; otherwise it works on the caller's alone.
bool can_work_in_parallel();

/// Calls the body once for each share, on as many threads as there are shares.
///
/// The body must not throw.
void in_parallel(int64_t shares, const std::function<void(int64_t)> &body);

}  // namespace rondo
