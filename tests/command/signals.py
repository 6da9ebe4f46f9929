#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""signals.py CHAINS NAME: what the commands do with signals, and with nothing to do."""
import fcntl
import os
import pty
import signal
import subprocess
import sys
import tempfile
import termios

from common import NETWATCH, DEADLINE, PLAIN, case, capture, equal, holds, run, wait_for
from common import large_file, status, caught, pending, waiting_in_pipe, idle_run, lines_in
from common import SUMMARY, main


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
        got = [chain.stderr.readline().decode() for _ in range(7)]
        equal([line.split()[0] for line in got],
              ["component", "packet_streamer", "packet_meta", "packet_summary", "packet_streamer",
               "memory:", "sandbox:"],
              "first words of the table")
        equal(got[2].split()[1:6], ["3", "0", "3", "0", "0"], "what packet_meta did")
    chain.stdin.close()
    equal(chain.wait(DEADLINE), 0, "exit code")
    equal(chain.stderr.read().count(b"\n"), 7, "lines of the table at the end")


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


main(__doc__)
