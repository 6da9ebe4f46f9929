# SPDX-License-Identifier: MIT
"""Frames by hand: the few headers that the captures in this folder are made of."""
import socket
import struct


def mac(text):
    return bytes(int(part, 16) for part in text.split(":"))


def checksum(data):
    if len(data) % 2:
        data += b"\0"
    total = sum(struct.unpack("!%dH" % (len(data) // 2), data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def ip4_bytes(text):
    return socket.inet_aton(text)


def ip6_bytes(text):
    return socket.inet_pton(socket.AF_INET6, text)


def pseudo(src, dst, protocol, length):
    if ":" in src:
        return ip6_bytes(src) + ip6_bytes(dst) + struct.pack("!IxxxB", length, protocol)
    return ip4_bytes(src) + ip4_bytes(dst) + struct.pack("!xBH", protocol, length)


def eth(src, dst, ethertype, payload):
    return mac(dst) + mac(src) + struct.pack("!H", ethertype) + payload


def vlan(tag, ethertype, payload):
    return struct.pack("!HH", tag, ethertype) + payload


def ip4(src, dst, protocol, payload, ttl=64, ident=0, flags=0, offset=0, options=b"", tos=0,
        length=None):
    words = 5 + len(options) // 4
    total = 4 * words + len(payload) if length is None else length

    def header(check):
        return struct.pack("!BBHHHBBH4s4s", 0x40 | words, tos, total, ident, flags << 13 | offset,
                           ttl, protocol, check, ip4_bytes(src), ip4_bytes(dst)) + options
    return header(checksum(header(0))) + payload


def ip6(src, dst, protocol, payload, hops=64, length=None):
    return struct.pack("!IHBB16s16s", 6 << 28, len(payload) if length is None else length,
                       protocol, hops, ip6_bytes(src), ip6_bytes(dst)) + payload


def ip(src, dst, protocol, payload, **more):
    if ":" not in src:
        return ip4(src, dst, protocol, payload, **more)
    if "ttl" in more:
        more["hops"] = more.pop("ttl")
    return ip6(src, dst, protocol, payload, **more)


def udp_header(src, dst, sport, dport, data, length=None):
    size = 8 + len(data)

    def header(check):
        return struct.pack("!HHHH", sport, dport, size if length is None else length, check)
    check = checksum(pseudo(src, dst, 17, size) + header(0) + data) or 0xFFFF
    return header(check) + data


def udp(src, dst, sport, dport, data, **more):
    return ip(src, dst, 17, udp_header(src, dst, sport, dport, data), **more)


FIN, SYN, RST, PSH, ACK, URG, ECE, CWR = (1 << bit for bit in range(8))


def tcp_header(src, dst, sport, dport, seq, ack, flags, data=b"", options=b"", window=64240,
               urgent=0):
    words = 5 + len(options) // 4

    def header(check):
        return struct.pack("!HHIIBBHHH", sport, dport, seq, ack, words << 4, flags, window, check,
                           urgent) + options + data
    return header(checksum(pseudo(src, dst, 6, len(header(0))) + header(0)))


def tcp(src, dst, sport, dport, seq, ack, flags, data=b"", options=b"", **more):
    return ip(src, dst, 6, tcp_header(src, dst, sport, dport, seq, ack, flags, data, options),
              **more)


def icmp_header(kind, code, rest):
    def header(check):
        return struct.pack("!BBH", kind, code, check) + rest
    return header(checksum(header(0)))


def icmp(src, dst, kind, code, rest, **more):
    return ip4(src, dst, 1, icmp_header(kind, code, rest), **more)


def icmp6(src, dst, kind, code, rest, hops=255):
    def header(check):
        return struct.pack("!BBH", kind, code, check) + rest
    check = checksum(pseudo(src, dst, 58, len(header(0))) + header(0))
    return ip6(src, dst, 58, header(check), hops=hops)


def arp(op, src_mac, src, dst_mac, dst):
    return struct.pack("!HHBBH6s4s6s4s", 1, 0x0800, 6, 4, op, mac(src_mac), ip4_bytes(src),
                       mac(dst_mac), ip4_bytes(dst))


def dns_name(name):
    return b"".join(bytes([len(label)]) + label.encode() for label in name.split(".")) + b"\0"


def dns_query(ident, name, kind, flags=0x0100):
    return struct.pack("!HHHHHH", ident, flags, 1, 0, 0, 0) + dns_name(name) + \
        struct.pack("!HH", kind, 1)


def dns_answer(ident, name, kind, data, ttl=300, flags=0x8180):
    return struct.pack("!HHHHHH", ident, flags, 1, 1, 0, 0) + dns_name(name) + \
        struct.pack("!HH", kind, 1) + struct.pack("!HHHIH", 0xC00C, kind, 1, ttl, len(data)) + data


def sll(kind, address, protocol, payload):
    return struct.pack("!HHH8sH", kind, 1, 6, mac(address) + b"\0\0", protocol) + payload


def sll2(kind, address, protocol, payload, interface=2):
    return struct.pack("!HHIHBB8s", protocol, 0, interface, 1, kind, 6,
                       mac(address) + b"\0\0") + payload


def fragments(payload, sizes):
    """(offset in bytes, piece, more follow) for pieces of these sizes and the rest."""
    at = 0
    for size in sizes:
        yield at, payload[at:at + size], True
        at += size
    yield at, payload[at:], False
