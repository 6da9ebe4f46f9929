/* SPDX-License-Identifier: MIT */
/*
 * Conversations over TCP. In: how far one has come. Out: its next segment. A script of steps
 * stands in each function: opening, what is said, closing; names are new in each conversation.
 */
#include "talk.h"

#include <stdio.h>
#include <string.h>

/* The three segments that open it; true: `out` is one of them. */
static bool talk_opens(struct talk *talk, struct frame *out)
{
    switch (talk->step) {
    case 0:
        frame_tcp(out, talk, 0, TCP_SYN, NULL, 0);
        return true;
    case 1:
        frame_tcp(out, talk, 1, TCP_SYN | TCP_ACK, NULL, 0);
        return true;
    case 2:
        frame_tcp(out, talk, 0, TCP_ACK, NULL, 0);
        return true;
    default:
        return false;
    }
}

/* The three that close it, from step `from` on; true: there are more of them. */
static bool talk_closes(struct talk *talk, struct frame *out, uint32_t from)
{
    static const uint8_t sides[3] = { 0, 1, 0 };
    static const uint8_t flags[3] = { TCP_FIN | TCP_ACK, TCP_FIN | TCP_ACK, TCP_ACK };
    uint32_t i = talk->step - from < 3 ? talk->step - from : 2;
    frame_tcp(out, talk, sides[i], flags[i], NULL, 0);
    return i < 2;
}

static size_t http_request(struct talk *talk, char *text, size_t size)
{
    uint32_t query = dice_below(&talk->dice, UINT32_MAX), client = dice_below(&talk->dice, 100);
    unsigned long long flow = talk->flow, cookie = dice_next(&talk->dice);
    return (size_t)snprintf(
        text, size,
        "GET /%llu/%u?q=%08x HTTP/1.1\r\nHost: h%llu.soak.example\r\nUser-Agent: "
        "Mozilla/5.0 (X11; Linux x86_64) soak/%u\r\nAccept: */*\r\nCookie: id=%016llx\r\n\r\n",
        flow, talk->turn, query, flow, client, cookie);
}

static size_t http_response(struct talk *talk, char *text, size_t size)
{
    size_t body = 40 + dice_below(&talk->dice, 800);
    size_t head =
        (size_t)snprintf(text, size,
                         "HTTP/1.1 200 OK\r\nServer: soak\r\nContent-Type: text/plain\r\n"
                         "ETag: \"%llu\"\r\nContent-Length: %zu\r\n\r\n",
                         (unsigned long long)talk->flow, body);
    memset(text + head, 'x', body);
    return head + body;
}

/* One to four requests and their responses, each with its ACK, on one connection. */
bool talk_http(const struct traffic *traffic, struct talk *talk, struct frame *out)
{
    char text[FRAME_PAYLOAD];
    (void)traffic;
    talk->ends.port[1] = 80;
    if (talk->step == 0)
        talk->left = 1 + dice_below(&talk->dice, 4) % 3;
    if (talk_opens(talk, out))
        return true;
    if (talk->step >= 3 + 4 * talk->left)
        return talk_closes(talk, out, 3 + 4 * talk->left);
    switch ((talk->step - 3) % 4) {
    case 0:
        frame_tcp(out, talk, 0, TCP_PSH | TCP_ACK, text, http_request(talk, text, sizeof text));
        return true;
    case 1:
        frame_tcp(out, talk, 1, TCP_ACK, NULL, 0);
        return true;
    case 2:
        frame_tcp(out, talk, 1, TCP_PSH | TCP_ACK, text,
                  http_response(talk, text, sizeof text));
        return true;
    default:
        talk->turn++;
        frame_tcp(out, talk, 0, TCP_ACK, NULL, 0);
        return true;
    }
}

/* A request, and then nothing more: it stays open. */
bool talk_idle(const struct traffic *traffic, struct talk *talk, struct frame *out)
{
    char text[FRAME_PAYLOAD];
    (void)traffic;
    talk->ends.port[1] = 80;
    if (talk_opens(talk, out))
        return true;
    frame_tcp(out, talk, 0, TCP_PSH | TCP_ACK, text,
              http_request(talk, text, sizeof text) / 2); /* never the rest */
    return false;
}

/* A hello, what a server of TLS 1.3 says to it, and bytes that nobody reads. */
bool talk_tls(const struct traffic *traffic, struct talk *talk, struct frame *out)
{
    uint8_t text[FRAME_PAYLOAD];
    (void)traffic;
    talk->ends.port[1] = 443;
    if (talk_opens(talk, out))
        return true;
    switch (talk->step) {
    case 3:
        frame_tcp(out, talk, 0, TCP_PSH | TCP_ACK, text, talk_client_hello(talk, text));
        return true;
    case 4:
        frame_tcp(out, talk, 1, TCP_ACK, NULL, 0);
        return true;
    case 5:
        frame_tcp(out, talk, 1, TCP_PSH | TCP_ACK, text, talk_server_hello(talk, text));
        return true;
    case 6:
        frame_tcp(out, talk, 0, TCP_PSH | TCP_ACK, text, talk_tls_data(talk, text, 64));
        return true;
    case 7:
        frame_tcp(out, talk, 1, TCP_PSH | TCP_ACK, text, talk_tls_data(talk, text, 600));
        return true;
    default:
        return talk_closes(talk, out, 8);
    }
}

/* The client's hello in two pieces, of which the second never comes. */
bool talk_half_hello(const struct traffic *traffic, struct talk *talk, struct frame *out)
{
    uint8_t text[FRAME_PAYLOAD];
    (void)traffic;
    talk->ends.port[1] = 443;
    if (talk_opens(talk, out))
        return true;
    frame_tcp(out, talk, 0, TCP_PSH | TCP_ACK, text, talk_client_hello(talk, text) / 2);
    return false;
}

/* DNS: a query and its response, with lengths in front. */
bool talk_dns_tcp(const struct traffic *traffic, struct talk *talk, struct frame *out)
{
    uint8_t text[FRAME_PAYLOAD];
    size_t len;
    (void)traffic;
    talk->ends.port[1] = 53;
    if (talk_opens(talk, out))
        return true;
    if (talk->step >= 5)
        return talk_closes(talk, out, 5);
    len = talk_dns_message(talk, talk->step == 4, text + 2);
    text[0] = (uint8_t)(len >> 8);
    text[1] = (uint8_t)len;
    frame_tcp(out, talk, talk->step == 4, TCP_PSH | TCP_ACK, text, len + 2);
    return true;
}

/* Data behind a hole that is never filled, and never acknowledged. */
bool talk_hole(const struct traffic *traffic, struct talk *talk, struct frame *out)
{
    enum { SEGMENTS = 8, SIZE = 1000 };
    uint8_t text[SIZE];
    (void)traffic;
    talk->ends.port[1] = 80;
    if (talk_opens(talk, out))
        return true;
    memset(text, 'h', sizeof text);
    frame_tcp_at(out, talk, 0, TCP_PSH | TCP_ACK, talk->seq[0] + 1000 + SIZE * (talk->step - 3),
                 text, sizeof text);
    return talk->step < 3 + SEGMENTS - 1;
}

/* A response whose segments come the last one first, and one twice. */
bool talk_out_of_order(const struct traffic *traffic, struct talk *talk, struct frame *out)
{
    enum { SEGMENTS = 6, SIZE = 700 };
    char text[SIZE * SEGMENTS];
    (void)traffic;
    talk->ends.port[1] = 80;
    if (talk_opens(talk, out))
        return true;
    if (talk->step == 3) {
        frame_tcp(out, talk, 0, TCP_PSH | TCP_ACK, text, http_request(talk, text, sizeof text));
        return true;
    }
    if (talk->step > 4 + SEGMENTS)
        return talk_closes(talk, out, 5 + SEGMENTS);
    memset(text, 'o', sizeof text);
    int head = snprintf(text, sizeof text, "HTTP/1.1 200 OK\r\nContent-Length: %04d\r\n\r\n",
                        SIZE * SEGMENTS - 40);
    text[head] = 'o';
    uint32_t back = talk->step - 4 < SEGMENTS ? SEGMENTS - 1 - (talk->step - 4) : 1;
    frame_tcp_at(out, talk, 1, TCP_PSH | TCP_ACK, talk->seq[1] + back * SIZE,
                 text + back * SIZE, SIZE);
    if (talk->step == 4 + SEGMENTS)
        talk->seq[1] += SIZE * SEGMENTS;
    return true;
}

/* One SYN that nobody answers. */
bool talk_syn(const struct traffic *traffic, struct talk *talk, struct frame *out)
{
    (void)traffic;
    talk->ends.port[1] = 80;
    frame_tcp(out, talk, 0, TCP_SYN, NULL, 0);
    return false;
}

/* A SYN and its answer, never acknowledged. */
bool talk_half_open(const struct traffic *traffic, struct talk *talk, struct frame *out)
{
    (void)traffic;
    talk->ends.port[1] = 443;
    if (talk->step == 0)
        frame_tcp(out, talk, 0, TCP_SYN, NULL, 0);
    else
        frame_tcp(out, talk, 1, TCP_SYN | TCP_ACK, NULL, 0);
    return talk->step == 0;
}

/* Refused. */
bool talk_refused(const struct traffic *traffic, struct talk *talk, struct frame *out)
{
    (void)traffic;
    talk->ends.port[1] = 22;
    if (talk->step == 0)
        frame_tcp(out, talk, 0, TCP_SYN, NULL, 0);
    else
        frame_tcp(out, talk, 1, TCP_RST | TCP_ACK, NULL, 0);
    return talk->step == 0;
}
