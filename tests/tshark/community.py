#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""community.py CHAINS SOURCE: the Community ID of the flow of every TCP and UDP packet beside what
tshark says, over ../shared/captures/proto. Skipped (77) where tshark, its communityid, or the captures
are missing. Packets for which tshark speaks of another header than we do stand below, with the reason.
"""
import glob
import json
import os
import shutil
import subprocess
import sys
import tempfile

CHAINS, SOURCE = (os.path.abspath(path) for path in sys.argv[1:3])
FOLDER = os.path.join(os.path.dirname(SOURCE), "shared", "captures", "proto")
CHAIN = "! packet_meta ! flows ! json_lines".split()
KNOWN = {
    "ppp-tcp-reassembly.pcap": ([66], "UDP 6343 is sFlow: tshark's ID is of the packet sampled in it"),
}
LEAST = 3000  # packets that both speak of


def tshark(capture, home):
    done = subprocess.run(
        ["tshark", "-n", "-r", capture, "--enable-protocol", "communityid", "-T", "fields", "-E",
         "occurrence=a", "-E", "aggregator=|", "-e", "frame.number", "-e", "communityid"],
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, timeout=120,
        env={"PATH": os.environ["PATH"], "HOME": home, "LC_ALL": "C.UTF-8"})
    ids = {}
    for line in done.stdout.decode().splitlines():
        number, _, found = line.partition("\t")
        ids[int(number)] = set(found.split("|")) - {""}
    return ids


def ours(capture):
    done = subprocess.run([CHAINS, "run", capture] + CHAIN, stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL, timeout=120)
    flow_of, id_of = {}, {}
    for record in map(json.loads, done.stdout.splitlines()):
        if "flow" in record:
            id_of[record["flow"]["id"]] = record["flow"]["community_id"]
        elif "len" in record and record.get("transport", {}).get("type") in ("TCP", "UDP"):
            if "stream" in record:
                flow_of[record["number"]] = record["stream"]["flow"]
    return {number: id_of[flow] for number, flow in flow_of.items()}


def main():
    if not shutil.which("tshark") or not os.path.isdir(FOLDER):
        print("skipped: no tshark, or no captures in " + FOLDER)
        sys.exit(77)
    compared, differing = 0, {}
    with tempfile.TemporaryDirectory() as home:
        for capture in sorted(glob.glob(os.path.join(FOLDER, "*"))):
            theirs, name = tshark(capture, home), os.path.basename(capture)
            for number, found in ours(capture).items():
                if not theirs.get(number):
                    continue
                compared += 1
                if found not in theirs[number]:
                    differing.setdefault(name, []).append(number)
    if compared == 0:
        print("skipped: this tshark has no communityid")
        sys.exit(77)
    print("%d packets compared" % compared)
    for name, numbers in differing.items():
        print("%s: %r, %s" % (name, numbers, KNOWN.get(name, (None, "not known"))[1]))
    wrong = {name: numbers for name, numbers in differing.items()
             if KNOWN.get(name, ([], ""))[0] != numbers}
    sys.exit(1 if wrong or compared < LEAST else 0)


main()
