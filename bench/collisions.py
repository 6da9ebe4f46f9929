#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""collisions.py CHAINS PACKETS: what chosen addresses cost, against random ones.

Every packet is of a flow of its own. The patterns are those that make plain hashes collide: sums and
exclusive ors of the ends, the low bits of an address, its first octet in either order of bytes.
"""
import os
import random
import resource
import statistics
import struct
import subprocess
import sys
import tempfile

CHAINS, PACKETS = os.path.abspath(sys.argv[1]), int(sys.argv[2])
ROUNDS = 3


def random_ends(i, chance):
    return (chance.getrandbits(31) | 1 << 24, chance.getrandbits(31) | 1 << 24,
            1024 + chance.getrandbits(15), 1024 + chance.getrandbits(15))


def one_network(i, _):
    return 11 << 24 | i, 0xc0000201, 1024, 80


def low_bits(i, _):
    """The low twelve bits are the same, in either order of bytes."""
    return (16 + i % 64) << 24 | i // 64 % 256 << 16 | i // 16384 << 12 | 0x7ab, 0xc0000201, 1024, 80


def equal_xor(i, _):
    return 0x0b000000 | i, 0x4b555555 ^ i, 1024 + i % 32768, (1024 + i % 32768) ^ 0x5555


def equal_sum(i, _):
    return 0x0b000000 + i, 0x4bffffff - i, 1024 + i % 32768, 60000 - i % 32768


def swapped_ports(i, _):
    a, b = 1024 + i // 2 % 1000, 20000 + i // 2000
    return (0x0b000001, 0xc0000201) + ((a, b) if i % 2 else (b, a))


PATTERNS = {
    "11.0.0.0/8": one_network,
    "same low bits": low_bits,
    "equal exclusive or": equal_xor,
    "equal sum": equal_sum,
    "ports swapped": swapped_ports,
}
QUESTION = bytes.fromhex("0100000100000000000001610474657374000001 0001".replace(" ", ""))


def frame(ends, number, dns):
    source, target, sport, dport = ends
    if dns:
        body = struct.pack("!H", number & 0xffff if dns == "random" else 0x1234) + QUESTION
        payload = struct.pack("!HHHH", sport, 53, 8 + len(body), 0) + body
    else:
        payload = struct.pack("!HHIIBBHHH", sport, dport, number, 0, 0x50, 2, 65535, 0, 0)
    head = struct.pack("!BBHHHBBHII", 0x45, 0, 20 + len(payload), 0, 0x4000, 64, 17 if dns else 6, 0,
                       source, target)
    return b"\x02\0\0\0\0\1\x02\0\0\0\0\2\x08\0" + head + payload


def capture(path, pattern, dns):
    chance = random.Random(1)
    with open(path, "wb") as out:
        out.write(struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 65535, 1))
        for i in range(PACKETS):
            packet = frame(pattern(i, chance), i, dns)
            us = i * 20
            out.write(struct.pack("<IIII", 1700000000 + us // 1000000, us % 1000000, len(packet),
                                  len(packet)) + packet)


def seconds(words, path):
    """User and system time of one run."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run([CHAINS] + [path if word == "FILE" else word for word in words],
                          check=False, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    if done.returncode:
        sys.exit("%s: %s" % (" ".join(words), done.stderr.decode()))
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime


COMMANDS = {
    "flows": (["flows", "-r", "FILE"], False),
    "netwatch": (["netwatch", "-s", "-r", "FILE"], False),
    "count": ("run FILE ! packet_meta ! count packet.src,packet.dst".split(), False),
    "hello_meta": ("run FILE ! packet_meta ! hello_meta ! count packet.src".split(), False),
    "dns": ("run FILE ! packet_meta ! flows ! dns_meta ! dns_weird ! count packet.src".split(), True),
}


def ratio(words, chosen, plain):
    pairs = [(seconds(words, plain), seconds(words, chosen)) for _ in range(ROUNDS)]
    return statistics.median(one / other for one, other in pairs), min(one for one, _ in pairs)


def main():
    slow = []
    print("%d packets, each of a flow of its own; speed against random addresses" % PACKETS)
    print("%-12s %10s" % ("", "random") + "".join("%20s" % name for name in PATTERNS))
    with tempfile.TemporaryDirectory() as folder:
        for dns in (False, True):
            plain = os.path.join(folder, "random")
            capture(plain, random_ends, dns and "random")
            chosen = {}
            for name, pattern in PATTERNS.items():
                chosen[name] = os.path.join(folder, name.replace("/", "-"))
                capture(chosen[name], pattern, dns and "chosen")
            for command, (words, of_dns) in COMMANDS.items():
                if of_dns != dns:
                    continue
                found = {name: ratio(words, path, plain) for name, path in chosen.items()}
                slow += ["%s: %s" % (command, name) for name, (part, _) in found.items() if part < 0.5]
                print("%-12s %8.2f s" % (command, min(best for _, best in found.values()))
                      + "".join("%19.0f%%" % (100 * part) for part, _ in found.values()))
                sys.stdout.flush()
    if slow:
        sys.exit("below one half: " + "; ".join(slow))


main()
