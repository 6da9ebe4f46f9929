# SPDX-License-Identifier: MIT
"""What the tests of the sandbox share.

The words are CHAINS HELPERS NAME. HELPERS is the folder with the plugin that tries what nobody may, and
the program that makes a system lack something. A case that cannot run here says why and is skipped (77).
"""
import os
import sys

HELPERS = os.path.abspath(sys.argv.pop(2)) if len(sys.argv) > 2 else "."
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "command"))

from common import equal, status, wait_for

PLUGIN = os.path.join(HELPERS, "trespass.so")
WITHOUT = os.path.join(HELPERS, "without")
ROOT = os.geteuid() == 0
DOCUMENT = os.path.join(HERE, "..", "..", "docs", "security.md")


def skip(why):
    print("skipped: " + why)
    sys.exit(77)


def state_of(path):
    with open(path) as lines:
        return dict(line.rstrip("\n").split(":\t", 1) for line in lines if ":\t" in line)


def check_state(state, user):
    equal(state["Uid"], "\t".join([str(user)] * 4), "user")
    equal(state["Gid"], "\t".join([str(user)] * 4), "group")
    if ROOT:
        equal(state["Groups"].strip(), "", "groups")
    for kind in ("CapInh", "CapPrm", "CapEff", "CapAmb") + (("CapBnd",) if ROOT else ()):
        equal(int(state[kind], 16), 0, kind)
    equal(state["NoNewPrivs"], "1", "no new privileges")
    equal(state["Seccomp"], "2", "seccomp")


def bound(pid):
    """A process is where it is to be when its first thread has its filter."""
    wait_for(lambda: status(pid, "Seccomp") == "2", "a filter")
