#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""compare.py NETWATCH [CAPTURE]...: netwatch --json beside `tshark -T fields`.

Without captures, all of tests/pcap that tshark can read. Every field of the map below is
compared, packet by packet; tshark is asked at the time of the test. Differences with a known
reason stand in allow.tsv (capture, packet, field, reason; shell patterns). Conventions: the
innermost IP header that no ICMP error quotes is the packet, the transport belongs to it, and the
transport of a piece of an IP packet is not compared, as tshark shows it on the last piece.
Skipped (77) where tshark is missing.
"""
import fnmatch
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
CAPTURES = os.path.join(HERE, "..", "pcap")
NOT_READ = {"empty.pcap", "not-a-capture.pcap", "cut-header.pcap"}
FIELDS = """frame.number frame.time_epoch frame.cap_len frame.len frame.protocols eth.src eth.dst
eth.type eth.len vlan.id vlan.etype ip.src ip.dst ip.ttl ip.len ip.flags.df ip.flags.mf
ip.frag_offset ipv6.src ipv6.dst ipv6.hlim ipv6.plen ipv6.fraghdr.offset arp.opcode
arp.src.proto_ipv4 arp.dst.proto_ipv4 arp.src.hw_mac tcp.srcport tcp.dstport tcp.flags tcp.seq_raw
tcp.ack_raw tcp.window_size_value udp.srcport udp.dstport udp.length icmp.type icmp.code
icmpv6.type icmpv6.code sctp.srcport sctp.dstport""".split()
TCP_FLAGS = "fin syn rst psh ack urg ece cwr".split()
TRANSPORTS = {"tcp": "TCP", "udp": "UDP", "icmp": "ICMP", "icmpv6": "ICMP6", "sctp": "SCTP",
              "igmp": "IGMP", "esp": "ESP", "ospf": "OSPF", "vrrp": "VRRP"}
# The last field of each fixed header: without it the header was cut, and there is no layer.
LAST = {"ip": "ip.dst", "ipv6": "ipv6.dst", "arp": "arp.dst.proto_ipv4",
        "tcp": "tcp.window_size_value", "udp": "udp.length", "sctp": "sctp.dstport",
        "icmp": "icmp.code", "icmpv6": "icmpv6.code"}
ARP_WORDS = {"request": 1, "reply": 2}
LEAST = 99.9


def tshark(capture):
    with tempfile.TemporaryDirectory() as home:
        command = ["tshark", "-n", "-r", capture, "-T", "fields", "-E", "header=n", "-E",
                   "separator=/t", "-E", "occurrence=a", "-E", "aggregator=|", "-E", "quote=n"]
        for field in FIELDS:
            command += ["-e", field]
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                              env={"PATH": os.environ["PATH"], "HOME": home, "TZ": "UTC",
                                   "LC_ALL": "C.UTF-8"}, timeout=120)
    rows = []
    for line in done.stdout.decode("utf-8", "replace").splitlines():
        values = line.split("\t")
        rows.append({field: value.split("|") if value else []
                     for field, value in zip(FIELDS, values)})
    return rows


def number(text):
    return int(text, 16) if text.startswith("0x") else int(text)


def at(row, field, index):
    values = row[field]
    return values[index] if -len(values) <= index < len(values) else None


def numeric(row, field, index):
    value = at(row, field, index)
    return None if value is None else number(value)


def before_quotes(protocols):
    """The headers that are really there: an ICMP message ends them."""
    for place, name in enumerate(protocols):
        if name in ("icmp", "icmpv6"):
            return protocols[:place + 1]
    return protocols


def flags(value):
    return sorted(name for bit, name in enumerate(TCP_FLAGS) if value >> bit & 1)


def facts_of_packet(row, protocols, facts):
    """The innermost IP header; returns whether it is a piece of a packet, or was cut."""
    last = [name for name in protocols if name in ("ip", "ipv6")][-1]
    index = protocols.count(last) - 1
    if at(row, LAST[last], index) is None:
        facts["packet.type"] = None
        return True
    facts["packet.type"] = "IP" if last == "ip" else "IP6"
    facts["packet.src"] = at(row, last + ".src", index)
    facts["packet.dst"] = at(row, last + ".dst", index)
    if last == "ipv6":
        facts["packet.ttl"] = numeric(row, "ipv6.hlim", index)
        facts["packet.len"] = numeric(row, "ipv6.plen", index)
        return bool(row["ipv6.fraghdr.offset"])
    facts["packet.ttl"] = numeric(row, "ip.ttl", index)
    facts["packet.len"] = numeric(row, "ip.len", index)
    facts["packet.df"] = bool(numeric(row, "ip.flags.df", index))
    facts["packet.mf"] = bool(numeric(row, "ip.flags.mf", index))
    facts["packet.offset"] = numeric(row, "ip.frag_offset", index) or 0
    return facts["packet.mf"] or facts["packet.offset"] > 0


def facts_of_transport(row, protocols, facts):
    inner = max(i for i, name in enumerate(protocols) if name in ("ip", "ipv6"))
    names = [name for name in protocols[inner:] if name in TRANSPORTS]
    if not names:
        facts["transport.type"] = None
        return
    name = names[0]
    index = protocols.count(name) - 1
    if name in LAST and at(row, LAST[name], 0 if name.startswith("icmp") else index) is None:
        facts["transport.type"] = None
        return
    facts["transport.type"] = TRANSPORTS[name]
    if name in ("tcp", "udp", "sctp"):
        facts["transport.sport"] = numeric(row, name + ".srcport", index)
        facts["transport.dport"] = numeric(row, name + ".dstport", index)
    if name == "tcp":
        facts["transport.flags"] = flags(numeric(row, "tcp.flags", index))
        facts["transport.seq"] = numeric(row, "tcp.seq_raw", index)
        facts["transport.ack"] = numeric(row, "tcp.ack_raw", index)
        facts["transport.window"] = numeric(row, "tcp.window_size_value", index)
    elif name == "udp":
        facts["transport.len"] = numeric(row, "udp.length", index)
    elif name in ("icmp", "icmpv6"):
        facts["transport.icmp_type"] = numeric(row, name + ".type", 0)
        facts["transport.icmp_code"] = numeric(row, name + ".code", 0)


def facts_of(row):
    protocols = before_quotes((row["frame.protocols"] or [""])[0].split(":"))
    facts = {
        "number": numeric(row, "frame.number", 0),
        "timestamp": at(row, "frame.time_epoch", 0),
        "caplen": numeric(row, "frame.cap_len", 0),
        "len": numeric(row, "frame.len", 0),
    }
    if "eth" in protocols[:2] or row["eth.src"] and protocols[0] == "eth":
        facts["eth.src"], facts["eth.dst"] = at(row, "eth.src", 0), at(row, "eth.dst", 0)
        facts["eth.vlan"] = [number(tag) for tag in row["vlan.id"]] or None
        if row["vlan.etype"] and row["eth.type"]:
            facts["eth.type"] = number(row["vlan.etype"][-1])
        elif row["eth.type"]:
            facts["eth.type"] = numeric(row, "eth.type", 0)
    if "ip" in protocols or "ipv6" in protocols:
        if not facts_of_packet(row, protocols, facts):
            facts_of_transport(row, protocols, facts)
    elif "arp" in protocols and row[LAST["arp"]]:
        facts["packet.type"] = "ARP"
        facts["packet.src"] = at(row, "arp.src.proto_ipv4", 0)
        facts["packet.dst"] = at(row, "arp.dst.proto_ipv4", 0)
        facts["packet.op"] = numeric(row, "arp.opcode", 0)
        facts["packet.src_mac"] = at(row, "arp.src.hw_mac", 0)
    else:
        facts["packet.type"] = None
    return facts


def value_of(record, field):
    """The same field of a JSON line."""
    value = record
    for word in field.split("."):
        value = value.get(word) if isinstance(value, dict) else None
    if field == "transport.flags" and value is not None:
        return sorted(value)
    if field == "packet.op":
        return ARP_WORDS.get(value, value)
    return value


def time_of(text):
    """ISO 8601 as seconds with nine digits, through no floating point."""
    import calendar
    match = re.match(r"(\d+)-(\d+)-(\d+)T(\d+):(\d+):(\d+)\.(\d+)Z$", text)
    seconds = calendar.timegm(tuple(int(part) for part in match.groups()[:6]))
    return "%d.%s" % (seconds, match.group(7).ljust(9, "0"))


def allowed():
    with open(os.path.join(HERE, "allow.tsv")) as lines:
        return [line.rstrip("\n").split("\t") for line in lines
                if line.strip() and not line.startswith("#")]


def is_allowed(rules, capture, packet, field):
    return any(fnmatch.fnmatchcase(capture, rule[0]) and fnmatch.fnmatchcase(str(packet), rule[1])
               and fnmatch.fnmatchcase(field, rule[2]) for rule in rules)


def compare(netwatch, capture, rules, count):
    name = os.path.basename(capture)
    done = subprocess.run([netwatch, "--json", "-n", "-r", capture], stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL, timeout=120)
    records = [json.loads(line) for line in done.stdout.splitlines()]
    records = [record for record in records if "len" in record]  # events are no packets
    rows = tshark(capture)
    if not rows and name != "no-packets.pcap":
        sys.exit("tshark says nothing of " + name)
    if len(records) != len(rows):
        sys.exit("%s: %d packets, %d in tshark" % (name, len(records), len(rows)))
    for record, row in zip(records, rows):
        for field, want in facts_of(row).items():
            got = value_of(record, field)
            if field == "timestamp":
                got = time_of(got)
            same, total, known = count.setdefault(field, [0, 0, 0])
            if got == want:
                count[field] = [same + 1, total + 1, known]
            elif is_allowed(rules, name, record["number"], field):
                count[field] = [same, total, known + 1]
            else:
                count[field] = [same, total + 1, known]
                print("%s packet %s %s: %r, tshark %r" % (name, record["number"], field, got,
                                                          want))


def main():
    netwatch = os.path.abspath(sys.argv[1])
    if not shutil.which("tshark"):
        print("skipped: tshark is not installed")
        sys.exit(77)
    captures = sys.argv[2:] or sorted(
        os.path.join(CAPTURES, name) for name in os.listdir(CAPTURES)
        if re.search(r"\.(pcap|pcapng)(\.gz|\.zst)?$", name) and name not in NOT_READ)
    count, rules = {}, allowed()
    for capture in captures:
        compare(netwatch, capture, rules, count)
    bad = False
    for field, (same, total, known) in sorted(count.items()):
        agreement = 100.0 * same / total if total else 100.0
        bad = bad or agreement < LEAST
        print("%-22s %7.3f %% of %d, %d known" % (field, agreement, total, known))
    total = sum(values[1] for values in count.values())
    if total < 2000:
        sys.exit("only %d comparisons" % total)
    sys.exit(1 if bad else 0)


main()
