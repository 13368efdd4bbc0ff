"""Trains the long cases with optimizers that claim to need no learning rate, in PyTorch on the same images.

    make bench-advice-rivals ARGS="--cifar10 FOLDER"

The same networks, images, updates, batches and augmentation as `AdviceBenchmark long`; each optimizer as its own
README advises, with learning rate 1 (Prodigy, D-Adaptation, DoG, Mechanic) or the paper's default (schedule-free).
The weight decay is the better of two by seed 1, so that no rival is below its best. `onecycle` is PyTorch's
OneCycleLR at a peak that is given, to see that both programs train alike. Rows of results/long/rivals.csv that are
there are not made again.
"""
import argparse
import csv
import gzip
import math
import os
import struct
import time
from pathlib import Path

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

HERE = Path(__file__).resolve().parent
FASHION = Path("/usr/share/datasets/fashion-mnist")
# name: data, images, network, optimizer family, batch, updates, as in LongCases.swift
CASES = {
    "C2": ("cifar10", 4000, "residual", "sgd", 64, 2000),
    "C3": ("cifar10", 4000, "residual", "adamw", 64, 2000),
    "C4": ("fashion", 2000, "plain", "adamw", 32, 2500),
    "K1": ("cifar10", 2000, "plain", "sgd", 32, 4000),
    "K4": ("cifar10", 4000, "unnormalized", "sgd", 64, 2000),
    "K5": ("cifar10", 50000, "residual", "adamw", 128, 1950),
}
METHODS = ["prodigy", "dadapt-adam", "dadapt-sgd", "dog", "mechanic-adamw", "schedulefree-sgd", "schedulefree-adamw"]
DECAYS = [5e-4, 0.05]
SEEDS = [11, 12, 13]


def conv_norm_relu(inputs, outputs, stride=1):
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False), nn.BatchNorm2d(outputs), nn.ReLU(inplace=True))


class Block(nn.Module):
    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.first = conv_norm_relu(inputs, outputs, stride)
        self.conv = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False)
        self.norm = nn.BatchNorm2d(outputs)
        self.projection = None if inputs == outputs else nn.Conv2d(inputs, outputs, 1, stride, bias=False)

    def forward(self, x):
        short = x if self.projection is None else self.projection(x)
        return F.relu(self.norm(self.conv(self.first(x))) + short)


class Pooled(nn.Module):
    def __init__(self, features, width, classes):
        super().__init__()
        self.features, self.fc = features, nn.Linear(width, classes)

    def forward(self, x):
        return self.fc(self.features(x).mean((2, 3)))


def network(kind, channels, classes):
    """The networks of Networks.swift."""
    if kind == "plain":
        model = Pooled(nn.Sequential(
            conv_norm_relu(channels, 16, 2), conv_norm_relu(16, 32), conv_norm_relu(32, 32, 2),
            conv_norm_relu(32, 64), conv_norm_relu(64, 64, 2)), 64, classes)
    elif kind == "residual":
        model = Pooled(nn.Sequential(
            conv_norm_relu(channels, 16, 2), Block(16, 16, 1), Block(16, 32, 2), Block(32, 64, 2)), 64, classes)
    else:
        model = Pooled(nn.Sequential(
            nn.Conv2d(channels, 16, 5, 1, 2), nn.MaxPool2d(3, 2, 1), nn.ReLU(), nn.Conv2d(16, 16, 5, 1, 2), nn.ReLU(),
            nn.AvgPool2d(2), nn.Conv2d(16, 32, 5, 1, 2), nn.ReLU()), 32, classes)
    for module in model.modules():
        if isinstance(module, nn.Conv2d):
            nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")
    return model.to(memory_format=torch.channels_last)


def every_nth(items, kept):
    return items if len(items) <= kept else [items[k * len(items) // kept] for k in range(kept)]


def folder(path, cache):
    """All images of an image folder, in the order of class and name."""
    if not cache.exists():
        from PIL import Image
        names = sorted(p.name for p in path.iterdir() if p.is_dir())
        files = [(f, k) for k, name in enumerate(names) for f in sorted((path / name).iterdir())]
        pixels = np.stack([np.asarray(Image.open(f).convert("RGB")) for f, _ in files])
        np.savez(cache, pixels=pixels, labels=np.array([k for _, k in files]))
    read = np.load(cache)
    return read["pixels"], read["labels"]


def fashion(part):
    with gzip.open(FASHION / f"{part}-images-idx3-ubyte.gz") as file:
        _, count, height, width = struct.unpack(">4I", file.read(16))
        pixels = np.frombuffer(file.read(), np.uint8).reshape(count, height, width, 1)
    with gzip.open(FASHION / f"{part}-labels-idx1-ubyte.gz") as file:
        file.read(8)
        labels = np.frombuffer(file.read(), np.uint8).astype(np.int64)
    return pixels, labels


def load(data, images, cifar10, cache):
    if data == "fashion":
        train, test = fashion("train"), fashion("t10k")
    else:
        train = folder(Path(cifar10) / "train", cache / "train.npz")
        test = folder(Path(cifar10) / "test", cache / "test.npz")
    pick = lambda part, kept: tuple(part[k][every_nth(list(range(len(part[1]))), kept)] for k in (0, 1))
    (x, y), (tx, ty) = pick(train, images), pick(test, 5000)
    scaled = x.astype(np.float32) / 255
    mean, deviation = scaled.mean((0, 1, 2)), scaled.std((0, 1, 2))
    tensor = lambda a: torch.from_numpy(((a.astype(np.float32) / 255 - mean) / deviation).transpose(0, 3, 1, 2).copy())
    return tensor(x), torch.from_numpy(y), tensor(tx), torch.from_numpy(ty)


def evaluated(model, x, y):
    model.eval()
    with torch.no_grad():
        right = sum(int((model(x[i:i + 250]).argmax(1) == y[i:i + 250]).sum()) for i in range(0, len(x), 250))
    model.train()
    return right / len(x)


def optimizer(method, model, decay, updates, peak):
    """The optimizer, its schedule (None for one that has none), and the averager whose weights are evaluated."""
    parameters = list(model.parameters())
    cosine = lambda o: torch.optim.lr_scheduler.CosineAnnealingLR(o, updates)
    if method == "prodigy":
        import prodigyopt
        made = prodigyopt.Prodigy(parameters, lr=1.0, weight_decay=decay, safeguard_warmup=True, use_bias_correction=True)
        return made, cosine(made), None
    if method.startswith("dadapt"):
        import dadaptation
        made = dadaptation.DAdaptAdam(parameters, lr=1.0, weight_decay=decay, decouple=True) \
            if method == "dadapt-adam" else dadaptation.DAdaptSGD(parameters, lr=1.0, momentum=0.9, weight_decay=decay)
        return made, cosine(made), None
    if method == "dog":
        import dog
        made = dog.DoG(parameters, reps_rel=1e-4, lr=1.0, weight_decay=decay)
        return made, None, dog.PolynomialDecayAverager(model)
    if method == "mechanic-adamw":
        from mechanic_pytorch import mechanize
        made = mechanize(torch.optim.AdamW)(parameters, lr=1.0, weight_decay=decay)
        return made, cosine(made), None
    if method.startswith("schedulefree"):
        import schedulefree
        warm = updates // 20
        made = schedulefree.SGDScheduleFree(parameters, lr=1.0, momentum=0.9, weight_decay=decay, warmup_steps=warm) \
            if method.endswith("sgd") \
            else schedulefree.AdamWScheduleFree(parameters, lr=0.0025, weight_decay=decay, warmup_steps=warm)
        return made, None, None
    family = method.split("-")[1]
    if family == "sgd":
        made = torch.optim.SGD(parameters, lr=peak, momentum=0.85, nesterov=True, weight_decay=decay)
    else:
        made = torch.optim.AdamW(parameters, lr=peak, betas=(0.85, 0.999), weight_decay=decay)
    return made, torch.optim.lr_scheduler.OneCycleLR(
        made, peak, updates, pct_start=0.25, anneal_strategy="linear", base_momentum=0.85, max_momentum=0.95,
        div_factor=10, final_div_factor=100), None


def trained(case, method, decay, seed, data, peak=None):
    kind, family, batch, updates = case[2], case[3], case[4], case[5]
    x, y, tx, ty = data
    torch.manual_seed(seed)
    model = network(kind, x.shape[1], 10)
    made, schedule, averager = optimizer(method, model, decay, updates, peak)
    free = hasattr(made, "eval") and method.startswith("schedulefree")
    if free:
        made.train()
    order = torch.Generator().manual_seed(seed)
    flips = case[0] == "cifar10"
    step = 0
    while step < updates:
        permutation = torch.randperm(len(x), generator=order)
        for start in range(0, len(x) - batch + 1, batch):
            chosen = permutation[start:start + batch]
            images = x[chosen]
            if flips:
                mirrored = torch.rand(batch, generator=order) < 0.5
                images[mirrored] = images[mirrored].flip(3)
            loss = F.cross_entropy(
                model(images.contiguous(memory_format=torch.channels_last)), y[chosen], label_smoothing=0.1)
            if not math.isfinite(loss.item()):
                return None
            made.zero_grad()
            loss.backward()
            made.step()
            if schedule is not None:
                schedule.step()
            if averager is not None:
                averager.step()
            step += 1
            if step == updates:
                break
    if free:
        made.eval()
        # The averaged weights have never been run: batch norms are estimated anew, as the README says.
        with torch.no_grad():
            for _ in range(50):
                model(x[torch.randperm(len(x), generator=order)[:batch]])
    if averager is not None:
        model = averager.averaged_model
    return evaluated(model, tx, ty)


def main():
    options = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    options.add_argument("--cifar10", help="CIFAR-10 as an image folder")
    options.add_argument("--only", default=",".join(CASES), help="cases, separated by commas")
    options.add_argument("--methods", default=",".join(METHODS))
    options.add_argument("--seeds", type=int, nargs="*", default=SEEDS, help="beside seed 1, by which the decay is chosen")
    options.add_argument("--peak", type=float, help="with --methods onecycle-sgd or onecycle-adamw: the peak")
    options.add_argument("--results", default=str(HERE / "results/long/rivals.csv"))
    options.add_argument("--cache", default=str(Path(os.environ.get("TMPDIR", "/tmp")) / "advice-rivals"))
    options = options.parse_args()
    torch.set_num_threads(1)
    file, cache = Path(options.results), Path(options.cache)
    cache.mkdir(parents=True, exist_ok=True)
    file.parent.mkdir(parents=True, exist_ok=True)
    if not file.exists():
        file.write_text("case,method,decay,seed,accuracy,seconds\n")

    def known():
        with open(file) as rows:
            return {(r["case"], r["method"], float(r["decay"]), int(r["seed"])): r["accuracy"]
                    for r in csv.DictReader(rows)}

    for name in options.only.split(","):
        case = CASES[name]
        if case[0] == "cifar10" and not options.cifar10:
            print(f"{name}: left out, its data is not here")
            continue
        data = load(case[0], case[1], options.cifar10, cache)
        for method in options.methods.split(","):
            def make(decay, seed):
                if (name, method, decay, seed) in known():
                    return
                begun = time.time()
                accuracy = trained(case, method, decay, seed, data, options.peak)
                row = f"{name},{method},{decay},{seed},{'' if accuracy is None else f'{accuracy:.4f}'},{time.time() - begun:.1f}"
                with open(file, "a") as out:
                    out.write(row + "\n")
                print(row, flush=True)

            for decay in DECAYS:
                make(decay, 1)
            best = max(DECAYS, key=lambda d: float(known().get((name, method, d, 1)) or 0))
            for seed in options.seeds:
                make(best, seed)


main()
