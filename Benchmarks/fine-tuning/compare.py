"""Fine-tunes EfficientNet-Lite0 of ImageNet by Rondo and by two usual PyTorch recipes, on the same files.

    make bench-fine-tuning ARGS="--data FOLDER --weights FILE"

FOLDER has train/CLASS/*.jpg and test/CLASS/*.jpg. Rondo gets the data, the model and the weights, and nothing else; a
size is typed only where one is asked for. The rivals (rivals.py) train for as many epochs as Rondo chose, on images of
the same size. Rows are kept in results/runs.csv as they end: accuracy of the test images, processor seconds and seconds of training with evaluation.
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
HEADER = ["data", "size", "program", "epochs", "seed", "accuracy", "cpu_seconds", "seconds"]
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
parser.add_argument("--programs", nargs="+", default=["rondo", "rondo-scratch", "rondo-probe", *list(RIVALS)[:3]])
parser.add_argument("--size", type=int, help="the image size of all; otherwise what Rondo chooses")
parser.add_argument("--threads", type=int, default=1)
parser.add_argument("--rondo", default=f"{ROOT}/.build/release/rondo")
parser.add_argument("--results", default=f"{HERE}/results/runs.csv")
options = parser.parse_args()
# Runs at a size that was typed are of other data, as far as rows are concerned.
name = os.path.basename(options.data.rstrip("/")) + (f"@{options.size}" if options.size else "")


def rows():
    if not os.path.exists(options.results):
        return []
    with open(options.results) as file:
        return list(csv.DictReader(file))


def keep(size, program, epochs, seed, accuracy, cpu, seconds):
    if not os.path.exists(options.results):
        os.makedirs(os.path.dirname(options.results), exist_ok=True)
        with open(options.results, "w") as file:
            file.write(",".join(HEADER) + "\n")
    row = f"{name},{size},{program},{epochs:g},{seed},{accuracy:.4f},{cpu:.0f},{seconds:.0f}"
    with open(options.results, "a") as file:
        file.write(row + "\n")
    print(row, flush=True)


def made(program):
    """The rows of a program on these data."""
    return [row for row in rows() if (row["data"], row["program"]) == (name, program)]


def is_done(program, seed):
    return any(row["seed"] == str(seed) for row in made(program))


def children():
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def timed(command, **other):
    begun, cpu = time.time(), children()
    done = subprocess.run(command, capture_output=True, text=True, **other)
    if done.returncode:
        sys.exit(f"{' '.join(command)}:\n{done.stderr[-2000:]}")
    return done.stdout, children() - cpu, time.time() - begun


def rondo(program, seed):
    flags = ["--image-size", str(options.size)] if options.size else []
    if program != "rondo-scratch":
        flags += ["--weights", options.weights]
    if program == "rondo-probe":
        flags += ["--freeze", "backbone"]
    if program == "rondo-scratch":
        flags += ["--epochs", f"{chosen()[1]:g}"] + (["--image-size", chosen()[0]] if not options.size else [])
    with tempfile.TemporaryDirectory() as runs:
        _, cpu, seconds = timed([
            options.rondo, "train", "--data", options.data, "--model", "efficientnet-lite0", "--seed", str(seed),
            "--runs", runs, "--name", "run", "--threads", str(options.threads), *flags])
        with open(f"{runs}/run-1/summary.json") as file:
            final = json.load(file)["final"]
        with open(f"{runs}/run-1/config.yaml") as file:
            settings = dict(line.strip().split(": ", 1) for line in file if ": " in line)
    keep(settings["image-size"], program, float(settings["epochs"]), seed,
         final["accuracy"], cpu, seconds)


def chosen(like="rondo"):
    """The image size, and the epochs, that Rondo chose."""
    if not made(like):
        sys.exit(f"the program `{like}` comes first: the others train as long as it chose")
    return made(like)[0]["size"], float(made(like)[0]["epochs"])


def pytorch(program, seed):
    size, epochs = chosen("rondo-probe" if program == "pytorch-probe" else "rondo")
    with tempfile.TemporaryDirectory() as folder:
        _, cpu, seconds = timed([
            sys.executable, f"{HERE}/rivals.py", "--data", options.data, "--weights", options.weights, "--size",
            size, "--epochs", f"{epochs:.0f}", "--seeds", str(seed), "--recipes", RIVALS[program][0],
            "--batch-size", str(RIVALS[program][1]),
            "--threads", str(options.threads), "--results", f"{folder}/rows.csv"])
        with open(f"{folder}/rows.csv") as file:
            row = list(csv.DictReader(file))[0]
    keep(size, program, epochs, seed, float(row["accuracy"]), cpu, seconds)


for seed in options.seeds:
    for program in options.programs:
        if not is_done(program, seed):
            rondo(program, seed) if program.startswith("rondo") else pytorch(program, seed)
