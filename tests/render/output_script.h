/* SPDX-License-Identifier: MIT */
#ifndef OUTPUT_SCRIPT_H
#define OUTPUT_SCRIPT_H

/*
 * A chain of one source and one sink whose open is a function of the test: everything that a sink
 * does with its output happens in there. And writes that fail when the test says so.
 */

#include "../../src/render/output.h"
#include "unpack.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { SCRIPT_WHY = 400 };

typedef int script(struct output *output, chains_component *sink, void *user);

struct script_options {
    size_t size;
    script *run;
    void *user;
};

struct script_source_options {
    size_t size;
    bool live;
};

/* The files that the source says it reads. */
static struct chains_input script_inputs[2];

static int script_source_open(chains_component *self)
{
    const struct script_source_options *options = chains_options(self);
    chains_announce(self, &(struct chains_source_info){ .live = options->live,
                                                        .inputs = script_inputs,
                                                        .input_count = 2 });
    return CHAINS_OK;
}

static int script_source_next(chains_component *self, struct chains_batch *out)
{
    (void)self;
    (void)out;
    return CHAINS_END;
}

static const struct chains_class script_source_class = {
    .name = "source",
    .brief = "nothing",
    .role = CHAINS_SOURCE,
    .options_size = sizeof(struct script_source_options),
    .open = script_source_open,
    .next = script_source_next,
};

static int script_open(chains_component *self)
{
    const struct script_options *options = chains_options(self);
    return options->run(chains_state(self), self, options->user);
}

static int script_each(chains_component *self, struct chains_record *rec)
{
    (void)self;
    (void)rec;
    return CHAINS_KEEP;
}

static const struct chains_class script_class = {
    .name = "writer",
    .brief = "what the test says",
    .role = CHAINS_SINK,
    .state_size = sizeof(struct output),
    .options_size = sizeof(struct script_options),
    .open = script_open,
    .each = script_each,
};

/* Runs it; the status of the chain, and its sentence in *why. */
static inline int script_run(script *run, void *user, bool live, char why[SCRIPT_WHY])
{
    struct script_options options = { sizeof options, run, user };
    struct script_source_options source = { sizeof source, live };
    chains_component *sink = chains_new(&script_class, &options);
    chains_link(sink, chains_new(&script_source_class, &source));
    int status = chains_pull(sink);
    snprintf(why, SCRIPT_WHY, "%s", chains_error(sink) ? chains_error(sink) : "");
    chains_free(sink);
    return status;
}

/* ---- faults: these stand before the C library's ---------------------------------------------
 */

static struct {
    unsigned calls;   /* of write(2), so far, on descriptors above 2 */
    unsigned fail_at; /* this one and all behind it fail, counted from 1; 0: none */
    int error;
    size_t most;     /* bytes taken by one call; 0: all */
    bool interrupt;  /* every second call is interrupted */
    int intruder;    /* descriptor of somebody who appends a word just before; 0: none */
    int close_error; /* of the next close(2) */
} faults;

static inline void faults_none(void)
{
    memset(&faults, 0, sizeof faults);
}

ssize_t write(int fd, const void *bytes, size_t size)
{
    if (fd <= STDERR_FILENO)
        return (ssize_t)syscall(SYS_write, fd, bytes, size);
    faults.calls++;
    if (faults.interrupt && faults.calls % 2 == 1) {
        errno = EINTR;
        return -1;
    }
    if (faults.fail_at && faults.calls >= faults.fail_at) {
        if (faults.intruder)
            syscall(SYS_write, faults.intruder, "intruder", 8);
        faults.intruder = 0;
        errno = faults.error;
        return -1;
    }
    return (ssize_t)syscall(SYS_write, fd, bytes,
                            faults.most && size > faults.most ? faults.most : size);
}

int close(int fd)
{
    int status = (int)syscall(SYS_close, fd);
    if (!faults.close_error)
        return status;
    errno = faults.close_error;
    faults.close_error = 0;
    return -1;
}

/* ---- files ----------------------------------------------------------------------------------
 */

static char folder[64]; /* of this test, made by folder_make() */

static inline void folder_make(void)
{
    snprintf(folder, sizeof folder, "/tmp/chains-output-XXXXXX");
    if (!mkdtemp(folder) || chmod(folder, 0777) != 0 || chdir(folder) != 0) {
        printf("Bail out! no folder\n");
        exit(1);
    }
}

static inline void folder_remove(void)
{
    char command[100];
    snprintf(command, sizeof command, "rm -rf %s", folder);
    check(chdir("/") == 0 && system(command) == 0);
}

static inline void file_put(const char *name, const char *text)
{
    FILE *file = fopen(name, "w");
    fputs(text, file);
    fclose(file);
}

/* The whole of a file, with a 0 behind it; NULL: there is none. */
static inline char *file_get(const char *name, size_t *len)
{
    FILE *file = fopen(name, "r");
    struct stat about;
    *len = 0;
    if (!file || fstat(fileno(file), &about) != 0)
        return NULL;
    char *bytes = calloc(1, (size_t)about.st_size + 1);
    *len = fread(bytes, 1, (size_t)about.st_size, file);
    fclose(file);
    return bytes;
}

/* The same, unpacked where the name says so; what is damaged or cut short becomes "?". */
static inline char *file_read(const char *name, size_t *len)
{
    char *bytes = file_get(name, len);
    size_t name_len = strlen(name);
    bool gzip = name_len > 3 && strcmp(name + name_len - 3, ".gz") == 0;
    bool zstd = name_len > 4 && strcmp(name + name_len - 4, ".zst") == 0;
    if (!bytes || (!gzip && !zstd))
        return bytes;
    size_t room = 16 * 1024 * 1024;
    struct unpacked got =
        gzip ? unpack_gzip(bytes, *len, room) : unpack_zstd(bytes, *len, room);
    free(bytes);
    if (!got.whole || got.bad)
        got.at[got.len++] = '?';
    got.at[got.len] = '\0';
    *len = got.len;
    return got.at;
}

static inline void file_is_(const char *name, const char *want, const char *at, int line)
{
    size_t len;
    char *got = file_read(name, &len);
    check_text_(got, want, name, at, line);
    free(got);
}
#define file_is(name, want) file_is_((name), (want), __FILE__, __LINE__)

/* Puts a limit on the size of files; RLIM_INFINITY takes it away. */
static inline void file_limit(rlim_t limit)
{
    struct rlimit now;
    getrlimit(RLIMIT_FSIZE, &now);
    now.rlim_cur = limit < now.rlim_max ? limit : now.rlim_max;
    setrlimit(RLIMIT_FSIZE, &now);
}

#endif
