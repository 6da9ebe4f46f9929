# SPDX-License-Identifier: MIT
"""Two network namespaces joined by a veth pair: ours, and the peer's.

Nothing outside of them is contacted. A test that uses them is skipped (77) where namespaces may
not be made, or a program is missing.
"""
import os
import shutil
import signal
import subprocess
import sys
import time

DEADLINE = 30
OURS, THEIRS, NAMED, NAMELESS = "10.99.0.1", "10.99.0.2", "54.197.119.105", "12.226.156.82"
OURS6, THEIRS6 = "fd00:99::1", "fd00:99::2"
UNSHARE = ["unshare", "--net"]
PATH = os.environ.get("PATH", "") + ":/usr/sbin:/sbin"


def skip(why):
    print("skipped: " + why)
    sys.exit(77)


def fail(why):
    sys.exit("not so: " + why)


def wait_for(condition, what):
    end = time.monotonic() + DEADLINE
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            fail("it never happened: " + what)
        time.sleep(0.01)


def command(*words, **more):
    return subprocess.run(words, check=True, env=dict(os.environ, PATH=PATH), **more)


class Peer:
    """The other namespace, and a process that keeps it."""

    def __init__(self):
        self.keeper = subprocess.Popen(["unshare", "--net", "sleep", "600"])
        own = os.readlink("/proc/self/ns/net")
        wait_for(lambda: os.readlink("/proc/%d/ns/net" % self.keeper.pid) != own, "a namespace")

    def words(self, *words):
        return ("nsenter", "-t", str(self.keeper.pid), "-n") + words

    def run(self, *words, **more):
        return command(*self.words(*words), **more)

    def join(self):
        command("ip", "link", "set", "lo", "up")
        command("ip", "link", "add", "veth0", "type", "veth", "peer", "name", "veth1", "netns",
                str(self.keeper.pid))
        command("ip", "addr", "add", OURS + "/24", "brd", "+", "dev", "veth0")
        command("ip", "addr", "add", OURS6 + "/64", "dev", "veth0", "nodad")
        command("ip", "link", "set", "veth0", "up")
        for words in (("addr", "add", THEIRS + "/24", "dev", "veth1"),
                      ("addr", "add", THEIRS6 + "/64", "dev", "veth1", "nodad"),
                      ("addr", "add", NAMED + "/32", "dev", "veth1"),
                      ("addr", "add", NAMELESS + "/32", "dev", "veth1"),
                      ("link", "set", "lo", "up"), ("link", "set", "veth1", "up")):
            self.run("ip", *words)
        for address in (NAMED, NAMELESS):
            command("ip", "route", "add", address, "dev", "veth0")
        wait_for(lambda: b"LOWER_UP" in command("ip", "-o", "link", "show", "veth0",
                                                stdout=subprocess.PIPE).stdout, "a link")

    def end(self):
        self.keeper.kill()
        self.keeper.wait()


def run_between(needed, case):
    """Runs case(peer) between two namespaces of its own, in which no program outlives it."""
    for program in ("unshare", "nsenter", "ip") + tuple(needed):
        if not shutil.which(program, path=PATH):
            skip(program + " is not installed")
    if sys.argv[-1] != "inside":
        probe = subprocess.run(UNSHARE + ["ip", "link", "add", "veth0", "type", "veth",
                                "peer", "name", "veth1"], stdout=subprocess.PIPE,
                               stderr=subprocess.STDOUT, env=dict(os.environ, PATH=PATH))
        if probe.returncode:
            skip("no network namespaces here: " + probe.stdout.decode().strip())
        os.execvpe("unshare", UNSHARE + [sys.executable] + sys.argv + ["inside"],
                   dict(os.environ, PATH=PATH))
    if os.getpgid(0) != os.getpid():
        os.setpgid(0, 0)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("ended from outside"))
    peer = Peer()
    try:
        peer.join()
        case(peer)
    finally:  # none of the programs outlives the test
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        os.killpg(0, signal.SIGTERM)
        peer.end()
