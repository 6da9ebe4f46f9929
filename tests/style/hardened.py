#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""hardened.py release|other BUILD COMPILER: what the flags of meson.build have made of the
command and the library.

Read with readelf: position independent, no executable stack, no segment that can be written and
run, relocations read-only and resolved at the start, no relocation in code, stack protector and
checked calls of the C library in use, and in the objects the marks for shadow stack and indirect
branches where the compiler knows them. Every rule is first tried on a program that was linked to
break it.
"""
import glob
import os
import re
import shutil
import subprocess
import sys
import tempfile

CHECKED = {"chains": 6, "src/libchains.so": 5}  # least number of different *_chk calls


def output(*words):
    return subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                          check=True).stdout.decode()


def faults(path, checked):
    """What is wrong with a program or a shared library."""
    header, segments = output("readelf", "-hW", path), output("readelf", "-lW", path)
    dynamic, symbols = output("readelf", "-dW", path), output("readelf", "--dyn-syms", "-W", path)
    stack = re.search(r"^\s*GNU_STACK .* ([RWE ]+) +0x", segments, re.M)
    if not re.search(r"Type:\s+DYN", header):
        yield "not position independent"
    if not stack or "E" in stack.group(1):
        yield "the stack can be run"
    if re.search(r"^\s*LOAD .* RWE ", segments, re.M):
        yield "a segment can be written and run"
    if not re.search(r"^\s*LOAD .* R E ", segments, re.M) or \
            not re.search(r"^\s*LOAD .* R   ", segments, re.M):
        yield "code and constants share a segment"
    if "GNU_RELRO" not in segments:
        yield "relocations stay writable"
    if "BIND_NOW" not in dynamic and not re.search(r"FLAGS.*\bNOW\b", dynamic):
        yield "calls are resolved late"
    if "TEXTREL" in dynamic:
        yield "relocations in code"
    if re.search(r"\((RPATH|RUNPATH)\).*\[(?!.*\$ORIGIN)", dynamic):
        yield "looks for libraries in a place of the build"
    if "__stack_chk_fail" not in symbols:
        yield "no stack protector"
    if len(set(re.findall(r"\b__\w+_chk\b", symbols)) - {"__stack_chk_fail"}) < checked:
        yield "fewer than %d checked calls of the C library" % checked


def unmarked(build):
    """Objects without the marks that -fcf-protection makes."""
    objects = sorted(glob.glob(os.path.join(build, "src", "libchains_private.a.p", "*.o")))
    if len(objects) < 100:
        sys.exit("only %d objects of the library" % len(objects))
    marked = re.findall(r"x86 feature: IBT, SHSTK", output("readelf", "-nW", *objects))
    return len(objects) - len(marked), len(objects)


BROKEN = [
    ("not position independent", ["-fno-pie", "-no-pie"]),
    ("the stack can be run", ["-Wl,-z,execstack"]),
    ("a segment can be written and run", ["-DBOTH"]),
    ("code and constants share a segment", ["-Wl,-z,noseparate-code"]),
    ("relocations stay writable", ["-Wl,-z,norelro"]),
    ("calls are resolved late", ["-Wl,-z,lazy"]),
    ("looks for libraries in a place of the build", ["-Wl,-rpath,/opt/build"]),
    ("no stack protector", ["-fno-stack-protector"]),
    ("fewer than 1 checked calls of the C library", ["-U_FORTIFY_SOURCE"]),
]
PROGRAM = r"""
#include <stdio.h>
#include <string.h>
#ifdef BOTH
__asm__(".section .both,\"awx\",%progbits\n.byte 0\n.text");
#endif
int main(int argc, char **argv)
{
    char text[64];
    memset(text, 0, sizeof text);
    strncpy(text, argv[0], (size_t)argc * 8);
    return puts(text) < 0;
}
"""
SOUND = ["-O2", "-fPIE", "-pie", "-fstack-protector-strong", "-D_FORTIFY_SOURCE=2", "-w",
         "-Wl,-z,relro", "-Wl,-z,now", "-Wl,-z,separate-code"]


def can_fail(compiler):
    with tempfile.TemporaryDirectory() as folder:
        source, program = os.path.join(folder, "one.c"), os.path.join(folder, "one")
        with open(source, "w") as text:
            text.write(PROGRAM)
        for fault, flags in [(None, [])] + BROKEN:
            done = subprocess.run(compiler + SOUND + flags + [source, "-o", program],
                                  stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
            if done.returncode:
                sys.exit(done.stdout.decode())
            found = list(faults(program, 1))
            if fault is None and found:
                sys.exit("a sound program: " + ", ".join(found))
            if fault is not None and fault not in found:
                sys.exit("%s: not found, but %s" % (fault, found))


def main():
    kind, build, compiler = sys.argv[1], sys.argv[2], sys.argv[3:]
    if kind != "release":
        print("skipped: this build has sanitizers or no optimizer")
        sys.exit(77)
    if not shutil.which("readelf"):
        print("skipped: readelf is not installed")
        sys.exit(77)
    can_fail(compiler)
    bad = []
    for name, checked in CHECKED.items():
        bad += ["%s: %s" % (name, fault)
                for fault in faults(os.path.join(build, name), checked)]
    if re.search(r"Machine:.*X86-64", output("readelf", "-hW", os.path.join(build, "chains"))):
        without, of = unmarked(build)
        if without:
            bad.append("%d of %d objects lack IBT or SHSTK" % (without, of))
    sys.exit("\n".join(bad) if bad else 0)


main()
