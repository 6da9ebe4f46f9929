#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""record.py CHAINS [FOLDER]: records tls.pcap, and its keys in tls.keys: other bytes each time.

Programs of OpenSSL and ngtcp2 talk between two namespaces of their own (tests/live); addresses,
times and checksums are then written as in the other captures.
"""
import os
import socket
import struct
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "..", "live")]
import tls_peers
from captures import Capture
from files import Packet, pcap
from frames import checksum, eth, ip4, ip4_bytes, pseudo
from pair import DEADLINE, OURS, THEIRS, command, run_between, wait_for

# As in make.py.
HOST, ROUTER, HOST4, WEB4 = "02:00:5e:10:00:09", "02:00:5e:10:00:01", "192.168.1.9", "203.0.113.80"
START = 1704164645 * 10**9  # 2024-01-02 03:04:05 UTC
MARK = 9  # the port of datagrams by which it is known how far the recording has come


def marked(capture, word):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        def shown():
            sock.sendto(word, (THEIRS, MARK))
            return capture.has(word)
        wait_for(shown, "a mark")


def transport(protocol, src, dst, data):
    """The same with a checksum that fits the addresses; what is sent by one machine has none."""
    at = {6: 16, 17: 6}[protocol]
    data = data[:at] + b"\0\0" + data[at + 2:]
    check = checksum(pseudo(src, dst, protocol, len(data)) + data)
    return data[:at] + struct.pack("!H", check) + data[at + 2:]


def rewritten(path):
    addresses = {ip4_bytes(OURS): HOST4, ip4_bytes(THEIRS): WEB4}
    macs = {HOST4: HOST, WEB4: ROUTER}
    with open(path, "rb") as file:
        data = file.read()
    order = "<" if data[:4] in (b"\xd4\xc3\xb2\xa1", b"\x4d\x3c\xb2\xa1") else ">"
    unit = 1 if data[:4] in (b"\x4d\x3c\xb2\xa1", b"\xa1\xb2\x3c\x4d") else 1000
    at, packets, first = 24, [], None
    while at < len(data):
        seconds, part, size = struct.unpack_from(order + "III", data, at)
        frame, at = data[at + 16:at + 16 + size], at + 16 + size
        if frame[12:14] != b"\x08\0" or frame[23] not in (6, 17):
            continue
        src, dst = (addresses.get(frame[place:place + 4]) for place in (26, 30))
        body = frame[34:14 + struct.unpack_from("!H", frame, 16)[0]]
        if not src or not dst or struct.unpack_from("!H", body, 2)[0] == MARK:
            continue
        now = seconds * 10**9 + part * unit
        first = first or now
        packets.append(Packet(START + now - first, eth(macs[src], macs[dst], 0x0800, ip4(
            src, dst, frame[23], transport(frame[23], src, dst, body)))))
    return pcap(packets)


def quic(peer, folder, certificates, name):
    words = ["gtlsserver", "-q", "--htdocs=" + folder, THEIRS, "443", certificates.key("good"),
             certificates.of("good")]
    server = subprocess.Popen(peer.words(*words), stdout=subprocess.DEVNULL,
                              stderr=subprocess.DEVNULL)
    wait_for(lambda: b":01BB" in peer.run("cat", "/proc/net/udp", stdout=subprocess.PIPE).stdout,
             "a server of QUIC")
    hosts = os.path.join(folder, "hosts")  # it sends the name that it looks up
    with open(hosts, "w") as out:
        out.write("%s %s\n" % (THEIRS, name))
    client = "mount --bind %s /etc/hosts && exec gtlsclient -q --exit-on-all-streams-close %s 443" \
        " https://%s/" % (hosts, name, name)
    subprocess.run(["unshare", "--mount", "sh", "-c", client], check=True, timeout=DEADLINE,
                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    server.terminate()
    server.wait()


def talk(peer, folder, keys):
    made = tls_peers.Certificates(folder)
    made.make("good", "/O=Chains/CN=www.example.com", "DNS:www.example.com,DNS:*.example.com")
    made.make("old", "/O=Chains/CN=old.example.net", "DNS:old.example.net",
              ("20200101000000Z", "20210101000000Z"), "RSA", "rsa_keygen_bits:2048")

    def one(name, server, client, port=443, word="good"):
        process = tls_peers.Server(peer, made, port, server + ["-www"], word)
        request = b"GET /inside?a=b HTTP/1.1\r\nHost: %s\r\n\r\n" % name.encode()
        tls_peers.client(port, ["-quiet", "-ign_eof"] + client, request, name)
        process.end()
    one("mail.example.com", ["-tls1_2"], [], word="old")
    one("www.example.com", ["-alpn", "http/1.1", "-num_tickets", "1"],
        ["-alpn", "h2,http/1.1", "-keylogfile", keys])
    one("api.example.com", ["-groups", "P-384"], ["-groups", "X25519:P-384"], 8443)
    one("refused.example.com", ["-tls1_3"], ["-tls1_2"])
    tls_peers.talker(peer, 2500, made.of("good"), made.key("good"))
    tls_peers.client(2500, ["-quiet", "-ign_eof", "-starttls", "smtp"], name_="mail.example.com")
    quic(peer, folder, made, "quic.example.com")


def record(peer, folder):
    for word, run in (("veth0", command), ("veth1", peer.run)):
        run("ip", "link", "set", "dev", word, "gso_max_segs", "1")
    raw, keys = os.path.join(folder, "raw.pcap"), os.path.join(folder, "keys")
    words = ["run", "packet_streamer", "iface_name=veth0", "!", "pcap_writer", "path=" + raw]
    capture = Capture(sys.argv[1], folder, "raw", words, raw)
    marked(capture, b"the beginning")
    talk(peer, folder, keys)
    marked(capture, b"the end")
    capture.end()
    out = sys.argv[2] if sys.argv[2:] != ["inside"] else HERE
    with open(os.path.join(out, "tls.pcap"), "wb") as file:
        file.write(rewritten(raw))
    with open(keys) as lines, open(os.path.join(out, "tls.keys"), "w") as file:
        file.writelines(line for line in lines if not line.startswith("#"))


def inside(peer):
    with tempfile.TemporaryDirectory(prefix="chains-record-") as folder:
        record(peer, folder)


if __name__ == "__main__":
    run_between(["openssl", "gtlsclient", "gtlsserver"], inside)
