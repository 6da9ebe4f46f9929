/* SPDX-License-Identifier: MIT */
/*
 * Reading lists while each allocation fails once: a sentence and CHAINS_EMEM, nothing
 * left behind, or all of it is there.
 */
#include <stdlib.h>
#include <unistd.h>

#include "../../src/expression/list.h"
#include "../check.h"

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *old, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *old, size_t size);

/* Allocations until one fails, which are counted from 1; 0: none does. */
static unsigned fails_in;
static bool failed;

static bool fails(void)
{
    bool now = fails_in > 0 && --fails_in == 0;
    failed = failed || now;
    return now;
}

void *__wrap_malloc(size_t size)
{
    return fails() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
    return fails() ? NULL : __real_calloc(count, size);
}

void *__wrap_realloc(void *old, size_t size)
{
    return fails() ? NULL : __real_realloc(old, size);
}

static char path[] = "/tmp/chains-memory-XXXXXX";

static void write_list(enum list_kind kind)
{
    FILE *file = fopen(path, "w");
    for (unsigned i = 0; i < 3000; i++)
        switch (kind) {
        case LIST_ADDRESSES:
            fprintf(file, "10.%u.%u.1\n2001:db8:%x::/48\n", i / 200, i % 200, i);
            break;
        case LIST_NAMES:
            fprintf(file, "%shost%u.example\n", i % 2 ? "." : "", i);
            break;
        case LIST_MACS:
            fprintf(file, "02:00:00:00:%02x:%02x\n", i / 256, i % 256);
            break;
        case LIST_NUMBERS:
        default:
            fprintf(file, "%u\n", i * 3);
            break;
        }
    fclose(file);
}

static void test_kind(enum list_kind kind)
{
    unsigned refused = 0, at = 0;
    write_list(kind);
    do {
        char error[512] = "";
        int status = 99;
        failed = false;
        fails_in = ++at;
        struct list *list = list_read(path, kind, &status, error, sizeof error);
        fails_in = 0;
        refused += !list;
        bool good = list ? status == CHAINS_OK && list_entries(list) >= 3000
                         : failed && status == CHAINS_EMEM && strstr(error, "no memory");
        if (!check(good))
            printf("# allocation %u: status %d, %s\n", at, status, error);
        list_free(list);
    } while (failed && at < 1000);
    check(refused >= 5); /* the last one went through without a failure */
    check(!failed);
}

int main(void)
{
    int fd = mkstemp(path);
    if (fd < 0)
        return 1;
    close(fd);
    for (int kind = LIST_ADDRESSES; kind <= LIST_NUMBERS; kind++)
        test_kind((enum list_kind)kind);
    unlink(path);
    return check_done();
}
