/* SPDX-License-Identifier: MIT */
/* What may be DNS on any port, and what is something else. */
#include "../check.h"
#include "dns_wire.h"

struct guess_row {
    const char *what, *hex;
    bool plausible;
};

static const struct guess_row rows[] = {
    { "a query", "1234 0100 0001 0000 0000 0000 01610474657374 00 0001 0001", true },
    { "a query with EDNS",
      "1234 0120 0001 0000 0000 0001 0161 00 0041 0001 00 0029 1000 00000000 0000", true },
    { "a query of mDNS", "0000 0000 0002 0000 0000 0000 0161 00 000c 8001 c00c 000c 0001",
      true },
    { "a response",
      "1234 8180 0001 0001 0000 0000 0161 00 0001 0001"
      "c00c 0001 0001 00000001 0004 c0000201",
      true },
    { "a response of mDNS",
      "0000 8400 0000 0001 0000 0000 0161 00 0001 8001"
      "00000001 0004 c0000201",
      true },
    { "an answer that nobody asked for", "1234 8183 0001 0000 0000 0000 0161 00 001c 0001",
      true },
    { "a notification", "1234 2400 0001 0000 0000 0000 0161 00 0006 0001", true },
    { "an update",
      "1234 2800 0001 0000 0001 0000 0161 00 0006 0001"
      "c00c 0001 00ff 00000000 0000",
      true },
    { "nothing", "", false },
    { "half a header", "1234 0100 0001 0000", false },
    { "a header alone", "1234 0100 0001 0000 0000 0000", false },
    { "zeros", "0000 0000 0000 0000 0000 0000 0000 0000 0000 0000", false },
    { "no question", "1234 0100 0000 0000 0000 0000 0161 00 0001 0001", false },
    { "two questions", "1234 0100 0002 0000 0000 0000 0161 00 0001 0001 0161 00 0001 0001",
      false },
    { "a query with answers",
      "1234 0100 0001 0001 0000 0000 0161 00 0001 0001"
      "c00c 0001 0001 00000001 0004 c0000201",
      false },
    { "the bit that must be zero", "1234 0140 0001 0000 0000 0000 0161 00 0001 0001", false },
    { "a query that failed", "1234 0102 0001 0000 0000 0000 0161 00 0001 0001", false },
    { "an opcode that nobody has", "1234 7900 0001 0000 0000 0000 0161 00 0001 0001", false },
    { "more records than octets",
      "1234 8180 0001 0002 0000 0000 0161 00 0001 0001"
      "c00c 0001 0001 00000001 0004 c0000201",
      false },
    { "a type that nobody has", "1234 0100 0001 0000 0000 0000 0161 00 1001 0001", false },
    { "a class that nobody has", "1234 0100 0001 0000 0000 0000 0161 00 0001 0002", false },
    { "a name with a control character", "1234 0100 0001 0000 0000 0000 0107 00 0001 0001",
      false },
    { "a pointer to itself", "1234 0100 0001 0000 0000 0000 c00c 0001 0001", false },
    { "a name that ends too early", "1234 0100 0001 0000 0000 0000 0561 00 0001 0001", false },
    { "a NetBIOS name",
      "1234 0110 0001 0000 0000 0000 20"
      "434b4141414141414141414141414141414141414141414141414141414141 41 00 0021 0001",
      false },
    { "NTP", "2302 06ec 0000 0100 0000 0200 c0000201 e3b0c44298fc1c14 9afbf4c8996fb924",
      false },
    { "HTTP", "474554202f20485454502f312e310d0a486f73743a20610d0a0d0a", false },
};

int main(void)
{
    static struct wire wire;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        wire.len = 0;
        wire_hex(&wire, rows[i].hex);
        struct chains_bytes bytes = { wire.bytes, wire.len };
        if (!check(dns_is_plausible(bytes) == rows[i].plausible))
            printf("# %s\n", rows[i].what);
        /* The first octets of what is plausible are or are not, but are not read beyond. */
        for (bytes.len = 0; bytes.len < DNS_HEADER; bytes.len++)
            check(!dns_is_plausible(bytes));
    }
    return check_done();
}
