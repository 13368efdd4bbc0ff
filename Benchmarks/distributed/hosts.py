"""Two hosts that are network namespaces of this machine, joined by a link; needs root, iproute2 and torchrun."""
import csv
import os
import signal
import subprocess
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
HOSTS = {"rondo-a": "10.77.0.1", "rondo-b": "10.77.0.2"}
DEVICES = ("rondo-va", "rondo-vb")


def ip(*words):
    subprocess.run(["ip", *words], check=True)


def make(rate=None):
    """Makes the hosts; the rate of the link is as tc has it: 100mbit."""
    remove()
    ip("link", "add", DEVICES[0], "type", "veth", "peer", "name", DEVICES[1])
    for (host, address), device in zip(HOSTS.items(), DEVICES):
        ip("netns", "add", host)
        ip("link", "set", device, "netns", host)
        ip("-n", host, "addr", "add", f"{address}/24", "dev", device)
        ip("-n", host, "link", "set", device, "up")
        ip("-n", host, "link", "set", "lo", "up")
        if rate:
            subprocess.run(["ip", "netns", "exec", host, "tc", "qdisc", "add", "dev", device, "root", "tbf",
                            "rate", rate, "burst", "64kb", "latency", "200ms"], check=True)


def remove():
    for host in HOSTS:
        subprocess.run(["ip", "netns", "delete", host], stderr=subprocess.DEVNULL)


def cut(is_cut):
    ip("-n", "rondo-b", "link", "set", DEVICES[1], "down" if is_cut else "up")


def start(command, torchrun, log, each=1):
    """Starts a command by torchrun on both hosts, so many processes on each; a word {host} in it is replaced."""
    nodes = []
    for rank, host in enumerate(HOSTS):
        words = open(f"{log}-{host}.log", "w+")
        nodes.append((subprocess.Popen(
            ["ip", "netns", "exec", host, torchrun, "--no-python", "--nnodes", "2", "--node-rank", str(rank),
             "--nproc-per-node", str(each), "--master-addr", HOSTS["rondo-a"], "--master-port", "29500",
             *[word.replace("{host}", host) for word in command]],
            stdout=words, stderr=words, start_new_session=True), words))
    return nodes


def finish(nodes, seconds):
    """The status of each node, or None of one that did not end; and what both said."""
    deadline = time.monotonic() + seconds
    statuses = []
    for process, _ in nodes:
        try:
            statuses.append(process.wait(max(0.1, deadline - time.monotonic())))
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            statuses.append(None)
    said = []
    for _, words in nodes:
        words.seek(0)
        said.append(words.read())
    return statuses, said


def training_rows(run):
    """The rows of the updates in a run's table."""
    path = f"{run}/metrics.csv"
    if not os.path.exists(path):
        return []
    with open(path) as file:
        return [row for row in csv.DictReader(file) if row.get("split") == "train"]
