#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""live.py CHAINS NAME SHIM: an interface while the clock is set, the process stopped, the reader slow.

In network namespaces of its own; skipped (77) where those may not be made.
"""
import collections
import json
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "live"))
from pair import DEADLINE, THEIRS, fail, run_between, wait_for  # noqa: E402

CHAINS = os.path.abspath(sys.argv[1]) if len(sys.argv) > 1 else "chains"
SHIM = os.path.abspath(sys.argv[3]) if len(sys.argv) > 3 else ""
CASES = {}
FLOWS = 20


def case(function):
    CASES[function.__name__.replace("_", "-")] = function
    return function


class Sender:
    """Datagrams of one flow, to a port where nobody listens."""

    def __init__(self, size=10):
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("", 0))
        self.port = self.socket.getsockname()[1]
        self.data = b"x" * size

    def send(self):
        self.socket.sendto(self.data, (THEIRS, 9))


def begin(words, out=subprocess.PIPE, **environment):
    return subprocess.Popen([CHAINS] + words, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.PIPE, env=dict(os.environ, **environment))


def ready(watch, words):
    """It says on stderr how much it has seen, when it has seen something."""
    one = Sender()

    def seen():
        one.send()
        watch.send_signal(signal.SIGUSR1)
        line = watch.stderr.readline().decode()
        return not re.match(r"%s: 0 packets" % words[0], line) and line
    wait_for(lambda: handled(watch.pid, signal.SIGUSR1), "signals are handled")
    wait_for(seen, "a packet is seen")
    return one.port


def handled(pid, number):
    with open("/proc/%d/status" % pid) as lines:
        mask = re.search(r"SigCgt:\s+(\w+)", lines.read()).group(1)
    return int(mask, 16) >> (number - 1) & 1


def clock_set(step):
    """Each flow has packets before, while and after the clock is wrong: it is one flow."""
    def run(_):
        words = ["flows", "--json", "-n", "-i", "veth0", "-f", "udp and dst port 9"]
        watch = begin(words, LD_PRELOAD=SHIM, FAULT_STEP="%d:%d" % (step, 400))
        mark = ready(watch, words)
        senders = [Sender() for _ in range(FLOWS)]
        rounds = 1000 // FLOWS
        for _ in range(rounds):  # to the 400th packet as it is, to the 800th wrong, then right
            for one in senders:
                one.send()
            time.sleep(0.02)
        watch.send_signal(signal.SIGUSR1)
        watch.stderr.readline()
        time.sleep(0.3)
        watch.send_signal(signal.SIGINT)
        out, _ = watch.communicate(timeout=DEADLINE)
        if watch.returncode != 0:
            fail("exit code %d" % watch.returncode)
        flows = [json.loads(line)["flow"] for line in out.splitlines()]
        flows = [flow for flow in flows if flow["sport"] != mark]
        ends = collections.Counter(flow["end"] for flow in flows)
        if ends != {"input": FLOWS}:
            fail("flows end with the input alone: %r" % ends)
        if {flow["orig"]["packets"] for flow in flows} != {rounds}:
            fail("packets: %r" % collections.Counter(flow["orig"]["packets"] for flow in flows))
    return run


@case
def clock_set_on(peer):
    clock_set(86400)(peer)


@case
def clock_set_back(peer):
    clock_set(-86400)(peer)


def counted(said):
    match = re.search(r"netwatch: (\d+) packets, (\d+) received by the filter, (\d+) dropped by the "
                      r"kernel, \d+ dropped by the interface(?:, (\d+) left unread)?\n$", said)
    return [int(number or 0) for number in match.groups()] if match else fail("it says %r" % said)


def burst(count):
    one = Sender(1000)
    for _ in range(count):
        one.send()


BURST = 6000


def holds_counted(watch, out, said):
    packets, received, dropped, unread = counted(said)
    lines = out.count(b"\n")
    if watch.returncode != 0 or lines != packets:
        fail("exit code %d, %d lines of %d packets" % (watch.returncode, lines, packets))
    if not dropped:
        fail("a gap, in which packets were dropped: %r" % said)
    if packets + dropped + unread != received or received < BURST:
        fail("all that is missing is counted: %r" % said)


WATCH = ["netwatch", "-n", "-i", "veth0", "--buffer-size=1024", "-f", "udp and dst port 9"]


@case
def stopped(_):
    """Stopped while more comes than the kernel holds, and let go on: the gap is counted."""
    with tempfile.TemporaryFile() as out:
        watch = begin(WATCH, out)
        ready(watch, WATCH)
        watch.send_signal(signal.SIGSTOP)
        burst(BURST)
        watch.send_signal(signal.SIGCONT)
        before = os.fstat(out.fileno()).st_size

        def goes_on():
            burst(1)
            time.sleep(0.01)
            return os.fstat(out.fileno()).st_size > before
        wait_for(goes_on, "packets behind the gap")
        watch.send_signal(signal.SIGINT)
        said = watch.communicate(timeout=DEADLINE)[1]
        out.seek(0)
        holds_counted(watch, out.read(), said.decode())


@case
def slow_reader(_):
    """Nobody reads: it holds no more than a buffer, and what the kernel dropped is counted."""
    watch = begin(WATCH + ["-v"])
    ready(watch, WATCH)
    with open("/proc/%d/statm" % watch.pid) as pages:
        before = int(pages.read().split()[1])
    burst(BURST)
    burst(BURST)
    with open("/proc/%d/statm" % watch.pid) as pages:
        grown = (int(pages.read().split()[1]) - before) * os.sysconf("SC_PAGE_SIZE")
    if grown > 16 << 20:
        fail("it has grown by %d bytes" % grown)
    watch.send_signal(signal.SIGINT)
    out, said = watch.communicate(timeout=DEADLINE)
    out = b"\n" * out.count(b"\n\n")
    holds_counted(watch, out, said.decode())


if sys.argv[1:] == ["--list"]:
    print("\n".join(CASES))
else:
    run_between([], CASES[sys.argv[2]])
