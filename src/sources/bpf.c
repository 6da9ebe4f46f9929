/* SPDX-License-Identifier: MIT */
/*
 * BPF for packets that do not come from libpcap. In: an expression, then packets. Out: whether
 * each passes. One compiled program for each link type met, at most BPF_PROGRAMS.
 */
#include "bpf.h"

#include <ctype.h>
#include <pcap/pcap.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BPF_PROGRAMS = 16, BPF_SHOWN = 120, BPF_WORDS = 256 };

struct bpf_entry {
    uint32_t linktype;
    struct bpf_program program;
};

struct bpf_filter {
    char *expression;
    size_t count;
    struct bpf_entry entries[BPF_PROGRAMS];
};

/* LINKTYPE_ numbers that are other DLT_ numbers on this system (pcap-linktype(7)). */
static const struct {
    uint32_t linktype;
    int dlt;
} bpf_pairs[] = {
    { 100, DLT_ATM_RFC1483 },
    { 101, DLT_RAW },
};

enum { BPF_PAIRS = sizeof bpf_pairs / sizeof *bpf_pairs };

int bpf_dlt(uint32_t linktype)
{
    for (size_t i = 0; i < BPF_PAIRS; i++)
        if (bpf_pairs[i].linktype == linktype)
            return bpf_pairs[i].dlt;
    return (int)linktype;
}

uint32_t bpf_linktype(int dlt)
{
    for (size_t i = 0; i < BPF_PAIRS; i++)
        if (bpf_pairs[i].dlt == dlt)
            return bpf_pairs[i].linktype;
    return (uint32_t)dlt;
}

static int bpf_compile(const char *expression, uint32_t linktype, struct bpf_program *program,
                       char *reason, size_t reason_size)
{
    pcap_t *dead = pcap_open_dead(bpf_dlt(linktype), CAPTURE_PACKET_MAX);
    if (!dead) {
        snprintf(reason, reason_size, "no memory for a filter");
        return CHAINS_EMEM;
    }
    int status = pcap_compile(dead, program, expression, 1, PCAP_NETMASK_UNKNOWN);
    if (status < 0)
        snprintf(reason, reason_size, "%s", pcap_geterr(dead));
    pcap_close(dead);
    return status < 0 ? CHAINS_EUSAGE : CHAINS_OK;
}

/* Whether the first `len` bytes of the expression are a filter. */
static bool bpf_prefix_holds(const char *expression, size_t len, uint32_t linktype)
{
    struct bpf_program program;
    char reason[PCAP_ERRBUF_SIZE];
    char *prefix = strndup(expression, len);
    bool holds = prefix && bpf_compile(prefix, linktype, &program, reason, sizeof reason) == 0;
    if (holds)
        pcap_freecode(&program);
    free(prefix);
    return holds;
}

/* Words that want another behind them; the first four also want one before them. */
static bool bpf_joins(const char *word, size_t len, bool first)
{
    static const char *const joins[] = { "and", "or", "&&", "||", "not", "!", "(" };
    for (size_t i = first ? 4 : 0; i < sizeof joins / sizeof *joins; i++)
        if (strlen(joins[i]) == len && strncmp(joins[i], word, len) == 0)
            return true;
    return false;
}

/* Whether libpcap's text names this word, by itself or in quotes. */
static bool bpf_named(const char *reason, const char *word, size_t len)
{
    for (const char *at = reason; len > 1 && (at = strchr(at, word[0])); at++)
        if (strncmp(at, word, len) == 0 && (at == reason || !isalnum((unsigned char)at[-1])) &&
            !isalnum((unsigned char)at[len]))
            return true;
    return false;
}

/*
 * The last word that libpcap names, else the one behind the longest beginning that is a filter,
 * or the end when a word is missing there.
 */
static size_t bpf_fault(const char *expression, uint32_t linktype, const char *reason,
                        size_t *word_len)
{
    static const char gaps[] = " \t\n";
    size_t fault = 0, at = strspn(expression, gaps), named = SIZE_MAX, named_len = 0;
    bool behind = true; /* what stands before the next word is a filter, or wants one */
    bool joined = true; /* the word before wants one */
    *word_len = 1;
    for (unsigned words = 0; expression[at] && words < BPF_WORDS; words++) {
        size_t len = strcspn(expression + at, gaps);
        if (bpf_named(reason, expression + at, len)) {
            named = at;
            named_len = len;
        }
        if (behind) {
            fault = at;
            *word_len = len;
        }
        behind = behind && bpf_joins(expression + at, len, joined);
        joined = behind;
        at += len;
        if (!behind && bpf_prefix_holds(expression, at, linktype))
            behind = true;
        at += strspn(expression + at, gaps);
    }
    if (named != SIZE_MAX) {
        *word_len = named_len;
        return named;
    }
    if (behind) {
        *word_len = 1;
        return at;
    }
    return fault;
}

void bpf_explain(const char *expression, uint32_t linktype, const char *reason, char *error,
                 size_t error_size)
{
    size_t word_len = 0, fault = bpf_fault(expression, linktype, reason, &word_len);
    size_t from = fault > BPF_SHOWN / 2 ? fault - BPF_SHOWN / 2 : 0;
    char shown[BPF_SHOWN + 1], caret[BPF_SHOWN + 1];
    size_t len = strnlen(expression + from, BPF_SHOWN - 1);
    memset(shown, ' ', sizeof shown);
    for (size_t i = 0; i <= len; i++) {
        char c = i < len ? expression[from + i] : ' ';
        shown[i] = c >= ' ' && c <= '~' ? c : '?';
        caret[i] = i == fault - from                                 ? '^'
                   : i > fault - from && i < fault - from + word_len ? '~'
                                                                     : ' ';
    }
    shown[len++] = '\0';
    while (len > 0 && caret[len - 1] == ' ')
        len--;
    caret[len] = '\0';
    snprintf(error, error_size, "bad filter: %s\n    %s\n    %s", reason, shown, caret);
}

/* The sentence for a failed compilation; gives its status back. */
static int bpf_refuse(const char *expression, uint32_t linktype, int status, const char *reason,
                      char *error, size_t error_size)
{
    if (status == CHAINS_EUSAGE)
        bpf_explain(expression, linktype, reason, error, error_size);
    else
        snprintf(error, error_size, "%s", reason);
    return status;
}

int bpf_check(const char *expression, char *error, size_t error_size)
{
    /* Ethernet, raw, 802.11, SLL, SLL2, PPP, null: a filter may make sense for one only. */
    static const uint32_t linktypes[] = { 1, 101, 105, 113, 276, 9, 0 };
    char reason[PCAP_ERRBUF_SIZE], ignored[PCAP_ERRBUF_SIZE];
    int first = CHAINS_OK;
    for (size_t i = 0; i < sizeof linktypes / sizeof *linktypes; i++) {
        struct bpf_program program;
        int status = bpf_compile(expression, linktypes[i], &program, i ? ignored : reason,
                                 sizeof reason);
        if (status == CHAINS_OK) {
            pcap_freecode(&program);
            return CHAINS_OK;
        }
        if (i == 0)
            first = status;
    }
    return bpf_refuse(expression, linktypes[0], first, reason, error, error_size);
}

static int bpf_add(struct bpf_filter *filter, uint32_t linktype, char *error, size_t error_size)
{
    char reason[PCAP_ERRBUF_SIZE];
    if (filter->count == BPF_PROGRAMS) {
        snprintf(error, error_size, "a filter over more than %d link types", BPF_PROGRAMS);
        return CHAINS_EFORMAT;
    }
    struct bpf_entry *entry = &filter->entries[filter->count];
    entry->linktype = linktype;
    int status =
        bpf_compile(filter->expression, linktype, &entry->program, reason, sizeof reason);
    if (status != CHAINS_OK)
        return bpf_refuse(filter->expression, linktype, status, reason, error, error_size);
    filter->count++;
    return CHAINS_OK;
}

struct bpf_filter *bpf_filter_new(const char *expression, uint32_t linktype, int *status,
                                  char *error, size_t error_size)
{
    struct bpf_filter *filter = calloc(1, sizeof *filter);
    if (filter)
        filter->expression = strdup(expression);
    if (!filter || !filter->expression) {
        snprintf(error, error_size, "no memory for a filter");
        *status = CHAINS_EMEM;
        bpf_filter_free(filter);
        return NULL;
    }
    *status = bpf_add(filter, linktype, error, error_size);
    if (*status == CHAINS_OK)
        return filter;
    bpf_filter_free(filter);
    return NULL;
}

int bpf_filter_holds(struct bpf_filter *filter, const struct capture_packet *packet,
                     char *error, size_t error_size)
{
    size_t i = 0;
    while (i < filter->count && filter->entries[i].linktype != packet->linktype)
        i++;
    if (i == filter->count) {
        int status = bpf_add(filter, packet->linktype, error, error_size);
        if (status < 0)
            return status;
    }
    struct pcap_pkthdr header = { .caplen = packet->caplen, .len = packet->wire_len };
    return pcap_offline_filter(&filter->entries[i].program, &header, packet->data) != 0;
}

void bpf_filter_free(struct bpf_filter *filter)
{
    if (!filter)
        return;
    for (size_t i = 0; i < filter->count; i++)
        pcap_freecode(&filter->entries[i].program);
    free(filter->expression);
    free(filter);
}
