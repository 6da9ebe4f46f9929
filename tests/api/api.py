#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""api.py CASE SOURCE BUILD: what the library shows, and what it must not do.

    symbols    the shared library exports what the headers declare, no more and no less
    headers    every public header compiles alone, as C11 and as C++17, with no warning
    quiet      no object of the library prints to the standard streams, exits or aborts
    globals    no object of the library holds data that can change

Skipped (77) where nm or a compiler is missing.
"""
import glob
import os
import re
import shutil
import subprocess
import sys
import tempfile

SOURCE, BUILD = (os.path.abspath(path) for path in sys.argv[2:4])
INCLUDE = os.path.join(SOURCE, "include")


def need(program):
    if not shutil.which(program):
        print("skipped: %s is not installed" % program)
        sys.exit(77)


def output(*command):
    return subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout.decode()


def fail(lines):
    if lines:
        sys.exit("\n".join(lines))


def headers_of_library():
    found = glob.glob(os.path.join(INCLUDE, "**", "*.h"), recursive=True)
    return sorted(os.path.relpath(path, INCLUDE) for path in found)


def declared():
    names = set()
    for header in headers_of_library():
        with open(os.path.join(INCLUDE, header)) as text:
            code = re.sub(r"/\*.*?\*/", "", text.read(), flags=re.S)
        for declaration in re.findall(r"^CHAINS_API\b([^;{]*)", code, re.M):
            function = re.search(r"(\w+)\s*\(", declaration)
            names.add(function.group(1) if function else re.findall(r"\w+", declaration)[-1])
        for sink in re.findall(r"^CHAINS_LINE_SINK_\((\w+)\)", code, re.M):
            names.add("chains_%s_new" % sink)
    return names


def objects():
    found = glob.glob(os.path.join(BUILD, "src", "libchains_private.a.p", "*.o"))
    if not found:
        sys.exit("no objects of the library in " + BUILD)
    return sorted(found)


def symbols():
    need("nm")
    library = os.path.join(BUILD, "src", "libchains.so")
    exported = set()
    for line in output("nm", "-D", "--defined-only", library).splitlines():
        kind, name = line.split()[-2:]
        if kind != "A":  # the version's own name
            exported.add(name.split("@")[0])
    wanted = declared()
    if len(wanted) < 20:
        sys.exit("only %d functions found in the headers" % len(wanted))
    fail(["declared, not exported: " + name for name in sorted(wanted - exported)] +
         ["exported, not declared: " + name for name in sorted(exported - wanted)])


def headers():
    need("cc")
    need("c++")
    bad = []
    with tempfile.TemporaryDirectory() as folder:
        for header in headers_of_library():
            for compiler, standard, suffix in (("cc", "c11", ".c"), ("c++", "c++17", ".cc")):
                source = os.path.join(folder, "alone" + suffix)
                with open(source, "w") as out:
                    out.write("#include <%s>\n#include <%s>\nint alone;\n" % (header, header))
                done = subprocess.run(
                    [compiler, "-std=" + standard, "-Wall", "-Wextra", "-Wpedantic", "-Werror",
                     "-fsyntax-only", "-I", INCLUDE, source],
                    stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
                if done.returncode:
                    bad.append("%s as %s:\n%s" % (header, standard, done.stdout.decode()))
    fail(bad)


SPEAKS = {"printf", "vprintf", "puts", "putchar", "perror", "__printf_chk", "__vprintf_chk",
          "exit", "_exit", "_Exit", "quick_exit", "abort", "signal", "sigaction", "setlocale",
          "system", "popen", "stderr", "psignal", "err", "errx", "warn", "warnx", "syslog"}


def quiet():
    need("nm")
    bad = []
    for path in objects():
        for line in output("nm", "-u", path).splitlines():
            name = line.split()[-1].split("@")[0]
            if name in SPEAKS:
                bad.append("%s uses %s" % (os.path.basename(path), name))
    fail(bad)


def changeable():
    """Symbols of the library that can be written to when it runs."""
    for path in objects():
        sections = {}
        for line in output("objdump", "-h", path).splitlines():
            words = line.split()
            if len(words) > 2 and words[0].isdigit():
                sections[words[1]] = int(words[2], 16)
        for line in output("objdump", "-t", path).splitlines():
            match = re.match(r"\S+ .{7} (\S+)\t(\S+) (.*)$", line)
            if not match or int(match.group(2), 16) == 0:
                continue
            section, name = match.group(1), match.group(3)
            writable = section.startswith((".data", ".bss", ".tdata", ".tbss", "*COM*"))
            if writable and ".rel.ro" not in section:
                yield "%s: %s in %s" % (os.path.basename(path), name.strip(), section)


def globals_():
    need("objdump")
    fail(sorted(set(changeable())))


{"symbols": symbols, "headers": headers, "quiet": quiet, "globals": globals_}[sys.argv[1]]()
