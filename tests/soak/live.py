#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""live.py --chains FILE --traffic FILE --live [SECONDS]: as many packets as a veth pair takes.

The generator sends in one network namespace, a chain with three outputs reads in the other, and
every packet is looked for: what was sent is what the interface has taken or dropped, what it has
taken is what the filter has received, and that is what was emitted or dropped by the kernel. The
sums of each component come out, and resident memory behind the first quarter grows by no more than
4 MiB where that takes 30 s or more: before, tables fill. With --drops the reader is stopped meanwhile and its buffer is small, so that packets have to
be dropped. Skipped (77) where namespaces may not be made.
"""
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "..", "live")]
import stats
from pair import PATH, command, fail, run_between, wait_for
from seen import GROWTH, Sample, size

TEMPLATES = os.path.join(HERE, "..", "pcap", "tls.pcap")
CHAIN = ("! packet_meta ! flows ! dns_meta ! tls_meta ! quic_meta ! http_meta ! reverse_dns "
         "mode=passive ! tagger ! tee [ where packet ! packet_summary /dev/null ] "
         "[ where flow ! flow_summary /dev/null ] [ url_printer /dev/null ]").split()
ROWS = 20  # in a run
JUDGED = 120  # seconds from which on tables are full after the first quarter


def value(name, default):
    """What stands behind an option; an option without a number keeps the default."""
    if name not in sys.argv:
        return default
    at = sys.argv.index(name) + 1
    word = sys.argv[at] if at < len(sys.argv) else ""
    return word if name in ("--chains", "--traffic") else int(word) if word.isdigit() else default


def counters(text):
    """Of `ip -s -j link show`: (received, received and dropped, sent, not sent)."""
    both = json.loads(text)[0]["stats64"]
    return (both["rx"]["packets"], both["rx"]["dropped"] + both["rx"]["errors"],
            both["tx"]["packets"], both["tx"]["dropped"] + both["tx"]["errors"])


class Reader:
    """The chain, and what it says when it is asked."""

    def __init__(self, folder, kib):
        self.said = open(os.path.join(folder, "stderr"), "w+b")
        words = [value("--chains", ""), "run", "--stats", "veth0", "no_file=yes",
                 "buffer_kib=%d" % kib] + CHAIN
        self.process = subprocess.Popen(words, stdin=subprocess.DEVNULL,
                                        stdout=subprocess.DEVNULL, stderr=self.said)
        wait_for(self.listens, "a handler of USR1")
        self.ask()

    def listens(self):
        with open("/proc/%d/status" % self.process.pid) as file:
            caught = int(re.search(r"SigCgt:\s*(\w+)", file.read()).group(1), 16)
        return caught >> (signal.SIGUSR1 - 1) & 1

    def text(self):
        with open(self.said.name, "rb") as file:
            return file.read().decode()

    def told(self, before):
        """The rows of a table behind `before`, and what the kernel says; None: not yet."""
        text = self.text()[before:]
        line = re.search(r"([\d,]+) received by the filter, ([\d,]+) dropped by the kernel, "
                         r"([\d,]+) dropped by the interface\n", text)
        if self.process.poll() is not None and not line:
            fail("the chain has ended: " + self.text()[-2000:])
        if line:
            numbers = [int(word.replace(",", "")) for word in line.groups()]
        elif re.search(r"\d bytes read\n", text):  # nothing has come yet
            numbers = [0, 0, 0]
        else:
            return None
        return stats.table(text)[0], numbers

    def ask(self):
        before = len(self.text())
        self.process.send_signal(signal.SIGUSR1)
        return wait_for(lambda: self.told(before), "an answer to USR1")

    def drained(self):
        """Nothing more comes: twice in a row the same numbers."""
        last = None
        while True:
            rows, kernel = self.ask()
            if last == (rows[0].out, kernel[0]):
                return
            last = (rows[0].out, kernel[0])
            time.sleep(0.5)

    def end(self):
        before = len(self.text())
        self.process.send_signal(signal.SIGINT)
        if self.process.wait(60) != 0:
            fail("exit code %d: %s" % (self.process.returncode, self.text()[-2000:]))
        return self.told(before)


class Link:
    """Both ends of the pair, without anything that talks by itself."""

    def __init__(self, peer):
        self.peer = peer
        # The other namespace lives as long as this, however long the run is.
        self.keeper = subprocess.Popen(peer.words("sleep", "infinity"))
        quiet = "echo 1 >/proc/sys/net/ipv6/conf/%s/disable_ipv6"
        subprocess.run(["sh", "-c", quiet % "veth0"], check=False)
        peer.run("sh", "-c", quiet % "veth1")
        wait_for(lambda: os.readlink("/proc/%d/ns/net" % self.keeper.pid) !=
                 os.readlink("/proc/self/ns/net"), "a namespace")
        time.sleep(1)  # what was under way

    def words(self, *words):
        return ("nsenter", "-t", str(self.keeper.pid), "-n") + words

    def counters(self):
        show = ("ip", "-s", "-j", "link", "show")
        ours = command(*show, "veth0", stdout=subprocess.PIPE).stdout
        theirs = command(*self.words(*show, "veth1"), stdout=subprocess.PIPE).stdout
        return counters(ours), counters(theirs)


def send(link, seconds):
    words = [value("--traffic", ""), "--send=veth1", "--seconds=%d" % seconds,
             "--packets=1000000000", "--flows=250000000", "--hosts=2000000",
             "--templates=" + TEMPLATES]
    return subprocess.Popen(link.words(*words), stdout=subprocess.PIPE,
                            env=dict(os.environ, PATH=PATH))


def watch(reader, sender, seconds):
    """Samples while it is sent; the first one belongs to the end of the warm-up."""
    began, samples, step = time.monotonic(), [], seconds / ROWS
    while sender.poll() is None:
        time.sleep(max(0.5, min(step, began + seconds - time.monotonic())))
        rows, kernel = reader.ask()
        passed = time.monotonic() - began
        sample = Sample(reader.process.pid, int(rows[0].out), 0)
        print("%6.0f s %12s received %12s emitted %10s dropped %9s/s %9s resident %2d descriptors "
              "%d threads" % (passed, "{:,}".format(kernel[0]), "{:,}".format(sample.packets),
                              "{:,}".format(kernel[1]), "{:,.0f}".format(kernel[0] / passed),
                              size(sample.resident), sample.descriptors, sample.threads),
              flush=True)
        if passed >= seconds / 4:
            samples.append(sample)
    return samples


def balance(sent, before, after, rows, kernel):
    """Every packet that was sent, as sentences where one is missing."""
    (ours_a, theirs_a), (ours_b, theirs_b) = before, after
    ours = [b - a for a, b in zip(ours_a, ours_b)]
    theirs = [b - a for a, b in zip(theirs_a, theirs_b)]
    received, dropped, interface = kernel
    print("sent %d; veth1 took %d and dropped %d; veth0 received %d and dropped %d, sent %d itself; "
          "the filter received %d; emitted %d, dropped by the kernel %d, left unread %d" % (
              sent, theirs[2], theirs[3], ours[0], ours[1], ours[2], received, rows[0].out, dropped,
              rows[0].dropped - dropped))
    wrong = stats.unbalanced(rows)
    for what, left, right in (
            ("sent = taken or dropped by veth1", sent, theirs[2] + theirs[3]),
            ("taken by veth1 = received or dropped by veth0", theirs[2],
             ours[0] + ours[1]),
            ("seen by veth0 = received by the filter", ours[0] + ours[2], received),
            ("received = emitted + dropped by the kernel", received, rows[0].out + dropped)):
        if left != right:
            wrong.append("%s: %d is not %d" % (what, left, right))
    return wrong


def run(peer):
    seconds, drops = value("--live", 600), "--drops" in sys.argv
    link = Link(peer)
    with tempfile.TemporaryDirectory() as folder:
        reader = Reader(folder, 2048 if drops else 65536)
        before = link.counters()
        sender = send(link, seconds)
        if drops:
            reader.process.send_signal(signal.SIGSTOP)
            samples = []
            sender.wait(seconds + 60)
            reader.process.send_signal(signal.SIGCONT)
        else:
            samples = watch(reader, sender, seconds)
        sent, refused = map(int, sender.communicate()[0].split())
        reader.drained()
        after = link.counters()
        rows, kernel = reader.end()
        text = reader.text()
    wrong = balance(sent, before, after, rows, kernel)
    if drops and (kernel[1] == 0 or "the kernel has dropped" not in text):
        wrong.append("nothing was dropped, or nobody was told: %d" % kernel[1])
    grown = max(s.resident for s in samples) - samples[0].resident if samples else 0
    if grown > GROWTH and seconds >= JUDGED:
        wrong.append("%s more resident than after the first quarter" % size(grown))
    if any((s.descriptors, s.threads) != (samples[0].descriptors, samples[0].threads)
           for s in samples):
        wrong.append("the number of descriptors or threads has changed")
    print("%d packets sent in %d s, %d a second; the kernel refused %d; growth %s: %s" % (
        sent, seconds, sent / seconds, refused, size(grown), "balanced" if not wrong else "NOT SO"))
    if wrong:
        fail("; ".join(wrong))


run_between([], run)
