"""Measures how much accuracy each learning-rate finder's advice loses, and keeps the table.

    make bench-advice ARGS="--cifar10 FOLDER"     CIFAR-10 as an image folder or as binaries

First the sweeps, then the trainings, in as many processes as there are cores, one thread each. What
has been measured lies in results/, a folder a case; what was interrupted goes on from there.
"""
import argparse
import os
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, os.path.dirname(HERE))
import machine  # noqa: E402

arguments = argparse.ArgumentParser(description=__doc__.split("\n")[0])
arguments.add_argument("--cifar10", help="without it the cases of CIFAR-10 are left out")
arguments.add_argument("--only", default="", help="only cases whose name contains this")
arguments.add_argument("--table", action="store_true", help="only writes the table anew")
options = arguments.parse_args()

program = f"{ROOT}/.build/benchmarks/release/AdviceBenchmark"
common = ["--results", f"{HERE}/results"]
if options.only:
    common += ["--only", options.only]
if options.cifar10:
    common += ["--cifar10", options.cifar10]

if not options.table:
    for step in [["sweep"], ["train"], ["sweep", "--held-out"], ["train", "--held-out"]]:
        workers = [
            subprocess.Popen([program] + step + common) for _ in range(os.cpu_count() or 1)]
        if any([worker.wait() != 0 for worker in workers]):
            sys.exit(f"{step[0]} failed; what was measured is kept, start it again to go on")


def table(*kind):
    return subprocess.run(
        [program, "table", *kind] + common, capture_output=True, text=True, check=True).stdout


where = machine.description(f"{ROOT}/.build/release/rondo")
heading = "\n".join([
    "# What each finder's advice loses", "",
    "Points of test accuracy lost against the best peak of the grid, one cycle each, means of three",
    "seeds; in brackets the best peak's accuracy where it is chosen by two seeds and evaluated by the third.",
    "Steady: the share of ten repeats within a factor of 1.5 of their median. `brief` is Rondo's",
    "evaluation of 50 updates instead of 100, `usual` what is usual with the optimizer, without a test.", "",
    f"`make bench-advice`, {where['date']}, commit {where['commit']}, LibTorch {where['libtorch']}, "
    f"{where['processor']}, {where['cores']} cores, one thread a training.", "",
    "## Twelve cases, which the rule's numbers were chosen by", "", ""])
text = (heading + table() + "\n## Eight cases that were kept back until the rule was set\n\n"
        + table("--held-out"))
with open(f"{HERE}/results/table.md", "w") as file:
    file.write(text)
print(text)
