# SPDX-License-Identifier: MIT
"""What a table was measured on."""
import os
import platform
import subprocess


def first(path, key):
    """The value of a line "KEY: VALUE" or KEY="VALUE" of a file; "" without one."""
    try:
        with open(path) as lines:
            for line in lines:
                name, _, value = line.replace("=", ":", 1).partition(":")
                if name.strip() == key:
                    return value.strip().strip('"')
    except OSError:
        pass
    return ""


def output(*words):
    try:
        done = subprocess.run(words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.DEVNULL, check=False)
    except OSError:
        return ""
    return done.stdout.decode(errors="replace").strip()


def revision(root):
    name = output("git", "-C", root, "rev-parse", "--short", "HEAD")
    changed = output("git", "-C", root, "status", "--porcelain", "--untracked-files=no")
    return name + (", changed" if name and changed else "")


def compiler():
    return output("cc", "--version").split("\n")[0]


def describe(root):
    memory = first("/proc/meminfo", "MemTotal").split()
    return {
        "revision": revision(root),
        "processor": first("/proc/cpuinfo", "model name") or platform.machine(),
        "processors": os.cpu_count(),
        "memory_gib": round(int(memory[0]) / (1 << 20), 1) if memory else None,
        "system": first("/etc/os-release", "PRETTY_NAME") or platform.system(),
        "kernel": platform.release(),
        "compiler": compiler(),
        "load_before": os.getloadavg()[0],
    }
