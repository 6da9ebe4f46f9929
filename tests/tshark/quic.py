#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""quic.py CHAINS SOURCE: QUIC in the captures that lie beside the project in ../shared/captures,
against tshark; skipped (77) where they do not, or tshark is not installed. Every Initial that tshark
opens is opened; names and protocols that were asked for are the same, and the versions.
"""
import concurrent.futures
import json
import os
import re
import shutil
import subprocess
import sys

CHAINS, SOURCE = (os.path.abspath(path) for path in sys.argv[1:3])
SHARED = os.path.join(os.path.dirname(SOURCE), "shared", "captures")
FOLDERS = ("proto", "link", "malformed")
CHAIN = "! packet_meta ! flows only=packets ! quic_meta ! json_lines".split()
FIELDS = ("frame.number", "quic.version", "quic.long.packet_type", "quic.frame_type",
          "tls.handshake.type", "tls.handshake.extensions_server_name",
          "tls.handshake.extensions_alpn_str")
INITIAL, CLIENT_HELLO = "0", "1"
# What any capture with a long header of a version that tshark knows has in it, if not compressed.
MAYBE = re.compile(rb"[\x80-\xff](\x00\x00\x00\x01|\xff\x00\x00.|\x6b\x33\x43\xcf|[QT]0..)|"
                   rb"^\x1f\x8b|^\x28\xb5", re.DOTALL)


def parts(text):
    return [part for part in text.split(",") if part]


def of_tshark(path):
    """By packet: versions and whether an Initial was opened; and the names, the protocols."""
    words = ["tshark", "-n", "-r", path, "-Y", "quic", "-T", "fields", "-E", "occurrence=a"]
    for field in FIELDS:
        words += ["-e", field]
    done = subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, timeout=120)
    packets, names, protocols = {}, [], []
    for line in done.stdout.decode("utf-8", "replace").splitlines():
        number, version, kinds, frames, messages, name, alpn = line.split("\t")
        if version:
            opened = INITIAL in parts(kinds) and bool(frames)
            packets[int(number)] = (int(parts(version)[0], 16), opened)
        if CLIENT_HELLO in parts(messages):
            names += parts(name)
            protocols += parts(alpn)
    return packets, names, protocols


def of_chains(path):
    done = subprocess.run([CHAINS, "run", path] + CHAIN, stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL, timeout=60)
    packets, names, protocols = {}, [], []
    for record in map(json.loads, done.stdout.splitlines()):
        if "quic" in record:
            packets[record["number"]] = (record["quic"]["version"],
                                         record["quic"].get("opened", 0) > 0)
        for message in record.get("tls", []):
            if message["handshake"] == "client_hello":
                names += [message["sni"]] if "sni" in message else []
                protocols += message.get("alpn", [])
    return packets, names, protocols


def is_candidate(path):
    with open(path, "rb") as file:
        return MAYBE.search(file.read()) is not None


def compared(path):
    """The capture, Initials that tshark opens, names; and what differs."""
    theirs, ours = of_tshark(path), of_chains(path)
    wrong = ["%d: %r and not %r" % (number, ours[0].get(number), theirs[0][number])
             for number in theirs[0]
             if number not in ours[0] or ours[0][number][0] != theirs[0][number][0] or
             (theirs[0][number][1] and not ours[0][number][1])]
    for what, i in (("names", 1), ("protocols", 2)):
        if sorted(ours[i]) != sorted(theirs[i]):
            wrong.append("%s: %r and not %r" % (what, ours[i], theirs[i]))
    return path, sum(opened for _, opened in theirs[0].values()), len(theirs[1]), wrong


def main():
    if not os.path.isdir(os.path.join(SHARED, FOLDERS[0])):
        print("skipped: there are no captures beside the project (../shared/captures)")
        sys.exit(77)
    if not shutil.which("tshark"):
        print("skipped: tshark is not installed")
        sys.exit(77)
    paths = [os.path.join(SHARED, folder, name) for folder in FOLDERS
             for name in sorted(os.listdir(os.path.join(SHARED, folder)))]
    paths = [path for path in paths if is_candidate(path)]
    opened = names = 0
    bad = False
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for path, initials, asked, wrong in pool.map(compared, paths):
            opened, names = opened + initials, names + asked
            if initials or wrong:
                print("%s: %d Initials, %d names %s" % (os.path.relpath(path, SHARED), initials,
                                                        asked, "; ".join(wrong)))
            bad = bad or bool(wrong)
    print("%d captures, %d datagrams with an Initial that tshark opens, %d names" % (
        len(paths), opened, names))
    if opened < 10 or names < 2:
        sys.exit("fewer than there should be")
    sys.exit(1 if bad else 0)


main()
