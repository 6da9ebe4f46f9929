#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""http2.py CHAINS SOURCE: HTTP/2 of captures that lie beside the project in ../shared/captures,
against tshark; skipped (77) where they do not, or where there is no tshark. Methods, paths, status
codes and bytes of bodies are the same, each as often.
"""
import collections
import json
import os
import shutil
import subprocess
import sys

CHAINS, SOURCE = (os.path.abspath(path) for path in sys.argv[1:3])
SHARED = os.path.join(os.path.dirname(SOURCE), "shared", "captures")
# A capture, and a port that tshark has to be told of.
CAPTURES = (("link/ndpi-http2.pcapng", 29518), ("link/sv-http2-continuation.pcap", 8080))
FIELDS = ("http2.headers.method", "http2.headers.path", "http2.headers.status", "http2.type",
          "http2.length")
CHAIN = "! packet_meta ! flows ! http_meta ! json_lines".split()


def by_tshark(path, port):
    words = ["tshark", "-r", path, "-d", "tcp.port==%d,http2" % port, "-Y", "http2", "-T", "fields"]
    for field in FIELDS:
        words += ["-e", field]
    done = subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True)
    found, body = collections.Counter(), 0
    for line in done.stdout.decode().splitlines():
        *said, types, lengths = line.split("\t")
        for name, values in zip(FIELDS, said):
            found.update((name.rpartition(".")[2], value) for value in values.split(",") if value)
        body += sum(int(length) for kind, length in zip(types.split(","), lengths.split(","))
                    if kind == "0")
    return found, body


def by_chains(path):
    done = subprocess.run([CHAINS, "run", path] + CHAIN, stdout=subprocess.PIPE, check=True)
    found, body = collections.Counter(), 0
    for line in done.stdout.decode().splitlines():
        for message in json.loads(line).get("http", []):
            if message["version"] != "2":
                continue
            body += message.get("body_len", 0)
            for name, field in (("method", "method"), ("path", "uri"), ("status", "status")):
                if field in message:
                    found[name, str(message[field])] += 1
    return found, body


def main():
    if not os.path.isdir(SHARED):
        print("skipped: there are no captures beside the project (../shared/captures)")
        sys.exit(77)
    if not shutil.which("tshark"):
        print("skipped: tshark is not installed")
        sys.exit(77)
    bad = 0
    for name, port in CAPTURES:
        path = os.path.join(SHARED, name)
        theirs, ours = by_tshark(path, port), by_chains(path)
        print("%s: %r" % (name, theirs))
        if ours != theirs or not theirs[0]:
            bad += 1
            print("  not ours: %r" % (ours,))
    sys.exit("%d differences" % bad if bad else 0)


main()
