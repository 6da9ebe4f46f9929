/* SPDX-License-Identifier: MIT */

/* Several captures as one stream: order, ties, many files, damage, pipes. */

#include "capture_make.h"

#include "../../src/sources/capture_files.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>

enum { MANY = 100 };

static void put_begin(struct made *made)
{
    put_pcap(made, 0xa1b2c3d4, 2, 4, 1);
}

static int next_merged(struct capture_files *files, struct capture_packet *packet)
{
    int status;
    while ((status = capture_files_next(files, packet)) == CHAINS_IDLE)
        capture_files_fill(files, -1);
    return status;
}

static struct capture_files *open_all(const char *const *paths)
{
    int status;
    char error[1024] = "";
    struct capture_files *files = capture_files_open(paths, &status, error, sizeof error);
    check(files != NULL);
    check_eq_text(error, "");
    return files;
}

/* The seconds of all packets, as text; "!" and the sentence at a failure. */
static void read_merged(struct capture_files *files, char *out, size_t size)
{
    struct capture_packet packet;
    int status;
    size_t used = 0;
    out[0] = '\0';
    while ((status = next_merged(files, &packet)) == CHAINS_OK)
        used += (size_t)snprintf(out + used, size - used, "%d/%u ",
                                 (int)(packet.time_ns / 1000000000), packet.caplen);
    check(capture_files_next(files, &packet) == status);
    if (status < 0)
        snprintf(out + used, size - used, "!");
}

static void test_order(void)
{
    struct made a = { 0 }, b = { 0 }, c = { 0 }, none = { 0 };
    put_begin(&a);
    put_record(&a, 10, 0, 1, 1);
    put_record(&a, 30, 0, 1, 1);
    put_record(&a, 20, 0, 1, 1); /* stays behind the 30 of its file */
    put_begin(&b);
    put_record(&b, 5, 0, 2, 2);
    put_record(&b, 10, 0, 2, 2);
    put_record(&b, 25, 0, 2, 2);
    put_begin(&c);
    put_record(&c, 40, 0, 3, 3);
    put_begin(&none);
    const char *paths[] = { made_write(&c), made_write(&a), made_write(&none), made_write(&b),
                            NULL };
    struct capture_files *files = open_all(paths);
    check_eq_u64(capture_files_position(files), 0);
    check_eq_u64(capture_files_begin(files), CHAINS_OK);
    check_eq_u64(capture_files_position(files), none.len);
    check(capture_files_later(files, 0) == NULL);
    char out[1000];
    read_merged(files, out, sizeof out);
    check_eq_text(out, "5/2 10/1 10/2 25/2 30/1 20/1 40/3 ");
    check_eq_u64(capture_files_size(files), a.len + b.len + c.len + none.len);
    check_eq_u64(capture_files_position(files), capture_files_size(files));
    capture_files_free(files);

    struct capture_files *single = open_all((const char *[]){ paths[1], NULL });
    read_merged(single, out, sizeof out);
    check_eq_text(out, "10/1 30/1 20/1 ");
    capture_files_free(single);
    struct capture_files *empty = open_all((const char *[]){ NULL });
    read_merged(empty, out, sizeof out);
    check_eq_text(out, "");
    capture_files_free(empty);
    made_free(&a);
    made_free(&b);
    made_free(&c);
    made_free(&none);
}

/* Packets before the damage, then the other files, then the first failure. */
static void test_damage(void)
{
    struct made a = { 0 }, b = { 0 }, c = { 0 };
    put_begin(&a);
    put_record(&a, 1, 0, 1, 1);
    put_record(&a, 2, 0, 1, 1);
    put(&a, "cut", 3);
    put_begin(&b);
    put_record(&b, 1, 5, 2, 2);
    put_record(&b, 9, 0, 2, 2);
    put_begin(&c);
    put(&c, "cut too", 7);
    const char *paths[] = { made_write(&a), made_write(&b), NULL, NULL };
    struct capture_files *files = open_all(paths);
    char out[1000], want[200];
    read_merged(files, out, sizeof out);
    check_eq_text(out, "1/1 1/2 2/1 9/2 !");
    snprintf(want, sizeof want,
             "%s: cut short at byte 58: a record header of 16 bytes has only 3", a.path);
    check_eq_text(capture_files_error(files), want);
    capture_files_free(files);

    paths[2] = made_write(&c);
    files = open_all(paths);
    read_merged(files, out, sizeof out);
    check_eq_text(out, "1/1 1/2 2/1 9/2 !");
    check(strncmp(capture_files_error(files), c.path, strlen(c.path)) == 0);
    capture_files_free(files);

    /* Gone after it was opened. */
    paths[2] = NULL;
    files = open_all(paths);
    unlink(a.path);
    read_merged(files, out, sizeof out);
    check_eq_text(out, "1/1 1/2 2/1 9/2 !");
    capture_files_free(files);

    int status;
    char error[1024];
    check(capture_files_open(paths, &status, error, sizeof error) == NULL);
    check(status == CHAINS_EIO);
    made_free(&a);
    made_free(&b);
    made_free(&c);
}

/* More files than may be open: those beyond half of it are opened when their time comes. */
static void test_later(void)
{
    enum { FILES = 30, MOST = 40 };
    static struct made made[FILES];
    const char *paths[FILES + 1] = { NULL };
    struct rlimit before, few;
    char out[1000];
    for (uint32_t i = 0; i < FILES; i++) {
        put_begin(&made[i]);
        put_record(&made[i], i, 0, 1, 1);
        paths[i] = made_write(&made[i]);
    }
    check(getrlimit(RLIMIT_NOFILE, &before) == 0);
    few = before;
    few.rlim_cur = MOST;
    for (int gone = 0; gone < 2; gone++) {
        check(setrlimit(RLIMIT_NOFILE, &few) == 0);
        struct capture_files *files = open_all(paths);
        check_eq_text(capture_files_later(files, 0), paths[MOST / 2]);
        check_eq_text(capture_files_later(files, FILES - MOST / 2 - 1), paths[FILES - 1]);
        check(capture_files_later(files, FILES - MOST / 2) == NULL);
        check_eq_u64(capture_files_begin(files), CHAINS_OK);
        if (gone) {
            unlink(paths[0]);
            unlink(paths[FILES - 1]);
        }
        read_merged(files, out, sizeof out);
        check(strncmp(out, "0/1 1/1 2/1 ", 12) == 0);
        check(strstr(out, gone ? " 28/1 !" : " 29/1 ") != NULL);
        check(!gone || strstr(capture_files_error(files), "No such file") != NULL);
        capture_files_free(files);
        check(setrlimit(RLIMIT_NOFILE, &before) == 0);
    }
    for (size_t i = 0; i < FILES; i++)
        made_free(&made[i]);
}

/* Files one after the other: any number. Too many at the same time: a failure. */
static void test_many(void)
{
    static struct made made[MANY];
    const char *paths[MANY + 1] = { NULL };
    for (int overlap = 0; overlap < 2; overlap++) {
        for (uint32_t i = 0; i < MANY; i++) {
            put_begin(&made[i]);
            put_record(&made[i], overlap ? i : 10 * i, 0, 1, 1);
            put_record(&made[i], overlap ? 1000 : 10 * i + 11, 0, 1, 1);
            paths[MANY - 1 - i] = made_write(&made[i]);
        }
        struct capture_files *files = open_all(paths);
        struct capture_packet packet;
        int64_t last = 0;
        unsigned count = 0, wrong = 0;
        int status;
        while ((status = next_merged(files, &packet)) == CHAINS_OK) {
            wrong += packet.time_ns < last;
            last = packet.time_ns;
            count++;
        }
        check_eq_u64(wrong, 0);
        check(count == (overlap ? (unsigned)CAPTURE_FILES_OPEN : 2u * MANY));
        check(status == (overlap ? CHAINS_EUSAGE : CHAINS_END));
        check_eq_text(capture_files_error(files),
                      overlap ? "100 capture files: more than 32 of them overlap in time" : "");
        capture_files_free(files);
        for (int i = 0; i < MANY; i++)
            made_free(&made[i]);
    }
}

/* What was lent from a file that ended stays until the next fill. */
static void test_lending(void)
{
    struct made made[3] = { { 0 }, { 0 }, { 0 } };
    const char *paths[4] = { NULL };
    for (uint32_t i = 0; i < 3; i++) {
        put_begin(&made[i]);
        for (uint32_t j = 0; j < 3000; j++)
            put_record(&made[i], 3 * j + i, 0, 200 + i, 200);
        paths[i] = made_write(&made[i]);
    }
    struct capture_files *files = open_all(paths);
    struct capture_packet packet, lent[9000];
    unsigned count = 0, total = 0, spoilt = 0;
    int status;
    while ((status = capture_files_next(files, &packet)) != CHAINS_END) {
        if (status == CHAINS_OK) {
            spoilt += packet.time_ns != (int64_t)total * 1000000000;
            total++;
            lent[count++] = packet;
            continue;
        }
        for (unsigned i = 0; i < count; i++)
            spoilt += lent[i].data[lent[i].caplen - 1] != lent[i].caplen - 1;
        count = 0;
        check_eq_u64(capture_files_fill(files, -1), CHAINS_OK);
    }
    for (unsigned i = 0; i < count; i++)
        spoilt += lent[i].data[lent[i].caplen - 1] != lent[i].caplen - 1;
    check_eq_u64(total, 9000);
    check_eq_u64(spoilt, 0);
    capture_files_free(files);
    for (int i = 0; i < 3; i++)
        made_free(&made[i]);
}

static void test_pipe(void)
{
    int ends[2];
    check(pipe(ends) == 0);
    struct made a = { 0 }, b = { 0 };
    put_begin(&a);
    put_record(&a, 1, 0, 1, 1);
    put_record(&a, 3, 0, 1, 1);
    put_begin(&b);
    put_record(&b, 2, 0, 2, 2);
    put_record(&b, 4, 0, 2, 2);
    char path[64];
    snprintf(path, sizeof path, "/dev/fd/%d", ends[0]);
    check(write(ends[1], b.at, 24) == 24);
    struct capture_files *files = open_all((const char *[]){ path, made_write(&a), NULL });
    struct capture_packet packet;
    check_eq_u64(capture_files_size(files), 0);
    check_eq_u64(capture_files_next(files, &packet), CHAINS_IDLE);
    check_eq_u64(capture_files_fill(files, 1), CHAINS_OK);
    check_eq_u64(capture_files_next(files, &packet), CHAINS_IDLE);
    check_eq_u64(capture_files_fill(files, 1), CHAINS_IDLE);
    check(write(ends[1], b.at + 24, b.len - 24) == (ssize_t)b.len - 24);
    close(ends[1]);
    char out[200];
    read_merged(files, out, sizeof out);
    check_eq_text(out, "1/1 2/2 3/1 4/2 ");
    capture_files_free(files);
    close(ends[0]);
    made_free(&a);
    made_free(&b);
}

/* Nothing of a pipe is awaited when it is opened: neither its header nor its first packet. */
static void test_quiet_pipe(void)
{
    int ends[2];
    check(pipe(ends) == 0);
    struct made a = { 0 };
    put_begin(&a);
    put_record(&a, 1, 0, 1, 1);
    char path[64], out[200];
    snprintf(path, sizeof path, "/dev/fd/%d", ends[0]);
    struct capture_files *files = open_all((const char *[]){ made_write(&a), path, NULL });
    struct capture_packet packet;
    check_eq_u64(capture_files_next(files, &packet), CHAINS_IDLE);
    check_eq_u64(capture_files_fill(files, 1), CHAINS_IDLE);
    check_eq_u64(capture_files_next(files, &packet), CHAINS_IDLE);
    check(write(ends[1], "no capture", 10) == 10);
    close(ends[1]);
    read_merged(files, out, sizeof out);
    check_eq_text(out, "1/1 !");
    check(strstr(capture_files_error(files), ": not a pcap or pcapng capture") != NULL);
    capture_files_free(files);
    close(ends[0]);
    made_free(&a);
}

/* Standard input that is a regular file cannot be read twice: it stays open. */
static void test_standard_input(void)
{
    struct made a = { 0 }, b = { 0 };
    put_begin(&a);
    put_record(&a, 2, 0, 1, 1);
    put_begin(&b);
    put_record(&b, 1, 0, 2, 2);
    put_record(&b, 3, 0, 2, 2);
    const int fd = open(made_write(&b), O_RDONLY);
    check(dup2(fd, STDIN_FILENO) == STDIN_FILENO);
    close(fd);
    struct capture_files *files = open_all((const char *[]){ made_write(&a), "-", NULL });
    char out[200];
    read_merged(files, out, sizeof out);
    check_eq_text(out, "1/2 2/1 3/2 ");
    capture_files_free(files);
    made_free(&a);
    made_free(&b);
}

int main(void)
{
    test_order();
    test_damage();
    test_later();
    test_many();
    test_lending();
    test_pipe();
    test_quiet_pipe();
    test_standard_input();
    return check_done();
}
