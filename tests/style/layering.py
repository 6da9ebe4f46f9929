#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""layering.py SOURCE: reads every #include and fails on an arrow against docs/architecture.md.

    tools, examples -> <chains.h>, <chains/...>
    catalog -> sources, links, sinks -> chain (its public headers) -> record -> bytes
                                     -> dissect, expression, render -> record -> bytes

Third-party headers stay in the files named here, and in dissect/ bytes of packets are touched
through the reader alone.
"""
import os
import re
import sys

# For each room: the rooms whose headers it may include, and the public headers.
LAYERS = ["bytes.h", "field.h", "record.h", "layer/"]
AUTHORS = LAYERS + ["dissect.h", "chain.h", "component.h"]
ROOMS = {
    "bytes": (["bytes"], ["bytes.h"]),
    # The arena is declared in dissect.h, the batch in component.h: authors of both see them.
    "record": (["record", "bytes"], LAYERS + ["dissect.h", "chain.h", "component.h"]),
    "dissect": (["dissect", "record", "bytes"], LAYERS + ["dissect.h"]),
    "chain": (["chain", "record", "bytes"], ["bytes.h", "field.h", "record.h", "chain.h", "dissect.h",
                                             "component.h", "components.h"]),
    "sources": (["sources", "record", "bytes", "dissect"], AUTHORS + ["components.h"]),
    "expression": (["expression", "record", "bytes"], AUTHORS),
    "render": (["render", "record", "bytes"], AUTHORS + ["components.h"]),
    "links": (["links", "expression", "render", "record", "bytes", "dissect"],
              AUTHORS + ["components.h"]),
    "sinks": (["sinks", "render", "record", "bytes", "dissect"], AUTHORS + ["components.h"]),
}
THIRD_PARTY = {
    r"pcap(/.*)?\.h": ["src/sources/bpf.c", "src/sources/capture_live.c",
                       "src/sources/interfaces.c"],
    r"ares.*\.h": ["src/links/resolver_cares.c"],
    r"zlib\.h|zconf\.h|zstd.*\.h": ["src/sources/decompress.c", "src/render/compress.c"],
    r"pcre2.*\.h": ["src/expression/regex.c"],
    r"jansson.*\.h": ["src/links/exec_reply.c"],
    r"openssl/.*\.h": ["src/links/crypto.c", "src/links/tls_certificate.c",
                      "src/links/tls_certificate_key.c", "src/links/tls_certificate_key.h"],
    r"nghttp2/.*\.h": ["src/links/hpack.c"],
    r"htp/.*\.h": ["src/links/http_parser.c"],
    r"libpsl\.h": ["src/links/suffix.c"],
    r"dlfcn\.h": ["src/chain/plugin.c"],
    r"seccomp\.h": ["tools/sandbox_calls.c"],
    r"cap-ng\.h": ["tools/sandbox_rights.c"],
}
NOT_IN = {
    "bytes": r"stdio\.h|stdlib\.h",
    "record": r"time\.h|sys/time\.h|fcntl\.h|sys/socket\.h",
    "dissect": r"stdio\.h|stdlib\.h|time\.h|sys/.*|unistd\.h|arpa/.*|netinet/.*|errno\.h|pthread\.h",
    "chain": r"time\.h|fcntl\.h|unistd\.h|sys/.*|netinet/.*|arpa/.*",
    "include": r"(?!chains|std|inttypes\.h).*",
}
LIBC = re.compile(r"(sys/|arpa/|netinet/|net/|linux/)?[a-z_0-9]+\.h$")
# In dissect/: addresses are copied whole, everything else goes through the reader.
RAW = [
    (re.compile(r"\bntoh[sl]\b|\bbe(16|32|64)toh\b"), "byte order belongs to the reader"),
    (re.compile(r"\((const )?(uint(16|32|64)_t|struct [a-z_0-9]+) \*\)\s*\(?(p|in|bytes|data)\b"),
     "a cast of packet memory"),
    (re.compile(r"\bmemcpy\((?!.*, (4|6|16|type->size)\);)"), "a copy that is no address"),
    (re.compile(r"\b(malloc|calloc|realloc|free|printf|time|fopen)\("), "not pure"),
]


def sources(root):
    for folder in ("src", "include", "tools", "examples"):
        for where, _, names in os.walk(os.path.join(root, folder)):
            for name in sorted(names):
                if name.endswith((".c", ".h")):
                    yield os.path.relpath(os.path.join(where, name), root)


def third_party(path, header):
    for pattern, allowed in THIRD_PARTY.items():
        if re.fullmatch(pattern, header):
            return None if path in allowed else "%s is for %s" % (header, ", ".join(allowed))
    return None


def public(path, room, header):
    """A <chains/...> or libc header."""
    name = header[len("chains/"):] if header.startswith("chains/") else None
    if header == "chains.h" or name is not None:
        if room not in ROOMS:
            return None
        allowed = ROOMS[room][1]
        if name is not None and any(name == a or a.endswith("/") and name.startswith(a)
                                    for a in allowed):
            return None
        return "%s/ may not include <%s>" % (room, header)
    if room in NOT_IN and re.fullmatch(NOT_IN[room], header):
        return "%s/ may not include <%s>" % (room, header)
    known = any(re.fullmatch(pattern, header) for pattern in THIRD_PARTY)
    if room in ("tools", "examples") and not known and not LIBC.match(header):
        return "%s/ includes libc and <chains...> only, not <%s>" % (room, header)
    return third_party(path, header)


def private(root, path, room, header):
    """A "..." header: which room is it of?"""
    target = os.path.relpath(os.path.join(root, os.path.dirname(path), header), root)
    if room in ("tools", "examples"):
        same = os.path.dirname(target) == os.path.dirname(path)
        return None if same else '%s/ may not include "%s"' % (room, header)
    if room == "include":
        return 'a public header may not include "%s"' % header
    if os.path.basename(header) == "components.inc":
        return None if path == "src/catalog.c" else "components.inc is for catalog.c"
    if os.path.basename(header) == "dispatch.inc":
        return None if path == "src/dissect/walk.c" else "dispatch.inc is for walk.c"
    if not os.path.exists(os.path.join(root, target)):
        return 'no such file "%s"' % header
    parts = target.split(os.sep)
    if parts[0] != "src" or len(parts) != 3:
        return 'outside of the rooms: "%s"' % header
    if room in ROOMS and parts[1] not in ROOMS[room][0]:
        return '%s/ may not include "%s"' % (room, header)
    return None


def room_of(path):
    parts = path.split(os.sep)
    if parts[0] != "src":
        return parts[0]
    return parts[1] if len(parts) > 2 else "catalog"


def check(root, path):
    room = room_of(path)
    if room not in ROOMS and room not in ("catalog", "tools", "examples", "include"):
        yield 0, "a room that docs/architecture.md does not know"
    with open(os.path.join(root, path)) as text:
        for number, line in enumerate(text, 1):
            include = re.match(r'\s*#\s*include\s+([<"])([^>"]+)[>"]', line)
            if include and include.group(1) == "<":
                yield number, public(path, room, include.group(2))
            elif include:
                yield number, private(root, path, room, include.group(2))
            if room == "dissect":
                for pattern, why in RAW:
                    if pattern.search(line):
                        yield number, why


def main():
    root = os.path.abspath(sys.argv[1])
    bad, count = 0, 0
    for path in sources(root):
        count += 1
        for number, why in check(root, path):
            if why:
                print("%s:%d: %s" % (path, number, why))
                bad += 1
    if count < 50:
        print("only %d files found under %s" % (count, root))
        bad += 1
    sys.exit(1 if bad else 0)


main()
