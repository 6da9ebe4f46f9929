# SPDX-License-Identifier: MIT
"""The jobs: what chains is to do, on which captures, beside whom, and how fast it should be.

A target is one of
    Ceiling(share)          of the speed of the program that does only what cannot be left out
    Beside(peer, times)     as fast as a peer, on the capture it is told for
    Fastest(peers, times)   as fast as the fastest of them
    Share(job, share)       of the speed of another job of ours on the same capture
    Scaled(rate)            packets a second, where bare reading of `mixed` makes 20 million
"""
from collections import namedtuple

# ceiling: words of the program, "" for none
Job = namedtuple("Job", "name brief words captures ceiling peers targets")
Ceiling = namedtuple("Ceiling", "share captures", defaults=(None,))
Beside = namedtuple("Beside", "peer times captures", defaults=(None,))
Fastest = namedtuple("Fastest", "peers times captures", defaults=(None,))
Share = namedtuple("Share", "job share captures", defaults=(None,))
Scaled = namedtuple("Scaled", "rate captures", defaults=(None,))

YARDSTICK = "mixed"  # the capture that says how fast the machine reads
YARDSTICK_RATE = 20e6
MEMORY_MOST = 16 << 10  # KiB, for every job but flows

MANY_FLOWS = 1 << 20  # on the capture of this name

FILTER = "transport.dport == 53 and len <= 90"
FILTER_PCAP = "dst port 53 and less 90"
FLOW_PEERS = ("softflowd", "nfpcapd", "argus", "ndpiReader")


def chain(*links):
    """Words of `chains run FILE ! LINK ! LINK ...`."""
    def words(path, _):
        line = ["run", path]
        for link in links:
            line += ["!"] + (link if isinstance(link, list) else link.split())
        return line
    return words


def metadata(layer):
    """What is said, and by whom: the addresses, the ports, and the message."""
    return "json_lines layers=packet,transport,endpoints," + layer


def netwatch(*options):
    return lambda path, _: ["netwatch"] + list(options) + ["-r", path]


def flows(path, capture):
    """A million flows at once want room for a million."""
    room = ["--max-flows=%d" % MANY_FLOWS, "--memory=512M"] if capture == "flows" else []
    return ["flows", "-n"] + room + ["-r", path]


def flow_table(path, capture):
    room = " flows=%d" % MANY_FLOWS if capture == "flows" else ""
    return chain("packet_meta", "flows only=records" + room, "count")(path, capture)


def ceiling(job, capture):
    """Words of its ceiling but for the file; a table is told how large it is to be as ours is."""
    words = job.ceiling.split()
    if words[0] == "flow" and capture == "flows":
        words.insert(1, "--room=%d" % MANY_FLOWS)
    return words


JOBS = [
    Job("count", "reads packets and counts them", chain("count"),
        ("mixed", "small"), "read", ("tcpdump -w", "tracestats"), (Ceiling(0.60),)),
    Job("decode", "headers up to the transport, counted", chain("packet_meta", "count"),
        ("mixed", "small"), "decode", ("tracesummary",), ()),
    Job("summary", "netwatch -n -s: a line for each packet", netwatch("-n", "-s"),
        ("few", "mixed", "small"), "summary", ("tcpdump -q", "tshark"),
        (Ceiling(0.50), Beside("tcpdump -q", 8, ("few",)), Beside("tcpdump -q", 30, ("mixed",)))),
    Job("names", "netwatch -s: with names and tags", netwatch("-s"),
        ("few", "mixed"), "names", ("tshark -N d",), (Share("summary", 0.60),)),
    Job("json", "eth, packet and transport as JSON lines",
        chain("packet_meta", "transport_meta", "json_lines"),
        ("few", "mixed"), "json", ("tshark -T ek",), (Beside("tshark -T ek", 100), Scaled(3e6))),
    Job("print", "netwatch -n -v: all that is known", netwatch("-n", "-v"),
        ("few", "mixed"), "print", ("tcpdump -v -e",), (Beside("tcpdump -v -e", 8),)),
    Job("flows", "flows -n: a line for each flow", flows,
        ("mixed", "flows"), "flow", FLOW_PEERS,
        (Fastest(FLOW_PEERS, 5, ("flows",)), Ceiling(0.40, ("flows",)))),
    Job("table", "the flow table alone, its records counted", flow_table,
        ("mixed", "flows"), "flow --count", (), ()),
    Job("dns", "DNS messages as JSON lines",
        chain("packet_meta", "flows only=packets", "dns_meta", ["where", "dns"], metadata("dns")),
        ("dns",), "dns", ("tshark dns",), (Beside("tshark dns", 50), Scaled(3e6))),
    Job("dns-packets", "the same without flows",
        chain("packet_meta", "dns_meta", ["where", "dns"], metadata("dns")),
        ("dns",), "dns", (), ()),
    Job("http", "HTTP messages as JSON lines",
        chain("packet_meta", "flows", "http_meta", ["where", "http"], metadata("http")),
        ("http",), "http", ("tshark http", "tcpflow"), (Beside("tshark http", 50), Scaled(3e6))),
    Job("tls", "TLS handshakes as JSON lines",
        chain("packet_meta", "flows", "tls_meta", ["where", "tls"], metadata("tls")),
        ("tls",), "tls", ("tshark tls",), (Beside("tshark tls", 50), Scaled(6e6))),
    Job("filter", "an expression that keeps one packet in a hundred",
        chain("packet_meta", ["where", FILTER], "count"),
        ("mixed",), "filter", ("tcpdump filter",), (Share("decode", 0.70),)),
]
BY_NAME = {job.name: job for job in JOBS}
OF_FLOWS = ("flows", "table")  # may hold what --stats says that they hold at most
OTHERS = {"memory": "the peak of each job on a capture and on one four times as long",
          "startup": "netwatch on a capture of one packet",
          "live": "the rate at which the first packet is dropped, on a veth pair"}


def targets(job, capture):
    return [target for target in job.targets if target.captures is None or capture in target.captures]
