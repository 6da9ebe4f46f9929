/* SPDX-License-Identifier: MIT */
/*
 * The ceiling of `netwatch -n -v`. In: a capture. Out: the same paragraph for each packet: time, frame,
 * packet, transport with all payload escaped, tags. Left out: pieces of packets that belong together,
 * and TCP's options but the time stamps.
 */
#include "text.h"

/* What stands for a byte between single quotes: four characters, and above them how many count. */
static uint64_t escapes[256];

static void escapes_make(void)
{
    for (unsigned i = 0; i < 256; i++) {
        char text[8];
        const char *special = i == '\t' ? "\\t" : i == '\n' ? "\\n" : i == '\r' ? "\\r" : NULL;
        int len = special                  ? snprintf(text, sizeof text, "%s", special)
                  : i == '\\' || i == '\'' ? snprintf(text, sizeof text, "\\%c", (int)i)
                  : i >= 0x20 && i <= 0x7e ? snprintf(text, sizeof text, "%c", (int)i)
                                           : snprintf(text, sizeof text, "\\x%02x", i);
        memcpy(&escapes[i], text, 4);
        escapes[i] = (escapes[i] & UINT32_MAX) | (uint64_t)len << 32;
    }
}

ALWAYS_INLINE char *put_byte(char *at, uint8_t byte)
{
    uint32_t text = (uint32_t)escapes[byte];
    memcpy(at, &text, 4);
    return at + (escapes[byte] >> 32);
}

static char *put_bytes(char *at, const uint8_t *p, const uint8_t *end)
{
    for (; end - p >= 8; p += 8) {
        at = put_byte(at, p[0]);
        at = put_byte(at, p[1]);
        at = put_byte(at, p[2]);
        at = put_byte(at, p[3]);
        at = put_byte(at, p[4]);
        at = put_byte(at, p[5]);
        at = put_byte(at, p[6]);
        at = put_byte(at, p[7]);
    }
    while (p < end)
        at = put_byte(at, *p++);
    return at;
}

/* Between double quotes where there are single ones and no double ones inside. */
static char *put_escaped(char *at, const uint8_t *bytes, uint32_t len)
{
    const uint8_t *end = bytes + len, *single = len ? memchr(bytes, '\'', len) : NULL;
    char quote = single && !memchr(bytes, '"', len) ? '"' : '\'';
    *at++ = quote;
    while (single && quote == '"') {
        at = put_bytes(at, bytes, single);
        *at++ = '\'';
        bytes = single + 1;
        single = memchr(bytes, '\'', (size_t)(end - bytes));
    }
    at = put_bytes(at, bytes, end);
    *at++ = quote;
    return at;
}

#define NUMBER(out, name, value)                                                               \
    do {                                                                                       \
        PUT(out, name);                                                                        \
        put_number(out, value);                                                                \
    } while (0)

ALWAYS_INLINE void put_flags(struct out *out, unsigned flags)
{
    static const char *const names[8] = { "'fin', ", "'syn', ", "'rst', ", "'psh', ",
                                          "'ack', ", "'urg', ", "'ece', ", "'cwr', " };
    PUT(out, ", 'flags': [");
    for (unsigned i = 0; i < 8; i++)
        if (flags & 1u << i)
            put(out, names[i], 7);
    out->at -= flags ? 2 : 0;
    *out->at++ = ']';
    if ((flags & 0x12) == 0x12)
        PUT(out, ", 'word': 'syn_ack'");
    else if (flags & 2)
        PUT(out, ", 'word': 'syn'");
    else if (flags & 1)
        PUT(out, ", 'word': 'fin'");
    else if (flags & 4)
        PUT(out, ", 'word': 'rst'");
    else if (flags & 8)
        PUT(out, ", 'word': 'psh'");
}

ALWAYS_INLINE void put_tcp(struct out *out, const struct headers *headers)
{
    const uint8_t *tcp = headers->transport;
    NUMBER(out, "Transport: TCP {'sport': ", headers->sport);
    NUMBER(out, ", 'dport': ", headers->dport);
    put_flags(out, tcp[13]);
    NUMBER(out, ", 'seq': ", net32(tcp + 4));
    NUMBER(out, ", 'ack': ", net32(tcp + 8));
    NUMBER(out, ", 'window': ", net16(tcp + 14));
    NUMBER(out, ", 'sum': ", net16(tcp + 16));
    NUMBER(out, ", 'header_len': ", (uint64_t)(headers->payload - tcp));
    NUMBER(out, ", 'data_len': ", headers->payload_len);
    if (headers->payload - tcp == 32 && net32(tcp + 20) == 0x0101080a) {
        NUMBER(out, ", 'ts_val': ", net32(tcp + 24));
        NUMBER(out, ", 'ts_ecr': ", net32(tcp + 28));
    }
    PUT(out, ", 'data': ");
}

ALWAYS_INLINE void put_transport(struct out *out, const struct headers *headers)
{
    const uint8_t *at = headers->transport;
    if (headers->payload && headers->protocol == 6) {
        put_tcp(out, headers);
        out->at = put_escaped(out->at, headers->payload, headers->payload_len);
        PUT(out, "}\n");
    } else if (headers->payload) {
        NUMBER(out, "Transport: UDP {'dport': ", headers->dport);
        NUMBER(out, ", 'sum': ", net16(at + 6));
        NUMBER(out, ", 'sport': ", headers->sport);
        PUT(out, ", 'data': ");
        out->at = put_escaped(out->at, headers->payload, headers->payload_len);
        NUMBER(out, ", 'ulen': ", net16(at + 4));
        PUT(out, "}\n");
    } else if (headers->transport_len >= 8 &&
               (headers->protocol == 1 || headers->protocol == 58)) {
        NUMBER(out, "Transport: ICMP {'icmp_type': ", at[0]);
        NUMBER(out, ", 'icmp_code': ", at[1]);
        NUMBER(out, ", 'sum': ", net16(at + 2));
        NUMBER(out, ", 'id': ", net16(at + 4));
        NUMBER(out, ", 'seq': ", net16(at + 6));
        PUT(out, "}\n");
    } else {
        PUT(out, "Transport: None\n");
    }
}

ALWAYS_INLINE void put_packet(struct out *out, const struct headers *headers)
{
    const uint8_t *ip = headers->network;
    PUT(out, "Packet: IP");
    if (headers->version == 6)
        *out->at++ = '6';
    *out->at++ = ' ';
    put_address(out, headers, headers->src);
    PUT(out, " --> ");
    put_address(out, headers, headers->dst);
    NUMBER(out, " (len:", net16(ip + (headers->version == 6 ? 4 : 2)));
    NUMBER(out, " ttl:", ip[headers->version == 6 ? 7 : 8]);
    *out->at++ = ')';
    if (headers->version == 4) {
        NUMBER(out, " -- Frag(df:", (ip[6] & 0x40) != 0);
        NUMBER(out, " mf:", (ip[6] & 0x20) != 0);
        NUMBER(out, " offset:", net16(ip + 6) & 0x1fff);
        *out->at++ = ')';
    }
    *out->at++ = '\n';
}

ALWAYS_INLINE void put_arp(struct out *out, const struct headers *headers)
{
    PUT(out, "Packet: ARP {'src': '");
    put_ip4(out, headers->src);
    PUT(out, "', 'dst': '");
    put_ip4(out, headers->dst);
    put(out, headers->network[7] == 1 ? "', 'op': 'request'" : "', 'op': 'reply'",
        headers->network[7] == 1 ? 18 : 16);
    PUT(out, ", 'src_mac': '");
    put_mac(out, headers->network + 8);
    PUT(out, "', 'dst_mac': '");
    put_mac(out, headers->network + 18);
    PUT(out, "', 'hardware': 1, 'protocol': 2048}\n");
}

static void paragraph(struct out *whole, const struct packet *packet)
{
    struct out line = *whole, *out = &line;
    struct headers headers;
    headers_read(&headers, packet);
    PUT(out, "Timestamp: ");
    put_second(out, packet->seconds, ' ');
    *out->at++ = '.';
    put_micro(out, packet->micro);
    PUT(out, "\nEthernet Frame: ");
    put_mac(out, packet->data + 6);
    PUT(out, " --> ");
    put_mac(out, packet->data);
    NUMBER(out, "  (type: ", headers.type);
    PUT(out, ")\n");
    if (headers.version)
        put_packet(out, &headers);
    else if (headers_arp(&headers, packet))
        put_arp(out, &headers);
    else
        PUT(out, "Packet: None\n");
    put_transport(out, &headers);
    PUT(out, "Application: None\nTags: ");
    if (headers.src)
        put_tags(out, &headers);
    PUT(out, "\n\n");
    whole->at = line.at;
}

int main(int argc, char **argv)
{
    struct capture capture = capture_open(argc, argv);
    struct packet packets[BATCH];
    struct out out;
    unsigned count;
    out_open(&out);
    escapes_make();
    while ((count = capture_batch(&capture, packets)))
        for (unsigned i = 0; i < count; i++) {
            out_room(&out);
            if (packets[i].len > (OUT_SLACK - 1024) / 4)
                fail("a packet that is too long");
            if (packets[i].len >= 14)
                paragraph(&out, &packets[i]);
        }
    out_close(&out);
    return capture_close(&capture);
}
