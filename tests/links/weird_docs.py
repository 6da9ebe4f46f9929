#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""weird_docs.py SOURCE: docs/weird.md has a row for every name that dns_weird says, and no other."""
import os
import re
import sys


def main():
    root = sys.argv[1]
    with open(os.path.join(root, "src/links/weird_list.c")) as text:
        said = re.findall(r'\[WEIRD_\w+\] = "(\w+)"', text.read())
    with open(os.path.join(root, "docs/weird.md")) as text:
        documented = re.findall(r"^\| `(\w+)` \| ", text.read(), re.M)
    for name in sorted(set(said) ^ set(documented)):
        print("%s is %s" % (name, "not in docs/weird.md" if name in said else "never said"))
    if len(documented) != len(set(documented)):
        print("docs/weird.md has a name twice")
    sys.exit(0 if len(said) > 20 and sorted(said) == sorted(documented) else 1)


main()
