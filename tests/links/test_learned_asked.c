/* SPDX-License-Identifier: MIT */
/*
 * Names that clients ask servers for, by SNI and Host, over layers that the test writes: for whom
 * they hold, in which flow, and what is not believed.
 */
#include <chains/component.h>
#include <chains/components.h>
#include <chains/layer/domains.h>
#include <chains/layer/http.h>
#include <chains/layer/ip.h>
#include <chains/layer/stream.h>
#include <chains/layer/tls.h>
#include <string.h>

#include "../check.h"

static const struct chains_field no_fields[] = { CHAINS_FIELDS_END };
#define TYPE(slot_, id_)                                                                       \
    static const struct chains_layer_type slot_##_type = {                                     \
        #slot_,    #slot_,          sizeof(struct chains_##slot_),                             \
        no_fields, CHAINS_ID_##id_, CHAINS_SLOT_##slot_                                        \
    }
TYPE(ip, ip4);
TYPE(stream, stream);
TYPE(tls, tls);
TYPE(http, http);
static const struct chains_layer_type *const feed_attaches[] = { &ip_type, &stream_type,
                                                                 &tls_type, &http_type, NULL };

/* One packet: who to whom, in which flow, and what it says. */
struct said {
    int64_t s;
    const char *src, *dst; /* NULL: the client and the server */
    uint64_t flow;         /* 0: no layer "stream" */
    const char *sni;       /* a ClientHello's */
    const char *host;      /* a request's */
    unsigned kind, ech, tls_weird, starttls;
    unsigned http_kind, http_weird;
    const char *method, *uri; /* NULL: GET, / */
    bool cut, pushed;         /* not seen to its end; a server's promise */
    uint8_t side, client;     /* of the stream; as the layers say it */
};

static const struct said *feed;
static size_t feed_count;

static struct chains_bytes bytes_of(const char *text)
{
    return (struct chains_bytes){ (const uint8_t *)text, text ? strlen(text) : 0 };
}

static const char me[] = "192.168.1.9", you[] = "192.168.1.8", there[] = "11.0.0.1";

static void feed_layers(chains_component *self, struct chains_record *rec,
                        const struct said *said, struct chains_arena *arena)
{
    if (said->flow) {
        struct chains_stream *stream = chains_attach(self, rec, &stream_type);
        *stream = (struct chains_stream){ .flow = said->flow, .side = said->side };
    }
    if (said->sni) {
        struct chains_tls_message *message = chains_arena_take(arena, sizeof *message);
        *message = (struct chains_tls_message){
            .kind = (uint8_t)(said->kind ? said->kind : CHAINS_TLS_CLIENT_HELLO),
            .from = said->pushed ? CHAINS_TLS_FROM_SERVER : CHAINS_TLS_FROM_CLIENT,
            .sni = bytes_of(said->sni),
            .ech = (uint8_t)said->ech,
            .starttls = (uint8_t)said->starttls,
            .weird = said->tls_weird | (said->cut ? CHAINS_TLS_UNFINISHED : 0u),
            .client = said->client,
        };
        struct chains_tls *tls = chains_attach(self, rec, &tls_type);
        *tls = (struct chains_tls){ { message, 1 } };
    }
    if (said->host) {
        struct chains_http_message *message = chains_arena_take(arena, sizeof *message);
        *message = (struct chains_http_message){
            .kind = (uint8_t)said->http_kind,
            .host = bytes_of(said->host),
            .method = bytes_of(said->method ? said->method : "GET"),
            .uri = bytes_of(said->uri ? said->uri : "/"),
            .weird = said->http_weird,
            .complete = !said->cut,
            .pushed = said->pushed,
            .client = said->client,
        };
        struct chains_http *http = chains_attach(self, rec, &http_type);
        *http = (struct chains_http){ { message, 1 } };
    }
}

static int feed_next(chains_component *self, struct chains_batch *out)
{
    size_t *given = chains_state(self);
    struct chains_record *rec;
    while (*given < feed_count && (rec = chains_batch_add(out)) != NULL) {
        const struct said *said = &feed[(*given)++];
        rec->number = *given;
        rec->time_ns = said->s * 1000000000;
        struct chains_ip *ip = chains_attach(self, rec, &ip_type);
        *ip = (struct chains_ip){ .version = 4 };
        chains_addr_parse(said->src ? said->src : me, &ip->src);
        chains_addr_parse(said->dst ? said->dst : there, &ip->dst);
        feed_layers(self, rec, said, chains_batch_arena(out));
    }
    return chains_batch_count(out) ? CHAINS_OK : CHAINS_END;
}

static const struct chains_class feed_class = {
    .name = "asking",
    .brief = "packets of a test that ask for names",
    .role = CHAINS_SOURCE,
    .gives = CHAINS_PACKETS,
    .state_size = sizeof(size_t),
    .attaches = feed_attaches,
    .next = feed_next,
};

static chains_component *chain_of(const struct said *said, size_t count)
{
    feed = said;
    feed_count = count;
    chains_component *rdns = chains_reverse_dns(.hosts = "");
    chains_link(rdns, chains_new(&feed_class, NULL));
    return rdns;
}

#define CHAIN(said) chain_of(said, sizeof(said) / sizeof *(said))

/* What the server's end of the next packet is called. */
static void check_next(chains_component *rdns, const char *name, unsigned from)
{
    const struct chains_record *rec = chains_next(rdns);
    const struct chains_domains *domains = rec ? chains_get(rec, domains) : NULL;
    if (!check(domains != NULL))
        return;
    printf("# packet %d\n", (int)rec->number);
    bool answer = domains->src_class == 0 && domains->dst_class != 0;
    check_eq_text(answer ? domains->src : domains->dst, name);
    check_eq_u64(answer ? domains->src_from : domains->dst_from, from);
}

enum { NONE = CHAINS_NAME_NOT_ASKED, TLS = CHAINS_NAME_TLS, HTTP = CHAINS_NAME_HTTP };

/* The hello itself, what the server answers, and the rest of the flow, for this client alone. */
static void test_hello(void)
{
    static const struct said said[] = {
        { .flow = 1 },
        { .flow = 1, .sni = "WWW.Example.com" },
        { .flow = 1, .src = there, .dst = me },
        { .flow = 1, .s = 250 },
        { .flow = 2, .s = 260 }, /* the next one to the same server begins with its name */
        { .flow = 3, .s = 260, .src = you },
        { .flow = 1, .s = 540 },
        { .flow = 1, .s = 841 }, /* after a pause */
        { .s = 841 },
    };
    chains_component *rdns = CHAIN(said);
    check_next(rdns, NULL, NONE);
    check_next(rdns, "www.example.com", TLS);
    check_next(rdns, "www.example.com", TLS);
    check_next(rdns, "www.example.com", TLS);
    check_next(rdns, "www.example.com", TLS);
    check_next(rdns, NULL, NONE);
    check_next(rdns, "www.example.com", TLS);
    check_next(rdns, NULL, NONE);
    check_next(rdns, NULL, NONE);
    chains_free(rdns);
}

/* Two connections to one address: each keeps the name it was opened for. */
static void test_flows(void)
{
    static const struct said said[] = {
        { .flow = 1, .sni = "a.example" },
        { .flow = 2, .sni = "b.example" },
        { .flow = 1 },
        { .flow = 2, .src = there, .dst = me },
        { .flow = 1, .src = there, .dst = me },
        { .flow = 3 }, /* not told yet: the one asked for last */
        { .flow = 3, .sni = "c.example" },
        { .flow = 1, .host = "inside.example" }, /* what is inside does not rename it */
        { .flow = 1 },
        { .flow = 4 },
        { .flow = 4, .host = "d.example" }, /* plain HTTP; one after the other */
        { .flow = 4, .host = "e.example:8080" },
        { .flow = 4 },
        { .s = 1 },
    };
    static const char *const want[] = { "a.example", "b.example", "a.example", "b.example",
                                        "a.example", "b.example", "c.example", "a.example",
                                        "a.example", "c.example", "d.example", "e.example",
                                        "e.example", "e.example" };
    chains_component *rdns = CHAIN(said);
    for (unsigned i = 0; i < sizeof want / sizeof *want; i++)
        check_next(rdns, want[i], i < 10 ? TLS : HTTP);
    chains_free(rdns);
}

/* Without a layer "stream", by the two addresses. */
static void test_no_flow(void)
{
    static const struct said said[] = {
        { .sni = "a.example" }, { .src = there, .dst = me }, { .sni = "b.example" }, { .s = 0 },
        { .src = you },
    };
    static const char *const want[] = { "a.example", "a.example", "b.example", "b.example",
                                        NULL };
    chains_component *rdns = CHAIN(said);
    for (unsigned i = 0; i < 5; i++)
        check_next(rdns, want[i], want[i] ? TLS : NONE);
    chains_free(rdns);
}

/* What teaches nothing: each row alone, and a packet behind it. */
static void test_refused(void)
{
    static const struct {
        struct said said;
        const char *name; /* NULL: none */
    } row[] = {
        { { .sni = "a.example" }, "a.example" },
        { { .sni = "a.example", .ech = CHAINS_TLS_ECH_OFFERED }, "a.example" },
        { { .sni = "a.example", .ech = CHAINS_TLS_ECH_OUTER }, NULL },
        { { .sni = "a.example", .kind = CHAINS_TLS_SERVER_HELLO }, NULL },
        { { .sni = "a.example", .starttls = CHAINS_STARTTLS_SMTP }, "a.example" },
        { { .sni = "a.example", .starttls = CHAINS_STARTTLS_HTTP }, NULL },
        { { .sni = "a.example", .starttls = CHAINS_STARTTLS_SOCKS }, NULL },
        { { .sni = "a.example", .starttls = CHAINS_STARTTLS_SOCKS, .flow = 1 }, NULL },
        { { .sni = "localhost" }, "localhost." },
        { { .sni = "LOCAL" }, "local." },
        { { .host = "localhost:8080" }, "localhost." },
        { { .host = "NXDOMAIN" }, "nxdomain." },
        { { .sni = "a.example", .kind = CHAINS_TLS_FAILED }, NULL },
        { { .sni = "a.example", .tls_weird = CHAINS_TLS_TWO_NAMES }, NULL },
        { { .sni = "a.example", .tls_weird = CHAINS_TLS_BAD_NAME }, NULL },
        { { .sni = "11.0.0.1" }, NULL },
        { { .sni = "" }, NULL },
        { { .sni = "a..example" }, NULL },
        { { .sni = "a.example." }, NULL },
        { { .sni = "a\x1b[2J.example" }, NULL },
        { { .sni = "2600::1" }, NULL },
        { { .host = "a.example" }, "a.example" },
        { { .host = "a.example:80" }, "a.example" },
        { { .host = "a.example:" }, "a.example" },
        { { .host = "a.example:123456" }, NULL },
        { { .host = "a.example:x" }, NULL },
        { { .host = "user@a.example" }, NULL },
        { { .host = "11.0.0.1:80" }, NULL },
        { { .host = "[2600::1]:80" }, NULL },
        { { .host = ":80" }, NULL },
        { { .host = "a.example", .uri = "*", .method = "OPTIONS" }, "a.example" },
        { { .host = "a.example", .uri = "http://a.example/" }, NULL },
        { { .host = "a.example", .uri = "a.example:443", .method = "CONNECT" }, NULL },
        { { .host = "a.example", .uri = "/", .method = "CONNECT" }, NULL },
        { { .host = "a.example", .uri = "" }, NULL },
        { { .host = "a.example", .http_kind = CHAINS_HTTP_RESPONSE }, NULL },
        { { .host = "a.example", .http_weird = CHAINS_HTTP_TWO_HOSTS }, NULL },
        { { .host = "a.example", .http_weird = CHAINS_HTTP_HOST_DIFFERS }, NULL },
        { { .host = "a.example", .http_weird = CHAINS_HTTP_BARE_LF }, "a.example" },
        { { .host = "a.example", .http_weird = CHAINS_HTTP_SMUGGLING }, NULL },
        { { .host = "a.example", .http_weird = CHAINS_HTTP_BAD_PSEUDO }, NULL },
        { { .host = "a.example", .http_weird = CHAINS_HTTP_HPACK_LOST }, NULL },
        { { .host = "a.example", .flow = 1, .client = CHAINS_ORIG + 1 }, "a.example" },
        { { .host = "a.example", .flow = 1, .client = CHAINS_ORIG + 1, .pushed = true }, NULL },
        { { .host = "a.example", .cut = true }, NULL },
        { { .host = "a.example", .cut = true, .flow = 1 }, NULL },
        { { .sni = "a.example", .cut = true }, NULL },
        { { .sni = "a.example", .cut = true, .flow = 1 }, NULL },
        { { .sni = "a.example", .pushed = true }, NULL }, /* a hello of the other side's */
    };
    for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
        const struct said said[] = { row[i].said, { .s = 1 } };
        printf("# row %zu\n", i);
        chains_component *rdns = CHAIN(said);
        unsigned from = !row[i].name ? NONE : row[i].said.sni ? TLS : HTTP;
        check_next(rdns, row[i].name, from);
        check_next(rdns, row[i].name, from);
        chains_free(rdns);
    }
}

/*
 * What the other side broke off lies on its packet: two hosts outside, so that a name for the wrong
 * one would be shown. In a flow that was joined in the middle either may count as who opened it.
 */
static void test_broken_off(void)
{
    static const char client[] = "12.0.0.1";
    for (unsigned i = 0; i < 8; i++) {
        bool tls = i & 1, swapped = i & 2, known = i & 4;
        const uint8_t asks = swapped ? CHAINS_RESP : CHAINS_ORIG;
        const struct said said[] = {
            { .src = there,
              .dst = client,
              .flow = 1,
              .cut = true,
              .side = !asks,
              .client = known ? (uint8_t)(asks + 1) : 0,
              .sni = tls ? "a.example" : NULL,
              .host = tls ? NULL : "a.example" },
            { .src = client, .dst = there, .flow = 1, .side = asks },
        };
        printf("# case %u\n", i);
        chains_component *rdns = CHAIN(said);
        for (unsigned packet = 0; packet < 2; packet++) {
            const struct chains_record *rec = chains_next(rdns);
            const struct chains_domains *domains = rec ? chains_get(rec, domains) : NULL;
            if (!check(domains != NULL))
                continue;
            check_eq_text(packet ? domains->dst : domains->src, known ? "a.example" : NULL);
            check_eq_text(packet ? domains->src : domains->dst, NULL);
        }
        chains_free(rdns);
    }
}

/*
 * A tunnel through a proxy: neither the SNI nor a Host inside, on whichever record, is the proxy's
 * name. What the client knows the proxy by stays, in that flow and beside it.
 */
static void test_tunnel(void)
{
    static const uint8_t protocols[] = { CHAINS_STARTTLS_HTTP, CHAINS_STARTTLS_SOCKS };
    for (unsigned i = 0; i < sizeof protocols; i++) {
        const struct said said[] = {
            { .flow = 1, .sni = "proxy.example" },
            { .flow = 2, .sni = "secret.example", .starttls = protocols[i] },
            { .flow = 2, .host = "inside.example" },
            { .flow = 2, .src = there, .dst = me },
            { .flow = 3, .src = you, .sni = "", .starttls = protocols[i] },
            { .flow = 3, .src = you, .host = "inside.example" },
            { .flow = 3, .src = you, .s = 400 },
            { .flow = 4, .src = you, .s = 401 },
        };
        chains_component *rdns = CHAIN(said);
        for (unsigned packet = 0; packet < sizeof said / sizeof *said; packet++)
            check_next(rdns, packet < 4 ? "proxy.example" : NULL, packet < 4 ? TLS : NONE);
        chains_free(rdns);
    }
}

/* A server of the local network, or one that is no server, keeps its word. */
static void test_special(void)
{
    static const struct said said[] = {
        { .dst = "192.168.1.1", .sni = "router.example" },
        { .dst = "224.0.0.251", .host = "group.example" },
        { .src = there, .dst = "192.168.1.1", .sni = "inside.example" },
    };
    chains_component *rdns = CHAIN(said);
    check_next(rdns, "LOCAL", CHAINS_NAME_SPECIAL);
    check_next(rdns, "multicast_dns", CHAINS_NAME_SPECIAL);
    check_next(rdns, NULL, NONE);
    chains_free(rdns);
}

/* So many flows that the table is full: bounded, counted, and the newest are there. */
static void test_full(void)
{
    enum { MANY = 3000 };
    static struct said said[MANY];
    for (unsigned i = 0; i < MANY; i++)
        said[i] = (struct said){ .flow = i + 1, .sni = "a.example" };
    feed = said;
    feed_count = MANY;
    chains_component *rdns = chains_reverse_dns(.hosts = "", .cache_size = 100);
    chains_link(rdns, chains_new(&feed_class, NULL));
    for (unsigned i = 0; i < MANY; i++) {
        const struct chains_record *rec = chains_next(rdns);
        const struct chains_domains *domains = rec ? chains_get(rec, domains) : NULL;
        check(domains && domains->dst && strcmp(domains->dst, "a.example") == 0);
    }
    struct chains_stats stats = { .size = sizeof stats };
    chains_stats(rdns, &stats);
    check(stats.limited > MANY - 200 && stats.memory < 1024 * 1024);
    chains_free(rdns);
}

int main(void)
{
    test_hello();
    test_flows();
    test_no_flow();
    test_refused();
    test_broken_off();
    test_tunnel();
    test_special();
    test_full();
    return check_done();
}
