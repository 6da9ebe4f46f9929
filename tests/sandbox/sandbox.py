#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""sandbox.py CHAINS HELPERS NAME: what the commands can still do once they see packets.

HELPERS is the folder with the plugin that tries what nobody may, and the program that makes a system
lack something. A case that cannot run here says why and is skipped (77).
"""
import os
import platform
import re
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time

HELPERS = os.path.abspath(sys.argv.pop(2)) if len(sys.argv) > 2 else "."
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "command"))

from common import CHAINS, DEADLINE, NETWATCH, PLAIN, RUN, case, capture, equal, holds
from common import idle_run, lines_in, main, one_sentence, run, status, wait_for

PLUGIN = os.path.join(HELPERS, "trespass.so")
WITHOUT = os.path.join(HELPERS, "without")
ROOT = os.geteuid() == 0
DOCUMENT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "docs",
                        "security.md")


def skip(why):
    print("skipped: " + why)
    sys.exit(77)


# --- what is tried where packets are seen ---------------------------------------------------------

KILLED = -signal.SIGSYS
DENIED = b"Permission denied"
FORBIDDEN = b"Operation not permitted"
# On the thread that sees packets, and on the one that asks the network.
TRIES = {
    "open": (DENIED, DENIED),
    "own": (DENIED, DENIED),
    "create": (DENIED, DENIED),
    "unlink": (DENIED, DENIED),
    "socket": (KILLED, b"done"),
    "packets": (KILLED, KILLED),
    "unix": (KILLED, KILLED),
    "execute": (KILLED, KILLED),
    "fork": (KILLED, KILLED),
    "root": (KILLED, KILLED),
    "kill": (KILLED, KILLED),
    "own-kill": (KILLED, KILLED),
    "dumpable": (KILLED, KILLED),
    "trace": (KILLED, KILLED),
    "code": (KILLED, KILLED),
    "change": (b"Cannot allocate memory", KILLED),
    "limit": (KILLED, KILLED),
    "mode": (KILLED, KILLED),
    "namespace": (KILLED, KILLED),
    "ring": (KILLED, KILLED),
    "bpf": (KILLED, KILLED),
    "read-other": (KILLED, KILLED),
    "connect": (KILLED, b"Bad file descriptor"),
    "owner": (KILLED, KILLED),
    "fstat": (b"done", b"done"),
    "newfstatat": (b"done", b"done"),
    "nothing": (b"done", b"done"),
}
if os.uname().machine == "x86_64":
    TRIES.update({"int80": (KILLED, KILLED), "x32": (KILLED, KILLED)})
# With a socket that packets come from, which takes a right to make.
SENDING = {
    "send": (FORBIDDEN, FORBIDDEN),
    "send-parts": (FORBIDDEN, FORBIDDEN),
    "send-wide": (FORBIDDEN, FORBIDDEN),
    "send-to": (KILLED, FORBIDDEN),
    "send-address": (KILLED, FORBIDDEN),
    "double": (KILLED, KILLED),
}


def trespass(what, words=(), sandbox="require", before=(), **more):
    return run(RUN + ["--sandbox=" + sandbox, "--plugin=" + PLUGIN, capture("demo.pcap")] +
               list(before) + ["!", "trespass", "what=" + what] + list(words) +
               ["!", "packet_meta", "!", "packet_summary"], **more)


def came_out(done, what, want):
    if want == KILLED:
        equal(done.returncode, KILLED, "%s, with %r" % (what, done.stderr))
        equal(done.stderr, b"", what)
        equal(done.stdout, b"", what)
    else:
        equal(done.returncode, 0, "%s, with %r" % (what, done.stderr))
        equal(done.stderr, what.encode() + b": " + want + b"\n", what)
        holds(done.stdout.count(b"\n") > 3, "the packets come all the same")


def tries(thread):
    words = ["thread=yes"] if thread else []
    for what, wanted in TRIES.items():
        came_out(trespass(what, words), what, wanted[thread])
    for what, wanted in SENDING.items() if ROOT else ():
        came_out(trespass(what, words + ["socket=yes"]), what, wanted[thread])
    if platform.libc_ver()[0] == "glibc":
        done = trespass("abort", words)
        equal(done.returncode, -signal.SIGABRT, "an abort of the C library's")
        holds(b"invalid pointer" in done.stderr, "and why: %r" % done.stderr)


@case
def tries_with_packets():
    tries(False)


@case
def tries_with_the_network():
    tries(True)


@case
def tries_without():
    """They are things that can be done: without a sandbox most are."""
    for what in ("open", "own", "socket", "kill" if ROOT else "own-kill", "dumpable", "trace",
                 "code", "change", "namespace", "read-other", "fstat", "newfstatat"):
        came_out(trespass(what, (), "off"), what, b"done")
    for what in ("send", "send-parts", "send-wide", "send-to", "double", "owner") if ROOT else ():
        came_out(trespass(what, ["socket=yes"], "off"), what, b"done")
    if os.uname().machine == "x86_64": # where the kernel has them
        equal(trespass("int80", (), "off").returncode in (0, -signal.SIGSEGV), True, "int80")


@case
def tries_of_chains():
    """Chains that open files later, or mind a program, can do what that takes and no more."""
    socket = ["socket=yes"] if ROOT else []
    with tempfile.TemporaryDirectory() as folder:
        mine, other = os.path.join(folder, "mine"), os.path.join(folder, "other")
        os.mkdir(mine)
        for name in (os.path.join(mine, "ports"), os.path.join(folder, "secret")):
            with open(name, "w") as out:
                out.write("0-65535\n")
        reads = ["!", "packet_meta", "!", "where",
                 "not transport or transport.dport in @" + os.path.join(mine, "ports")]
        secret, made = "path=" + os.path.join(folder, "secret"), "path=" + other
        minds = ["!", "packet_meta", "!", "exec", "cat"]
        for before in (reads, minds):
            came_out(trespass("open", [secret], before=before), "open", DENIED)
            came_out(trespass("create", [made], before=before), "create", DENIED)
            for what in ("kill", "connect", "read-other") + (("double", "owner") if ROOT else ()):
                came_out(trespass(what, socket, before=before), what, KILLED)
            if ROOT:
                came_out(trespass("send", socket, before=before), "send", FORBIDDEN)
        if ROOT:
            came_out(trespass("send-to", socket, before=minds), "send-to", FORBIDDEN)
        came_out(trespass("send-address", socket, before=reads), "send-address", KILLED)
        # What is in its folder it may read, and in one that is somebody's home nothing else.
        inside = "path=" + os.path.join(mine, "beside")
        with open(inside[5:], "w") as out:
            out.write("beside\n")
        came_out(trespass("open", [inside], before=reads), "open", b"done")
        home = dict(PLAIN, HOME=mine)
        came_out(trespass("open", [inside], before=reads, env=home), "open", DENIED)


def output_and(what, path, out, sink="json_lines", **more):
    """Tries something in a chain that writes a file; the records of it all come."""
    return run(RUN + ["--sandbox=require", "--plugin=" + PLUGIN, capture("demo.pcap"), "!",
                      "trespass", "what=" + what, "path=" + path, "!", "packet_meta", "!", sink, out] +
               more.pop("words", []), **more)


@case
def tries_of_outputs():
    """A folder of their own is theirs; in somebody's home they have the file alone."""
    with tempfile.TemporaryDirectory() as folder:
        beside = os.path.join(folder, "beside")
        for number, (env, words, want, notice) in enumerate((
                (PLAIN, [], b"done", b""), (dict(PLAIN, HOME=folder), [], DENIED, b""),
                (dict(PLAIN, HOME=folder), ["rotate_size=1K"], b"done", b"follow each other"))):
            out = os.path.join(folder, "out%d.pcap" % number)
            done = output_and("create", beside, out, "pcap_writer", words=words, env=env)
            equal(done.returncode, 0, "exit code, with %r" % done.stderr)
            holds(b"create: " + want in done.stderr, "%r has %r" % (done.stderr, want))
            holds(notice in done.stderr and done.stderr.count(b"\n") == 1 + bool(notice),
                  "a notice where it is wide alone: %r" % done.stderr)
            equal(os.path.exists(beside), want == b"done", "a file beside it")
            if want == b"done":
                os.unlink(beside)
        holds(len(os.listdir(folder)) > 4, "files that follow each other")


@case
def output_link():
    """An output that is a link: what it leads to is begun anew on SIGHUP, in the other folder."""
    with tempfile.TemporaryDirectory() as folder:
        for name in ("here", "there"):
            os.mkdir(os.path.join(folder, name))
        link, real = os.path.join(folder, "here", "out"), os.path.join(folder, "there", "real")
        os.symlink(real, link)
        with open(real, "w"):
            pass
        chain = idle_run([], ["!", "packet_meta", "!", "json_lines", link, "flush=line",
                              "exists=append"])
        wait_for(lambda: lines_in(real) == 3, "three lines")
        bound(chain.pid)
        os.rename(real, real + ".1")
        chain.send_signal(signal.SIGHUP)
        wait_for(lambda: os.path.exists(real), "a file begun anew")
        _, said = chain.communicate(timeout=DEADLINE)
        equal((chain.returncode, said), (0, b""), "exit code and sentences")


@case
def early_threads():
    """A thread that is there before rights are given up keeps them: that is said."""
    done = trespass("nothing", ["early=yes"])
    one_sentence(done, 1, "1 threads were there before")


@case
def filter_names():
    """Nothing is looked up while packets come: a filter with names for a rare link type."""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "rare.pcap")
        with open(path, "wb") as out:
            out.write(struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 65535, 147))
            out.write(struct.pack("<IIII", 1, 0, 4, 4) + b"rare")
        for words in ("len > 1 or port domain", "len > 1 or host localhost"):
            done = run(NETWATCH + ["-r", path, words])
            holds(done.returncode in (1, 2), "exit code %d, with %r" % (done.returncode, done.stderr))
            one_sentence(done, done.returncode, "names in a filter")
        done = run(NETWATCH + ["-r", path, "len > 1"])
        equal(done.returncode, 0, "numbers alone, with %r" % done.stderr)
        equal(done.stdout.count(b"\n"), 1, "a packet")


# --- what the system says about it ----------------------------------------------------------------

def state_of(path):
    with open(path) as lines:
        return dict(line.rstrip("\n").split(":\t", 1) for line in lines if ":\t" in line)


def check_state(state, user):
    equal(state["Uid"], "\t".join([str(user)] * 4), "user")
    equal(state["Gid"], "\t".join([str(user)] * 4), "group")
    if ROOT:
        equal(state["Groups"].strip(), "", "groups")
    for kind in ("CapInh", "CapPrm", "CapEff", "CapAmb") + (("CapBnd",) if ROOT else ()):
        equal(int(state[kind], 16), 0, kind)
    equal(state["NoNewPrivs"], "1", "no new privileges")
    equal(state["Seccomp"], "2", "seccomp")


def bound(pid):
    """A process is where it is to be when its first thread has its filter."""
    wait_for(lambda: status(pid, "Seccomp") == "2", "a filter")


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


# --- files ----------------------------------------------------------------------------------------

@case
def outputs():
    """In a folder of root's own: begun anew on SIGHUP, and not begun at all where the input is none."""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "out.jsonl")
        chain = idle_run([], ["!", "packet_meta", "!", "json_lines", path, "flush=line"])
        wait_for(lambda: lines_in(path) == 3, "three lines")
        os.rename(path, path + ".1")
        chain.send_signal(signal.SIGHUP)
        wait_for(lambda: os.path.exists(path), "a file begun anew")
        _, said = chain.communicate(timeout=DEADLINE)
        equal((chain.returncode, said), (0, b""), "exit code and sentences")
        equal(lines_in(path + ".1"), 3, "lines of the old file")

        fresh = os.path.join(folder, "fresh.jsonl")
        words = ["!", "packet_meta", "!", "json_lines"]
        done = run(RUN + [capture("not-a-capture.pcap")] + words + [fresh])
        one_sentence(done, 1, "not a pcap or pcapng capture")
        holds(not os.path.exists(fresh), "no file is left behind")
        with open(fresh, "w") as out:
            out.write('{"what": "is there"}\n')
        done = run(RUN + [capture("not-a-capture.pcap")] + words + [fresh, "exists=replace"])
        one_sentence(done, 1, "not a pcap or pcapng capture")
        with open(fresh) as have:
            equal(have.read(), '{"what": "is there"}\n', "what was there")


@case
def lists():
    """A list that is replaced is read again, where it can be; elsewhere it stays, with a word."""
    with tempfile.TemporaryDirectory() as folder:
        path, out = os.path.join(folder, "list"), os.path.join(folder, "out")
        with open(path, "w") as ports:
            ports.write("1\n")
        chain = idle_run([], ["!", "packet_meta", "!", "where", "transport.dport in @" + path, "!",
                              "json_lines", out, "flush=line"])
        bound(chain.pid)
        wait_for(lambda: lines_in(out) == 0, "an output")
        with open(path + ".new", "w") as ports:
            ports.write("0-65535\n")
        os.rename(path + ".new", path)
        chain.send_signal(signal.SIGHUP)
        with open(capture("tags.pcap"), "rb") as packets:
            more = packets.read()[24:]
        while lines_in(out) <= 0:
            chain.stdin.write(more)
            chain.stdin.flush()
        _, said = chain.communicate(timeout=DEADLINE)
        equal((chain.returncode, said), (0, b""), "exit code and sentences")


@case
def many_files():
    """More captures than descriptors: those beyond are opened by their names."""
    import resource
    with tempfile.TemporaryDirectory() as folder:
        paths = []
        for number in range(24):
            paths.append(os.path.join(folder, "%d.pcap" % number))
            shutil.copy(capture("tags.pcap"), paths[-1])
        few = lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (40, 40))
        done = run(NETWATCH + ["--sandbox=require", "-r"] + paths, preexec_fn=few)
        equal((done.returncode, done.stderr), (0, b""), "exit code and sentences")
        equal(done.stdout.count(b"\n"), 24 * 3, "packets")
        # Where the process may have more it takes more, and the program that it runs does not.
        paths = [os.path.join(folder, "more%d.pcap" % number) for number in range(324)]
        for number, path in enumerate(paths):
            with open(path, "wb") as out:
                out.write(struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 65535, 1))
                out.write(struct.pack("<IIII", number, 0, 4, 4) + b"some")
        few = lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (40, 1000))
        done = run(NETWATCH + ["--sandbox=require", "-r"] + paths, preexec_fn=few)
        equal((done.returncode, done.stderr), (0, b""), "exit code and sentences")
        equal(done.stdout.count(b"\n"), 324, "packets")
        done = run(RUN + ["--sandbox=require", capture("tags.pcap"), "!", "packet_meta", "!", "exec",
                          "ulimit -n >&2; cat", "!", "packet_summary"], preexec_fn=few)
        equal((done.returncode, done.stderr.split()[-1:]), (0, [b"40"]), "with %r" % done.stderr)


# --- programs ---------------------------------------------------------------------------------------

@case
def programs():
    """exec: its program has no capability; one that is started again needs a wider sandbox."""
    state = "grep -E 'CapEff|NoNewPrivs' /proc/self/status >&2"
    for words, code in ((["--sandbox=require"], 0), ([], 0)):
        done = run(RUN + words + [capture("tags.pcap"), "!", "packet_meta", "!", "exec",
                                  state + "; cat", "!", "packet_summary"])
        equal(done.returncode, code, "exit code, with %r" % done.stderr)
        holds(b"CapEff:\t" + b"0" * 16 in done.stderr, "no capability in %r" % done.stderr)
        holds(b"NoNewPrivs:\t1" in done.stderr, "no new privileges")
        equal(done.stdout.count(b"\n"), 3, "packets")
    words = [capture("tags.pcap"), "!", "packet_meta", "!", "exec", "cat", "on_exit=restart", "!",
             "packet_summary"]
    done = run(RUN + words)
    equal((done.returncode, done.stderr), (0, b""), "exit code and sentences")
    equal(done.stdout.count(b"\n"), 3, "packets")
    one_sentence(run(RUN + ["--sandbox=require"] + words), 1, "on_exit=restart")


@case
def programs_forbidden():
    """What none of them needs fails in a program that may be started again; it is not killed."""
    done = run(RUN + [capture("tags.pcap"), "!", "packet_meta", "!", "exec",
                      "unshare -r true; echo code $? >&2; cat", "on_exit=restart", "!",
                      "packet_summary"])
    equal((done.returncode, done.stdout.count(b"\n")), (0, 3), "with %r" % done.stderr)
    holds(b"code 1\n" in done.stderr, "unshare fails: %r" % done.stderr)


@case
def program_again():
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "starts")
        chain = idle_run([], ["!", "packet_meta", "!", "exec",
                              "echo >>%s; exec cat" % path, "on_exit=restart", "!",
                              "packet_summary", "flush=line"])
        equal([chain.stdout.readline() != b"" for _ in range(3)], [True] * 3, "lines")
        equal(lines_in(path), 1, "starts")
        children = "/proc/%d/task/%d/children" % (chain.pid, chain.pid)
        with open(children) as child:
            os.kill(int(child.read().split()[0]), signal.SIGKILL)
        wait_for(lambda: lines_in(path) == 2, "a second start")
        _, said = chain.communicate(timeout=DEADLINE)
        equal(chain.returncode, 0, "exit code")
        holds(b"it is started again" in said, "%r" % said)


# --- systems that lack something ------------------------------------------------------------------

def lacking(what, words):
    """What is said where it goes on, and where all is required."""
    read = ["-r", capture("tags.pcap")]
    prefix = [WITHOUT, what] if what else []
    done = run(prefix + NETWATCH + read)
    if done.returncode == 77:
        skip("a system without %s cannot be made here" % what)
    equal(done.stdout.count(b"\n"), 3, "packets")
    one_sentence(done, 0, words)
    done = run(prefix + NETWATCH + ["--sandbox=require"] + read)
    equal(done.stdout, b"", "packets")
    one_sentence(done, 1, words)
    done = run(prefix + NETWATCH + ["--sandbox=off"] + read)
    equal((done.returncode, done.stderr), (0, b""), "exit code and sentences")


@case
def without_landlock():
    lacking("landlock", "no Landlock in this kernel (the kernel is without it)")
    lacking("landlock-off", "no Landlock in this kernel (it is switched off")
    lacking("landlock-forbidden", "no Landlock in this kernel (asking for it is forbidden")
    server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    server.bind(("127.0.0.1", 0))
    done = run([WITHOUT, "landlock"] + NETWATCH +
               ["--sandbox=require", "-r", capture("tags.pcap"), "--lookup",
                "--resolver=127.0.0.1:%d" % server.getsockname()[1]])
    one_sentence(done, 1, "no Landlock in this kernel")
    if not ROOT:
        return
    # Root does not stay root where nothing says which files it may open.
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "out.jsonl")
        chain = subprocess.Popen([WITHOUT, "landlock"] + RUN + ["-", "!", "packet_meta", "!",
                                                               "json_lines", path, "flush=line"],
                                 stdin=subprocess.PIPE, stderr=subprocess.PIPE, env=PLAIN)
        with open(capture("tags.pcap"), "rb") as packets:
            chain.stdin.write(packets.read())
        chain.stdin.flush()
        wait_for(lambda: lines_in(path) == 3, "three lines")
        check_state(state_of("/proc/%d/status" % chain.pid), 65534)
        _, said = chain.communicate(timeout=DEADLINE)
        equal(chain.returncode, 0, "exit code")
        holds(b"root may not open files later" in said, "%r" % said)


@case
def without_capset():
    if not ROOT:
        skip("only root has capabilities to give up")
    lacking("capset", "cannot give up capabilities")


@case
def without_seccomp():
    lacking("seccomp", "no seccomp in this kernel")


@case
def without_users():
    if not ROOT:
        skip("only root becomes somebody else")
    lacking("setuid", "cannot become user 65534")
    done = run([WITHOUT, "setuid"] + NETWATCH + ["--user=daemon", "-r", capture("tags.pcap")])
    equal(done.stdout, b"", "packets")
    one_sentence(done, 1, "--user=daemon: cannot become user")


@case
def user_namespace():
    """As in a container with one user: root there is nobody special outside."""
    prefix = ["unshare", "--user", "--map-root-user"]
    if run(prefix + ["true"]).returncode != 0:
        skip("user namespaces may not be made here")
    done = run(prefix + NETWATCH + ["-r", capture("tags.pcap"), "--stats"])
    equal(done.returncode, 0, "exit code, with %r" % done.stderr)
    equal(done.stdout.count(b"\n"), 3, "packets")
    holds(b"the sandbox is not complete: cannot become user 65534" in done.stderr, "a notice")
    holds(re.search(rb"^sandbox: user 0, no capabilities, no_new_privs, Landlock [1-6], seccomp",
                    done.stderr, re.M), "the rest is in force: %r" % done.stderr)


@case
def unprivileged():
    """As an ordinary user, and with a capability of the file's own."""
    if not ROOT or not shutil.which("setpriv"):
        skip("root and setpriv are needed to become somebody else")
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        copy = os.path.join(folder, "chains")
        shutil.copy(CHAINS, copy)
        os.chmod(copy, 0o755)
        shutil.copy(capture("tags.pcap"), folder)
        read = ["netwatch", "--sandbox=require", "--stats", "-r", os.path.join(folder, "tags.pcap")]
        given = [False]
        if shutil.which("setcap") and run(["setcap", "cap_net_raw=ep", copy]).returncode == 0:
            given.append(True)
        for has in reversed(given):
            if not has:
                run(["setcap", "-r", copy])
            done = run(["setpriv", "--reuid=1234", "--regid=1234", "--clear-groups", copy] + read)
            equal(done.returncode, 0, "exit code, with %r" % done.stderr)
            holds(b"sandbox: user 1234, no capabilities" in done.stderr, "%r" % done.stderr)


# --- order, and the list of calls ------------------------------------------------------------------

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
    done = run(NETWATCH + ["--stats", "-r", capture("tags.pcap")])
    holds(b"seccomp (%d calls)" % len(documented()) in done.stderr, "%r" % done.stderr)


main(__doc__)
