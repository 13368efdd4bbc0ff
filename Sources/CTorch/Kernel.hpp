// How loops over numbers are compiled.
#pragma once
#include <cstdint>

// The same source compiled for several processors; the loader picks the best that is there.
#if defined(__x86_64__) && defined(__linux__)
#define RONDO_KERNEL __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default"))) void
#else
#define RONDO_KERNEL void
#endif

namespace rondo {

/// Channels that a loop takes together: the floats of the widest register.
constexpr int64_t lanes = 16;

}  // namespace rondo
