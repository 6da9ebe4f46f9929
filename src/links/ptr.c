/* SPDX-License-Identifier: MIT */
/*
 * Reverse lookups on the wire (RFC 1035, 2308, 2317, 3596). In: an address, and a reply that
 * nobody vouches for. Out: the name to ask for, and a name or the reason why there is none.
 * Compression pointers only lead back and are counted, so every name ends; CNAMEs are followed
 * within the answer a few steps; a name with any byte that a host name lacks is refused.
 */
#include "ptr.h"

#include <chains/layer/domains.h>

#include <string.h>

#include "../bytes/text.h"

enum {
    WIRE_MOST = 255,
    JUMPS_MOST = 16,
    RECORDS_MOST = 64,
    ALIASES_MOST = 8,
    TYPE_CNAME = 5,
    TYPE_SOA = 6,
    TYPE_PTR = 12,
    CLASS_IN = 1,
    RCODE_NXDOMAIN = 3,
    RCODE_REFUSED = 5,
};

/* A name as on the wire, without compression. */
struct wire_name {
    size_t len;
    uint8_t octets[WIRE_MOST];
};

struct resource {
    struct wire_name owner;
    unsigned type, class;
    uint32_t ttl;
    struct chains_reader data;
};

size_t ptr_question(const struct chains_addr *addr, char *out)
{
    char *end = out;
    if (addr->family == 4) {
        struct chains_addr turned = { .family = 4 };
        for (int i = 0; i < 4; i++)
            turned.octets[i] = addr->octets[3 - i];
        end += chains_addr_text(&turned, out);
        memcpy(end, ".in-addr.arpa", sizeof ".in-addr.arpa");
        return (size_t)(end - out) + sizeof ".in-addr.arpa" - 1;
    }
    if (addr->family == 6) {
        for (int i = 15; i >= 0; i--) {
            *end++ = text_hex_digits[addr->octets[i] & 15];
            *end++ = '.';
            *end++ = text_hex_digits[addr->octets[i] >> 4];
            *end++ = '.';
        }
        memcpy(end, "ip6.arpa", sizeof "ip6.arpa");
        return (size_t)(end - out) + sizeof "ip6.arpa" - 1;
    }
    *end = '\0';
    return 0;
}

static bool host_octet(uint8_t octet)
{
    return (octet >= 'a' && octet <= 'z') || (octet >= 'A' && octet <= 'Z') ||
           (octet >= '0' && octet <= '9') || octet == '-' || octet == '_';
}

bool ptr_host_name(const char *text, size_t len)
{
    size_t label = 0;
    bool number = true; /* the label so far holds digits only */
    if (len == 0 || len > 253)
        return false;
    for (size_t i = 0; i < len; i++) {
        if (text[i] == '.') {
            if (label == 0)
                return false;
            label = 0;
            number = true;
            continue;
        }
        if (!host_octet((uint8_t)text[i]) || ++label > 63)
            return false;
        number = number && text[i] >= '0' && text[i] <= '9';
    }
    return label != 0 && !number;
}

static uint8_t lower(uint8_t octet)
{
    return octet >= 'A' && octet <= 'Z' ? (uint8_t)(octet + 'a' - 'A') : octet;
}

/* Lengths of labels are below 'A', so the whole can be compared without regard to case. */
static bool same_name(const struct wire_name *a, const struct wire_name *b)
{
    if (a->len != b->len)
        return false;
    for (size_t i = 0; i < a->len; i++)
        if (lower(a->octets[i]) != lower(b->octets[i]))
            return false;
    return true;
}

static void wire_of_text(const char *text, struct wire_name *name)
{
    name->len = 0;
    while (*text) {
        size_t len = strcspn(text, ".");
        name->octets[name->len++] = (uint8_t)len;
        memcpy(name->octets + name->len, text, len);
        name->len += len;
        text += len + (text[len] == '.');
    }
    name->octets[name->len++] = 0;
}

/* Reads a name at `in`, which then stands behind it. A failed reader when it is no name. */
static bool read_name(struct chains_bytes message, struct chains_reader *in,
                      struct wire_name *name)
{
    struct chains_reader at = *in;
    size_t before = (size_t)(in->at - message.at); /* a pointer leads to a place before this */
    unsigned jumps = 0;
    for (name->len = 0;;) {
        unsigned len = chains_read_u8(&at);
        if (at.failed)
            break;
        if (len >= 0xc0) {
            size_t to = (size_t)(len & 0x3f) << 8 | chains_read_u8(&at);
            if (at.failed || to >= before || ++jumps > JUMPS_MOST)
                break;
            if (jumps == 1)
                *in = at;
            before = to;
            at = chains_reader_over(message);
            chains_skip(&at, to);
            continue;
        }
        const uint8_t *label = len > 63 ? NULL : chains_take(&at, len);
        if (!label || name->len + 1 + len > WIRE_MOST)
            break;
        name->octets[name->len++] = (uint8_t)len;
        memcpy(name->octets + name->len, label, len);
        name->len += len;
        if (len == 0) {
            if (jumps == 0)
                *in = at;
            return true;
        }
    }
    in->failed = true;
    return false;
}

static bool read_resource(struct chains_bytes message, struct chains_reader *in,
                          struct resource *rr)
{
    if (!read_name(message, in, &rr->owner))
        return false;
    rr->type = chains_read_be16(in);
    rr->class = chains_read_be16(in);
    rr->ttl = chains_read_be32(in);
    rr->data = chains_read_block(in, chains_read_be16(in));
    if (rr->ttl > INT32_MAX) /* RFC 2181, 8 */
        rr->ttl = 0;
    return !in->failed;
}

/* A name on the wire to text, if it is a host name. */
static bool text_of_wire(const struct wire_name *name, char out[PTR_NAME])
{
    size_t len = 0, labels = 0;
    for (size_t i = 0; name->octets[i] != 0; i += name->octets[i] + 1u, labels++) {
        if (labels)
            out[len++] = '.';
        for (size_t j = 1; j <= name->octets[i]; j++) {
            if (!host_octet(name->octets[i + j]))
                return false; /* also a dot inside a label */
            out[len++] = (char)name->octets[i + j];
        }
    }
    if (!ptr_host_name(out, len))
        return false;
    if (labels == 1)
        out[len++] = '.'; /* "LOCAL." cannot pass for our own word LOCAL */
    out[len] = '\0';
    return true;
}

static void take_target(struct chains_bytes message, struct resource *rr, uint32_t ttl,
                        struct ptr_answer *answer)
{
    struct wire_name target;
    bool good = read_name(message, &rr->data, &target) && text_of_wire(&target, answer->name);
    answer->from = good ? CHAINS_NAME_PTR : CHAINS_NAME_INVALID;
    answer->ttl = ttl;
    if (!good)
        answer->name[0] = '\0';
}

enum step { STEP_NONE, STEP_ALIAS, STEP_DONE, STEP_BROKEN };

/* Looks through the answers for what `owner` has: a name, or another name to look for. */
static enum step one_step(struct chains_bytes message, struct chains_reader in, unsigned count,
                          struct wire_name *owner, uint32_t *ttl, struct ptr_answer *answer)
{
    struct resource rr;
    for (unsigned i = 0; i < count && i < RECORDS_MOST; i++) {
        if (!read_resource(message, &in, &rr))
            return STEP_BROKEN;
        if (rr.class != CLASS_IN || !same_name(&rr.owner, owner))
            continue;
        if (rr.type != TYPE_PTR && rr.type != TYPE_CNAME)
            continue;
        if (rr.ttl < *ttl)
            *ttl = rr.ttl;
        if (rr.type == TYPE_PTR) {
            take_target(message, &rr, *ttl, answer);
            return STEP_DONE;
        }
        return read_name(message, &rr.data, owner) ? STEP_ALIAS : STEP_BROKEN;
    }
    return STEP_NONE;
}

/* How long a "no" holds: the smaller of the SOA's TTL and minimum; 0 without one (RFC 2308). */
static uint32_t negative_ttl(struct chains_bytes message, struct chains_reader in,
                             unsigned skip, unsigned count)
{
    struct resource rr;
    struct wire_name name;
    for (unsigned i = 0; i < skip + count && i < RECORDS_MOST; i++) {
        if (!read_resource(message, &in, &rr))
            return 0;
        if (i < skip || rr.type != TYPE_SOA || rr.class != CLASS_IN)
            continue;
        read_name(message, &rr.data, &name);
        read_name(message, &rr.data, &name);
        chains_skip(&rr.data, 16);
        uint32_t minimum = chains_read_be32(&rr.data);
        return rr.data.failed || minimum > rr.ttl ? rr.ttl : minimum;
    }
    return 0;
}

/* The header and the question: true when the message answers what was asked. */
static bool answers(struct chains_bytes message, struct chains_reader *in,
                    struct wire_name *asked)
{
    struct wire_name question;
    const uint8_t *header = chains_take(in, 12);
    if (!header || !(header[2] & 0x80) || (header[2] & 0x78) != 0 ||
        chains_load_be16(header + 4) != 1)
        return false;
    return read_name(message, in, &question) && same_name(&question, asked) &&
           chains_read_be16(in) == TYPE_PTR && chains_read_be16(in) == CLASS_IN;
}

void ptr_read(struct chains_bytes message, const struct chains_addr *asked,
              struct ptr_answer *answer)
{
    char text[PTR_QUESTION];
    struct wire_name owner;
    struct chains_reader in = chains_reader_over(message);
    *answer = (struct ptr_answer){ .from = CHAINS_NAME_SERVFAIL };
    ptr_question(asked, text);
    wire_of_text(text, &owner);
    if (!answers(message, &in, &owner))
        return;
    unsigned rcode = chains_byte(message, 3) & 15u;
    struct chains_reader counts = chains_reader_over(chains_behind(message, 6));
    unsigned count = chains_read_be16(&counts), more = chains_read_be16(&counts);
    if (rcode == RCODE_REFUSED)
        answer->from = CHAINS_NAME_REFUSED;
    if (rcode != 0 && rcode != RCODE_NXDOMAIN)
        return;

    uint32_t ttl = INT32_MAX;
    enum step step = rcode == 0 ? STEP_ALIAS : STEP_NONE;
    for (unsigned steps = 0; step == STEP_ALIAS && steps <= ALIASES_MOST; steps++)
        step = one_step(message, in, count, &owner, &ttl, answer);
    if (step == STEP_DONE)
        return;
    if (step == STEP_NONE) {
        answer->from = rcode == 0 ? CHAINS_NAME_NODATA : CHAINS_NAME_NXDOMAIN;
        answer->ttl = negative_ttl(message, in, count, more);
    } else {
        answer->from = CHAINS_NAME_INVALID;
    }
}
