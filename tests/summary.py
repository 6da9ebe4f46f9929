#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""summary.py BUILD...: what the tests of these builds said, from Meson's log.

Names what failed, with the end of its output, and what was skipped, with the reason; the last
line counts all of it. Exit code 1 when a test failed or a build ran none.
"""
import json
import os
import sys

GOOD = {"OK", "EXPECTEDFAIL"}
SKIPPED = {"SKIP"}


def results(folder):
    path = os.path.join(folder, "meson-logs", "testlog.json")
    try:
        with open(path) as lines:
            return [json.loads(line) for line in lines]
    except FileNotFoundError:
        return []


def reason(test):
    for line in reversed(test.get("stdout", "").splitlines()):
        if "skip" in line.lower():
            return line.lstrip("# ").strip()
    return "no reason given"


def tail(test):
    lines = (test.get("stdout", "") + test.get("stderr", "")).splitlines()
    lines = [line for line in lines if not line.startswith("ok ")]
    return "\n".join("    " + line for line in lines[-25:])


def main():
    passed, failed, skipped, empty = 0, [], [], []
    for folder in sys.argv[1:]:
        tests = results(folder)
        if not tests:
            empty.append(folder)
        for test in tests:
            name = "%s: %s" % (folder, test["name"])
            if test["result"] in GOOD:
                passed += 1
            elif test["result"] in SKIPPED:
                skipped.append((name, test))
            else:
                failed.append((name, test))
    for name, test in skipped:
        print("skipped %s (%s)" % (name, reason(test)))
    for name, test in failed:
        print("failed %s: %s after %.1f s" % (name, test["result"].lower(), test["duration"]))
        print(tail(test))
    for folder in empty:
        print("failed %s: no test ran" % folder)
    print("%d passed, %d failed, %d skipped" % (passed, len(failed) + len(empty), len(skipped)))
    sys.exit(1 if failed or empty else 0)


main()
