#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""rows.py BUILD SOURCE: every test that a table names is there, and each of this folder is in a row.

The tables are rows.md and that of docs/limits.md, whose names of files have to be there, too, and
whose names of constants have to stand in the code.
"""
import fnmatch
import glob
import json
import os
import re
import sys

ONLY_SANITIZED = {"torture"}


def rows(path, head):
    """The cells of the table with this first title."""
    inside = False
    with open(path) as lines:
        for line in lines:
            cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
            if cells[0] == head:
                inside = True
            elif inside and not line.startswith("|"):
                return
            elif inside and not cells[0].startswith("--"):
                yield cells


def tests_of(cell, what, there):
    matches = set()
    for pattern in cell.replace(",", " ").split():
        found = set(fnmatch.filter(there, pattern))
        if not found:
            sys.exit("%s: there is no test %s" % (what, pattern))
        matches |= found
    return matches


def limits(source, there):
    """docs/limits.md: its tests, files and constants."""
    code, count = "", 0
    for path in glob.glob(os.path.join(source, "src", "**", "*.[ch]"), recursive=True):
        with open(path, encoding="utf-8") as file:
            code += file.read()
    for what, _, name, _, tests in rows(os.path.join(source, "docs", "limits.md"), "what"):
        tests_of(tests, what, there)
        count += 1
        for word in re.findall("`([^`]+)`", name):
            if "/" in word and not os.path.exists(os.path.join(source, word)):
                sys.exit("docs/limits.md, %s: there is no %s" % (what, word))
            if word.isupper() and not re.search(r"\b%s\b" % word, code):
                sys.exit("docs/limits.md, %s: nothing is called %s" % (what, word))
    if count < 20:
        sys.exit("docs/limits.md: fewer rows than there should be")


def main():
    build, source = sys.argv[1:3]
    with open(os.path.join(build, "meson-info", "intro-tests.json")) as file:
        there = {test["name"] for test in json.load(file)} | ONLY_SANITIZED
    named = set()
    here = os.path.dirname(os.path.abspath(__file__))
    for what, _, tests in rows(os.path.join(here, "rows.md"), "what happens"):
        named |= tests_of(tests, what, there)
    own = {name for name in there if name.startswith("faults-")} - {"faults-rows"}
    if len(named) < 60 or own - named:
        sys.exit("in no row: %r" % sorted(own - named))
    limits(source, there)


main()
