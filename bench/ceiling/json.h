/* SPDX-License-Identifier: MIT */
#ifndef CEILING_JSON_H
#define CEILING_JSON_H

#include "text.h"

/*
 * The object of `packet_meta ! transport_meta ! json_lines` by hand, up to where other layers would
 * follow: number, time, eth, packet and transport of IP with TCP, UDP and ICMP, and of ARP. Of
 * TCP's options those that a SYN has and the time stamps.
 */

ALWAYS_INLINE void json_flags(struct out *out, unsigned flags)
{
    static const char *const names[8] = { "\"fin\",", "\"syn\",", "\"rst\",", "\"psh\",",
                                          "\"ack\",", "\"urg\",", "\"ece\",", "\"cwr\"," };
    PUT(out, ",\"flags\":[");
    for (unsigned i = 0; i < 8; i++)
        if (flags & 1u << i) {
            memcpy(out->at, names[i], 6);
            out->at += 6;
        }
    out->at -= (flags & 0xff) != 0;
    *out->at++ = ']';
}

ALWAYS_INLINE void json_word(struct out *out, unsigned flags)
{
    if ((flags & 0x12) == 0x12)
        PUT(out, ",\"word\":\"syn_ack\"");
    else if (flags & 2)
        PUT(out, ",\"word\":\"syn\"");
    else if (flags & 1)
        PUT(out, ",\"word\":\"fin\"");
    else if (flags & 4)
        PUT(out, ",\"word\":\"rst\"");
    else if (flags & 8)
        PUT(out, ",\"word\":\"psh\"");
}

#define JSON_NUMBER(out, name, value)                                                          \
    do {                                                                                       \
        PUT(out, ",\"" name "\":");                                                            \
        put_number(out, value);                                                                \
    } while (0)

ALWAYS_INLINE void json_option(struct out *out, const uint8_t *at, unsigned len)
{
    if (at[0] == 2 && len == 4)
        JSON_NUMBER(out, "mss", net16(at + 2));
    else if (at[0] == 3 && len == 3)
        JSON_NUMBER(out, "wscale", at[2]);
    else if (at[0] == 4 && len == 2)
        PUT(out, ",\"sack_permitted\":true");
    else if (at[0] == 8 && len == 10) {
        JSON_NUMBER(out, "ts_val", net32(at + 2));
        JSON_NUMBER(out, "ts_ecr", net32(at + 6));
    }
}

ALWAYS_INLINE void json_tcp(struct out *out, const struct headers *headers)
{
    const uint8_t *tcp = headers->transport;
    uint32_t header = (uint32_t)(tcp[12] >> 4) * 4;
    json_flags(out, tcp[13]);
    json_word(out, tcp[13]);
    JSON_NUMBER(out, "seq", net32(tcp + 4));
    JSON_NUMBER(out, "ack", net32(tcp + 8));
    JSON_NUMBER(out, "window", net16(tcp + 14));
    JSON_NUMBER(out, "sum", net16(tcp + 16));
    JSON_NUMBER(out, "header_len", header);
    JSON_NUMBER(out, "data_len", headers->payload_len);
    if (header > headers->transport_len)
        return;
    for (uint32_t at = 20; at < header;) {
        unsigned len = tcp[at] > 1 && at + 1 < header ? tcp[at + 1] : 1;
        if (tcp[at] == 0 || len == 0 || at + len > header)
            break;
        json_option(out, tcp + at, len);
        at += len;
    }
}

ALWAYS_INLINE void json_transport(struct out *out, const struct headers *headers)
{
    const uint8_t *at = headers->transport;
    if (headers->payload) {
        put(out,
            headers->protocol == 6 ? ",\"transport\":{\"type\":\"TCP\",\"sport\":"
                                   : ",\"transport\":{\"type\":\"UDP\",\"sport\":",
            35);
        put_number(out, headers->sport);
        JSON_NUMBER(out, "dport", headers->dport);
        if (headers->protocol == 6) {
            json_tcp(out, headers);
        } else {
            JSON_NUMBER(out, "len", net16(at + 4));
            JSON_NUMBER(out, "sum", net16(at + 6));
        }
        *out->at++ = '}';
    } else if ((headers->protocol == 1 || headers->protocol == 58) &&
               headers->transport_len >= 8) {
        PUT(out, ",\"transport\":{\"type\":\"ICMP\",\"icmp_type\":");
        put_number(out, at[0]);
        JSON_NUMBER(out, "icmp_code", at[1]);
        JSON_NUMBER(out, "sum", net16(at + 2));
        JSON_NUMBER(out, "id", net16(at + 4));
        JSON_NUMBER(out, "seq", net16(at + 6));
        *out->at++ = '}';
    }
}

ALWAYS_INLINE void json_ends(struct out *out, const struct headers *headers)
{
    PUT(out, "\",\"src\":\"");
    put_address(out, headers, headers->src);
    PUT(out, "\",\"dst\":\"");
    put_address(out, headers, headers->dst);
    *out->at++ = '"';
}

ALWAYS_INLINE void json_bool(struct out *out, bool value)
{
    if (value)
        PUT(out, "true");
    else
        PUT(out, "false");
}

ALWAYS_INLINE void json_ip(struct out *out, const struct headers *headers)
{
    const uint8_t *ip = headers->network;
    PUT(out, ",\"packet\":{\"type\":\"IP");
    if (headers->version == 6)
        *out->at++ = '6';
    json_ends(out, headers);
    JSON_NUMBER(out, "len", net16(ip + (headers->version == 6 ? 4 : 2)));
    JSON_NUMBER(out, "ttl", ip[headers->version == 6 ? 7 : 8]);
    if (headers->version == 4) {
        PUT(out, ",\"df\":");
        json_bool(out, ip[6] & 0x40);
        PUT(out, ",\"mf\":");
        json_bool(out, ip[6] & 0x20);
        JSON_NUMBER(out, "offset", net16(ip + 6) & 0x1fff);
        JSON_NUMBER(out, "id", net16(ip + 4));
    }
    JSON_NUMBER(out, "protocol", headers->protocol);
    JSON_NUMBER(out, "header_len", (uint64_t)(headers->transport - ip));
    *out->at++ = '}';
}

ALWAYS_INLINE void json_arp(struct out *out, const struct headers *headers)
{
    const uint8_t *arp = headers->network;
    PUT(out, ",\"packet\":{\"type\":\"ARP");
    json_ends(out, headers);
    put(out, arp[7] == 1 ? ",\"op\":\"request\"" : ",\"op\":\"reply\"", arp[7] == 1 ? 15 : 13);
    PUT(out, ",\"src_mac\":\"");
    put_mac(out, arp + 8);
    PUT(out, "\",\"dst_mac\":\"");
    put_mac(out, arp + 18);
    PUT(out, "\",\"hardware\":1,\"protocol\":2048}");
}

/* Everything but the last brace. */
static inline void json_packet(struct out *whole, const struct packet *packet,
                               struct headers *headers, uint64_t number)
{
    struct out line = *whole, *out = &line;
    PUT(out, "{\"number\":");
    put_number(out, number);
    PUT(out, ",\"timestamp\":\"");
    put_second(out, packet->seconds, 'T');
    *out->at++ = '.';
    put_micro(out, packet->micro);
    PUT(out, "Z\",\"len\":");
    put_number(out, packet->wire_len);
    JSON_NUMBER(out, "caplen", packet->len);
    PUT(out, ",\"eth\":{\"src\":\"");
    put_mac(out, packet->data + 6);
    PUT(out, "\",\"dst\":\"");
    put_mac(out, packet->data);
    PUT(out, "\",\"type\":");
    put_number(out, headers->type);
    *out->at++ = '}';
    if (headers->version) {
        json_ip(out, headers);
        json_transport(out, headers);
    } else if (headers_arp(headers, packet)) {
        json_arp(out, headers);
    }
    whole->at = line.at;
}

#endif
