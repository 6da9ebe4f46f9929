#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""files.py CHAINS HELPERS NAME: outputs, lists, many captures, and programs that a chain starts."""
import os
import shutil
import signal
import struct
import tempfile

from sandboxed import bound
from common import capture, case, DEADLINE, equal, holds, idle_run, lines_in, main, NETWATCH
from common import one_sentence, RUN, run, wait_for


@case
def outputs():
    """In a folder of root's own: begun anew on SIGHUP, and not begun at all where the input is none."""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "out.jsonl")
        chain = idle_run([], ["!", "packet_meta", "!", "json_lines", path, "flush=line"])
        wait_for(lambda: lines_in(path) == 3, "three lines")
        os.rename(path, path + ".1")
        chain.send_signal(signal.SIGHUP)
        wait_for(lambda: os.path.exists(path), "a file begun anew")
        _, said = chain.communicate(timeout=DEADLINE)
        equal((chain.returncode, said), (0, b""), "exit code and sentences")
        equal(lines_in(path + ".1"), 3, "lines of the old file")

        fresh = os.path.join(folder, "fresh.jsonl")
        words = ["!", "packet_meta", "!", "json_lines"]
        done = run(RUN + [capture("not-a-capture.pcap")] + words + [fresh])
        one_sentence(done, 1, "not a pcap or pcapng capture")
        holds(not os.path.exists(fresh), "no file is left behind")
        with open(fresh, "w") as out:
            out.write('{"what": "is there"}\n')
        done = run(RUN + [capture("not-a-capture.pcap")] + words + [fresh, "exists=replace"])
        one_sentence(done, 1, "not a pcap or pcapng capture")
        with open(fresh) as have:
            equal(have.read(), '{"what": "is there"}\n', "what was there")


@case
def lists():
    """A list that is replaced is read again, where it can be; elsewhere it stays, with a word."""
    with tempfile.TemporaryDirectory() as folder:
        path, out = os.path.join(folder, "list"), os.path.join(folder, "out")
        with open(path, "w") as ports:
            ports.write("1\n")
        chain = idle_run([], ["!", "packet_meta", "!", "where", "transport.dport in @" + path, "!",
                              "json_lines", out, "flush=line"])
        bound(chain.pid)
        wait_for(lambda: lines_in(out) == 0, "an output")
        with open(path + ".new", "w") as ports:
            ports.write("0-65535\n")
        os.rename(path + ".new", path)
        chain.send_signal(signal.SIGHUP)
        with open(capture("tags.pcap"), "rb") as packets:
            more = packets.read()[24:]
        while lines_in(out) <= 0:
            chain.stdin.write(more)
            chain.stdin.flush()
        _, said = chain.communicate(timeout=DEADLINE)
        equal((chain.returncode, said), (0, b""), "exit code and sentences")


@case
def many_files():
    """More captures than descriptors: those beyond are opened by their names."""
    import resource
    with tempfile.TemporaryDirectory() as folder:
        paths = []
        for number in range(24):
            paths.append(os.path.join(folder, "%d.pcap" % number))
            shutil.copy(capture("tags.pcap"), paths[-1])
        few = lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (40, 40))
        done = run(NETWATCH + ["--sandbox=require", "-r"] + paths, preexec_fn=few)
        equal((done.returncode, done.stderr), (0, b""), "exit code and sentences")
        equal(done.stdout.count(b"\n"), 24 * 3, "packets")
        # Where the process may have more it takes more, and the program that it runs does not.
        paths = [os.path.join(folder, "more%d.pcap" % number) for number in range(324)]
        for number, path in enumerate(paths):
            with open(path, "wb") as out:
                out.write(struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 65535, 1))
                out.write(struct.pack("<IIII", number, 0, 4, 4) + b"some")
        few = lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (40, 1000))
        done = run(NETWATCH + ["--sandbox=require", "-r"] + paths, preexec_fn=few)
        equal((done.returncode, done.stderr), (0, b""), "exit code and sentences")
        equal(done.stdout.count(b"\n"), 324, "packets")
        done = run(RUN + ["--sandbox=require", capture("tags.pcap"), "!", "packet_meta", "!", "exec",
                          "ulimit -n >&2; cat", "!", "packet_summary"], preexec_fn=few)
        equal((done.returncode, done.stderr.split()[-1:]), (0, [b"40"]), "with %r" % done.stderr)


# --- programs ---------------------------------------------------------------------------------------

@case
def programs():
    """exec: its program has no capability; one that is started again needs a wider sandbox."""
    state = "grep -E 'CapEff|NoNewPrivs' /proc/self/status >&2"
    for words, code in ((["--sandbox=require"], 0), ([], 0)):
        done = run(RUN + words + [capture("tags.pcap"), "!", "packet_meta", "!", "exec",
                                  state + "; cat", "!", "packet_summary"])
        equal(done.returncode, code, "exit code, with %r" % done.stderr)
        holds(b"CapEff:\t" + b"0" * 16 in done.stderr, "no capability in %r" % done.stderr)
        holds(b"NoNewPrivs:\t1" in done.stderr, "no new privileges")
        equal(done.stdout.count(b"\n"), 3, "packets")
    words = [capture("tags.pcap"), "!", "packet_meta", "!", "exec", "cat", "on_exit=restart", "!",
             "packet_summary"]
    done = run(RUN + words)
    equal((done.returncode, done.stderr), (0, b""), "exit code and sentences")
    equal(done.stdout.count(b"\n"), 3, "packets")
    one_sentence(run(RUN + ["--sandbox=require"] + words), 1, "on_exit=restart")


@case
def programs_forbidden():
    """What none of them needs fails in a program that may be started again; it is not killed."""
    done = run(RUN + [capture("tags.pcap"), "!", "packet_meta", "!", "exec",
                      "unshare -r true; echo code $? >&2; cat", "on_exit=restart", "!",
                      "packet_summary"])
    equal((done.returncode, done.stdout.count(b"\n")), (0, 3), "with %r" % done.stderr)
    holds(b"code 1\n" in done.stderr, "unshare fails: %r" % done.stderr)


@case
def program_again():
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "starts")
        chain = idle_run([], ["!", "packet_meta", "!", "exec",
                              "echo >>%s; exec cat" % path, "on_exit=restart", "!",
                              "packet_summary", "flush=line"])
        equal([chain.stdout.readline() != b"" for _ in range(3)], [True] * 3, "lines")
        equal(lines_in(path), 1, "starts")
        children = "/proc/%d/task/%d/children" % (chain.pid, chain.pid)
        with open(children) as child:
            os.kill(int(child.read().split()[0]), signal.SIGKILL)
        wait_for(lambda: lines_in(path) == 2, "a second start")
        _, said = chain.communicate(timeout=DEADLINE)
        equal(chain.returncode, 0, "exit code")
        holds(b"it is started again" in said, "%r" % said)


main(__doc__)
