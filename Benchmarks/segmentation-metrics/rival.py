"""Evaluates a folder of predicted masks by a folder of true ones with NumPy and SciPy, and says how long it took.

    python rival.py PREDICTIONS TRUTH

The same figures as Rondo's, as one would write them; the masks are in memory before the clock starts.
"""
import json
import os
import sys
import time

import numpy as np
from PIL import Image
from scipy import ndimage

THRESHOLDS = np.arange(0.5, 0.96, 0.05).round(2)
SQUARE = np.ones((3, 3), bool)


def window(a, b):
    """The part in which either is, as MONAI crops it."""
    either = a | b
    rows, columns = np.flatnonzero(either.any(1)), np.flatnonzero(either.any(0))
    if not rows.size:
        return a, b
    part = slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)
    return a[part], b[part]


def edges(mask):
    return mask & ~ndimage.binary_erosion(mask)


def band(mask, reach):
    return mask & ~ndimage.binary_erosion(np.pad(mask, 1), SQUARE, iterations=reach)[1:-1, 1:-1]


def boundaries(a, b, diagonal):
    if not a.any() and not b.any():
        return None, None, None
    small_a, small_b = window(a, b)
    reach = max(1, round(0.02 * diagonal))
    c, d = band(small_a, reach), band(small_b, reach)
    iou = (c & d).sum() / (c | d).sum()
    if not a.any() or not b.any():
        return None, iou, 0.0
    of_a, of_b = edges(small_a), edges(small_b)
    to_a = ndimage.distance_transform_edt(~of_a)[of_b]
    to_b = ndimage.distance_transform_edt(~of_b)[of_a]
    precision, recall = (np.mean(to <= 0.0075 * diagonal) for to in (to_a, to_b))
    f1 = 2 * precision * recall / (precision + recall) if precision + recall else 0.0
    return max(np.percentile(to_a, 95), np.percentile(to_b, 95)), iou, f1


def match(a, b):
    pairs = np.bincount(a.ravel().astype(np.int64) * (int(b.max()) + 1) + b.ravel(),
                        minlength=(int(a.max()) + 1) * (int(b.max()) + 1))
    shared = pairs.reshape(int(a.max()) + 1, int(b.max()) + 1)
    areas_a, areas_b = shared.sum(1), shared.sum(0)
    count = (areas_a[1:] > 0).sum() + (areas_b[1:] > 0).sum()
    if not count:
        return None
    inner = shared[1:, 1:]
    union = np.maximum(areas_a[1:, None] + areas_b[None, 1:] - inner, 1)
    overlap = inner / union
    hits = np.array([(overlap > threshold).sum() for threshold in THRESHOLDS])
    return hits / (count - hits), hits[0], count - hits[0]


def nan_mean(values):
    values = [value for value in values if value is not None]
    return float(np.mean(values)) if values else None


def evaluate(pairs):
    rows, matrix, together = [], np.zeros((2, 2), np.int64), np.zeros(2)
    for truth, answer in pairs:
        a, b = truth > 0, answer > 0
        matrix += np.bincount(2 * a.ravel().astype(np.int64) + b.ravel(), minlength=4).reshape(2, 2)
        both, total = (a & b).sum(), a.sum() + b.sum()
        hd95, boundary_iou, f1 = boundaries(a, b, np.hypot(*a.shape))
        found = match(truth, answer)
        if found is not None:
            together += found[1:]
        rows.append((2 * both / total if total else None, both / (total - both) if total else None,
                     hd95, boundary_iou, f1, None if found is None else found[0][0],
                     None if found is None else found[0].mean()))
    names = ("dice", "iou", "hd95", "boundary_iou", "boundary_f1", "ap50", "ap")
    figures = {name: nan_mean(row[place] for row in rows) for place, name in enumerate(names)}
    ious = np.diag(matrix) / (matrix.sum(0) + matrix.sum(1) - np.diag(matrix))
    figures.update(
        dice_pooled=2 * matrix[1, 1] / (matrix.sum(0) + matrix.sum(1))[1], iou_pooled=ious[1],
        mean_iou=ious.mean(), pixel_accuracy=np.diag(matrix).sum() / matrix.sum(),
        ap50_pooled=together[0] / together[1])
    return {name: float(value) for name, value in figures.items()}


if __name__ == "__main__":
    start = time.perf_counter()
    names = sorted(os.listdir(sys.argv[2]))
    pairs = [tuple(np.array(Image.open(os.path.join(folder, name))).astype(np.int32)
                   for folder in (sys.argv[2], sys.argv[1])) for name in names]
    middle = time.perf_counter()
    figures = evaluate(pairs)
    end = time.perf_counter()
    print(json.dumps({"loading": middle - start, "oneCore": end - middle,
                      "together": end - start, "metrics": figures}))
