/* SPDX-License-Identifier: MIT */
/* Messages in the bytes of TCP: split anywhere, several at once, with bytes missing, and no DNS. */
#include "../../src/links/dns_stream.h"
#include "../../src/record/arena.h"
#include "../check.h"
#include "dns_messages.h"

#include <stdlib.h>

static struct dns_made made;
static struct chains_arena arena;

/* A stream of messages, each with its length. */
static struct {
    size_t len;
    uint8_t at[200000];
} sent;

static void send_bytes(const void *bytes, size_t len)
{
    memcpy(sent.at + sent.len, bytes, len);
    sent.len += len;
}

static void send_message(size_t len)
{
    const uint8_t head[2] = { (uint8_t)(len >> 8), (uint8_t)len };
    send_bytes(head, 2);
    send_bytes(made.at, len);
}

static void send_query(unsigned id, const char *name)
{
    dns_made_begin(&made, id, DNS_RD, name, 1);
    send_message(made.len);
}

/* What came out of a stream: numbers of messages, and marks for what else was said. */
static char found[4000];

static void note(const char *text)
{
    size_t used = strlen(found);
    snprintf(found + used, sizeof found - used, "%s%s", used ? " " : "", text);
}

/* Gives `len` bytes from `from` on; what is missing in front of them is said. */
static void feed(struct dns_stream *stream, size_t from, size_t len, size_t gap, unsigned marks,
                 bool guess)
{
    const struct chains_stream layer = { .gap = gap,
                                         .marks = (uint16_t)marks,
                                         .side = CHAINS_RESP };
    /* A copy of its own size, so that a read past its end is seen. */
    uint8_t *copy = malloc(len ? len : 1);
    memcpy(copy, sent.at + from, len);
    struct chains_bytes bytes = { copy, len }, message;
    char text[30];
    if (!dns_stream_begin(stream, &layer, guess)) {
        if (!strstr(found, "lost"))
            note("lost");
        free(copy);
        return;
    }
    for (;;) {
        enum dns_stream_found what =
            dns_stream_next(stream, CHAINS_RESP, &bytes, &arena, &message);
        if (what == DNS_STREAM_MORE)
            break;
        if (what == DNS_STREAM_MESSAGE)
            snprintf(text, sizeof text, "%u/%zu",
                     message.len > 1 ? chains_load_be16(message.at) : 0, message.len);
        else
            snprintf(text, sizeof text, "%s",
                     what == DNS_STREAM_LIMITED ? "limited" : "no-dns");
        note(text);
        if (what == DNS_STREAM_NOT_DNS)
            break;
        if (what == DNS_STREAM_MESSAGE && message.len > 100)
            check_eq_bytes(message.at, message.len, made.at, message.len);
    }
    check(bytes.len == 0 || strstr(found, "no-dns"));
    free(copy);
}

static void begin(void)
{
    sent.len = 0;
    found[0] = '\0';
    arena_reset(&arena);
}

/* Three messages, given in two parts, cut at every place, and byte by byte. */
static void test_split(void)
{
    begin();
    send_query(1, "a.test");
    send_query(2, "longer.name.test");
    send_query(3, "b.test");
    for (size_t cut = 0; cut <= sent.len; cut++) {
        struct dns_stream stream = { .charged = 0 };
        found[0] = '\0';
        feed(&stream, 0, cut, 0, CHAINS_STREAM_OPENS, false);
        feed(&stream, cut, sent.len - cut, 0, 0, false);
        check_eq_text(found, "1/24 2/34 3/24");
        check_eq_u64(dns_stream_memory(&stream), 0);
        dns_stream_release(&stream);
    }
    struct dns_stream stream = { .charged = 0 };
    found[0] = '\0';
    for (size_t i = 0; i < sent.len; i++)
        feed(&stream, i, 1, 0, 0, true);
    check_eq_text(found, "1/24 2/34 3/24");
    dns_stream_release(&stream);
}

/* Memory grows with what came, not with what is promised, up to the longest message. */
static void test_longest(void)
{
    struct dns_stream stream = { .charged = 0 };
    begin();
    dns_made_begin(&made, 9, DNS_QR, "a.test", 1);
    for (size_t i = made.len; i < 65535; i++)
        made.at[i] = (uint8_t)(i * 31);
    send_message(65535);
    feed(&stream, 0, 3, 0, 0, false);
    check(dns_stream_memory(&stream) <= 256);
    feed(&stream, 3, 1000, 0, 0, false);
    check(dns_stream_memory(&stream) >= 1001 && dns_stream_memory(&stream) <= 2002);
    for (size_t at = 1003; at < sent.len; at += 1448) {
        size_t len = sent.len - at < 1448 ? sent.len - at : 1448;
        feed(&stream, at, len, 0, 0, false);
        check(dns_stream_memory(&stream) <= 65535);
    }
    check_eq_text(found, "9/65535");
    check_eq_u64(dns_stream_memory(&stream), 0);
    dns_stream_release(&stream);
}

static void test_odd_lengths(void)
{
    struct dns_stream stream = { .charged = 0 };
    begin();
    dns_made_begin(&made, 5, 0, "a.test", 1);
    send_message(0);
    send_message(0);
    send_message(1);
    send_message(11);
    send_query(6, "a.test");
    feed(&stream, 0, sent.len, 0, 0, false);
    check_eq_text(found, "0/0 0/0 0/1 5/11 6/24");
    dns_stream_release(&stream);
}

/* Three messages of 24 bytes and their lengths, with bytes missing in the middle. */
static void test_gaps(void)
{
    static const struct {
        size_t from, len; /* of the hole */
        const char *found;
    } table[] = {
        { 30, 10, "1/24 3/24 4/24" },   /* in the second one */
        { 28, 24, "1/24 3/24 4/24" },   /* all of it, but its length */
        { 51, 1, "1/24 3/24 4/24" },    /* its last byte */
        { 29, 23, "1/24 3/24 4/24" },   /* up to its end */
        { 30, 23, "1/24 no-dns lost" }, /* one more: where the third one begins is not known */
        { 30, 22, "1/24 3/24 4/24" },   /* and one less is its beginning */
        { 26, 26, "1/24 3/24 4/24" },   /* the second one with its length: tried */
        { 26, 52, "1/24 4/24" },
        { 26, 1, "1/24 no-dns lost" }, /* half of a length */
        { 27, 1, "1/24 no-dns lost" }, /* the other half */
        { 27, 25, "1/24 3/24 4/24" },
        { 40, 30, "1/24 no-dns lost" },
        { 52, 4, "1/24 2/24 no-dns lost" },
    };
    begin();
    send_query(1, "a.test");
    send_query(2, "b.test");
    send_query(3, "c.test");
    send_query(4, "d.test");
    memset(sent.at + sent.len, 'x', 1000);
    sent.len -= 26;
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        size_t behind = table[i].from + table[i].len;
        struct dns_stream stream = { .charged = 0 };
        found[0] = '\0';
        feed(&stream, 0, table[i].from, 0, CHAINS_STREAM_OPENS, false);
        feed(&stream, behind, sent.len - behind, table[i].len, CHAINS_STREAM_GAP, false);
        feed(&stream, sent.len, 26, 0, 0, false);
        if (strstr(table[i].found, "no-dns")) { /* which is seen soon */
            feed(&stream, sent.len + 26, 600, 0, 0, false);
            feed(&stream, 0, 26, 0, 0, false);
        }
        check_eq_text(found, table[i].found);
        check_eq_u64(dns_stream_memory(&stream), 0);
        check(!dns_stream_is_lost(&stream)); /* the other side goes on */
        check(stream.side[CHAINS_RESP].lost == (strstr(found, "lost") != NULL));
        dns_stream_release(&stream);
    }
    /* Two holes in one message, and what is between them. */
    struct dns_stream stream = { .charged = 0 };
    found[0] = '\0';
    feed(&stream, 0, 30, 0, 0, false);
    feed(&stream, 35, 5, 5, CHAINS_STREAM_GAP, false);
    feed(&stream, 45, sent.len - 45, 5, CHAINS_STREAM_GAP, false);
    check_eq_text(found, "1/24 3/24");
    dns_stream_release(&stream);
}

/* Joined in the middle: the first bytes are a message, or of no use. */
static void test_midstream(void)
{
    struct dns_stream stream = { .charged = 0 };
    begin();
    send_query(1, "a.test");
    send_query(2, "b.test");
    feed(&stream, 26, 26, 0, CHAINS_STREAM_MIDSTREAM, false);
    check_eq_text(found, "2/24");
    dns_stream_release(&stream);
    for (size_t from = 1; from < 26; from++) {
        stream = (struct dns_stream){ .charged = 0 };
        found[0] = '\0';
        feed(&stream, from, sent.len - from, 0, CHAINS_STREAM_MIDSTREAM, false);
        check(!strstr(found, "/"));
        dns_stream_release(&stream);
    }
    /* The same behind a hole at the very beginning. */
    stream = (struct dns_stream){ .charged = 0 };
    found[0] = '\0';
    feed(&stream, 26, 26, 26, CHAINS_STREAM_GAP, false);
    check_eq_text(found, "2/24");
    dns_stream_release(&stream);
}

/* Streams of other protocols, when any port may be DNS: seen soon. */
static void test_foreign(void)
{
    static const char *const others[] = {
        "GET / HTTP/1.1\r\nHost: www.example.com\r\nUser-Agent: test\r\nAccept: */*\r\n\r\n",
        "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        "SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n",
        "220 mail.example.com ESMTP\r\n",
    };
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        struct dns_stream stream = { .charged = 0 };
        begin();
        send_bytes(others[i], strlen(others[i]));
        while (sent.len < 3000)
            send_bytes("abcdefghij", 10);
        for (size_t at = 0; at < sent.len && !stream.side[CHAINS_RESP].lost; at += 100)
            feed(&stream, at, 100, 0, 0, true);
        check_eq_text(found, "no-dns");
        check_eq_u64(dns_stream_memory(&stream), 0);
        check(!stream.known);
        dns_stream_release(&stream);
    }
    struct dns_stream stream = { .charged = 0 };
    begin();
    send_query(7, "a.test");
    feed(&stream, 0, sent.len, 0, 0, true);
    check_eq_text(found, "7/24");
    check(stream.known);
    dns_stream_release(&stream);
}

/* On a port of DNS odd messages are read, and what is no DNS is given up as soon as it shows. */
static void test_listed(void)
{
    static const char *const others[] = {
        "GET / HTTP/1.1\r\nHost: a.test\r\n\r\n",
        "POST /a HTTP/1.1\r\nHost: a.test\r\n\r\n",
        "HTTP/1.1 200 OK\r\nServer: a\r\n\r\n",
        "SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n",
        "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\x00\x00\x00",
    };
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        struct dns_stream stream = { .charged = 0 };
        begin();
        send_bytes(others[i], i < 4 ? strlen(others[i]) : 14);
        feed(&stream, 0, 13, 0, 0, false);
        feed(&stream, 13, sent.len - 13, 0, 0, false);
        check_eq_text(found, "no-dns");
        check_eq_u64(dns_stream_memory(&stream), 0);
        check(!stream.known);
        dns_stream_release(&stream);
    }
    struct dns_stream stream = { .charged = 0 };
    begin();
    send_bytes("\0\0\0\3abc", 7);
    dns_made_begin(&made, 7, 0x3070, "a.test", 65280); /* DSO, AD, CD and the reserved bit */
    send_message(made.len);
    feed(&stream, 0, sent.len, 0, 0, false);
    check(strstr(found, "7/24") && !strstr(found, "no-dns"));
    check(stream.known);
    dns_stream_release(&stream);
}

/* The first message is longer than what a guess needs: its counts are of the whole. */
static void test_long_guess(void)
{
    static const unsigned marks[] = { 0, CHAINS_STREAM_MIDSTREAM };
    for (unsigned i = 0; i < 4; i++) {
        struct dns_stream stream = { .charged = 0 };
        begin();
        dns_made_begin(&made, 9, 0x8180, "a.test", 1);
        size_t question = made.len;
        for (unsigned k = 0; k < 200; k++)
            dns_made_answer(&made, k);
        check(made.len == question + 200 * 16);
        if (i >= 2)
            made.at[6] = 1; /* 456 answers: more than fit */
        send_message(made.len);
        for (size_t at = 0; at < sent.len; at += 1400)
            feed(&stream, at, sent.len - at < 1400 ? sent.len - at : 1400, 0, marks[i % 2],
                 true);
        check_eq_u64(strstr(found, "9/3224") != NULL, i < 2);
        check_eq_u64(stream.known, i < 2);
        dns_stream_release(&stream);
    }
}

/* No room for a message that came in pieces: said, and the next one is read. */
static void test_no_room(void)
{
    struct dns_stream stream = { .charged = 0 };
    struct chains_arena whole = arena;
    begin();
    send_query(1, "a.test");
    send_query(2, "b.test");
    arena_init(&arena, 0);
    feed(&stream, 0, 10, 0, 0, false);
    feed(&stream, 10, sent.len - 10, 0, 0, false);
    check_eq_text(found, "limited 2/24");
    dns_stream_release(&stream);
    arena_free(&arena);
    arena = whole;
}

int main(void)
{
    arena_init(&arena, 1 << 24);
    test_split();
    test_longest();
    test_odd_lengths();
    test_gaps();
    test_midstream();
    test_foreign();
    test_listed();
    test_long_guess();
    test_no_room();
    arena_free(&arena);
    return check_done();
}
