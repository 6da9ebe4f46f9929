/* SPDX-License-Identifier: MIT */

/* pcap files of every kind, damaged in every way, from files and pipes. */

#include "capture_make.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/time.h>

static const uint32_t MICRO = 0xa1b2c3d4, NANO = 0xa1b23c4d, MODIFIED = 0xa1b2cd34;

static void test_orders_and_resolutions(void)
{
    for (int big = 0; big < 2; big++) {
        for (int nano = 0; nano < 2; nano++) {
            struct made made = { .big = big == 1 };
            put_pcap(&made, nano ? NANO : MICRO, 2, 4, 113);
            put_record(&made, 1000, 7, 60, 1500);
            put_record(&made, 0xffffffff, 999999, 0, 0);
            put_record(&made, 5, 123456, 61, 10);
            const char *path = made_write(&made);
            int status;
            char error[256];
            struct capture_file *file = capture_file_open(path, &status, error, sizeof error);
            check(file != NULL);
            struct capture_packet packet;
            check_eq_u64(next_of(file, &packet), CHAINS_OK);
            check_eq_u64(packet.time_ns, 1000000000000 + (nano ? 7 : 7000));
            check_eq_u64(packet.caplen, 60);
            check_eq_u64(packet.wire_len, 1500);
            check_eq_u64(packet.linktype, 113);
            check_eq_u64(packet.data[59], 59);
            check(packet.nanoseconds == (nano == 1));
            check_eq_u64(next_of(file, &packet), CHAINS_OK);
            check_eq_u64(packet.time_ns, 4294967295000000000 + (nano ? 999999 : 999999000));
            check_eq_u64(next_of(file, &packet), CHAINS_OK);
            check_eq_u64(packet.caplen, 61);
            check_eq_u64(packet.wire_len, 10);
            check_eq_u64(next_of(file, &packet), CHAINS_END);
            check_eq_u64(capture_file_position(file), made.len);
            check_eq_u64(capture_file_size(file), made.len);
            capture_file_free(file);
            made_free(&made);
        }
    }
}

static void test_modified(void)
{
    struct made made = { 0 };
    put_pcap(&made, MODIFIED, 2, 4, 1);
    for (int i = 0; i < 2; i++) {
        put32(&made, 1);
        put32(&made, 2);
        put32(&made, 4);
        put32(&made, 4);
        put_zeros(&made, 8);
        put(&made, "abcd", 4);
    }
    const struct outcome out = read_made(&made);
    check_eq_u64(out.packets, 2);
    check_eq_u64(out.status, CHAINS_END);
    check_eq_u64(out.last.time_ns, 1000002000);
}

static struct outcome read_header(unsigned major, unsigned minor, uint32_t network)
{
    struct made made = { 0 };
    put_pcap(&made, MICRO, major, minor, network);
    put_record(&made, 1, 2000000, 20, 20);
    return read_made(&made);
}

static void test_headers(void)
{
    struct outcome out = read_header(2, 4, 0x24000001);
    check_eq_u64(out.packets, 1);
    check_eq_u64(out.last.linktype, 1);
    check_eq_u64(out.last.time_ns, 3000000000);
    check_eq_u64(read_header(543, 0, 1).packets, 1);
    out = read_header(2, 4, 0x00300001);
    check_eq_u64(out.status, CHAINS_EFORMAT);
    check_eq_text(out.error, "the link type in the file header has reserved bits set "
                             "(0x00300001)");
    out = read_header(1, 4, 1);
    check_eq_u64(out.status, CHAINS_EFORMAT);
    check_eq_text(out.error, "pcap version 1.4 is not supported");
    check_eq_u64(read_header(2, 5, 1).status, CHAINS_EFORMAT);
}

static void test_old_lengths(void)
{
    for (unsigned minor = 2; minor < 4; minor++) {
        struct made made = { 0 };
        put_pcap(&made, MICRO, 2, minor, 1);
        put32(&made, 1);
        put32(&made, 0);
        put32(&made, 30);
        put32(&made, 20);
        put_zeros(&made, 20);
        const struct outcome out = read_made(&made);
        check_eq_u64(out.packets, 1);
        check_eq_u64(out.status, CHAINS_END);
        check_eq_u64(out.last.caplen, 20);
        check_eq_u64(out.last.wire_len, 30);
    }
}

static void test_cut(void)
{
    struct made made = { 0 };
    put_pcap(&made, MICRO, 2, 4, 1);
    struct outcome out = read_made(&made);
    check_eq_u64(out.status, CHAINS_END);
    check_eq_u64(out.packets, 0);
    for (size_t len = 0; len <= 24 + 16 + 10 + 16 + 188; len++) {
        put_pcap(&made, MICRO, 2, 4, 1);
        put_record(&made, 1, 1, 10, 10);
        put_record(&made, 2, 2, 188, 188);
        made.len = len;
        out = read_made(&made);
        const bool whole = len == 24 || len == 50 || len == 254;
        check(out.status == (whole ? CHAINS_END : CHAINS_EFORMAT));
        check(out.packets == (len < 50 ? 0u : len < 254 ? 1u : 2u));
        if (len == 0)
            check_eq_text(out.error, "empty file, not a capture");
        if (len == 3)
            check_eq_text(out.error, "not a pcap or pcapng capture (begins with d4 c3 b2)");
        if (len == 10)
            check_eq_text(out.error,
                          "cut short at byte 0: a file header of 24 bytes has only 10");
        if (len == 59)
            check_eq_text(out.error,
                          "cut short at byte 50: a record header of 16 bytes has only 9");
        if (len == 111)
            check_eq_text(out.error, "cut short at byte 50: a packet of 188 bytes has only 45");
    }
}

static void test_longest(void)
{
    struct made made = { 0 };
    put_pcap(&made, MICRO, 2, 4, 1);
    for (uint32_t i = 0; i < 12; i++)
        put_record(&made, i, 0, CAPTURE_PACKET_MAX, CAPTURE_PACKET_MAX);
    struct outcome out = read_made(&made);
    check_eq_u64(out.packets, 12);
    check_eq_u64(out.status, CHAINS_END);

    put_pcap(&made, MICRO, 2, 4, 1);
    put_record(&made, 1, 1, 10, 10);
    put_record(&made, 1, 1, CAPTURE_PACKET_MAX + 1, 10);
    out = read_made(&made);
    check_eq_u64(out.packets, 1);
    check_eq_text(out.error,
                  "damaged at byte 50: a packet of 262145 bytes is longer than 262144");
}

/* What was lent stays as it is until the next fill. */
static void test_lending(void)
{
    struct made made = { 0 };
    put_pcap(&made, MICRO, 2, 4, 1);
    for (uint32_t i = 0; i < 20000; i++)
        put_record(&made, i, 0, 100, 100);
    int status;
    char error[256];
    struct capture_file *file =
        capture_file_open(made_write(&made), &status, error, sizeof error);
    struct capture_packet packet, first = { 0 };
    unsigned count = 0, spoilt = 0;
    while ((status = capture_file_next(file, &packet)) != CHAINS_END) {
        if (status == CHAINS_IDLE) {
            spoilt += first.data && first.data[99] != 99;
            first.data = NULL;
            capture_file_fill(file, -1);
            continue;
        }
        if (!first.data)
            first = packet;
        spoilt += packet.data[99] != 99 || packet.time_ns != (int64_t)count * 1000000000;
        count++;
    }
    check_eq_u64(count, 20000);
    check_eq_u64(spoilt, 0);
    capture_file_free(file);
    made_free(&made);
}

static void test_not_captures(void)
{
    struct made made = { 0 };
    put(&made, "MZ\x90\0 and more", 12);
    struct outcome out = read_made(&made);
    check_eq_u64(out.status, CHAINS_EFORMAT);
    check_eq_text(out.error, "not a pcap or pcapng capture (begins with 4d 5a 90 00)");
    put(&made, "snoop\0\0\0\0\0\0\2", 12);
    check_eq_text(read_made(&made).error, "a snoop capture, not a pcap or pcapng capture");
    put(&made, "\n\r\r\n not pcapng", 15);
    check_eq_u64(read_made(&made).status, CHAINS_EFORMAT);

    out = read_path("/tmp");
    check_eq_u64(out.status, CHAINS_EIO);
    check_eq_text(out.error, "Is a directory");
    out = read_path("/nowhere/x.pcap");
    check_eq_u64(out.status, CHAINS_EIO);
    check_eq_text(out.error, "No such file or directory");
    out = read_path("/nowhere/\x1b[31m\xff.pcap");
    check_eq_text(out.error, "/nowhere/\\x1b[31m\\xff.pcap: No such file or directory");
    char path[3000];
    memset(path, '\n', sizeof path - 1);
    path[sizeof path - 1] = '\0';
    out = read_path(path);
    check(strstr(out.error, "\\x0a...\\x0a") != NULL);
    check(strstr(out.error, "\\x0a: File name too long") != NULL);
    check(strlen(out.error) < 200 + 30);
    memset(path, 'a', 300);
    memcpy(path + 300, ".pcap", 6);
    out = read_path(path);
    check(strncmp(out.error + 98, "...aaaa", 7) == 0);
    check(strstr(out.error, "a.pcap: File name too long") != NULL);
}

static void on_alarm(int number)
{
    (void)number;
}

/* A packet that is there is given at once; silence and signals give CHAINS_IDLE. */
static void test_pipe(void)
{
    int ends[2];
    check(pipe(ends) == 0);
    struct made made = { 0 };
    put_pcap(&made, MICRO, 2, 4, 1);
    put_record(&made, 1, 1, 10, 10);
    check(write(ends[1], made.at, 30) == 30);
    char path[64], error[256];
    snprintf(path, sizeof path, "/dev/fd/%d", ends[0]);
    int status;
    struct capture_file *file = capture_file_open(path, &status, error, sizeof error);
    check(file != NULL);
    close(ends[0]);
    struct capture_packet packet;
    check_eq_u64(capture_file_size(file), 0);
    check_eq_u64(capture_file_next(file, &packet), CHAINS_IDLE);
    check_eq_u64(capture_file_fill(file, -1), CHAINS_OK);
    check_eq_u64(capture_file_next(file, &packet), CHAINS_IDLE);
    check_eq_u64(capture_file_fill(file, 1), CHAINS_IDLE);
    check(write(ends[1], made.at + 30, 20) == 20);
    check_eq_u64(capture_file_fill(file, -1), CHAINS_OK);
    check_eq_u64(capture_file_next(file, &packet), CHAINS_OK);
    check_eq_u64(capture_file_next(file, &packet), CHAINS_IDLE);

    struct sigaction action = { .sa_handler = on_alarm };
    sigaction(SIGALRM, &action, NULL);
    setitimer(ITIMER_REAL, &(struct itimerval){ .it_value.tv_usec = 20000 }, NULL);
    check_eq_u64(capture_file_fill(file, -1), CHAINS_IDLE);
    close(ends[1]);
    check_eq_u64(next_of(file, &packet), CHAINS_END);
    capture_file_free(file);
    made_free(&made);
}

/* The header of a pipe is awaited with the caller's patience, not when it is opened. */
static void test_pipe_header(void)
{
    int ends[2];
    check(pipe(ends) == 0);
    char path[64], error[256];
    snprintf(path, sizeof path, "/dev/fd/%d", ends[0]);
    int status;
    struct capture_file *file = capture_file_open(path, &status, error, sizeof error);
    check(file != NULL);
    struct capture_packet packet;
    check_eq_u64(capture_file_next(file, &packet), CHAINS_IDLE);
    check_eq_u64(capture_file_fill(file, 1), CHAINS_IDLE);
    check_eq_u64(capture_file_next(file, &packet), CHAINS_IDLE);
    setitimer(ITIMER_REAL, &(struct itimerval){ .it_value.tv_usec = 20000 }, NULL);
    check_eq_u64(capture_file_fill(file, -1), CHAINS_IDLE);
    check(write(ends[1], "no capture", 10) == 10);
    close(ends[1]);
    check(next_of(file, &packet) == CHAINS_EFORMAT);
    check(capture_file_next(file, &packet) == CHAINS_EFORMAT);
    capture_file_free(file);
    close(ends[0]);
}

/* A named pipe without a writer opens at once, is idle, and goes on when a writer comes. */
static void test_named_pipe(void)
{
    char path[64], error[256] = "";
    int status;
    struct capture_packet packet;
    struct made made = { 0 };
    put_pcap(&made, MICRO, 2, 4, 1);
    put_record(&made, 1, 1, 1, 1);
    snprintf(path, sizeof path, "/tmp/chains-test-fifo-%d", (int)getpid());
    check(mkfifo(path, 0600) == 0);
    struct capture_file *file = capture_file_open(path, &status, error, sizeof error);
    check(file != NULL);
    check_eq_u64(capture_file_next(file, &packet), CHAINS_IDLE);
    check_eq_u64(capture_file_fill(file, 1), CHAINS_IDLE);
    int writer = open(path, O_WRONLY);
    check(write(writer, made.at, made.len) == (ssize_t)made.len);
    close(writer);
    check(next_of(file, &packet) == CHAINS_OK);
    check(next_of(file, &packet) == CHAINS_END);
    capture_file_free(file);
    unlink(path);
    made_free(&made);
}

static void test_standard_input(void)
{
    struct made made = { 0 };
    put_pcap(&made, MICRO, 2, 4, 1);
    put_record(&made, 1, 1, 10, 10);
    put(&made, "x", 1);
    const int fd = open(made_write(&made), O_RDONLY);
    check(dup2(fd, STDIN_FILENO) == STDIN_FILENO);
    close(fd);
    const struct outcome out = read_path("-");
    check_eq_u64(out.packets, 1);
    check_eq_text(out.error,
                  "standard input: cut short at byte 50: a record header of 16 bytes "
                  "has only 1");
    check(fcntl(STDIN_FILENO, F_GETFD) >= 0);
    made_free(&made);
}

int main(void)
{
    test_orders_and_resolutions();
    test_modified();
    test_headers();
    test_old_lengths();
    test_cut();
    test_longest();
    test_lending();
    test_not_captures();
    test_pipe();
    test_pipe_header();
    test_named_pipe();
    test_standard_input();
    return check_done();
}
