"""Trains ResNet-9 on CIFAR-10 to 94 % in Rondo and in PyTorch at its best, by one recipe, in turn.

    make bench-time ARGS="--data FOLDER --device cuda"

A round is one run of each with the same seed. The seconds are those of training with an evaluation
after each epoch; starting, reading the images and compiling are not counted.
"""
import argparse
import json
import os
import statistics
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, os.path.dirname(HERE))
import machine  # noqa: E402

arguments = argparse.ArgumentParser(description=__doc__.split("\n")[0])
arguments.add_argument("--data", required=True)
arguments.add_argument("--device", default="cuda")
arguments.add_argument("--epochs", type=int, default=16)
arguments.add_argument("--batch-size", type=int, default=512)
arguments.add_argument("--base-lr", type=float, default=0.04)
arguments.add_argument("--max-lr", type=float, default=0.4)
arguments.add_argument("--cutout", type=int, default=8)
arguments.add_argument("--rounds", type=int, default=3)
arguments.add_argument("--rondo", default=f"{ROOT}/.build/release/rondo")
arguments.add_argument("--save", default=f"{HERE}/results/resnet-9.json")
options = arguments.parse_args()
RECIPE = [
    "--data", options.data, "--device", options.device, "--epochs", str(options.epochs),
    "--batch-size", str(options.batch_size), "--base-lr", str(options.base_lr),
    "--max-lr", str(options.max_lr), "--cutout", str(options.cutout)]


def rondo(seed):
    ended = machine.trained(
        options.rondo, *RECIPE, "--seed", str(seed), "--model", "resnet-9",
        "--schedule", "one-cycle", "--crop-padding", "4", "--precision", "bfloat16",
        "--base-momentum", "0.9", "--max-momentum", "0.9", "--test-flip", "--watch", "off",
        "--checkpoint-every", "1000000")
    return {"accuracy": ended["final"]["accuracy"], "seconds": ended["seconds"]}


def pytorch(seed, *more):
    return machine.last_json([sys.executable, f"{HERE}/rival.py", *RECIPE, "--seed", str(seed), *more])


rounds = []
for seed in range(1, options.rounds + 1):
    rounds.append({
        "rondo": rondo(seed), "pytorch": pytorch(seed), "compiled": pytorch(seed, "--compile")})
    print(f"round {seed}: " + ", ".join(
        f"{name} {100 * run['accuracy']:.2f} % in {run['seconds']:.2f} s"
        for name, run in rounds[-1].items()), flush=True)
for name in rounds[0]:
    print(f"{name:8} median {100 * statistics.median(r[name]['accuracy'] for r in rounds):.2f} % "
          f"in {statistics.median(r[name]['seconds'] for r in rounds):.2f} s")
os.makedirs(os.path.dirname(os.path.abspath(options.save)), exist_ok=True)
with open(options.save, "w") as file:
    json.dump({"command": machine.command("bench-time"),
               "machine": machine.description(options.rondo), "rounds": rounds}, file, indent=1)
    file.write("\n")
