"""What AdamW's weight decay does by its time scale: the same runs with decays around the chosen one.

    make bench-weight-decay ARGS="--cifar10 FOLDER"

FOLDER has train/CLASS/* and test/CLASS/*, CIFAR-10 as JPEG or PNG files. ResNet-11 with AdamW, batches of 64, 24x24
pixels, a few images and a few epochs (CASES), 200 test images of each class; the peak is the one that --advice prior has.
Decays: 0, PyTorch's 0.01, and what Rondo chooses, times 1/4, 1, 4 and 16. Rows are kept in results/decay.csv as they end;
what is there is not made again.
"""
import argparse
import csv
import json
import os
import re
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, os.path.dirname(HERE))
import machine  # noqa: E402

HEADER = ["images", "epochs", "decay", "times", "runs", "seed", "accuracy", "loss", "cpu_seconds"]
# Images of each class, and epochs: 1,000 updates each, often over few images and seldom over many.
CASES = [(200, 32), (1000, 6)]

parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
parser.add_argument("--cifar10", required=True)
parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
parser.add_argument("--threads", type=int, default=1)
parser.add_argument("--rondo", default=f"{ROOT}/.build/release/rondo")
parser.add_argument("--results", default=f"{HERE}/results/decay.csv")
options = parser.parse_args()


def rows():
    if not os.path.exists(options.results):
        return []
    with open(options.results) as file:
        return list(csv.DictReader(file))


def subset(folder, images):
    """The first images of each class, as links of the file system."""
    for split, count in (("train", images), ("test", 200)):
        for name in sorted(os.listdir(f"{options.cifar10}/{split}")):
            os.makedirs(f"{folder}/{split}/{name}")
            for file in sorted(os.listdir(f"{options.cifar10}/{split}/{name}"))[:count]:
                os.link(f"{options.cifar10}/{split}/{name}/{file}", f"{folder}/{split}/{name}/{file}")


def flags(data, epochs, seed, runs):
    return [options.rondo, "train", "--data", data, "--model", "resnet-11", "--optimizer", "adamw", "--image-size", "24",
            "--batch-size", "64", "--epochs", str(epochs), "--advice", "prior", "--seed", str(seed),
            "--threads", str(options.threads), "--evaluate-every", "1000", "--runs", runs, "--name", "run"]


def train(data, images, epochs, decay, times, seed):
    """A run, unless it was made; returns the decay that it had and its time scale in runs."""
    for row in rows():
        if (row["images"], row["epochs"], row["times"], row["seed"]) == (str(images), str(epochs), times, str(seed)):
            return float(row["decay"])
    with tempfile.TemporaryDirectory() as runs:
        typed = [] if decay is None else ["--weight-decay", f"{decay:.3g}"]
        output, seconds, _ = machine.measured(flags(data, epochs, seed, runs) + typed)
        with open(f"{runs}/run-1/summary.json") as file:
            final = json.load(file)["final"]
        found = re.search(r"weight decay ([0-9.e-]+)(?:, with a time scale of .*\(([0-9]+) %)?", output)
        had = decay if decay is not None else float(found.group(1))
        share = f"{int(found.group(2)) / 100:.2f}" if found and found.group(2) else ""
    machine.add_row(options.results, HEADER, [images, epochs, f"{had:.3g}", times, share, seed,
                                              f"{final['accuracy']:.4f}", f"{final['loss']:.4f}", round(seconds)])
    return had


for seed in options.seeds:
    for each, epochs in CASES:
        with tempfile.TemporaryDirectory(dir=os.path.dirname(os.path.abspath(options.cifar10))) as data:
            subset(data, each)
            chosen = train(data, 10 * each, epochs, None, "1", seed)
            for times in (0.25, 4, 16):
                train(data, 10 * each, epochs, times * chosen, f"{times:g}", seed)
            train(data, 10 * each, epochs, 0.0, "none", seed)
            train(data, 10 * each, epochs, 0.01, "PyTorch's", seed)

print("\nimages epochs decay   accuracy, mean of seeds")
for each, epochs in CASES:
    for times in ("none", "PyTorch's", "0.25", "1", "4", "16"):
        found = [row for row in rows() if (row["images"], row["epochs"], row["times"]) == (str(10 * each), str(epochs), times)]
        if found:
            mean = sum(float(row["accuracy"]) for row in found) / len(found)
            print(f"{10 * each:6} {epochs:6} {times:9} {float(found[0]['decay']):7.3g} {100 * mean:6.1f} ({len(found)} seeds)")
print(f"\n{machine.command('bench-weight-decay')}")
