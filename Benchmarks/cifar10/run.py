"""Trains on CIFAR-10 under five schedules at an equal budget, and says how they compare.

A fixed rate (the best of a grid), step decay, cosine, triangular2 and one-cycle, the last four with
the rates that Rondo finds by itself; and Rondo's own choice at a half and a quarter of the budget.
Each run is kept as it ends, so a later call goes on where this one stopped.

    make bench-cifar10 ARGS="--data FOLDER"                 trains what is missing, and writes the table
    make bench-cifar10 ARGS="--data FOLDER --device cuda --jobs 8"
    make bench-cifar10 ARGS="--data FOLDER --train-images 10000 --test-images 5000 --epochs 4 --jobs 2 --threads 1"
    make bench-cifar10 ARGS=--table                         the table alone
"""
import argparse
import concurrent.futures
import csv
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

SCHEDULES = ["step-decay", "cosine", "triangular2", "one-cycle"]

arguments = argparse.ArgumentParser(description=__doc__.split("\n")[0])
arguments.add_argument("--data", help="an image folder: train/CLASS/*.jpg and test/CLASS/*.jpg")
arguments.add_argument("--train-images", type=int, help="so many of them, as many of each class, the first by name")
arguments.add_argument("--test-images", type=int)
arguments.add_argument("--device", default="cpu")
arguments.add_argument("--models", nargs="+", default=["resnet-20", "densenet-bc-40-12"])
arguments.add_argument("--epochs", type=float, default=15)
arguments.add_argument("--seeds", nargs="+", type=int, default=[1, 2, 3])
arguments.add_argument("--rates", nargs="+", type=float, default=[0.01, 0.03, 0.1, 0.3], help="fixed ones")
arguments.add_argument("--jobs", type=int, default=1, help="runs side by side")
arguments.add_argument("--threads", type=int, help="threads of each")
arguments.add_argument("--table", action="store_true")
arguments.add_argument("--results", default=f"{HERE}/results")
arguments.add_argument("--rondo", default=f"{ROOT}/.build/release/rondo")
options = arguments.parse_args()
KEPT = f"{options.results}/runs.jsonl"


def wanted():
    """Each run by its name, with its flags."""
    for seed in options.seeds:
        for model in options.models:
            for schedule in SCHEDULES:
                yield (model, schedule, 1, seed), ["--schedule", schedule]
            yield (model, "rondo", 1 / 2, seed), []
            yield (model, "rondo", 1 / 4, seed), []
            for rate in options.rates:
                yield (model, f"fixed {rate}", 1, seed), [
                    "--schedule", "constant", "--max-lr", str(rate)]


def kept():
    if not os.path.exists(KEPT):
        return {}
    with open(KEPT) as file:
        runs = [json.loads(line) for line in file]
    return {(run["model"], run["schedule"], run["share"], run["seed"]): run for run in runs}


def part(folder, counts):
    """A folder with so many images of each part, as many of each class, the first by their names."""
    for name, count in counts.items():
        classes = sorted(os.listdir(f"{options.data}/{name}"))
        for label in classes:
            files = sorted(os.listdir(f"{options.data}/{name}/{label}"))
            os.makedirs(f"{folder}/{name}/{label}")
            for file in files[:count // len(classes) if count else None]:
                shutil.copy(f"{options.data}/{name}/{label}/{file}", f"{folder}/{name}/{label}")
    return folder


def train(name, flags, data):
    model, schedule, share, seed = name
    folder = tempfile.mkdtemp()
    command = [
        options.rondo, "train", "--data", data, "--model", model, "--device", options.device,
        "--epochs", str(options.epochs * share), "--seed", str(seed), "--crop-padding", "4",
        "--watch", "off", *flags]
    if options.threads:
        command += ["--threads", str(options.threads)]
    try:
        done = subprocess.run(
            [*command, "--runs", folder, "--name", "run", "--format", "json"],
            capture_output=True, text=True)
        if done.returncode != 0:
            return name, f"failed: {done.stderr.strip().splitlines()[-1:]}"
        summary = json.loads(done.stdout.strip().split("\n")[-1])
        with open(f"{folder}/run-1/metrics.csv") as file:
            rows = [row for row in csv.DictReader(file) if row["split"] == "test"]
        return name, {
            "model": model, "schedule": schedule, "share": share, "seed": seed,
            "accuracy": summary["final"]["accuracy"], "updates": summary["updates"],
            "seconds": summary["seconds"],
            "command": [word if word != data else "FOLDER" for word in command[1:]],
            "course": [[int(row["update"]), float(row["accuracy"])] for row in rows],
        }
    finally:
        shutil.rmtree(folder)


def spread(values):
    """The mean, and half the width of its 95 % interval by Student's t, as words."""
    t = {2: 12.71, 3: 4.30, 4: 3.18, 5: 2.78}.get(len(values))
    half = f"±{t * statistics.stdev(values) / len(values) ** 0.5:.2f}" if t else "–"
    return statistics.mean(values), half


def table(runs):
    lines = []
    for model in options.models:
        groups = {}
        for (of, schedule, share, _), run in runs.items():
            if of == model:
                groups.setdefault((schedule, share), []).append(run)
        fixed = {key: group for key, group in groups.items() if key[0].startswith("fixed")}
        if not fixed:
            continue
        best = max(fixed, key=lambda key: statistics.mean(run["accuracy"] for run in fixed[key]))
        goal = statistics.mean(run["accuracy"] for run in fixed[best])
        lines += [
            f"## {model}", "",
            f"The best fixed rate ends at {100 * goal:.2f} %.", "",
            "| schedule | updates | accuracy, % | 95 % interval | seeds | "
            "updates until the best fixed rate's accuracy |", "|---|---|---|---|---|---|"]
        order = sorted(groups, key=lambda key: -statistics.mean(r["accuracy"] for r in groups[key]))
        for key in order:
            group = groups[key]
            mean, half = spread([100 * run["accuracy"] for run in group])
            reached = [
                next((update for update, accuracy in run["course"] if accuracy >= goal), None)
                for run in group]
            words = ", ".join(str(update) if update else "never" for update in reached)
            name = key[0] if key[0] != "rondo" else f"Rondo's choice, {key[1]:g} of the budget"
            lines.append(
                f"| {name} | {group[0]['updates']} | {mean:.2f} | {half} | {len(group)} | {words} |")
        lines.append("")
    return lines


os.makedirs(options.results, exist_ok=True)
runs = kept()
if not options.table:
    if not options.data:
        arguments.error("--data is needed to train")
    missing = [(name, flags) for name, flags in wanted() if name not in runs]
    print(f"{len(runs)} runs are kept, {len(missing)} are to be made", flush=True)
    with tempfile.TemporaryDirectory() as images, \
            concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        data = options.data
        if options.train_images or options.test_images:
            data = part(images, {"train": options.train_images, "test": options.test_images})
        for ended in concurrent.futures.as_completed(
                [pool.submit(train, name, flags, data) for name, flags in missing]):
            name, run = ended.result()
            if isinstance(run, str):
                print(f"{name}: {run}", flush=True)
                continue
            runs[name] = run
            with open(KEPT, "a") as file:
                file.write(json.dumps(run) + "\n")
            print(f"{name}: {100 * run['accuracy']:.2f} % in {run['seconds']:.0f} s", flush=True)
    with open(f"{options.results}/machine.json", "w") as file:
        json.dump({"command": machine.command("bench-cifar10"),
                   **machine.description(options.rondo)}, file, indent=1)
        file.write("\n")
lines = table(runs)
print("\n".join(lines))
with open(f"{options.results}/table.md", "w") as file:
    file.write("\n".join(lines))
