#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""behave.py CHAINS NAME: one property of the command beside what it prints.

Full disks, readers that go away, closed descriptors, signals, terminals. Waits are for events,
with a deadline that only a failure reaches.
"""
import fcntl
import json
import os
import pty
import re
import resource
import shlex
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import termios
import time

CAPTURES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "pcap")
CHAINS = os.path.abspath(sys.argv[1]) if len(sys.argv) > 1 else "chains"
NETWATCH = [CHAINS, "netwatch"]
DEADLINE = 30
PLAIN = {name: os.environ[name] for name in ("PATH", "ASAN_OPTIONS", "UBSAN_OPTIONS")
         if name in os.environ}
CASES = {}


def case(function):
    CASES[function.__name__.replace("_", "-")] = function
    return function


def capture(name):
    return os.path.join(CAPTURES, name)


def equal(got, want, what):
    if got != want:
        sys.exit("%s: got %r, want %r" % (what, got, want))


def holds(condition, what):
    if not condition:
        sys.exit("not so: " + what)


def run(arguments, **more):
    more.setdefault("stdin", subprocess.DEVNULL)
    more.setdefault("stdout", subprocess.PIPE)
    more.setdefault("env", PLAIN)
    return subprocess.run(arguments, stderr=subprocess.PIPE, timeout=DEADLINE * 2, **more)


def one_sentence(done, code, words):
    said = done.stderr.decode()
    equal(done.returncode, code, "exit code, with %r" % said)
    equal(said.count("\n"), 1, "lines on stderr in %r" % said)
    holds(words in said, "%r says %r" % (said, words))


def wait_for(condition, what):
    end = time.monotonic() + DEADLINE
    while not condition():
        if time.monotonic() > end:
            sys.exit("never happened: " + what)
        time.sleep(0.005)


def many_packets(times):
    """demo.pcap with its packets repeated."""
    with open(capture("demo.pcap"), "rb") as source:
        data = source.read()
    return data[:24] + data[24:] * times


def large_file(folder, times=2000):
    path = os.path.join(folder, "large.pcap")
    with open(path, "wb") as out:
        out.write(many_packets(times))
    return path


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


# --- signals -------------------------------------------------------------------------------------

def idle_watch(words=()):
    """netwatch on a pipe that has brought three packets, shown, and now brings nothing."""
    watch = subprocess.Popen(NETWATCH + ["-r", "-"] + list(words), stdin=subprocess.PIPE,
                             stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=PLAIN)
    with open(capture("tags.pcap"), "rb") as source:
        watch.stdin.write(source.read())
    watch.stdin.flush()
    return watch


def ends_after(number):
    watch = idle_watch()
    lines = [watch.stdout.readline() for _ in range(3)]
    holds(all(line.startswith(b"2015-05-30") for line in lines), "three lines while it idles")
    watch.send_signal(number)
    equal(watch.wait(DEADLINE), 0, "exit code")
    equal(watch.stdout.read(), b"", "more output")
    equal(watch.stderr.read(), b"netwatch: 3 packets\n", "statistics")


@case
def interrupt_idle():
    ends_after(signal.SIGINT)


@case
def terminate_idle():
    ends_after(signal.SIGTERM)


@case
def interrupt_before_header():
    watch = subprocess.Popen(NETWATCH + ["-r", "-"], stdin=subprocess.PIPE, env=PLAIN,
                             stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    wait_for(lambda: caught(watch.pid, signal.SIGINT), "the signal is caught")
    watch.send_signal(signal.SIGINT)
    equal(watch.wait(DEADLINE), 0, "exit code")
    equal(watch.stdout.read() + watch.stderr.read(), b"netwatch: 0 packets\n", "output")


@case
def interrupt_often():
    """At any moment: what was printed are whole lines, and it ends well."""
    for number in range(20):
        watch = idle_watch()
        wait_for(lambda: caught(watch.pid, signal.SIGINT), "the signal is caught")
        for _ in range(number):
            os.sched_yield()
        watch.send_signal(signal.SIGINT)
        equal(watch.wait(DEADLINE), 0, "exit code")
        out = watch.stdout.read()
        holds(out == b"" or out.endswith(b"\n"), "whole lines in %r" % out)
        watch.stdin.close()
        watch.stdout.close()
        watch.stderr.close()


def status(pid, key):
    with open("/proc/%d/status" % pid) as lines:
        for line in lines:
            if line.startswith(key + ":"):
                return line.split()[1]
    return ""


def caught(pid, number):
    return int(status(pid, "SigCgt") or "0", 16) >> (number - 1) & 1


def pending(pid, number):
    return int(status(pid, "ShdPnd") or "0", 16) >> (number - 1) & 1


def waiting_in_pipe(descriptor):
    return struct.unpack("i", fcntl.ioctl(descriptor, termios.FIONREAD, b"\0" * 4))[0]


def stuck(watch):
    """Whether it waits for somebody to read: the pipe holds much, and no more is coming."""
    before = waiting_in_pipe(watch.stdout)
    return before > 16384 and all(status(watch.pid, "State") == "S" and
                                  waiting_in_pipe(watch.stdout) == before for _ in range(20))


@case
def interrupt_twice():
    """Nobody reads: the first waits for the output to go, the second ends at once."""
    with tempfile.TemporaryDirectory() as folder:
        watch = subprocess.Popen(NETWATCH + ["-r", large_file(folder)], stdout=subprocess.PIPE,
                                 stderr=subprocess.PIPE, env=PLAIN)
        wait_for(lambda: stuck(watch), "a full pipe")
        watch.send_signal(signal.SIGINT)
        wait_for(lambda: not pending(watch.pid, signal.SIGINT) and
                 status(watch.pid, "State") == "S", "the first was taken, and it waits again")
        equal(watch.poll(), None, "exit code while output is left")
        watch.send_signal(signal.SIGINT)
        equal(watch.wait(DEADLINE), -signal.SIGINT, "exit code")


@case
def interrupt_flushes():
    """What was read before the signal is printed, as whole lines."""
    with tempfile.TemporaryDirectory() as folder:
        path = large_file(folder)
        whole = run(NETWATCH + ["-r", path]).stdout
        watch = subprocess.Popen(NETWATCH + ["-r", path], stdout=subprocess.PIPE,
                                 stderr=subprocess.PIPE, env=PLAIN)
        wait_for(lambda: stuck(watch), "a full pipe")
        size = waiting_in_pipe(watch.stdout)
        watch.send_signal(signal.SIGINT)
        got = watch.stdout.read()
        equal(watch.wait(DEADLINE), 0, "exit code")
    holds(got.endswith(b"\n") and whole.startswith(got) and size <= len(got) < len(whole),
          "the beginning of the output, in whole lines: %d of %d" % (len(got), len(whole)))


@case
def statistics_signal():
    watch = idle_watch()
    watch.stdout.readline()
    watch.send_signal(signal.SIGUSR1)
    equal(watch.stderr.readline(), b"netwatch: 3 packets\n", "statistics")
    watch.stdin.close()
    equal(watch.wait(DEADLINE), 0, "exit code")


@case
def pipe_in_pieces():
    """A capture that comes byte by byte gives the same."""
    with open(capture("print.pcap"), "rb") as source:
        data = source.read()
    whole = run(NETWATCH + ["-v", "-r", capture("print.pcap")]).stdout
    watch = subprocess.Popen(NETWATCH + ["-v", "-r", "-"], stdin=subprocess.PIPE, env=PLAIN,
                             stdout=subprocess.PIPE)
    for at in range(len(data)):
        os.write(watch.stdin.fileno(), data[at:at + 1])
    watch.stdin.close()
    equal(watch.stdout.read(), whole, "output")
    equal(watch.wait(DEADLINE), 0, "exit code")


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


# --- the commands on streams and flows ---------------------------------------------------------------

WATCHES = ("urlwatch", "weird-dns", "flows")


def watched(name, words, source="talk.pcap"):
    done = run([CHAINS, name, "-r", capture(source)] + words)
    equal((done.returncode, done.stderr), (0, b""), "exit code and stderr of %s %r" % (name, words))
    return done.stdout.decode().splitlines()


def watched_json(name, words, source="talk.pcap"):
    """Its JSON lines, which hold to the schema where that can be checked."""
    lines = [json.loads(line) for line in watched(name, ["--json"] + words, source)]
    try:
        import jsonschema
    except ImportError:
        return lines
    schema = json.loads(run([CHAINS, "schema"]).stdout)
    holds_to = jsonschema.Draft202012Validator(schema)
    for line in lines:
        for error in holds_to.iter_errors(line):
            sys.exit("%s: %s in %r" % (name, error.message[:300], line))
    return lines


def without_time(lines):
    holds(all(re.match(r"20[0-9-]{8} [0-9:]{8}(\.[0-9]{6})? - ", line) for line in lines), "times")
    return [line.split(" - ", 1)[1] for line in lines]


@case
def watch_help():
    """One help for what they have in common, and a text of their own."""
    common = run(NETWATCH + ["--help"]).stdout.decode()
    options = re.findall(r"(?m)^  (-\w, --[\w-]+|    --[\w-]+)", common)
    holds(len(options) > 15, "options: %r" % options)
    for name in WATCHES:
        texts = {run([CHAINS] + words).stdout for words in (
            [name, "--help"], [name, "-h"], [name, "-n", "--help", "--nonsense"])}
        equal(len(texts), 1, "texts of help")
        text = texts.pop().decode()
        for option in set(options) - {"-s, --summary", "-v, --verbose", "    --keylog"}:
            holds(option in text, "%s has %r" % (name, option))
        holds(re.search(r"\nusage: (chains )?%s \[-i INTERFACE" % name, text), "a line of use")
        equal(max(len(line) for line in text.split("\n")) <= 95, True, "lines are short")
        holds("\n  %-12s " % name in run([CHAINS, "--help"]).stdout.decode(), "it is listed")
        for line in re.findall(r"(?m)^  ((?:chains )?%s .*-r capture.pcap.*)$" % name, text):
            words = shlex.split(line.split("   ")[0].replace("capture.pcap", capture("talk.pcap")))
            words = words[words.index(name):]
            equal(run([CHAINS] + words).returncode, 0, "exit code of %r" % line)
        equal(run([CHAINS, name, "-V"]).stdout, run([CHAINS, "--version"]).stdout, "version")
        equal(run([CHAINS, name, "-D"]).stdout, run(NETWATCH + ["-D"]).stdout, "interfaces")
    for name in ("urlwatch", "weird-dns"):
        equal(run([CHAINS, "help", name]).stdout, run([CHAINS, name, "--help"]).stdout, "help")
    holds(b"`chains flows --help`" in run([CHAINS, "help", "flows"]).stdout, "both flows")


@case
def watch_usage():
    """What is wrong is said as by netwatch, in the command's name."""
    talk = ["-r", capture("talk.pcap")]
    wrong = (["--jsno"], ["-v"], ["-c", "0"], ["--json=1"], ["-i", "lo"], ["-n", "--lookup"],
             ["--color=blue"], ["no-such-file.pcap"], ["-f", "udp", "tcp"], ["-c"],
             ["--local=10.0.0.0/33"])
    for name in WATCHES:
        for words in wrong:
            done = run([CHAINS, name] + talk + words)
            one_sentence(done, 2, name + ": ")
            equal(done.stdout, b"", "stdout")
            if words != ["-v"]:
                said = run(NETWATCH + talk + words).stderr.decode()
                if words != ["--local=10.0.0.0/33"]:  # who finds it differs
                    equal(done.stderr.decode(), said.replace("netwatch", name, 1), "the sentence")
        marked = ["tcp", "prot", "80"]  # a sentence with a mark under the fault
        equal(run([CHAINS, name] + talk + marked).stderr.decode(),
              run(NETWATCH + talk + marked).stderr.decode().replace("netwatch", name, 1), "the mark")
        one_sentence(run([CHAINS, name, "-r", "no-such-file.pcap"]), 1, "no-such-file.pcap")
        one_sentence(run([CHAINS, name, "-r", capture("not-a-capture.pcap")]), 1, "not-a-capture")
        one_sentence(run([CHAINS, name, capture("talk.pcap")]), 2, "to read a capture: -r ")
    one_sentence(run([CHAINS, "flows"] + talk + ["--interm"]), 2, "did you mean --interim?")
    one_sentence(run([CHAINS, "urlwatch"] + talk + ["--services"]), 2, "unknown option --services")
    one_sentence(run([CHAINS, "weirddns"]), 2, "did you mean weird-dns?")


@case
def watch_by_name():
    with tempfile.TemporaryDirectory() as folder:
        for link, name in (("urlwatch", "urlwatch"), ("weird_dns", "weird-dns")):
            path = os.path.join(folder, link)
            os.symlink(CHAINS, path)
            words = ["-r", capture("talk.pcap")]
            equal(run([path] + words).stdout, run([CHAINS, name] + words).stdout, "output")
            one_sentence(run([path, "--nonsense"]), 2, name + ": ")
        equal(run([CHAINS, "weird_dns"] + words).stdout, run([CHAINS, "weird-dns"] + words).stdout,
              "with a line below, too")


CLIENT, SERVER = "192.168.1.9(LOCAL)", "203.0.113.80(documentation)"
URLS = [
    "--> GET http://www.example.com/index.html?q=a%20b  [check/1.0]",
    "<-- 200 OK text/html 1500 bytes (1.2ms) http://www.example.com/index.html?q=a%20b",
    "--> POST http://www.example.com/form  [\\x1b[31mred\\xff]",
    "<-- 302 Found 0 bytes (1.2ms) http://www.example.com/form",
    "--> GET http://www.example.com:8080/first",
    "--> GET http://www.example.com:8080/second",
    "<-- 200 OK 9 bytes (1.2ms) http://www.example.com:8080/first",
    "<-- 404 Not Found text/plain 4 bytes (1.2ms) http://www.example.com:8080/second",
    "--> POST http://www.example.com:8080/two WEIRD: ['smuggling', 'length_and_chunked']",
]


@case
def urlwatch_lines():
    want = ["%s %s %s %s" % (CLIENT, line[:3], SERVER, line[4:]) for line in URLS]
    equal(without_time(watched("urlwatch", [])), want, "lines")
    bare = [line.replace("(LOCAL)", "").replace("(documentation)", "") for line in want]
    equal(without_time(watched("urlwatch", ["-n"])), bare, "lines without names")
    equal(without_time(watched("urlwatch", ["port", "8080"])), want[4:], "lines of one port")
    equal(watched("urlwatch", ["--color=always"])[0].count("\x1b[36m"), 2, "colours")
    equal(watched("urlwatch", [], "tags.pcap"), [], "lines where there is no HTTP")


@case
def urlwatch_json():
    lines = watched_json("urlwatch", [])
    equal([line["number"] for line in lines], [18, 21, 22, 23, 30, 31, 32], "packets")
    messages = [message for line in lines for message in line["http"]]
    equal([message["kind"][:3] for message in messages],
          ["req" if line.startswith("-->") else "res" for line in URLS], "kinds")
    equal([message.get("status") for message in messages if message["kind"] == "response"],
          [200, 302, 200, 404], "status")
    equal(messages[0]["uri"], "/index.html?q=a%20b", "as sent")
    holds(all("tags" in line and "stream" in line for line in lines), "all layers")
    holds(b"secret" not in run([CHAINS, "urlwatch", "--json", "-r", capture("talk.pcap")]).stdout,
          "no cookies")


TLS = [
    "--> TLS mail.example.com  t13d311000_e8f1e7e78f70_1f22a2ca17c4",
    "<-- TLS mail.example.com certificate: expired, other_name (O=Chains,CN=old.example.net, until 2021-01-01)",
    "<-- TLS 1.2 TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384 (TOOK) mail.example.com",
    "--> TLS www.example.com  [h2,http/1.1] t13d3111h2_e8f1e7e78f70_1f22a2ca17c4",
    "<-- TLS 1.3 TLS_AES_256_GCM_SHA384 (TOOK) www.example.com",
    "--> TLS api.example.com:8443  t13d311000_e8f1e7e78f70_1f22a2ca17c4",
    "<-- TLS 1.3 TLS_AES_256_GCM_SHA384 (TOOK) api.example.com:8443",
    "--> TLS refused.example.com  t12d280700_d943125447b4_e7e480e5a997",
    "<-- TLS refused.example.com alert: protocol_version",
    "--> TLS mail.example.com:2500 (smtp)  t13d311000_e8f1e7e78f70_1f22a2ca17c4",
    "<-- TLS 1.3 TLS_AES_256_GCM_SHA384 (TOOK) mail.example.com:2500",
    "--> QUIC quic.example.com  [h3] q13d0415h3_9caa18292e23_84684a673e38",
    "<-- QUIC TLS_AES_128_GCM_SHA256 (TOOK) quic.example.com",
]
INSIDE = [
    "<-- TLS 1.3 TLS_AES_256_GCM_SHA384 http/1.1 (TOOK) www.example.com",
    "--> GET https://www.example.com/inside?a=b",
    "<-- 200 ok text/html 5254 bytes (TOOK) https://www.example.com/inside?a=b",
]


def tls_lines(words):
    """Without addresses, and without what a recording differs in."""
    return [re.sub(r"\([0-9.]+[mu]s\)", "(TOOK)", re.sub(r"^(\S+) (...) (\S+)", r"\2", line))
            for line in without_time(watched("urlwatch", words, "tls.pcap"))]


@case
def urlwatch_tls():
    """TLS and QUIC as lines; with keys the requests inside, as https."""
    keys = "--keylog=" + capture("tls.keys")
    equal(tls_lines(["-n"]), TLS, "lines")
    equal(tls_lines(["-n", keys]), TLS[:4] + INSIDE + TLS[5:], "lines with keys")
    equal(tls_lines(["-n", keys, "udp"]), TLS[-2:], "lines of QUIC")
    prints = [line.split()[-1] for line in watched("urlwatch", ["--ja3"], "tls.pcap")
              if " --> " in line]
    holds(len(prints) == 6 and all(re.fullmatch("[0-9a-f]{32}", one) for one in prints), "JA3")
    holds(any("\x1b[33m certificate" in line for line in watched(
        "urlwatch", ["--color=always"], "tls.pcap")), "colours of trouble")
    one_sentence(run([CHAINS, "urlwatch", "--keylog=", "-r", capture("tls.pcap")]), 2, "--keylog")
    one_sentence(run(NETWATCH + ["--keylog=x", "-r", capture("tls.pcap")]), 2, "for --json")


def keyed(log, name=capture("tls.pcap"), **more):
    """urlwatch with this key log: how it ended, and its lines."""
    done = run([CHAINS, "urlwatch", "-n", "--keylog=" + log, "-r", name], **more)
    return done, done.stdout.decode().splitlines()


@case
def key_logs():
    """One that is of no use is not silent; a last line without an end counts, and so on."""
    with open(capture("tls.keys"), encoding="ascii") as file:
        keys = file.read()
    with open(capture("tls.pcap"), "rb") as file:
        packets = file.read()
    want = keyed(capture("tls.keys"))[1]
    holds(any("https://www.example.com/inside" in line for line in want), "opened")
    with tempfile.TemporaryDirectory() as folder:
        def log(data):
            path = os.path.join(folder, "keys")
            with open(path, "wb") as file:
                file.write(data)
            return path

        secrets = [line for line in keys.splitlines() if line and line[0] != "#"]
        for name, data in (("no end", "\n".join(secrets)), ("a mark", "\ufeff" + "\n".join(secrets)),
                           ("CR LF", "\r\n".join(secrets))):
            for order in (data, data.replace(secrets[0], "X").replace(
                    secrets[-1], secrets[0]).replace("X", secrets[-1])):
                done, lines = keyed(log(order.encode()))
                equal(lines, want, name)
                equal(done.stderr, b"", name)
        missing = os.path.join(folder, "missing")
        done, lines = keyed(missing)
        one_sentence(done, 1, "cannot read the key log " + missing)
        equal(lines, [], "nothing before the key log is there")
        one_sentence(keyed(folder)[0], 1, "not a regular file")
        one_sentence(keyed("-")[0], 2, "standard input")
        plain = len(TLS)
        for data in (b"\x00\xfejunk" * 100, b"CLIENT_RANDOM 12\n", packets, keys.encode("utf-16")):
            done, lines = keyed(log(data))
            one_sentence(done, 0, "no key was found")
            equal(len(lines), plain, "lines without keys")
        for data in (b"", b"# nothing yet\n"):
            done, lines = keyed(log(data))
            equal((done.returncode, done.stderr, len(lines)), (0, b"", plain), "an empty one")
        # Through a pipe it may come while packets do.
        with subprocess.Popen(["cat", capture("tls.pcap")], stdout=subprocess.PIPE) as cat:
            done, lines = keyed(missing, "-", stdin=cat.stdout)
        one_sentence(done, 0, "was never there")
        equal(len(lines), plain, "lines without a key log")


@case
def urlwatch_tls_json():
    """Records with TLS or HTTP alone; those of netwatch have them, too."""
    lines = watched_json("urlwatch", ["--keylog", capture("tls.keys")], "tls.pcap")
    holds(all("tls" in line or "http" in line for line in lines), "nothing else")
    names = [one.get("sni") for line in lines for one in line.get("tls", ())
             if one["handshake"] == "client_hello" and not one.get("retry")]
    equal(names, [line.split()[2].partition(":")[0] for line in TLS if line[:3] == "-->"], "names")
    all_lines = [json.loads(line) for line in run(NETWATCH + [
        "--json", "-r", capture("tls.pcap"), "--keylog", capture("tls.keys")]).stdout.splitlines()]
    equal([line[layer] for layer in ("tls", "http") for line in all_lines if layer in line],
          [line[layer] for layer in ("tls", "http") for line in lines if layer in line], "netwatch")


@case
def weird_dns_lines():
    lines = without_time(watched("weird-dns", []))
    equal(len(lines), len(watched_json("weird-dns", [])), "as many lines as JSON")
    holds(any("zero.example.com" in line and "zero_bit" in line for line in lines), "the zero bit")
    holds(any("tunnel.example.org" in line for line in lines), "the long name")
    holds(not any(" www.example.com" in line for line in lines), "nothing else")
    equal(watched("weird-dns", [], "tags.pcap"), [], "lines where there is no DNS")
    for line in watched_json("weird-dns", []):
        holds("dns" in line and line["weird"] and all(one["name"] for one in line["weird"]),
              "what is weird in %r" % line)


FLOWS = [
    "TCP 192.168.1.9(LOCAL):50101 --> 203.0.113.80(documentation):80 SF 13.7ms 6/6 pkts "
    "193/1639 bytes http ",
    "TCP 192.168.1.9(LOCAL):50102 --> 203.0.113.80(documentation):8080 RSTR 7.5ms 4/3 pkts "
    "205/146 bytes http ",
    "TCP 192.168.1.9(LOCAL):50103 --> 8.8.8.8:53 SF 8.7ms 5/3 pkts 70/114 bytes dns ",
    "TCP [2001:db8:1::9](documentation):50104 --> [2001:db8:80::80](documentation):80 REJ "
    "1.2ms 1/1 pkts 0/0 bytes ",
    "UDP 192.168.1.9(LOCAL):40100 --> 8.8.8.8:53 SF 1.2ms 1/1 pkts 33/49 bytes dns ",
    "UDP 192.168.1.9(LOCAL):40101 --> 192.0.2.53(documentation):53 S0 0ns 1/0 pkts 37/0 bytes "
    "dns ",
    "ICMP 192.168.1.9(LOCAL) --> 203.0.113.80(documentation) type 8 1.2ms 1/1 pkts 32/32 bytes ",
]


@case
def flows_lines():
    """Every flow once; what it carries where that was asked for."""
    lines = without_time(watched("flows", ["--services"]))
    equal(len(lines), 10, "flows: %r" % lines)
    for want in FLOWS:
        equal(sum(line.startswith(want) for line in lines), 1, "%r in %r" % (want, lines))
    holds(all(line.split()[-1] in ("fin", "rst", "idle", "input") for line in lines), "ends")
    plain = without_time(watched("flows", []))
    equal([re.sub(" bytes http ", " bytes ", line) for line in lines], plain, "without services")
    equal(len(watched("flows", ["-n", "port", "53"])), 5, "of one port")


@case
def flows_json():
    lines = watched_json("flows", ["--services"])
    equal(len(lines), 10, "flows")
    holds(not any("number" in line or "len" in line for line in lines), "they are no packets")
    holds(all(line["flow"]["community_id"].startswith("1:") for line in lines), "Community IDs")
    one = next(line for line in lines if line["flow"].get("sport") == 50101)["flow"]
    equal((one["orig"]["bytes"], one["resp"]["bytes"], one["service"], one["state"], one["end"]),
          (193, 1639, "http", "SF", "fin"), "the first page")
    equal(sum(line["flow"]["orig"]["packets"] + line["flow"]["resp"]["packets"] for line in lines), 38,
          "packets of all")
    equal([dict(line["flow"], service=None) for line in watched_json("flows", [])],
          [dict(line["flow"], service=None) for line in lines], "without services")


@case
def flows_interim():
    """A flow of 1000 s: one record at its end, and with --interim one every 300 s before that."""
    with open(capture("demo.pcap"), "rb") as source:
        data = source.read()
    records, at = [], 24
    while at < len(data):
        size = struct.unpack("<I", data[at + 8:at + 12])[0]
        records.append(data[at:at + 16 + size])
        at += 16 + size
    udp = next(record for record in records if b"a packet of VLAN" in record)
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "long.pcap")
        with open(path, "wb") as out:
            out.write(data[:24])
            for second in range(0, 1001, 20):
                out.write(struct.pack("<I", 1700000000 + second) + udp[4:])
        last = watched("flows", [], path)
        equal(len(last), 1, "lines: %r" % last)
        holds(" 1000s 51/0 pkts " in last[0] and last[0].endswith(" input"), last[0])
        lines = watched("flows", ["--interim"], path)
        equal([line.split()[-1] for line in lines], ["active"] * 3 + ["input"], "ends")
        equal(lines[-1], last[0], "the last one counts all")
        parts = [line["flow"]["part"] for line in watched_json("flows", ["--interim"], path)]
        equal(parts, [1, 2, 3, 4], "parts")


@case
def watch_output():
    """Full disks, signals and statistics are netwatch's."""
    for name in WATCHES:
        for words in ([], ["--json"]):
            with open("/dev/full", "wb") as full:
                done = run([CHAINS, name, "-r", capture("talk.pcap")] + words, stdout=full)
            one_sentence(done, 1, "No space left on device")
        watch = subprocess.Popen([CHAINS, name, "-r", "-"], stdin=subprocess.PIPE, env=PLAIN,
                                 stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        with open(capture("talk.pcap"), "rb") as source:
            watch.stdin.write(source.read())
        watch.stdin.flush()
        first = watch.stdout.readline()  # while the capture has not ended
        holds(first.startswith(b"2024-01-02 "), "a line while it waits: %r" % first)
        watch.send_signal(signal.SIGINT)
        equal(watch.wait(DEADLINE), 0, "exit code")
        rest = watch.stdout.read().decode().splitlines()
        equal(watch.stderr.read().decode(), "%s: 38 packets\n" % name, "statistics")
        equal(sorted([first.decode()[:-1]] + rest), sorted(watched(name, [])), "all lines")


@case
def netwatch_json_layers():
    """Every layer, on the packet that completes the message; a line for each packet."""
    lines = watched_json("netwatch", [])
    packets = [line for line in lines if "len" in line]
    equal([line["number"] for line in packets], list(range(1, 39)), "packets")
    equal([line["number"] for line in lines if "http" in line], [18, 21, 22, 23, 30, 31, 32], "HTTP")
    equal([line["number"] for line in lines if "dns" in line], [1, 2, 3, 4, 5, 6, 10, 10, 11, 11],
          "DNS")
    holds(all("stream" in line for line in packets), "streams")
    holds(not any("flow" in line for line in lines), "no flows")
    events = [line for line in lines if "len" not in line]
    equal([(line["number"], line["dns"]["queries"][0]["name"]) for line in events],
          [(10, "two.example.com"), (11, "two.example.com")], "further messages")
    holds(all("rtt" in line["dns"] for line in lines if line.get("dns", {}).get("qr")), "joined")
    equal(len(watched("netwatch", [])), 38, "lines of text")


@case
def netwatch_server_names():
    """Names of servers from what clients ask for, without flows; an address of the net at large."""
    with open(capture("tls.pcap"), "rb") as file:
        data = file.read().replace(bytes([203, 0, 113, 80]), bytes([8, 8, 8, 8]))
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "tls.pcap")
        with open(path, "wb") as file:
            file.write(data)

        def named(words):
            text = run(NETWATCH + words + ["-r", path]).stdout.decode()
            found = re.findall(r"8\.8\.8\.8\(([^)]*)\)", text)
            return [name for i, name in enumerate(found) if i == 0 or found[i - 1] != name]

        asked = [line.split()[2].partition(":")[0] for line in TLS if line[:3] == "-->"]
        equal(named(["-s"]), asked, "names")
        equal(named(["-s", "-n"]), [], "names with -n")
        with_flows, without = (set(run(
            [CHAINS, "run", path, "!", "packet_meta", *("! " + links).split(), "!", "where",
             'tls.handshake == "client_hello"', "!", "fields", "packet.dst,tls.sni,tls.ja4"]
        ).stdout.splitlines()) for links in (
            "flows only=packets ! tls_meta ! quic_meta", "hello_meta"))
        equal(without, with_flows, "hellos")
        equal(len(without), len(set(asked)) + 1, "hellos there, and the names of the columns")


# --- chains run -----------------------------------------------------------------------------------

RUN = [CHAINS, "run"]


def idle_run(options, words, **more):
    """A chain on a pipe that has brought three packets and now brings nothing."""
    chain = subprocess.Popen(RUN + options + ["-"] + words, stdin=subprocess.PIPE,
                             stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=PLAIN, **more)
    with open(capture("tags.pcap"), "rb") as source:
        chain.stdin.write(source.read())
    chain.stdin.flush()
    return chain


def lines_in(path):
    try:
        with open(path, "rb") as have:
            return have.read().count(b"\n")
    except FileNotFoundError:
        return -1


SUMMARY = ["!", "packet_meta", "!", "packet_summary", "flush=line"]


@case
def run_statistics_signal():
    chain = idle_run([], SUMMARY)
    chain.stdout.readline()
    chain.send_signal(signal.SIGUSR1)
    equal(chain.stderr.readline(), b"chains: 3 packets\n", "statistics")
    chain.stdin.close()
    equal(chain.wait(DEADLINE), 0, "exit code")
    equal(chain.stderr.read(), b"", "more on stderr")


@case
def run_statistics_table_signal():
    chain = idle_run(["--stats"], SUMMARY)
    chain.stdout.readline()
    for _ in range(2):
        chain.send_signal(signal.SIGUSR1)
        got = [chain.stderr.readline().decode() for _ in range(5)]
        equal([line.split()[0] for line in got],
              ["component", "packet_streamer", "packet_meta", "packet_summary", "packet_streamer"],
              "first words of the table")
        equal(got[2].split()[1:6], ["3", "3", "0", "0", "0"], "what packet_meta did")
    chain.stdin.close()
    equal(chain.wait(DEADLINE), 0, "exit code")
    equal(chain.stderr.read().count(b"\n"), 5, "lines of the table at the end")


def table_of(said):
    """The table of --stats as (component, cells, place), after a look at its columns."""
    lines = said.split("\n")
    titles = re.fullmatch(r"component +(in) +(out) +(dropped) +(cut short) +(malformed) +(limited) "
                          r"+(memory) +(ns/record)  place", lines[0])
    holds(titles, "a head: %r" % lines[0])
    rows = []
    for line in lines[1:]:
        row = re.fullmatch(r"( *(?:\[ )?\w+)" + r" +([0-9.,KM-]+)" * 8 + r"(?:  (.+))?", line)
        if not row:
            break
        equal([row.end(i + 2) for i in range(8)], [titles.end(i + 1) for i in range(8)],
              "where the columns of %r end" % line)
        rows.append((row.group(1), row.groups()[1:9], row.group(10)))
    return rows, [line for line in lines[1 + len(rows):] if line]


@case
def run_statistics_end():
    """Aligned however large the numbers are, with a tee in a tee behind a merge."""
    with tempfile.TemporaryDirectory() as folder:
        large_file(folder, 40)
        words = ("merge [ large.pcap ! packet_meta ] [ large.pcap ] ! packet_meta ! tee [ tee "
                 "[ where udp ! packet_summary path=a ] [ packet_summary path=b ] ] ! "
                 "packet_summary path=c")
        done = run(RUN + ["--stats"] + words.split(), cwd=folder)
        equal((done.returncode, done.stdout), (0, b""), "exit code and stdout")
        rows, rest = table_of(done.stderr.decode())
        equal([name for name, _, _ in rows],
              ["merge", "  [ packet_streamer", "    packet_meta", "  [ packet_streamer",
               "packet_meta", "tee", "  [ tee", "      [ where", "        packet_summary",
               "      [ packet_summary", "  [ packet_summary"], "components")
        equal([place for _, _, place in rows][:3], ["word 1", "word 3", "word 5"], "places")
        by = {place: [cell.replace(",", "") for cell in cells] for _, cells, place in rows}
        equal(by["word 1"][:3], ["3040", "3040", "0"], "in, out and dropped of merge")
        where = next(cells for name, cells, _ in rows if name.endswith("where"))
        numbers = [int(cell.replace(",", "")) for cell in where[:3]]
        equal(numbers[0], 3040, "what where took")
        equal(numbers[0], numbers[1] + numbers[2], "what where took, gave and dropped")
        equal(lines_in(os.path.join(folder, "a")), numbers[1], "lines behind where")
        holds("3,040" in done.stderr.decode(), "thousands are readable")
        holds(all(float(cells[7].replace(",", "")) > 0 for _, cells, _ in rows), "time was taken")
        size = os.path.getsize(os.path.join(folder, "large.pcap"))
        equal(rest, ["packet_streamer (word 3): {0:,} of {0:,} bytes read".format(size),
                     "packet_streamer (word 8): {0:,} of {0:,} bytes read".format(size)], "sources")


@case
def run_statistics_failure():
    """A chain that fails has its table, behind the sentence."""
    with open("/dev/full", "wb") as full:
        done = run(RUN + ["--stats", capture("demo.pcap")] + SUMMARY, stdout=full)
    said = done.stderr.decode().split("\n")
    equal(done.returncode, 1, "exit code")
    holds("No space left on device" in said[0], "a sentence: %r" % said[0])
    holds(said[1].startswith("component "), "a table: %r" % said[1])


def ends_run_after(number):
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "out")
        chain = idle_run([], ["!", "packet_meta", "!", "tee", "[", "packet_summary", "flush=line",
                              "]", "[", "json_lines", "path=" + path, "flush=block", "]"])
        for _ in range(3):
            chain.stdout.readline()
        chain.send_signal(number)
        equal(chain.wait(DEADLINE), 0, "exit code")
        equal(chain.stderr.read(), b"chains: 3 packets\n", "statistics")
        equal(lines_in(path), 3, "lines in the file")


@case
def run_interrupt():
    ends_run_after(signal.SIGINT)


@case
def run_terminate():
    ends_run_after(signal.SIGTERM)


def more_packets(chain):
    """Three more packets: the same capture without its head."""
    with open(capture("tags.pcap"), "rb") as source:
        chain.stdin.write(source.read()[24:])
    chain.stdin.flush()


@case
def run_hangup_begins_anew():
    """Without a terminal SIGHUP is a matter of files: moved away, and begun anew."""
    with tempfile.TemporaryDirectory() as folder:
        path, moved = os.path.join(folder, "out"), os.path.join(folder, "moved")
        chain = idle_run([], ["!", "packet_meta", "!", "packet_summary", "path=" + path,
                              "flush=line"], start_new_session=True)
        wait_for(lambda: lines_in(path) == 3, "three lines")
        os.rename(path, moved)
        chain.send_signal(signal.SIGHUP)
        wait_for(lambda: lines_in(path) == 0, "a new file")
        more_packets(chain)
        wait_for(lambda: lines_in(path) == 3, "three lines in the new file")
        equal(lines_in(moved), 3, "lines in the old one")
        chain.stdin.close()
        equal((chain.wait(DEADLINE), chain.stderr.read()), (0, b""), "exit code and stderr")


@case
def run_hangup_of_terminal():
    """When the terminal hangs up the chain ends, and its file is whole."""
    try:
        leader, follower = pty.openpty()
    except OSError as error:
        print("skipped: no terminal to be had: %s" % error)
        sys.exit(77)

    def before():
        os.setsid()
        fcntl.ioctl(follower, termios.TIOCSCTTY, 0)
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "out")
        chain = idle_run([], ["!", "packet_meta", "!", "tee", "[", "packet_summary", "flush=line",
                              "]", "[", "json_lines", "path=" + path, "flush=block", "]"],
                         preexec_fn=before)
        os.close(follower)
        for _ in range(3):
            chain.stdout.readline()
        chain.send_signal(signal.SIGHUP)  # from somebody else, the terminal is there
        more_packets(chain)
        for _ in range(3):
            chain.stdout.readline()
        equal(chain.poll(), None, "exit code with the terminal there")
        os.close(leader)
        equal(chain.wait(DEADLINE), 0, "exit code")
        equal(lines_in(path), 6, "lines in the file")


@case
def run_hangup_ignored():
    """Under nohup it stays ignored."""
    chain = idle_run([], SUMMARY, preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN))
    chain.stdout.readline()
    chain.send_signal(signal.SIGHUP)
    equal(int(status(chain.pid, "SigIgn"), 16) & 1, 1, "SIGHUP ignored")
    chain.stdin.close()
    equal(chain.wait(DEADLINE), 0, "exit code")


@case
def hangup_ends_netwatch():
    watch = idle_watch()
    watch.stdout.readline()
    watch.send_signal(signal.SIGHUP)
    equal(watch.wait(DEADLINE), 0, "exit code")


@case
def run_reader_gone():
    """The reader of one branch goes away: quiet, and the other branch is whole."""
    def before():
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    with tempfile.TemporaryDirectory() as folder:
        large_file(folder, 200)
        words = "large.pcap ! packet_meta ! tee [ packet_summary path=out ] ! packet_summary"
        chain = subprocess.Popen(RUN + words.split(), stdout=subprocess.PIPE, cwd=folder,
                                 stderr=subprocess.PIPE, preexec_fn=before, env=PLAIN)
        chain.stdout.readline()
        chain.stdout.close()
        equal((chain.stderr.read(), chain.wait(DEADLINE)), (b"", 0), "stderr and exit code")
        equal(lines_in(os.path.join(folder, "out")), 38 * 200, "lines of the other branch")


@case
def run_one_file_two_sinks():
    """Two sinks on one file would write through each other: refused, and nothing is left behind."""
    with tempfile.TemporaryDirectory() as folder:
        demo = [capture("demo.pcap"), "!", "packet_meta", "!"]
        for words in ("tee [ pcap_writer d.pcap exists=append ] [ pcap_writer d.pcap exists=append ]",
                      "json_lines d.pcap exists=replace ! packet_summary path=./d.pcap exists=append",
                      "tee [ json_lines ] [ pcap_writer ]"):
            with open(os.path.join(folder, "mix"), "wb") as mix:
                done = run(RUN + demo + words.split(), cwd=folder, stdout=mix)
            equal(done.returncode, 2, "exit code of %s" % words)
            holds(b"is written by another sink of this chain" in done.stderr, "%r" % done.stderr)
            equal(sorted(os.listdir(folder)), ["mix"], "files")
            equal(os.path.getsize(os.path.join(folder, "mix")), 0, "bytes on standard output")
        done = run(RUN + demo + "tee [ json_lines ] [ packet_summary ]".split())
        equal((done.returncode, done.stdout.count(b"\n")), (0, 76), "text may share")


@case
def run_refused_does_nothing():
    """A chain that cannot be opened leaves the files of its sinks as they were, or not there."""
    with tempfile.TemporaryDirectory() as folder:
        with open(os.path.join(folder, "keep.gz"), "w") as out:
            out.write("yesterday")
        demo = [capture("demo.pcap"), "!", "packet_meta", "!"]
        for words in ("json_lines keep.gz exists=replace ! packet_summary path=none/x",
                      "tee [ json_lines keep.gz exists=replace ] [ tagger rules=none ! count ]",
                      "tee [ json_lines keep.gz exists=replace ] [ json_lines new ! fields len path=none/x ]",
                      "json_lines new ! packet_summary path=keep.gz"):
            done = run(RUN + demo + words.split(), cwd=folder)
            equal((done.returncode, done.stdout), (1, b""), "%s: %r" % (words, done.stderr))
            equal(sorted(os.listdir(folder)), ["keep.gz"], "files")
            with open(os.path.join(folder, "keep.gz")) as kept:
                equal(kept.read(), "yesterday", "what was there")
        done = run(RUN + demo + ["where", "len == 1", "!", "json_lines", "keep.gz", "exists=replace"], cwd=folder)
        equal(done.returncode, 0, "a chain without a record replaces it")
        holds(os.path.getsize(os.path.join(folder, "keep.gz")) < 40, "by an empty stream")


@case
def run_header_behind_others():
    """What stands on standard output before is somebody else's: fields begins with its header."""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "report")
        with open(path, "w") as out:
            out.write("# report\n")
        with open(path, "ab") as out:
            run(RUN + [capture("demo.pcap"), "max_packets=1", "!", "fields", "number,len"], stdout=out)
        with open(path) as report:
            equal(report.read(), "# report\nnumber\tlen\n1\t286\n", "report")


@case
def run_check_opens_nothing():
    with tempfile.TemporaryDirectory() as folder:
        os.mkfifo(os.path.join(folder, "pipe"))
        for option in ("--check", "--print"):
            for words in ("pipe ! packet_meta ! packet_summary path=made",
                          "packet_streamer iface_name=no-such0 ! packet_meta ! json_lines path=made",
                          "pipe ! packet_meta ! exec 'touch made' ! packet_summary",
                          "- ! packet_meta ! tee [ packet_summary path=made ] [ json_lines ]"):
                done = run(RUN + [option] + shlex.split(words), cwd=folder)
                equal((done.returncode, done.stderr), (0, b""), "exit code and stderr of " + words)
                equal(done.stdout == b"", option == "--check", "nothing printed")
        equal(os.listdir(folder), ["pipe"], "files that are there")


ROUND = [
    "demo.pcap ! packet_meta ! packet_summary",
    "packet_streamer files=demo.pcap files=tags.pcap max_packets=7 ! packet_meta ! packet_summary",
    "- bpf='port 53 or arp' snaplen=96 ! packet_meta through=packet ! transport_meta",
    "demo.pcap ! packet_meta ! where 'packet.dst in {8.8.8.8} and not arp' ! packet_printer",
    "demo.pcap ! packet_meta ! where \"transport.dport == 53 or tcp.word == \\\"syn\\\"\"",
    "demo.pcap ! packet_meta ! tagger rule='a: udp' rule='b: packet.src == 10.0.0.1' ! json_lines",
    "merge [ demo.pcap ] [ tags.pcap ! packet_meta ] ! packet_meta ! tee [ packet_printer path=- ] "
    "[ tee [ packet_summary exists=append path='a b' ] [ json_lines path='$X ! [' ] ] ! "
    "packet_summary path='it'\\''s \"\\'",
    "demo.pcap ! packet_meta ! tee [ packet_summary path=x ] ! packet_summary flush=line",
    "demo.pcap ! exec 'cat -' on_exit=restart timeout=1500ms field=a:uint field=b:text layer=mine",
    "demo.pcap ! packet_meta ! pcap_writer path=a.pcapng rotate_size=100M rotate_time=1h keep=3",
    "demo.pcap ! packet_meta ! fields number,packet.src format=csv separator=';' no_header=yes",
    "demo.pcap ! packet_meta ! count by=packet.src,transport.dport top=3 json=on",
    "demo.pcap speed=0.5 no_promiscuous=true duration=10 ! packet_meta max_depth=3",
    "demo.pcap ! reverse_dns mode=off local=10.0.0.0/8 local=fd00::/8 hosts= ! packet_summary",
]


@case
def run_print_round():
    """Words to chain to words: what is printed makes a chain that prints the same."""
    with tempfile.TemporaryDirectory() as folder:
        for name in ("demo.pcap", "tags.pcap"):
            os.symlink(os.path.abspath(capture(name)), os.path.join(folder, name))
        for words in ROUND:
            first = run(RUN + ["--print"] + shlex.split(words), cwd=folder)
            equal((first.returncode, first.stderr), (0, b""), "exit code and stderr of " + words)
            with open(os.path.join(folder, "chain"), "wb") as out:
                out.write(first.stdout)
            second = run(RUN + ["--print", "-f", "chain"], cwd=folder)
            equal((second.returncode, second.stdout), (0, first.stdout), "print of print, " + words)
        run(RUN + ["--print"] + shlex.split(ROUND[1]), cwd=folder)
        with open(os.path.join(folder, "chain"), "wb") as out:
            out.write(run(RUN + ["--print"] + shlex.split(ROUND[1]), cwd=folder).stdout)
        equal(run(RUN + ["-f", "chain"], cwd=folder).stdout,
              run(RUN + shlex.split(ROUND[1]), cwd=folder).stdout, "output of both")


@case
def run_any_words():
    """Whatever the words: a chain, or a sentence with a place and a mark that fits the line."""
    vocabulary = shlex.split("demo.pcap - ! ! ! ! [ ] [ ] tee merge packet_meta where json_lines "
                             "packet_summary tagger 'udp' 'rule=a: arp' 'rule=b' path=x path= "
                             "flush=line flush= = '' 'a b' \"it's\" max_packets=3 through=packet "
                             "\\\\ $X # packet_streamer 'transport.dport =='")
    state = 20240102
    with tempfile.TemporaryDirectory() as folder:
        os.symlink(os.path.abspath(capture("demo.pcap")), os.path.join(folder, "demo.pcap"))
        good = 0
        for _ in range(250):
            words = ["demo.pcap"]
            for _ in range(state % 13):
                state = (state * 1103515245 + 12345) % 2 ** 31
                words.append(vocabulary[(state >> 8) % len(vocabulary)])
            state = (state * 1103515245 + 12345) % 2 ** 31
            done = run(RUN + ["--print"] + words, cwd=folder)
            said = done.stderr.decode()
            holds(done.returncode in (0, 2), "%r of %r, with %r" % (done.returncode, words, said))
            good += done.returncode == 0
            if done.returncode == 2:
                lines = said.split("\n")
                equal(len(lines), 4, "lines of %r for %r" % (said, words))
                holds(len(lines[2].rstrip()) <= len(lines[1]) + 2 and "^" in lines[2],
                      "a mark: %r" % said)
        holds(good > 10, "some were chains: %d" % good)


@case
def run_bounds():
    """Chains larger than anybody writes are refused with a sentence, or run."""
    def text(words):
        done = run(RUN + ["--check", "-f", "-"], input=words, stdin=None)
        return done.returncode, done.stderr.decode().split("\n")[0]
    equal(text(b"-" + b" ! packet_summary" * 500)[0], 0, "a chain of 500 links")
    deep = text(b"- ! " + b"tee [ " * 5000 + b"packet_summary" + b" ]" * 5000)
    equal((deep[0], "branches inside each other" in deep[1]), (2, True), "deep: %r" % (deep,))
    long = text(b"- " + b"! packet_meta " * 200000)
    equal((long[0], "more than" in long[1]), (2, True), "long: %r" % (long,))
    word = text(b"- ! where '" + b"a" * 500000 + b"'")
    equal(word[0], 2, "one long word: %r" % (word[1][:200],))
    holds(len(word[1]) < 3000, "a sentence of %d bytes" % len(word[1]))


@case
def run_hostile_words():
    """Nothing from the words reaches a terminal as a control character."""
    for name in ("\x1b[31mred", "a\x07b", "\x7f", "\x9b31m", os.fsdecode(b"\x9b31m")):
        for words in ([name], ["-", "!", name], ["-", name + "=3"], ["--" + name, "-"],
                      ["-", "!", "where", name], ["-f", name], ["--plugin", name, "-"],
                      ["-", "!", "packet_summary", "flush=" + name], ["--set", name, "-f", "x"]):
            done = run(RUN + words)
            bad = [byte for byte in done.stderr.replace(b"\n", b"") if not 32 <= byte < 127]
            equal(bad, [], "control characters in %r" % done.stderr)
            holds(done.returncode in (1, 2), "it fails: %d with %r" % (done.returncode, words))


@case
def run_program():
    """A chain in a file may be a program, and takes --set."""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "watch")
        with open(path, "w") as out:
            out.write("#!/usr/bin/env -S chains run -f\n$IN ! packet_meta ! packet_summary\n")
        os.chmod(path, 0o755)
        os.symlink(CHAINS, os.path.join(folder, "chains"))
        environment = dict(PLAIN, PATH=folder + ":" + PLAIN.get("PATH", ""))
        done = run([path, "--set", "IN=" + capture("tags.pcap")], env=environment)
        equal((done.returncode, done.stdout.count(b"\n"), done.stderr), (0, 3, b""), "as a program")
        done = run([path], env=dict(environment, IN=capture("print.pcap")))
        equal((done.returncode, done.stdout.count(b"\n"), done.stderr), (0, 2, b""),
              "with the environment")


# --- what there is --------------------------------------------------------------------------------

def described(words):
    done = run([CHAINS] + words)
    equal((done.returncode, done.stderr), (0, b""), "exit code and stderr of %r" % words)
    holds(b"(null)" not in done.stdout, "every sentence of %r is there" % words)
    return done.stdout.decode()


@case
def described_components():
    """Every component has its sentences, and its example is a chain."""
    listed = json.loads(described(["list", "--json"]))
    text = described(["list"])
    names = [one["name"] for one in listed]
    holds(len(names) > 8 and len(set(names)) == len(names), "names: %r" % names)
    with tempfile.TemporaryDirectory() as folder:
        for name in ("capture.pcap", "inside.pcap", "outside.pcap"):
            os.symlink(os.path.abspath(capture("demo.pcap")), os.path.join(folder, name))
        for one in listed:
            holds(one["role"] in ("source", "link", "sink"), "a role: %r" % one)
            holds(one["description"] and "  %s " % one["name"] in text, "listed: %r" % one)
            all_of_it = json.loads(described(["help", one["name"], "--json"]))
            page = described(["help", one["name"]])
            for key in ("name", "role", "description"):
                equal(all_of_it[key], one[key], key)
            for option in all_of_it["options"]:
                holds(option["description"] and "  %s=" % option["name"] in page,
                      "option %r of %s" % (option, one["name"]))
                equal(option["type"] == "word", "values" in option, "values of %r" % option)
            holds(sum(option["bare"] for option in all_of_it["options"]) <= 1, "one bare option")
            words = shlex.split(all_of_it["example"])
            equal(words[:2], ["chains", "run"], "an example")
            holds(one["name"] in words, "%s in %r" % (one["name"], words))
            done = run(RUN + ["--check"] + words[2:], cwd=folder)
            equal((done.returncode, done.stderr), (0, b""), "check of %r" % all_of_it["example"])
            holds(all_of_it["example"] in page, "the example is in the text")


@case
def described_fields():
    """Every path that is listed is one: an expression takes it."""
    fields = json.loads(described(["fields", "--json"]))
    text = described(["fields"])
    paths = [(field["path"], None) for field in fields["record"]]
    for layer in fields["layers"]:
        holds(layer["from"], "%s comes from somewhere" % layer["type"])
        for one in (layer["slot"], layer["type"].lower()):
            alone = json.loads(described(["fields", one, "--json"]))
            holds(layer in alone["layers"] and alone["record"] == [], "fields " + one)
        paths += [(field["path"], layer["from"][0]) for field in layer["fields"]]
    holds(len(paths) > 100, "%d paths" % len(paths))
    upstream = {"reverse_dns": ["!", "reverse_dns", "mode=off"], "tagger": ["!", "tagger"],
                "exec": ["!", "tagger"], "flows": ["!", "flows"],
                "dns_meta": ["!", "flows", "!", "dns_meta"],
                "http_meta": ["!", "flows", "!", "http_meta"],
                "hello_meta": ["!", "hello_meta"],
                "quic_meta": ["!", "flows", "!", "quic_meta"],
                "dns_weird": ["!", "flows", "!", "dns_meta", "!", "dns_weird"]}
    expressions = {}
    for path, source in paths:
        holds("  %s " % path in text, "%s is in the text" % path)
        expressions.setdefault(source, set()).add(path)
    for source, some in expressions.items():
        some = sorted(some)
        for at in range(0, len(some), 20):
            words = ["-", "!", "packet_meta"] + upstream.get(source, [])
            words += ["!", "where", " or ".join(some[at:at + 20])]
            done = run(RUN + ["--check"] + words)
            equal((done.returncode, done.stderr), (0, b""), "paths of %s" % source)


@case
def described_names():
    """The names of values that are listed are values an expression takes."""
    fields = json.loads(described(["fields", "--json"]))
    several = [(field["path"], name["name"], "has" if field["type"] == "flags" else "==")
               for layer in fields["layers"] if layer["from"][0] == "packet_meta"
               for field in layer["fields"] for name in field.get("names", [])]
    holds(len(several) > 50, "%d names" % len(several))
    bad = []
    for path, name, how in several:
        done = run(RUN + ["--check", "-", "!", "packet_meta", "!", "where",
                          '%s %s "%s"' % (path, how, name)])
        if done.returncode:
            bad.append(done.stderr.decode())
    equal(bad, [], "names that are refused")


@case
def described_topics():
    """What the texts show is so: every chain and every expression in them passes --check."""
    checked = 0
    with tempfile.TemporaryDirectory() as folder:
        for name in ("capture.pcap", "inside.pcap", "outside.pcap", "eth0"):
            os.symlink(os.path.abspath(capture("demo.pcap")), os.path.join(folder, name))

        def check(words):
            done = run(RUN + ["--check"] + words, cwd=folder)
            equal((done.returncode, done.stderr), (0, b""), "check of %r" % words)
        for words in (["help"], ["run", "--help"], ["help", "words"], ["help", "expressions"]):
            text = described(words)
            for line in re.findall(r"(?m)^  chains run (?!--stats)(.*)$", text):
                check(shlex.split(line))
                checked += 1
        with open(os.path.join(CAPTURES, "..", "..", "docs", "chains-words.md")) as page:
            lines = re.findall(r"(?m)^    chains run (?!\[OPTION)(.*)$", page.read())
        for line in lines:
            check(shlex.split(line))
            checked += 1
        for line in re.findall(r"(?m)^  (\S.*)$", text):
            if line.startswith("a and b"):
                continue
            cells = re.split(r" {2,}", line)
            if line.startswith(("where ", "tagger ")):
                check("- ! packet_meta ! reverse_dns ! tagger !".split() + shlex.split(line))
            for expression in cells[:-1]:
                check("- ! packet_meta ! reverse_dns ! tagger ! where".split() + [expression])
                checked += 1
        lines = described(["help", "words"]).split("\n")
        begins = next(i for i, line in enumerate(lines) if line.startswith("  # dns.chain"))
        end = lines.index("", begins)
        with open(os.path.join(folder, "dns.chain"), "w") as out:
            out.write("\n".join(lines[begins:end]))
        check(["-f", "dns.chain"])
        check(["--set", "IN=eth0", "-f", "dns.chain"])
    holds(checked > 12, "%d were checked" % checked)


@case
def described_plugin():
    """What a plugin brings is in the list, has its help and its fields, and runs."""
    source = r"""
        #include <chains.h>
        struct big_options { size_t size; uint64_t bytes; };
        struct big { uint32_t times; };
        static const struct chains_field options[] = {
            CHAINS_FIELD(big_options, bytes, SIZE, "at least \"so\" many \x01 caf\xc3\xa9 \xff",
                         .preset = "1000", .bare = 1),
            CHAINS_FIELDS_END,
        };
        static const struct chains_field fields[] = {
            CHAINS_FIELD(big, times, UINT, "how often"), CHAINS_FIELDS_END };
        static const struct chains_layer_type type = {
            .slot = "big", .name = "big", .size = sizeof(struct big), .fields = fields };
        static const struct chains_layer_type *const types[] = { &type, NULL };
        static int each(chains_component *self, struct chains_record *rec)
        {
            const struct big_options *given = chains_options(self);
            struct big *big = chains_attach(self, rec, &type);
            big->times = (uint32_t)(rec->wire_len / given->bytes);
            return big->times ? CHAINS_KEEP : CHAINS_DROP;
        }
        static const struct chains_class big_class = {
            .name = "big", .brief = "large packets", .role = CHAINS_LINK, .options = options,
            .options_size = sizeof(struct big_options), .attaches = types, .each = each };
        CHAINS_PLUGIN(&big_class);
    """
    if not shutil.which("cc"):
        print("skipped: no C compiler")
        sys.exit(77)
    with tempfile.TemporaryDirectory() as folder:
        with open(os.path.join(folder, "big.c"), "w") as out:
            out.write(source)
        include = os.path.join(os.path.dirname(CAPTURES), "..", "include")
        subprocess.run(["cc", "-std=gnu11", "-shared", "-fPIC", "-I", include, "-o", "big.so",
                        "big.c"], cwd=folder, check=True)
        plugin = ["--plugin", os.path.join(folder, "big.so")]
        holds("big" in [one["name"] for one in json.loads(described(["list", "--json"] + plugin))],
              "it is in the list")
        holds("\n  big " in described(["list"] + plugin), "it is in the list as text")
        page = described(["help", "big"] + plugin)
        holds('at least "so" many \\x01 caf\\xc3\\xa9 \\xff (default: 1000)' in page,
              "escapes in %r" % page)
        option = json.loads(described(["help", "big", "--json"] + plugin))["options"][0]
        equal(option["description"], 'at least "so" many \x01 caf\xe9 \ufffd', "the sentence")
        equal((option["type"], option["bare"], option["default"]), ("size", True, "1000"), "it")
        layer = json.loads(described(["fields", "big", "--json"] + plugin))["layers"][0]
        equal((layer["from"], layer["fields"][0]["path"]), (["big"], "big.times"), "its layer")
        done = run(RUN + plugin + [capture("demo.pcap"), "!", "big", "1K", "!", "where",
                                   "big.times == 1"])
        equal((done.returncode, done.stderr, done.stdout.count(b'"big":{"times":1}')),
              (0, b"", 2), "what it tags")
        one_sentence(run([CHAINS, "help", "big"]), 2, 'no component "big"')


if len(sys.argv) == 2 and sys.argv[1] == "--list":
    print("\n".join(CASES))
elif len(sys.argv) == 3 and sys.argv[2] in CASES:
    signal.signal(signal.SIGHUP, signal.SIG_DFL)  # under nohup it is ignored, and stays so
    CASES[sys.argv[2]]()
else:
    sys.exit(__doc__)
