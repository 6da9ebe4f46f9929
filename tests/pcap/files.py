# SPDX-License-Identifier: MIT
"""Capture files by hand: pcap, pcapng, gzip and zstd, and ways in which they are damaged."""
import gzip
import struct

ETHERNET, LINUX_SLL, LINUX_SLL2, RAW, NULL, LOOP, PPP = 1, 113, 276, 101, 0, 108, 9


class Packet:
    """One frame: its time in nanoseconds since 1970, its bytes, and its length on the wire."""

    def __init__(self, time_ns, frame, wire_len=None, interface=0):
        self.time_ns = time_ns
        self.frame = frame
        self.wire_len = len(frame) if wire_len is None else wire_len
        self.interface = interface


def pcap(packets, linktype=ETHERNET, order="<", nanoseconds=False, snaplen=262144):
    unit = 1 if nanoseconds else 1000
    out = struct.pack(order + "IHHiIII", 0xA1B23C4D if nanoseconds else 0xA1B2C3D4, 2, 4, 0, 0,
                      snaplen, linktype)
    for packet in packets:
        out += struct.pack(order + "IIII", packet.time_ns // 10**9,
                           packet.time_ns % 10**9 // unit, len(packet.frame), packet.wire_len)
        out += packet.frame
    return out


def _option(order, code, value):
    return struct.pack(order + "HH", code, len(value)) + value + b"\0" * (-len(value) % 4)


def _block(order, kind, body):
    body += b"\0" * (-len(body) % 4)
    return struct.pack(order + "II", kind, len(body) + 12) + body + \
        struct.pack(order + "I", len(body) + 12)


def pcapng(packets, interfaces, order="<", comment=None):
    """`interfaces`: (link type, snap length, digits of the time's fraction) each."""
    end = struct.pack(order + "HH", 0, 0)
    header = struct.pack(order + "IHHq", 0x1A2B3C4D, 1, 0, -1)
    if comment:
        header += _option(order, 1, comment) + end
    out = _block(order, 0x0A0D0D0A, header)
    for linktype, snaplen, digits in interfaces:
        out += _block(order, 1, struct.pack(order + "HHI", linktype, 0, snaplen) +
                      _option(order, 2, b"if%d" % linktype) +
                      _option(order, 9, bytes([digits])) + end)
    out += _block(order, 0x40000001, b"a block of our own, to be passed over")
    for packet in packets:
        ticks = packet.time_ns // 10**(9 - interfaces[packet.interface][2])
        out += _block(order, 6, struct.pack(order + "IIIII", packet.interface, ticks >> 32,
                                            ticks & 0xFFFFFFFF, len(packet.frame),
                                            packet.wire_len) + packet.frame)
    return out


def gz(data):
    return gzip.compress(data, 6, mtime=0)


def zst(data):
    """RFC 8878 with blocks that are stored or one repeated byte: no compressor needed."""
    out = struct.pack("<IBB", 0xFD2FB528, 0x00, 0x38)  # window of 128 KiB
    size = 1000
    blocks = [data[at:at + size] for at in range(0, len(data), size)]
    for number, block in enumerate(blocks):
        last = number == len(blocks) - 1
        out += struct.pack("<I", last | len(block) << 3)[:3] + block
    return out
