#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""instructions.py ROOT BUILD: instructions a packet of each job, beside those recorded.

valgrind's cachegrind counts them, without its caches, and lends each machine the same processor: the
same program counts the same, whatever else the machine does, but for a few in a million (the keys of
hash tables are random). What a job costs is the count for a small capture less that for its first
packets. Of other compilers and libraries the numbers are others: skipped (77) then. Exit code 1 when
a job differs by more than TOLERANCE, to the better as to the worse.
"""
import concurrent.futures
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile

import building
import jobs
import table
from captures import Captures, Missing, beginning

PACKETS, FIRST = 20000, 20
TOLERANCE = 0.03
FILE = os.path.join("bench", "instructions.tsv")
RECORD = "script/bench --instructions --record"
ENVIRONMENT = {"PATH": "/usr/bin:/bin", "TZ": "UTC0", "LC_ALL": "C"}
COUNTER = ["valgrind", "--tool=cachegrind", "--cache-sim=no", "--branch-sim=no",
           "--cachegrind-out-file=/dev/null", "--quiet", "--verbose"]
# What changes code. The folder's name, tests and where things are installed do not.
OPTIONS = ("optimization", "c_std", "b_lto", "b_pgo", "b_sanitize", "b_coverage", "b_ndebug",
           "b_pie", "b_staticpic", "c_args", "c_link_args", "default_library", "poison")
HEADS = ("startup", "few")


class Skipped(Exception):
    """Numbers that cannot be compared, and why."""


def library_versions(program):
    """Names of the files that the loader would take for a program: libcrypto.so.3, ..."""
    found = subprocess.run(["ldd", program], stdout=subprocess.PIPE, check=True).stdout.decode()
    versions = []
    for line in found.split("\n"):
        name = re.match(r"\s*(lib(?:c|crypto|htp|pcap|z|zstd|pcre2-8|nghttp2|psl|jansson))\.so\S* => "
                        r"(\S+)", line)
        if name:
            real = os.path.basename(os.path.realpath(name.group(2)))
            if name.group(1) == "libc":
                real = "libc " + platform.libc_ver()[1]
            versions.append(real)
    return ", ".join(sorted(versions))


def compilers(program):
    """What the program says it was made by: gcc 12.2.0."""
    said = subprocess.run(["readelf", "-p", ".comment", program], stdout=subprocess.PIPE,
                          check=True).stdout.decode()
    found = re.findall(r"(GCC|clang version)\D*?(?:\([^)]*\) )?(\d+\.\d+\.\d+)", said)
    return ", ".join(sorted({"%s %s" % (name.split()[0].lower(), version)
                             for name, version in found}))


def made_by(build):
    """All that the numbers depend on but the source, as lines of the head of the record."""
    with open(os.path.join(build, "meson-info", "intro-buildoptions.json")) as file:
        options = {option["name"]: option["value"] for option in json.load(file)}
    valgrind = subprocess.run(["valgrind", "--version"], stdout=subprocess.PIPE,
                              check=True).stdout.decode()
    program = os.path.join(build, "chains")
    return {
        "compiler": "%s, %s" % (compilers(program), os.uname().machine),
        "options": ", ".join("%s=%s" % (name, json.dumps(options[name])) for name in OPTIONS
                             if name in options),
        "libraries": library_versions(program),
        "valgrind": re.search(r"\d+\.\d+", valgrind).group(),
        "captures": "%d packets each" % PACKETS,
    }


def cases():
    return [(job.name, capture) for job in jobs.JOBS for capture in job.captures]


class Counter:
    """A program, and small captures in a folder that looks the same to it every time."""

    def __init__(self, program, captures, folder):
        self.program, self.folder = program, folder
        self.names = {}
        for name in sorted({capture for _, capture in cases()}):
            capture = captures.get(name)
            self.names[name] = capture.packets
            for packets in (capture.packets, FIRST, 1):
                part = beginning(capture, packets, os.path.join(folder, "beginnings"))
                os.symlink(part.path, os.path.join(folder, self.file(name, packets)))

    @staticmethod
    def file(name, packets):
        return "%s-%d.pcap" % (name, packets)

    def count(self, words):
        words = [words[0], "--sandbox=off"] + words[1:]
        with tempfile.TemporaryFile() as said:
            done = subprocess.run(COUNTER + [self.program] + words, cwd=self.folder, env=ENVIRONMENT,
                                  stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=said,
                                  check=False)
            said.seek(0)
            text = said.read().decode(errors="replace")
        found = re.search(r"I +refs: +([\d,]+)", text)
        if done.returncode or not found:
            said = [line for line in text.split("\n") if not re.match("==|--", line)]
            raise building.Broken("chains %s: exit code %d: %s" % (" ".join(words), done.returncode,
                                                                   said[0] if said else ""))
        return int(found.group(1).replace(",", ""))

    def case(self, name):
        """Instructions a packet; of the start-up, all of them."""
        job, capture = name
        if name == HEADS:
            return float(self.count(["netwatch", "-r", self.file(capture, 1)]))
        words, packets = jobs.BY_NAME[job].words, self.names[capture]
        whole, first = [self.count(words(self.file(capture, count), capture))
                        for count in (packets, FIRST)]
        return (whole - first) / (packets - FIRST)


def count_all(program, captures, names):
    """{(job, capture): instructions a packet, or a sentence}"""
    folder = tempfile.mkdtemp(prefix="instructions-")

    def one(name):
        building.say("instructions: %s on %s" % name)
        try:
            return counter.case(name)
        except building.Broken as problem:
            return str(problem)
    try:
        counter = Counter(program, captures, folder)
        with concurrent.futures.ThreadPoolExecutor(len(os.sched_getaffinity(0))) as pool:
            return dict(zip(names, pool.map(one, names)))
    finally:
        shutil.rmtree(folder)
        building.say("")


def read(root):
    """(what it was made by, {(job, capture): instructions})"""
    about, rows = {}, {}
    with open(os.path.join(root, FILE)) as lines:
        for line in lines:
            if line.startswith("# ") and ": " in line:
                key, _, value = line[2:].rstrip("\n").partition(": ")
                about[key] = value
            elif line.strip() and not line.startswith(("#", "job\t")):
                job, capture, instructions = line.split("\t")
                rows[job, capture] = float(instructions)
    return about, rows


def write(root, about, counts):
    with open(os.path.join(root, FILE), "w") as file:
        file.write("# SPDX-License-Identifier: MIT\n"
                   "# Instructions a packet of each job; startup: all of a capture of one packet.\n"
                   "# Written by %s; the test bench-instructions compares.\n" % RECORD)
        for key, value in about.items():
            file.write("# %s: %s\n" % (key, value))
        file.write("job\tcapture\tinstructions\n")
        for (job, capture), count in sorted(counts.items()):
            file.write("%s\t%s\t%.1f\n" % (job, capture, count))


def comparable(recorded, here):
    for key, value in here.items():
        if recorded.get(key) != value:
            raise Skipped("%s: recorded with \"%s\", here \"%s\"" % (key, recorded.get(key), value))


def judge(recorded, counts):
    """(rows of a table, what is wrong)"""
    rows, wrong = [], []
    for name in sorted(set(recorded) | set(counts)):
        job, capture = name
        old, new = recorded.get(name), counts.get(name)
        row = [job, capture, "%.1f" % old if old else "", "", ""]
        rows.append(row)
        if isinstance(new, str) or new is None or old is None:
            what = new if isinstance(new, str) else "not counted" if new is None else "not recorded"
            row[3:] = ["%.1f" % new if isinstance(new, float) else "", "failed" if isinstance(new, str) else what]
            wrong.append("%s on %s: %s" % (job, capture, what))
            continue
        change = new / old - 1
        row[3:] = ["%.1f" % new, "%+.2f %%" % (100 * change)]
        if abs(change) > TOLERANCE:
            wrong.append("%s on %s: %.1f instructions a packet, recorded are %.1f (%+.1f %%)" %
                         (job, capture, new, old, 100 * change))
    return rows, wrong


COLUMNS = ("job", "capture", "recorded", "now", "change")


def advice(wrong):
    return "\n".join(wrong) + ("\nIf that is meant, gain or loss, record it, and say why in the commit:"
                               " %s\n" % RECORD)


def small_captures(folder, build, root):
    return Captures(folder, os.path.join(build, "bench", "traffic", "traffic"), root, PACKETS)


def require_valgrind():
    if not shutil.which("valgrind", path=ENVIRONMENT["PATH"]):
        raise Skipped("valgrind is not installed (script/setup --test does)")


def show(root, build, options):
    """script/bench --instructions."""
    try:
        require_valgrind()
        names = [name for name in cases() + [HEADS]
                 if not options.job or name[0] in options.names]
        captures = small_captures(os.path.join(build, "captures", "small"), build, root)
        counts = count_all(os.path.join(build, "chains"), captures, names)
    except (Skipped, Missing) as problem:
        sys.exit("bench: " + str(problem))
    about = made_by(build)
    recorded_by, recorded = read(root) if os.path.exists(os.path.join(root, FILE)) else ({}, {})
    recorded = {name: count for name, count in recorded.items() if name in counts or not options.job}
    rows, wrong = judge(recorded, counts)
    print(table.text(rows, COLUMNS, frozenset((2, 3, 4))))
    broken = [count for count in counts.values() if isinstance(count, str)]
    if broken:
        sys.exit("\n".join(broken))
    if options.record:
        write(root, about, counts)
        return 0
    try:
        comparable(recorded_by, about)
    except Skipped as problem:
        print("not comparable: " + str(problem))
        return 0
    if wrong:
        sys.stderr.write(advice(wrong))
    return 1 if wrong else 0


def main():
    root, build = [os.path.abspath(word) for word in sys.argv[1:3]]
    try:
        require_valgrind()
        recorded_by, recorded = read(root)
        comparable(recorded_by, made_by(build))
        with tempfile.TemporaryDirectory(prefix="instructions-") as folder:
            counts = count_all(os.path.join(build, "chains"), small_captures(folder, build, root),
                               cases() + [HEADS])
    except Skipped as problem:
        print("skipped: " + str(problem))
        sys.exit(77)
    rows, wrong = judge(recorded, counts)
    print(table.text(rows, COLUMNS, frozenset((2, 3, 4))))
    if wrong:
        sys.exit(advice(wrong))


if __name__ == "__main__":
    main()
