/* SPDX-License-Identifier: MIT */
/* Names of hosts in DHCP messages: which are read, and that nothing is read where there is none. */
#include "dissect/dhcp.h"

#include <stdlib.h>

#include "../check.h"

enum { ROOM = 1024 };

static uint8_t message[ROOM];
static size_t message_len;

static void put(const void *bytes, size_t len)
{
    memcpy(message + message_len, bytes, len);
    message_len += len;
}

#define PUT(text) put(text, sizeof(text) - 1)

/* A message without options, from 02:00:00:00:00:05, number 0x01020304. */
static void begin(unsigned op)
{
    memset(message, 0, sizeof message);
    message[0] = (uint8_t)op;
    message[1] = 1;
    message[2] = 6;
    memcpy(message + 4, "\1\2\3\4", 4);
    memcpy(message + 28, "\2\0\0\0\0\5", 6);
    memcpy(message + 236, "\x63\x82\x53\x63", 4);
    message_len = 240;
}

/* Reads the first `len` bytes from memory of just that size. */
static bool read_prefix(size_t len, struct dhcp *dhcp)
{
    uint8_t *copy = malloc(len + !len);
    memcpy(copy, message, len);
    memset(dhcp, 0xaa, sizeof *dhcp);
    bool good = dhcp_read((struct chains_bytes){ copy, len }, dhcp);
    free(copy);
    return good;
}

static const char *name_of(void)
{
    static struct dhcp dhcp;
    if (!read_prefix(message_len, &dhcp))
        return NULL;
    check_eq_u64(dhcp.name_len, strlen(dhcp.name));
    return dhcp.name;
}

static void test_request(void)
{
    struct dhcp dhcp;
    begin(1);
    memcpy(message + 12, "\xc0\xa8\1\7", 4);
    PUT("\x35\1\3\x32\4\xc0\xa8\1\x2a\x0c\5kevin\xff\x0c\4late");
    check(read_prefix(message_len, &dhcp));
    check(!dhcp.reply);
    check_eq_u64(dhcp.kind, DHCP_REQUEST);
    check_eq_u64(dhcp.id, 0x01020304);
    check_eq_bytes(dhcp.mac, 6, "\2\0\0\0\0\5", 6);
    check_eq_text(dhcp.name, "kevin");
    char text[CHAINS_ADDR_TEXT];
    chains_addr_text(&dhcp.client, text);
    check_eq_text(text, "192.168.1.7");
    chains_addr_text(&dhcp.wanted, text);
    check_eq_text(text, "192.168.1.42");
    check_eq_u64(dhcp.given.family, 0);

    begin(2);
    memcpy(message + 16, "\xc0\xa8\1\x2a", 4);
    PUT("\0\0\x35\1\5\x33\4\0\0\x0e\x10\xff");
    check(read_prefix(message_len, &dhcp));
    check(dhcp.reply);
    check_eq_u64(dhcp.kind, DHCP_ACK);
    check_eq_u64(dhcp.lease_s, 3600);
    check_eq_u64(dhcp.name_len, 0);
    chains_addr_text(&dhcp.given, text);
    check_eq_text(text, "192.168.1.42");
}

#define KIND "\x35\1\3"

static void test_names(void)
{
    static const struct {
        const char *options;
        size_t len;
        const char *name;
    } row[] = {
#define ROW(options, name) { options, sizeof(options) - 1, name }
        ROW(KIND "\x0c\3nas\x0c\5other\xff", "nas"),
        ROW(KIND "\x0c\3nas", "nas"),
        ROW(KIND "\x0c\4nas\0\xff", "nas"),
        ROW(KIND "\x0c\6a\x1b[2J\n\xff", "a?[2J?"),
        ROW(KIND "\x0c\1 \xff", "?"),
        ROW(KIND "\x51\x0d\0\xff\xffpc.example\xff", "pc.example"),
        ROW(KIND "\x51\x0e\0\xff\xffpc.example.\xff", "pc.example"),
        ROW(KIND "\x0c\3nas\x51\x0d\0\xff\xffpc.example", "pc.example"),
        ROW(KIND "\x51\x0e\0\xff\xffpc.example", ""), /* cut: no whole option */
        ROW(KIND "\x51\x0e\4\0\0\2pc\7example", "pc.example"),
        ROW(KIND "\x51\x0f\4\0\0\2pc\7example\0", "pc.example"),
        ROW(KIND "\x51\x07\4\0\0\3p.c", "p?c"),
        ROW(KIND "\x51\x05\4\0\0\x40z\x0c\3nas", "nas"),    /* no label is so long */
        ROW(KIND "\x51\x05\4\0\0\xc0\x0c\x0c\3nas", "nas"), /* no pointers */
        ROW(KIND "\x51\3\0\0\0\x0c\3nas", "nas"),
        ROW(KIND "\x51\2\0\0\x0c\3nas", "nas"),
        ROW(KIND "\xff\x0c\3nas", ""),
        ROW(KIND "\x0c\xffnas", ""),
        ROW(KIND "\x0c", ""),
        ROW(KIND, ""),
        ROW("\x0c\3nas\xff", NULL), /* plain BOOTP */
#undef ROW
    };
    for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
        begin(1);
        put(row[i].options, row[i].len);
        printf("# row %zu\n", i);
        const char *name = name_of();
        check_eq_text(name, row[i].name);
    }
}

static void test_overload(void)
{
    for (unsigned places = 0; places < 4; places++) {
        begin(1);
        memcpy(message + 108, "\x0c\4file\xff", 7);
        memcpy(message + 44, "\x0c\5sname\xff", 8);
        PUT(KIND "\x34\1");
        put(&(uint8_t){ (uint8_t)places }, 1);
        PUT("\xff");
        check_eq_text(name_of(), places & 1 ? "file" : places & 2 ? "sname" : "");
    }
}

static void test_not_mine(void)
{
    static const unsigned at[] = { 0, 1, 2, 236, 239 };
    struct dhcp dhcp;
    for (size_t i = 0; i < sizeof at / sizeof *at; i++) {
        begin(1);
        PUT(KIND "\x0c\3nas\xff");
        message[at[i]] ^= 0x40;
        check(!read_prefix(message_len, &dhcp));
    }
}

static const uint8_t solicit[] = "\1\1\2\3"
                                 "\0\1\0\x0a\0\3\0\1\2\0\0\0\0\5"
                                 "\0\x27\0\x0d\0\2pc\7example\0"
                                 "\0\3\0\x28\0\0\0\1\0\0\0\2\0\0\0\3"
                                 "\0\5\0\x18\xfd\0\0\0\0\0\0\0\0\0\0\0\0\0\0\7\0\0\0\1\0\0\0\2";

static bool read6(const uint8_t *bytes, size_t len, struct dhcp6 *dhcp)
{
    uint8_t *copy = malloc(len + !len);
    memcpy(copy, bytes, len);
    memset(dhcp, 0xaa, sizeof *dhcp);
    bool good = dhcp6_read((struct chains_bytes){ copy, len }, dhcp);
    free(copy);
    return good;
}

static void test_six(void)
{
    struct dhcp6 dhcp;
    check(read6(solicit, sizeof solicit - 1, &dhcp));
    check_eq_text(dhcp.name, "pc.example");
    check_eq_u64(dhcp.count, 1);
    char text[CHAINS_ADDR_TEXT];
    chains_addr_text(&dhcp.addr[0], text);
    check_eq_text(text, "fd00::7");
    for (size_t len = 0; len < sizeof solicit - 1; len++) {
        bool good = read6(solicit, len, &dhcp);
        check_eq_u64(good, len >= 4);
        if (good)
            check(dhcp.name_len == 0 || strcmp(dhcp.name, "pc.example") == 0);
    }
    uint8_t other[sizeof solicit];
    memcpy(other, solicit, sizeof solicit);
    for (unsigned kind = 0; kind < 256; kind++) {
        static const char known[] = "\1\3\4\5\6\x0b";
        other[0] = (uint8_t)kind;
        check_eq_u64(read6(other, sizeof other - 1, &dhcp),
                     kind && memchr(known, (int)kind, sizeof known - 1) != NULL);
    }
}

/* Every prefix, and every byte changed to what lengths like least. */
static void test_hostile(void)
{
    static const uint8_t value[] = { 0x00, 0x01, 0x40, 0x7f, 0xc0, 0xff };
    struct dhcp dhcp;
    struct dhcp6 six;
    begin(1);
    PUT(KIND "\x32\4\xc0\xa8\1\x2a\x33\4\0\0\1\0\x34\1\3\x51\x0e\4\0\0\2pc\7example\xff");
    memcpy(message + 108, "\x0c\4file", 6);
    for (size_t len = 0; len <= message_len; len++)
        check_eq_u64(read_prefix(len, &dhcp), len >= 243);
    bool sound = true;
    for (size_t i = 0; i < message_len; i++)
        for (size_t j = 0; j < sizeof value; j++) {
            uint8_t before = message[i];
            message[i] = value[j];
            if (read_prefix(message_len, &dhcp))
                sound &= dhcp.name_len < DHCP_NAME && strlen(dhcp.name) == dhcp.name_len;
            message[i] = before;
        }
    uint8_t other[sizeof solicit];
    for (size_t i = 0; i < sizeof solicit - 1; i++)
        for (size_t j = 0; j < sizeof value; j++) {
            memcpy(other, solicit, sizeof solicit);
            other[i] = value[j];
            if (read6(other, sizeof other - 1, &six))
                sound &= six.count <= DHCP_ADDRESSES && strlen(six.name) == six.name_len;
        }
    check(sound);
    uint8_t many[2000]; /* more addresses, and a longer name, than are kept */
    size_t len = 4;
    memcpy(many, "\1\1\2\3", 4);
    for (unsigned i = 0; i < 20; i++) {
        memcpy(many + len, solicit + sizeof solicit - 1 - 44, 44);
        len += 44;
    }
    memcpy(many + len, "\0\x27\2\1\0", 5);
    len += 5;
    for (unsigned i = 0; i < 8; i++, len += 64) {
        memset(many + len, 'a', 64);
        many[len] = 63;
    }
    check(read6(many, len, &six));
    check_eq_u64(six.count, DHCP_ADDRESSES);
    check_eq_u64(six.name_len, DHCP_NAME - 1);
}

int main(void)
{
    test_request();
    test_names();
    test_overload();
    test_not_mine();
    test_six();
    test_hostile();
    return check_done();
}
