/* SPDX-License-Identifier: MIT */
/*
 * Names of hosts in NetBIOS over UDP. In: a datagram of port 137 or 138. Out: the name that it
 * claims, and for which addresses. Kept: names are 16 bytes in 32 letters, the last byte says
 * what they are for; a pointer may lead to the one question and nowhere else; what is a group's,
 * or another service's, is none; the work is linear in the bytes.
 */
#include "netbios.h"

#include <string.h>

enum {
    LABEL = 32,
    LABEL_MOST = 63,
    POINTER = 0xc0,
    RAW_NAME = 16,
    USE_WORKSTATION = 0x00,
    USE_SERVER = 0x20,
    TYPE_NB = 0x20,
    TYPE_STATUS = 0x21,
    CLASS_IN = 1,
    GROUP = 0x8000,
    RESPONSE = 0x8000,
    RCODE = 0x000f,
    QUESTION_AT = 12,

    OP_QUERY = 0,
    OP_REGISTER = 5,
    OP_RELEASE = 6,
    OP_REFRESH = 8,
    OP_REFRESH_TOO = 9, /* what RFC 1002 says in another place */
    OP_MULTIHOMED = 15,

    DATAGRAM_UNIQUE = 0x10,
    DATAGRAM_BROADCAST = 0x12,
};

/* A name and the use in its 16th byte. */
struct name {
    uint8_t byte[RAW_NAME];
    bool good;
};

static bool netbios_keep(struct netbios *netbios, const struct name *name)
{
    if (!name->good ||
        (name->byte[RAW_NAME - 1] != USE_WORKSTATION && name->byte[RAW_NAME - 1] != USE_SERVER))
        return false;
    size_t len = RAW_NAME - 1;
    while (len && (name->byte[len - 1] == ' ' || name->byte[len - 1] == '\0'))
        len--;
    for (size_t i = 0; i < len; i++)
        netbios->name[i] =
            name->byte[i] < ' ' || name->byte[i] == 0x7f ? '?' : (char)name->byte[i];
    netbios->name_len = len;
    return len > 0;
}

static struct name netbios_decode(const uint8_t p[static 2 * RAW_NAME])
{
    struct name name = { .good = true };
    for (unsigned i = 0; i < RAW_NAME; i++) {
        unsigned high = p[2 * i] - (unsigned)'A', low = p[2 * i + 1] - (unsigned)'A';
        if (high > 15 || low > 15)
            return (struct name){ .good = false };
        name.byte[i] = (uint8_t)(high << 4 | low);
    }
    return name;
}

/* A name and its scope; `question` is what a pointer to the first name stands for, or NULL. */
static struct name netbios_name(struct chains_reader *in, const struct name *question)
{
    struct name name = { .good = false };
    unsigned head = chains_read_u8(in);
    if (head >= POINTER) {
        unsigned to = (head & ~(unsigned)POINTER) << 8 | chains_read_u8(in);
        return !in->failed && question && to == QUESTION_AT ? *question : name;
    }
    const uint8_t *p = head == LABEL ? chains_take(in, LABEL) : NULL;
    if (p)
        name = netbios_decode(p);
    else
        in->failed = true;
    for (unsigned scope = chains_read_u8(in); scope && !in->failed;
         scope = chains_read_u8(in)) {
        if (scope > LABEL_MOST)
            in->failed = true;
        chains_skip(in, scope);
    }
    return name;
}

/* Flags and an address for each, in the data of a record of type NB. */
static bool netbios_addresses(struct netbios *netbios, struct chains_reader in)
{
    while (chains_left(&in) >= 6 && netbios->count < NETBIOS_ADDRESSES) {
        unsigned flags = chains_read_be16(&in);
        const uint8_t *p = chains_take(&in, 4);
        if (!p || flags & GROUP)
            return false;
        struct chains_addr *addr = &netbios->addr[netbios->count++];
        *addr = (struct chains_addr){ .family = 4 };
        memcpy(addr->octets, p, 4);
    }
    return netbios->count > 0;
}

/* The first name of its own in the data of a record of type NBSTAT. */
static bool netbios_status(struct netbios *netbios, struct chains_reader in)
{
    unsigned names = chains_read_u8(&in);
    for (; names > 0; names--) {
        const uint8_t *p = chains_take(&in, RAW_NAME + 2);
        if (!p)
            return false;
        struct name name = { .good = !(chains_load_be16(p + RAW_NAME) & GROUP) };
        memcpy(name.byte, p, 16);
        if (netbios_keep(netbios, &name))
            return true;
    }
    return false;
}

/* A record that says who has a name; `in` stands before it. */
static bool netbios_record(struct netbios *netbios, struct chains_reader *in,
                           const struct name *question)
{
    struct name name = netbios_name(in, question);
    unsigned type = chains_read_be16(in), class = chains_read_be16(in);
    chains_skip(in, 4); /* its time to live */
    unsigned len = chains_read_be16(in);
    struct chains_reader data = chains_read_block(in, len);
    if (in->failed || class != CLASS_IN)
        return false;
    if (type == TYPE_STATUS && netbios->kind == NETBIOS_ANSWER) {
        netbios->kind = NETBIOS_STATUS;
        return netbios_status(netbios, data);
    }
    return type == TYPE_NB && netbios_keep(netbios, &name) && netbios_addresses(netbios, data);
}

static uint8_t netbios_kind(unsigned flags)
{
    unsigned op = flags >> 11 & 15;
    if (flags & RESPONSE)
        return op == OP_QUERY && !(flags & RCODE) ? NETBIOS_ANSWER : 0;
    if (op == OP_REGISTER || op == OP_REFRESH || op == OP_REFRESH_TOO || op == OP_MULTIHOMED)
        return NETBIOS_CLAIM;
    return op == OP_RELEASE ? NETBIOS_RELEASE : 0;
}

bool netbios_read(struct chains_bytes datagram, struct netbios *netbios)
{
    struct chains_reader in = chains_reader_over(datagram);
    *netbios = (struct netbios){ .kind = 0 };
    chains_skip(&in, 2); /* its number */
    netbios->kind = netbios_kind(chains_read_be16(&in));
    unsigned questions = chains_read_be16(&in), answers = chains_read_be16(&in);
    chains_skip(&in, 2); /* authorities */
    unsigned more = chains_read_be16(&in);
    if (in.failed || !netbios->kind)
        return false;
    if (netbios->kind == NETBIOS_ANSWER)
        return questions == 0 && answers > 0 && netbios_record(netbios, &in, NULL);
    if (questions != 1 || answers != 0 || more != 1)
        return false;
    struct name question = netbios_name(&in, NULL);
    chains_skip(&in, 4); /* type and class */
    return netbios_record(netbios, &in, &question);
}

/*
 * 0: type, flags   2: number   4: address   8: port   10: length, offset   14: the sender's name;
 * some types have none.
 */
bool netbios_read_datagram(struct chains_bytes datagram, struct netbios *netbios)
{
    struct chains_reader in = chains_reader_over(datagram);
    const uint8_t *p = chains_take(&in, 14);
    *netbios = (struct netbios){ .kind = NETBIOS_DATAGRAM };
    if (!p || p[0] < DATAGRAM_UNIQUE || p[0] > DATAGRAM_BROADCAST)
        return false;
    netbios->addr[0].family = 4;
    memcpy(netbios->addr[0].octets, p + 4, 4);
    netbios->count = 1;
    struct name name = netbios_name(&in, NULL);
    return !in.failed && netbios_keep(netbios, &name);
}
