"""A server for the tests: the files of a folder, with what real servers do wrong.

    python3 server.py FOLDER MODE LOG

prints its port. MODE is
    good     knows parts, and names each file's entity tag
    whole    knows no parts
    cut      breaks off each answer after 1,000 bytes
    short    knows no parts, and breaks off each answer after 1,000 bytes
    slow     sends 500 bytes every twentieth of a second
    stall    falls silent after 1,000 bytes
    redirect sends the client on to /elsewhere/NAME, and names the file's SHA-256 sum, as Hugging Face does
    lie      the same with another file's sum
    loop     sends the client on to where it is
    local    sends the client on to a file of its own machine
    page     answers with a web page

and may end with
    -bare    names no entity tag
    -dated   names no entity tag, but when the file was modified: so many thousand seconds after 1970 as it has bytes

Each request's Range goes into LOG, a line each, and behind it the first eight digits of its If-Range if it has one.
"""
import email.utils
import hashlib
import http.server
import pathlib
import sys
import time

folder, log = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[3])
mode, _, naming = sys.argv[2].partition("-")


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        asked = self.headers.get("Range", "-")
        wanted = self.headers.get("If-Range")
        with log.open("a") as lines:
            lines.write(asked + (f" {wanted[1:9]}" if wanted else "") + "\n")
        if mode == "loop":
            return self.send_on(self.path)
        if mode == "local":
            return self.send_on("file:///etc/hostname")
        if mode in ("redirect", "lie") and not self.path.startswith("/elsewhere/"):
            content = (folder / self.path.lstrip("/")).read_bytes() + b"?" * (mode == "lie")
            return self.send_on("/elsewhere" + self.path, hashlib.sha256(content).hexdigest())
        if mode == "page":
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            return self.wfile.write(b"<html>Please log in.</html>")
        file = folder / self.path.removeprefix("/elsewhere").lstrip("/")
        if not file.is_file():
            return self.send_error(404)
        content, start = file.read_bytes(), 0
        tag = f'"{hashlib.sha256(content).hexdigest()}"'
        if naming == "dated":
            tag = email.utils.formatdate(1000 * len(content), usegmt=True)
        if asked != "-" and mode not in ("whole", "short") and wanted in (None, tag):
            start = int(asked.removeprefix("bytes=").rstrip("-"))
            if start >= len(content):
                return self.send_error(416)
            self.send_response(206)
            self.send_header("Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}")
        else:
            self.send_response(200)
        rest = content[start:]
        self.send_header("Content-Length", str(len(rest)))
        if naming != "bare":
            self.send_header("Last-Modified" if naming == "dated" else "ETag", tag)
        self.end_headers()
        if mode in ("cut", "short", "stall"):
            self.wfile.write(rest[:1000])
            self.wfile.flush()
            if mode == "stall":
                time.sleep(30)
            self.connection.close()
        elif mode == "slow":
            for place in range(0, len(rest), 500):
                self.wfile.write(rest[place:place + 500])
                time.sleep(0.05)
        else:
            self.wfile.write(rest)

    def send_on(self, target, sum=None):
        self.send_response(302)
        self.send_header("Location", target)
        if sum:
            self.send_header("X-Linked-ETag", f'"{sum}"')
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
print(server.server_port, flush=True)
server.serve_forever()
