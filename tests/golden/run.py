#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""run.py [--write] NETWATCH [NAME]...: compares what is printed with what is kept here.

Every line of cases.txt is a case; with names, only those. --write keeps what it prints now
instead: read the difference before you commit it. The binary `chains` lies beside NETWATCH.
"""
import difflib
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
CAPTURES = os.path.join(HERE, "..", "pcap")


def cases():
    with open(os.path.join(HERE, "cases.txt")) as lines:
        for line in lines:
            words = shlex.split(line, comments=True)
            if words:
                yield words[0], words[1], words[2:]


def same_everywhere(text):
    """What differs between machines, replaced: the interfaces there are."""
    return re.sub(r"(?m)(no such interface or file; there (?:are|is)) .*$", r"\1 INTERFACES", text)


def start(command, stdin, folder):
    environment = {"PATH": os.environ.get("PATH", ""), "TZ": "Asia/Kathmandu", "LC_ALL": "C.UTF-8",
                   "TERM": "xterm", "ASAN_OPTIONS": os.environ.get("ASAN_OPTIONS", ""),
                   "UBSAN_OPTIONS": os.environ.get("UBSAN_OPTIONS", ""),
                   "GOLDEN": "from the environment"}
    done = subprocess.run(command, stdin=stdin, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          cwd=folder, env=environment, timeout=60)
    said = same_everywhere(done.stderr.decode("utf-8", "backslashreplace"))
    if said or done.returncode:
        said += "exit %d\n" % done.returncode
    return done.stdout, said.encode()


def run_netwatch(netwatch, capture, arguments):
    command = [os.path.abspath(netwatch)]
    stdin = subprocess.DEVNULL
    if capture.startswith("<"):
        stdin = open(os.path.join(CAPTURES, capture[1:]), "rb")
    elif capture != "-":
        command += ["-r", capture]
    return start(command + arguments, stdin, CAPTURES)


def run_chains(netwatch, stdin, arguments):
    """In a folder of its own: what is left there belongs to the output."""
    command = [os.path.join(os.path.dirname(os.path.abspath(netwatch)), "chains")]
    with tempfile.TemporaryDirectory() as folder:
        for origin in (CAPTURES, os.path.join(HERE, "chains")):
            for name in os.listdir(origin):
                if os.path.isfile(os.path.join(origin, name)):
                    shutil.copyfile(os.path.join(origin, name), os.path.join(folder, name))
        there = set(os.listdir(folder))
        given = open(os.path.join(folder, stdin), "rb") if stdin else subprocess.DEVNULL
        out, said = start(command + arguments, given, folder)
        for name in sorted(set(os.listdir(folder)) - there):
            with open(os.path.join(folder, name), "rb") as made:
                out += b"==> %s\n" % name.encode() + made.read()
    return out, said


def run(netwatch, capture, arguments):
    if capture.partition("<")[0] == "chains":
        return run_chains(netwatch, capture.partition("<")[2], arguments)
    return run_netwatch(netwatch, capture, arguments)


def kept(name, kind):
    try:
        with open(os.path.join(HERE, name + kind), "rb") as have:
            return have.read()
    except FileNotFoundError:
        return b""


def keep(name, kind, data):
    path = os.path.join(HERE, name + kind)
    if data:
        with open(path, "wb") as out:
            out.write(data)
    elif os.path.exists(path):
        os.remove(path)


def differs(name, kind, got):
    want = kept(name, kind)
    if got == want:
        return False
    sides = [data.decode("utf-8", "backslashreplace").splitlines() for data in (want, got)]
    for line in difflib.unified_diff(*sides, name + kind, "now", lineterm="", n=1):
        print(line)
    return True


def main():
    arguments = sys.argv[1:]
    write = arguments[:1] == ["--write"]
    if write:
        arguments.pop(0)
    if not arguments:
        sys.exit(__doc__)
    netwatch, names = arguments[0], arguments[1:]
    known = list(cases())
    missing = set(names) - {name for name, _, _ in known}
    if missing:
        sys.exit("no such case: " + " ".join(sorted(missing)))
    failed = 0
    for name, capture, words in known:
        if names and name not in names:
            continue
        out, err = run(netwatch, capture, words)
        if write:
            keep(name, ".out", out)
            keep(name, ".err", err)
        else:
            failed += differs(name, ".out", out) | differs(name, ".err", err)
    if write and not names:
        wanted = {name for name, _, _ in known}
        for file in os.listdir(HERE):
            stem, kind = os.path.splitext(file)
            if kind in (".out", ".err") and stem not in wanted:
                os.remove(os.path.join(HERE, file))
    sys.exit(1 if failed else 0)


main()
