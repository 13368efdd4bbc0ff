// Conversions from a floating-point number to a whole one that are defined for every number.
//
// In C and in Swift a conversion of what is out of range is an error of the program, so the range is
// compared first. They are here, and inline, since Swift has no conversion that does not check again.
#pragma once
#include <stdint.h>

/// The nearest whole number towards zero; the nearest bound of what is out of range, 0 of NaN.
static inline int64_t cn_int64(double value) {
  if (value >= 0x1p63) return INT64_MAX;
  if (value > -0x1p63) return (int64_t)value;
  return value != value ? 0 : INT64_MIN;
}

/// The same without a sign: what is below 0 is 0.
static inline uint64_t cn_uint64(double value) {
  if (value >= 0x1p64) return UINT64_MAX;
  return value > 0 ? (uint64_t)value : 0;
}
