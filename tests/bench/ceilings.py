#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""ceilings.py CHAINS TRAFFIC FOLDER: the programs of bench/ceiling say what the commands say.

On small captures of bench/traffic both see as many packets, write as many lines, find as many flows; where
a ceiling writes the command's own text, all but a few lines of it are equal. "As many" is exact, but for
DNS over TCP and for certificates, which the ceilings leave out.
"""
import os
import subprocess
import sys
import tempfile

CHAINS, TRAFFIC, FOLDER = sys.argv[1:4]
PACKETS = 20000

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../bench"))
from jobs import FILTER


def run(words):
    return subprocess.run(words, capture_output=True, check=True)


def capture(folder, name, *options):
    path = os.path.join(folder, name + ".pcap")
    with open(path, "wb") as file:
        subprocess.run([TRAFFIC, "--like=" + name, "--packets=%d" % PACKETS] + list(options),
                       stdout=file, check=True)
    return path


def ceiling(name, *words):
    """(packets, lines)"""
    done = run([os.path.join(FOLDER, name)] + list(words))
    return int(done.stderr.split()[0]), done.stdout.decode("utf-8", "replace").split("\n")[:-1]


def chain(path, *links):
    words = [CHAINS, "run", path]
    for link in links:
        words += ["!"] + link.split(" ", 1)
    return run(words).stdout.decode("utf-8", "replace").split("\n")[:-1]


def counted(path, *links):
    """Packets and bytes, as `count` has them in its last line."""
    return [int(word) for word in chain(path, *links, "count")[-1].split()]


def different(ours, theirs):
    return sum(a != b for a, b in zip(ours, theirs)) + abs(len(ours) - len(theirs))


class Checks:
    def __init__(self):
        self.wrong = []

    def same(self, what, one, other):
        if one != other:
            self.wrong.append("%s: %s, and the command has %s" % (what, one, other))

    def near(self, what, ours, theirs, most):
        """Text of which so many lines may differ."""
        self.same(what + ", lines", len(ours), len(theirs))
        if different(ours, theirs) > most:
            self.wrong.append("%s: %d lines differ" % (what, different(ours, theirs)))


def packets(checks, mixed):
    total, size = counted(mixed)
    done = run([os.path.join(FOLDER, "read"), mixed]).stderr.split()
    checks.same("read", [int(done[0]), int(done[2])], [total, size])
    for name in ("decode", "summary", "names", "json", "print", "flow", "filter"):
        checks.same(name + ", packets", ceiling(name, mixed)[0], total)
    kept = ceiling("filter", mixed)[1][0].split()
    checks.same("filter", [int(word) for word in kept],
                counted(mixed, "packet_meta", "where " + FILTER))


def text(checks, mixed):
    few = PACKETS // 20  # pieces of packets, and options in another order
    for name, words in (("summary", ["-s"]), ("print", ["-v"])):
        theirs = run([CHAINS, "netwatch", "-n"] + words + ["-r", mixed]).stdout
        checks.near(name, ceiling(name, mixed)[1],
                    theirs.decode("utf-8", "replace").split("\n")[:-1], few)
    checks.near("json", ceiling("json", mixed)[1],
                chain(mixed, "packet_meta", "transport_meta", "json_lines"), 2 * few)
    checks.same("names, lines", len(ceiling("names", mixed)[1]), PACKETS)


def messages(checks, folder):
    dns = capture(folder, "dns")
    checks.same("dns", len(ceiling("dns", dns)[1]),
                counted(dns, "packet_meta", "dns_meta", "where dns and udp")[0])
    http = capture(folder, "http", "--kinds=web,upload", "--active=64")
    checks.same("http", len(ceiling("http", http)[1]),
                counted(http, "packet_meta", "flows", "http_meta", "where http")[0])
    # Of a handshake that is made up there is a line for each hello and one where it is done.
    tls = capture(folder, "tls", "--kinds=half_open,tls_web", "--active=64")
    ours = ceiling("tls", tls)[1]
    theirs = chain(tls, "packet_meta", "flows", "tls_meta", "where tls", "json_lines")
    hellos = [line for line in theirs if '"handshake":"client_hello"' in line or
              '"handshake":"server_hello"' in line]
    checks.same("tls", len(ours), len(hellos))


def main():
    checks = Checks()
    with tempfile.TemporaryDirectory() as folder:
        mixed = capture(folder, "mixed", "--active=256")
        packets(checks, mixed)
        text(checks, mixed)
        messages(checks, folder)
        flows = capture(folder, "flows", "--active=4000")
        lines = run([CHAINS, "flows", "-n", "-r", flows]).stdout.count(b"\n")
        checks.same("flow", len(ceiling("flow", flows)[1]), lines)
        for room in ("1", "1048576"):  # which grows, and which does not
            checks.same("flow --count", ceiling("flow", "--room=" + room, "--count", flows)[1],
                        [str(lines)])
    for line in checks.wrong:
        print(line)
    sys.exit(1 if checks.wrong else 0)


if __name__ == "__main__":
    main()
