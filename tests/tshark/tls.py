#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""tls.py CHAINS SOURCE: hellos of TLS over TCP in three folders of captures, which lie beside the
project in ../shared/captures, against tshark's facts there (kind, version, SNI, JA3, JA3S); skipped
(77) where they do not. 99 % of what tshark says, of which none has to be allowed; the rest, and
what tshark does not say (it shows nothing of a record that is not whole), each has its reason
(allow.tsv).
"""
import concurrent.futures
import json
import os
import re
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
CHAINS, SOURCE = (os.path.abspath(path) for path in sys.argv[1:3])
SHARED = os.path.join(os.path.dirname(SOURCE), "shared", "captures")
FOLDERS = ("proto", "link", "malformed")
CHAIN = "! packet_meta ! flows only=packets ! tls_meta ja3=true ! json_lines".split()
LEAST = 99.0


def hellos(record):
    """The messages that compare.py knows: what repeats or follows them is left out."""
    return [message for message in record.get("tls", [])
            if message["handshake"] in ("client_hello", "server_hello") and
            message["over"] == "tcp"]


def to_json(job):
    path, out = job
    done = subprocess.run([CHAINS, "run", path] + CHAIN, stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL, timeout=60)
    with open(out, "w") as file:
        for line in done.stdout.splitlines():
            record = json.loads(line)
            record["tls"] = hellos(record)
            file.write(json.dumps(record) + "\n")


def compared(folder, name, options):
    done = subprocess.run(
        [sys.executable, os.path.join(SHARED, "compare.py"), "--all", "--layer", "inner",
         "--only", "tls", "--show", "60"] + options +
        [os.path.join(SHARED, "oracle", name), os.path.join(folder, name)],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    return done.stdout.decode()


def main():
    if not os.path.exists(os.path.join(SHARED, "compare.py")):
        print("skipped: there are no captures beside the project (../shared/captures)")
        sys.exit(77)
    bad, same, total, more = False, 0, 0, 0
    with tempfile.TemporaryDirectory() as folder, \
            concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        jobs = []
        for name in FOLDERS:
            os.mkdir(os.path.join(folder, name))
            for capture in sorted(os.listdir(os.path.join(SHARED, name))):
                jobs.append((os.path.join(SHARED, name, capture),
                             os.path.join(folder, name, capture + ".jsonl")))
        list(pool.map(to_json, jobs))
        for name in FOLDERS:
            text = compared(folder, name, [])
            for one, of in re.findall(r"^tls\.\S+ +(\d+) of +(\d+) ", text, re.M):
                same, total = same + int(one), total + int(of)
            more += len(re.findall(r"^ .*: tls\.\S+: oracle null,", text, re.M))
            text = compared(folder, name, ["--allow", os.path.join(HERE, "allow.tsv")])
            print("== %s\n%s" % (name, text))
            bad = bad or "first differences" in text or " 0 missing in ours" not in text
    said = total - more
    print("%d of %d fields that tshark has are equal, %.3f %%, nothing allowed; %d more in ours" %
          (same, said, 100.0 * same / max(said, 1), more))
    if said < 220:
        sys.exit("fewer fields than there should be")
    sys.exit(1 if bad or 100.0 * same / said < LEAST else 0)


main()
