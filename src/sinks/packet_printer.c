/* SPDX-License-Identifier: MIT */
/*
 * The full print of a packet, in the words of the "Lets Print some Packets" example, and an
 * empty line. The lines of that example (time, frame, packet, domains, UDP) are written here to
 * the byte; every other layer is printed by its field table. What is no packet (flows, events)
 * passes without a print.
 */
#include "../render/dict.h"
#include "../render/json_record.h"
#include "../render/words.h"

#include <chains/layer/arp.h>
#include <chains/layer/domains.h>
#include <chains/layer/eth.h>
#include <chains/layer/ip.h>
#include <chains/layer/tags.h>
#include <chains/layer/udp.h>

#include "../bytes/text.h"

#include <ctype.h>
#include <string.h>
#include "../record/batch.h"
#include "../record/layout.h"

struct packet_printer {
    struct output output; /* first: the slots of output.h find it there */
    struct text_clock clock;
    struct dict dict;
    bool color;
};

static const struct chains_field packet_printer_options[] = {
    OUTPUT_OPTIONS(chains_packet_printer_options),
    CHAINS_FIELD(chains_packet_printer_options, color, BOOL, "colours for a terminal"),
    CHAINS_FIELDS_END,
};

static int packet_printer_open(chains_component *self)
{
    struct packet_printer *printer = chains_state(self);
    const struct chains_packet_printer_options *options = chains_options(self);
    printer->color = options->color;
    printer->dict.output = &printer->output;
    const struct output_target target = OUTPUT_TARGET(options, .record_end = "\n\n");
    return output_open(&printer->output, self, &target);
}

/* A short literal. */
#define printer_put(printer, literal)                                                          \
    output_put(&(printer)->output,                                                             \
               text_literal(output_room(&(printer)->output, sizeof(literal)), literal))

static void printer_name(struct packet_printer *printer, const char *name)
{
    output_text(&printer->output, name, strlen(name));
    printer_put(printer, " ");
}

static void printer_eth(struct packet_printer *printer, const struct chains_eth *eth)
{
    char *out = output_room(&printer->output, OUTPUT_ROOM);
    out = text_mac(text_literal(out, "Ethernet Frame: "), eth->src);
    out = text_mac(text_literal(out, " --> "), eth->dst);
    if (eth->has & CHAINS_ETH_HAS_TYPE)
        out = text_u64(text_literal(out, "  (type: "), eth->type);
    else
        out = text_u64(text_literal(out, "  (length: "), eth->length);
    *out++ = ')';
    for (unsigned i = 0; i < eth->vlan_count; i++)
        out = text_u64(i ? text_literal(out, ", ") : text_literal(out, " -- VLAN("),
                       eth->vlan[i]);
    if (eth->vlan_count)
        *out++ = ')';
    *out++ = '\n';
    output_put(&printer->output, out);
}

/* "Packet: IP 192.168.1.9 --> 224.0.0.251 (len:55 ttl:255) -- Frag(df:0 mf:0 offset:0)" */
static void printer_ip(struct packet_printer *printer, const struct chains_ip *ip)
{
    char *out = output_room(&printer->output, OUTPUT_ROOM);
    out =
        ip->version == 4 ? text_literal(out, "Packet: IP ") : text_literal(out, "Packet: IP6 ");
    out = text_addr(out, &ip->src);
    out = text_addr(text_literal(out, " --> "), &ip->dst);
    out = text_u64(text_literal(out, " (len:"), ip->len);
    out = text_u64(text_literal(out, " ttl:"), ip->ttl);
    *out++ = ')';
    if (ip->version == 4 || ip->has & CHAINS_IP_HAS_FRAGMENT) {
        out = text_u64(text_literal(out, " -- Frag(df:"), ip->df);
        out = text_u64(text_literal(out, " mf:"), ip->mf);
        out = text_u64(text_literal(out, " offset:"), ip->offset);
        *out++ = ')';
    }
    *out++ = '\n';
    output_put(&printer->output, out);
}

static void printer_domains(struct packet_printer *printer, const struct chains_record *rec)
{
    const void *layer;
    const struct chains_layer_type *type = words_in_slot(rec, CHAINS_SLOT_domains, &layer);
    if (!type)
        return;
    const struct chains_domains *domains = layer;
    const struct chains_field *from = chains_field_find(type->fields, "src_from");
    const char *names[2] = { domains->src, domains->dst };
    const char *vendors[2] = { domains->src_vendor, domains->dst_vendor };
    const uint8_t sources[2] = { domains->src_from, domains->dst_from };
    char *out = output_room(&printer->output, OUTPUT_ROOM);
    out = text_literal(out, "Domains: ");
    for (int i = 0; i < 2; i++) {
        const char *why = chains_name_of(from->names, sources[i]);
        out = i ? text_literal(out, " --> ") : out;
        out = printer->color ? text_literal(out, WORDS_NAME_COLOR) : out;
        out = words_name(out, names[i] ? names[i] : why ? why : "None");
        out = printer->color ? text_literal(out, WORDS_NO_COLOR) : out;
        if (vendors[i])
            out = text_literal(words_name(text_literal(out, " ["), vendors[i]), "]");
    }
    *out++ = '\n';
    output_put(&printer->output, out);
}

/* The members of UDP in the order of the example. */
static void printer_udp(struct packet_printer *printer, const struct chains_udp *udp)
{
    char *out = output_room(&printer->output, OUTPUT_ROOM);
    out = text_u64(text_literal(out, "{'dport': "), udp->dport);
    out = text_u64(text_literal(out, ", 'sum': "), udp->sum);
    out = text_u64(text_literal(out, ", 'sport': "), udp->sport);
    out = text_literal(out, ", 'data': ");
    output_put(&printer->output, out);
    dict_bytes(&printer->output, udp->data);
    out = output_room(&printer->output, OUTPUT_ROOM);
    out = text_u64(text_literal(out, ", 'ulen': "), udp->len);
    output_put(&printer->output, text_literal(out, "}"));
}

static void printer_transport(struct packet_printer *printer, const struct chains_record *rec)
{
    const void *layer;
    const struct chains_layer_type *type = words_in_slot(rec, CHAINS_SLOT_transport, &layer);
    const struct chains_udp *udp = chains_get(rec, udp);
    if (!type) {
        printer_put(printer, "Transport: None\n");
        return;
    }
    char *out = output_room(&printer->output, OUTPUT_ROOM);
    out = words_transport(text_literal(out, "Transport: "), rec);
    output_put(&printer->output, out);
    if (udp)
        printer_udp(printer, udp);
    else
        dict_struct(&printer->dict, rec, type->fields, layer);
    printer_put(printer, "\n");
}

/* "Link: SLL {...}", for what is in a slot. */
static void printer_layer(struct packet_printer *printer, const struct chains_record *rec,
                          unsigned slot)
{
    const void *layer;
    const struct chains_layer_type *type = words_in_slot(rec, slot, &layer);
    char *label = output_room(&printer->output, OUTPUT_ROOM);
    char *out = words_name(label, type->slot);
    label[0] = (char)toupper((unsigned char)label[0]);
    output_put(&printer->output, text_literal(out, ": "));
    if (strcmp(type->slot, type->name) != 0) {
        printer_name(printer, type->name);
    }
    if (layer_is_bare(type))
        dict_value(&printer->dict, rec, type->fields, layer);
    else
        dict_struct(&printer->dict, rec, type->fields, layer);
    printer_put(printer, "\n");
}

static inline void printer_slot(struct packet_printer *printer, const struct chains_record *rec,
                                unsigned slot)
{
    if (rec->present & rec->layout->slot_bits[slot])
        printer_layer(printer, rec, slot);
}

static void printer_network(struct packet_printer *printer, const struct chains_record *rec)
{
    const struct chains_ip *ip = chains_get(rec, ip);
    if (ip)
        printer_ip(printer, ip);
    else if (chains_get(rec, arp))
        printer_slot(printer, rec, CHAINS_SLOT_packet);
    else
        printer_put(printer, "Packet: None\n");
    printer_domains(printer, rec);
}

/* Layers of protocols above the transport, and those that are not built in. */
static void printer_application(struct packet_printer *printer, const struct chains_record *rec)
{
    const uint64_t applications = CHAINS_PRESENT_dns | CHAINS_PRESENT_tls |
                                  CHAINS_PRESENT_quic | CHAINS_PRESENT_http |
                                  UINT64_MAX << CHAINS_IDS_BUILT_IN;
    bool any = false;
    for (uint64_t bits = rec->present & applications; bits; bits &= bits - 1) {
        unsigned id = (unsigned)__builtin_ctzll(bits);
        const struct chains_layer_type *type = rec->layout->type[id];
        printer_put(printer, "Application: ");
        printer_name(printer, type->name);
        const void *layer = (const char *)rec + rec->layout->offset[rec->layout->slot_of[id]];
        if (layer_is_bare(type))
            dict_value(&printer->dict, rec, type->fields, layer);
        else
            dict_struct(&printer->dict, rec, type->fields, layer);
        printer_put(printer, "\n");
        any = true;
    }
    if (!any)
        printer_put(printer, "Application: None\n");
}

static void printer_tags(struct packet_printer *printer, const struct chains_record *rec)
{
    const struct chains_tags *tags = chains_get(rec, tags);
    if (!tags)
        return;
    char *out = output_room(&printer->output, OUTPUT_ROOM);
    out = words_tags(text_literal(out, "Tags: "), rec, tags->tags);
    output_put(&printer->output, text_literal(out, "\n"));
}

static void printer_record(struct packet_printer *printer, const struct chains_record *rec)
{
    const struct chains_eth *eth = chains_get(rec, eth);
    char *out = text_literal(output_room(&printer->output, OUTPUT_ROOM), "Timestamp: ");
    int digits = rec->flags & CHAINS_NANOSECONDS ? 9 : 6;
    out = text_time(out, &printer->clock, rec->time_ns, digits, ' ');
    *out++ = '\n';
    output_put(&printer->output, out);
    if (eth)
        printer_eth(printer, eth);
    printer_slot(printer, rec, CHAINS_SLOT_link);
    printer_slot(printer, rec, CHAINS_SLOT_mpls);
    printer_slot(printer, rec, CHAINS_SLOT_outer);
    printer_network(printer, rec);
    printer_transport(printer, rec);
    printer_slot(printer, rec, CHAINS_SLOT_tunnel);
    printer_slot(printer, rec, CHAINS_SLOT_stream);
    printer_application(printer, rec);
    printer_slot(printer, rec, CHAINS_SLOT_weird);
    printer_tags(printer, rec);
    printer_put(printer, "\n");
}

static int packet_printer_many(chains_component *self, struct chains_batch *batch)
{
    struct packet_printer *printer = chains_state(self);
    for (size_t i = 0; i < batch->count; i++) {
        if (!words_is_packet(batch->live[i]))
            continue;
        printer_record(printer, batch->live[i]);
        output_commit(&printer->output);
    }
    return output_end(&printer->output);
}

const struct chains_class packet_printer_class = {
    .name = "packet_printer",
    .brief = "print all that is known of each packet",
    .role = CHAINS_SINK,
    .state_size = sizeof(struct packet_printer),
    .options_size = sizeof(struct chains_packet_printer_options),
    .options = packet_printer_options,
    .memory = output_slot_memory,
    .stats = output_slot_stats,
    .open = packet_printer_open,
    .access = output_slot_access,
    .many = packet_printer_many,
    .idle = output_slot_idle,
    .reopen = output_slot_reopen,
    .finish = output_slot_finish,
    .close = output_slot_close,
};

chains_component *chains_packet_printer_new(const struct chains_packet_printer_options *options)
{
    return chains_new(&packet_printer_class, options);
}
