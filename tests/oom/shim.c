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

static atomic_ulong shim_calls;
static unsigned long shim_at;
static bool shim_all;

__attribute__((constructor)) static void shim_begin(void)
{
    const char *at = getenv("OOM_AT");
    shim_at = at ? strtoul(at, NULL, 10) : 0;
    shim_all = getenv("OOM_ALL") != NULL;
    atomic_store(&shim_calls, 0);
}

__attribute__((destructor)) static void shim_end(void)
{
    const char *path = getenv("OOM_COUNT");
    char digits[24], *end = digits + sizeof digits, *at = end;
    unsigned long calls = atomic_load(&shim_calls);
    int fd = path ? open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600) : -1;
    if (fd < 0)
        return;
    do
        *--at = (char)('0' + calls % 10);
    while (calls /= 10);
    if (write(fd, at, (size_t)(end - at)) < 0)
        _exit(3);
    close(fd);
}

static bool shim_fails(void)
{
    unsigned long call = atomic_fetch_add(&shim_calls, 1) + 1;
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
