#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""coverage.py REPORT: lines and branches of the parser files, of what `llvm-cov report` printed.

Parser files are all that read bytes from the network or from a capture: every dissector, the
readers of capture files, and of the links what takes messages apart.
"""
import re
import sys

PARSERS = re.compile(
    r"(dissect/\w+|sources/(capture_file|capture_files|capture_stream|pcapng|decompress|secrets)|"
    r"links/(fragments|dissecting|dns_stream|flow_tcp\w*|reassembly|hpack|http\w*|hello_(early|stream)|"
    r"quic_(connection|flow|open)|tls_(buffer|certificate|connection|decrypt|dtls|flow\w*|handshake|ja|"
    r"keylog|message|records|ssl2|start)|devices|claims|vendor_line))\.[ch]$")


def main():
    rows = []
    for line in open(sys.argv[1], encoding="utf-8"):
        part = line.split()
        # file, then (count, missed, %) of regions, functions, lines and branches
        if len(part) == 13 and PARSERS.search(part[0]):
            lines, missed, branches, not_taken = int(part[7]), int(part[8]), int(part[10]), int(part[11])
            rows.append((part[0], lines, missed, branches, not_taken))
    if not rows:
        sys.exit("coverage: no parser file in the report")

    def show(name, lines, missed, branches, not_taken):
        print(f"{name:44} {100 * (lines - missed) / max(lines, 1):6.1f} % of {lines:6} lines"
              f" {100 * (branches - not_taken) / max(branches, 1):6.1f} % of {branches:6} branches")

    for row in sorted(rows, key=lambda row: (row[1] - row[2]) / max(row[1], 1)):
        show(*row)
    show("all parser files", *(sum(column) for column in list(zip(*rows))[1:]))


main()
