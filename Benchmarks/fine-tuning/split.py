"""Divides an image folder (FOLDER/CLASS/*.jpg) into training sets of several sizes and one test set.

    python3 Benchmarks/fine-tuning/split.py FOLDER OUT --counts 10 30

Of each class a fifth of the images, in an order of seed 0, is for testing. OUT/NAME-10 and OUT/NAME-30 (NAME is FOLDER's)
have the first 10 and 30 of the others, OUT/NAME-all has all of them; the test images are the same everywhere. Files are hard links where that is possible.
"""
import argparse
import os
import random
import shutil

parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
parser.add_argument("folder")
parser.add_argument("out")
parser.add_argument("--counts", type=int, nargs="+", default=[10, 30], help="training images of a class")
options = parser.parse_args()


def put(source, target):
    os.makedirs(os.path.dirname(target), exist_ok=True)
    try:
        os.link(source, target)
    except OSError:
        shutil.copy(source, target)


name_of_set = os.path.basename(options.folder.rstrip("/"))
for label in sorted(os.listdir(options.folder)):
    names = sorted(os.listdir(f"{options.folder}/{label}"))
    random.Random(f"0 {label}").shuffle(names)
    test, train = names[:len(names) // 5], names[len(names) // 5:]
    for size in [*options.counts, None]:
        out = f"{options.out}/{name_of_set}-{size or 'all'}"
        for part, chosen in [("train", train[:size]), ("test", test)]:
            for name in chosen:
                put(f"{options.folder}/{label}/{name}", f"{out}/{part}/{label}/{name}")
