#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""text.py CHAINS RUN_CHAINS: no text of a stranger's moves a terminal, hides itself, or adds a line.

Captures in which every text holds every forbidden character (hostile.py) go through the longest
chain into every sink, and through the commands; and forbidden characters stand in words, paths and
what programs answer.
"""
import json
import os
import re
import stat
import subprocess
import sys
import tempfile

from hostile import SHOWN, captures, forbidden_texts, is_forbidden, pieces

import judge
import torture

CHAINS, RUN_CHAINS = (os.path.abspath(path) for path in sys.argv[1:3])
KEYS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "pcap", "tls.keys")
FORBIDDEN = {chr(code) for code in range(0x110000) if code not in (9, 10) and is_forbidden(code)}
COMMANDS = ("netwatch", "netwatch -s", "netwatch -v", "netwatch --json", "flows --services",
            "flows --json", "urlwatch", "urlwatch --json", "weird-dns", "weird-dns --json")


def looked_at(data, what, tabs=False):
    characters = data.decode("utf-8")
    if not tabs and "\t" in characters:
        sys.exit("%s: a tab in %r" % (what, characters[:2000]))
    for bad in sorted(FORBIDDEN.intersection(characters)):
        at = characters.index(bad)
        sys.exit("%s: %r in %r" % (what, bad, characters[max(0, at - 60):at + 40]))


def unescaped(text):
    """The bytes that json_lines has shown as this value of raw bytes."""
    out = bytearray()
    for part in re.split(r"(\\x[0-9a-f]{2}|\\\\)", text):
        if part.startswith("\\x"):
            out.append(int(part[2:], 16))
        else:
            out += part.replace("\\\\", "\\").encode("utf-8")
    return bytes(out)


def round_trip(folder, kind):
    """What was sent can be read back from JSON, and each of the texts was."""
    with open(os.path.join(folder, "json"), encoding="utf-8") as lines:
        objects = [json.loads(line) for line in lines]
    if kind == "http":
        got = {unescaped(m["user_agent"]) for o in objects for m in o.get("http", [])
               if "user_agent" in m}
        want = {text.replace(b"\n", b"").replace(b"\r", b"") for text in pieces(200)}
    elif kind == "tls":
        got = {unescaped(m["sni"]) for o in objects for m in o.get("tls", []) if "sni" in m}
        want = set(pieces(120))
    else:
        return
    if not want <= got:
        lacking = sorted(want - got)[0]
        sys.exit("%s: %r is not told; %r" % (kind, lacking, sorted(got)[:3]))


def everywhere():
    """The matrix: each capture into each sink, and through each command."""
    with tempfile.TemporaryDirectory() as folder:
        out = os.path.join(folder, "out")
        os.mkdir(out)
        runner = torture.Runner(RUN_CHAINS, KEYS, folder)
        shown = b""
        for kind, data in captures().items():
            path = os.path.join(folder, kind + ".pcapng")
            with open(path, "wb") as file:
                file.write(data)
            torture.through_chains(runner, path, out)
            for name in sorted(os.listdir(out)):
                if not name.startswith("copy"):
                    made = judge.read(out, name)
                    looked_at(made, "%s in %s" % (kind, name), tabs=name in ("tsv", "full"))
                    shown += made if name == "json" else b""
            round_trip(out, kind)
            for command in COMMANDS:
                torture.through_command(CHAINS, command, path, out)
                done = subprocess.run([CHAINS] + command.split() + ["-r", path],
                                      stdout=subprocess.PIPE, stderr=subprocess.PIPE)
                looked_at(done.stdout, "%s of %s" % (command, kind), tabs=True)
                looked_at(done.stderr, "stderr of %s of %s" % (command, kind))
            every_field(path, kind)
        runner.end()
        if SHOWN.encode() not in shown:
            sys.exit("%r is not shown as it is" % SHOWN)


def every_field(path, kind):
    """Each field of text or bytes as a column, a CSV column and a key of count; a record a line."""
    listed = subprocess.run([CHAINS, "fields", "--json"], stdout=subprocess.PIPE, check=True)
    words = sorted(set(re.findall(r'"path": ?"([a-z0-9_.]+)"', listed.stdout.decode())))
    if len(words) < 100:
        sys.exit("fewer fields than there should be: %r" % words)
    chain = [path, "!", "packet_meta", "!", "flows", "!", "dns_meta", "!", "dns_weird", "!",
             "tls_meta", "!", "quic_meta", "!", "http_meta", "headers=yes", "!", "reverse_dns",
             "mode=passive", "!", "tagger", "!"]
    for begin in range(0, len(words), 60):
        some = ",".join(words[begin:begin + 60])
        for sink in (["fields", some], ["fields", some, "format=csv"]):
            done = subprocess.run([CHAINS, "run"] + chain + ["tee", "[", "json_lines", "/dev/null",
                                                             "]", "["] + sink + ["]"],
                                  stdout=subprocess.PIPE, stderr=subprocess.PIPE)
            if done.returncode:
                sys.exit("%s: %s" % (sink, done.stderr.decode()))
            looked_at(done.stdout, "%s of %s" % (sink[:3:2], kind), tabs=len(sink) == 2)
            lines.setdefault(kind, set()).add(done.stdout.count(b"\n"))
    if len(lines[kind]) != 1:
        sys.exit("%s: lines %r" % (kind, lines[kind]))


lines = {}


def in_words():
    """Words, paths and values, in every place that a message may repeat them."""
    texts = [b"a" + text + b"z" for text in forbidden_texts() if b"\0" not in text]
    joined = [b"".join(texts[at:at + 40]) for at in range(0, len(texts), 40)]
    places = (["netwatch", "-r", "%s"], ["netwatch", "-i", "%s"], ["%s"], ["help", "%s"],
              ["netwatch", "--%s"], ["run", "%s"], ["run", "-", "!", "%s"],
              ["run", "-", "!", "packet_meta", "!", "where", "%s"],
              ["run", "-", "!", "packet_meta", "!", "packet_summary", "exists=%s"],
              ["run", "-", "!", "packet_meta", "!", "json_lines", "/no/%s"],
              ["run", "-", "!", "packet_meta", "!", "fields", "%s"],
              ["run", "-", "!", "packet_meta", "!", "tagger", "rules=%s"],
              ["run", "-f", "%s"], ["run", "--set", "%s=1", "-"], ["run", "--plugin", "%s", "-"],
              ["fields", "%s"], ["run", "--memory=%s", "-"], ["flows", "--%s=1"],
              ["netwatch", "-r", "-", "--resolver=%s"], ["netwatch", "-r", "-", "--local=%s"],
              ["urlwatch", "--keylog=%s", "-r", "-"], ["netwatch", "-r", "-", "--vendors=%s"])
    for text in joined:
        for place in places:
            words = [word.encode().replace(b"%s", text) for word in place]
            done = subprocess.run([CHAINS.encode()] + words, stdin=subprocess.DEVNULL,
                                  stdout=subprocess.PIPE, stderr=subprocess.PIPE)
            if done.returncode not in (1, 2) or not done.stderr.endswith(b"\n"):
                sys.exit("%r: %d, %r" % (words, done.returncode, done.stderr))
            looked_at(done.stdout + done.stderr, "what is said to %r" % place)


def from_files():
    """What stands in a chain, a list, a hosts file and a vendors file, and programs' answers."""
    texts = [text for text in forbidden_texts() if b"\0" not in text and b"\n" not in text]
    with tempfile.TemporaryDirectory() as folder:
        def written(name, data):
            path = os.path.join(folder, name)
            with open(path, "wb") as file:
                file.write(data)
            return path
        demo = os.path.join(os.path.dirname(KEYS), "demo.pcap")
        program = written("answers.py", b"""#!/usr/bin/env python3
import sys, json
TEXT = %r
for line in sys.stdin:
    n = json.loads(line)["number"]
    text = TEXT[n %% len(TEXT)]
    if n %% 3 == 0:
        sys.stdout.buffer.write(text + b"\\n")
    elif n %% 3 == 1:
        print(json.dumps({"tags": [text.decode("latin-1")], "note": text.decode("latin-1")}))
    else:
        print(json.dumps({"note": text.decode("utf-8", "surrogateescape")}))
    sys.stdout.flush()
    sys.stderr.buffer.write(text + b"\\n")
""" % [b"a" + b"b".join(texts[at:at + 30]) + b"c" for at in range(0, len(texts), 30)])
        os.chmod(program, os.stat(program).st_mode | stat.S_IXUSR)
        many = b"\n".join(b"192.168.1.9 a" + text + b"z" for text in texts)
        hosts = written("hosts", many)
        vendors = written("manuf", b"\n".join(b"02:00:5e\ta" + text + b"z\tb" + text for text in texts))
        rules = written("rules", b"\n".join(b"a" + text + b"z = len > 1" for text in texts))
        listed = written("list", b"\n".join(b"a" + text + b"z" for text in texts))
        chain = written("one.chain", b"# " + b" ".join(texts) + b"\n$IN ! packet_meta ! where 'x" +
                        b"".join(texts).replace(b"'", b"") + b"'\n")
        exec_words = ["!", "exec", "cmd=" + program, "layer=seen", "fields=note:text"]
        runs = (["netwatch", "-s", "--vendors=" + vendors, "-r", demo],
                ["run", demo, "!", "packet_meta", "!", "reverse_dns", "hosts=" + hosts,
                 "mode=passive", "vendors=" + vendors, "!", "packet_printer"],
                ["run", demo, "!", "packet_meta", "!", "tagger", "rules=" + rules, "!",
                 "packet_summary"],
                ["run", demo, "!", "packet_meta", "!", "where", "dns.queries.name in @" + listed],
                ["run", "--set", "IN=" + demo, "-f", chain],
                ["run", demo, "!", "packet_meta"] + exec_words + ["!", "json_lines"],
                ["run", demo, "!", "packet_meta"] + exec_words + ["!", "packet_printer"])
        for words in runs:
            done = subprocess.run([CHAINS] + words, stdin=subprocess.DEVNULL,
                                  stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=folder)
            own = b"" if "exec" in words else done.stderr  # the program's own go where they will
            looked_at(done.stdout, "what %r prints" % words, tabs=True)
            looked_at(own, "what %r says" % words)
            if words[-1] == "json_lines" and judge.json_lines(done.stdout)[1]:
                sys.exit(judge.json_lines(done.stdout)[1])


try:
    everywhere()
    in_words()
    from_files()
except torture.Found as found:
    sys.exit(str(found))
