#!/usr/bin/env python3
"""Opens a recording with the programs that people use, without options, and checks what they make of it.

usage: foreign_readers.py RECORDING.csv

A library that is not installed is skipped, and said to be. The exit status is 1 if one that is there reads something else than the csv
module of Python does.
"""

import collections
import csv
import datetime
import importlib
import json
import os
import sys

BEFORE = ["time", "elapsed_s", "process", "pid", "ppid", "name"]
BYTES = ["rss_bytes", "peak_rss_bytes", "swap_bytes", "pss_bytes", "uss_bytes"]


def truth(path):
    """Totals of each column by elapsed_s, the number of rows, and the first moment, by the csv module alone."""
    with open(path, newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    # What was asked for with --extra stands behind those that are always there.
    columns = list(rows[0])
    same("columns", columns[: len(BEFORE) + len(BYTES)], BEFORE + BYTES)
    totals = {column: collections.defaultdict(int) for column in columns[len(BEFORE) :]}
    for row in rows:
        for column in totals:
            totals[column][float(row["elapsed_s"])] += int(row[column] or 0)
    first = datetime.datetime.fromisoformat(rows[0]["time"].replace("Z", "+00:00"))
    return totals, rows, first


def same(what, seen, expected):
    assert seen == expected, f"{what}: {seen!r} instead of {expected!r}"


def with_pandas(pandas, path, totals, rows, first):
    table = pandas.read_csv(path)
    same("rows", len(table), len(rows))
    for column in totals:
        assert pandas.api.types.is_numeric_dtype(table[column]), f"{column} is {table[column].dtype}"
        same(column, table.groupby("elapsed_s")[column].sum().astype("int64").to_dict(), dict(totals[column]))
    same("time", pandas.to_datetime(table["time"])[0].to_pydatetime(), first)
    same("names", list(table["name"]), [row["name"] for row in rows])


def with_polars(polars, path, totals, rows, first):
    table = polars.read_csv(path)
    same("rows", len(table), len(rows))
    for column in totals:
        assert table[column].dtype.is_numeric() or table[column].null_count() == len(table), f"{column} is {table[column].dtype}"
        if table[column].dtype.is_numeric():
            sums = table.group_by("elapsed_s").agg(polars.col(column).sum())
            same(column, dict(sums.iter_rows()), dict(totals[column]))
    moments = table["time"].str.to_datetime(time_zone="UTC") if table["time"].dtype == polars.String else table["time"]
    same("time", moments[0].replace(tzinfo=datetime.timezone.utc), first)
    same("names", list(table["name"]), [row["name"] for row in rows])


def with_duckdb(duckdb, path, totals, rows, first):
    table = duckdb.sql(f"select * from '{path}'")
    same("rows", table.shape[0], len(rows))
    kinds = dict(zip(table.columns, (str(kind) for kind in table.types)))
    for column in totals:
        filled = any(row[column] for row in rows)
        if filled:
            same(f"type of {column}", kinds[column], "BIGINT")
            sums = duckdb.sql(f"select elapsed_s, coalesce(sum({column}), 0) from '{path}' group by 1").fetchall()
            same(column, {float(elapsed): int(total) for elapsed, total in sums}, dict(totals[column]))
    assert kinds["time"].startswith("TIMESTAMP"), f"time is {kinds['time']}"
    seen = duckdb.sql(f"select epoch_ms(time) from '{path}' limit 1").fetchall()[0][0]
    same("time", seen, round(first.timestamp() * 1000))
    names = [row[0] for row in duckdb.sql(f"select name from '{path}'").fetchall()]
    same("names", names, [row["name"] for row in rows])


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    path = sys.argv[1]
    expected = truth(path)
    failed = False
    for name, reads in [("pandas", with_pandas), ("polars", with_polars), ("duckdb", with_duckdb)]:
        try:
            library = importlib.import_module(name)
        except ImportError:
            print(f"{name}: skipped, not installed")
            continue
        try:
            reads(library, path, *expected)
            print(f"{name} {library.__version__}: ok")
        except Exception as error:  # whatever the library throws is what the user would see
            print(f"{name} {library.__version__}: FAILED: {type(error).__name__}: {error}")
            failed = True
    sidecar = path.removesuffix(".csv") + ".events.jsonl"
    if os.path.exists(sidecar):
        with open(sidecar, encoding="utf-8") as file:
            lines = file.read().split("\n")
        events = [json.loads(line) for line in lines if line]
        assert all({"time", "elapsed_s", "event"} <= event.keys() for event in events)
        assert not any(ord(c) < 32 or 0x7F <= ord(c) < 0xA0 for line in lines for c in line), "a raw control character"
        print(f"events: {len(events)} ok")
    sys.exit(failed)


main()
