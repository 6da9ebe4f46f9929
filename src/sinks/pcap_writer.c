/* SPDX-License-Identifier: MIT */
/*
 * Packets back into a capture file. In: records. Out: the same records, and a file with their
 * bytes as they were captured, their times and lengths: pcapng where the name says so, else
 * pcap. Kept: a file is whole blocks from the first byte to the last, whatever ends the chain;
 * what a file cannot hold is refused, never changed; nothing is allocated for a packet.
 */
#include <chains/component.h>
#include <chains/components.h>

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>

#include "../bytes/text.h"
#include "../bytes/time.h"
#include "../record/batch.h"
#include "append.h"
#include "pcap_file.h"
#include "pcapng_file.h"
#include "rotation.h"

enum { PATH_ROOM = 4096 + 32, MERGES_MOST = 8 };

struct pcap_writer {
    struct output output;     /* first: the slots of output.h find it there */
    struct rotation rotation; /* name NULL: one file */
    const char *path;         /* of the file at hand; NULL: a stream */
    bool ng;                  /* the format is pcapng */
    bool compressed;
    /* of the file at hand */
    struct pcap_file pcap;
    struct pcapng_file pcapng;
    uint64_t packets, earlier; /* earlier: bytes in front of where it was opened last */
    int64_t first_ns;
    bool closed; /* nothing is put behind it: a failure to go on, or a file that may be full */
    /* of the source */
    uint64_t number; /* of the last record */
    struct {
        uint64_t received, dropped;
    } was; /* before the file at hand */
};

static bool writer_ends(const char *text, size_t len, const char *end)
{
    size_t end_len = strlen(end);
    return len >= end_len && memcmp(text + len - end_len, end, end_len) == 0;
}

/* The caller's stream and standard output have no name of their own. */
static const char *writer_name(const struct chains_pcap_writer_options *options)
{
    bool stream = options->out || !options->path || strcmp(options->path, "-") == 0;
    return stream ? NULL : options->path;
}

static bool writer_rotates(const struct chains_pcap_writer_options *options)
{
    return options->rotate_size || options->rotate_time;
}

static int pcap_writer_create(chains_component *self)
{
    const struct chains_pcap_writer_options *options = chains_options(self);
    if (options->keep && !writer_rotates(options))
        return chains_fail(chains_about(self, "keep", 0), CHAINS_EUSAGE,
                           "keep needs rotate_size or rotate_time");
    if (writer_rotates(options) && !writer_name(options))
        return chains_fail(
            chains_about(self, options->rotate_size ? "rotate_size" : "rotate_time", 0),
            CHAINS_EUSAGE, "rotate_size and rotate_time need the name of a file: path=NAME");
    if (options->keep && options->exists == CHAINS_EXISTS_APPEND)
        return chains_fail(chains_about(self, "keep", 0), CHAINS_EUSAGE,
                           "keep would remove what exists=append keeps: use exists=replace");
    return CHAINS_OK;
}

/* What the sources of a run have counted, those of a merge together, MERGES_MOST deep. */
static void writer_sum(const chains_component *last, struct chains_stats *sum, int depth)
{
    const chains_component *root = last, *input;
    while (chains_upstream(root))
        root = chains_upstream(root);
    for (size_t i = 0; depth < MERGES_MOST && (input = chains_branch(root, i)); i++)
        writer_sum(input, sum, depth + 1);
    struct chains_stats stats = { .size = sizeof stats };
    chains_stats(root, &stats);
    sum->kernel_received += stats.kernel_received;
    sum->kernel_dropped += stats.kernel_dropped + stats.interface_dropped;
    if (depth == 0)
        sum->out = stats.out;
}

/* What came and was lost since the file at hand began; from here on, for the next one. */
static struct pcapng_statistics writer_count(chains_component *self, uint64_t number)
{
    struct pcap_writer *writer = chains_state(self);
    struct chains_stats sum = { .size = sizeof sum };
    writer_sum(self, &sum, 0);
    bool live = chains_source_of(self).live;
    uint64_t received = live ? sum.kernel_received : number;
    struct pcapng_statistics counted = {
        .received = received - writer->was.received,
        .dropped = sum.kernel_dropped - writer->was.dropped,
        .source_known = !live || received > 0,
    };
    writer->was.received = received;
    writer->was.dropped = sum.kernel_dropped;
    return counted;
}

static void writer_put_header(struct pcap_writer *writer)
{
    char *out = output_room(&writer->output, PCAP_FILE_HEADER);
    output_put(&writer->output, pcap_file_header(&writer->pcap, out));
    output_commit(&writer->output);
}

/* The last bytes of a file; `number`: of the last record that belongs to it. */
static void writer_end_file(chains_component *self, uint64_t number)
{
    struct pcap_writer *writer = chains_state(self);
    if (writer->closed)
        return;
    if (writer->ng) {
        struct pcapng_statistics counted = writer_count(self, number);
        pcapng_file_end(&writer->pcapng, &writer->output, &counted);
    } else if (!writer->pcap.decided) {
        pcap_file_decide(&writer->pcap, NULL);
        writer_put_header(writer);
    }
}

/*
 * Bytes put into the file at hand, before compression. Keys do not count, for each file of a rotation
 * has all of them: else one whose keys alone are too large would be one for each packet.
 */
static uint64_t writer_bytes(const struct pcap_writer *writer)
{
    return writer->earlier + writer->output.bytes + writer->output.used -
           writer->pcapng.secrets.bytes;
}

/* The file at hand has ended; the next one is to be begun by writer_begin_file(). */
static void writer_forget_file(struct pcap_writer *writer)
{
    writer->packets = writer->earlier = 0;
    writer->pcap.decided = false;
    writer->closed = true;
}

static void writer_begin_section(struct pcap_writer *writer)
{
    writer->closed = false;
    if (writer->ng)
        pcapng_file_begin(&writer->pcapng, &writer->output);
}

/*
 * The first bytes of a file; those of a pcap wait for the first packet, and so do those behind what
 * a file of a rotation held already: it may be full.
 */
static void writer_begin_file(struct pcap_writer *writer)
{
    writer->closed = writer->ng && writer->rotation.name && writer->earlier > 0;
    pcapng_file_forget(&writer->pcapng);
    writer->pcapng.secrets.bytes = 0;
    if (!writer->closed)
        writer_begin_section(writer);
}

/* "out.pcap", with why not, as a failure. */
static int writer_refuse(chains_component *self, int code, const char *path, const char *why)
{
    char name[TEXT_PATH + 1];
    text_path(name, path);
    return chains_fail(self, code, "%s %s", name, why);
}

/*
 * A file that is there already, to be appended to: its header counts, or nothing fits behind
 * it.
 */
static int writer_adopt(chains_component *self, const char *path)
{
    struct pcap_writer *writer = chains_state(self);
    struct append append;
    char why[PCAP_FILE_WHY];
    int status = append_look(&append, self, path);
    if (status < 0 || append.head_len == 0 || (writer->ng && writer->compressed))
        return status;
    if (writer->compressed)
        return writer_refuse(self, CHAINS_EUSAGE, path,
                             "is compressed, and a pcap file in it cannot be appended to: use "
                             "a name that ends in .pcapng.gz or .pcapng.zst");
    if (!writer->ng && !pcap_file_adopt(&writer->pcap, append.head, append.head_len, why))
        return writer_refuse(self, CHAINS_EUSAGE, path, why);
    if (writer->ng && !append.pcapng)
        return writer_refuse(self, CHAINS_EUSAGE, path,
                             "is not a pcapng file, it cannot be appended to");
    if (writer->ng && !append.whole)
        return writer_refuse(self, CHAINS_EUSAGE, path,
                             "ends in the middle of a block, it cannot be appended to");
    if (!append.whole)
        return writer_refuse(self, CHAINS_EUSAGE, path,
                             "does not end in a whole packet, it cannot be appended to");
    writer->earlier = append.size;
    return CHAINS_OK;
}

/* Leaves files alone that were full before this run: the name is that of the first that is not. */
static void writer_pass_full(struct pcap_writer *writer,
                             const struct chains_pcap_writer_options *options)
{
    struct stat about;
    if (options->exists != CHAINS_EXISTS_APPEND || !options->rotate_size || writer->compressed)
        return;
    while (stat(writer->rotation.name, &about) == 0 && S_ISREG(about.st_mode) &&
           (uint64_t)about.st_size >= options->rotate_size)
        rotation_next(&writer->rotation);
}

static int writer_open_rotation(chains_component *self,
                                const struct chains_pcap_writer_options *options)
{
    struct pcap_writer *writer = chains_state(self);
    char name[PATH_ROOM];
    if (!rotation_open(&writer->rotation, options->path))
        return chains_fail(self, CHAINS_EMEM, "no memory for the names of files");
    if (options->exists == CHAINS_EXISTS_REFUSE &&
        rotation_finds(&writer->rotation, name, sizeof name))
        return writer_refuse(self, CHAINS_EIO, name,
                             "is there already: exists=replace begins it anew");
    writer->path = writer->rotation.name;
    writer_pass_full(writer, options);
    return CHAINS_OK;
}

static int writer_open_output(chains_component *self,
                              const struct chains_pcap_writer_options *options)
{
    struct pcap_writer *writer = chains_state(self);
    const struct output_target target = {
        .file = options->out,
        .path = writer->path,
        .exists = options->exists,
        .flush = options->flush,
        .whole = writer->ng ? pcapng_whole : pcap_file_whole,
    };
    if (writer->path && options->exists == CHAINS_EXISTS_APPEND) {
        int status = writer_adopt(self, writer->path);
        if (status < 0)
            return status;
    }
    return output_open(&writer->output, self, &target);
}

static void pcap_writer_close(chains_component *self)
{
    struct pcap_writer *writer = chains_state(self);
    output_close(&writer->output);
    pcapng_secrets_close(&writer->pcapng.secrets);
    rotation_close(&writer->rotation);
}

static int writer_open(chains_component *self, const struct chains_pcap_writer_options *options)
{
    struct pcap_writer *writer = chains_state(self);
    int status = CHAINS_OK;
    writer->path = writer_name(options);
    if (writer->path) {
        size_t len = strlen(writer->path), plain = len;
        plain -= writer_ends(writer->path, len, ".gz") ? 3 : 0;
        plain -= writer_ends(writer->path, len, ".zst") ? 4 : 0;
        writer->compressed = plain != len;
        writer->ng = writer_ends(writer->path, plain, ".pcapng") ||
                     writer_ends(writer->path, plain, ".ntar");
    }
    writer->ng |= options->pcapng;
    writer->pcapng.comments = !options->no_comments;
    if (!known_names_open(&writer->pcapng.names))
        return chains_fail(self, CHAINS_EIO, "the system has no random numbers");
    if (!pcapng_secrets_open(&writer->pcapng.secrets, self))
        return chains_fail(self, CHAINS_EMEM, "no memory for the keys of capture files");
    if (writer_rotates(options))
        status = writer_open_rotation(self, options);
    return status < 0 ? status : writer_open_output(self, options);
}

static int pcap_writer_open(chains_component *self)
{
    struct pcap_writer *writer = chains_state(self);
    int status = writer_open(self, chains_options(self));
    if (status < 0) {
        pcap_writer_close(self);
        return status;
    }
    writer_begin_file(writer);
    return CHAINS_OK;
}

static void writer_warn_kept(chains_component *self, const char *path, int error)
{
    char name[TEXT_PATH + 1];
    text_path(name, path);
    chains_warn(self, "cannot remove %s: %s", name, strerror(error));
}

/* The file at hand ends in front of record `number`, and the next one begins. */
static int writer_rotate(chains_component *self, uint64_t number)
{
    struct pcap_writer *writer = chains_state(self);
    const struct chains_pcap_writer_options *options = chains_options(self);
    char name[PATH_ROOM];
    int status = CHAINS_OK;
    writer_end_file(self, number - 1);
    writer_forget_file(writer);
    rotation_next(&writer->rotation);
    writer_pass_full(writer, options);
    if (options->exists == CHAINS_EXISTS_APPEND)
        status = writer_adopt(self, writer->path);
    if (status == CHAINS_OK)
        status = output_continue(&writer->output, writer->path);
    if (status < 0)
        return status;
    if (options->keep && !rotation_trim(&writer->rotation, options->keep, name, sizeof name))
        writer_warn_kept(self, name, errno);
    writer_begin_file(writer);
    return CHAINS_OK;
}

/* The bytes that the file will have grown by when it ends after this record. */
static size_t writer_plan(struct pcap_writer *writer, const struct chains_record *rec)
{
    if (writer->ng)
        return pcapng_file_plan(&writer->pcapng, rec) + pcapng_file_end_size(&writer->pcapng) +
               (writer->closed ? (size_t)PCAPNG_SECTION_MOST : 0);
    return PCAP_FILE_RECORD + rec->bytes.len;
}

/* Whether a record that takes `size` bytes belongs into the next file. */
static bool writer_is_full(const struct pcap_writer *writer,
                           const struct chains_pcap_writer_options *options,
                           const struct chains_record *rec, size_t size)
{
    int64_t passed = time_minus(rec->time_ns, writer->first_ns);
    if (writer->packets == 0 && writer->earlier == 0)
        return false;
    if (options->rotate_time && writer->packets > 0 && passed > 0 &&
        (uint64_t)passed >= options->rotate_time)
        return true;
    return options->rotate_size && writer_bytes(writer) + size > options->rotate_size;
}

static int writer_unfit(chains_component *self, const struct chains_record *rec,
                        const char *why)
{
    const struct pcap_writer *writer = chains_state(self);
    char name[TEXT_PATH + 1] = "the output";
    if (writer->path)
        text_path(name, writer->path);
    return chains_fail(self, CHAINS_EFORMAT, "%s: packet %" PRIu64 " %s%s", name, rec->number,
                       why, writer->ng ? "" : ": use a name that ends in .pcapng");
}

static int writer_put_pcap(chains_component *self, const struct chains_record *rec)
{
    struct pcap_writer *writer = chains_state(self);
    struct pcap_file file = writer->pcap;
    char why[PCAP_FILE_WHY];
    if (!file.decided)
        pcap_file_decide(&file, rec);
    if (!pcap_file_fits(&file, rec, why))
        return writer_unfit(self, rec, why);
    if (!writer->pcap.decided) {
        writer->pcap = file;
        writer_put_header(writer);
    }
    char *out = output_room(&writer->output, PCAP_FILE_RECORD);
    output_put(&writer->output, pcap_file_record(&file, rec, out));
    output_text(&writer->output, (const char *)rec->bytes.at, rec->bytes.len);
    output_commit(&writer->output);
    return CHAINS_OK;
}

/* Makes a file of the rotation ready for a record: of those that are there, one with room. */
static int writer_find_room(chains_component *self, const struct chains_record *rec)
{
    struct pcap_writer *writer = chains_state(self);
    const struct chains_pcap_writer_options *options = chains_options(self);
    int status = CHAINS_OK;
    size_t size = writer_plan(writer, rec);
    while (status == CHAINS_OK && writer_is_full(writer, options, rec, size)) {
        status = writer_rotate(self, rec->number);
        size = writer_plan(writer, rec); /* for a file that knows nothing yet */
    }
    if (status == CHAINS_OK && writer->closed)
        writer_begin_section(writer);
    return status;
}

static int writer_packet(chains_component *self, const struct chains_record *rec)
{
    struct pcap_writer *writer = chains_state(self);
    char why[PCAPNG_FILE_WHY];
    int status = CHAINS_OK;
    if (writer->ng && !pcapng_file_fits(rec, why))
        return writer_unfit(self, rec, why);
    if (writer->rotation.name)
        status = writer_find_room(self, rec);
    else if (writer->ng)
        writer_plan(writer, rec);
    if (status == CHAINS_OK && writer->ng)
        pcapng_file_put(&writer->pcapng, &writer->output, rec);
    else if (status == CHAINS_OK)
        status = writer_put_pcap(self, rec);
    if (writer->packets++ == 0)
        writer->first_ns = rec->time_ns;
    return status;
}

static int pcap_writer_many(chains_component *self, struct chains_batch *batch)
{
    struct pcap_writer *writer = chains_state(self);
    for (size_t i = 0; i < batch->count; i++) {
        const struct chains_record *rec = batch->live[i];
        int status = CHAINS_OK;
        if (rec->kind & (CHAINS_PACKETS | CHAINS_STREAMS))
            status = writer_packet(self, rec);
        if (status < 0) {
            batch->count = i; /* what was not written is not passed on */
            return status;
        }
        writer->number = rec->number;
    }
    return output_end(&writer->output);
}

/* Whether two looks were at one file. */
static bool writer_same(const struct stat *a, const struct stat *b)
{
    return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

/* What is under the name now is another file, or the same as before. */
static int writer_reopen_file(chains_component *self, const struct stat *before)
{
    struct pcap_writer *writer = chains_state(self);
    struct stat after;
    writer_end_file(self, writer->number);
    uint64_t bytes = writer_bytes(writer);
    writer->closed = true;
    int status = output_reopen(&writer->output);
    if (status < 0)
        return status;
    bool same = !writer->output.fresh && fstat(writer->output.fd, &after) == 0 &&
                writer_same(before, &after);
    if (same) {
        writer->earlier = bytes;
    } else {
        writer_forget_file(writer);
        status = writer->output.fresh ? CHAINS_OK : writer_adopt(self, writer->path);
    }
    if (status == CHAINS_OK)
        writer_begin_file(writer);
    return status;
}

static int pcap_writer_reopen(chains_component *self)
{
    struct pcap_writer *writer = chains_state(self);
    struct stat before, named;
    if (!writer->path || !writer->output.regular || fstat(writer->output.fd, &before) != 0)
        return output_reopen(&writer->output);
    /* A pcap without a packet has no header yet; it needs one only if it was moved away. */
    if (!writer->ng && !writer->pcap.decided && stat(writer->path, &named) == 0 &&
        writer_same(&before, &named))
        return CHAINS_OK;
    return writer_reopen_file(self, &before);
}

static int pcap_writer_finish(chains_component *self)
{
    struct pcap_writer *writer = chains_state(self);
    struct chains_stats sum = { .size = sizeof sum };
    writer_sum(self, &sum, 0);
    writer_end_file(self, sum.out > writer->number ? sum.out : writer->number);
    return output_finish(&writer->output);
}

static const struct chains_field pcap_writer_options[] = {
    OUTPUT_OPTIONS(chains_pcap_writer_options),
    CHAINS_FIELD(
        chains_pcap_writer_options, rotate_size, SIZE,
        "begin another file before one is larger, counted before compression and without TLS "
        "keys, which each file has all of; files are numbered: out-00001.pcap",
        .preset = "never"),
    CHAINS_FIELD(chains_pcap_writer_options, rotate_time, DURATION,
                 "begin another file with the packet that comes so long after a file's first",
                 .preset = "never"),
    CHAINS_FIELD(chains_pcap_writer_options, keep, UINT,
                 "files kept of those that this run has written; the oldest is removed",
                 .preset = "all"),
    CHAINS_FIELD(chains_pcap_writer_options, no_comments, BOOL,
                 "pcapng: leave out tags, names and statistics", .preset = "no"),
    CHAINS_FIELD(chains_pcap_writer_options, pcapng, BOOL,
                 "write pcapng whatever the name, else where it ends in .pcapng or .ntar",
                 .preset = "by the name"),
    CHAINS_FIELDS_END,
};

static void pcap_writer_access(const chains_component *self, chains_access_teller tell,
                               void *user)
{
    const struct pcap_writer *writer = chains_state(self);
    output_slot_access(self, tell, user);
    if (writer_rotates(chains_options(self)))
        tell(user, CHAINS_ACCESS_MAKE, writer->path);
}

const struct chains_class pcap_writer_class = {
    .name = "pcap_writer",
    .brief = "write packets to a capture file, pcap or pcapng",
    .role = CHAINS_SINK,
    .state_size = sizeof(struct pcap_writer),
    .options_size = sizeof(struct chains_pcap_writer_options),
    .options = pcap_writer_options,
    .create = pcap_writer_create,
    .memory = output_slot_memory,
    .stats = output_slot_stats,
    .open = pcap_writer_open,
    .access = pcap_writer_access,
    .many = pcap_writer_many,
    .idle = output_slot_idle,
    .reopen = pcap_writer_reopen,
    .finish = pcap_writer_finish,
    .close = pcap_writer_close,
};

chains_component *chains_pcap_writer_new(const struct chains_pcap_writer_options *options)
{
    return chains_new(&pcap_writer_class, options);
}
