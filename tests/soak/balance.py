#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""balance.py captures|hostile|ends CHAINS TRAFFIC: in + added = out + dropped, for every component.

    captures   all captures of tests/pcap through commands and chains; the source has taken what is
               in the file, and a file has as many lines as its sink has taken records
    hostile    floods, holes and pieces against small tables: evictions, limits, filters, tees, merges
    ends       it ends in the middle: a number of packets, a signal, a disk that is full
"""
import glob
import os
import signal
import struct
import subprocess
import sys
import tempfile
import time

import stats

HERE = os.path.dirname(os.path.abspath(__file__))
PCAP = os.path.join(HERE, "..", "pcap")
CHAINS, TRAFFIC = (os.path.abspath(path) for path in sys.argv[2:4])
STREAMS = ("! packet_meta ! flows {0} ! dns_meta {1} ! tls_meta ! quic_meta ! http_meta ! "
           "dns_weird ! reverse_dns mode=passive ! tagger")
ALL = STREAMS.format("", "")
SMALL = STREAMS.format("flows=64 waiting=8K waiting_all=64K parsers=64K", "pending=16 timeout=1s")
OUT = "! json_lines path={out}"
RUNS = [
    "{file} ! packet_meta " + OUT,
    "{file} " + ALL + " " + OUT,
    "{file} " + SMALL + " ! packet_printer /dev/null",
    "{file} bpf=udp ! packet_meta ! flows only=records ! flow_summary /dev/null",
    "{file} max_packets=3 ! packet_meta ! flows only=packets " + OUT,
    "{file} " + ALL + " ! where dns ! tee [ dns_printer /dev/null ] [ where 'dns.rcode == NOERROR' "
    "! count dns.rcode path=/dev/null ] [ url_printer /dev/null ]",
    "merge [ {file} ! packet_meta ! flows ] [ {file} ! packet_meta ! where tcp ] ! count "
    "path=/dev/null",
    "{file} ! packet_meta ! tee [ flows only=records ! tee [ where udp ! count path=/dev/null ] "
    "[ flow_summary /dev/null ] ] " + OUT,
]
COMMANDS = ["netwatch -s", "netwatch -v", "netwatch --json", "flows", "flows --json", "urlwatch",
            "weird_dns"]


def command_runs():
    """The commands that print a table."""
    return [words for words in COMMANDS
            if b"--stats" in subprocess.run([CHAINS, words.split()[0], "--help"],
                                            stdout=subprocess.PIPE, check=True).stdout]


def packets_in(path):
    """The packets of a pcap file that is whole; None: it is something else."""
    with open(path, "rb") as file:
        data = file.read()
    order = {b"\xd4\xc3\xb2\xa1": "<", b"\x4d\x3c\xb2\xa1": "<", b"\xa1\xb2\xc3\xd4": ">",
             b"\xa1\xb2\x3c\x4d": ">"}.get(data[:4])
    if not order:
        return None
    at, count = 24, 0
    while at + 16 <= len(data):
        at += 16 + struct.unpack_from(order + "I", data, at + 8)[0]
        count += 1
    return count if at == len(data) else None


def split(text, **names):
    """Words as a shell has them, with '...' for a word with blanks."""
    words, quoted = [], text.split("'")
    for i, part in enumerate(quoted):
        words += [part] if i % 2 else part.split()
    return [word.format(**names) for word in words]


def judge(what, said, wrong, packets=None, lines=None):
    rows, rest = stats.table(said)
    if rows is None:
        wrong.append("%s: no table: %s" % (what, said[-300:]))
        return None
    wrong += ["%s: %s" % (what, sentence) for sentence in stats.unbalanced(rows)]
    if "Sanitizer" in said or "runtime error" in said:
        wrong.append("%s: %s" % (what, said[-2000:]))
    for row in rows:
        if packets is not None and row.name == "packet_streamer" and row.numbers["in"] != packets:
            wrong.append("%s: %d packets, the source took %d"
                         % (what, packets, row.numbers["in"]))
        if lines is not None and row.name == "json_lines" and row.numbers["in"] != lines:
            wrong.append("%s: %d lines of %d records" % (what, lines, row.numbers["in"]))
    return rows


def run_one(text, path, wrong, packets=None):
    with tempfile.TemporaryDirectory() as folder:
        out = os.path.join(folder, "out")
        done = subprocess.run([CHAINS, "run", "--stats"] + split(text, file=path, out=out),
                              stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, timeout=240)
        lines = None
        if done.returncode == 0 and os.path.exists(out):
            with open(out, "rb") as file:
                lines = file.read().count(b"\n")
    said = done.stderr.decode("utf-8", "replace")
    if "component " not in said and done.returncode:
        return 0  # refused before a packet was read
    judge("%s %s" % (os.path.basename(path), text), said, wrong,
          packets if done.returncode == 0 and "max_packets" not in text else None, lines)
    return 1


def captures():
    wrong, runs = [], 0
    commands = command_runs()
    for path in sorted(glob.glob(os.path.join(PCAP, "*cap*"))):
        packets = packets_in(path)
        for text in RUNS:
            runs += run_one(text, path, wrong, packets)
        for words in commands:
            done = subprocess.run([CHAINS] + words.split() + ["--stats", "-r", path],
                                  stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, timeout=240)
            said = done.stderr.decode("utf-8", "replace")
            if "component " in said:
                judge("%s %s" % (words, path), said, wrong,
                      packets if done.returncode == 0 else None)
                runs += 1
    print("%d runs, %d commands with a table" % (runs, len(commands)))
    return wrong + ([] if runs >= 200 else ["fewer runs than there should be"])


def traffic(folder, count, kinds=None):
    path = os.path.join(folder, "traffic.pcap")
    words = [TRAFFIC, "--packets=%d" % count, "--active=500",
             "--templates=" + os.path.join(PCAP, "tls.pcap")]
    with open(path, "wb") as file:
        subprocess.run(words + (["--kinds=" + kinds] if kinds else []), stdout=file, check=True)
    return path


def hostile():
    wrong, evicted = [], 0
    with tempfile.TemporaryDirectory() as folder:
        for kinds in (None, "syn,half_open", "hole,out_of_order", "fragment,fragmented",
                      "dns,dns_unanswered,dns_weird,dns_tcp", "http,idle,half_hello,tls_whole",
                      "quic,udp_both,udp"):
            path = traffic(folder, 4000, kinds)
            for text in RUNS:
                run_one(text, path, wrong, 4000)
                evicted += 1
    print("%d runs" % evicted)
    return wrong


def stopped(path, wrong):
    """INT while a pipe still has more: what is in hand is finished, and counted."""
    text = "merge [ - ! packet_meta ! flows ] [ {file} ! packet_meta ] ! tee [ where udp ! count " \
        "path=/dev/null ] [ json_lines /dev/null ]"
    process = subprocess.Popen([CHAINS, "run", "--stats"] + split(text, file=path),
                               stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
                               stderr=subprocess.PIPE)
    with open(path, "rb") as file:
        process.stdin.write(file.read()[:500000])
        process.stdin.flush()
    time.sleep(0.3)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=60)
    rows = judge("INT", said.decode(), wrong)
    if rows and rows[0].dropped == 0:
        wrong.append("INT: the merge had nothing in hand, so that nothing was shown")


def ends():
    wrong = []
    with tempfile.TemporaryDirectory() as folder:
        path = traffic(folder, 20000)
        for most in (1, 31, 32, 33, 1000, 19999, 20000, 20001):
            for text in ("{file} max_packets=%d " % most + ALL + " " + OUT,
                         "merge [ {file} max_packets=%d ! packet_meta ] [ {file} ! packet_meta ! "
                         "flows ] ! count path=/dev/null" % most):
                run_one(text, path, wrong)
        for text in ("{file} " + ALL + " ! json_lines /dev/full",
                     "{file} " + SMALL + " ! tee [ json_lines /dev/full ] [ flow_summary "
                     "/dev/null ] [ packet_printer /dev/full ]",
                     "merge [ {file} ! packet_meta ! flows ] [ {file} ! packet_meta ] ! "
                     "json_lines /dev/full"):
            run_one(text, path, wrong)
        stopped(path, wrong)
    return wrong


WRONG = {"captures": captures, "hostile": hostile, "ends": ends}[sys.argv[1]]()
sys.exit("\n".join(WRONG[:30]) if WRONG else 0)
