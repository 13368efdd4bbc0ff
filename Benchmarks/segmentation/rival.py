"""The same work as `rondo train` on images with instances, in plain PyTorch: U-Net, crops, augmentation,
loss, optimizer, schedule.

Plain means what a tutorial has: default memory layout, a DataLoader with one worker, torch.optim.AdamW,
OneCycleLR. With --best it has what an expert adds: channels-last, the fused optimizer, glibc's allocator
tuned. Images are decoded, and their borders made, before the clock starts.

Needs numpy and pillow.
"""
import argparse
import ctypes
import json
import math
import pathlib
import random
import resource
import sys
import time

arguments = argparse.ArgumentParser()
arguments.add_argument("--data", required=True, help="a folder of images/, instances/ and train.txt")
arguments.add_argument("--width", type=int, default=16)
arguments.add_argument("--depth", type=int, default=4)
arguments.add_argument("--crop", type=int, default=256)
arguments.add_argument("--batch-size", type=int, default=8)
arguments.add_argument("--steps", type=int, default=40)
arguments.add_argument("--workers", type=int, default=1)
arguments.add_argument("--images", type=int, default=150, help="so many are enough to time by")
arguments.add_argument("--best", action="store_true")
arguments.add_argument("--half", action="store_true", help="autocast to bfloat16")
options = arguments.parse_args()

if options.best:
    libc = ctypes.CDLL("libc.so.6")
    libc.mallopt(-3, 32 << 20)
    libc.mallopt(-1, 1 << 30)

import numpy  # noqa: E402
import torch  # noqa: E402
import torch.nn.functional as F  # noqa: E402
from PIL import Image  # noqa: E402

from unet import UNet  # noqa: E402

IGNORED = 255


def read(name):
    """An image, [3, H, W], and its classes: 0 background, 1 inside, 2 within two pixels of another's."""
    folder = pathlib.Path(options.data)
    pixels = numpy.asarray(Image.open(folder / "images" / f"{name}.png").convert("RGB"))
    instances = torch.from_numpy(
        numpy.asarray(Image.open(folder / "instances" / f"{name}.png")).astype(numpy.float32))
    around = instances[None, None]
    largest = F.max_pool2d(around, 5, 1, 2)[0, 0]
    smallest = -F.max_pool2d(-around, 5, 1, 2)[0, 0]
    classes = torch.where(instances > 0, torch.where(largest == smallest, 1.0, 2.0), 0.0)
    return torch.from_numpy(pixels.copy()).permute(2, 0, 1), classes


class Crops(torch.utils.data.Dataset):
    """Mirrored, turned by quarters and 15 degrees, scaled by 0.8 to 1.25, bent, in other colors."""

    def __init__(self):
        names = (pathlib.Path(options.data) / "train.txt").read_text().split()
        self.images = [read(name) for name in names[:options.images]]
        levels = torch.cat([image.flatten(1) for image, _ in self.images], 1).float() / 255
        self.mean, self.deviation = levels.mean(1).view(3, 1, 1), levels.std(1).view(3, 1, 1)

    def __len__(self):
        return options.batch_size * options.steps

    def __getitem__(self, index):
        image, classes = self.images[random.randrange(len(self.images))]
        size = options.crop
        _, height, width = image.shape
        factor = math.exp(random.uniform(math.log(0.8), math.log(1.25)))
        angle = math.radians(90 * random.randrange(4) + random.uniform(-15, 15))
        across, down = random.choice([-1, 1]) / factor, random.choice([-1, 1]) / factor
        turn = torch.tensor([
            [math.cos(angle) * across, math.sin(angle) * down],
            [-math.sin(angle) * across, math.cos(angle) * down]])
        steps = torch.arange(size) - (size - 1) / 2
        places = torch.stack(torch.meshgrid(steps, steps, indexing="xy"), -1)
        bent = torch.randn(1, 2, size // 64 + 3, size // 64 + 3) * 4
        places = places + F.interpolate(
            bent, size=(size, size), mode="bicubic", align_corners=False)[0].permute(1, 2, 0)
        room = [side - size / factor for side in (width, height)]
        middle = torch.tensor([
            random.uniform(min(0, free), max(0, free)) + size / factor / 2 for free in room])
        found = (places @ turn.T + middle) / torch.tensor([width, height]) * 2 - 1
        crop = F.grid_sample(
            image[None].float(), found[None], mode="bilinear", padding_mode="reflection",
            align_corners=False)[0] / 255
        # One more, so that what lies beyond the image is 0 and can be told from the background.
        target = F.grid_sample(
            classes[None, None] + 1, found[None], mode="nearest", padding_mode="zeros",
            align_corners=False)[0, 0].long() - 1
        target[target < 0] = IGNORED
        return (self.recolored(crop) - self.mean) / self.deviation, target

    @staticmethod
    def recolored(crop):
        gray = torch.tensor([0.299, 0.587, 0.114]).view(3, 1, 1)
        bright, contrast, color = (random.uniform(0.8, 1.2) for _ in range(3))
        crop = (crop * bright).clamp(0, 1)
        middle = (crop * gray).sum(0).mean()
        crop = (contrast * crop + (1 - contrast) * middle).clamp(0, 1)
        return (color * crop + (1 - color) * (crop * gray).sum(0, keepdim=True)).clamp(0, 1)


def dice(logits, target):
    known = (target != IGNORED)[:, None]
    truth = (target[:, None] == torch.arange(logits.shape[1]).view(1, -1, 1, 1)).float()
    answer = logits.softmax(1) * known
    both = (answer * truth).sum((0, 2, 3))
    either = answer.sum((0, 2, 3)) + truth.sum((0, 2, 3))
    return 1 - ((2 * both + 1) / (either + 1))[1:].mean()


torch.manual_seed(1)
random.seed(1)
layout = torch.channels_last if options.best else torch.contiguous_format
model = UNet(options.width, options.depth, 3).to(memory_format=layout)
optimizer = torch.optim.AdamW(
    model.parameters(), lr=1e-3, weight_decay=1e-2, **({"fused": True} if options.best else {}))
schedule = torch.optim.lr_scheduler.OneCycleLR(
    optimizer, 3e-3, total_steps=options.steps, anneal_strategy="linear")
loader = torch.utils.data.DataLoader(
    Crops(), options.batch_size, num_workers=options.workers)
warm = min(20, options.steps // 2)
for step, (images, targets) in enumerate(loader):
    if step == warm:
        warmed = time.perf_counter()
    with torch.autocast("cpu", torch.bfloat16, enabled=options.half):
        logits = model(images.contiguous(memory_format=layout))
    logits = logits.float()
    loss = F.cross_entropy(logits, targets, ignore_index=IGNORED) + dice(logits, targets)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    schedule.step()
    loss.item()
seconds = time.perf_counter() - warmed
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
print(json.dumps({
    "images_per_second": (options.steps - warm) * options.batch_size / seconds,
    "peak_memory_bytes": peak, "loss": loss.item(), "version": torch.__version__,
}))
