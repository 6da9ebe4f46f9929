#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""exec_program.py WAY [ARGUMENT]: a program for the tests of exec, which behaves in one way.

Every answer is the tag r<number % 50> unless the way says otherwise, so that a test can tell
whether an answer came to its record.
"""
import json
import os
import signal
import subprocess
import sys
import time


def lines():
    for line in sys.stdin:
        yield json.loads(line)


def tag(record):
    return {"tags": ["r%d" % (record["number"] % 50)]}


def numbered(record):
    return dict(tag(record), number=record["number"])


def say(answer):
    sys.stdout.write(json.dumps(answer) + "\n")


def each(answer):
    for record in lines():
        say(answer(record))



def echo(_):
    def answer(record):
        mine = dict(record)
        mine["tags"] = record.get("tags", []) + tag(record)["tags"]
        mine["score"] = record["number"] * 10
        return mine
    each(answer)


def drop(_):
    each(lambda record: dict(tag(record), drop=record["number"] % 2 == 0))


def slow(seconds):
    for record in lines():
        time.sleep(float(seconds))
        say(tag(record))


def late(seconds):
    """Answers to 32 records at once, so long after the last of them was read."""
    for count, record in enumerate(lines(), 1):
        if count % 32 == 0:
            time.sleep(float(seconds))
            for _ in range(32):
                say({"tags": ["late"]})


def late_once(_):
    """Silent until the 33rd record is there, when the batch before it has gone on; then prompt."""
    held = []
    for record in lines():
        held.append(record)
        if record["number"] >= 33:
            for one in held:
                say(tag(one))
            held = []


def behind(count):
    """Answers to a record when so many more are there: those at the end of a batch come too late."""
    held = []
    for record in lines():
        held.append(record)
        if len(held) > int(count):
            say(tag(held.pop(0)))


def die_at(argument):
    number, how = argument.split(",")
    for record in lines():
        if record["number"] == int(number):
            if how == "kill":
                os.kill(os.getpid(), signal.SIGKILL)
            if how == "half":
                sys.stdout.write('{"tags":["r1"')
            sys.stdout.flush()
            os._exit(int(how) if how.isdigit() else 0)
        say(tag(record))


def garbage(every):
    for record in lines():
        if record["number"] % int(every) == 0:
            sys.stdout.write("no\x1b[31m JSON\n")
        else:
            say(tag(record))


def mute(_):
    for _ in lines():
        pass


def twice(_):
    for record in lines():
        say(numbered(record))
        say(numbered(record))


def twice_at_end(_):
    """Unnumbered answers, and another 40 once 32 were given: nobody asked for these."""
    for count, record in enumerate(lines(), 1):
        say(tag(record))
        if count == 32:
            for _ in range(40):
                say({"tags": ["wrong"]})


def skip(number):
    """No answer to one record, the others by number."""
    for record in lines():
        if record["number"] != int(number):
            say(numbered(record))


def skip_last(_):
    """By number: no answer to the last of a batch, and a bad one to the 40th."""
    for record in lines():
        if record["number"] == 40:
            sys.stdout.write("bad\n")
        elif record["number"] != 32:
            say(numbered(record))


def banner(_):
    sys.stdout.write("welcome\n")
    each(numbered)


def long_line(size):
    """Answers whose line has so many bytes without its end, for every second record."""
    for record in lines():
        answer = json.dumps(tag(record))
        if record["number"] % 2 == 0:
            answer = answer[:-1] + " " * (int(size) - len(answer)) + "}"
        sys.stdout.write(answer + "\n")


def close_output(_):
    os.close(1)
    for _ in sys.stdin:
        pass


def close_input(_):
    os.close(0)
    time.sleep(100)


def grandchild(_):
    """Leaves a process that holds the output, and goes on."""
    subprocess.Popen(["sleep", "100"], stdin=subprocess.DEVNULL)
    each(tag)


def stubborn(_):
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    each(tag)
    while True:
        time.sleep(100)


def exit_code(code):
    each(tag)
    sys.exit(int(code))


def surroundings(_):
    """What a program is started with, as fields."""
    with open("/proc/self/status") as status:
        told = dict(line.split(":\t", 1) for line in status if line.startswith("Sig"))
    # Signals 32 and up are the C library's own.
    signals = " ".join("%x" % (int(told[name], 16) & 0x7fffffff) for name in ("SigBlk", "SigIgn"))
    # One of them is the folder being listed.
    descriptors = " ".join(sorted(os.listdir("/proc/self/fd"), key=int)[:-1])
    each(lambda record: {
        "signals": signals,
        "descriptors": descriptors,
        "leader": os.getpgid(0) == os.getppid() or os.getpgid(0) == os.getpid(),
        "unbuffered": os.environ.get("PYTHONUNBUFFERED", "")})


def answer(text):
    for _ in lines():
        sys.stdout.buffer.write(text.encode("latin-1", "replace") + b"\n")
        sys.stdout.buffer.flush()


def texts(_):
    """A text for each of four records: everything that is escaped, an empty one, none, plain."""
    values = [None, "a\tb\\c\"d\u202e\U0001f600", "", None, "same"]
    each(lambda record: {"t": values[record["number"]]})


def again(_):
    """The text of the exec before as it was read, and with its doubled backslashes made single."""
    def answer(record):
        text = record.get("exec", {}).get("t")
        return {"read": text, "meant": text and text.replace("\\\\", "\\")}
    each(answer)


def tags_numbered(_):
    """A tag of its own for each record: more than a chain can have."""
    each(lambda record: {"tags": ["t%d" % record["number"]]})


globals()[sys.argv[1]](sys.argv[2] if len(sys.argv) > 2 else "")
