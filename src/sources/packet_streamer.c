/* SPDX-License-Identifier: MIT */
/*
 * The user's source. In: a name. Out: packets, from an interface or from capture files. A
 * file's packets are lent in place from its reader's buffer, so a batch ends where the buffer
 * does; a live packet is copied once, into the batch. With a speed, a file's packets come when
 * they are due.
 */
#include <chains/component.h>
#include <chains/components.h>

#include "bpf.h"
#include "capture_files.h"
#include "capture_live.h"
#include "interfaces.h"
#include "replay.h"
#include "secrets.h"
#include "streamer_options.h"

#include "../bytes/time.h"
#include "../record/batch.h"

#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    STREAMER_ERROR = 900,
    STREAMER_LIVE_BATCH = 32, /* packets of one call: a batch's records */
    STREAMER_SOME = 32,       /* packets that a file lends at once */
    STREAMER_TIMEOUT_MS = 100,
    STREAMER_RING = 64 * 1024, /* KiB of the kernel's buffer */
    STREAMER_RING_LEAST = 2 * 1024,
    STREAMER_SKIP = 3,  /* beside enum chains_status: not a packet that is wanted; */
    STREAMER_EARLY = 4, /* one that is, but later */
};

struct packet_streamer {
    struct capture_file *file; /* one of these three is there */
    struct capture_files *files;
    struct capture_live *live;
    struct bpf_filter *filter; /* files only: the kernel filters live packets */
    struct replay replay;
    bool paced;                                /* by it */
    struct capture_packet some[STREAMER_SOME]; /* lent by the file, not yet looked at, */
    size_t some_count, some_next;              /* from the second number on */
    struct capture_packet held;                /* a packet that is not due yet, */
    bool holds;                                /* if there is one */
    bool heard;                                /* CHAINS_IDLE was said since the last packet */
    const char *bpf;                           /* of the options */
    uint64_t number, given, max_packets;
    int64_t first_ns, duration_ns, deadline_ns;
    uint32_t snaplen;
    int timeout_ms;
    struct interface_addresses addresses;
    struct chains_input *inputs;            /* those of the files that are regular */
    struct secrets secrets;                 /* keys that the files carry, */
    const struct chains_secrets *announced; /* as others see them */
    bool told_full;
    uint64_t bytes, bytes_total, received, dropped, interface_dropped;
    uint64_t refused, unread; /* for want of room in the batch; left behind at the end */
    uint64_t memory;          /* of buffers and keys */
    char error[STREAMER_ERROR];
};

/* "-", a path, or the name of a file that is there; any other name is an interface. */
static bool streamer_names_file(const char *name)
{
    struct stat found;
    return strcmp(name, "-") == 0 || strchr(name, '/') || stat(name, &found) == 0;
}

/*
 * The kernel's ring of an interface, which is in this process's memory too, or the buffers of files.
 * Which of them it is, the name alone does not always tell: so it is looked up, and nothing opened.
 */
static void packet_streamer_memory(const chains_component *self, struct chains_memory *memory)
{
    const struct chains_packet_streamer_options *options = chains_options(self);
    const char *name = options->iface_name;
    uint64_t files = 1, kib = options->buffer_kib;
    while (options->files && options->files[files] && files < CAPTURE_FILES_OPEN)
        files++;
    memory->least = memory->usual = files * CAPTURE_BUFFER + SECRETS_MOST;
    if (options->files || (name && !options->no_file && streamer_names_file(name)))
        return;
    memory->least = (kib ? kib : STREAMER_RING_LEAST) * 1024;
    memory->usual = (kib ? kib : STREAMER_RING) * 1024;
}

/* The size of the kernel's ring, in KiB. */
static uint32_t streamer_ring(const chains_component *self)
{
    const struct chains_packet_streamer_options *options = chains_options(self);
    uint64_t kib = chains_share(self) / 1024;
    if (options->buffer_kib)
        return options->buffer_kib;
    return kib < STREAMER_RING_MOST ? (uint32_t)kib : STREAMER_RING_MOST;
}

static int streamer_open_live(chains_component *self, const char *name)
{
    struct packet_streamer *streamer = chains_state(self);
    const struct chains_packet_streamer_options *options = chains_options(self);
    char chosen[INTERFACE_NAME], warning[300];
    int status = CHAINS_OK;
    if (options->speed > 0 && name)
        return chains_fail(self, CHAINS_EUSAGE,
                           "speed is for capture files, and %s is an interface", name);
    if (options->speed > 0)
        return chains_fail(self, CHAINS_EUSAGE,
                           "speed is for capture files: name one, or - for standard input");
    if (!name) {
        if (!interfaces_default(chosen, streamer->error, sizeof streamer->error))
            return chains_fail(self, CHAINS_EIO, "%s", streamer->error);
        name = chosen;
        chains_warn(self, "watching %s", name);
    }
    struct capture_live_options live = {
        .name = name,
        .bpf = options->bpf,
        .snaplen = streamer->snaplen,
        .buffer_kib = streamer_ring(self),
        .timeout_ms = (uint32_t)streamer->timeout_ms,
        .promiscuous = !options->no_promiscuous,
    };
    streamer->live = capture_live_open(&live, &status, streamer->error, sizeof streamer->error,
                                       warning, sizeof warning);
    if (!streamer->live)
        return chains_fail(self, status, "%s", streamer->error);
    if (warning[0])
        chains_warn(self, "%s", warning);
    interfaces_addresses(name, &streamer->addresses);
    chains_announce(self, &(struct chains_source_info){
                              .live = true,
                              .local = streamer->addresses.prefixes,
                              .broadcast = streamer->addresses.broadcasts,
                              .local_count = streamer->addresses.prefix_count,
                              .broadcast_count = streamer->addresses.broadcast_count,
                          });
    if (streamer->duration_ns)
        streamer->deadline_ns = time_now_ns() + streamer->duration_ns;
    return CHAINS_OK;
}

/* Says which files are read, so that nobody writes to one of them. */
static int streamer_announce_files(chains_component *self, const char *const *paths)
{
    struct packet_streamer *streamer = chains_state(self);
    size_t count = 0;
    while (paths[count])
        count++;
    streamer->inputs = calloc(count, sizeof *streamer->inputs);
    if (!streamer->inputs)
        return chains_fail(self, CHAINS_EMEM, "no memory for the names of files");
    size_t regular = capture_files_regular(paths, streamer->inputs);
    streamer->announced = &streamer->secrets.found;
    chains_announce(self, &(struct chains_source_info){ .inputs = streamer->inputs,
                                                        .input_count = regular,
                                                        .secrets = &streamer->announced,
                                                        .secrets_count = 1 });
    return CHAINS_OK;
}

static int streamer_open_files(chains_component *self, const char *name)
{
    struct packet_streamer *streamer = chains_state(self);
    const struct chains_packet_streamer_options *options = chains_options(self);
    const char *const one[] = { name, NULL };
    int status = streamer_announce_files(self, name ? one : options->files);
    if (status < 0)
        return status;
    if (name)
        streamer->file =
            capture_file_open(name, &status, streamer->error, sizeof streamer->error);
    else
        streamer->files = capture_files_open(options->files, &status, streamer->error,
                                             sizeof streamer->error);
    if (streamer->file)
        capture_file_keep_secrets(streamer->file, &streamer->secrets);
    else if (streamer->files)
        capture_files_keep_secrets(streamer->files, &streamer->secrets);
    if (streamer->file || streamer->files)
        return CHAINS_OK;
    free(streamer->inputs);
    streamer->inputs = NULL;
    return chains_fail(self, status, "%s", streamer->error);
}

/* A file, after a look at the filter. */
static int streamer_open_filtered(chains_component *self, const char *name)
{
    struct packet_streamer *streamer = chains_state(self);
    int status = CHAINS_OK;
    if (streamer->bpf)
        streamer->filter =
            bpf_filter_new(streamer->bpf, &status, streamer->error, sizeof streamer->error);
    if (status < 0)
        return chains_fail(chains_about(self, "bpf", 0), status, "%s", streamer->error);
    status = streamer_open_files(self, name);
    if (status < 0) {
        bpf_filter_free(streamer->filter);
        streamer->filter = NULL;
    }
    return status;
}

static int streamer_file_failed(chains_component *self, int status)
{
    struct packet_streamer *streamer = chains_state(self);
    if (status >= 0)
        return status;
    return chains_fail(self, status, "%s",
                       streamer->file ? capture_file_error(streamer->file)
                                      : capture_files_error(streamer->files));
}

static int packet_streamer_open(chains_component *self)
{
    struct packet_streamer *streamer = chains_state(self);
    const struct chains_packet_streamer_options *options = chains_options(self);
    const char *name = options->iface_name;
    streamer->max_packets = options->max_packets;
    streamer->duration_ns = (int64_t)options->duration * TIME_SECOND_NS;
    streamer->snaplen = options->snaplen ? options->snaplen : CAPTURE_PACKET_MAX;
    streamer->timeout_ms = options->timeout_ms ? (int)options->timeout_ms : STREAMER_TIMEOUT_MS;
    streamer->bpf = options->bpf;
    streamer->replay.speed = options->speed;
    streamer->paced = options->speed > 0;
    if (options->files && !options->files[1])
        return streamer_open_filtered(self, options->files[0]);
    if (options->files)
        return streamer_open_filtered(self, NULL);
    bool file = name && !options->no_file && streamer_names_file(name);
    return file ? streamer_open_filtered(self, name) : streamer_open_live(self, name);
}

/* What is no capture is refused before the first packet of another. */
static int packet_streamer_begin(chains_component *self)
{
    struct packet_streamer *streamer = chains_state(self);
    int status = streamer->file    ? capture_file_begin(streamer->file)
                 : streamer->files ? capture_files_begin(streamer->files)
                                   : CHAINS_OK;
    return streamer_file_failed(self, status < 0 ? status : CHAINS_OK);
}

static void packet_streamer_access(const chains_component *self, chains_access_teller tell,
                                   void *user)
{
    const struct packet_streamer *streamer = chains_state(self);
    const char *path;
    for (size_t i = 0; streamer->files && (path = capture_files_later(streamer->files, i)); i++)
        tell(user, CHAINS_ACCESS_READ, path);
}

static bool streamer_enough(const struct packet_streamer *streamer)
{
    return streamer->max_packets && streamer->given >= streamer->max_packets;
}

/* A record of a packet, whose bytes are lent or copied already. The batch has room. */
static inline void streamer_record(struct packet_streamer *streamer, struct chains_batch *out,
                                   const struct capture_packet *lent)
{
    const struct capture_packet packet = *lent;
    uint32_t caplen = packet.caplen < streamer->snaplen ? packet.caplen : streamer->snaplen;
    const struct chains_bytes bytes = { packet.data, caplen };
    uint64_t number = streamer->number;
    unsigned flags = caplen < packet.wire_len ? CHAINS_SNAPPED : 0;
    streamer->given++;
    struct chains_record *rec = batch_add(out);
    rec->time_ns = packet.time_ns;
    rec->number = number;
    rec->bytes = bytes;
    rec->rest = bytes;
    rec->next = (struct chains_key){ CHAINS_BY_LINKTYPE, packet.linktype };
    rec->wire_len = packet.wire_len;
    rec->linktype = packet.linktype;
    rec->flags = (uint16_t)(flags | (packet.nanoseconds ? CHAINS_NANOSECONDS : 0));
}

/* CHAINS_OK: the filter holds for a packet from a file. STREAMER_SKIP: it does not. */
static int streamer_filter(chains_component *self, struct packet_streamer *streamer,
                           const struct capture_packet *packet)
{
    int status =
        bpf_filter_holds(streamer->filter, packet, streamer->error, sizeof streamer->error);
    if (status < 0)
        return chains_fail(self, status, "%s", streamer->error);
    return status ? CHAINS_OK : STREAMER_SKIP;
}

/* Whether a packet from a file lies behind the duration, which begins with the first one. */
static bool streamer_is_late(struct packet_streamer *streamer,
                             const struct capture_packet *packet)
{
    if (streamer->number == 1)
        streamer->first_ns = packet->time_ns;
    return time_minus(packet->time_ns, streamer->first_ns) >= streamer->duration_ns;
}

/* The next packets that lie in the reader's buffer, as far as it can lend several at once. */
static int streamer_lend(chains_component *self, struct packet_streamer *streamer)
{
    streamer->some_next = 0;
    streamer->some_count = 0;
    if (streamer->file)
        streamer->some_count = capture_file_some(streamer->file, streamer->some, STREAMER_SOME);
    if (streamer->some_count > 0)
        return CHAINS_OK;
    int status = streamer->file ? capture_file_next(streamer->file, streamer->some)
                                : capture_files_next(streamer->files, streamer->some);
    streamer->some_count = status == CHAINS_OK;
    return status == CHAINS_OK ? CHAINS_OK : streamer_file_failed(self, status);
}

/* The next packet that passes: CHAINS_OK. STREAMER_SKIP: one that does not. CHAINS_IDLE: fill.
 */
static inline int streamer_take(chains_component *self, struct packet_streamer *streamer,
                                const struct capture_packet **packet)
{
    if (streamer->some_next == streamer->some_count) {
        int status = streamer_lend(self, streamer);
        if (status != CHAINS_OK)
            return status;
    }
    const struct capture_packet *next = *packet = &streamer->some[streamer->some_next++];
    streamer->number++;
    if (streamer->duration_ns && streamer_is_late(streamer, next))
        return CHAINS_END;
    return streamer->filter ? streamer_filter(self, streamer, next) : CHAINS_OK;
}

static int streamer_fill(chains_component *self)
{
    struct packet_streamer *streamer = chains_state(self);
    int timeout_ms = streamer->timeout_ms;
    int status = streamer->file ? capture_file_fill(streamer->file, timeout_ms)
                                : capture_files_fill(streamer->files, timeout_ms);
    if (status == CHAINS_OK && chains_stopping(self))
        return CHAINS_END;
    return streamer_file_failed(self, status);
}

/* As streamer_take(), and STREAMER_EARLY as long as the packet that is next has to wait. */
static int streamer_take_due(chains_component *self, struct packet_streamer *streamer,
                             const struct capture_packet **packet)
{
    *packet = &streamer->held;
    if (!streamer->holds) {
        int status = streamer_take(self, streamer, packet);
        if (status != CHAINS_OK)
            return status;
        streamer->held = **packet;
        streamer->holds = true;
        *packet = &streamer->held;
    }
    if (replay_left(&streamer->replay, streamer->held.time_ns, time_now_ns()) > 0)
        return STREAMER_EARLY;
    streamer->holds = false;
    return CHAINS_OK;
}

/*
 * Nothing is due, and no packet is in hand. First of all that is said, so that what was given
 * before can be seen at once; then it is waited for, no longer than the timeout.
 */
static int streamer_wait(chains_component *self)
{
    struct packet_streamer *streamer = chains_state(self);
    int64_t longest = streamer->timeout_ms * (TIME_SECOND_NS / 1000);
    int64_t left = replay_left(&streamer->replay, streamer->held.time_ns, time_now_ns());
    if (streamer->heard)
        replay_sleep(left < longest ? left : longest);
    streamer->heard = true;
    return chains_stopping(self) ? CHAINS_END : CHAINS_IDLE;
}

/* Why there is no packet. What was lent lives until the next call, so that a batch goes first. */
static int streamer_no_packet(chains_component *self, const struct chains_batch *out,
                              int status)
{
    if (status != CHAINS_IDLE && status != STREAMER_EARLY)
        return status;
    if (chains_batch_count(out) > 0)
        return CHAINS_OK;
    if (status == STREAMER_EARLY)
        return streamer_wait(self);
    status = streamer_fill(self);
    return status == CHAINS_OK ? CHAINS_IDLE : status; /* others want a turn as well */
}

/* More keys than are kept: said once. */
static void streamer_tell_full(chains_component *self)
{
    struct packet_streamer *streamer = chains_state(self);
    streamer->told_full = true;
    chains_count_limited(self);
    chains_warn(self, "the capture carries more than %d KiB of keys; the others are left out",
                SECRETS_MOST / 1024);
}

/* Packets that lie in the reader's buffer, until the batch is full or the buffer is used up. */
static int streamer_next_file(chains_component *self, struct packet_streamer *streamer,
                              struct chains_batch *out)
{
    while (!streamer_enough(streamer) && batch_has_room(out)) {
        const struct capture_packet *packet;
        int status = streamer->paced ? streamer_take_due(self, streamer, &packet)
                                     : streamer_take(self, streamer, &packet);
        if (status == CHAINS_OK) {
            streamer_record(streamer, out, packet);
            streamer->heard = false;
        } else if (status != STREAMER_SKIP) {
            return streamer_no_packet(self, out, status);
        }
    }
    return streamer_enough(streamer) ? CHAINS_END : CHAINS_OK;
}

struct streamer_live_batch {
    chains_component *self;
    struct chains_batch *out;
};

/* Copies a live packet into the batch: the ring takes its block back when the call returns. */
static void streamer_live_packet(void *user, const struct capture_packet *lent)
{
    struct streamer_live_batch *batch = user;
    struct packet_streamer *streamer = chains_state(batch->self);
    struct capture_packet packet = *lent;
    uint8_t *copy = batch_has_room(batch->out)
                        ? chains_arena_take(chains_batch_arena(batch->out), packet.caplen)
                        : NULL;
    if (!copy) {
        chains_count_limited(batch->self);
        streamer->refused++;
        return;
    }
    memcpy(copy, packet.data, packet.caplen);
    packet.data = copy;
    streamer->number++;
    streamer_record(streamer, batch->out, &packet);
}

/* Counters outlive the handles, so that they can be read after the end. */
static void streamer_snapshot(struct packet_streamer *streamer)
{
    if (streamer->file) {
        streamer->bytes = capture_file_position(streamer->file);
        streamer->bytes_total = capture_file_size(streamer->file);
    } else if (streamer->files) {
        streamer->bytes = capture_files_position(streamer->files);
        streamer->bytes_total = capture_files_size(streamer->files);
    } else if (streamer->live) {
        capture_live_counts(streamer->live, &streamer->received, &streamer->dropped,
                            &streamer->interface_dropped);
    }
}

static int streamer_next_live(chains_component *self, struct chains_batch *out)
{
    struct packet_streamer *streamer = chains_state(self);
    struct streamer_live_batch batch = { self, out };
    uint64_t most = STREAMER_LIVE_BATCH;
    if (streamer->max_packets && streamer->max_packets - streamer->given < most)
        most = streamer->max_packets - streamer->given;
    int count = capture_live_read(streamer->live, (int)most, streamer_live_packet, &batch,
                                  streamer->error, sizeof streamer->error);
    if (count < 0)
        return chains_fail(self, count, "%s", streamer->error);
    if (capture_live_lost(streamer->live, streamer->error, sizeof streamer->error))
        chains_warn(self, "%s", streamer->error);
    if (streamer_enough(streamer) ||
        (streamer->deadline_ns && time_now_ns() >= streamer->deadline_ns))
        return CHAINS_END;
    return chains_batch_count(out) > 0 ? CHAINS_OK : CHAINS_IDLE;
}

static int packet_streamer_next(chains_component *self, struct chains_batch *out)
{
    struct packet_streamer *streamer = chains_state(self);
    if (streamer->live)
        return streamer_next_live(self, out);
    int status = streamer_next_file(self, streamer, out);
    if (streamer->secrets.full && !streamer->told_full)
        streamer_tell_full(self);
    return status;
}

static uint64_t streamer_held(const chains_component *self)
{
    const struct packet_streamer *streamer = chains_state(self);
    if (streamer->live)
        return (uint64_t)streamer_ring(self) * 1024;
    if (streamer->file || streamer->files)
        return chains_share(self) - SECRETS_MOST + streamer->secrets.found.len;
    return streamer->memory;
}

static void packet_streamer_stats(const chains_component *self, struct chains_stats *stats)
{
    struct packet_streamer *streamer = chains_state(self);
    streamer_snapshot(streamer);
    stats->memory += streamer_held(self);
    stats->bytes = streamer->bytes;
    stats->bytes_total = streamer->bytes_total;
    stats->kernel_received = streamer->received;
    stats->kernel_dropped = streamer->dropped;
    stats->interface_dropped = streamer->interface_dropped;
    stats->in = streamer->number - streamer->holds + streamer->refused + streamer->dropped +
                streamer->unread; /* of files with those that the filter refuses */
    stats->dropped = stats->in - streamer->given;
}

static void packet_streamer_close(chains_component *self)
{
    struct packet_streamer *streamer = chains_state(self);
    streamer_snapshot(streamer);
    uint64_t known = streamer->given + streamer->refused + streamer->dropped;
    streamer->unread = streamer->received > known ? streamer->received - known : 0;
    streamer->holds = false;
    streamer->memory = streamer_held(self);
    bpf_filter_free(streamer->filter);
    capture_file_free(streamer->file);
    capture_files_free(streamer->files);
    capture_live_free(streamer->live);
    free(streamer->inputs);
    secrets_close(&streamer->secrets);
    streamer->inputs = NULL;
    streamer->filter = NULL;
    streamer->file = NULL;
    streamer->files = NULL;
    streamer->live = NULL;
}

static bool packet_streamer_accepts(const char *word)
{
    return streamer_names_file(word) || strcmp(word, "any") == 0 || if_nametoindex(word) != 0;
}

const struct chains_class packet_streamer_class = {
    .name = "packet_streamer",
    .brief = "packets of an interface or of capture files",
    .role = CHAINS_SOURCE,
    .gives = CHAINS_PACKETS,
    .state_size = sizeof(struct packet_streamer),
    .options_size = sizeof(struct chains_packet_streamer_options),
    .options = streamer_options,
    .create = streamer_options_check,
    .memory = packet_streamer_memory,
    .open = packet_streamer_open,
    .begin = packet_streamer_begin,
    .access = packet_streamer_access,
    .next = packet_streamer_next,
    .close = packet_streamer_close,
    .stats = packet_streamer_stats,
    .accepts = packet_streamer_accepts,
};

chains_component *
chains_packet_streamer_new(const struct chains_packet_streamer_options *options)
{
    return chains_new(&packet_streamer_class, options);
}
