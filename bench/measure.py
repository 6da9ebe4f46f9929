# SPDX-License-Identifier: MIT
"""What commands cost, measured in turn.

Each program runs on one core, in alternation with those that it is compared with (A B C A B C ...)
after a round that warms up. A ratio is the median of the ratios of neighbours, so that a machine
whose speed drifts changes both sides of it. It is a ratio of processor time: on one idle core that is
the time on the clock but for what waits idly (argus does, a second at its end), and other people's work
on the same machine hardly changes it. Both are kept.
"""
import os
import shutil
import statistics
import subprocess
import tempfile

SHORT = 0.1  # seconds: what is over sooner runs several times in a round
MOST_REPEATS = 10
ENVIRONMENT = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
               "TZ": "UTC0", "LC_ALL": "C.UTF-8", "HOME": "/nonexistent"}
OVER_TIME = -1


class Failed(Exception):
    """A program that did not do its work."""


class Program:
    """A command line under a label; `{folder}` in a word is a folder that is emptied every time."""

    def __init__(self, label, words, packets=0, size=0):
        self.label, self.words, self.packets, self.size = label, words, packets, size


class Run:
    """One run, or the sum of several short ones."""

    def __init__(self, wall, cpu, peak_kib, preempted, count=1):
        self.wall, self.cpu, self.peak_kib = wall / count, max(cpu, 1e-6) / count, peak_kib
        self.preempted = preempted


class Stopwatch:
    """Runs commands on one core, each for so many seconds at most."""

    def __init__(self, program, cpu=-1, limit=60):
        self.program, self.cpu, self.limit = os.path.abspath(program), cpu, limit
        self.wall = self.busy = self.preempted = 0.0

    def once(self, words):
        folder = tempfile.mkdtemp(prefix="bench-")
        words = [word.replace("{folder}", folder) for word in words]
        try:
            with tempfile.TemporaryFile() as said:
                done = subprocess.run([self.program, str(self.cpu), str(self.limit)] + words,
                                      cwd=folder, env=ENVIRONMENT, stdin=subprocess.DEVNULL,
                                      stdout=subprocess.PIPE, stderr=said, check=True)
                said.seek(0)
                return self.judge(words, done.stdout, said.read())
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def judge(self, words, line, said):
        wall, user, system, peak, preempted, status = [int(word) for word in line.split()]
        name = os.path.basename(words[0])
        if status == OVER_TIME:
            raise Failed("%s: more than %d s" % (name, self.limit))
        if status != 0:
            last = said.decode(errors="replace").strip().split("\n")[-1]
            raise Failed("%s: exit code %d: %s" % (name, status, last))
        run = Run(wall / 1e9, (user + system) / 1e6, peak, preempted)
        self.wall += run.wall
        self.busy += run.cpu
        self.preempted += preempted
        return run

    def repeated(self, words, count):
        runs = [self.once(words) for _ in range(count)]
        return Run(sum(run.wall for run in runs), sum(run.cpu for run in runs),
                   max(run.peak_kib for run in runs), sum(run.preempted for run in runs), count)

    def alternate(self, programs, rounds):
        """{label: runs, or a sentence}. Who fails in the warm-up is out, the others go on."""
        results, repeats = {}, {}
        for program in programs:
            try:
                first = self.once(program.words)
                repeats[program.label] = max(1, min(MOST_REPEATS, int(SHORT / first.cpu + 1)))
                results[program.label] = []
            except (Failed, OSError) as problem:
                results[program.label] = str(problem)
        for _ in range(rounds):
            for program in programs:
                runs = results[program.label]
                if isinstance(runs, str):
                    continue
                try:
                    runs.append(self.repeated(program.words, repeats[program.label]))
                except Failed as problem:
                    results[program.label] = str(problem)
        return results


def spread(numbers):
    """Median, least and most."""
    numbers = list(numbers)
    return {"median": statistics.median(numbers), "min": min(numbers), "max": max(numbers)}


def ratios(theirs, ours, what="cpu"):
    """How many times as long as ours theirs takes, run by run."""
    return spread(getattr(a, what) / getattr(b, what) for a, b in zip(theirs, ours))


def figures(program, runs):
    """What a table says of one program."""
    cpu = spread(run.cpu for run in runs)
    return {
        "packets": program.packets, "bytes": program.size, "runs": len(runs),
        "cpu_seconds": cpu, "wall_seconds": spread(run.wall for run in runs),
        "packets_per_second": {"median": program.packets / cpu["median"],
                               "min": program.packets / cpu["max"],
                               "max": program.packets / cpu["min"]},
        "mb_per_second": program.size / 1e6 / cpu["median"],
        "peak_kib": max(run.peak_kib for run in runs),
    }
