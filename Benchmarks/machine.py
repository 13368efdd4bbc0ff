"""What every kept result says of where it was measured."""
import os
import platform
import subprocess
import time


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
