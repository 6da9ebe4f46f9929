/* SPDX-License-Identifier: MIT */
/* Names that hosts claim in NetBIOS over UDP. */
#include "dissect/netbios.h"

#include <stdlib.h>

#include "../check.h"

/* "LAB111" and its kinds: 15 characters and a use, each byte as two letters. */
#define CODED_00                                                                               \
    "\x20"                                                                                     \
    "EMEBECDBDBDBCACACACACACACACACAAA"                                                         \
    "\0"
#define CODED_20                                                                               \
    "\x20"                                                                                     \
    "EMEBECDBDBDBCACACACACACACACACACA"                                                         \
    "\0"
#define CODED_1D                                                                               \
    "\x20"                                                                                     \
    "EMEBECDBDBDBCACACACACACACACACABN"                                                         \
    "\0"
#define NB                      "\0\x20\0\1"
#define ADDRESS                 "\xc0\xa8\1\x29"
#define QUESTION(coded)         "\0\1\0\0\0\0\0\1" coded NB
#define POINTED(flags)          "\xc0\x0c" NB "\0\0\0\0\0\6" flags ADDRESS
#define CLAIM(op, coded, flags) "\x12\x34" op QUESTION(coded) POINTED(flags)
#define ANSWER(flags16, coded)                                                                 \
    "\x12\x34" flags16 "\0\0\0\1\0\0\0\0" coded NB "\0\0\0\0\0\6\0\0" ADDRESS
#define STATUS_NAME(flags) "LAB111         \0" flags

struct sample {
    const char *bytes;
    size_t len;
    unsigned kind; /* 0: none */
};

static const struct sample samples[] = {
#define ROW(bytes, kind)                                                                       \
    {                                                                                          \
        bytes, sizeof(bytes) - 1, kind                                                         \
    }
    ROW(CLAIM("\x29\x10", CODED_00, "\0\0"), NETBIOS_CLAIM),
    ROW(CLAIM("\x29\x10", CODED_20, "\x60\0"), NETBIOS_CLAIM),
    ROW(CLAIM("\x41\0", CODED_00, "\0\0"), NETBIOS_CLAIM), /* refresh */
    ROW(CLAIM("\x49\0", CODED_00, "\0\0"), NETBIOS_CLAIM), /* the other refresh */
    ROW(CLAIM("\x79\0", CODED_00, "\0\0"), NETBIOS_CLAIM), /* multi-homed */
    ROW(CLAIM("\x31\x10", CODED_00, "\0\0"), NETBIOS_RELEASE),
    ROW(ANSWER("\x85\0", CODED_00), NETBIOS_ANSWER),
    ROW("\x12\x34\x84\0\0\0\0\1\0\0\0\0" CODED_00 "\0\x21\0\1\0\0\0\0\0\x26\2"
        "WORKGROUP      \0\x84\0" STATUS_NAME("\4\0") "\0",
        NETBIOS_STATUS),
    ROW(CLAIM("\x29\x10", CODED_00, "\x80\0"), 0), /* a group */
    ROW(CLAIM("\x29\x10", CODED_1D, "\0\0"), 0),   /* a browser's */
    ROW(CLAIM("\x01\x10", CODED_00, "\0\0"), 0),   /* a query with more than it should have */
    ROW(CLAIM("\xa9\x10", CODED_00, "\0\0"), 0),   /* the response to a registration */
    ROW(ANSWER("\x85\3", CODED_00), 0),            /* there is no such name */
    ROW(ANSWER("\x85\0", CODED_1D), 0),
    ROW("\x12\x34\1\x10\0\1\0\0\0\0\0\0" CODED_00 NB, 0), /* a query */
    ROW("\x12\x34\x84\0\0\0\0\1\0\0\0\0" CODED_00 "\0\x21\0\1\0\0\0\0\0\x13\1"
        "WORKGROUP      \0\x84\0",
        0),
    ROW("\x12\x34\x29\x10\0\1\0\0\0\0\0\1" CODED_00 NB "\xc0\x0d" NB "\0\0\0\0\0\6\0\0" ADDRESS,
        0), /* a pointer to elsewhere */
    ROW("\x12\x34\x29\x10\0\1\0\0\0\0\0\1"
        "\x20"
        "EMEBECDBDBDBCACACACACACACACACAZZ\0" NB POINTED("\0\0"),
        0), /* letters that are no digits */
#undef ROW
};

static const char datagram[] =
    "\x11\2\x12\x34" ADDRESS "\0\x8a\0\x44\0\0" CODED_00 CODED_1D "\xff"
    "SMB";

static bool read_exact(const void *bytes, size_t len, bool is_datagram, struct netbios *netbios)
{
    uint8_t *copy = malloc(len + !len);
    memcpy(copy, bytes, len);
    memset(netbios, 0xaa, sizeof *netbios);
    struct chains_bytes slice = { copy, len };
    bool good =
        is_datagram ? netbios_read_datagram(slice, netbios) : netbios_read(slice, netbios);
    free(copy);
    return good;
}

static void check_lab111(const struct netbios *netbios)
{
    check_eq_u64(netbios->name_len, 6);
    check(memcmp(netbios->name, "LAB111", 6) == 0);
    check_eq_u64(netbios->count, netbios->kind == NETBIOS_STATUS ? 0 : 1);
    if (netbios->count)
        check_eq_bytes(netbios->addr[0].octets, 4, ADDRESS, 4);
}

static void test_kinds(void)
{
    struct netbios netbios;
    for (size_t i = 0; i < sizeof samples / sizeof *samples; i++) {
        printf("# row %zu\n", i);
        check_eq_u64(read_exact(samples[i].bytes, samples[i].len, false, &netbios),
                     samples[i].kind != 0);
        if (samples[i].kind) {
            check_eq_u64(netbios.kind, samples[i].kind);
            check_lab111(&netbios);
        }
    }
    check(read_exact(datagram, sizeof datagram - 1, true, &netbios));
    check_eq_u64(netbios.kind, NETBIOS_DATAGRAM);
    check_lab111(&netbios);
}

/* A scope behind the name, several addresses, control bytes in the name. */
static void test_parts(void)
{
    struct netbios netbios;
    static const char scoped[] = "\x12\x34\x85\0\0\0\0\1\0\0\0\0\x20"
                                 "EMEBECDBDBDBCACACACACACACACACAAA\3lab\7example\0" NB
                                 "\0\0\0\0\0\x0c\0\0" ADDRESS "\0\0\xc0\xa8\1\x2a";
    check(read_exact(scoped, sizeof scoped - 1, false, &netbios));
    check_eq_u64(netbios.count, 2);
    static const char control[] =
        "\x12\x34\x85\0\0\0\0\1\0\0\0\0\x20"
        "BLFLDCEKCACACACACACACACACACACAAA\0" NB "\0\0\0\0\0\6\0\0" ADDRESS;
    check(read_exact(control, sizeof control - 1, false, &netbios));
    check(netbios.name_len == 4 && memcmp(netbios.name, "?[2J", 4) == 0);
    static const char blank[] =
        "\x12\x34\x85\0\0\0\0\1\0\0\0\0\x20"
        "CACACACACACACACACACACACACACACAAA\0" NB "\0\0\0\0\0\6\0\0" ADDRESS;
    check(!read_exact(blank, sizeof blank - 1, false, &netbios));
}

/* Every prefix says less, and every changed byte leaves what is read sound. */
static void test_hostile(void)
{
    static const uint8_t value[] = { 0x00, 0x01, 0x20, 0x3f, 0x40, 0xc0, 0xff };
    struct netbios netbios;
    bool sound = true;
    for (size_t i = 0; i <= sizeof samples / sizeof *samples; i++) {
        bool is_datagram = i == sizeof samples / sizeof *samples;
        const char *bytes = is_datagram ? datagram : samples[i].bytes;
        size_t len = is_datagram ? sizeof datagram - 1 : samples[i].len;
        size_t whole = is_datagram ? 14 + 34 : len;
        if (!is_datagram && samples[i].kind == NETBIOS_STATUS)
            continue;
        for (size_t cut = 0; cut < whole; cut++)
            check(!read_exact(bytes, cut, is_datagram, &netbios));
    }
    for (size_t i = 0; i < sizeof samples / sizeof *samples; i++) {
        uint8_t other[200];
        for (size_t at = 0; at < samples[i].len; at++)
            for (size_t j = 0; j < sizeof value; j++) {
                memcpy(other, samples[i].bytes, samples[i].len);
                other[at] = value[j];
                if (read_exact(other, samples[i].len, false, &netbios))
                    sound &= netbios.name_len > 0 && netbios.name_len < NETBIOS_NAME &&
                             netbios.count <= NETBIOS_ADDRESSES;
                (void)read_exact(other, samples[i].len, true, &netbios);
            }
    }
    check(sound);
}

int main(void)
{
    test_kinds();
    test_parts();
    test_hostile();
    return check_done();
}
