/* SPDX-License-Identifier: MIT */
/*
 * A system that misbehaves, preloaded. In: FAULT=CALL:AT:WHAT in the environment. CALL is read,
 * write or thread; AT is N, the N-th call, N+, all from there on, or /N, every N-th; WHAT is one (a
 * byte at most), half (and then no room), or the name of an error. FAULT_COUNT=FILE gets the number of
 * calls of that kind. FAULT_STEP=SECONDS:N sets the clock of packets from an interface, and that of
 * the day, on by so many seconds from the N-th packet to the 2N-th. Calls on stderr are left alone.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static const struct {
    const char *name;
    int number;
} shim_errors[] = {
    { "EINTR", EINTR },   { "EAGAIN", EAGAIN }, { "ENOSPC", ENOSPC }, { "EIO", EIO },
    { "EDQUOT", EDQUOT }, { "EPIPE", EPIPE },   { "ENOMEM", ENOMEM },
};

enum shim_what { SHIM_NOTHING, SHIM_ONE, SHIM_HALF, SHIM_FULL, SHIM_ERROR };

static char shim_call[16];
static unsigned long shim_at, shim_every;
static bool shim_on;
static enum shim_what shim_does;
static int shim_error;
static atomic_ulong shim_own_calls;
static atomic_ulong *shim_calls = &shim_own_calls;
static long shim_step;
static unsigned long shim_step_at;
static atomic_ulong shim_packets;

static void shim_what(const char *what)
{
    if (strcmp(what, "one") == 0)
        shim_does = SHIM_ONE;
    else if (strcmp(what, "half") == 0)
        shim_does = SHIM_HALF;
    for (size_t i = 0; i < sizeof shim_errors / sizeof *shim_errors; i++)
        if (strcmp(what, shim_errors[i].name) == 0) {
            shim_does = SHIM_ERROR;
            shim_error = shim_errors[i].number;
        }
}

/* The counter lies in the file, so that nothing has to be opened at the end. */
static void shim_count(const char *path)
{
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0 || ftruncate(fd, sizeof *shim_calls) != 0)
        _exit(99);
    void *place = mmap(NULL, sizeof *shim_calls, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (place == MAP_FAILED)
        _exit(99);
    shim_calls = place;
    close(fd);
}

__attribute__((constructor)) static void shim_begin(void)
{
    const char *fault = getenv("FAULT"), *count = getenv("FAULT_COUNT");
    const char *step = getenv("FAULT_STEP");
    char *at = NULL;
    if (step) {
        shim_step = strtol(step, &at, 10);
        shim_step_at = strtoul(at + 1, NULL, 10);
    }
    size_t len = fault ? strcspn(fault, ":") : 0;
    if (!fault || len >= sizeof shim_call || fault[len] == '\0')
        return;
    memcpy(shim_call, fault, len);
    fault += len + 1;
    if (*fault == '/')
        shim_every = strtoul(fault + 1, &at, 10);
    else
        shim_at = strtoul(fault, &at, 10);
    shim_on = *at == '+';
    shim_what(strchr(at, ':') ? strchr(at, ':') + 1 : "");
    if (count)
        shim_count(count);
}

/* What becomes of this call. */
static enum shim_what shim_now(const char *call)
{
    if (strcmp(call, shim_call) != 0)
        return SHIM_NOTHING;
    unsigned long n = atomic_fetch_add(shim_calls, 1) + 1;
    if (shim_does == SHIM_HALF && shim_at && n > shim_at)
        return SHIM_FULL;
    if (shim_every ? n % shim_every == 0 : (shim_on ? n >= shim_at : n == shim_at))
        return shim_does;
    return SHIM_NOTHING;
}

/* How many of `size` bytes are asked for; 0: the call fails, errno is set. */
static size_t shim_size(const char *call, int fd, size_t size)
{
    enum shim_what what = fd == STDERR_FILENO || size == 0 ? SHIM_NOTHING : shim_now(call);
    if (what == SHIM_FULL || what == SHIM_ERROR) {
        errno = what == SHIM_FULL ? ENOSPC : shim_error;
        return 0;
    }
    if (what == SHIM_ONE)
        return 1;
    return what == SHIM_HALF ? (size + 1) / 2 : size;
}

ssize_t write(int fd, const void *bytes, size_t size)
{
    size_t now = shim_size("write", fd, size);
    return now == 0 && size > 0 ? -1 : syscall(SYS_write, fd, bytes, now);
}

ssize_t read(int fd, void *bytes, size_t size)
{
    size_t now = shim_size("read", fd, size);
    return now == 0 && size > 0 ? -1 : syscall(SYS_read, fd, bytes, now);
}

/* As which a hardened build calls it. */
ssize_t __read_chk(int fd, void *bytes, size_t size, size_t room);
ssize_t __read_chk(int fd, void *bytes, size_t size, size_t room)
{
    if (size > room)
        abort();
    return read(fd, bytes, size);
}

static void *shim_next(const char *name)
{
    return dlsym(RTLD_NEXT, name);
}

int pthread_create(pthread_t *thread, const pthread_attr_t *attr, void *(*begin)(void *),
                   void *user)
{
    int (*next)(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *);
    *(void **)&next = shim_next("pthread_create");
    if (shim_now("thread") == SHIM_ERROR)
        return shim_error;
    return next(thread, attr, begin, user);
}

/* Whether the clock is wrong at the moment. */
static bool shim_stepped(void)
{
    unsigned long packets = atomic_load(&shim_packets);
    return shim_step && packets >= shim_step_at && packets < 2 * shim_step_at;
}

int clock_gettime(clockid_t clock, struct timespec *now)
{
    int result = (int)syscall(SYS_clock_gettime, clock, now);
    if (result == 0 && clock == CLOCK_REALTIME && shim_stepped())
        now->tv_sec += shim_step;
    return result;
}

/* libpcap's, as far as it matters here. */
struct shim_header {
    struct timeval time;
    uint32_t caplen, len;
};
typedef void (*shim_handler)(unsigned char *, const struct shim_header *,
                             const unsigned char *);
struct shim_user {
    shim_handler handler;
    unsigned char *user;
};

static void shim_packet(unsigned char *user, const struct shim_header *header,
                        const unsigned char *data)
{
    const struct shim_user *real = (const struct shim_user *)(const void *)user;
    struct shim_header moved = *header;
    atomic_fetch_add(&shim_packets, 1);
    if (shim_stepped())
        moved.time.tv_sec += shim_step;
    real->handler(real->user, &moved, data);
}

int pcap_dispatch(void *pcap, int most, shim_handler handler, unsigned char *user);
int pcap_dispatch(void *pcap, int most, shim_handler handler, unsigned char *user)
{
    int (*next)(void *, int, shim_handler, unsigned char *);
    struct shim_user own = { handler, user };
    *(void **)&next = shim_next("pcap_dispatch");
    return next(pcap, most, shim_packet, (unsigned char *)&own);
}
