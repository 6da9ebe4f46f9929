/* SPDX-License-Identifier: MIT */
/*
 * The c-ares resolver against servers on loopback: a real dnsmasq for what a real server says,
 * and a few lines of our own for what no good server would say, or that says nothing.
 * Skipped where dnsmasq is not installed.
 */
#include <arpa/inet.h>
#include <chains/layer/domains.h>
#include <dirent.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "../../src/links/resolver_cares.h"
#include "../check.h"

static int64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* A UDP socket on a free port of 127.0.0.1. */
static int bound_socket(unsigned *port)
{
    struct sockaddr_in at = { .sin_family = AF_INET,
                              .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t len = sizeof(at);
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || bind(fd, (struct sockaddr *)&at, len) != 0 ||
        getsockname(fd, (struct sockaddr *)&at, &len) != 0)
        exit(99);
    *port = ntohs(at.sin_port);
    return fd;
}

static unsigned free_port(void)
{
    unsigned port;
    close(bound_socket(&port));
    return port;
}

/* ---- dnsmasq
 * --------------------------------------------------------------------------------- */

static const char *find_dnsmasq(void)
{
    static const char *const paths[] = { "/usr/sbin/dnsmasq", "/usr/bin/dnsmasq",
                                         "/usr/local/sbin/dnsmasq" };
    for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++)
        if (access(paths[i], X_OK) == 0)
            return paths[i];
    return NULL;
}

static pid_t start_dnsmasq(const char *path, unsigned port)
{
    char option[32];
    snprintf(option, sizeof(option), "--port=%u", port);
    pid_t pid = fork();
    if (pid == 0) {
        execl(path, path, "--keep-in-foreground", "--conf-file=/dev/null", "--no-resolv",
              "--no-hosts", "--listen-address=127.0.0.1", "--bind-interfaces",
              "--user=", "--pid-file=", option, "--log-facility=/dev/null", "--local-ttl=123",
              "--ptr-record=105.119.197.54.in-addr.arpa,compute-1.amazonaws.com",
              "--ptr-record=8.8.8.8.in-addr.arpa,LOCAL",
              "--ptr-record=8.8.8.8.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.6.8.4.0.6.8.4.1.0.0.2."
              "ip6.arpa,dns.google",
              "--txt-record=6.6.6.6.in-addr.arpa,no pointer", "--local=/12.in-addr.arpa/",
              "--local=/6.in-addr.arpa/", "--cname=5.5.5.5.in-addr.arpa,1.0-25.test",
              "--ptr-record=1.0-25.test,aliased.example", (char *)NULL);
        _exit(127);
    }
    return pid;
}

/* ---- a server of our own -------------------------------------------------------------------
 */

struct server {
    int fd;
    pthread_t thread;
    atomic_bool stop;
    atomic_uint asked;
};

/* What it says depends on the last octet of the address, which is the first label. */
static size_t make_reply(uint8_t *m, size_t len)
{
    unsigned last = (unsigned)atoi((const char *)m + 13);
    m[2] = 0x81;
    m[3] = 0x80;
    if (last == 1) { /* SERVFAIL */
        m[3] |= 2;
        return len;
    }
    if (last == 2) { /* REFUSED */
        m[3] |= 5;
        return len;
    }
    if (last == 3) /* rubbish */
        return 7;
    static const uint8_t rr[] = {
        0xc0, 12, 0, 12, 0, 1, 0, 0, 0, 60, 0, 5, 3, 'a', '\n', 'b', 0
    };
    memcpy(m + len, rr, sizeof(rr)); /* a new line inside a name */
    m[7] = 1;
    return len + sizeof(rr);
}

static void *serve(void *arg)
{
    struct server *server = arg;
    uint8_t message[600];
    struct sockaddr_in from;
    while (!atomic_load(&server->stop)) {
        socklen_t from_len = sizeof(from);
        ssize_t got =
            recvfrom(server->fd, message, 512, 0, (struct sockaddr *)&from, &from_len);
        if (got < 20)
            continue;
        atomic_fetch_add(&server->asked, 1);
        size_t len = make_reply(message, (size_t)got);
        sendto(server->fd, message, len, 0, (struct sockaddr *)&from, from_len);
    }
    return NULL;
}

static unsigned start_server(struct server *server)
{
    unsigned port;
    struct timeval tick = { 0, 20000 };
    server->fd = bound_socket(&port);
    setsockopt(server->fd, SOL_SOCKET, SO_RCVTIMEO, &tick, sizeof(tick));
    pthread_create(&server->thread, NULL, serve, server);
    return port;
}

static void stop_server(struct server *server)
{
    atomic_store(&server->stop, true);
    pthread_join(server->thread, NULL);
    close(server->fd);
}

/* ---- the resolver ---------------------------------------------------------------------------
 */

/* What the resolver's thread is told: yes or no. */
static bool begun(void *user)
{
    return *(const bool *)user;
}

static struct resolver *new_resolver(unsigned port, unsigned timeout_ms)
{
    char server[32], error[128];
    bool agreed = true;
    const struct resolver_begun tell = { begun, &agreed };
    snprintf(server, sizeof(server), "127.0.0.1:%u", port);
    struct resolver_options options = { server, timeout_ms, 2 };
    struct resolver *resolver = resolver_cares_new(&options);
    check(resolver != NULL);
    check(resolver->calls->open(resolver, error, sizeof(error)));
    check(resolver->calls->start(resolver, &tell, error, sizeof(error)));
    return resolver;
}

static bool wait_answer(struct resolver *resolver, struct resolver_answer *answer, int ms)
{
    int64_t until = now_ms() + ms;
    while (!resolver->calls->poll(resolver, answer)) {
        if (now_ms() >= until)
            return false;
        resolver->calls->wait(resolver, 50);
    }
    return true;
}

static struct resolver_answer ask(struct resolver *resolver, const char *text)
{
    struct chains_addr addr;
    struct resolver_answer answer = { .says.from = 255 };
    check(chains_addr_parse(text, &addr));
    check(resolver->calls->submit(resolver, &addr));
    check(wait_answer(resolver, &answer, 5000));
    check(memcmp(&answer.addr, &addr, sizeof(addr)) == 0);
    return answer;
}

static void test_server_option(void)
{
    static const char *const wrong[] = {
        "",        "localhost",    "1.2.3.4:",  "1.2.3.4:0", "1.2.3.4:65536",
        "[::1]:x", "[1.2.3.4]:53", "::1:99999", "[::1",      "1.2.3.4:53 ",
        "[::1]53"
    };
    struct chains_addr addr;
    uint16_t port;
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
        check(!resolver_server(wrong[i], &addr, &port));
    check(resolver_server("9.9.9.9", &addr, &port) && addr.family == 4 && port == 0);
    check(resolver_server("9.9.9.9:5353", &addr, &port) && port == 5353);
    check(resolver_server("::1", &addr, &port) && addr.family == 6 && port == 0);
    check(resolver_server("[::1]:53", &addr, &port) && addr.family == 6 && port == 53);
    check(resolver_server("[::1]", &addr, &port) && port == 0);
}

static void test_dnsmasq(const char *path)
{
    unsigned port = free_port();
    pid_t pid = start_dnsmasq(path, port);
    struct resolver *resolver = new_resolver(port, 300);
    struct resolver_answer answer;
    for (int i = 0; i < 50; i++) { /* until it listens */
        answer = ask(resolver, "54.197.119.105");
        if (answer.says.from != CHAINS_NAME_TIMEOUT)
            break;
        nanosleep(&(struct timespec){ 0, 50000000 }, NULL);
    }
    check_eq_u64(answer.says.from, CHAINS_NAME_PTR);
    check_eq_text(answer.says.name, "compute-1.amazonaws.com");
    check_eq_u64(answer.says.ttl, 123);
    check_eq_text(ask(resolver, "2001:4860:4860::8888").says.name, "dns.google");
    check_eq_text(ask(resolver, "8.8.8.8").says.name, "local.");
    check_eq_u64(ask(resolver, "12.226.156.82").says.from, CHAINS_NAME_NXDOMAIN);
    check_eq_u64(ask(resolver, "6.6.6.6").says.from, CHAINS_NAME_NODATA);
    check_eq_u64(ask(resolver, "99.1.2.3").says.from, CHAINS_NAME_REFUSED);

    enum { MANY = 5000 };
    unsigned answered = 0, sent = 0, right = 0;
    int64_t begin = now_ms();
    while (answered < MANY && now_ms() < begin + 20000) {
        struct chains_addr addr = { { 12, 1, (uint8_t)(sent >> 8), (uint8_t)sent }, 4 };
        if (sent < MANY && sent - answered < 100 && resolver->calls->submit(resolver, &addr))
            sent++;
        else
            resolver->calls->wait(resolver, 50);
        while (resolver->calls->poll(resolver, &answer)) {
            answered++;
            right += answer.says.from == CHAINS_NAME_NXDOMAIN;
        }
    }
    printf("# %d lookups in %d ms\n", (int)answered, (int)(now_ms() - begin));
    check_eq_u64(right, MANY);

    struct chains_addr self;
    chains_addr_parse("127.0.0.1", &self);
    check(resolver->calls->serves(resolver, &self));
    chains_addr_parse("127.0.0.2", &self);
    check(!resolver->calls->serves(resolver, &self));
    resolver->calls->free(resolver);
    kill(pid, SIGTERM);
    waitpid(pid, NULL, 0);
}

static void test_bad_server(void)
{
    struct server server = { .fd = -1 };
    struct resolver *resolver = new_resolver(start_server(&server), 100);
    check_eq_u64(ask(resolver, "9.0.0.1").says.from, CHAINS_NAME_SERVFAIL);
    check_eq_u64(ask(resolver, "9.0.0.2").says.from, CHAINS_NAME_REFUSED);
    check_eq_u64(ask(resolver, "9.0.0.3").says.from,
                 CHAINS_NAME_TIMEOUT); /* rubbish is noise */
    struct resolver_answer answer = ask(resolver, "9.0.0.4");
    check_eq_u64(answer.says.from, CHAINS_NAME_INVALID);
    check_eq_text(answer.says.name, "");
    resolver->calls->free(resolver);
    stop_server(&server);
}

/* Full rings, no answers, and an end in the middle of it. */
static void test_silence(void)
{
    unsigned port, accepted = 0;
    struct resolver_answer answer;
    int fd = bound_socket(&port);
    struct resolver *resolver = new_resolver(port, 100);
    check_eq_u64(ask(resolver, "9.0.0.1").says.from, CHAINS_NAME_TIMEOUT);
    for (unsigned i = 0; i < 1000; i++) {
        struct chains_addr addr = { { 9, 1, (uint8_t)(i >> 8), (uint8_t)i }, 4 };
        accepted += resolver->calls->submit(resolver, &addr);
    }
    check_eq_u64(accepted, 256);
    unsigned answered = 0;
    while (answered < accepted && wait_answer(resolver, &answer, 3000))
        answered++;
    check_eq_u64(answered, accepted);

    for (unsigned i = 0; i < 200; i++) {
        struct chains_addr addr = { { 9, 2, 0, (uint8_t)i }, 4 };
        resolver->calls->submit(resolver, &addr);
    }
    nanosleep(&(struct timespec){ 0, 20000000 }, NULL);
    int64_t begin = now_ms();
    resolver->calls->free(resolver);
    int64_t took = now_ms() - begin;
    printf("# stopped with 200 in flight in %d ms\n", (int)took);
    check(took < 250); /* some 1 ms on an idle machine */
    close(fd);

    resolver = new_resolver(free_port(), 100); /* nobody listens */
    check_eq_u64(ask(resolver, "9.0.0.1").says.from, CHAINS_NAME_TIMEOUT);
    resolver->calls->free(resolver);
}

static unsigned open_fds(void)
{
    unsigned count = 0;
    DIR *dir = opendir("/proc/self/fd");
    while (dir && readdir(dir))
        count++;
    if (dir)
        closedir(dir);
    return count;
}

static void test_many_lives(void)
{
    struct server server = { .fd = -1 };
    unsigned port = start_server(&server), before = open_fds();
    for (int i = 0; i < 30; i++) {
        struct resolver *resolver = new_resolver(port, 100);
        if (i % 3)
            ask(resolver, "9.0.0.1");
        resolver->calls->free(resolver);
    }
    check_eq_u64(open_fds(), before);
    struct resolver_options options = { "127.0.0.1", 100, 2 };
    struct resolver *never_started = resolver_cares_new(&options);
    struct chains_addr addr = { { 9, 0, 0, 1 }, 4 };
    struct resolver_answer answer;
    check(!never_started->calls->poll(never_started, &answer));
    never_started->calls->wait(never_started, 10);
    check(!never_started->calls->serves(never_started, &addr));
    never_started->calls->free(never_started);

    struct resolver *refused = resolver_cares_new(&options);
    char error[128];
    bool agreed = false;
    const struct resolver_begun tell = { begun, &agreed };
    check(refused->calls->open(refused, error, sizeof error));
    check(!refused->calls->start(refused, &tell, error, sizeof error));
    check_eq_text(error, "its thread was refused");
    check(!refused->calls->submit(refused, &addr));
    refused->calls->free(refused);
    check_eq_u64(open_fds(), before);
    stop_server(&server);
}

int main(void)
{
    const char *dnsmasq = find_dnsmasq();
    if (!dnsmasq) {
        printf("1..0 # SKIP dnsmasq is not installed\n");
        return 0;
    }
    test_server_option();
    test_dnsmasq(dnsmasq);
    test_bad_server();
    test_silence();
    test_many_lives();
    return check_done();
}
