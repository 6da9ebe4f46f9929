#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""run.py CHAINS NAME: chains run, beside what its chains print."""
import json
import os
import re
import shlex
import signal
import subprocess
import tempfile

from common import CHAINS, DEADLINE, PLAIN, case, capture, equal, holds, run, large_file, RUN
from common import lines_in, SUMMARY, main


def table_of(said):
    """The table of --stats as (component, cells, place), after a look at its columns."""
    lines = said.split("\n")
    titles = re.fullmatch(r"component +(in) +(added) +(out) +(dropped) +(cut short) +(malformed) +(limited) "
                          r"+(memory) +(most) +(ns/record)  place", lines[0])
    holds(titles, "a head: %r" % lines[0])
    rows = []
    for line in lines[1:]:
        row = re.fullmatch(r"( *(?:\[ )?\w+)" + r" +([0-9.,KM-]+)" * 10 + r"(?:  (.+))?", line)
        if not row:
            break
        equal([row.end(i + 2) for i in range(10)], [titles.end(i + 1) for i in range(10)],
              "where the columns of %r end" % line)
        rows.append((row.group(1), row.groups()[1:11], row.group(12)))
    return rows, [line for line in lines[1 + len(rows):] if line]


def layered(layers):
    """The lines of a chain with flows and DNS, of which json_lines shows these layers."""
    words = "! packet_meta ! flows ! dns_meta ! tagger ! json_lines".split()
    done = run(RUN + [capture("talk.pcap")] + words + layers)
    equal((done.returncode, done.stderr), (0, b""), "exit code and stderr")
    return [json.loads(line) for line in done.stdout.splitlines()]


@case
def run_json_layers():
    """The lines of all layers without those that were not named; what is no layer is said to be none."""
    bare = {"number", "timestamp", "len", "caplen", "flags"}
    whole = layered([])
    holds(any("flow" in line for line in whole) and any("dns" in line for line in whole), "layers")
    for layers in ("dns", "packet,transport", "tags,endpoints,flow", "tags tags"):
        keep = bare | set(layers.replace(",", " ").split())
        equal(layered(["layers=" + layers]),
              [{key: line[key] for key in line if key in keep} for line in whole], layers)
    equal([line.get("transport", {}).get("type") for line in layered(["layers=tcp"])],
          [line["transport"]["type"] if line.get("transport", {}).get("type") == "TCP" else None
           for line in whole], "one type of a slot")
    for layers, said in (
            ("", "which layers? For example layers=packet,transport"),
            (" , ", "which layers? For example layers=packet,transport"),
            ("packet,dns.id", "\"dns.id\" is no layer but a field, which the sink `fields` shows; "
             "layers=packet,transport"),
            ("number", "\"number\" is no layer but a field, which the sink `fields` shows; "
             "layers=packet,transport"),
            ("pakket", "no field \"pakket\"; did you mean \"packet\"?"),
            ("dns,http", "no layer \"http\" here: put http_meta before it")):
        done = run(RUN + [capture("talk.pcap"), "!", "packet_meta", "!", "dns_meta", "!",
                          "json_lines", "layers=" + layers])
        equal((done.returncode, done.stdout), (2, b""), "exit code and stdout")
        text = done.stderr.decode()
        holds(text.startswith("chains: word 8: json_lines: %s\n" % said), text)


@case
def run_statistics_end():
    """Aligned however large the numbers are, with a tee in a tee behind a merge."""
    with tempfile.TemporaryDirectory() as folder:
        large_file(folder, 40)
        words = ("merge [ large.pcap ! packet_meta ] [ large.pcap ] ! packet_meta ! tee [ tee "
                 "[ where udp ! packet_summary path=a ] [ packet_summary path=b ] ] ! "
                 "packet_summary path=c")
        done = run(RUN + ["--stats"] + words.split(), cwd=folder)
        equal((done.returncode, done.stdout), (0, b""), "exit code and stdout")
        rows, rest = table_of(done.stderr.decode())
        equal([name for name, _, _ in rows],
              ["merge", "  [ packet_streamer", "    packet_meta", "  [ packet_streamer",
               "packet_meta", "tee", "  [ tee", "      [ where", "        packet_summary",
               "      [ packet_summary", "  [ packet_summary"], "components")
        equal([place for _, _, place in rows][:3], ["word 1", "word 3", "word 5"], "places")
        by = {place: [cell.replace(",", "") for cell in cells] for _, cells, place in rows}
        equal(by["word 1"][:4], ["3040", "0", "3040", "0"], "in, added, out, dropped of merge")
        where = next(cells for name, cells, _ in rows if name.endswith("where"))
        numbers = [int(cell.replace(",", "")) for cell in where[:4]]
        equal(numbers[0], 3040, "what where took")
        equal(numbers[0], numbers[2] + numbers[3], "what where took, gave and dropped")
        equal(lines_in(os.path.join(folder, "a")), numbers[2], "lines behind where")
        holds("3,040" in done.stderr.decode(), "thousands are readable")
        holds(all(float(cells[9].replace(",", "")) > 0 for _, cells, _ in rows), "time was taken")
        size = os.path.getsize(os.path.join(folder, "large.pcap"))
        holds(rest.pop().startswith("sandbox: "), "what was given up")
        holds(re.fullmatch(r"memory: [0-9.]+[KM] of at most [0-9.]+M", rest.pop()), "their memory")
        equal(rest, ["packet_streamer (word 3): {0:,} of {0:,} bytes read".format(size),
                     "packet_streamer (word 8): {0:,} of {0:,} bytes read".format(size)], "sources")


@case
def run_statistics_failure():
    """A chain that fails has its table, behind the sentence."""
    with open("/dev/full", "wb") as full:
        done = run(RUN + ["--stats", capture("demo.pcap")] + SUMMARY, stdout=full)
    said = done.stderr.decode().split("\n")
    equal(done.returncode, 1, "exit code")
    holds("No space left on device" in said[0], "a sentence: %r" % said[0])
    holds(said[1].startswith("component "), "a table: %r" % said[1])


@case
def run_reader_gone():
    """The reader of one branch goes away: quiet, and the other branch is whole."""
    def before():
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    with tempfile.TemporaryDirectory() as folder:
        large_file(folder, 200)
        words = "large.pcap ! packet_meta ! tee [ packet_summary path=out ] ! packet_summary"
        chain = subprocess.Popen(RUN + words.split(), stdout=subprocess.PIPE, cwd=folder,
                                 stderr=subprocess.PIPE, preexec_fn=before, env=PLAIN)
        chain.stdout.readline()
        chain.stdout.close()
        equal((chain.stderr.read(), chain.wait(DEADLINE)), (b"", 0), "stderr and exit code")
        equal(lines_in(os.path.join(folder, "out")), 38 * 200, "lines of the other branch")


@case
def run_one_file_two_sinks():
    """Two sinks on one file would write through each other: refused, and nothing is left behind."""
    with tempfile.TemporaryDirectory() as folder:
        demo = [capture("demo.pcap"), "!", "packet_meta", "!"]
        for words in ("tee [ pcap_writer d.pcap exists=append ] [ pcap_writer d.pcap exists=append ]",
                      "json_lines d.pcap exists=replace ! packet_summary path=./d.pcap exists=append",
                      "tee [ json_lines ] [ pcap_writer ]"):
            with open(os.path.join(folder, "mix"), "wb") as mix:
                done = run(RUN + demo + words.split(), cwd=folder, stdout=mix)
            equal(done.returncode, 2, "exit code of %s" % words)
            holds(b"is written by another sink of this chain" in done.stderr, "%r" % done.stderr)
            equal(sorted(os.listdir(folder)), ["mix"], "files")
            equal(os.path.getsize(os.path.join(folder, "mix")), 0, "bytes on standard output")
        done = run(RUN + demo + "tee [ json_lines ] [ packet_summary ]".split())
        equal((done.returncode, done.stdout.count(b"\n")), (0, 76), "text may share")


@case
def run_refused_does_nothing():
    """A chain that cannot be opened leaves the files of its sinks as they were, or not there."""
    with tempfile.TemporaryDirectory() as folder:
        with open(os.path.join(folder, "keep.gz"), "w") as out:
            out.write("yesterday")
        demo = [capture("demo.pcap"), "!", "packet_meta", "!"]
        for words in ("json_lines keep.gz exists=replace ! packet_summary path=none/x",
                      "tee [ json_lines keep.gz exists=replace ] [ tagger rules=none ! count ]",
                      "tee [ json_lines keep.gz exists=replace ] [ json_lines new ! fields len path=none/x ]",
                      "json_lines new ! packet_summary path=keep.gz"):
            done = run(RUN + demo + words.split(), cwd=folder)
            equal((done.returncode, done.stdout), (1, b""), "%s: %r" % (words, done.stderr))
            equal(sorted(os.listdir(folder)), ["keep.gz"], "files")
            with open(os.path.join(folder, "keep.gz")) as kept:
                equal(kept.read(), "yesterday", "what was there")
        done = run(RUN + demo + ["where", "len == 1", "!", "json_lines", "keep.gz", "exists=replace"], cwd=folder)
        equal(done.returncode, 0, "a chain without a record replaces it")
        holds(os.path.getsize(os.path.join(folder, "keep.gz")) < 40, "by an empty stream")


@case
def run_header_behind_others():
    """What stands on standard output before is somebody else's: fields begins with its header."""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "report")
        with open(path, "w") as out:
            out.write("# report\n")
        with open(path, "ab") as out:
            run(RUN + [capture("demo.pcap"), "max_packets=1", "!", "fields", "number,len"], stdout=out)
        with open(path) as report:
            equal(report.read(), "# report\nnumber\tlen\n1\t286\n", "report")


@case
def run_check_opens_nothing():
    with tempfile.TemporaryDirectory() as folder:
        os.mkfifo(os.path.join(folder, "pipe"))
        for option in ("--check", "--print"):
            for words in ("pipe ! packet_meta ! packet_summary path=made",
                          "packet_streamer iface_name=no-such0 ! packet_meta ! json_lines path=made",
                          "pipe ! packet_meta ! exec 'touch made' ! packet_summary",
                          "- ! packet_meta ! tee [ packet_summary path=made ] [ json_lines ]"):
                done = run(RUN + [option] + shlex.split(words), cwd=folder)
                equal((done.returncode, done.stderr), (0, b""), "exit code and stderr of " + words)
                equal(done.stdout == b"", option == "--check", "nothing printed")
        equal(os.listdir(folder), ["pipe"], "files that are there")


ROUND = [
    "demo.pcap ! packet_meta ! packet_summary",
    "packet_streamer files=demo.pcap files=tags.pcap max_packets=7 ! packet_meta ! packet_summary",
    "- bpf='port 53 or arp' snaplen=96 ! packet_meta through=packet ! transport_meta",
    "demo.pcap ! packet_meta ! where 'packet.dst in {8.8.8.8} and not arp' ! packet_printer",
    "demo.pcap ! packet_meta ! where \"transport.dport == 53 or tcp.word == \\\"syn\\\"\"",
    "demo.pcap ! packet_meta ! tagger rule='a: udp' rule='b: packet.src == 10.0.0.1' ! json_lines",
    "merge [ demo.pcap ] [ tags.pcap ! packet_meta ] ! packet_meta ! tee [ packet_printer path=- ] "
    "[ tee [ packet_summary exists=append path='a b' ] [ json_lines path='$X ! [' ] ] ! "
    "packet_summary path='it'\\''s \"\\'",
    "demo.pcap ! packet_meta ! tee [ packet_summary path=x ] ! packet_summary flush=line",
    "demo.pcap ! exec 'cat -' on_exit=restart timeout=1500ms field=a:uint field=b:text layer=mine",
    "demo.pcap ! packet_meta ! pcap_writer path=a.pcapng rotate_size=100M rotate_time=1h keep=3",
    "demo.pcap ! packet_meta ! fields number,packet.src format=csv separator=';' no_header=yes",
    "demo.pcap ! packet_meta ! count by=packet.src,transport.dport top=3 json=on",
    "demo.pcap speed=0.5 no_promiscuous=true duration=10 ! packet_meta max_depth=3",
    "demo.pcap ! reverse_dns mode=off local=10.0.0.0/8 local=fd00::/8 hosts= ! packet_summary",
]


@case
def run_print_round():
    """Words to chain to words: what is printed makes a chain that prints the same."""
    with tempfile.TemporaryDirectory() as folder:
        for name in ("demo.pcap", "tags.pcap"):
            os.symlink(os.path.abspath(capture(name)), os.path.join(folder, name))
        for words in ROUND:
            first = run(RUN + ["--print"] + shlex.split(words), cwd=folder)
            equal((first.returncode, first.stderr), (0, b""), "exit code and stderr of " + words)
            with open(os.path.join(folder, "chain"), "wb") as out:
                out.write(first.stdout)
            second = run(RUN + ["--print", "-f", "chain"], cwd=folder)
            equal((second.returncode, second.stdout), (0, first.stdout), "print of print, " + words)
        run(RUN + ["--print"] + shlex.split(ROUND[1]), cwd=folder)
        with open(os.path.join(folder, "chain"), "wb") as out:
            out.write(run(RUN + ["--print"] + shlex.split(ROUND[1]), cwd=folder).stdout)
        equal(run(RUN + ["-f", "chain"], cwd=folder).stdout,
              run(RUN + shlex.split(ROUND[1]), cwd=folder).stdout, "output of both")


@case
def run_any_words():
    """Whatever the words: a chain, or a sentence with a place and a mark that fits the line."""
    vocabulary = shlex.split("demo.pcap - ! ! ! ! [ ] [ ] tee merge packet_meta where json_lines "
                             "packet_summary tagger 'udp' 'rule=a: arp' 'rule=b' path=x path= "
                             "flush=line flush= = '' 'a b' \"it's\" max_packets=3 through=packet "
                             "\\\\ $X # packet_streamer 'transport.dport =='")
    state = 20240102
    with tempfile.TemporaryDirectory() as folder:
        os.symlink(os.path.abspath(capture("demo.pcap")), os.path.join(folder, "demo.pcap"))
        good = 0
        for _ in range(250):
            words = ["demo.pcap"]
            for _ in range(state % 13):
                state = (state * 1103515245 + 12345) % 2 ** 31
                words.append(vocabulary[(state >> 8) % len(vocabulary)])
            state = (state * 1103515245 + 12345) % 2 ** 31
            done = run(RUN + ["--print"] + words, cwd=folder)
            said = done.stderr.decode()
            holds(done.returncode in (0, 2), "%r of %r, with %r" % (done.returncode, words, said))
            good += done.returncode == 0
            if done.returncode == 2:
                lines = said.split("\n")
                equal(len(lines), 4, "lines of %r for %r" % (said, words))
                holds(len(lines[2].rstrip()) <= len(lines[1]) + 2 and "^" in lines[2],
                      "a mark: %r" % said)
        holds(good > 10, "some were chains: %d" % good)


@case
def run_bounds():
    """Chains larger than anybody writes are refused with a sentence, or run."""
    def text(words):
        done = run(RUN + ["--check", "-f", "-"], input=words, stdin=None)
        return done.returncode, done.stderr.decode().split("\n")[0]
    equal(text(b"-" + b" ! packet_summary" * 500)[0], 0, "a chain of 500 links")
    deep = text(b"- ! " + b"tee [ " * 5000 + b"packet_summary" + b" ]" * 5000)
    equal((deep[0], "branches inside each other" in deep[1]), (2, True), "deep: %r" % (deep,))
    long = text(b"- " + b"! packet_meta " * 200000)
    equal((long[0], "more than" in long[1]), (2, True), "long: %r" % (long,))
    word = text(b"- ! where '" + b"a" * 500000 + b"'")
    equal(word[0], 2, "one long word: %r" % (word[1][:200],))
    holds(len(word[1]) < 3000, "a sentence of %d bytes" % len(word[1]))


@case
def run_hostile_words():
    """Nothing from the words reaches a terminal as a control character."""
    for name in ("\x1b[31mred", "a\x07b", "\x7f", "\x9b31m", os.fsdecode(b"\x9b31m")):
        for words in ([name], ["-", "!", name], ["-", name + "=3"], ["--" + name, "-"],
                      ["-", "!", "where", name], ["-f", name], ["--plugin", name, "-"],
                      ["-", "!", "packet_summary", "flush=" + name], ["--set", name, "-f", "x"]):
            done = run(RUN + words)
            bad = [byte for byte in done.stderr.replace(b"\n", b"") if not 32 <= byte < 127]
            equal(bad, [], "control characters in %r" % done.stderr)
            holds(done.returncode in (1, 2), "it fails: %d with %r" % (done.returncode, words))


@case
def run_program():
    """A chain in a file may be a program, and takes --set."""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "watch")
        with open(path, "w") as out:
            out.write("#!/usr/bin/env -S chains run -f\n$IN ! packet_meta ! packet_summary\n")
        os.chmod(path, 0o755)
        os.symlink(CHAINS, os.path.join(folder, "chains"))
        environment = dict(PLAIN, PATH=folder + ":" + PLAIN.get("PATH", ""))
        done = run([path, "--set", "IN=" + capture("tags.pcap")], env=environment)
        equal((done.returncode, done.stdout.count(b"\n"), done.stderr), (0, 3, b""), "as a program")
        done = run([path], env=dict(environment, IN=capture("print.pcap")))
        equal((done.returncode, done.stdout.count(b"\n"), done.stderr), (0, 2, b""),
              "with the environment")


main(__doc__)
