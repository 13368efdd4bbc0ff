"""Times Rondo's schedules beside PyTorch's `CyclicLR.step()`, and a table of a million updates.

    make bench-schedules
"""
import json
import os
import subprocess
import sys
import time
import warnings

import torch

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, os.path.dirname(HERE))
import machine  # noqa: E402

warnings.filterwarnings("ignore")
rondo, program = f"{ROOT}/.build/release/rondo", f"{ROOT}/.build/benchmarks/release/ScheduleBenchmark"


def pytorch_step():
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=0.1, momentum=0.9)
    scheduler = torch.optim.lr_scheduler.CyclicLR(optimizer, 0.001, 0.006, step_size_up=2000)
    best = float("inf")
    for _ in range(7):
        start = time.perf_counter()
        for _ in range(20_000):
            scheduler.step()
        best = min(best, (time.perf_counter() - start) / 20_000)
    return best * 1e9


def table():
    best = float("inf")
    for _ in range(5):
        start = time.perf_counter()
        subprocess.run(
            [rondo, "schedule", "triangular2", "--base-lr", "0.001", "--max-lr", "0.006",
             "--step-size-up", "2000", "--steps", "1000000", "--format", "csv"],
            stdout=subprocess.DEVNULL, check=True)
        best = min(best, time.perf_counter() - start)
    return best


theirs = pytorch_step()
values = json.loads(subprocess.run([program], capture_output=True, text=True, check=True).stdout)
seconds = table()
for name, nanoseconds in sorted(values.items(), key=lambda item: item[1]):
    print(f"{name:22} {nanoseconds:7.1f} ns")
print(f"{'CyclicLR.step()':22} {theirs:7.0f} ns: {theirs / values['triangular']:.0f} times triangular")
print(f"a million updates as CSV: {seconds:.2f} s")
os.makedirs(f"{HERE}/results", exist_ok=True)
with open(f"{HERE}/results/schedules.json", "w") as file:
    json.dump({"command": "make bench-schedules", "machine": machine.description(rondo),
               "nanoseconds": values, "CyclicLR.step() nanoseconds": theirs,
               "million-step CSV seconds": seconds}, file, indent=1)
    file.write("\n")
