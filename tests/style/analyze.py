#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""analyze.py BUILD SOURCE [TOOL...]: what analyzers of code find in src/ and tools/.

    cppcheck   the whole tree
    gcc        -fanalyzer, file by file, with the flags of the build
    tidy       clang-tidy with .clang-tidy, which says what is not asked for

A finding is in order when analyze.txt has a line for its tool, check, file and function, with a
reason; a line that finds nothing any more is a fault too. Without names of tools all three run, as
script/analyze does. Before anything is read, each tool has to find a planted fault.
"""
import concurrent.futures
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile

from bytes import functions

FINDING = re.compile(r"^([^:\s][^:]*):(\d+)(?::\d+)?: (?:warning|error|style|portability|performance)"
                     r": (.*) \[(?:-W)?([\w.=,-]+)\]$")
PLANTED = "#include <stdlib.h>\nint planted(int n);\nint planted(int n)\n{\n" \
          "    int *room = malloc(sizeof *room);\n    if (!room)\n        return 0;\n" \
          "    *room = n;\n    if (n > 3)\n        return 1;\n    free(room);\n" \
          "    return *room;\n}\n"


def text_of(words, folder):
    done = subprocess.run(words, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    return done.stdout.decode(errors="replace")


def cppcheck(words, folder):
    return text_of(["cppcheck", "--enable=warning,performance,portability", "--inline-suppr", "-q",
                    "--std=c11", "--suppress=missingIncludeSystem",
                    "--template={file}:{line}: warning: {message} [{id}]"] + words, folder)


def gcc(words, folder):
    return text_of(words + ["-fanalyzer", "-Wno-analyzer-too-complex",
                            "-fdiagnostics-plain-output"], folder)


def tidy(words, folder):
    return text_of(["clang-tidy", "--quiet"] + words, folder)


def commands(build, source):
    """(file, command without output and dependencies) of src/ and tools/, each file once."""
    with open(os.path.join(build, "compile_commands.json")) as text:
        listed = json.load(text)
    seen = {}
    for entry in listed:
        path = os.path.normpath(os.path.join(entry["directory"], entry["file"]))
        if not os.path.relpath(path, source).startswith(("src/", "tools/")) or path in seen:
            continue
        words, kept = shlex.split(entry["command"]), []
        for at, word in enumerate(words):
            if word in ("-o", "-MF", "-MQ"):
                words[at + 1] = "-MD"
            elif word != "-MD" and not word.startswith(("-fdiagnostics", "-fcallgraph")):
                kept.append(word)
        seen[path] = kept + ["-o", "/dev/null"]
    return seen


def gives(tool, build, source):
    """What a tool prints, in pieces."""
    if tool == "cppcheck":
        return [lambda: cppcheck(["-D_GNU_SOURCE", '-DCHAINS_VERSION="0"', "-I", "include", "-I",
                                  "src", "-j", "2", "src", "tools"], source)]
    files = commands(build, source)
    if len(files) < 200:
        sys.exit("only %d files in compile_commands.json" % len(files))
    if tool == "gcc":
        return [lambda words=words: gcc(words, build) for words in files.values()]
    paths = sorted(files)
    return [lambda part=paths[i:i + 8]: tidy(["-p", build] + part, source)
            for i in range(0, len(paths), 8)]


def findings(tool, text, source, known_functions):
    for line in text.split("\n"):
        found = FINDING.match(line)
        if not found:
            continue
        path = os.path.relpath(os.path.realpath(os.path.join(source, found.group(1))), source)
        if tool == "gcc":
            path = os.path.relpath(os.path.realpath(
                os.path.join(known_functions["build"], found.group(1))), source)
        number = int(found.group(2))
        name = "-"
        if path.startswith("..") or not os.path.exists(os.path.join(source, path)):
            path = os.path.basename(path)
        else:
            if path not in known_functions:
                with open(os.path.join(source, path)) as code:
                    known_functions[path] = list(functions(code.read()))
            for one, first, lines in known_functions[path]:
                if first <= number < first + len(lines):
                    name = one
        yield (tool, found.group(4).split(",")[0], path, name), \
            "%s:%d: %s [%s: %s]" % (path, number, found.group(3), tool, found.group(4))


def reasons(source):
    """{(tool, check, file, function): reason}"""
    known = {}
    with open(os.path.join(source, "tests", "style", "analyze.txt")) as text:
        for line in text:
            if line.strip() and not line.startswith("#"):
                what, _, reason = line.strip().partition(": ")
                words = what.split()
                if len(words) != 4 or not reason:
                    sys.exit("analyze.txt: not TOOL CHECK FILE FUNCTION: REASON: " + line.strip())
                known[tuple(words)] = reason
    return known


def can_find(tool):
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "planted.c")
        with open(path, "w") as text:
            text.write(PLANTED)
        found = {"cppcheck": lambda: cppcheck([path], folder),
                 "gcc": lambda: gcc(["gcc", "-O2", "-c", path, "-o", "/dev/null"], folder),
                 "tidy": lambda: tidy([path, "--checks=clang-analyzer-*", "--"], folder)}[tool]()
    if not any(FINDING.match(line) for line in found.split("\n")):
        sys.exit("%s does not find what was planted:\n%s" % (tool, found))


PROGRAMS = {"cppcheck": "cppcheck", "gcc": "gcc", "tidy": "clang-tidy"}


def main():
    build, source = os.path.realpath(sys.argv[1]), os.path.realpath(sys.argv[2])
    tools = sys.argv[3:] or list(PROGRAMS)
    for tool in tools:
        if not shutil.which(PROGRAMS[tool]):
            print("skipped: %s is not installed" % PROGRAMS[tool])
            sys.exit(77)
        can_find(tool)
    known, used, bad, cache = reasons(source), set(), {}, {"build": build}
    for tool in tools:
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            for text in pool.map(lambda piece: piece(), gives(tool, build, source)):
                for key, line in findings(tool, text, source, cache):
                    used.add(key)
                    if key not in known:
                        bad[line] = key
    for line, key in bad.items():
        print("%s\n    %s: " % (line, " ".join(key)))
    gone = [" ".join(key) for key in known if key[0] in tools and key not in used]
    for key in gone:
        print("analyze.txt: %s finds nothing any more" % key)
    print("%d findings are in order, %d are not" % (len(used & set(known)), len(bad) + len(gone)))
    sys.exit(1 if bad or gone else 0)


main()
