#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""tls.py CASE CHAINS: what chains says of TLS, beside what clients and servers say of it.

curl, GnuTLS, OpenSSL, Python and a browser talk to nginx and openssl's server over a veth pair
(pair.py), while chains watches. Every connection asks for a name of its own.
"""
import collections
import datetime
import importlib.util
import os
import re
import subprocess
import sys
import tempfile

import tls_peers
from captures import Watch, ends, same
from pair import DEADLINE, THEIRS, command, fail, run_between

CASES = {}
CHAIN = "packet_meta ! flows ! tls_meta ! quic_meta ! http_meta ! where".split() + [
    "http or tls", "!", "json_lines"]
# Groups as nginx and openssl call them, and as they are registered.
GROUPS = {"X25519": "x25519", "prime256v1": "secp256r1", "secp384r1": "secp384r1"}


def case(function):
    CASES[function.__name__] = function
    return function


class Handshakes(Watch):
    """What TLS says, as JSON, and the packets."""

    def __init__(self, peer, folder):
        super().__init__(CHAINS, peer, folder, CHAIN)

    def end(self):
        """Seen by all, and again in the file; both say the same."""
        super().end()
        live, file = Seen(self.all.records()), Seen(self.again())
        same("live and from a file", [each.short() for each in file.messages],
             [each.short() for each in live.messages])
        lines = os.path.join(self.folder, "lines")
        with open(lines, "wb") as out:
            command(CHAINS, "urlwatch", "-n", "-r", self.packets.path, stdout=out)
        with open(lines) as out:
            live.lines = out.read().splitlines()
        return live


class Message:
    def __init__(self, record, said):
        src, dst, sport, dport = ends(record)
        self.said, self.kind, self.sender = said, said["handshake"], (src, sport)
        self.server_port = dport if dst == THEIRS else sport
        self.client_port = sport if dst == THEIRS else dport

    def short(self):
        return (self.client_port, self.kind, self.said.get("sni"), self.said.get("alert"),
                self.said.get("cipher"))


class Seen:
    """The messages of TLS, and how to find those of one connection."""

    def __init__(self, records):
        self.messages = [Message(record, said) for record in records
                         for said in record.get("tls", ())]
        self.lines = []

    def hellos(self, name):
        """The ClientHellos that ask for a name, without those that answer a HelloRetryRequest."""
        return [m for m in self.messages if m.kind == "client_hello" and m.said.get("sni") == name
                and not m.said.get("retry")]

    def connection(self, name):
        """Its messages by their kinds; fails unless its name is asked for exactly once."""
        hellos = self.hellos(name)
        if len(hellos) != 1:
            fail("%s is asked for %d times" % (name, len(hellos)))
        found = collections.defaultdict(list)
        for m in self.messages:
            if (m.client_port, m.server_port) == (hellos[0].client_port, hellos[0].server_port):
                found[m.kind].append(m.said)
        return found

    def established(self, name):
        found = self.connection(name)
        if len(found["established"]) != 1 or found["failed"]:
            fail("%s is not established once: %r" % (name, found))
        return found["established"][0]


def protocol(text):
    """TLSv1.2 and TLSv1 as we call them."""
    text = text.replace("DTLSv", "DTLS ").replace("TLSv", "TLS ")
    return text if "." in text else text + ".0"


# --- many clients at nginx ------------------------------------------------------------------------

REQUEST = b"GET / HTTP/1.0\r\n\r\n"
PYCURL = """
import io, pycurl, sys
name, port, address, options = sys.argv[1], sys.argv[2], sys.argv[3], sys.argv[4:]
curl = pycurl.Curl()
curl.setopt(pycurl.URL, 'https://%s:%s/' % (name, port))
curl.setopt(pycurl.RESOLVE, ['%s:%s:%s' % (name, port, address)])
curl.setopt(pycurl.SSL_VERIFYPEER, 0)
curl.setopt(pycurl.SSL_VERIFYHOST, 0)
curl.setopt(pycurl.TIMEOUT, 20)
curl.setopt(pycurl.WRITEDATA, io.BytesIO())
if 'http1' in options:
    curl.setopt(pycurl.HTTP_VERSION, pycurl.CURL_HTTP_VERSION_1_1)
curl.perform()
"""
PYTHON = """
import socket, ssl, sys
name, port, address = sys.argv[1:4]
context = ssl.create_default_context()
context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
with socket.create_connection((address, int(port)), 20) as plain:
    with context.wrap_socket(plain, server_hostname=name) as sock:
        sock.sendall(b'GET / HTTP/1.0\\r\\n\\r\\n')
        while sock.recv(65536):
            pass
"""


def curl(name, port, *words):
    return ["curl", "-q", "-s", "-S", "-k", "-m", "20", "-o", os.devnull, "--resolve",
            "%s:%d:%s" % (name, port, THEIRS), "https://%s:%d/" % (name, port)] + list(words)


def python(text, name, port, *words):
    return [sys.executable, "-c", text, name, str(port), THEIRS] + list(words)


def gnutls(name, port, *words):
    return ["gnutls-cli", "--insecure", "--sni-hostname", name, "-p", str(port), THEIRS] + \
        list(words)


def s_client(name, port, *words):
    return ["openssl", "s_client", "-quiet", "-ign_eof", "-connect", "%s:%d" % (THEIRS, port),
            "-servername", name] + list(words)


H2 = ["h2", "http/1.1"]
# What offers the same each time: what to run, its own words, what is offered inside.
KINDS = {
    "curl": (curl, (), H2),
    "curl-http1": (curl, ("--http1.1",), ["http/1.1"]),
    "curl-no-alpn": (curl, ("--no-alpn",), []),
    "curl-ciphers": (curl, ("--ciphers", "ECDHE-ECDSA-AES256-GCM-SHA384"), H2),
    "gnutls": (gnutls, (), []),
    "gnutls-alpn": (gnutls, ("--alpn=http/1.1",), ["http/1.1"]),
    "gnutls-1.2": (gnutls, ("--priority=NORMAL:-VERS-ALL:+VERS-TLS1.2",), []),
    "openssl": (s_client, (), []),
    "openssl-alpn": (s_client, ("-alpn", "http/1.1,odd one"), ["http/1.1", "odd one"]),
    "openssl-1.2": (s_client, ("-tls1_2",), []),
    "openssl-groups": (s_client, ("-groups", "X25519:P-384"), []),
    "python": (lambda *words: python(PYTHON, *words), (), []),
    "pycurl": (lambda *words: python(PYCURL, *words), (), H2),
    "pycurl-http1": (lambda *words: python(PYCURL, *words), ("http1",), ["http/1.1"]),
}
ONLY = {"gnutls-1.2": (443, 8442), "openssl-1.2": (443, 8442),  # not where 1.3 alone is spoken
        "openssl-groups": (443, 8443)}  # nor where its groups are too few for the certificate


def converse(kinds):
    """Each kind of client to each port; which kind asked for which name."""
    asked = {}
    for kind in kinds:
        make, words, _ = KINDS[kind]
        for port in ONLY.get(kind, (443, 8442, 8443)):
            name = tls_peers.name()
            asked[name] = (kind, port)
            done = subprocess.run(make(name, port, *words), input=REQUEST, timeout=DEADLINE,
                                  env=tls_peers.ENVIRONMENT, stdout=subprocess.PIPE,
                                  stderr=subprocess.STDOUT)
            if done.returncode and kind.split("-")[0] in ("curl", "pycurl", "python"):
                fail("%s at %d: %r" % (kind, port, done.stdout))
    return asked


def agreed(one):
    """The protocol inside, where it can be seen: TLS 1.3 encrypts it."""
    return [one.alpn] if one.alpn and one.protocol != "TLSv1.3" else []


def check_answered(seen, answered):
    """What nginx says of each connection."""
    suites = tls_peers.suites()
    for one in answered:
        said = seen.established(one.name)
        want = {"protocol": protocol(one.protocol), "cipher": suites[one.cipher],
                "group": GROUPS[one.group], "resumed": one.reused == "r",
                "alpn": agreed(one), "server_name": one.name}
        got = {key: said.get(key, {"resumed": False, "alpn": []}.get(key)) for key in want}
        if got != want:
            fail("%s: nginx says %r, not %r" % (one.name, want, got))
        hello = seen.hellos(one.name)[0]
        if (hello.client_port, hello.server_port) != (one.port, one.server):
            fail("%s: from port %r, not %r" % (one.name, hello.client_port, one.port))
        if not 0 < said.get("took", -1) < 20:
            fail("%s has taken %r" % (one.name, said.get("took")))
    print("connections: %d" % len(answered))


def check_prints(seen, asked):
    """One JA4 for each kind of client, and each another one."""
    prints = collections.defaultdict(set)
    for name, (kind, _) in asked.items():
        said = seen.hellos(name)[0].said
        prints[kind].add(said["ja4"])
        if said.get("alpn", []) != KINDS[kind][2]:
            fail("%s offers %r" % (kind, said.get("alpn")))
    for kind, own in prints.items():
        if len(own) != 1:
            fail("%s has more than one JA4: %r" % (kind, own))
    if prints.pop("openssl-groups") != prints["openssl"]:  # groups are no part of it
        fail("JA4 by groups: %r" % prints)
    if len(set.union(*prints.values())) != len(prints):
        fail("two kinds of clients have one JA4: %r" % prints)
    print("JA4: %d" % len(prints))


def check_lines(seen, names):
    """urlwatch: two lines for each connection that works, and no more."""
    for name in names:
        lines = [line for line in seen.lines if re.search(r"[ /]%s(:|\b)" % re.escape(name), line)]
        if [re.search(" (-->|<--) ", line).group(1) for line in lines] != ["-->", "<--"]:
            fail("lines for %s: %r" % (name, lines))
        if not seen.hellos(name)[0].said["ja4"] in lines[0] or " TLS 1." not in lines[1]:
            fail("lines for %s: %r" % (name, lines))


@case
def web(peer, folder):
    """curl, pycurl, Python, gnutls-cli and s_client at nginx: TLS 1.2, 1.3, another group."""
    kinds = list(KINDS)
    if not importlib.util.find_spec("pycurl"):
        print("without pycurl")
        kinds = [kind for kind in kinds if not kind.startswith("pycurl")]
    certificates = tls_peers.Certificates(folder).make("good")
    nginx = tls_peers.Nginx(peer, folder, certificates.of("good"), certificates.key("good"))
    watch = Handshakes(peer, folder)
    asked = {}
    for _ in range(2):
        asked.update(converse(kinds))
    seen, answered = watch.end(), nginx.answered()
    same("names that nginx was asked for", [one.name for one in answered], asked)
    same("names that are seen", [m.said["sni"] for m in seen.messages
                                 if m.kind == "client_hello" and not m.said.get("retry")], asked)
    check_answered(seen, answered)
    check_prints(seen, asked)
    check_lines(seen, asked)
    retried = [name for name, (_, port) in asked.items() if seen.connection(name)["server_hello"][0]
               .get("retry")]
    if not retried or any(asked[name][1] != 8443 for name in retried):
        fail("HelloRetryRequest in %r" % [asked[name] for name in retried])
    odd = [m.said for m in seen.messages if m.said.get("weird") or m.kind == "failed"]
    if odd:
        fail("called odd, or failed: %r" % odd)


# --- openssl at openssl ---------------------------------------------------------------------------

WEAK = ["-cipher", "ALL:@SECLEVEL=0"]
# What a connection is: its server's words, its client's, what comes of it.
Peering = collections.namedtuple("Peering", "server client want")
PEERINGS = {
    "tls1.0": Peering(["-tls1"] + WEAK, ["-tls1"] + WEAK, "TLS 1.0"),
    "tls1.1": Peering(["-tls1_1"] + WEAK, ["-tls1_1"] + WEAK, "TLS 1.1"),
    "tls1.2": Peering(["-tls1_2"], [], "TLS 1.2"),
    "tls1.2-rsa": Peering(["-tls1_2", "-cipher", "AES128-GCM-SHA256"], ["-cipher", "ALL"],
                          "TLS 1.2"),
    "tls1.2-dhe": Peering(["-tls1_2", "-cipher", "DHE-RSA-AES256-GCM-SHA384"], [], "TLS 1.2"),
    "tls1.2-chacha": Peering(["-tls1_2"], ["-cipher", "ECDHE-RSA-CHACHA20-POLY1305"], "TLS 1.2"),
    "tls1.3": Peering([], [], "TLS 1.3"),
    "tls1.3-chacha": Peering([], ["-ciphersuites", "TLS_CHACHA20_POLY1305_SHA256"], "TLS 1.3"),
    "tls1.3-retry": Peering(["-groups", "P-384"], ["-groups", "X25519:P-384"], "TLS 1.3"),
    "dtls1.2": Peering(["-dtls1_2"], ["-dtls1_2"], "DTLS 1.2"),
    "dtls1.0": Peering(["-dtls1"] + WEAK, ["-dtls1"] + WEAK, "DTLS 1.0"),
    "handshake_failure": Peering(["-tls1_2", "-cipher", "ECDHE-RSA-AES128-GCM-SHA256"],
                                 ["-tls1_2", "-cipher", "AES256-SHA"], "server"),
    "protocol_version": Peering(["-tls1_3"], ["-tls1_2"], "server"),
    "unrecognized_name": Peering(["-servername", "other.test", "-servername_fatal", "-cert2",
                                  "CERT", "-key2", "KEY"], [], "server"),
    "no_application_protocol": Peering(["-alpn", "h2"], ["-alpn", "odd"], "server"),
    "unknown_ca": Peering(["-tls1_2"], ["-verify_return_error"], "client"),
}
AGREED = re.compile(r"(New|Reused), (\S+), Cipher is (\S+)")


def peering(peer, certificates, port, one, word="rsa", name=None):
    """Runs one; the name that was asked for, and what the client said."""
    places = {"CERT": certificates.of(word), "KEY": certificates.key(word)}
    server = tls_peers.Server(peer, certificates, port,
                              [places.get(each, each) for each in one.server], word)
    name, said = tls_peers.client(port, one.client, b"hello\n", name)
    server.end()
    return name, said


def check_agreed(seen, name, word, said, want, suites):
    got = seen.established(name)
    kind, _, cipher = AGREED.search(said).groups()
    if (got["protocol"], got["cipher"], got.get("resumed", False)) != (
            want, suites[cipher], kind == "Reused"):
        fail("%s: the client says %r, not %r" % (word, AGREED.search(said).group(0), got))
    key = re.search(r"Server Temp Key: (?:ECDH, )?(\w+)", said)
    if key and key.group(1) in GROUPS and got.get("group") != GROUPS[key.group(1)]:
        fail("%s: the client says %r, not %r" % (word, key.group(0), got))
    return got


def check_refused(seen, name, word, sender):
    found = seen.connection(name)
    alerts = [(said["alert"], said["from"]) for said in found["alert"]
              if said["alert"] != "close_notify"]
    if alerts != [(word, sender)] or found["established"]:
        fail("%s: %r" % (word, dict(found)))
    lines = [line for line in seen.lines if line.endswith(" alert: " + word)]
    arrow = {"client": "-->", "server": "<--"}[sender]
    if [line.split()[4] for line in lines] != [arrow]:
        fail("lines for %s: %r" % (word, lines))
    if any(name in line and " failed" in line for line in seen.lines):
        fail("%s has a line for its end, too" % word)


@case
def peers(peer, folder):
    """openssl's client and server: all versions and kinds of keys, DTLS, alerts of both sides."""
    certificates = tls_peers.Certificates(folder).make("rsa", kind="RSA",
                                                       option="rsa_keygen_bits:2048")
    watch = Handshakes(peer, folder)
    said = {word: peering(peer, certificates, 4433, one) for word, one in PEERINGS.items()}
    seen, suites = watch.end(), tls_peers.suites()
    for word, (name, text) in said.items():
        want = PEERINGS[word].want
        if want in ("client", "server"):
            check_refused(seen, name, word, want)
        else:
            check_agreed(seen, name, word, text, want, suites)
    same("names", [m.said["sni"] for m in seen.messages if m.kind == "client_hello"
                   and not m.said.get("retry")], [name for name, _ in said.values()])
    retried = seen.connection(said["tls1.3-retry"][0])
    kinds = [one.get("retry", False) for one in retried["server_hello"]]
    if kinds != [True, False] or retried["server_hello"][0]["group"] != "secp384r1" or \
            [one.get("retry", False) for one in retried["client_hello"]] != [False, True]:
        fail("HelloRetryRequest: %r" % dict(retried))
    overs = {word: seen.hellos(name)[0].said["over"] for word, (name, _) in said.items()}
    if any((over == "dtls") != word.startswith("dtls") for word, over in overs.items()):
        fail("what carries them: %r" % overs)


# --- certificates ---------------------------------------------------------------------------------

CERTIFICATES = {
    "good": ({}, []),
    "expired": ({"dates": ("20200101000000Z", "20210101000000Z")}, ["expired"]),
    "not_yet": ({"dates": ("20480101000000Z", "20491231235959Z")}, ["not_yet_valid"]),
    "self_signed": ({"own": True}, ["self_signed"]),
    "other_name": ({"subject": "/CN=other.example", "names": "DNS:other.example,IP:192.0.2.1"},
                   ["other_name"]),
    "weak_key": ({"kind": "RSA", "option": "rsa_keygen_bits:1024"}, ["weak_key"]),
    "odd": ({"subject": '/O=A, B\\+C "D"/CN=#odd.test', "names": "DNS:*.site.test,IP:2001:db8::1"}, []),
}


def when(text):
    """openssl's dates as ours: Jan  1 00:00:00 2020 GMT."""
    found = datetime.datetime.strptime(" ".join(text.split()), "%b %d %H:%M:%S %Y GMT")
    return found.strftime("%Y-%m-%dT%H:%M:%S")


def check_certificate(word, got, want):
    for key in ("subject", "issuer", "sha256"):
        if got[key].replace("\\\\", "\\") != want[key]:  # bytes are shown with escapes
            fail("%s: %s is %r, not %r" % (word, key, got[key], want[key]))
    if got["serial"].lstrip("0") != want["serial"].lstrip("0"):
        fail("%s: serial %r, not %r" % (word, got["serial"], want["serial"]))
    for key in ("not_before", "not_after"):
        if not got[key].startswith(when(want[key])):
            fail("%s: %s is %r, not %r" % (word, key, got[key], want[key]))


@case
def certificates(peer, folder):
    """Certificates of TLS 1.2 as openssl reads them, with what is wrong with them; a client's."""
    made = tls_peers.Certificates(folder)
    watch, asked = Handshakes(peer, folder), {}
    plain = Peering(["-tls1_2", "-cert_chain", made.of("authority")] + WEAK, WEAK, None)
    for word, (words, _) in CERTIFICATES.items():
        made.make(word, **words)
        asked[word] = peering(peer, made, 4433, plain, word)[0]
    made.make("client", subject="/CN=some client", names="email:some@client.test")
    both = Peering(["-tls1_2", "-Verify", "1", "-verify_quiet", "-CAfile", made.of("authority")],
                   ["-cert", made.of("client"), "-key", made.key("client")], None)
    asked["client"] = peering(peer, made, 4433, both, "good")[0]
    seen = watch.end()
    for word, (_, trouble) in CERTIFICATES.items():
        found = seen.connection(asked[word])["certificate"]
        if len(found) != 1 or found[0]["from"] != "server":
            fail("%s: %r" % (word, found))
        if found[0].get("trouble", []) != trouble:
            fail("%s has trouble %r" % (word, found[0].get("trouble")))
        check_certificate(word, found[0]["chain"][0], made.said(word))
        check_certificate(word, found[0]["chain"][1], made.said("authority"))
        seen.established(asked[word])
        lines = [line for line in seen.lines if " certificate: " in line and
                 made.said(word)["subject"] in line]
        if len(lines) != (1 if trouble else 0) or \
                any(" certificate: %s (" % ", ".join(trouble) not in line for line in lines):
            fail("%s: lines %r" % (word, lines))
    sides = [(one["from"], one["chain"][0]["subject"])
             for one in seen.connection(asked["client"])["certificate"]]
    if sides != [("server", made.said("good")["subject"]), ("client", "CN=some client")]:
        fail("with a client's: %r" % sides)


# --- sessions -------------------------------------------------------------------------------------

@case
def sessions(peer, folder):
    """A session that goes on, with a ticket and without, in TLS 1.2 and 1.3."""
    made = tls_peers.Certificates(folder).make("good")
    nginx = tls_peers.Nginx(peer, folder, made.of("good"), made.key("good"))
    watch, asked = Handshakes(peer, folder), []
    for port, words, how in ((443, ["-tls1_2"], "ticket"), (8442, ["-tls1_2"], "session_id"),
                             (8443, ["-groups", "P-384"], "psk"), (443, ["-tls1_3"], "psk")):
        kept, both = os.path.join(folder, "session"), tls_peers.name()
        for use in ("-sess_out", "-sess_in"):
            done = subprocess.run(s_client(both, port, use, kept, *words), input=REQUEST,
                                  env=tls_peers.ENVIRONMENT, stdout=subprocess.PIPE,
                                  stderr=subprocess.STDOUT, timeout=DEADLINE)
            if b"<p>page" not in done.stdout:
                fail("no page at %d: %r" % (port, done.stdout))
        asked.append((both, how))
    seen, answered = watch.end(), nginx.answered()
    for name, how in asked:
        logged = {one.port: one for one in answered if one.name == name}
        hellos = seen.hellos(name)
        same("hellos for %s" % name, [hello.client_port for hello in hellos], logged)
        resumptions = [hello.said.get("resumption", []) for hello in hellos]
        if how not in resumptions[1] or how in resumptions[0]:
            fail("%s is offered by %r" % (how, resumptions))
        done = [m.said.get("resumed", False) for hello in hellos for m in seen.messages
                if m.client_port == hello.client_port and m.kind == "established"]
        if done != [logged[hello.client_port].reused == "r" for hello in hellos] or not done[1]:
            fail("%s: resumed %r" % (how, done))


# --- what begins without TLS ----------------------------------------------------------------------

STARTTLS = ["smtp", "imap", "pop3", "ftp", "xmpp", "postgresql", "http", "socks"]


@case
def starttls(peer, folder):
    """SMTP, IMAP, POP3, FTP, XMPP and PostgreSQL that switch to TLS; proxies."""
    made = tls_peers.Certificates(folder).make("good")
    tls_peers.talker(peer, 2500, made.of("good"), made.key("good"))
    watch, asked = Handshakes(peer, folder), {}
    for number, word in enumerate(STARTTLS[:6]):
        words = {"postgresql": "postgres"}.get(word, word)
        asked[word] = tls_peers.client(2500 + number, ["-quiet", "-ign_eof", "-starttls", words])[0]
    for number, word, option in ((6, "http", "-x"), (7, "socks", "--socks5-hostname")):
        asked[word] = tls_peers.name()
        proxy = "%s:%d" % (THEIRS, 2500 + number)
        done = subprocess.run(["curl", "-q", "-s", "-S", "-k", "-m", "20", option, proxy,
                               "https://%s/" % asked[word]], env=tls_peers.ENVIRONMENT,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=DEADLINE)
        if done.stdout != b"ok":
            fail("%s: %r" % (word, done))
    seen = watch.end()
    for word, name in asked.items():
        got = seen.hellos(name)[0].said.get("starttls") if seen.hellos(name) else None
        if got != word or seen.established(name).get("starttls") != word:
            fail("%s: %r" % (word, dict(seen.connection(name))))
        if not any("TLS %s:" % name in line and "(%s" % word in line for line in seen.lines):
            fail("no line for %s" % word)


# --- a browser ------------------------------------------------------------------------------------

@case
def browser(peer, folder):
    """Chromium: its extensions are shuffled, its JA4 is not; its hello takes two segments."""
    made = tls_peers.Certificates(folder).make("good")
    nginx = tls_peers.Nginx(peer, folder, made.of("good"), made.key("good"))
    command("ip", "link", "set", "dev", "veth0", "gso_max_segs", "1")
    watch, asked = Handshakes(peer, folder), []
    for number in range(4):
        asked.append(tls_peers.name())
        words = ["chromium", "--no-sandbox", "--headless", "--disable-gpu",
                 "--ignore-certificate-errors", "--host-resolver-rules=MAP * " + THEIRS,
                 "--user-data-dir=" + os.path.join(folder, "browser%d" % number), "--dump-dom",
                 "https://%s/" % asked[-1]]
        done = subprocess.run(words, env=dict(tls_peers.ENVIRONMENT, HOME=folder),
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=80)
        if b"<p>page" not in done.stdout:
            fail("the browser has no page: %r" % (done,))
    seen, answered = watch.end(), nginx.answered()
    hellos = [m for m in seen.messages if m.kind == "client_hello"]
    ports = collections.Counter(m.client_port for m in hellos)
    if set(ports.values()) != {1}:
        fail("connections with two hellos: %r" % ports)
    for name in asked:
        found = seen.hellos(name)
        if not found or not {m.client_port for m in found} >= {
                one.port for one in answered if one.name == name}:
            fail("%s: %r" % (name, found))
    first = [m.said for m in hellos if m.said.get("sni") in asked and not m.said.get("resumption")]
    if len({said["ja4"] for said in first}) != 1:
        fail("more than one JA4: %r" % [said["ja4"] for said in first])
    if len({tuple(said["extensions"]) for said in first}) < 2:
        fail("its extensions are always in one order")
    for said in first:
        if said.get("alpn") != H2 or not said["ja4"].startswith("t13d"):
            fail("a browser offers %r" % said)
    print("JA4 %s, ech %s, key shares %r" % (first[0]["ja4"], first[0].get("ech"),
                                             first[0]["key_shares"]))
    for one in answered:
        got = [m.said for m in seen.messages
               if m.client_port == one.port and m.kind == "established"]
        if len(got) != 1 or (got[0]["protocol"], got[0]["server_name"], got[0].get("alpn", [])) != (
                protocol(one.protocol), one.name, agreed(one)):
            fail("nginx says %r, not %r" % (one, got))
    check_lines_of(seen, asked)


def check_lines_of(seen, names):
    for name in names:
        if not any(" --> %s TLS %s" % (THEIRS, name) in line and "h2,http/1.1" in line
                   for line in seen.lines):
            fail("no line for %s" % name)


NEEDED = {"web": ["nginx", "curl", "gnutls-cli"], "sessions": ["nginx"], "starttls": ["curl"],
          "browser": ["nginx", "chromium"]}


def main():
    def inside(peer):
        with tempfile.TemporaryDirectory(prefix="chains-tls-") as folder:
            CASES[sys.argv[1]](peer, folder)
    run_between(["openssl"] + NEEDED.get(sys.argv[1], []), inside)


if sys.argv[1:] == ["--list"]:
    print("\n".join(CASES))
else:
    CHAINS = os.path.abspath(sys.argv[2])
    main()
