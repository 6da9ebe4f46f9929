/* SPDX-License-Identifier: MIT */
/*
 * The ceiling of `netwatch -s`. In: a capture. Out: the line of `summary` with a name behind an
 * address, if it has one. A private address is LOCAL; any other one is looked up in a table, and two in
 * three of them have a name of 19 letters, as two in three mentions have in `mixed`. Names from DNS
 * answers, from files, of ranges and of the network are left out, and so is forgetting: the table
 * grows with the hosts.
 */
#include "text.h"

enum { NAME = 24 };

struct known {
    uint8_t addr[16];
    char name[NAME];
    uint8_t version;
    bool named;
};

struct names {
    struct known *slots;
    size_t mask, used;
};

static uint64_t address_hash(const uint8_t *addr, unsigned version)
{
    uint64_t a = host32(addr), b = version;
    if (version == 6) {
        memcpy(&a, addr, 8);
        memcpy(&b, addr + 8, 8);
    }
    a = (a ^ 0x2545f4914f6cdd1dULL) * 0x9e3779b97f4a7c15ULL;
    a = (a ^ b ^ (a >> 29)) * 0xbf58476d1ce4e5b9ULL;
    return a ^ a >> 32;
}

static struct known *names_slot(const struct names *names, const uint8_t *addr, uint8_t version)
{
    size_t len = version == 6 ? 16 : 4;
    size_t at = address_hash(addr, version) & names->mask;
    while (names->slots[at].version && (names->slots[at].version != version ||
                                        memcmp(names->slots[at].addr, addr, len) != 0))
        at = (at + 1) & names->mask;
    return &names->slots[at];
}

static void names_grow(struct names *names)
{
    struct names more = { .mask = names->slots ? names->mask * 2 + 1 : 4095 };
    more.slots = calloc(more.mask + 1, sizeof *more.slots);
    if (!more.slots)
        fail("no memory");
    for (size_t i = 0; names->slots && i <= names->mask; i++)
        if (names->slots[i].version)
            *names_slot(&more, names->slots[i].addr, names->slots[i].version) = names->slots[i];
    more.used = names->used;
    free(names->slots);
    *names = more;
}

/* "host-0012ab.example" */
static void name_write(char *name, size_t number)
{
    memcpy(name, "host-", 5);
    for (unsigned i = 0; i < 3; i++)
        memcpy(name + 5 + 2 * i, texts.hex[number >> (16 - 8 * i) & 255], 2);
    memcpy(name + 11, ".example", 8);
}

static const struct known *names_of(struct names *names, const uint8_t *addr, uint8_t version)
{
    struct known *known = names_slot(names, addr, version);
    if (known->version)
        return known;
    if (names->used * 2 >= names->mask) {
        names_grow(names);
        known = names_slot(names, addr, version);
    }
    known->version = version;
    memcpy(known->addr, addr, version == 6 ? 16 : 4);
    known->named = names->used++ % 3 != 0;
    if (known->named)
        name_write(known->name, names->used);
    return known;
}

static void put_named(struct out *out, struct names *names, const struct headers *headers,
                      const uint8_t *addr)
{
    put_address(out, headers, addr);
    if (is_internal(headers, addr)) {
        PUT(out, "(LOCAL)");
        return;
    }
    const struct known *known = names_of(names, addr, headers->version == 6 ? 6 : 4);
    if (!known->named)
        return;
    *out->at++ = '(';
    memcpy(out->at, known->name, NAME);
    out->at += 19;
    *out->at++ = ')';
}

static void line(struct out *out, struct names *names, const struct packet *packet)
{
    struct headers headers;
    headers_read(&headers, packet);
    put_second(out, packet->seconds, ' ');
    PUT(out, " - ");
    if (headers.version)
        put_types(out, &headers);
    else if (headers_arp(&headers, packet))
        PUT(out, "ARP ");
    if (headers.src) {
        put_named(out, names, &headers, headers.src);
        PUT(out, " --> ");
        put_named(out, names, &headers, headers.dst);
        PUT(out, " TAGS: ");
        put_tags(out, &headers);
    } else {
        put_number(out, headers.type);
    }
    *out->at++ = '\n';
}

int main(int argc, char **argv)
{
    struct capture capture = capture_open(argc, argv);
    struct packet packets[BATCH];
    struct names names = { 0 };
    struct out out;
    unsigned count;
    out_open(&out);
    names_grow(&names);
    while ((count = capture_batch(&capture, packets)))
        for (unsigned i = 0; i < count; i++) {
            out_room(&out);
            line(&out, &names, &packets[i]);
        }
    out_close(&out);
    free(names.slots);
    return capture_close(&capture);
}
