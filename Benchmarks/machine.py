"""What every kept result says of how and where it was measured, and how the programs are run for it."""
import csv
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time


def command(target):
    """The command that measures it again; a path, which is this machine's own, is written as PATH."""
    words = ["PATH" if os.sep in word else word for word in sys.argv[1:]]
    return f"make {target}" + (f' ARGS="{" ".join(words)}"' if words else "")


def last_json(words, **more):
    """What a program prints as the last line of its output; one that fails ends the measuring."""
    done = subprocess.run(words, capture_output=True, text=True, **more)
    if done.returncode != 0:
        sys.exit(f"{' '.join(words)} failed:\n{done.stderr}{done.stdout}")
    return json.loads(done.stdout.strip().split("\n")[-1])


def trained(rondo, *flags):
    """The summary of a run of `rondo train` with these flags, whose folder is thrown away."""
    runs = tempfile.mkdtemp()
    try:
        return last_json([rondo, "train", *flags, "--runs", runs, "--format", "json"])
    finally:
        shutil.rmtree(runs)


def measured(words):
    """What a program prints, its processor seconds and its largest memory in MB; one that fails ends the measuring."""
    child = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    output = child.stdout.read()
    _, status, usage = os.wait4(child.pid, 0)
    if status:
        sys.exit(f"{' '.join(words)} failed:\n{output[-2000:]}")
    return output, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def add_row(path, header, row):
    """Adds a row to a table, which is begun with its header, and prints it."""
    os.makedirs(os.path.dirname(os.path.abspath(path)), exist_ok=True)
    begins = not os.path.exists(path)
    with open(path, "a", newline="") as file:
        writer = csv.writer(file)
        if begins:
            writer.writerow(header)
        writer.writerow(row)
    print(*row, sep=",", flush=True)


def description(rondo):
    """The machine and the versions, as a dictionary."""
    doctor = subprocess.run([rondo, "doctor"], capture_output=True, text=True, check=True).stdout
    libtorch = next(
        (line.split()[1] for line in doctor.splitlines() if line.startswith("LibTorch")), "")
    commit = subprocess.run(
        ["git", "describe", "--always", "--dirty"], capture_output=True, text=True,
        cwd=os.path.dirname(os.path.abspath(__file__))).stdout.strip()
    return {
        "date": time.strftime("%Y-%m-%d"), "processor": processor(), "cores": os.cpu_count(),
        "system": platform.platform(), "libtorch": libtorch, "commit": commit, **gpu(),
    }


def gpu():
    try:
        names = subprocess.run(["nvidia-smi", "--query-gpu=name", "--format=csv,noheader"],
                               capture_output=True, text=True, check=True).stdout
        return {"gpu": names.strip()}
    except (OSError, subprocess.CalledProcessError):
        return {}


def processor():
    try:
        with open("/proc/cpuinfo") as file:
            return next(line.split(":")[1].strip() for line in file if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor() or platform.machine()
