"""Times Rondo's figures of segmentation beside NumPy's and SciPy's, in turn, on masks that a seed makes.

    swift build -c release --package-path Benchmarks --scratch-path .build/benchmarks --product SegmentationBenchmark
    pip install numpy scipy pillow && python Benchmarks/segmentation-metrics/compare.py

Maps of instances of 512x512 pixels, 60 discs each, and predictions that are moved, grown and lack some. Both
programs read the same files and compute Dice, IoU, HD95, boundary IoU and F1, and AP; the figures must be
equal to 1e-6. `one core` is the computation alone, of masks in memory; `together` is a whole evaluation from the
files on, for which Rondo takes all cores. `--predictions` and `--truth` name other masks.
"""
import argparse
import importlib.metadata
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile

import numpy as np
from PIL import Image
from scipy import ndimage

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, os.path.dirname(HERE))
import machine  # noqa: E402

parser = argparse.ArgumentParser()
parser.add_argument("--images", type=int, default=40)
parser.add_argument("--size", type=int, default=512)
parser.add_argument("--rounds", type=int, default=3)
parser.add_argument("--predictions")
parser.add_argument("--truth")
parser.add_argument("--build", default=f"{ROOT}/.build/benchmarks/release")
options = parser.parse_args()


def discs(random, size, count):
    labels = np.zeros((size, size), np.uint16)
    y, x = np.mgrid[:size, :size]
    for number in range(1, count + 1):
        cy, cx, radius = random.integers(size), random.integers(size), random.uniform(4, 24)
        labels[(y - cy) ** 2 + (x - cx) ** 2 <= radius ** 2] = number
    return labels


def write(folder):
    random = np.random.default_rng(7)
    paths = f"{folder}/predictions", f"{folder}/instances"
    for path in paths:
        os.makedirs(path)
    for image in range(options.images):
        truth = discs(random, options.size, 60)
        answer = np.roll(truth, tuple(random.integers(-2, 3, 2)), (0, 1))
        answer = np.where(answer == 0, ndimage.grey_dilation(answer, (3, 3)), answer)
        answer[np.isin(answer, random.integers(1, 61, 6))] = 0
        for path, labels in zip(paths, (answer, truth)):
            Image.fromarray(labels).save(f"{path}/{image:03}.png")
    return paths


def run(command):
    return json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


with tempfile.TemporaryDirectory() as folder:
    paths = (options.predictions, options.truth) if options.truth else write(folder)
    commands = {"rondo": [f"{options.build}/SegmentationBenchmark", "masks", *paths],
                "numpy and scipy": [sys.executable, f"{HERE}/rival.py", *paths]}
    rounds = {name: [] for name in commands}
    busy = os.getloadavg()[0]
    for _ in range(options.rounds):
        for name, command in commands.items():
            rounds[name].append(run(command))
ours, theirs = (rounds[name][0]["metrics"] for name in commands)
difference = max(abs(ours[name] - theirs[name]) for name in theirs)
assert difference < 1e-6, f"the figures differ by {difference}: {ours} {theirs}"
record = {"load average at the start": round(busy, 1), "metrics": ours,
          "largest difference": difference}
for part, words in (("oneCore", "computing, one core"), ("together", "from the files on, all cores")):
    times = {name: [each[part] for each in rounds[name]] for name in commands}
    record[words] = {
        **{f"{name} seconds": [round(value, 4) for value in values] for name, values in times.items()},
        "times as fast": round(statistics.median(times["numpy and scipy"])
                               / statistics.median(times["rondo"]), 1)}
print(json.dumps(record, indent=1))
if not options.truth:
    with open(f"{HERE}/results/segmentation-metrics.json", "w") as file:
        json.dump({
            "command": "Benchmarks/segmentation-metrics/compare.py "
                       f"--images {options.images} --size {options.size} --rounds {options.rounds}",
            "machine": machine.description(f"{ROOT}/.build/release/rondo"),
            "versions": {"python": platform.python_version(),
                         **{name: importlib.metadata.version(name) for name in ("numpy", "scipy")}},
            **record}, file, indent=1)
        file.write("\n")
