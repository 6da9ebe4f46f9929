#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""dns_attacks.py CHAINS SOURCE: the captures of attacks on readers of DNS that lie beside the project,
in ../shared/captures/derived (atk-dns-*); skipped (77) where they do not. For each of them every
record with a DNS layer or a flag, exactly, is what stands here.
"""
import json
import os
import subprocess
import sys

CHAINS, SOURCE = (os.path.abspath(path) for path in sys.argv[1:3])
FOLDER = os.path.join(os.path.dirname(SOURCE), "shared", "captures", "derived")
CHAIN = "! packet_meta ! flows only=packets ! dns_meta ! json_lines".split()
WWW = {"name": "www.example.test", "type": "A", "class": "IN"}
# Of a query with rd and nothing else; of a response to it.
QUERY = dict(id=0x1234, qr=0, opcode=0, opcode_name="QUERY", aa=False, tc=False, rd=True, ra=False,
             z=False, ad=False, cd=False)
RESPONSE = dict(QUERY, qr=1, ra=True, rcode=0, rcode_name="NOERROR")
HEADER = 12
LONG = ".".join(["a" * 63] * 3 + ["b" * 61])
ODD = (r'a\027]0;owned\007.b\013\010FAKE: line.c\000d.e\.f.\15531m.\226\128\174.\255\254."\\.test')
TXT = r'"\027[2J\027]52;c;cm0gLXJm\007\010\"},{\"x\000yy"'


def query(number, size, flags=(), faults=(), **more):
    return record(number, QUERY, size, flags, faults, more)


def response(number, size, flags=(), faults=(), **more):
    return record(number, RESPONSE, size, flags, faults, more)


def record(number, base, size, flags, faults, more):
    dns = dict(base, size=size, **more)
    if faults:
        dns["faults"] = list(faults)
    return number, list(flags), dns


def answer(kind, rdata):
    return {"name": WWW["name"], "type": kind, "class": "IN", "ttl": 60, "rdata": rdata}


def bad_name(size):
    """A query whose only name cannot be: the header is all that is known of it, in both records."""
    return [query(1, size, ["malformed"], ["bad_name"]), query(1, size, unanswered=True)]


def cut():
    """A query that ends after so many bytes; the second half not even with a header."""
    size = len(b"\3www\7example\4test\0\0\1\0\1")
    wanted = [query(1 + k, HEADER + k, ["cut_short"], ["cut_short"],
                    **({"retried": True} if k > 1 else {})) for k in range(1, size)]
    wanted += [(1 + size + k, ["cut_short"], None) for k in range(1, HEADER)]
    return wanted + [query(2, HEADER + 1, unanswered=True)]


WANTED = {
    "atk-dns-counts": [query(1, 34, ["cut_short"], ["cut_short"], queries=[WWW]),
                       query(1, 34, queries=[WWW], unanswered=True)],
    "atk-dns-cut": cut(),
    "atk-dns-escape": [
        query(1, 71, queries=[{"name": ODD, "type": "TXT", "class": "IN"}]),
        response(2, 81, faults=["trailing"], queries=[WWW], answers=[answer("TXT", TXT)]),
        query(1, 71, queries=[{"name": ODD, "type": "TXT", "class": "IN"}], unanswered=True)],
    "atk-dns-expand": [
        query(1, 60271, ["too_deep"], ["limited"],
              queries=[{"name": LONG, "type": "A", "class": "IN"}] * 64),
        query(1, 60271, queries=[{"name": LONG, "type": "A", "class": "IN"}], unanswered=True)],
    "atk-dns-name-6400": bad_name(6417),
    "atk-dns-ptr-chain": bad_name(8034),
    "atk-dns-ptr-pair": bad_name(20),
    "atk-dns-ptr-self": bad_name(18),
    "atk-dns-rdata-size": [
        response(1, 79, ["malformed"], ["bad_data"], queries=[WWW],
                 answers=[answer("A", r"\# 3 010203"), answer("AAAA", r"\# 4 01020304"),
                          answer("PTR", r"\002.\004\192\012")])],
    "atk-dns-rdlen": [response(1, 47, ["cut_short"], ["cut_short"], queries=[WWW])],
    # A message of no bytes; one of 65535, of which 47 come: it is never whole.
    "atk-dns-tcp-len": [(4, ["cut_short"], None)],
}


def found(name):
    done = subprocess.run([CHAINS, "run", os.path.join(FOLDER, name + ".pcap")] + CHAIN,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=20)
    if done.returncode != 0 or done.stderr:
        sys.exit("%s: exit code %d, %r" % (name, done.returncode, done.stderr[:2000]))
    records = [json.loads(line) for line in done.stdout.splitlines()]
    return [(record.get("number"), record.get("flags", []), record.get("dns"))
            for record in records if record.get("dns") or record.get("flags")]


def main():
    if not os.path.isdir(FOLDER):
        print("skipped: there are no captures beside the project (../shared/captures)")
        sys.exit(77)
    bad = 0
    there = {name[:-5] for name in os.listdir(FOLDER) if name.startswith("atk-dns-")}
    if there != set(WANTED):
        sys.exit("not the captures that are known here: %s" % sorted(there ^ set(WANTED)))
    for name, wanted in sorted(WANTED.items()):
        got = found(name)
        for i in range(max(len(got), len(wanted))):
            one = got[i] if i < len(got) else None
            want = wanted[i] if i < len(wanted) else None
            if one != want:
                bad += 1
                print("%s, record %d:\n  got  %s\n  want %s" % (name, i, one, want))
    sys.exit("%d differences" % bad if bad else 0)


main()
