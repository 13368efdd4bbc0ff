"""Runs `rondo train` with nothing typed but the seed, and keeps what came out.

    make bench-recipe                       three seeds on Fashion-MNIST
    make bench-recipe ARGS="--data shapes"
    make bench-recipe ARGS="--precision float32"

Each seed's result is kept as soon as it is there; what was interrupted goes on with the next seed.
"""
import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, os.path.dirname(HERE))
import machine  # noqa: E402

arguments = argparse.ArgumentParser(description=__doc__.split("\n")[0])
arguments.add_argument("--data", default="fashion-mnist")
arguments.add_argument("--seeds", type=int, default=3)
arguments.add_argument("--precision", help="typed, in place of what Rondo takes by itself")
arguments.add_argument("--anew", action="store_true", help="forget the results that are kept")
options = arguments.parse_args()

rondo = f"{ROOT}/.build/release/rondo"
typed = ["--precision", options.precision] if options.precision else []
kept = f"{HERE}/results/{'-'.join([options.data, *typed[1:]])}.json"
os.makedirs(os.path.dirname(kept), exist_ok=True)
results = {"command": " ".join(["rondo train --data", options.data, "--seed N", *typed]), "runs": {}}
if os.path.exists(kept) and not options.anew:
    with open(kept) as file:
        results = json.load(file)

for seed in range(1, options.seeds + 1):
    if str(seed) in results["runs"]:
        continue
    runs = tempfile.mkdtemp()
    started = time.time()
    done = subprocess.run(
        [rondo, "train", "--data", options.data, "--seed", str(seed), "--runs", runs,
         *typed, "--format", "json"], capture_output=True, text=True)
    shutil.rmtree(runs)
    if done.returncode != 0:
        sys.exit(done.stderr)
    run = json.loads(done.stdout)
    run["whole_seconds"] = round(time.time() - started, 1)
    run["flags"] = next(
        line.removeprefix("as flags: ") for line in done.stderr.splitlines()
        if line.startswith("as flags: "))
    results["runs"][str(seed)] = run
    results["machine"] = machine.description(rondo)
    with open(kept, "w") as file:
        json.dump(results, file, indent=1)
        file.write("\n")

for seed, run in results["runs"].items():
    print(f"seed {seed}: accuracy {run['final']['accuracy']:.4f}, {run['whole_seconds']:.0f} s in all, "
          f"{run['images_per_second']:.0f} images/s")
accuracies = [run["final"]["accuracy"] for run in results["runs"].values()]
print(f"median accuracy {statistics.median(accuracies):.4f}, longest "
      f"{max(run['whole_seconds'] for run in results['runs'].values()):.0f} s; "
      f"kept in {os.path.relpath(kept, ROOT)}")
