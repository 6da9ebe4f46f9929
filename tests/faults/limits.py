#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""limits.py CHAINS NAME SHIM: little of what the system gives, and a hostile environment.

It works, or says in one sentence why not; it never crashes, and output is the same everywhere.
"""
import os
import resource
import sys
import tempfile

from faulty import CHAINS, FORMS, PLAIN, capture, case, equal, holds, main, one_sentence, run, whole
from faulty import words

TALK = capture("talk.pcap")


def limited(kind, value):
    return lambda: resource.setrlimit(kind, (value, value))


def not_sanitized():
    if "ASAN_OPTIONS" in os.environ and b"__asan" in open(CHAINS, "rb").read():
        print("skipped: sanitizers need more than this")
        sys.exit(77)


@case
def memory():
    """With 192 MB of addresses every command works; with less it works or says why."""
    not_sanitized()
    for form in FORMS:
        done = run(words(form, TALK), preexec_fn=limited(resource.RLIMIT_AS, 192 << 20))
        equal((done.returncode, done.stderr), (0, b""), "exit code and stderr of %s" % form)
        equal(done.stdout, whole(words(form, TALK)), "output of %s" % form)
        failed = 0
        for size in range(160, 16, -12):
            done = run(words(form, TALK), preexec_fn=limited(resource.RLIMIT_AS, size << 20))
            if done.returncode == 127 and b"error while loading" in done.stderr:
                break  # not even its libraries find room
            if done.returncode != 0:
                one_sentence(done, 1, "memory")
                failed += 1
            else:
                equal(done.stdout, whole(words(form, TALK)), "output of %s" % form)
        holds(failed > 0 or form in ("pcap", "summary", "full", "fields", "csv", "count"),
              "%s needs more than its libraries do" % form)


@case
def stack():
    not_sanitized()
    for form in FORMS:
        for source in (TALK, capture("tls.pcap"), capture("tunnels.pcap")):
            done = run(words(form, source), preexec_fn=limited(resource.RLIMIT_STACK, 128 << 10))
            equal((done.returncode, done.stderr), (0, b""), "exit code and stderr of %s" % form)
    done = run([CHAINS, "netwatch", "--lookup", "--resolver=127.0.0.1:1", "-r", TALK, "udp"],
               preexec_fn=limited(resource.RLIMIT_STACK, 128 << 10))
    equal(done.returncode, 0, "exit code with names and a filter: %r" % done.stderr)


@case
def descriptors():
    """16 are enough for everything, with two files of output too; fewer are, or a sentence."""
    with tempfile.TemporaryDirectory() as folder:
        for many in range(16, 2, -1):
            for form in FORMS:
                done = run(words(form, TALK), preexec_fn=limited(resource.RLIMIT_NOFILE, many))
                if many == 16 or done.returncode == 0:
                    equal(done.stdout, whole(words(form, TALK)), "%s with %d" % (form, many))
                elif done.returncode == 127 and b"shared libraries" in done.stderr:
                    continue
                else:
                    one_sentence(done, 1, "Too many open files")
        done = run([CHAINS, "netwatch", "--lookup", "--resolver=127.0.0.1:1", "-r", TALK],
                   preexec_fn=limited(resource.RLIMIT_NOFILE, 16), cwd=folder)
        equal((done.returncode, done.stderr), (0, b""), "with names")
        done = run([CHAINS, "run", TALK, "!", "packet_meta", "!", "tee", "[", "json_lines", "a", "]", "[",
                    "pcap_writer", "b.pcap", "rotate_size=600", "]"],
                   preexec_fn=limited(resource.RLIMIT_NOFILE, 16), cwd=folder)
        equal((done.returncode, done.stderr), (0, b""), "with files that rotate")
        holds(len(os.listdir(folder)) > 5, "it has rotated: %r" % os.listdir(folder))


@case
def file_size():
    """A limit on the size of files ends it like a full disk, with a rotation too."""
    with tempfile.TemporaryDirectory() as folder:
        for name in ("a.json", "b.pcap", "c.pcapng", "d.json.gz", "e.json.zst"):
            sink = "pcap_writer" if "pcap" in name else "json_lines"
            done = run([CHAINS, "run", TALK, "!", "packet_meta", "!", sink, name], cwd=folder,
                       preexec_fn=limited(resource.RLIMIT_FSIZE, 700))
            one_sentence(done, 1, name + ": File too large")
            holds(os.path.getsize(os.path.join(folder, name)) <= 700, "no more than that")


@case
def threads():
    """Where no thread can begin, names are not asked for, with a word, and all else is as it was."""
    command = [CHAINS, "netwatch", "--lookup", "--resolver=127.0.0.1:1", "-r", TALK]
    want = whole([CHAINS, "netwatch", "-r", TALK])
    for at in (1, 2):
        done = run(command, "thread:%d+:EAGAIN" % at)
        equal(done.returncode, 0, "exit code, with %r" % done.stderr)
        equal(done.stdout, want, "output")
        holds(at > 1 or (b"Resource temporarily unavailable" in done.stderr and
                         done.stderr.count(b"\n") == 1), "a word: %r" % done.stderr)


HOSTILE = (
    {"TZ": ":/dev/zero"}, {"TZ": "../../../../etc/passwd"}, {"TZ": "A" * 100000},
    {"LC_ALL": "tr_TR.UTF-8", "LANG": "tr_TR"}, {"LC_NUMERIC": "de_DE.UTF-8"}, {"LC_ALL": "\x1b[31m"},
    {"HOME": "/nonexistent", "TMPDIR": "/nonexistent", "XDG_CONFIG_HOME": "\n"},
    {"POSIXLY_CORRECT": "1"}, {"COLUMNS": "-1", "LINES": "99999999999", "TERM": "\x1b]0;a\x07"},
    {"OPENSSL_CONF": "/dev/zero", "SSLKEYLOGFILE": "/nonexistent/keys"},
    {"RES_OPTIONS": "ndots:9999", "LOCALDOMAIN": "a b c", "HOSTALIASES": "/dev/zero"},
    {"IN": "a", "OUT": "b", "BIG": "x" * 100000}, {"": "x", "=": "y"},
)


@case
def surroundings():
    """The same output of every command whatever the environment says, and without one."""
    for form in FORMS:
        want = whole(words(form, TALK))
        for odd in HOSTILE + ({},):
            environment = dict(PLAIN, **odd) if odd else {}
            if "" in odd:
                environment.pop("", None)
                environment.pop("=", None)
                environment["_"] = "\x7f"
            done = run(words(form, TALK), env=environment)
            equal((done.returncode, done.stderr), (0, b""), "%s with %.200r" % (form, odd))
            holds(done.stdout == want, "%s is the same with %.200r" % (form, odd))


@case
def places():
    """A folder that is gone, a mask that forbids, an empty name of the program."""
    with tempfile.TemporaryDirectory() as folder:
        gone = os.path.join(folder, "gone")
        os.mkdir(gone)
        want = whole(words("json", TALK))
        path = os.path.abspath(TALK)

        def before():
            os.chdir(gone)
            os.rmdir(gone)
            os.umask(0o777)
        done = run(words("json", path), preexec_fn=before)
        equal((done.returncode, done.stdout == want), (0, True), "in a folder that is gone")
        for name in ("", "\x1b[31m", "a" * 5000):
            done = run([name] + words("json", path)[1:], executable=CHAINS)
            equal((done.returncode, done.stdout == want), (0, True), "called %.20r" % name)


main(__doc__)
