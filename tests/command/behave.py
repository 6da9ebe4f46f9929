#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""behave.py CHAINS NAME: one property of the command beside what it prints.

Full disks, readers that go away, closed descriptors, terminals.
"""
import fcntl
import json
import os
import pty
import resource
import signal
import subprocess
import sys
import tempfile

from common import CAPTURES, CHAINS, NETWATCH, DEADLINE, PLAIN, case, capture, equal, holds
from common import run, one_sentence, large_file, main


# --- outputs ------------------------------------------------------------------------------------

@case
def output_full():
    for words in ([], ["-v"], ["--json"]):
        with open("/dev/full", "wb") as full:
            done = run(NETWATCH + ["-r", capture("demo.pcap")] + words, stdout=full)
        one_sentence(done, 1, "No space left on device")


@case
def help_full():
    for words in (["netwatch", "--help"], ["netwatch", "--version"], ["--help"], ["--version"],
                  ["netwatch", "-D"], ["schema"], ["list"], ["fields", "--json"]):
        with open("/dev/full", "wb") as full:
            done = run([CHAINS] + words, stdout=full)
        one_sentence(done, 1, "No space left on device")


def reader_gone(ignored):
    def before():
        signal.signal(signal.SIGPIPE, signal.SIG_IGN if ignored else signal.SIG_DFL)
    with tempfile.TemporaryDirectory() as folder:
        watch = subprocess.Popen(NETWATCH + ["-r", large_file(folder)], stdout=subprocess.PIPE,
                                 stderr=subprocess.PIPE, preexec_fn=before, restore_signals=False,
                                 env=PLAIN)
        line = watch.stdout.readline()
        watch.stdout.close()
        said = watch.stderr.read()
        code = watch.wait(DEADLINE)
    holds(line.startswith(b"2024-01-02 03:04:05 - UDP IP 0.0.0.0"), "a first line came")
    equal(said, b"", "stderr")
    equal(code, 0 if ignored else -signal.SIGPIPE, "exit code")


@case
def reader_gone_default():
    reader_gone(False)


@case
def reader_gone_ignored():
    reader_gone(True)


@case
def slow_reader():
    with tempfile.TemporaryDirectory() as folder:
        path = large_file(folder, 200)
        whole = run(NETWATCH + ["-r", path]).stdout
        read, write = os.pipe()
        fcntl.fcntl(write, fcntl.F_SETPIPE_SZ, 4096)
        watch = subprocess.Popen(NETWATCH + ["-r", path], stdout=write, env=PLAIN)
        os.close(write)
        got = b""
        while True:
            part = os.read(read, 777)
            if not part:
                break
            got += part
        os.close(read)
        equal(watch.wait(DEADLINE), 0, "exit code")
    holds(got == whole and len(got) > 500000, "every byte came, in order")


@case
def output_nonblocking():
    """A pipe that the other side has made non-blocking is waited for, not lost."""
    with tempfile.TemporaryDirectory() as folder:
        path = large_file(folder, 200)
        whole = run(NETWATCH + ["-r", path]).stdout
        read, write = os.pipe()
        os.set_blocking(write, False)
        watch = subprocess.Popen(NETWATCH + ["-r", path], stdout=write, env=PLAIN)
        os.close(write)
        with open(read, "rb") as out:
            got = out.read()
        equal(watch.wait(DEADLINE), 0, "exit code")
    holds(got == whole, "every byte came, in order")


@case
def disk_full_leaves_whole_lines():
    limit = 100000

    def before():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
    with tempfile.TemporaryDirectory() as folder:
        path = large_file(folder, 100)
        for words in ([], ["--json"], ["-v"]):
            with open(os.path.join(folder, "out"), "wb") as out:
                done = run(NETWATCH + ["-r", path] + words, stdout=out, preexec_fn=before)
            one_sentence(done, 1, "File too large")
            with open(os.path.join(folder, "out"), "rb") as have:
                data = have.read()
            holds(limit - 5000 < len(data) <= limit, "as much as fits: %d" % len(data))
            holds(data.endswith(b"\n"), "a whole line at the end")
            if words == ["--json"]:
                for line in data.splitlines():
                    json.loads(line)


@case
def output_appends():
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "out")
        for _ in range(2):
            with open(path, "ab") as out:
                equal(run(NETWATCH + ["-r", capture("tags.pcap")], stdout=out).returncode, 0,
                      "exit code")
        with open(path, "rb") as have:
            equal(have.read().count(b"\n"), 6, "lines")


# --- descriptors --------------------------------------------------------------------------------

def closed(shell, code=0):
    with tempfile.TemporaryDirectory() as folder:
        done = run(["sh", "-c", 'exec "$0" netwatch "$@" ' + shell, CHAINS, "-r",
                    capture("demo.pcap")], cwd=folder)
        equal(done.returncode, code, "exit code, with %r" % done.stderr)
        equal(os.listdir(folder), [], "files that were made")
        return done


@case
def closed_stdin():
    equal(closed("<&-").stdout.count(b"\n"), 38, "lines")


@case
def closed_stdout():
    equal(closed(">&-", 1).stderr,
          b"netwatch: packet_summary: cannot write the output: Bad file descriptor\n", "stderr")


@case
def closed_stdin_read():
    done = run(["sh", "-c", 'exec "$0" netwatch -r - <&-', CHAINS])
    equal((done.returncode, done.stderr),
          (1, b"netwatch: packet_streamer: standard input: Bad file descriptor\n"),
          "exit code and stderr")


@case
def closed_stderr():
    equal(closed("2>&-").stdout.count(b"\n"), 38, "lines")


@case
def closed_all():
    equal(closed("<&- >&- 2>&-", 1).stdout, b"", "stdout")


@case
def few_descriptors():
    def before():
        resource.setrlimit(resource.RLIMIT_NOFILE, (16, 16))
    done = run(NETWATCH + ["-r", capture("demo.pcap")], preexec_fn=before)
    equal((done.returncode, done.stdout.count(b"\n")), (0, 38), "exit code and lines")


# --- terminals and colours -------------------------------------------------------------------------

def on_terminal(words, **environment):
    try:
        leader, follower = pty.openpty()
    except OSError as error:
        print("skipped: no terminal to be had: %s" % error)
        sys.exit(77)
    watch = subprocess.Popen(NETWATCH + ["-r", capture("tags.pcap")] + words, stdout=follower,
                             env=dict(PLAIN, **environment))
    os.close(follower)
    out = b""
    try:
        while True:
            part = os.read(leader, 65536)
            if not part:
                break
            out += part
    except OSError:  # the terminal's other side is closed
        pass
    os.close(leader)
    equal(watch.wait(DEADLINE), 0, "exit code")
    equal(out.count(b"\n"), 3, "lines")
    return b"\x1b[" in out


@case
def colors_on_terminal():
    equal(on_terminal([], TERM="xterm"), True, "colours on a terminal")
    equal(on_terminal([], TERM="dumb"), False, "colours on a dumb terminal")
    equal(on_terminal([]), False, "colours without TERM")
    equal(on_terminal([], TERM="xterm", NO_COLOR="1"), False, "colours with NO_COLOR")
    equal(on_terminal([], TERM="xterm", NO_COLOR=""), True, "colours with an empty NO_COLOR")
    equal(on_terminal(["--color=never"], TERM="xterm"), False, "colours with never")
    equal(on_terminal(["--color=always"], TERM="dumb"), True, "colours with always")


@case
def colors_in_pipe():
    def piped(words, **environment):
        return b"\x1b[" in run(NETWATCH + ["-r", capture("tags.pcap")] + words,
                               env=dict(PLAIN, **environment)).stdout
    equal(piped([], TERM="xterm"), False, "colours in a pipe")
    equal(piped([], CLICOLOR_FORCE="1"), True, "colours in a pipe with CLICOLOR_FORCE")
    equal(piped([], CLICOLOR_FORCE="0"), False, "colours in a pipe with CLICOLOR_FORCE=0")
    equal(piped(["--json", "--color=always"]), False, "colours in JSON")


@case
def hostile_names():
    """Nothing from the command line reaches a terminal as a control character."""
    for name in ("\x1b[31mred", "a\x07b", "\x7f", "\x9b31m", os.fsdecode(b"\x9b31m")):
        for words in (["-r", name], ["-i", name], ["--" + name], ["-c", name], ["-r", "-", name]):
            done = run(NETWATCH + words)
            bad = [byte for byte in done.stderr.replace(b"\n", b"") if not 32 <= byte < 127]
            equal(bad, [], "control characters in %r" % done.stderr)
            holds(done.returncode in (1, 2), "it fails: %d" % done.returncode)


# --- the command itself ------------------------------------------------------------------------------

@case
def sub_commands():
    one_sentence(run([CHAINS]), 2, "a command is missing")
    one_sentence(run([CHAINS, "nettwatch"]), 2, 'no command "nettwatch"')
    for words in (["--help"], ["-h"]):
        done = run([CHAINS] + words)
        equal((done.returncode, done.stderr), (0, b""), "help")
        holds(b"netwatch" in done.stdout, "help names the commands")
    versions = {run(words).stdout for words in ([CHAINS, "--version"], [CHAINS, "-V"],
                                                NETWATCH + ["-V"], NETWATCH + ["--version"])}
    equal(len(versions), 1, "versions")
    version = versions.pop()
    for library in (b"chains 0.", b"libpcap", b"c-ares", b"zlib", b"zstd"):
        holds(library in version, "%r names %r" % (version, library))


@case
def by_name():
    with tempfile.TemporaryDirectory() as folder:
        link = os.path.join(folder, "netwatch")
        os.symlink(CHAINS, link)
        words = ["-r", capture("tags.pcap")]
        equal(run([link] + words).stdout, run(NETWATCH + words).stdout, "output")


@case
def interfaces():
    done = run(NETWATCH + ["-D"])
    equal((done.returncode, done.stderr), (0, b""), "listing")
    names = [line.split()[0] for line in done.stdout.decode().splitlines()]
    holds("lo" in names, "lo is among %r" % names)
    listed = run(NETWATCH + ["-i", "no-such-interface0"])
    one_sentence(listed, 1, "no such interface")
    for name in names[:3]:
        holds(name in listed.stderr.decode(), "the sentence lists " + name)


@case
def surroundings():
    """The same output whatever the environment says."""
    want = run(NETWATCH + ["-v", "-r", capture("demo.pcap")]).stdout
    for odd in ({"TZ": "Pacific/Kiritimati"}, {"LC_ALL": "tr_TR.UTF-8"}, {"LC_ALL": "nonsense"},
                {"HOME": "/nonexistent"}, {"TZ": ":/dev/zero"}, {"LANG": "ar_EG"}):
        equal(run(NETWATCH + ["-v", "-r", capture("demo.pcap")], env=dict(PLAIN, **odd)).stdout,
              want, "output with %r" % odd)


@case
def file_wins_over_interface():
    """A name that is a file is read, with -r and as a word behind it."""
    done = run(NETWATCH + ["-r", "tags.pcap", "print.pcap"], cwd=CAPTURES)
    equal(done.stdout.count(b"\n"), 5, "lines")


main(__doc__)
