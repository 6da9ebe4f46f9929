/* SPDX-License-Identifier: MIT */
/*
 * The web as it is used. In: how far a connection has come. Out: its next packet. Heads have the
 * length that browsers and servers give them, bodies the sizes of stream_size(); a connection
 * carries several requests. A tenth of the sites have set cookies of 1 to 4 KB, so that heads of
 * requests come in two segments and more.
 */
#include "talk.h"

#include <stdio.h>
#include <string.h>

enum {
    REQUESTS_MOST = 60,
    COOKIE_LEAST = 1000, /* of the long ones, which do not fit into a segment with their head */
    COOKIE_MORE = 3000,
};

/* Bytes of the long cookie that a client has of its server; 0: none. */
static uint32_t long_cookie(const struct talk *talk)
{
    uint64_t draw = dice_mix(dice_mix(talk->server));
    return draw % 10 ? 0 : COOKIE_LEAST + (uint32_t)(draw >> 32) % COOKIE_MORE;
}

/* 1 and more; each one more in `of` cases of 8. */
static uint32_t draw_count(struct talk *talk, uint32_t of, uint32_t most)
{
    uint32_t count = 1;
    while (count < most && dice_below(&talk->dice, 8) < of)
        count++;
    return count;
}

/* Of a request, up to its end, or with a long cookie behind it up to where that begins. */
static size_t http_head(const struct traffic *traffic, struct talk *talk, const char *method,
                        uint32_t body, bool cookie)
{
    static const char *const agents[4] = {
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
        "Chrome/120.0.0.0 Safari/537.36",
        "Mozilla/5.0 (X11; Linux x86_64; rv:121.0) Gecko/20100101 Firefox/121.0",
        "Mozilla/5.0 (iPhone; CPU iPhone OS 17_2 like Mac OS X) AppleWebKit/605.1.15 (KHTML, "
        "like Gecko) Version/17.2 Mobile/15E148 Safari/604.1",
        "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like "
        "Gecko) Version/17.2 Safari/605.1.15",
    };
    static const char *const kinds[4] = { "avif", "js", "html", "woff2" };
    char name[TALK_NAME], more[80] = "";
    uint64_t draw = dice_next(&talk->dice);
    talk_server_name(talk->server, name);
    if (body)
        snprintf(more, sizeof more, "Content-Type: application/json\r\nContent-Length: %u\r\n",
                 body);
    return (size_t)snprintf(
        (char *)bodies_head(traffic), STREAM_HEAD_MOST,
        "%s /assets/%08x/%x.%s HTTP/1.1\r\nHost: %s\r\nConnection: keep-alive\r\n%sUser-Agent: "
        "%s\r\nAccept: text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,"
        "image/webp,*/*;q=0.8\r\nReferer: http://%s/\r\nAccept-Encoding: gzip, deflate\r\n"
        "Accept-Language: en-GB,en;q=0.7,de;q=0.3\r\nCookie: _id=%016llx; seen=%u%s",
        method, (unsigned)(draw >> 32), talk->turn, kinds[draw & 3], name, more,
        agents[talk->flow & 3], name, (unsigned long long)dice_mix(talk->flow), talk->turn,
        cookie ? "; session=" : "\r\n\r\n");
}

static void http_answer(const struct traffic *traffic, struct talk *talk)
{
    static const char *const types[4] = { "image/avif", "text/javascript",
                                          "text/html; charset=utf-8", "font/woff2" };
    uint32_t draw = dice_below(&talk->dice, 100), type = dice_below(&talk->dice, 4);
    uint32_t body = stream_size(talk);
    bool text = type == 1 || type == 2, chunked = text && body > 8192 && draw % 3 == 0;
    const char *status = "200 OK";
    char length[48] = "Transfer-Encoding: chunked\r\n";
    if (draw < 10) {
        status = draw < 6 ? "304 Not Modified" : "302 Found";
        chunked = false;
        body = 0;
    } else if (draw < 14) {
        status = "404 Not Found";
        body = body < 2000 ? body : 2000;
        chunked = false;
    }
    if (draw < 6)
        length[0] = '\0'; /* it has no body, and none is spoken of */
    else if (!chunked)
        snprintf(length, sizeof length, "Content-Length: %u\r\n", body);
    int head = snprintf(
        (char *)bodies_head(traffic), STREAM_HEAD_MOST,
        "HTTP/1.1 %s\r\nDate: Tue, 02 Jan 2024 03:04:05 GMT\r\nServer: nginx/1.24.0\r\n"
        "Content-Type: %s\r\n%sLast-Modified: Thu, 14 Dec 2023 10:11:12 GMT\r\nConnection: "
        "keep-alive\r\nETag: \"%08x-%x\"\r\nCache-Control: public, max-age=31536000\r\nVary: "
        "Accept-Encoding\r\nX-Cache: HIT from edge-%u\r\nAccept-Ranges: bytes\r\n\r\n",
        status, types[type], length, (unsigned)talk->server, body, talk->server % 7);
    stream_begin(talk, 1, (size_t)head, body, chunked ? STREAM_CHUNKS : STREAM_PLAIN, text);
}

/* A request, its answer, and so on. */
static bool script_web(const struct traffic *traffic, struct talk *talk)
{
    if (talk->turn == 0)
        talk->left = draw_count(talk, 6, REQUESTS_MOST);
    if (talk->turn & 1) {
        http_answer(traffic, talk);
    } else {
        if (talk->left-- == 0)
            return false;
        uint32_t cookie = long_cookie(talk);
        stream_begin(talk, 0, http_head(traffic, talk, "GET", 0, cookie > 0), cookie,
                     cookie ? STREAM_COOKIE : STREAM_PLAIN, true);
    }
    talk->turn++;
    return true;
}

bool talk_web(const struct traffic *traffic, struct talk *talk, struct frame *out)
{
    talk->ends.port[1] = 80;
    return stream_step(traffic, talk, script_web, out);
}

static bool script_upload(const struct traffic *traffic, struct talk *talk)
{
    uint32_t body = stream_size(talk);
    if (talk->turn == 0)
        talk->left = draw_count(talk, 3, REQUESTS_MOST);
    if (talk->turn++ & 1) {
        static const char answer[] =
            "HTTP/1.1 201 Created\r\nDate: Tue, 02 Jan 2024 03:04:05 GMT\r\nServer: "
            "nginx/1.24.0\r\nContent-Type: application/json\r\nContent-Length: 17\r\n"
            "Connection: keep-alive\r\n\r\n{\"stored\": true}\n";
        memcpy(bodies_head(traffic), answer, sizeof answer - 1);
        stream_begin(talk, 1, sizeof answer - 1, 0, STREAM_PLAIN, true);
        return true;
    }
    if (talk->left-- == 0)
        return false;
    stream_begin(talk, 0, http_head(traffic, talk, "POST", body, false), body, STREAM_PLAIN,
                 true);
    return true;
}

bool talk_upload(const struct traffic *traffic, struct talk *talk, struct frame *out)
{
    talk->ends.port[1] = 80;
    return stream_step(traffic, talk, script_upload, out);
}

/* ---- TLS ------------------------------------------------------------------------------------ */

/* A handshake of 1.3 of our own, of which the last four messages are data for whoever looks. */
static bool script_hello(const struct traffic *traffic, struct talk *talk)
{
    uint8_t *head = bodies_head(traffic);
    uint32_t rest;
    switch (talk->turn++) {
    case 0:
        stream_begin(talk, 0, talk_client_hello(talk, head), 0, STREAM_PLAIN, false);
        return true;
    case 1:
        rest = 2000 + dice_below(&talk->dice, 3000);
        stream_begin(talk, 1, talk_server_hello(talk, head), rest, STREAM_RECORDS, false);
        return true;
    default:
        stream_begin(talk, 0, 0, 64, STREAM_RECORDS, false);
        return true;
    }
}

/* Requests and responses, each in records that are as full as they can be. */
static bool script_data(const struct traffic *traffic, struct talk *talk)
{
    uint32_t hellos = talk->from ? 0 : 3;
    if (talk->turn < hellos)
        return script_hello(traffic, talk);
    if (talk->turn == hellos)
        talk->left = draw_count(talk, 6, REQUESTS_MOST);
    bool answer = (talk->turn++ - hellos) & 1;
    if (!answer && talk->left-- == 0)
        return false;
    uint32_t size = answer ? 100 + stream_size(talk) : 90 + dice_below(&talk->dice, 400);
    stream_begin(talk, answer, 0, size, STREAM_RECORDS, false);
    return true;
}

static bool tls_step(const struct traffic *traffic, struct talk *talk, stream_script script,
                     struct frame *out)
{
    talk->ends.port[1] = 443;
    /* Half of the connections begin as a recorded one did. */
    if (!templates_have(traffic->templates, TEMPLATE_TLS) || (talk->flow / 2) % 2 == 0)
        return stream_step(traffic, talk, script, out);
    if (talk->stream.len == 0 && template_opens(traffic, talk, TEMPLATE_TLS, out))
        return true;
    return stream_opened(traffic, talk, script, out);
}

bool talk_tls_web(const struct traffic *traffic, struct talk *talk, struct frame *out)
{
    return tls_step(traffic, talk, script_data, out);
}

/* Small records there and back for a long time. */
static bool script_chat(const struct traffic *traffic, struct talk *talk)
{
    uint32_t hellos = talk->from ? 0 : 3;
    if (talk->turn < hellos)
        return script_hello(traffic, talk);
    if (talk->turn++ == hellos)
        talk->left = 20 + dice_below(&talk->dice, 200);
    if (talk->left-- == 0)
        return false;
    uint32_t len = 24 + dice_below(&talk->dice, 120), side = dice_below(&talk->dice, 2);
    stream_begin(talk, side, 0, len, STREAM_RECORDS, false);
    return true;
}

bool talk_chat(const struct traffic *traffic, struct talk *talk, struct frame *out)
{
    return tls_step(traffic, talk, script_chat, out);
}
