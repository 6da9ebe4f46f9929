#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""keylog.py CASE CHAINS: what chains sees inside of TLS, with the keys that curl writes.

curl asks nginx over a veth pair (pair.py), in both versions of TLS and with each cipher. What it
has fetched is what http_meta reports, once: live, while the file of keys grows; from a capture
with that file; and from a pcapng file that has the keys in it, also after it was cut.
"""
import collections
import http.client
import json
import os
import shutil
import ssl
import subprocess
import sys
import tempfile

import clients
import servers
from captures import Watch, ends, same
from pair import DEADLINE, PATH, THEIRS, command, fail, run_between, skip, wait_for

CASES = {}
SITE = "https://" + THEIRS
UPLOAD = 400000
HANDSHAKES = [["--tls-max", "1.2", "--ciphers", cipher] for cipher in (
    "ECDHE-RSA-AES128-GCM-SHA256", "ECDHE-RSA-AES256-GCM-SHA384", "ECDHE-RSA-CHACHA20-POLY1305",
    "DHE-RSA-AES128-GCM-SHA256", "AES256-GCM-SHA384")]
HANDSHAKES += [["--tlsv1.3", "--tls13-ciphers", cipher] for cipher in (
    "TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256")]
PATHS = ("/empty.txt", "/one.txt", "/page.html", "/f70000.png", "/none", "/chunked.html",
         "/f300000.png", "/f1460.png")

NGINX = """
    access_log off;
    default_type application/octet-stream;
    types { text/html html; text/plain txt; image/png png; }
    server {
        listen 443 ssl http2;
        ssl_certificate %(folder)s/certificate.pem;
        ssl_certificate_key %(folder)s/key.pem;
        ssl_dhparam %(folder)s/dh.pem;
        ssl_protocols TLSv1.2 TLSv1.3;
        ssl_ciphers ALL:@SECLEVEL=1;
        root %(folder)s/site;
        location /chunked.html { gzip on; gzip_min_length 1; }
        location /echo { client_max_body_size 8m; proxy_pass http://127.0.0.1:9001; }
    }
    server {
        listen 127.0.0.1:9001;
        client_max_body_size 8m;
        location / { default_type text/plain; return 200 "got $request_method\\n"; }
    }
"""
# RFC 7919, 2048 bits: making one takes a while.
DH = """-----BEGIN DH PARAMETERS-----
MIIBCAKCAQEA//////////+t+FRYortKmq/cViAnPTzx2LnFg84tNpWp4TZBFGQz
+8yTnc4kmz75fS/jY2MMddj2gbICrsRhetPfHtXV/WVhJDP1H18GbtCFY2VVPe0a
87VXE15/V8k1mE8McODmi3fipona8+/och3xWKE2rec1MKzKT0g6eXq8CrGCsyT7
YdEIqUuyyOP7uWrat2DX9GgdT0Kj3jlN9K5W7edjcrsZCwenyO4KbXCeAvzhzffi
7MA0BM0oNC9hkXL+nOmFg/+OTxIy7vKBg8P+OxtMb61zO7X8vC7CIAXFjvGDfRaD
ssbzSibBsu/6iGtCOGEoXJf//////////wIBAg==
-----END DH PARAMETERS-----
"""

Fetched = collections.namedtuple("Fetched", "method uri status body sent")


def case(function):
    CASES[function.__name__] = function
    return function


def serve(peer, folder):
    servers.site(os.path.join(folder, "site"))
    shutil.copy(os.path.join(folder, "site/page.html"), os.path.join(folder, "site/chunked.html"))
    command("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=key.test",
            "-keyout", os.path.join(folder, "key.pem"), "-days", "30",
            "-out", os.path.join(folder, "certificate.pem"), stderr=subprocess.DEVNULL)
    with open(os.path.join(folder, "dh.pem"), "w") as out:
        out.write(DH)
    servers.nginx(peer, folder, NGINX, [443])


class Keyed(Watch):
    """http_meta behind tls_meta, which follows the file of keys, and the packets."""

    def __init__(self, peer, folder):
        self.keys = os.path.join(folder, "keys.txt")
        super().__init__(CHAINS, peer, folder, behind("keylog=" + self.keys))


def behind(*options):
    return ["packet_meta", "!", "flows", "!", "tls_meta"] + list(options) + [
        "!", "http_meta", "!", "where", "http or tls", "!", "json_lines"]


def fetch(watch, version, handshake):
    """One connection with several requests; what curl knows of each."""
    upload = os.path.join(watch.folder, "upload.bin")
    transfers = [[clients.url(path, SITE)] for path in PATHS]
    transfers.append(["-H", "Expect:", "--data-binary", "@" + upload, clients.url("/echo", SITE)])
    transfers.append(["-I", clients.url("/page.html", SITE)])
    line = ["curl", "-q", "-s", "-S"]
    for words in transfers:
        line += ["-k", "-g", "-m", "20", "--compressed", version, "-w", "%{stderr}%{json}\n"]
        line += handshake + words + ["--next"]
    done = subprocess.run(line[:-1], env=dict(clients.environment(), SSLKEYLOGFILE=watch.keys),
                          stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    if done.returncode:
        fail("%r: exit code %d, %r" % (line, done.returncode, done.stderr))
    for said in map(json.loads, (one for one in done.stderr.splitlines() if one[:1] == b"{")):
        if said["http_version"] != version[len("--http"):]:
            fail("not HTTP as wanted: %r" % said)
        yield Fetched(said["method"], said["url_effective"][len(SITE):], said["http_code"],
                      said["size_download"], said["size_upload"])


def messages(records):
    """Each HTTP message inside of TLS, with the request that it belongs to."""
    for record in records:
        for message in record.get("http", ()):
            if servers.MARKS not in ends(record):
                yield message, message if message["kind"] == "request" else message.get("request",
                                                                                        {})


def check(name, records, fetched):
    found = list(messages(records))
    same(name + ": requests",
         [(m["method"], m["uri"], m.get("body_len", 0)) for m, _ in found
          if m["kind"] == "request"], [(f.method, f.uri, f.sent) for f in fetched])
    same(name + ": responses",
         [(asked.get("method"), asked.get("uri"), m["status"], m.get("body_len", 0))
          for m, asked in found if m["kind"] == "response" and m["status"] >= 200],
         [(f.method, f.uri, f.status, f.body) for f in fetched])
    for message, _ in found:
        if not message["complete"] or message.get("weird"):
            fail("%s: not complete, or odd: %r" % (name, message))


def check_tshark(name, path, protocol, fetched):
    """tshark reads the keys in a file that chains has written."""
    field = "http2.headers.path" if protocol == "http2" else "http.request.uri"
    out = subprocess.run(["tshark", "-n", "-r", path, "-Y", protocol, "-T", "fields", "-e", field],
        env=dict(os.environ, PATH=PATH, HOME=os.path.dirname(path)), check=True,
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout.decode()
    seen = {uri for line in out.splitlines() for uri in line.split(",") if uri.startswith("/")}
    missing = {f.uri for f in fetched} - seen
    if missing:
        fail("%s: tshark does not see %r" % (name, sorted(missing)[:5]))
    print("%s: tshark sees %d" % (name, len(fetched)))


def check_files(watch, protocol, fetched):
    """The same from files: with the file of keys, with the keys inside, and cut."""
    folder, packets = watch.folder, watch.packets.path
    check("file", watch.again(), fetched)
    inside = os.path.join(folder, "inside.pcapng")
    command("editcap", "--inject-secrets", "tls," + watch.keys, packets, inside)
    check("keys inside", watch.again("inside", behind(), inside), fetched)
    if list(messages(watch.again("none", behind("no_secrets=yes"), inside))):
        fail("opened without the keys")
    cut = os.path.join(folder, "cut.pcapng")
    command(CHAINS, "run", inside, "!", "packet_meta", "!", "where", "transport.sport == 443 or "
            "transport.dport == 443", "!", "pcap_writer", "path=" + cut)
    check("cut", watch.again("cut", behind(), cut), fetched)
    check_tshark("cut", cut, protocol, fetched)


def run(peer, folder, version, protocol):
    for program in ("editcap", "tshark", "openssl"):
        if not shutil.which(program, path=PATH):
            skip(program + " is not installed")
    serve(peer, folder)
    with open(os.path.join(folder, "upload.bin"), "wb") as out:
        out.write(bytes(n * 7 & 255 for n in range(UPLOAD)))
    watch = Keyed(peer, folder)
    fetched = [one for handshake in HANDSHAKES for one in fetch(watch, version, handshake)]
    watch.end()
    check("live", watch.all.records(), fetched)
    check_files(watch, protocol, fetched)


@case
def http1(peer, folder):
    run(peer, folder, "--http1.1", "http")


@case
def http2(peer, folder):
    run(peer, folder, "--http2", "http2")


@case
def update(peer, folder):
    """Keys that change while a connection lasts, of one side and of both."""
    serve(peer, folder)
    watch = Keyed(peer, folder)
    asked, said = [], os.path.join(folder, "client.said")
    with open(said, "w") as out:
        client = subprocess.Popen(
            ["openssl", "s_client", "-connect", THEIRS + ":443", "-tls1_3", "-crlf", "-keylogfile",
             watch.keys], stdin=subprocess.PIPE, stdout=out, stderr=out)

    def has(text, count):
        with open(said) as file:
            return file.read().count(text) >= count
    for turn, letter in enumerate(("K", "k", "K", "")):
        asked.append(clients.url("/one.txt", ""))
        client.stdin.write(b"GET %s HTTP/1.1\nHost: h\n\n" % asked[-1].encode())
        client.stdin.flush()
        wait_for(lambda: has("200 OK", turn + 1), "an answer")
        if letter:
            client.stdin.write(letter.encode() + b"\n")
            client.stdin.flush()
            wait_for(lambda: has("KEYUPDATE", turn + 1), "a change of keys")
    client.stdin.close()
    client.wait()
    watch.end()
    fetched = [Fetched("GET", uri, 200, 1, 0) for uri in asked]
    check("live", watch.all.records(), fetched)
    check("file", watch.again(), fetched)


def check_late(records, fetched):
    """Behind a hole it is not sure which request a response answers: then it has none."""
    found = list(messages(records))
    same("live: requests", [(m["method"], m["uri"]) for m, _ in found if m["kind"] == "request"],
         [(f.method, f.uri) for f in fetched])
    answers = [(m, asked) for m, asked in found if m["kind"] == "response"]
    same("live: responses", [(m["status"], m.get("body_len", 0)) for m, _ in answers],
         [(f.status, f.body) for f in fetched])
    for m, asked in answers:
        pair = (asked.get("uri"), m["status"], m.get("body_len", 0))
        if pair not in [(f.uri, f.status, f.body) for f in fetched] and (
                asked or "no_request" not in m["weird"]):
            fail("not its request: %r" % m)
    if not any(asked for _, asked in answers):
        fail("no response has its request")


@case
def late(peer, folder):
    """The keys come when a request and its response have gone by: what follows is seen."""
    serve(peer, folder)
    watch = Keyed(peer, folder)
    fetched, before = [], []
    for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
        keys = os.path.join(folder, "own.keys")
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        context.minimum_version = context.maximum_version = version
        context.keylog_filename = keys
        client = http.client.HTTPSConnection(THEIRS, context=context, timeout=DEADLINE)
        for turn in range(4):
            uri = clients.url(PATHS[turn + 1], "")
            client.request("GET", uri)
            answer = client.getresponse()
            one = Fetched("GET", uri, answer.status, len(answer.read()), 0)
            (fetched if turn else before).append(one)
            if turn == 0:
                watch.mark("late-%d" % len(before))
                with open(keys) as there, open(watch.keys, "a") as out:
                    out.write(there.read())
                os.unlink(keys)
        client.close()
    watch.end()
    check_late(watch.all.records(), fetched)
    check("file", watch.again(), before + fetched)


def main():
    def inside(peer):
        with tempfile.TemporaryDirectory(prefix="chains-keylog-") as folder:
            CASES[sys.argv[1]](peer, folder)
    run_between(["nginx", "curl"], inside)


if sys.argv[1:] == ["--list"]:
    print("\n".join(CASES))
else:
    CHAINS = os.path.abspath(sys.argv[2])
    main()
