# SPDX-License-Identifier: MIT
"""Chains that watch veth0 while others talk, and what they say of it."""
import collections
import json
import os
import signal
import socket
import subprocess

import clients
import servers
from pair import DEADLINE, THEIRS, command, fail, wait_for


class Capture:
    """A chain on veth0, and the file that it writes."""

    def __init__(self, chains, folder, name, words, path=None):
        self.name, self.path = name, path or os.path.join(folder, name)
        self.said = os.path.join(folder, name + ".said")
        with open(path and os.devnull or self.path, "wb") as out, open(self.said, "wb") as said:
            self.process = subprocess.Popen([chains] + words, stdin=subprocess.DEVNULL, stdout=out,
                                            stderr=said)

    def has(self, text):
        """Whether the file says so."""
        if self.process.poll() is not None:
            fail("%s ended: %s" % (self.name, open(self.said).read()))
        if not os.path.exists(self.path):
            return False
        with open(self.path, "rb") as file:
            return text in file.read()

    def end(self):
        self.process.send_signal(signal.SIGINT)
        try:
            code = self.process.wait(DEADLINE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            fail("%s does not end" % self.name)
        with open(self.said) as said:
            said = said.read()
        if code or ("dropped by the kernel" in said and " 0 dropped by the kernel" not in said):
            fail("%s: exit code %d, %s" % (self.name, code, said))

    def records(self):
        with open(self.path, errors="surrogateescape") as lines:
            return [json.loads(line) for line in lines]


class Watch:
    """A chain of links and a sink, the packets, and what else watches, all at the same time.

    Requests to a server of its own mark the beginning and the end: between them nothing is missed.
    """

    def __init__(self, chains, peer, folder, chain, **more):
        servers.marks(peer)
        self.folder, self.chains, self.chain = folder, chains, chain
        source = ["run", "packet_streamer", "iface_name=veth0", "!"]
        packets = os.path.join(folder, "packets.pcap")
        self.more = {name: Capture(chains, folder, name, words) for name, words in more.items()}
        self.all = Capture(chains, folder, "all", source + chain)
        self.packets = Capture(chains, folder, "packets",
                               source + ["pcap_writer", "path=" + packets], packets)
        self.each = [self.all, self.packets] + list(self.more.values())
        self.mark("begin")

    def mark(self, word):
        request = b"GET /mark-%s HTTP/1.1\r\nHost: mark\r\n\r\n" % word.encode()

        def shown():
            with socket.create_connection((THEIRS, servers.MARKS), DEADLINE) as sock:
                sock.sendall(request)
                clients.received(sock)
            return all(each.has(request.split()[1]) for each in self.each)
        wait_for(shown, "a request is shown by each of them")

    def end(self):
        self.mark("end")
        for each in self.each:
            each.end()

    def again(self, name="again", chain=None, path=None):
        """What the chain, or another one, says of the packets, or of those in another file."""
        words = ["run", "packet_streamer", "files=" + (path or self.packets.path), "!"]
        return again(self.chains, self.folder, words + (chain or self.chain), name)


def again(chains, folder, words, name):
    """What a command says of the captured packets."""
    path = os.path.join(folder, name)
    with open(path, "wb") as out:
        command(chains, *words, stdout=out)
    with open(path, errors="surrogateescape") as lines:
        return [json.loads(line) for line in lines]


def same(what, seen, logged):
    """Two collections hold the same, each as often."""
    seen, logged = (collections.Counter(list(each)) for each in (seen, logged))
    if not logged:
        fail("%s: nothing was logged" % what)
    if seen != logged:
        fail("%s: %d seen, %d logged; more often seen: %r, more often logged: %r" % (
            what, sum(seen.values()), sum(logged.values()), sorted((seen - logged).items())[:5],
            sorted((logged - seen).items())[:5]))
    print("%s: %d" % (what, sum(seen.values())))


def ends(record):
    """Who sent it, from which port, and the port it went to."""
    there = record.get("endpoints") or record.get("flow")
    if there:
        return there["src"], there["dst"], there["sport"], there["dport"]
    packet, transport = record["packet"], record["transport"]
    return packet["src"], packet["dst"], transport["sport"], transport["dport"]
