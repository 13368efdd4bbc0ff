"""Reads photographs as a PyTorch program does: torchvision's ImageFolder and a DataLoader.

    rival.py FOLDER SIZE WORKERS EPOCHS

prints images a second as JSON; an epoch before is not counted.
"""
import json
import os
import sys
import time

import torch

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../Scripts/fixtures"))
import oracle  # noqa: E402, F401  (lets torchvision be imported beside a PyTorch of the CPU)
from torchvision import datasets, transforms  # noqa: E402

folder, size, workers, epochs = sys.argv[1], *map(int, sys.argv[2:5])
images = datasets.ImageFolder(f"{folder}/train", transforms.Compose([
    transforms.RandomResizedCrop(size), transforms.RandomHorizontalFlip(),
    transforms.PILToTensor()]))
loader = torch.utils.data.DataLoader(
    images, 32, shuffle=True, drop_last=True, num_workers=workers, persistent_workers=workers > 0)


def epoch():
    return sum(len(batch) for batch, _ in loader)


epoch()
begun = time.time()
read = sum(epoch() for _ in range(epochs))
print(json.dumps({"images_per_second": read / (time.time() - begun)}))
