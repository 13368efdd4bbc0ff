"""Runs a rival and Rondo in turn, and says how the two compare.

One pair is one run of each, one after the other, so that both meet the same mood of a shared machine; a
ratio is taken within a pair. Above 1 means that Rondo is the better one.
"""
import json
import os
import statistics

import machine

# key, its name, its unit's factor and name, whether more is better
SPEED = ("images_per_second", "images a second", 1, "", True)
FIRST_UPDATE = ("first_update_seconds", "time to first update", 1, " s", False)
MEMORY = ("peak_memory_bytes", "peak memory", 1e-6, " MB", False)


def add_precision(arguments):
    """Lets it be chosen how numbers are kept; float32 in both unless something else is said."""
    arguments.add_argument(
        "--precision", choices=["float32", "bfloat16", "own"], default="float32",
        help="of both; own: what Rondo takes by itself, against float32")


def rondos(precision):
    """The flags of Rondo for a precision."""
    return [] if precision == "own" else ["--precision", precision]


def rivals(precision):
    """The flags of a rival for it."""
    return ["--half"] if precision == "bfloat16" else []


def suffix(precision):
    """What the results' file is called by it."""
    return "" if precision == "float32" else "-" + precision


def compare(rival, rondo, figures, count, target, program, save):
    """Makes so many pairs, prints them with their ratios, and keeps both in a file.

    rival and rondo return a run's figures by their keys; target is what `make` calls the benchmark.
    """
    pairs = []
    for number in range(count):
        theirs, ours = rival(), rondo()
        pairs.append({"pytorch": theirs, "rondo": ours})
        print(f"pair {number + 1}: " + ", ".join(
            f"{name} {theirs[key] * factor:.4g} / {ours[key] * factor:.4g}{unit}"
            for key, name, factor, unit, _ in figures), flush=True)

    print(f"\n{'Rondo against PyTorch':22} {'median':>8} {'lowest':>8} {'highest':>8}")
    ratios = {}
    for key, name, _, _, more_is_better in figures:
        values = sorted(
            pair["rondo"][key] / pair["pytorch"][key] if more_is_better
            else pair["pytorch"][key] / pair["rondo"][key] for pair in pairs)
        ratios[key] = {
            "median": statistics.median(values), "lowest": values[0], "highest": values[-1]}
        print(f"{name:22} {statistics.median(values):8.2f} {values[0]:8.2f} {values[-1]:8.2f}")

    os.makedirs(os.path.dirname(os.path.abspath(save)), exist_ok=True)
    with open(save, "w") as file:
        json.dump({
            "command": machine.command(target), "machine": machine.description(program),
            "pytorch": pairs[0]["pytorch"]["version"], "ratios": ratios, "pairs": pairs,
        }, file, indent=1)
        file.write("\n")
    print(f"\nkept in {os.path.relpath(save)}")
