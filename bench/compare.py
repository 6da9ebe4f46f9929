# SPDX-License-Identifier: MIT
"""This tree beside another revision: the same job on the same capture, in turn, and instructions.

Slower is a job that needs 3 per cent more instructions a packet, or 5 per cent more time both by the
median of the pairs and by the fastest runs: other people's work on the machine makes one of these look
slower now and then, but seldom both.
"""
import os
import sys

import building
import instructions
import jobs
import table
from captures import Missing, beginning
from measure import Program, ratios

ROUNDS = 7
QUICK_PACKETS = 300000
MORE_INSTRUCTIONS, MORE_TIME = 1.03, 1.05
HEAD = ("job", "capture", "ms before", "ms now", "time", "least..most", "by the fastest",
        "instructions", "")
RIGHT = frozenset(range(2, 8))


def timed(stopwatch, job, capture, builds):
    """{median, min, max, fastest, before, now}, or a sentence."""
    words = job.words(capture.path, capture.name)
    programs = [Program(label, [os.path.join(build, "chains")] + words, capture.packets, capture.size)
                for label, build in builds.items()]
    results = stopwatch.alternate(programs, ROUNDS)
    for label, runs in results.items():
        if isinstance(runs, str):
            return "%s: %s" % (label, runs)
    row = ratios(results["now"], results["before"])
    best = {label: min(run.cpu for run in runs) for label, runs in results.items()}
    row.update(fastest=best["now"] / best["before"], before=best["before"], now=best["now"])
    return row


def slower(time, counts):
    """What is wrong with a job, "" for nothing."""
    more = counts[1] / counts[0] if counts else None
    if more and more >= MORE_INSTRUCTIONS:
        return "SLOWER by instructions"
    if isinstance(time, dict) and min(time["median"], time["fastest"]) >= MORE_TIME:
        return "SLOWER by time"
    return ""


def cells(name, time, counts):
    if isinstance(time, str):
        return list(name) + [""] * 6 + [time]
    more = "%.3f" % (counts[1] / counts[0]) if counts else ""
    return list(name) + ["%.1f" % (1000 * time["before"]), "%.1f" % (1000 * time["now"]),
                         "%.3f" % time["median"], "%.3f..%.3f" % (time["min"], time["max"]),
                         "%.3f" % time["fastest"], more, slower(time, counts)]


def count(builds, names, root):
    """{(job, capture): (before, now)}; a sentence where it cannot be counted."""
    try:
        instructions.require_valgrind()
    except instructions.Skipped as problem:
        return str(problem)
    captures = instructions.small_captures(os.path.join(builds["now"], "captures", "small"),
                                           builds["now"], root)
    counted = {label: instructions.count_all(os.path.join(build, "chains"), captures, names)
               for label, build in builds.items()}
    return {name: (counted["before"][name], counted["now"][name]) for name in names
            if not any(isinstance(counts[name], str) for counts in counted.values())}


def show(root, folder, build, options, captures, stopwatch):
    """script/bench --compare."""
    building.say("building " + options.compare)
    other, revision = building.other_revision(root, folder, options.compare)
    builds = {"before": other, "now": build}
    wanted = [job for job in jobs.JOBS if job.name in options.names]
    names = [(job.name, capture) for job in wanted for capture in job.captures]
    times = {}
    for job in wanted:
        for name in job.captures:
            building.say("%s on %s" % (job.name, name))
            try:
                capture = captures.get(name)
                if options.quick:
                    capture = beginning(capture, QUICK_PACKETS, captures.parts)
                times[job.name, name] = timed(stopwatch, job, capture, builds)
            except Missing as problem:
                times[job.name, name] = str(problem)
    counts = count(builds, names, root)
    building.say("")
    print("before: %s, now: this tree; time of the processor on core %d, %d pairs" %
          (revision, stopwatch.cpu, ROUNDS))
    if isinstance(counts, str):
        print("no instructions: " + counts)
        counts = {}
    rows = [cells(name, times[name], counts.get(name)) for name in names]
    print(table.text(rows, HEAD, RIGHT))
    failed = [name for name in names if isinstance(times[name], str)]
    for name in failed:
        sys.stderr.write("bench: %s on %s: %s\n" % (name + (times[name],)))
    bad = [name for name in names if slower(times[name], counts.get(name))]
    if bad:
        sys.stderr.write("bench: slower than %s: %s\n" %
                         (revision, ", ".join("%s on %s" % name for name in bad)))
    return 1 if bad or failed else 0
