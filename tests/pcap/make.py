#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""make.py [FOLDER]: writes the captures of this folder, the same bytes every time.

Standard library only. Addresses are private, reserved for documentation, or those of
well-known public resolvers; see README. `make.py --check` writes nothing and fails when a
file differs from what it would write.
"""
import gzip
import os
import struct
import sys

from files import (ETHERNET, LINUX_SLL, LINUX_SLL2, LOOP, NULL, PPP, RAW, Packet, gz, pcap, pcapng,
                   zst)
from frames import (ACK, CWR, ECE, FIN, PSH, RST, SYN, URG, arp, checksum, dns_answer, dns_query,
                    eth, fragments, icmp, icmp6, icmp_header, ip4, ip4_bytes, ip6, ip6_bytes, mac,
                    sll, sll2, tcp, tcp_header, udp, udp_header, vlan)

SECOND = 10**9
START = 1704164645 * SECOND  # 2024-01-02 03:04:05 UTC

HOST, ROUTER, NAS, BROADCAST = ("02:00:5e:10:00:09", "02:00:5e:10:00:01", "02:00:5e:10:00:20",
                                "ff:ff:ff:ff:ff:ff")
HOST4, ROUTER4, NAS4, WEB4 = "192.168.1.9", "192.168.1.1", "192.168.1.32", "203.0.113.80"
HOST6, ROUTER6 = "fe80::5eff:fe10:9", "fe80::5eff:fe10:1"
GLOBAL6, WEB6 = "2001:db8:1::9", "2001:db8:80::80"
MSS = bytes([2, 4, 5, 0xB4])
SYN_OPTIONS = MSS + bytes([4, 2, 8, 10]) + struct.pack("!II", 7001, 0) + bytes([1, 3, 3, 7])


def stamp(ticks):
    return bytes([1, 1, 8, 10]) + struct.pack("!II", *ticks)


class Capture:
    """Packets some milliseconds apart."""

    def __init__(self, start=START, step_ns=1_250_000):
        self.packets, self.time_ns, self.step_ns = [], start, step_ns

    def add(self, frame, wire_len=None, interface=0):
        self.packets.append(Packet(self.time_ns, frame, wire_len, interface))
        self.time_ns += self.step_ns

    def out(self, payload, kind=0x0800, dst=ROUTER):
        self.add(eth(HOST, dst, kind, payload))

    def into(self, payload, kind=0x0800, src=ROUTER, dst=HOST):
        self.add(eth(src, dst, kind, payload))


# --- the two worked examples -------------------------------------------------------------------

MDNS_QUERY = (b"\0\0\0\0\0\1\0\0\0\0\0\0\x03CTV\x05local\0\0\x1c\x80\1")
EXAMPLE_HOST, EXAMPLE_ROUTER = "6c:40:08:89:fc:08", "a0:63:91:11:22:33"


def example_print():
    def query(check):
        return struct.pack("!HHHH", 5353, 5353, 8 + len(MDNS_QUERY), check) + MDNS_QUERY
    second = 1432689427 * SECOND  # 2015-05-27 01:17:07
    return [
        Packet(second + 919743000, eth(EXAMPLE_HOST, "01:00:5e:00:00:fb", 0x0800, ip4(
            "192.168.1.9", "224.0.0.251", 17, query(59346), ttl=255))),
        Packet(second + 919926000, eth(EXAMPLE_HOST, "33:33:00:00:00:fb", 0x86DD, ip6(
            "fe80::6e40:8ff:fe89:fc08", "ff02::fb", 17, query(6703), hops=255))),
    ]


def example_tags():
    second = 1432946085 * SECOND  # 2015-05-30 00:34:45
    pairs = [("192.168.1.9", "12.226.156.82"), ("12.226.156.82", "192.168.1.9"),
             ("192.168.1.9", "54.197.119.105")]
    packets = []
    for number, (src, dst) in enumerate(pairs):
        outgoing = src.startswith("192.")
        sides = (EXAMPLE_HOST, EXAMPLE_ROUTER) if outgoing else (EXAMPLE_ROUTER, EXAMPLE_HOST)
        ports = (50000 + number, 443) if outgoing else (443, 50000)
        packet = ip4(src, dst, 6, tcp_header(src, dst, *ports, 1000 + number, 2000, ACK,
                                             window=29200))
        packets.append(Packet(second + number * 1000000, eth(*sides, 0x0800, packet)))
    return packets


# --- a small home network -----------------------------------------------------------------------

def tls_hello():
    body = b"\x03\x03" + bytes(range(32)) + b"\0" + b"\0\2\x13\x01" + b"\1\0"
    hello = b"\1" + struct.pack("!I", len(body))[1:] + body
    return b"\x16\x03\x01" + struct.pack("!H", len(hello)) + hello


def handshake(capture, client, server, sport, kind):
    hello = tls_hello()
    size = len(hello)
    capture.out(tcp(client, server, sport, 443, 1000, 0, SYN, options=SYN_OPTIONS), kind)
    capture.into(tcp(server, client, 443, sport, 9000, 1001, SYN | ACK, options=SYN_OPTIONS), kind)
    capture.out(tcp(client, server, sport, 443, 1001, 9001, ACK, options=stamp((7002, 7001))),
                kind)
    capture.out(tcp(client, server, sport, 443, 1001, 9001, PSH | ACK, hello,
                    stamp((7003, 7001))), kind)
    capture.into(tcp(server, client, 443, sport, 9001, 1001 + size, ACK,
                     options=stamp((7004, 7003))), kind)
    capture.out(tcp(client, server, sport, 443, 1001 + size, 9001, FIN | ACK,
                    options=stamp((7005, 7004))), kind)
    capture.into(tcp(server, client, 443, sport, 9001, 1002 + size, FIN | ACK,
                     options=stamp((7006, 7005))), kind)
    capture.out(tcp(client, server, sport, 443, 1002 + size, 9002, ACK,
                    options=stamp((7007, 7006))), kind)


def dhcp(op, message):
    options = bytes([53, 1, message, 255])
    return struct.pack("!BBBBIHH", op, 1, 6, 0, 0x3903F326, 0, 0) + b"\0" * 16 + mac(HOST) + \
        b"\0" * 202 + b"\x63\x82\x53\x63" + options


def neighbours(capture):
    option = b"\1\1" + mac(HOST)
    capture.add(eth(HOST, "33:33:00:00:00:02", 0x86DD, icmp6(
        HOST6, "ff02::2", 133, 0, b"\0\0\0\0" + option)))
    advertised = struct.pack("!BBHII", 64, 0, 1800, 0, 0) + b"\1\1" + mac(ROUTER) + \
        struct.pack("!BBBBIII", 3, 4, 64, 0xC0, 86400, 14400, 0) + ip6_bytes("2001:db8:1::")
    capture.add(eth(ROUTER, "33:33:00:00:00:01", 0x86DD, icmp6(
        ROUTER6, "ff02::1", 134, 0, advertised)))
    capture.add(eth(HOST, "33:33:ff:10:00:01", 0x86DD, icmp6(
        HOST6, "ff02::1:ff10:1", 135, 0, b"\0\0\0\0" + ip6_bytes(ROUTER6) + option)))
    capture.into(icmp6(ROUTER6, HOST6, 136, 0, b"\xe0\0\0\0" + ip6_bytes(ROUTER6) + b"\2\1" +
                       mac(ROUTER)), 0x86DD)


def demo():
    c = Capture()
    c.add(eth(HOST, BROADCAST, 0x0800, udp("0.0.0.0", "255.255.255.255", 68, 67, dhcp(1, 1))))
    c.into(udp(ROUTER4, HOST4, 67, 68, dhcp(2, 2)))
    c.add(eth(HOST, BROADCAST, 0x0806, arp(1, HOST, HOST4, "00:00:00:00:00:00", ROUTER4)))
    c.into(arp(2, ROUTER, ROUTER4, HOST, HOST4), 0x0806)
    neighbours(c)
    c.out(udp(HOST4, "8.8.8.8", 40001, 53, dns_query(0x1234, "www.example.com", 1), ident=1))
    c.into(udp("8.8.8.8", HOST4, 53, 40001, dns_answer(0x1234, "www.example.com", 1,
                                                      ip4_bytes(WEB4)), ttl=118))
    c.out(udp(HOST4, "1.1.1.1", 40002, 53, dns_query(0x1235, "www.example.com", 28), ident=2))
    c.into(udp("1.1.1.1", HOST4, 53, 40002, dns_answer(0x1235, "www.example.com", 28,
                                                      ip6_bytes(WEB6)), ttl=57))
    handshake(c, HOST4, WEB4, 50001, 0x0800)
    c.out(icmp(HOST4, WEB4, 8, 0, struct.pack("!HH", 77, 1) + bytes(range(48)), flags=2))
    c.into(icmp(WEB4, HOST4, 0, 0, struct.pack("!HH", 77, 1) + bytes(range(48)), ttl=55))
    handshake(c, GLOBAL6, WEB6, 50002, 0x86DD)
    c.add(eth(NAS, "01:00:5e:00:00:fb", 0x0800, udp(
        NAS4, "224.0.0.251", 5353, 5353, dns_query(0, "_smb._tcp.local", 12, 0), ttl=255)))
    c.add(eth(HOST, "01:00:5e:7f:ff:fa", 0x0800, udp(
        HOST4, "239.255.255.250", 40010, 1900,
        b"M-SEARCH * HTTP/1.1\r\nHOST: 239.255.255.250:1900\r\nMAN: \"ssdp:discover\"\r\n\r\n",
        ttl=2)))
    c.add(eth(NAS, "33:33:00:00:00:fb", 0x86DD, udp(
        "fe80::5eff:fe10:20", "ff02::fb", 5353, 5353, dns_query(0, "nas.local", 28, 0), ttl=255)))
    c.add(eth(HOST, NAS, 0x8100, vlan(20, 0x0800, udp(
        HOST4, NAS4, 50010, 2049, b"a packet of VLAN 20", ident=3))))
    c.add(eth(HOST, "01:00:5e:00:00:16", 0x0800, ip4(
        HOST4, "224.0.0.22", 2, icmp_header(0x22, 0, struct.pack(
            "!HHBBH4s", 0, 1, 4, 0, 0, ip4_bytes("239.255.255.250"))), ttl=1,
        options=b"\x94\x04\0\0")))
    data = udp_header(HOST4, NAS4, 50011, 9000, bytes(n & 0xFF for n in range(2500)))
    for at, piece, more in fragments(data, [1480]):
        c.out(ip4(HOST4, NAS4, 17, piece, ident=4242, flags=int(more), offset=at // 8), dst=NAS)
    unreachable = ip4(HOST4, "198.51.100.7", 17, struct.pack("!HHHH", 50012, 33434, 12, 0) +
                      b"ping", ttl=1)
    c.into(icmp(ROUTER4, HOST4, 11, 0, b"\0\0\0\0" + unreachable))
    return c.packets


# --- link types and tunnels ----------------------------------------------------------------------

def bare(count=3):
    """A few IP packets, for link types without Ethernet."""
    return [udp(HOST4, WEB4, 50020, 4321, b"one"), tcp(HOST4, WEB4, 50021, 80, 1, 0, SYN),
            udp(GLOBAL6, WEB6, 50022, 4321, b"six")][:count]


def kinds(packets):
    return [0x86DD if packet[0] >> 4 == 6 else 0x0800 for packet in packets]


def link_sll():
    c = Capture()
    for number, (packet, kind) in enumerate(zip(bare(), kinds(bare()))):
        c.add(sll(4 if number else 0, HOST, kind, packet))
    c.add(sll(1, HOST, 0x0806, arp(1, HOST, HOST4, "00:00:00:00:00:00", ROUTER4)))
    return c.packets


def link_sll2():
    c = Capture()
    for packet, kind in zip(bare(), kinds(bare())):
        c.add(sll2(4, HOST, kind, packet))
    return c.packets


def link_plain(before):
    c = Capture()
    for packet in bare():
        c.add(before(packet) + packet)
    return c.packets


def null_family(order):
    return lambda packet: struct.pack(order + "I", 30 if packet[0] >> 4 == 6 else 2)


def ppp_protocol(packet):
    return b"\xff\x03" + (b"\0\x57" if packet[0] >> 4 == 6 else b"\0\x21")


def geneve(vni, kind, payload, options=b""):
    return struct.pack("!BBHI", len(options) // 4, 0, kind, vni << 8) + options + payload


def tunnels():
    c = Capture()
    inner = udp("10.1.0.1", "10.1.0.2", 1111, 2222, b"inner")
    inner6 = udp("2001:db8:a::1", "2001:db8:a::2", 1111, 2222, b"inner six")
    frame = eth(NAS, HOST, 0x0800, inner)
    a, b = "192.0.2.1", "192.0.2.2"
    c.add(eth(HOST, ROUTER, 0x8100, vlan(5, 0x0800, inner)))
    c.add(eth(HOST, ROUTER, 0x88A8, vlan(100, 0x8100, vlan(0x6007, 0x86DD, inner6))))
    c.add(eth(HOST, ROUTER, 0x8864, struct.pack("!BBHHH", 0x11, 0, 3, len(inner) + 2, 0x21) +
              inner))
    c.out(struct.pack("!II", 16 << 12 | 64, 17 << 12 | 0x100 | 63) + inner, 0x8847)
    c.out(ip4(a, b, 47, struct.pack("!HH", 0, 0x0800) + inner))
    c.out(ip4(a, b, 47, struct.pack("!HHI", 0x2000, 0x6558, 99) + frame))
    c.out(udp(a, b, 50030, 4789, struct.pack("!II", 8 << 24, 42 << 8) + frame))
    c.out(udp(a, b, 50031, 6081, geneve(43, 0x6558, frame, b"\x01\x02\x03\0")))
    c.out(ip4(a, b, 41, inner6))
    c.out(ip6("2001:db8:b::1", "2001:db8:b::2", 4, inner), 0x86DD)
    c.out(udp(a, b, 1701, 1701, struct.pack("!HHH", 0x0002, 7, 8) + b"\xff\x03\0\x21" + inner))
    c.out(udp(a, b, 2152, 2152, struct.pack("!BBHI", 0x30, 255, len(inner), 0x01020304) + inner))
    return c.packets


# --- transport headers and their oddities ---------------------------------------------------------

def transports():
    c = Capture()
    sack = bytes([1, 1, 5, 18]) + struct.pack("!IIII", 500, 600, 700, 800)
    c.out(tcp(HOST4, WEB4, 1, 65535, 0, 0, 0))
    c.out(tcp(HOST4, WEB4, 50040, 80, 1, 2, FIN | SYN | RST | PSH | ACK | URG | ECE | CWR))
    c.out(tcp(HOST4, WEB4, 50040, 80, 2**32 - 1, 2**32 - 1, ACK, options=sack))
    c.out(tcp(HOST4, WEB4, 50040, 80, 3, 0, RST))
    c.out(ip4(HOST4, WEB4, 132, struct.pack("!HHII", 36412, 36412, 7, 0) +
              struct.pack("!BBHIIHHI", 1, 0, 20, 99, 65536, 10, 10, 5)))
    c.out(ip4(HOST4, "224.0.0.1", 2, icmp_header(0x11, 100, ip4_bytes("0.0.0.0")), ttl=1))
    c.out(ip4(HOST4, WEB4, 50, struct.pack("!II", 0x1001, 1) + bytes(16)))
    c.out(ip4(HOST4, WEB4, 51, struct.pack("!BBHII", 17, 4, 0, 0x1002, 1) + bytes(12) +
              udp_header(HOST4, WEB4, 50041, 4321, b"behind AH")))
    c.out(ip4(ROUTER4, "224.0.0.5", 89, struct.pack("!BBH4sIHH", 2, 1, 44, ip4_bytes(ROUTER4), 0,
                                                    0, 0) + bytes(28), ttl=1))
    c.out(ip4(ROUTER4, "224.0.0.18", 112, b"\x31\1\x64\1\0\1\0\0" + ip4_bytes(ROUTER4), ttl=255))
    c.into(icmp(ROUTER4, HOST4, 3, 4, struct.pack("!HH", 0, 1400) + tcp(
        HOST4, WEB4, 50042, 443, 5, 0, SYN)[:28]))
    c.into(icmp(ROUTER4, HOST4, 5, 1, ip4_bytes("192.168.1.2") + udp(
        HOST4, WEB4, 50043, 53, b"")[:28]))
    c.into(icmp6(ROUTER6, HOST6, 2, 0, struct.pack("!I", 1280) + udp(
        HOST6, WEB6, 50044, 53, b"too big")), 0x86DD)
    extended = struct.pack("!BB", 60, 0) + b"\1\4\0\0\0\0" + struct.pack("!BB", 58, 0) + \
        b"\1\4\0\0\0\0" + icmp6("::", "::", 128, 0, struct.pack("!HH", 5, 6))[40:]
    c.out(ip6(GLOBAL6, WEB6, 0, extended), 0x86DD)
    c.out(ip4(HOST4, WEB4, 253, b"an experiment"))
    c.out(udp(HOST4, WEB4, 50045, 4321,
              b"\x1b[31mred\x1b[0m\x00\"quoted\" \\ 'single'\t\r\n\xc3\xa9\xff\x7f"))
    c.add(eth(HOST, "01:80:c2:00:00:00", 38, b"\x42\x42\x03" + bytes(35)))
    c.add(eth(HOST, BROADCAST, 0x88B5, b"local experiment"))
    c.add(eth(ROUTER, "01:80:c2:00:00:0e", 0x88CC, b"\x02\x07\x04\x02\0\x5e\x10\0\x01" +
              b"\x04\x04\x05ge1" + b"\x06\x02\0\x78" + b"\x0a\x0bswitch\x1b[0m\"" + b"\x08\x04port" +
              b"\0\0"))
    return c.packets


def pieces():
    """Datagrams in pieces: in order, reversed, overlapping, incomplete, and IPv6."""
    c = Capture()
    data = udp_header(HOST4, WEB4, 50050, 9000, bytes(range(200)) * 5)

    def send(ident, order):
        parts = list(fragments(data, [400, 400]))
        for index in order:
            at, piece, more = parts[index]
            c.out(ip4(HOST4, WEB4, 17, piece, ident=ident, flags=int(more), offset=at // 8))
    send(1, [0, 1, 2])
    send(2, [2, 1, 0])
    send(3, [0, 0, 2, 1])
    send(4, [1, 2])
    other = bytes(b ^ 0xFF for b in data)
    c.out(ip4(HOST4, WEB4, 17, data[:480], ident=5, flags=1))
    c.out(ip4(HOST4, WEB4, 17, other[400:800], ident=5, flags=1, offset=50))
    c.out(ip4(HOST4, WEB4, 17, data[800:], ident=5, offset=100))
    data6 = udp_header(GLOBAL6, WEB6, 50051, 9000, bytes(1500))
    for at, piece, more in fragments(data6, [1200]):
        c.out(ip6(GLOBAL6, WEB6, 44, struct.pack("!BBHI", 17, 0, at | int(more), 0xABCD) + piece),
              0x86DD)
    return c.packets


def odd():
    """Headers that are cut short or contradict themselves."""
    c = Capture()
    whole = eth(HOST, ROUTER, 0x0800, tcp(HOST4, WEB4, 50060, 80, 1, 2, PSH | ACK, b"GET / HTTP"))
    for size in (0, 1, 13, 14, 15, 33, 34, 35, 53, 54, 60):
        c.add(whole[:size], wire_len=len(whole))
    packet = bytearray(whole[14:])
    packet[0] = 0x44
    c.out(bytes(packet))
    packet[0] = 0x4F
    c.out(bytes(packet))
    packet[0] = 0x75
    c.out(bytes(packet))
    packet = bytearray(whole[14:])
    packet[2:4] = b"\0\x10"
    c.out(bytes(packet))
    packet[2:4] = b"\xff\xff"
    c.out(bytes(packet))
    packet = bytearray(whole[14:])
    packet[32] = 0x10
    c.out(bytes(packet))
    packet[32] = 0xF0
    c.out(bytes(packet))
    c.out(ip4(HOST4, WEB4, 17, udp_header(HOST4, WEB4, 50061, 9, b"short", length=7)))
    c.out(ip4(HOST4, WEB4, 17, udp_header(HOST4, WEB4, 50061, 9, b"long", length=900)))
    c.out(ip4(HOST4, WEB4, 6, tcp_header(HOST4, WEB4, 50062, 80, 1, 0, SYN,
                                         options=b"\2\4\5\xb4\3\0\1\1")))
    c.out(b"")
    c.out(b"", 0x86DD)
    c.out(b"\0\1", 0x0806)
    c.out(arp(1, HOST, HOST4, "00:00:00:00:00:00", ROUTER4) + bytes(18), 0x0806)
    deep = udp(HOST4, WEB4, 1, 2, b"deep")
    for _ in range(20):
        deep = ip4("192.0.2.1", "192.0.2.2", 4, deep)
    c.out(deep)
    return c.packets


def two_links():
    c = Capture(step_ns=1_250_001)
    c.add(eth(HOST, ROUTER, 0x0800, bare()[0]))
    c.add(bare()[1], interface=1)
    c.add(eth(HOST, ROUTER, 0x86DD, bare()[2]))
    c.add(bare()[0][:30], wire_len=len(bare()[0]), interface=1)
    return c.packets


# --- names, pages and connections ----------------------------------------------------------------

class Connection:
    """TCP between the host and somebody, segment by segment."""

    def __init__(self, capture, server, sport, dport, client=HOST4):
        self.capture, self.ports = capture, (sport, dport)
        self.ends, self.kind = (client, server), 0x86DD if ":" in server else 0x0800
        self.next = [1000 * sport, 500]  # sequence numbers, of both sides

    def segment(self, side, flags, data=b"", more=0):
        seq, ack = self.next[side], self.next[1 - side] if flags & ACK else 0
        ends, ports = self.ends[::1 - 2 * side], self.ports[::1 - 2 * side]
        packet = tcp(*ends, *ports, (seq + more) & 0xFFFFFFFF, ack & 0xFFFFFFFF, flags, data)
        (self.capture.into if side else self.capture.out)(packet, self.kind)
        if more == 0:
            self.next[side] += len(data) + bool(flags & (SYN | FIN))

    def open(self):
        self.segment(0, SYN)
        self.segment(1, SYN | ACK)
        self.segment(0, ACK)
        return self

    def ask(self, data):
        self.segment(0, PSH | ACK, data)

    def answer(self, data):
        self.segment(1, PSH | ACK, data)

    def close(self):
        self.segment(0, FIN | ACK)
        self.segment(1, FIN | ACK)
        self.segment(0, ACK)


def head(*lines):
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n"


def pages(c):
    page = bytes(97 + n % 26 for n in range(1500))
    one = Connection(c, WEB4, 50101, 80).open()
    one.ask(head("GET /index.html?q=a%20b HTTP/1.1", "Host: www.example.com",
                 "User-Agent: check/1.0", "Cookie: secret=1"))
    one.answer(head("HTTP/1.1 200 OK", "Content-Type: text/html; charset=utf-8",
                    "Content-Length: 1500") + page[:500])
    one.segment(1, ACK, page[1000:], more=500)  # before its turn
    one.answer(page[500:1000])
    one.next[1] += 500
    one.ask(head("POST /form HTTP/1.1", "Host: www.example.com", "Content-Length: 5",
                 "User-Agent: \x1b[31mred\xff") + b"a=b&c")
    one.answer(head("HTTP/1.1 302 Found", "Location: /done", "Content-Length: 0"))
    one.close()
    two = Connection(c, WEB4, 50102, 8080).open()
    two.ask(head("GET /first HTTP/1.1", "Host: www.example.com:8080") +
            head("GET /second HTTP/1.1", "Host: www.example.com:8080"))
    two.answer(head("HTTP/1.1 200 OK", "Transfer-Encoding: chunked") +
               b"4\r\nwiki\r\n5\r\npedia\r\n0\r\n\r\n" +
               head("HTTP/1.1 404 Not Found", "Content-Type: text/plain", "Content-Length: 4") +
               b"none")
    two.ask(head("POST /two HTTP/1.1", "Host: www.example.com:8080", "Content-Length: 4",
                 "Transfer-Encoding: chunked") + b"0\r\n\r\n")
    two.segment(1, RST | ACK)


def questions(c):
    """DNS that is answered, that is not, that is odd, and over TCP, two messages in a segment."""
    def ask(ident, name, kind, flags=0x0100, port=40100, server="8.8.8.8"):
        c.out(udp(HOST4, server, port, 53, dns_query(ident, name, kind, flags)))

    def answer(ident, name, kind, data, flags=0x8180, port=40100):
        c.into(udp("8.8.8.8", HOST4, 53, port, dns_answer(ident, name, kind, data, flags=flags)))
    ask(0x2001, "www.example.com", 1)
    answer(0x2001, "www.example.com", 1, ip4_bytes(WEB4))
    ask(0x2002, "nothing.example.net", 28, port=40101, server="192.0.2.53")
    label = "q7z1x9k3v5b8n2m4w6r0t1y3p5s7d9f2"
    ask(0x2003, "%s.%s.tunnel.example.org" % (label, label[::-1]), 16, port=40102)
    c.into(udp("8.8.8.8", HOST4, 53, 40102, dns_query(
        0x2003, "%s.%s.tunnel.example.org" % (label, label[::-1]), 16, 0x8183)))
    ask(0x2004, "zero.example.com", 1, flags=0x0140, port=40103)
    stream = Connection(c, "8.8.8.8", 50103, 53).open()
    both = [dns_query(0x3001, "one.example.com", 1), dns_query(0x3002, "two.example.com", 28)]
    stream.ask(b"".join(struct.pack("!H", len(query)) + query for query in both))
    both = [dns_answer(0x3001, "one.example.com", 1, ip4_bytes("203.0.113.81")),
            dns_answer(0x3002, "two.example.com", 28, ip6_bytes(WEB6))]
    stream.answer(b"".join(struct.pack("!H", len(data)) + data for data in both))
    stream.close()


def talk():
    c = Capture()
    questions(c)
    pages(c)
    refused = Connection(c, WEB6, 50104, 80, client=GLOBAL6)
    refused.segment(0, SYN)
    refused.segment(1, RST | ACK)
    c.out(icmp(HOST4, WEB4, 8, 0, struct.pack("!HH", 78, 1) + bytes(range(32))))
    c.into(icmp(WEB4, HOST4, 0, 0, struct.pack("!HH", 78, 1) + bytes(range(32)), ttl=55))
    c.time_ns += 30 * SECOND  # the question without an answer is given up
    c.out(icmp(HOST4, ROUTER4, 8, 0, struct.pack("!HH", 79, 1)))
    return c.packets


# --- all of them ---------------------------------------------------------------------------------

def captures():
    home = demo()
    fine = [Packet(p.time_ns + 123, p.frame, p.wire_len) for p in home[:6]]
    few = pcap(home[:6])
    links = [(ETHERNET, 262144, 6), (RAW, 30, 9)]
    broken = bytearray(few)
    at = 24 + sum(16 + len(p.frame) for p in home[:3])
    broken[at + 8:at + 12] = b"\xff\xff\xff\x7f"
    yield "print.pcap", pcap(example_print(), snaplen=65535)
    yield "tags.pcap", pcap(example_tags(), snaplen=65535)
    yield "demo.pcap", pcap(home)
    yield "demo.pcapng", pcapng(home, [(ETHERNET, 262144, 9)], comment=b"a small home network")
    yield "demo.pcapng.gz", gz(pcapng(home, [(ETHERNET, 262144, 9)]))
    yield "demo.pcap.zst", zst(pcap(home))
    yield "big-endian.pcap", pcap(home[:6], order=">")
    yield "nanoseconds.pcap", pcap(fine, nanoseconds=True)
    yield "big-endian-ns.pcap", pcap(fine, order=">", nanoseconds=True)
    yield "two-links.pcapng", pcapng(two_links(), links)
    yield "big-endian.pcapng", pcapng(two_links(), links, order=">")
    yield "sll.pcap", pcap(link_sll(), LINUX_SLL)
    yield "sll2.pcap", pcap(link_sll2(), LINUX_SLL2)
    yield "raw.pcap", pcap(link_plain(lambda packet: b""), RAW)
    yield "null.pcap", pcap(link_plain(null_family("<")), NULL)
    yield "loop.pcap", pcap(link_plain(null_family(">")), LOOP)
    yield "ppp.pcap", pcap(link_plain(ppp_protocol), PPP)
    yield "unknown-link.pcap", pcap(link_plain(lambda packet: b"??"), 147)
    yield "tunnels.pcap", pcap(tunnels())
    yield "transports.pcap", pcap(transports())
    yield "pieces.pcap", pcap(pieces())
    yield "odd.pcap", pcap(odd())
    yield "talk.pcap", pcap(talk())
    yield "no-packets.pcap", pcap([])
    yield "empty.pcap", b""
    yield "not-a-capture.pcap", b"This is a text, and no capture of any kind.\n" * 4
    yield "cut-packet.pcap", few[:-10]
    yield "cut-record.pcap", few[:at + 7]
    yield "cut-header.pcap", few[:20]
    yield "corrupt.pcap", bytes(broken)
    yield "cut.pcapng", pcapng(home[:6], links)[:-30]
    yield "cut.pcap.gz", gz(few)[:-40]


def plain(name, data):
    return gzip.decompress(data) if name.endswith(".gz") and not name.startswith("cut") else data


def main():
    folder = os.path.dirname(os.path.abspath(__file__))
    check = sys.argv[1:] == ["--check"]
    if sys.argv[1:] and not check:
        folder = sys.argv[1]
    different = []
    for name, data in captures():
        path = os.path.join(folder, name)
        if not check:
            with open(path, "wb") as out:
                out.write(data)
        elif name != "cut.pcap.gz":  # its bytes are the compressor's
            with open(path, "rb") as have:
                if plain(name, have.read()) != plain(name, data):
                    different.append(name)
    if different:
        sys.exit("differ from make.py: " + " ".join(different))


main()
