#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""state.py CHAINS HELPERS NAME: what the system says about it, and whom names may be asked of."""
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time

from sandboxed import bound, check_state, HELPERS, ROOT, skip, state_of
from common import capture, case, CHAINS, DEADLINE, equal, holds, idle_run, lines_in, main
from common import NETWATCH, one_sentence, PLAIN, RUN, run, wait_for


def limit_of(pid, name):
    with open("/proc/%d/limits" % pid) as lines:
        for line in lines:
            if line.startswith(name):
                return line[len(name):].split()[:2]
    return None


@case
def state():
    """While it waits for the second byte of a capture, with a thread that asks for names."""
    server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    server.bind(("127.0.0.1", 0))
    at = "127.0.0.1:%d" % server.getsockname()[1]
    for words, threads in (([], 1), (["--lookup", "--resolver=" + at], 2)):
        watch = subprocess.Popen(NETWATCH + ["--sandbox=require", "-r", "-"] + words,
                                 stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                 stderr=subprocess.PIPE, env=PLAIN)
        bound(watch.pid)
        tasks = os.listdir("/proc/%d/task" % watch.pid)
        equal(len(tasks), threads, "threads")
        for task in tasks:
            check_state(state_of("/proc/%d/task/%s/status" % (watch.pid, task)),
                        65534 if ROOT else os.geteuid())
        equal(limit_of(watch.pid, "Max processes"), ["0", "0"], "processes")
        equal(limit_of(watch.pid, "Max core file size"), ["0", "0"], "core files")
        if ROOT:
            equal(os.stat("/proc/%d/mem" % watch.pid).st_uid, 0, "nobody looks into it")
        with open(capture("demo.pcap"), "rb") as packets:
            out, said = watch.communicate(packets.read(), DEADLINE)
        equal(said, b"", "stderr")
        equal(watch.returncode, 0, "exit code")
        holds(out.count(b"\n") > 3, "packets are shown")


@case
def names_are_asked():
    """The thread's filter lets it do what it is for: a question comes, and goes unanswered."""
    server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    server.bind(("127.0.0.1", 0))
    server.settimeout(DEADLINE)
    watch = subprocess.Popen(NETWATCH + ["--sandbox=require", "-r", capture("tags.pcap"), "--lookup",
                              "--resolver=127.0.0.1:%d" % server.getsockname()[1]],
                             stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=PLAIN)
    question, _ = server.recvfrom(512)
    holds(b"in-addr\x04arpa" in question or b"ip6\x04arpa" in question, "a question")
    watch.communicate(timeout=DEADLINE)
    equal(watch.returncode, 0, "exit code")


def answer_no(server, asked):
    """A server that knows no name: notes the questions."""
    while True:
        question, at = server.recvfrom(512)
        asked.append(question)
        server.sendto(question[:2] + b"\x81\x83" + question[4:], at)


def change_servers(path, change):
    """Two servers; `change` makes the system ask the second one while the command runs."""
    asked = {"127.0.0.1": [], "127.0.0.2": []}
    for at, questions in asked.items():
        server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        server.bind((at, 53))
        threading.Thread(target=answer_no, args=(server, questions), daemon=True).start()
    watch = subprocess.Popen(NETWATCH + ["--sandbox=require", "-r", "-", "--lookup"], env=PLAIN,
                             stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    with open(capture("tags.pcap"), "rb") as packets:
        watch.stdin.write(packets.read())
    watch.stdin.flush()
    for _ in range(3):
        watch.stdout.readline()
    holds(asked["127.0.0.1"] and not asked["127.0.0.2"], "the first server is asked")
    change()
    time.sleep(1.1) # it looks once a second
    with open(capture("demo.pcap"), "rb") as packets:
        _, said = watch.communicate(packets.read()[24:], DEADLINE)
    equal((watch.returncode, said), (0, b""), "exit code and sentences")
    holds(asked["127.0.0.2"], "the second server is asked: %d and %d questions" %
          (len(asked["127.0.0.1"]), len(asked["127.0.0.2"])))


def servers(kind):
    """In namespaces of its own, with a resolv.conf of its own."""
    if "CHAINS_INSIDE" not in os.environ:
        prefix = ["unshare", "--net", "--mount"]
        if not ROOT or run(prefix + ["true"]).returncode != 0:
            skip("namespaces may not be made here")
        inside = dict(os.environ, CHAINS_INSIDE="yes")
        sys.exit(subprocess.run(prefix + [sys.executable, os.path.abspath(__file__), CHAINS, HELPERS,
                                          "servers-" + kind], env=inside).returncode)
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        etc, target = os.path.join(folder, "etc"), os.path.join(folder, "run")
        subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
        os.mkdir(etc)
        os.mkdir(target)
        path = os.path.join(target if kind == "link" else etc, "resolv.conf")
        with open(path, "w") as out:
            out.write("nameserver 127.0.0.1\n")
        if kind == "link":
            os.symlink(path, os.path.join(etc, "resolv.conf"))
        for name in ("hosts", "passwd", "group", "nsswitch.conf"):
            shutil.copy(os.path.join("/etc", name), etc)
        subprocess.run(["mount", "--bind", etc, "/etc"], check=True)

        def rewrite():
            with open(path, "w") as out:
                out.write("nameserver 127.0.0.2\n")

        def replace():
            with open(path + ".new", "w") as out:
                out.write("nameserver 127.0.0.2\n")
            os.rename(path + ".new", path)

        change_servers(path, replace if kind == "link" else rewrite)
        subprocess.run(["umount", "/etc"], check=True)


@case
def servers_link():
    """resolv.conf is a link, and what it leads to is replaced."""
    servers("link")


@case
def servers_file():
    """resolv.conf is a file, and rewritten."""
    servers("file")


@case
def user():
    """Another user than nobody; who writes files stays root, without a capability."""
    if not ROOT:
        done = run(NETWATCH + ["--user=root", "-r", capture("demo.pcap")])
        equal(done.returncode, 2, "exit code")
        return
    import pwd
    daemon = pwd.getpwnam("daemon")
    chain = idle_run(["--user=daemon", "--sandbox=require"], ["!", "packet_meta"])
    bound(chain.pid)
    now = state_of("/proc/%d/status" % chain.pid)
    equal(now["Uid"].split()[1], str(daemon.pw_uid), "user")
    equal(now["Gid"].split()[1], str(daemon.pw_gid), "group")
    holds("0" not in now["Groups"].split(), "not in root's group")
    chain.communicate(timeout=DEADLINE)
    equal(chain.returncode, 0, "exit code")
    chain = idle_run(["--user=4242", "--sandbox=require"], ["!", "packet_meta"])
    bound(chain.pid)
    now = state_of("/proc/%d/status" % chain.pid)
    equal((now["Uid"].split(), now["Gid"].split(), now["Groups"].split()),
          (["4242"] * 4, ["4242"] * 4, []), "a user without a name")
    chain.communicate(timeout=DEADLINE)
    equal(chain.returncode, 0, "exit code")
    for words, sentence in ((["--user=root"], "all rights"), (["--user=0"], "all rights"),
                            (["--user=4294967295"], "no user"),
                            (["--user=nobody-at-all"], "no user"),
                            (["--user=daemon", "--sandbox=off"], "exclude each other"),
                            (["--sandbox=maybe"], "on, off or require")):
        for command in (NETWATCH + ["-r", capture("demo.pcap")],
                        RUN + ["%s"] + [capture("demo.pcap"), "!", "packet_meta"]):
            split = [word for word in command if word != "%s"]
            at = 2
            one_sentence(run(split[:at] + words + split[at:]), 2, sentence)
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "out.jsonl")
        chain = idle_run(["--sandbox=require"], ["!", "packet_meta", "!", "json_lines", path,
                                                 "flush=line"])
        bound(chain.pid)
        check_state(state_of("/proc/%d/status" % chain.pid), 0)
        wait_for(lambda: lines_in(path) == 3, "three lines")
        chain.communicate(timeout=DEADLINE)
        equal(chain.returncode, 0, "exit code")


main(__doc__)
