"""Times torchvision's nms and batched_nms on boxes that are read from a file: compare.py runs it."""
import json
import sys
import time

import numpy as np
import torch
from torchvision.ops import batched_nms, nms

path, count, overlap, repeats = sys.argv[1], int(sys.argv[2]), float(sys.argv[3]), int(sys.argv[4])
data = open(path, "rb").read()
boxes = torch.from_numpy(np.frombuffer(data, np.float32, 4 * count).reshape(count, 4).copy())
scores = torch.from_numpy(np.frombuffer(data, np.float32, count, 16 * count).copy())
labels = torch.from_numpy(np.frombuffer(data, np.int64, count, 20 * count).copy())


def fastest(suppress):
    best = float("inf")
    for _ in range(repeats):
        start = time.perf_counter()
        kept = suppress()
        best = min(best, time.perf_counter() - start)
    return best, kept.tolist()


plain, kept = fastest(lambda: nms(boxes, scores, overlap))
labeled, kept_of_labels = fastest(lambda: batched_nms(boxes, scores, labels, overlap))
print(json.dumps({"plain": plain, "labeled": labeled, "kept": kept, "keptOfLabels": kept_of_labels}))
