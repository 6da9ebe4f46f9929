#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""quic.py CHAINS: what chains says of QUIC, beside what ngtcp2's client asked of ngtcp2's server.

Version 1 and 2, servers that let a client come back with a token (Retry), that answer in another
version, and that know none of the client's first. Every connection asks for a name of its own: it is
found once, with one ALPN and one outcome, and the client's JA4 is always the same.
"""
import collections
import os
import subprocess
import sys
import tempfile

import servers
from captures import Watch, ends, same
from pair import DEADLINE, PATH, THEIRS, THEIRS6, fail, run_between, wait_for

CHAIN = "packet_meta ! flows ! quic_meta ! http_meta ! where".split() + [
    'quic or tls or http or flow.service == "quic"', "!", "json_lines"]
RUNS = 3  # of each kind
V1, V2 = 1, 0x709a50c4  # the version 2 that Debian 12's ngtcp2 speaks is the drafts'
NOBODYS = 0x1a2a3a4a  # refused: the client comes again, from another port
BOTH = "--preferred-versions=v2draft,v1 --other-versions=v2draft,v1"
PLAIN, RETRY, OTHER = 4433, 4434, 4435
SERVERS = {PLAIN: "", RETRY: "-V", OTHER: BOTH}
# A name, the server, the client's options; the versions of the first packet and of the answer; what
# else there is to be seen.
KINDS = (
    ("one", PLAIN, "", V1, V1, ()),
    ("two", PLAIN, "-v v2draft", V2, V2, ()),
    ("retry", RETRY, "", V1, V1, ("retry",)),
    ("retry-two", RETRY, "-v v2draft", V2, V2, ("retry",)),
    ("change", OTHER, "-v v1 " + BOTH, V1, V2, ()),
    ("unknown", PLAIN, "-v %#x --preferred-versions=v1" % NOBODYS, V1, V1, ()),
    ("no-id", PLAIN, "--scid=", V1, V1, ()),
    ("far", PLAIN, "--max-data=1K --max-stream-data-bidi-local=1K -n 3", V1, V1, ()),
)
# Its own /etc/hosts, for the name that a client asks for is the one it looks up.
CLIENT = "mount --bind %s /etc/hosts && exec gtlsclient -q --no-quic-dump --no-http-dump " \
         "--exit-on-all-streams-close %s %s %d https://%s/%s"

Asked = collections.namedtuple("Asked", "name port first answer also")


def serve(peer, folder):
    site = os.path.join(folder, "site")
    servers.site(site)
    key, certificate = os.path.join(folder, "key.pem"), os.path.join(folder, "certificate.pem")
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                    "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", key, "-out", certificate,
                    "-days", "30", "-subj", "/CN=quic.test"], check=True, stderr=subprocess.DEVNULL)
    for port, options in SERVERS.items():
        said = os.path.join(folder, "server-%d" % port)
        with open(said, "w") as out:
            process = subprocess.Popen(
                peer.words(servers.program("gtlsserver"), "-q", *options.split(), "-d", site, "*",
                           str(port), key, certificate), stdout=out, stderr=out)

        def listens():
            if process.poll() is not None:
                fail("gtlsserver ended: " + open(said).read())
            return all(b":%04X " % port in peer.run("cat", "/proc/net/" + name,
                                                    stdout=subprocess.PIPE).stdout
                       for name in ("udp", "udp6"))
        wait_for(listens, "a server on port %d" % port)


def ask(folder, kind, run):
    name, port, options, first, answer, also = kind
    name = "%s-%d.quic.test" % (name, run)
    hosts = os.path.join(folder, "hosts")
    with open(hosts, "w") as out:
        out.write("%s %s\n" % (THEIRS6 if run % 2 else THEIRS, name))
    done = subprocess.run(
        ["unshare", "--mount", "sh", "-c", CLIENT % (hosts, options, name, port, name, "f5000.png")],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        env=dict(os.environ, PATH=PATH), timeout=DEADLINE)
    if done.returncode:
        fail("gtlsclient %s: %d, %s" % (name, done.returncode, done.stdout.decode()[-500:]))
    return Asked(name, port, first, answer, also)


class Flow:
    """What was seen of a client's port."""

    def __init__(self):
        self.messages, self.packets, self.versions = [], set(), []
        self.services, self.originals, self.weird = set(), set(), set()

    def add(self, record):
        quic = record.get("quic", {})
        self.messages += record.get("tls", [])
        self.packets |= set(quic.get("packets", []))
        self.weird |= set(quic.get("weird", []))
        if quic and "version_negotiation" not in quic["packets"]:
            self.versions.append(quic["version"])
        if "original_dcid" in quic:
            self.originals.add(quic["original_dcid"])
        if "flow" in record:
            self.services.add(record["flow"].get("service"))

    def of(self, kind):
        return [message for message in self.messages if message["handshake"] == kind]


def check_flow(asked, flow):
    def so(holds, what):
        if not holds:
            fail("%s: %s in %r" % (asked.name, what, vars(flow)))
    for kind in ("client_hello", "server_hello", "established"):
        so(len(flow.of(kind)) == 1, "one " + kind)
    hello, established = flow.of("client_hello")[0], flow.of("established")[0]
    so(len(flow.messages) == 3, "no other message")
    so(hello["sni"] == established["server_name"] == asked.name, "the name")
    so(hello["alpn"] == ["h3"] and hello["over"] == "quic", "its ALPN")
    so(hello["ja4"] == established["ja4"], "one JA4")
    so(established["protocol"] == "TLS 1.3" and established["cipher"] and established["took"] > 0,
       "what was agreed on")
    so(flow.versions[0] == asked.first and flow.versions[-1] == asked.answer, "the versions")
    so({"initial", "handshake"} <= flow.packets, "Initial and Handshake packets")
    so({"retry", "version_negotiation", "other"} & flow.packets == set(asked.also), "what else")
    so(flow.services == {"quic"}, "the service")
    so(len(flow.originals) == 1, "one original ID")
    so(not flow.weird - {"short_initial"}, "nothing odd")
    return hello["ja4"]


def check(what, records, asked):
    flows = collections.defaultdict(Flow)
    for record in records:
        if "http" in record:
            continue
        src, dst, sport, dport = ends(record)
        flows[(src, sport, dport) if dport in SERVERS else (dst, dport, sport)].add(record)
    by_name = {}
    for flow in flows.values():
        for message in flow.of("client_hello"):
            by_name.setdefault(message["sni"], flow)
    same("%s, names" % what, (message["sni"] for flow in flows.values()
                              for message in flow.of("client_hello")),
         (one.name for one in asked))
    refused = [flow for flow in flows.values() if not flow.of("client_hello")]
    if len(refused) != RUNS:
        fail("%s: %d flows without a hello: %r" % (what, len(refused), refused))
    for flow in refused:
        if flow.messages or flow.packets != {"other", "version_negotiation"} or flow.weird or \
                set(flow.versions) != {NOBODYS} or flow.services != {"quic"}:
            fail("%s: a version that nobody speaks: %r" % (what, vars(flow)))
    fingerprints = {check_flow(one, by_name[one.name]) for one in asked}
    if len(fingerprints) != 1 or not fingerprints.pop().startswith("q13d"):
        fail("%s: the client's JA4 changes: %r" % (what, fingerprints))


def inside(peer):
    with tempfile.TemporaryDirectory(prefix="chains-quic-") as folder:
        serve(peer, folder)
        watch = Watch(CHAINS, peer, folder, CHAIN)
        asked = [ask(folder, kind, run) for kind in KINDS for run in range(RUNS)]
        watch.end()
        check("live", watch.all.records(), asked)
        check("file", watch.again(), asked)


CHAINS = os.path.abspath(sys.argv[1])
run_between(["gtlsclient", "gtlsserver", "openssl", "mount"], inside)
