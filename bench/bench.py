# SPDX-License-Identifier: MIT
"""bench.py ROOT [OPTION]...: what script/bench does, once it has shown its usage."""
import argparse
import hashlib
import json
import os
import re
import socket
import sys
import time

import building
import footprint
import jobs
import live
import machine
import peers
import table
from captures import Captures, Missing
from measure import Stopwatch
from race import Race

LIMIT = 60  # seconds for one command
QUICK_PACKETS = 500000
# (rounds, seconds for a run of a peer, seconds for one that a target is about)
THOROUGH, QUICK = (5, (4, 20)), (3, (0.7, 1.2))
HERE = "bench: "


class Usage(argparse.ArgumentParser):
    """Says what is wrong in one sentence."""

    def error(self, message):
        sys.stderr.write(HERE + message + " (see script/bench --help)\n")
        sys.exit(2)


def arguments(words):
    parser = Usage(add_help=False, allow_abbrev=False)
    for name in ("--job", "--json", "--captures", "--compare", "--cpu", "--markdown"):
        parser.add_argument(name)
    for name in ("--quick", "--instructions", "--record"):
        parser.add_argument(name, action="store_true")
    options = parser.parse_args(words)
    counted = options.compare or options.instructions  # packet by packet
    names = list(jobs.BY_NAME) + ([] if counted else list(jobs.OTHERS))
    options.names = options.job.split(",") if options.job is not None else \
        [name for name in names if name != "live" or not options.quick]
    for name in options.names:
        if name not in names:
            parser.error("no job %s%s; there are %s" % (name, " to count" if counted else "",
                                                        ", ".join(names)))
    if options.record and not options.instructions:
        parser.error("--record goes with --instructions")
    if options.record and options.job:
        parser.error("--record takes all jobs")
    if options.captures and not os.path.isdir(options.captures):
        parser.error("no folder " + options.captures)
    options.cpu = core(options.cpu, parser.error)
    outputs(options, parser.error)
    return options


def core(wanted, refuse):
    """The last processor we may use unless told: interrupts mostly come to the first one."""
    mine = sorted(os.sched_getaffinity(0))
    if wanted is None:
        return mine[-1]
    if not re.fullmatch("[0-9]{1,4}", wanted) or int(wanted) not in mine:
        refuse("no core %s; there are %s" % (wanted, ", ".join(str(number) for number in mine)))
    return int(wanted)


def outputs(options, refuse):
    """What can be said before an hour is spent."""
    if options.json == options.markdown == "-":
        refuse("one of --json and --markdown goes to standard output")
    if (options.compare or options.instructions) and (options.json or options.markdown):
        refuse("--json and --markdown go with neither --compare nor --instructions")
    for name in {options.json, options.markdown} - {None, "-"}:
        folder = os.path.dirname(os.path.abspath(name))
        if os.path.isdir(name) or not os.access(name if os.path.exists(name) else folder, os.W_OK):
            refuse("cannot write " + name)
    if options.markdown not in (None, "-"):
        try:
            around(options.markdown)
        except OSError as problem:
            refuse("%s: %s" % (options.markdown, problem.strerror))
        except building.Broken as problem:
            refuse(str(problem))


def sink():
    """A port that takes datagrams; its buffer fills, and the rest is dropped."""
    ours = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    ours.bind(("127.0.0.1", 0))
    return ours


def captures_for(options, root, folder, build):
    """Those in a folder that was told, or ours; beginnings of them are in our folder either way."""
    ours = os.path.join(folder, "captures")
    if options.captures:
        path = os.path.realpath(options.captures)
        return Captures(path, parts=os.path.join(ours, hashlib.sha256(path.encode()).hexdigest()[:8]))
    return Captures(os.path.join(ours, "quick" if options.quick else "whole"),
                    os.path.join(build, "bench", "traffic", "traffic"), root,
                    QUICK_PACKETS if options.quick else None)


def run_jobs(options, stopwatch, captures, build):
    rounds, budget = QUICK if options.quick else THOROUGH
    rows = []
    with sink() as port:
        race = Race(stopwatch, captures, build, port.getsockname()[1], rounds, budget)
        for name in options.names:
            for capture in jobs.BY_NAME[name].captures if name in jobs.BY_NAME else ():
                try:
                    rows += race.run(jobs.BY_NAME[name], capture, building.say)
                except Missing as problem:
                    rows.append(race.row(jobs.BY_NAME[name], capture, "chains",
                                         problem=str(problem)))
    return rows


def measure(options, root, build, captures, stopwatch):
    """All that was asked for, as one thing for --json."""
    result = {"machine": machine.describe(root), "cpu": stopwatch.cpu, "limit": stopwatch.limit,
              "quick": options.quick}
    began = time.monotonic()
    result["rows"] = run_jobs(options, stopwatch, captures, build)
    named = [name for name in options.names if name in jobs.BY_NAME] if options.job else None
    if "memory" in options.names:
        result["memory"] = footprint.memory(stopwatch, captures, build, building.say,
                                            named or None)
    if "startup" in options.names:
        result["startup"] = footprint.startup(stopwatch, captures, build, building.say)
    if "live" in options.names:
        building.say("live")
        result["live"] = live.measure(build, stopwatch.cpu)
    result["peers"] = {name: peers.version(name) for name in
                       sorted({row["program"] for row in result["rows"] if row["kind"] == "peer"})
                       if name in peers.PEERS and peers.installed(name)}
    result["machine"]["load_after"] = os.getloadavg()[0]
    result["seconds"] = time.monotonic() - began
    result["wall_for_cpu"] = stopwatch.wall / stopwatch.busy if stopwatch.busy else None
    building.say("")
    return result


def versions(result):
    """tcpdump 4.99.3, tshark 4.0.17, ..."""
    found = {}
    for name, version in result["peers"].items():
        found[peers.PEERS[name].words("", "")[0]] = version
    return ", ".join("%s %s" % (name, version) for name, version in sorted(found.items()))


def head(result):
    """Lines about the machine and the way it was measured."""
    about = result["machine"]
    out = ["revision %s, %s, a release without other options" % (about["revision"], about["compiler"]),
           "%s, %d processors, %s GiB, %s, Linux %s" % (about["processor"], about["processors"],
                                                        about["memory_gib"], about["system"],
                                                        about["kernel"])]
    if result["peers"]:
        out.append(versions(result))
    out.append("core %d alone, output to /dev/null, captures in memory, %d s for a command at most; "
               "rates and ratios are of processor time, median of %d alternating runs after one"
               % (result["cpu"], result["limit"], (QUICK if result["quick"] else THOROUGH)[0]))
    if result["wall_for_cpu"]:
        out.append("time on the clock was %.2f times that of the processor, load %.1f before and "
                   "%.1f after, %d s in all" % (result["wall_for_cpu"], about["load_before"],
                                                about["load_after"], result["seconds"]))
    return out


def document(result, form):
    """The tables, by table.text or table.markdown."""
    parts = []
    rows = [row for row in result["rows"] if row["kind"] != "ours on a part"]
    if rows:
        parts.append(form(rows))
    for name, cells, names in (
            ("memory", footprint.memory_cells, footprint.MEMORY_HEAD),
            ("startup", footprint.startup_cells, footprint.STARTUP_HEAD),
            ("live", live.cells, live.HEAD)):
        if name in result:
            right = frozenset(range(1 if name != "memory" else 2, len(names) - 1))
            parts.append(form([cells(row) for row in result[name]], names, right))
    return parts


def write_json(result, path):
    if path == "-":
        json.dump(result, sys.stdout, indent=1)
        print()
        return
    with open(path, "w") as file:
        json.dump(result, file, indent=1)


BEGIN, END = "<!-- script/bench --markdown -->\n", "<!-- end -->\n"


def around(path):
    """What stands before the table of a document, and behind it."""
    with open(path) as file:
        before, begin, rest = file.read().partition(BEGIN)
    _, end, behind = rest.partition(END)
    if not begin or not end:
        raise building.Broken("%s lacks the marks between which the table goes" % path)
    return before + begin, end + behind


def write_markdown(result, path):
    """Between the two marks of a document; without a document on standard output."""
    text = "".join("- %s\n" % line for line in head(result)) + "\n" + \
        "\n\n".join(document(result, table.markdown)) + "\n"
    if path == "-":
        print(text)
        return
    before, behind = around(path)
    with open(path, "w") as file:
        file.write(before + text + behind)


def main():
    root = os.path.abspath(sys.argv[1])
    options = arguments(sys.argv[2:])
    folder = os.path.join(root, "build-bench")
    try:
        build = building.this_tree(root, folder)
        if options.instructions:
            import instructions
            return instructions.show(root, build, options)
        stopwatch = Stopwatch(os.path.join(build, "bench", "stopwatch"), options.cpu, LIMIT)
        with captures_for(options, root, folder, build) as captures:
            if options.compare:
                import compare
                return compare.show(root, folder, build, options, captures, stopwatch)
            result = measure(options, root, build, captures, stopwatch)
    except building.Broken as problem:
        sys.exit(HERE + str(problem))
    if options.json:
        write_json(result, options.json)
    if options.markdown:
        write_markdown(result, options.markdown)
    if options.json != "-" and options.markdown != "-":
        print("\n".join(head(result)) + "\n")
        print("\n\n".join(document(result, table.text)))
    return failures(result)


def failures(result):
    """1 when a program of ours did not do its work, with a sentence for each."""
    bad = [row for row in result["rows"] if row["kind"] != "peer" and "problem" in row]
    bad += [row for row in result.get("memory", []) if "problem" in row]
    bad += [row for row in result.get("startup", []) + result.get("live", [])
            if "problem" in row and row.get("program", "").startswith("chains")]
    for row in bad:
        sys.stderr.write(HERE + "%s: %s\n" % (row.get("job") or row["program"], row["problem"]))
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
