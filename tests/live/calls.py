#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""calls.py CHAINS: what the thread that sees packets calls, on an interface.

Nothing is received from the socket before the filter is there; what is called from then on is what
docs/security.md names; and the socket goes to no program. See pair.py for the interface.
"""
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile

from pair import DEADLINE, THEIRS, fail, run_between, skip, wait_for

DOCUMENT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "docs", "security.md")
RECEIVES = ("recvfrom", "recvmsg", "recv", "read", "pread64", "readv")


def packets_until(done):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as mark:
        def sent():
            mark.sendto(b"mark", (THEIRS, 9))
            return done()
        wait_for(sent, "packets come")


def documented():
    with open(DOCUMENT) as text:
        return set(re.findall(r"`([a-z_0-9]+)`", text.read().split("<!-- calls of the packet thread -->")[1]))


def listened(words):
    """The calls of the first thread, before its filter and after it."""
    with tempfile.NamedTemporaryFile("r") as log:
        watch = subprocess.Popen(["strace", "-f", "-o", log.name] + words, stdout=subprocess.DEVNULL,
                                 stderr=subprocess.PIPE)
        packets_until(lambda: watch.poll() is not None)
        said = watch.stderr.read().decode()
        if watch.returncode:
            (skip if "ptrace" in said else fail)("exit code %d, %r" % (watch.returncode, said))
        lines = log.read().splitlines()
    calls, bound = [], None
    for line in lines:
        found = re.match(r"(\d+) +([a-z_0-9]+)\((.*)", line)
        if found and found.group(1) == lines[0].split()[0]:
            calls.append(found.groups()[1:])
            if "SECCOMP_MODE_FILTER, {len=" in line:
                bound = len(calls)
    return (calls[:bound], calls[bound:]) if bound else fail("there was no filter")


def on_interface(chains):
    before, after = listened([chains, "netwatch", "-n", "-i", "veth0", "-c", "3",
                              "--sandbox=require"])
    sockets = [rest.split("= ")[-1] for call, rest in before
               if call == "socket" and "AF_PACKET, SOCK_RAW" in rest]
    if not sockets:
        fail("no socket for packets in %r" % before)
    for call, rest in before:
        if call in RECEIVES and rest.split(",")[0] in sockets or \
                call == "poll" and "fd=%s," % sockets[-1] in rest:
            fail("before the filter: %s(%s" % (call, rest))
    if not any(call == "poll" and "fd=%s," % sockets[-1] in rest for call, rest in after):
        fail("the socket is waited for afterwards: %r" % after)
    strange = {call for call, rest in after if "= -1 E" not in rest} - documented() - {"exited"}
    if strange:
        fail("calls that are not in the document: %r" % sorted(strange))


def not_inherited(chains):
    """It is closed when a program is begun, also where the C library cannot close all."""
    watch = subprocess.Popen([chains, "netwatch", "-n", "-l", "-i", "veth0"], stderr=subprocess.PIPE,
                             stdout=subprocess.PIPE)
    os.set_blocking(watch.stdout.fileno(), False)
    packets_until(watch.stdout.read)
    with open("/proc/%d/net/packet" % watch.pid) as table:
        inodes = [line.split()[-1] for line in table.read().splitlines()[1:]]
    seen = 0
    folder = "/proc/%d/" % watch.pid
    for fd in os.listdir(folder + "fd"):
        if os.readlink(folder + "fd/" + fd) in ["socket:[%s]" % inode for inode in inodes]:
            with open(folder + "fdinfo/" + fd) as info:
                flags = int(re.search(r"flags:\s+(\d+)", info.read()).group(1), 8)
            seen += 1
            if not flags & os.O_CLOEXEC:
                fail("a program that is begun would have the socket, too")
    watch.terminate()
    watch.communicate(timeout=DEADLINE)
    if seen != 1:
        fail("one socket for packets, not %d" % seen)


def case(_):
    not_inherited(os.path.abspath(sys.argv[1]))
    if not shutil.which("strace"):
        skip("there is no strace")
    on_interface(os.path.abspath(sys.argv[1]))


run_between([], case)
