#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""traffic.py TRAFFIC: the generator's captures are the same ones every time, and what they say they are.

A digest that changes says that every figure measured before was of other captures: change it here on
purpose.
"""
import hashlib
import struct
import subprocess
import sys

TRAFFIC = sys.argv[1]
PACKETS = 20000

DIGESTS = {
    "": "69c8f928eb6581621be53ff121126ea8",
    "--like=mixed": "94498b2cc462e3b8eea0c21edb87d5cf",
    "--like=few": "09c064b66913a324af71d15f046c7263",
    "--like=small": "3436ee48ed0df01cde73178e483dd050",
    "--like=dns": "cf48fcbd20512501e0db67ba32601532",
    "--like=http": "b7cb4342ad10de9780feecc9ca486a04",
    "--like=tls": "06dfd9b3b1bcd88bf48a4508fc07a369",
    "--like=flows": "d000a74400a1654f6643e82e38a997e7",
    "--like=http --kinds=web:3,upload:1 --v6=0": "a2d6a74b5d963a28e9e997430acbd9d0",
}

# Bytes of a packet, from and to.
SIZES = {"mixed": (280, 420), "few": (280, 420), "small": (70, 95), "dns": (100, 130),
         "http": (700, 1000), "tls": (650, 1000), "flows": (100, 130)}


def made(*options):
    words = [TRAFFIC, "--packets=%d" % PACKETS] + list(options)
    return subprocess.run(words, stdout=subprocess.PIPE, check=True).stdout


def records(data):
    at, sizes = 24, []
    while at < len(data):
        sizes.append(struct.unpack_from("<I", data, at + 8)[0])
        at += 16 + sizes[-1]
    return sizes, at


def main():
    wrong = []
    for options, digest in DIGESTS.items():
        data = made(*options.split())
        found = hashlib.md5(data).hexdigest()
        if found != digest:
            wrong.append("%s: %s, not %s" % (options, found, digest))
    for name, (least, most) in SIZES.items():
        data = made("--like=" + name, "--active=" + ("4000" if name == "flows" else "256"))
        sizes, end = records(data)
        mean = sum(sizes) / len(sizes)
        if len(sizes) != PACKETS or end != len(data) or not least <= mean <= most:
            wrong.append("%s: %d packets of %.1f bytes" % (name, len(sizes), mean))
    if made("--like=few", "--seed=1") == made("--like=few", "--seed=2"):
        wrong.append("a seed changes nothing")
    for line in wrong:
        print(line)
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
