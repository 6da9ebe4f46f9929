#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""tls_attacks.py CHAINS SOURCE: the captures of attacks on readers of TLS that lie beside the project,
in ../shared/captures/derived (atk-tls-*); skipped (77) where they do not. For each of them every
message, exactly, is what stands here, and there is nothing in the text that a terminal would obey.
"""
import json
import os
import re
import subprocess
import sys

CHAINS, SOURCE = (os.path.abspath(path) for path in sys.argv[1:3])
FOLDER = os.path.join(os.path.dirname(SOURCE), "shared", "captures", "derived")
CHAIN = "! packet_meta ! flows ! tls_meta ! json_lines".split()
ESC = "\x1b]0;owned\x07\x1b[31;1mred\x1b[0m\\x9b2J\u202eabc\0def\\xff\"\\\\<script>"
JA4 = "t13d020200_c1929292aa6b_b9a491fefe05"
CIPHERS = ["TLS_AES_128_GCM_SHA256", "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"]
MANY = [0, 43] + list(range(0x1000, 0x1000 + 510))  # those that are read


def hello(number, sni="example.test", weird=(), **more):
    message = dict({"handshake": "client_hello", "over": "tcp", "from": "client", "version": 771,
                    "protocol": "TLS 1.3", "versions": ["TLS 1.3"], "ciphers": CIPHERS,
                    "extensions": [0, 43], "ja4": JA4})
    return number, finished(message, weird, more, sni=sni)


def failed(number, sni="example.test", weird=(), **more):
    message = {"handshake": "failed", "over": "tcp", "ja4": JA4, "took": 0.002, "history": "C"}
    return number, finished(message, weird, more, server_name=sni)


def finished(message, weird, more, **name):
    message.update(more)
    message.update(name, weird=list(weird))
    return {key: value for key, value in message.items() if value is not None and value != []}


def pair(number, sni="example.test", weird=(), **more):
    return [hello(number, sni, weird, **more),
            failed(number + 2, sni and sni[:255], ja4=more.get("ja4", JA4))]


NOTHING = dict(version=None, protocol=None, versions=None, ciphers=None, extensions=None, ja4=None)

WANTED = {
    "bytes": [hello(85), failed(87)],
    "escape": pair(4, ESC, ["bad_name"]),
    "exts": [hello(12, weird=["many_extensions"], extensions=MANY, ja4=None), failed(14, ja4=None)],
    # A record's length that cannot be; a message's that is beyond the limit; 200 empty records.
    "lens": pair(4, weird=["bad_length"]) + pair(10, None, ["too_long"], **NOTHING) + pair(16),
    "recfrag": pair(4),
    "sni": pair(4, None, ["bad_name"]) + pair(10, None, ["bad_name"]) + pair(16, None, ["bad_name"]) +
           pair(22, None, ["bad_length", "bad_name"]) + pair(28, None, ["bad_name"]) +
           pair(34, "a" * 400, ["bad_name"]) + pair(40, "ab", ["two_names"]),
}


def found(name):
    done = subprocess.run([CHAINS, "run", os.path.join(FOLDER, "atk-tls-%s.pcap" % name)] + CHAIN,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=60)
    if done.returncode != 0 or done.stderr:
        sys.exit("%s: exit code %d, %r" % (name, done.returncode, done.stderr[:2000]))
    text = done.stdout.decode("utf-8", "strict")
    bad = re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f]", text)
    if bad:
        sys.exit("%s: control byte %r" % (name, bad.group(0)))
    return [(record.get("number"), message) for record in map(json.loads, text.splitlines())
            for message in record.get("tls", [])]


def differences(name, got, wanted):
    bad = 0
    for i in range(max(len(got), len(wanted))):
        one = got[i] if i < len(got) else None
        want = wanted[i] if i < len(wanted) else None
        if one != want:
            bad += 1
            print("%s, message %d:\n  got  %.900s\n  want %.900s" % (name, i, one, want))
    return bad


def cut():
    """The hello cut at every length, each in its own connection: all that hold its header are told,
    one is whole, and what there is of the others is never more than the capture has. None has
    failed: the input ended first."""
    got = found("cut")
    whole = [pair for pair in got if pair[0]]
    bad = differences("cut", whole, [hello(83)])
    rest = [message for number, message in got if not number]
    hellos = [message for message in rest if message["handshake"] == "client_hello"]
    # Lengths 9 to 81 hold the headers of record and message, 82 is the whole.
    if (len(hellos), len(rest)) != (73, 73):
        bad += 1
        print("cut: %d hellos, %d messages" % (len(hellos), len(rest)))
    if any(message["weird"] != ["unfinished"] or "ja4" in message for message in hellos):
        bad += 1
        print("cut: a hello that is not whole says it is")
    named = sum(message.get("sni") == "example.test" for message in hellos)
    if not 0 < named < 20 or any(message.get("sni", "example.test") != "example.test"
                                 for message in hellos):
        bad += 1
        print("cut: %d names" % named)
    return bad


def main():
    if not os.path.isdir(FOLDER):
        print("skipped: there are no captures beside the project (../shared/captures)")
        sys.exit(77)
    there = {name[8:-5] for name in os.listdir(FOLDER) if name.startswith("atk-tls-")}
    if there != set(WANTED) | {"cut"}:
        sys.exit("not the captures that are known here: %s" % sorted(there))
    bad = cut()
    for name, wanted in sorted(WANTED.items()):
        bad += differences(name, found(name), wanted)
    sys.exit("%d differences" % bad if bad else 0)


main()
