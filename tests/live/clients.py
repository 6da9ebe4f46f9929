# SPDX-License-Identifier: MIT
"""Who talks to nginx and unbound: curl, something like a browser, dig, sockets by hand.

Every URL ends in a number of its own, so that what a client knows of a request can be found again
in what others say of it.
"""
import collections
import concurrent.futures
import http.client
import io
import itertools
import json
import os
import random
import socket
import struct
import subprocess
import time

from pair import NAMED, PATH, THEIRS, THEIRS6, fail

V4, V6, OTHER_PORT = "http://" + THEIRS, "http://[" + THEIRS6 + "]", "http://" + THEIRS + ":8081"
numbers = itertools.count(1)


def number():
    return "r=%d" % next(numbers)


def tail(uri):
    return uri.rpartition("?")[2]


class Told:
    """What clients know of their requests, by the number at the end of the URL."""

    def __init__(self):
        self.received = {}  # bytes of the response's body, chunks joined
        self.sent = {}      # bytes of the request's body
        self.expects = set()
        self.upgraded = {}  # bytes that were sent behind the request
        self.odd = collections.defaultdict(set)
        self.unused = 0     # connections without a request

    def body(self, answered):
        """Bytes of a response's body; nginx counts sizes of chunks, and what came before it."""
        mark = tail(answered.uri)
        if mark in self.upgraded:
            return 0
        known = answered.chunked or mark in self.expects
        return self.received[mark] if known else answered.body


def url(path, host=V4):
    return "%s%s?%s" % (host, path, number())


def urls(count, path, host=V4):
    return [url(path, host) for _ in range(count)]


def environment():
    """Without proxies that somebody has set for other networks."""
    return {name: value for name, value in dict(os.environ, PATH=PATH).items()
            if not name.lower().endswith("_proxy")}


UPLOAD = 1500000
CHUNKED = "Transfer-Encoding: chunked"
EXPECT = "Expect: 100-continue"
ASK = b"%s %s?%s HTTP/1.1\r\nHost: h.test\r\n%s\r\n"
NO_CR, NO_HOST = "bare_lf", "no_host"  # oddities of layer http


def curl(told, *transfers, good=(0,), feed=b""):
    """One curl, with the words of each transfer."""
    line = ["curl", "-q", "-s", "-S"]
    for words in transfers:
        line += ["-g", "-m", "20", "-w", "%{stderr}%{json}\n"] + words + ["--next"]
    done = subprocess.run(line[:-1], env=environment(), input=feed, stdout=subprocess.DEVNULL,
                          stderr=subprocess.PIPE)
    if done.returncode not in good:
        fail("%r: exit code %d, %r" % (line, done.returncode, done.stderr))
    for said in map(json.loads, (line for line in done.stderr.splitlines() if line[:1] == b"{")):
        words = next((words for words in transfers if said["url_effective"] in words), [])
        mark = tail(said["url_effective"])
        told.received[mark] = said["size_download"]
        told.sent[mark] = UPLOAD if CHUNKED in words else said["size_upload"]
        if EXPECT in words:
            told.expects.add(mark)


def curls(told, folder):
    """What people do with curl."""
    upload = os.path.join(folder, "upload.bin")
    with open(upload, "wb") as out:
        out.write(random.Random(4).randbytes(UPLOAD))
    expect, plain, chunked = ["-H", EXPECT], ["-H", "Expect:"], ["-H", CHUNKED]
    data = ["--data-binary", "@" + upload]
    late = ["-H", "If-Modified-Since: Fri, 01 Jan 2100 00:00:00 GMT"]
    for host in (V4, V6):
        # Several requests a connection: sizes of all kinds, lengths told in all ways.
        curl(told, [url(path, host) for path in (
            "/empty.txt", "/one.txt", "/page.html", "/f70000.png", "/none", "/forbidden",
            "/chunked.shtml", "/short.shtml", "/f300000.png")])
        curl(told, ["-H", "Accept-Encoding: gzip"] + urls(3, "/js/app.js", host))
        # Responses without a body, and requests behind them.
        curl(told, ["-I"] + urls(2, "/f5000.png", host) + [url("/chunked.shtml", host)],
             [url("/f5000.png", host)], late + urls(2, "/f5000.png", host),
             [url("/page.html", host)])
        curl(told, ["-L", url("/moved", host)])
        # Bodies of requests.
        curl(told, ["-d", "a=b&c=d", url("/echo", host)], [url("/one.txt", host)],
             plain + data + [url("/echo", host)], expect + data + [url("/echo", host)],
             chunked + plain + data + [url("/echo", host)],
             chunked + expect + data + [url("/echo", host)], ["-d", "", url("/echo", host)])
        curl(told, expect + ["-T", upload, url("/upload/a.bin", host)],
             [url("/upload/a.bin", host)], ["-X", "DELETE", url("/upload/a.bin", host)],
             ["-X", "OPTIONS", url("/one.txt", host)], ["-d", "x", url("/one.txt", host)])
        curl(told, ["-r", "1000-1999", url("/f5000.png", host)],
             ["-r", "0-99,200-299,-5", url("/f5000.png", host)],
             ["-r", "9000-", url("/f5000.png", host)])
        # HTTP/1.0: the end of the connection is the end of the body, or is not.
        for path in ("/page.html", "/chunked.shtml", "/none"):
            curl(told, ["-0", url(path, host)])
        curl(told, ["-0", "-I", url("/page.html", host)])
        curl(told, ["-0", "-H", "Connection: keep-alive"] + urls(3, "/f5000.png", host))
        curl(told, ["-H", "Connection: close", url("/f70000.png", host)])
    # A body that was announced and is never sent, and one that nobody waits for.
    curl(told, expect + data + [url("/small-only")], [url("/one.txt")])
    curl(told, plain + data + [url("/small-only")], good=(0, 55, 56))
    # Another port, a proxy's form of the URL, an upgrade that is not taken, odd and large ones.
    curl(told, urls(2, "/page.html", OTHER_PORT))
    curl(told, ["-x", V4 + ":80"] + urls(2, "/page.html", "http://far.test"))
    curl(told, ["-p", "-x", V4 + ":80", url("/one.txt", "http://far.test:81")], good=(56,))
    curl(told, ["--http2", url("/page.html")], ["--http2", url("/one.txt")])
    curl(told, ["-u", "me:secret", "-b", "a=b", "-A", "odd \u00e9 agent", "-e", "http://x.test/",
                url("/page.html")], [url("/a%20b/%e2%82%ac;p/\u20ac/'\"<>")])
    curl(told, ["-d", "@-", url("/echo")], feed=b"from a pipe")
    curl(told, [url("/big.bin"), url("/slow/film.bin")])
    curl(told, ["-Z", "--parallel-max", "12"] + urls(60, "/f70000.png"))


KINDS = [("GET", "/f100.png"), ("GET", "/f1460.png"), ("GET", "/f5000.png"), ("GET", "/f70000.png"),
         ("GET", "/page.html"), ("GET", "/chunked.shtml"), ("GET", "/short.shtml"),
         ("GET", "/js/app.js"), ("GET", "/none"), ("HEAD", "/one.txt"), ("POST", "/echo"),
         ("GET", "/f300000.png"), ("GET", "/empty.txt"), ("GET", "/moved")]


def browse_one(told, seed, requests):
    choose = random.Random(seed)
    client = http.client.HTTPConnection(THEIRS6 if seed % 3 == 0 else THEIRS, 80, timeout=20)
    client.connect()
    for _ in range(requests):
        method, path = choose.choice(KINDS)
        mark = number()
        headers = {"User-Agent": "browser/%d" % seed, "Accept-Encoding": "gzip"}
        if choose.random() < 0.2:
            headers["If-Modified-Since"] = "Fri, 01 Jan 2100 00:00:00 GMT"
        body = choose.randbytes(choose.choice((1, 700, 20000))) if method == "POST" else None
        client.request(method, path + "?" + mark, body, headers)
        told.sent[mark] = len(body or b"")
        told.received[mark] = len(client.getresponse().read())
    client.close()


def browse(told, connections, requests):
    """Connections side by side, alive over many requests of all kinds, as of a browser."""
    with concurrent.futures.ThreadPoolExecutor(connections) as threads:
        list(threads.map(lambda seed: browse_one(told, seed, requests), range(connections)))


def received(sock):
    return b"".join(iter(lambda: sock.recv(1 << 16), b""))


class Answers(io.BytesIO):
    """Responses one behind the other, for HTTPResponse, which takes a socket and closes it."""

    def makefile(self, _):
        return self

    def close(self):
        pass


def pipeline(told, piece):
    """Requests that do not wait for responses, written in pieces of so many bytes."""
    text, asked = b"", []
    for method, path, more, body in (
            ("GET", "/f5000.png", "", b""), ("HEAD", "/f5000.png", "", b""),
            ("GET", "/chunked.shtml", "", b""),
            ("POST", "/echo", "Content-Length: 5\r\n", b"12345"), ("GET", "/none", "", b""),
            ("GET", "/one.txt", "Connection: close\r\n", b"")):
        mark = number()
        asked.append((method, mark))
        told.sent[mark] = len(body)
        text += ASK % (method.encode(), path.encode(), mark.encode(), more.encode()) + body
    with socket.create_connection((THEIRS, 80), 20) as sock:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for at in range(0, len(text), piece):
            sock.sendall(text[at:at + piece])
        answers = Answers(received(sock))
    for method, mark in asked:
        answer = http.client.HTTPResponse(answers, method=method)
        answer.begin()
        told.received[mark] = len(answer.read())


def upgrade(told):
    """What comes behind an upgrade is no HTTP, though it looks like it."""
    text = b"GET /no-request HTTP/1.1\r\nHost: h.test\r\n\r\n"
    mark = number()
    with socket.create_connection((THEIRS, 80), 20) as sock, sock.makefile("rb", 0) as lines:
        sock.sendall(ASK % (b"GET", b"/socket", mark.encode(),
                            b"Upgrade: websocket\r\nConnection: Upgrade\r\n"))
        if b" 101 " not in lines.readline():
            fail("no upgrade")
        while lines.readline().strip():
            pass
        for _ in range(5):
            sock.sendall(text)
            sock.recv(len(text), socket.MSG_WAITALL)
        sock.shutdown(socket.SHUT_WR)
        received(sock)
    told.upgraded[mark] = 5 * len(text)


def slowly(told):
    """A window that closes, because nobody reads."""
    mark = number()
    with socket.socket() as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8192)
        sock.connect((THEIRS, 80))
        sock.sendall(ASK % (b"GET", b"/f300000.png", mark.encode(), b"Connection: close\r\n"))
        for _ in range(3):
            time.sleep(0.1)  # it is what happens meanwhile that counts
            sock.recv(1 << 16)
        received(sock)


def by_hand(told):
    """What neither curl nor a browser does."""
    pipeline(told, 1 << 16)
    pipeline(told, 1)
    for odd, text in ((NO_CR, b"GET /one.txt?%s HTTP/1.1\nHost: h.test\nConnection: close\n\n"),
                      (NO_HOST, b"GET /one.txt?%s HTTP/1.1\r\nConnection: close\r\n\r\n")):
        mark = number()
        told.odd[mark].add(odd)
        with socket.create_connection((THEIRS, 80), 20) as sock:
            sock.sendall(text % mark.encode())
            received(sock)
    upgrade(told)
    slowly(told)
    # Connections that are made beforehand, and then there is nothing to ask.
    told.unused = 3
    for sock in [socket.create_connection((THEIRS, 80), 20) for _ in range(told.unused)]:
        sock.shutdown(socket.SHUT_WR)
        received(sock)
        sock.close()


def visit(told, folder):
    """All of this."""
    curls(told, folder)
    browse(told, 24, 20)
    by_hand(told)


# Asked of the zone in servers.py by dig: words of a line.
DIG = """
www.site.test A
www.site.test AAAA +nocookie
WwW.sItE.TeSt A +noedns
site.test SOA +dnssec
site.test NS +norec
site.test MX +bufsize=512
site.test TXT +nsid
site.test CAA +cdflag
site.test HTTPS +adflag
site.test SVCB
site.test NAPTR
site.test SSHFP
site.test DS
site.test ANY +notcp
site.test TYPE65281
_sip._udp.site.test SRV
_443._tcp.site.test TLSA
alias.site.test A
alias.site.test CNAME
odd.site.test TYPE65280
none.site.test A
none.site.test AAAA +tcp
elsewhere.example A
www.site.test A +subnet=192.0.2.0/24
www.site.test AAAA +subnet=2001:db8::/56
www.site.test A +subnet=0.0.0.0/0
www.site.test A +cookie=0123456789abcdef
www.site.test A +padding=128
www.site.test A +ednsopt=65001:c0ffee
www.site.test A +qid=0
www.site.test A -c CH
long.site.test TXT +ignore
long.site.test TXT +bufsize=512
long.site.test TXT +bufsize=4096 +tcp
many.site.test A +tcp
version.bind TXT -c CH +tcp
. NS
-x 192.0.2.1
-x 2001:db8::1
-x 192.0.2.77
"""


def digs(folder):
    """The lines of DIG, one after the other, of each address of the server; then many names."""
    lines = ["@%s %s" % (address, line) for address in (THEIRS, THEIRS6)
             for line in DIG.strip().splitlines()]
    lines += ["@%s n%d.%s.site.test %s" % (THEIRS, name, "ab"[name % 2],
                                           ("A", "AAAA", "HTTPS")[name % 3]) for name in range(60)]
    batch = os.path.join(folder, "dig")
    with open(batch, "w") as out:
        out.write("\n".join(lines) + "\n")
    for words in (["-f", batch], ["@" + THEIRS, "+tcp", "+keepopen", "k1.site.test", "A",
                                  "k2.site.test", "AAAA", "k3.site.test", "TXT"]):
        done = subprocess.run(["dig", "-r", "+time=5", "+tries=1"] + words, env=environment(),
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        if done.returncode or b"no servers could be reached" in done.stdout:
            fail("dig: exit code %d, ...%s" % (done.returncode, done.stdout.decode()[-1000:]))


def question(name, kind, ident):
    labels = b"".join(bytes([len(label)]) + label.encode() for label in name.split("."))
    return struct.pack("!HHHHHH", ident, 0x100, 1, 0, 0, 0) + labels + b"\0" + \
        struct.pack("!HH", kind, 1)


def resolve(names):
    """Queries that do not wait for each other: over UDP from two ports with the same ids, and over
    one TCP connection, several in a segment and one over several."""
    queries = [question(name, 1, ident) for ident, name in enumerate(names)]
    for family, address in ((socket.AF_INET, THEIRS), (socket.AF_INET6, THEIRS6)):
        with socket.socket(family, socket.SOCK_DGRAM) as sock:
            sock.settimeout(20)
            sock.connect((address, 53))
            for first in range(0, len(queries), 16):
                for query in queries[first:first + 16]:
                    sock.send(query)
                for _ in queries[first:first + 16]:
                    sock.recv(4096)
        stream = b"".join(struct.pack("!H", len(query)) + query for query in queries)
        with socket.create_connection((address, 53), 20) as sock:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            choose, at = random.Random(1), 0
            while at < len(stream):
                part = choose.choice((1, 2, 30, 100, 400))
                sock.sendall(stream[at:at + part])
                at += part
            with sock.makefile("rb") as answers:
                for _ in queries:
                    answers.read(struct.unpack("!H", answers.read(2))[0])


def unanswered():
    """Asks where nobody answers, the first one twice; returns the names."""
    names = ["lost%d.site.test" % n for n in range(3)]
    for ident, name in enumerate(names):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            for _ in range(2 if ident == 0 else 1):
                sock.sendto(question(name, 28, 7000 + ident), (NAMED, 53))
    return names
