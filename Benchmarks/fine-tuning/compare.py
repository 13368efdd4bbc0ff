"""Fine-tunes EfficientNet-Lite0 of ImageNet by Rondo and by two usual PyTorch recipes, on the same files.

    make bench-fine-tuning ARGS="--data FOLDER --weights FILE"
    make bench-fine-tuning ARGS="--data FOLDER --weights FILE --programs rondo --peaks 0.001 0.01"   other peaks

FOLDER has train/CLASS/*.jpg and test/CLASS/*.jpg. Rondo gets the data, the model and the weights, and nothing else; a
peak is typed only where one is asked for. The rivals (rivals.py) train for as many epochs as Rondo chose. Rows are kept in
results/runs.csv as they end: accuracy of the test images, processor seconds and seconds of training with evaluation.
What is there is not made again.
"""
import argparse
import csv
import json
import os
import resource
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
HEADER = ["data", "program", "epochs", "seed", "accuracy", "cpu_seconds", "seconds"]
# The recipe, and its batch where that is not the usual one.
RIVALS = {
    "pytorch-two-stages": ("two-stages", 64), "pytorch-fine-tune": ("fine-tune", 64),
    "pytorch-fine-tune-16": ("fine-tune", 16), "pytorch-scratch": ("scratch", 64),
    "pytorch-probe": ("probe", 64),
}

parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
parser.add_argument("--data", required=True)
parser.add_argument("--weights", required=True)
parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
parser.add_argument("--peaks", type=float, nargs="+", default=[], help="peaks to type, for the advised one's regret")
parser.add_argument("--programs", nargs="+", default=["rondo", "rondo-scratch", "rondo-probe", *list(RIVALS)[:3]])
parser.add_argument("--size", type=int, default=96, help="the image size of all")
parser.add_argument("--threads", type=int, default=1)
parser.add_argument("--rondo", default=f"{ROOT}/.build/release/rondo")
parser.add_argument("--results", default=f"{HERE}/results/runs.csv")
options = parser.parse_args()
name = os.path.basename(options.data.rstrip("/"))


def rows():
    if not os.path.exists(options.results):
        return []
    with open(options.results) as file:
        return list(csv.DictReader(file))


def keep(program, epochs, seed, accuracy, cpu, seconds):
    if not os.path.exists(options.results):
        os.makedirs(os.path.dirname(options.results), exist_ok=True)
        with open(options.results, "w") as file:
            file.write(",".join(HEADER) + "\n")
    row = f"{name},{program},{epochs:g},{seed},{accuracy:.4f},{cpu:.0f},{seconds:.0f}"
    with open(options.results, "a") as file:
        file.write(row + "\n")
    print(row, flush=True)


def is_done(program, seed):
    return any((row["data"], row["program"], row["seed"]) == (name, program, str(seed)) for row in rows())


def children():
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def timed(command, **other):
    begun, cpu = time.time(), children()
    done = subprocess.run(command, capture_output=True, text=True, **other)
    if done.returncode:
        sys.exit(f"{' '.join(command)}:\n{done.stderr[-2000:]}")
    return done.stdout, children() - cpu, time.time() - begun


def rondo(program, seed, peak):
    flags = [] if program == "rondo-scratch" else ["--weights", options.weights]
    if program == "rondo-probe":
        flags += ["--freeze", "backbone"]
    if program == "rondo-scratch":
        flags += ["--epochs", f"{epochs():g}"]
    if peak:
        flags += ["--max-lr", repr(peak), "--base-lr", repr(peak / 10)]
    with tempfile.TemporaryDirectory() as runs:
        _, cpu, seconds = timed([
            options.rondo, "train", "--data", options.data, "--model", "efficientnet-lite0", "--seed", str(seed),
            "--runs", runs, "--name", "run", "--threads", str(options.threads), *flags])
        with open(f"{runs}/run-1/summary.json") as file:
            final = json.load(file)["final"]
        with open(f"{runs}/run-1/config.yaml") as file:
            made = next(float(line.split(":")[1]) for line in file if line.strip().startswith("epochs:"))
    keep(f"{program}-{peak:g}" if peak else program, made, seed, final["accuracy"], cpu, seconds)


def epochs(like="rondo"):
    """As many as Rondo chose."""
    chosen = [row["epochs"] for row in rows() if (row["data"], row["program"]) == (name, like)]
    if not chosen:
        sys.exit(f"the program `{like}` comes first: the others train for as many epochs as it chose")
    return float(chosen[0])


def pytorch(program, seed):
    made = epochs("rondo-probe" if program == "pytorch-probe" else "rondo")
    with tempfile.TemporaryDirectory() as folder:
        _, cpu, seconds = timed([
            sys.executable, f"{HERE}/rivals.py", "--data", options.data, "--weights", options.weights, "--size",
            str(options.size), "--epochs", f"{made:.0f}", "--seeds", str(seed), "--recipes", RIVALS[program][0],
            "--batch-size", str(RIVALS[program][1]),
            "--threads", str(options.threads), "--results", f"{folder}/rows.csv"])
        with open(f"{folder}/rows.csv") as file:
            row = list(csv.DictReader(file))[0]
    keep(program, made, seed, float(row["accuracy"]), cpu, seconds)


for seed in options.seeds:
    for program in options.programs:
        peaks = options.peaks if program == "rondo" and options.peaks else [None]
        for peak in peaks:
            if is_done(f"{program}-{peak:g}" if peak else program, seed):
                continue
            rondo(program, seed, peak) if program.startswith("rondo") else pytorch(program, seed)
