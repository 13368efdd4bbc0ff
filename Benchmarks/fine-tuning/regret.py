"""What the advised peak of a fine-tuning run loses against the best peak of a grid.

    make bench-fine-tuning-regret ARGS="--data FOLDER --weights FILE --model NAME"
    make bench-fine-tuning-regret ARGS="--data FOLDER --weights FILE --model NAME --flags --optimizer sgd"

FOLDER has train/CLASS/* and test/CLASS/*. First three runs with nothing typed but data, model and weights (and what
--flags adds), by seeds 11 to 13; then, by seed 1, peaks that are 2.15 times apart, from the advised one in both
directions until the best has a worse one on either side, and that one and its neighbors by seeds 2 and 3. The regret is
the top of the parabola through the three means, less the mean of the advised runs: points of test accuracy. Rows are kept
in results/regret.csv as they end; what is there is not made again.
"""
import argparse
import csv
import json
import math
import os
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, os.path.dirname(HERE))
import machine  # noqa: E402

HEADER = ["data", "model", "flags", "method", "peak", "seed", "accuracy", "cpu_seconds"]
STEP = 10 ** (1 / 3)

parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
parser.add_argument("--data", required=True)
parser.add_argument("--weights", required=True)
parser.add_argument("--model", required=True)
parser.add_argument("--threads", type=int, default=1)
parser.add_argument("--grid-seeds", type=int, nargs="+", default=[1, 2, 3])
parser.add_argument("--rondo", default=f"{ROOT}/.build/release/rondo")
parser.add_argument("--results", default=f"{HERE}/results/regret.csv")
parser.add_argument("--flags", nargs=argparse.REMAINDER, default=[], help="further flags of rondo train; the last option")
options = parser.parse_args()
case = [os.path.basename(options.data.rstrip("/")), options.model, " ".join(options.flags)]


def rows():
    if not os.path.exists(options.results):
        return []
    with open(options.results) as file:
        return [row for row in csv.DictReader(file) if [row["data"], row["model"], row["flags"]] == case]


def number(peak):
    return f"{peak:.3g}"


def train(method, seed, peak=None):
    """A run, unless it was made; returns its peak and its accuracy, 0 where it diverged."""
    for row in rows():
        if (row["method"], int(row["seed"])) == (method, seed) and (peak is None or row["peak"] == number(peak)):
            return float(row["peak"]), float(row["accuracy"])
    with tempfile.TemporaryDirectory() as runs:
        rates = [] if peak is None else ["--max-lr", number(peak), "--base-lr", number(peak / 10)]
        command = [options.rondo, "train", "--data", options.data, "--model", options.model, "--weights", options.weights,
                   "--seed", str(seed), "--threads", str(options.threads), "--runs", runs, "--name", "run",
                   *options.flags, *rates]
        try:
            _, seconds, _ = machine.measured(command)
            with open(f"{runs}/run-1/summary.json") as file:
                accuracy = json.load(file)["final"]["accuracy"]
            with open(f"{runs}/run-1/plan.json") as file:
                peak = json.load(file)["settings"]["max-lr"]
        except SystemExit as failure:
            if peak is None or "diverged" not in str(failure) and "nan" not in str(failure):
                raise
            accuracy, seconds = 0, 0
    machine.add_row(options.results, HEADER, case + [method, number(peak), seed, f"{accuracy:.4f}", f"{seconds:.0f}"])
    return float(number(peak)), accuracy


advised = [train("advised", seed) for seed in [11, 12, 13]]
middle = math.exp(sum(math.log(peak) for peak, _ in advised) / 3)
first = options.grid_seeds[0]


def at(place, seed=first):
    return train("grid", seed, middle * STEP ** place)[1]


places = [0, 1, -1]
while True:
    best = max(places, key=at)
    if best == max(places):
        places.append(best + 1)
    elif best == min(places):
        places.append(best - 1)
    else:
        break
    if len(places) > 12:
        sys.exit("The grid has no best peak within twelve.")
means = [sum(at(place, seed) for seed in options.grid_seeds) / len(options.grid_seeds) for place in (best - 1, best, best + 1)]
low, top, high = means
curvature = low - 2 * top + high
vertex = top if curvature >= 0 else top - (high - low) ** 2 / (8 * curvature)
mean = sum(accuracy for _, accuracy in advised) / 3
print(f"{' '.join(case)}: advised {', '.join(number(peak) for peak, _ in advised)}: {100 * mean:.1f} %; best "
      f"{number(middle * STEP ** best)}: {100 * top:.1f} %, top of the parabola {100 * vertex:.1f}; regret {100 * (vertex - mean):.1f}")
