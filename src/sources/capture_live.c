/* SPDX-License-Identifier: MIT */
/*
 * Live capture. In: an interface's name. Out: its packets, lent from libpcap's ring for one
 * call. Immediate mode stays off, so that the kernel hands over blocks of packets and a burst
 * survives; the timeout is never 0, with which a quiet interface would never hand over
 * anything.
 */
#include "capture_live.h"
#include "bpf.h"
#include "interface_drops.h"
#include "interfaces.h"
#include "loss.h"

#include <errno.h>
#include <fcntl.h>
#include <pcap/pcap.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../bytes/time.h"

/* Reads between two looks at the kernel's counters, so that none of them wraps unseen. */
enum { LIVE_SAMPLE = 4096 };

struct capture_live {
    char name[INTERFACE_NAME];
    pcap_t *pcap;
    int fd, timeout_ms;
    uint32_t linktype;
    int64_t unit_ns; /* of the fraction of a second in time stamps: 1 or 1000 */
    uint64_t reads;
    uint64_t received, dropped, interface_dropped;
    struct pcap_stat last; /* the kernel's counters have 32 bits and wrap */
    struct loss loss;
    struct interface_drops drops;
    bool has_drops;
    void (*each)(void *user, const struct capture_packet *packet);
    void *user;
};

static pcap_t *live_create(const struct capture_live_options *options, bool promiscuous,
                           char *reason)
{
    pcap_t *pcap = pcap_create(options->name, reason);
    if (!pcap)
        return NULL;
    pcap_set_snaplen(pcap, (int)options->snaplen);
    pcap_set_promisc(pcap, promiscuous);
    pcap_set_timeout(pcap, (int)options->timeout_ms);
    pcap_set_immediate_mode(pcap, 0);
    pcap_set_buffer_size(pcap, (int)(options->buffer_kib * 1024));
    pcap_set_tstamp_precision(pcap, PCAP_TSTAMP_PRECISION_NANO);
    return pcap;
}

static int live_refused(pcap_t *pcap, const char *name, int code, char *error,
                        size_t error_size)
{
    char names[300];
    bool denied = code == PCAP_ERROR_PERM_DENIED || code == PCAP_ERROR_PROMISC_PERM_DENIED;
    if (denied && !interfaces_has(name))
        code = PCAP_ERROR_NO_SUCH_DEVICE; /* the permission would not help */
    switch (code) {
    case PCAP_ERROR_NO_SUCH_DEVICE:
        interfaces_names(names, sizeof names);
        snprintf(error, error_size, "%s: no such interface or file; there are %s", name, names);
        return CHAINS_EIO;
    case PCAP_ERROR_PERM_DENIED:
    case PCAP_ERROR_PROMISC_PERM_DENIED:
        snprintf(error, error_size, "%s: no permission to capture", name);
        return CHAINS_EPERM;
    case PCAP_ERROR_IFACE_NOT_UP:
        snprintf(error, error_size, "%s: the interface is not up", name);
        return CHAINS_EIO;
    default:
        snprintf(error, error_size, "%s: %s", name,
                 code == PCAP_ERROR ? pcap_geterr(pcap) : pcap_statustostr(code));
        return CHAINS_EIO;
    }
}

/* Adds what libpcap says about a capture that goes on all the same. */
static void live_warned(pcap_t *pcap, const char *name, int code, char *warning,
                        size_t warning_size)
{
    if (code == PCAP_WARNING_PROMISC_NOTSUP && strcmp(name, "any") == 0)
        return; /* it never has that mode */
    size_t used = strlen(warning);
    snprintf(warning + used, warning_size - used, "%s%s: %s", used ? "; " : "", name,
             code == PCAP_WARNING ? pcap_geterr(pcap) : pcap_statustostr(code));
}

/* Activates, without promiscuous mode when the permission for that alone is missing. */
static int live_activate(const struct capture_live_options *options, pcap_t **pcap,
                         char *warning, size_t warning_size, char *reason)
{
    *pcap = live_create(options, options->promiscuous, reason);
    if (!*pcap)
        return PCAP_ERROR;
    int code = pcap_activate(*pcap);
    if (code == PCAP_ERROR_PROMISC_PERM_DENIED && options->promiscuous) {
        snprintf(warning, warning_size,
                 "%s: no permission for promiscuous mode, going on without", options->name);
        pcap_close(*pcap);
        *pcap = live_create(options, false, reason);
        code = *pcap ? pcap_activate(*pcap) : PCAP_ERROR;
    }
    if (code > 0)
        live_warned(*pcap, options->name, code, warning, warning_size);
    return code;
}

static int live_filter(struct capture_live *live, const char *expression, char *error,
                       size_t error_size)
{
    struct bpf_program program;
    char reason[PCAP_ERRBUF_SIZE];
    if (pcap_compile(live->pcap, &program, expression, 1, PCAP_NETMASK_UNKNOWN) < 0) {
        snprintf(reason, sizeof reason, "%s", pcap_geterr(live->pcap));
        bpf_explain(expression, live->linktype, reason, error, error_size);
        return CHAINS_EUSAGE;
    }
    int status = pcap_setfilter(live->pcap, &program);
    pcap_freecode(&program);
    if (status < 0)
        snprintf(error, error_size, "cannot set the filter: %s", pcap_geterr(live->pcap));
    return status < 0 ? CHAINS_EIO : CHAINS_OK;
}

/* What is left to do with an active handle. */
static int live_prepare(struct capture_live *live, const struct capture_live_options *options,
                        char *error, size_t error_size)
{
    char reason[PCAP_ERRBUF_SIZE];
    if (strcmp(options->name, "any") == 0)
        pcap_set_datalink(live->pcap, DLT_LINUX_SLL2); /* says which interface; else SLL */
    live->linktype = bpf_linktype(pcap_datalink(live->pcap));
    bool nanoseconds = pcap_get_tstamp_precision(live->pcap) == PCAP_TSTAMP_PRECISION_NANO;
    live->unit_ns = nanoseconds ? 1 : 1000;
    live->timeout_ms = (int)options->timeout_ms;
    live->has_drops = options->promiscuous && interface_drops_open(&live->drops, options->name);
    snprintf(live->name, sizeof live->name, "%s", options->name);
    live->fd = pcap_get_selectable_fd(live->pcap);
    if (live->fd >= 0)
        (void)fcntl(live->fd, F_SETFD, FD_CLOEXEC); /* no program that is begun gets it */
    if (pcap_setnonblock(live->pcap, 1, reason) < 0) {
        snprintf(error, error_size, "%s: %s", options->name, reason);
        return CHAINS_EIO;
    }
    return options->bpf ? live_filter(live, options->bpf, error, error_size) : CHAINS_OK;
}

struct capture_live *capture_live_open(const struct capture_live_options *options, int *status,
                                       char *error, size_t error_size, char *warning,
                                       size_t warning_size)
{
    char reason[PCAP_ERRBUF_SIZE] = "";
    struct capture_live *live = calloc(1, sizeof *live);
    warning[0] = '\0';
    if (!live) {
        snprintf(error, error_size, "no memory for a capture");
        *status = CHAINS_EMEM;
        return NULL;
    }
    int code = live_activate(options, &live->pcap, warning, warning_size, reason);
    if (!live->pcap) {
        snprintf(error, error_size, "%s: %s", options->name, reason);
        *status = CHAINS_EIO;
    } else if (code < 0) {
        *status = live_refused(live->pcap, options->name, code, error, error_size);
    } else {
        *status = live_prepare(live, options, error, error_size);
    }
    if (*status == CHAINS_OK)
        return live;
    capture_live_free(live);
    return NULL;
}

static void live_packet(u_char *user, const struct pcap_pkthdr *header, const u_char *data)
{
    struct capture_live *live = (struct capture_live *)(void *)user;
    struct capture_packet packet = {
        .time_ns = header->ts.tv_sec * TIME_SECOND_NS + header->ts.tv_usec * live->unit_ns,
        .data = data,
        .caplen = header->caplen,
        .wire_len = header->len,
        .linktype = live->linktype,
        .nanoseconds = live->unit_ns == 1,
    };
    live->each(live->user, &packet);
}

/* Adds what the kernel has counted since the last look. */
static void live_sample(struct capture_live *live)
{
    struct pcap_stat now;
    if (pcap_stats(live->pcap, &now) != 0)
        return;
    live->received += now.ps_recv - live->last.ps_recv;
    live->dropped += now.ps_drop - live->last.ps_drop;
    /* As libpcap has it: for promiscuous mode alone, since they are of all packets. */
    if (live->has_drops)
        live->interface_dropped += interface_drops_since(&live->drops);
    else
        live->interface_dropped += now.ps_ifdrop - live->last.ps_ifdrop;
    live->last = now;
}

int capture_live_read(struct capture_live *live, int most,
                      void (*each)(void *user, const struct capture_packet *packet), void *user,
                      char *error, size_t error_size)
{
    live->each = each;
    live->user = user;
    if (++live->reads % LIVE_SAMPLE == 0)
        live_sample(live);
    int count = pcap_dispatch(live->pcap, most, live_packet, (u_char *)live);
    if (count == 0) {
        struct pollfd ready = { live->fd, POLLIN, 0 };
        if (poll(&ready, 1, live->timeout_ms) < 0 && errno == EINTR)
            return 0;
        count = pcap_dispatch(live->pcap, most, live_packet, (u_char *)live);
    }
    if (count >= 0)
        return count;
    snprintf(error, error_size, "%s: capture ended: %s", live->name, pcap_geterr(live->pcap));
    return CHAINS_EIO;
}

void capture_live_counts(struct capture_live *live, uint64_t *received, uint64_t *dropped,
                         uint64_t *interface_dropped)
{
    live_sample(live);
    *received = live->received;
    *dropped = live->dropped;
    *interface_dropped = live->interface_dropped;
}

bool capture_live_lost(struct capture_live *live, char *text, size_t size)
{
    int64_t now_ns = time_coarse_ns();
    if (!loss_asks(&live->loss, now_ns))
        return false;
    live_sample(live);
    return loss_says(&live->loss, live->dropped, now_ns, text, size);
}

void capture_live_free(struct capture_live *live)
{
    if (live && live->pcap)
        pcap_close(live->pcap);
    if (live && live->has_drops)
        interface_drops_close(&live->drops);
    free(live);
}

const char *capture_live_library(void)
{
    return pcap_lib_version();
}
