/* SPDX-License-Identifier: MIT */
/*
 * The ceiling of `packet_meta ! dns_meta ! where dns ! json_lines`. In: a capture. Out: a line of JSON for
 * each datagram from or to port 53: the packet as in json.c, then the message's flags, questions and
 * answers with names, addresses and lifetimes. Left out: flows and what they know (round trips), DNS
 * over TCP, records but A, AAAA and names, sections behind the answers, escapes of odd names.
 */
#include "json.h"

struct message {
    const uint8_t *bytes;
    uint32_t len, at;
    bool bad;
};

/* A name from `at` on with its pointers followed, in quotes; where the next byte stands, 0 if bad. */
static uint32_t put_name(struct out *out, const struct message *in, uint32_t at)
{
    uint32_t next = 0;
    *out->at++ = '"';
    for (unsigned hops = 0; hops < 32 && at < in->len;) {
        unsigned len = in->bytes[at];
        if (len == 0) {
            out->at -= out->at[-1] == '.';
            *out->at++ = '"';
            return next ? next : at + 1;
        }
        if (len >= 0xc0 && at + 1 < in->len) {
            next = next ? next : at + 2;
            at = (len & 0x3fu) << 8 | in->bytes[at + 1];
            hops++;
            continue;
        }
        if (len > 63 || at + 1 + len >= in->len)
            break;
        memcpy(out->at, in->bytes + at + 1, len);
        out->at[len] = '.';
        out->at += len + 1;
        at += len + 1;
        hops++;
    }
    *out->at++ = '"';
    return 0;
}

static void put_type(struct out *out, unsigned type)
{
    switch (type) {
    case 1:
        PUT(out, ",\"type\":\"A\"");
        return;
    case 5:
        PUT(out, ",\"type\":\"CNAME\"");
        return;
    case 28:
        PUT(out, ",\"type\":\"AAAA\"");
        return;
    case 65:
        PUT(out, ",\"type\":\"HTTPS\"");
        return;
    default:
        JSON_NUMBER(out, "type", type);
    }
}

static bool put_question(struct out *out, struct message *in)
{
    PUT(out, "{\"name\":");
    in->at = put_name(out, in, in->at);
    in->bad = in->at == 0 || in->at + 4 > in->len;
    if (!in->bad) {
        put_type(out, net16(in->bytes + in->at));
        PUT(out, ",\"class\":\"IN\"");
        in->at += 4;
    }
    PUT(out, "},");
    return !in->bad;
}

static void put_answer(struct out *out, struct message *in)
{
    const struct headers family[2] = { { .version = 4 }, { .version = 6 } };
    PUT(out, "{\"name\":");
    in->at = put_name(out, in, in->at);
    in->bad = in->at == 0 || in->at + 10 > in->len;
    const uint8_t *at = in->bytes + in->at;
    if (!in->bad && in->at + 10 + net16(at + 8) <= in->len) {
        unsigned type = net16(at), len = net16(at + 8);
        put_type(out, type);
        PUT(out, ",\"class\":\"IN\",\"ttl\":");
        put_number(out, net32(at + 4));
        PUT(out, ",\"rdata\":");
        if ((type == 1 && len == 4) || (type == 28 && len == 16)) {
            *out->at++ = '"';
            put_address(out, &family[type == 28], at + 10);
            *out->at++ = '"';
        } else if (type == 5 || type == 2 || type == 12) {
            put_name(out, in, in->at + 10);
        } else {
            PUT(out, "\"\"");
        }
        in->at += 10 + len;
    } else {
        in->bad = true;
    }
    PUT(out, "},");
}

static void put_flags(struct out *out, unsigned flags)
{
    JSON_NUMBER(out, "qr", flags >> 15);
    JSON_NUMBER(out, "opcode", flags >> 11 & 15);
    JSON_NUMBER(out, "rcode", flags & 15);
    PUT(out, ",\"aa\":");
    json_bool(out, flags & 0x400);
    PUT(out, ",\"tc\":");
    json_bool(out, flags & 0x200);
    PUT(out, ",\"rd\":");
    json_bool(out, flags & 0x100);
    PUT(out, ",\"ra\":");
    json_bool(out, flags & 0x80);
}

static void put_dns(struct out *out, struct message *in)
{
    unsigned questions = net16(in->bytes + 4), answers = net16(in->bytes + 6);
    PUT(out, ",\"dns\":{\"id\":");
    put_number(out, net16(in->bytes));
    put_flags(out, net16(in->bytes + 2));
    JSON_NUMBER(out, "size", in->len);
    in->at = 12;
    PUT(out, ",\"queries\":[");
    for (unsigned i = 0; i < questions && i < 4 && put_question(out, in); i++)
        ;
    out->at -= out->at[-1] == ',';
    if (answers > 0 && !in->bad) {
        PUT(out, "],\"answers\":[");
        for (unsigned i = 0; i < answers && i < 64 && !in->bad; i++) {
            out_room(out);
            put_answer(out, in);
        }
        out->at -= out->at[-1] == ',';
    }
    PUT(out, "]}");
}

int main(int argc, char **argv)
{
    struct capture capture = capture_open(argc, argv);
    struct packet packets[BATCH];
    struct headers headers;
    struct out out;
    uint64_t number = 0;
    unsigned count;
    out_open(&out);
    while ((count = capture_batch(&capture, packets)))
        for (unsigned i = 0; i < count; i++) {
            headers_read(&headers, &packets[i]);
            number++;
            if ((headers.sport != 53 && headers.dport != 53) || headers.protocol != 17 ||
                headers.payload_len < 12)
                continue;
            struct message in = { headers.payload, headers.payload_len, 0, false };
            out_room(&out);
            json_packet(&out, &packets[i], &headers, number);
            put_dns(&out, &in);
            PUT(&out, "}\n");
        }
    out_close(&out);
    return capture_close(&capture);
}
