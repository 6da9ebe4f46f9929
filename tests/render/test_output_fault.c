/* SPDX-License-Identifier: MIT */
/*
 * Writes that fail, at every one of them and at every byte: the file ends in a whole record, packed
 * files can be unpacked whole, and there is one sentence. And what leaves when: a packed file can
 * be read up to what was flushed.
 */
#include "output_script.h"

#include <pthread.h>
#include <signal.h>
#include <sys/stat.h>

enum {
    HEAD = 12
}; /* of a record: "00000007 042" and what fills it, its end the last byte of it */

struct job {
    struct output_target target;
    size_t records, length; /* each, 13 bytes and more */
    size_t each;            /* records of a batch */
    bool noise;             /* what nothing can pack */
};

static char job_fill(size_t number)
{
    return (char)('a' + number % 26);
}

/* Bytes that nothing can pack well, other ones for each seed. */
static void make_noise(char *out, size_t len, uint64_t state)
{
    for (size_t i = 0; i < len; i++) {
        state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        out[i] = (char)('!' + (state >> 40) % 90);
    }
}

static void put_record(struct output *output, const struct job *job, size_t number)
{
    char head[32], body[5000];
    snprintf(head, sizeof head, "%06zu%06zu", number % 1000000, job->length);
    output_text(output, head, HEAD);
    for (size_t left = job->length - HEAD - 1; left > 0;) {
        size_t part = left < sizeof body ? left : sizeof body;
        memset(body, job_fill(number), part);
        if (job->noise)
            make_noise(body, part, number * 1000003 + left);
        output_text(output, body, part);
        left -= part;
    }
    output_text(output, "\n", 1);
    output_commit(output);
}

/* Of bytes that begin with a record, those of whole ones. */
static size_t whole_records(const char *bytes, size_t len)
{
    size_t whole = 0;
    while (len - whole >= HEAD) {
        char digits[7] = "";
        memcpy(digits, bytes + whole + 6, 6);
        size_t length = strtoul(digits, NULL, 10);
        if (length < HEAD || length > len - whole)
            break;
        whole += length;
    }
    return whole;
}

static int run_job(struct output *output, chains_component *sink, void *user)
{
    const struct job *job = user;
    int status = output_open(output, sink, &job->target);
    for (size_t i = 0; status == CHAINS_OK && i < job->records; i++) {
        put_record(output, job, i);
        if (i % job->each == job->each - 1)
            status = output_end(output);
    }
    int flushed = output_flush(output), closed = output_close(output);
    return status < 0 ? status : flushed < 0 ? flushed : closed;
}

/* How many whole records, in order, a file is; SIZE_MAX: it is something else. */
static size_t count_records(const char *name, const struct job *job)
{
    size_t len, count = 0;
    char *text = file_read(name, &len);
    bool good = text && len % job->length == 0;
    for (; good && (count + 1) * job->length <= len; count++) {
        const char *at = text + count * job->length;
        char head[32];
        snprintf(head, sizeof head, "%06zu%06zu", count % 1000000, job->length);
        good = memcmp(at, head, HEAD) == 0 && at[job->length - 1] == '\n' &&
               (job->noise || at[job->length - 2] == job_fill(count));
    }
    free(text);
    return good ? count : SIZE_MAX;
}

static struct job job_of(const char *path, bool binary, size_t records, size_t length)
{
    return (struct job){
        .target = { .path = path,
                    .exists = CHAINS_EXISTS_REPLACE,
                    .record_end = binary ? NULL : "\n",
                    .whole = binary ? whole_records : NULL },
        .records = records,
        .length = length,
        .each = 4,
    };
}

/* ---- every byte -----------------------------------------------------------------------------
 */

/* A disk that is full behind every byte: all that fits is there. */
static void test_every_byte(bool binary, enum chains_flush flush)
{
    enum { RECORDS = 20, LENGTH = 23 };
    char why[SCRIPT_WHY];
    unsigned good = 0, said = 0;
    struct job job = job_of("bytes", binary, RECORDS, LENGTH);
    job.target.flush = flush;
    for (rlim_t limit = 0; limit < RECORDS * LENGTH; limit++) {
        file_limit(limit);
        int status = script_run(run_job, &job, false, why);
        file_limit(RLIM_INFINITY);
        good += status == CHAINS_EIO && count_records("bytes", &job) == limit / LENGTH;
        said += strcmp(why, "writer: cannot write bytes: File too large") == 0;
    }
    check_eq_u64(good, RECORDS * LENGTH);
    check_eq_u64(said, RECORDS * LENGTH);
    file_limit(RECORDS * LENGTH);
    check(script_run(run_job, &job, false, why) == CHAINS_OK);
    file_limit(RLIM_INFINITY);
    check_eq_u64(count_records("bytes", &job), RECORDS);
}

/* Behind what was there before, which stays. */
static void test_append(bool binary)
{
    char why[SCRIPT_WHY];
    struct job job = job_of("append", binary, 3, 100), more = job_of("append", binary, 50, 100);
    check(script_run(run_job, &job, false, why) == CHAINS_OK);
    more.target.exists = CHAINS_EXISTS_APPEND;
    for (rlim_t limit = 300; limit < 3000; limit += 37) {
        size_t len;
        file_limit(limit);
        check(script_run(run_job, &more, false, why) == CHAINS_EIO);
        file_limit(RLIM_INFINITY);
        free(file_get("append", &len));
        check_eq_u64(len, limit / 100 * 100);
        check(truncate("append", 300) == 0);
    }
    check_eq_u64(count_records("append", &job), 3);
}

/* Records larger than the buffer, of which only a part finds room. */
static void test_large(bool binary, size_t length)
{
    char why[SCRIPT_WHY];
    struct job job = job_of("large", binary, 6, length);
    unsigned good = 0, tries = 0;
    for (rlim_t limit = 0; limit < 4 * length; limit += 30011, tries++) {
        file_limit(limit);
        int status = script_run(run_job, &job, false, why);
        file_limit(RLIM_INFINITY);
        good += status == CHAINS_EIO && count_records("large", &job) == limit / length;
    }
    check(tries > 10);
    check_eq_u64(good, tries);
}

/*
 * A packed file: what unpacks is whole records and a whole member, and at most OUTPUT_POINT and a
 * buffer short of what fits.
 */
static void test_packed(const char *name, bool binary, enum chains_flush flush, size_t length)
{
    char why[SCRIPT_WHY], wanted[100];
    struct job job = job_of(name, binary, 4000000 / length, length);
    job.target.flush = flush;
    job.noise = true;
    job.each = 100000 / length + 1;
    snprintf(wanted, sizeof wanted, "writer: cannot write %s: File too large", name);
    check(script_run(run_job, &job, false, why) == CHAINS_OK);
    check_eq_u64(count_records(name, &job), job.records);
    size_t size;
    free(file_get(name, &size));
    for (size_t part = 1; part <= 13; part++) {
        rlim_t limit = size / 14 * part;
        size_t least = 4000000 / 14 * part, slack = OUTPUT_POINT + 2 * OUTPUT_BUFFER + 300000;
        file_limit(limit);
        check(script_run(run_job, &job, false, why) == CHAINS_EIO);
        file_limit(RLIM_INFINITY);
        check_eq_text(why, wanted);
        size_t count = count_records(name, &job), got;
        free(file_get(name, &got));
        check(got <= limit);
        check(count < job.records);
        if (!check((count + 1) * length + slack > least))
            printf("# %s: %zu records of %zu, limit %zu of %zu\n", name, count, length,
                   (size_t)limit, size);
    }
}

/* ---- every call -----------------------------------------------------------------------------
 */

static void test_every_call(const char *name, bool binary)
{
    static const struct {
        int error;
        const char *sentence;
        int status;
    } rows[] = {
        { ENOSPC, "writer: cannot write %s: No space left on device", CHAINS_EIO },
        { EIO, "writer: cannot write %s: Input/output error", CHAINS_EIO },
        { EDQUOT, "writer: cannot write %s: Disk quota exceeded", CHAINS_EIO },
        { EPIPE, "writer: the reader of %s has gone away", CHAINS_EPIPE },
    };
    struct job job = job_of(name, binary, 200, 3001);
    char why[SCRIPT_WHY], wanted[SCRIPT_WHY];
    job.target.flush = CHAINS_FLUSH_LINE;
    faults_none();
    check(script_run(run_job, &job, false, why) == CHAINS_OK);
    unsigned calls = faults.calls;
    check(calls >= 50);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        unsigned good = 0;
        size_t before = 0;
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
        snprintf(wanted, sizeof wanted, rows[i].sentence, name);
#pragma GCC diagnostic pop
        for (unsigned at = 1; at <= calls; at++) {
            faults_none();
            faults.fail_at = at;
            faults.error = rows[i].error;
            int status = script_run(run_job, &job, false, why);
            faults_none();
            size_t count = count_records(name, &job), len;
            /* Not even the ending finds room: cut at the last batch, without one. */
            if (count == SIZE_MAX && strchr(name, '.')) {
                char *text = file_read(name, &len);
                count = text[len - 1] == '?' && (len - 1) % job.length == 0
                            ? (len - 1) / job.length
                            : SIZE_MAX;
                free(text);
            }
            good += status == rows[i].status && strcmp(why, wanted) == 0 && count != SIZE_MAX &&
                    count >= before && count + 12 >= at * 4 - 4;
            before = count;
        }
        if (!check(good == calls))
            printf("# %s, %s: %u of %u\n", name, strerror(rows[i].error), good, calls);
    }
}

/* Writes that take little, and are interrupted: nothing is lost or doubled. */
static void test_short(const char *name)
{
    static const size_t most[] = { 1, 7, 4096, 100000 };
    char why[SCRIPT_WHY];
    for (size_t i = 0; i < sizeof most / sizeof *most; i++) {
        struct job job = job_of(name, i % 2, 100, 1000);
        faults_none();
        faults.most = most[i];
        faults.interrupt = true;
        check(script_run(run_job, &job, false, why) == CHAINS_OK);
        check(faults.calls > 1);
        faults_none();
        check_eq_u64(count_records(name, &job), 100);
    }
}

/* Where somebody else has written behind it, nothing is taken back: not even his. */
static void test_intruder(const char *name)
{
    char why[SCRIPT_WHY];
    size_t len;
    struct job job = job_of(name, false, 30, 50);
    file_put(name, "");
    faults_none();
    faults.most = 120;
    faults.fail_at = 2;
    faults.error = ENOSPC;
    int intruder = open(name, O_WRONLY | O_APPEND);
    faults.intruder = intruder;
    job.target.exists = CHAINS_EXISTS_APPEND;
    check(script_run(run_job, &job, false, why) == CHAINS_EIO);
    faults_none();
    close(intruder);
    char *text = file_get(name, &len);
    check(len > 8 && len <= 128 && memcmp(text + len - 8, "intruder", 8) == 0);
    check(strchr(name, '.') || len == 128);
    free(text);
}

/* What close(2) has to say counts: some file systems say only there that the disk is full. */
static void test_close(void)
{
    char why[SCRIPT_WHY];
    struct job job = job_of("close", false, 10, 50);
    faults_none();
    faults.close_error = EDQUOT;
    check(script_run(run_job, &job, false, why) == CHAINS_EIO);
    check_eq_text(why, "writer: cannot write close: Disk quota exceeded");
    faults.close_error = EINTR;
    check(script_run(run_job, &job, false, why) == CHAINS_OK);
    faults_none();
}

static void *read_little(void *user)
{
    char bytes[100];
    int fd = open("pipe", O_RDONLY);
    *(bool *)user = read(fd, bytes, sizeof bytes) > 0;
    close(fd);
    return NULL;
}

static void test_gone(void)
{
    char why[SCRIPT_WHY];
    bool got = false;
    pthread_t thread;
    struct job job = job_of("pipe", false, 100000, 50);
    check(mkfifo("pipe", 0600) == 0);
    check(pthread_create(&thread, NULL, read_little, &got) == 0);
    check(script_run(run_job, &job, false, why) == CHAINS_EPIPE);
    pthread_join(thread, NULL);
    check(got);
    check_eq_text(why, "writer: the reader of pipe has gone away");
}

/* ---- what leaves when -----------------------------------------------------------------------
 */

/* The records that a packed file has so far, though it is not ended. */
static size_t count_so_far(const char *name, const struct job *job)
{
    size_t len;
    char *text = file_read(name, &len);
    if (len > 0 && text[len - 1] == '?')
        len--;
    size_t count = len % job->length == 0 ? len / job->length : SIZE_MAX;
    free(text);
    return count;
}

/* flush=line: after every batch; and nothing more when nothing came. */
static int run_lines(struct output *output, chains_component *sink, void *user)
{
    struct job *job = user;
    int status = output_open(output, sink, &job->target);
    for (size_t i = 0; i < 50; i++) {
        size_t before, after;
        put_record(output, job, i);
        check(output_end(output) == CHAINS_OK);
        check_eq_u64(count_so_far(job->target.path, job), i + 1);
        free(file_get(job->target.path, &before));
        check(output_end(output) == CHAINS_OK && output_flush(output) == CHAINS_OK &&
              output_flush(output) == CHAINS_OK);
        free(file_get(job->target.path, &after));
        check_eq_u64(after, before);
    }
    int closed = output_close(output);
    return status < 0 ? status : closed;
}

/* Live, without a word about flushing: text at once, packed data once a second or when idle. */
static int run_live(struct output *output, chains_component *sink, void *user)
{
    struct job *job = user;
    bool packed = strchr(job->target.path, '.');
    int status = output_open(output, sink, &job->target);
    for (size_t i = 0; i < 3; i++) {
        put_record(output, job, i);
        check(output_end(output) == CHAINS_OK);
        if (packed && i > 0)
            output->paced_ns = INT64_MAX; /* the second is not over, however slow this runs */
        size_t count = count_so_far(job->target.path, job);
        check_eq_u64(count, packed && i > 1 ? count : i + 1);
        if (packed && i > 1)
            check(count < i + 1);
        output->paced_ns = packed && i == 0 ? 0 : output->paced_ns;
    }
    check(output_flush(output) == CHAINS_OK);
    check_eq_u64(count_so_far(job->target.path, job), 3);
    int closed = output_close(output);
    return status < 0 ? status : closed;
}

/*
 * A file: nothing leaves before the buffer is full, or the end; and without a flush, which a chain
 * that could not be opened lacks, it is as if nothing had been.
 */
static int run_blocks(struct output *output, chains_component *sink, void *user)
{
    struct job *job = user;
    bool there = access(job->target.path, F_OK) == 0;
    size_t before = 0, len;
    if (there)
        free(file_get(job->target.path, &before));
    int status = output_open(output, sink, &job->target);
    for (size_t i = 0; i < 10; i++) {
        put_record(output, job, i);
        check(output_end(output) == CHAINS_OK);
    }
    free(file_get(job->target.path, &len));
    check_eq_u64(len, before);
    int closed = output_close(output);
    check_eq_u64(access(job->target.path, F_OK) == 0, there);
    if (there)
        free(file_get(job->target.path, &len));
    check_eq_u64(len, before);
    return status < 0 ? status : closed;
}

static void test_when(const char *name)
{
    char why[SCRIPT_WHY];
    struct job job = job_of(name, false, 0, 100);
    check(script_run(run_blocks, &job, false, why) == CHAINS_OK);
    check(script_run(run_live, &job, true, why) == CHAINS_OK);
    check_eq_u64(count_records(name, &job), 3);
    job.target.flush = CHAINS_FLUSH_LINE;
    check(script_run(run_lines, &job, false, why) == CHAINS_OK);
    check_eq_u64(count_records(name, &job), 50);
    job.target.flush = CHAINS_FLUSH_BLOCK;
    check(script_run(run_blocks, &job, true, why) == CHAINS_OK);
}

/* ---- terminals ------------------------------------------------------------------------------
 */

static int run_terminal(struct output *output, chains_component *sink, void *user)
{
    const struct output_target *target = user;
    int status = output_open(output, sink, target);
    check(status < 0 || output->eager);
    int closed = output_close(output);
    return status < 0 ? status : closed;
}

/* Text goes to a terminal line by line; packets do not go there at all. */
static void test_terminal(void)
{
    char why[SCRIPT_WHY], wanted[SCRIPT_WHY], name[64];
    int master = posix_openpt(O_RDWR | O_NOCTTY);
    if (master < 0 || grantpt(master) != 0 || unlockpt(master) != 0 ||
        ptsname_r(master, name, sizeof name) != 0)
        return;
    struct output_target target = { .path = name, .record_end = "\n" };
    check(script_run(run_terminal, &target, false, why) == CHAINS_OK);
    target.record_end = NULL;
    target.whole = whole_records;
    check(script_run(run_terminal, &target, false, why) == CHAINS_EUSAGE);
    snprintf(wanted, sizeof wanted,
             "writer: %s is a terminal, and this is not text: give path=FILE or redirect it",
             name);
    check_eq_text(why, wanted);
    FILE *stream = fopen(name, "w");
    target.path = NULL;
    target.file = stream;
    check(script_run(run_terminal, &target, false, why) == CHAINS_EUSAGE);
    check_eq_text(why, "writer: the output is a terminal, and this is not text: give path=FILE "
                       "or redirect it");
    fclose(stream);
    close(master);
}

int main(void)
{
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN);
    folder_make();
    for (int binary = 0; binary < 2; binary++) {
        test_every_byte(binary, CHAINS_FLUSH_BLOCK);
        test_every_byte(binary, CHAINS_FLUSH_LINE);
        test_append(binary);
        test_large(binary, OUTPUT_BUFFER - 1);
        test_large(binary, OUTPUT_BUFFER + 1);
        test_large(binary, 3 * OUTPUT_BUFFER + 17);
        test_packed("noise.gz", binary, CHAINS_FLUSH_BLOCK, 4000);
        test_packed("noise.zst", binary, CHAINS_FLUSH_BLOCK, 4000);
        test_every_call("calls", binary);
    }
    test_packed("noise.gz", false, CHAINS_FLUSH_LINE, 999);
    test_packed("noise.zst", true, CHAINS_FLUSH_LINE, 999);
    test_packed("noise.gz", false, CHAINS_FLUSH_BLOCK, 200001);
    test_packed("noise.zst", true, CHAINS_FLUSH_BLOCK, 200001);
    test_every_call("calls.gz", false);
    test_every_call("calls.zst", false);
    test_short("short");
    test_short("short.gz");
    test_short("short.zst");
    test_intruder("intruder");
    test_intruder("intruder.gz");
    test_close();
    test_gone();
    test_when("when");
    test_when("when.gz");
    test_when("when.zst");
    test_terminal();
    folder_remove();
    return check_done();
}
