/* SPDX-License-Identifier: MIT */
/*
 * reverse_dns in a chain: a source of the test's own makes packets, a server of its own on
 * loopback answers, keeps silent, or is not there.
 */
#include <arpa/inet.h>
#include <chains/component.h>
#include <chains/components.h>
#include <chains/layer/domains.h>
#include <chains/layer/ip.h>
#include <dirent.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "../check.h"

static int64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* ---- a source -------------------------------------------------------------------------------
 */

static const struct chains_field no_fields[] = { CHAINS_FIELDS_END };
static const struct chains_layer_type ip_type = {
    "packet", "IP", sizeof(struct chains_ip), no_fields, CHAINS_ID_ip4, CHAINS_SLOT_packet
};
static const struct chains_layer_type *const source_attaches[] = { &ip_type, NULL };

/* What the next chain's source gives; the class reads it in open. */
static struct plan {
    const char *const *pair; /* src, dst, src, dst, ..., NULL: these, over and over */
    uint64_t count;          /* records in all */
    uint32_t public_from;    /* instead: dst 11.x.y.z, counting up; 0: no */
    unsigned pause_ms;       /* before every batch */
    struct chains_source_info info;
} plan;

struct source {
    struct plan plan;
    uint64_t given;
    size_t at;
};

static int source_open(chains_component *self)
{
    struct source *source = chains_state(self);
    source->plan = plan;
    chains_announce(self, &plan.info);
    return CHAINS_OK;
}

static void make_packet(chains_component *self, struct source *source,
                        struct chains_record *rec)
{
    const struct plan *from = &source->plan;
    struct chains_ip *ip = chains_attach(self, rec, &ip_type);
    *ip = (struct chains_ip){ .version = 4 };
    rec->number = ++source->given;
    rec->kind = CHAINS_PACKETS;
    if (from->public_from) {
        uint32_t n = from->public_from + (uint32_t)source->given;
        ip->src = (struct chains_addr){ { 192, 168, 1, 9 }, 4 };
        ip->dst =
            (struct chains_addr){ { 11, (uint8_t)(n >> 16), (uint8_t)(n >> 8), (uint8_t)n },
                                  4 };
        return;
    }
    if (!from->pair[source->at])
        source->at = 0;
    chains_addr_parse(from->pair[source->at], &ip->src);
    chains_addr_parse(from->pair[source->at + 1], &ip->dst);
    source->at += 2;
}

static int source_next(chains_component *self, struct chains_batch *out)
{
    struct source *source = chains_state(self);
    if (source->plan.pause_ms)
        usleep(source->plan.pause_ms * 1000);
    while (source->given < source->plan.count) {
        struct chains_record *rec = chains_batch_add(out);
        if (!rec)
            return CHAINS_OK;
        make_packet(self, source, rec);
    }
    return CHAINS_END;
}

static const struct chains_class source_class = {
    .name = "test_source",
    .brief = "Packets of a test.",
    .role = CHAINS_SOURCE,
    .gives = CHAINS_PACKETS,
    .state_size = sizeof(struct source),
    .attaches = source_attaches,
    .open = source_open,
    .next = source_next,
};

static chains_component *chain_of(const struct chains_reverse_dns_options *options)
{
    chains_component *rdns = chains_reverse_dns_new(options);
    chains_link(rdns, chains_new(&source_class, NULL));
    return rdns;
}

/* ---- a server -------------------------------------------------------------------------------
 */

struct server {
    int fd;
    char at[32];
    pthread_t thread;
    atomic_bool stop, silent;
    atomic_uint asked;
    unsigned delay_ms;
};

/* 11.x.y.EVEN is "host-EVEN.example", odd ones do not exist. */
static size_t make_reply(uint8_t *m, size_t len)
{
    unsigned last = (unsigned)atoi((const char *)m + 13);
    m[2] = 0x81;
    m[3] = last % 2 ? 0x83 : 0x80;
    if (last % 2)
        return len;
    const uint8_t rr[] = { 0xc0, 12, 0, 12, 0, 1, 0, 0, 1, 0, 0, 18 };
    memcpy(m + len, rr, sizeof(rr));
    m[7] = 1;
    char name[32];
    int host = snprintf(name, sizeof(name), "host-%03u", last % 1000);
    uint8_t *p = m + len + sizeof(rr);
    *p++ = (uint8_t)host;
    memcpy(p, name, (size_t)host);
    p += host;
    memcpy(p, "\7example", 9);
    m[len + 11] = (uint8_t)(host + 10);
    return len + sizeof(rr) + (size_t)host + 10;
}

static void *serve(void *arg)
{
    struct server *server = arg;
    uint8_t message[700];
    struct sockaddr_in from;
    while (!atomic_load(&server->stop)) {
        socklen_t from_len = sizeof(from);
        ssize_t got =
            recvfrom(server->fd, message, 512, 0, (struct sockaddr *)&from, &from_len);
        if (got < 20)
            continue;
        atomic_fetch_add(&server->asked, 1);
        if (atomic_load(&server->silent))
            continue;
        if (server->delay_ms)
            usleep(server->delay_ms * 1000);
        size_t len = make_reply(message, (size_t)got);
        sendto(server->fd, message, len, 0, (struct sockaddr *)&from, from_len);
    }
    return NULL;
}

static void start_server(struct server *server)
{
    struct sockaddr_in at = { .sin_family = AF_INET,
                              .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t len = sizeof(at);
    struct timeval tick = { 0, 20000 };
    server->fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (server->fd < 0 || bind(server->fd, (struct sockaddr *)&at, len) != 0 ||
        getsockname(server->fd, (struct sockaddr *)&at, &len) != 0)
        exit(99);
    snprintf(server->at, sizeof(server->at), "127.0.0.1:%u", ntohs(at.sin_port));
    setsockopt(server->fd, SOL_SOCKET, SO_RCVTIMEO, &tick, sizeof(tick));
    pthread_create(&server->thread, NULL, serve, server);
}

static void stop_server(struct server *server)
{
    atomic_store(&server->stop, true);
    pthread_join(server->thread, NULL);
    close(server->fd);
}

static unsigned threads(void)
{
    unsigned count = 0;
    DIR *dir = opendir("/proc/self/task");
    while (dir && readdir(dir))
        count++;
    if (dir)
        closedir(dir);
    return count > 2 ? count - 2 : 0;
}

/* ---- tests ----------------------------------------------------------------------------------
 */

/* The one record of a packet from `src` to `dst`, checked. */
static void check_names(struct chains_reverse_dns_options options, const char *src,
                        const char *dst, const char *src_name, const char *dst_name,
                        unsigned src_class, unsigned dst_class)
{
    const char *const pair[] = { src, dst, NULL };
    plan.pair = pair;
    plan.count = 1;
    options.size = sizeof(options);
    chains_component *rdns = chain_of(&options);
    const struct chains_record *rec = chains_next(rdns);
    const struct chains_domains *domains = rec ? chains_get(rec, domains) : NULL;
    if (check(domains != NULL)) {
        check_eq_text(domains->src, src_name);
        check_eq_text(domains->dst, dst_name);
        check_eq_u64(domains->src_class, src_class);
        check_eq_u64(domains->dst_class, dst_class);
    }
    check(chains_next(rdns) == NULL);
    check(chains_error(rdns) == NULL);
    chains_free(rdns);
    plan = (struct plan){ .count = 0 };
}

static void test_special(void)
{
    const struct chains_reverse_dns_options off = { .mode = CHAINS_NAMES_OFF };
    static const char *const local[] = { "11.0.0.0/8", "2001:db8:1::/48", "100.64.0.0/10",
                                         NULL };
    const struct chains_reverse_dns_options home = { .hosts = "", .local = local };
    enum {
        L = CHAINS_CLASS_LOCAL,
        M = CHAINS_CLASS_MULTICAST,
        B = CHAINS_CLASS_BROADCAST,
        S = CHAINS_CLASS_SPECIAL
    };
    check_names(off, "192.168.1.9", "224.0.0.251", "LOCAL", "multicast_dns", L, M);
    check_names(off, "fe80::6e40:8ff:fe89:fc08", "ff02::fb", "LOCAL", "multicast_dns", L, M);
    check_names(off, "8.8.8.8", "255.255.255.255", NULL, "broadcast", 0, B);
    check_names(off, "127.0.0.1", "100.64.0.1", "loopback", "cgnat", L | S, S);
    check_names(off, "192.88.99.1", "::1", "6to4_relay", "loopback", 0, L | S);
    check_names(home, "11.1.1.1", "100.64.0.1", "LOCAL", "LOCAL", L, L);
    check_names(home, "2001:db8:1::1", "2001:db8:2::1", "LOCAL", "documentation", L, S);
    check_names(home, "239.255.255.250", "::ffff:10.1.2.3", "ssdp", "LOCAL", M, L);

    struct chains_prefix prefix;
    struct chains_addr broadcast;
    chains_prefix_parse("5.6.7.0/24", &prefix);
    chains_addr_parse("5.6.7.255", &broadcast);
    plan.info = (struct chains_source_info){
        .local = &prefix, .local_count = 1, .broadcast = &broadcast, .broadcast_count = 1
    };
    check_names(home, "5.6.7.1", "5.6.7.255", "LOCAL", "broadcast", L, B);
}

static void test_hosts_file(void)
{
    char path[] = "/tmp/chains-rdns-XXXXXX";
    int fd = mkstemp(path);
    static const char text[] = "8.8.8.8 known.example\n192.168.1.9 nas\n127.0.0.1 localhost\n";
    check(write(fd, text, sizeof(text) - 1) == (ssize_t)sizeof(text) - 1);
    close(fd);
    const struct chains_reverse_dns_options with = { .hosts = path };
    check_names(with, "8.8.8.8", "192.168.1.9", "known.example", "nas", 0, CHAINS_CLASS_LOCAL);
    check_names(with, "127.0.0.1", "8.8.4.4", "loopback", NULL,
                CHAINS_CLASS_LOCAL | CHAINS_CLASS_SPECIAL, 0);
    const struct chains_reverse_dns_options off = { .hosts = path, .mode = CHAINS_NAMES_OFF };
    check_names(off, "8.8.8.8", "192.168.1.9", NULL, "LOCAL", 0, CHAINS_CLASS_LOCAL);
    unlink(path);
}

static void test_wrong_options(void)
{
    static const char *const local[] = { "10.0.0.1/8", NULL };
    const struct chains_reverse_dns_options wrong[] = {
        { .size = sizeof(wrong[0]), .resolver = "dns.example" },
        { .size = sizeof(wrong[0]), .local = local },
        { .size = sizeof(wrong[0]), .cache_size = 100000000 },
        { .size = sizeof(wrong[0]), .hosts = "/no/such/file" },
        { .size = sizeof(wrong[0]), .mode = (enum chains_names_mode)9 },
        { .size = sizeof(wrong[0]), .timeout_ms = 10000000 },
    };
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        chains_component *rdns = chain_of(&wrong[i]);
        check(chains_pull(rdns) < 0);
        check(chains_error(rdns) != NULL);
        printf("# %s\n", chains_error(rdns) ? chains_error(rdns) : "");
        chains_free(rdns);
    }
}

/* On a file, active: the whole batch's names are there, asked for in parallel. */
static void test_file(void)
{
    struct server server = { .delay_ms = 2 };
    start_server(&server);
    plan = (struct plan){ .public_from = 1, .count = 60 };
    chains_component *rdns =
        chain_of(CHAINS_OPTIONS(chains_reverse_dns_options, .mode = CHAINS_NAMES_ACTIVE,
                                .resolver = server.at, .hosts = ""));
    const struct chains_record *rec;
    unsigned named = 0, missing = 0, wrong = 0;
    int64_t begin = now_ms();
    while ((rec = chains_next(rdns))) {
        const struct chains_domains *domains = chains_get(rec, domains);
        const struct chains_ip *ip = chains_get(rec, ip);
        char want[32];
        snprintf(want, sizeof(want), "host-%03u.example", ip->dst.octets[3]);
        if (ip->dst.octets[3] % 2) {
            missing += domains->dst_from == CHAINS_NAME_NXDOMAIN;
            wrong += !domains->dst || strcmp(domains->dst, "NXDOMAIN") != 0;
        } else {
            named += domains->dst_from == CHAINS_NAME_PTR;
            wrong += !domains->dst || strcmp(domains->dst, want) != 0;
        }
    }
    printf("# 60 names in %d ms\n", (int)(now_ms() - begin));
    check_eq_u64(named, 30);
    check_eq_u64(missing, 30);
    check_eq_u64(wrong, 0);
    check_eq_u64(atomic_load(&server.asked), 60);
    check(chains_error(rdns) == NULL);
    chains_free(rdns);

    /* The rate holds while waiting too: 64 at once and then 100 a second. */
    plan = (struct plan){ .public_from = 1000, .count = 96 };
    rdns = chain_of(CHAINS_OPTIONS(chains_reverse_dns_options, .mode = CHAINS_NAMES_ACTIVE,
                                   .resolver = server.at, .hosts = "", .rate = 100));
    unsigned open = 0;
    atomic_store(&server.asked, 0);
    begin = now_ms();
    while ((rec = chains_next(rdns)))
        open += chains_get(rec, domains)->dst == NULL;
    check_eq_u64(open, 0);
    check_eq_u64(atomic_load(&server.asked), 96);
    printf("# 96 names at 100 a second in %d ms\n", (int)(now_ms() - begin));
    chains_free(rdns);
    stop_server(&server);
    plan = (struct plan){ .count = 0 };
}

/* The default on a file, and special addresses only: nothing leaves, no thread starts. */
static void test_quiet(void)
{
    static const char *const special[] = { "192.168.1.9", "224.0.0.251", "fe80::1",
                                           "ff02::fb",    "127.0.0.1",   "10.0.0.1",
                                           "2001:db8::1", "100.64.0.1",  NULL };
    struct server server = { .fd = -1 };
    start_server(&server);
    unsigned before = threads();
    plan = (struct plan){ .public_from = 1, .count = 100 };
    chains_component *rdns = chain_of(
        CHAINS_OPTIONS(chains_reverse_dns_options, .resolver = server.at, .hosts = ""));
    check(chains_next(rdns) != NULL);
    check_eq_u64(threads(), before);
    chains_free(rdns);
    plan = (struct plan){ .pair = special, .count = 100 };
    rdns = chain_of(CHAINS_OPTIONS(chains_reverse_dns_options, .mode = CHAINS_NAMES_ACTIVE,
                                   .resolver = server.at, .hosts = ""));
    check(chains_next(rdns) != NULL);
    check_eq_u64(threads(), before + 1);
    chains_free(rdns);
    check_eq_u64(threads(), before);
    check_eq_u64(atomic_load(&server.asked), 0);
    stop_server(&server);
    plan = (struct plan){ .count = 0 };
}

/* Live: the first packet leaves at once without a name, later ones have it. */
static void test_live(void)
{
    static const char *const pair[] = { "11.0.0.2", "192.168.1.9", NULL };
    struct server server = { .delay_ms = 20 };
    start_server(&server);
    plan = (struct plan){ .pair = pair, .count = 32 * 40, .pause_ms = 10, .info.live = true };
    chains_component *rdns = chain_of(
        CHAINS_OPTIONS(chains_reverse_dns_options, .resolver = server.at, .hosts = ""));
    const struct chains_record *rec = chains_next(rdns);
    check(rec && chains_get(rec, domains)->src_from == CHAINS_NAME_PENDING);
    check(rec && chains_get(rec, domains)->src == NULL);
    unsigned last = 0;
    while ((rec = chains_next(rdns)))
        last = chains_get(rec, domains)->src_from;
    check_eq_u64(last, CHAINS_NAME_PTR);
    check_eq_u64(atomic_load(&server.asked), 1);
    chains_free(rdns);
    stop_server(&server);
    plan = (struct plan){ .count = 0 };
}

static unsigned warnings;

static void on_warning(void *user, const char *sentence)
{
    (void)user;
    warnings++;
    printf("# %s\n", sentence);
}

/* A dead server costs a few seconds of a long file, once. */
static void test_dead_server(void)
{
    struct server server = { .silent = true };
    start_server(&server);
    plan = (struct plan){ .public_from = 1, .count = 200000 };
    chains_component *rdns =
        chain_of(CHAINS_OPTIONS(chains_reverse_dns_options, .mode = CHAINS_NAMES_ACTIVE,
                                .hosts = "", .timeout_ms = 200, .resolver = server.at));
    chains_on_log(rdns, on_warning, NULL);
    int64_t begin = now_ms();
    check_eq_u64(chains_pull(rdns), CHAINS_OK);
    int took = (int)(now_ms() - begin);
    struct chains_stats stats = { .size = sizeof(stats) };
    chains_stats(rdns, &stats);
    printf("# 200000 packets past a dead server in %d ms, %u limited\n", took,
           (unsigned)stats.limited);
    check(took < 4500);
    check_eq_u64(stats.out, 200000);
    check(stats.limited > 100000);
    check(warnings == 1);
    chains_free(rdns);
    stop_server(&server);
    plan = (struct plan){ .count = 0 };
}

static void *stop_soon(void *chain)
{
    usleep(150000);
    chains_stop(chain);
    return NULL;
}

static void test_stop(void)
{
    struct server server = { .silent = true };
    pthread_t thread;
    start_server(&server);
    plan = (struct plan){ .public_from = 1, .count = 1000000 };
    chains_component *rdns = chain_of(
        CHAINS_OPTIONS(chains_reverse_dns_options, .mode = CHAINS_NAMES_ACTIVE, .hosts = "",
                       .wait_ms = 30000, .timeout_ms = 20000, .resolver = server.at));
    pthread_create(&thread, NULL, stop_soon, rdns);
    int64_t begin = now_ms();
    check_eq_u64(chains_pull(rdns), CHAINS_OK);
    int took = (int)(now_ms() - begin);
    printf("# stopped after %d ms\n", took);
    check(took < 1000);
    pthread_join(thread, NULL);
    chains_free(rdns);
    stop_server(&server);
    plan = (struct plan){ .count = 0 };
}

int main(void)
{
    test_special();
    test_hosts_file();
    test_wrong_options();
    test_file();
    test_quiet();
    test_live();
    test_dead_server();
    test_stop();
    return check_done();
}
