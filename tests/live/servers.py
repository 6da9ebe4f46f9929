# SPDX-License-Identifier: MIT
"""nginx and unbound in the peer's namespace, with all of their files in one folder.

Nothing of what the system has configured for them is read, and nothing is asked of the internet.
"""
import collections
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys

from pair import DEADLINE, PATH, THEIRS, THEIRS6, fail, skip, wait_for

# What a request was, as nginx says when it has answered. `body` counts the sizes of chunks, too.
Answered = collections.namedtuple("Answered", (
    "connection client port method uri version status body sent received chunked host"))

# What every nginx here begins its configuration with; `name` is for files in the folder.
NGINX_HEAD = """
daemon off;
user root;
worker_processes 2;
pid %(folder)s/%(name)s.pid;
error_log %(folder)s/%(name)s.err;
events { worker_connections 1024; }
http {
    client_body_temp_path %(folder)s/%(name)s.body;
    proxy_temp_path %(folder)s/%(name)s.proxy;
    fastcgi_temp_path %(folder)s/%(name)s.fastcgi;
    uwsgi_temp_path %(folder)s/%(name)s.uwsgi;
    scgi_temp_path %(folder)s/%(name)s.scgi;
"""
NGINX = """
    log_format seen escape=json '{"connection":$connection,"client":"$remote_addr",'
        '"port":$remote_port,"request":"$request","status":$status,"body":$body_bytes_sent,'
        '"sent":$bytes_sent,"received":$request_length,'
        '"chunked":"$sent_http_transfer_encoding","host":"$http_host"}';
    access_log %(folder)s/access.log seen;
    types { text/html html shtml; text/plain txt; application/javascript js; image/png png; }
    default_type application/octet-stream;
    gzip on;
    gzip_types application/javascript;
    if_modified_since before;
    keepalive_timeout 60;
    keepalive_requests 1000;
    server {
        listen 80 backlog=1024;
        listen [::]:80 backlog=1024;
        listen 8081;
        root %(folder)s/site;
        location / { ssi on; gzip off; }
        location /js/ { }
        location /moved { return 301 /page.html?$args; }
        location /forbidden { deny all; }
        location /echo { client_max_body_size 8m; proxy_pass http://127.0.0.1:9001; }
        location /small-only { client_max_body_size 1k; proxy_pass http://127.0.0.1:9001; }
        location /upload/ { client_max_body_size 8m; dav_methods PUT DELETE; }
        location /slow/ { limit_rate 4m; }
        location /socket {
            proxy_pass http://127.0.0.1:9002;
            proxy_http_version 1.1;
            proxy_set_header Upgrade $http_upgrade;
            proxy_set_header Connection upgrade;
        }
    }
    server {
        listen 127.0.0.1:9001;
        access_log off;
        client_max_body_size 8m;
        location / { default_type text/plain; return 200 "got $request_method\\n"; }
    }
"""

# Takes any upgrade on 127.0.0.1:9002 and sends back what comes then.
UPGRADER = """
import contextlib, socket, threading
def serve(client):
    with contextlib.suppress(OSError), client, client.makefile('rb') as lines:
        while lines.readline().strip():
            pass
        client.sendall(b'HTTP/1.1 101 Switching Protocols\\r\\nUpgrade: websocket\\r\\n'
                       b'Connection: Upgrade\\r\\n\\r\\n')
        while True:
            some = lines.read1(65536)
            if not some:
                return
            client.sendall(some)
with socket.create_server(('127.0.0.1', 9002)) as server:
    print('ready', flush=True)
    while True:
        threading.Thread(target=serve, args=server.accept()[:1], daemon=True).start()
"""

# Answers any request on port MARKS, by which it is known how far a capture has come.
MARKS = 8099
MARKER = """
import socket
with socket.create_server(('', %d)) as server:
    print('ready', flush=True)
    while True:
        client = server.accept()[0]
        client.recv(65536)
        client.sendall(b'HTTP/1.1 204 No Content\\r\\n\\r\\n')
        client.close()
"""

# Takes queries on the port of DNS at an address, and says nothing.
SILENT = """
import socket
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
    silent.bind(('%s', 53))
    print('ready', flush=True)
    while True:
        silent.recv(65536)
"""

UNBOUND = """
server:
    interface: %(ours)s
    interface: %(ours6)s
    port: 53
    access-control: 0.0.0.0/0 allow
    access-control: ::0/0 allow
    do-daemonize: no
    chroot: ""
    username: ""
    directory: "%(folder)s"
    pidfile: "%(folder)s/unbound.pid"
    use-syslog: no
    logfile: "%(folder)s/unbound.log"
    log-queries: yes
    log-replies: yes
    log-tag-queryreply: yes
    module-config: "iterator"
    num-threads: 1
    nsid: "ascii_here"
    msg-cache-size: 1m
    rrset-cache-size: 1m
    incoming-num-tcp: 20
    local-zone: "." refuse
    local-zone: "site.test." static
    local-data: "site.test. 60 IN SOA ns.site.test. admin.site.test. 1 2 3 4 5"
    local-data: "site.test. 60 IN NS ns.site.test."
    local-data: "site.test. 60 IN MX 10 mail.site.test."
    local-data: "site.test. 60 IN MX 20 mail2.site.test."
    local-data: 'site.test. 60 IN TXT "v=spf1 -all" "a; quoted \\" text"'
    local-data: 'site.test. 60 IN CAA 0 issue "ca.test"'
    local-data: "site.test. 60 IN HTTPS 1 . alpn=h2,h3 port=8443 ipv4hint=192.0.2.1"
    local-data: "_sip._udp.site.test. 60 IN SRV 1 2 5060 sip.site.test."
    local-data: "site.test. 60 IN NAPTR 10 20 S SIP+D2U !^.*$!sip:a@site.test! ."
    local-data: "_443._tcp.site.test. 60 IN TLSA 3 1 1 %(digest)s"
    local-data: "site.test. 60 IN SSHFP 4 2 %(digest)s"
    local-data: "site.test. 60 IN DS 60485 13 2 %(digest)s"
    local-data: "alias.site.test. 60 IN CNAME www.site.test."
    local-data: "odd.site.test. 60 IN TYPE65280 \\# 3 0a0b0c"
    local-data: "www.site.test. 60 IN A 192.0.2.1"
    local-data: "www.site.test. 60 IN AAAA 2001:db8::1"
    local-data-ptr: "192.0.2.1 www.site.test"
    local-data-ptr: "2001:db8::1 www.site.test"
%(more)s
"""


def program(name):
    return shutil.which(name, path=PATH) or skip(name + " is not installed")


def finished(process, number):
    """Ends a server, and waits until it has written all of its log."""
    process.send_signal(number)
    try:
        process.wait(DEADLINE)
    except subprocess.TimeoutExpired:
        fail("%s does not end" % process.args[-1])


def listening(address, port, process, log):
    def tried():
        if process.poll() is not None:
            fail("%s ended: %s" % (process.args[-1], open(log).read()))
        return socket.socket().connect_ex((address, port)) == 0
    wait_for(tried, "a server on port %d" % port)


def site(folder):
    """Files of many sizes, whose bytes differ; returns their sizes by path."""
    for name in ("upload", "js", "slow"):
        os.makedirs(os.path.join(folder, name))
    files = {"empty.txt": b"", "one.txt": b"1", "page.html": b"<p>page</p>\n" * 200}
    for size in (100, 1460, 5000, 70000, 300000):
        files["f%d.png" % size] = bytes((n * n >> 3) & 255 for n in range(size))
    files["big.bin"] = bytes(range(256)) * (6 << 12)
    files["slow/film.bin"] = bytes(range(255, -1, -1)) * (4 << 10)
    files["js/app.js"] = b"".join(b"call(%d);\n" % (n * n) for n in range(20000))
    files["chunked.shtml"] = (b"<!--# echo var='remote_port' -->\n" + b"x" * 3000) * 60
    files["short.shtml"] = b"<!--# echo var='args' -->"
    for name, content in files.items():
        with open(os.path.join(folder, name), "wb") as out:
            out.write(content)


def script(peer, text):
    """Starts a server that says when it is ready."""
    process = subprocess.Popen(peer.words(sys.executable, "-c", text), stdout=subprocess.PIPE)
    process.stdout.readline()


def marks(peer):
    script(peer, MARKER % MARKS)


def silent(peer, address):
    script(peer, SILENT % address)


def nginx(peer, folder, text, ports, name="nginx", **values):
    """Starts one whose `http` has this text; returns it when it listens on these ports of THEIRS."""
    config, said = (os.path.join(folder, name + end) for end in (".conf", ".said"))
    with open(config, "w") as out:
        out.write((NGINX_HEAD + text + "}\n") % dict(values, folder=folder, name=name))
    with open(said, "w") as out:
        process = subprocess.Popen(peer.words(program("nginx"), "-p", folder, "-c", config),
                                   stdout=out, stderr=out,
                                   env=dict(os.environ, OPENSSL_CONF="/dev/null"))
    for port in ports:
        listening(THEIRS, port, process, said)
    return process


class Nginx:
    def __init__(self, peer, folder):
        site(os.path.join(folder, "site"))
        self.log = os.path.join(folder, "access.log")
        script(peer, UPGRADER)
        self.process = nginx(peer, folder, NGINX, [80])

    def answered(self):
        """What was answered, in the order in which it ended. Ends the server."""
        finished(self.process, signal.SIGQUIT)
        with open(self.log, errors="surrogateescape") as lines:
            for line in lines:
                said = json.loads(line)
                method, uri, version = re.fullmatch(r"(\S+) (.*) HTTP/(\S+)",
                                                    said.pop("request")).groups()
                said["chunked"] = said["chunked"] == "chunked"
                yield Answered(method=method, uri=uri, version=version, **said)


# What unbound says of a query, and of its answer.
Asked = collections.namedtuple("Asked", "client name type class_")
Replied = collections.namedtuple("Replied", "client name type class_ rcode size")


class Unbound:
    def __init__(self, peer, folder):
        self.log = os.path.join(folder, "unbound.log")
        long = " ".join('"%s"' % (letter * 200) for letter in "abcdefghij")
        more = ["long.site.test. 60 IN TXT " + long]
        more += ["many.site.test. 60 IN A 192.0.2.%d" % last for last in range(100, 200)]
        config = os.path.join(folder, "unbound.conf")
        with open(config, "w") as out:
            out.write(UNBOUND % {
                "folder": folder, "ours": THEIRS, "ours6": THEIRS6, "digest": "ab" * 32,
                "more": "\n".join("    local-data: '%s'" % record for record in more)})
        # A copy, because AppArmor may hold the program in its place to the system's folders.
        own = shutil.copy(program("unbound"), folder)
        said = os.path.join(folder, "unbound.said")
        with open(said, "w") as out:
            self.process = subprocess.Popen(peer.words(own, "-c", config), stdout=out, stderr=out)
        listening(THEIRS, 53, self.process, said)

    def logged(self):
        """What was asked, and what was replied. Ends the server."""
        finished(self.process, signal.SIGTERM)
        asked, replied = [], []
        with open(self.log) as lines:
            for line in lines:
                kind, _, words = line.split("] ", 2)[2].partition(": ")
                words = words.split()
                if kind == "query":
                    asked.append(Asked(*words))
                elif kind == "reply":
                    replied.append(Replied(*words[:5], int(words[-1])))
        return asked, replied
