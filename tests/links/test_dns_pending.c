/* SPDX-License-Identifier: MIT */
/* Queries that wait: which response is whose, the end of waiting, and what happens when it is full. */
#include "../../src/links/dns_pending.h"
#include "../check.h"
#include "dns_messages.h"

#include <stdlib.h>

static const int64_t second = 1000000000;

static struct dns_made made;

static struct dns_pending_message message_at(const char *src, const char *dst, unsigned sport,
                                             unsigned dport, int64_t time_ns)
{
    struct dns_pending_message message = { .time_ns = time_ns, .number = 7 };
    if (!chains_addr_parse(src, &message.ends.src) ||
        !chains_addr_parse(dst, &message.ends.dst))
        check(false); /* addresses */
    message.ends.sport = (uint16_t)sport;
    message.ends.dport = (uint16_t)dport;
    message.ends.protocol = 17;
    message.message = dns_made_bytes(&made);
    return message;
}

static struct dns_pending_message query_at(int64_t time_ns)
{
    return message_at("10.0.0.1", "10.0.0.53", 40000, 53, time_ns);
}

static struct dns_pending_message response_at(int64_t time_ns)
{
    return message_at("10.0.0.53", "10.0.0.1", 53, 40000, time_ns);
}

/* A query of this number; whether it was waiting already. */
static bool ask(struct dns_pending *pending, unsigned id, const char *name, int64_t time_ns)
{
    bool put_out = true;
    dns_made_begin(&made, id, DNS_RD, name, 1);
    struct dns_pending_message query = query_at(time_ns);
    query.number = id;
    bool again = dns_pending_query(pending, &query, &put_out);
    if (put_out && again)
        check(false); /* what waits already puts nobody out */
    return again;
}

/* The time that a response took, or -2. */
static int64_t answer(struct dns_pending *pending, unsigned id, const char *name,
                      int64_t time_ns)
{
    int64_t rtt = -1;
    dns_made_begin(&made, id, DNS_QR, name, 1);
    const struct dns_pending_message response = response_at(time_ns);
    return dns_pending_response(pending, &response, &rtt) ? rtt : -2;
}

/* The number of the next query that is due, 0 when there is none. */
static unsigned due(struct dns_pending *pending)
{
    struct dns_pending_query query;
    uint8_t room[DNS_PENDING_KEPT];
    return dns_pending_next_due(pending, &query, room) ? (unsigned)query.number : 0;
}

static void test_joined(void)
{
    struct dns_pending *pending = dns_pending_new(16, 10 * second);
    check(!ask(pending, 1, "www.Example.com", 5 * second));
    check_eq_u64(dns_pending_waiting(pending), 1);
    check_eq_u64(answer(pending, 2, "www.example.com", 6 * second), -2);   /* number */
    check_eq_u64(answer(pending, 1, "www.example.co", 6 * second), -2);    /* name */
    check_eq_u64(answer(pending, 1, "www.example.com.a", 6 * second), -2); /* longer */
    check_eq_u64(answer(pending, 1, "wWw.example.COM", 6 * second), second);
    check_eq_u64(dns_pending_waiting(pending), 0);
    check_eq_u64(answer(pending, 1, "www.example.com", 6 * second), -2); /* once */
    check_eq_u64(due(pending), 0);
    /* Without a question: the oldest that agrees in all else. */
    check(!ask(pending, 9, "one", 7 * second));
    check(!ask(pending, 9, "two", 8 * second));
    check_eq_u64(answer(pending, 9, NULL, 9 * second), 2 * second);
    check_eq_u64(answer(pending, 9, "one", 9 * second), -2);
    check_eq_u64(answer(pending, 9, "two", 9 * second), second);
    /* The clock was set back: joined, and the caller sees that the time means nothing. */
    check(!ask(pending, 3, "x", 10 * second));
    check_eq_u64(answer(pending, 3, "x", 9 * second), -second);
    dns_pending_free(pending);
}

/* All of the ends, the protocol, the type and the class have to agree. */
static void test_ends(void)
{
    static const struct {
        const char *src, *dst;
        unsigned sport, dport, protocol, type;
    } others[] = {
        { "10.0.0.54", "10.0.0.1", 53, 40000, 17, 1 },
        { "10.0.0.53", "10.0.0.2", 53, 40000, 17, 1 },
        { "10.0.0.53", "10.0.0.1", 54, 40000, 17, 1 },
        { "10.0.0.53", "10.0.0.1", 53, 40001, 17, 1 },
        { "10.0.0.53", "10.0.0.1", 53, 40000, 6, 1 },
        { "10.0.0.53", "10.0.0.1", 53, 40000, 17, 28 },
        { "::a00:35", "::a00:1", 53, 40000, 17, 1 },
        { "10.0.0.1", "10.0.0.53", 40000, 53, 17, 1 },
    };
    struct dns_pending *pending = dns_pending_new(16, 10 * second);
    int64_t rtt;
    check(!ask(pending, 1, "a.test", 0));
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        dns_made_begin(&made, 1, DNS_QR, "a.test", others[i].type);
        struct dns_pending_message response =
            message_at(others[i].src, others[i].dst, others[i].sport, others[i].dport, 1);
        response.ends.protocol = (uint8_t)others[i].protocol;
        check(!dns_pending_response(pending, &response, &rtt));
    }
    dns_made_begin(&made, 1, DNS_QR, "a.test", 1);
    made.at[made.len - 1] = 3; /* the class */
    const struct dns_pending_message response = response_at(1);
    check(!dns_pending_response(pending, &response, &rtt));
    check_eq_u64(answer(pending, 1, "a.test", 1), 1);
    dns_pending_free(pending);
}

static void test_again(void)
{
    struct dns_pending *pending = dns_pending_new(16, 10 * second);
    check(!ask(pending, 1, "a.test", 0));
    check(ask(pending, 1, "A.TEST", 5 * second));
    check(!ask(pending, 2, "a.test", 5 * second));
    check_eq_u64(dns_pending_waiting(pending), 2);
    check_eq_u64(answer(pending, 1, "a.test", 6 * second), 6 * second); /* from the first one */
    check(!ask(pending, 1, "a.test", 7 * second));
    dns_pending_free(pending);
}

static void test_expired(void)
{
    struct dns_pending *pending = dns_pending_new(16, 10 * second);
    for (unsigned i = 1; i <= 4; i++)
        check(!ask(pending, i, "a.test", i * second));
    dns_pending_expire(pending, 11 * second - 1);
    check(!dns_pending_is_due(pending));
    dns_pending_expire(pending, 12 * second);
    check(dns_pending_is_due(pending));
    check_eq_u64(answer(pending, 1, "a.test", 12 * second), -2); /* too late */
    check_eq_u64(due(pending), 1);
    check_eq_u64(due(pending), 2);
    check_eq_u64(due(pending), 0);
    check_eq_u64(answer(pending, 3, "a.test", 12 * second), 9 * second);
    dns_pending_expire(pending, 5 * second); /* back, but not far */
    check_eq_u64(due(pending), 0);
    dns_pending_expire(pending, -6 * second);
    check_eq_u64(due(pending), 4);
    /* Times of a capture may be anything. */
    check(!ask(pending, 5, "a.test", INT64_MIN));
    dns_pending_expire(pending, INT64_MAX);
    check_eq_u64(due(pending), 5);
    check(!ask(pending, 6, "a.test", INT64_MAX));
    dns_pending_expire(pending, INT64_MIN);
    check_eq_u64(due(pending), 6);
    for (unsigned i = 7; i < 10; i++)
        check(!ask(pending, i, "a.test", 0));
    dns_pending_expire_all(pending);
    for (unsigned i = 7; i < 10; i++)
        check_eq_u64(due(pending), i);
    check_eq_u64(due(pending), 0);
    check_eq_u64(dns_pending_waiting(pending), 0);
    dns_pending_free(pending);
}

/* What a due query still knows. */
static void test_kept(void)
{
    struct dns_pending *pending = dns_pending_new(1, second);
    struct dns_pending_query query;
    uint8_t room[DNS_PENDING_KEPT];
    char longest[300];
    bool put_out;
    memset(longest, 'a', sizeof longest); /* 63.63.63.61: 255 bytes on the wire */
    longest[63] = longest[127] = longest[191] = '.';
    for (size_t len = 253; len <= 254; len++) {
        longest[253] = 'a';
        longest[len] = '\0';
        dns_made_begin(&made, 0xbeef, DNS_RD | 0x0010, longest, 65);
        dns_made_u16(&made, 0); /* the beginning of an additional record */
        made.at[11] = 1;
        const struct dns_pending_message message =
            message_at("2001:db8::1", "2001:db8::53", 41000, 53, 5 * second);
        check(!dns_pending_query(pending, &message, &put_out) && !put_out);
        dns_pending_expire_all(pending);
        check(dns_pending_next_due(pending, &query, room));
        check(memcmp(&query.ends.src, &message.ends.src, sizeof message.ends.src) == 0);
        check(memcmp(&query.ends.dst, &message.ends.dst, sizeof message.ends.dst) == 0);
        check_eq_u64(query.ends.sport, 41000);
        check_eq_u64(query.ends.dport, 53);
        check_eq_u64(query.ends.protocol, 17);
        check_eq_u64(query.number, 7);
        check_eq_u64(query.size, made.len);
        check_eq_u64(query.questions, 1);
        check_eq_u64(query.records[2], 1);
        check_eq_u64(query.message.len, len == 253 ? 12 + 255 + 4 : 12);
        made.at[11] = 0; /* what is not kept is not promised */
        made.at[5] = len == 253;
        check_eq_bytes(query.message.at, query.message.len, made.at, query.message.len);
    }
    /* Questions that cannot be read: nothing of them is kept, and they are still joined. */
    static const struct {
        const char *bytes;
        size_t len;
    } bad[] = {
        { "\xc0\x0c\0\1\0\1", 6 },
        { "\3www", 4 },
        { "\3www\0\0\1\0", 8 },
        { "\x40", 1 },
        { "", 0 },
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        dns_made_begin(&made, 1, 0, NULL, 0);
        made.at[5] = 1;
        memcpy(made.at + 12, bad[i].bytes, bad[i].len);
        made.len += bad[i].len;
        const struct dns_pending_message message = query_at(0);
        check(!dns_pending_query(pending, &message, &put_out));
        dns_pending_expire_all(pending);
        check(dns_pending_next_due(pending, &query, room));
        check_eq_u64(query.message.len, 12);
        check_eq_u64(query.questions, 1);
        check_eq_u64(query.message.at[5], 0);
    }
    dns_pending_free(pending);
}

/* Full: the oldest goes and is told, as far as there is room for those that wait to be told. */
static void test_full(void)
{
    struct dns_pending *pending = dns_pending_new(4, 10 * second);
    for (unsigned i = 1; i <= 4; i++)
        check(!ask(pending, i, "a.test", 0));
    check(!dns_pending_is_due(pending));
    check(!ask(pending, 5, "a.test", 0));
    check_eq_u64(dns_pending_waiting(pending), 4);
    check_eq_u64(due(pending), 1);
    check_eq_u64(due(pending), 0);
    for (unsigned i = 6; i < 6 + DNS_PENDING_DUE + 10; i++)
        ask(pending, i, "a.test", 0);
    check_eq_u64(dns_pending_untold(pending), 10);
    for (unsigned i = 12; i < 12 + DNS_PENDING_DUE; i++)
        check_eq_u64(due(pending), i);
    check_eq_u64(due(pending), 0);
    check_eq_u64(dns_pending_waiting(pending), 4);
    dns_pending_free(pending);
}

/* Queries that differ in the question alone cannot fill a chain of the table. */
static void test_alike(void)
{
    struct dns_pending *pending = dns_pending_new(1000, 10 * second);
    char name[20];
    for (unsigned i = 0; i < 200; i++) {
        snprintf(name, sizeof name, "n%u.test", i);
        dns_made_begin(&made, 5, DNS_RD, name, 1);
        struct dns_pending_message query = query_at(i);
        bool put_out;
        query.number = i + 1;
        check(!dns_pending_query(pending, &query, &put_out));
        check(put_out == (i >= DNS_PENDING_ALIKE));
    }
    check_eq_u64(dns_pending_waiting(pending), DNS_PENDING_ALIKE);
    for (unsigned i = 1; i <= 200 - DNS_PENDING_ALIKE; i++)
        check_eq_u64(due(pending), i);
    check_eq_u64(answer(pending, 5, "n199.test", 200), 1);
    check_eq_u64(answer(pending, 5, "n192.test", 200), 8);
    check_eq_u64(answer(pending, 5, "n191.test", 200), -2);
    dns_pending_free(pending);
}

/* Many of them, in any order, against a list kept by hand. */
static void test_many(void)
{
    enum { MANY = 3000 };
    struct dns_pending *pending = dns_pending_new(MANY, 1000 * second);
    static bool waits[MANY];
    unsigned seed = 1, waiting = 0;
    for (unsigned step = 0; step < 30000; step++) {
        seed = seed * 1103515245 + 12345;
        unsigned id = (seed >> 8) % MANY;
        bool was = waits[id];
        if (seed >> 30 & 1) {
            if (ask(pending, id, "many.test", step) != was)
                check(false); /* a query is known when it waits */
            waits[id] = true;
        } else {
            if ((answer(pending, id, "many.test", step) != -2) != was)
                check(false); /* a response is joined when its query waits */
            waits[id] = false;
        }
        waiting += waits[id];
        waiting -= was;
    }
    check_eq_u64(dns_pending_waiting(pending), waiting);
    check(dns_pending_bytes(pending) < MANY * 420UL + 200000);
    dns_pending_free(pending);
}

int main(void)
{
    test_joined();
    test_ends();
    test_again();
    test_expired();
    test_kept();
    test_full();
    test_alike();
    test_many();
    return check_done();
}
