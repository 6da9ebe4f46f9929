#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""oom.py wrap|preload NETWATCH [SHIM]: every allocation of a run fails once, one run each.

Never a crash, a leak or a hang: either the output is whole and the exit code 0, or the exit code
is 1 and one sentence says why. What is printed before a failure are whole lines. Each allocation is
failed alone, and with all those behind it.
"""
import concurrent.futures
import os
import subprocess
import sys
import tempfile

CAPTURES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "pcap")
HOW, NETWATCH = sys.argv[1], os.path.abspath(sys.argv[2])
COMMAND = [NETWATCH] if HOW == "wrap" else [NETWATCH, "netwatch"]
RUNS = [
    ["-r", "demo.pcap", "-s"],
    ["-r", "demo.pcap", "-v"],
    ["-r", "demo.pcap", "--json"],
    ["-r", "demo.pcapng.gz", "--json", "-n"],
    ["-r", "demo.pcap.zst", "-s"],
    ["-r", "tunnels.pcap", "--json", "--local=192.0.2.0/24"],
    ["-r", "tags.pcap", "-r", "two-links.pcapng", "-s"],
    ["-r", "pieces.pcap", "-v"],
    ["-r", "talk.pcap", "--json"],
    ["-r", "tls.pcap", "--json", "--keylog=tls.keys"],
    ["-r", "tls.pcap", "-s"],
]
if HOW == "wrap":  # the lexer of libpcap 1.10 ends the process when its own memory runs out
    RUNS.append(["-r", "demo.pcap", "-s", "udp", "or", "arp"])
    RUNS.append(["-r", "demo.pcap", "-s", "-f", "udp or arp"])


def run(words, **more):
    environment = {name: os.environ[name] for name in ("PATH", "ASAN_OPTIONS", "UBSAN_OPTIONS")
                   if name in os.environ}
    environment.update(more)
    if HOW == "preload":
        environment["LD_PRELOAD"] = os.path.abspath(sys.argv[3])
    return subprocess.run(COMMAND + words, cwd=CAPTURES, env=environment, timeout=60,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
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
    if done.returncode == 1 and said.count("\n") != 1:
        return what + "exit code 1, and says %r" % said
    if done.stdout and not done.stdout.endswith(b"\n"):
        return what + "the last line is not whole"
    return None


def main():
    reports, runs, failed = [], 0, 0
    with tempfile.TemporaryDirectory() as folder, \
            concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for words in RUNS:
            count = os.path.join(folder, "count")
            whole = run(words, OOM_COUNT=count)
            if whole.returncode != 0 or not whole.stdout:
                sys.exit("%r fails by itself: %r" % (words, whole))
            with open(count) as text:
                calls = int(text.read())
            if calls < 10:
                sys.exit("%r: only %d allocations were seen" % (words, calls))
            # Of libraries' own, and libcrypto has thousands, a part: "wrap" fails each of ours.
            step = max(1, calls // 500) if HOW == "preload" else 1
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
