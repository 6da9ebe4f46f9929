#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""shared.py compare|survive NETWATCH SOURCE: many captures of others, where they lie beside the
project, in ../shared/captures; skipped (77) where they do not.

    compare   four folders against tshark's facts that lie with them: 99.9 % of every field of
              the headers, differences with a known reason (allow.tsv) at most 0.5 %
    survive   every capture in all three forms of output: no report of a sanitizer, no hang, exit
              code 0, 1 or 2, nothing that a terminal would obey, every JSON line well-formed
"""
import concurrent.futures
import json
import os
import re
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
NETWATCH, SOURCE = (os.path.abspath(path) for path in sys.argv[2:4])
SHARED = os.path.join(os.path.dirname(SOURCE), "shared", "captures")
FOLDERS = ("proto", "link", "format", "malformed")
FIELDS = "number,timestamp,caplen,len,present,eth,packet,transport"
MOST_ALLOWED = 0.5
FORMS = (["-s"], ["-v"], ["--json"])


def captures(folders):
    for folder in folders:
        for name in sorted(os.listdir(os.path.join(SHARED, folder))):
            yield folder, name, os.path.join(SHARED, folder, name)


def to_json(job):
    path, out = job
    with open(out, "wb") as file:
        subprocess.run([NETWATCH, "--json", "-n", "-r", path], stdout=file,
                       stderr=subprocess.DEVNULL, timeout=60)


def compare():
    compared = known = 0
    bad = False
    with tempfile.TemporaryDirectory() as folder, \
            concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for name in FOLDERS:
            os.mkdir(os.path.join(folder, name))
        list(pool.map(to_json, [(path, os.path.join(folder, where, name + ".jsonl"))
                                for where, name, path in captures(FOLDERS)]))
        for name in FOLDERS:
            done = subprocess.run(
                [sys.executable, os.path.join(SHARED, "compare.py"), "--all", "--layer", "inner",
                 "--only", FIELDS, "--min", "99.9", "--allow", os.path.join(HERE, "allow.tsv"),
                 os.path.join(SHARED, "oracle", name), os.path.join(folder, name)],
                stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
            text = done.stdout.decode()
            print("== %s\n%s" % (name, text))
            bad = bad or done.returncode != 0
            for _, total in re.findall(r"^\S+ +(\d+) of +(\d+) +[\d.]+ %", text, re.M):
                compared += int(total)
            known += sum(map(int, re.findall(r"(\d+) differences allowed by name", text)))
    print("%d comparisons, %d differences with a known reason" % (compared, known))
    if compared < 50000:
        sys.exit("fewer comparisons than there should be")
    if known > compared * MOST_ALLOWED / 100:
        sys.exit("too many differences are said to have a reason")
    sys.exit(1 if bad else 0)


def survive_one(job):
    path, form = job
    what = "%s %s: " % (path[len(SHARED) + 1:], form[0])
    try:
        done = subprocess.run([NETWATCH, "-r", path] + form, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, timeout=10)
    except subprocess.TimeoutExpired:
        return what + "10 seconds were not enough"
    said = done.stderr.decode("utf-8", "replace")
    if done.returncode not in (0, 1, 2):
        return what + "exit code %d\n%s" % (done.returncode, said[:3000])
    if "Sanitizer" in said or "runtime error" in said:
        return what + said[:3000]
    if done.returncode != 0 and said == "":
        return what + "exit code %d and no sentence" % done.returncode
    if said.count("\n") > 5:  # a warning for an unknown link type, and the failure
        return what + "more than a few sentences: %r" % said
    for side in (done.stdout, done.stderr):
        text = side.decode("utf-8", "strict")
        bad = re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]", text)
        if bad:
            return what + "control byte %r" % bad.group(0)
    if done.stdout and not done.stdout.endswith(b"\n"):
        return what + "the last line is not whole"
    if form == ["--json"]:
        for line in done.stdout.splitlines():
            if not isinstance(json.loads(line), dict):
                return what + "not an object"
    return None


def survive():
    folders = [name for name in sorted(os.listdir(SHARED))
               if os.path.isdir(os.path.join(SHARED, name)) and name != "oracle"]
    jobs = [(path, form) for _, _, path in captures(folders) for form in FORMS]
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        reports = [report for report in pool.map(survive_one, jobs) if report]
    print("%d runs" % len(jobs))
    if len(jobs) < 1000:
        sys.exit("fewer captures than there should be")
    if reports:
        sys.exit("\n".join(reports[:40] + ["%d reports" % len(reports)]))


if not os.path.exists(os.path.join(SHARED, "compare.py")):
    print("skipped: there are no captures beside the project (../shared/captures)")
    sys.exit(77)
{"compare": compare, "survive": survive}[sys.argv[1]]()
