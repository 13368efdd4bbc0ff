"""Trains torchvision's FCOS on a ResNet-18 pyramid by its own loop, and the same network in Rondo, in turn.

One pair is one run of each, one after the other, so that both meet the same mood of a shared machine; a
ratio is taken within a pair. Above 1 means that Rondo is the better one. Rondo scales images and changes
their colors besides, which the rival does not.

    make bench-detection-training ARGS="--data FOLDER"      a folder in VOC's form
"""
import argparse
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, os.path.dirname(HERE))
import machine  # noqa: E402
import pairs  # noqa: E402

arguments = argparse.ArgumentParser(description=__doc__.split("\n")[0])
arguments.add_argument("--data", required=True, help="a folder in VOC's form")
arguments.add_argument("--batch-size", type=int, default=4)
arguments.add_argument("--steps", type=int, default=25)
arguments.add_argument("--pairs", type=int, default=3)
arguments.add_argument("--rondo", default=f"{ROOT}/.build/release/rondo")
arguments.add_argument("--save", help="a file for the results; default results/fcos-resnet-18.json here")
pairs.add_precision(arguments)
options = arguments.parse_args()
if options.pairs < 1 or options.steps < 10:
    arguments.error("at least 1 pair and 10 steps are needed")


def pytorch():
    return machine.last_json([
        sys.executable, f"{HERE}/pytorch_train.py", "--data", options.data,
        "--steps", str(options.steps), "--batch-size", str(options.batch_size),
        *pairs.rivals(options.precision)])


def rondo():
    return machine.trained(
        options.rondo, "--data", options.data, "--model", "fcos-resnet-18",
        "--batch-size", str(options.batch_size), "--steps", str(options.steps),
        "--base-lr", "1e-5", "--max-lr", "1e-4", *pairs.rondos(options.precision))


pairs.compare(
    pytorch, rondo, [pairs.SPEED, pairs.MEMORY], options.pairs, "bench-detection-training",
    options.rondo,
    options.save or f"{HERE}/results/fcos-resnet-18{pairs.suffix(options.precision)}.json")
