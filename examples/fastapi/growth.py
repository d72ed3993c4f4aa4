#!/usr/bin/env python3
"""Tells how much each process of a recording grew in each phase, by RSS, PSS and USS: python3 growth.py RECORDING.csv..."""

import csv
import json
import pathlib
import statistics
import sys

METRICS = ["rss", "pss", "uss"]


def read(recording):
    """Ticks of each process, their names, and the phases as (label, from, to, how many requests of each kind were counted)."""
    ticks, names = {}, {}
    with open(recording, newline="") as rows:
        for row in csv.DictReader(rows):
            sizes = [int(row[f"{metric}_bytes"] or -1) for metric in METRICS]
            if min(sizes) >= 0:
                ticks.setdefault(row["process"], []).append((float(row["elapsed_s"]), *sizes))
            names[row["process"]] = row["name"]
    lines = pathlib.Path(recording).with_suffix(".events.jsonl").read_text().splitlines()
    events = [json.loads(line) for line in lines]
    marks = [(event["label"], event["elapsed_s"]) for event in events if event["event"] == "mark"]
    # What is counted at a tick came in the interval before it, and half of that lies on either side of this moment.
    interval = next(event["interval_s"] for event in events if event["event"] == "start")
    counted = [(event["elapsed_s"] - interval / 2, event) for event in events if event["event"] == "count"]
    phases = []
    for (label, at), end in zip(marks, [at for _, at in marks[1:]] + [float("inf")]):
        counts = {}
        for moment, event in counted:
            if at <= moment < end:
                counts[event["name"]] = counts.get(event["name"], 0) + event["number"]
        phases.append((label, at, end, counts))
    return ticks, names, phases


def level(ticks, at, end):
    """The median of the last tenth of a phase, at least three ticks: a single tick may be a request's crest."""
    within = [tick for tick in ticks if at <= tick[0] < end]
    count = max(3, len(within) // 10)
    return [statistics.median(column) for column in list(zip(*within[-count:]))[1:]] if len(within) >= 3 else None


def tell(recording):
    ticks, names, phases = read(recording)
    phases = [phase for phase in phases if phase[0] != "idle"]
    print(f"{recording}: growth in MiB, RSS / PSS / USS")
    for label, _, _, counts in phases:
        print(f"  {label}: {', '.join(f'{count} {kind}' for kind, count in sorted(counts.items())) or 'no requests counted'}")
    for process, its in ticks.items():
        if its[0][0] > phases[0][1]:
            continue
        # Before the first request, and after each phase: so that nothing that happens at a phase's very beginning is left out.
        before = level(its, 0, phases[0][1])
        if before is None:
            continue
        cells = []
        start = before
        for label, at, end, _ in phases:
            after = level(its, at, end)
            if after is None:
                break
            cells.append(f"{label} {shown(before, after)}")
            before = after
        print(f"  process {process} ({names[process]}): {'; '.join(cells)}; all {shown(start, before)}")


def shown(before, after):
    return " / ".join(f"{(later - earlier) / 2**20:+.2f}" for earlier, later in zip(before, after))


if __name__ == "__main__":
    for path in sys.argv[1:]:
        tell(path)
