"""Times the updates of a fine-tuning run of EfficientNet-Lite0 by Rondo and by timm's train.py, in turn, on the same files.

    make bench-fine-tuning-updates ARGS="--data FOLDER --timm FOLDER"

FOLDER of --data has train/CLASS/*.jpg and test/CLASS/*.jpg; that of --timm is a checkout of pytorch-image-models at the
version of the package timm that the Python in use has. Both read and augment the photographs, train all layers by AdamW
with the same batch and image size, and evaluate once. A row of results/updates.csv is one run: images a second of the
training (timm: the mean of its epochs but the first, as it prints them), processor seconds, and the largest memory.
"""
import argparse
import os
import re
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, os.path.dirname(HERE))
import machine  # noqa: E402

HEADER = ["program", "precision", "size", "batch", "threads", "images_per_second", "cpu_seconds", "megabytes"]
# train.py imports torchvision, whose compiled half is not there for every PyTorch; timm uses its Python half only.
STUB = """
import re, importlib.util, pathlib, runpy, sys, torch
root = pathlib.Path(importlib.util.find_spec("torchvision").submodule_search_locations[0])
try:
    import torchvision
except RuntimeError:
    library = torch.library.Library("torchvision", "DEF")
    text = (root / "_meta_registrations.py").read_text()
    for name in sorted(set(re.findall(r'register_(?:fake|meta)\\("(?:torchvision::)?(\\w+)"', text))):
        library.define(name + "(Tensor x) -> Tensor")
    for name in [name for name in sys.modules if name.startswith("torchvision")]:
        del sys.modules[name]
torch.set_num_threads(THREADS)
sys.argv = sys.argv[1:]
runpy.run_path(sys.argv[0], run_name="__main__")
"""

parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
parser.add_argument("--data", required=True)
parser.add_argument("--timm", required=True, help="a checkout of pytorch-image-models")
parser.add_argument("--pairs", type=int, default=3)
parser.add_argument("--epochs", type=int, default=3)
parser.add_argument("--size", type=int, default=96)
parser.add_argument("--batch", type=int, default=32)
parser.add_argument("--threads", type=int, default=2)
parser.add_argument("--workers", type=int, default=1, help="timm's loader processes")
parser.add_argument("--no-channels-last", action="store_true", help="timm without --channels-last")
parser.add_argument("--precisions", nargs="+", default=["float32"])
parser.add_argument("--rondo", default=f"{ROOT}/.build/release/rondo")
parser.add_argument("--results", default=f"{HERE}/results/updates.csv")
options = parser.parse_args()
classes = len(os.listdir(f"{options.data}/train"))


def rondo(precision, folder):
    output, seconds, memory = machine.measured([
        options.rondo, "train", "--data", options.data, "--model", "efficientnet-lite0", "--image-size", str(options.size),
        "--batch-size", str(options.batch), "--optimizer", "adamw", "--max-lr", "0.001", "--epochs", str(options.epochs),
        "--precision", precision, "--threads", str(options.threads), "--runs", folder, "--evaluate-every", str(options.epochs),
        "--watch", "off"])
    return float(re.findall(r"\(([\d.]+) images/s while training\)", output)[-1]), seconds, memory


def timm(precision, folder):
    amp = ["--amp", "--amp-dtype", "bfloat16"] if precision == "bfloat16" else []
    output, seconds, memory = machine.measured([
        sys.executable, "-c", STUB.replace("THREADS", str(options.threads)), f"{options.timm}/train.py",
        "--data-dir", options.data, "--train-split", "train", "--val-split", "test", "--model", "tf_efficientnet_lite0",
        "--num-classes", str(classes), "--img-size", str(options.size), "-b", str(options.batch), "--opt", "adamw",
        "--lr", "0.001", "--epochs", str(options.epochs), "--cooldown-epochs", "0", "--warmup-epochs", "0", "--device", "cpu",
        "--workers", str(options.workers), "--val-interval", str(options.epochs), "--log-interval", "10000",
        "--output", folder, *amp, *([] if options.no_channels_last else ["--channels-last"])])
    rates = re.findall(r"Train: \d+ \[ *(\d+)/\d+.*?\(\s*[\d.]+s,\s*([\d.]+)/s\)", output)
    rates = [float(rate) for update, rate in rates if int(update) > 0][1:]
    return sum(rates) / len(rates), seconds, memory


for pair in range(options.pairs):
    for precision in options.precisions:
        for name, program in [("rondo", rondo), ("timm", timm)]:
            with tempfile.TemporaryDirectory() as folder:
                rate, seconds, memory = program(precision, folder)
            machine.add_row(options.results, HEADER, [
                name, precision, options.size, options.batch, options.threads, f"{rate:.1f}", f"{seconds:.0f}",
                f"{memory:.0f}"])
