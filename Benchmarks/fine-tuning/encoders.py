"""Trains detectors and segmenters on an encoder with ImageNet's weights and from scratch, for equally many updates.

    make bench-fine-tuning-encoders ARGS="--boxes FOLDER --masks FOLDER --weights FILE"

The folder of --boxes is a VOC set (Annotations, JPEGImages, ImageSets/Main); that of --masks has images/ID.png,
instances/ID.png, train.txt and test.txt. Of each, the first so many training images in an order of seed 0 are used, and
all test images. Nothing is typed but data, model, weights and the number of updates, which is what the run from weights
chooses unless --steps says otherwise. Rows are kept in results/encoders.csv as they end; what is there is not made again.
"""
import argparse
import csv
import json
import os
import random
import shutil
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, os.path.dirname(HERE))
import machine  # noqa: E402

HEADER = ["data", "images", "start", "steps", "seed", "metric", "value", "cpu_seconds"]
parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
parser.add_argument("--boxes")
parser.add_argument("--masks")
parser.add_argument("--weights", required=True)
parser.add_argument("--encoder", default="efficientnet-lite0")
parser.add_argument("--counts", type=int, nargs="+", default=[20, 60, 100, 100_000], help="numbers of training images")
parser.add_argument("--seeds", type=int, nargs="+", default=[1])
parser.add_argument("--steps", type=int, help="updates of both; otherwise as many as the run from weights chooses")
parser.add_argument("--image-size", type=int, help="of images with boxes")
parser.add_argument("--threads", type=int, default=1)
parser.add_argument("--rondo", default=f"{ROOT}/.build/release/rondo")
parser.add_argument("--results", default=f"{HERE}/results/encoders.csv")
options = parser.parse_args()


def lines(file):
    with open(file) as text:
        return [line.split()[0] for line in text if line.strip()]


def copy(source, target):
    os.makedirs(os.path.dirname(target), exist_ok=True)
    shutil.copy(source, target)


def boxes(count, folder):
    """A VOC set of so many training images."""
    sets = f"{options.boxes}/ImageSets/Main"
    train, test = lines(f"{sets}/train.txt") + lines(f"{sets}/val.txt"), lines(f"{sets}/test.txt")
    random.Random(0).shuffle(train)
    os.makedirs(f"{folder}/ImageSets/Main")
    for part, names in [("train", train[:count]), ("test", test)]:
        with open(f"{folder}/ImageSets/Main/{part}.txt", "w") as file:
            file.write("".join(name + "\n" for name in names))
        for name in names:
            copy(f"{options.boxes}/JPEGImages/{name}.jpg", f"{folder}/JPEGImages/{name}.jpg")
            copy(f"{options.boxes}/Annotations/{name}.xml", f"{folder}/Annotations/{name}.xml")
    return len(train[:count])


def masks(count, folder):
    """Images and instances of so many training images."""
    train, test = lines(f"{options.masks}/train.txt"), lines(f"{options.masks}/test.txt")
    random.Random(0).shuffle(train)
    for part, names in [("train", train[:count]), ("test", test)]:
        with open(f"{folder}/{part}.txt", "w") as file:
            file.write("".join(name + "\n" for name in names))
        for name in names:
            for kind in ["images", "instances"]:
                copy(f"{options.masks}/{kind}/{name}.png", f"{folder}/{kind}/{name}.png")
    return len(train[:count])


def rows():
    if not os.path.exists(options.results):
        return []
    with open(options.results) as file:
        return list(csv.DictReader(file))


def run(data, model, metric, count, start, seed, steps, folder):
    for row in rows():
        if (row["data"], int(row["images"]), row["start"], int(row["seed"])) != (data, count, start, seed):
            continue
        if steps in (None, int(row["steps"])):
            return int(row["steps"])
    command = [options.rondo, "train", "--data", folder, "--model", model, "--seed", str(seed), "--threads",
               str(options.threads), "--runs", f"{folder}-runs", "--format", "json"]
    if start == "imagenet":
        command += ["--weights", options.weights]
    if options.image_size and data == "boxes":
        command += ["--image-size", str(options.image_size)]
    if steps:
        command += ["--steps", str(steps)]
    output, seconds, _ = machine.measured(command)
    summary = json.loads([line for line in output.splitlines() if line.startswith("{")][-1])
    made, metrics = summary["updates"], summary["final"]
    # Masks of instances have a Dice coefficient for each image.
    metric = next(name for name in metrics if name.lower().startswith(metric))
    value = round(metrics[metric], 4)
    machine.add_row(options.results, HEADER, [data, count, start, made, seed, metric, value, round(seconds)])
    return made


for data, source, make, model, metric in [
    ("masks", options.masks, masks, f"unet-{options.encoder}", "dice"),
    ("boxes", options.boxes, boxes, f"fcos-{options.encoder}", "ap50"),
]:
    for wanted in options.counts if source else []:
        with tempfile.TemporaryDirectory() as parent:
            folder = f"{parent}/data"
            os.makedirs(folder)
            count = make(wanted, folder)
            for seed in options.seeds:
                steps = run(data, model, metric, count, "imagenet", seed, options.steps, folder)
                run(data, model, metric, count, "scratch", seed, steps, folder)
