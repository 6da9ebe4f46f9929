#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""described.py CHAINS NAME: what the command says of itself is so."""
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile

from common import CAPTURES, CHAINS, case, capture, equal, holds, run, one_sentence, RUN, main


# --- what there is --------------------------------------------------------------------------------

def described(words):
    done = run([CHAINS] + words)
    equal((done.returncode, done.stderr), (0, b""), "exit code and stderr of %r" % words)
    holds(b"(null)" not in done.stdout, "every sentence of %r is there" % words)
    return done.stdout.decode()


@case
def described_components():
    """Every component has its sentences, and its example is a chain."""
    listed = json.loads(described(["list", "--json"]))
    text = described(["list"])
    names = [one["name"] for one in listed]
    holds(len(names) > 8 and len(set(names)) == len(names), "names: %r" % names)
    with tempfile.TemporaryDirectory() as folder:
        for name in ("capture.pcap", "inside.pcap", "outside.pcap"):
            os.symlink(os.path.abspath(capture("demo.pcap")), os.path.join(folder, name))
        for one in listed:
            holds(one["role"] in ("source", "link", "sink"), "a role: %r" % one)
            holds(one["description"] and "  %s " % one["name"] in text, "listed: %r" % one)
            all_of_it = json.loads(described(["help", one["name"], "--json"]))
            page = described(["help", one["name"]])
            for key in ("name", "role", "description"):
                equal(all_of_it[key], one[key], key)
            for option in all_of_it["options"]:
                holds(option["description"] and "  %s=" % option["name"] in page,
                      "option %r of %s" % (option, one["name"]))
                equal(option["type"] == "word", "values" in option, "values of %r" % option)
            holds(sum(option["bare"] for option in all_of_it["options"]) <= 1, "one bare option")
            words = shlex.split(all_of_it["example"])
            equal(words[:2], ["chains", "run"], "an example")
            holds(one["name"] in words, "%s in %r" % (one["name"], words))
            done = run(RUN + ["--check"] + words[2:], cwd=folder)
            equal((done.returncode, done.stderr), (0, b""), "check of %r" % all_of_it["example"])
            holds(all_of_it["example"] in page, "the example is in the text")


@case
def described_fields():
    """Every path that is listed is one: an expression takes it."""
    fields = json.loads(described(["fields", "--json"]))
    text = described(["fields"])
    paths = [(field["path"], None) for field in fields["record"]]
    for layer in fields["layers"]:
        holds(layer["from"], "%s comes from somewhere" % layer["type"])
        for one in (layer["slot"], layer["type"].lower()):
            alone = json.loads(described(["fields", one, "--json"]))
            holds(layer in alone["layers"] and alone["record"] == [], "fields " + one)
        paths += [(field["path"], layer["from"][0]) for field in layer["fields"]]
    holds(len(paths) > 100, "%d paths" % len(paths))
    upstream = {"reverse_dns": ["!", "reverse_dns", "mode=off"], "tagger": ["!", "tagger"],
                "exec": ["!", "tagger"], "flows": ["!", "flows"],
                "dns_meta": ["!", "flows", "!", "dns_meta"],
                "http_meta": ["!", "flows", "!", "http_meta"],
                "hello_meta": ["!", "hello_meta"],
                "quic_meta": ["!", "flows", "!", "quic_meta"],
                "dns_weird": ["!", "flows", "!", "dns_meta", "!", "dns_weird"]}
    expressions = {}
    for path, source in paths:
        holds("  %s " % path in text, "%s is in the text" % path)
        expressions.setdefault(source, set()).add(path)
    for source, some in expressions.items():
        some = sorted(some)
        for at in range(0, len(some), 20):
            words = ["-", "!", "packet_meta"] + upstream.get(source, [])
            words += ["!", "where", " or ".join(some[at:at + 20])]
            done = run(RUN + ["--check"] + words)
            equal((done.returncode, done.stderr), (0, b""), "paths of %s" % source)


@case
def described_names():
    """The names of values that are listed are values an expression takes."""
    fields = json.loads(described(["fields", "--json"]))
    several = [(field["path"], name["name"], "has" if field["type"] == "flags" else "==")
               for layer in fields["layers"] if layer["from"][0] == "packet_meta"
               for field in layer["fields"] for name in field.get("names", [])]
    holds(len(several) > 50, "%d names" % len(several))
    bad = []
    for path, name, how in several:
        done = run(RUN + ["--check", "-", "!", "packet_meta", "!", "where",
                          '%s %s "%s"' % (path, how, name)])
        if done.returncode:
            bad.append(done.stderr.decode())
    equal(bad, [], "names that are refused")


@case
def described_topics():
    """What the texts show is so: every chain and every expression in them passes --check."""
    checked = 0
    with tempfile.TemporaryDirectory() as folder:
        for name in ("capture.pcap", "inside.pcap", "outside.pcap", "eth0"):
            os.symlink(os.path.abspath(capture("demo.pcap")), os.path.join(folder, name))

        def check(words):
            done = run(RUN + ["--check"] + words, cwd=folder)
            equal((done.returncode, done.stderr), (0, b""), "check of %r" % words)
        for words in (["help"], ["run", "--help"], ["help", "words"], ["help", "expressions"]):
            text = described(words)
            for line in re.findall(r"(?m)^  chains run (?!--stats)(.*)$", text):
                check(shlex.split(line))
                checked += 1
        with open(os.path.join(CAPTURES, "..", "..", "docs", "chains-words.md")) as page:
            lines = re.findall(r"(?m)^    chains run (?!\[OPTION)(.*)$", page.read())
        for line in lines:
            check(shlex.split(line))
            checked += 1
        for line in re.findall(r"(?m)^  (\S.*)$", text):
            if line.startswith("a and b"):
                continue
            cells = re.split(r" {2,}", line)
            if line.startswith(("where ", "tagger ")):
                check("- ! packet_meta ! reverse_dns ! tagger !".split() + shlex.split(line))
            for expression in cells[:-1]:
                check("- ! packet_meta ! reverse_dns ! tagger ! where".split() + [expression])
                checked += 1
        lines = described(["help", "words"]).split("\n")
        begins = next(i for i, line in enumerate(lines) if line.startswith("  # dns.chain"))
        end = lines.index("", begins)
        with open(os.path.join(folder, "dns.chain"), "w") as out:
            out.write("\n".join(lines[begins:end]))
        check(["-f", "dns.chain"])
        check(["--set", "IN=eth0", "-f", "dns.chain"])
    holds(checked > 12, "%d were checked" % checked)


@case
def described_plugin():
    """What a plugin brings is in the list, has its help and its fields, and runs."""
    source = r"""
        #include <chains.h>
        struct big_options { size_t size; uint64_t bytes; };
        struct big { uint32_t times; };
        static const struct chains_field options[] = {
            CHAINS_FIELD(big_options, bytes, SIZE, "at least \"so\" many \x01 caf\xc3\xa9 \xff",
                         .preset = "1000", .bare = 1),
            CHAINS_FIELDS_END,
        };
        static const struct chains_field fields[] = {
            CHAINS_FIELD(big, times, UINT, "how often"), CHAINS_FIELDS_END };
        static const struct chains_layer_type type = {
            .slot = "big", .name = "big", .size = sizeof(struct big), .fields = fields };
        static const struct chains_layer_type *const types[] = { &type, NULL };
        static int each(chains_component *self, struct chains_record *rec)
        {
            const struct big_options *given = chains_options(self);
            struct big *big = chains_attach(self, rec, &type);
            big->times = (uint32_t)(rec->wire_len / given->bytes);
            return big->times ? CHAINS_KEEP : CHAINS_DROP;
        }
        static const struct chains_class big_class = {
            .name = "big", .brief = "large packets", .role = CHAINS_LINK, .options = options,
            .options_size = sizeof(struct big_options), .attaches = types, .each = each };
        CHAINS_PLUGIN(&big_class);
    """
    if not shutil.which("cc"):
        print("skipped: no C compiler")
        sys.exit(77)
    with tempfile.TemporaryDirectory() as folder:
        with open(os.path.join(folder, "big.c"), "w") as out:
            out.write(source)
        include = os.path.join(os.path.dirname(CAPTURES), "..", "include")
        subprocess.run(["cc", "-std=gnu11", "-shared", "-fPIC", "-I", include, "-o", "big.so",
                        "big.c"], cwd=folder, check=True)
        plugin = ["--plugin", os.path.join(folder, "big.so")]
        holds("big" in [one["name"] for one in json.loads(described(["list", "--json"] + plugin))],
              "it is in the list")
        holds("\n  big " in described(["list"] + plugin), "it is in the list as text")
        page = described(["help", "big"] + plugin)
        holds('at least "so" many \\x01 caf\\xc3\\xa9 \\xff (default: 1000)' in page,
              "escapes in %r" % page)
        option = json.loads(described(["help", "big", "--json"] + plugin))["options"][0]
        equal(option["description"], 'at least "so" many \x01 caf\xe9 \ufffd', "the sentence")
        equal((option["type"], option["bare"], option["default"]), ("size", True, "1000"), "it")
        layer = json.loads(described(["fields", "big", "--json"] + plugin))["layers"][0]
        equal((layer["from"], layer["fields"][0]["path"]), (["big"], "big.times"), "its layer")
        done = run(RUN + plugin + [capture("demo.pcap"), "!", "big", "1K", "!", "where",
                                   "big.times == 1"])
        equal((done.returncode, done.stderr, done.stdout.count(b'"big":{"times":1}')),
              (0, b"", 2), "what it tags")
        one_sentence(run([CHAINS, "help", "big"]), 2, 'no component "big"')


main(__doc__)
