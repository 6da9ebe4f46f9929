#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""round_trip.py COPY SOURCE [all]: captures come back from pcap_writer as they were.

Every capture beside the project, in ../shared/captures, that packet_streamer can read is
written as .pcapng, .pcap, .pcapng.gz and .pcapng.zst; COPY (pcap_copy) reads both sides and
counts packets that differ in time, length, link type or any byte. capinfos must read what was
written without a word. tshark must see in it what it sees in the original: time, lengths, link
type and the MD5 of the bytes of every packet; of one capture in eight, with `all` of every one.
Skipped (77) where there are no captures or no tshark.
"""
import os
import shutil
import subprocess
import sys
import tempfile

COPY, SOURCE = (os.path.abspath(path) for path in sys.argv[1:3])
ALL = sys.argv[3:] == ["all"]
SHARED = os.path.join(os.path.dirname(SOURCE), "shared", "captures")
FOLDERS = ("proto", "link", "format", "malformed", "derived")
FORMS = (".pcapng", ".pcap", ".pcapng.gz", ".pcapng.zst")
FIELDS = ("frame.time_epoch", "frame.len", "frame.cap_len", "frame.encap_type",
          "frame.md5_hash")

# Captures that one pcap file cannot hold, and why.
NO_PCAP = ("is of link type", "has a time in nanoseconds", "and a pcap file holds 1970 to 2106")
# Captures whose copies Wireshark cannot read, as it cannot read the originals.
NOT_FOR_WIRESHARK = {"derived/dlt-65535.pcap": "a link type that it does not know"}
# Captures whose times tshark shows otherwise in the original; all else is compared.
CARRIED = "a fraction of a second or more, which we carry on and tshark leaves"
OTHER_TIMES = {
    "format/tcpdump-timestamp_invalid_micro.pcap": CARRIED,
    "format/tcpdump-timestamp_invalid_nano.pcap": CARRIED,
    "malformed/ndpi-fuzz-2021-10-13.pcap": CARRIED,
    "derived/rec-usec-overflow.pcap": CARRIED,
    "format/libtrace-complex.pcapng": "a simple packet, which has no time: 0 for us",
    "derived/format-spb.pcapng": "simple packets, which have no time: 0 for us",
}

bad = []
counts = {"captures": 0, "unreadable": 0, "packets": 0, "copies": 0, "differences": 0,
          "capinfos": 0, "tshark": 0, "tshark packets": 0, "no pcap": 0,
          "tshark other times": 0}


def run(*command):
    return subprocess.run(command, capture_output=True, text=True, errors="replace",
                          timeout=120)


def captures():
    for folder in FOLDERS:
        for name in sorted(os.listdir(os.path.join(SHARED, folder))):
            yield folder + "/" + name


def tshark_rows(path):
    """What tshark says of each packet, and whether it had a complaint. It also shows blocks
    that are no packets, without a link type."""
    command = ["tshark", "-n", "-r", path, "-o", "frame.generate_md5_hash:TRUE", "-T", "fields"]
    for field in FIELDS:
        command += ["-e", field]
    done = run(*command)
    said = [line for line in done.stderr.splitlines() if line.startswith("tshark:")]
    rows = [line.split("\t") for line in done.stdout.splitlines()]
    return [row for row in rows if row[3]], " ".join(said)


def check_capinfos(name, form, path):
    done = run("capinfos", "-M", "-c", "-t", path)
    said = [line for line in done.stderr.splitlines() if "Running as user" not in line]
    counts["capinfos"] += 1
    if done.returncode != 0 or said:
        bad.append("%s as %s: capinfos %d: %s" % (name, form, done.returncode, " ".join(said)))


def check_tshark(name, form, path, packets, original):
    rows, said = tshark_rows(path)
    counts["tshark"] += 1
    counts["tshark packets"] += len(rows)
    if said or len(rows) != packets:
        bad.append("%s as %s: tshark has %d of %d packets: %s"
                   % (name, form, len(rows), packets, said))
    first = 0
    if name in OTHER_TIMES:
        counts["tshark other times"] += 1
        first = 1
    differ = [i for i, (row, was) in enumerate(zip(rows, original))
              if row[first:] != was[first:]]
    if differ or len(original) < packets:
        at = differ[0] if differ else len(original)
        bad.append("%s as %s: tshark: packet %d of %d is %r, was %r (%d such)"
                   % (name, form, at + 1, packets, rows[at:at + 1], original[at:at + 1],
                      len(differ)))


def check_form(name, form, folder, original):
    path = os.path.join(folder, "copy" + form)
    done = run(COPY, os.path.join(SHARED, name), path)
    if done.returncode != 0:
        bad.append("%s as %s: %s" % (name, form, done.stderr))
        return
    packets, differ, types, said, said_back = done.stdout.rstrip("\n").split("\t")
    packets, differ = int(packets), int(differ)
    if packets == 0 and said.startswith("packet_streamer") and not os.path.exists(path):
        counts["unreadable"] += form == ".pcapng"
        return
    refused = said.startswith("pcap_writer")
    counts["copies"] += 1
    counts["differences"] += differ
    if form == ".pcapng":
        counts["captures"] += 1
        counts["packets"] += packets
    if differ or said_back:
        bad.append("%s as %s: %d of %d packets differ; %s"
                   % (name, form, differ, packets, said_back))
    if refused and not (form == ".pcap" and any(why in said for why in NO_PCAP)):
        bad.append("%s as %s: %s" % (name, form, said))
    counts["no pcap"] += refused
    if name not in NOT_FOR_WIRESHARK:
        check_capinfos(name, form, path)
        if original is not None and form in (".pcapng", ".pcap"):
            check_tshark(name, form, path, packets, original)
    os.unlink(path)


def check_named(folder):
    """Tags and names on the way: tshark shows the comments, and knows the names."""
    capture = os.path.join(SOURCE, "tests", "pcap", "demo.pcap")
    hosts, path = os.path.join(folder, "hosts"), os.path.join(folder, "named.pcapng")
    with open(hosts, "w") as file:
        file.write("192.168.1.9 desk.example\nfe80::5eff:fe10:9 six.example\n")
    done = run(COPY, capture, path, hosts)
    if done.stdout.split("\t")[:2] != ["38", "0"]:
        bad.append("named: %s %s" % (done.stdout, done.stderr))
    shown = run("tshark", "-r", path, "-T", "fields", "-e", "frame.comment")
    comments = shown.stdout.splitlines()
    wanted = ["tags: broadcast; names: 0.0.0.0 = unspecified, 255.255.255.255 = broadcast",
              "tags: internal; names: 192.168.1.1 = LOCAL, 192.168.1.9 = desk.example"]
    if len(comments) != 38 or comments[:2] != wanted:
        bad.append("named: comments %r" % comments[:2])
    names = run("tshark", "-n", "-r", path, "-q", "-z", "hosts").stdout.splitlines()
    for line in ("192.168.1.9\tdesk.example", "fe80::5eff:fe10:9\tsix.example"):
        if names.count(line) != 1:
            bad.append("named: no %r in %r" % (line, names))
    if any("LOCAL" in line or "broadcast" in line for line in names):
        bad.append("named: a label among the names: %r" % names)
    check_capinfos("named", ".pcapng", path)


def main():
    if not os.path.isdir(SHARED):
        print("no captures in %s" % SHARED)
        sys.exit(77)
    if not shutil.which("tshark") or not shutil.which("capinfos"):
        print("no tshark")
        sys.exit(77)
    with tempfile.TemporaryDirectory() as folder:
        for number, name in enumerate(captures()):
            original = None
            if ALL or number % 8 == 0:
                original, _ = tshark_rows(os.path.join(SHARED, name))
            for form in FORMS:
                check_form(name, form, folder, original)
        check_named(folder)
    print(", ".join("%s: %d" % pair for pair in counts.items()))
    for line in bad:
        print(line)
    if counts["captures"] < 300 or counts["packets"] < 15000:
        print("only so few captures and packets")
        sys.exit(1)
    sys.exit(1 if bad else 0)


main()
