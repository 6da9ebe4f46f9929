#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""script.py SCRIPT: script/fuzz with programs in the place of its targets, which end as they say.

A target that runs nothing, or ends badly without an input, is a failure that is said once; one that
stops at an input goes on. A test that fails is a failure of --coverage.
"""
import os
import shutil
import subprocess
import sys
import tempfile

# What a target does, its exit code, how often it is run, and what is said.
TARGETS = {
    "good": ("echo stat::number_of_executed_units: 7", 0, 1, "7 executions"),
    "idle": ("exit 0", 1, 1, "fuzz: idle: it has run no input"),
    "dies": ("echo stat::number_of_executed_units: 7; exit 3", 1, 1,
             "it ended with exit code 3 and left no input"),
    "lacks": ("exec ./there-is-no-such-program", 1, 1, "it ended with exit code 127"),
    "finds": ("echo stat::number_of_executed_units: 7; [ -e found ] && exit 0; : >found; "
              ": >build-fuzz/found/finds/crash-1; exit 77", 1, 2, "1 found"),
}


def write(path, text, mode=0o644):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w") as file:
        file.write(text)
    os.chmod(path, mode)


def main():
    meson = "/usr/bin/meson" if os.access("/usr/bin/meson", os.X_OK) else "meson"
    with tempfile.TemporaryDirectory() as folder:
        os.mkdir(os.path.join(folder, "script"))
        shutil.copy(sys.argv[1], os.path.join(folder, "script", "fuzz"))
        write(os.path.join(folder, "meson.build"),
              "project('x')\nsubdir('fuzz')\ntest('bad', find_program('false'), suite: 'fuzz')\n")
        write(os.path.join(folder, "fuzz", "meson.build"),
              "targets = [\n  %s,\n]\nforeach name : targets\n  custom_target('fuzz_' + name, "
              "input: 'fuzz_' + name + '.sh', output: 'fuzz_' + name, command: ['cp', '@INPUT@', "
              "'@OUTPUT@'])\nendforeach\n" % ", ".join("'%s'" % name for name in TARGETS))
        for name, (what, _, _, _) in TARGETS.items():
            write(os.path.join(folder, "fuzz", "fuzz_%s.sh" % name),
                  "#!/bin/sh\necho run >>runs-%s\n%s\n" % (name, what), 0o755)
            os.makedirs(os.path.join(folder, "fuzz", "corpus", name))
        for build in ("build-fuzz", "build-coverage"):
            subprocess.run([meson, "setup", build], cwd=folder, check=True,
                           stdout=subprocess.DEVNULL)
        jobs = [([name, "20"],) + row[1:] for name, row in TARGETS.items()]
        jobs.append((["20"], 1, None, "fuzz: dies: "))
        jobs.append((["--coverage"], 1, None, "fuzz: a test has failed"))
        for words, code, runs, text in jobs:
            done = subprocess.run(["script/fuzz"] + words, cwd=folder, stdout=subprocess.PIPE,
                                  stderr=subprocess.STDOUT, timeout=120)
            said = done.stdout.decode()
            count = None
            if runs:
                with open(os.path.join(folder, "runs-" + words[0])) as file:
                    count = len(file.readlines())
            if done.returncode != code or text not in said or count != runs:
                sys.exit("script/fuzz %s: exit code %d, not %d, after %s runs, not %s:\n%s" % (
                    " ".join(words), done.returncode, code, count, runs, said))


main()
