// Each box is set against those that were kept before it, 64 at once, until one of them suppresses it:
// memory is that of the kept boxes, and most boxes of a crowded place are done with after a few.
#include "CBoxes.h"

// A product and a sum stay two roundings, as they are in torchvision.
#pragma STDC FP_CONTRACT OFF

// The same source compiled for several processors; the loader picks the best that is there.
#if defined(__x86_64__) && defined(__linux__)
#define KERNEL __attribute__((target_clones("arch=x86-64-v3", "default"))) static int32_t
#else
#define KERNEL static int32_t
#endif

enum { BLOCK = 64 };

/// The kept boxes by coordinate and area; behind the last as many that overlap nothing as fill a block.
typedef struct {
  float *x1, *y1, *x2, *y2, *area;
} kept_boxes;

static inline float larger(float a, float b) { return a < b ? b : a; }
static inline float smaller(float a, float b) { return b < a ? b : a; }

KERNEL is_suppressed(kept_boxes others, int32_t count, const float *box, float overlap) {
  float x1 = box[0], y1 = box[1], x2 = box[2], y2 = box[3];
  float area = (x2 - x1) * (y2 - y1);
  for (int32_t start = 0; start < count; start += BLOCK) {
    const float *left = others.x1 + start, *top = others.y1 + start;
    const float *right = others.x2 + start, *bottom = others.y2 + start;
    const float *areas = others.area + start;
    int32_t hits = 0;
    for (int32_t lane = 0; lane < BLOCK; lane++) {
      float width = larger(0, smaller(right[lane], x2) - larger(left[lane], x1));
      float height = larger(0, smaller(bottom[lane], y2) - larger(top[lane], y1));
      float shared = width * height;
      hits |= shared / (areas[lane] + area - shared) > overlap;
    }
    if (hits) return 1;
  }
  return 0;
}

int32_t cb_suppress(
  const float *boxes, const int32_t *order, int32_t count, float overlap, float *room,
  int32_t *kept) {
  int32_t size = count + BLOCK;
  kept_boxes others = {room, room + size, room + 2 * size, room + 3 * size, room + 4 * size};
  int32_t found = 0;
  for (int32_t place = 0; place < count; place++) {
    const float *box = boxes + 4 * (int64_t)order[place];
    if (is_suppressed(others, found, box, overlap)) continue;
    if (found % BLOCK == 0) {
      for (int32_t lane = found; lane < found + BLOCK; lane++) {
        others.x1[lane] = others.y1[lane] = others.x2[lane] = others.y2[lane] = 0;
        others.area[lane] = 1;
      }
    }
    others.x1[found] = box[0];
    others.y1[found] = box[1];
    others.x2[found] = box[2];
    others.y2[found] = box[3];
    others.area[found] = (box[2] - box[0]) * (box[3] - box[1]);
    kept[found++] = place;
  }
  return found;
}
