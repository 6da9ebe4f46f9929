# SPDX-License-Identifier: MIT
"""One table of all jobs, as text for a terminal or as Markdown for docs/performance.md."""

HEAD = ("job", "capture", "program", "packets", "M/s", "least..most", "MB/s", "CPU s", "peak MB",
        "against chains", "target")
RIGHT = {3, 4, 5, 6, 7, 8}


def number(value):
    """Three digits that mean something."""
    if value >= 99.5:
        return "%.0f" % value
    if value >= 9.95:
        return "%.1f" % value
    return "%.2f" % value if value >= 0.0995 else "%.4f" % value


def packets(count):
    for unit, name in ((1000000, "M"), (1000, "k")):
        if count >= unit:
            text = "%.2f" % (count / unit)
            return text.rstrip("0").rstrip(".") + " " + name
    return str(count)


def against(row):
    """How chains does beside this program."""
    ratio = row.get("ratio")
    if not ratio:
        return row.get("note", "")
    if row["kind"] in ("ceiling", "job"):
        return "%.0f %% of it" % (100 * ratio["median"])
    if row["kind"] == "yardstick":
        return "%s M/s, scaled" % number(row["scaled"] / 1e6)
    text = "%s times" % number(ratio["median"])
    return text + (" (%s..%s)" % (number(ratio["min"]), number(ratio["max"])))


def verdict(row):
    """"8: met" or "8: missed by 12 %"; empty where nobody asked."""
    target = row.get("target")
    if not target:
        return ""
    wanted, reached = target["wanted"], target["reached"]
    if reached >= wanted:
        return "%s: met" % target["text"]
    return "%s: missed by %.0f %%" % (target["text"], 100 * (1 - reached / wanted))


def cells(row):
    label = row["program"]
    if "problem" in row:
        return [row["job"], row["capture"], label, packets(row["packets"]) if row.get("packets") else "",
                "", "", "", "", "", row["problem"], ""]
    rate = row["packets_per_second"]
    return [row["job"], row["capture"], label, packets(row["packets"]), number(rate["median"] / 1e6),
            "%s..%s" % (number(rate["min"] / 1e6), number(rate["max"] / 1e6)),
            number(row["mb_per_second"]), number(row["cpu_seconds"]["median"]),
            number(row["peak_kib"] / 1024), against(row), verdict(row)]


def lines(rows):
    """The cells of all rows, what repeats left out."""
    before = None
    for row in rows:
        line = cells(row)
        place = (row["job"], row["capture"])
        if place == before:
            line[0] = line[1] = ""
        before = place
        yield line


def text(rows, head=HEAD, right=frozenset(RIGHT)):
    table = [list(head)] + list(lines(rows) if rows and isinstance(rows[0], dict) else rows)
    widths = [max(len(line[column]) for line in table) for column in range(len(head))]
    out = []
    for line in table:
        padded = [cell.rjust(width) if column in right else cell.ljust(width)
                  for column, (cell, width) in enumerate(zip(line, widths))]
        out.append("  ".join(padded).rstrip())
    return "\n".join(out)


def markdown(rows, head=HEAD, right=frozenset(RIGHT)):
    out = ["| " + " | ".join(head) + " |",
           "|" + "|".join(" ---: " if column in right else " --- "
                          for column in range(len(head))) + "|"]
    body = lines(rows) if rows and isinstance(rows[0], dict) else rows
    for line in body:
        out.append("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |")
    return "\n".join(out)
