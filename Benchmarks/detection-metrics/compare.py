"""Times Rondo's detection figures beside pycocotools', in turn, on files that a seed makes.

    swift build -c release --package-path Benchmarks --scratch-path .build/benchmarks --product DetectionBenchmark
    pip install pycocotools numpy && python Benchmarks/detection-metrics/compare.py

5,000 images with 100 detections each and 7 objects on average, of 80 classes, as COCO's validation set.
Both programs read the same two files; reading and computing are timed apart, and the twelve figures must
be equal to 1e-9.
"""
import argparse
import importlib.metadata
import json
import os
import platform
import random
import statistics
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, os.path.dirname(HERE))
import machine  # noqa: E402

parser = argparse.ArgumentParser()
parser.add_argument("--images", type=int, default=5000)
parser.add_argument("--detections", type=int, default=100)
parser.add_argument("--rounds", type=int, default=3)
parser.add_argument("--build", default=f"{ROOT}/.build/benchmarks/release")
options = parser.parse_args()


def write(folder):
    """Objects, and detections of which some lie near one; scores of three digits, so that some tie."""
    random.seed(11)
    categories = [{"id": c, "name": f"class {c}"} for c in random.sample(range(1, 91), 80)]
    images, annotations, results = [], [], []
    for number in range(1, options.images + 1):
        images.append({"id": number, "file_name": f"{number}.jpg", "width": 640, "height": 480})
        drawn = []
        for _ in range(random.randint(0, 14)):
            width, height = (round(2 ** random.uniform(2, 8.5), 2) for _ in range(2))
            box = [round(random.uniform(0, max(1, 640 - width)), 2),
                   round(random.uniform(0, max(1, 480 - height)), 2), width, height]
            drawn.append({
                "id": len(annotations) + len(drawn) + 1, "image_id": number, "bbox": box,
                "category_id": random.choice(categories)["id"],
                "area": round(width * height * 0.7, 2), "iscrowd": int(random.random() < 0.01)})
        annotations += drawn
        for _ in range(options.detections):
            if drawn and random.random() < 0.5:
                near = random.choice(drawn)
                x, y, width, height = near["bbox"]
                box = [x + random.gauss(0, width / 8), y + random.gauss(0, height / 8),
                       width * random.uniform(0.8, 1.2), height * random.uniform(0.8, 1.2)]
                label = near["category_id"]
            else:
                box = [random.uniform(0, 500), random.uniform(0, 400),
                       random.uniform(5, 200), random.uniform(5, 200)]
                label = random.choice(categories)["id"]
            results.append({"image_id": number, "category_id": label,
                            "bbox": [round(value, 2) for value in box],
                            "score": round(random.random(), 3)})
    paths = f"{folder}/results.json", f"{folder}/instances.json"
    truth = {"images": images, "annotations": annotations, "categories": categories}
    for path, content in zip(paths, (results, truth)):
        with open(path, "w") as file:
            json.dump(content, file)
    return paths


def run(command):
    return json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


with tempfile.TemporaryDirectory() as folder:
    paths = write(folder)
    commands = {"rondo": [f"{options.build}/DetectionBenchmark", *paths],
                "pycocotools": [sys.executable, f"{HERE}/rival.py", *paths]}
    rounds = {name: [] for name in commands}
    busy = os.getloadavg()[0]
    for _ in range(options.rounds):
        for name, command in commands.items():
            rounds[name].append(run(command))
difference = max(abs(a - b) for a, b in zip(rounds["rondo"][0]["metrics"],
                                            rounds["pycocotools"][0]["metrics"]))
assert difference < 1e-9, f"the figures differ by {difference}"
record = {"load average at the start": round(busy, 1), "metrics": rounds["rondo"][0]["metrics"], "largest difference": difference}
for part in ("evaluating", "loading"):
    times = {name: [each[part][0] for each in rounds[name]] for name in commands}
    record[part] = {
        **{f"{name} seconds": [round(value, 4) for value in values]
           for name, values in times.items()},
        "times as fast": round(statistics.median(times["pycocotools"])
                               / statistics.median(times["rondo"]), 1)}
both = {name: statistics.median(each["loading"][0] + each["evaluating"][0] for each in rounds[name])
        for name in commands}
record["both together, times as fast"] = round(both["pycocotools"] / both["rondo"], 1)
print(json.dumps(record, indent=1))
with open(f"{HERE}/results/detection-metrics.json", "w") as file:
    json.dump({
        "command": "Benchmarks/detection-metrics/compare.py "
                   f"--images {options.images} --detections {options.detections} "
                   f"--rounds {options.rounds}",
        "machine": machine.description(f"{ROOT}/.build/release/rondo"),
        "versions": {"python": platform.python_version(),
                     **{name: importlib.metadata.version(name) for name in ("pycocotools", "numpy")}},
        **record}, file, indent=1)
    file.write("\n")
