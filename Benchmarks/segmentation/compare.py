"""Trains the same U-Net on crops of images with instances in PyTorch and in Rondo in turn, and prints how
the two compare.

One pair is one run of each, one after the other; a ratio is taken within a pair. Above 1 means that Rondo
is the better one. Both cut, bend and recolor the crops alike while they train.

    make bench-segmentation ARGS="--data FOLDER"
    make bench-segmentation ARGS="--data FOLDER --rival best"     PyTorch with what an expert adds
    make bench-segmentation ARGS="--data FOLDER --precision own"  what Rondo does by itself
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
arguments.add_argument("--data", required=True, help="a folder of images/, instances/ and train.txt")
arguments.add_argument("--rival", choices=["plain", "best"], default="plain")
arguments.add_argument("--crop", type=int, default=256)
arguments.add_argument("--batch-size", type=int, default=8)
arguments.add_argument("--steps", type=int, default=40)
arguments.add_argument("--pairs", type=int, default=5)
arguments.add_argument("--rondo", default=f"{ROOT}/.build/release/rondo")
arguments.add_argument("--save", help="a file for the results; default results/unet-16-RIVAL.json here")
pairs.add_precision(arguments)
options = arguments.parse_args()
if options.pairs < 1 or options.steps < 20:
    arguments.error("at least 1 pair and 20 steps are needed")


def pytorch():
    return machine.last_json([
        sys.executable, f"{HERE}/rival.py", "--data", options.data, "--crop", str(options.crop),
        "--batch-size", str(options.batch_size), "--steps", str(options.steps),
        *(["--best"] if options.rival == "best" else []), *pairs.rivals(options.precision)])


def rondo():
    return machine.trained(
        options.rondo, "--data", options.data, "--model", "unet-16",
        "--crop-size", str(options.crop), "--batch-size", str(options.batch_size),
        "--steps", str(options.steps), "--base-lr", "0.0001", "--max-lr", "0.003",
        *pairs.rondos(options.precision))


print(f"unet-16, {options.steps} updates of {options.batch_size} crops of {options.crop}x{options.crop}, "
      f"rival: {options.rival} PyTorch, {os.cpu_count()} cores")
pairs.compare(
    pytorch, rondo, [pairs.SPEED, pairs.MEMORY], options.pairs, "bench-segmentation",
    options.rondo, options.save or f"{HERE}/results/unet-16-{options.rival}"
    + pairs.suffix(options.precision) + ".json")
