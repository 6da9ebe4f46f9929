#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""watches.py CHAINS NAME: what the commands on streams and flows print."""
import json
import os
import re
import shlex
import signal
import struct
import subprocess
import sys
import tempfile

from common import CHAINS, NETWATCH, DEADLINE, PLAIN, case, capture, equal, holds, run
from common import one_sentence, main


# --- the commands on streams and flows ---------------------------------------------------------------

WATCHES = ("urlwatch", "weird-dns", "flows")


def watched(name, words, source="talk.pcap"):
    done = run([CHAINS, name, "-r", capture(source)] + words)
    equal((done.returncode, done.stderr), (0, b""), "exit code and stderr of %s %r" % (name, words))
    return done.stdout.decode().splitlines()


def watched_json(name, words, source="talk.pcap"):
    """Its JSON lines, which hold to the schema where that can be checked."""
    lines = [json.loads(line) for line in watched(name, ["--json"] + words, source)]
    try:
        import jsonschema
    except ImportError:
        return lines
    schema = json.loads(run([CHAINS, "schema"]).stdout)
    holds_to = jsonschema.Draft202012Validator(schema)
    for line in lines:
        for error in holds_to.iter_errors(line):
            sys.exit("%s: %s in %r" % (name, error.message[:300], line))
    return lines


def without_time(lines):
    holds(all(re.match(r"20[0-9-]{8} [0-9:]{8}(\.[0-9]{6})? - ", line) for line in lines), "times")
    return [line.split(" - ", 1)[1] for line in lines]


@case
def watch_help():
    """One help for what they have in common, and a text of their own."""
    common = run(NETWATCH + ["--help"]).stdout.decode()
    options = re.findall(r"(?m)^  (-\w, --[\w-]+|    --[\w-]+)", common)
    holds(len(options) > 15, "options: %r" % options)
    for name in WATCHES:
        texts = {run([CHAINS] + words).stdout for words in (
            [name, "--help"], [name, "-h"], [name, "-n", "--help", "--nonsense"])}
        equal(len(texts), 1, "texts of help")
        text = texts.pop().decode()
        for option in set(options) - {"-s, --summary", "-v, --verbose", "    --keylog"}:
            holds(option in text, "%s has %r" % (name, option))
        holds(re.search(r"\nusage: (chains )?%s \[-i INTERFACE" % name, text), "a line of use")
        equal(max(len(line) for line in text.split("\n")) <= 95, True, "lines are short")
        holds("\n  %-12s " % name in run([CHAINS, "--help"]).stdout.decode(), "it is listed")
        for line in re.findall(r"(?m)^  ((?:chains )?%s .*-r capture.pcap.*)$" % name, text):
            words = shlex.split(line.split("   ")[0].replace("capture.pcap", capture("talk.pcap")))
            words = words[words.index(name):]
            equal(run([CHAINS] + words).returncode, 0, "exit code of %r" % line)
        equal(run([CHAINS, name, "-V"]).stdout, run([CHAINS, "--version"]).stdout, "version")
        equal(run([CHAINS, name, "-D"]).stdout, run(NETWATCH + ["-D"]).stdout, "interfaces")
    for name in ("urlwatch", "weird-dns"):
        equal(run([CHAINS, "help", name]).stdout, run([CHAINS, name, "--help"]).stdout, "help")
    holds(b"`chains flows --help`" in run([CHAINS, "help", "flows"]).stdout, "both flows")


@case
def watch_usage():
    """What is wrong is said as by netwatch, in the command's name."""
    talk = ["-r", capture("talk.pcap")]
    wrong = (["--jsno"], ["-v"], ["-c", "0"], ["--json=1"], ["-i", "lo"], ["-n", "--lookup"],
             ["--color=blue"], ["no-such-file.pcap"], ["-f", "udp", "tcp"], ["-c"],
             ["--local=10.0.0.0/33"])
    for name in WATCHES:
        for words in wrong:
            done = run([CHAINS, name] + talk + words)
            one_sentence(done, 2, name + ": ")
            equal(done.stdout, b"", "stdout")
            if words != ["-v"]:
                said = run(NETWATCH + talk + words).stderr.decode()
                if words != ["--local=10.0.0.0/33"]:  # who finds it differs
                    equal(done.stderr.decode(), said.replace("netwatch", name, 1), "the sentence")
        marked = ["tcp", "prot", "80"]  # a sentence with a mark under the fault
        equal(run([CHAINS, name] + talk + marked).stderr.decode(),
              run(NETWATCH + talk + marked).stderr.decode().replace("netwatch", name, 1), "the mark")
        one_sentence(run([CHAINS, name, "-r", "no-such-file.pcap"]), 1, "no-such-file.pcap")
        one_sentence(run([CHAINS, name, "-r", capture("not-a-capture.pcap")]), 1, "not-a-capture")
        one_sentence(run([CHAINS, name, capture("talk.pcap")]), 2, "to read a capture: -r ")
    one_sentence(run([CHAINS, "flows"] + talk + ["--interm"]), 2, "did you mean --interim?")
    one_sentence(run([CHAINS, "urlwatch"] + talk + ["--services"]), 2, "unknown option --services")
    one_sentence(run([CHAINS, "weirddns"]), 2, "did you mean weird-dns?")


@case
def watch_by_name():
    with tempfile.TemporaryDirectory() as folder:
        for link, name in (("urlwatch", "urlwatch"), ("weird_dns", "weird-dns")):
            path = os.path.join(folder, link)
            os.symlink(CHAINS, path)
            words = ["-r", capture("talk.pcap")]
            equal(run([path] + words).stdout, run([CHAINS, name] + words).stdout, "output")
            one_sentence(run([path, "--nonsense"]), 2, name + ": ")
        equal(run([CHAINS, "weird_dns"] + words).stdout, run([CHAINS, "weird-dns"] + words).stdout,
              "with a line below, too")


CLIENT, SERVER = "192.168.1.9(LOCAL)", "203.0.113.80(documentation)"
URLS = [
    "--> GET http://www.example.com/index.html?q=a%20b  [check/1.0]",
    "<-- 200 OK text/html 1500 bytes (1.2ms) http://www.example.com/index.html?q=a%20b",
    "--> POST http://www.example.com/form  [\\x1b[31mred\\xff]",
    "<-- 302 Found 0 bytes (1.2ms) http://www.example.com/form",
    "--> GET http://www.example.com:8080/first",
    "--> GET http://www.example.com:8080/second",
    "<-- 200 OK 9 bytes (1.2ms) http://www.example.com:8080/first",
    "<-- 404 Not Found text/plain 4 bytes (1.2ms) http://www.example.com:8080/second",
    "--> POST http://www.example.com:8080/two WEIRD: ['smuggling', 'length_and_chunked']",
]


@case
def urlwatch_lines():
    want = ["%s %s %s %s" % (CLIENT, line[:3], SERVER, line[4:]) for line in URLS]
    equal(without_time(watched("urlwatch", [])), want, "lines")
    bare = [line.replace("(LOCAL)", "").replace("(documentation)", "") for line in want]
    equal(without_time(watched("urlwatch", ["-n"])), bare, "lines without names")
    equal(without_time(watched("urlwatch", ["port", "8080"])), want[4:], "lines of one port")
    equal(watched("urlwatch", ["--color=always"])[0].count("\x1b[36m"), 2, "colours")
    equal(watched("urlwatch", [], "tags.pcap"), [], "lines where there is no HTTP")


@case
def urlwatch_json():
    lines = watched_json("urlwatch", [])
    equal([line["number"] for line in lines], [18, 21, 22, 23, 30, 31, 32], "packets")
    messages = [message for line in lines for message in line["http"]]
    equal([message["kind"][:3] for message in messages],
          ["req" if line.startswith("-->") else "res" for line in URLS], "kinds")
    equal([message.get("status") for message in messages if message["kind"] == "response"],
          [200, 302, 200, 404], "status")
    equal(messages[0]["uri"], "/index.html?q=a%20b", "as sent")
    holds(all("tags" in line and "stream" in line for line in lines), "all layers")
    holds(b"secret" not in run([CHAINS, "urlwatch", "--json", "-r", capture("talk.pcap")]).stdout,
          "no cookies")


TLS = [
    "--> TLS mail.example.com  t13d311000_e8f1e7e78f70_1f22a2ca17c4",
    "<-- TLS mail.example.com certificate: expired, other_name (O=Chains,CN=old.example.net, until 2021-01-01)",
    "<-- TLS 1.2 TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384 (TOOK) mail.example.com",
    "--> TLS www.example.com  [h2,http/1.1] t13d3111h2_e8f1e7e78f70_1f22a2ca17c4",
    "<-- TLS 1.3 TLS_AES_256_GCM_SHA384 (TOOK) www.example.com",
    "--> TLS api.example.com:8443  t13d311000_e8f1e7e78f70_1f22a2ca17c4",
    "<-- TLS 1.3 TLS_AES_256_GCM_SHA384 (TOOK) api.example.com:8443",
    "--> TLS refused.example.com  t12d280700_d943125447b4_e7e480e5a997",
    "<-- TLS refused.example.com alert: protocol_version",
    "--> TLS mail.example.com:2500 (smtp)  t13d311000_e8f1e7e78f70_1f22a2ca17c4",
    "<-- TLS 1.3 TLS_AES_256_GCM_SHA384 (TOOK) mail.example.com:2500",
    "--> QUIC quic.example.com  [h3] q13d0415h3_9caa18292e23_84684a673e38",
    "<-- QUIC TLS_AES_128_GCM_SHA256 (TOOK) quic.example.com",
]
INSIDE = [
    "<-- TLS 1.3 TLS_AES_256_GCM_SHA384 http/1.1 (TOOK) www.example.com",
    "--> GET https://www.example.com/inside?a=b",
    "<-- 200 ok text/html 5254 bytes (TOOK) https://www.example.com/inside?a=b",
]


def tls_lines(words):
    """Without addresses, and without what a recording differs in."""
    return [re.sub(r"\([0-9.]+[mu]s\)", "(TOOK)", re.sub(r"^(\S+) (...) (\S+)", r"\2", line))
            for line in without_time(watched("urlwatch", words, "tls.pcap"))]


@case
def urlwatch_tls():
    """TLS and QUIC as lines; with keys the requests inside, as https."""
    keys = "--keylog=" + capture("tls.keys")
    equal(tls_lines(["-n"]), TLS, "lines")
    equal(tls_lines(["-n", keys]), TLS[:4] + INSIDE + TLS[5:], "lines with keys")
    equal(tls_lines(["-n", keys, "udp"]), TLS[-2:], "lines of QUIC")
    prints = [line.split()[-1] for line in watched("urlwatch", ["--ja3"], "tls.pcap")
              if " --> " in line]
    holds(len(prints) == 6 and all(re.fullmatch("[0-9a-f]{32}", one) for one in prints), "JA3")
    holds(any("\x1b[33m certificate" in line for line in watched(
        "urlwatch", ["--color=always"], "tls.pcap")), "colours of trouble")
    one_sentence(run([CHAINS, "urlwatch", "--keylog=", "-r", capture("tls.pcap")]), 2, "--keylog")
    one_sentence(run(NETWATCH + ["--keylog=x", "-r", capture("tls.pcap")]), 2, "for --json")


def keyed(log, name=capture("tls.pcap"), **more):
    """urlwatch with this key log: how it ended, and its lines."""
    done = run([CHAINS, "urlwatch", "-n", "--keylog=" + log, "-r", name], **more)
    return done, done.stdout.decode().splitlines()


@case
def key_logs():
    """One that is of no use is not silent; a last line without an end counts, and so on."""
    with open(capture("tls.keys"), encoding="ascii") as file:
        keys = file.read()
    with open(capture("tls.pcap"), "rb") as file:
        packets = file.read()
    want = keyed(capture("tls.keys"))[1]
    holds(any("https://www.example.com/inside" in line for line in want), "opened")
    with tempfile.TemporaryDirectory() as folder:
        def log(data):
            path = os.path.join(folder, "keys")
            with open(path, "wb") as file:
                file.write(data)
            return path

        secrets = [line for line in keys.splitlines() if line and line[0] != "#"]
        for name, data in (("no end", "\n".join(secrets)), ("a mark", "\ufeff" + "\n".join(secrets)),
                           ("CR LF", "\r\n".join(secrets))):
            for order in (data, data.replace(secrets[0], "X").replace(
                    secrets[-1], secrets[0]).replace("X", secrets[-1])):
                done, lines = keyed(log(order.encode()))
                equal(lines, want, name)
                equal(done.stderr, b"", name)
        missing = os.path.join(folder, "missing")
        done, lines = keyed(missing)
        one_sentence(done, 1, "cannot read the key log " + missing)
        equal(lines, [], "nothing before the key log is there")
        one_sentence(keyed(folder)[0], 1, "not a regular file")
        one_sentence(keyed("-")[0], 2, "standard input")
        plain = len(TLS)
        for data in (b"\x00\xfejunk" * 100, b"CLIENT_RANDOM 12\n", packets, keys.encode("utf-16")):
            done, lines = keyed(log(data))
            one_sentence(done, 0, "no key was found")
            equal(len(lines), plain, "lines without keys")
        for data in (b"", b"# nothing yet\n"):
            done, lines = keyed(log(data))
            equal((done.returncode, done.stderr, len(lines)), (0, b"", plain), "an empty one")
        # Through a pipe it may come while packets do.
        with subprocess.Popen(["cat", capture("tls.pcap")], stdout=subprocess.PIPE) as cat:
            done, lines = keyed(missing, "-", stdin=cat.stdout)
        one_sentence(done, 0, "was never there")
        equal(len(lines), plain, "lines without a key log")


@case
def urlwatch_tls_json():
    """Records with TLS or HTTP alone; those of netwatch have them, too."""
    lines = watched_json("urlwatch", ["--keylog", capture("tls.keys")], "tls.pcap")
    holds(all("tls" in line or "http" in line for line in lines), "nothing else")
    names = [one.get("sni") for line in lines for one in line.get("tls", ())
             if one["handshake"] == "client_hello" and not one.get("retry")]
    equal(names, [line.split()[2].partition(":")[0] for line in TLS if line[:3] == "-->"], "names")
    all_lines = [json.loads(line) for line in run(NETWATCH + [
        "--json", "-r", capture("tls.pcap"), "--keylog", capture("tls.keys")]).stdout.splitlines()]
    equal([line[layer] for layer in ("tls", "http") for line in all_lines if layer in line],
          [line[layer] for layer in ("tls", "http") for line in lines if layer in line], "netwatch")


@case
def weird_dns_lines():
    lines = without_time(watched("weird-dns", []))
    equal(len(lines), len(watched_json("weird-dns", [])), "as many lines as JSON")
    holds(any("zero.example.com" in line and "zero_bit" in line for line in lines), "the zero bit")
    holds(any("tunnel.example.org" in line for line in lines), "the long name")
    holds(not any(" www.example.com" in line for line in lines), "nothing else")
    equal(watched("weird-dns", [], "tags.pcap"), [], "lines where there is no DNS")
    for line in watched_json("weird-dns", []):
        holds("dns" in line and line["weird"] and all(one["name"] for one in line["weird"]),
              "what is weird in %r" % line)


FLOWS = [
    "TCP 192.168.1.9(LOCAL):50101 --> 203.0.113.80(documentation):80 SF 13.7ms 6/6 pkts "
    "193/1639 bytes http ",
    "TCP 192.168.1.9(LOCAL):50102 --> 203.0.113.80(documentation):8080 RSTR 7.5ms 4/3 pkts "
    "205/146 bytes http ",
    "TCP 192.168.1.9(LOCAL):50103 --> 8.8.8.8:53 SF 8.7ms 5/3 pkts 70/114 bytes dns ",
    "TCP [2001:db8:1::9](documentation):50104 --> [2001:db8:80::80](documentation):80 REJ "
    "1.2ms 1/1 pkts 0/0 bytes ",
    "UDP 192.168.1.9(LOCAL):40100 --> 8.8.8.8:53 SF 1.2ms 1/1 pkts 33/49 bytes dns ",
    "UDP 192.168.1.9(LOCAL):40101 --> 192.0.2.53(documentation):53 S0 0ns 1/0 pkts 37/0 bytes "
    "dns ",
    "ICMP 192.168.1.9(LOCAL) --> 203.0.113.80(documentation) type 8 1.2ms 1/1 pkts 32/32 bytes ",
]


@case
def flows_lines():
    """Every flow once; what it carries where that was asked for."""
    lines = without_time(watched("flows", ["--services"]))
    equal(len(lines), 10, "flows: %r" % lines)
    for want in FLOWS:
        equal(sum(line.startswith(want) for line in lines), 1, "%r in %r" % (want, lines))
    holds(all(line.split()[-1] in ("fin", "rst", "idle", "input") for line in lines), "ends")
    plain = without_time(watched("flows", []))
    equal([re.sub(" bytes http ", " bytes ", line) for line in lines], plain, "without services")
    equal(len(watched("flows", ["-n", "port", "53"])), 5, "of one port")


@case
def flows_json():
    lines = watched_json("flows", ["--services"])
    equal(len(lines), 10, "flows")
    holds(not any("number" in line or "len" in line for line in lines), "they are no packets")
    holds(all(line["flow"]["community_id"].startswith("1:") for line in lines), "Community IDs")
    one = next(line for line in lines if line["flow"].get("sport") == 50101)["flow"]
    equal((one["orig"]["bytes"], one["resp"]["bytes"], one["service"], one["state"], one["end"]),
          (193, 1639, "http", "SF", "fin"), "the first page")
    equal(sum(line["flow"]["orig"]["packets"] + line["flow"]["resp"]["packets"] for line in lines), 38,
          "packets of all")
    equal([dict(line["flow"], service=None) for line in watched_json("flows", [])],
          [dict(line["flow"], service=None) for line in lines], "without services")


@case
def flows_interim():
    """A flow of 1000 s: one record at its end, and with --interim one every 300 s before that."""
    with open(capture("demo.pcap"), "rb") as source:
        data = source.read()
    records, at = [], 24
    while at < len(data):
        size = struct.unpack("<I", data[at + 8:at + 12])[0]
        records.append(data[at:at + 16 + size])
        at += 16 + size
    udp = next(record for record in records if b"a packet of VLAN" in record)
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "long.pcap")
        with open(path, "wb") as out:
            out.write(data[:24])
            for second in range(0, 1001, 20):
                out.write(struct.pack("<I", 1700000000 + second) + udp[4:])
        last = watched("flows", [], path)
        equal(len(last), 1, "lines: %r" % last)
        holds(" 1000s 51/0 pkts " in last[0] and last[0].endswith(" input"), last[0])
        lines = watched("flows", ["--interim"], path)
        equal([line.split()[-1] for line in lines], ["active"] * 3 + ["input"], "ends")
        equal(lines[-1], last[0], "the last one counts all")
        parts = [line["flow"]["part"] for line in watched_json("flows", ["--interim"], path)]
        equal(parts, [1, 2, 3, 4], "parts")


@case
def watch_output():
    """Full disks, signals and statistics are netwatch's."""
    for name in WATCHES:
        for words in ([], ["--json"]):
            with open("/dev/full", "wb") as full:
                done = run([CHAINS, name, "-r", capture("talk.pcap")] + words, stdout=full)
            one_sentence(done, 1, "No space left on device")
        watch = subprocess.Popen([CHAINS, name, "-r", "-"], stdin=subprocess.PIPE, env=PLAIN,
                                 stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        with open(capture("talk.pcap"), "rb") as source:
            watch.stdin.write(source.read())
        watch.stdin.flush()
        first = watch.stdout.readline()  # while the capture has not ended
        holds(first.startswith(b"2024-01-02 "), "a line while it waits: %r" % first)
        watch.send_signal(signal.SIGINT)
        equal(watch.wait(DEADLINE), 0, "exit code")
        rest = watch.stdout.read().decode().splitlines()
        equal(watch.stderr.read().decode(), "%s: 38 packets\n" % name, "statistics")
        equal(sorted([first.decode()[:-1]] + rest), sorted(watched(name, [])), "all lines")


@case
def netwatch_json_layers():
    """Every layer, on the packet that completes the message; a line for each packet."""
    lines = watched_json("netwatch", [])
    packets = [line for line in lines if "len" in line]
    equal([line["number"] for line in packets], list(range(1, 39)), "packets")
    equal([line["number"] for line in lines if "http" in line], [18, 21, 22, 23, 30, 31, 32], "HTTP")
    equal([line["number"] for line in lines if "dns" in line], [1, 2, 3, 4, 5, 6, 10, 10, 11, 11],
          "DNS")
    holds(all("stream" in line for line in packets), "streams")
    holds(not any("flow" in line for line in lines), "no flows")
    events = [line for line in lines if "len" not in line]
    equal([(line["number"], line["dns"]["queries"][0]["name"]) for line in events],
          [(10, "two.example.com"), (11, "two.example.com")], "further messages")
    holds(all("rtt" in line["dns"] for line in lines if line.get("dns", {}).get("qr")), "joined")
    equal(len(watched("netwatch", [])), 38, "lines of text")


@case
def netwatch_server_names():
    """Names of servers from what clients ask for, without flows; an address of the net at large."""
    with open(capture("tls.pcap"), "rb") as file:
        data = file.read().replace(bytes([203, 0, 113, 80]), bytes([8, 8, 8, 8]))
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "tls.pcap")
        with open(path, "wb") as file:
            file.write(data)

        def named(words):
            text = run(NETWATCH + words + ["-r", path]).stdout.decode()
            found = re.findall(r"8\.8\.8\.8\(([^)]*)\)", text)
            return [name for i, name in enumerate(found) if i == 0 or found[i - 1] != name]

        asked = [line.split()[2].partition(":")[0] for line in TLS if line[:3] == "-->"]
        equal(named(["-s"]), asked, "names")
        equal(named(["-s", "-n"]), [], "names with -n")
        with_flows, without = (set(run(
            [CHAINS, "run", path, "!", "packet_meta", *("! " + links).split(), "!", "where",
             'tls.handshake == "client_hello"', "!", "fields", "packet.dst,tls.sni,tls.ja4"]
        ).stdout.splitlines()) for links in (
            "flows only=packets ! tls_meta ! quic_meta", "hello_meta"))
        equal(without, with_flows, "hellos")
        equal(len(without), len(set(asked)) + 1, "hellos there, and the names of the columns")


main(__doc__)
