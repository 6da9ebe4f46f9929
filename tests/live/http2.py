#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""http2.py CASE CHAINS: what chains says of HTTP/2 without TLS, beside what servers have logged.

curl, nghttp and h2load talk to nginx and nghttpx over a veth pair (pair.py), while chains watches.
Every request is seen once, and its response once, with the request that it answers.
"""
import collections
import json
import os
import signal
import subprocess
import sys
import tempfile

import servers
from captures import Watch, ends, same
from pair import THEIRS, command, fail, run_between

CASES = {}
CHAIN = "packet_meta ! flows ! http_meta headers=true ! json_lines".split()
BASE = "http://" + THEIRS

NGINX = """
    log_format seen escape=json '{"port":$remote_port,"method":"$request_method",'
        '"uri":"$request_uri","status":$status,"version":"$server_protocol",'
        '"length":"$sent_http_content_length"}';
    access_log %(folder)s/access.log seen;
    default_type text/plain;
    server {
        listen 80 http2;
        root %(folder)s/site;
        location / { client_max_body_size 8m; dav_methods PUT; }
        location /moved { return 301 /one.txt; }
    }
"""

Said = collections.namedtuple("Said", "port method uri status length")


def case(function):
    CASES[function.__name__] = function
    return function


class Requests(Watch):
    def __init__(self, peer, folder):
        super().__init__(CHAINS, peer, folder, CHAIN)

    def end(self):
        """What was seen; the packets in a file say the same."""
        super().end()
        live, file = Seen(self.all.records()), Seen(self.again())
        same("requests live and from a file", live.requests, file.requests)
        same("responses live and from a file", live.responses, file.responses)
        return live


class Seen:
    """The messages of HTTP/2, by the client's port."""

    def __init__(self, records):
        self.requests, self.responses, self.sent = [], [], []
        self.streams, self.pushed, self.upgraded = set(), collections.Counter(), 0
        services = collections.Counter()
        for record in records:
            if "flow" in record:
                services[record["flow"].get("service")] += 1
            for message in record.get("http", []):
                self.note(record, message)
        self.services = services

    def note(self, record, message):
        _, _, sport, dport = ends(record)
        if servers.MARKS in (sport, dport):
            return
        if message["kind"] == "request":
            if message["version"] == "2":
                self.once(sport, dport, message)
            pushed = message.get("pushed", False)
            self.pushed.update([message["uri"]] if pushed else [])
            self.requests.append((dport if pushed else sport, message["method"], message["uri"]))
            self.sent.append((message["uri"], message.get("body_len", 0)))
        elif message["status"] == 101:
            self.upgraded += 1
        else:
            self.once(sport, dport, message)
            asked = message["request"]
            self.responses.append(Said(dport, asked["method"], asked["uri"], message["status"],
                                       message.get("body_len", 0)))
        if message.get("weird") or not message["complete"]:
            fail("odd, or not whole: %r" % message)

    def once(self, sport, dport, message):
        if message["version"] != "2":
            fail("not HTTP/2: %r" % message)
        which = (tuple(sorted((sport, dport))), message["stream"], message["kind"])
        if which in self.streams:
            fail("twice: %r" % message)
        self.streams.add(which)
        names = [header["name"] for header in message["headers"]]
        if any(name.startswith(":") for name in names):
            fail("pseudo headers: %r" % names)


def talk(folder, port=""):
    """Clients of several kinds; each URI but those of h2load is asked once by each."""
    base, upload = BASE + port, os.path.join(folder, "upload.bin")
    with open(upload, "wb") as out:
        out.write(bytes(range(256)) * 2000)
    names = ["one.txt", "f100.png", "f5000.png", "f70000.png", "f300000.png", "big.bin", "none"]
    quiet = dict(stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    prior = ["curl", "-s", "-m", "60", "--http2-prior-knowledge"]
    urls = ["%s/%s?curl=%d" % (base, name, n) for n, name in enumerate(names * 4)]
    for url in urls[:7]:  # one connection each: this curl fails on the second request of one
        command(*prior, url, **quiet)
    command(*prior, "-I", base + "/f5000.png?head", **quiet)
    command("nghttp", "-n", "-b", "77", *[url.replace("curl", "nghttp") for url in urls],
            **quiet)
    done = command("h2load", "-n", "400", "-c", "4", "-m", "10", base + "/f5000.png?load",
                   stdout=subprocess.PIPE)
    if b"400 succeeded" not in done.stdout:
        fail("h2load: %r" % done.stdout)
    return 7 + 1 + 28 + 400, upload


def put(upload, base):
    """curl 7.88 now and then sends 64 KiB twice, which is seen; nghttp does not."""
    command("nghttp", "-n", "-H:method: PUT", "-d", upload, base + "/upload/a?put",
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


@case
def nginx(peer, folder):
    """By prior knowledge; what nginx has logged is what was seen."""
    servers.site(os.path.join(folder, "site"))
    server = servers.nginx(peer, folder, NGINX, [80])
    watch = Requests(peer, folder)
    count, upload = talk(folder)
    prior = ["curl", "-s", "-m", "60", "--http2-prior-knowledge"]
    put(upload, BASE)
    command(*prior, "-H", "Cookie: secret", BASE + "/moved?a=b", stdout=subprocess.DEVNULL)
    seen = watch.end()
    servers.finished(server, signal.SIGQUIT)
    logged = []
    with open(os.path.join(folder, "access.log")) as lines:
        for line in map(json.loads, lines):
            if line["version"] != "HTTP/2.0":
                fail("nginx says %r" % line)
            length = 0 if line["method"] == "HEAD" else int(line["length"] or 0)
            logged.append(Said(line["port"], line["method"], line["uri"], line["status"], length))
    if len(logged) != count + 2:
        fail("%d requests were logged, of %d" % (len(logged), count + 2))
    same("responses", seen.responses, logged)
    same("requests", seen.requests, [(one.port, one.method, one.uri) for one in logged])
    size = os.path.getsize(upload)
    if ("/upload/a?put", size) not in seen.sent:
        fail("the upload: %r" % [one for one in seen.sent if one[1]])
    with open(watch.all.path) as text:
        if "secret" in text.read():
            fail("a cookie is shown")
    if seen.services["http2"] < 7 or seen.upgraded:
        fail("services: %r" % seen.services)


BACKEND = """
    access_log off;
    server {
        listen 127.0.0.1:8000;
        root %(folder)s/site;
        location / { client_max_body_size 8m; dav_methods PUT; }
        location /pushes {
            add_header Link "</one.txt>; rel=preload" always;
            add_header Link "</f100.png>; rel=preload" always;
            return 200 "pushes";
        }
    }
"""


def front(peer, folder):
    """nghttpx on port 8080, in front of an nginx that nobody sees."""
    servers.site(os.path.join(folder, "site"))
    servers.nginx(peer, folder, BACKEND, [])
    words = ["--conf=/dev/null", "--frontend=*,8080;no-tls", "--backend=127.0.0.1,8000",
             "--accesslog-file=" + os.path.join(folder, "access.log"), "--workers=2",
             "--accesslog-format=$remote_port $status $body_bytes_sent $request", "--no-ocsp",
             "--errorlog-file=" + os.path.join(folder, "nghttpx.err"), "--single-process"]
    said = os.path.join(folder, "nghttpx.said")
    with open(said, "wb") as out:
        process = subprocess.Popen(peer.words(servers.program("nghttpx"), *words), stdout=out,
                                   stderr=out)
    servers.listening(THEIRS, 8080, process, said)
    return process


def logged_by_front(folder):
    with open(os.path.join(folder, "access.log")) as lines:
        for line in lines:
            port, status, length, method, uri, _ = line.split()
            yield Said(int(port), method, uri, int(status), int(length))


@case
def nghttpx(peer, folder):
    """By prior knowledge, by upgrades from HTTP/1.1, and with pushes."""
    server = front(peer, folder)
    watch = Requests(peer, folder)
    count, upload = talk(folder, ":8080")
    base = BASE + ":8080"
    quiet = dict(stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    done = command("curl", "-s", "-m", "60", "--http2", "-w", "%{stderr}%{http_version}",
                   base + "/one.txt?curl-up", stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    if done.stderr != b"2":
        fail("curl says %r" % done.stderr)
    for name in ("f5000.png", "f300000.png", "big.bin"):
        command("nghttp", "-n", "-u", "%s/%s?up" % (base, name), base + "/one.txt?up", **quiet)
    put(upload, base)
    command("nghttp", "-n", base + "/pushes", **quiet)
    seen = watch.end()
    servers.finished(server, signal.SIGTERM)
    logged = list(logged_by_front(folder))
    same("responses", seen.responses, logged)
    same("requests", seen.requests, [(one.port, one.method, one.uri) for one in logged])
    if ("/upload/a?put", os.path.getsize(upload)) not in seen.sent:
        fail("the upload: %r" % [one for one in seen.sent if one[1]])
    if seen.pushed != collections.Counter({"/one.txt": 1, "/f100.png": 1}) or seen.upgraded != 4:
        fail("pushed: %r, %d upgrades" % (seen.pushed, seen.upgraded))
    if len(seen.requests) != count + 1 + 6 + 1 + 3:
        fail("%d requests" % len(seen.requests))


def main():
    def inside(peer):
        with tempfile.TemporaryDirectory(prefix="chains-http2-") as folder:
            CASES[sys.argv[1]](peer, folder)
    run_between(["curl", "nghttp", "h2load", sys.argv[1]], inside)


CHAINS = os.path.abspath(sys.argv[2])
main()
