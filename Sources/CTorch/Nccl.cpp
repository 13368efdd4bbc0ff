// NCCL, which carries tensors between cards.
//
// LibTorch's CUDA builds have c10d's ProcessGroupNCCL and no function that makes one, and its header needs those of CUDA
// and NCCL. So the call lies in a library of its own (nccl/ProcessGroupNCCL.cpp), which is opened where it is there.
#include "Group.hpp"

#include <dlfcn.h>

#include <cstring>
#include <stdexcept>
#include <string>

#include "Guard.hpp"
#include "nccl/ProcessGroupNCCL.hpp"

namespace {

constexpr char kName[] = "librondo_nccl.so";

/// The folder of the file that this code was loaded from.
std::string own_folder() {
  Dl_info info{};
  if (dladdr(reinterpret_cast<void *>(&own_folder), &info) == 0 || info.dli_fname == nullptr) return "";
  std::string path = info.dli_fname;
  auto slash = path.rfind('/');
  return slash == std::string::npos ? "." : path.substr(0, slash);
}

/// The library's function, or null with the reason.
rondo_make_nccl *find(std::string &reason) {
  // A LibTorch for processors has no NCCL, and the library would not find in it what it calls.
  if (dlsym(RTLD_DEFAULT, kNcclOfLibTorch) == nullptr) {
    reason = "this LibTorch has no NCCL";
    return nullptr;
  }
  static void *library = nullptr;
  auto path = own_folder() + "/" + kName;
  if (library == nullptr) library = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) {
    const char *message = dlerror();
    reason = message == nullptr ? kName : message;
    return nullptr;
  }
  auto *make = reinterpret_cast<rondo_make_nccl *>(dlsym(library, kMakeNccl));
  if (make == nullptr) reason = path + " is of another Rondo";
  return make;
}

}  // namespace

int32_t ct_nccl_missing(char **reason) {
  std::string text;
  bool is_missing = find(text) == nullptr;
  if (is_missing) *reason = strdup(text.c_str());
  return is_missing;
}

int32_t ct_group_use_nccl(ct_group group, int32_t rank, int32_t size, double timeout, char **error) {
  return rondo::guarded(error, [&] {
    // One is enough for all runs of the group, and a second one would meet the first one's keys at the store.
    if (group->nccl) return;
    std::string reason;
    auto *make = find(reason);
    if (make == nullptr) throw std::runtime_error(reason);
    make(group->store, rank, size, timeout, &group->nccl);
    group->group->setBackend(c10::DeviceType::CUDA, c10d::ProcessGroup::BackendType::NCCL, group->nccl);
  });
}
