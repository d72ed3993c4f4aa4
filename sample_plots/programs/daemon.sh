#!/bin/sh
# Starts a daemon the old way, forked twice and in a session of its own, and goes. Recorders that follow parents lose it here.
setsid sh -c 'python3 -c "
import time
kept = []
for _ in range(30):
    kept.append(bytearray(2 << 20))
    time.sleep(0.1)
" &'
sleep 1
