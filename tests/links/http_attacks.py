#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""http_attacks.py CHAINS SOURCE: the captures of attacks on readers of HTTP that lie beside the
project, in ../shared/captures/derived (atk-http-*, and those of atk-tcp-* with a request); skipped
(77) where they do not. For each of them every message, exactly, is what stands here, and there is
nothing in the text that a terminal would obey.
"""
import json
import os
import re
import subprocess
import sys

CHAINS, SOURCE = (os.path.abspath(path) for path in sys.argv[1:3])
FOLDER = os.path.join(os.path.dirname(SOURCE), "shared", "captures", "derived")
CHAIN = "! packet_meta ! flows ! http_meta ! json_lines".split()
ESC = "\x1b]0;owned\x07\x1b[31;1mred\x1b[0m\\x9b2J\u202eabc\0def\\xff\"\\\\<script>"
ASKED = {"method": "GET", "host": "www.example.test", "uri": "/a"}
HEADER_LIMIT = 64 * 1024


def request(number, depth=1, uri="/", host="h", weird=(), **more):
    message = dict(kind="request", depth=depth, method="GET", uri=uri, version="1.1", complete=True)
    if host:
        message["host"] = host
    return number, finished(message, weird, more)


def response(number, asked, weird=(), **more):
    message = dict(kind="response", depth=1, status=200, reason="OK", version="1.1", complete=True,
                   latency=0.001, request=asked)
    return number, finished(message, weird, more)


def finished(message, weird, more):
    message.update(more)
    if weird:
        message["weird"] = list(weird)
    return {key: value for key, value in message.items() if value is not None}


def post(number, depth, weird=(), **more):
    return request(number, depth, method="POST", weird=weird, **more)


def usual(number):
    return request(number, uri="/a", host="www.example.test", user_agent="ua")


WANTED = {
    "http-chunk": [usual(4), response(10, ASKED, ["bad_chunk"], body_len=35)],
    # A length that is none: nobody can say where the body ends; the next packet begins anew.
    "http-cl": [post(4 + i, 1 + i, ["bad_length"], complete=False) for i in range(4)] +
               [post(8, 5, ["smuggling", "two_lengths"], body_len=4),
                post(9, 6, ["bad_length"], complete=False),
                post(10, 7, content_length=4, body_len=4),
                post(11, 8, ["bad_length"], complete=False)],
    "http-escape": [request(4, uri="/" + ESC, host="h" + ESC, user_agent=ESC, referrer="a\tfolded",
                            weird=["folded_header", "bad_request_line", "nul"]),
                    response(5, {"method": "GET", "host": "h" + ESC, "uri": "/" + ESC}, ["nul"],
                             reason=ESC, server=ESC, content_length=0)],
    # Nothing is inflated.
    "http-gzip-bomb": [usual(4), response(9, ASKED, content_length=4892, body_len=4892)],
    "http-longline": [request(50, uri="/" + "a" * (HEADER_LIMIT - len("GET /")), host=None,
                              version=None, complete=False, weird=["too_long"])],
    "http-noend": [request(54, host=None, complete=False, weird=["too_long"])],
    "http-pcenc": [request(4, uri="/%1b%5d0;x%07%00%0d%0aSet-Cookie:%20a%ff%zz%+?a=%e2%80%ae",
                           path="/\x1b]0;x\x07\0\r\nSet-Cookie: a\\xff%zz%+",
                           weird=["encoded_control", "bad_encoding"])],
    "http-pipeline": [request(4 + i, 1 + i, "/%d" % i) for i in range(40)] +
                     [request(46, 41, "/split", "h2")],
    "http-smuggle": [post(4, 1, ["smuggling", "length_and_chunked", "bare_lf", "two_hosts"],
                          host="a, b", content_length=3),
                     request(4, 2, "/x", None, ["bad_version"], version="9.9"),
                     request(6, 3, host=None, method="get", version="http/1.1",
                             weird=["bad_version"]),
                     request(7, 4, weird=["bad_header", "bad_request_line"])],
    "tcp-bytes": [usual(62)],
    "tcp-nodata-flags": [usual(3)],
    "tcp-ooo": [usual(15)],
    "tcp-overlap": [request(5, uri="/badd")],
    "tcp-rexmit": [usual(4)],
    "tcp-window-hole": [],
    "tcp-wrap": [usual(5)],
}


def found(name):
    done = subprocess.run([CHAINS, "run", os.path.join(FOLDER, "atk-%s.pcap" % name)] + CHAIN,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=60)
    if done.returncode != 0 or done.stderr:
        sys.exit("%s: exit code %d, %r" % (name, done.returncode, done.stderr[:2000]))
    text = done.stdout.decode("utf-8", "strict")
    bad = re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f]", text)
    if bad:
        sys.exit("%s: control byte %r" % (name, bad.group(0)))
    return [(record.get("number"), message) for record in map(json.loads, text.splitlines())
            for message in record.get("http", [])]


def main():
    if not os.path.isdir(FOLDER):
        print("skipped: there are no captures beside the project (../shared/captures)")
        sys.exit(77)
    there = {name[4:-5] for name in os.listdir(FOLDER) if name.startswith("atk-http-")}
    if there != {name for name in WANTED if name.startswith("http-")}:
        sys.exit("not the captures that are known here: %s" % sorted(there))
    bad = 0
    for name, wanted in sorted(WANTED.items()):
        got = found(name)
        for i in range(max(len(got), len(wanted))):
            one = got[i] if i < len(got) else None
            want = wanted[i] if i < len(wanted) else None
            if one != want:
                bad += 1
                print("%s, message %d:\n  got  %.900s\n  want %.900s" % (name, i, one, want))
    sys.exit("%d differences" % bad if bad else 0)


main()
