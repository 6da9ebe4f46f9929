#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""soak.py [OPTION]... NAME...: commands on millions of packets, watched from outside.

The generator (bench/traffic) stands still at every million packets until the command has used them
up, so that what is read then belongs to that number: resident memory, descriptors, threads, and the
bytes of each component, which may be no more than its `most`. Behind the first quarter, the warm-up, memory may grow by 4 MiB and the
rest not at all: else exit code 1.
"""
import argparse
import array
import fcntl
import os
import re
import select
import signal
import subprocess
import sys
import tempfile
import termios
import time

import stats
from commands import COMMANDS, SHORT, words
from seen import GROWTH, Sample, size

HERE = os.path.dirname(os.path.abspath(__file__))
TEMPLATES = os.path.join(HERE, "..", "pcap", "tls.pcap")
PATIENCE = 120  # seconds for what is in the pipe


def number(text):
    """"20M" is 20,000,000."""
    return int(float(text.rstrip("kM")) * {"k": 1000, "M": 1000000}.get(text[-1:], 1))


def left_in(pipe):
    count = array.array("i", [0])
    fcntl.ioctl(pipe, termios.FIONREAD, count)
    return count[0]


def sleeps(pid):
    with open("/proc/%d/stat" % pid) as file:
        return file.read().rsplit(")", 1)[1].split()[0] == "S"


class Soak:
    """One command behind the generator."""

    def __init__(self, options, text, folder):
        self.said = open(os.path.join(folder, "stderr"), "w+b")
        self.wrong = []
        read, write = os.pipe()
        self.pipe = read
        fcntl.fcntl(write, fcntl.F_SETPIPE_SZ, 1 << 20)
        self.command = subprocess.Popen(words(options.chains, text, folder), stdin=read,
                                        stdout=subprocess.DEVNULL, stderr=self.said)
        self.traffic = subprocess.Popen(
            [options.traffic, "--packets=%d" % options.packets, "--flows=%d" % options.flows,
             "--hosts=%d" % options.hosts, "--hold=%d" % options.every, "--seed=%d" % options.seed,
             "--rate=%d" % options.rate, "--templates=" + TEMPLATES], stdin=subprocess.PIPE,
            stdout=write, stderr=subprocess.PIPE)
        os.close(write)

    def text(self):
        self.said.flush()
        with open(self.said.name, "rb") as file:
            return file.read().decode("utf-8", "replace")

    def wait(self, done, what):
        end = time.monotonic() + PATIENCE
        while not done():
            if self.command.poll() is not None:
                raise RuntimeError("it ended with exit code %d: %s"
                                   % (self.command.returncode, self.text()[-2000:]))
            if time.monotonic() > end:
                raise RuntimeError("it never happened: " + what)
            time.sleep(0.005)

    def has_read_all(self):
        """Twice in a row nothing is in the pipe, and it waits for more."""
        for _ in range(2):
            if left_in(self.pipe) > 0 or not sleeps(self.command.pid):
                return False
            time.sleep(0.01)
        return True

    def components(self):
        """The bytes of each, where the command shows a table."""
        before = len(self.text())
        self.command.send_signal(signal.SIGUSR1)
        self.wait(lambda: re.search(r"bytes read\n|packets.*\n", self.text()[before:]),
                  "an answer to USR1")
        rows, _ = stats.table(self.text()[before:])
        self.wrong += stats.too_large(rows or [])
        return [(row.name, int(row.memory)) for row in rows or []]

    def held(self):
        """Where the generator stands still: (packets, flows), or None at its end."""
        end = time.monotonic() + PATIENCE * 10
        while not select.select([self.traffic.stderr], [], [], 0.2)[0]:
            if self.command.poll() is not None or time.monotonic() > end:
                raise RuntimeError("it has ended or does not read: " + self.text()[-2000:])
        line = self.traffic.stderr.readline()
        return tuple(map(int, line.split())) if line else None

    def samples(self):
        for packets, flows in iter(self.held, None):
            self.wait(self.has_read_all, "all is read")
            sample = Sample(self.command.pid, packets, flows)
            sample.components = self.components()
            yield sample
            self.traffic.stdin.write(b"\n")
            self.traffic.stdin.flush()

    def end(self):
        """What does not come out of its table."""
        os.close(self.pipe)
        self.traffic.stdin.close()
        if self.traffic.wait(PATIENCE) != 0 or self.command.wait(PATIENCE) != 0:
            raise RuntimeError("exit codes %d of the generator, %d of the command: %s" % (
                self.traffic.returncode, self.command.returncode, self.text()[-2000:]))
        rows, _ = stats.table(self.text())
        return self.wrong[:10] + (stats.unbalanced(rows) if rows else [])

    def kill(self):
        for process in (self.traffic, self.command):
            if process.poll() is None:
                process.kill()
            process.wait()
        self.said.close()


def show(sample, seconds, before):
    rate = (sample.packets - before) / seconds if seconds > 0 else 0
    held = sum(count for _, count in sample.components)
    print("%11s packets %10s flows %9s resident %3d descriptors %2d threads %8s state %8s/s  %s"
          % ("{:,}".format(sample.packets), "{:,}".format(sample.flows), size(sample.resident),
             sample.descriptors, sample.threads, size(held), "{:,.0f}".format(rate),
             " ".join("%s=%s" % (name, size(count)) for name, count in sample.components
                      if count >= 1 << 16)), flush=True)


def judge(samples, packets):
    """(warm, most later, what is wrong)."""
    warm = [s for s in samples if s.packets <= packets // 4 or s is samples[0]][-1]
    later = [s for s in samples if s.packets > warm.packets]
    if not later:
        return warm, warm, ["there is nothing behind the warm-up"]
    most, wrong = max(later, key=lambda s: s.resident), []
    if most.resident - warm.resident > GROWTH:
        wrong.append("%s more resident at %d packets than at %d"
                     % (size(most.resident - warm.resident), most.packets, warm.packets))
    for sample in later:
        if sample.descriptors != warm.descriptors or sample.threads != warm.threads:
            wrong.append("%d descriptors and %d threads at %d packets, %d and %d at %d"
                         % (sample.descriptors, sample.threads, sample.packets, warm.descriptors,
                            warm.threads, warm.packets))
            break
    return warm, most, wrong


def soak(options, name, text):
    """A row for the last table, and what is wrong."""
    print("== %s: %s" % (name, text), flush=True)
    samples, began = [], time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        run = Soak(options, text, folder)
        try:
            last = began
            for sample in run.samples():
                now = time.monotonic()
                show(sample, now - last, samples[-1].packets if samples else 0)
                samples.append(sample)
                last = time.monotonic()
            wrong = run.end()
        except RuntimeError as error:
            wrong = [str(error)]
        finally:
            run.kill()
    if not samples:
        return "%-14s nothing was measured: %s" % (name, wrong), wrong or ["no sample"]
    warm, most, grown = judge(samples, options.packets)
    wrong = wrong + grown
    for sentence in wrong:
        print("not so: " + sentence, flush=True)
    return "%-14s %11s packets %9s warm %9s most later %9s growth %3d descriptors %2d threads " \
        "%8s/s  %s" % (name, "{:,}".format(samples[-1].packets), size(warm.resident),
                       size(most.resident), size(most.resident - warm.resident),
                       samples[-1].descriptors, samples[-1].threads,
                       "{:,.0f}".format(samples[-1].packets / (time.monotonic() - began)),
                       "flat" if not wrong else "NOT FLAT: " + wrong[0].split("\n")[0]), wrong


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--chains", required=True)
    parser.add_argument("--traffic", required=True)
    parser.add_argument("--packets", type=number, default="20M")
    parser.add_argument("--flows", type=number, default=None)
    parser.add_argument("--hosts", type=number, default=None)
    parser.add_argument("--every", type=number, default="1M")
    parser.add_argument("--rate", type=number, default="20k")
    parser.add_argument("--seed", type=number, default="1")
    parser.add_argument("--short", action="store_true")
    parser.add_argument("names", nargs="*")
    options = parser.parse_args()
    options.flows = options.flows or options.packets // 4
    options.hosts = options.hosts or options.packets // 10
    if not options.short and not options.names:
        parser.error("what? one or more of %s, or all" % ", ".join(COMMANDS))
    for name in options.names:
        if name not in COMMANDS and name != "all":
            parser.error("%s is none of %s, or all" % (name, ", ".join(COMMANDS)))
    return options


def main():
    options = arguments()
    names = list(COMMANDS) if "all" in options.names else options.names
    jobs = [("short", SHORT)] if options.short else [(name, COMMANDS[name]) for name in names]
    with open("/proc/self/status") as file:
        if "VmRSS" not in file.read():
            print("skipped: the system does not say what is resident")
            sys.exit(77)
    done = [soak(options, name, text) for name, text in jobs]
    print("\n" + "\n".join(row for row, _ in done))
    sys.exit(1 if any(wrong for _, wrong in done) else 0)


main()
