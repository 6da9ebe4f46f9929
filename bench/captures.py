# SPDX-License-Identifier: MIT
"""Captures: made by bench/traffic when they are missing or when it has changed, and their beginnings.

Beside NAME.pcap lies NAME.json: how it was made, how many packets it has. Captures in a folder that
somebody else filled have none; their packets are counted, and nothing is written there.
"""
import hashlib
import json
import mmap
import os
import shutil
import struct
import subprocess

FILE_HEADER, RECORD_HEADER = 24, 16


class Missing(Exception):
    """There is no such capture, and it cannot be made."""


class Capture:
    def __init__(self, name, path, packets):
        self.name, self.path, self.packets = name, path, packets
        self.size = os.path.getsize(path)


def records(path, most=None):
    """(records, bytes up to there) of the first `most` records of a pcap file."""
    with open(path, "rb") as file:
        magic = file.read(4)
        order = "<" if magic in (b"\xd4\xc3\xb2\xa1", b"\x4d\x3c\xb2\xa1") else ">"
        if order == ">" and magic not in (b"\xa1\xb2\xc3\xd4", b"\xa1\xb2\x3c\x4d"):
            raise Missing(path + " is no pcap file")
        length = struct.Struct(order + "I").unpack_from
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            at, count, size = FILE_HEADER, 0, len(data)
            while at + RECORD_HEADER <= size and count != most:
                behind = at + RECORD_HEADER + length(data, at + 8)[0]
                if behind > size:
                    break
                at, count = behind, count + 1
            return count, at


def fingerprint(root):
    """Of everything that makes captures what they are."""
    digest = hashlib.sha256()
    for folder in ("bench/traffic", "tests/pcap"):
        for name in sorted(os.listdir(os.path.join(root, folder))):
            if name.endswith((".c", ".h", ".pcap", ".keys")):
                with open(os.path.join(root, folder, name), "rb") as file:
                    digest.update(name.encode() + b"\0" + file.read())
    return digest.hexdigest()


class Captures:
    """Those of one folder, made by one generator where that is given; `parts` is for beginnings."""

    def __init__(self, folder, generator=None, root=None, packets=None, parts=None):
        self.folder, self.generator, self.packets = folder, generator, packets
        self.parts = parts or os.path.join(folder, "beginnings")
        self.print = fingerprint(root) if generator else None
        self.known = {}
        if generator:
            os.makedirs(folder, exist_ok=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        """Beginnings are quickly made again, and together larger than what they are of."""
        shutil.rmtree(self.parts, ignore_errors=True)

    def get(self, name):
        if name not in self.known:
            self.known[name] = self.made(name) if self.generator else self.found(name)
        return self.known[name]

    def path(self, name):
        return os.path.join(self.folder, name + ".pcap")

    def found(self, name):
        if not os.path.exists(self.path(name)):
            raise Missing("no %s.pcap in %s" % (name, self.folder))
        return Capture(name, self.path(name), records(self.path(name))[0])

    def made(self, name):
        words = ["--like=" + name] + (["--packets=%d" % self.packets] if self.packets else [])
        about = {"made by": " ".join(["traffic"] + words), "fingerprint": self.print}
        beside = os.path.join(self.folder, name + ".json")
        try:
            with open(beside) as file:
                known = json.load(file)
            if all(known[key] == value for key, value in about.items()):
                return Capture(name, self.path(name), known["packets"])
        except (OSError, ValueError, KeyError):
            pass
        unfinished = self.path(name) + ".new"
        with open(unfinished, "wb") as out:
            done = subprocess.run([self.generator] + words, stdout=out, stderr=subprocess.PIPE,
                                  check=False)
        if done.returncode:
            os.remove(unfinished)
            free = shutil.disk_usage(self.folder).free
            said = done.stderr.decode().strip() or "exit code %d, %d MB are free in %s" % (
                done.returncode, free >> 20, self.folder)
            raise Missing("traffic --like=%s: %s" % (name, said))
        os.rename(unfinished, self.path(name))
        about["packets"] = records(self.path(name))[0]
        with open(beside, "w") as file:
            json.dump(about, file)
        return Capture(name, self.path(name), about["packets"])


def beginning(capture, packets, folder):
    """The first packets of a capture, as a file of their own."""
    if packets >= capture.packets:
        return capture
    os.makedirs(folder, exist_ok=True)
    path = os.path.join(folder, "%s-%d.pcap" % (capture.name, packets))
    count, size = records(capture.path, packets)
    if not os.path.exists(path) or os.path.getsize(path) != size or \
            os.path.getmtime(path) < os.path.getmtime(capture.path):
        with open(capture.path, "rb") as source, open(path + ".new", "wb") as out:
            left = size
            while left:
                piece = source.read(min(left, 1 << 20))
                out.write(piece)
                left -= len(piece)
        os.rename(path + ".new", path)
    return Capture(capture.name, path, count)


def round_down(packets):
    """A round number (1, 2 or 5 and zeros), so that it is the same one every time."""
    step = 1
    while step * 10 <= packets:
        step *= 10
    return max(1000, max(step * times for times in (1, 2, 5) if step * times <= max(packets, 1)))
