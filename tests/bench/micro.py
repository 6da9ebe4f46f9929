#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""micro.py DISSECTORS COMPONENTS PCAP FOLDER: the micro-benchmarks run, and their JSON is whole.

No time is judged here: only that the usual dissectors and the components asked for are there, and that
least, median and most are in order.
"""
import json
import subprocess
import sys

DISSECTORS, COMPONENTS, PCAP, FOLDER = sys.argv[1:5]
EXPECTED = {"ether", "ipv4", "ipv6", "tcp", "udp", "icmp4", "gre", "ether, tagged", "walk ipv4 tcp",
            "dns message",
            "tls client hello", "tls server hello", "quic header"}


def rows(words, unit):
    said = json.loads(subprocess.run(words, stdout=subprocess.PIPE, check=True).stdout)
    if said["unit"] != unit or not isinstance(said["counters"], bool):
        sys.exit("%s: %s" % (words[0], {name: said[name] for name in said if name != "rows"}))
    for row in said["rows"]:
        if not row["least"] <= row["ns"] <= row["most"] or row["units"] < 1:
            sys.exit("%s: %s" % (words[0], row))
        if said["counters"] != ("instructions" in row):
            sys.exit("%s: counters and none: %s" % (words[0], row))
    return said["rows"]


def main():
    files = ["%s/%s.pcap" % (PCAP, name) for name in ("talk", "tls", "tunnels", "transports", "sll")]
    names = {row["name"] for row in rows([DISSECTORS, "--json"] + files, "a header")}
    if not EXPECTED <= names:
        sys.exit("not measured: %s" % sorted(EXPECTED - names))
    names = [row["name"] for row in rows([COMPONENTS, "--json", "--only=where", FOLDER],
                                         "a packet of the capture")]
    if names != ["where port", "where network", "where words"]:
        sys.exit("components: %s" % names)


if __name__ == "__main__":
    main()
