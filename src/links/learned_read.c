/* SPDX-License-Identifier: MIT */
/*
 * What messages teach about the names of servers. In: records with answers of the DNS, with
 * ClientHellos, with HTTP requests. Out: names kept for the client that asked. Kept: of an answer
 * only addresses that the question leads to count, not what else is in it, and only of an answer to
 * a query that was seen, so that one forged datagram teaches nothing; a name in a hello or a
 * request was said by the client itself, so it names things for that client alone, whoever forged
 * it; what a proxy is asked for, or for a tunnel to, is not the proxy's name.
 */
#include "learned.h"

#include <chains/layer/dns.h>
#include <chains/layer/domains.h>
#include <chains/layer/flow.h>
#include <chains/layer/http.h>
#include <chains/layer/tls.h>

#include <string.h>

#include "../bytes/special.h"
#include "../record/client.h"
#include "dns_chain.h"
#include "host_port.h"

enum { CLASS_IN = 1 };

static struct chains_bytes learned_bytes_of(const char *text)
{
    return (struct chains_bytes){ (const uint8_t *)text, strlen(text) };
}

static bool learned_may_name(const struct chains_addr *server)
{
    const struct special *special = special_of(server);
    return !special || !special->class; /* else it has a word of its own */
}

static bool learned_is_answer(const struct chains_dns *dns)
{
    return dns->asked && dns->qr && dns->opcode == 0 && dns->rcode == 0 && dns->answers.count &&
           dns->flavour == CHAINS_DNS_UNICAST && dns->question_count == 1 &&
           dns->queries.count == 1;
}

static bool learned_read_dns(struct learned *learned, const struct chains_record *rec,
                             const struct chains_dns *dns)
{
    const struct chains_addr *server, *client;
    char name[LEARNED_NAME];
    if (!learned_is_answer(dns) || !chains_record_addresses(rec, &server, &client))
        return false;
    const struct chains_dns_question *question = dns->queries.items;
    if (question->class_number != CLASS_IN ||
        !learned_host_name(name, learned_bytes_of(question->name)))
        return false;
    struct dns_chain chain;
    dns_chain_follow(&chain, dns);
    const struct learned_found found = { .name = name, .from = CHAINS_NAME_DNS };
    const struct chains_dns_record *answer = dns->answers.items;
    bool news = false;
    for (uint32_t i = 0; i < dns->answers.count && i < DNS_CHAIN_ANSWERS; i++) {
        if (!(answer[i].has & CHAINS_DNS_RECORD_HAS_ADDR) ||
            answer[i].class_number != CLASS_IN || !dns_chain_holds(&chain, answer[i].name) ||
            !learned_may_name(&answer[i].addr))
            continue;
        struct learned_key key = { .client = *client, .server = answer[i].addr };
        news |= learned_keep(learned, &key, &found, answer[i].ttl, rec->time_ns);
    }
    return news;
}

/*
 * Whom a message names, for which client, and in which flow: 0 without a component flows upstream.
 * False where nobody can tell which end the client is.
 */
static bool learned_key_of(const struct chains_record *rec, struct client of,
                           struct learned_key *key)
{
    const struct chains_stream *stream = chains_get(rec, stream);
    const struct chains_flow *flow = chains_get(rec, flow);
    const struct chains_addr *src, *dst;
    if (!of.sure || !chains_record_addresses(rec, &src, &dst))
        return false;
    const struct chains_addr *client = of.is_source ? src : dst;
    const struct chains_addr *server = of.is_source ? dst : src;
    if (!learned_may_name(server))
        return false;
    *key = (struct learned_key){
        .flow = stream ? stream->flow
                : flow ? flow->flow
                       : 0,
        .client = *client,
        .server = *server,
    };
    return true;
}

/*
 * A name that the client itself asked for: of its flow, and of what the two say from here on, until
 * it asks for another one. What is inside of a TLS connection does not rename it.
 */
static bool learned_keep_asked(struct learned *learned, struct learned_key key,
                               const struct learned_found *found, int64_t now_ns)
{
    struct learned_found before;
    bool news = false;
    if (key.flow) {
        const struct learned_found *known = learned_look(learned, &key, now_ns, &before);
        if (known && known->from == CHAINS_NAME_TLS && found->from == CHAINS_NAME_HTTP)
            return false;
        news = learned_keep(learned, &key, found, 0, now_ns);
        key.flow = 0;
    }
    return learned_keep(learned, &key, found, 0, now_ns) || news;
}

static bool learned_is_hello(const struct chains_tls_message *message)
{
    return message->kind == CHAINS_TLS_CLIENT_HELLO &&
           message->from == CHAINS_TLS_FROM_CLIENT && message->ech != CHAINS_TLS_ECH_OUTER &&
           !(message->weird & (CHAINS_TLS_TWO_NAMES | CHAINS_TLS_BAD_NAME));
}

/*
 * In a tunnel of a proxy's, names are those of its other end. The flow keeps that it has none, so
 * that what is inside of the TLS gives it none, either.
 */
static bool learned_keep_tunnel(struct learned *learned, const struct learned_key *key,
                                int64_t now_ns)
{
    const struct learned_found none = { .name = "", .from = CHAINS_NAME_TLS };
    return key->flow && learned_keep(learned, key, &none, 0, now_ns);
}

static bool learned_is_tunnel(const struct chains_tls_message *message)
{
    return message->starttls == CHAINS_STARTTLS_HTTP ||
           message->starttls == CHAINS_STARTTLS_SOCKS;
}

static bool learned_read_tls(struct learned *learned, const struct chains_record *rec,
                             const struct chains_tls *tls)
{
    const struct chains_tls_message *message = tls->tls.items;
    struct learned_key key;
    char name[LEARNED_NAME];
    bool news = false;
    for (uint32_t i = 0; i < tls->tls.count; i++) {
        if (message[i].kind != CHAINS_TLS_CLIENT_HELLO ||
            !learned_key_of(rec, client_of_tls(rec, &message[i]), &key))
            continue;
        if (learned_is_tunnel(&message[i])) {
            news |= learned_keep_tunnel(learned, &key, rec->time_ns);
            continue;
        }
        if (!learned_is_hello(&message[i]) || !learned_host_name(name, message[i].sni))
            continue;
        const struct learned_found found = { .name = name, .from = CHAINS_NAME_TLS };
        news |= learned_keep_asked(learned, key, &found, rec->time_ns);
    }
    return news;
}

/* A request to the server itself has a path, or is for all of it: OPTIONS *. */
static bool learned_is_request(const struct chains_http_message *message)
{
    static const uint32_t doubtful = CHAINS_HTTP_TWO_HOSTS | CHAINS_HTTP_HOST_DIFFERS |
                                     CHAINS_HTTP_NUL | CHAINS_HTTP_OVER_UDP |
                                     CHAINS_HTTP_SMUGGLING | CHAINS_HTTP_BAD_PSEUDO |
                                     CHAINS_HTTP_HPACK_LOST;
    static const char connect[] = "CONNECT";
    const struct chains_bytes *method = &message->method, *uri = &message->uri;
    return message->kind == CHAINS_HTTP_REQUEST && !message->pushed &&
           !(message->weird & doubtful) &&
           !(method->len == sizeof connect - 1 &&
             memcmp(method->at, connect, sizeof connect - 1) == 0) &&
           uri->len > 0 && (chains_byte(*uri, 0) == '/' || chains_byte(*uri, 0) == '*');
}

static bool learned_read_http(struct learned *learned, const struct chains_record *rec,
                              const struct chains_http *http)
{
    const struct chains_http_message *message = http->http.items;
    struct learned_key key;
    char name[LEARNED_NAME];
    bool news = false;
    for (uint32_t i = 0; i < http->http.count; i++) {
        if (!learned_is_request(&message[i]) ||
            !learned_host_name(name, host_without_port(message[i].host)) ||
            !learned_key_of(rec, client_of_http(rec, &message[i]), &key))
            continue;
        const struct learned_found found = { .name = name, .from = CHAINS_NAME_HTTP };
        news |= learned_keep_asked(learned, key, &found, rec->time_ns);
    }
    return news;
}

bool learned_read(struct learned *learned, const struct chains_record *rec)
{
    const struct chains_dns *dns = chains_get(rec, dns);
    const struct chains_tls *tls = chains_get(rec, tls);
    const struct chains_http *http = chains_get(rec, http);
    bool news = dns && learned_read_dns(learned, rec, dns);
    news |= tls && learned_read_tls(learned, rec, tls);
    news |= http && learned_read_http(learned, rec, http);
    return news;
}
