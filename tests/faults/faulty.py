# SPDX-License-Identifier: MIT
"""What the tests of faults have in common: runs under shim.c, and what output may be left."""
import gzip
import os
import re
import struct
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "command"))
sys.path.insert(1, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "torture"))
from common import CAPTURES, CASES, CHAINS, DEADLINE, PLAIN, capture, case, equal  # noqa: E402
from common import holds, many_packets, one_sentence, status, wait_for  # noqa: E402
import judge  # noqa: E402

SHIM = os.path.abspath(sys.argv[3]) if len(sys.argv) > 3 else ""

# Each form of output of each command, and a chain for each sink that no command ends in.
FORMS = {
    "summary": "netwatch -r @",
    "full": "netwatch -v -r @",
    "json": "netwatch --json -r @",
    "flows": "flows -r @",
    "flows json": "flows --json --services -r @",
    "urls": "urlwatch -r @",
    "weird": "weird-dns --json -r @",
    "fields": "run @ ! packet_meta ! fields number,packet.src,transport.data",
    "csv": "run @ ! packet_meta ! fields number,packet.src,transport.data format=csv",
    "count": "run @ ! packet_meta ! count by=packet.src",
    "pcap": "run @ ! pcap_writer",
    "pcapng": "run @ ! packet_meta ! flows ! tagger ! pcap_writer pcapng=yes",
}


def main(about):
    """Runs the case named, as common.main() does; behind it the shim may be named."""
    if len(sys.argv) == 2 and sys.argv[1] == "--list":
        print("\n".join(CASES))
    elif len(sys.argv) >= 3 and sys.argv[2] in CASES:
        CASES[sys.argv[2]]()
    else:
        sys.exit(about)


def words(form, path):
    return [CHAINS] + [path if word == "@" else word for word in FORMS[form].split()]


def run(command, fault=None, preload=False, **more):
    """A command, under the shim where a fault is given."""
    environment = dict(more.pop("env", PLAIN))
    if fault or preload:
        environment["LD_PRELOAD"] = SHIM
    if fault:
        environment["FAULT"] = fault
    environment.update(more.pop("also", {}))
    more.setdefault("stdin", subprocess.DEVNULL)
    more.setdefault("stdout", subprocess.PIPE)
    return subprocess.run(command, stderr=subprocess.PIPE, env=environment, timeout=DEADLINE * 4,
                          **more)


def whole(command):
    done = run(command)
    equal((done.returncode, done.stderr), (0, b""), "exit code and stderr of %r" % command[1:])
    holds(done.stdout, "%r prints something" % command[1:])
    return done.stdout


def calls(command, call):
    """How many calls of that kind there are without a fault."""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "count")
        run(command, call + ":0:nothing", also={"FAULT_COUNT": path}, stdout=subprocess.DEVNULL)
        with open(path, "rb") as count:
            return struct.unpack("=Q", count.read())[0]


def records(form, data):
    """`data` as its records; what is behind the last whole one comes as a last one."""
    if form == "full":
        return re.findall(rb"(?s).*?\n\n|.+", data)
    if form in ("pcap", "pcapng"):
        return blocks(data, form == "pcap")
    return data.splitlines(True)


def blocks(data, classic):
    out, at = [], 0
    while at < len(data):
        if classic:
            size = 24 if at == 0 else 16 + struct.unpack("=I", data[at + 8:at + 12])[0]
        else:
            size = struct.unpack("=I", data[at + 4:at + 8])[0]
        out.append(data[at:at + size])
        at += size
    return out


def holds_whole_records(form, got, want, what):
    """`got` is the beginning of `want`, and ends where a record does."""
    parts = records(form, want)
    at = 0
    for part in parts:
        if at >= len(got):
            break
        at += len(part)
    holds(want.startswith(got) and at == len(got),
          "%s leaves whole records: %d bytes of %d, the next record ends at %d" % (
              what, len(got), len(want), at))


def unpacked(data):
    return gzip.decompress(data) if data else b""


def with_file(data):
    """A file with these bytes that lives as long as the context."""
    file = tempfile.NamedTemporaryFile(suffix=".pcap")
    file.write(data)
    file.flush()
    return file


__all__ = ["CAPTURES", "CHAINS", "DEADLINE", "FORMS", "PLAIN", "SHIM", "calls", "capture",
           "case", "equal", "holds", "holds_whole_records", "judge", "main", "many_packets",
           "one_sentence", "records", "run", "status", "unpacked", "wait_for", "whole", "with_file",
           "words"]
