#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""frag_attacks.py CHAINS SOURCE: the captures of attacks with IP fragments that lie beside the project,
in ../shared/captures/derived (atk-frag-*); skipped (77) where they do not. What each packet is marked
with, and what flows make of it, exactly: pieces that overlap, that add up to more than a packet can be,
that split the TCP header, and that never end.
"""
import json
import os
import subprocess
import sys

CHAINS, SOURCE = (os.path.abspath(path) for path in sys.argv[1:3])
FOLDER = os.path.join(os.path.dirname(SOURCE), "shared", "captures", "derived")
CHAIN = "! packet_meta ! flows ! json_lines".split()
PIECE, WHOLE = ["fragment"], ["fragment", "reassembled"]

# For each capture: the flags of its packets in order, and (packet, payload of the whole) where one
# was completed; of flows protocol, packets, bytes, state, history.
WANT = {
    "atk-frag-overlap": ([PIECE, ["fragment", "overlap"], ["malformed", "fragment"], PIECE], [], []),
    "atk-frag-64k": ([PIECE] * 44 + [["malformed", "fragment"]], [], []),
    "atk-frag-tiny": ([PIECE, WHOLE], [(2, 16)], [("tcp", 1, 16, "OTH", "D")]),
    "atk-frag-flood": ([PIECE] * 1500, [], []),
}


def found(name):
    done = subprocess.run([CHAINS, "run", os.path.join(FOLDER, name + ".pcap")] + CHAIN,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=60)
    if done.returncode != 0:
        sys.exit("%s: exit code %d, %s" % (name, done.returncode, done.stderr.decode()))
    records = [json.loads(line) for line in done.stdout.splitlines()]
    flows = [record["flow"] for record in records if "flow" in record]
    packets = [record for record in records if "len" in record]
    return ([packet.get("flags", []) for packet in packets],
            [(packet["number"], packet["stream"]["len"]) for packet in packets if "stream" in packet],
            [(flow["protocol"], flow["orig"]["packets"], flow["orig"]["bytes"], flow["state"],
              flow["history"]) for flow in flows])


def main():
    if not os.path.isdir(FOLDER):
        print("skipped: no captures in " + FOLDER)
        sys.exit(77)
    bad = [name for name, want in WANT.items() if found(name) != want]
    for name in bad:
        print("%s: got %r, want %r" % (name, found(name), WANT[name]))
    sys.exit(1 if bad else 0)


main()
