#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""style.py CASE SOURCE: how the sources look.

    format    clang-format has nothing to say (skipped, 77, where it is missing)
    files     every file has its licence line, every .c its opening comment, none is long
    functions none is longer than 80 lines
    docs      no path of one machine, no tabs or trailing spaces, no broken link between documents
    tests     every tests/ROOM/test_*.c is registered, every case of a script too
    captures  tests/pcap holds what its make.py writes
"""
import os
import re
import shutil
import subprocess
import sys

ROOT = os.path.abspath(sys.argv[2])
FOLDERS = ("src", "include", "tools", "examples", "tests", "script", "docs", ".ci")
LONGEST_FILE, LONGEST_FUNCTION = 600, 80


def files(*endings, folders=FOLDERS):
    found = []
    for folder in folders:
        for where, _, names in os.walk(os.path.join(ROOT, folder)):
            found += [os.path.relpath(os.path.join(where, name), ROOT) for name in names
                      if name.endswith(endings)]
    return sorted(found)


def lines(path):
    with open(os.path.join(ROOT, path), encoding="utf-8") as text:
        return text.read().split("\n")


def fail(messages):
    if messages:
        sys.exit("\n".join(messages))


def format_():
    program = shutil.which("clang-format-14") or shutil.which("clang-format")
    if not program:
        print("skipped: clang-format is not installed")
        sys.exit(77)
    done = subprocess.run([program, "--dry-run", "-Werror"] + files(".c", ".h"), cwd=ROOT,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if done.returncode:
        sys.exit(done.stdout.decode())


def files_():
    bad = []
    for path in files(".c", ".h", ".py", "Makefile") + files("", folders=("script",)):
        text = lines(path)
        if not any("SPDX-License-Identifier: MIT" in line for line in text[:3]):
            bad.append(path + ": no SPDX line")
        if path.endswith((".c", ".h")) and len(text) > LONGEST_FILE:
            bad.append("%s: %d lines" % (path, len(text)))
        if path.endswith(".c") and not any(line.startswith("/*") and "SPDX" not in line
                                           for line in text[:8]):
            bad.append(path + ": no opening comment")
    fail(bad)


def functions():
    bad = []
    for path in files(".c", ".h"):
        start = None
        for number, line in enumerate(lines(path), 1):
            if line == "{" or re.match(r"^static inline .*\)$", line):
                start = start or number
            if line == "}" and start:
                if number - start > LONGEST_FUNCTION:
                    bad.append("%s:%d: %d lines" % (path, start, number - start))
                start = None
    fail(bad)


def docs():
    bad = []
    documents = files(".md", ".scd") + [name for name in os.listdir(ROOT) if name.endswith(".md")]
    documents += ["tests/pcap/README"]
    for path in documents + files(".c", ".h", ".build", ".py") + files("", folders=("script",)):
        for number, line in enumerate(lines(path), 1):
            if re.search(r"(?<![\w.$}/])/(work|home|root|mnt|Users)/", line) and \
                    "(work|home" not in line:
                bad.append("%s:%d: a path of one machine" % (path, number))
            if line != line.rstrip() or "\t" in line and not path.endswith("Makefile"):
                bad.append("%s:%d: a tab or trailing space" % (path, number))
    for path in documents:
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", "\n".join(lines(path))):
            if not os.path.exists(os.path.join(ROOT, os.path.dirname(path), target)):
                bad.append("%s: links to %s, which is not there" % (path, target))
    fail(bad)


def tests():
    bad = []
    for path in files(".c", folders=("tests",)):
        name = re.fullmatch(r"tests/(\w+)/test_(\w+)\.c", path)
        if name and "'%s'" % name.group(2) not in "\n".join(
                lines("tests/%s/meson.build" % name.group(1))):
            bad.append(path + " is not in its meson.build")
    for script in files(".py", folders=("tests/command", "tests/faults")):
        if "--list" not in "\n".join(lines(script)) and "main(__doc__)" not in lines(script):
            continue
        listed = subprocess.run([sys.executable, "-B", script, "--list"], cwd=ROOT,
                                stdout=subprocess.PIPE, check=True).stdout.decode().split()
        for name in listed:
            if "'%s'" % name not in "\n".join(lines(os.path.dirname(script) + "/meson.build")):
                bad.append("%s %s is not in its meson.build" % (script, name))
    fail(bad)


def captures():
    subprocess.run([sys.executable, "-B", "tests/pcap/make.py", "--check"], cwd=ROOT, check=True)
    known = "\n".join(lines("tests/pcap/README"))
    fail(["tests/pcap/%s is not in README" % name
          for name in sorted(os.listdir(os.path.join(ROOT, "tests/pcap")))
          if not name.startswith("__") and name != "README" and name not in known])


{"format": format_, "files": files_, "functions": functions, "docs": docs, "tests": tests,
 "captures": captures}[sys.argv[1]]()
