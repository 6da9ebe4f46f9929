/* SPDX-License-Identifier: MIT */
/* Reverse lookups on the wire: questions, and answers that are right, odd and hostile. */
#include <chains/layer/domains.h>

#include "../../src/links/ptr.h"
#include "../check.h"

/* A DNS message under construction. */
struct message {
    uint8_t octets[2048];
    size_t len;
};

static void put(struct message *m, const void *bytes, size_t len)
{
    memcpy(m->octets + m->len, bytes, len);
    m->len += len;
}

static void put16(struct message *m, unsigned value)
{
    const uint8_t bytes[2] = { (uint8_t)(value >> 8), (uint8_t)value };
    put(m, bytes, 2);
}

static void put_name(struct message *m, const char *text)
{
    while (*text) {
        size_t len = strcspn(text, ".");
        m->octets[m->len++] = (uint8_t)len;
        put(m, text, len);
        text += len + (text[len] == '.');
    }
    m->octets[m->len++] = 0;
}

static struct message reply(unsigned rcode, unsigned answers, unsigned authority)
{
    struct message m = { .len = 0 };
    put16(&m, 0x1234);
    put16(&m, 0x8180 | rcode);
    put16(&m, 1);
    put16(&m, answers);
    put16(&m, authority);
    put16(&m, 0);
    put_name(&m, "1.2.0.192.in-addr.arpa");
    put16(&m, 12);
    put16(&m, 1);
    return m;
}

/* An RR of the question's name (by pointer) or another, up to its data. */
static void put_rr(struct message *m, const char *owner, unsigned type, uint32_t ttl,
                   size_t data_len)
{
    if (owner)
        put_name(m, owner);
    else
        put16(m, 0xc00c);
    put16(m, type);
    put16(m, 1);
    put16(m, ttl >> 16);
    put16(m, ttl & 0xffff);
    put16(m, (unsigned)data_len);
}

static void put_target(struct message *m, const char *owner, unsigned type, uint32_t ttl,
                       const char *target)
{
    put_rr(m, owner, type, ttl, strlen(target) + 2 - (*target == '\0'));
    put_name(m, target);
}

static struct ptr_answer read_it(const struct message *m)
{
    static struct ptr_answer answer;
    uint8_t copy[2048]; /* so that ASan sees one byte too many */
    struct chains_addr addr;
    struct chains_bytes bytes = { copy + sizeof(copy) - m->len, m->len };
    memcpy(copy + sizeof(copy) - m->len, m->octets, m->len);
    chains_addr_parse("192.0.2.1", &addr);
    ptr_read(bytes, &addr, &answer);
    return answer;
}

static void test_questions(void)
{
    char out[PTR_QUESTION];
    struct chains_addr addr;
    chains_addr_parse("192.0.2.1", &addr);
    check_eq_u64(ptr_question(&addr, out), 22);
    check_eq_text(out, "1.2.0.192.in-addr.arpa");
    chains_addr_parse("2001:db8::567:89ab", &addr);
    check_eq_u64(ptr_question(&addr, out), 72);
    check_eq_text(out, "b.a.9.8.7.6.5.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2."
                       "ip6.arpa");
    addr.family = 0;
    check_eq_u64(ptr_question(&addr, out), 0);
}

static void test_names(void)
{
    char label64[65], name254[260];
    memset(label64, 'a', 64);
    label64[64] = '\0';
    for (size_t i = 0; i < 254; i++)
        name254[i] = i % 50 == 49 ? '.' : 'x';
    check(ptr_host_name("a.example", 9));
    check(ptr_host_name("_sip._tcp.x-1.example", 21));
    check(ptr_host_name("compute-1.amazonaws.com", 23));
    check(ptr_host_name(label64, 63));
    check(!ptr_host_name(label64, 64));
    check(ptr_host_name(name254, 253));
    check(!ptr_host_name(name254, 254));
    check(!ptr_host_name("", 0));
    check(!ptr_host_name(".", 1));
    check(!ptr_host_name("a..b", 4));
    check(!ptr_host_name("a.", 2));
    check(!ptr_host_name("a b", 3));
    check(!ptr_host_name("a\033[31m", 6));
    check(!ptr_host_name("10.0.0.1", 8));
    check(!ptr_host_name("caf\303\251.example", 13));
}

static void test_answers(void)
{
    struct message m = reply(0, 1, 0);
    put_target(&m, NULL, 12, 300, "Host-1.Example.COM");
    struct ptr_answer answer = read_it(&m);
    check_eq_u64(answer.from, CHAINS_NAME_PTR);
    check_eq_text(answer.name, "Host-1.Example.COM");
    check_eq_u64(answer.ttl, 300);

    m = reply(0, 1, 0);
    put_target(&m, "1.2.0.192.IN-ADDR.arpa", 12, 0x80000001, "LOCAL");
    answer = read_it(&m);
    check_eq_u64(answer.from, CHAINS_NAME_PTR);
    check_eq_text(answer.name, "LOCAL.");
    check_eq_u64(answer.ttl, 0);

    m = reply(0, 2, 0); /* RFC 2317, the alias behind its target */
    put_target(&m, "1.0-25.2.0.192.in-addr.arpa", 12, 500, "host.example");
    put_target(&m, NULL, 5, 100, "1.0-25.2.0.192.in-addr.arpa");
    answer = read_it(&m);
    check_eq_u64(answer.from, CHAINS_NAME_PTR);
    check_eq_text(answer.name, "host.example");
    check_eq_u64(answer.ttl, 100);

    m = reply(0, 1, 0); /* a name for somebody else */
    put_target(&m, "2.2.0.192.in-addr.arpa", 12, 300, "host.example");
    check_eq_u64(read_it(&m).from, CHAINS_NAME_NODATA);
}

static void put_soa(struct message *m, uint32_t ttl, uint32_t minimum)
{
    put_rr(m, "2.0.192.in-addr.arpa", 6, ttl, 3 + 3 + 20);
    put_name(m, "n");
    put_name(m, "m");
    for (int i = 0; i < 8; i++)
        put16(m, 7);
    put16(m, minimum >> 16);
    put16(m, minimum & 0xffff);
}

static void test_no(void)
{
    struct message m = reply(3, 0, 1);
    put_soa(&m, 3600, 77);
    struct ptr_answer answer = read_it(&m);
    check_eq_u64(answer.from, CHAINS_NAME_NXDOMAIN);
    check_eq_u64(answer.ttl, 77);
    check_eq_text(answer.name, "");

    m = reply(0, 0, 1);
    put_soa(&m, 50, 77);
    answer = read_it(&m);
    check_eq_u64(answer.from, CHAINS_NAME_NODATA);
    check_eq_u64(answer.ttl, 50);

    m = reply(3, 0, 0);
    check_eq_u64(read_it(&m).from, CHAINS_NAME_NXDOMAIN);
    m = reply(2, 0, 0);
    check_eq_u64(read_it(&m).from, CHAINS_NAME_SERVFAIL);
    m = reply(5, 0, 0);
    check_eq_u64(read_it(&m).from, CHAINS_NAME_REFUSED);
    m = reply(1, 0, 0);
    check_eq_u64(read_it(&m).from, CHAINS_NAME_SERVFAIL);
}

static void test_hostile(void)
{
    static const char *const bad[] = {
        "a b.example", "a\033[2J.example", "\377.example", "127.0.0.1", "",
        "a\\.example", "a\n.example"
    };
    struct message m;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        m = reply(0, 1, 0);
        put_target(&m, NULL, 12, 300, bad[i]);
        check_eq_u64(read_it(&m).from, CHAINS_NAME_INVALID);
    }
    m = reply(0, 1, 0); /* a dot inside a label */
    put_rr(&m, NULL, 12, 300, 5);
    put(&m, "\3a.b", 5);
    check_eq_u64(read_it(&m).from, CHAINS_NAME_INVALID);

    m = reply(0, 1, 0); /* a pointer to itself */
    put_rr(&m, NULL, 12, 300, 2);
    put16(&m, 0xc000 | (unsigned)m.len);
    check_eq_u64(read_it(&m).from, CHAINS_NAME_INVALID);

    m = reply(0, 2, 0); /* aliases in a ring */
    put_target(&m, NULL, 5, 300, "a.example");
    put_target(&m, "a.example", 5, 300, "1.2.0.192.in-addr.arpa");
    check_eq_u64(read_it(&m).from, CHAINS_NAME_INVALID);

    m = reply(0, 2, 0); /* labels that lead back, again and again: more than 255 bytes */
    put_rr(&m, NULL, 16, 300, 66 * 4);
    size_t before = 12;
    for (int i = 0; i < 4; i++) {
        size_t here = m.len;
        m.octets[m.len++] = 63;
        memset(m.octets + m.len, 'a', 63);
        m.len += 63;
        put16(&m, 0xc000 | (unsigned)before);
        before = here;
    }
    put_rr(&m, NULL, 12, 300, 2);
    put16(&m, 0xc000 | (unsigned)before);
    check_eq_u64(read_it(&m).from, CHAINS_NAME_INVALID);
    m.octets[m.len - 1] = (uint8_t)(m.octets[m.len - 1] - 66); /* one label fewer fits */
    check_eq_u64(read_it(&m).from, CHAINS_NAME_PTR);

    m = reply(0, 65535, 65535); /* more records than there are */
    put_target(&m, NULL, 1, 300, "aa");
    check_eq_u64(read_it(&m).from, CHAINS_NAME_INVALID);
    m = reply(0, 1, 0); /* a question, not an answer */
    m.octets[2] = 0;
    check_eq_u64(read_it(&m).from, CHAINS_NAME_SERVFAIL);
    m = reply(3, 0, 0); /* an answer to another question */
    m.octets[13] = '9';
    check_eq_u64(read_it(&m).from, CHAINS_NAME_SERVFAIL);
}

/* No prefix and no changed byte of a good answer gives a name that is not a host name. */
static void test_mutated(void)
{
    struct message whole = reply(0, 2, 1);
    put_target(&whole, NULL, 5, 100, "1.0-25.2.0.192.in-addr.arpa");
    put_target(&whole, "1.0-25.2.0.192.in-addr.arpa", 12, 500, "host.example");
    put_soa(&whole, 3600, 77);
    unsigned names = 0, wrong = 0;
    for (size_t len = 0; len < whole.len; len++) {
        struct message cut = whole;
        cut.len = len;
        read_it(&cut);
        for (unsigned value = 0; value < 256; value++) {
            struct message changed = whole;
            changed.octets[len] = (uint8_t)value;
            struct ptr_answer answer = read_it(&changed);
            size_t text = strlen(answer.name);
            bool named = answer.from == CHAINS_NAME_PTR;
            if (named && answer.name[text - 1] == '.')
                text--;
            wrong += named ? !ptr_host_name(answer.name, text) : text != 0;
            names += named;
        }
    }
    check(names > 1000);
    check_eq_u64(wrong, 0);
}

int main(void)
{
    test_questions();
    test_names();
    test_answers();
    test_no();
    test_hostile();
    test_mutated();
    return check_done();
}
