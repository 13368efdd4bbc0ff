"""Fits what the tables say of the best peak, by least squares on log2 of the peak.

    python3 Benchmarks/advice/fit.py [RESULTS]

Reads horizons.csv (complete cycles of several lengths) and the cases' runs.csv (short runs). For each combination the
vertex of a parabola through the best peak and its two neighbors is taken; the fits over vertices give how the best
step moves with updates, images and batch size, and how many points a factor of two costs.
"""

import csv
import math
import sys
from collections import defaultdict
from pathlib import Path

import numpy as np

MOMENTUM_AT_PEAK = 0.85


def vertex(points):
    """The best log2(peak), the curvature in points per octave squared, and whether an end was best."""
    points = sorted(points)
    x = np.array([math.log2(p) for p, _ in points])
    y = np.array([a for _, a in points])
    best = int(np.argmax(y))
    if best in (0, len(x) - 1):
        return x[best], None, True
    a, b, _ = np.polyfit(x[best - 1:best + 2], y[best - 1:best + 2], 2)
    return -b / (2 * a), -a, False


def horizons(folder):
    rows = defaultdict(lambda: defaultdict(list))
    with open(folder / "horizons.csv") as file:
        for row in csv.DictReader(file):
            key = (row["network"], row["optimizer"], row["decay"], int(row["batch"]), int(row["images"]),
                   int(row["updates"]))
            accuracy = float(row["accuracy"]) * 100 if row["accuracy"] else 10.0
            loss = float(row["loss"]) if row["loss"] else 2.4
            rows[key][float(row["peak"])].append((accuracy, loss))
    return rows


def cases(folder):
    """The twenty short cases: mean accuracy by peak."""
    for path in sorted(folder.glob("*/runs.csv")):
        parts = path.parent.name.split("-")
        by_peak = defaultdict(list)
        with open(path) as file:
            for row in csv.DictReader(file):
                by_peak[float(row["peak"])].append(float(row["accuracy"]) * 100 if row["accuracy"] else 10.0)
        yield parts, {peak: float(np.mean(values)) for peak, values in by_peak.items()}


def main():
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else "Benchmarks/advice/results")
    print("network    optimizer decay   batch images updates | accuracy by peak | best peak by accuracy, by loss")
    found = []
    for key, by_peak in sorted(horizons(folder).items()):
        accuracy = [(p, float(np.mean([a for a, _ in v]))) for p, v in sorted(by_peak.items())]
        loss = [(p, -float(np.mean([l for _, l in v]))) for p, v in sorted(by_peak.items())]
        if len(accuracy) < 3:
            continue
        best, curvature, end = vertex(accuracy)
        best_loss, _, end_loss = vertex(loss)
        print("%-10s %-9s %-7s %5d %6d %7d | " % key + "  ".join("%g: %.1f" % p for p in accuracy)
              + " | %.3g%s, %.3g%s" % (2 ** best, "*" if end else "", 2 ** best_loss, "*" if end_loss else ""))
        found.append((key, best, curvature, end))
    for network, optimizer in sorted({(k[0], k[1]) for k, *_ in found}):
        these = [(k, b) for k, b, _, _ in found if k[0] == network and k[1] == optimizer and k[2] != "unscaled"]
        if len(these) < 3:
            continue
        columns = [np.ones(len(these)), [math.log2(k[5] / 600) for k, _ in these]]
        if len({k[4] for k, _ in these}) > 1:
            columns.append([math.log2(k[4] / 10_000) for k, _ in these])
        solution, *_ = np.linalg.lstsq(np.array(columns).T, np.array([b for _, b in these]), rcond=None)
        names = ["log2 best peak at 600 updates, 10,000 images", "exponent of updates", "exponent of images"]
        print(f"{network} {optimizer}: " + ", ".join(f"{n} {s:.2f}" for n, s in zip(names, solution)))
    curvatures = [c for *_, c, _ in found if c is not None]
    if curvatures:
        print(f"curvature: median {np.median(curvatures):.2f} points per octave squared ({len(curvatures)} grids)")

    print("\nshort cases: best peak, as a step (SGD: rate / (1 - momentum))")
    by_family = defaultdict(list)
    for (data, network, optimizer, batch), by_peak in cases(folder):
        best, curvature, end = vertex(list(by_peak.items()))
        family = ("un-normalized " if network == "unnormalized" else "normalized ") + \
            ("sgd" if optimizer == "sgd" else "adam")
        step = best - (math.log2(1 - MOMENTUM_AT_PEAK) if optimizer == "sgd" else 0)
        by_family[family].append((int(batch), step))
        print(f"{data}-{network}-{optimizer}-{batch}: {2 ** best:.3g}{'*' if end else ''}, step {2 ** step:.3g}")
    for family, values in sorted(by_family.items()):
        batch = np.array([math.log2(b / 128) for b, _ in values])
        step = np.array([s for _, s in values])
        slope, middle = np.polyfit(batch, step, 1) if len(values) > 2 else (0, step.mean())
        rest = step - (middle + slope * batch)
        print(f"{family}: step {2 ** middle:.3g} at batch 128, exponent of the batch {slope:.2f}, "
              f"spread {rest.std(ddof=min(2, len(values) - 1)):.2f} octaves, {len(values)} cases")


main()
