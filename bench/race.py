# SPDX-License-Identifier: MIT
"""A job on a capture, in turn with its ceiling, with other jobs of ours and with its peers.

A peer that would need more than its share of time gets the beginning of the capture, and chains runs on
that beginning, too, right beside it.
"""
import os

import captures as files
import jobs
import peers
from measure import Failed, Program, figures, ratios

OURS = "chains"
PILOTS = (1, 5000, 50000)  # packets that tell how fast a peer is, once it has started
PILOT_ENOUGH = 0.3  # seconds


class Race:
    """budget: seconds for a run of a peer, and for one that a target is about."""

    def __init__(self, stopwatch, captures, build, sink, rounds=5, budget=(4, 20)):
        self.stopwatch, self.captures, self.build = stopwatch, captures, build
        self.sink, self.rounds, self.budget = sink, rounds, budget

    def ours(self, job, capture, label=OURS):
        words = [os.path.join(self.build, "chains")] + job.words(capture.path, capture.name)
        return Program(label, words, capture.packets, capture.size)

    def ceiling(self, words, capture, label):
        program = os.path.join(self.build, "bench", "ceiling", words[0])
        if not os.path.exists(program):
            return None
        return Program(label, [program] + words[1:] + [capture.path], capture.packets, capture.size)

    def peer(self, name, capture):
        words = [word.replace("{sink}", str(self.sink))
                 for word in peers.PEERS[name].words(capture.path, capture.name)]
        return Program(name, words, capture.packets, capture.size)

    def run(self, job, name, say):
        """The rows of one job on one capture."""
        capture = self.captures.get(name)
        targets = jobs.targets(job, name)
        entrants, rows = self.house(job, capture, targets), []
        apart = []
        for peer in job.peers:
            if not peers.installed(peer):
                rows.append(self.row(job, name, peer, problem="not installed"))
                continue
            say("%s on %s: %s" % (job.name, name, peer))
            try:
                part = self.part_for(peer, capture, targets)
            except Failed as problem:
                rows.append(self.row(job, name, peer, problem=str(problem)))
                continue
            if part is capture:
                entrants.append(("peer", self.peer(peer, capture)))
            else:
                apart.append((peer, part))
        say("%s on %s" % (job.name, name))
        rows = self.heat(job, name, entrants) + rows
        for peer, part in apart:
            say("%s on %s: %s, %d packets" % (job.name, name, peer, part.packets))
            heat = self.heat(job, name, [("ours", self.ours(job, part)),
                                         ("peer", self.peer(peer, part))])
            rows += [dict(row, kind="ours on a part") if row["kind"] == "ours" else row
                     for row in heat]
        judge(rows, targets)
        return rows

    def house(self, job, capture, targets):
        """What runs on the whole capture whatever is installed."""
        entrants = [("ours", self.ours(job, capture))]
        if job.ceiling:
            entrants.append(("ceiling", self.ceiling(jobs.ceiling(job, capture.name), capture,
                                                     "ceiling")))
        for target in targets:
            if isinstance(target, jobs.Share):
                entrants.append(("job", self.ours(jobs.BY_NAME[target.job], capture,
                                                  "chains: " + target.job)))
            if isinstance(target, jobs.Scaled):
                entrants.append(("yardstick", self.ceiling(["read"], self.captures.get(jobs.YARDSTICK),
                                                           "ceiling: read " + jobs.YARDSTICK)))
        return entrants

    def part_for(self, peer, capture, targets):
        """As much of a capture as the peer reads in its time."""
        wanted = any(getattr(target, "peer", None) == peer or peer in getattr(target, "peers", ())
                     for target in targets)
        budget = self.budget[1 if wanted else 0]
        times = []
        for packets in PILOTS:
            part = files.beginning(capture, packets, self.captures.parts)
            times.append(self.stopwatch.once(self.peer(peer, part).words).cpu)
            if len(times) > 1 and times[-1] > PILOT_ENOUGH or part is capture:
                break
        each = max(times[-1] - times[0], 1e-4) / max(part.packets - 1, 1)
        possible = (budget - times[0]) / each
        if possible >= 0.8 * capture.packets:
            return capture
        return files.beginning(capture, files.round_down(int(possible)), self.captures.parts)

    def heat(self, job, name, entrants):
        """Rows of programs that have run in turn."""
        missing = [kind for kind, program in entrants if program is None]
        entrants = [(kind, program) for kind, program in entrants if program is not None]
        results = self.stopwatch.alternate([program for _, program in entrants], self.rounds)
        ours = results[OURS]
        rows = []
        for kind, program in entrants:
            runs = results[program.label]
            if isinstance(runs, str):
                rows.append(self.row(job, name, program.label, kind=kind, problem=runs))
                continue
            row = self.row(job, name, program.label, kind=kind, command=program.words,
                           **figures(program, runs))
            if kind not in ("ours",) and not isinstance(ours, str):
                row["ratio"] = ratios(runs, ours)
                row["wall_ratio"] = ratios(runs, ours, "wall")
            if kind == "peer":
                row["note"] = peers.PEERS[program.label].note
            if kind == "yardstick" and "ratio" in row:
                packets = dict(entrants)["ours"].packets
                row["scaled"] = (row["ratio"]["median"] * packets / program.packets *
                                 jobs.YARDSTICK_RATE)
            rows.append(row)
        return rows + [self.row(job, name, kind, kind=kind, problem="not built") for kind in missing]

    @staticmethod
    def row(job, capture, program, kind="peer", **rest):
        return dict({"job": job.name, "capture": capture, "program": program, "kind": kind}, **rest)


def judge(rows, targets):
    """Writes each target beside the row that it is about."""
    rivals = {row["program"]: row for row in rows if row["kind"] == "peer" and "ratio" in row}
    for target in targets:
        for row in rows:
            if "ratio" not in row:
                continue
            if isinstance(target, jobs.Ceiling) and row["kind"] == "ceiling" or \
                    isinstance(target, jobs.Share) and row["kind"] == "job":
                note(row, "%.0f %%" % (100 * target.share), target.share, row["ratio"]["median"])
            elif isinstance(target, jobs.Scaled) and row["kind"] == "yardstick":
                note(row, "%g M/s" % (target.rate / 1e6), target.rate, row["scaled"])
        if isinstance(target, jobs.Beside) and target.peer in rivals:
            row = rivals[target.peer]
            note(row, "%g times" % target.times, target.times, row["ratio"]["median"])
        if isinstance(target, jobs.Fastest):
            present = [rivals[peer] for peer in target.peers if peer in rivals]
            if present:
                row = max(present, key=lambda row: row["packets_per_second"]["median"])
                note(row, "%g times the fastest" % target.times, target.times,
                     row["ratio"]["median"])


def note(row, text, wanted, reached):
    row["target"] = {"text": text, "wanted": wanted, "reached": reached}
