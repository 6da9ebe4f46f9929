#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""calls.py CHAINS HELPERS NAME: the order of calls, and the list of those that are left."""
import os
import re
import shutil
import tempfile

from sandboxed import DOCUMENT, skip
from common import capture, case, CHAINS, equal, holds, main, NETWATCH, RUN, run

STRACE = shutil.which("strace")
VAIN = "= -1 EPERM" # libraries do without
FILTER = "PR_SET_SECCOMP, SECCOMP_MODE_FILTER, {len="


def transcript(words, stdin=None):
    """Calls of the first thread before and after its filter, as (name, rest of the line)."""
    if not STRACE:
        skip("there is no strace")
    with tempfile.NamedTemporaryFile("r") as log:
        done = run([STRACE, "-f", "-o", log.name, "-s", "32"] + words, stdin=stdin)
        if done.returncode != 0 and "ptrace" in done.stderr.decode():
            skip("nothing can be traced here")
        lines = log.read().splitlines()
    equal(done.returncode, 0, "exit code, with %r" % done.stderr)
    first = lines[0].split()[0]
    before, after, bound = [], [], False
    for line in lines:
        pid, _, text = line.partition(" ")
        found = re.match(r"\s*(?:<\.\.\. )?([a-z_0-9]+)[( ](.*)", text)
        if pid != first or not found or "resumed" in text:
            continue
        (after if bound else before).append((found.group(1), found.group(2)))
        bound = bound or (found.group(1) == "prctl" and FILTER in found.group(2))
    holds(bound, "there was a filter")
    return before, after


def documented():
    """The calls that docs/security.md names for the thread that sees packets."""
    with open(DOCUMENT) as text:
        section = text.read().split("<!-- calls of the packet thread -->")[1]
    return set(re.findall(r"`([a-z_0-9]+)`", section))


def read_early(before, opens):
    """What was read from a descriptor before the filter, from the call on that made it."""
    made = [i for i, (call, rest) in enumerate(before) if opens(call, rest)]
    equal(len(made), 1, "opened before")
    number = before[made[0]][1].split("= ")[-1]
    return number, [rest for call, rest in before[made[0]:]
                    if call in ("read", "pread64", "readv", "mmap") and
                    number in re.split("[ ,]+", rest)[:1] + re.split("[ ,]+", rest)[4:5]]


@case
def order():
    """No byte of a capture is read before the filter is there, from a file or from a pipe."""
    name = capture("demo.pcap")
    before, after = transcript(NETWATCH + ["-r", name])
    number, early = read_early(before, lambda call, rest: call == "openat" and name in rest)
    equal(early, [], "read before")
    holds(any(call == "read" and rest.startswith(number + ",") for call, rest in after), "read after")
    equal([rest for call, rest in after if call == "openat" and "= -1" not in rest], [], "opened")
    with open(name, "rb") as stdin:
        before, after = transcript(NETWATCH + ["-r", "-"], stdin)
    number, early = read_early(before, lambda call, rest: call == "fcntl" and
                               rest.startswith("0, F_DUPFD_CLOEXEC"))
    equal(early, [], "read before")
    equal([rest for call, rest in before if call == "read" and rest.startswith("0,")], [], "read")
    holds(any(call == "read" and rest.startswith(number + ",") for call, rest in after), "read after")


@case
def calls():
    """What the commands call is what the document names, and no library tries to open a file."""
    known = documented()
    seen, tried = set(), set()
    chains = [["netwatch", "--json", "-r"], ["netwatch", "-v", "-r"], ["urlwatch", "-r"],
              ["weird_dns", "-r"], ["flows", "-r"]]
    captures = ["demo.pcap", "demo.pcapng.gz", "demo.pcap.zst", "tags.pcap"]
    for number, words in enumerate(chains):
        _, after = transcript([CHAINS] + words + [capture(captures[number % len(captures)])])
        seen |= {call for call, rest in after if VAIN not in rest}
        tried |= {call + "(" + rest for call, rest in after if call in ("openat", "open")}
    _, after = transcript(RUN + [capture("demo.pcap"), "!", "packet_meta", "!", "flows", "!",
                                 "tls_meta", "!", "http_meta", "!", "count", "packet.src"])
    seen |= {call for call, rest in after if VAIN not in rest}
    tried |= {call + "(" + rest for call, rest in after if call in ("openat", "open")}
    seen.discard("exited")
    equal(sorted(seen - known), [], "calls that are not in the document")
    equal(sorted(tried), [], "files that are looked for")


# --- the list that is in force -----------------------------------------------------------------------

NUMBERS = "/usr/include/x86_64-linux-gnu/asm/unistd_64.h"
WORD = re.compile(r"BPF_(STMT|JUMP)\(([A-Z_|]+), ([^()]+?)(?:, (0x[0-9a-f]+|0), (0x[0-9a-f]+|0))?\)")


def filter_of(words):
    """The instructions of the first thread's filter, as strace shows them."""
    done = run([STRACE, "-v", "-s", "0", "-e", "trace=prctl"] + words)
    for line in done.stderr.decode().splitlines():
        if FILTER in line:
            return [(kind, code.split("|"), value, int(yes or "0", 16), int(no or "0", 16))
                    for kind, code, value, yes, no in WORD.findall(line)]
    return skip("nothing can be traced here")


def answer(program, number, arguments):
    """What a filter says of a call: seccomp_data is number, architecture, address, arguments."""
    data = {0: number, 4: 0xc000003e}
    for i, value in enumerate(arguments):
        data[16 + 8 * i], data[20 + 8 * i] = value & 0xffffffff, value >> 32
    at, held = 0, 0
    while True:
        kind, code, value, yes, no = program[at]
        at += 1
        if "BPF_RET" in code:
            return value
        if "BPF_LD" in code:
            held = data[int(value, 16)]
            continue
        value = int(value, 16)
        if "BPF_JA" in code:
            at += value
        else:
            true = (held == value if "BPF_JEQ" in code else held >= value if "BPF_JGE" in code
                    else held & value)
            at += yes if true else no


@case
def calls_in_force():
    """The list of the document is the one that the kernel has."""
    if not STRACE or os.uname().machine != "x86_64" or not os.path.exists(NUMBERS):
        skip("strace and the numbers of x86-64 are needed")
    program = filter_of(NETWATCH + ["-r", capture("tags.pcap")])
    holds(len(program) > 60, "instructions")
    allowed, conditional = set(), set()
    with open(NUMBERS) as header:
        calls = re.findall(r"#define __NR_([a-z_0-9]+) (\d+)", header.read())
    tried = [[0] * 6, [0xffffffff] * 6, [0, 0x8913, 0, 0, 0, 0], [0, 263, 5, 0, 0, 0]]
    for name, number in calls:
        says = [answer(program, int(number), arguments) == "SECCOMP_RET_ALLOW" for arguments in tried]
        allowed |= {name} if any(says) else set()
        conditional |= {name} if any(says) and not all(says) else set()
    # The number of this process is in none of these.
    equal(sorted(allowed), sorted(documented() - {"tgkill"}), "what can be called")
    equal(sorted(conditional), ["ioctl", "mmap", "setsockopt"], "what is so with some arguments")


main(__doc__)
