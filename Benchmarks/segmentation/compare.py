"""Trains the same U-Net on crops of images with instances in PyTorch and in Rondo in turn, and prints how
the two compare.

One pair is one run of each, one after the other; a ratio is taken within a pair. Above 1 means that Rondo
is the better one. Both cut, bend and recolour the crops alike while they train.

    make bench-segmentation ARGS="--data FOLDER"
    make bench-segmentation ARGS="--data FOLDER --rival best"     PyTorch with what an expert adds
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
arguments.add_argument("--data", required=True, help="a folder of images/, instances/ and train.txt")
arguments.add_argument("--rival", choices=["plain", "best"], default="plain")
arguments.add_argument("--crop", type=int, default=256)
arguments.add_argument("--batch-size", type=int, default=8)
arguments.add_argument("--steps", type=int, default=40)
arguments.add_argument("--pairs", type=int, default=5)
arguments.add_argument("--rondo", default=f"{ROOT}/.build/release/rondo")
arguments.add_argument("--save", help="a file for the results; default results/unet-16-RIVAL.json here")
options = arguments.parse_args()
if options.pairs < 1 or options.steps < 20:
    arguments.error("at least 1 pair and 20 steps are needed")


def last_json(command):
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"{' '.join(command)} failed:\n{done.stderr}")
    return json.loads(done.stdout.strip().split("\n")[-1])


def pytorch():
    return last_json([
        sys.executable, f"{HERE}/rival.py", "--data", options.data, "--crop", str(options.crop),
        "--batch-size", str(options.batch_size), "--steps", str(options.steps),
        *(["--best"] if options.rival == "best" else [])])


def rondo():
    runs = tempfile.mkdtemp()
    try:
        return last_json([
            options.rondo, "train", "--data", options.data, "--model", "unet-16",
            "--crop-size", str(options.crop), "--batch-size", str(options.batch_size),
            "--steps", str(options.steps), "--base-lr", "0.0001", "--max-lr", "0.003",
            "--runs", runs, "--format", "json"])
    finally:
        shutil.rmtree(runs)


FIGURES = [  # key, its name, its unit's factor and name, whether more is better
    ("images_per_second", "crops a second", 1, "", True),
    ("peak_memory_bytes", "peak memory", 1e-6, " MB", False),
]

print(f"unet-16, {options.steps} updates of {options.batch_size} crops of {options.crop}x{options.crop}, "
      f"rival: {options.rival} PyTorch, {os.cpu_count()} cores")
pairs = []
for number in range(options.pairs):
    theirs, ours = pytorch(), rondo()
    pairs.append({"pytorch": theirs, "rondo": ours})
    print(f"pair {number + 1}: " + ", ".join(
        f"{name} {theirs[key] * factor:.4g} / {ours[key] * factor:.4g}{unit}"
        for key, name, factor, unit, _ in FIGURES), flush=True)

print(f"\n{'Rondo against PyTorch':22} {'median':>8} {'lowest':>8} {'highest':>8}")
ratios = {}
for key, name, _, _, more_is_better in FIGURES:
    values = sorted(
        pair["rondo"][key] / pair["pytorch"][key] if more_is_better
        else pair["pytorch"][key] / pair["rondo"][key] for pair in pairs)
    ratios[key] = {"median": statistics.median(values), "lowest": values[0], "highest": values[-1]}
    print(f"{name:22} {statistics.median(values):8.2f} {values[0]:8.2f} {values[-1]:8.2f}")

save = options.save or f"{HERE}/results/unet-16-{options.rival}.json"
os.makedirs(os.path.dirname(os.path.abspath(save)), exist_ok=True)
with open(save, "w") as file:
    json.dump({
        "command": "make bench-segmentation ARGS=\"" + " ".join(sys.argv[1:]) + "\"",
        "machine": machine.description(options.rondo), "pytorch": pairs[0]["pytorch"]["version"],
        "ratios": ratios, "pairs": pairs,
    }, file, indent=1)
    file.write("\n")
print(f"\nkept in {os.path.relpath(save, ROOT)}")
