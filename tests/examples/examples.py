#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""examples.py CASE SOURCE BUILD: the examples, run.

    worked     both worked examples, with a DNS server on loopback, print what they should
    readme     every C program in README.md is compiled and run
    own-link   the library is installed into a folder of its own, and examples/own_link built
               against its pkg-config file there
    own-plugin the same for examples/own_plugin, which the installed command loads

Skipped (77) where dnsmasq, a compiler or pkg-config is missing.
"""
import glob
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time

SOURCE, BUILD = (os.path.abspath(path) for path in sys.argv[2:4])
CAPTURES = os.path.join(SOURCE, "tests", "pcap")
DEADLINE = 30


def skip(why):
    print("skipped: " + why)
    sys.exit(77)


def need(*programs):
    for program in programs:
        if not shutil.which(program, path=path_with_sbin()):
            skip(program + " is not installed")


def path_with_sbin():
    return os.environ.get("PATH", "") + ":/usr/sbin:/sbin"


def read(path):
    with open(path, "rb") as have:
        return have.read()


def equal(got, want, what):
    if got != want:
        sys.exit("%s: got\n%s\nwant\n%s" % (what, got.decode("utf-8", "replace"),
                                           want.decode("utf-8", "replace")))


def answers(port):
    """Whether a server answers on this port."""
    question = b"\x12\x34\1\0\0\1\0\0\0\0\0\0\x011\x010\x010\x03127\x07in-addr\x04arpa\0\0\x0c\0\1"
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        asking.settimeout(0.2)
        asking.connect(("127.0.0.1", port))
        try:
            asking.send(question)
            return len(asking.recv(512)) >= 12
        except OSError:
            return False


class Server:
    """dnsmasq on loopback: 54.197.119.105 is compute-1.amazonaws.com, nothing else exists."""

    def __enter__(self):
        need("dnsmasq")
        end = time.monotonic() + DEADLINE
        while time.monotonic() < end:
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as free:
                free.bind(("127.0.0.1", 0))
                self.port = free.getsockname()[1]
            self.process = subprocess.Popen(
                [shutil.which("dnsmasq", path=path_with_sbin()), "--no-daemon", "-p",
                 str(self.port), "--listen-address=127.0.0.1", "--bind-interfaces", "--no-resolv",
                 "--no-hosts", "--conf-file=/dev/null", "--user=", "--address=/in-addr.arpa/",
                 "--ptr-record=105.119.197.54.in-addr.arpa,compute-1.amazonaws.com"],
                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            while self.process.poll() is None and time.monotonic() < end:
                if answers(self.port):
                    return self
            self.process.wait()  # another process took the port: try the next
        sys.exit("dnsmasq does not answer")

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()


def run_example(program, capture, expected, server):
    done = subprocess.run([program, os.path.join(CAPTURES, capture),
                           "127.0.0.1:%d" % server.port], stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, timeout=DEADLINE * 4)
    equal(done.stderr, b"", program + " on stderr")
    equal(done.stdout, read(os.path.join(CAPTURES, expected)), program)
    if done.returncode != 0:
        sys.exit("%s: exit code %d" % (program, done.returncode))


def worked():
    with Server() as server:
        folder = os.path.join(BUILD, "examples")
        run_example(os.path.join(folder, "simple_packet_print"), "print.pcap",
                    "print.expected.txt", server)
        run_example(os.path.join(folder, "tag_example"), "tags.pcap", "tags.expected.txt", server)
    done = subprocess.run([os.path.join(folder, "tag_example"), "/no/such/file"],
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=DEADLINE)
    if done.returncode != 1 or done.stdout or done.stderr.count(b"\n") != 1:
        sys.exit("a file that is not there: %r" % done)


def readme():
    need("cc")
    programs = re.findall(r"```c\n(.*?)```", read(os.path.join(SOURCE, "README.md")).decode(),
                          re.S)
    if not programs:
        sys.exit("README.md shows no C")
    with tempfile.TemporaryDirectory() as folder, Server() as server:
        for number, text in enumerate(programs):
            source = os.path.join(folder, "readme%d.c" % number)
            with open(source, "w") as out:
                out.write(text)
            program = source[:-2]
            subprocess.run(["cc", "-std=c11", "-Wall", "-Wextra", "-Wpedantic", "-Werror", "-I",
                            os.path.join(SOURCE, "include"), "-o", program, source, "-L",
                            os.path.join(BUILD, "src"), "-lchains",
                            "-Wl,-rpath," + os.path.join(BUILD, "src")], check=True)
            if "chains_packet_printer" in text:
                run_example(program, "print.pcap", "print.expected.txt", server)
            elif "chains_tagger()" in text and "chains_packet_summary" in text:
                run_example(program, "tags.pcap", "tags.expected.txt", server)
            else:
                done = subprocess.run([program, os.path.join(CAPTURES, "demo.pcap")],
                                      stdout=subprocess.PIPE, timeout=DEADLINE)
                if done.returncode != 0 or not done.stdout:
                    sys.exit("program %d of README.md: %r" % (number + 1, done))


def installed(folder, name):
    found = glob.glob(os.path.join(folder, "**", name), recursive=True)
    if not found:
        sys.exit("not installed: " + name)
    return found[0]


def sanitized():
    """A sanitized library cannot be linked without the sanitizers' runtime."""
    return b"__asan_init" in read(os.path.join(BUILD, "chains"))


def install(folder):
    """The library in a folder of its own: that, where libchains.so is, and the environment."""
    root = os.path.join(folder, "root")
    subprocess.run([shutil.which("meson", path="/usr/bin:" + path_with_sbin()), "install",
                    "-C", BUILD, "--no-rebuild", "--quiet", "--destdir", root],
                   check=True, stdout=subprocess.PIPE)
    libraries = os.path.dirname(installed(root, "libchains.so"))
    return root, libraries, dict(
        os.environ, PKG_CONFIG_SYSROOT_DIR=root, LD_LIBRARY_PATH=libraries,
        PKG_CONFIG_PATH=os.path.dirname(installed(root, "chains.pc")))


def own_link():
    need("cc", "make", "pkg-config", "meson")
    with tempfile.TemporaryDirectory() as folder:
        work = os.path.join(folder, "own_link")
        root, libraries, environment = install(folder)
        shutil.copytree(os.path.join(SOURCE, "examples", "own_link"), work)
        subprocess.run(["make", "-B", "-s"], cwd=work, env=environment, check=True)
        done = subprocess.run(["./own_link", os.path.join(CAPTURES, "demo.pcap")], cwd=work,
                              env=environment, stdout=subprocess.PIPE, timeout=DEADLINE)
        packet = b"2024-01-02 03:04:05 - UDP IP 192.168.1.9 --> 192.168.1.32\n"
        equal(done.stdout, packet * 2 + b"2 big packets\n", "own_link")
        flags = subprocess.run(["pkg-config", "--static", "--cflags", "--libs", "chains"],
                               env=environment, check=True, stdout=subprocess.PIPE).stdout.decode()
        static = [os.path.join(libraries, "libchains.a") if flag == "-lchains" else flag
                  for flag in flags.split()]
        if not sanitized():
            subprocess.run(["cc", "-o", "own_static", "own_link.c"] + static, cwd=work, check=True)
            again = subprocess.run(["./own_static", os.path.join(CAPTURES, "demo.pcap")], cwd=work,
                                   stdout=subprocess.PIPE, timeout=DEADLINE)
            equal(again.stdout, done.stdout, "own_link with the static library")
        netwatch = installed(os.path.join(root), "netwatch")
        done = subprocess.run([netwatch, "-r", os.path.join(CAPTURES, "tags.pcap")],
                              stdout=subprocess.PIPE, timeout=DEADLINE)
        if done.returncode != 0 or done.stdout.count(b"\n") != 3:
            sys.exit("the installed netwatch: %r" % done)


def own_plugin():
    """Built without the library, and linked with it: both use the functions of the command."""
    need("cc", "make", "pkg-config", "meson")
    with tempfile.TemporaryDirectory() as folder:
        work = os.path.join(folder, "own_plugin")
        root, _, environment = install(folder)
        shutil.copytree(os.path.join(SOURCE, "examples", "own_plugin"), work)
        subprocess.run(["make", "-B", "-s"], cwd=work, env=environment, check=True)
        flags = subprocess.run(["pkg-config", "--cflags", "--libs", "chains"], env=environment,
                               check=True, stdout=subprocess.PIPE).stdout.decode().split()
        subprocess.run(["cc", "-shared", "-fPIC", "-o", "linked.so", "own_plugin.c"] + flags,
                       cwd=work, env=environment, check=True)
        for plugin in "own_plugin.so", "linked.so":
            for word, count in ("bytes=286", 4), ("287", 2), ("bytes=100000", 0):
                done = subprocess.run(
                    [installed(root, "chains"), "run", "--plugin", plugin, "packet_streamer",
                     "iface_name=" + os.path.join(CAPTURES, "demo.pcap"), "!", "packet_meta", "!",
                     "big", word, "!", "packet_summary"],
                    cwd=work, env=environment, stdout=subprocess.PIPE, timeout=DEADLINE)
                if done.returncode != 0 or done.stdout.count(b"\n") != count:
                    sys.exit("%s %s: %r" % (plugin, word, done))


{"worked": worked, "readme": readme, "own-link": own_link, "own-plugin": own_plugin}[sys.argv[1]]()
