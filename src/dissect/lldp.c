/* SPDX-License-Identifier: MIT */
/*
 * LLDP, IEEE 802.1AB: switches, routers and access points say who they are. In: what follows
 * EtherType 0x88cc. Out: a layer of its own, "lldp", with the names that people look for; other
 * elements are passed over. Its type is not built in: a protocol needs this file and its word in
 * meson.build, nothing else.
 *
 *     { type 7 bits, length 9 | value }, ended by type 0
 */
#include <chains/dissect.h>

#include <string.h>

enum {
    LLDP_HAS_PORT_NAME = 1,
    LLDP_HAS_NAME = 2,
    LLDP_HAS_DESCRIPTION = 4,

    LLDP_END = 0,
    LLDP_CHASSIS = 1,
    LLDP_PORT = 2,
    LLDP_TTL = 3,
    LLDP_PORT_NAME = 4,
    LLDP_NAME = 5,
    LLDP_DESCRIPTION = 6,
};

struct chains_lldp {
    uint32_t has;
    uint8_t chassis_kind, port_kind; /* what kind of identifier it is */
    uint16_t ttl;                    /* seconds */
    struct chains_bytes chassis, port, port_name, name, description;
};

static const struct chains_field lldp_fields[] = {
    CHAINS_FIELD(chains_lldp, chassis_kind, UINT, "kind of the device's identifier; 4: MAC"),
    CHAINS_FIELD(chains_lldp, chassis, HEX, "identifier of the device"),
    CHAINS_FIELD(chains_lldp, port_kind, UINT, "kind of the port's identifier; 3: MAC"),
    CHAINS_FIELD(chains_lldp, port, RAW, "identifier of the port"),
    CHAINS_FIELD(chains_lldp, ttl, UINT, "seconds for which this holds"),
    CHAINS_FIELD(chains_lldp, port_name, RAW, "description of the port",
                 .has = LLDP_HAS_PORT_NAME),
    CHAINS_FIELD(chains_lldp, name, RAW, "name of the device", .has = LLDP_HAS_NAME),
    CHAINS_FIELD(chains_lldp, description, RAW, "description of the device",
                 .has = LLDP_HAS_DESCRIPTION),
    CHAINS_FIELDS_END,
};

const struct chains_layer_type lldp_type = {
    .slot = "lldp",
    .name = "lldp",
    .size = sizeof(struct chains_lldp),
    .fields = lldp_fields,
};

static void lldp_optional(struct chains_lldp *lldp, unsigned kind, struct chains_bytes value)
{
    if (kind == LLDP_PORT_NAME) {
        lldp->has |= LLDP_HAS_PORT_NAME;
        lldp->port_name = value;
    } else if (kind == LLDP_NAME) {
        lldp->has |= LLDP_HAS_NAME;
        lldp->name = value;
    } else if (kind == LLDP_DESCRIPTION) {
        lldp->has |= LLDP_HAS_DESCRIPTION;
        lldp->description = value;
    }
}

/* One of the three elements that come first, in this order; `odd` when it is another one. */
static struct chains_reader lldp_mandatory(struct chains_reader *in, unsigned kind, bool *odd)
{
    unsigned head = chains_read_be16(in);
    *odd = *odd || (!in->failed && head >> 9 != kind);
    return chains_read_block(in, head & 0x1ff);
}

static enum chains_verdict lldp_dissect(struct chains_reader *in, void *layer,
                                        struct chains_key *next, struct chains_arena *arena)
{
    struct chains_lldp *lldp = layer;
    bool odd = false;
    struct chains_reader chassis = lldp_mandatory(in, LLDP_CHASSIS, &odd);
    struct chains_reader port = lldp_mandatory(in, LLDP_PORT, &odd);
    struct chains_reader ttl = lldp_mandatory(in, LLDP_TTL, &odd);
    (void)next;
    (void)arena;
    memset(lldp, 0, sizeof *lldp);
    lldp->chassis_kind = chains_read_u8(&chassis);
    lldp->chassis = chains_rest(&chassis);
    lldp->port_kind = chains_read_u8(&port);
    lldp->port = chains_rest(&port);
    lldp->ttl = chains_read_be16(&ttl);
    if (in->failed)
        return CHAINS_CUT_SHORT;
    if (odd || chassis.failed || port.failed || ttl.failed)
        return CHAINS_MALFORMED;
    while (chains_left(in) > 0) {
        unsigned head = chains_read_be16(in);
        struct chains_bytes value = chains_read_bytes(in, head & 0x1ff);
        if (in->failed)
            return CHAINS_PARTIAL;
        if (head >> 9 == LLDP_END)
            break;
        lldp_optional(lldp, head >> 9, value);
    }
    in->at = in->end;
    return CHAINS_PARSED;
}

static const struct chains_key lldp_keys[] = {
    { CHAINS_BY_ETHERTYPE, 0x88cc },
    { CHAINS_BY_NOTHING, 0 },
};

const struct chains_dissector dissect_lldp = {
    .name = "lldp",
    .layer = &lldp_type,
    .keys = lldp_keys,
    .dissect = lldp_dissect,
};
