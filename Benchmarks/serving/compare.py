"""Measures `rondo serve` beside `rondo predict` on the same images, and beside FastAPI with PyTorch.

A round is one of each, one after the other, on one run of `rondo train`. `rondo predict` reads the images in full
batches; its time to start is taken away, by a second, short list. The clients are a process of their own on the same
cores: wrk where it is installed (Debian: wrk), which takes a hundredth of the server's time, or a script of Python's,
which takes more. An answer that differs from predict's, or none, ends the measuring; Python's clients check that, before
wrk measures. The processor's time of an image is the process's own, and says more where others use the cores too.

    make bench-serve
    make bench-serve ARGS="--requests 2000 --clients 32 --images FOLDER --model resnet-50 --rounds 3"
"""
import argparse
import json
import os
import re
import resource
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, os.path.dirname(HERE))
import machine  # noqa: E402

arguments = argparse.ArgumentParser(description=__doc__.split("\n")[0])
arguments.add_argument("--requests", type=int, default=10_000)
arguments.add_argument("--clients", type=int, default=32)
arguments.add_argument("--rounds", type=int, default=3)
arguments.add_argument("--threads", type=int, default=os.cpu_count())
arguments.add_argument("--model", default="resnet-18", help="one that torchvision or timm has")
arguments.add_argument("--images", help="a folder with a folder of images for each class; drawn if left out")
arguments.add_argument("--size", default="320x240", help="the pixels of images that are drawn")
arguments.add_argument("--distinct", type=int, default=256, help="different images")
arguments.add_argument("--client", choices=["wrk", "python"], default="wrk" if shutil.which("wrk") else "python")
arguments.add_argument("--no-rival", action="store_true", help="without FastAPI")
arguments.add_argument("--rondo", default=f"{ROOT}/.build/release/rondo")
arguments.add_argument("--serve-flags", default="", help="more flags of rondo serve")
options = arguments.parse_args()
work = tempfile.TemporaryDirectory()


def draw(folder):
    """Photographs of a kind: 256 JPEG files of smooth colors and noise."""
    import numpy
    from PIL import Image
    random = numpy.random.default_rng(7)
    size = tuple(int(each) for each in options.size.split("x"))
    for number in range(256):
        name = ["warm", "cold"][number % 2]
        os.makedirs(f"{folder}/{name}", exist_ok=True)
        rough = random.integers(0, 256, (6, 8, 3)).astype(numpy.uint8)
        smooth = numpy.asarray(Image.fromarray(rough).resize(size, Image.BICUBIC)).astype(int)
        smooth[..., 0 if name == "warm" else 2] += 60
        noisy = (smooth + random.normal(0, 6, smooth.shape)).clip(0, 255).astype(numpy.uint8)
        Image.fromarray(noisy).save(f"{folder}/{name}/{number}.jpg", quality=90)


def named(files, count):
    """So many names of files, each another: `rondo predict` predicts a file that is named twice once."""
    names = list(files)
    while len(names) < count:
        folder = f"{work.name}/again-{len(names) // len(files)}"
        os.makedirs(folder)
        for number, file in enumerate(files):
            names.append(f"{folder}/{number}{os.path.splitext(file)[1]}")
            shutil.copyfile(file, names[-1])
    return names[:count]


def children():
    """The processor's seconds of all processes that have been waited for."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def processor_seconds(process):
    """The processor's seconds of a process that runs; nil where the system does not say it."""
    try:
        words = open(f"/proc/{process.pid}/stat").read().rpartition(")")[2].split()
    except OSError:
        return None
    return (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")


def predict(run, names):
    """The seconds, the processor's seconds and the predictions of `rondo predict` for some images."""
    begun, used = time.perf_counter(), children()
    done = subprocess.run([options.rondo, "predict", run, "-", "--format", "json"], input="\n".join(names) + "\n",
                          text=True, capture_output=True)
    if done.returncode != 0:
        sys.exit(f"rondo predict failed:\n{done.stderr}")
    predictions = {row["file"]: row for row in json.loads(done.stdout)}
    if len(predictions) != len(names):
        sys.exit(f"rondo predict predicted {len(predictions)} of {len(names)} images")
    return time.perf_counter() - begun, children() - used, predictions


def ask(port, files, requests):
    return machine.last_json(
        [sys.executable, f"{HERE}/load.py", str(port), str(requests), str(options.clients), *files])


def load(port, files, seconds):
    """Asks by wrk for so long, with one thread for all connections."""
    return machine.last_json(
        ["wrk", "--threads", "1", "--connections", str(options.clients), "--duration", f"{seconds}s", "--timeout", "60s",
         "--script", f"{HERE}/load.lua", f"http://127.0.0.1:{port}/predict", *files])


def measured(words, port, files, **more):
    """Starts a server, warms it up, and asks it; returns what the clients saw."""
    server = subprocess.Popen(words, stderr=subprocess.PIPE, text=True, **more)
    try:
        if port is None:
            line = ""
            while not (found := re.search(r"http://127\.0\.0\.1:(\d+)/", line)):
                line = server.stderr.readline()
                if not line:
                    sys.exit(f"{' '.join(words)} ended")
            port = int(found[1])
        for _ in range(3_000):
            if server.poll() is not None:
                sys.exit(f"{' '.join(words)} ended:\n{server.stderr.read()}")
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}/health").read()
                break
            except OSError:
                time.sleep(0.1)
        ask(port, files, 4 * options.clients)
        used = processor_seconds(server)
        seen = ask(port, files, max(len(files), options.requests // 10) if options.client == "wrk" else options.requests)
        if options.client == "wrk" and not seen["lost"]:
            used = processor_seconds(server)
            seen |= load(port, files, max(1, round(options.requests / seen["requests_per_second"])))
        if used is not None:
            seen["processor_ms"] = 1000 * (processor_seconds(server) - used) / seen["requests"]
    finally:
        server.send_signal(signal.SIGTERM)
        server.stderr.close()
        status = server.wait()
    return seen, status


def check(name, seen, predictions, tolerance):
    """Ends where something is lost, or answered with what is not predict's."""
    if seen["lost"]:
        sys.exit(f"{name}: {seen['lost']} of {seen['requests']} requests were lost; the first: {seen['first_lost']}")
    for file, answers in seen.pop("answers").items():
        wanted = predictions[file]
        for label, probability in answers:
            near = abs(probability - wanted["probability"]) < tolerance
            # Where two classes are as likely as each other, the last bits decide.
            if not near or label != wanted["class"] and wanted["probability"] > 0.5 + tolerance:
                sys.exit(f"{name}: {file} is {label} {probability}, and predict says {wanted}")


data = options.images or f"{work.name}/photos"
if not options.images:
    draw(data)
summary = machine.last_json([
    options.rondo, "train", "--data", data, "--model", options.model, "--steps", "2", "--batch-size", "8", "--max-lr",
    "0.001", "--runs", f"{work.name}/runs", "--name", "serve", "--format", "json", "--threads", str(options.threads)])
run = f"{work.name}/runs/serve-1"
files = sorted(os.path.join(folder, name) for folder, _, names in os.walk(data) for name in names)[:options.distinct]
environment = dict(os.environ, OMP_NUM_THREADS=str(options.threads))
environment["RONDO_PROGRAM"] = options.rondo
rounds = []
names = named(files, len(files) + options.requests)
for number in range(options.rounds):
    short, shortly, predictions = predict(run, files)
    full, fully, _ = predict(run, names)
    own, status = measured(
        [options.rondo, "serve", run, "--port", "0", "--threads", str(options.threads), *options.serve_flags.split()],
        None, files)
    check("rondo serve", own, predictions, 2e-4)
    if status != 0:
        sys.exit(f"rondo serve ended with {status}")
    result = {"predict_per_second": options.requests / (full - short),
              "predict_processor_ms": 1000 * (fully - shortly) / options.requests, "serve": own}
    if not options.no_rival:
        import socket
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        rival, _ = measured([sys.executable, f"{HERE}/rival.py", run, str(port), str(options.threads)], port, files,
                            env=environment)
        check("FastAPI", rival, predictions, 0.02)
        result["fastapi"] = rival
    rounds.append(result)
    print(f"round {number + 1}: predict {result['predict_per_second']:.0f} images/s "
          f"(processor {result['predict_processor_ms']:.2f} ms), " + ", ".join(
        f"{name} {result[name]['requests_per_second']:.0f} requests/s (processor "
        f"{result[name].get('processor_ms', float('nan')):.2f} ms, p50 {result[name]['p50_ms']:.1f} ms, "
        f"p99 {result[name]['p99_ms']:.1f} ms)" for name in ("serve", "fastapi") if name in result), flush=True)

ratios = {"predict": [each["serve"]["requests_per_second"] / each["predict_per_second"] for each in rounds]}
if all("processor_ms" in each["serve"] for each in rounds):
    ratios["predict, by the processor's time"] = [
        each["predict_processor_ms"] / each["serve"]["processor_ms"] for each in rounds]
if not options.no_rival:
    ratios["fastapi"] = [
        each["serve"]["requests_per_second"] / each["fastapi"]["requests_per_second"] for each in rounds]
for name, values in ratios.items():
    print(f"rondo serve against {name:32} {statistics.median(values):6.2f} ({min(values):.2f} to {max(values):.2f})")
save = f"{HERE}/results/{options.model}-{options.clients}.json"
os.makedirs(os.path.dirname(save), exist_ok=True)
with open(save, "w") as file:
    json.dump({"command": machine.command("bench-serve"), "machine": machine.description(options.rondo),
               "requests": options.requests, "client": options.client, "clients": options.clients, "threads": options.threads,
               "lost": 0, "ratios": ratios, "rounds": rounds}, file, indent=1)
    file.write("\n")
print(f"kept in {os.path.relpath(save, ROOT)}")
