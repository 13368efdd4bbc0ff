#!/usr/bin/env python3
"""Trains on two hosts, which are network namespaces of this machine, and cuts one off for a while.

    sudo python3 Benchmarks/distributed/two-hosts.py                     all of the below
    sudo python3 Benchmarks/distributed/two-hosts.py --rate 100mbit      the link shaped by tc

1. torchrun with a node on each host: both train to the end.
2. One host is cut off for less than --timeout: the run waits and goes on, to the same loss.
3. One host is cut off for good: both sides end in a sentence, within --timeout and a little.

Needs root, iproute2 and torchrun.
"""
import argparse
import os
import sys
import tempfile
import time

import hosts

arguments = argparse.ArgumentParser(description=__doc__.split("\n")[0])
arguments.add_argument("--rondo", default=f"{hosts.ROOT}/.build/release/rondo")
arguments.add_argument("--torchrun", default=f"{hosts.ROOT}/.venv/bin/torchrun")
arguments.add_argument("--data", default="shapes")
arguments.add_argument("--steps", type=int, default=400)
arguments.add_argument("--timeout", type=int, default=20, help="seconds")
arguments.add_argument("--rate", help="of the link, as tc has it: 100mbit")
options = arguments.parse_args()


def start(place, name, steps=options.steps):
    """A node on each host; a run folder of its own on each, as without a shared file system."""
    return hosts.start(
        [options.rondo, "train", "--data", options.data, "--steps", str(steps), "--base-lr", "0.01",
         "--max-lr", "0.1", "--schedule", "triangular2", "--step-size", "75", "--batch-size", "16", "--threads", "1",
         "--timeout", str(options.timeout), "--runs", f"{place}/{name}-{{host}}", "--name", "run"],
        options.torchrun, f"{place}/{name}")


def run(place, name):
    return f"{place}/{name}-rondo-a/run-1"


def wait_for_rows(place, name, count, seconds=120):
    end = time.monotonic() + seconds
    while len(hosts.training_rows(run(place, name))) <= count:
        if time.monotonic() > end:
            sys.exit(f"two-hosts: {name} did not begin to train")
        time.sleep(0.05)


def main():
    with tempfile.TemporaryDirectory() as place:
        begun = time.monotonic()
        statuses, said = hosts.finish(start(place, "plain"), 600)
        if statuses != [0, 0]:
            sys.exit(f"two-hosts: status {statuses}\n" + "\n".join(words[-2000:] for words in said))
        loss = hosts.training_rows(run(place, "plain"))[-1]["loss"]
        print(f"two hosts: {options.steps} updates in {time.monotonic() - begun:.1f} s, last loss {loss}; the second "
              f"host has {'a' if os.path.exists(f'{place}/plain-rondo-b') else 'no'} run folder")

        nodes = start(place, "short")
        wait_for_rows(place, "short", 20)
        hosts.cut(True)
        time.sleep(options.timeout / 3)
        hosts.cut(False)
        statuses, said = hosts.finish(nodes, 600)
        same = statuses == [0, 0] and hosts.training_rows(run(place, "short"))[-1]["loss"] == loss
        print(f"cut off for {options.timeout / 3:.0f} of {options.timeout} s: status {statuses}, "
              f"last loss {'the same' if same else 'DIFFERS'}")

        # So many that it is still training when it is cut off.
        nodes = start(place, "long", steps=1_000_000)
        wait_for_rows(place, "long", 20)
        hosts.cut(True)
        begun = time.monotonic()
        statuses, said = hosts.finish(nodes, options.timeout + 90)
        took = time.monotonic() - begun
        hosts.cut(False)
        print(f"cut off for good: status {statuses} after {took:.0f} s with --timeout {options.timeout}")
        sentences = [[line for line in words.split("\n") if line.startswith("rondo: ")] for words in said]
        for host, lines in zip(hosts.HOSTS, sentences):
            for line in lines:
                print(f"  {host}: {line}")
    return same and 0 not in statuses and all(sentences)


hosts.make(options.rate)
try:
    is_right = main()
finally:
    hosts.remove()
sys.exit(0 if is_right else 1)
