"""torchvision's own FCOS on a ResNet-18 pyramid and its own loop of training, on a folder in VOC's form.

Images are decoded once, brought to a long side of 320 pixels, kept in memory and mirrored by chance; the
optimizer is AdamW, the batch a list of images with their boxes, as torchvision's references have it.
"""
import argparse
import json
import os
import random
import resource
import sys
import time
import xml.etree.ElementTree as xml

arguments = argparse.ArgumentParser()
arguments.add_argument("--data", required=True)
arguments.add_argument("--steps", type=int, default=20)
arguments.add_argument("--batch-size", type=int, default=4)
arguments.add_argument("--half", action="store_true", help="autocast to bfloat16")
options = arguments.parse_args()

sys.path.insert(0, f"{os.path.dirname(os.path.abspath(__file__))}/../../Scripts/fixtures")
import oracle  # noqa: E402, F401
import numpy  # noqa: E402
import torch  # noqa: E402
from PIL import Image  # noqa: E402
from torch import nn  # noqa: E402
from torchvision.models.detection.backbone_utils import resnet_fpn_backbone  # noqa: E402
from torchvision.models.detection.fcos import FCOS  # noqa: E402
from torchvision.ops.feature_pyramid_network import LastLevelP6P7  # noqa: E402

SIDE = 320


def scene(name, classes):
    tree = xml.parse(f"{options.data}/Annotations/{name}.xml")
    image = Image.open(f"{options.data}/JPEGImages/{name}.jpg").convert("RGB")
    scale = SIDE / max(image.size)
    image = image.resize([round(side * scale) for side in image.size], Image.BILINEAR)
    boxes, labels = [], []
    for found in tree.iter("object"):
        box = [float(found.find(f"bndbox/{key}").text) * scale for key in ("xmin", "ymin", "xmax", "ymax")]
        if box[2] > box[0] and box[3] > box[1]:
            boxes.append(box)
            labels.append(classes.setdefault(found.find("name").text, len(classes)))
    pixels = torch.from_numpy(numpy.array(image)).permute(2, 0, 1)
    return pixels, torch.tensor(boxes).reshape(-1, 4), torch.tensor(labels, dtype=torch.int64)


def mirrored(pixels, boxes):
    if random.random() < 0.5:
        return pixels, boxes
    width = pixels.shape[2]
    return pixels.flip(2), torch.stack(
        [width - boxes[:, 2], boxes[:, 1], width - boxes[:, 0], boxes[:, 3]], 1)


with open(f"{options.data}/ImageSets/Main/train.txt") as file:
    names = file.read().split()
classes = {}
scenes = [scene(name, classes) for name in names]
torch.manual_seed(1)
backbone = resnet_fpn_backbone(
    backbone_name="resnet18", weights=None, norm_layer=nn.BatchNorm2d, trainable_layers=5,
    returned_layers=[2, 3, 4], extra_blocks=LastLevelP6P7(256, 256))
height = scenes[0][0].shape[1]
model = FCOS(backbone, len(classes), min_size=min(height, SIDE), max_size=SIDE)
optimizer = torch.optim.AdamW(model.parameters(), lr=1e-4)
warm = min(5, options.steps // 2)
for step in range(options.steps):
    if step == warm:
        began = time.time()
    images, targets = [], []
    for pixels, boxes, labels in random.sample(scenes, options.batch_size):
        pixels, boxes = mirrored(pixels, boxes)
        images.append(pixels.float() / 255)
        targets.append({"boxes": boxes, "labels": labels})
    with torch.autocast("cpu", torch.bfloat16, enabled=options.half):
        loss = sum(model(images, targets).values())
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    loss.item()
elapsed = time.time() - began
print(json.dumps({
    "images_per_second": (options.steps - warm) * options.batch_size / elapsed,
    "peak_memory_bytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
    "loss": loss.item(), "version": torch.__version__,
}))
