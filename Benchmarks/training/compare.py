"""Trains the same network in PyTorch and in Rondo in turn, and prints how the two compare.

One pair is one run of each, one after the other, so that both meet the same mood of a shared
machine; a ratio is taken within a pair. Above 1 means that Rondo is the better one.

    make bench                              five pairs, plain PyTorch with whole batches
    make bench ARGS="--rival best"          PyTorch with all that an expert adds
    make bench ARGS="--rival loader"        PyTorch with its DataLoader, as tutorials have it
    make bench ARGS="--rival compiled"      the same with torch.compile, which has compiled nothing before
    make bench ARGS="--precision bfloat16"  both in bfloat16
    make bench ARGS="--model resnet-20 --steps 60 --data FOLDER"       an image folder, as CIFAR-10's
    make bench ARGS="--model resnet-20 --steps 2000 --data FOLDER --device cuda"
"""
import argparse
import os
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, os.path.dirname(HERE))
import machine  # noqa: E402
import pairs  # noqa: E402

RIVALS = {
    "plain": ["--workers", "batch"],
    "loader": [],
    "best": ["--workers", "batch", "--best"],
    "compiled": ["--workers", "batch", "--best", "--compile"],
}

arguments = argparse.ArgumentParser(description=__doc__.split("\n")[0])
arguments.add_argument("--rival", choices=RIVALS, default="plain")
arguments.add_argument("--model", default="resnet-11")
arguments.add_argument("--data", help="an image folder in Fashion-MNIST's place")
arguments.add_argument("--device", default="cpu")
arguments.add_argument("--workers", type=int, default=1, help="of the rival's DataLoader")
arguments.add_argument("--batch-size", type=int, default=128)
arguments.add_argument("--steps", type=int, default=200)
arguments.add_argument("--pairs", type=int, default=5)
arguments.add_argument("--rondo", default=f"{ROOT}/.build/release/rondo")
arguments.add_argument("--save", help="a file for the results; default results/MODEL-DEVICE-RIVAL.json here")
pairs.add_precision(arguments)
options = arguments.parse_args()
if options.pairs < 1 or options.steps < 20:
    arguments.error("at least 1 pair and 20 steps are needed")


def pytorch():
    with tempfile.TemporaryDirectory() as cache:  # so that torch.compile's time is always in it
        return machine.last_json([
            sys.executable, f"{HERE}/pytorch_train.py", "--model", options.model,
            "--steps", str(options.steps), "--batch-size", str(options.batch_size),
            "--device", options.device, *(["--data", options.data] if options.data else []),
            *(RIVALS[options.rival] or ["--workers", str(options.workers)]),
            *pairs.rivals(options.precision), "--started", repr(time.time()),
        ], env={**os.environ, "TORCHINDUCTOR_CACHE_DIR": cache})


def rondo():
    return machine.trained(
        options.rondo, "--data", options.data or "fashion-mnist",
        "--model", options.model, "--device", options.device,
        "--batch-size", str(options.batch_size), *(["--crop-padding", "4"] if options.data else []),
        "--steps", str(options.steps), "--base-lr", "0.008", "--max-lr", "0.2",
        *pairs.rondos(options.precision))


print(f"{options.model}, {options.steps} updates of {options.batch_size} images on {options.device}, "
      f"rival: {options.rival} PyTorch, {os.cpu_count()} cores")
pytorch(), rondo()  # not counted: they bring the files into memory
pairs.compare(
    pytorch, rondo, [pairs.SPEED, pairs.FIRST_UPDATE, pairs.MEMORY], options.pairs, "bench",
    options.rondo, options.save or f"{HERE}/results/{options.model}-{options.device}-{options.rival}"
    + pairs.suffix(options.precision) + ".json")
