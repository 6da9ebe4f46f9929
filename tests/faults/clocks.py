#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""clocks.py CHAINS NAME SHIM: times of packets that go backwards, leap, or pass what 31 and 32 bits hold.

In a file the packets' times are the only ones there are.
"""
import collections
import json
import os
import struct
import tempfile

from faulty import CHAINS, case, equal, holds, main, run

BEGIN, FLOWS, ROUNDS, DAY = 1700000000, 50, 10, 86400


def udp(source, number):
    """A datagram of one of many flows."""
    head = bytes.fromhex("02000000000102000000000208004500") + struct.pack(">HHHBBH", 38, 1, 0, 64, 17, 0)
    return head + bytes([10, 0, 0, source, 10, 0, 0, 99]) + struct.pack(
        ">HHHH", 1000 + number, 9, 18, 0) + b"0123456789"


def written(packets, nanoseconds=False, big=False):
    order = ">" if big else "<"
    return struct.pack(order + "IHHIIII", 0xa1b23c4d if nanoseconds else 0xa1b2c3d4, 2, 4, 0, 0, 65535,
                       1) + b"".join(struct.pack(order + "IIII", when, 0, len(packet), len(packet)) +
                                     packet for when, packet in packets)


def rounds(clock):
    """Every flow once a second; `clock` says what time it is in each second."""
    return [(clock(second), udp(1, flow)) for second in range(ROUNDS) for flow in range(FLOWS)]


def flows(packets, words=()):
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "clock.pcap")
        with open(path, "wb") as out:
            out.write(written(packets))
        done = run([CHAINS, "flows", "--json", "-n", "-r", path] + list(words))
        equal((done.returncode, done.stderr), (0, b""), "exit code and stderr")
        return [json.loads(line) for line in done.stdout.splitlines()]


def holds_each_once(records, what):
    """Each flow ended once, with all its packets, and only because the input did."""
    ends = collections.Counter(record["flow"]["end"] for record in records)
    equal(ends, {"input": FLOWS}, "ends with " + what)
    equal({record["flow"]["orig"]["packets"] for record in records}, {ROUNDS}, "packets with " + what)


@case
def backwards():
    """A step back by a day or by much more, for good or for one packet, ends no flow."""
    for step in (1, 11, 3600, DAY, BEGIN):
        holds_each_once(flows(rounds(lambda second: BEGIN + second - (step if second > 4 else 0))),
                        "a clock set back by %d s" % step)
        holds_each_once(flows(rounds(lambda second: BEGIN + second - (step if second == 4 else 0))),
                        "one second %d s ago" % step)


@case
def timers_go_on():
    """After a step back flows still end when they are idle, in the new time."""
    packets = rounds(lambda second: BEGIN + second)
    packets += [(BEGIN - DAY + second, udp(2, 0)) for second in range(600)]
    records = flows(packets)
    ends = collections.Counter(record["flow"]["end"] for record in records)
    equal(ends, {"idle": FLOWS, "input": 1}, "ends")


@case
def far_times():
    """Through the ends of 31 and 32 bits of seconds, and at both of them."""
    for begin in (0, 1, 2 ** 31 - 5, 2 ** 32 - ROUNDS):
        records = flows(rounds(lambda second: begin + second))
        holds_each_once(records, "seconds from %d on" % begin)
        equal({record["flow"]["duration"] for record in records}, {float(ROUNDS - 1)}, "durations")
    holds_each_once(flows(rounds(lambda second: (2 ** 32 - 5 + second) % 2 ** 32)), "32 bits that wrap")


@case
def leap():
    """In a file a day without packets is a day: flows end, once each, and begin anew."""
    records = flows(rounds(lambda second: BEGIN + second + (DAY if second > 4 else 0)))
    ends = collections.Counter(record["flow"]["end"] for record in records)
    equal(ends, {"idle": FLOWS, "input": FLOWS}, "ends")
    equal(sum(record["flow"]["orig"]["packets"] for record in records), FLOWS * ROUNDS, "packets")


@case
def any_times():
    """Whatever the times: every packet is counted in one flow, in each form of file."""
    state = 1
    for big in (False, True):
        for nanoseconds in (False, True):
            packets = []
            for number in range(2000):
                state = (state * 1103515245 + 12345) % 2 ** 32
                packets.append((state, udp(1, number % 7)))
            with tempfile.TemporaryDirectory() as folder:
                path = os.path.join(folder, "clock.pcap")
                with open(path, "wb") as out:
                    out.write(written(packets, nanoseconds, big))
                for form in (["flows", "--json"], ["netwatch", "--json"], ["netwatch"]):
                    done = run([CHAINS] + form + ["-r", path])
                    equal((done.returncode, done.stderr), (0, b""), "exit code and stderr")
                    if form[0] == "flows":
                        flow = [json.loads(line)["flow"] for line in done.stdout.splitlines()]
                        equal(sum(one["orig"]["packets"] for one in flow), 2000, "packets")
                    else:
                        holds(done.stdout.count(b"\n") == 2000, "a line for each packet")


main(__doc__)
