# SPDX-License-Identifier: MIT
"""The table of --stats, as numbers, and the sums that must come out of it.

For every component: in + added = out + dropped, and memory <= most. What comes out of one goes into the next, into
every branch of a tee, and those of its inputs together into a merge.
"""
import re

UNITS = {"K": 1 << 10, "M": 1 << 20, "G": 1 << 30, "T": 1 << 40}


class Row:
    """A component: its name, how deep it stands, whether a branch begins with it, its numbers."""

    def __init__(self, depth, begins, name, numbers):
        self.depth, self.begins, self.name, self.numbers = depth, begins, name, numbers

    def __getattr__(self, name):
        return self.numbers[name]


def number(cell):
    if cell and cell[-1] in UNITS:
        return float(cell[:-1]) * UNITS[cell[-1]]
    return float(cell.replace(",", "")) if cell not in ("", "-") else 0


def table(said):
    """The rows of the last table in `said`, and the lines behind it; None where there is none."""
    lines = said.split("\n")
    heads = [i for i, line in enumerate(lines) if re.match(r"component +in +added +out ", line)]
    if not heads:
        return None, lines
    titles = re.split(r" {2,}", lines[heads[-1]].strip())[1:]
    if titles[-1] == "place":
        titles.pop()
    rows, at = [], heads[-1] + 1
    for at in range(heads[-1] + 1, len(lines)):
        match = re.match(r"( *)(\[ )?(\w+)((?: +[0-9.,KMGT-]+){%d})(?:  |$)" % len(titles),
                         lines[at])
        if not match:
            break
        numbers = dict(zip((title.replace(" ", "_") for title in titles),
                           map(number, match.group(4).split())))
        indent = len(match.group(1)) + (2 if match.group(2) else 0)
        rows.append(Row(indent // 4, bool(match.group(2)), match.group(3), numbers))
    return rows, [line for line in lines[at:] if line]


def read_run(rows, at, depth):
    """A run from row `at` on: [(row, arms)], where arms are runs; and the row behind it."""
    run = []
    while at < len(rows) and rows[at].depth == depth:
        row, arms = rows[at], []
        if run and row.begins:
            break
        at += 1
        while at < len(rows) and rows[at].depth == depth + 1 and rows[at].begins:
            arm, at = read_run(rows, at, depth + 1)
            arms.append(arm)
        run.append((row, arms))
    return run, at


def check_run(run, wrong):
    """Adds to `wrong` what does not come out; the run's first row and last row are its ends."""
    before = None
    for row, arms in run:
        n = row.numbers
        if n["in"] + n["added"] != n["out"] + n["dropped"]:
            wrong.append("%s: %d in + %d added is not %d out + %d dropped"
                         % (row.name, n["in"], n["added"], n["out"], n["dropped"]))
        if before is not None and before.numbers["out"] != n["in"]:
            wrong.append("%s gave %d, %s took %d"
                         % (before.name, before.numbers["out"], row.name, n["in"]))
        for arm in arms:
            check_run(arm, wrong)
        if arms and row.name == "merge":
            gave = sum(arm[-1][0].numbers["out"] for arm in arms)
            if gave != n["in"]:
                wrong.append("inputs gave %d, the merge took %d" % (gave, n["in"]))
        elif arms:
            for arm in arms:
                if arm[0][0].numbers["in"] != n["in"]:
                    wrong.append("the tee took %d, a branch that begins with %s %d"
                                 % (n["in"], arm[0][0].name, arm[0][0].numbers["in"]))
        before = row


def too_large(rows):
    """Components that hold more than they may, as sentences; both numbers are rounded alike."""
    return ["%s holds %d bytes, and may hold %d" % (row.name, row.memory, row.most)
            for row in rows if row.memory > row.most]


def unbalanced(rows):
    """What does not come out, as sentences."""
    run, at = read_run(rows, 0, 0)
    wrong = [] if at == len(rows) else ["the table has rows that belong to no run"]
    wrong += too_large(rows)
    check_run(run, wrong)
    return wrong
