"""Requests at a steady rate to 127.0.0.1: load.py KIND PORT RATE SECONDS BYTES, where KIND is http, get or redis."""

import http.client
import os
import random
import socket
import sys
import time

kind, port, rate, seconds, size = sys.argv[1], int(sys.argv[2]), float(sys.argv[3]), float(sys.argv[4]), int(sys.argv[5])
chance = random.Random(1)


def body():
    """Words of random letters."""
    return b" ".join(os.urandom(4).hex().encode() for _ in range(max(1, size // 9)))


class Http:
    def __init__(self, method):
        self.method, self.connection = method, http.client.HTTPConnection("127.0.0.1", port, timeout=30)

    def send(self, _):
        self.connection.request(self.method, "/", body() if self.method == "POST" else None)
        answer = self.connection.getresponse()
        answer.read()
        return answer.status == 200


class Redis:
    def __init__(self):
        self.stream = socket.create_connection(("127.0.0.1", port)).makefile("rwb")

    def send(self, number):
        value = body()
        self.stream.write(b"SET key:%d %s\r\n" % (number, value.replace(b" ", b"-")))
        self.stream.flush()
        return self.stream.readline() == b"+OK\r\n"


deadline = time.monotonic() + 60
while True:
    try:
        socket.create_connection(("127.0.0.1", port)).close()
        break
    except OSError:
        if time.monotonic() > deadline:
            sys.exit("nobody answers")
        time.sleep(0.1)

client = Redis() if kind == "redis" else Http({"http": "POST", "get": "GET"}[kind])
began, sent, failed = time.monotonic(), 0, 0
while sent / rate < seconds:
    time.sleep(max(0, began + sent / rate - time.monotonic()))
    failed += not client.send(sent)
    sent += 1
took = time.monotonic() - began
print(f"{sent} requests in {took:.0f} s, {failed} failed")
