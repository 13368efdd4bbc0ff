"""What share of an update of ResNet-20 is convolutions, and how fast those run.

Times each convolution of the network alone, forward and backward, channels-last, with the kernels that
PyTorch and Rondo share (oneDNN), a matrix product for scale, and an update in Rondo, in turn.

    convolutions.py FOLDER         an image folder of 32x32 images, as CIFAR-10's
"""
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time

import torch

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, os.path.dirname(HERE))
import machine  # noqa: E402

RONDO = f"{ROOT}/.build/release/rondo"
BATCH = 128
# inputs, outputs, size of the input, kernel, stride, how often
LAYERS = [
    (3, 16, 32, 3, 1, 1), (16, 16, 32, 3, 1, 6), (16, 32, 32, 3, 2, 1), (16, 32, 32, 1, 2, 1),
    (32, 32, 16, 3, 1, 5), (32, 64, 16, 3, 2, 1), (32, 64, 16, 1, 2, 1), (64, 64, 8, 3, 1, 5)]


def seconds(work, repeats=5):
    work()
    times = []
    for _ in range(repeats):
        begun = time.perf_counter()
        work()
        times.append(time.perf_counter() - begun)
    return statistics.median(times)


def layer(inputs, outputs, size, kernel, stride):
    convolution = torch.nn.Conv2d(
        inputs, outputs, kernel, stride, kernel // 2, bias=False).to(memory_format=torch.channels_last)
    x = torch.randn(BATCH, inputs, size, size).contiguous(memory_format=torch.channels_last)
    x.requires_grad_(inputs > 3)
    with torch.no_grad():
        y = convolution(x)
    above = torch.randn_like(y)
    forward = seconds(lambda: convolution(x).detach())
    both = seconds(lambda: convolution(x).backward(above))
    operations = 2 * y.numel() * inputs * kernel * kernel
    return forward, both - forward, operations, operations * (2 if inputs > 3 else 1)


def round_of():
    sums = [0.0] * 4
    for *shape, count in LAYERS:
        for index, value in enumerate(layer(*shape)):
            sums[index] += count * value
    a, b = torch.randn(2048, 2048), torch.randn(2048, 2048)
    product = 2 * 2048 ** 3 / seconds(lambda: a @ b)
    with tempfile.TemporaryDirectory() as runs:
        done = subprocess.run(
            [RONDO, "train", "--data", sys.argv[1], "--model", "resnet-20", "--batch-size", str(BATCH),
             "--steps", "60", "--base-lr", "0.01", "--max-lr", "0.1", "--crop-padding", "4",
             "--precision", "float32", "--runs", runs, "--format", "json"], capture_output=True, text=True, check=True)
    update = BATCH / json.loads(done.stdout.strip().split("\n")[-1])["images_per_second"]
    forward, backward, operations, back = sums
    return {
        "forward_seconds": forward, "backward_seconds": backward, "update_seconds": update,
        "share_of_update": (forward + backward) / update,
        "forward_gflops": operations / forward / 1e9, "backward_gflops": back / backward / 1e9,
        "matrix_product_gflops": product / 1e9}


rounds = []
for number in range(3):
    rounds.append(round_of())
    print(f"round {number + 1}: " + ", ".join(f"{k} {v:.3g}" for k, v in rounds[-1].items()), flush=True)
save = f"{HERE}/results/resnet-20-cpu-convolutions.json"
with open(save, "w") as file:
    json.dump({"command": "convolutions.py FOLDER", "machine": machine.description(RONDO),
               "rounds": rounds}, file, indent=1)
    file.write("\n")
