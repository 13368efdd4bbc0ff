// What a group of processes is made of.
//
// PyTorch's wheel has c10d and not Gloo's headers, which c10d's own include. Of Gloo only names are needed here, and
// they stand in gloo-headers/.
#pragma once
#define USE_C10D_GLOO
#include <torch/csrc/distributed/c10d/ProcessGroupGloo.hpp>

/// The bytes of tensors that are sent together.
constexpr int64_t kBucket = 25 << 20;

struct ct_group_body {
  /// Where the processes met, and leave notes for one another.
  c10::intrusive_ptr<c10d::Store> board;
  c10::intrusive_ptr<c10d::Store> store;
  c10::intrusive_ptr<c10d::ProcessGroupGloo> gloo;
  /// What carries tensors on cards, if it is not Gloo.
  c10::intrusive_ptr<c10d::Backend> nccl;
  c10::intrusive_ptr<c10d::ProcessGroup> group;
};
