# SPDX-License-Identifier: MIT
"""Captures in which every text that a stranger may send holds what must not reach a terminal."""
import os
import struct
import sys
import unicodedata

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "..", "pcap"), os.path.join(HERE, "..", "torture")]

from files import Packet, pcapng  # noqa: E402
from frames import ACK, FIN, PSH, SYN, eth, tcp, udp  # noqa: E402

HOST, ROUTER, HOST4, WEB4 = "02:00:5e:10:00:09", "02:00:5e:10:00:01", "192.168.1.9", "203.0.113.80"

SHOWN = "aé中\U0001f40cz"
# What is neither control nor format by its category, but shows nothing either.
IGNORED = (0x34F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x180B, 0x180D, 0x180F, 0x2065, 0x3164, 0xFE00,
           0xFE0F, 0xFFA0, 0xFFF0, 0xE0000, 0xE0002, 0xE0100, 0xE0FFF)


def is_forbidden(code):
    """By Unicode's own table, beside the ranges that default to ignored."""
    return (unicodedata.category(chr(code)) in ("Cc", "Cf", "Cs", "Co", "Zl", "Zp") or
            code in IGNORED or 0xFDD0 <= code <= 0xFDEF or code & 0xFFFE == 0xFFFE or
            0xFE00 <= code <= 0xFE0F or 0x2060 <= code <= 0x206F or 0xE0000 <= code <= 0xE0FFF)


def forbidden_texts():
    """Every forbidden character but most of private use, as bytes; then what is no character."""
    codes = [code for code in range(0x80, 0x110000)
             if is_forbidden(code) and not 0xD800 <= code < 0xE000 and
             not (unicodedata.category(chr(code)) == "Co" and code & 0xFFF not in (0, 0xFFF)) and
             not (0xE0000 <= code <= 0xE0FFF and code & 0x1F)]
    texts = [bytes([byte]) for byte in range(256)]
    texts += [chr(code).encode("utf-8") for code in codes]
    texts += [b"\xed\xa0\x80", b"\xed\xbf\xbf", b"\xc0\xaf", b"\xc1\x9b", b"\xe0\x80\x9b",
              b"\xf0\x80\x80\x9b", b"\xf4\x90\x80\x80", b"\xf8\x88\x80\x80\x80", b"\xe2\x80", b"\xf0\x9f\x90",
              b"\x1b]0;title\x07", b"\x1b[2J", b"\xc2\x9b31m", b"\\x1b", b"\\", b'"', SHOWN.encode()]
    return texts


def pieces(most):
    """The same in texts of at most `most` bytes, that begin and end with a letter."""
    out, piece = [], b""
    for text in forbidden_texts():
        if len(piece) + len(text) > most - 2:
            out.append(b"a" + piece + b"z")
            piece = b""
        piece += text
    return out + [b"a" + piece + b"z"]


# --- packets --------------------------------------------------------------------------------------

class Capture:
    def __init__(self):
        self.packets = []

    def add(self, frame):
        self.packets.append(Packet(1704164645 * 10**9 + len(self.packets) * 10**6, frame))

    def out(self, packet):
        self.add(eth(HOST, ROUTER, 0x0800, packet))

    def into(self, packet):
        self.add(eth(ROUTER, HOST, 0x0800, packet))


class Connection:
    """TCP between the host and a server."""

    def __init__(self, capture, server, sport, dport):
        self.capture, self.server, self.ports = capture, server, (sport, dport)
        self.next = [1000, 500]

    def segment(self, side, flags, data=b""):
        one, other = (HOST4, self.server), self.ports
        if side:
            one, other = one[::-1], other[::-1]
        ack = self.next[1 - side] if flags & ACK else 0
        packet = tcp(*one, *other, self.next[side], ack, flags, data)
        (self.capture.into if side else self.capture.out)(packet)
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


# --- where text goes ----------------------------------------------------------------------------

def label(text):
    return bytes([len(text)]) + text


def name(text):
    return label(text) + label(b"example") + b"\0"


def record(owner, kind, data):
    return owner + struct.pack("!HHIH", kind, 1, 300, len(data)) + data


def dns(ident, question, kind, answers=(), extra=()):
    flags = 0x8180 if answers else 0x0100
    return struct.pack("!HHHHHH", ident, flags, 1, len(answers), 0, len(extra)) + question + \
        struct.pack("!HH", kind, 1) + b"".join(answers) + b"".join(extra)


def dns_messages(text):
    """Names and data of the kinds of records that hold text, and EDNS."""
    owner = name(text)
    two = label(b"v=1") + label(text)
    error = struct.pack("!HHH", 15, len(text) + 2, 18) + text
    nsid = struct.pack("!HH", 3, len(text)) + text
    opt = b"\0" + struct.pack("!HHIH", 41, 1232, 0, len(error + nsid)) + error + nsid
    return [(name(text), 1, [record(owner, 5, name(text)), record(name(text), 1, b"\xcb\0\x71\5")]),
            (owner, 16, [record(owner, 16, two)], [opt]),
            (owner, 12, [record(owner, 12, owner)]),
            (owner, 33, [record(owner, 33, struct.pack("!HHH", 1, 2, 3) + owner)]),
            (owner, 15, [record(owner, 15, b"\0\1" + owner)]),
            (owner, 6, [record(owner, 6, owner + owner + struct.pack("!IIIII", 1, 2, 3, 4, 5))]),
            (owner, 35, [record(owner, 35, b"\0\1\0\2" + label(text) + label(text) + label(text) +
                                owner)]),
            (owner, 257, [record(owner, 257, b"\0" + label(b"issue") + text)]),
            (owner, 13, [record(owner, 13, label(text) + label(text))]),
            (owner, 256, [record(owner, 256, b"\0\1\0\1" + text)]),
            (owner, 65, [record(owner, 65, b"\0\1" + owner + struct.pack(
                "!HH", 1, len(text) + 1) + label(text))]),
            (owner, 65399, [record(owner, 65399, text)])]


def dns_capture():
    c = Capture()
    for n, text in enumerate(pieces(60)):
        for ident, message in enumerate(dns_messages(text)):
            port = 20000 + 20 * n + ident
            c.out(udp(HOST4, "8.8.8.8", port, 53, dns(ident, message[0], message[1])))
            c.into(udp("8.8.8.8", HOST4, 53, port, dns(ident, *message)))
        c.add(eth(HOST, "01:00:5e:00:00:fb", 0x0800, udp(
            HOST4, "224.0.0.251", 5353, 5353, dns(0, name(text), 1, [
                record(label(text) + label(b"local") + b"\0", 1, bytes([192, 168, 1, 9]))]))))
        c.add(eth(HOST, "01:00:5e:00:00:fc", 0x0800, udp(
            HOST4, "224.0.0.252", 5355, 5355, dns(n, name(text), 1))))
    return c.packets


def http_capture():
    c = Capture()
    for n, text in enumerate(pieces(200)):
        one = Connection(c, WEB4, 20000 + n, 80).open()
        line = text.replace(b"\n", b"").replace(b"\r", b"")
        word = line.replace(b" ", b"").replace(b"\0", b"")
        one.ask(b"GET /" + word + b"?q=%1b%c2%9b%e2%80%ae HTTP/1.1\r\nHost: " + word +
                b"\r\nUser-Agent: " + line + b"\r\nReferer: " + line + b"\r\nX-" + word + b": " +
                line + b"\r\n\r\n")
        one.answer(b"HTTP/1.1 302 " + line + b"\r\nServer: " + line + b"\r\nLocation: " + line +
                   b"\r\nContent-Type: " + line + b"\r\nContent-Length: 0\r\n\r\n")
        one.ask(word[:20] + b" /" + word + b" HTTP/1.0\r\nHost: x\r\n\r\n")
        one.close()
    return c.packets


def handshake(kind, body):
    body = bytes([kind]) + struct.pack("!I", len(body))[1:] + body
    out = b""
    while body:
        out += b"\x16\x03\x03" + struct.pack("!H", len(body[:16000])) + body[:16000]
        body = body[16000:]
    return out


def extension(kind, data):
    return struct.pack("!HH", kind, len(data)) + data


def client_hello(text):
    sni = b"\0" + struct.pack("!H", len(text)) + text
    alpn = label(text[:100]) + label(b"h2")
    extensions = extension(0, struct.pack("!H", len(sni)) + sni) + \
        extension(16, struct.pack("!H", len(alpn)) + alpn)
    return handshake(1, b"\3\3" + bytes(range(32)) + b"\0\0\4\x13\1\0\x2f\1\0" +
                     struct.pack("!H", len(extensions)) + extensions)


def der(tag, *parts):
    body = b"".join(parts)
    size = len(body)
    return bytes([tag]) + (bytes([size]) if size < 128 else b"\x82" + struct.pack("!H", size)) + body


def certificate(text, tag, other=None):
    """A certificate whose names are the text, as a string of ASN.1 with this tag; or these others."""
    def rdn(oid, value):
        return der(0x31, der(0x30, der(6, oid), der(tag, value)))
    who = der(0x30, *[rdn(b"\x55\4" + bytes([part]), text) for part in (6, 10, 11, 3)])
    rsa = der(0x30, der(6, bytes.fromhex("2a864886f70d010101")), der(5))
    signed = der(0x30, der(6, bytes.fromhex("2a864886f70d01010b")), der(5))
    key = der(0x30, der(2, b"\0\xdf" + bytes(range(255))), der(2, b"\1\0\1"))
    other = der(0x30, other or der(0x82, text) + der(0x82, b"*." + text))
    body = der(0x30, der(0xA0, der(2, b"\2")), der(2, text[:20]), signed, who,
               der(0x30, der(0x17, b"240101000000Z"), der(0x17, b"250101000000Z")), who,
               der(0x30, rsa, der(3, b"\0" + key)),
               der(0xA3, der(0x30, der(0x30, der(6, b"\x55\x1d\x11"), der(4, other)))))
    return der(0x30, body, signed, der(3, b"\0" + bytes(64)))


def tls_capture():
    c = Capture()
    for n, text in enumerate(pieces(120)):
        for m, tag in enumerate((12, 19, 22, 20)):
            one = Connection(c, WEB4, 20000 + 4 * n + m, 443).open()
            one.ask(client_hello(text))
            one.answer(handshake(2, b"\3\3" + bytes(range(32)) + b"\0\0\x2f\0\0\0"))
            one_der = certificate(text, tag)
            chain = struct.pack("!I", len(one_der))[1:] + one_der
            one.answer(handshake(11, struct.pack("!I", len(chain))[1:] + chain))
            one.close()
    return c.packets


def local_capture():
    """DHCP, NetBIOS and LLDP: what devices call themselves."""
    c = Capture()
    for n, text in enumerate(pieces(60)):
        options = b"\x35\1\3\x32\4" + bytes([192, 168, 1, 9])
        for kind in (12, 15, 60, 81):
            options += bytes([kind, len(text)]) + text
        head = struct.pack("!BBBBIHH", 1, 1, 6, 0, n, 0, 0) + b"\0" * 16 + bytes.fromhex(
            HOST.replace(":", "")) + b"\0" * 202 + b"\x63\x82\x53\x63"
        c.add(eth(HOST, "ff:ff:ff:ff:ff:ff", 0x0800, udp(
            "0.0.0.0", "255.255.255.255", 68, 67, head + options + b"\xff")))
        lldp = struct.pack("!H", 1 << 9 | len(text) + 1) + b"\7" + text
        for kind, data in ((2, b"\5" + text), (3, b"\0\x78"), (4, text), (5, text), (6, text), (0, b"")):
            lldp += struct.pack("!H", kind << 9 | len(data)) + data
        c.add(eth(HOST, "01:80:c2:00:00:0e", 0x88CC, lldp))
        half = (text + b" " * 16)[:15] + b"\0"
        netbios = bytes(0x41 + nibble for byte in half for nibble in (byte >> 4, byte & 15))
        c.add(eth(HOST, "ff:ff:ff:ff:ff:ff", 0x0800, udp(
            HOST4, "192.168.1.255", 137, 137, struct.pack("!HHHHHH", n, 0x2910, 1, 0, 0, 1) +
            label(netbios) + b"\0\0\x20\0\1\xc0\x0c\0\x20\0\1\0\0\1\0\0\6\0\0" +
            bytes([192, 168, 1, 9]))))
        c.out(tcp(HOST4, WEB4, 20000 + n, 9999, 1, 0, SYN))
        c.out(tcp(HOST4, WEB4, 20000 + n, 9999, 2, 1, PSH | ACK, text))
        c.out(tcp(HOST4, WEB4, 20000 + n, 9999, 2 + len(text), 1, FIN | ACK))
    return c.packets


def captures():
    """Names and bytes of capture files."""
    return {kind: pcapng(make(), [(1, 262144, 9)], comment=b"\x1b[2J\xe2\x80\xae")
            for kind, make in (("dns", dns_capture), ("http", http_capture), ("tls", tls_capture),
                               ("local", local_capture))}
