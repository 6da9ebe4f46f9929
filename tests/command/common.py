# SPDX-License-Identifier: MIT
"""What the tests of the command have in common: running it, and saying what is not so.

Waits are for events, with a deadline that only a failure reaches.
"""
import fcntl
import os
import signal
import struct
import subprocess
import sys
import termios
import time

CAPTURES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "pcap")
CHAINS = os.path.abspath(sys.argv[1]) if len(sys.argv) > 1 else "chains"
NETWATCH = [CHAINS, "netwatch"]
DEADLINE = 30
PLAIN = {name: os.environ[name] for name in ("PATH", "ASAN_OPTIONS", "UBSAN_OPTIONS")
         if name in os.environ}
CASES = {}


def case(function):
    CASES[function.__name__.replace("_", "-")] = function
    return function


def capture(name):
    return os.path.join(CAPTURES, name)


def equal(got, want, what):
    if got != want:
        sys.exit("%s: got %r, want %r" % (what, got, want))


def holds(condition, what):
    if not condition:
        sys.exit("not so: " + what)


def run(arguments, **more):
    more.setdefault("stdin", subprocess.DEVNULL)
    more.setdefault("stdout", subprocess.PIPE)
    more.setdefault("env", PLAIN)
    return subprocess.run(arguments, stderr=subprocess.PIPE, timeout=DEADLINE * 2, **more)


def one_sentence(done, code, words):
    said = done.stderr.decode()
    equal(done.returncode, code, "exit code, with %r" % said)
    equal(said.count("\n"), 1, "lines on stderr in %r" % said)
    holds(words in said, "%r says %r" % (said, words))


def wait_for(condition, what):
    end = time.monotonic() + DEADLINE
    while not condition():
        if time.monotonic() > end:
            sys.exit("never happened: " + what)
        time.sleep(0.005)


def many_packets(times):
    """demo.pcap with its packets repeated."""
    with open(capture("demo.pcap"), "rb") as source:
        data = source.read()
    return data[:24] + data[24:] * times


def large_file(folder, times=2000):
    path = os.path.join(folder, "large.pcap")
    with open(path, "wb") as out:
        out.write(many_packets(times))
    return path


def status(pid, key):
    with open("/proc/%d/status" % pid) as lines:
        for line in lines:
            if line.startswith(key + ":"):
                return line.split()[1]
    return ""


def caught(pid, number):
    return int(status(pid, "SigCgt") or "0", 16) >> (number - 1) & 1


def pending(pid, number):
    return int(status(pid, "ShdPnd") or "0", 16) >> (number - 1) & 1


def waiting_in_pipe(descriptor):
    return struct.unpack("i", fcntl.ioctl(descriptor, termios.FIONREAD, b"\0" * 4))[0]


RUN = [CHAINS, "run"]


def idle_run(options, words, **more):
    """A chain on a pipe that has brought three packets and now brings nothing."""
    chain = subprocess.Popen(RUN + options + ["-"] + words, stdin=subprocess.PIPE,
                             stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=PLAIN, **more)
    with open(capture("tags.pcap"), "rb") as source:
        chain.stdin.write(source.read())
    chain.stdin.flush()
    return chain


def lines_in(path):
    try:
        with open(path, "rb") as have:
            return have.read().count(b"\n")
    except FileNotFoundError:
        return -1


SUMMARY = ["!", "packet_meta", "!", "packet_summary", "flush=line"]


def main(about):
    """Runs the case named; under nohup SIGHUP is ignored, and would stay so."""
    if len(sys.argv) == 2 and sys.argv[1] == "--list":
        print("\n".join(CASES))
    elif len(sys.argv) == 3 and sys.argv[2] in CASES:
        signal.signal(signal.SIGHUP, signal.SIG_DFL)
        CASES[sys.argv[2]]()
    else:
        sys.exit(about)
