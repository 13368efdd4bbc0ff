"""Times the evaluation of images in memory in plain PyTorch: model.eval(), torch.no_grad(), default memory layout.

    python3 rival.py DEPTH BATCH IMAGES

prints images a second as JSON. With --best the model and the images are channels-last.
"""
import json
import pathlib
import sys
import time

import torch

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "training"))
from networks import network  # noqa: E402

best = "--best" in sys.argv
depth, batch, images = (int(word) for word in sys.argv[1:] if word.isdigit())
layout = torch.channels_last if best else torch.contiguous_format
model = network(f"resnet-{depth}", channels=3).to(memory_format=layout).eval()
pixels = torch.randint(0, 256, (images, 3, 32, 32), dtype=torch.uint8)
labels = torch.arange(images) % 10


def evaluate():
    correct = 0
    with torch.no_grad():
        for start in range(0, images - batch + 1, batch):
            x = pixels[start:start + batch].to(memory_format=layout).float() / 64 - 2
            correct += (model(x).argmax(1) == labels[start:start + batch]).sum().item()
    return correct


evaluate()
begun = time.perf_counter()
evaluate()
print(json.dumps({"images_per_second": images // batch * batch / (time.perf_counter() - begun),
                  "version": torch.__version__}))
