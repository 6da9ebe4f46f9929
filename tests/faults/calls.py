#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""calls.py CHAINS NAME SHIM: calls of the system that do less than they were asked, or fail.

Output is the same, or ends with a whole record, one sentence and exit code 1.
"""
import os
import subprocess
import tempfile

from faulty import CHAINS, FORMS, PLAIN, calls, capture, case, equal, holds, holds_whole_records, main
from faulty import many_packets, one_sentence, run, unpacked, whole, with_file, words

TALK = capture("talk.pcap")
INPUTS = ("demo.pcap", "demo.pcapng", "demo.pcapng.gz", "demo.pcap.zst")


def writes_as_before(fault):
    for form in FORMS:
        want = whole(words(form, TALK))
        done = run(words(form, TALK), fault)
        equal((done.returncode, done.stderr), (0, b""), "exit code and stderr of %s" % form)
        holds(done.stdout == want, "%s is the same with %s" % (form, fault))
        with tempfile.TemporaryFile() as out:
            run(words(form, TALK), fault, stdout=out)
            out.seek(0)
            holds(out.read() == want, "%s is the same in a file with %s" % (form, fault))


@case
def write_one_byte():
    writes_as_before("write:0+:one")


@case
def write_interrupted():
    writes_as_before("write:/2:EINTR")


@case
def write_not_ready():
    writes_as_before("write:/2:EAGAIN")


def many_talks():
    """Enough for many writes of a buffer's size."""
    return with_file(many_packets(120))


FAILURES = (("ENOSPC", "No space left on device"), ("EIO", "Input/output error"),
            ("EDQUOT", "Disk quota exceeded"), ("half", "No space left on device"))


@case
def write_fails():
    """Each write in turn: what is in the file are whole records, and the sentence says why."""
    with many_talks() as file:
        for form in ("summary", "full", "json", "fields", "csv", "pcap", "pcapng"):
            command = words(form, file.name)
            want, count = whole(command), calls(command, "write")
            holds(count >= 2, "%s writes more than once: %d" % (form, count))
            for at in sorted({1, 2, count // 2, count}):
                for fault, sentence in FAILURES:
                    with tempfile.TemporaryFile() as out:
                        done = run(command, "write:%d:%s" % (at, fault), stdout=out)
                        out.seek(0)
                        got = out.read()
                    what = "%s, write %d: %s" % (form, at, fault)
                    one_sentence(done, 1, sentence)
                    holds(got != want, what + " is not whole")
                    holds_whole_records(form, got, want, what)


@case
def write_fails_compressed():
    """A compressed file of its own can be read to a whole record."""
    with many_talks() as file, tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "out.gz")
        command = [CHAINS, "run", file.name, "!", "packet_meta", "!", "json_lines", path,
                   "exists=replace"]
        run(command)
        with open(path, "rb") as out:
            want = unpacked(out.read())
        for at in range(1, calls(command, "write") + 1):
            for fault in ("ENOSPC", "half"):
                one_sentence(run(command, "write:%d+:%s" % (at, fault) if fault != "half" else
                                 "write:%d:half" % at), 1, "out.gz: No space left on device")
                with open(path, "rb") as out:
                    data = out.read()
                # Not even the end found room: gzip says so, and all that is there can be read.
                done = subprocess.run(["gzip", "-dc"], input=data, stdout=subprocess.PIPE,
                                      stderr=subprocess.DEVNULL)
                holds_whole_records("json", done.stdout, want, "write %d: %s" % (at, fault))


@case
def write_reader_gone():
    """EPIPE at each write in turn, where SIGPIPE is ignored: quiet, and no failure."""
    with many_talks() as file:
        for form in ("summary", "json", "pcap"):
            command = words(form, file.name)
            for at in range(1, calls(command, "write") + 1, 3):
                done = run(command, "write:%d+:EPIPE" % at)
                equal((done.returncode, done.stderr), (0, b""), "%s, write %d" % (form, at))


def reads_as_before(fault):
    with tempfile.TemporaryDirectory() as folder:
        rules = os.path.join(folder, "rules")
        with open(rules, "w") as out:
            out.write("a: udp\nb: transport.dport == 53\n")
        more = ["!", "packet_meta", "!", "reverse_dns", "mode=passive", "!", "tagger",
                "rules=" + rules, "!", "json_lines"]
        for name in INPUTS:
            command = [CHAINS, "run", capture(name)] + more
            want = whole(command)
            done = run(command, fault)
            equal((done.returncode, done.stderr), (0, b""), "exit code and stderr of %s" % name)
            holds(done.stdout == want, "%s is the same with %s" % (name, fault))
            with subprocess.Popen(["cat", capture(name)], stdout=subprocess.PIPE) as cat:
                done = run([CHAINS, "run", "-"] + more, fault, stdin=cat.stdout)
            equal((done.returncode, done.stderr), (0, b""), "exit code and stderr of %s" % name)
            holds(done.stdout == want, "%s is the same through a pipe with %s" % (name, fault))
        keys = [CHAINS, "urlwatch", "--keylog=" + capture("tls.keys"), "-r", capture("tls.pcap")]
        holds(run(keys, fault).stdout == whole(keys), "keys are read with " + fault)


@case
def read_one_byte():
    reads_as_before("read:0+:one")


@case
def read_interrupted():
    reads_as_before("read:/2:EINTR")


@case
def read_not_ready():
    """As a file that is not ready, or a pipe: it is asked again."""
    want = whole(words("json", capture("demo.pcap")))
    with subprocess.Popen(["cat", capture("demo.pcap")], stdout=subprocess.PIPE) as cat:
        done = run(words("json", "-"), "read:/2:EAGAIN", stdin=cat.stdout)
    equal((done.returncode, done.stderr), (0, b""), "exit code and stderr")
    holds(done.stdout == want, "output is the same")


@case
def read_fails():
    """Each read in turn: what came before is printed, and the sentence says why."""
    with many_talks() as file:
        for source in (file.name, capture("demo.pcapng.gz"), capture("demo.pcap.zst")):
            for form in ("summary", "json", "pcapng"):
                command = words(form, source)
                want = whole(command)
                ended = 0
                for at in range(1, calls(command, "read") + 1):
                    done = run(command, "read:%d+:EIO" % at)
                    said = done.stderr.decode()
                    holds(done.returncode in (0, 1), "exit code %d: %r" % (done.returncode, said))
                    if done.returncode == 0:  # a list of names that could not be read
                        continue
                    ended += 1
                    one_sentence(done, 1, "Input/output error")
                    if form != "pcapng":  # whose statistics at the end are others
                        holds_whole_records(form, done.stdout, want, "read %d of %s" % (at, source))
                holds(ended > 0, "some reads are those of the capture")


CLOSED = ((0,), (1,), (2,), (0, 1), (0, 2), (1, 2), (0, 1, 2))


def closed(command, which, folder):
    """Through a shell that closes descriptors before it becomes the command."""
    shell = " ".join("%d>&-" % one for one in which)
    return subprocess.run(["sh", "-c", 'exec "$0" "$@" ' + shell] + command, env=PLAIN, cwd=folder,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          timeout=120)


@case
def closed_each_combination():
    """Without any of the three, in each combination: files hold what is theirs, and nothing else."""
    for which in CLOSED:
        with tempfile.TemporaryDirectory() as folder:
            for form in FORMS:
                command = words(form, TALK)
                done = closed(command, which, folder)
                what = "%s without %r" % (form, which)
                equal(done.returncode, 1 if 1 in which else 0, "exit code of " + what)
                equal(done.stdout, b"" if 1 in which else whole(command), "stdout of " + what)
                said = b"" if 2 in which or 1 not in which else b"Bad file descriptor\n"
                holds(done.stderr.endswith(said) and bool(said) == bool(done.stderr),
                      "%s says %r" % (what, done.stderr))
            equal(os.listdir(folder), [], "files that were made")
            both = [CHAINS, "run", TALK, "!", "packet_meta", "!", "tee", "[", "json_lines", "lines", "]",
                    "[", "pcap_writer", "copy.pcap", "]"]
            done = closed(both, which, folder)
            equal((done.returncode, done.stdout, done.stderr), (0, b"", b""), "files without %r" % (
                which,))
            with open(os.path.join(folder, "lines"), "rb") as lines, \
                    open(os.path.join(folder, "copy.pcap"), "rb") as copy, open(TALK, "rb") as talk:
                equal(lines.read(), whole(both[:6] + ["json_lines"]), "lines")
                equal(len(copy.read()), len(talk.read()), "bytes of the copy")


main(__doc__)
