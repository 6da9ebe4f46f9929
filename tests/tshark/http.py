#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""http.py CHAINS SOURCE: requests and responses of two folders of captures, which lie beside the
project in ../shared/captures, against tshark's facts there; skipped (77) where they do not. 99 % of
all fields, of which none has to be allowed; the others each have their reason (allow.tsv). Messages
that are unfinished when their flow ends stand on no packet and are not compared.
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
FOLDERS = ("proto", "link")
CHAIN = "! packet_meta ! flows only=packets ! http_meta ! json_lines".split()
LEAST = 99.0


def to_json(job):
    """The facts are of HTTP/1 alone; HTTP/2 has a test of its own (http2.py)."""
    path, out = job
    done = subprocess.run([CHAINS, "run", path] + CHAIN, stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL, timeout=60)
    with open(out, "wb") as file:
        for line in done.stdout.splitlines(True):
            if b'"version":"2"' in line:
                record = json.loads(line)
                record["http"] = [one for one in record["http"] if one.get("version") != "2"]
                line = json.dumps(record).encode() + b"\n"
            file.write(line)


def compared(folder, name, options):
    done = subprocess.run(
        [sys.executable, os.path.join(SHARED, "compare.py"), "--all", "--layer", "inner",
         "--only", "http", "--show", "60"] + options +
        [os.path.join(SHARED, "oracle", name), os.path.join(folder, name)],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    return done.stdout.decode()


def main():
    if not os.path.exists(os.path.join(SHARED, "compare.py")):
        print("skipped: there are no captures beside the project (../shared/captures)")
        sys.exit(77)
    bad, same, total = False, 0, 0
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
            for one, of in re.findall(r"^http\.\S+ +(\d+) of +(\d+) ",
                                      compared(folder, name, []), re.M):
                same, total = same + int(one), total + int(of)
            text = compared(folder, name, ["--allow", os.path.join(HERE, "allow.tsv")])
            print("== %s\n%s" % (name, text))
            bad = bad or "first differences" in text or " 0 missing in ours" not in text
    print("%d of %d fields are equal, %.3f %%, nothing allowed" % (same, total,
                                                                   100.0 * same / total))
    if total < 2000:
        sys.exit("fewer fields than there should be")
    sys.exit(1 if bad or 100.0 * same / total < LEAST else 0)


main()
