# SPDX-License-Identifier: MIT
"""What output may hold, whatever the capture held: each function returns what is wrong, or None."""
import json
import os
import re
import struct
import sys
import unicodedata

# Without a category that says so, but ignored by default where they are shown (Unicode's
# Default_Ignorable_Code_Point): Python has no table of these.
IGNORED = {0x034f, 0x115f, 0x1160, 0x17b4, 0x17b5, 0x180b, 0x180c, 0x180d, 0x180f, 0x3164, 0xffa0,
           *range(0xfe00, 0xfe10), *range(0xe0000, 0xe1000)}


def is_hidden(code):
    """What docs/limits.md says is not printed, by Unicode's categories."""
    category = unicodedata.category(chr(code))
    if category == "Cn":  # of those only what never will be a character, or is ignored by default
        return (code & 0xfffe == 0xfffe or 0xfdd0 <= code <= 0xfdef or
                0x2060 <= code <= 0x206f or 0xfff0 <= code <= 0xfff8 or code in IGNORED)
    return category in ("Cc", "Cf", "Cs", "Co", "Zl", "Zp") or code in IGNORED


def forbidden(but):
    """All hidden characters but these, as ranges of a pattern."""
    ranges, codes = [], [code for code in range(sys.maxunicode + 1)
                         if is_hidden(code) and chr(code) not in but]
    for code in codes:
        if ranges and ranges[-1][1] == code - 1:
            ranges[-1][1] = code
        else:
            ranges.append([code, code])
    return re.compile("[%s]" % "".join("%s-%s" % tuple(re.escape(chr(code)) for code in one)
                                       for one in ranges))


FORBIDDEN, FORBIDDEN_WITH_TABS = forbidden("\n"), forbidden("\n\t")
REPORT = re.compile("Sanitizer|runtime error:")


def text(data, tabs=False):
    try:
        characters = data.decode("utf-8")
    except UnicodeDecodeError as error:
        return "not UTF-8: %s" % error
    if data and not data.endswith(b"\n"):
        return "the last line is not whole"
    bad = (FORBIDDEN_WITH_TABS if tabs else FORBIDDEN).search(characters)
    return bad and "character %r in %r" % (bad.group(), characters[max(0, bad.start() - 40):
                                                                    bad.end() + 20])


def refuse(word):
    raise ValueError("%s is no JSON" % word)


def json_lines(data):
    """The objects, or the reason why a line is none."""
    objects = []
    for line in data.splitlines():
        try:
            one = json.loads(line, parse_constant=refuse)
        except ValueError as error:
            return None, "%s: %r" % (error, line[:200])
        if not isinstance(one, dict):
            return None, "not an object: %r" % line[:200]
        objects.append(one)
    return objects, None


def pcapng_packets(data):
    """How many packets a pcapng file of this machine's byte order holds; None: it is damaged."""
    at = packets = 0
    while at < len(data):
        if at + 12 > len(data):
            return None
        kind, size = struct.unpack("=II", data[at:at + 8])
        if size < 12 or at + size > len(data) or data[at + size - 4:at + size] != data[at + 4:at + 8]:
            return None
        packets += kind == 6
        at += size
    return packets


def pcap_packets(data):
    at, packets = 24, 0
    while at < len(data):
        if at + 16 > len(data):
            return None
        at += 16 + struct.unpack("=I", data[at + 8:at + 12])[0]
        packets += 1
    return packets if at == len(data) or not data else None


def read(folder, name):
    try:
        with open(os.path.join(folder, name), "rb") as file:
            return file.read()
    except FileNotFoundError:
        return b""


def everything(folder, came, copied):
    """The files of the longest chain, beside what its branches say came to them and to copy.pcap."""
    files = {name: read(folder, name) for name in (
        "json", "summary", "full", "flows", "urls", "dns", "tsv", "csv", "count", "count_json",
        "copy.pcap", "copy.pcapng")}
    for name in ("json", "summary", "full", "flows", "urls", "dns", "tsv", "csv", "count",
                 "count_json"):
        wrong = text(files[name], tabs=name in ("tsv", "full"))
        if wrong:
            return "%s: %s" % (name, wrong)
    objects, wrong = json_lines(files["json"])
    if not wrong:
        wrong = json_lines(files["count_json"])[1]
    if wrong:
        return wrong
    records = came["json_lines"]
    packets = sum("len" in one for one in objects)
    lines = {name: data.count(b"\n") for name, data in files.items()}
    want = {
        "json": (lines["json"], records),
        "branches": (set(came.values()), {records}),
        "summary": (lines["summary"], packets),
        "full": (len(re.findall(rb"(?m)^Timestamp: ", files["full"])), packets),
        "blank lines": (files["full"].count(b"\n\n"), packets),
        "flows": (lines["flows"], sum("flow" in one for one in objects)),
        "dns": (lines["dns"], sum("dns" in one for one in objects)),
        "tsv": (max(lines["tsv"] - 1, 0), records),
        "csv": (max(lines["csv"] - 1, 0), records),
        "copy.pcapng": (pcapng_packets(files["copy.pcapng"]), packets),
        "copy.pcap": (pcap_packets(files["copy.pcap"]), copied),
    }
    for name, (got, wanted) in want.items():
        if got != wanted:
            return "%s: %r, where there should be %r" % (name, got, wanted)
    return None
