// Suppression of boxes, in C for its vector instructions.
#pragma once
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// Goes through boxes by falling score and keeps each that overlaps no kept one by more than a share.
///
/// `boxes` are [n, 4]: x1, y1, x2, y2; `order` names `count` of them, the best first. `room` has place for
/// 5 * (count + 64) floats. `kept` gets the places in `order` of those that are kept; returns how many.
int32_t cb_suppress(
  const float *boxes, const int32_t *order, int32_t count, float overlap, float *room,
  int32_t *kept);

#ifdef __cplusplus
}
#endif
