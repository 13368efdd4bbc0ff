"""The recipe of `run.py` in PyTorch at its best: all of it on the device, channels-last, bfloat16,
the fused optimizer, and torch.compile where asked.
"""
import argparse
import json
import os
import sys
import tempfile
import time

import torch
import torch.nn.functional as F

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, f"{os.path.dirname(HERE)}/training")
from networks import network  # noqa: E402

arguments = argparse.ArgumentParser()
arguments.add_argument("--data", required=True)
arguments.add_argument("--device", required=True)
arguments.add_argument("--epochs", type=int, required=True)
arguments.add_argument("--batch-size", type=int, required=True)
arguments.add_argument("--base-lr", type=float, required=True)
arguments.add_argument("--max-lr", type=float, required=True)
arguments.add_argument("--cutout", type=int, required=True)
arguments.add_argument("--seed", type=int, required=True)
arguments.add_argument("--compile", action="store_true")
options = arguments.parse_args()
device = torch.device(options.device)
SHIFT, SIZE = 4, 32


def read(split):
    import numpy
    from PIL import Image
    root = f"{options.data}/{split}"
    cache = f"{tempfile.gettempdir()}/rondo-bench{root.replace('/', '-')}.pt"
    if not os.path.exists(cache):
        pixels, labels = [], []
        for label, name in enumerate(sorted(os.listdir(root))):
            for file in sorted(os.listdir(f"{root}/{name}")):
                pixels.append(numpy.asarray(Image.open(f"{root}/{name}/{file}").convert("RGB")))
                labels.append(label)
        images = torch.from_numpy(numpy.stack(pixels)).permute(0, 3, 1, 2).contiguous()
        torch.save((images, torch.tensor(labels)), cache)
    images, labels = torch.load(cache)
    return images.to(device), labels.to(device)


torch.manual_seed(options.seed)
torch.backends.cudnn.benchmark = True
(images, labels), (test_images, test_labels) = read("train"), read("test")
levels = images.float() / 255
mean, deviation = levels.mean((0, 2, 3), keepdim=True), levels.std((0, 2, 3), keepdim=True)
del levels
padded = F.pad(images, (SHIFT,) * 4)


def normalized(batch):
    return ((batch.float() / 255 - mean) / deviation).contiguous(memory_format=torch.channels_last)


def augmented(chosen):
    rows = torch.arange(SIZE, device=device)
    tops, lefts = torch.randint(0, 2 * SHIFT + 1, (2, len(chosen), 1), device=device)
    batch = padded[chosen]
    batch = batch.gather(2, (tops + rows)[:, None, :, None].expand(-1, 3, -1, batch.shape[3]))
    batch = batch.gather(3, (lefts + rows)[:, None, None, :].expand(-1, 3, SIZE, -1))
    mirrored = torch.rand(len(batch), device=device) < 0.5
    batch = normalized(torch.where(mirrored[:, None, None, None], batch.flip(-1), batch))
    centers = torch.randint(0, SIZE, (2, len(batch), 1), device=device)
    low, high = centers - options.cutout // 2, centers + (options.cutout + 1) // 2
    inside = (rows >= low) & (rows < high)
    return batch.masked_fill((inside[0][:, :, None] & inside[1][:, None, :])[:, None], 0)


model = network("resnet-9", 3).to(device).to(memory_format=torch.channels_last)
# Warming up, and compiling, is not counted.
forward = torch.compile(model) if options.compile else model
state = {name: tensor.clone() for name, tensor in model.state_dict().items()}
decayed = [p for p in model.parameters() if p.dim() > 1]
others = [p for p in model.parameters() if p.dim() <= 1]
optimizer = torch.optim.SGD(
    [{"params": decayed, "weight_decay": 5e-4}, {"params": others, "weight_decay": 0}],
    lr=options.base_lr, momentum=0.9, nesterov=True, fused=True)
updates = len(images) // options.batch_size
total = updates * options.epochs


def rate(step):
    rise = total // 4
    if step < rise:
        return options.base_lr + (options.max_lr - options.base_lr) * step / rise
    end = options.base_lr / 100
    return options.max_lr + (end - options.max_lr) * (step - rise) / (total - rise)


def update(chosen):
    with torch.autocast(device.type, torch.bfloat16):
        loss = F.cross_entropy(forward(augmented(chosen)).float(), labels[chosen], label_smoothing=0.1)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()


def evaluate():
    model.eval()
    correct = 0
    with torch.no_grad(), torch.autocast(device.type, torch.bfloat16):
        for start in range(0, len(test_images), 500):
            batch = normalized(test_images[start:start + 500])
            logits = model(batch) + model(batch.flip(-1))
            correct += (logits.argmax(1) == test_labels[start:start + 500]).sum()
    model.train()
    return correct.item() / len(test_images)


def wait():
    if device.type == "cuda":
        torch.cuda.synchronize()


for _ in range(5):
    update(torch.arange(options.batch_size, device=device))
evaluate()
model.load_state_dict(state)
optimizer.state.clear()
wait()
begun = time.time()
step = 0
for epoch in range(options.epochs):
    order = torch.randperm(len(images), device=device)
    for index in range(updates):
        for group in optimizer.param_groups:
            group["lr"] = rate(step)
        update(order[index * options.batch_size:(index + 1) * options.batch_size])
        step += 1
    accuracy = evaluate()
wait()
print(json.dumps({"accuracy": accuracy, "seconds": time.time() - begun, "version": torch.__version__}))
