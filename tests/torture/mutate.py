# SPDX-License-Identifier: MIT
"""Captures damaged on purpose: the same each time for the same seed, name and number.

Some damage is done to the file as it lies there, most of it inside of packets, whose records stay
sound, so that what reads the file lets them through.
"""
import gzip
import random
import struct

MAGICS = {b"\xd4\xc3\xb2\xa1": "<", b"\x4d\x3c\xb2\xa1": "<",
          b"\xa1\xb2\xc3\xd4": ">", b"\xa1\xb2\x3c\x4d": ">"}
NUMBERS = (0, 1, 2, 3, 4, 7, 8, 15, 16, 19, 20, 21, 0x3F, 0x40, 0x7F, 0x80, 0xC0, 0xFE, 0xFF)
WIDE = (0, 1, 4, 20, 0xFF, 0x100, 0x7FFF, 0x8000, 0xFFF0, 0xFFFF)
MOST_PACKETS = 4000
LARGE = 4 << 20


class Capture:
    """A pcap or pcapng file as head, records and tail; `records` are [header, packet] pairs."""

    def __init__(self, data):
        if data[:2] == b"\x1f\x8b":
            try:
                inside = gzip.decompress(data)
                data = inside if len(inside) < LARGE else data
            except (OSError, EOFError):
                pass
        self.head, self.records, self.tail, self.order = data, [], b"", "<"
        self.blocks = data[:4] == b"\n\r\r\n"
        if self.blocks:
            self.read_blocks(data)
        elif data[:4] in MAGICS:
            self.order = MAGICS[data[:4]]
            self.read_records(data)

    def read_records(self, data):
        at = 24
        while at + 16 <= len(data) and len(self.records) < MOST_PACKETS:
            size = struct.unpack(self.order + "I", data[at + 8:at + 12])[0]
            if at + 16 + size > len(data):
                break
            self.records.append([data[at:at + 16], data[at + 16:at + 16 + size]])
            at += 16 + size
        self.head, self.tail = data[:24], data[at:]

    def read_blocks(self, data):
        self.order = ">" if data[8:12] == b"\x1a\x2b\x3c\x4d" else "<"
        at, begin = 0, None
        while at + 12 <= len(data) and len(self.records) < MOST_PACKETS:
            kind, size = struct.unpack(self.order + "II", data[at:at + 8])
            if size < 12 or size % 4 or at + size > len(data):
                break
            if kind == 6 and size >= 32:
                begin = at if begin is None else begin
                held = struct.unpack(self.order + "I", data[at + 20:at + 24])[0]
                if held > size - 32:
                    break
                self.records.append([data[at:at + 28], data[at + 28:at + 28 + held]])
            elif begin is not None:  # what stands between packets stays in its place
                self.records.append([data[at:at + size], None])
            at += size
        self.head, self.tail = data[:begin if begin is not None else at], data[at:]

    def record(self, header, packet):
        if packet is None:
            return header
        if not self.blocks:
            wire = max(len(packet), struct.unpack(self.order + "I", header[12:16])[0])
            return header[:8] + struct.pack(self.order + "II", len(packet), wire) + packet
        pad = bytes(-len(packet) % 4)
        size = 32 + len(packet) + len(pad)
        wire = max(len(packet), struct.unpack(self.order + "I", header[24:28])[0])
        return (header[:4] + struct.pack(self.order + "I", size) + header[8:20] + struct.pack(
            self.order + "II", len(packet), wire) + packet + pad + struct.pack(
            self.order + "I", size))

    def written(self):
        return self.head + b"".join(self.record(*one) for one in self.records) + self.tail

    def packets(self):
        return [i for i, (_, packet) in enumerate(self.records) if packet]


# --- inside packets -------------------------------------------------------------------------------

def edited(edit):
    """An edit of some packets, at least one."""
    def mutate(rng, capture):
        which = capture.packets()
        for i in rng.sample(which, min(len(which), 1 + len(which) // 8)):
            packet = bytearray(capture.records[i][1])
            capture.records[i][1] = bytes(edit(rng, packet, capture))
    return mutate


def near(rng, packet):
    """A place in it, more often among the headers than behind them."""
    return rng.randrange(min(len(packet), 96)) if rng.random() < 0.7 else rng.randrange(len(packet))


def flip(rng, packet, _):
    for _ in range(rng.choice((1, 1, 2, 4, 16))):
        packet[near(rng, packet)] ^= 1 << rng.randrange(8)
    return packet


def number(rng, packet, _):
    for _ in range(rng.choice((1, 1, 2, 3))):
        packet[near(rng, packet)] = rng.choice(NUMBERS)
    return packet


def length(rng, packet, _):
    """Two bytes that become a length that lies, by a little or by much."""
    for _ in range(rng.choice((1, 1, 2))):
        at = near(rng, packet)
        if at + 2 > len(packet):
            continue
        now = packet[at] << 8 | packet[at + 1]
        new = rng.choice(WIDE) if rng.random() < 0.5 else now + rng.choice((-2, -1, 1, 2, 8))
        packet[at:at + 2] = (new & 0xFFFF).to_bytes(2, "big")
    return packet


def shorter(rng, packet, _):
    return packet[:rng.randrange(len(packet) + 1)]


def run_of(rng, packet, _):
    at, size = near(rng, packet), rng.choice((1, 2, 4, 16, 64, 300))
    size = min(size, len(packet) - at)
    fill = rng.choice((b"\0", b"\xff", b"\x1b", b"\n", b"\xc0", b"A", None))
    packet[at:at + size] = rng.randbytes(size) if fill is None else fill * size
    return packet


def moved(rng, packet, _):
    """Bytes put in, taken out, or said twice."""
    at, size = near(rng, packet), rng.choice((1, 2, 4, 8, 40))
    kind = rng.randrange(3)
    if kind == 0:
        packet[at:at] = rng.randbytes(size)
    elif kind == 1:
        del packet[at:at + size]
    else:
        packet[at:at] = packet[at:at + size] * rng.choice((1, 3, 20))
    return packet


def crossed(rng, packet, capture):
    """The end of one packet behind the beginning of another."""
    other = capture.records[rng.choice(capture.packets())][1]
    return packet[:near(rng, packet)] + other[near(rng, other):]


# --- records and files ------------------------------------------------------------------------------

def order(rng, capture):
    """Packets that come twice, in another order, or not at all."""
    which = capture.packets()
    if rng.random() < 0.2:
        capture.records.reverse()
        return
    for _ in range(1 + len(which) // 6):
        a, b = rng.choice(which), rng.choice(which)
        kind = rng.randrange(3)
        if kind == 0:
            capture.records[a], capture.records[b] = capture.records[b], capture.records[a]
        elif kind == 1:
            capture.records[a] = list(capture.records[b])
        else:
            capture.records[a][1] = capture.records[a][1] or b""
            capture.records.insert(a, list(capture.records[a]))
            which = capture.packets()


def times(rng, capture):
    """Clocks that jump, backwards too, and beyond what 31 and 32 bits of seconds hold."""
    for i in capture.packets():
        if rng.random() < 0.3:
            at = 12 if capture.blocks else 0
            header = bytearray(capture.records[i][0])
            header[at:at + 4] = struct.pack(capture.order + "I", rng.choice(
                (0, 1, 86400, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, rng.randrange(1 << 32))))
            capture.records[i][0] = bytes(header)


def link_type(rng, capture):
    """The same packets, said to be of another kind."""
    kind = rng.choice((0, 1, 9, 50, 51, 101, 104, 105, 107, 113, 119, 127, 163, 192, 195, 228,
                       229, 239, 276, 12, 14, 108, 109, 147, 999, 65535))
    head = bytearray(capture.head)
    at = 36 if capture.blocks else 20
    if len(head) >= at + 4:
        size = 2 if capture.blocks else 4
        head[at:at + size] = kind.to_bytes(size, "little" if capture.order == "<" else "big")
    capture.head = bytes(head)


def in_file(edit):
    """Damage to the file as it lies there."""
    def mutate(rng, capture):
        data = bytearray(capture.written())
        edit(rng, data)
        capture.head, capture.records, capture.tail = bytes(data), [], b""
    return mutate


def file_headers(rng, data):
    """Where the records' own headers would be, and the file's."""
    for _ in range(rng.choice((1, 2, 6))):
        data[rng.randrange(min(len(data), 200))] = rng.choice(NUMBERS)


def file_flip(rng, data):
    for _ in range(rng.choice((1, 4, 32))):
        data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)


def file_cut(rng, data):
    del data[rng.randrange(len(data)):]


def file_run(rng, data):
    at, size = rng.randrange(len(data)), rng.choice((1, 4, 16, 200))
    data[at:at + size] = rng.choice((b"\0" * size, b"\xff" * size, rng.randbytes(size), b""))


def record_header(rng, capture):
    """A length in a record's header that is wrong; from there on all is."""
    i = rng.choice(capture.packets())
    data = bytearray(capture.record(*capture.records[i]))
    at = rng.choice((4, 20, 24) if capture.blocks else (8, 12))
    now = struct.unpack(capture.order + "I", data[at:at + 4])[0]
    new = rng.choice((0, 1, now - 1, now + 1, now + 4, 0xFFFF, 262144, 262145, 0x7FFFFFFF, 0xFFFFFFFF))
    data[at:at + 4] = struct.pack(capture.order + "I", new & 0xFFFFFFFF)
    capture.records[i] = [bytes(data), None]


INSIDE = (edited(flip), edited(length), edited(number), edited(shorter), edited(run_of), order,
          edited(length), edited(moved), edited(crossed), times, edited(flip), link_type,
          record_header)
OUTSIDE = (in_file(file_flip), in_file(file_cut), in_file(file_headers), in_file(file_run))


def mutant(data, seed, name, count):
    """The mutant of that number of this capture; what is no capture as we know it is damaged whole."""
    rng = random.Random("%s %s %d" % (seed, name, count))
    capture = Capture(data)
    if not capture.head + capture.tail and not capture.records:
        return rng.randbytes(rng.randrange(64))
    inside = capture.packets() and rng.random() < 0.8
    for _ in range(1 if rng.random() < 0.7 else 2):
        if inside and capture.packets():
            rng.choice(INSIDE)(rng, capture)
        elif capture.written():
            rng.choice(OUTSIDE)(rng, capture)
    return capture.written()
