#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""traffic.py CASE CHAINS: what chains says of real traffic, beside what the servers say of it.

nginx and unbound answer curl, dig and the like over a veth pair (pair.py), while chains watches it
in several ways at once. What a server has logged is seen exactly once, and nothing else is.
"""
import collections
import os
import subprocess
import sys
import tempfile

import clients
import servers
from captures import Watch, again, ends, same
from pair import NAMED, command, fail, run_between, wait_for

CASES = {}
REFUSED = 413  # the body is too large: it may be sent, in part, or not at all
ALL = "packet_meta ! flows ! dns_meta timeout=1s ! http_meta ! where".split() + [
    "http or dns or flow", "!", "json_lines"]


def case(function):
    CASES[function.__name__] = function
    return function


def watched(peer, folder):
    """urlwatch, all of what chains knows as JSON, and the packets, at the same time."""
    return Watch(CHAINS, peer, folder, ALL, urls=["urlwatch", "-i", "veth0", "--json", "-n"])


Message = collections.namedtuple("Message", "client port flow said")


def messages(records):
    """Each HTTP message, with who asked and with the number of its connection."""
    for record in records:
        for message in record.get("http", ()):
            src, dst, sport, dport = ends(record)
            client = (src, sport) if message["kind"] == "request" else (dst, dport)
            if servers.MARKS not in (sport, dport):
                yield Message(*client, record["stream"]["flow"], message)


def uri(message):
    """Which one is asked for."""
    said = message.said
    return said["uri"] if said["kind"] == "request" else said.get("request", {}).get("uri", "")


def check_messages(name, records, answered, told):
    """Every request that nginx has logged, once, with its response; in the order of each
    connection; with the lengths that the clients know. Returns requests and responses."""
    found = list(messages(records))
    requests = [m for m in found if m.said["kind"] == "request"]
    responses = [m for m in found if m.said["kind"] == "response"]
    same(name + ": requests",
         [(m.client, m.port, m.said["method"], uri(m), m.said["version"], m.said.get("host", ""))
          for m in requests],
         [(a.client, a.port, a.method, a.uri, a.version,
           a.uri if a.method == "CONNECT" else a.host) for a in answered])
    same(name + ": responses",
         [(m.client, m.port, m.said["request"]["method"], uri(m), m.said["status"],
           m.said.get("body_len", 0)) for m in responses],
         [(a.client, a.port, a.method, a.uri, a.status, told.body(a)) for a in answered])
    refused = {a.uri for a in answered if a.status == REFUSED}
    same(name + ": bodies of requests",
         [(uri(m), m.said.get("body_len", 0)) for m in requests if uri(m) not in refused],
         [(a.uri, told.sent.get(clients.tail(a.uri), 0)) for a in answered if a.uri not in refused])
    for kind in (requests, responses):
        depths = collections.defaultdict(list)
        for m in kind:
            depths[m.flow].append(m.said["depth"])
        for flow, depth in depths.items():
            if depth != list(range(1, len(depth) + 1)):
                fail("%s: flow %d has messages %r" % (name, flow, depth))
    return requests, responses


def check_details(requests, responses, answered, told):
    """Nothing is called odd or unfinished but what is; latencies and interim responses."""
    refused = {a.uri for a in answered if a.status == REFUSED}
    odd = collections.defaultdict(set)
    for m in requests + responses:
        if uri(m) in refused:
            continue
        odd[clients.tail(uri(m))].update(m.said.get("weird", ()))
        if not m.said["complete"]:
            fail("not complete: %r" % (m,))
        if m.said["kind"] == "response" and not 0 <= m.said.get("latency", -1) < 20:
            fail("a response without its latency: %r" % (m,))
    same("oddities", [(mark, name) for mark in odd for name in odd[mark]],
         [(mark, name) for mark in told.odd for name in told.odd[mark]])
    same("interim responses", [clients.tail(uri(m)) for m in responses if m.said.get("interim")],
         told.expects - {clients.tail(a.uri) for a in answered if a.uri in refused})
    same("upgrades", [clients.tail(uri(m)) for m in responses if m.said.get("upgraded")],
         told.upgraded)
    if sum(m.said.get("user_agent", "").startswith("browser/") for m in requests) < 100:
        fail("no user agents")


def check_flow(flow, parts, told):
    """One connection beside the requests that nginx had from it."""
    if any(a.status == REFUSED or a.method == "CONNECT" for a in parts):
        return  # closed while there was more to come
    if (flow["state"], flow["end"]) != ("SF", "fin"):
        fail("not closed by both: %r" % flow)
    for side in ("orig", "resp"):
        if flow[side].get("gaps") or flow[side].get("lost") or flow[side].get("overlapping"):
            fail("something is missing: %r" % flow)
    marks = [clients.tail(a.uri) for a in parts]
    sent = sum(a.received + told.upgraded.get(mark, 0) + (told.sent[mark] if a.status == 405 else 0)
               for a, mark in zip(parts, marks))
    logged = (sent, sum(a.sent for a in parts))
    seen = tuple(flow[side].get("stream_bytes", 0) for side in ("orig", "resp"))
    if logged != seen:
        fail("nginx received and sent %r, seen are %r: %r" % (logged, seen, flow))


def check_flows(records, answered, told):
    """A flow record for each connection of nginx's, closed by both sides, with its bytes."""
    flows = [record["flow"] for record in records if record.get("flow", {}).get("dport") in
             (80, 8081)]
    same("flows", collections.Counter(flow["id"] for flow in flows).values(), [1] * len(flows))
    logged = collections.defaultdict(list)
    for a in answered:
        logged[a.connection].append(a)
    used = [flow for flow in flows if flow["orig"].get("stream_bytes")]
    same("connections", [(flow["src"], flow["sport"]) for flow in used],
         [(parts[0].client, parts[0].port) for parts in logged.values()])
    if len(flows) != len(used) + told.unused:
        fail("%d flows, %d of them used, %d unused" % (len(flows), len(used), told.unused))
    by_port = collections.defaultdict(list)
    for parts in logged.values():
        by_port[parts[0].client, parts[0].port].append(parts)
    for flow in used:  # an unused one may have the port of a used one
        parts = by_port[flow["src"], flow["sport"]]
        if len(parts) == 1:  # else its port was used again
            check_flow(flow, parts[0], told)
    return flows


def check_web(folder, captures, nginx, told):
    captures.end()
    answered, records = list(nginx.answered()), captures.all.records()
    check_messages("urlwatch", captures.more["urls"].records(), answered, told)
    check_details(*check_messages("all", records, answered, told), answered, told)
    # The same packets from a file say the same.
    file = ["--json", "-r", captures.packets.path]
    check_messages("file", again(CHAINS, folder, ["urlwatch"] + file, "urls.again"), answered, told)
    check_flows(again(CHAINS, folder, ["flows"] + file, "flows.again"), answered, told)
    flows = check_flows(records, answered, told)
    for flow in flows:
        if flow.get("service") != "http" and flow["orig"].get("stream_bytes"):
            fail("not known as HTTP: %r" % flow)
    return flows


@case
def web(peer, folder):
    """curl, something like a browser and sockets by hand at nginx."""
    nginx, told = servers.Nginx(peer, folder), clients.Told()
    captures = watched(peer, folder)
    clients.visit(told, folder)
    flows = check_web(folder, captures, nginx, told)
    if not any(flow["orig"].get("zero_windows") for flow in flows):
        fail("no window was closed")
    if not all(0 < flow.get("rtt", 0) < 20 for flow in flows):  # none of the packets came twice
        fail("a handshake without its time")


@case
def web_narrow(peer, folder):
    """The same in small packets over a link that drops what it has no room for."""
    lossy = False
    for run, name in ((command, "veth0"), (peer.run, "veth1")):
        run("ip", "link", "set", "dev", name, "gso_max_segs", "1")
        try:
            run("tc", "qdisc", "add", "dev", name, "root", "tbf", "rate", "300mbit", "burst", "16k",
                "limit", "20k", stderr=subprocess.PIPE)
            lossy = True
        except (subprocess.CalledProcessError, FileNotFoundError) as why:
            print("without losses: %s" % why)
    nginx, told = servers.Nginx(peer, folder), clients.Told()
    captures = watched(peer, folder)
    clients.visit(told, folder)
    flows = check_web(folder, captures, nginx, told)
    late = sum(flow["resp"].get("out_of_order", 0) for flow in flows)
    print("out of order: %d" % late)
    if lossy and not late:
        fail("nothing was lost")


def check_dns(name, records, asked, replied):
    """Each query and each answer of unbound's log once; each answer knows its query."""
    found = [(ends(record), record["dns"]) for record in records if "dns" in record]
    found = [(end, dns) for end, dns in found if NAMED not in end]
    for end, dns in found:
        if dns.get("faults") or dns.get("unanswered") or len(dns["queries"]) != 1:
            fail("%s: a message with faults: %r" % (name, dns))
        if dns["qr"] and not 0 <= dns.get("rtt", -1) < 20:
            fail("%s: an answer without its query: %r" % (name, dns))

    def question(dns):
        first = dns["queries"][0]
        dot = "" if first["name"] == "." else "."
        return (first["name"] + dot, first["type"], first["class"])
    same(name + ": queries", [(end[0],) + question(dns) for end, dns in found if not dns["qr"]],
         [tuple(one) for one in asked])
    same(name + ": answers", [(end[1],) + question(dns) + (dns["rcode_name"], dns["size"])
                              for end, dns in found if dns["qr"]],
         [tuple(one) for one in replied])
    return found


def check_dns_flows(records, found):
    """A flow for each socket that has asked, with what it has asked."""
    flows = [record["flow"] for record in records
             if record.get("flow", {}).get("dport") == 53 and record["flow"]["dst"] != NAMED]
    messages_of = collections.Counter()
    for (src, dst, sport, dport), dns in found:
        client = (dst, dport) if dns["qr"] else (src, sport)
        messages_of[client + (("tcp" if dns.get("over_tcp") else "udp"),)] += 1
    same("flows", [(flow["src"], flow["sport"], flow["protocol"]) for flow in flows],
         messages_of)
    for flow in flows:
        if flow.get("service") != "dns":
            fail("not known as DNS: %r" % flow)
        packets = flow["orig"]["packets"] + flow["resp"]["packets"]
        if flow["protocol"] == "udp" and \
                packets != messages_of[flow["src"], flow["sport"], "udp"]:
            fail("packets: %r" % flow)
        if flow["protocol"] == "tcp" and flow["state"] != "SF":
            fail("not closed by both: %r" % flow)


def check_unanswered(records, names):
    """An event for each query that nobody has answered; the one asked twice has one."""
    events = [record["dns"]["queries"][0]["name"] for record in records
              if record.get("dns", {}).get("unanswered")]
    same("unanswered", events, names)
    lost = [record["dns"] for record in records
            if "dns" in record and NAMED in ends(record) and not record["dns"].get("unanswered")]
    same("retried", [(dns["queries"][0]["name"], dns.get("retried", False)) for dns in lost],
         [(name, False) for name in names] + [(names[0], True)])


@case
def dns(peer, folder):
    """dig and bursts of queries at unbound, over UDP and TCP; queries that nobody answers."""
    unbound = servers.Unbound(peer, folder)
    servers.silent(peer, NAMED)
    captures = watched(peer, folder)
    names = clients.unanswered()
    clients.digs(folder)
    clients.resolve(["q%d.site.test" % n for n in range(200)])
    wait_for(lambda: captures.all.has(b'"unanswered":true'), "an unanswered query is shown")
    captures.end()
    records, logged = captures.all.records(), unbound.logged()
    found = check_dns("all", records, *logged)
    check_dns_flows(records, found)
    check_unanswered(records, names)
    check_dns("file", captures.again(), *logged)


def main():
    def inside(peer):
        with tempfile.TemporaryDirectory(prefix="chains-traffic-") as folder:
            CASES[sys.argv[1]](peer, folder)
    needed = {"dns": ["unbound", "dig"]}.get(sys.argv[1], ["nginx", "curl"])
    run_between(needed, inside)


if sys.argv[1:] == ["--list"]:
    print("\n".join(CASES))
else:
    CHAINS = os.path.abspath(sys.argv[2])
    main()
