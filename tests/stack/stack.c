/* SPDX-License-Identifier: MIT */
/*
 * How much stack a chain takes. Comes in: the most bytes allowed, a file with TLS keys, and capture
 * files. Each goes through each of the chains below in a thread whose stack was painted; what is
 * not paint any more was used. Chains are made in a thread of their own, where twice as much is
 * allowed: a compiler of regular expressions is at work there. Comes out: one line, and code 1
 * where it was more, a chain was not made or no chain gave a packet.
 */
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include <chains.h>

enum { STACK = 512 * 1024, PAINT = 0xa7, DEEP = 24 * 1024 };

static const char *const chains[] = {
    "packet_streamer files='%s' ! packet_meta ! flows ! dns_meta ! dns_weird ! "
    "tls_meta ja3=yes keylog='%s' ! quic_meta ! http_meta ! reverse_dns mode=passive ! "
    "tagger rule='odd: tls.sni matches \"(a|b)+c$\" or len > 1000' ! where 'len >= 0' ! "
    "tee [ json_lines /dev/null exists=append ] [ packet_printer /dev/null exists=append ] "
    "[ flow_summary /dev/null exists=append ] [ url_printer /dev/null exists=append ] "
    "[ dns_printer /dev/null exists=append ] [ count by=tls.sni,http.host path=/dev/null "
    "exists=append ] ! pcap_writer /dev/null exists=append",
    "packet_streamer files='%s' ! packet_meta ! hello_meta ! reverse_dns mode=passive "
    "hosts='%s' ! tagger ! "
    "packet_summary /dev/null exists=append",
};

struct run {
    char text[4096];
    chains_component *last;
    uint64_t records;
};

/* What the user said: no byte of a packet is read here. */
static void *chain_make(void *user)
{
    struct run *run = user;
    char error[1024];
    run->last = chains_parse_text(run->text, NULL, error, sizeof error);
    if (!run->last)
        printf("%s\n", error);
    else
        chains_open(run->last); /* what is wrong with a capture is said again when it is read */
    return NULL;
}

static void *chain_run(void *user)
{
    struct run *run = user;
    while (chains_next(run->last))
        run->records++;
    chains_free(run->last);
    return NULL;
}

/* A call that is `DEEP` bytes deep: what is measured below is seen at all. */
static void *deep(void *user)
{
    volatile char room[DEEP];
    for (size_t i = 0; i < sizeof room; i++)
        room[i] = (char)(uintptr_t)user;
    return NULL;
}

/* Bytes of its stack that a thread has used; 0: there was none. */
static size_t depth_of(uint8_t *stack, void *(*begin)(void *), void *user)
{
    pthread_t thread;
    pthread_attr_t attr;
    size_t untouched = 0;
    memset(stack, PAINT, STACK);
    pthread_attr_init(&attr);
    if (pthread_attr_setstack(&attr, stack, STACK) == 0 &&
        pthread_create(&thread, &attr, begin, user) == 0) {
        pthread_join(thread, NULL);
        while (untouched < STACK && stack[untouched] == PAINT)
            untouched++;
    }
    pthread_attr_destroy(&attr);
    return untouched ? STACK - untouched : 0;
}

static void *nothing(void *user)
{
    return user;
}

int main(int argc, char **argv)
{
    if (argc < 4)
        return 2;
    size_t allowed = strtoul(argv[1], NULL, 10), deepest = 0, making = 0;
    uint64_t records = 0;
    static char where[4096] = "nowhere";
    uint8_t *stack =
        mmap(NULL, STACK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (stack == MAP_FAILED)
        return 2;
    /* What the C library keeps on a thread's stack for itself. */
    size_t own = depth_of(stack, nothing, NULL), seen = depth_of(stack, deep, stack);
    if (own == 0 || seen + 1024 < own + DEEP) {
        printf("%zu bytes of %d are seen\n", seen, DEEP);
        return 1;
    }
    for (int i = 3; i < argc; i++)
        for (size_t j = 0; j < sizeof chains / sizeof *chains; j++) {
            static struct run run;
            run = (struct run){ .records = 0 };
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
            snprintf(run.text, sizeof run.text, chains[j], argv[i], j ? "" : argv[2]);
#pragma GCC diagnostic pop
            size_t made = depth_of(stack, chain_make, &run) - own;
            if (!run.last)
                return 1;
            size_t depth = depth_of(stack, chain_run, &run) - own;
            records += run.records;
            making = made > making ? made : making;
            if (depth > deepest) {
                deepest = depth;
                snprintf(where, sizeof where, "%s, chain %zu", argv[i], j);
            }
        }
    printf("%zu bytes of stack at most, of %zu: %s (%llu records); %zu to make a chain\n",
           deepest, allowed, where, (unsigned long long)records, making);
    return deepest > allowed || making > 2 * allowed || records == 0;
}
