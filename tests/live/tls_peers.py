# SPDX-License-Identifier: MIT
"""Who speaks TLS: nginx, openssl's server, servers that begin without it; certificates.

All of it is in the peer's namespace, with its files in one folder. Every connection asks for a name
of its own, by which it is found again in what others say of it.
"""
import collections
import itertools
import json
import os
import re
import signal
import subprocess
import sys

import servers
from pair import DEADLINE, PATH, THEIRS, fail

numbers = itertools.count(1)
ENVIRONMENT = {name: value for name, value in dict(os.environ, PATH=PATH).items()
               if not name.lower().endswith("_proxy")}
ENVIRONMENT["OPENSSL_CONF"] = "/dev/null"  # nothing of what the system has configured


def name():
    return "c%d.site.test" % next(numbers)


def openssl(*words, **more):
    return subprocess.run(("openssl",) + words, check=True, env=ENVIRONMENT, timeout=DEADLINE,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, **more).stdout


AUTHORITY = """
[ca]
default_ca = d
[d]
new_certs_dir = %(folder)s
database = %(folder)s/index
rand_serial = yes
default_md = sha256
policy = p
unique_subject = no
copy_extensions = copy
[p]
CN = supplied
O = optional
[req]
distinguished_name = n
[n]
"""


class Certificates:
    """An authority, and what it has signed: paths of keys and certificates by their names."""

    def __init__(self, folder):
        self.folder = os.path.join(folder, "certificates")
        os.mkdir(self.folder)
        self.config = self.path("ca.cnf")
        with open(self.config, "w") as out:
            out.write(AUTHORITY % {"folder": self.folder})
        open(self.path("index"), "w").close()
        self.make_key("authority", "EC", "ec_paramgen_curve:P-256")
        openssl("req", "-x509", "-config", self.config, "-key", self.key("authority"), "-subj",
                "/O=Chains/CN=Test authority", "-days", "30", "-out", self.of("authority"))

    def path(self, word):
        return os.path.join(self.folder, word)

    def key(self, word):
        return self.path(word + ".key")

    def of(self, word):
        return self.path(word + ".pem")

    def make_key(self, word, kind, option):
        openssl("genpkey", "-algorithm", kind, "-pkeyopt", option, "-out", self.key(word))

    def make(self, word, subject=None, names="DNS:*.site.test",
             dates=("20200101000000Z", "20491231235959Z"), kind="EC",
             option="ec_paramgen_curve:P-256", own=False):
        """A certificate with its key; `own`: signed by itself."""
        self.make_key(word, kind, option)
        request = self.path(word + ".req")
        openssl("req", "-new", "-config", self.config, "-key", self.key(word), "-subj",
                subject or "/O=Chains/CN=" + word,
                "-addext", "subjectAltName=" + names, "-out", request)
        signed = ["-selfsign", "-keyfile", self.key(word)] if own else \
            ["-cert", self.of("authority"), "-keyfile", self.key("authority")]
        openssl("ca", "-batch", "-notext", "-config", self.config, "-in", request, "-startdate",
                dates[0], "-enddate", dates[1], "-out", self.of(word), *signed)
        return self

    def said(self, word):
        """What openssl says of it, in the words of our fields."""
        text = openssl("x509", "-in", self.of(word), "-noout", "-subject", "-issuer", "-serial",
                       "-dates", "-fingerprint", "-sha256", "-nameopt", "RFC2253").decode()
        said = dict(line.split("=", 1) for line in text.splitlines())
        return {"subject": said["subject"], "issuer": said["issuer"],
                "serial": said["serial"].lower(),
                "sha256": said["sha256 Fingerprint"].replace(":", "").lower(),
                "not_before": said["notBefore"], "not_after": said["notAfter"]}


NGINX = """
    log_format tls escape=json '{"port":$remote_port,"server":$server_port,'
        '"name":"$ssl_server_name","protocol":"$ssl_protocol","cipher":"$ssl_cipher",'
        '"group":"$ssl_curve",'
        '"reused":"$ssl_session_reused","alpn":"$ssl_alpn_protocol","uri":"$request_uri"}';
    access_log %(folder)s/tls.log tls;
    keepalive_timeout 60;
    ssl_certificate %(certificate)s;
    ssl_certificate_key %(key)s;
    ssl_session_cache shared:tls:1m;
    server {
        listen %(address)s:443 ssl http2;
        ssl_protocols TLSv1.2 TLSv1.3;
        location / { default_type text/html; return 200 "<p>page</p>\\n"; }
    }
    server {
        listen %(address)s:8442 ssl;
        ssl_protocols TLSv1.2;
        ssl_session_tickets off;
        location / { default_type text/html; return 200 "<p>page</p>\\n"; }
    }
    server {
        listen %(address)s:8443 ssl;
        ssl_protocols TLSv1.3;
        ssl_ecdh_curve secp384r1;
        location / { default_type text/html; return 200 "<p>page</p>\\n"; }
    }
"""

# A connection, as nginx says when it has answered a request.
Answered = collections.namedtuple("Answered", "port server name protocol cipher group reused alpn")


class Nginx:
    def __init__(self, peer, folder, certificate, key):
        self.log = os.path.join(folder, "tls.log")
        self.process = servers.nginx(peer, folder, NGINX, [443, 8442, 8443], "tls", address=THEIRS,
                                     certificate=certificate, key=key)

    def answered(self):
        """Each connection with a request. Ends the server."""
        servers.finished(self.process, signal.SIGQUIT)
        with open(self.log) as lines:
            requests = [json.loads(line) for line in lines]
        for request in requests:
            del request["uri"]
        return sorted({Answered(**request) for request in requests})


class Server:
    """openssl s_server, for one connection."""

    def __init__(self, peer, certificates, port, words, word="good"):
        line = ["openssl", "s_server", "-accept", "%s:%d" % (THEIRS, port), "-naccept", "1",
                "-cert", certificates.of(word), "-key", certificates.key(word)] + words
        self.process = subprocess.Popen(peer.words(*line), stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                        env=ENVIRONMENT)
        while True:  # it says so when it listens
            text = self.process.stdout.readline()
            if text.startswith(b"ACCEPT"):
                break
            if not text:
                fail("%r ended" % line)

    def end(self):
        """All that it has said."""
        try:
            return self.process.communicate(timeout=DEADLINE)[0].decode(errors="replace")
        except subprocess.TimeoutExpired:
            self.process.kill()
            return fail("openssl's server does not end")


def client(port, words, feed=b"GET / HTTP/1.0\r\n\r\n", name_=None):
    """openssl s_client: what it says, and the name it has asked for."""
    name_ = name_ or name()
    line = ["openssl", "s_client", "-connect", "%s:%d" % (THEIRS, port), "-servername", name_]
    done = subprocess.run(line + words, input=feed, env=ENVIRONMENT, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, timeout=DEADLINE)
    return name_, done.stdout.decode(errors="replace")


# Speaks as much of a protocol as is needed before TLS, then TLS, and answers a line with a line.
# Words: ADDRESS PORT CERTIFICATE KEY; the protocols are on PORT and the ports behind it.
TALKER = r"""
import socket, ssl, sys, threading
address, port, certificate, key = sys.argv[1:5]
def line(sock):
    text = b''
    while not text.endswith(b'\n'):
        byte = sock.recv(1)
        if not byte:
            raise OSError('closed')
        text += byte
    return text
def until(sock, word):
    text = b''
    while not text.upper().endswith(word):
        byte = sock.recv(1)
        if not byte:
            raise OSError('closed')
        text += byte
def smtp(sock):
    sock.sendall(b'220 mail.test ESMTP\r\n')
    line(sock)
    sock.sendall(b'250-mail.test\r\n250 STARTTLS\r\n')
    line(sock)
    sock.sendall(b'220 go\r\n')
def imap(sock):
    sock.sendall(b'* OK ready\r\n')
    tag = line(sock).split()[0]
    sock.sendall(b'* CAPABILITY IMAP4rev1 STARTTLS\r\n' + tag + b' OK\r\n')
    tag = line(sock).split()[0]
    sock.sendall(tag + b' OK begin\r\n')
def pop3(sock):
    sock.sendall(b'+OK ready\r\n')
    line(sock)
    sock.sendall(b'+OK begin\r\n')
def ftp(sock):
    sock.sendall(b'220 ready\r\n')
    while line(sock).upper().split()[:2] != [b'AUTH', b'TLS']:
        sock.sendall(b'211-Features:\r\n AUTH TLS\r\n211 End\r\n')
    sock.sendall(b'234 begin\r\n')
def xmpp(sock):
    until(sock, b'>')
    sock.sendall(b"<?xml version='1.0'?><stream:stream xmlns='jabber:client' id='1' version='1.0' "
                 b"xmlns:stream='http://etherx.jabber.org/streams' from='x.test'>"
                 b"<stream:features><starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"
                 b"</stream:features>")
    until(sock, b"XMPP-TLS'/>")
    sock.sendall(b"<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>")
def postgresql(sock):
    sock.recv(8)
    sock.sendall(b'S')
def connect(sock):
    while line(sock).strip():
        pass
    sock.sendall(b'HTTP/1.1 200 Connection established\r\n\r\n')
def socks(sock):
    sock.recv(2 + sock.recv(2, socket.MSG_PEEK)[1])
    sock.sendall(b'\5\0')
    head = sock.recv(5)
    sock.recv(head[4] + 2 if head[3] == 3 else 5)
    sock.sendall(b'\5\0\0\1\0\0\0\0\0\0')
SPEAKS = [smtp, imap, pop3, ftp, xmpp, postgresql, connect, socks]
def serve(sock, speak):
    try:
        with sock:
            speak(sock)
            with context.wrap_socket(sock, server_side=True) as inner:
                inner.recv(65536)
                inner.sendall(b'HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok')
    except OSError as why:
        print(why, file=sys.stderr)
def listen(speak, number):
    with socket.create_server((address, number)) as server:
        ready.release()
        while True:
            threading.Thread(target=serve, args=(server.accept()[0], speak), daemon=True).start()
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(certificate, key)
ready = threading.Semaphore(0)
for number, speak in enumerate(SPEAKS):
    threading.Thread(target=listen, args=(speak, int(port) + number)).start()
    ready.acquire()
print('ready', flush=True)
"""


def talker(peer, port, certificate, key):
    process = subprocess.Popen(
        peer.words(sys.executable, "-c", TALKER, THEIRS, str(port), certificate, key),
        stdout=subprocess.PIPE, env=ENVIRONMENT)
    if process.stdout.readline() != b"ready\n":
        fail("no server that begins without TLS")


def suites():
    """IANA's names of cipher suites by openssl's."""
    text = openssl("ciphers", "-V", "-stdname", "ALL:COMPLEMENTOFALL:@SECLEVEL=0").decode()
    found = re.findall(r"- (\S+) +- (\S+)", text)
    return {theirs: ours for ours, theirs in found}
