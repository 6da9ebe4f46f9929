#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""bytes.py SOURCE: bytes from outside are touched through include/chains/bytes.h alone.

    casts      no pointer becomes one to a struct or to wider integers, but where CASTS says why
    calls      no call that cannot be told how much room there is, and no array of a run-time size
    slices     the bytes of a slice or reader are reached with chains_byte(), chains_behind(),
               chains_take() and the like; TOUCHES names the functions that count for themselves
    places     what is read of a `const uint8_t *` at a constant place lies inside what was taken:
               chains_take(in, 8), a parameter p[static 8], `end - p < 8` and a way out. A place
               computed at run time needs a line in PLACES
    copies     a copy of a run-time length has a line in COPIES that says what bounds it

Before the sources are read, lines that break each rule are, and each has to be found. A line in a
table that nothing needs any more is a fault too.
"""
import os
import re
import sys

from exceptions import CASTS, COPIES, PLACES, TOUCHES

ROOMS = ("dissect", "links", "sources")  # where bytes from outside are parsed
UNSAFE = ("strcpy", "strcat", "stpcpy", "strncpy", "strncat", "sprintf", "vsprintf", "gets",
          "scanf", "sscanf", "fscanf", "alloca", "strtok", "bcopy", "mempcpy")
WIDE = r"(?:u?int(?:16|32|64)_t|unsigned|int|long|short|size_t|double|struct \w+|union \w+)"
CAST = re.compile(r"(?<!sizeof)\((?:const )?(%s) (?:const )?\*\)(?!0)" % WIDE)
CALL = re.compile(r"(?<![\w.>])(%s)\(" % "|".join(UNSAFE))
LOADS = {"be16": 2, "be24": 3, "be32": 4, "be64": 8, "le16": 2, "le32": 4, "load16": 2,
         "load32": 4, "load64": 8}
TAKERS = r"(?:chains_take|chains_peek|message_fixed)"
SLICE = r"struct chains_(?:bytes|reader) \*?(?:const )?"


def sources(root, *folders):
    for folder in folders:
        for where, _, names in os.walk(os.path.join(root, folder)):
            for name in sorted(names):
                if name.endswith((".c", ".h")):
                    path = os.path.join(where, name)
                    with open(path) as text:
                        yield os.path.relpath(path, root), text.read()


def functions(text):
    """(name, number of its first line, its lines) of every function of a file."""
    lines, start = text.split("\n"), 0
    for i, line in enumerate(lines):
        if line == "{":
            start = i
            while start > 0 and lines[start - 1].strip() and \
                    not lines[start - 1].startswith(("}", "/*", " *", "#")) and \
                    not lines[start - 1].endswith((";", "*/")):
                start -= 1
        elif line == "}":
            name = re.search(r"(\w+)\(", " ".join(lines[start:i]))
            if name and lines[start] != "}":
                yield name.group(1), start + 1, lines[start:i + 1]


class Numbers:
    """The enumerated constants of the headers, and of one file before them."""

    def __init__(self, texts):
        self.known = {}
        for path, text in texts:
            if path.endswith(".h"):
                self.learn(text)

    def learn(self, text):
        for name, value in re.findall(r"\b([A-Z][A-Z0-9_]+) = ([^,\n}]+?)\s*(?:,|\n|}|$)", text):
            number = self.exactly(value)
            if number is not None:
                self.known[name] = number

    def of_file(self, text):
        own = Numbers([])
        own.known = dict(self.known)
        own.learn(text)
        return own

    def term(self, text):
        text = text.strip("() ")
        product = 1
        for factor in text.split(" * "):
            if re.fullmatch(r"(0x[0-9a-f]+|\d+)u?", factor):
                product *= int(factor.rstrip("u"), 0)
            elif factor in self.known:
                product *= self.known[factor]
            else:
                return None
        return product

    def exactly(self, text):
        """The value of a sum or difference of constants, or None."""
        terms = [(self.term(term), sign) for sign, term in
                 re.findall(r"(^| [+-] )(.*?)(?= [+-] |$)", text)]
        if any(value is None for value, _ in terms):
            return None
        return sum(-value if sign == " - " else value for value, sign in terms)

    def least(self, text):
        """The least that an expression without a minus can be; what is not constant counts 0."""
        either = re.fullmatch(r"[^?]+\? ?(.*) ?: ?(.*)", text.strip())
        if either:
            return min(self.least(either.group(1)), self.least(either.group(2)))
        return sum(self.term(term) or 0 for term in text.split(" + "))


# ---- the rules: each gives (line, what) ---------------------------------------------------------


def casts(text):
    for number, line in enumerate(text.split("\n"), 1):
        for cast in CAST.finditer(line):
            yield number, cast.group(1)


def calls(text):
    for number, line in enumerate(text.split("\n"), 1):
        for call in CALL.finditer(line.split("/*")[0]):
            yield number, call.group(1)


def slice_members(texts):
    """The names of struct members that are slices or readers."""
    members = set()
    for _, text in texts:
        for names in re.findall(r"^    %s([\w, *]+);" % SLICE, text, re.M):
            members.update(name.strip(" *") for name in names.split(","))
    return members


def slices(text, members):
    """Reads and arithmetic on what a slice or a reader points to."""
    touch = re.compile(r"(\*?)\b((?:\w+(?:\[[^\]]*\])?(?:\.|->))*)(\w+)(?:\[[^\]]*\])?(?:\.|->)at\b"
                       r"(\[|\+\+| \+ | - (?!(?:\w+(?:\.|->))*(?:at|start|from)\b)| [-+]= )?")
    for name, first, lines in functions(text):
        own = set(re.findall(r"%s(\w+)" % SLICE, "\n".join(lines)))
        for number, line in enumerate(lines, first):
            for found in touch.finditer(line):
                if found.group(3) not in (members if found.group(2) else own | members):
                    continue
                if not found.group(2) and found.group(3) not in own:
                    continue
                deref = found.group(1) and re.search(r"(^|[\s(!=<>?:])\*$", line[:found.start() + 1])
                if found.group(4) or deref:
                    yield number, name


def places(text, numbers):
    """Reads of a pointer to bytes at places outside what was taken, or not constant."""
    numbers = numbers.of_file(text)
    sized = {name: numbers.least(size) for name, size in
             re.findall(r"^[\w ]+?\b(\w+)\([^;{]*?const uint8_t \w+\[static ([^\]]+)\]", text, re.M)}
    sized.update(LOADS)
    for name, first, lines in functions(text):
        room = {p: None for p in re.findall(r"const uint8_t \*(?:const )?(\w+)", "\n".join(lines))}
        for p, size in re.findall(r"const uint8_t (\w+)\[static ([^\]]+)\]", "\n".join(lines)):
            room[p] = numbers.least(size)
        for number, line in enumerate(lines, first):
            whole = line + " " + (lines[number - first + 1].strip() if number - first + 1 < len(lines)
                                  else "")
            for p in room:
                taken = re.match(r".*\b%s = .*?%s\([^,]+, ([^;]*)\)(?: : NULL)?;" % (p, TAKERS), whole)
                if taken and re.search(r"\b%s =" % p, line):
                    room[p] = numbers.least(taken.group(1))
                elif re.search(r"(?<![*\w])%s = [^=]" % p, line) and "= NULL" not in line:
                    room[p] = None
                left = re.search(r"end - %s\) < ([\w ]+)\)" % p, line)
                if left:
                    room[p] = numbers.least(left.group(1))
                if "[static" in line:
                    continue
                for width, place in reads(line, p, sized):
                    place = numbers.exactly(place)
                    if place is None or room[p] is None or place + width > room[p]:
                        yield number, name


def reads(line, p, sized):
    """(bytes, place) of what a line reads of `p`."""
    spent = []
    for call in re.finditer(r"\b(?:chains_load_)?(\w+)\((?:\w+, )?%s(?: \+ ([^,()]+))?[,)]" % p, line):
        if call.group(1) in sized:
            spent.append(call.span())
            yield sized[call.group(1)], call.group(2) or "0"
    for copy in re.finditer(r"\bmem(?:cpy|cmp)\(.*?\b%s(?: \+ ([^,]+))?, (.*)\)" % p, line):
        spent.append(copy.span())
        yield 0, copy.group(1) or "0"
        if re.fullmatch(r"\d+", copy.group(2)):
            yield int(copy.group(2)), copy.group(1) or "0"
    for plain in re.finditer(r"(?<![\w.>*])%s(?:\[([^\]]*)\]| \+ ([^,;():]+|\([^)]*\))| - |\+\+)"
                             r"|(?<![\w)\]] )(?<!\*)\*%s\b(?! =|,|;|\))" % (p, p), line):
        if any(begin <= plain.start() < end for begin, end in spent):
            continue
        if plain.group(0).startswith("*") and re.search(r"uint8_t $", line[:plain.start()]):
            continue
        yield 1, plain.group(1) or plain.group(2) or \
            ("0" if plain.group(0).startswith("*") else "run time")


def copies(text, numbers):
    numbers = numbers.of_file(text)
    for name, first, lines in functions(text):
        for number, line in enumerate(lines, first):
            begin = re.search(r"\bmem(?:cpy|move)\(", line)
            if not begin:
                continue
            call = line[begin.start():] + " " + " ".join(
                more.strip() for more in lines[number - first + 1:number - first + 3])
            length = arguments(call)[-1]
            if numbers.exactly(length) is None and not re.match(r"(\d+ \* )?sizeof\b", length):
                yield number, name


def arguments(call):
    depth, parts = 0, [""]
    for c in call[call.index("("):]:
        depth += {"(": 1, "[": 1, ")": -1, "]": -1}.get(c, 0)
        if depth == 0:
            break
        if c == "," and depth == 1:
            parts.append("")
        elif not (c == "(" and depth == 1 and parts == [""]):
            parts[-1] += c
    return [part.strip() for part in parts]


# ---- can each rule fail? ------------------------------------------------------------------------

FUNCTION = "static void planted(struct chains_reader *in, struct chains_bytes bytes)\n{\n%s\n}\n"
PLANTED = [
    (casts, "    const struct ip *ip = (const struct ip *)p;"),
    (casts, "    uint32_t n = *(const uint32_t *)p;"),
    (casts, "    use((struct tcp *)(void *)bytes.at);"),
    (calls, "    strcpy(name, text);"),
    (calls, "    char *room = alloca(n);"),
    (calls, "    sprintf(out, \"%s\", text);"),
    (slices, "    n = bytes.at[4];"),
    (slices, "    n = *in->at;"),
    (slices, "    in->at += n;"),
    (slices, "    p = bytes.at + n;"),
    (places, "    const uint8_t *p = chains_take(in, 8);\n    n = p[8];"),
    (places, "    const uint8_t *p = chains_take(in, 8);\n    n = chains_load_be16(p + 7);"),
    (places, "    const uint8_t *p = chains_take(in, 8);\n    memcpy(addr, p + 6, 4);"),
    (places, "    const uint8_t *p = chains_take(in, 8);\n    n = p[i];"),
    (places, "    const uint8_t *p = bytes.at;\n    n = *p & 1;"),
    (places, "    const uint8_t *p = in->at;\n    if (in->end - p) < 4)\n        n = p[4];"),
    (copies, "    memcpy(out, p, len);"),
    (copies, "    memmove(out + 2, chains_behind(bytes, 4).at,\n            bytes.len - 4);"),
]
HARMLESS = [
    "    const uint8_t *p = chains_take(in, 8);\n    n = p[7] + chains_load_be32(p + 4);",
    "    n = chains_byte(bytes, i);\n    bytes = chains_behind(bytes, n);",
    "    memcpy(addr.octets, p, 16);\n    memcpy(&bytes, at, sizeof bytes);",
    "    const uint8_t *p = in->at;\n    if (in->end - p) < 4)\n        return;\n    n = p[3];",
]


def rule(check, text, numbers, members):
    if check is slices:
        return list(slices(text, members))
    if check in (places, copies):
        return list(check(text, numbers))
    return list(check(text))


def can_fail(numbers, members):
    bad = []
    for check, line in PLANTED:
        if not rule(check, FUNCTION % line, numbers, members):
            bad.append("the rule for %s does not find: %s" % (check.__name__, line.strip()))
    for line in HARMLESS:
        for check in (casts, calls, slices, copies) + ((places,) if "memcpy" not in line else ()):
            if rule(check, FUNCTION % line, numbers, members):
                bad.append("the rule for %s refuses: %s" % (check.__name__, line.strip()))
    return bad


def main():
    root = os.path.abspath(sys.argv[1])
    texts = list(sources(root, "src", "include", "tools", "examples"))
    numbers, members = Numbers(texts), slice_members(texts)
    bad, used = can_fail(numbers, members), set()
    tables = {casts: CASTS, calls: {}, slices: TOUCHES, places: PLACES, copies: COPIES}
    for path, text in texts:
        if path == "include/chains/bytes.h":
            continue
        parser = path.startswith(tuple("src/%s/" % room for room in ROOMS))
        for check, table in tables.items():
            if check in (slices, places, copies) and not parser:
                continue
            for number, what in rule(check, text, numbers, members):
                if what in table.get(path, {}):
                    used.add((check, path, what))
                else:
                    bad.append("%s:%d: %s: %s" % (path, number, check.__name__, what))
    for check, table in tables.items():
        bad += ["exceptions.py: %s of %s in %s is not needed" % (check.__name__, what, path)
                for path, line in table.items() for what in line
                if (check, path, what) not in used]
    if len(texts) < 300:
        bad.append("only %d files under %s" % (len(texts), root))
    sys.exit("\n".join(bad) if bad else 0)


if __name__ == "__main__":
    main()
