#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""memory.py CHAINS NAME: --memory and --stats: what a command holds of what it may hold."""
import os
import random
import re
import struct
import tempfile

from common import CHAINS, NETWATCH, PLAIN, case, capture, equal, holds, main, run

PACKETS = 60000
SLACK = 16 * 1024  # KiB beside the budget: code, libraries, stacks
MEMORY = re.compile(r"^memory: (\S+) of at most (\S+)$", re.M)
UNITS = {"K": 1024, "M": 1024 ** 2, "G": 1024 ** 3}


def size(text):
    """Bytes of "12.5K"."""
    return float(text[:-1]) * UNITS[text[-1]] if text[-1] in UNITS else float(text)


# --- traffic that fills tables -------------------------------------------------------------------

def checked(header):
    total = sum(struct.unpack("!10H", header))
    total = (total & 0xffff) + (total >> 16)
    return header[:10] + struct.pack("!H", ~(total + (total >> 16)) & 0xffff) + header[12:]


def ip(protocol, src, body, piece=0, number=0):
    header = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(body), number, piece, 64, protocol, 0,
                         src, b"\xc0\xa8\x01\x01")
    return b"\x02" * 12 + b"\x08\x00" + checked(header) + body


def tcp(src, port, flags, seq, body=b""):
    return ip(6, src, struct.pack("!HHIIBBHHH", port, 80, seq, 1, 0x50, flags, 65535, 0, 0) + body)


def some_packet(chance, i):
    """SYNs and DNS queries of strangers, heads that never end, bytes behind holes, first pieces."""
    src = chance.randbytes(4)
    src = bytes([11 + src[0] % 100]) + src[1:]
    port = chance.randrange(1024, 65536)
    kind = i % 5
    if kind == 0:
        return tcp(src, port, 2, i)
    if kind == 1:
        name = b"\x0c%012d\x04test\x00" % chance.randrange(10 ** 12)
        query = struct.pack("!HHHHHH", i & 0xffff, 0x100, 1, 0, 0, 0) + name + b"\0\1\0\1"
        return ip(17, src, struct.pack("!HHHH", port, 53, 8 + len(query), 0) + query)
    if kind == 2:
        return tcp(src, port, 0x10, i, b"GET /%d HTTP/1.1\r\nX: " % i + b"a" * 1000)
    if kind == 3:
        return tcp(b"\x0a\x00" + struct.pack("!H", i % 3000), 2000, 0x10, 1000 + 2 * i, b"b" * 1400)
    return ip(17, src, chance.randbytes(1200), 0x2000, i & 0xffff)


def hostile(path):
    chance = random.Random(7)
    with open(path, "wb") as out:
        out.write(struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 65535, 1))
        for i in range(PACKETS):
            packet = some_packet(chance, i)
            out.write(struct.pack("<IIII", 1700000000 + i // 2000, i % 2000 * 500, len(packet),
                                  len(packet)) + packet)


def peak(words, out):
    """Runs a command; its statistics and its largest resident memory in KiB."""
    with open(out, "wb") as errors, open(os.devnull, "wb") as nothing:
        child = os.posix_spawn(words[0], words, PLAIN, file_actions=[
            (os.POSIX_SPAWN_DUP2, nothing.fileno(), 1), (os.POSIX_SPAWN_DUP2, errors.fileno(), 2)])
        _, code, used = os.wait4(child, 0)
    with open(out, encoding="ascii") as errors:
        return os.waitstatus_to_exitcode(code), errors.read(), used.ru_maxrss


def sanitized():
    """AddressSanitizer's own memory is in nobody's budget."""
    with open(CHAINS, "rb") as program:
        return b"__asan_init" in program.read()


def check_table(text, budget):
    """No component above what it may hold, and all of them within the budget."""
    lines = text.splitlines()
    head = next(i for i, line in enumerate(lines) if line.startswith("component "))
    for line in lines[head + 1:]:
        if ":" in line.split()[0]:
            break
        words = [word for word in line.split() if word != "["]
        holds(size(words[8]) <= size(words[9]), line)
    held, most = (size(number) for number in MEMORY.search(text).groups())
    holds(held <= most, "memory held is above what may be held")
    holds(most <= budget * 1.001 + 200 * 1024, "%d of %d bytes" % (most, budget))


def check_command(words, budget):
    with tempfile.TemporaryDirectory() as folder:
        path, out = os.path.join(folder, "hostile.pcap"), os.path.join(folder, "errors")
        hostile(path)
        for given in budget:
            option = ["--memory", given] if given else []
            code, text, resident = peak(words + option + ["--stats", "-n", "-r", path], out)
            equal(code, 0, "exit code")
            bytes_given = size(given or "128M")
            check_table(text, bytes_given)
            print("# %s: %d KiB resident" % (given, resident))
            if not sanitized():
                holds(resident <= bytes_given / 1024 + SLACK,
                      "%d KiB with a budget of %s" % (resident, given))


@case
def memory_netwatch():
    check_command(NETWATCH, [None, "32M"])


@case
def memory_netwatch_json():
    check_command(NETWATCH + ["--json"], [None, "32M"])


@case
def memory_flows():
    check_command([CHAINS, "flows"], [None, "32M"])


@case
def memory_urlwatch():
    check_command([CHAINS, "urlwatch"], [None, "32M"])


@case
def memory_weird_dns():
    check_command([CHAINS, "weird-dns"], [None, "32M"])


@case
def memory_wrong():
    """A size that is none, one that is too little, and what is then said to be enough."""
    for word in ("", "x", "64X", "-1", "0", "0M", "1.5M", "64MB", "1025G", "9" * 30, " 64M"):
        ended = run(NETWATCH + ["--memory=" + word, "-r", capture("tags.pcap")])
        equal(ended.returncode, 2, "exit code")
        equal(ended.stderr.decode(), "netwatch: --memory takes a size such as 64M or 1G, at most "
              "1024G, not \"%s\"\n" % word, "sentence")
    little = run(NETWATCH + ["--memory=100k", "--stats", "-r", capture("tags.pcap")])
    equal(little.returncode, 2, "exit code")
    equal(little.stdout, b"", "output")
    said = re.fullmatch(r"netwatch: (\w+): 100K of memory is too little for this chain, which takes "
                        r"at least (\d+M), the largest part of it for \1\n", little.stderr.decode())
    holds(said, little.stderr.decode())
    for enough in (said.group(2), "1g", "1024G"):
        ended = run(NETWATCH + ["--memory", enough, "-r", capture("tags.pcap")])
        equal((ended.returncode, ended.stderr), (0, b""), "with " + enough)


@case
def memory_fixed():
    """An option that fixes a table above the default stands; --memory below it does not go with it."""
    words = [CHAINS, "run", "--stats", capture("talk.pcap"), "!", "packet_meta", "!", "flows",
             "flows=1500000", "!", "count"]
    ended = run(words)
    equal(ended.returncode, 0, "exit code")
    most = size(MEMORY.search(ended.stderr.decode()).group(2))
    holds(most > 1500000 * 128, "%d bytes at most" % most)
    ended = run(words[:2] + ["--memory=128M"] + words[2:])
    equal((ended.returncode, ended.stdout), (2, b""), "with --memory=128M")
    holds(re.search(r"flows: 128M of memory is too little .* part of it for flows\n",
                    ended.stderr.decode()), ended.stderr.decode())


main(__doc__)
