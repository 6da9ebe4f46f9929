#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""fields_tshark.py RUN: fields beside `tshark -T fields -E occurrence=a`, packet by packet.

RUN is run_sink. Over all captures of tests/pcap that tshark can read: number, length, Ethernet
addresses; every address and port that tshark finds, whichever layer it is in (packet, outer or
quoted here); and the payload, whose escapes are taken back. Differences with a reason stand in
KNOWN. The same columns as CSV, read by Python, must be the same values. Skipped (77) without
tshark.
"""
import csv
import os
import re
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
CAPTURES = os.path.join(HERE, "..", "pcap")
NOT_READ = {"empty.pcap", "not-a-capture.pcap", "cut-header.pcap"}
OURS = ["number", "len", "eth.src", "eth.dst", "packet.src", "packet.dst", "transport.sport",
        "transport.dport", "outer.src", "outer.dst", "outer.sport", "outer.dport",
        "transport.quoted.src", "transport.quoted.dst", "transport.quoted.sport",
        "transport.quoted.dport", "transport.data", "tags", "flags"]
THEIRS = ["frame.number", "frame.len", "eth.src", "eth.dst", "ip.src", "ip.dst", "ipv6.src",
          "ipv6.dst", "arp.src.proto_ipv4", "arp.dst.proto_ipv4", "tcp.srcport", "tcp.dstport",
          "udp.srcport", "udp.dstport", "sctp.srcport", "sctp.dstport", "tcp.payload",
          "udp.payload"]
# What is compared: ours, all values together, and theirs.
PAIRS = {
    "number": (["number"], ["frame.number"]),
    "len": (["len"], ["frame.len"]),
    "src": (["packet.src", "outer.src", "transport.quoted.src"],
            ["ip.src", "ipv6.src", "arp.src.proto_ipv4"]),
    "dst": (["packet.dst", "outer.dst", "transport.quoted.dst"],
            ["ip.dst", "ipv6.dst", "arp.dst.proto_ipv4"]),
    "sport": (["transport.sport", "outer.sport", "transport.quoted.sport"],
              ["tcp.srcport", "udp.srcport", "sctp.srcport"]),
    "dport": (["transport.dport", "outer.dport", "transport.quoted.dport"],
              ["tcp.dstport", "udp.dstport", "sctp.dstport"]),
}
PIECES = ("fragment", "reassembled")  # tshark is told to leave pieces alone
KNOWN = {  # of odd.pcap, by packet
    6: "the header is not whole: no layer, where tshark shows its beginning",
    9: "the TCP header is not whole: no layer, where tshark shows its beginning",
    12: "header length below 20: the fixed part is shown, where tshark stops",
    13: "header length beyond the packet: the fixed part is shown, where tshark stops",
    15: "total length below the header: the fixed part is shown, where tshark stops",
    26: "20 IP headers inside each other: the limit is 8 (max_depth)",
}


def rows_of_tshark(capture):
    with tempfile.TemporaryDirectory() as home:
        command = ["tshark", "-n", "-r", capture, "-T", "fields", "-E", "separator=/t", "-E",
                   "occurrence=a", "-E", "aggregator=|", "-o", "ip.defragment:FALSE", "-o",
                   "ipv6.defragment:FALSE"]
        for field in THEIRS:
            command += ["-e", field]
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                              env={"PATH": os.environ["PATH"], "HOME": home, "TZ": "UTC",
                                   "LC_ALL": "C.UTF-8"}, timeout=120)
    return [dict(zip(THEIRS, line.split("\t"))) for line in done.stdout.decode().split("\n")[:-1]]


def run(runner, form, capture, names):
    done = subprocess.run([runner, form, capture, ",".join(names)], stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL, timeout=120)
    return done.stdout.decode("utf-8").split("\n")


def rows_of_fields(runner, capture):
    lines = run(runner, "fields", capture, OURS)
    if lines[0].split("\t") != OURS or lines[-1] != "":
        sys.exit("%s: no header, or no end of the last line" % capture)
    rows = [line.split("\t") for line in lines[1:-1]]
    again = list(csv.reader(run(runner, "csv", capture, OURS)[:-1], strict=True))
    if again != [OURS] + rows:
        sys.exit("%s: CSV and TSV differ" % capture)
    return [dict(zip(OURS, row)) for row in rows]


def values(row, names):
    return sorted(value for name in names for value in row[name].split("|") if value)


def payload(text):
    """The bytes that were escaped."""
    out = re.sub(rb"\\(x[0-9a-f]{2}|.)",
                 lambda match: {b"t": b"\t", b"n": b"\n", b"r": b"\r", b"\\": b"\\"}.get(
                     match.group(1)) or bytes([int(match.group(1)[1:], 16)]),
                 text.encode("utf-8"), flags=re.S)
    return out.hex()


def differences(ours, theirs):
    pieces = set(ours["flags"].split("|")) & set(PIECES)
    for pair, (mine, its) in PAIRS.items():
        if pieces and pair in ("sport", "dport"):
            continue
        if values(ours, mine) != values(theirs, its):
            yield pair, values(ours, mine), values(theirs, its)
    for side in ("eth.src", "eth.dst"):
        if ours[side] != theirs[side].split("|")[0]:
            yield side, ours[side], theirs[side]
    data = (theirs["tcp.payload"] + theirs["udp.payload"]).split("|")[-1]
    if not pieces and ours["transport.data"] and payload(ours["transport.data"]) != data:
        yield "data", payload(ours["transport.data"]), data


def main():
    runner = os.path.abspath(sys.argv[1])
    if not shutil.which("tshark"):
        print("skipped: tshark is not installed")
        sys.exit(77)
    compared = payloads = bad = known = 0
    for name in sorted(os.listdir(CAPTURES)):
        if not re.search(r"\.(pcap|pcapng)(\.gz|\.zst)?$", name) or name in NOT_READ:
            continue
        capture = os.path.join(CAPTURES, name)
        ours, theirs = rows_of_fields(runner, capture), rows_of_tshark(capture)
        if len(ours) != len(theirs):
            print("%s: %d records, tshark %d" % (name, len(ours), len(theirs)))
            bad += 1
        for mine, its in zip(ours, theirs):
            compared += len(PAIRS) + 3
            payloads += bool(mine["transport.data"])
            for field, got, want in differences(mine, its):
                if name == "odd.pcap" and int(mine["number"]) in KNOWN:
                    known += 1
                    continue
                bad += 1
                print("%s %s %s: %s, tshark %s" % (name, mine["number"], field, got, want))
    print("%d values compared, %d of them payloads, %d known differences" %
          (compared, payloads, known))
    if compared < 2000 or payloads < 50:
        sys.exit("too few")
    sys.exit(1 if bad else 0)


main()
