#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""shared.py compare|dns TOOL SOURCE: many captures of others, where they lie beside the
project, in ../shared/captures; skipped (77) where they do not. TOOL is netwatch, or chains for dns.

    compare   four folders against tshark's facts that lie with them: 99.9 % of every field of
              the headers, differences with a known reason (allow.tsv) at most 0.5 %
    dns       two folders, the DNS messages: 99.5 % of every field, of which none has to be allowed;
              the others each have their reason (allow.tsv)
"""
import concurrent.futures
import json
import os
import re
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
TOOL, SOURCE = (os.path.abspath(path) for path in sys.argv[2:4])
SHARED = os.path.join(os.path.dirname(SOURCE), "shared", "captures")
FOLDERS = ("proto", "link", "format", "malformed")
FIELDS = "number,timestamp,caplen,len,present,eth,packet,transport"
MOST_ALLOWED = 0.5
DNS_FOLDERS = ("proto", "link")
DNS_CHAIN = "! packet_meta ! flows only=packets ! dns_meta ! json_lines".split()
DNS_LEAST = 99.5
# Types that compare.py does not know by name (IANA's registry).
DNS_TYPES = {
    "WKS": 11, "MINFO": 14, "RP": 17, "SIG": 24, "KEY": 25, "LOC": 29, "NXT": 30, "DNAME": 39,
    "SSHFP": 44, "NSEC3": 50, "NSEC3PARAM": 51, "TLSA": 52, "CDS": 59, "CDNSKEY": 60,
    "OPENPGPKEY": 61, "SPF": 99, "TKEY": 249, "TSIG": 250, "IXFR": 251, "URI": 256, "CAA": 257}


def captures(folders):
    for folder in folders:
        for name in sorted(os.listdir(os.path.join(SHARED, folder))):
            yield folder, name, os.path.join(SHARED, folder, name)


def to_json(job):
    path, out = job
    with open(out, "wb") as file:
        subprocess.run([TOOL, "--json", "-n", "-r", path], stdout=file,
                       stderr=subprocess.DEVNULL, timeout=60)


def compare():
    compared = known = 0
    bad = False
    with tempfile.TemporaryDirectory() as folder, \
            concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for name in FOLDERS:
            os.mkdir(os.path.join(folder, name))
        list(pool.map(to_json, [(path, os.path.join(folder, where, name + ".jsonl"))
                                for where, name, path in captures(FOLDERS)]))
        for name in FOLDERS:
            done = subprocess.run(
                [sys.executable, os.path.join(SHARED, "compare.py"), "--all", "--layer", "inner",
                 "--only", FIELDS, "--min", "99.9", "--allow", os.path.join(HERE, "allow.tsv"),
                 os.path.join(SHARED, "oracle", name), os.path.join(folder, name)],
                stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
            text = done.stdout.decode()
            print("== %s\n%s" % (name, text))
            bad = bad or done.returncode != 0
            for _, total in re.findall(r"^\S+ +(\d+) of +(\d+) +[\d.]+ %", text, re.M):
                compared += int(total)
            known += sum(map(int, re.findall(r"(\d+) differences allowed by name", text)))
    print("%d comparisons, %d differences with a known reason" % (compared, known))
    if compared < 50000:
        sys.exit("fewer comparisons than there should be")
    if known > compared * MOST_ALLOWED / 100:
        sys.exit("too many differences are said to have a reason")
    sys.exit(1 if bad else 0)


def unescaped(name):
    """The name as tshark shows it: bytes, where they are UTF-8."""
    raw = re.sub(rb"\\(\d\d\d|.)", lambda match: bytes([int(match.group(1))])
                 if len(match.group(1)) == 3 else match.group(1),
                 name.encode())
    return raw.decode("utf-8", "replace")


def dns_record(record):
    """A record as compare.py has them: of MX, which has two parts, the name."""
    kind, data = record["type"], record.get("rdata", "")
    if kind == "MX":
        data = data.split(" ")[-1]
    return {"type": DNS_TYPES.get(kind, kind), "rdata": unescaped(data)}


def dns_facts(record):
    """The layer as compare.py reads it; tshark's fields are of all three sections at once."""
    dns = record["dns"]
    sections = ("answers", "authorities", "additionals")
    return dict(
        dns, queries=[{"name": unescaped(query["name"]),
                       "type": DNS_TYPES.get(query["type"], query["type"])}
                      for query in dns.get("queries", [])],
        answers={name: [dns_record(item) for item in dns.get(name, [])] for name in sections})


def dns_to_json(job):
    """Of several messages in one packet compare.py knows nothing: the layer is left out."""
    path, out = job
    done = subprocess.run([TOOL, "run", path] + DNS_CHAIN, stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL, timeout=60)
    records = [json.loads(line) for line in done.stdout.splitlines()]
    messages = {}
    for record in records:
        if "dns" in record and not record["dns"].get("unanswered"):
            messages.setdefault(record["number"], []).append(record)
    with open(out, "w") as file:
        for record in records:
            if "endpoints" in record or "number" not in record:
                continue
            if len(messages.get(record["number"], [])) == 1 and "dns" in record:
                record["dns"] = dns_facts(record)
            else:
                record.pop("dns", None)
            file.write(json.dumps(record) + "\n")


def dns_part(folder, name, options):
    """What compare.py says of one folder."""
    done = subprocess.run(
        [sys.executable, os.path.join(SHARED, "compare.py"), "--all", "--layer", "inner",
         "--only", "dns", "--show", "60"] + options +
        [os.path.join(SHARED, "oracle", name), os.path.join(folder, name)],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    return done.stdout.decode()


def dns():
    bad, messages = False, 0
    with tempfile.TemporaryDirectory() as folder, \
            concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for name in DNS_FOLDERS:
            os.mkdir(os.path.join(folder, name))
        list(pool.map(dns_to_json, [(path, os.path.join(folder, where, name + ".jsonl"))
                                    for where, name, path in captures(DNS_FOLDERS)]))
        count = {}
        for name in DNS_FOLDERS:
            for field, same, total in re.findall(r"^(dns\.\S+) +(\d+) of +(\d+) ",
                                                 dns_part(folder, name, []), re.M):
                before = count.get(field, (0, 0))
                count[field] = (before[0] + int(same), before[1] + int(total))
            text = dns_part(folder, name, ["--allow", os.path.join(HERE, "allow.tsv"),
                                           "--min", "100"])
            print("== %s\n%s" % (name, text))
            bad = bad or "first differences" in text or " 0 missing in ours" not in text
    for field, (same, total) in sorted(count.items()):
        agreement = 100.0 * same / total
        print("%-18s %5d of %5d %8.3f %%, nothing allowed" % (field, same, total, agreement))
        bad = bad or agreement < DNS_LEAST
        messages = max(messages, total)
    if messages < 900:
        sys.exit("fewer messages than there should be")
    sys.exit(1 if bad else 0)


if not os.path.exists(os.path.join(SHARED, "compare.py")):
    print("skipped: there are no captures beside the project (../shared/captures)")
    sys.exit(77)
{"compare": compare, "dns": dns}[sys.argv[1]]()
