#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""oom.py wrap|preload CHAINS [SHIM]: every allocation of a run fails once, one run each.

Never a crash, a leak or a hang: either the output is whole and the exit code 0, or the exit code
is 1 and one sentence says why, with a mark under the words of a chain, or for each branch of a tee.
What is printed before a failure are whole lines. Each allocation is failed alone, and with all those
behind it. Every component is in some run.
"""
import concurrent.futures
import json
import os
import shlex
import struct
import subprocess
import sys
import tempfile

CAPTURES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "pcap")
HOW, CHAINS = sys.argv[1], os.path.abspath(sys.argv[2])
RUNS = [shlex.split(words) for words in (
    "netwatch -r demo.pcap -s",
    "netwatch -r demo.pcap -v",
    "netwatch -r demo.pcapng.gz --json -n",
    "netwatch -r demo.pcap.zst -s",
    "netwatch -r tunnels.pcap --json --local=192.0.2.0/24",
    "netwatch -r tags.pcap -r two-links.pcapng -s",
    "netwatch -r pieces.pcap -v",
    "netwatch -r talk.pcap --json",
    "netwatch -r tls.pcap --json --keylog=tls.keys",
    "netwatch -r tls.pcap -s",
    "run talk.pcap ! packet_meta ! flows ! dns_meta ! dns_weird ! reverse_dns mode=passive ! "
    "http_meta ! where 'flow or dns or http' ! flow_summary ! url_printer ! dns_printer",
    "run talk.pcap ! packet_meta ! flows ! tagger ! pcap_writer pcapng=yes",
    "run tls.pcap ! packet_meta through=packet ! transport_meta ! hello_meta ! packet_printer ! json_lines",
    "run merge [ packet_streamer tags.pcap ] [ tags.pcap ] ! packet_meta ! tee [ fields number,packet.src ] "
    "[ count by=packet.src ] ! packet_summary",
)]
# What the commands' chains have, besides what the words above say.
IN_COMMANDS = {"tls_meta", "quic_meta"}
if HOW == "wrap":  # else the program's own would fail, too
    RUNS.append("run tags.pcap ! packet_meta ! exec cat ! json_lines".split())
else:
    IN_COMMANDS.add("exec")
if HOW == "wrap":  # the lexer of libpcap 1.10 ends the process when its own memory runs out
    RUNS.append("netwatch -r demo.pcap -s udp or arp".split())
    RUNS.append(["netwatch", "-r", "demo.pcap", "-s", "-f", "udp or arp"])


def run(words, **more):
    environment = {name: os.environ[name] for name in ("PATH", "ASAN_OPTIONS", "UBSAN_OPTIONS")
                   if name in os.environ}
    environment.update(more)
    if HOW == "preload":
        environment["LD_PRELOAD"] = os.path.abspath(sys.argv[3])
        if words[0] != "list":  # seccomp_load() of libseccomp 2.5 never ends when it has no memory
            words = words[:1] + ["--sandbox=off"] + words[1:]
    return subprocess.run(["chains"] + words, executable=CHAINS, cwd=CAPTURES, env=environment,
                          timeout=60, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE)


def one(job):
    words, at, everything, whole = job
    what = "%s, allocation %d%s: " % (" ".join(words), at, " and on" if everything else "")
    try:
        done = run(words, OOM_AT=str(at), **({"OOM_ALL": "1"} if everything else {}))
    except subprocess.TimeoutExpired:
        return what + "it hangs"
    said = done.stderr.decode("utf-8", "replace")
    if done.returncode not in (0, 1):
        return what + "exit code %d\n%s" % (done.returncode, said[:2000])
    if done.returncode == 0 and done.stdout != whole:
        return what + "exit code 0, and the output is not whole"
    if done.returncode == 1 and not 1 <= said.count("\n") <= (3 if words[0] == "run" else 1):
        return what + "exit code 1, and says %r" % said
    if done.stdout and not done.stdout.endswith(b"\n") and "pcap_writer" not in words:
        return what + "the last line is not whole"
    return None


def main():
    components = {one["name"] for one in json.loads(run(["list", "--json"]).stdout)}
    missing = components - IN_COMMANDS - {word for words in RUNS for word in words}
    if missing:
        sys.exit("in no run: %r" % missing)
    reports, runs, failed = [], 0, 0
    with tempfile.TemporaryDirectory() as folder, \
            concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for words in RUNS:
            count = os.path.join(folder, "count")
            whole = run(words, OOM_COUNT=count)
            if whole.returncode != 0 or not whole.stdout:
                sys.exit("%r fails by itself: %r" % (words, whole))
            with open(count, "rb") as number:
                calls = struct.unpack("=Q", number.read())[0]
            if calls < 10:
                sys.exit("%r: only %d allocations were seen" % (words, calls))
            # Of libraries' own, and libcrypto has thousands, a part: "wrap" fails each of ours.
            step = max(1, calls // 150) if HOW == "preload" else 1
            jobs = [(words, at, everything, whole.stdout)
                    for at in range(1, calls + 1, step)
                    for everything in (False, True)]
            runs += len(jobs)
            found = [report for report in pool.map(one, jobs) if report]
            failed += len(found)
            reports += found[:5]
    print("%d runs" % runs)
    if reports:
        sys.exit("\n".join(reports + ["%d reports" % failed]))


main()
