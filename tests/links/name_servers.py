#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""name_servers.py CHAINS: servers of names that are dead, lie, flood and answer from elsewhere.

A capture of packets from public addresses goes through reverse_dns while a server on the loopback
does to it whatever the case says. Always: every packet comes out, nobody waits longer than is
promised, no name is one that the address was not given, and memory does not grow with the answers.
"""
import json
import os
import random
import re
import resource
import select
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "pcap"))

from files import Packet, pcap  # noqa: E402
from frames import eth, udp  # noqa: E402

CHAINS = os.path.abspath(sys.argv[1])
MACS = "02:00:5e:10:00:09", "02:00:5e:10:00:01"
HOST = "192.168.1.9"
START = 1704164645 * 10**9
WAIT = 2.0  # the longest wait for the names of a batch of a file
GROWTH_KIB = 6144


def packets(count, first=0):
    return [Packet(START + n * 10**6, eth(*MACS, 0x0800, udp(
        "9.%d.%d.%d" % (n >> 16 & 255, n >> 8 & 255, n & 255), HOST, 4000, 5000, b"x")))
        for n in range(first, first + count)]


def label(text):
    return bytes([len(text)]) + text


def wire(name):
    return b"".join(label(part) for part in name.split(b".")) + b"\0"


def pointer(owner, name, ttl=300):
    return owner + struct.pack("!HHIH", 12, 1, ttl, len(name)) + name


def reply(question, answers=(), flags=0x8180, ident=None):
    """`question` as it came; the names of answers may refer to it at 12."""
    return (question[:2] if ident is None else ident) + struct.pack(
        "!HHHHH", flags, 1, len(answers), 0, 0) + question[12:] + b"".join(answers)


GOOD = wire(b"good.example")
BAD = wire(b"evil.example")
SELF = b"\xc0\x0c"
TURNED = b"\3bad\4name\7example\0"


class Server:
    """A UDP socket, and a TCP one on its port, whose questions are answered by a function."""

    def __init__(self, answer, tcp=None):
        self.asked, self.names, self.answer, self.tcp = 0, set(), answer, tcp
        self.most_in_second, self.times = 0, []
        self.udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        while True:
            self.udp.bind(("127.0.0.1", 0))
            self.port = self.udp.getsockname()[1]
            self.listener = socket.socket()
            try:
                self.listener.bind(("127.0.0.1", self.port))
                break
            except OSError:
                self.udp.close()
                self.listener.close()
                self.udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.listener.listen(64)
        self.elsewhere = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.elsewhere.bind(("127.0.0.2", 0))
        self.over = False
        self.held = []
        self.thread = threading.Thread(target=self.serve, daemon=True)
        self.thread.start()

    def serve(self):
        while not self.over:
            for ready in select.select([self.udp, self.listener], [], [], 0.02)[0]:
                if ready is self.listener:
                    self.held.append(self.listener.accept()[0])
                    if self.tcp:
                        threading.Thread(target=self.tcp, args=(self.held[-1],), daemon=True).start()
                    continue
                question, peer = self.udp.recvfrom(2048)
                self.asked += 1
                self.times.append(time.monotonic())
                self.names.add(question[12:-4])
                try:
                    self.answer(self, question, peer)
                except OSError:
                    pass

    def end(self):
        self.over = True
        self.thread.join()
        for one in (self.udp, self.listener, self.elsewhere, *self.held):
            one.close()

    def say(self, message, peer, by=None):
        (by or self.udp).sendto(message, peer)


def resident(pid):
    """KiB at the most so far, of the program and not of what it was forked from."""
    try:
        with open("/proc/%d/status" % pid) as lines, open("/proc/%d/comm" % pid) as name:
            if name.read().startswith("chains"):
                return max([int(line.split()[1]) for line in lines if line.startswith("VmHWM")],
                           default=0)
    except OSError:
        pass
    return 0


class Done:
    """What came of a chain: objects, sentences, seconds, resident KiB at the most."""

    def __init__(self, data, words):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "in.pcap")
            with open(path, "wb") as out:
                out.write(data)
            begin = time.monotonic()
            with open(os.path.join(folder, "out"), "w+b") as out, \
                    open(os.path.join(folder, "said"), "w+b") as said:
                words = [CHAINS, "run", path, "!", "packet_meta", "!", "reverse_dns", "mode=active",
                         "hosts="] + words + ["!", "json_lines"]
                process = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=out, stderr=said)
                self.resident = 0
                while process.poll() is None:
                    self.resident = max(self.resident, resident(process.pid))
                    time.sleep(0.002)
                self.took = time.monotonic() - begin
                out.seek(0)
                said.seek(0)
                self.objects = [json.loads(line) for line in out]
                self.said = said.read().decode()
        if process.returncode != 0:
            sys.exit("exit code %d: %s" % (process.returncode, self.said))

    def names(self):
        return {o["packet"]["src"]: (o["domains"].get("src"), o["domains"]["src_from"])
                for o in self.objects}


def holds(what, condition):
    if not condition:
        sys.exit("not so: " + what)


def through(name, answer, count=40, tcp=None, words=(), most_s=None):
    server = Server(answer, tcp)
    try:
        done = Done(pcap(packets(count)), ["resolver=127.0.0.1:%d" % server.port, *words])
    finally:
        server.end()
    holds("%s: %d records of %d" % (name, len(done.objects), count), len(done.objects) == count)
    batches = (count + 31) // 32
    most_s = most_s or WAIT * min(batches, 4) + 4
    holds("%s: %.1f s" % (name, done.took), done.took < most_s * PATIENCE)
    holds("%s: memory of %d KiB, where silence takes %d" % (name, done.resident, QUIET),
          not QUIET or done.resident < QUIET + GROWTH_KIB)
    print("%-28s %3d asked, %.2f s, %d KiB, %s" % (
        name, server.asked, done.took, done.resident,
        sorted({how for _, how in done.names().values()})))
    return server, done


def only(name, done, *states, named=None):
    """Every source has one of these states, and no name but this one."""
    for address, (got, how) in done.names().items():
        holds("%s: %s is %r, %s" % (name, address, got, how), how in states)
        holds("%s: %s is called %r" % (name, address, got),
              got in (None, "NXDOMAIN") if how != "ptr" else re.fullmatch(named, got))


# --- what servers do ----------------------------------------------------------------------------

def well(server, question, peer):
    server.say(reply(question, [pointer(SELF, GOOD)]), peer)


def silent(server, question, peer):
    pass


def wrong_id(server, question, peer):
    ident = struct.pack("!H", struct.unpack("!H", question[:2])[0] ^ 1)
    server.say(reply(question, [pointer(SELF, BAD)], ident=ident), peer)


def wrong_question(server, question, peer):
    other = question[:12] + wire(b"4.3.2.9.in-addr.arpa") + struct.pack("!HH", 12, 1)
    server.say(reply(other, [pointer(SELF, BAD)]), peer)


def other_name(server, question, peer):
    owner = wire(b"200.2.2.9.in-addr.arpa")
    server.say(reply(question, [pointer(owner, BAD)]), peer)


def elsewhere(server, question, peer):
    server.say(reply(question, [pointer(SELF, BAD)]), peer, server.elsewhere)


def elsewhere_first(server, question, peer):
    """A forger is faster than the server."""
    elsewhere(server, question, peer)
    wrong_id(server, question, peer)
    wrong_question(server, question, peer)
    well(server, question, peer)


HOSTILE = (b"\x1b[31m.example", b"a\nb.example", b"a b.example", b"\xc2\x9bx.example", b"a\0b.example",
           b"\xe2\x80\xae.example", b"<b>.example", b"1.2.3.4", b"a'b.example", b"%s.example")


def hostile(server, question, peer):
    server.say(reply(question, [pointer(SELF, wire(HOSTILE[server.asked % len(HOSTILE)]))]), peer)


def loops(server, question, peer):
    at = len(question) + 12  # of the data of the first answer
    end = struct.pack("!H", 0xC000 | at)
    names = (end, b"\1a" + end, struct.pack("!H", 0xC000 | at + 2) + end, b"\xc0\xff", b"\x40a\0",
             label(b"a" * 63) * 4 + b"\0", b"\3ab")
    server.say(reply(question, [pointer(SELF, names[server.asked % len(names)])]), peer)


def flood(server, question, peer):
    for _ in range(1000):
        server.say(reply(question, [pointer(SELF, GOOD)]), peer)


def garbage(server, question, peer):
    noise = random.Random(server.asked)
    for _ in range(50):
        data = bytearray(reply(question, [pointer(SELF, GOOD)] * 3))
        for _ in range(noise.randrange(1, 6)):
            data[noise.randrange(2, len(data))] = noise.randrange(256)
        server.say(bytes(data[:noise.randrange(len(data) + 1)]), peer)


def truncated(server, question, peer):
    server.say(reply(question, flags=0x8380), peer)


def whole_over_tcp(peer):
    """65,535 bytes for each question, the pointer behind thousands of other records."""
    with peer.makefile("rb") as questions:
        while True:
            size = questions.read(2)
            if len(size) < 2:
                return
            question = questions.read(struct.unpack("!H", size)[0])
            filler = wire(b"filler.example") + struct.pack("!HHIH", 16, 1, 1, 900) + bytes(900)
            answers = [filler] * 69 + [pointer(SELF, BAD)]
            message = reply(question, answers)
            message += bytes(65535 - len(message))
            try:
                peer.sendall(struct.pack("!H", len(message)) + message)
            except OSError:
                return


def slowly_over_tcp(peer):
    try:
        peer.recv(100)
        for byte in b"\xff\xff" + bytes(200):
            peer.sendall(bytes([byte]))
            time.sleep(0.05)
    except OSError:
        pass


# --- the cases ------------------------------------------------------------------------------------

def cases():
    global QUIET
    _, done = through("silent", silent)
    only("silent", done, "timeout", "pending", "limited", "not_asked")
    holds("ten questions without an answer are said once: %r" % done.said,
          done.said.count("\n") <= 1 and (not done.said or "in a row" in done.said))
    QUIET = done.resident
    _, done = through("well", well)
    only("well", done, "ptr", named=r"good\.example")
    for name, answer in (("wrong id", wrong_id), ("wrong question", wrong_question),
                         ("from elsewhere", elsewhere)):
        _, done = through(name, answer)
        only(name, done, "timeout", "pending", "limited", "servfail")
    _, done = through("of another name", other_name)
    only("of another name", done, "nodata", "invalid", "timeout", "servfail")
    _, done = through("forger first", elsewhere_first)
    only("forger first", done, "ptr", "servfail", named=r"good\.example")
    holds("the server is heard behind a forger elsewhere",
          any(how == "ptr" for _, how in done.names().values()))
    for name, answer in (("hostile names", hostile), ("loops", loops)):
        _, done = through(name, answer)
        only(name, done, "invalid", "servfail", "timeout", "nodata")
    _, done = through("flood", flood)
    only("flood", done, "ptr", "timeout", "pending", "limited", named=r"good\.example")
    holds("some are heard in a flood", any(how == "ptr" for _, how in done.names().values()))
    _, done = through("garbage", garbage)
    only("garbage", done, "ptr", "servfail", "timeout", "nodata", "nxdomain", "invalid", "refused",
         "pending", "limited", named=r"[a-zA-Z0-9_.-]{1,254}")  # the server's own words, garbled
    _, done = through("64 KiB over TCP", truncated, tcp=whole_over_tcp)
    only("64 KiB over TCP", done, "nodata", "invalid", "timeout", "servfail", "limited", "pending")
    for name, tcp in (("TCP, slowly", slowly_over_tcp), ("TCP, never", None)):
        _, done = through(name, truncated, tcp=tcp)
        only(name, done, "timeout", "servfail", "nodata", "pending", "limited", "not_asked")


def nobody():
    """A closed port, and a network without a way: said once, then nobody waits."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    for name, server in (("closed port", "127.0.0.1:%d" % port), ("no way", "[2001:db8::1]:53")):
        done = Done(pcap(packets(2000)), ["resolver=" + server])
        holds("%s: %d records" % (name, len(done.objects)), len(done.objects) == 2000)
        holds("%s: %.1f s" % (name, done.took), done.took < 8 * PATIENCE)
        holds("%s: %r" % (name, done.said), done.said.count("\n") <= 1)
        only(name, done, "timeout", "servfail", "limited", "pending")
        print("%-28s %.2f s, %r" % (name, done.took, done.said))


def live_rate():
    """New sources for ever, without waiting: questions stay within the rate, and memory flat."""
    sizes = []
    for count in (20000, 100000):
        server = Server(silent)
        parts = [pcap([])] + [pcap([packet])[24:] for packet in packets(count)]
        done = Done(b"".join(parts), ["resolver=127.0.0.1:%d" % server.port, "no_wait=yes"])
        server.end()
        holds("all come out", len(done.objects) == count)
        # Each question is put twice, where nobody answers.
        most = 64 + 50 * done.took
        holds("%d names asked in %.2f s" % (len(server.names), done.took), len(server.names) <= most)
        holds("%d questions in %.2f s" % (server.asked, done.took), server.asked <= 2 * most)
        states = {how for _, how in done.names().values()}
        holds("states %r" % states, states <= {"pending", "limited", "timeout"})
        print("%-28s %3d names asked, %.2f s, %d KiB" % (
            "%d sources" % count, len(server.names), done.took, done.resident))
        sizes.append(done.resident)
    holds("memory %r" % sizes, sizes[1] - sizes[0] < 4096 + 16384 * 292 // 1024)


def never_asked():
    """Special addresses, and the server itself, are asked nobody about."""
    special = ("10.0.0.1", "127.0.0.1", "169.254.1.1", "172.16.0.1", "192.0.2.1", "192.168.1.1",
               "198.18.0.1", "198.51.100.1", "203.0.113.1", "224.0.0.251", "240.0.0.1", "0.0.0.0",
               "255.255.255.255", "100.64.0.1")
    special6 = ("::1", "fe80::1", "ff02::fb", "fc00::1", "2001:db8::1", "::", "100::1")
    frames = [eth(*MACS, 0x86DD if ":" in one else 0x0800, udp(
        one, "fe80::9" if ":" in one else HOST, 4000, 5000, b"x")) for one in special + special6]
    server = Server(well)
    done = Done(pcap([Packet(START, frame) for frame in frames]),
                ["resolver=127.0.0.1:%d" % server.port])
    server.end()
    holds("asked about %r" % server.names, not server.names)
    holds("all come out", len(done.objects) == len(special + special6))


QUIET = 0
PATIENCE = 3 if "ASAN_OPTIONS" in os.environ else 1
resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
cases()
nobody()
live_rate()
never_asked()
