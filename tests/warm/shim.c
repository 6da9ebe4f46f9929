/* SPDX-License-Identifier: MIT */
/*
 * Who allocates once a chain is warm. In: a program, preloaded with this, that reads its packets from
 * standard input; WARM_AFTER bytes of it come before anything counts. Out: to the file WARM_REPORT, a
 * line for each place that has called an allocator since: the object it lies in, where in it, the
 * function called, how often, for how many bytes. Counting stops when standard input has ended.
 */
#undef _FILE_OFFSET_BITS /* mmap and mmap64 are two functions here */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *old, size_t size);
void *__libc_memalign(size_t align, size_t size);
void __libc_free(void *at);

enum call { MALLOC, CALLOC, REALLOC, ALIGNED, STRDUP, MMAP, BRK, FREE, CALLS };

static const char *const names[CALLS] = { "malloc", "calloc", "realloc", "aligned_alloc",
                                          "strdup", "mmap",   "brk",     "free" };

/* A place that calls; most programs have a few hundred. */
struct place {
    _Atomic(uintptr_t) caller; /* and the call in the lowest bits; 0: free */
    atomic_ulong count, bytes;
};

enum { PLACES = 1 << 14 };

static struct place places[PLACES];
static atomic_bool counting;
static unsigned long read_so_far, warm_after;
static int report = -1;
static struct stat input;

static void note(const void *caller, enum call call, size_t bytes)
{
    if (!atomic_load_explicit(&counting, memory_order_relaxed))
        return;
    uintptr_t key = (uintptr_t)caller * CALLS + call;
    size_t at = (key * UINT64_C(0x9e3779b97f4a7c15)) >> 50;
    for (size_t i = 0; i < PLACES; i++, at = (at + 1) % PLACES) {
        uintptr_t there = atomic_load(&places[at].caller);
        if (there == 0 && atomic_compare_exchange_strong(&places[at].caller, &there, key))
            there = key;
        if (there != key)
            continue;
        atomic_fetch_add(&places[at].count, 1);
        atomic_fetch_add(&places[at].bytes, bytes);
        return;
    }
    abort(); /* a place that is not counted would be a lie */
}

#define NOTE(call, bytes) note(__builtin_return_address(0), call, bytes)

void *malloc(size_t size)
{
    NOTE(MALLOC, size);
    return __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
    NOTE(CALLOC, count * size);
    return __libc_calloc(count, size);
}

void *realloc(void *old, size_t size)
{
    NOTE(old ? REALLOC : MALLOC, size);
    return __libc_realloc(old, size);
}

void *aligned_alloc(size_t align, size_t size)
{
    NOTE(ALIGNED, size);
    return __libc_memalign(align, size);
}

void *memalign(size_t align, size_t size)
{
    NOTE(ALIGNED, size);
    return __libc_memalign(align, size);
}

int posix_memalign(void **at, size_t align, size_t size)
{
    NOTE(ALIGNED, size);
    *at = __libc_memalign(align, size);
    return *at ? 0 : ENOMEM;
}

void free(void *at)
{
    if (at)
        NOTE(FREE, 0);
    __libc_free(at);
}

char *strdup(const char *text)
{
    size_t size = strlen(text) + 1;
    NOTE(STRDUP, size);
    char *copy = __libc_malloc(size);
    return copy ? memcpy(copy, text, size) : NULL;
}

char *strndup(const char *text, size_t most)
{
    size_t len = strnlen(text, most);
    NOTE(STRDUP, len + 1);
    char *copy = __libc_calloc(1, len + 1);
    return copy ? memcpy(copy, text, len) : NULL;
}

void *mmap(void *at, size_t len, int protection, int flags, int fd, off_t offset)
{
    NOTE(MMAP, len);
    return (void *)syscall(SYS_mmap, at, len, protection, flags, fd, offset);
}

void *mmap64(void *at, size_t len, int protection, int flags, int fd, off_t offset)
{
    NOTE(MMAP, len);
    return (void *)syscall(SYS_mmap, at, len, protection, flags, fd, offset);
}

void *mremap(void *at, size_t old, size_t len, int flags, ...)
{
    va_list more;
    va_start(more, flags);
    void *to = va_arg(more, void *);
    va_end(more);
    NOTE(MMAP, len);
    return (void *)syscall(SYS_mremap, at, old, len, flags, to);
}

int brk(void *end)
{
    static int (*next)(void *);
    NOTE(BRK, 0);
    if (!next)
        *(void **)&next = dlsym(RTLD_NEXT, "brk");
    return next(end);
}

void *sbrk(intptr_t more)
{
    static void *(*next)(intptr_t);
    if (more)
        NOTE(BRK, (size_t)more);
    if (!next)
        *(void **)&next = dlsym(RTLD_NEXT, "sbrk");
    return next(more);
}

/* Whether it is what was standard input, under whatever number. */
static bool is_input(int fd)
{
    struct stat there;
    return fstat(fd, &there) == 0 && there.st_ino == input.st_ino &&
           there.st_dev == input.st_dev;
}

/* The packets: what comes in through standard input. */
static ssize_t take(int fd, void *at, size_t size)
{
    ssize_t got = syscall(SYS_read, fd, at, size);
    if (!is_input(fd))
        return got;
    if (got == 0)
        atomic_store(&counting, false);
    if (got <= 0)
        return got;
    unsigned long before = read_so_far;
    read_so_far += (unsigned long)got;
    if (before < warm_after && read_so_far >= warm_after)
        atomic_store(&counting, true);
    return got;
}

ssize_t read(int fd, void *at, size_t size)
{
    return take(fd, at, size);
}

/* The same from a program that was compiled with _FORTIFY_SOURCE. */
ssize_t __read_chk(int fd, void *at, size_t size, size_t room)
{
    return take(fd, at, size < room ? size : room);
}

__attribute__((constructor)) static void shim_begin(void)
{
    const char *path = getenv("WARM_REPORT"), *after = getenv("WARM_AFTER");
    warm_after = after ? strtoul(after, NULL, 10) : 0;
    if (fstat(0, &input))
        return;
    if (path)
        report = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    unsetenv("LD_PRELOAD"); /* a program that this one starts is another matter */
}

static void shim_line(const struct place *place)
{
    uintptr_t key = atomic_load(&place->caller);
    uintptr_t caller = key / CALLS;
    Dl_info info = { .dli_fname = "?" };
    char line[4096];
    dladdr((const void *)caller, &info);
    int len = snprintf(line, sizeof line, "%s\t%#lx\t%s\t%s\t%lu\t%lu\n", info.dli_fname,
                       (unsigned long)(caller - (uintptr_t)info.dli_fbase),
                       info.dli_sname ? info.dli_sname : "-", names[key % CALLS],
                       atomic_load(&place->count), atomic_load(&place->bytes));
    if (len > 0 && write(report, line, (size_t)len) != len)
        _exit(3);
}

__attribute__((destructor)) static void shim_end(void)
{
    atomic_store(&counting, false);
    if (report < 0 || !read_so_far)
        return;
    for (size_t i = 0; i < PLACES; i++)
        if (atomic_load(&places[i].caller))
            shim_line(&places[i]);
    char line[64];
    int len = snprintf(line, sizeof line, "read\t%lu\n", read_so_far);
    if (len > 0 && write(report, line, (size_t)len) != len)
        _exit(3);
}
