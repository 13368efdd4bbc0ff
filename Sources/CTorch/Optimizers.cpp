// One update of a group of parameters, in place and without gradient.
#include <ATen/TensorOperators.h>
#include <ATen/ops/_foreach_add.h>
#include <ATen/ops/_foreach_addcdiv.h>
#include <ATen/ops/_foreach_addcmul.h>
#include <ATen/ops/_foreach_div.h>
#include <ATen/ops/_foreach_lerp.h>
#include <ATen/ops/_foreach_mul.h>
#include <ATen/ops/_foreach_norm.h>
#include <ATen/ops/_foreach_sqrt.h>
#include <ATen/ops/_fused_adam.h>
#include <ATen/ops/_fused_adamw.h>
#include <ATen/ops/_fused_sgd.h>
#include <ATen/ops/clamp.h>
#include <ATen/ops/isfinite.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/zeros.h>
#include <c10/core/GradMode.h>

#include <cmath>

#include "Guard.hpp"

using rondo::borrow;
using rondo::guarded;

namespace {

/// The tensors that have a gradient, with their gradients and the state that goes with them.
struct Selection {
  std::vector<at::Tensor> parameters, gradients, first, second, steps;

  Selection(const ct_tensor *handles, int32_t count, const ct_tensor *first_state,
            const ct_tensor *second_state = nullptr, const ct_tensor *step_counts = nullptr) {
    parameters.reserve(count);
    gradients.reserve(count);
    for (int32_t index = 0; index < count; ++index) {
      auto parameter = borrow(handles[index]);
      auto gradient = parameter.grad();
      if (!gradient.defined()) continue;
      parameters.push_back(parameter);
      gradients.push_back(gradient);
      if (first_state != nullptr) first.push_back(borrow(first_state[index]));
      if (second_state != nullptr) second.push_back(borrow(second_state[index]));
      if (step_counts != nullptr) steps.push_back(borrow(step_counts[index]));
    }
  }

  bool empty() const { return parameters.empty(); }
};

void foreach_sgd(Selection &chosen, double rate, double momentum, double weight_decay,
                 bool nesterov) {
  auto gradients = chosen.gradients;
  if (weight_decay != 0) gradients = at::_foreach_add(gradients, chosen.parameters, weight_decay);
  if (momentum != 0) {
    at::_foreach_mul_(chosen.first, momentum);
    at::_foreach_add_(chosen.first, gradients, 1);
    if (nesterov) {
      gradients = at::_foreach_add(gradients, chosen.first, momentum);
    } else {
      gradients = chosen.first;
    }
  }
  at::_foreach_add_(chosen.parameters, gradients, -rate);
}

void foreach_adam(Selection &chosen, double rate, double beta1, double beta2, double weight_decay,
                  double epsilon, bool decoupled) {
  auto gradients = chosen.gradients;
  if (weight_decay != 0) {
    if (decoupled) {
      at::_foreach_mul_(chosen.parameters, 1 - rate * weight_decay);
    } else {
      gradients = at::_foreach_add(gradients, chosen.parameters, weight_decay);
    }
  }
  at::_foreach_lerp_(chosen.first, gradients, 1 - beta1);
  at::_foreach_mul_(chosen.second, beta2);
  at::_foreach_addcmul_(chosen.second, gradients, gradients, 1 - beta2);
  for (size_t index = 0; index < chosen.parameters.size(); ++index) {
    double step = chosen.steps[index].item().toDouble();
    double correction1 = 1 - std::pow(beta1, step);
    double correction2 = std::sqrt(1 - std::pow(beta2, step));
    auto denominator = chosen.second[index].sqrt().div_(correction2).add_(epsilon);
    chosen.parameters[index].addcdiv_(chosen.first[index], denominator, -rate / correction1);
  }
}

}  // namespace

int32_t ct_sgd(const ct_tensor *parameters, const ct_tensor *momenta, int32_t count, double rate,
               double momentum, double weight_decay, int32_t nesterov, int32_t fused, char **error) {
  return guarded(error, [&] {
    c10::AutoGradMode without(false);
    Selection chosen(parameters, count, momenta);
    if (chosen.empty()) return;
    // The fused kernel refuses momenta where they have no weight.
    if (fused && momentum != 0) {
      at::_fused_sgd_(chosen.parameters, chosen.gradients, chosen.first, weight_decay, momentum,
                      rate, /*dampening*/ 0, nesterov != 0, /*maximize*/ false,
                      /*is_first_step: the momenta begin as zeros*/ false);
    } else {
      foreach_sgd(chosen, rate, momentum, weight_decay, nesterov != 0);
    }
  });
}

int32_t ct_adam(const ct_tensor *parameters, const ct_tensor *first_moments,
                const ct_tensor *second_moments, const ct_tensor *steps, int32_t count, double rate,
                double beta1, double beta2, double weight_decay, double epsilon, int32_t decoupled,
                int32_t fused, char **error) {
  return guarded(error, [&] {
    c10::AutoGradMode without(false);
    Selection chosen(parameters, count, first_moments, second_moments, steps);
    if (chosen.empty()) return;
    at::_foreach_add_(chosen.steps, 1);
    if (!fused) {
      foreach_adam(chosen, rate, beta1, beta2, weight_decay, epsilon, decoupled != 0);
    } else if (decoupled) {
      at::_fused_adamw_(chosen.parameters, chosen.gradients, chosen.first, chosen.second, {},
                        chosen.steps, rate, beta1, beta2, weight_decay, epsilon, false, false);
    } else {
      at::_fused_adam_(chosen.parameters, chosen.gradients, chosen.first, chosen.second, {},
                       chosen.steps, rate, beta1, beta2, weight_decay, epsilon, false, false);
    }
  });
}

int32_t ct_clip_gradients(const ct_tensor *parameters, int32_t count, double limit, ct_tensor *norm,
                          char **error) {
  return rondo::giving(norm, error, [&] {
    c10::AutoGradMode without(false);
    Selection chosen(parameters, count, nullptr);
    if (chosen.empty()) return at::zeros({});
    // The factor stays on the device, 1 where the norm is small enough: nobody waits for it.
    auto total = at::stack(at::_foreach_norm(chosen.gradients, 2)).norm();
    at::_foreach_mul_(chosen.gradients, (limit / (total + 1e-6)).clamp_max(1));
    return total;
  });
}

int32_t ct_unscale_gradients(const ct_tensor *parameters, int32_t count, double factor,
                             int32_t *finite, char **error) {
  return guarded(error, [&] {
    c10::AutoGradMode without(false);
    Selection chosen(parameters, count, nullptr);
    *finite = 1;
    if (chosen.empty()) return;
    at::_foreach_mul_(chosen.gradients, factor);
    auto largest = at::stack(at::_foreach_norm(chosen.gradients, INFINITY));
    *finite = at::isfinite(largest).all().item().toBool();
  });
}

int32_t ct_move_towards(const ct_tensor *targets, const ct_tensor *sources, int32_t count,
                        double share, char **error) {
  return guarded(error, [&] {
    c10::AutoGradMode without(false);
    at::_foreach_lerp_(rondo::borrow_all(targets, count), rondo::borrow_all(sources, count), share);
  });
}
