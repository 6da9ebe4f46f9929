/* SPDX-License-Identifier: MIT */
/*
 * In: paths. Out: the packets of all those captures, always the earliest of the packets that
 * come next in the open files. Files wait without a buffer, sorted by their first time stamp, until the
 * stream reaches it. Reading and closing happen in capture_files_fill() only, so that what was lent
 * lives until then.
 */

#include "capture_files.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

/* A path, and where it leads: -1 when it is at hand, behind, or to be opened when it is wanted. */
struct captured {
    char *path;
    int fd;
    bool later, regular;
};

/* A file that waits for its time. */
struct waiting {
    int64_t first_ns;
    size_t number; /* of the path */
};

/* A file at hand. */
struct current {
    struct capture_file *file;
    size_t number;
    uint64_t size;
    struct capture_packet head; /* its next packet, */
    bool has_head;              /* if it has been asked for */
    bool hungry;                /* it must be filled before it can be asked again */
    bool done;                  /* to be closed by the next fill */
};

struct capture_files {
    struct captured *captured;
    size_t paths_count, kept; /* and the number of descriptors that wait */
    struct waiting *waiting;  /* from `reached` on, the earliest first */
    size_t waiting_count, reached;
    struct current current[CAPTURE_FILES_OPEN];
    size_t current_count;
    uint64_t closed_bytes, size; /* of the files that are behind; of all, 0: unknown */
    bool begun;                  /* the files have been looked at */
    bool over;                   /* for good: a file is no capture, too many overlap */
    struct secrets *secrets;     /* where the files' keys go, or NULL */
    int status;                  /* the first failure, kept until the end */
    char error[CAPTURE_ERROR];
};

static void remember(struct capture_files *files, int status, const char *sentence)
{
    if (files->status != CHAINS_OK)
        return;
    files->status = status;
    snprintf(files->error, sizeof files->error, "%s", sentence);
}

static int by_time(const void *a, const void *b)
{
    const struct waiting *x = a, *y = b;
    if (x->first_ns != y->first_ns)
        return x->first_ns < y->first_ns ? -1 : 1;
    return x->number < y->number ? -1 : 1;
}

/* More would have to be open at once than may be. */
static int crowd(const struct capture_files *files, char *out, size_t size)
{
    snprintf(out, size, "%zu capture files: more than %d of them overlap in time",
             files->paths_count, (int)CAPTURE_FILES_OPEN);
    return CHAINS_EUSAGE;
}

static int keep_open(struct capture_files *files, struct capture_file *file, size_t number)
{
    if (files->current_count == CAPTURE_FILES_OPEN)
        return CHAINS_EUSAGE;
    capture_file_keep_secrets(file, files->secrets);
    files->current[files->current_count++] =
        (struct current){ .file = file, .number = number, .size = capture_file_size(file) };
    return CHAINS_OK;
}

/*
 * The time of the first packet of a regular file, where nothing is waited for; the earliest
 * there is when damage comes before it.
 */
static bool first_time(struct capture_file *file, int64_t *time_ns)
{
    struct capture_packet packet;
    int status;
    while ((status = capture_file_next(file, &packet)) == CHAINS_IDLE)
        capture_file_fill(file, 0);
    *time_ns = status == CHAINS_OK ? packet.time_ns : INT64_MIN;
    return status != CHAINS_END;
}

/* Half of what this process may have: others want some as well. 512 where that is a secret. */
static size_t most_kept(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return 512;
    return limit.rlim_cur == RLIM_INFINITY ? SIZE_MAX : (size_t)limit.rlim_cur / 2;
}

/*
 * Opens a file and puts it where it belongs. What is read from where it stands (standard input, a
 * pipe), and the only file, is at hand from now on.
 */
static int open_one(struct capture_files *files, size_t number, char *error, size_t error_size)
{
    struct captured *one = &files->captured[number];
    int status = CHAINS_OK;
    int fd = capture_file_descriptor(one->path, &one->regular, error, error_size);
    if (fd < 0)
        return CHAINS_EIO;
    if (one->regular && strcmp(one->path, "-") != 0 && files->paths_count > 1) {
        one->later = files->kept >= most_kept();
        if (one->later)
            close(fd);
        else
            one->fd = fd;
        files->kept += !one->later;
        return CHAINS_OK;
    }
    struct capture_file *file = capture_file_of(fd, one->path, &status, error, error_size);
    if (file && keep_open(files, file, number) != CHAINS_OK) {
        capture_file_free(file);
        status = crowd(files, error, error_size);
    }
    return status;
}

/* The file of a path that waits. NULL on failure. */
static struct capture_file *take(struct capture_files *files, size_t number, int *status,
                                 char *error, size_t error_size)
{
    struct captured *one = &files->captured[number];
    int fd = one->fd;
    one->fd = -1;
    return fd < 0 ? capture_file_open(one->path, status, error, error_size)
                  : capture_file_of(fd, one->path, status, error, error_size);
}

/* Learns when the packets of a file begin: when they do, it waits for that. */
static int look_at(struct capture_files *files, size_t number, char *error, size_t error_size)
{
    int status;
    struct captured *one = &files->captured[number];
    struct capture_file *file = take(files, number, &status, error, error_size);
    struct waiting *waiting = &files->waiting[files->waiting_count];
    if (!file)
        return status;
    status = capture_file_begin(file);
    if (status != CHAINS_OK && status != CHAINS_END)
        snprintf(error, error_size, "%s", capture_file_error(file));
    waiting->number = number;
    files->size += capture_file_size(file);
    bool any = status == CHAINS_OK && first_time(file, &waiting->first_ns);
    files->waiting_count += any;
    if (!any)
        files->closed_bytes += capture_file_size(file);
    if (any && !one->later)
        one->fd = capture_file_put_back(file);
    else
        capture_file_free(file);
    return status < 0 ? status : CHAINS_OK;
}

int capture_files_begin(struct capture_files *files)
{
    bool known = true;
    int status = CHAINS_OK;
    char error[CAPTURE_ERROR] = "";
    files->begun = true;
    for (size_t i = 0; i < files->current_count && status >= 0; i++) {
        struct capture_file *file = files->current[i].file;
        known = known && capture_file_is_regular(file);
        files->size += capture_file_size(file);
        status = capture_file_begin(file);
        if (status < 0)
            snprintf(error, sizeof error, "%s", capture_file_error(file));
    }
    for (size_t i = 0; i < files->paths_count && status >= 0; i++)
        if (files->captured[i].fd >= 0 || files->captured[i].later)
            status = look_at(files, i, error, sizeof error);
    if (!known)
        files->size = 0;
    files->over = status < 0;
    if (files->over)
        remember(files, status, error);
    qsort(files->waiting, files->waiting_count, sizeof *files->waiting, by_time);
    return files->over ? status : CHAINS_OK;
}

const char *capture_files_later(const struct capture_files *files, size_t i)
{
    for (size_t number = 0; number < files->paths_count; number++)
        if (files->captured[number].later && i-- == 0)
            return files->captured[number].path;
    return NULL;
}

static struct capture_files *files_new(const char *const *paths)
{
    struct capture_files *files = calloc(1, sizeof *files);
    if (!files)
        return NULL;
    size_t count = 0;
    while (paths[count])
        count++;
    files->captured = calloc(count + 1, sizeof *files->captured);
    files->waiting = calloc(count + 1, sizeof *files->waiting);
    bool good = files->captured && files->waiting;
    for (; good && files->paths_count < count; files->paths_count++) {
        struct captured *one = &files->captured[files->paths_count];
        *one = (struct captured){ .path = strdup(paths[files->paths_count]), .fd = -1 };
        good = one->path != NULL;
    }
    if (good)
        return files;
    capture_files_free(files);
    return NULL;
}

struct capture_files *capture_files_open(const char *const *paths, int *status, char *error,
                                         size_t error_size)
{
    struct capture_files *files = files_new(paths);
    if (!files) {
        snprintf(error, error_size, "no memory for the list of capture files");
        *status = CHAINS_EMEM;
        return NULL;
    }
    *status = CHAINS_OK;
    for (size_t i = 0; i < files->paths_count && *status == CHAINS_OK; i++)
        *status = open_one(files, i, error, error_size);
    if (*status == CHAINS_OK)
        return files;
    capture_files_free(files);
    return NULL;
}

static bool any_waiting(const struct capture_files *files)
{
    return files->reached < files->waiting_count;
}

/* Whether the next waiting file must be open before a packet of `time_ns` may be given. */
static bool is_due(const struct capture_files *files, int64_t time_ns)
{
    return any_waiting(files) && files->waiting[files->reached].first_ns <= time_ns;
}

/* Notes what a file answered when it was asked for its next packet. */
static void heed(struct capture_files *files, struct current *one, int status)
{
    one->has_head = status == CHAINS_OK;
    one->hungry = status == CHAINS_IDLE;
    one->done = status == CHAINS_END || status < 0;
    if (status < 0)
        remember(files, status, capture_file_error(one->file));
}

/* The file with the earliest packet, of two at the same time the one named first. */
static struct current *earliest(struct capture_files *files, bool *hungry)
{
    struct current *best = NULL;
    *hungry = false;
    for (size_t i = 0; i < files->current_count; i++) {
        struct current *one = &files->current[i];
        if (!one->has_head && !one->hungry && !one->done)
            heed(files, one, capture_file_next(one->file, &one->head));
        *hungry = *hungry || one->hungry;
        if (!one->has_head)
            continue;
        if (!best || one->head.time_ns < best->head.time_ns ||
            (one->head.time_ns == best->head.time_ns && one->number < best->number))
            best = one;
    }
    return best;
}

/* The common case without a merge: one file is open and its packet comes before all others. */
static bool only_file(struct capture_files *files, struct capture_packet *packet)
{
    struct current *one = &files->current[0];
    if (files->current_count != 1 || one->has_head || one->hungry || one->done)
        return false;
    int status = capture_file_next(one->file, packet);
    if (status == CHAINS_OK && !is_due(files, packet->time_ns))
        return true;
    heed(files, one, status);
    if (status == CHAINS_OK)
        one->head = *packet;
    return false;
}

size_t capture_files_regular(const char *const *paths, struct chains_input *inputs)
{
    size_t regular = 0;
    for (; *paths; paths++) {
        struct stat about;
        bool standard = strcmp(*paths, "-") == 0;
        int known = standard ? fstat(STDIN_FILENO, &about) : stat(*paths, &about);
        if (known == 0 && S_ISREG(about.st_mode))
            inputs[regular++] =
                (struct chains_input){ (uint64_t)about.st_dev, (uint64_t)about.st_ino };
    }
    return regular;
}

int capture_files_next(struct capture_files *files, struct capture_packet *packet)
{
    if (__builtin_expect(!files->begun, false))
        capture_files_begin(files);
    if (files->over)
        return files->status;
    if (only_file(files, packet))
        return CHAINS_OK;
    bool hungry;
    struct current *best = earliest(files, &hungry);
    if (hungry)
        return CHAINS_IDLE;
    if (best && !is_due(files, best->head.time_ns)) {
        *packet = best->head;
        best->has_head = false;
        return CHAINS_OK;
    }
    if (best || any_waiting(files))
        return CHAINS_IDLE;
    return files->status != CHAINS_OK ? files->status : CHAINS_END;
}

static void close_done(struct capture_files *files)
{
    size_t kept = 0;
    for (size_t i = 0; i < files->current_count; i++) {
        struct current *one = &files->current[i];
        if (one->done) {
            files->closed_bytes += one->size ? one->size : capture_file_position(one->file);
            capture_file_free(one->file);
        } else {
            files->current[kept++] = *one;
        }
    }
    files->current_count = kept;
}

/* Takes up the next waiting file, which had been good when it was looked at. */
static void open_next(struct capture_files *files)
{
    char error[CAPTURE_ERROR];
    int status;
    size_t number = files->waiting[files->reached].number;
    struct capture_file *file = take(files, number, &status, error, sizeof error);
    files->reached++;
    if (!file) {
        remember(files, status, error);
        return;
    }
    close_done(files);
    if (keep_open(files, file, number) == CHAINS_OK)
        return;
    capture_file_free(file);
    status = crowd(files, error, sizeof error);
    remember(files, status, error);
    files->over = true;
}

/* Fills the files at hand that need it; CHAINS_IDLE when none of them got anything. */
static int fill_hungry(struct capture_files *files, int timeout_ms)
{
    int status = CHAINS_IDLE;
    for (size_t i = 0; i < files->current_count; i++) {
        struct current *one = &files->current[i];
        if (!one->hungry)
            continue;
        int filled = capture_file_fill(one->file, timeout_ms);
        one->hungry = filled == CHAINS_IDLE;
        /* One pipe has been waited for: that is the caller's time. */
        if (filled == CHAINS_IDLE)
            timeout_ms = 0;
        else
            status = filled;
    }
    return status;
}

int capture_files_fill(struct capture_files *files, int timeout_ms)
{
    close_done(files);
    int status = fill_hungry(files, timeout_ms);
    bool hungry;
    const struct current *best = earliest(files, &hungry);
    while (!hungry && !files->over &&
           (best ? is_due(files, best->head.time_ns) : any_waiting(files))) {
        open_next(files);
        status = CHAINS_OK;
        best = earliest(files, &hungry);
    }
    return status;
}

void capture_files_keep_secrets(struct capture_files *files, struct secrets *secrets)
{
    files->secrets = secrets;
    for (size_t i = 0; i < files->current_count; i++)
        capture_file_keep_secrets(files->current[i].file, secrets);
}

uint64_t capture_files_position(const struct capture_files *files)
{
    uint64_t bytes = files->closed_bytes;
    for (size_t i = 0; i < files->current_count; i++)
        bytes += capture_file_position(files->current[i].file);
    return bytes;
}

uint64_t capture_files_size(const struct capture_files *files)
{
    return files->size;
}

const char *capture_files_error(const struct capture_files *files)
{
    return files->error;
}

void capture_files_free(struct capture_files *files)
{
    if (!files)
        return;
    for (size_t i = 0; i < files->current_count; i++)
        capture_file_free(files->current[i].file);
    for (size_t i = 0; files->captured && i < files->paths_count; i++) {
        if (files->captured[i].fd >= 0)
            close(files->captured[i].fd);
        free(files->captured[i].path);
    }
    free(files->captured);
    free(files->waiting);
    free(files);
}
