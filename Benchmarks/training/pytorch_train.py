"""The same work as `rondo train` in plain PyTorch: network, data, batch, augmentation, schedule.

Plain means what a tutorial has: default memory layout, torch.optim.SGD, OneCycleLR. With --best it
has what an expert adds: channels-last, the fused optimizer, glibc's allocator tuned.

Images come through a DataLoader with a Dataset of single images (--workers N), or, faster on few
cores, as whole batches cut from one tensor (--workers batch).
"""
import argparse
import ctypes
import gzip
import json
import resource
import sys
import time

arguments = argparse.ArgumentParser()
arguments.add_argument("--model", default="resnet-11")
arguments.add_argument("--data", default="/usr/share/datasets/fashion-mnist")
arguments.add_argument("--steps", type=int, default=200)
arguments.add_argument("--batch-size", type=int, default=128)
arguments.add_argument("--workers", default="batch")
arguments.add_argument("--best", action="store_true")
arguments.add_argument("--started", type=float, required=True, help="time.time() before the start")
options = arguments.parse_args()

if options.best:
    libc = ctypes.CDLL("libc.so.6")
    libc.mallopt(-3, 32 << 20)
    libc.mallopt(-1, 1 << 30)

import torch  # noqa: E402
import torch.nn.functional as F  # noqa: E402

from networks import network  # noqa: E402


def read(name, header):
    data = bytearray(gzip.open(f"{options.data}/{name}").read())
    return torch.frombuffer(data, dtype=torch.uint8)[header:]


images = read("train-images-idx3-ubyte.gz", 16).view(-1, 28, 28)
labels = read("train-labels-idx1-ubyte.gz", 8).long()
MEAN, DEVIATION = 0.2860, 0.3530


class Images(torch.utils.data.Dataset):
    def __len__(self):
        return len(images)

    def __getitem__(self, index):
        image = images[index]
        if torch.rand(()) < 0.5:
            image = image.flip(-1)
        return (image.unsqueeze(0).float() / 255 - MEAN) / DEVIATION, labels[index]


def whole_batches():
    while True:
        order = torch.randperm(len(images))
        for start in range(0, len(images) - options.batch_size + 1, options.batch_size):
            chosen = order[start:start + options.batch_size]
            batch = images[chosen]
            mirrored = torch.rand(len(batch)) < 0.5
            batch[mirrored] = batch[mirrored].flip(-1)
            yield (batch.unsqueeze(1).float() / 255 - MEAN) / DEVIATION, labels[chosen]


def loaded_batches():
    loader = torch.utils.data.DataLoader(
        Images(), options.batch_size, shuffle=True, drop_last=True,
        num_workers=int(options.workers), persistent_workers=int(options.workers) > 0)
    while True:
        yield from loader


torch.manual_seed(1)
model = network(options.model)
if options.best:
    model = model.to(memory_format=torch.channels_last)
optimizer = torch.optim.SGD(
    model.parameters(), lr=0.1, momentum=0.9, nesterov=True, weight_decay=5e-4,
    **({"fused": True} if options.best else {}))
schedule = torch.optim.lr_scheduler.OneCycleLR(
    optimizer, 0.2, total_steps=max(options.steps, 10), anneal_strategy="linear")

batches = whole_batches() if options.workers == "batch" else loaded_batches()
first_update = None
warm = min(20, options.steps // 2)
for step in range(options.steps):
    if step == warm:
        warmed = time.time()
    batch, target = next(batches)
    if options.best:
        batch = batch.contiguous(memory_format=torch.channels_last)
    logits = model(batch)
    loss = F.cross_entropy(logits, target, label_smoothing=0.1)
    accuracy = (logits.argmax(1) == target).float().mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    if step < options.steps - 1:
        schedule.step()
    if first_update is None:
        first_update = time.time() - options.started
    shown = (loss.item(), accuracy.item())
elapsed = time.time() - warmed
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
print(json.dumps({
    "images_per_second": (options.steps - warm) * options.batch_size / elapsed,
    "first_update_seconds": first_update,
    "peak_memory_bytes": peak,
    "version": torch.__version__,
}))
