"""A server for the tests: the files of a folder, with what real servers do wrong.

    python3 server.py FOLDER MODE LOG

prints its port. MODE is `good` (knows parts), `whole` (knows no parts), `cut` (breaks off each answer
after 1,000 bytes) or `once` (breaks off the first). Each request's Range goes into LOG, a line each.
"""
import http.server
import pathlib
import sys

folder, mode, log = pathlib.Path(sys.argv[1]), sys.argv[2], pathlib.Path(sys.argv[3])
answers = 0


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        global answers
        answers += 1
        asked = self.headers.get("Range", "-")
        with log.open("a") as lines:
            lines.write(asked + "\n")
        file = folder / self.path.lstrip("/")
        if not file.is_file():
            return self.send_error(404)
        content, start = file.read_bytes(), 0
        if asked != "-" and mode != "whole":
            start = int(asked.removeprefix("bytes=").rstrip("-"))
            if start >= len(content):
                return self.send_error(416)
            self.send_response(206)
            self.send_header("Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}")
        else:
            self.send_response(200)
        rest = content[start:]
        self.send_header("Content-Length", str(len(rest)))
        self.end_headers()
        if mode == "cut" or (mode == "once" and answers == 1):
            self.wfile.write(rest[:1000])
            self.wfile.flush()
            self.connection.close()
        else:
            self.wfile.write(rest)

    def log_message(self, *_):
        pass


server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
print(server.server_port, flush=True)
server.serve_forever()
