// Names of Gloo that c10d's headers mention; PyTorch's wheel lacks the headers, and none of their contents is needed.
#pragma once
#include <chrono>
#include <memory>
namespace gloo {
class Context {
 public:
  void setTimeout(std::chrono::milliseconds);
};
}  // namespace gloo
