# SPDX-License-Identifier: MIT
"""Memory that does not grow with the length, and the time until the first packet."""
import os
import re
import statistics
import subprocess

import captures as files
import jobs
from measure import Failed

PROGRAM = 8 << 10  # KiB: code, libraries and stacks, which --stats does not count
SAME = 512  # KiB: less is how pages fall
STARTUP_RUNS, STARTUP_MOST = 50, 0.010
STARTUP_PEERS = {"tcpdump": ["tcpdump", "-nn", "-q", "-r"], "tshark": ["tshark", "-n", "-r"]}


def memory(stopwatch, captures, build, say, names=None):
    """Rows of [job, capture, peak of a quarter, peak of the whole, verdict], in MiB."""
    rows = []
    for job in jobs.JOBS:
        if names and job.name not in names:
            continue
        for name in job.captures:
            say("memory: %s on %s" % (job.name, name))
            try:
                whole = captures.get(name)
                quarter = files.beginning(whole, whole.packets // 4, captures.parts)
                rows.append(memory_row(stopwatch, quarter, whole, build, job))
            except (files.Missing, Failed) as problem:
                rows.append({"job": job.name, "capture": name, "problem": str(problem)})
    return rows


def memory_row(stopwatch, quarter, whole, build, job):
    program = os.path.join(build, "chains")
    peaks = [stopwatch.once([program] + job.words(part.path, part.name)).peak_kib
             for part in (quarter, whole)]
    row = {"job": job.name, "capture": whole.name, "quarter_kib": peaks[0], "whole_kib": peaks[1],
           "packets": whole.packets}
    if job.name in jobs.OF_FLOWS:
        row["may_kib"] = stated(program, job.words(whole.path, whole.name))
        row["met"] = peaks[1] <= row["may_kib"] + PROGRAM
    else:
        row["met"] = peaks[1] < jobs.MEMORY_MOST and peaks[1] - peaks[0] <= SAME
    return row


def said_most(text):
    """KiB of "memory: 7.2M of at most 121.3M", the last number."""
    found = re.search(r"^memory: \S+ of at most ([\d.,]+)([KMG]?)", text, re.MULTILINE)
    if not found:
        raise Failed("--stats says nothing of memory")
    return float(found[1].replace(",", "")) * {"": 1 / 1024, "K": 1, "M": 1024, "G": 1 << 20}[found[2]]


def stated(program, words):
    """What a command says that its chain may hold at most, in KiB."""
    done = subprocess.run([program, words[0], "--stats"] + words[1:], stdin=subprocess.DEVNULL,
                          stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, check=False)
    return said_most(done.stderr.decode(errors="replace"))


def verdict(row):
    """Which part of a bound is missed is said."""
    if "may_kib" in row:
        return "%s: may hold %.1f MB" % ("met" if row["met"] else "missed", row["may_kib"] / 1024)
    if row["met"]:
        return "met"
    more = row["whole_kib"] - row["quarter_kib"]
    return "missed: " + ", ".join(
        ["16 MB"] * (row["whole_kib"] >= jobs.MEMORY_MOST) +
        ["%.1f MB more" % (more / 1024)] * (more > SAME))


def memory_cells(row):
    if "problem" in row:
        return [row["job"], row["capture"], "", "", row["problem"]]
    met = verdict(row)
    return [row["job"], row["capture"], "%.1f" % (row["quarter_kib"] / 1024),
            "%.1f" % (row["whole_kib"] / 1024), met]


MEMORY_HEAD = ("job", "capture", "MB at a quarter", "MB at the whole", "under 16 MB, and equal")


def startup(stopwatch, captures, build, say):
    """Time on the clock and of the processor for a capture of one packet."""
    say("startup")
    one = files.beginning(captures.get("few"), 1, captures.parts)
    programs = {"chains netwatch": [os.path.join(build, "chains"), "netwatch", "-r"]}
    programs.update(STARTUP_PEERS)
    rows = []
    for label, words in programs.items():
        ours = label.startswith("chains")
        try:
            stopwatch.once(words + [one.path])
            runs = [stopwatch.once(words + [one.path])
                    for _ in range(STARTUP_RUNS if ours else STARTUP_RUNS // 5)]
        except (Failed, OSError) as problem:
            rows.append({"program": label, "problem": str(problem)})
            continue
        wall = statistics.median(run.wall for run in runs)
        rows.append({"program": label, "wall_seconds": wall, "runs": len(runs),
                     "cpu_seconds": statistics.median(run.cpu for run in runs),
                     "least_seconds": min(run.wall for run in runs),
                     "met": wall < STARTUP_MOST if ours else None})
    return rows


STARTUP_HEAD = ("program", "ms, median", "least", "CPU ms", "under 10 ms")


def startup_cells(row):
    if "problem" in row:
        return [row["program"], "", "", "", row["problem"]]
    return [row["program"]] + ["%.1f" % (1000 * row[key]) for key in
                               ("wall_seconds", "least_seconds", "cpu_seconds")] + [
        {None: "", True: "met", False: "missed"}[row["met"]]]
