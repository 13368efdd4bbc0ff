"""Asks a server for predictions over connections that are kept, by N clients who ask again when they are answered.

    python3 load.py PORT REQUESTS CLIENTS IMAGE...

The images are sent in turn. Prints, as JSON: requests a second, the times of one request in milliseconds, what was not
answered with 200, and the class and the probability that each image was answered with. A process of its own, so that
its work is not the server's.
"""
import json
import socket
import sys
import threading
import time


def main():
    port, requests, clients = (int(word) for word in sys.argv[1:4])
    files = sys.argv[4:]
    asked = []
    for file in files:
        body = open(file, "rb").read()
        head = (f"POST /predict HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/octet-stream\r\n"
                f"Content-Length: {len(body)}\r\n\r\n")
        asked.append(head.encode() + body)
    lock = threading.Lock()
    state = {"next": 0}
    times, lost, answers = [], [], {}

    def take():
        with lock:
            number = state["next"]
            state["next"] += 1
        return number if number < requests else None

    def read(connection):
        data = b""
        while b"\r\n\r\n" not in data:
            some = connection.recv(65536)
            if not some:
                raise ConnectionError("closed")
            data += some
        head, _, body = data.partition(b"\r\n\r\n")
        length = next(int(line.split(b":")[1]) for line in head.split(b"\r\n")
                      if line.lower().startswith(b"content-length:"))
        while len(body) < length:
            body += connection.recv(65536)
        return int(head[9:12]), body

    def ask():
        connection = None
        while (number := take()) is not None:
            begun = time.perf_counter()
            try:
                if connection is None:
                    connection = socket.create_connection(("127.0.0.1", port))
                    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                connection.sendall(asked[number % len(asked)])
                status, body = read(connection)
            except OSError as error:
                lost.append(f"{type(error).__name__}: {error}")
                connection = None
                continue
            times.append(time.perf_counter() - begun)
            if status == 200:
                answer = json.loads(body)
                answers.setdefault(files[number % len(files)], set()).add(
                    (answer["class"], round(answer["probability"], 4)))
            else:
                lost.append(f"{status}: {body[:100].decode(errors='replace')}")

    threads = [threading.Thread(target=ask) for _ in range(clients)]
    begun = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    seconds = time.perf_counter() - begun
    if not times:
        sys.exit(f"nothing was answered: {lost[0]}")
    times.sort()
    print(json.dumps({
        "requests": requests, "clients": clients, "requests_per_second": (requests - len(lost)) / seconds,
        "p50_ms": 1000 * times[len(times) // 2], "p99_ms": 1000 * times[min(len(times) - 1, len(times) * 99 // 100)],
        "lost": len(lost), "first_lost": lost[:1],
        "answers": {file: sorted(found) for file, found in answers.items()},
    }))


main()
