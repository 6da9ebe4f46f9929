/* SPDX-License-Identifier: MIT */
/*
 * The ceiling of `packet_meta ! flows ! http_meta ! where http ! json_lines`. In: a capture. Out: a line of
 * JSON for each segment of a connection that begins a request or a response: the packet as in json.c,
 * method, path, host and agent, or status, server and content type. Each packet is looked up in the
 * table of flows. Left out: order of segments, heads in two of them, the length of a body and hence
 * where the next message begins, chunks, which response is whose, all other heads of lines.
 */
#include "segments.h"

enum { KIND_NEW, KIND_OTHER, KIND_HTTP, HEAD_MOST = 4096 };

static bool begins(const struct headers *headers, const char *word, uint32_t len)
{
    return headers->payload_len > len && memcmp(headers->payload, word, len) == 0;
}

static bool is_request(const struct headers *headers)
{
    return begins(headers, "GET /", 5) || begins(headers, "POST /", 6) ||
           begins(headers, "HEAD /", 6) || begins(headers, "PUT /", 5);
}

static const char *word_end(const char *at, const char *end)
{
    const char *space = memchr(at, ' ', (size_t)(end - at));
    return space ? space : end;
}

static void put_text(struct out *out, const char *name, size_t name_len, const char *at,
                     const char *end)
{
    size_t len = (size_t)(end - at) < 1000 ? (size_t)(end - at) : 1000;
    put(out, name, name_len);
    put(out, at, len);
    *out->at++ = '"';
}

#define TEXT(out, name, at, end) put_text(out, ",\"" name "\":\"", sizeof(name) + 4, at, end)

/* One line of the head that is asked for; other ones are passed over by their first bytes. */
static void head_line(struct out *out, const char *at, const char *end)
{
    size_t len = (size_t)(end - at);
    if (len > 6 && strncasecmp(at, "Host: ", 6) == 0)
        TEXT(out, "host", at + 6, end);
    else if (len > 12 && strncasecmp(at, "User-Agent: ", 12) == 0)
        TEXT(out, "user_agent", at + 12, end);
    else if (len > 9 && strncasecmp(at, "Referer: ", 9) == 0)
        TEXT(out, "referrer", at + 9, end);
    else if (len > 8 && strncasecmp(at, "Server: ", 8) == 0)
        TEXT(out, "server", at + 8, end);
    else if (len > 14 && strncasecmp(at, "Content-Type: ", 14) == 0)
        TEXT(out, "content_type", at + 14, end);
    else if (len > 16 && strncasecmp(at, "Content-Length: ", 16) == 0)
        TEXT(out, "content_length", at + 16, end);
}

static void first_line(struct out *out, const char *at, const char *end, bool request)
{
    const char *one = word_end(at, end), *two = word_end(one + (one < end), end);
    if (request) {
        PUT(out, ",\"http\":[{\"kind\":\"request\"");
        TEXT(out, "method", at, one);
        TEXT(out, "uri", one + (one < end), two);
    } else {
        PUT(out, ",\"http\":[{\"kind\":\"response\",\"status\":");
        put(out, one + (one < end), (size_t)(two - one) - (one < end));
    }
}

static void put_http(struct out *out, const struct headers *headers, bool request)
{
    uint32_t len = headers->payload_len < HEAD_MOST ? headers->payload_len : HEAD_MOST;
    const char *at = (const char *)headers->payload, *end = at + len;
    for (bool first = true; at < end; first = false) {
        const char *line = memchr(at, '\n', (size_t)(end - at));
        const char *stop = line ? line : end;
        if (stop > at && stop[-1] == '\r')
            stop--;
        if (stop == at)
            break;
        if (first)
            first_line(out, at, stop, request);
        else
            head_line(out, at, stop);
        at = line ? line + 1 : end;
    }
    PUT(out, "}]}\n");
}

static void segment(struct out *out, struct flow *flow, const struct packet *packet,
                    struct headers *headers, uint64_t number)
{
    if (!flow || headers->protocol != 6 || headers->payload_len == 0 ||
        flow->kind == KIND_OTHER)
        return;
    bool request = is_request(headers);
    if (flow->kind == KIND_NEW)
        flow->kind = request ? KIND_HTTP : KIND_OTHER;
    if (!request && !begins(headers, "HTTP/1.", 7))
        return;
    out_room(out);
    json_packet(out, packet, headers, number);
    put_http(out, headers, request);
}

int main(int argc, char **argv)
{
    return segments_read(argc, argv, segment);
}
