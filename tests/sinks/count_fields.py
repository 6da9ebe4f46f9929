#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""count_fields.py RUN: the tables of count against Python's, made from what fields prints.

RUN is run_sink. Over the captures of tests/pcap, by several tuples of fields: the JSON lines are
parsed, the exact table must be the counter's; a sketch of few entries must keep its promises.
"""
import collections
import json
import os
import re
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
CAPTURES = os.path.join(HERE, "..", "pcap")
TUPLES = ["packet.src", "packet.src,packet.dst,transport.type,transport.sport,transport.dport",
          "tags", "transport.flags,packet.df", "eth.vlan,outer.src,outer.tunnel", "transport.data",
          "timestamp,flags"]


def run(runner, *arguments):
    done = subprocess.run([runner] + list(arguments), stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, timeout=120)
    # A capture that is damaged is counted as far as it goes.
    return done.stdout.decode("utf-8")


def counted(runner, capture, by):
    packets, octets = collections.Counter(), collections.Counter()
    for line in run(runner, "fields", capture, by + ",len").split("\n")[1:-1]:
        key, size = line.rsplit("\t", 1)
        packets[key] += 1
        octets[key] += int(size)
    return packets, octets


def text_of(value):
    """A value of JSON as fields prints it."""
    if value is None:
        return ""
    if isinstance(value, list):
        return "|".join(text_of(item) for item in value)
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def table(runner, capture, by, *entries):
    for line in run(runner, "json", capture, by, *entries).splitlines():
        row = json.loads(line)
        names = by.split(",")
        if list(row) != ["packets", "bytes", "percent", "exact", "error"] + names:
            sys.exit("members are " + ", ".join(row))
        yield "\t".join(text_of(row[name]) for name in names), row


def check_exact(runner, capture, by):
    packets, octets = counted(runner, capture, by)
    got = list(table(runner, capture, by))
    want = {key: (packets[key], octets[key]) for key in packets}
    if {key: (row["packets"], row["bytes"]) for key, row in got} != want or len(got) != len(want):
        return "the tables differ"
    if [row["packets"] for _, row in got] != sorted(packets.values(), reverse=True):
        return "the table is not in order"
    total = sum(packets.values())
    if any(abs(row["percent"] - 100 * row["packets"] / total) > 0.051 for _, row in got):
        return "percents are wrong"
    return None if all(row["exact"] and row["error"] == 0 for _, row in got) else "not exact"


def check_sketch(runner, capture, by, entries):
    packets, _ = counted(runner, capture, by)
    got = list(table(runner, capture, by, str(entries)))
    sketch = len(packets) > entries
    if len(got) != min(entries, len(packets)):
        return "%d lines" % len(got)
    for key, row in got:
        if not packets[key] <= row["packets"] <= packets[key] + row["error"]:
            return "%r: %d, in truth %d" % (key, row["packets"], packets[key])
        if row["exact"] == sketch:
            return "says exact: %s" % row["exact"]
    return None if sum(row["packets"] for _, row in got) == sum(packets.values()) else "the sum"


def check_sum(runner, capture, by):
    packets, _ = counted(runner, capture, "number")
    got = sum(row["packets"] for _, row in table(runner, capture, by))
    return None if got == len(packets) else "%d packets of %d" % (got, len(packets))


def main():
    runner = os.path.abspath(sys.argv[1])
    checks = bad = 0
    for name in sorted(os.listdir(CAPTURES)):
        if not re.search(r"\.(pcap|pcapng)$", name):
            continue
        capture = os.path.join(CAPTURES, name)
        for by in TUPLES:
            whys = []
            if by == "transport.data":  # cut in keys, escaped in another way in JSON
                whys.append(check_sum(runner, capture, by))
            else:
                whys.append(check_exact(runner, capture, by))
                whys += [check_sketch(runner, capture, by, entries) for entries in (1, 3, 7)]
            checks += len(whys)
            for why in filter(None, whys):
                bad += 1
                print("%s by %s: %s" % (name, by, why))
    print("%d tables" % checks)
    sys.exit(1 if bad or checks < 600 else 0)


main()
