# SPDX-License-Identifier: MIT
"""Releases to measure: this tree's in build-bench, another revision's from its files inside of that."""
import os
import shutil
import subprocess
import sys

KEPT = 2  # other revisions


class Broken(Exception):
    """Something could not be built, and why."""


def run(words, cwd):
    done = subprocess.run(words, cwd=cwd, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, check=False)
    if done.returncode:
        raise Broken("%s\n%s" % (" ".join(words), done.stdout.decode(errors="replace")[-3000:]))
    return done.stdout.decode(errors="replace").strip()


def meson():
    return "/usr/bin/meson" if os.access("/usr/bin/meson", os.X_OK) else "meson"


def ceilings(root):
    folder = os.path.join(root, "bench", "ceiling")
    if not os.path.exists(os.path.join(folder, "meson.build")):
        return []
    return sorted(name for name in os.listdir(folder) if name.endswith(".c"))


def build(root, folder, targets):
    """A plain release of the source in `root`; `targets` are made where the source has them."""
    if not os.path.exists(os.path.join(folder, "build.ninja")):
        run([meson(), "setup", folder, "--buildtype=release"], root)
    run(["ninja", "build.ninja"], folder)  # the source may have other targets than last time
    known = {line.split(":")[0] for line in run(["ninja", "-t", "targets", "all"], folder).split("\n")}
    run(["ninja"] + [target for target in targets if target in known], folder)
    return folder


def this_tree(root, folder):
    names = ["bench/ceiling/" + name[:-2] for name in ceilings(root)]
    return build(root, folder, ["chains", "bench/stopwatch", "bench/traffic/traffic"] + names)


def other_revision(root, folder, revision):
    """(its build folder, its short name); what is there already is used again."""
    try:
        full = run(["git", "rev-parse", "--verify", "--quiet", revision + "^{commit}"], root)
    except Broken:
        raise Broken("no revision " + revision) from None
    trees = os.path.join(folder, "revisions")
    os.makedirs(trees, exist_ok=True)
    tree = os.path.join(trees, full[:12])
    if not os.path.exists(os.path.join(tree, "meson.build")):
        unpacked = tree + ".new"
        shutil.rmtree(unpacked, ignore_errors=True)
        os.makedirs(unpacked)
        run(["git", "archive", "--format=tar", "--output=" + unpacked + ".tar", full], root)
        run(["tar", "-xf", unpacked + ".tar", "-C", unpacked], root)
        os.unlink(unpacked + ".tar")
        shutil.rmtree(tree, ignore_errors=True)
        os.rename(unpacked, tree)
    os.utime(tree)
    others = sorted((os.path.join(trees, name) for name in os.listdir(trees)), key=os.path.getmtime)
    for old in others[:-KEPT]:
        shutil.rmtree(old)
    return build(tree, os.path.join(tree, "build-bench"), ["chains"]), full[:12]


def say(text):
    """Where it is, on a terminal alone."""
    if sys.stderr.isatty():
        sys.stderr.write("\r\033[K" + text)
        sys.stderr.flush()
