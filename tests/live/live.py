#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""live.py CASE NETWATCH: netwatch on a real interface, with real programs talking.

Two network namespaces are joined by a veth pair: this process and netwatch live in one, the peer
in the other. Nothing outside of them is contacted. Skipped (77) where namespaces may not be made,
or a program is missing.
"""
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys

from pair import DEADLINE, NAMED, NAMELESS, OURS, PATH, THEIRS, THEIRS6
from pair import command, fail, run_between, skip, wait_for

CASES = {}


def case(function):
    CASES[function.__name__] = function
    return function


class Watch:
    """netwatch on veth0, from the moment on at which it sees packets."""

    def __init__(self, *words, interface="veth0"):
        self.process = subprocess.Popen([NETWATCH, "-i", interface, "-l"] + list(words),
                                        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE)
        os.set_blocking(self.process.stdout.fileno(), False)
        self.text = b""
        self.ready = False

    def lines(self):
        while True:
            part = self.process.stdout.read()
            if not part:
                break
            self.text += part
        return self.text.decode().splitlines()

    def begin(self):
        """Sends marks (to the discard port) until one is seen."""
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as mark:
            def seen():
                mark.sendto(b"mark", (THEIRS, 9))
                if self.process.poll() is not None:
                    fail("netwatch ended: %r" % self.process.stderr.read())
                return any(THEIRS in line for line in self.lines())
            wait_for(seen, "a packet that was sent is shown")
        return self

    def until(self, condition, what):
        return wait_for(lambda: condition(self.lines()), what)

    def end(self, number=signal.SIGINT):
        self.process.send_signal(number)
        return self.finish()

    def finish(self):
        try:
            code = self.process.wait(DEADLINE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            fail("netwatch does not end")
        lines = self.lines()
        return code, lines, self.process.stderr.read().decode()


def statistics(said):
    match = re.fullmatch(r"netwatch: (\d+) packets, (\d+) received by the filter, (\d+) dropped by "
                         r"the kernel, (\d+) dropped by the interface(?:, \d+ left unread)?\n",
                         said)
    return tuple(map(int, match.groups())) if match else fail("statistics in %r" % said)


@case
def traffic(peer):
    """A ping and a TCP exchange over IPv4 and IPv6, all of it seen, and only it."""
    watch = Watch("--json", "-n").begin()
    command("ping", "-c", "3", "-i", "0.2", THEIRS, stdout=subprocess.DEVNULL)
    command("ping", "-c", "2", "-i", "0.2", THEIRS6, stdout=subprocess.DEVNULL)
    server = subprocess.Popen(peer.words(sys.executable, "-c", (
        "import socket\n"
        "s = socket.create_server(('10.99.0.2', 8080)); print('ready', flush=True)\n"
        "c, _ = s.accept(); c.sendall(c.recv(100).upper()); c.close()")), stdout=subprocess.PIPE)
    server.stdout.readline()
    with socket.create_connection((THEIRS, 8080)) as client:
        client.sendall(b"hello")
        if client.recv(100) != b"HELLO":
            fail("the exchange itself")
        client.recv(100)
    server.wait(DEADLINE)

    def closed(lines):
        flags = [record["transport"].get("flags") for record in map(json.loads, lines)
                 if record.get("transport", {}).get("type") == "TCP"]
        return sum("fin" in f for f in flags) >= 2
    watch.until(closed, "both ends of the connection closed")
    code, lines, said = watch.end()
    if code != 0:
        fail("exit code %d: %s" % (code, said))
    packets, received, dropped, _ = statistics(said)
    records = [json.loads(line) for line in lines]
    if packets != len(records) or received < packets or dropped:
        fail("%d lines, and %r" % (len(records), said))
    kinds = [(r["transport"]["type"], r["packet"]["src"]) for r in records if "transport" in r
             and r["transport"].get("icmp_type") in (0, 8)]
    for kind, address, count in (("ICMP", OURS, 3), ("ICMP", THEIRS, 3)):
        if kinds.count((kind, address)) != count:
            fail("%d packets %s of %s" % (kinds.count((kind, address)), kind, address))
    echoes = [r for r in records if r.get("transport", {}).get("type") == "ICMP6"
              and r["transport"]["icmp_type"] in (128, 129)]
    if len(echoes) != 4:
        fail("%d echoes of IPv6" % len(echoes))
    syn = [r for r in records if r.get("transport", {}).get("flags") == ["syn"]]
    if len(syn) != 1 or syn[0]["transport"]["dport"] != 8080 or "mss" not in syn[0]["transport"]:
        fail("the SYN: %r" % syn)
    numbers = [r["number"] for r in records]
    if numbers != list(range(1, len(records) + 1)):
        fail("numbers out of order: %r" % numbers)


@case
def burst(peer):
    """20,000 datagrams as fast as a program can send them: none is lost."""
    count = 20000
    watch = Watch("--json", "-n", "udp", "port", "9999", "or", "udp", "port", "9").begin()
    peer.run(sys.executable, "-c", (
        "import socket\n"
        "s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)\n"
        "s.bind(('10.99.0.2', 9998))\n"
        "for n in range(%d): s.sendto(b'%%020d' %% n, ('10.99.0.1', 9999))" % count))

    def arrived(lines):
        return sum('"dport":9999' in line for line in lines) == count
    watch.until(arrived, "all of the burst")
    code, lines, said = watch.end()
    packets, received, dropped, lost = statistics(said)
    if code != 0 or dropped or lost or packets != len(lines) or received < packets:
        fail("exit code %d, %d lines, %r" % (code, len(lines), said))


@case
def limits(peer):
    """-c, --duration and a filter end or narrow it; TERM ends it like INT."""
    watch = Watch("-c", "5", "-n", "icmp")
    pinging = subprocess.Popen(["ping", "-i", "0.05", THEIRS], stdout=subprocess.DEVNULL,
                               env=dict(os.environ, PATH=PATH))
    code, lines, said = watch.finish()
    pinging.terminate()
    pinging.wait()
    if code != 0 or len(lines) != 5 or not all("ICMP IP" in line for line in lines):
        fail("-c 5: %d, %r, %r" % (code, lines, said))
    if statistics(said)[0] != 5:
        fail("-c 5 says %r" % said)
    code, lines, said = Watch("--duration=1", "-n").finish()
    if code != 0 or statistics(said)[0] != len(lines):
        fail("--duration: %d, %r" % (code, said))
    watch = Watch("-n").begin()
    code, lines, said = watch.end(signal.SIGTERM)
    if code != 0 or statistics(said)[0] != len(lines):
        fail("TERM: %d, %r" % (code, said))
    code, lines, said = Watch("-n", "tcp", "prot", "80").finish()
    if code != 2 or lines or "^" not in said:
        fail("a bad filter: %d, %r" % (code, said))
    watch = Watch("-p", "--snaplen=60", "-v", "-n").begin()
    code, lines, said = watch.end()
    if code != 0:
        fail("-p --snaplen: %d, %r" % (code, said))


def serve(peer):
    """dnsmasq in our namespace, on loopback; returns it and its port."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = subprocess.Popen(
        [shutil.which("dnsmasq", path=PATH), "--no-daemon", "-p", str(port),
         "--listen-address=127.0.0.1", "--bind-interfaces", "--no-resolv", "--no-hosts",
         "--conf-file=/dev/null", "--user=", "--address=/in-addr.arpa/",
         "--ptr-record=105.119.197.54.in-addr.arpa,compute-1.amazonaws.com"],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return server, port


@case
def names(peer):
    """A name from a server inside the namespace, NXDOMAIN, and our own prefix as LOCAL."""
    if not shutil.which("dnsmasq", path=PATH):
        skip("dnsmasq is not installed")
    server, port = serve(peer)
    watch = Watch("--resolver=127.0.0.1:%d" % port).begin()
    pings = [subprocess.Popen(["ping", "-i", "0.1", address], stdout=subprocess.DEVNULL,
                              env=dict(os.environ, PATH=PATH)) for address in (NAMED, NAMELESS)]
    named = "ICMP IP %s(LOCAL) --> %s(compute-1.amazonaws.com) TAGS: ['outgoing']" % (OURS, NAMED)
    nameless = "ICMP IP %s(NXDOMAIN) --> %s(LOCAL) TAGS: ['incoming', 'nxdomain']" % (NAMELESS,
                                                                                     OURS)
    watch.until(lambda lines: any(line.endswith(named) for line in lines) and
                any(line.endswith(nameless) for line in lines), named + " and " + nameless)
    code, lines, said = watch.end()
    for ping in pings + [server]:
        ping.terminate()
        ping.wait()
    packets, _, dropped, _ = statistics(said)
    if code != 0 or dropped or packets != len(lines):
        fail("exit code %d, %d lines, %r" % (code, len(lines), said))


@case
def own_prefix(peer):
    """The prefixes of the interface are LOCAL, also where they are not private."""
    command("ip", "addr", "add", "198.41.0.1/24", "brd", "+", "dev", "veth0")
    watch = Watch("--resolver=127.0.0.1:1").begin()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as mark:
        def seen(lines):
            mark.sendto(b"mark", ("198.41.0.255", 9))
            return any("198.41.0.1(LOCAL) --> 198.41.0.255(" in line and "'broadcast'" in line
                       for line in lines)
        mark.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
        watch.until(seen, "a broadcast of a prefix of our own")
    watch.end()


@case
def no_broadcast(peer):
    """An address without a broadcast address of its own is not taken for one."""
    command("ip", "addr", "add", "198.41.0.1/24", "dev", "veth0")
    watch = Watch("--resolver=127.0.0.1:1").begin()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as mark:
        mark.bind(("198.41.0.1", 0))

        def seen(lines):
            mark.sendto(b"mark", (THEIRS, 9))
            return [line for line in lines if "198.41.0.1(" in line]
        line = watch.until(seen, "a packet from that address")[0]
    watch.end()
    if "198.41.0.1(LOCAL)" not in line or "broadcast" in line:
        fail("our own address is LOCAL: " + line)


@case
def gone(peer):
    """The interface disappears: what was seen is shown, then one sentence, exit code 1."""
    watch = Watch("-n").begin()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as last:
        for number in range(100):
            last.sendto(b"last", (THEIRS, 1000 + number))
    watch.until(lambda lines: len(lines) >= 101, "the packets before")
    command("ip", "link", "del", "veth0")
    code, lines, said = watch.finish()
    if code != 1 or said.count("\n") != 1 or "disappeared" not in said:
        fail("exit code %d, %r" % (code, said))
    if sum("%s --> %s" % (OURS, THEIRS) in line for line in lines) < 101:
        fail("all packets before are shown: %d" % len(lines))


@case
def down(peer):
    """The interface goes down and comes up again: it goes on."""
    watch = Watch("-n").begin()
    command("ip", "link", "set", "veth0", "down")
    command("ip", "link", "set", "veth0", "up")
    watch.text = b""
    watch.begin()
    code, lines, said = watch.end()
    if code != 0 or statistics(said)[2]:
        fail("exit code %d, %r" % (code, said))


@case
def permission(peer):
    """Without the capability: one sentence with the command that grants it, exit code 1."""
    if not shutil.which("setpriv", path=PATH):
        skip("setpriv is not installed")
    done = subprocess.run(["setpriv", "--bounding-set=-net_raw,-net_admin", NETWATCH, "-i",
                           "veth0"], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          env=dict(os.environ, PATH=PATH), timeout=DEADLINE)
    said = done.stderr.decode()
    if done.returncode != 1 or said.count("\n") != 1 or done.stdout:
        fail("exit code %d, %r" % (done.returncode, said))
    command_said = re.search(r"sudo setcap cap_net_raw=ep (\S+)$", said.strip())
    if not command_said or not os.path.exists(command_said.group(1)):
        fail("the command that grants it in %r" % said)


@case
def default(peer):
    """Without -i: the interface that is up, never loopback; listed so by -D."""
    listed = subprocess.run([NETWATCH, "-D"], stdout=subprocess.PIPE, check=True).stdout.decode()
    first = [line for line in listed.splitlines() if "(default)" in line]
    if len(first) != 1 or not first[0].startswith("veth0 ") or OURS not in first[0]:
        fail("-D: " + listed)
    watch = Watch("-n", interface="veth0")
    watch.process.kill()
    watch.process.wait()
    watch.process = subprocess.Popen([NETWATCH, "-n", "-l"], stdout=subprocess.PIPE,
                                     stderr=subprocess.PIPE)
    os.set_blocking(watch.process.stdout.fileno(), False)
    watch.begin()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as loopback:
        for _ in range(10):
            loopback.sendto(b"not to be seen", ("127.0.0.1", 9))
    watch.text = b""
    watch.begin()
    code, lines, said = watch.end()
    if code != 0 or any("127.0.0.1" in line for line in lines) or \
            not said.startswith("netwatch: packet_streamer: watching veth0\n"):
        fail("exit code %d, %r %r" % (code, lines, said))
    command("ip", "link", "del", "veth0")
    done = subprocess.run([NETWATCH, "-n", "--duration=1"], stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, timeout=DEADLINE)
    chosen, said = done.stderr.decode().split("\n", 1)
    if done.returncode != 0 or chosen != "netwatch: packet_streamer: watching any" or \
            statistics(said)[2]:
        fail("with loopback alone all is watched: %r" % done)


if sys.argv[1:] == ["--list"]:
    print("\n".join(CASES))
else:
    NETWATCH = os.path.abspath(sys.argv[2])
    run_between(["ping"], CASES[sys.argv[1]])
