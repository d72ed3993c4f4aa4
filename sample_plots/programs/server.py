"""A web server with three forked workers that keeps a copy of every invalid request; and, from a fourth process, the requests."""

import http.server
import os
import signal
import socketserver
import time
import urllib.error
import urllib.request

kept = []


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        valid = self.path.startswith("/item/")
        if not valid:
            # The leak: an error handler that remembers what it was given.
            kept.append(bytearray(os.urandom(64) * 1600))
        self.send_response(200 if valid else 422)
        self.end_headers()

    def log_message(self, *_):
        pass


def request(port, path):
    try:
        urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=10).read()
    except urllib.error.HTTPError:
        pass


def load(port):
    for round, path in enumerate(["/item/1", "/bad", "/item/2", "/bad"]):
        until = time.monotonic() + 4
        while time.monotonic() < until:
            request(port, path)
            time.sleep(0.002)


server = socketserver.TCPServer(("127.0.0.1", 0), Handler)
workers = []
for _ in range(3):
    pid = os.fork()
    if pid == 0:
        server.serve_forever()
    workers.append(pid)
load(server.server_address[1])
for pid in workers:
    os.kill(pid, signal.SIGTERM)
