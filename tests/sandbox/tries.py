#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""tries.py CHAINS HELPERS NAME: what is tried where packets are seen, and what comes of it."""
import os
import platform
import signal
import socket
import struct
import tempfile

from sandboxed import bound, PLUGIN, ROOT
from common import capture, case, DEADLINE, equal, holds, idle_run, lines_in, main, NETWATCH
from common import one_sentence, PLAIN, RUN, run, wait_for

KILLED = -signal.SIGSYS
DENIED = b"Permission denied"
FORBIDDEN = b"Operation not permitted"
# On the thread that sees packets, and on the one that asks the network.
TRIES = {
    "open": (DENIED, DENIED),
    "own": (DENIED, DENIED),
    "create": (DENIED, DENIED),
    "unlink": (DENIED, DENIED),
    "socket": (KILLED, b"done"),
    "packets": (KILLED, KILLED),
    "unix": (KILLED, KILLED),
    "execute": (KILLED, KILLED),
    "fork": (KILLED, KILLED),
    "root": (KILLED, KILLED),
    "kill": (KILLED, KILLED),
    "own-kill": (KILLED, KILLED),
    "dumpable": (KILLED, KILLED),
    "trace": (KILLED, KILLED),
    "code": (KILLED, KILLED),
    "change": (b"Cannot allocate memory", KILLED),
    "limit": (KILLED, KILLED),
    "mode": (KILLED, KILLED),
    "namespace": (KILLED, KILLED),
    "ring": (KILLED, KILLED),
    "bpf": (KILLED, KILLED),
    "read-other": (KILLED, KILLED),
    "connect": (KILLED, b"Bad file descriptor"),
    "owner": (KILLED, KILLED),
    "fstat": (b"done", b"done"),
    "newfstatat": (b"done", b"done"),
    "nothing": (b"done", b"done"),
}
if os.uname().machine == "x86_64":
    TRIES.update({"int80": (KILLED, KILLED), "x32": (KILLED, KILLED)})
# With a socket that packets come from, which takes a right to make.
SENDING = {
    "send": (FORBIDDEN, FORBIDDEN),
    "send-parts": (FORBIDDEN, FORBIDDEN),
    "send-wide": (FORBIDDEN, FORBIDDEN),
    "send-to": (KILLED, FORBIDDEN),
    "send-address": (KILLED, FORBIDDEN),
    "double": (KILLED, KILLED),
}


def trespass(what, words=(), sandbox="require", before=(), **more):
    return run(RUN + ["--sandbox=" + sandbox, "--plugin=" + PLUGIN, capture("demo.pcap")] +
               list(before) + ["!", "trespass", "what=" + what] + list(words) +
               ["!", "packet_meta", "!", "packet_summary"], **more)


def came_out(done, what, want):
    if want == KILLED:
        equal(done.returncode, KILLED, "%s, with %r" % (what, done.stderr))
        equal(done.stderr, b"", what)
        equal(done.stdout, b"", what)
    else:
        equal(done.returncode, 0, "%s, with %r" % (what, done.stderr))
        equal(done.stderr, what.encode() + b": " + want + b"\n", what)
        holds(done.stdout.count(b"\n") > 3, "the packets come all the same")


def tries(thread):
    words = ["thread=yes"] if thread else []
    for what, wanted in TRIES.items():
        came_out(trespass(what, words), what, wanted[thread])
    for what, wanted in SENDING.items() if ROOT else ():
        came_out(trespass(what, words + ["socket=yes"]), what, wanted[thread])
    if platform.libc_ver()[0] == "glibc":
        done = trespass("abort", words)
        equal(done.returncode, -signal.SIGABRT, "an abort of the C library's")
        holds(b"invalid pointer" in done.stderr, "and why: %r" % done.stderr)


@case
def tries_with_packets():
    tries(False)


@case
def tries_with_the_network():
    tries(True)


@case
def tries_without():
    """They are things that can be done: without a sandbox most are."""
    for what in ("open", "own", "socket", "kill" if ROOT else "own-kill", "dumpable", "trace",
                 "code", "change", "namespace", "read-other", "fstat", "newfstatat"):
        came_out(trespass(what, (), "off"), what, b"done")
    for what in ("send", "send-parts", "send-wide", "send-to", "double", "owner") if ROOT else ():
        came_out(trespass(what, ["socket=yes"], "off"), what, b"done")
    if os.uname().machine == "x86_64": # where the kernel has them
        equal(trespass("int80", (), "off").returncode in (0, -signal.SIGSEGV), True, "int80")


@case
def tries_of_chains():
    """Chains that open files later, or mind a program, can do what that takes and no more."""
    socket = ["socket=yes"] if ROOT else []
    with tempfile.TemporaryDirectory() as folder:
        mine, other = os.path.join(folder, "mine"), os.path.join(folder, "other")
        os.mkdir(mine)
        for name in (os.path.join(mine, "ports"), os.path.join(folder, "secret")):
            with open(name, "w") as out:
                out.write("0-65535\n")
        reads = ["!", "packet_meta", "!", "where",
                 "not transport or transport.dport in @" + os.path.join(mine, "ports")]
        secret, made = "path=" + os.path.join(folder, "secret"), "path=" + other
        minds = ["!", "packet_meta", "!", "exec", "cat"]
        for before in (reads, minds):
            came_out(trespass("open", [secret], before=before), "open", DENIED)
            came_out(trespass("create", [made], before=before), "create", DENIED)
            for what in ("kill", "connect", "read-other") + (("double", "owner") if ROOT else ()):
                came_out(trespass(what, socket, before=before), what, KILLED)
            if ROOT:
                came_out(trespass("send", socket, before=before), "send", FORBIDDEN)
        if ROOT:
            came_out(trespass("send-to", socket, before=minds), "send-to", FORBIDDEN)
        came_out(trespass("send-address", socket, before=reads), "send-address", KILLED)
        # What is in its folder it may read, and in one that is somebody's home nothing else.
        inside = "path=" + os.path.join(mine, "beside")
        with open(inside[5:], "w") as out:
            out.write("beside\n")
        came_out(trespass("open", [inside], before=reads), "open", b"done")
        home = dict(PLAIN, HOME=mine)
        came_out(trespass("open", [inside], before=reads, env=home), "open", DENIED)


def output_and(what, path, out, sink="json_lines", **more):
    """Tries something in a chain that writes a file; the records of it all come."""
    return run(RUN + ["--sandbox=require", "--plugin=" + PLUGIN, capture("demo.pcap"), "!",
                      "trespass", "what=" + what, "path=" + path, "!", "packet_meta", "!", sink, out] +
               more.pop("words", []), **more)


@case
def tries_of_outputs():
    """A folder of their own is theirs; in somebody's home they have the file alone."""
    with tempfile.TemporaryDirectory() as folder:
        beside = os.path.join(folder, "beside")
        for number, (env, words, want, notice) in enumerate((
                (PLAIN, [], b"done", b""), (dict(PLAIN, HOME=folder), [], DENIED, b""),
                (dict(PLAIN, HOME=folder), ["rotate_size=1K"], b"done", b"follow each other"))):
            out = os.path.join(folder, "out%d.pcap" % number)
            done = output_and("create", beside, out, "pcap_writer", words=words, env=env)
            equal(done.returncode, 0, "exit code, with %r" % done.stderr)
            holds(b"create: " + want in done.stderr, "%r has %r" % (done.stderr, want))
            holds(notice in done.stderr and done.stderr.count(b"\n") == 1 + bool(notice),
                  "a notice where it is wide alone: %r" % done.stderr)
            equal(os.path.exists(beside), want == b"done", "a file beside it")
            if want == b"done":
                os.unlink(beside)
        holds(len(os.listdir(folder)) > 4, "files that follow each other")


@case
def output_link():
    """An output that is a link: what it leads to is begun anew on SIGHUP, in the other folder."""
    with tempfile.TemporaryDirectory() as folder:
        for name in ("here", "there"):
            os.mkdir(os.path.join(folder, name))
        link, real = os.path.join(folder, "here", "out"), os.path.join(folder, "there", "real")
        os.symlink(real, link)
        with open(real, "w"):
            pass
        chain = idle_run([], ["!", "packet_meta", "!", "json_lines", link, "flush=line",
                              "exists=append"])
        wait_for(lambda: lines_in(real) == 3, "three lines")
        bound(chain.pid)
        os.rename(real, real + ".1")
        chain.send_signal(signal.SIGHUP)
        wait_for(lambda: os.path.exists(real), "a file begun anew")
        _, said = chain.communicate(timeout=DEADLINE)
        equal((chain.returncode, said), (0, b""), "exit code and sentences")


@case
def early_threads():
    """A thread that is there before rights are given up keeps them: that is said."""
    done = trespass("nothing", ["early=yes"])
    one_sentence(done, 1, "1 threads were there before")


@case
def filter_names():
    """Nothing is looked up while packets come: a filter with names for a rare link type."""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "rare.pcap")
        with open(path, "wb") as out:
            out.write(struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 65535, 147))
            out.write(struct.pack("<IIII", 1, 0, 4, 4) + b"rare")
        for words in ("len > 1 or port domain", "len > 1 or host localhost"):
            done = run(NETWATCH + ["-r", path, words])
            holds(done.returncode in (1, 2), "exit code %d, with %r" % (done.returncode, done.stderr))
            one_sentence(done, done.returncode, "names in a filter")
        done = run(NETWATCH + ["-r", path, "len > 1"])
        equal(done.returncode, 0, "numbers alone, with %r" % done.stderr)
        equal(done.stdout.count(b"\n"), 1, "a packet")


main(__doc__)
