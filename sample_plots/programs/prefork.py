"""A server that loads 200 MiB and then forks four workers: they share what they do not change, and change 4 MiB more every second."""

import os
import time

MIB = 1 << 20
loaded = bytearray(b"x") * (200 * MIB)


def work():
    for second in range(12):
        start = second * 4 * MIB
        loaded[start : start + 4 * MIB] = bytes(4 * MIB)
        time.sleep(1)


time.sleep(1)
for _ in range(4):
    if os.fork() == 0:
        work()
        os._exit(0)
for _ in range(4):
    os.wait()
