#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""streams.py CHAINS NAME SHIM: pipes, files that grow, rotations, signals while it goes on."""
import json
import os
import signal
import subprocess
import tempfile
import time

from faulty import CHAINS, PLAIN, capture, case, equal, holds, judge, main, one_sentence, run, status
from faulty import wait_for, whole, words

TALK = capture("talk.pcap")
LATEST = 0.1


def begin(command, **more):
    more.setdefault("stdin", subprocess.PIPE)
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=PLAIN, **more)


def lines_in(path):
    with open(path, "rb") as file:
        return file.read().count(b"\n")


@case
def fifo():
    """A named pipe as a capture, and one as an output."""
    with open(TALK, "rb") as file:
        data = file.read()
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "pipe")
        os.mkfifo(path)
        for command in (words("json", path), [CHAINS, "run", path, "!", "packet_meta", "!",
                                              "packet_summary"]):
            want = whole([word if word != path else TALK for word in command])
            watch = begin(command)
            with open(path, "wb") as out:
                out.write(data)
            got, said = watch.communicate(timeout=120)
            equal((watch.returncode, said, got), (0, b"", want), "a capture through a named pipe")
        watch = begin([CHAINS, "run", TALK, "!", "packet_meta", "!", "json_lines", path])
        with open(path, "rb") as file:
            got = file.read()
        equal(watch.communicate(timeout=120)[1], b"", "stderr")
        equal(got, whole([CHAINS, "run", TALK, "!", "packet_meta", "!", "json_lines"]), "to a pipe")


@case
def devices():
    """No device is a capture, and each is an answer; nothing is sought in standard input."""
    one_sentence(run(words("json", "/dev/null")), 1, "/dev/null")
    one_sentence(run(words("json", "/dev/zero")), 1, "/dev/zero")
    one_sentence(run(words("json", "-")), 1, "standard input")
    with open(TALK, "rb") as file:
        data = file.read()
    with tempfile.TemporaryFile() as file:
        file.write(b"before" + data)
        file.seek(6)
        done = run(words("json", "-"), stdin=file)
    equal((done.returncode, done.stdout), (0, whole(words("json", TALK))), "from where it stands")
    done = run(words("json", TALK), stdout=subprocess.DEVNULL)
    equal((done.returncode, done.stderr), (0, b""), "to /dev/null")


@case
def growing():
    """A capture that stops in the middle of a record is waited for, and the record comes whole."""
    with open(TALK, "rb") as file:
        data = file.read()
    first = 24 + 16 + int.from_bytes(data[32:36], "little")
    for cut in (3, 23, 30, first + 1, first + 16, first + 40):
        watch = begin(words("summary", "-"))
        watch.stdin.write(data[:cut])
        watch.stdin.flush()
        before = 1 if cut >= first else 0
        got = [watch.stdout.readline() for _ in range(before)]
        wait_for(lambda: status(watch.pid, "State") == "S", "it waits")
        equal(watch.poll(), None, "exit code while it waits")
        watch.stdin.write(data[cut:])
        rest, said = watch.communicate(timeout=120)
        equal((watch.returncode, said), (0, b""), "exit code and stderr")
        equal(b"".join(got) + rest, whole(words("summary", TALK)), "cut at %d" % cut)


@case
def stopped():
    """Stopped and let go on, at many moments: output is the same."""
    with open(TALK, "rb") as file:
        data = file.read()
    watch = begin(words("json", "-"))
    for at in range(0, len(data), 97):
        watch.stdin.write(data[at:at + 97])
        watch.stdin.flush()
        watch.send_signal(signal.SIGSTOP)
        watch.send_signal(signal.SIGCONT)
    got, said = watch.communicate(timeout=120)
    equal((watch.returncode, said, got), (0, b"", whole(words("json", TALK))), "all of it")


@case
def interrupt_soon():
    """An end within a tenth of a second, also while nothing comes; the best of five, as others run."""
    for number in (signal.SIGINT, signal.SIGTERM):
        best = 10.0
        for _ in range(5):
            watch = begin(words("summary", "-"))
            watch.stdin.write(open(capture("tags.pcap"), "rb").read())
            watch.stdin.flush()
            for _ in range(3):
                watch.stdout.readline()
            before = time.monotonic()
            watch.send_signal(number)
            equal(watch.wait(120), 0, "exit code")
            best = min(best, time.monotonic() - before)
            watch.communicate()
        holds(best < LATEST, "it took %.3f s at best" % best)


ROUNDS = 100


def packets(first, count):
    """Packets of their own, each with its number as its seconds."""
    with open(capture("tags.pcap"), "rb") as file:
        one = file.read()[24:]
    size = 16 + int.from_bytes(one[8:12], "little")
    return b"".join((first + i).to_bytes(4, "little") + one[4:size] for i in range(count))


def rotated(folder, rounds):
    """The chain's process, after as many rotations with packets before, in between and behind."""
    command = [CHAINS, "run", "-", "!", "packet_meta", "!", "tee", "[", "json_lines", "lines",
               "flush=line", "]", "[", "packet_summary", "path=text.gz", "]", "[", "pcap_writer",
               "copy.pcap", "]"]
    chain = begin(command, cwd=folder, start_new_session=True)
    with open(capture("tags.pcap"), "rb") as file:
        chain.stdin.write(file.read()[:24] + packets(1, 5))
    chain.stdin.flush()
    path = {name: os.path.join(folder, name) for name in ("lines", "text.gz", "copy.pcap")}
    wait_for(lambda: os.path.exists(path["copy.pcap"]) and lines_in(path["lines"]) == 5, "lines")
    for turn in range(1, rounds + 1):
        for name in path:
            os.rename(path[name], os.path.join(folder, "%05d-%s" % (turn, name)))
        chain.stdin.write(packets(turn * 100, turn % 4))  # before it, behind it, or in between
        chain.stdin.flush()
        chain.send_signal(signal.SIGHUP)
        chain.stdin.write(packets(turn * 100 + 50, 3))
        chain.stdin.flush()
        wait_for(lambda: all(os.path.exists(one) for one in path.values()), "new files")
    got, said = chain.communicate(timeout=120)
    equal((chain.returncode, got, said), (0, b"", b""), "exit code, stdout and stderr")
    return 5 + sum(turn % 4 + 3 for turn in range(1, rounds + 1))


@case
def rotations():
    """Files moved away and begun anew, often: no record is lost, and none is there twice."""
    rounds = int(os.environ.get("ROTATIONS", ROUNDS))
    with tempfile.TemporaryDirectory() as folder:
        want = rotated(folder, rounds)
        files = {name: [file for file in sorted(os.listdir(folder)) if file.endswith(name)]
                 for name in ("lines", "text.gz", "copy.pcap")}
        equal({len(some) for some in files.values()}, {rounds + 1}, "files of each")
        numbers = []
        for name in files["lines"]:
            with open(os.path.join(folder, name), "rb") as file:
                data = file.read()
            holds(data == b"" or data.endswith(b"\n"), "whole lines in " + name)
            numbers += [json.loads(line)["number"] for line in data.splitlines()]
        equal(numbers, list(range(1, want + 1)), "numbers of the lines of all files, in order")
        text = b""
        for name in files["text.gz"]:
            text += subprocess.run(["gzip", "-dc", name], cwd=folder, stdout=subprocess.PIPE,
                                   check=True).stdout
        equal(text.count(b"\n"), want, "lines of the compressed files")
        copies = 0
        for name in files["copy.pcap"]:
            with open(os.path.join(folder, name), "rb") as file:
                held = judge.pcap_packets(file.read())
            holds(held is not None, name + " is whole")
            copies += held
        equal(copies, want, "packets of the copies")


main(__doc__)
