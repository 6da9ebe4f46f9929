/* SPDX-License-Identifier: MIT */
/*
 * Reverse lookups over c-ares, on a thread that owns the channel. In: addresses, through a
 * ring. Out: answers, through another. Each ring has one writer and one reader, so neither side
 * waits for the other while the thread runs; a byte in a pipe wakes the one that sleeps.
 * Questions not yet taken back as answers are counted against the rings' size, so the ring of
 * answers cannot overflow. All signals stay with the threads of the program. The only file that
 * includes ares.h.
 */
#include "resolver_cares.h"

#include <chains/layer/domains.h>

#include <ares.h>
#include <arpa/nameser.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../bytes/time.h"

enum {
    RING = 256, /* a power of two */
    SERVERS_MOST = 8,
    STACK_SIZE = 256 * 1024,
    LONGEST_SLEEP_MS = 60000,
};

struct cares;

struct question {
    struct cares *cares;
    struct question *next; /* in the list of free ones */
    struct chains_addr addr;
};

struct servers {
    struct chains_addr at[SERVERS_MOST];
    size_t count;
};

struct cares {
    struct resolver base;
    struct resolver_options options;
    char server[64];

    /* the caller's */
    bool open, running;
    uint32_t submitted, polled;
    struct servers serves;
    pthread_t thread;

    /* the thread's, while it runs */
    ares_channel channel;
    unsigned flying;      /* questions */
    struct timespec read; /* resolv.conf: its time stamp, */
    int64_t looked_s;     /* and when we looked */
    const struct resolver_begun *begun;
    struct question *free;
    struct question question[RING];

    /* between them */
    pthread_mutex_t lock;
    pthread_cond_t told_begun;
    enum { THREAD_BEGINS, THREAD_BEGUN, THREAD_REFUSED } phase;
    atomic_bool stop;
    atomic_bool moved; /* `servers` has others than before: the caller's to take */
    struct servers servers;
    int wake[2], done[2];
    atomic_uint asked_head, asked_tail, told_head, told_tail;
    struct chains_addr asked[RING];
    struct resolver_answer told[RING];
};

static struct cares *cares_of(struct resolver *base)
{
    return (struct cares *)base;
}

static bool pipe_open(int fd[2])
{
    if (pipe2(fd, O_CLOEXEC | O_NONBLOCK) == 0)
        return true;
    fd[0] = fd[1] = -1;
    return false;
}

static void pipe_close(int fd[2])
{
    for (int i = 0; i < 2; i++) {
        if (fd[i] >= 0)
            close(fd[i]);
        fd[i] = -1;
    }
}

/* A full pipe wakes as well as one more byte would. */
static void pipe_ring(const int fd[2])
{
    ssize_t sent;
    do
        sent = write(fd[1], "", 1);
    while (sent < 0 && errno == EINTR);
}

static void pipe_drain(const int fd[2])
{
    char bytes[64];
    while (read(fd[0], bytes, sizeof bytes) == (ssize_t)sizeof bytes)
        ;
}

static uint8_t cares_state_of(int status)
{
    switch (status) {
    case ARES_ETIMEOUT:
    case ARES_ECONNREFUSED: /* nobody listens there */
        return CHAINS_NAME_TIMEOUT;
    case ARES_EREFUSED:
        return CHAINS_NAME_REFUSED;
    case ARES_ENOTFOUND:
        return CHAINS_NAME_NXDOMAIN;
    case ARES_ENODATA:
        return CHAINS_NAME_NODATA;
    default:
        return CHAINS_NAME_SERVFAIL;
    }
}

static void cares_answered(void *arg, int status, int timeouts, unsigned char *reply, int len)
{
    struct question *question = arg;
    struct cares *cares = question->cares;
    (void)timeouts;
    unsigned head = atomic_load_explicit(&cares->told_head, memory_order_relaxed);
    struct resolver_answer *answer = &cares->told[head % RING];
    answer->addr = question->addr;
    if (reply && len > 0) {
        struct chains_bytes message = { reply, (size_t)len };
        ptr_read(message, &question->addr, &answer->says);
    } else {
        answer->says = (struct ptr_answer){ .from = cares_state_of(status) };
    }
    question->next = cares->free;
    cares->free = question;
    cares->flying--;
    atomic_store_explicit(&cares->told_head, head + 1, memory_order_release);
    pipe_ring(cares->done);
}

static int cares_use_server(struct cares *cares)
{
    struct ares_addr_port_node node = { .next = NULL };
    struct chains_addr addr;
    uint16_t port;
    if (!resolver_server(cares->server, &addr, &port))
        return ARES_EBADSTR;
    node.family = addr.family == 4 ? AF_INET : AF_INET6;
    node.udp_port = node.tcp_port = port ? port : 53;
    memcpy(&node.addr, addr.octets, addr.family == 4 ? 4 : 16);
    return ares_set_servers_ports(cares->channel, &node);
}

static void cares_remember_servers(ares_channel channel, struct servers *servers)
{
    struct ares_addr_port_node *list = NULL;
    servers->count = 0;
    if (ares_get_servers_ports(channel, &list) != ARES_SUCCESS)
        return;
    for (struct ares_addr_port_node *node = list; node; node = node->next) {
        if (servers->count == SERVERS_MOST)
            break;
        struct chains_addr *addr = &servers->at[servers->count++];
        *addr = (struct chains_addr){ .family = node->family == AF_INET ? 4 : 6 };
        memcpy(addr->octets, &node->addr, addr->family == 4 ? 4 : 16);
    }
    ares_free_data(list);
}

/* A channel that asks the system's servers. */
static int cares_new_channel(const struct cares *cares, ares_channel *channel)
{
    /* Replies are ours to judge: c-ares would turn SERVFAIL and REFUSED into silence. */
    struct ares_options options = {
        .flags = ARES_FLAG_NOCHECKRESP | ARES_FLAG_NOSEARCH,
        .timeout = (int)cares->options.timeout_ms,
        .tries = (int)cares->options.tries,
    };
    return ares_init_options(channel, &options,
                             ARES_OPT_FLAGS | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES);
}

static int cares_open_channel(struct cares *cares)
{
    int status = cares_new_channel(cares, &cares->channel);
    if (status != ARES_SUCCESS)
        return status;
    if (cares->server[0])
        status = cares_use_server(cares);
    if (status != ARES_SUCCESS)
        ares_destroy(cares->channel);
    else
        cares_remember_servers(cares->channel, &cares->serves);
    return status;
}

/* When the file of servers was changed. False: it cannot be read now. */
static bool cares_file_time(struct timespec *changed)
{
    struct stat st;
    *changed = (struct timespec){ 0, 0 };
    int fd = open(RESOLVER_CARES_FILE, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return errno == ENOENT;
    bool known = fstat(fd, &st) == 0;
    close(fd);
#if defined(__APPLE__)
    *changed = known ? st.st_mtimespec : *changed;
#else
    *changed = known ? st.st_mtim : *changed;
#endif
    return known;
}

/*
 * c-ares reads the system's servers once. When they have changed (another network), a channel that
 * is made for that alone reads them, at a moment without questions in flight: the one at hand keeps
 * the random key of its questions. Where the file may not be read any more, they stay.
 */
static void cares_follow_system(struct cares *cares)
{
    struct timespec changed;
    struct ares_addr_port_node *list = NULL;
    ares_channel reader;
    int64_t now_s = time_now_ns() / TIME_SECOND_NS;
    if (cares->server[0] || cares->flying || now_s == cares->looked_s ||
        atomic_load_explicit(&cares->moved, memory_order_acquire))
        return;
    cares->looked_s = now_s;
    if (!cares_file_time(&changed) ||
        (changed.tv_sec == cares->read.tv_sec && changed.tv_nsec == cares->read.tv_nsec) ||
        cares_new_channel(cares, &reader) != ARES_SUCCESS)
        return;
    if (ares_get_servers_ports(reader, &list) == ARES_SUCCESS &&
        ares_set_servers_ports(cares->channel, list) == ARES_SUCCESS) {
        cares->read = changed;
        cares_remember_servers(cares->channel, &cares->servers);
        atomic_store_explicit(&cares->moved, true, memory_order_release);
    }
    ares_free_data(list);
    ares_destroy(reader);
}

static void cares_ask_all(struct cares *cares)
{
    char name[PTR_QUESTION];
    unsigned tail = atomic_load_explicit(&cares->asked_tail, memory_order_relaxed);
    unsigned head = atomic_load_explicit(&cares->asked_head, memory_order_acquire);
    if (tail != head)
        cares_follow_system(cares);
    for (; tail != head; tail++) {
        struct question *question = cares->free; /* as many as places in the rings */
        cares->free = question->next;
        question->addr = cares->asked[tail % RING];
        atomic_store_explicit(&cares->asked_tail, tail + 1, memory_order_release);
        ptr_question(&question->addr, name);
        cares->flying++;
        ares_query(cares->channel, name, ns_c_in, ns_t_ptr, cares_answered, question);
    }
}

/* Milliseconds until c-ares wants to be called again. */
static int cares_sleep_ms(ares_channel channel)
{
    struct timeval most = { LONGEST_SLEEP_MS / 1000, 0 }, room;
    const struct timeval *until = ares_timeout(channel, &most, &room);
    return (int)(until->tv_sec * 1000 + (until->tv_usec + 999) / 1000);
}

/* Tells the caller of start(), which waits for it. */
static bool cares_begin(struct cares *cares)
{
    bool agreed = cares->begun->tell(cares->begun->user);
    pthread_mutex_lock(&cares->lock);
    cares->phase = agreed ? THREAD_BEGUN : THREAD_REFUSED;
    pthread_cond_signal(&cares->told_begun);
    pthread_mutex_unlock(&cares->lock);
    return agreed;
}

static void *cares_run(void *arg)
{
    struct cares *cares = arg;
    if (!cares_begin(cares))
        return NULL;
    while (!atomic_load_explicit(&cares->stop, memory_order_acquire)) {
        ares_socket_t socks[ARES_GETSOCK_MAXNUM];
        struct pollfd fds[ARES_GETSOCK_MAXNUM + 1] = { { cares->wake[0], POLLIN, 0 } };
        nfds_t count = 1;
        cares_ask_all(cares);
        int wanted = ares_getsock(cares->channel, socks, ARES_GETSOCK_MAXNUM);
        for (unsigned i = 0; i < ARES_GETSOCK_MAXNUM; i++) {
            unsigned bits = (unsigned)wanted >> i & (1u | 1u << ARES_GETSOCK_MAXNUM);
            short events = (short)((bits & 1 ? POLLIN : 0) | (bits > 1 ? POLLOUT : 0));
            if (events)
                fds[count++] = (struct pollfd){ socks[i], events, 0 };
        }
        poll(fds, count, cares_sleep_ms(cares->channel));
        if (fds[0].revents)
            pipe_drain(cares->wake);
        for (nfds_t i = 1; i < count; i++) {
            short got = fds[i].revents;
            bool in = got & (POLLIN | POLLERR | POLLHUP);
            bool out = got & (POLLOUT | POLLERR | POLLHUP);
            if (got)
                ares_process_fd(cares->channel, in ? fds[i].fd : ARES_SOCKET_BAD,
                                out ? fds[i].fd : ARES_SOCKET_BAD);
        }
        ares_process_fd(cares->channel, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
    }
    return NULL;
}

static int cares_start_thread(struct cares *cares)
{
    pthread_attr_t attr;
    sigset_t all, before;
    int error = pthread_attr_init(&attr);
    if (error)
        return error;
    error = pthread_attr_setstacksize(&attr, STACK_SIZE);
    if (error == 0) {
        sigfillset(&all);
        pthread_sigmask(SIG_SETMASK, &all, &before);
        error = pthread_create(&cares->thread, &attr, cares_run, cares);
        pthread_sigmask(SIG_SETMASK, &before, NULL);
    }
    pthread_attr_destroy(&attr);
    return error;
}

static bool cares_open(struct resolver *base, char *error, size_t size)
{
    struct cares *cares = cares_of(base);
    for (size_t i = 0; i < RING; i++) {
        cares->question[i] = (struct question){ .cares = cares, .next = cares->free };
        cares->free = &cares->question[i];
    }
    cares_file_time(&cares->read);
    if (!pipe_open(cares->wake) || !pipe_open(cares->done)) {
        snprintf(error, size, "cannot open a pipe: %s", strerror(errno));
        pipe_close(cares->wake);
        return false;
    }
    int status = cares_open_channel(cares);
    cares->open = status == ARES_SUCCESS;
    if (cares->open)
        return true;
    snprintf(error, size, "cannot start c-ares: %s", ares_strerror(status));
    pipe_close(cares->wake);
    pipe_close(cares->done);
    return false;
}

static bool cares_start(struct resolver *base, const struct resolver_begun *begun, char *error,
                        size_t size)
{
    struct cares *cares = cares_of(base);
    cares->begun = begun;
    cares->phase = THREAD_BEGINS;
    int failed = cares_start_thread(cares);
    if (failed) {
        snprintf(error, size, "cannot start a thread: %s", strerror(failed));
        return false;
    }
    pthread_mutex_lock(&cares->lock);
    while (cares->phase == THREAD_BEGINS)
        pthread_cond_wait(&cares->told_begun, &cares->lock);
    pthread_mutex_unlock(&cares->lock);
    cares->running = cares->phase == THREAD_BEGUN;
    if (cares->running)
        return true;
    pthread_join(cares->thread, NULL);
    snprintf(error, size, "its thread was refused");
    return false;
}

static void cares_stop(struct cares *cares)
{
    if (cares->running) {
        atomic_store_explicit(&cares->stop, true, memory_order_release);
        pipe_ring(cares->wake);
        pthread_join(cares->thread, NULL);
        cares->running = false;
    }
    if (!cares->open)
        return;
    ares_destroy(cares->channel); /* answers what is in flight with ARES_EDESTRUCTION */
    pipe_close(cares->wake);
    pipe_close(cares->done);
    cares->open = false;
}

/* The servers that are asked now, where they have changed. */
static void cares_take_servers(struct cares *cares)
{
    if (!atomic_load_explicit(&cares->moved, memory_order_acquire))
        return;
    cares->serves = cares->servers;
    atomic_store_explicit(&cares->moved, false, memory_order_release);
}

static bool cares_submit(struct resolver *base, const struct chains_addr *addr)
{
    struct cares *cares = cares_of(base);
    cares_take_servers(cares);
    if (!cares->running || cares->submitted - cares->polled >= RING)
        return false;
    unsigned head = atomic_load_explicit(&cares->asked_head, memory_order_relaxed);
    cares->asked[head % RING] = *addr;
    atomic_store_explicit(&cares->asked_head, head + 1, memory_order_release);
    cares->submitted++;
    pipe_ring(cares->wake);
    return true;
}

static bool cares_nothing_told(const struct cares *cares)
{
    return atomic_load_explicit(&cares->told_head, memory_order_acquire) ==
           atomic_load_explicit(&cares->told_tail, memory_order_relaxed);
}

static bool cares_poll(struct resolver *base, struct resolver_answer *answer)
{
    struct cares *cares = cares_of(base);
    if (!cares->running || cares_nothing_told(cares))
        return false;
    unsigned tail = atomic_load_explicit(&cares->told_tail, memory_order_relaxed);
    *answer = cares->told[tail % RING];
    atomic_store_explicit(&cares->told_tail, tail + 1, memory_order_release);
    cares->polled++;
    return true;
}

static void cares_wait(struct resolver *base, unsigned ms)
{
    struct cares *cares = cares_of(base);
    if (!cares->running || !cares_nothing_told(cares))
        return;
    struct pollfd fd = { cares->done[0], POLLIN, 0 };
    if (poll(&fd, 1, (int)ms) > 0)
        pipe_drain(cares->done);
}

static bool cares_serves(const struct resolver *base, const struct chains_addr *addr)
{
    const struct cares *cares = (const struct cares *)base;
    for (size_t i = 0; i < cares->serves.count; i++)
        if (memcmp(&cares->serves.at[i], addr, sizeof *addr) == 0)
            return true;
    return false;
}

static void cares_free(struct resolver *base)
{
    struct cares *cares = cares_of(base);
    cares_stop(cares);
    pthread_cond_destroy(&cares->told_begun);
    pthread_mutex_destroy(&cares->lock);
    free(cares);
}

static const struct resolver_calls cares_calls = {
    .open = cares_open,
    .start = cares_start,
    .submit = cares_submit,
    .poll = cares_poll,
    .wait = cares_wait,
    .serves = cares_serves,
    .free = cares_free,
};

struct resolver *resolver_cares_new(const struct resolver_options *options)
{
    struct cares *cares = calloc(1, sizeof *cares);
    if (!cares)
        return NULL;
    if (pthread_mutex_init(&cares->lock, NULL) != 0) {
        free(cares);
        return NULL;
    }
    if (pthread_cond_init(&cares->told_begun, NULL) != 0) {
        pthread_mutex_destroy(&cares->lock);
        free(cares);
        return NULL;
    }
    cares->base.calls = &cares_calls;
    cares->options = *options;
    cares->options.server = NULL; /* the copy beside it is what counts */
    cares->wake[0] = cares->wake[1] = cares->done[0] = cares->done[1] = -1;
    if (options->server)
        snprintf(cares->server, sizeof cares->server, "%s", options->server);
    return &cares->base;
}

const char *resolver_cares_library(void)
{
    return ares_version(NULL);
}
