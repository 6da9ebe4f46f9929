/* SPDX-License-Identifier: MIT */
/*
 * The ceiling of `packet_meta ! flows ! tls_meta ! where tls ! json_lines`. In: a capture. Out: a line of
 * JSON for each segment that begins with a hello: the packet as in json.c, version, server name,
 * ciphers and extensions as numbers. Each packet is looked up in the table of flows. Left out: order of
 * segments, hellos in two of them, certificates, fingerprints, names of ciphers, what is established.
 */
#include "segments.h"

enum { KIND_NEW, KIND_OTHER, KIND_TLS, HELLO_MOST = 4096 };

struct hello {
    const uint8_t *at, *end;
};

/* A list of bytes with its length in front, passed over; its first byte, or NULL. */
static const uint8_t *hello_list(struct hello *in, unsigned width, uint32_t *len)
{
    if (in->end - in->at < (ptrdiff_t)width)
        return NULL;
    *len = width == 1 ? in->at[0] : net16(in->at);
    const uint8_t *list = in->at + width;
    if (in->end - list < (ptrdiff_t)*len)
        return NULL;
    in->at = list + *len;
    return list;
}

static void put_numbers(struct out *out, const uint8_t *at, uint32_t len)
{
    for (uint32_t i = 0; i + 1 < len && i < 512; i += 2) {
        put_number(out, net16(at + i));
        *out->at++ = ',';
    }
    out->at -= out->at[-1] == ',';
}

static void put_server_name(struct out *out, const uint8_t *at, uint32_t len)
{
    if (len < 5 || net16(at + 3) + 5u > len || net16(at + 3) > 255)
        return;
    PUT(out, ",\"sni\":\"");
    put(out, at + 5, net16(at + 3));
    *out->at++ = '"';
}

static void put_extensions(struct out *out, const uint8_t *at, uint32_t len)
{
    const uint8_t *all = at;
    PUT(out, ",\"extensions\":[");
    for (uint32_t i = 0; i + 4 <= len; i += 4 + net16(all + i + 2)) {
        put_number(out, net16(all + i));
        *out->at++ = ',';
    }
    out->at -= out->at[-1] == ',';
    *out->at++ = ']';
    for (uint32_t i = 0; i + 4 <= len; i += 4 + net16(all + i + 2))
        if (net16(all + i) == 0 && i + 4 + net16(all + i + 2) <= len)
            put_server_name(out, all + i + 4, net16(all + i + 2));
}

static void put_hello(struct out *out, struct hello *in, bool client)
{
    uint32_t len = 0;
    const uint8_t *list = NULL;
    if (in->end - in->at < 34)
        return;
    JSON_NUMBER(out, "version", net16(in->at));
    in->at += 34;
    hello_list(in, 1, &len);
    if (client) {
        if ((list = hello_list(in, 2, &len))) {
            PUT(out, ",\"ciphers\":[");
            put_numbers(out, list, len);
            *out->at++ = ']';
        }
        hello_list(in, 1, &len);
    } else if (in->end - in->at >= 3) {
        JSON_NUMBER(out, "cipher", net16(in->at));
        in->at += 3;
    }
    if ((list = hello_list(in, 2, &len)))
        put_extensions(out, list, len);
}

static void segment(struct out *out, struct flow *flow, const struct packet *packet,
                    struct headers *headers, uint64_t number)
{
    const uint8_t *at = headers->payload;
    if (!flow || headers->protocol != 6 || headers->payload_len == 0 ||
        flow->kind == KIND_OTHER)
        return;
    bool handshake = headers->payload_len > 9 && at[0] == 22 && at[1] == 3;
    if (flow->kind == KIND_NEW)
        flow->kind = handshake ? KIND_TLS : KIND_OTHER;
    if (!handshake || (at[5] != 1 && at[5] != 2))
        return;
    uint32_t len = headers->payload_len < HELLO_MOST ? headers->payload_len : HELLO_MOST;
    struct hello in = { at + 9, at + len };
    out_room(out);
    json_packet(out, packet, headers, number);
    if (at[5] == 1)
        PUT(out, ",\"tls\":[{\"handshake\":\"client_hello\"");
    else
        PUT(out, ",\"tls\":[{\"handshake\":\"server_hello\"");
    put_hello(out, &in, at[5] == 1);
    PUT(out, "}]}\n");
}

int main(int argc, char **argv)
{
    return segments_read(argc, argv, segment);
}
