"""Reads photographs in Rondo and by torchvision's loader in turn, and prints the ratio.

    make bench-loading-rival ARGS="FOLDER"

FOLDER is an image folder with train/CLASS/*.jpg. Both read random parts at 224x224, mirrored or not,
with two threads (Rondo: one a core) or processes.
"""
import json
import os
import re
import statistics
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, os.path.dirname(HERE))
import machine  # noqa: E402

ROUNDS = 3
folder = sys.argv[1]
rounds = []
for number in range(ROUNDS):
    ours = subprocess.run([f"{ROOT}/.build/benchmarks/release/LoadingBenchmark", folder], capture_output=True,
                          text=True, check=True).stdout
    pairs = re.findall(
        r"decoded whole ([\d.]+) images/s, ([\d.]+) ms.*read for training ([\d.]+) images/s, ([\d.]+) ms",
        ours)
    decoding, reading = (statistics.median(float(pair[place]) for pair in pairs) for place in (0, 2))
    theirs = json.loads(subprocess.run(
        [sys.executable, f"{HERE}/rival.py", folder, "224", "2", "3"], capture_output=True, text=True,
        check=True).stdout.strip().split("\n")[-1])["images_per_second"]
    rounds.append({"rondo": reading, "decoding_alone": decoding, "torchvision": theirs})
    print(f"round {number + 1}: " + ", ".join(
        f"{name} {speed:.0f}" for name, speed in rounds[-1].items()) + " images/s", flush=True)
ratios = {
    rival: statistics.median(one["rondo"] / one[rival] for one in rounds)
    for rival in ["decoding_alone", "torchvision"]}
print(", ".join(f"{ratio:.2f} times {rival}" for rival, ratio in ratios.items()))
save = f"{HERE}/results/photographs.json"
os.makedirs(os.path.dirname(save), exist_ok=True)
with open(save, "w") as file:
    json.dump({
        "command": f"make bench-loading-rival ARGS=FOLDER, of {len(os.listdir(folder))} parts",
        "machine": machine.description(f"{ROOT}/.build/release/rondo"), "ratios": ratios,
        "rounds": rounds}, file, indent=1)
    file.write("\n")
