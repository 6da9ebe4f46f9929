#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""warm.py CHAINS SHIM REPEAT [WARM PACKETS [CAPTURE...]]: no allocation of ours once a chain is warm.

Each chain reads the same endless traffic: WARM packets, and then PACKETS more, in which nothing of
chains itself may call an allocator. What libraries do is printed. With numbers, the long form; with
captures, other traffic. A function that ends in a call of free() is not seen: blocks are counted for all
objects together.
"""
import collections
import os
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
PCAP = os.path.join(HERE, "..", "pcap")
TRAFFIC = ["demo.pcap", "odd.pcap", "pieces.pcap", "print.pcap", "tags.pcap", "talk.pcap", "tls.pcap",
           "tls.pcap", "transports.pcap", "tunnels.pcap"]
KEYLOG = os.path.join(PCAP, "tls.keys")
RUNS = {
    "netwatch": ["netwatch", "-s", "-r", "-"],
    "netwatch --json": ["netwatch", "--json", "--keylog=" + KEYLOG, "-r", "-"],
    "flows": ["flows", "-r", "-"],
    "flows --json": ["flows", "--json", "-r", "-"],
    "weird-dns": ["weird-dns", "-r", "-"],
    "dns": "run - ! packet_meta ! transport_meta ! flows ! dns_meta ! dns_weird ! json_lines".split(),
    "http": "run - ! packet_meta ! flows ! http_meta headers=yes ! json_lines".split(),
    "tls": "run - ! packet_meta ! flows ! tls_meta ja3=yes ! quic_meta ! json_lines".split(),
    "hello": "run - ! packet_meta ! hello_meta ! json_lines".split(),
    "urlwatch": ["urlwatch", "-r", "-"],
    "urlwatch --json": ["urlwatch", "--json", "--keylog=" + KEYLOG, "-r", "-"],
    "count": "run - ! packet_meta ! count packet.src".split(),
}
CHAINS, SHIM, REPEAT = (os.path.abspath(path) for path in sys.argv[1:4])
WARM, PACKETS = (int(sys.argv[4]), int(sys.argv[5])) if len(sys.argv) > 5 else (200000, 100000)
FILES = sys.argv[6:] or [os.path.join(PCAP, name) for name in TRAFFIC]
OURS = os.path.basename(CHAINS)


def traffic(packets):
    return subprocess.Popen([REPEAT, str(packets)] + FILES, stdout=subprocess.PIPE)


def bytes_of(packets):
    """How many bytes that many packets are."""
    source, size = traffic(packets), 0
    for piece in iter(lambda: source.stdout.read(1 << 20), b""):
        size += len(piece)
    if source.wait() or size < packets:
        sys.exit("the traffic does not come")
    return size


def symbols():
    """Addresses and names of the functions of the program, in order."""
    named = subprocess.run(["nm", "-n", "--defined-only", CHAINS], stdout=subprocess.PIPE,
                           stderr=subprocess.DEVNULL, universal_newlines=True, check=False)
    rows = [line.split() for line in named.stdout.splitlines()]
    return [(int(row[0], 16), row[2]) for row in rows if len(row) == 3 and row[1] in "tT"]


def function_at(table, offset):
    name = "?"
    for address, symbol in table:
        if address > offset:
            break
        name = symbol
    return name


def run(words, warm_bytes, report):
    environment = dict(os.environ, LD_PRELOAD=SHIM, WARM_REPORT=report, WARM_AFTER=str(warm_bytes))
    source = traffic(WARM + PACKETS)
    began = time.time()
    done = subprocess.run([CHAINS] + words, env=environment, stdin=source.stdout,
                          stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, check=False)
    source.stdout.close()
    source.wait()
    if done.returncode:
        sys.exit("%s: exit code %d: %s" % (" ".join(words), done.returncode, done.stderr.decode()))
    return time.time() - began


def calls(report):
    """Rows of the report, and how many bytes were read: a shim that saw nothing is no proof."""
    rows, size = [], 0
    with open(report) as lines:
        for line in lines:
            word = line.rstrip("\n").split("\t")
            if word[0] == "read":
                size = int(word[1])
            else:
                rows.append((os.path.basename(word[0]), int(word[1], 16), word[3], int(word[4]),
                             int(word[5])))
    return rows, size


def tell(name, rows, seconds):
    """What libraries call, what is left of it all; and what is ours, which fails."""
    others, left, ours = collections.Counter(), 0, []
    for who, offset, call, count, size in rows:
        left += {"free": -count, "realloc": 0}.get(call, count)
        if call == "free":
            continue
        if who == OURS:
            ours.append((offset, call, count, size))
        else:
            others[who] += count
    theirs = "".join("; %s %d" % (who, count * 1e6 / PACKETS) for who, count in sorted(others.items()))
    print("%-16s ours %d%s; left %d  [%.1f s]"
          % (name, sum(row[2] for row in ours), theirs, left, seconds))
    table = symbols() if ours else []
    for offset, call, count, size in sorted(ours, key=lambda row: -row[2]):
        print("    %s: %s, %d times, %d bytes" % (function_at(table, offset), call, count, size))
    sys.stdout.flush()
    return not ours


def main():
    print("%d packets, and then %d: calls of ours, those of libraries for a million packets, blocks "
          "in use at the end more than at the beginning" % (WARM, PACKETS))
    warm_bytes, whole, good = bytes_of(WARM), bytes_of(WARM + PACKETS), True
    only = os.environ.get("WARM_ONLY")
    with tempfile.TemporaryDirectory() as folder:
        for name, words in RUNS.items():
            if only and name not in only.split(","):
                continue
            report = os.path.join(folder, "report")
            seconds = run(words, warm_bytes, report)
            rows, size = calls(report)
            if size != whole:
                sys.exit("%s has read %d bytes of %d" % (name, size, whole))
            good = tell(name, rows, seconds) and good
    sys.exit(not good)


main()
