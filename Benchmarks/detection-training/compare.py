"""Trains torchvision's FCOS on a ResNet-18 pyramid by its own loop, and the same network in Rondo, in turn.

One pair is one run of each, one after the other, so that both meet the same mood of a shared machine; a
ratio is taken within a pair. Above 1 means that Rondo is the better one. Rondo scales images and changes
their colours besides, which the rival does not.

    make bench-detection-training ARGS="--data FOLDER"      a folder in VOC's form
"""
import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, os.path.dirname(HERE))
import machine  # noqa: E402

arguments = argparse.ArgumentParser(description=__doc__.split("\n")[0])
arguments.add_argument("--data", required=True, help="a folder in VOC's form")
arguments.add_argument("--batch-size", type=int, default=4)
arguments.add_argument("--steps", type=int, default=25)
arguments.add_argument("--pairs", type=int, default=3)
arguments.add_argument("--rondo", default=f"{ROOT}/.build/release/rondo")
arguments.add_argument("--save", default=f"{HERE}/results/fcos-resnet-18.json")
options = arguments.parse_args()
if options.pairs < 1 or options.steps < 10:
    arguments.error("at least 1 pair and 10 steps are needed")


def last_json(command):
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"{' '.join(command)} failed:\n{done.stderr}")
    return json.loads(done.stdout.strip().split("\n")[-1])


def pytorch():
    return last_json([
        sys.executable, f"{HERE}/pytorch_train.py", "--data", options.data,
        "--steps", str(options.steps), "--batch-size", str(options.batch_size)])


def rondo():
    runs = tempfile.mkdtemp()
    try:
        return last_json([
            options.rondo, "train", "--data", options.data, "--model", "fcos-resnet-18",
            "--batch-size", str(options.batch_size), "--steps", str(options.steps),
            "--base-lr", "1e-5", "--max-lr", "1e-4", "--runs", runs, "--format", "json"])
    finally:
        shutil.rmtree(runs)


pairs = []
for number in range(options.pairs):
    theirs, ours = pytorch(), rondo()
    pairs.append({"pytorch": theirs, "rondo": ours})
    print(f"pair {number + 1}: images a second {theirs['images_per_second']:.3g} / "
          f"{ours['images_per_second']:.3g}, peak memory {theirs['peak_memory_bytes'] / 1e6:.0f} / "
          f"{ours['peak_memory_bytes'] / 1e6:.0f} MB", flush=True)
ratios = sorted(
    pair["rondo"]["images_per_second"] / pair["pytorch"]["images_per_second"] for pair in pairs)
print(f"\nRondo against torchvision: median {statistics.median(ratios):.2f}, "
      f"lowest {ratios[0]:.2f}, highest {ratios[-1]:.2f}")
os.makedirs(os.path.dirname(os.path.abspath(options.save)), exist_ok=True)
with open(options.save, "w") as file:
    json.dump({
        "machine": machine.description(options.rondo), "batch_size": options.batch_size,
        "steps": options.steps, "ratio": statistics.median(ratios), "ratios": ratios, "pairs": pairs,
    }, file, indent=1)
    file.write("\n")
print(f"kept in {os.path.relpath(options.save, ROOT)}")
