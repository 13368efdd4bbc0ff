"""Reads a file of weights by Rondo, and by PyTorch and safetensors, in turn, each in a process of its own.

    make bench-reading    ARGS="--megabytes 100"

The files are float32 matrices written by torch.save and safetensors. `read` is the seconds until the tensors are there,
`touched` until each number has been summed, one thread; `memory` is what the process's largest memory grew by, as a share
of the file. PyTorch reads with `weights_only=True`, mapped and not. The files are in the page cache, as after a download.
"""
import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, os.path.dirname(HERE))
import machine  # noqa: E402

RIVAL = """
import json, sys, time, torch
torch.set_num_threads(1)
import safetensors.torch
kind, file = sys.argv[1:]
peak = lambda: 1024 * int(next(line for line in open("/proc/self/status") if line.startswith("VmHWM")).split()[1])
before, start = peak(), time.perf_counter()
if kind == "safetensors":
    tensors = safetensors.torch.load_file(file)
else:
    tensors = torch.load(file, weights_only=True, mmap=kind == "mapped")
read = time.perf_counter() - start
total = sum(float(t.sum()) for t in tensors.values())
print(json.dumps(dict(tensors=len(tensors), read=read, touched=time.perf_counter() - start, sum=total, before=before,
                      peak=peak())))
"""

parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
parser.add_argument("--megabytes", type=int, default=100)
parser.add_argument("--rounds", type=int, default=5)
parser.add_argument("--program", default=f"{ROOT}/.build/benchmarks/release/ReadingBenchmark")
options = parser.parse_args()

import safetensors.torch  # noqa: E402
import torch  # noqa: E402

with tempfile.TemporaryDirectory() as folder:
    torch.manual_seed(0)
    weights = {f"layer{k}.weight": torch.randn(256, 1024) for k in range(options.megabytes)}
    torch.save(weights, f"{folder}/weights.pth")
    torch.save(weights, f"{folder}/old.pth", _use_new_zipfile_serialization=False)
    safetensors.torch.save_file(weights, f"{folder}/weights.safetensors")
    rival = [sys.executable, "-c", RIVAL]
    cases = {
        "rondo, .pth": ([options.program], "weights.pth"),
        "torch.load(mmap=True)": (rival + ["mapped"], "weights.pth"),
        "torch.load": (rival + ["read"], "weights.pth"),
        "rondo, .pth before 1.6": ([options.program], "old.pth"),
        "torch.load, before 1.6": (rival + ["read"], "old.pth"),
        "rondo, .safetensors": ([options.program], "weights.safetensors"),
        "safetensors.torch.load_file": (rival + ["safetensors"], "weights.safetensors"),
    }
    rows = {name: [] for name in cases}
    for _ in range(options.rounds):
        for name, (words, file) in cases.items():
            done = subprocess.run([*words, f"{folder}/{file}"], capture_output=True, text=True, check=True)
            rows[name].append(json.loads(done.stdout.splitlines()[-1]))
    size = os.path.getsize(f"{folder}/weights.pth")
    sums = {name: found[0]["sum"] for name, found in rows.items()}
    if max(sums.values()) - min(sums.values()) > 1e-3 * max(1, abs(sums["torch.load"])):
        sys.exit(f"The readers do not agree: {sums}")

where = machine.description(f"{ROOT}/.build/release/rondo")
lines = [
    "# Reading weights", "",
    f"A file of {size / 1e6:.0f} MB, medians of {options.rounds} rounds in turn; `{machine.command('bench-reading')}`, "
    f"{where['date']}, commit {where['commit']}, LibTorch {where['libtorch']}, {where['processor']}.", "",
    "| reader | read, ms | every number summed, ms | memory, as a share of the file |", "|---|---|---|---|"]
for name, found in rows.items():
    middle = {key: statistics.median(row[key] for row in found) for key in ["read", "touched", "before", "peak"]}
    lines.append(f"| {name} | {middle['read'] * 1000:.1f} | {middle['touched'] * 1000:.0f} | "
                 f"{(middle['peak'] - middle['before']) / size:.2f} |")
os.makedirs(f"{HERE}/results", exist_ok=True)
with open(f"{HERE}/results/table.md", "w") as file:
    file.write("\n".join(lines) + "\n")
print("\n".join(lines))
