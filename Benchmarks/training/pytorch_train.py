"""The same work as `rondo train` in plain PyTorch: network, data, batch, augmentation, schedule.

Plain means what a tutorial has: default memory layout, torch.optim.SGD, OneCycleLR. With --best it
has what an expert adds: channels-last, the fused optimizer, glibc's allocator tuned; with --compile
torch.compile too, whose time to compile is said apart.

Images come through a DataLoader with a Dataset of single images (--workers N), or, faster on few
cores, as whole batches cut from one tensor that lies on the device (--workers batch). Those of an
image folder are shifted by up to 4 pixels and mirrored, those of Fashion-MNIST mirrored.
"""
import argparse
import ctypes
import gzip
import json
import os
import resource
import sys
import tempfile
import time

arguments = argparse.ArgumentParser()
arguments.add_argument("--model", default="resnet-11")
arguments.add_argument("--data", default="/usr/share/datasets/fashion-mnist",
                       help="Fashion-MNIST's files, or an image folder with train/CLASS/*.jpg")
arguments.add_argument("--steps", type=int, default=200)
arguments.add_argument("--batch-size", type=int, default=128)
arguments.add_argument("--workers", default="batch")
arguments.add_argument("--device", default="cpu")
arguments.add_argument("--best", action="store_true")
arguments.add_argument("--compile", action="store_true")
arguments.add_argument("--started", type=float, required=True, help="time.time() before the start")
arguments.add_argument("--half", action="store_true", help="autocast to bfloat16")
options = arguments.parse_args()

if options.best:
    libc = ctypes.CDLL("libc.so.6")
    libc.mallopt(-3, 32 << 20)
    libc.mallopt(-1, 1 << 30)

import torch  # noqa: E402
import torch.nn.functional as F  # noqa: E402

from networks import network  # noqa: E402

SHIFT = 4


def fashion_mnist():
    def read(name, header):
        data = bytearray(gzip.open(f"{options.data}/{name}").read())
        return torch.frombuffer(data, dtype=torch.uint8)[header:]

    images = read("train-images-idx3-ubyte.gz", 16).view(-1, 1, 28, 28)
    return images, read("train-labels-idx1-ubyte.gz", 8).long(), 0


def image_folder():
    import numpy
    from PIL import Image
    root = f"{options.data}/train"
    # Decoded once for all runs: the time to the first update is not compared on image folders.
    cache = f"{tempfile.gettempdir()}/rondo-bench{root.replace('/', '-')}.pt"
    if os.path.exists(cache):
        return *torch.load(cache), SHIFT
    pixels, labels = [], []
    for label, name in enumerate(sorted(os.listdir(root))):
        for file in sorted(os.listdir(f"{root}/{name}")):
            pixels.append(numpy.asarray(Image.open(f"{root}/{name}/{file}").convert("RGB")))
            labels.append(label)
    images = torch.from_numpy(numpy.stack(pixels)).permute(0, 3, 1, 2).contiguous()
    torch.save((images, torch.tensor(labels)), cache)
    return images, torch.tensor(labels), SHIFT


isFolder = os.path.isdir(f"{options.data}/train")
images, labels, shift = image_folder() if isFolder else fashion_mnist()
channels = images.shape[1]
levels = images[:10_000].float() / 255
MEAN = levels.mean((0, 2, 3)).view(-1, 1, 1)
DEVIATION = levels.std((0, 2, 3)).view(-1, 1, 1)
device = torch.device(options.device)


class Images(torch.utils.data.Dataset):
    def __len__(self):
        return len(images)

    def __getitem__(self, index):
        image = images[index]
        if shift:
            size = image.shape[-1]
            top, left = torch.randint(0, 2 * shift + 1, (2,)).tolist()
            image = F.pad(image, (shift,) * 4)[:, top:top + size, left:left + size]
        if torch.rand(()) < 0.5:
            image = image.flip(-1)
        return (image.float() / 255 - MEAN) / DEVIATION, labels[index]


def whole_batches():
    mean, deviation = MEAN.to(device), DEVIATION.to(device)
    pixels, classes = images.to(device), labels.to(device)
    size = pixels.shape[-1]
    padded = F.pad(pixels, (shift,) * 4) if shift else pixels
    while True:
        order = torch.randperm(len(images), device=device)
        for start in range(0, len(images) - options.batch_size + 1, options.batch_size):
            chosen = order[start:start + options.batch_size]
            batch = padded[chosen]
            if shift:
                rows = torch.arange(size, device=device)
                tops, lefts = torch.randint(0, 2 * shift + 1, (2, len(chosen), 1), device=device)
                batch = batch.gather(2, (tops + rows)[:, None, :, None].expand(
                    -1, channels, -1, batch.shape[3]))
                batch = batch.gather(3, (lefts + rows)[:, None, None, :].expand(
                    -1, channels, size, -1))
            mirrored = torch.rand(len(batch), device=device) < 0.5
            batch = torch.where(mirrored[:, None, None, None], batch.flip(-1), batch)
            yield (batch.float() / 255 - mean) / deviation, classes[chosen]


def loaded_batches():
    loader = torch.utils.data.DataLoader(
        Images(), options.batch_size, shuffle=True, drop_last=True,
        num_workers=int(options.workers), persistent_workers=int(options.workers) > 0,
        pin_memory=device.type == "cuda")
    while True:
        for batch, target in loader:
            yield batch.to(device, non_blocking=True), target.to(device, non_blocking=True)


torch.manual_seed(1)
model = network(options.model, channels).to(device)
if options.best:
    model = model.to(memory_format=torch.channels_last)
    torch.backends.cudnn.benchmark = True
optimizer = torch.optim.SGD(
    model.parameters(), lr=0.1, momentum=0.9, nesterov=True, weight_decay=5e-4,
    **({"fused": True} if options.best else {}))
schedule = torch.optim.lr_scheduler.OneCycleLR(
    optimizer, 0.2, total_steps=max(options.steps, 10), anneal_strategy="linear")
forward = torch.compile(model) if options.compile else model


def wait():
    if device.type == "cuda":
        torch.cuda.synchronize()


batches = whole_batches() if options.workers == "batch" else loaded_batches()
first_update = None
warm = min(20, options.steps // 2)
shown = []
for step in range(options.steps):
    if step == warm:
        wait()
        warmed = time.time()
    batch, target = next(batches)
    if options.best:
        batch = batch.contiguous(memory_format=torch.channels_last)
    with torch.autocast(options.device.split(":")[0], torch.bfloat16, enabled=options.half):
        logits = forward(batch)
        loss = F.cross_entropy(logits, target, label_smoothing=0.1)
    accuracy = (logits.argmax(1) == target).float().mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    if step < options.steps - 1:
        schedule.step()
    if first_update is None:
        wait()
        first_update = time.time() - options.started
    shown.append((loss.detach(), accuracy))
    # As Rondo does: at once on a CPU, every 16 updates on a device that must be waited for.
    if device.type == "cpu" or len(shown) == 16:
        [(one.item(), other.item()) for one, other in shown]
        shown = []
wait()
elapsed = time.time() - warmed
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
print(json.dumps({
    "images_per_second": (options.steps - warm) * options.batch_size / elapsed,
    "first_update_seconds": first_update,
    "peak_memory_bytes": peak,
    "version": torch.__version__,
}))
