/* SPDX-License-Identifier: MIT */
/*
 * BPF for packets that do not come from libpcap. In: an expression, then packets. Out: whether
 * each passes. One compiled program for each link type, at most BPF_PROGRAMS.
 */
#include "bpf.h"

#include <ctype.h>
#include <pcap/pcap.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../bytes/time.h"

#define BPF_PATIENCE_NS (3 * TIME_SECOND_NS)

enum { BPF_PROGRAMS = 32, BPF_SHOWN = 120, BPF_WORDS = 256 };

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

/*
 * The usual link types, as far as the expression makes sense for them. Names are looked up anew for
 * each: where that takes long, those that come first have to do.
 */
static int bpf_add_usual(struct bpf_filter *filter, char *error, size_t error_size)
{
    /*
     * Ethernet, raw, cooked twice, 802.11 five times, PPP twice, BSD loopback twice, IPv4 and IPv6.
     */
    static const uint32_t usual[] = { 1,   101, 113, 276, 105, 127, 119, 163,
                                      192, 9,   51,  0,   108, 228, 229 };
    char ignored[BPF_ERROR];
    int first = CHAINS_OK;
    int64_t until_ns = time_now_ns() + BPF_PATIENCE_NS;
    for (size_t i = 0; i < sizeof usual / sizeof *usual; i++) {
        int status = i == 0 ? bpf_add(filter, usual[i], error, error_size)
                            : bpf_add(filter, usual[i], ignored, sizeof ignored);
        first = i == 0 ? status : first;
        if (status == CHAINS_EMEM || (filter->count > 0 && time_now_ns() > until_ns))
            return status;
    }
    return filter->count > 0 ? CHAINS_OK : first;
}

/* Words of the language. What is not here libpcap may take for a name, and ask the system for it. */
static const char bpf_words[] =
    " aarp addr1 addr2 addr3 addr4 ah and arp atalk broadcast byte carp clnp csnp decnet dir "
    "direction dst es-is esis esp ether fddi gateway geneve greater host icmp icmp6 icmpcode "
    "icmptype igmp igrp iih inbound ifindex ip ip6 ipx is-is isis iso l1 l2 lat len less link "
    "llc "
    "lsp mask mopdl moprc mpls multicast net netbeui not on or outbound pim port portrange ppp "
    "pppoed pppoes proto protochain psnp radio rarp sca sctp slip snp src stp subtype tcp "
    "tcpflags "
    "tr type udp vlan vrrp wlan ";

static bool bpf_word_is_plain(const char *word, size_t len)
{
    char spaced[16];
    if (strspn(word, "0123456789./-") >= len)
        return true;
    if (len > 2 && word[0] == '0' && word[1] == 'x')
        return 2 + strspn(word + 2, "0123456789abcdefABCDEF") >= len;
    if (memchr(word, ':', len))
        return strspn(word, "0123456789abcdefABCDEF:./") >= len;
    if (strncmp(word, "tcp-", 4) == 0 || strncmp(word, "icmp-", 5) == 0 ||
        strncmp(word, "icmp6-", 6) == 0)
        return true;
    return (size_t)snprintf(spaced, sizeof spaced, " %.*s ", (int)len, word) < sizeof spaced &&
           strstr(bpf_words, spaced);
}

/* Whether all words stand for themselves. */
static bool bpf_is_plain(const char *expression)
{
    static const char letters[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
        "_.:/-\\$";
    while (*(expression += strcspn(expression, letters))) {
        size_t len = strspn(expression, letters);
        if (!bpf_word_is_plain(expression, len))
            return false;
        expression += len;
    }
    return true;
}

struct bpf_filter *bpf_filter_new(const char *expression, int *status, char *error,
                                  size_t error_size)
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
    *status = bpf_add_usual(filter, error, error_size);
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
    if (i == filter->count && !bpf_is_plain(filter->expression)) {
        snprintf(
            error, error_size,
            "a packet of link type %u, for which names in a filter are not looked up: give it "
            "numbers instead",
            (unsigned)packet->linktype);
        return CHAINS_EUSAGE;
    }
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
