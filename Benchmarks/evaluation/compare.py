"""Evaluates the same network in PyTorch and in Rondo in turn, and prints how the two compare.

Rondo's figure is taken with batch norms folded into their convolutions and as they are; PyTorch's
plain (model.eval(), no_grad) and in channels-last. A round is one run of each, one after the other; a
ratio is taken within a round. Above 1 means that Rondo is the faster one.

    make bench-evaluation
    make bench-evaluation ARGS="--rounds 9 --batch 256"
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
arguments.add_argument("--depth", type=int, default=20)
arguments.add_argument("--batch", type=int, default=128)
arguments.add_argument("--images", type=int, default=2048)
arguments.add_argument("--rounds", type=int, default=5)
arguments.add_argument("--build", default=f"{ROOT}/.build/benchmarks/release")
arguments.add_argument("--rondo", default=f"{ROOT}/.build/release/rondo", help="says what is here")
options = arguments.parse_args()
SIZES = [str(options.depth), str(options.batch), str(options.images)]


rounds = []
for number in range(options.rounds):
    plain = machine.last_json([sys.executable, f"{HERE}/rival.py", *SIZES])
    rondo = machine.last_json([f"{options.build}/EvaluationBenchmark", *SIZES])
    best = machine.last_json([sys.executable, f"{HERE}/rival.py", *SIZES, "--best"])
    rounds.append({
        "pytorch": plain["images_per_second"], "pytorch_channels_last": best["images_per_second"],
        "rondo": rondo["folded"], "rondo_unfolded": rondo["unfolded"]})
    print(f"round {number + 1}: " + ", ".join(
        f"{name} {speed:.0f}" for name, speed in rounds[-1].items()) + " images/s", flush=True)

print(f"\n{'Rondo against':28} {'median':>8} {'lowest':>8} {'highest':>8}")
ratios = {}
for rival in ["pytorch", "pytorch_channels_last", "rondo_unfolded"]:
    values = sorted(one["rondo"] / one[rival] for one in rounds)
    ratios[rival] = {"median": statistics.median(values), "lowest": values[0], "highest": values[-1]}
    print(f"{rival:28} {statistics.median(values):8.2f} {values[0]:8.2f} {values[-1]:8.2f}")

save = f"{HERE}/results/resnet-{options.depth}-{options.batch}.json"
os.makedirs(os.path.dirname(save), exist_ok=True)
with open(save, "w") as file:
    json.dump({
        "command": "make bench-evaluation ARGS=\"" + " ".join(sys.argv[1:]) + "\"",
        "machine": machine.description(options.rondo),
        "pytorch": plain["version"], "images": options.images, "ratios": ratios, "rounds": rounds,
    }, file, indent=1)
    file.write("\n")
print(f"\nkept in {os.path.relpath(save, ROOT)}")
