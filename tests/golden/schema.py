#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""schema.py CHAINS: docs/schema.json is what `chains schema` prints, and every line of --json of
every capture here holds to it. The second part is skipped (77) where jsonschema is missing.
"""
import json
import os
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
CHAINS = os.path.abspath(sys.argv[1])
CAPTURES = os.path.join(HERE, "..", "pcap")


def main():
    with open(os.path.join(HERE, "..", "..", "docs", "schema.json"), "rb") as have:
        kept = have.read()
    printed = subprocess.run([CHAINS, "schema"], stdout=subprocess.PIPE, check=True).stdout
    if printed != kept:
        sys.exit("docs/schema.json is not what `chains schema` prints: write it anew")
    try:
        import jsonschema
    except ImportError:
        print("skipped: Python's jsonschema is not installed")
        sys.exit(77)
    schema = json.loads(kept)
    jsonschema.Draft202012Validator.check_schema(schema)
    holds = jsonschema.Draft202012Validator(schema)
    lines = 0
    for name in sorted(os.listdir(CAPTURES)):
        if ".pcap" not in name:
            continue
        done = subprocess.run([CHAINS, "netwatch", "--json", "-r", os.path.join(CAPTURES, name)],
                              stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        for line in done.stdout.splitlines():
            lines += 1
            for error in holds.iter_errors(json.loads(line)):
                sys.exit("%s: %s in %s" % (name, error.message[:300], line.decode()[:300]))
    if lines < 200:
        sys.exit("only %d lines were there" % lines)
    if holds.is_valid({"number": 1}) or holds.is_valid(dict(json.loads(line), number="one")):
        sys.exit("the schema refuses nothing")


main()
