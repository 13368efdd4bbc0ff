// What librondo_nccl.so gives, and how it is found.
#pragma once
#include <torch/csrc/distributed/c10d/Backend.hpp>
#include <torch/csrc/distributed/c10d/Store.hpp>

/// Makes NCCL's back end of a group whose processes meet at a store; `timeout` is in seconds.
using rondo_make_nccl = void(const c10::intrusive_ptr<c10d::Store> &store, int rank, int size, double timeout,
                             c10::intrusive_ptr<c10d::Backend> *out);

constexpr char kMakeNccl[] = "rondo_make_nccl_1";
/// c10d::ProcessGroupNCCL::groupEnd(), by which a LibTorch with NCCL is known.
constexpr char kNcclOfLibTorch[] = "_ZN4c10d16ProcessGroupNCCL8groupEndEv";
