#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""limits.py CHAINS: each limit of what a packet may hold is reached, is counted, and its record says so.

For each there are two captures: one at the limit, of which nothing is said, and one just beyond it.
"""
import json
import os
import re
import struct
import subprocess
import sys
import tempfile

from hostile import (HOST, HOST4, ROUTER, WEB4, Capture, Connection, certificate, client_hello, der, dns, extension,
                     handshake, name, record)
from files import pcap
from frames import eth, ip4, ip6, udp

CHAINS = os.path.abspath(sys.argv[1])
CHAIN = ("! packet_meta ! flows ! dns_meta ! tls_meta ! quic_meta ! http_meta headers=yes ! json_lines"
         ).split()


def one(frame, kind=0x0800):
    c = Capture()
    c.add(eth(HOST, ROUTER, kind, frame))
    return c


def inside(count):
    """IPv4 in IPv4."""
    packet = udp(HOST4, WEB4, 4000, 5000, b"x")
    for _ in range(count):
        packet = ip4(HOST4, WEB4, 4, packet)
    return one(packet)


def extensions6(count):
    headers = b"".join(bytes([60 if n + 1 < count else 17, 0, 1, 4, 0, 0, 0, 0])
                       for n in range(count))
    return one(ip6("2001:db8::1", "2001:db8::2", 60, headers + struct.pack(
        "!HHHH", 4000, 5000, 8, 0)), 0x86DD)


def vlans(count):
    tags = b"".join(struct.pack("!HH", n + 1, 0x8100 if n + 1 < count else 0x0800)
                    for n in range(count))
    return one(tags + udp(HOST4, WEB4, 4000, 5000, b"x"), 0x8100)


def labels(count):
    stack = b"".join(struct.pack("!I", (n + 16) << 12 | (n + 1 == count) << 8 | 64)
                     for n in range(count))
    return one(stack + udp(HOST4, WEB4, 4000, 5000, b"x"), 0x8847)


def records(count):
    owner = name(b"www")
    message = dns(7, owner, 1, [record(b"\xc0\x0c", 1, b"\xcb\0\x71\5")] * count)
    return one(udp("8.8.8.8", HOST4, 53, 4000, message))


def questions(count):
    message = struct.pack("!HHHHHH", 7, 0x0100, count, 0, 0, 0) + \
        (name(b"www") + struct.pack("!HH", 1, 1)) * count
    return one(udp(HOST4, "8.8.8.8", 4000, 53, message))


def connection(port, ask, answer=b""):
    c = Capture()
    talk = Connection(c, WEB4, 40000, port).open()
    for at in range(0, len(ask), 1400):
        talk.ask(ask[at:at + 1400])
    for at in range(0, len(answer), 1400):
        talk.answer(answer[at:at + 1400])
    talk.close()
    return c


def headers(count):
    return connection(80, b"GET / HTTP/1.1\r\nHost: x\r\n" + b"".join(
        b"X-%d: y\r\n" % n for n in range(count - 1)) + b"\r\n")


def head_bytes(count):
    begin = b"GET / HTTP/1.1\r\nHost: x\r\n"
    lines = b"".join(b"X-%d: " % n + b"a" * 1000 + b"\r\n" for n in range(100))
    lines = lines[:count - len(begin) - 4]
    return connection(80, begin + lines[:lines.rindex(b"\r\n")] + b"\r\n\r\n" if
                      count < 60000 else begin + lines + b"\r\n\r\n")


def pipelined(count):
    return connection(80, b"GET / HTTP/1.1\r\nHost: x\r\n\r\n" * count,
                      b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n" * count)


def hello_extensions(count):
    body = b"".join(extension(0x5000 + n, b"") for n in range(count))
    return connection(443, handshake(1, b"\3\3" + bytes(32) + b"\0\0\4\x13\1\0\x2f\1\0" +
                                     struct.pack("!H", len(body)) + body))


def hello_bytes(count):
    body = b"\3\3" + bytes(32) + b"\0\0\4\x13\1\0\x2f\1\0"
    return connection(443, handshake(1, body + bytes(count - len(body))))


def chain_of(certificates):
    body = b"".join(struct.pack("!I", len(one))[1:] + one for one in certificates)
    return connection(443, client_hello(b"www.example"), handshake(
        2, b"\3\3" + bytes(32) + b"\0\0\x2f\0\0\0") + handshake(
            11, struct.pack("!I", len(body))[1:] + body))


def chain(count):
    return chain_of([certificate(b"c%d.example" % n, 12) for n in range(count)])


def alternatives(count):
    """A certificate for so many names."""
    some = b"".join(der(0x82, b"n%d.example" % n) for n in range(count))
    return chain_of([certificate(b"one.example", 12, some)])


LIMITS = (  # what, at the limit, beyond it, what the record says then
    ("packets inside packets", inside, 7, 9, lambda o: "too_deep" in o.get("flags", [])),
    ("IPv6 extension headers", extensions6, 16, 17, lambda o: "too_deep" in o.get("flags", [])),
    ("VLAN tags", vlans, 4, 5, lambda o: "too_deep" in o.get("flags", [])),
    ("MPLS labels", labels, 16, 17, lambda o: "too_deep" in o.get("flags", [])),
    ("DNS records", records, 512, 513, lambda o: "limited" in o.get("dns", {}).get("faults", [])),
    ("DNS questions", questions, 64, 65, lambda o: "limited" in o.get("dns", {}).get("faults", [])),
    ("HTTP headers", headers, 128, 129, lambda o: weird(o, "http", "too_long")),
    ("HTTP head", head_bytes, 50000, 70000, lambda o: weird(o, "http", "too_long")),
    ("HTTP requests waiting", pipelined, 256, 258, None),
    ("TLS extensions", hello_extensions, 512, 513, lambda o: weird(o, "tls", "many_extensions")),
    ("TLS message", hello_bytes, 65536, 65537, lambda o: weird(o, "tls", "too_long")),
    ("certificates of a chain", chain, 16, 17, lambda o: weird(o, "tls", "limited")),
    ("names of a certificate", alternatives, 256, 257, lambda o: weird(o, "tls", "limited")),
)


def weird(record_, layer, word):
    return any(word in message.get("weird", []) for message in record_.get(layer, []))


def through(capture):
    """Objects, and how often a ceiling was reached by the count of --stats."""
    with tempfile.NamedTemporaryFile(suffix=".pcap") as file:
        file.write(pcap(capture.packets))
        file.flush()
        done = subprocess.run([CHAINS, "run", "--stats", file.name] + CHAIN,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    if done.returncode:
        sys.exit(done.stderr.decode())
    table = done.stderr.decode().split("\n")
    column = re.search("limited", table[0]).end()
    limited = sum(int(re.search(r"([\d,]*)$", line[:column]).group(1).replace(",", "") or 0)
                  for line in table[1:] if len(line) > column)
    return [json.loads(line) for line in done.stdout.splitlines()], limited


def main():
    wrong = []
    for what, make, at, beyond, says in LIMITS:
        for count, wanted in ((at, False), (beyond, True)):
            objects, limited = through(make(count))
            marked = any(map(says, objects)) if says else bool(limited)
            print("%-24s %6d: %s, counted %d" % (what, count, "marked" if marked else "-", limited))
            if marked != wanted or bool(limited) != wanted:
                wrong.append("%s: %d: marked %s, counted %d" % (what, count, marked, limited))
    sys.exit("\n".join(wrong) or 0)


main()
