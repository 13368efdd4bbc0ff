// Several processes that train one model: c10d's process group over Gloo, and over NCCL between cards.
#include "Group.hpp"

#include <torch/csrc/autograd/custom_function.h>
#include <torch/csrc/distributed/c10d/PrefixStore.hpp>
#include <torch/csrc/distributed/c10d/TCPStore.hpp>
#include <torch/csrc/distributed/c10d/comm.hpp>

#include <ATen/ops/empty.h>
#include <arpa/inet.h>
#include <c10/util/Logging.h>
#include <netdb.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <future>
#include <memory>
#include <stdexcept>
#include <thread>

#include "Guard.hpp"

using rondo::borrow;
using rondo::borrow_all;
using rondo::guarded;

namespace {

/// The address of this machine from which packets to a host leave, as text.
std::string address_towards(const std::string &host, int port) {
  addrinfo hints{}, *found = nullptr;
  hints.ai_socktype = SOCK_DGRAM;
  if (getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &found) != 0) return host;
  std::string text = host;
  for (auto *each = found; each != nullptr; each = each->ai_next) {
    int handle = socket(each->ai_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (handle < 0) continue;
    sockaddr_storage own{};
    socklen_t length = sizeof own;
    char name[NI_MAXHOST];
    // Connecting a datagram socket sends nothing; it asks the kernel for the route.
    bool known = connect(handle, each->ai_addr, each->ai_addrlen) == 0 &&
                 getsockname(handle, reinterpret_cast<sockaddr *>(&own), &length) == 0 &&
                 getnameinfo(reinterpret_cast<sockaddr *>(&own), length, name, sizeof name, nullptr, 0,
                             NI_NUMERICHOST) == 0;
    close(handle);
    if (known) {
      text = name;
      break;
    }
  }
  freeaddrinfo(found);
  return text;
}

/// The sum of a tensor over the processes. Every process's result depends on it, so its gradient is their gradients' sum.
struct SumOverProcesses : torch::autograd::Function<SumOverProcesses> {
  static at::Tensor forward(torch::autograd::AutogradContext *context, const at::Tensor &tensor,
                            int64_t group) {
    context->saved_data["group"] = group;
    return sum(tensor, group);
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext *context,
                                                 torch::autograd::variable_list gradients) {
    return {sum(gradients[0], context->saved_data["group"].toInt()), at::Tensor()};
  }

 private:
  /// The group's address stands for it: a graph does not outlive its update.
  static at::Tensor sum(const at::Tensor &tensor, int64_t group) {
    std::vector<at::Tensor> one = {tensor.detach().contiguous().clone()};
    reinterpret_cast<ct_group_body *>(group)->group->allreduce(one)->wait();
    return one[0];
  }
};

}  // namespace

int32_t ct_address_towards(const char *host, int32_t port, char **out) {
  return guarded(nullptr, [&] { *out = strdup(address_towards(host, port).c_str()); });
}

/// Opens a store, or gives up: what listens there and never answers would hold c10d for ever.
static c10::intrusive_ptr<c10d::TCPStore> open_store(std::string host, c10d::TCPStoreOptions options,
                                                     std::chrono::milliseconds patience) {
  using Store = c10::intrusive_ptr<c10d::TCPStore>;
  auto promise = std::make_shared<std::promise<Store>>();
  auto store = promise->get_future();
  std::thread([promise, host = std::move(host), options = std::move(options)] {
    try {
      promise->set_value(c10::make_intrusive<c10d::TCPStore>(host, options));
    } catch (...) {
      promise->set_exception(std::current_exception());
    }
  }).detach();
  if (store.wait_for(patience + std::chrono::seconds(2)) != std::future_status::ready)
    throw std::runtime_error("nobody answers the connection");
  return store.get();
}

int32_t ct_group_open(const char *host, int32_t port, int32_t rank, int32_t size, bool serves,
                      const char *prefix, double patience, double timeout, ct_group *out,
                      char **error) {
  return guarded(error, [&] {
    // What c10d logs of a lost connection, with its stack, is said in a sentence by whoever started this.
    static const bool quiet = [] {
      setenv("TORCH_CPP_LOG_LEVEL", "FATAL", /*overwrite=*/0);
      c10::initLogging();
      return true;
    }();
    (void)quiet;
    auto milliseconds = [](double seconds) {
      return std::chrono::milliseconds(static_cast<int64_t>(seconds * 1000));
    };
    auto limit = milliseconds(timeout);
    c10d::TCPStoreOptions options;
    options.port = static_cast<uint16_t>(port);
    options.isServer = serves;
    options.waitWorkers = false;
    options.timeout = milliseconds(patience);
    auto body = std::make_unique<ct_group_body>();
    body->board = open_store(host, options, milliseconds(patience));
    body->board->setTimeout(limit);
    body->store = c10::make_intrusive<c10d::PrefixStore>(prefix, body->board);
    const std::string here = "rondo-here-";
    const std::string own = std::to_string(size);
    body->store->set(here + std::to_string(rank), own);
    auto size_of = [&](int each) {
      auto bytes = body->store->get(here + std::to_string(each));
      return std::string(bytes.begin(), bytes.end());
    };
    auto gloo = c10d::ProcessGroupGloo::Options::create_default(limit);
    gloo->devices = {c10d::ProcessGroupGloo::createDeviceForHostname(address_towards(host, port))};
    try {
      // Groups of other sizes would connect in part, and wait for one another.
      if (rank > 0 && size_of(0) != own) throw std::runtime_error("another size");
      body->gloo = c10::make_intrusive<c10d::ProcessGroupGloo>(body->store, rank, size, gloo);
    } catch (const std::exception &) {
      std::string absent, other;
      try {
        for (int each = 0; each < size; ++each) {
          if (body->store->check({here + std::to_string(each)})) {
            if (other.empty() && size_of(each) != own) other = std::to_string(each) + " " + size_of(each);
            continue;
          }
          absent += (absent.empty() ? "" : ",") + std::to_string(each);
        }
      } catch (const std::exception &) {
        // The store has gone with process 0, which waited no longer either.
        absent.clear();
      }
      if (!other.empty()) throw std::runtime_error("sizes " + other);
      if (absent.empty()) throw;
      throw std::runtime_error("absent " + absent);
    }
    body->group = c10::make_intrusive<c10d::ProcessGroup>(body->store, rank, size);
    body->group->setDefaultBackend(c10d::ProcessGroup::BackendType::GLOO);
    body->group->setBackend(c10::DeviceType::CPU, c10d::ProcessGroup::BackendType::GLOO, body->gloo);
    // Through the computer's memory; ct_group_use_nccl takes its place.
    body->group->setBackend(c10::DeviceType::CUDA, c10d::ProcessGroup::BackendType::GLOO, body->gloo);
    body->group->setGroupName("rondo");
    *out = body.release();
  });
}

void ct_group_close(ct_group group) {
  guarded(nullptr, [&] {
    std::unique_ptr<ct_group_body> body(group);
    // Taken apart without it, NCCL would wait for messages that do not come.
    if (body->nccl) body->nccl->shutdown();
  });
}

int32_t ct_group_post(ct_group group, const char *key, const char *text, char **error) {
  return guarded(error, [&] { group->board->set(key, std::string(text)); });
}

int32_t ct_group_posted(ct_group group, const char *key, char **out, char **error) {
  return guarded(error, [&] {
    *out = nullptr;
    if (!group->board->check({key})) return;
    auto bytes = group->board->get(key);
    *out = strdup(std::string(bytes.begin(), bytes.end()).c_str());
  });
}

int32_t ct_group_sum(ct_group group, const ct_tensor *tensors, int32_t count, char **error) {
  return guarded(error, [&] {
    for (auto &tensor : borrow_all(tensors, count)) {
      std::vector<at::Tensor> one = {tensor};
      group->group->allreduce(one)->wait();
    }
  });
}

int32_t ct_group_total(ct_group group, ct_tensor tensor, ct_tensor *out, char **error) {
  return rondo::giving(out, error, [&] {
    return SumOverProcesses::apply(borrow(tensor), reinterpret_cast<int64_t>(group));
  });
}

int32_t ct_group_broadcast(ct_group group, const ct_tensor *tensors, int32_t count, char **error) {
  return guarded(error, [&] {
    c10d::broadcast_coalesced(group->group, borrow_all(tensors, count), kBucket, 0);
  });
}

int32_t ct_group_gather(ct_group group, ct_tensor tensor, const ct_tensor *outputs, int32_t count,
                        char **error) {
  return guarded(error, [&] {
    std::vector<at::Tensor> inputs = {borrow(tensor)};
    std::vector<std::vector<at::Tensor>> lists = {borrow_all(outputs, count)};
    group->group->allgather(lists, inputs)->wait();
  });
}

int32_t ct_group_barrier(ct_group group, char **error) {
  return guarded(error, [&] {
    c10d::BarrierOptions options;
    group->gloo->monitoredBarrier(options, /*waitAllRanks=*/true);
  });
}
