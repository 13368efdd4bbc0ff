#!/usr/bin/env python3
"""What an update of several processes costs: on paper, and checked on links that tc has shaped.

    python3 Benchmarks/distributed/cost-model.py                    the table of Guides/distributed.md
    sudo python3 Benchmarks/distributed/cost-model.py --check       beside what two namespaces take

The model. W processes sum G bytes of gradients around a ring, each over a link of B bytes a second that takes L
seconds for a message:

    communication   C = 2 (W - 1) / W * G / B + 2 (W - 1) * L
    update          T = F + max(last * C, C - 2/3 F)

where F is the time of one process's forward and backward pass, 2/3 F the backward pass, under which the sums travel, and
`last` the share of the gradients in the last bucket, which nothing is left to hide. The processes of one machine share
its network card: B is the card's where W is more than one machine's.
"""
import argparse
import sys
import tempfile

import hosts

arguments = argparse.ArgumentParser(description=__doc__.split("\n")[0])
arguments.add_argument("--check", action="store_true", help="measure, which needs root")
arguments.add_argument("--rondo", default=f"{hosts.ROOT}/.build/release/rondo")
arguments.add_argument("--torchrun", default=f"{hosts.ROOT}/.venv/bin/torchrun")
arguments.add_argument("--data", default="shapes")
arguments.add_argument("--steps", type=int, default=60)
options = arguments.parse_args()

# Bytes a second in one direction, and seconds for a message.
LINKS = {
    "10 GbE": (10e9 / 8 * 0.94, 50e-6),
    "100 GbE": (100e9 / 8 * 0.94, 20e-6),
    "InfiniBand 400": (400e9 / 8 * 0.9, 5e-6),
    "NVLink 4": (360e9, 3e-6),
}
# Parameters, images of one process's slice, seconds of its forward and backward pass (assumed: an H100 in bfloat16 at
# 2,500 and 90 images a second), megabytes of an encoded image.
MODELS = {
    "ResNet-50": (25.6e6, 64, 64 / 2500, 0.11),
    "FCOS, ResNet-50": (32.3e6, 8, 8 / 90, 0.16),
}
BUCKET = 25e6


def communication(size, count, bandwidth, latency):
    return 2 * (count - 1) / count * size / bandwidth + 2 * (count - 1) * latency


def update(compute, size, count, bandwidth, latency, bucket=BUCKET):
    """The seconds of an update."""
    if count == 1:
        return compute
    last = min(1, bucket / size)
    total = communication(size, count, bandwidth, latency)
    # The last bucket is full when the backward pass ends.
    return compute + max(total * last, total - compute * 2 / 3)


def table():
    for name, (parameters, images, compute, megabytes) in MODELS.items():
        size = 4 * parameters
        print(f"\n{name}: {size / 1e6:.0f} MB of gradients, {images} images in {compute * 1e3:.0f} ms each process\n")
        print("| processes | global batch | " + " | ".join(LINKS) + " | images/s (InfiniBand) | read, GB/s |")
        print("|---" * (len(LINKS) + 4) + "|")
        for count in (2, 8, 64, 256, 1000):
            cells = []
            for link, (bandwidth, latency) in LINKS.items():
                if link.startswith("NVLink") and count > 8:
                    cells.append("-")
                    continue
                seconds = update(compute, size, count, bandwidth, latency)
                cells.append(f"{seconds * 1e3:.0f} ms, {100 * compute / seconds:.0f} %")
            speed = count * images / update(compute, size, count, *LINKS["InfiniBand 400"])
            print(f"| {count} | {count * images} | " + " | ".join(cells)
                  + f" | {speed:,.0f} | {speed * megabytes / 1e3:.1f} |")


def seconds_per_update(rate, each, place):
    """The median seconds of an update with so many processes on each of two hosts."""
    hosts.make(rate)
    try:
        nodes = hosts.start(
            [options.rondo, "train", "--data", options.data, "--model", "resnet-20", "--steps", str(options.steps),
             "--base-lr", "0.01", "--max-lr", "0.1", "--schedule", "triangular2", "--step-size", "75", "--batch-size",
             "16", "--threads", "1", "--precision", "float32", "--runs", f"{place}/{rate}-{each}-{{host}}", "--name",
             "run"], options.torchrun, f"{place}/{rate}-{each}", each)
        statuses, said = hosts.finish(nodes, 580)
        if statuses != [0, 0]:
            sys.exit("cost-model: " + said[0][-2000:])
        rows = hosts.training_rows(f"{place}/{rate}-{each}-rondo-a/run-1")
        times = [float(row["seconds"]) for row in rows]
        gaps = sorted(b - a for a, b in zip(times[10:], times[11:]))
        return gaps[len(gaps) // 2]
    finally:
        hosts.remove()


def check():
    # ResNet-20's gradients: 272,474 parameters and the head of four classes are within a percent of it.
    size = 4 * 270e3
    with tempfile.TemporaryDirectory() as place:
        for each in (1, 2):
            alone = seconds_per_update("10gbit", each, place)
            for rate in (10, 30, 100):
                took = seconds_per_update(f"{rate}mbit", each, place)
                # TCP and Ethernet leave 94 % of a link; all gradients are in one bucket.
                model = update(alone, size, 2 * each, rate * 1e6 / 8 * 0.94, 0, bucket=size)
                print(f"{2 * each} processes on two hosts, {rate} Mbit/s: {took * 1e3:.0f} ms, "
                      f"model {model * 1e3:.0f} ms ({100 * (model / took - 1):+.0f} %)", flush=True)


if options.check:
    check()
else:
    table()
