# SPDX-License-Identifier: MIT
"""The programs beside which chains is measured, each doing the job as its manual says.

{folder} is a folder for what a program insists on writing; {sink} a UDP port that takes everything
and answers nothing. Names are not looked up, the time zone is UTC (tcpdump would ask for it a line),
and tables have room for a million flows where the capture has as many.
"""
import shutil
import subprocess
from collections import namedtuple

from jobs import FILTER_PCAP

# version: words that print one; note: what a table has to say beside it.
Peer = namedtuple("Peer", "name words version note", defaults=("",))

HEADERS = """frame.number frame.time_epoch frame.len frame.cap_len eth.src eth.dst eth.type
    ip.src ip.dst ip.len ip.ttl ip.proto ip.hdr_len ip.flags.df ip.flags.mf ip.frag_offset
    ipv6.src ipv6.dst ipv6.plen ipv6.hlim ipv6.nxt arp.opcode arp.src.proto_ipv4 arp.dst.proto_ipv4
    tcp.srcport tcp.dstport tcp.seq_raw tcp.ack_raw tcp.flags tcp.window_size_value tcp.checksum
    udp.srcport udp.dstport udp.length udp.checksum icmp.type icmp.code icmpv6.type
    icmpv6.code""".split()
ENDS = """frame.number frame.time_epoch ip.src ip.dst ipv6.src ipv6.dst tcp.srcport tcp.dstport
    udp.srcport udp.dstport""".split()
DNS = """dns.id dns.flags.response dns.flags.opcode dns.flags.rcode dns.flags.authoritative
    dns.flags.truncated dns.qry.name dns.qry.type dns.qry.class dns.resp.name dns.resp.type
    dns.resp.ttl dns.a dns.aaaa dns.cname dns.ns dns.mx.mail_exchange dns.ptr.domain_name dns.txt
    dns.soa.mname dns.time""".split()
HTTP = """http.request.method http.request.uri http.request.version http.host http.user_agent
    http.referer http.response.code http.response.phrase http.content_type
    http.content_length http.server http.location http.time""".split()
TLS = """tls.record.version tls.handshake.type tls.handshake.version
    tls.handshake.extensions_server_name tls.handshake.extensions_alpn_str
    tls.handshake.ciphersuite tls.handshake.extension.type
    tls.handshake.extensions.supported_version tls.handshake.extensions_supported_group
    tls.handshake.sig_hash_alg tls.handshake.ja3 tls.handshake.ja3s tls.alert_message.desc
    x509ce.dNSName x509sat.uTF8String x509sat.printableString x509af.serialNumber
    x509af.utcTime""".split()


def tshark(*options):
    return lambda path, _: ["tshark", "-n", "-r", path] + list(options)


def elastic(fields, display=None):
    """tshark's JSON of these fields."""
    words = ["-T", "ek"] + (["-Y", display] if display else [])
    for field in fields:
        words += ["-e", field]
    return tshark(*words)


def tcpdump(*options, last=()):
    return lambda path, _: ["tcpdump"] + list(options) + ["-r", path] + list(last)


def softflowd(path, capture):
    room = "1048576" if capture == "flows" else "131072"
    return ["softflowd", "-r", path, "-d", "-6", "-m", room, "-c", "none",
            "-p", "{folder}/pid", "-n", "127.0.0.1:{sink}"]


def nfpcapd(path, capture):
    room = "1048576" if capture == "flows" else "524288"
    return ["nfpcapd", "-r", path, "-w", "{folder}", "-B", room]


PEERS = {peer.name: peer for peer in [
    Peer("tcpdump -w", tcpdump("-w", "/dev/null"), ["tcpdump", "--version"]),
    Peer("tcpdump -q", tcpdump("-nn", "-q"), ["tcpdump", "--version"]),
    Peer("tcpdump -v -e", tcpdump("-nn", "-v", "-e"), ["tcpdump", "--version"]),
    Peer("tcpdump filter", tcpdump("-w", "/dev/null", last=FILTER_PCAP.split()),
         ["tcpdump", "--version"], "a filter of the kernel's machine, packets written"),
    Peer("tshark", tshark(), ["tshark", "--version"]),
    Peer("tshark -N d", lambda path, _: ["tshark", "-N", "d", "-r", path], ["tshark", "--version"],
         "names of the capture's own DNS answers"),
    Peer("tshark -T ek", elastic(HEADERS), ["tshark", "--version"]),
    Peer("tshark dns", elastic(ENDS + DNS, "dns"), ["tshark", "--version"]),
    Peer("tshark http", elastic(ENDS + HTTP, "http"), ["tshark", "--version"]),
    Peer("tshark tls", elastic(ENDS + TLS, "tls.handshake"), ["tshark", "--version"]),
    Peer("softflowd", softflowd, ["dpkg-query", "-W", "-f", "${Version}", "softflowd"]),
    Peer("nfpcapd", nfpcapd, ["nfpcapd", "-V"], "threads, on one core; writes a file"),
    Peer("argus", lambda path, _: ["argus", "-X", "-r", path, "-w", "/dev/null"],
         ["argus", "-h"], "waits a second at its end"),
    Peer("ndpiReader", lambda path, _: ["ndpiReader", "-q", "-i", path], ["ndpiReader", "-h"],
         "looks for protocols, too"),
    Peer("tcpflow", lambda path, _: ["tcpflow", "-c", "-o", "{folder}", "-r", path],
         ["tcpflow", "-V"], "puts streams together and prints them, reads no HTTP"),
    Peer("tracestats", lambda path, _: ["tracestats", "pcapfile:" + path],
         ["dpkg-query", "-W", "-f", "${Version}", "libtrace-tools"], "threads, on one core"),
    Peer("tracesummary", lambda path, _: ["tracesummary", "pcapfile:" + path],
         ["dpkg-query", "-W", "-f", "${Version}", "libtrace-tools"]),
]}


def installed(name):
    return shutil.which(PEERS[name].words("", "")[0]) is not None


def version_of(text):
    """The first word of a program's text about itself that looks like a version; "" without one."""
    for word in text.replace("(", " ").split():
        word = word.strip(".,:;()").split(":")[-1].removeprefix("v")
        if word[:1].isdigit() and "." in word:
            return word
    return ""


def version(name):
    try:
        done = subprocess.run(PEERS[name].version, stdin=subprocess.DEVNULL, timeout=20, check=False,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return version_of(done.stdout.decode(errors="replace"))
