#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""parts.py CASE: what bench/*.py makes of numbers and of programs' words, without taking a time."""
import contextlib
import io
import os
import struct
import subprocess
import sys
import tempfile

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
sys.path.insert(0, os.path.join(ROOT, "bench"))
import bench
import building
import captures
import compare
import footprint
import instructions
import jobs
import live
import measure
import peers
import race
import table

CASES = {}


def case(function):
    CASES[function.__name__.replace("_", "-")] = function
    return function


def equal(got, want, what):
    if got != want:
        sys.exit("%s: got %r, want %r" % (what, got, want))


def holds(condition, what):
    if not condition:
        sys.exit("not so: " + what)


def fails(exception, call, words):
    try:
        call()
    except exception as problem:
        holds(words in str(problem), "%r says %r" % (str(problem), words))
        return
    sys.exit("no %s with %r" % (exception.__name__, words))


def run(cpu, wall=None, peak=5000):
    return measure.Run(wall or cpu, cpu, peak, 0)


def pcap(path, lengths, magic=b"\xd4\xc3\xb2\xa1", order="<", cut=0):
    data = magic + bytes(20)
    for length in lengths:
        data += struct.pack(order + "4I", 0, 0, length, length) + bytes(length)
    with open(path, "wb") as file:
        file.write(data[:len(data) - cut])


@case
def ratios():
    """The middle of the ratios of neighbours, not the ratio of the middles."""
    ours = [run(1.0), run(2.0), run(4.0)]
    theirs = [run(3.0), run(4.0), run(20.0)]
    equal(measure.ratios(theirs, ours), {"median": 3.0, "min": 2.0, "max": 5.0}, "ratios")
    idle = [run(1.0, 2.0)]
    equal(measure.ratios(idle, [run(0.5, 0.5)], "wall")["median"], 4.0, "of wall time")
    several = measure.Run(1.0, 0.5, 10, 0, 5)
    equal((several.wall, several.cpu), (0.2, 0.1), "one of five")
    found = measure.figures(measure.Program("a", [], 1000, 2000000), [run(0.5), run(1), run(2)])
    equal(found["packets_per_second"], {"median": 1000, "min": 500, "max": 2000}, "rates")
    equal(found["mb_per_second"], 2.0, "MB a second")


@case
def stopwatch_line():
    watch = measure.Stopwatch("none", limit=7)
    one = watch.judge(["a"], b"2000000000 1000000 500000 4096 3 0\n", b"")
    equal((one.wall, one.cpu, one.peak_kib, one.preempted), (2.0, 1.5, 4096, 3), "a run")
    fails(measure.Failed, lambda: watch.judge(["/bin/a"], b"1 1 1 1 1 -1", b""), "more than 7 s")
    fails(measure.Failed, lambda: watch.judge(["/bin/a"], b"1 1 1 1 1 3", b"one\ntwo\n"),
          "a: exit code 3: two")


@case
def stopwatch():
    """The program itself, given behind the name of the case."""
    with tempfile.NamedTemporaryFile() as said:
        watch = measure.Stopwatch(sys.argv[2], limit=1)
        one = watch.once(["sh", "-c", "echo lost; test -d {folder} && test ! -t 0"])
        holds(0 < one.cpu <= one.wall + 0.05 and one.peak_kib > 0, "a run has a time and a peak")
        fails(measure.Failed, lambda: watch.once(["sleep", "30"]), "more than 1 s")
        fails(measure.Failed, lambda: watch.once(["sh", "-c", "kill -9 $$"]), "exit code 137")
        fails(measure.Failed, lambda: watch.once([said.name + ".not"]), "exit code 127")
        found = watch.alternate([measure.Program("good", ["true"]),
                                 measure.Program("bad", ["false"])], 2)
        equal(len(found["good"]), 2, "runs of what works")
        holds("exit code 1" in found["bad"], "what fails is a sentence")
    equal(subprocess.run([sys.argv[2]], stderr=subprocess.PIPE, check=False).returncode, 2,
          "wrong usage")


def rows(**rates):
    return [{"program": name, "kind": "peer", "packets_per_second": {"median": rate},
             "ratio": {"median": 100 / rate, "min": 1, "max": 2}} for name, rate in rates.items()]


@case
def targets():
    """The fastest peer is the one that counts; a target is of its captures alone."""
    found = rows(argus=5, softflowd=25, nfpcapd=20)
    race.judge(found, [jobs.Fastest(("argus", "softflowd", "nfpcapd", "ndpiReader"), 5)])
    equal(["target" in row for row in found], [False, True, False], "beside which row")
    equal(table.verdict(found[1]), "5 times the fastest: missed by 20 %", "a target missed")
    found = [{"program": "ceiling", "kind": "ceiling", "ratio": {"median": 0.6}}]
    race.judge(found, [jobs.Ceiling(0.6)])
    equal(table.verdict(found[0]), "60 %: met", "a target met")
    found = [{"program": "read", "kind": "yardstick", "ratio": {"median": 1}, "scaled": 4.5e6}]
    race.judge(found, [jobs.Scaled(6e6)])
    equal(table.verdict(found[0]), "6 M/s: missed by 25 %", "a rate")
    equal(table.verdict({"target": {"text": "8 times", "wanted": 8, "reached": 7.99}}),
          "8 times: missed by 0 %", "missed by a hair is missed")
    summary = jobs.BY_NAME["summary"]
    equal([target.times for target in jobs.targets(summary, "mixed")
           if isinstance(target, jobs.Beside)], [30], "of mixed")
    equal(len(jobs.targets(summary, "small")), 1, "of small")


@case
def job_table():
    for job in jobs.JOBS:
        for peer in job.peers:
            holds(peer in peers.PEERS, "%s is a peer" % peer)
            words = peers.PEERS[peer].words("a.pcap", "flows")
            holds(any("a.pcap" in word for word in words), "%s reads the capture" % peer)
        for target in job.targets:
            if isinstance(target, jobs.Beside):
                holds(target.peer in job.peers, "%s runs for %s" % (target.peer, job.name))
            if isinstance(target, jobs.Share):
                holds(set(job.captures) <= set(jobs.BY_NAME[target.job].captures),
                      "%s has the captures of %s" % (target.job, job.name))
    equal(jobs.BY_NAME["dns"].words("f", "dns"),
          ("run f ! packet_meta ! flows only=packets ! dns_meta ! where dns ! "
           "json_lines layers=packet,transport,endpoints,dns").split(), "words")
    equal(jobs.BY_NAME["filter"].words("f", "mixed")[5:7], ["where", jobs.FILTER], "one word")
    holds("--max-flows=1048576" in jobs.BY_NAME["flows"].words("f", "flows"), "room for a million")


@case
def versions():
    for text, want in (("tcpdump version 4.99.3\nlibpcap version 1.10.3", "4.99.3"),
                       ("Running as user\nTShark (Wireshark) 4.0.17 (Git v4.0.17 packaged)", "4.0.17"),
                       ("Argus Version 3.0.8.2\nusage: argus", "3.0.8.2"),
                       ("nfpcapd: Version: 1.7.1", "1.7.1"), ("Welcome to nDPI 4.2.0", "4.2.0"),
                       ("1:1.1.0-1+b1", "1.1.0-1+b1"), ("no idea", "")):
        equal(peers.version_of(text), want, text)


@case
def kernel_counts():
    """What tcpdump and chains say of drops."""
    equal(live.kernel_counts("12 packets captured\n1012 packets received by filter\n"
                             "3 packets dropped by kernel\n"), (1012, 3), "tcpdump")
    equal(live.kernel_counts("x 1,234,567 received by the filter, 1,000 dropped by the kernel, "
                             "0 dropped by the interface\n"), (1234567, 1000), "chains")
    equal(live.kernel_counts("tcpdump: bench1: no permission"), None, "neither")
    row = {"program": "a", "borne": 1234567.0, "refused": None, "share": 0.25}
    equal(live.cells(row), ["a", "1,234,567", "never", "25 %", "the sender gives no more"], "a row")
    equal(live.cells({"problem": "why"})[-1], "skipped: why", "skipped")


@case
def text_table():
    row = {"job": "count", "capture": "mixed", "program": "chains", "kind": "ours",
           "packets": 1500000, "packets_per_second": {"median": 25e6, "min": 9e6, "max": 123e6},
           "mb_per_second": 812.4, "cpu_seconds": {"median": 0.04}, "peak_kib": 6144}
    beside = dict(row, program="ceiling", kind="ceiling", ratio={"median": 0.615})
    peer = dict(row, program="tshark", kind="peer", packets=20000,
                ratio={"median": 123.4, "min": 99.9, "max": 130})
    gone = {"job": "count", "capture": "small", "program": "argus", "kind": "peer",
            "problem": "not installed"}
    got = table.text([row, beside, peer, gone]).split("\n")
    equal(got[1].split()[:6], ["count", "mixed", "chains", "1.5", "M", "25.0"], "ours")
    holds(got[2].startswith(" ") and got[2].endswith("62 % of it"), "what repeats is left out")
    holds("20 k" in got[3] and got[3].endswith("123 times (100..130)"), "a peer on a part")
    holds(got[4].startswith("count  small") and got[4].endswith("not installed"), "who is missing")
    marked = table.markdown([row]).split("\n")
    equal([marked[0].count("|"), marked[1].count("---"), len(marked)], [12, 11, 3], "Markdown")
    equal([table.number(value) for value in (123.4, 12.34, 1.234, 0.12, 0.0123)],
          ["123", "12.3", "1.23", "0.12", "0.0123"], "digits")


@case
def slices():
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "few.pcap")
        pcap(path, [60, 70, 80])
        equal(captures.records(path), (3, 24 + 3 * 16 + 210), "all records")
        equal(captures.records(path, 2), (2, 24 + 2 * 16 + 130), "two of them")
        whole = captures.Captures(folder).get("few")
        equal((whole.packets, whole.size), (3, 282), "a capture that is there")
        part = captures.beginning(whole, 2, os.path.join(folder, "parts"))
        equal((part.packets, part.size, captures.records(part.path)[0]), (2, 186, 2), "a part")
        holds(captures.beginning(whole, 3, folder) is whole, "all of it is no part")
        with captures.Captures(folder, parts=os.path.join(folder, "parts")):
            pass
        equal(os.listdir(folder), ["few.pcap"], "parts go when all is done")
        pcap(path, [60, 70], cut=5)
        equal(captures.records(path)[0], 1, "a record that is not whole")
        pcap(path, [60], b"\xa1\xb2\x3c\x4d", ">")
        equal(captures.records(path)[0], 1, "the other order of bytes")
        with open(path, "wb") as file:
            file.write(b"no capture at all, but some text")
        fails(captures.Missing, lambda: captures.records(path), "no pcap file")
        fails(captures.Missing, lambda: captures.Captures(folder).get("tls"), "no tls.pcap")
    for count, want in ((0, 1000), (999, 1000), (1999, 1000), (4999, 2000), (70000, 50000),
                        (123456, 100000), (5000000, 5000000)):
        equal(captures.round_down(count), want, "round")


@case
def made_again():
    """A capture is made when it is missing and when its generator has changed, and not else."""
    with tempfile.TemporaryDirectory() as folder:
        generator = os.path.join(folder, "traffic")
        source = os.path.join(folder, "one.pcap")
        pcap(source, [60])
        with open(generator, "w") as file:
            file.write("#!/bin/sh\ntest \"$1 $2\" = '--like=few --packets=9' || exit 3\n"
                       "echo x >>%s/made\ncat %s\n" % (folder, source))
        os.chmod(generator, 0o755)
        there = os.path.join(folder, "there")
        for changed, want in (("a", 1), ("a", 1), ("b", 2)):
            found = captures.Captures(there, generator, ROOT, 9)
            found.print = changed
            equal(found.get("few").packets, 1, "packets")
            with open(os.path.join(folder, "made")) as file:
                equal(len(file.readlines()), want, "times it was made")
        fails(captures.Missing, lambda: found.get("tls"), "--like=tls: exit code 3")
        equal(sorted(os.listdir(there)), ["few.json", "few.pcap"], "nothing half done stays")


@case
def guard():
    """What is slower, and what is noise."""
    def time(median, fastest):
        return {"median": median, "fastest": fastest, "min": 1, "max": 2, "before": 1, "now": 1}
    equal(compare.slower(time(1.10, 1.01), (100, 100)), "", "a disturbed machine")
    equal(compare.slower(time(1.06, 1.05), (100, 100)), "SLOWER by time", "time")
    equal(compare.slower(time(1.00, 1.00), (100, 103)), "SLOWER by instructions", "instructions")
    equal(compare.slower(time(1.00, 1.00), (100, 102.9)), "", "less than that")
    equal(compare.slower("before: exit code 2", None), "", "what cannot be compared")
    equal(compare.cells(("a", "b"), "why", None)[-1], "why", "says so")


@case
def recorded():
    """The record, and what differs from it."""
    with tempfile.TemporaryDirectory() as root:
        os.mkdir(os.path.join(root, "bench"))
        about = {"compiler": "gcc 1.2.3, x86_64", "options": "a=\"b: c\""}
        counts = {("summary", "few"): 1000.04, ("count", "mixed"): 200.0}
        instructions.write(root, about, counts)
        again, known = instructions.read(root)
        equal([key in again and again[key] for key in about], list(about.values()), "its head")
        equal(list(known), sorted(counts), "its order")
        instructions.comparable(again, about)
        fails(instructions.Skipped,
              lambda: instructions.comparable(again, dict(about, compiler="gcc 2")), "gcc 1.2.3")
        for change, wrong in ((1.029, 0), (0.971, 0), (1.031, 1), (0.969, 1)):
            now = dict(known)
            now["summary", "few"] *= change
            equal(len(instructions.judge(known, now)[1]), wrong, "a change of %s" % change)
        equal(len(instructions.judge(known, {})[1]), 2, "what was not counted")
        found = instructions.judge(known, dict(known, **{}))[0]
        equal(found[0], ["count", "mixed", "200.0", "200.0", "+0.00 %"], "a row")
        holds("--record" in instructions.advice(["x"]), "what to do is said")


@case
def memory_rows():
    row = {"job": "count", "capture": "few", "quarter_kib": 6144, "whole_kib": 6400, "met": True}
    equal(footprint.memory_cells(row), ["count", "few", "6.0", "6.2", "met"], "met")
    row.update(whole_kib=18432, met=False)
    equal(footprint.memory_cells(row)[-1], "missed: 16 MB, 12.0 MB more", "missed twice")
    row.update(quarter_kib=18432, whole_kib=18433)
    equal(footprint.memory_cells(row)[-1], "missed: 16 MB", "missed, but equal")
    row.update(job="flows", may_kib=124211, met=True)
    equal(footprint.memory_cells(row)[-1], "met: may hold 121.3 MB", "flows")
    equal(footprint.said_most("a\nmemory: 7.2M of at most 1.5G\n"), 1.5 * (1 << 20), "stated")
    fails(measure.Failed, lambda: footprint.said_most("nothing"), "of memory")


@case
def ceiling_words():
    """A table of a million is told so, and one whose records are counted writes none."""
    equal(jobs.ceiling(jobs.BY_NAME["flows"], "mixed"), ["flow"], "as it comes")
    equal(jobs.ceiling(jobs.BY_NAME["table"], "flows"), ["flow", "--room=1048576", "--count"], "table")
    equal(jobs.ceiling(jobs.BY_NAME["tls"], "tls"), ["tls"], "no table of flows' size")


@case
def document():
    """The table goes between the marks of a document, and nowhere else."""
    result = {"machine": {"revision": "r", "compiler": "c", "processor": "p", "processors": 2,
                          "memory_gib": 1, "system": "s", "kernel": "k", "load_before": 0,
                          "load_after": 0},
              "peers": {"tcpdump -w": "4.99.3"}, "cpu": 1, "limit": 60, "quick": True,
              "wall_for_cpu": 1.5, "seconds": 1, "rows": [], "startup": []}
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "a.md")
        with open(path, "w") as file:
            file.write("before\n%sold\n%sbehind\n" % (bench.BEGIN, bench.END))
        bench.write_markdown(result, path)
        with open(path) as file:
            text = file.read()
        holds(text.startswith("before\n" + bench.BEGIN + "- revision r"), "begins: %r" % text)
        holds(text.endswith("\n" + bench.END + "behind\n"), "ends")
        holds("tcpdump 4.99.3" in text and "old" not in text, "is new")
        with open(path, "w") as file:
            file.write("no marks\n")
        fails(building.Broken, lambda: bench.write_markdown(result, path), "lacks the marks")


@case
def failures():
    """Who did not do its work: a peer's trouble is told in the table, ours is a failure."""
    well = {"job": "count", "program": "chains", "kind": "ours"}
    trouble = dict(well, problem="chains: exit code 1: no")
    said = io.StringIO()
    with contextlib.redirect_stderr(said):
        equal(bench.failures({"rows": [well, dict(trouble, kind="peer")]}), 0, "a peer")
        equal(bench.failures({"rows": [well, trouble]}), 1, "ours")
        equal(bench.failures({"rows": [], "memory": [trouble]}), 1, "ours in memory")
        equal(bench.failures({"rows": [], "live": [{"problem": "no veth"}]}), 0, "no live run")
    equal(said.getvalue(), 2 * "bench: count: chains: exit code 1: no\n", "what is said")


@case
def usage():
    """Wrong words end it with 2 before anything is built."""
    for words in (["--job", "nonsense"], ["--record"], ["--nonsense"], ["--job"], ["word"],
                  ["--instructions", "--record", "--job", "count"], ["--captures", "/no/such"],
                  ["--compare", "HEAD", "--job", "startup"], ["--cpu", "x"], ["--cpu", "-1"],
                  ["--cpu", "9999"], ["--json", "/no/such/file"], ["--job", ""],
                  ["--markdown", "/no/such.md"], ["--markdown", os.path.join(ROOT, "meson.build")],
                  ["--json", "-", "--markdown", "-"], ["--compare", "HEAD", "--json", "-"]):
        said = io.StringIO()
        try:
            with contextlib.redirect_stderr(said):
                bench.arguments(words)
        except SystemExit as end:
            equal(end.code, 2, "exit code of %r" % words)
            equal(said.getvalue().count("\n"), 1, "lines about %r" % words)
            continue
        sys.exit("%r is no wrong usage" % words)
    equal(bench.arguments(["--job", "count,memory"]).names, ["count", "memory"], "jobs")
    holds("live" not in bench.arguments(["--quick"]).names, "no live run when quick")
    done = subprocess.run([os.path.join(ROOT, "script", "bench"), "--help"],
                          stdout=subprocess.PIPE, check=True).stdout.decode()
    for name in list(jobs.BY_NAME) + list(jobs.OTHERS):
        holds("  %s " % name in done, "--help names " + name)


if sys.argv[1] == "--list":
    print("\n".join(CASES))
else:
    CASES[sys.argv[1]]()
