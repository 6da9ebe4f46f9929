/* SPDX-License-Identifier: MIT */
/*
 * Memory that runs out. In: OOM_AT=N in the environment. Out: the N-th allocation fails, and with
 * OOM_ALL=1 every one behind it too; OOM_COUNT=FILE gets the number of allocations there were.
 * Compiled with OOM_WRAP it stands behind the linker's --wrap, so that only the calls of chains
 * itself are counted and the sanitizers keep their allocator; without, it is preloaded, and the
 * calls of all libraries count.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#ifdef OOM_WRAP
#define NAME(function) __wrap_##function
#define REAL(function) __real_##function
#else
#define NAME(function) function
#define REAL(function) __libc_##function
#endif

void *REAL(malloc)(size_t size);
void *REAL(calloc)(size_t count, size_t size);
void *REAL(realloc)(void *old, size_t size);
void *NAME(malloc)(size_t size);
void *NAME(calloc)(size_t count, size_t size);
void *NAME(realloc)(void *old, size_t size);
void *NAME(aligned_alloc)(size_t align, size_t size);
char *NAME(strdup)(const char *text);
char *NAME(strndup)(const char *text, size_t most);

static atomic_ulong shim_own_calls;
static atomic_ulong *shim_calls = &shim_own_calls;
static unsigned long shim_at;
static bool shim_all;

/* The counter lies in the file, so that nothing has to be opened at the end. */
static void shim_count(const char *path)
{
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0 || ftruncate(fd, sizeof *shim_calls) != 0)
        _exit(3);
    void *place = mmap(NULL, sizeof *shim_calls, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (place == MAP_FAILED)
        _exit(3);
    shim_calls = place;
    close(fd);
}

__attribute__((constructor)) static void shim_begin(void)
{
    const char *at = getenv("OOM_AT"), *count = getenv("OOM_COUNT");
    if (count)
        shim_count(count);
    shim_at = at ? strtoul(at, NULL, 10) : 0;
    shim_all = getenv("OOM_ALL") != NULL;
    atomic_store(shim_calls, 0);
}

static bool shim_fails(void)
{
    unsigned long call = atomic_fetch_add(shim_calls, 1) + 1;
    if (!shim_at || (shim_all ? call < shim_at : call != shim_at))
        return false;
    errno = ENOMEM;
    return true;
}

void *NAME(malloc)(size_t size)
{
    return shim_fails() ? NULL : REAL(malloc)(size);
}

void *NAME(calloc)(size_t count, size_t size)
{
    return shim_fails() ? NULL : REAL(calloc)(count, size);
}

void *NAME(realloc)(void *old, size_t size)
{
    return shim_fails() ? NULL : REAL(realloc)(old, size);
}

#ifdef OOM_WRAP
void *REAL(aligned_alloc)(size_t align, size_t size);
char *REAL(strdup)(const char *text);
char *REAL(strndup)(const char *text, size_t most);

void *NAME(aligned_alloc)(size_t align, size_t size)
{
    return shim_fails() ? NULL : REAL(aligned_alloc)(align, size);
}

char *NAME(strdup)(const char *text)
{
    return shim_fails() ? NULL : REAL(strdup)(text);
}

char *NAME(strndup)(const char *text, size_t most)
{
    return shim_fails() ? NULL : REAL(strndup)(text, most);
}
#else
void *__libc_memalign(size_t align, size_t size);

void *aligned_alloc(size_t align, size_t size)
{
    return shim_fails() ? NULL : __libc_memalign(align, size);
}
#endif
