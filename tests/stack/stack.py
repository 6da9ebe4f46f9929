#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""stack.py STACK CHAINS SOURCE [CAPTURE...]: what is read from strangers needs little stack.

    painted    every capture of tests/pcap through every component in a thread whose stack is painted
    limited    the commands, with a stack of 64 KiB in all, say of each what they say with more
"""
import os
import resource
import subprocess
import sys

MOST = 32 * 1024
SMALL = 64 * 1024
COMMANDS = (["netwatch", "-n", "-r"], ["urlwatch", "-n", "-r"], ["weird_dns", "-n", "-r"],
            ["chains", "flows", "-r"])


def small():
    resource.setrlimit(resource.RLIMIT_STACK, (SMALL, SMALL))


def run(words, before=None):
    done = subprocess.run(words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, preexec_fn=before, timeout=60)
    return done.returncode, done.stdout, done.stderr


def main():
    stack, chains, source = [os.path.abspath(path) for path in sys.argv[1:4]]
    folder = os.path.join(source, "tests", "pcap")
    captures = sys.argv[4:] or [os.path.join(folder, name) for name in sorted(os.listdir(folder))
                                if ".pcap" in name]
    if len(captures) < 20 and not sys.argv[4:]:
        sys.exit("only %d captures" % len(captures))
    code, out, error = run([stack, str(MOST), os.path.join(folder, "tls.keys")] + captures)
    print(out.decode() + error.decode(), end="")
    bad = ["stack: code %d" % code] if code else []
    # The smallest stack shows that the limit is one.
    if run([chains, "--version"], lambda: resource.setrlimit(resource.RLIMIT_STACK,
                                                             (4096, 4096)))[0] == 0:
        bad.append("a stack of 4 KiB is enough: the limit does nothing")
    for path in captures:
        for command in COMMANDS:
            words = command + [path]
            program = [os.path.join(os.path.dirname(chains), words[0])] + words[1:]
            if run(program) != run(program, small):
                bad.append("%s: differs with a stack of 64 KiB" % " ".join(words))
    sys.exit("\n".join(bad) if bad else 0)


main()
