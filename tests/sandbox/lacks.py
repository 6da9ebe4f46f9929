#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""lacks.py CHAINS HELPERS NAME: systems that lack something, and other users."""
import os
import re
import shutil
import socket
import subprocess
import tempfile

from sandboxed import check_state, ROOT, skip, state_of, WITHOUT
from common import capture, case, CHAINS, DEADLINE, equal, holds, lines_in, main, NETWATCH
from common import one_sentence, PLAIN, RUN, run, wait_for


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


main(__doc__)
