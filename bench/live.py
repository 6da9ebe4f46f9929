# SPDX-License-Identifier: MIT
"""live.py BUILD RECEIVER SENDER: how many packets a second come in before the first one is dropped.

A veth pair in a network namespace of its own: bench/traffic sends at a pace from one core, a program
receives on another, each with a buffer of 64 MiB. At full pace first; where packets are dropped the
pace is halved between one that was borne and one that was not, until they are close. Prints rows as
JSON; run with unshare, which measure() does.
"""
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

SECONDS = 3
LEAST, CLOSE = 20000, 1.1
BUFFER_KIB = 65536
ENDS = ("bench0", "bench1")
RECEIVERS = [
    ("chains netwatch -n -s", "chains", ["netwatch", "-n", "-s", "--stats", "-i", ENDS[1]]),
    ("chains count", "chains", ["run", "--stats", ENDS[1], "no_file=yes", "!", "count"]),
    ("tcpdump -w /dev/null", "tcpdump",
     ["-i", ENDS[1], "-B", str(BUFFER_KIB), "-w", "/dev/null"]),
    ("tcpdump -nn -q", "tcpdump", ["-i", ENDS[1], "-B", str(BUFFER_KIB), "-nn", "-q"]),
]
HEAD = ("program", "packets/s borne", "first dropped at", "core busy", "")
COUNTED = (r"([\d,]+) (?:packets )?received by (?:the )?filter", r"([\d,]+) (?:packets )?dropped by (?:the )?kernel")


class Skip(Exception):
    """It cannot be measured here, and why."""


def kernel_counts(said):
    """(received, dropped) of what tcpdump or chains says at its end; None where it says nothing."""
    found = [re.search(pattern, said) for pattern in COUNTED]
    if not all(found):
        return None
    return tuple(int(match.group(1).replace(",", "")) for match in found)


def busy_seconds(pid):
    with open("/proc/%d/stat" % pid) as file:
        words = file.read().rpartition(")")[2].split()
    return (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")


def wait_for(condition, what):
    for _ in range(200):
        if condition():
            return
        time.sleep(0.05)
    raise Skip("waited ten seconds for " + what)


def listening():
    """A socket for packets of our end of the pair is there."""
    index = str(socket.if_nametoindex(ENDS[1]))
    with open("/proc/net/packet") as file:
        return any(line.split()[4] == index for line in file.readlines()[1:])


class Pair:
    def __init__(self, build, receiver_core, sender_core):
        self.build, self.cores = build, (receiver_core, sender_core)
        for words in (["ip", "link", "add", ENDS[0], "type", "veth", "peer", "name", ENDS[1]],
                      ["ip", "link", "set", ENDS[0], "up"], ["ip", "link", "set", ENDS[1], "up"]):
            done = subprocess.run(words, stderr=subprocess.PIPE, check=False)
            if done.returncode:
                raise Skip(done.stderr.decode().strip())
        for end in ENDS:
            with open("/proc/sys/net/ipv6/conf/%s/disable_ipv6" % end, "w") as file:
                file.write("1")
        time.sleep(1)  # what was under way

    def program(self, name):
        return os.path.join(self.build, "chains") if name == "chains" else name

    def start(self, words, core, **streams):
        return subprocess.Popen(words, stdin=subprocess.DEVNULL, env=dict(os.environ, TZ="UTC0"),
                                preexec_fn=lambda: os.sched_setaffinity(0, {core}), **streams)

    def once(self, name, words, pace):
        """(packets a second that were sent, how many of them were lost, share of the core)"""
        with tempfile.TemporaryFile() as said:
            receiver = self.start([self.program(name)] + words, self.cores[0],
                                  stdout=subprocess.DEVNULL, stderr=said)
            try:
                wait_for(lambda: receiver.poll() is not None or listening(), name)
                time.sleep(0.3)
                before = busy_seconds(receiver.pid)
                sent = self.send(pace)
                share = (self.drained(receiver.pid) - before) / SECONDS
                receiver.send_signal(signal.SIGINT)
                receiver.wait(30)
            finally:
                receiver.kill()
            said.seek(0)
            text = said.read().decode(errors="replace")
        counts = kernel_counts(text)
        if not counts:
            raise Skip("%s: %s" % (name, text.strip()[-300:]))
        return sent / SECONDS, counts[1] + max(0, sent - counts[0]), share

    def send(self, pace):
        words = [os.path.join(self.build, "bench", "traffic", "traffic"), "--like=mixed",
                 "--packets=1000000000", "--send=" + ENDS[0], "--seconds=%d" % SECONDS,
                 "--pace=%d" % pace]
        sender = self.start(words, self.cores[1], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        out, problem = sender.communicate()
        if sender.returncode:
            raise Skip(problem.decode().strip())
        return int(out.split()[0])

    def drained(self, pid):
        last = -1.0
        while busy_seconds(pid) - last > 0.005:
            last = busy_seconds(pid)
            time.sleep(0.3)
        return last

    def most(self, label, name, words):
        """The row of one program."""
        borne, refused, share = 0, None, 0
        pace, full = 0, True  # 0: as fast as it goes
        while True:
            rate, lost, busy = self.once(name, words, pace)
            if lost:
                refused = rate
            else:
                borne, share = rate, busy
            if full and not lost:
                break
            full = False
            low = borne or LEAST
            if refused / low < CLOSE or refused <= LEAST:
                break
            pace = int((low * refused) ** 0.5)
        return {"program": label, "borne": borne, "refused": refused, "share": share}


def cells(row):
    if "problem" in row:
        return [row.get("program", "live"), "", "", "", "skipped: " + row["problem"]]
    return [row["program"], "{:,.0f}".format(row["borne"]),
            "{:,.0f}".format(row["refused"]) if row["refused"] else "never",
            "%.0f %%" % (100 * row["share"]),
            "" if row["refused"] else "the sender gives no more"]


def measure(build, receiver_core):
    """Rows, or one that says why there are none."""
    others = [core for core in sorted(os.sched_getaffinity(0)) if core != receiver_core]
    if not others:
        return [{"problem": "one core is not enough"}]
    if not shutil.which("unshare") or not shutil.which("ip"):
        return [{"problem": "unshare and ip are not installed"}]
    words = ["unshare", "-n"] if os.geteuid() == 0 else ["unshare", "-r", "-n"]
    words += [sys.executable, "-B", os.path.abspath(__file__), os.path.abspath(build),
              str(receiver_core), str(others[0])]
    done = subprocess.run(words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, check=False)
    if done.returncode:
        return [{"problem": done.stderr.decode(errors="replace").strip().split("\n")[-1]}]
    return json.loads(done.stdout)


def main():
    rows = []
    try:
        pair = Pair(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
        for label, name, words in RECEIVERS:
            if name == "chains" or shutil.which(name):
                try:
                    rows.append(pair.most(label, name, words))
                except Skip as problem:
                    rows.append({"program": label, "problem": str(problem)})
    except Skip as problem:
        rows.append({"problem": str(problem)})
    print(json.dumps(rows))


if __name__ == "__main__":
    main()
