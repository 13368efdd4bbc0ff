"""Times Rondo's suppression of boxes beside torchvision's on a CPU, in turn, on the same boxes.

    swift build -c release --package-path Benchmarks --scratch-path .build/benchmarks --product SuppressionBenchmark
    pip install torchvision==0.28.0 && python Benchmarks/suppression/compare.py

10,000 boxes in four kinds of places: from spread thin, where all stay, to a crowd, where few do; alone
and with 80 labels. Both programs must keep the same boxes. A time is the fastest of some repeats, the
ratio the median of the rounds' ratios.
"""
import argparse
import importlib.metadata
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile

import numpy as np

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, os.path.dirname(HERE))
import machine  # noqa: E402

parser = argparse.ArgumentParser()
parser.add_argument("--boxes", type=int, default=10_000)
parser.add_argument("--overlap", type=float, default=0.5)
parser.add_argument("--rounds", type=int, default=5)
parser.add_argument("--repeats", type=int, default=5)
parser.add_argument("--python", nargs="+", default=[sys.executable], help="what runs rival.py")
parser.add_argument("--build", default=f"{ROOT}/.build/benchmarks/release")
options = parser.parse_args()

# The side of the square that corners lie in, and the longest side of a box, in pixels.
PLACES = {"thin": (20_000, 50), "photograph": (640, 120), "crowd": (200, 100), "one object": (8, 100)}


def write(path, spread, side):
    """Boxes whose corners are whole pixels, so that nothing rounds differently, and scores of which no
    two are equal, whose order batched_nms would leave to chance."""
    random = np.random.default_rng(3)
    corner = random.integers(0, spread, (options.boxes, 2))
    boxes = np.concatenate([corner, corner + random.integers(1, side, (options.boxes, 2))], 1)
    with open(path, "wb") as file:
        file.write(boxes.astype(np.float32).tobytes())
        file.write((random.permutation(options.boxes) / options.boxes).astype(np.float32).tobytes())
        file.write(random.integers(0, 80, options.boxes).tobytes())


def run(command, path):
    command = [*command, path, *map(str, (options.boxes, options.overlap, options.repeats))]
    return json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


busy = os.getloadavg()[0]
record = {}
for name, (spread, side) in PLACES.items():
    with tempfile.NamedTemporaryFile() as file:
        write(file.name, spread, side)
        rounds = [(run([f"{options.build}/SuppressionBenchmark"], file.name),
                   run([*options.python, f"{HERE}/rival.py"], file.name))
                  for _ in range(options.rounds)]
    rondo, rival = rounds[0]
    assert rondo["kept"] == rival["kept"] and rondo["keptOfLabels"] == rival["keptOfLabels"], name
    record[name] = {"kept": len(rondo["kept"]), "kept of 80 labels": len(rondo["keptOfLabels"])}
    for key, words in (("plain", "alone"), ("labeled", "80 labels")):
        record[name][words] = {
            "rondo milliseconds": round(1000 * statistics.median(a[key] for a, _ in rounds), 3),
            "torchvision milliseconds": round(1000 * statistics.median(b[key] for _, b in rounds), 3),
            "times as fast": round(statistics.median(b[key] / a[key] for a, b in rounds), 1)}
print(json.dumps(record, indent=1))
with open(f"{HERE}/results/suppression.json", "w") as file:
    json.dump({
        "command": f"Benchmarks/suppression/compare.py --boxes {options.boxes} "
                   f"--overlap {options.overlap} --rounds {options.rounds} --repeats {options.repeats}",
        "machine": machine.description(f"{ROOT}/.build/release/rondo"),
        "versions": {"python": platform.python_version(),
                     **{name: importlib.metadata.version(name) for name in ("torch", "torchvision")}},
        "load average at the start": round(busy, 1), **record}, file, indent=1)
    file.write("\n")
