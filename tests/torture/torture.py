#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""torture.py RUN_CHAINS CHAINS SOURCE [OPTION]...: captures, and damaged copies of them, through all.

    --mutants N     damaged copies of each capture (5)
    --seed S        which ones (1)
    --tools N       every N-th file goes through one of the commands, too, in turn (8)
    --captures DIR  captures under this folder alone
    --jobs N        processes (one for each processor)
    --keep DIR      where what was found is kept (build-torture, or that of the test)
    --part I/N      of the captures the I-th N-th alone
    --again FILE    this file alone, through everything

Every file goes through the chains below in a process that takes many (run_chains.c); the longest
has every component that reads, and ends in every sink. A sample goes through the commands as they
are. Wrong are: what a sanitizer reports, more than 10 seconds of a processor for each MB, a crash, an exit code
other than 0 and 1, output that is not UTF-8 or would move a terminal, JSON that is none, lines that
are not as many as the records, copies of captures that are none.
"""
import argparse
import concurrent.futures
import os
import re
import select
import shutil
import subprocess
import sys
import tempfile
import time

import judge
import mutate

EVERYTHING = (
    "$IN ! packet_meta ! flows ! dns_meta ports=all ! dns_weird ! tls_meta ja3=yes keylog=$KEYS ! "
    "quic_meta ja3=yes ! http_meta headers=yes ! reverse_dns mode=passive ! tagger ! tee "
    "[ json_lines $OUT/json ] [ packet_summary path=$OUT/summary ] "
    "[ packet_printer path=$OUT/full ] [ flow_summary path=$OUT/flows ] "
    "[ url_printer path=$OUT/urls ] [ dns_printer path=$OUT/dns ] "
    "[ fields number,packet.src,transport.dport,dns.queries.name,tls.sni,http.uri,tags,transport.data,stream.flow "
    "path=$OUT/tsv ] [ fields flow.state,http.user_agent,dns.answers.rdata,eth.src format=csv "
    "path=$OUT/csv ] [ count by=domains.dst,tls.sni path=$OUT/count ] "
    "[ count by=http.host json=yes path=$OUT/count_json ] [ pcap_writer $OUT/copy.pcapng ]")
OTHERS = (
    # As netwatch does without flows; several layers of what the longest chain has in another form.
    "$IN ! packet_meta no_reassembly=yes max_depth=3 ! dns_meta ! hello_meta ja3=yes ! "
    "reverse_dns mode=passive ! where 'tls or dns or packet.mf or len > 20' ! tagger ! "
    "json_lines $OUT/hellos",
    "merge [ $IN ] [ $IN ! packet_meta through=packet ! transport_meta ] ! pcap_writer $OUT/copy.pcap",
)
CHAINS = (EVERYTHING,) + OTHERS
COPY = next(i for i, text in enumerate(CHAINS) if text.endswith(" $OUT/copy.pcap"))
OUTPUTS = sum(text.count("$OUT/") for text in CHAINS)
COMMANDS = ("netwatch -s", "netwatch -v", "netwatch --json", "netwatch -n -s --snaplen=60",
            "flows", "flows --json --services --interim", "urlwatch", "urlwatch --json --ja3",
            "weird-dns", "weird-dns --json", "netwatch --json --lookup --resolver=127.0.0.1:1",
            "run @ ! packet_meta ! fields number,len,packet.src,packet.dst",
            "run @ ! packet_meta ! flows ! count by=packet.src,stream.flow",
            "run @ ! packet_meta ! flows ! dns_meta ! tagger ! pcap_writer copy.pcapng",
            "run @ ! pcap_writer copy.pcap", "run --stats @ ! packet_meta ! flows")
LONGEST_CPU_MS, LONGEST_WAIT = 10000, 120
GOOD = {0, -3, -4}  # fine, reading failed, the capture is damaged


class Found(Exception):
    pass


class Runner:
    """A process that takes captures, begun anew after it has ended."""

    def __init__(self, program, keys, folder):
        self.words = [program] + [text.replace("$KEYS", keys) for text in CHAINS]
        self.said = open(os.path.join(folder, "said"), "w+b")
        self.process = None

    def begin(self):
        self.said.seek(0)
        self.said.truncate()
        self.buffer = b""
        environment = dict(os.environ)
        environment["ASAN_OPTIONS"] = environment.get("ASAN_OPTIONS", "abort_on_error=1") + \
            ":quarantine_size_mb=32"
        self.process = subprocess.Popen(self.words, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=self.said, env=environment)

    def end(self):
        if self.process:
            self.process.kill()
            self.process.wait()
            self.process.stdin.close()
            self.process.stdout.close()
            self.process = None

    def fail(self, why):
        self.end()
        self.said.seek(0)
        raise Found(why + "\n" + self.said.read(6000).decode("utf-8", "replace"))

    def ask(self, line):
        """The lines of an answer, and its milliseconds."""
        if not self.process:
            self.begin()
        try:
            self.process.stdin.write(line.encode() + b"\n")
            self.process.stdin.flush()
        except BrokenPipeError:
            self.fail("the process ended")
        end = time.monotonic() + LONGEST_WAIT
        while not re.search(rb"(?m)^done \d+\n\Z", self.buffer):
            if not select.select([self.process.stdout], [], [], max(0, end - time.monotonic()))[0]:
                self.fail("it hangs: nothing for %d seconds" % LONGEST_WAIT)
            part = os.read(self.process.stdout.fileno(), 65536)
            if not part:
                self.fail("exit code %d" % self.process.wait())
            self.buffer += part
        answer, self.buffer = self.buffer.decode("utf-8", "strict").splitlines(), b""
        return answer[:-1], int(answer[-1].split()[1])


def through_chains(runner, path, folder):
    """One file through all chains of run_chains; raises what is wrong."""
    for name in os.listdir(folder):
        os.remove(os.path.join(folder, name))
    answer, took = runner.ask("%s %s" % (path, folder))
    wrong = judge.text("".join(line + "\n" for line in answer).encode())
    if wrong:
        raise Found("a sentence: " + wrong)
    statuses = [line for line in answer if not line.startswith("log ")]
    for line in statuses:
        if int(line.split()[0]) not in GOOD:
            raise Found("status " + line)
    came = dict(re.findall(r" (\w+)=(\d+)", statuses[0].split("packet_streamer:")[0]))
    copied = re.search(r" pcap_writer=(\d+)", statuses[COPY])
    wrong = judge.everything(folder, {name: int(count) for name, count in came.items()},
                             int(copied.group(1)))
    if not wrong:
        hellos = judge.read(folder, "hellos")
        wrong = judge.text(hellos) or judge.json_lines(hellos)[1]
    if wrong:
        raise Found(wrong)
    if took > LONGEST_CPU_MS * max(1, os.path.getsize(path) >> 20):
        raise Found("%d ms of a processor" % took)
    return took


def failures(said, path):
    """The sentences about the capture or its copy; those of links are warnings."""
    return re.findall(r"(?m)^[\w-]+: (?:packet_streamer: %s|pcap_writer: copy\.\w+): .+$" % re.escape(path),
                      said)


def through_command(chains, command, path, folder):
    words = command.split()
    if "@" in words:
        words[words.index("@")] = path
    else:
        words += ["-r", path]
    for name in os.listdir(folder):
        os.remove(os.path.join(folder, name))
    try:
        done = subprocess.run([chains] + words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, timeout=LONGEST_WAIT, cwd=folder)
    except subprocess.TimeoutExpired:
        raise Found("it hangs: %s" % command)
    said = done.stderr.decode("utf-8", "replace")
    wrong = None
    if done.returncode not in (0, 1) or judge.REPORT.search(said):
        wrong = "exit code %d\n%s" % (done.returncode, said[:6000])
    elif done.returncode == 1 and len(failures(said, path)) != 1:
        wrong = "exit code 1, and not one sentence that says why: %r" % said[:2000]
    wrong = wrong or judge.text(done.stdout, tabs=True) or judge.text(done.stderr)
    if not wrong and "--json" in words:
        wrong = judge.json_lines(done.stdout)[1]
    if wrong:
        raise Found("%s: %s" % (command, wrong))


class Work:
    """What one process does: captures, one after the other, each with its mutants."""

    def __init__(self, options):
        self.options = options
        self.folder = tempfile.mkdtemp(prefix="torture-")
        self.outputs = os.path.join(self.folder, "out")
        os.mkdir(self.outputs)
        self.runner = Runner(options.run_chains, options.keys, self.folder)
        self.found, self.files, self.commands, self.slowest = [], 0, 0, (0, "")

    def keep(self, path, name, why):
        os.makedirs(self.options.keep, exist_ok=True)
        kept = os.path.join(self.options.keep, name)
        shutil.copyfile(path, kept)
        self.found.append("%s\n  again: script/torture --again %s\n  %s" % (
            name, kept, why.strip().replace("\n", "\n  ")))

    def one(self, path, name, number):
        self.files += 1
        try:
            took = through_chains(self.runner, path, self.outputs)
            self.slowest = max(self.slowest, (took, name))
            if self.options.tools and number % self.options.tools == 0:
                self.commands += 1
                through_command(self.options.chains, COMMANDS[number // self.options.tools %
                                                              len(COMMANDS)], path, self.outputs)
        except Found as found:
            self.keep(path, name, str(found))
            return False
        return True

    def leaks(self, path, data, flat):
        """What was lost since it was asked last, and by which file."""
        try:
            self.runner.ask("leaks")
            return
        except Found as found:
            report = str(found)
        for number in range(self.options.mutants + 1):
            self.write(path, data, flat, number)
            try:
                self.runner.begin()
                self.runner.ask("%s %s" % (path, self.outputs))
                self.runner.ask("leaks")
            except Found as found:
                self.keep(path, "%s-%d" % (flat, number), str(found))
                return
            finally:
                self.runner.end()
        self.keep(path, flat, "a leak of several files together\n" + report)

    def write(self, path, data, flat, number):
        with open(path, "wb") as file:
            file.write(data if number == 0 else mutate.mutant(data, self.options.seed, flat, number))

    def capture(self, job):
        index, source, flat = job
        with open(source, "rb") as file:
            data = file.read()
        path = os.path.join(self.folder, "capture" + (".pcapng" if flat.endswith("ng") else ".pcap"))
        for number in range(self.options.mutants + 1):
            self.write(path, data, flat, number)
            self.one(path, flat if number == 0 else "%s-%d" % (flat, number),
                     index * (self.options.mutants + 1) + number)
        self.leaks(path, data, flat)

    def end(self):
        self.runner.end()
        shutil.rmtree(self.folder)
        return self.found, self.files, self.commands, self.slowest


def work(options, jobs, part):
    """Every `jobs`-th capture; each process takes its own."""
    one = Work(options)
    try:
        for at, job in enumerate(jobs):
            one.capture(job)
            if options.progress and at % 10 == 9:
                print("process %d: %d of %d captures, %d files, %d reports" % (
                    part, at + 1, len(jobs), one.files, len(one.found)), flush=True)
                for report in one.found:
                    print(report, flush=True)
    finally:
        result = one.end()
    return result


def captures(options):
    shared = os.path.join(os.path.dirname(options.source), "shared", "captures")
    folders = [options.captures] if options.captures else [
        os.path.join(options.source, "tests", "pcap"), shared]
    for folder in folders:
        for where, below, names in os.walk(folder):
            below[:] = sorted(name for name in below if name != "oracle")
            for name in sorted(names):
                path = os.path.join(where, name)
                if not name.endswith((".py", ".md", ".sh", ".tsv", ".txt", ".keys", "README")):
                    yield path, os.path.relpath(path, folder).replace(os.sep, "-")


def arguments():
    parser = argparse.ArgumentParser(usage=__doc__, add_help=False)
    for name in ("run_chains", "chains", "source"):
        parser.add_argument(name, type=os.path.abspath)
    parser.add_argument("--mutants", type=int, default=5)
    parser.add_argument("--seed", default="1")
    parser.add_argument("--tools", type=int, default=8)
    parser.add_argument("--captures", type=os.path.abspath)
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("--keep", type=os.path.abspath, default="build-torture")
    parser.add_argument("--part", default="0/1")
    parser.add_argument("--again", type=os.path.abspath)
    parser.add_argument("--progress", action="store_true")
    options = parser.parse_args()
    options.keys = os.path.join(options.source, "tests", "pcap", "tls.keys")
    return options


def again(options):
    """One file through everything, in one process."""
    options.mutants, options.tools = 0, 0
    one = Work(options)
    found = []
    for command in COMMANDS:
        try:
            through_command(options.chains, command, options.again, one.outputs)
        except Found as wrong:
            found.append(str(wrong))
    try:
        through_chains(one.runner, options.again, one.outputs)
        one.runner.ask("leaks")
    except Found as wrong:
        found.append(str(wrong))
    one.end()
    sys.exit("\n".join(found) or 0)


def check(options):
    """The chains are chains; else every file would say that they are not."""
    for text in CHAINS:
        done = subprocess.run(
            [options.chains, "run", "--check", "--set", "IN=" + options.keys, "--set", "OUT=" + options.source,
             "--set", "KEYS=" + options.keys, "-f", "-"], input=text.encode(),
            stderr=subprocess.PIPE)
        if done.returncode:
            sys.exit(done.stderr.decode())


def main():
    options = arguments()
    check(options)
    if options.again:
        again(options)
    part, parts = (int(number) for number in options.part.split("/"))
    jobs = [(index, path, flat) for index, (path, flat) in enumerate(captures(options))]
    jobs = jobs[part::parts]
    if len(jobs) < 30 and not options.captures and parts == 1:
        sys.exit("fewer captures than there should be")
    begin = time.monotonic()
    with concurrent.futures.ProcessPoolExecutor(options.jobs) as pool:
        results = list(pool.map(work, [options] * options.jobs,
                                [jobs[i::options.jobs] for i in range(options.jobs)],
                                range(options.jobs)))
    found = [report for result in results for report in result[0]]
    files, commands = (sum(result[i] for result in results) for i in (1, 2))
    slowest = max(result[3] for result in results)
    for report in found[:20]:
        print(report)
    print("%d captures, each with %d mutants (seed %s): %d files, through %d outputs of %d chains in "
          "one process, %d of them through a command; the slowest took %d ms (%s); %.0f s; %d reports"
          % (len(jobs), options.mutants, options.seed, files, OUTPUTS, len(CHAINS), commands,
             slowest[0], slowest[1], time.monotonic() - begin, len(found)))
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
