/* SPDX-License-Identifier: MIT */
/* The file of known names: what is read, what is refused, and when it is read again. */
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../src/links/hosts.h"
#include "../check.h"

static char path[] = "/tmp/chains-hosts-XXXXXX";

static void write_file(const char *text, size_t len)
{
    FILE *file = fopen(path, "w");
    fwrite(text, 1, len, file);
    fclose(file);
}

static const char *name_of(const struct hosts *hosts, const char *text)
{
    struct chains_addr addr;
    check(chains_addr_parse(text, &addr));
    return hosts_find(hosts, &addr);
}

static void test_read(void)
{
    static const char text[] = "# a comment\n"
                               "8.8.8.8 dns.example alias\n"
                               "  9.9.9.9\tquad9.example # more\r\n"
                               "8.8.8.8 second.example\n"
                               "2001:4860::1 six.example.\n"
                               "192.168.1.9 nas\n"
                               "127.0.0.1 localhost\n"
                               "0.0.0.0 ads.example\n"
                               "7.7.7.7 bad\033[31mname\n"
                               "6.6.6.6\n"
                               "not-an-address name\n"
                               "5.5.5.5 10.0.0.1\n"
                               "4.4.4.4 a#b\n"
                               "3.3.3.3 last.example";
    write_file(text, sizeof(text) - 1);
    struct hosts *hosts = hosts_new(path);
    check(hosts_there(hosts));
    check_eq_text(name_of(hosts, "8.8.8.8"), "dns.example");
    check_eq_text(name_of(hosts, "9.9.9.9"), "quad9.example");
    check_eq_text(name_of(hosts, "2001:4860::1"), "six.example");
    check_eq_text(name_of(hosts, "192.168.1.9"), "nas");
    check_eq_text(name_of(hosts, "127.0.0.1"), NULL);
    check_eq_text(name_of(hosts, "0.0.0.0"), NULL);
    check_eq_text(name_of(hosts, "7.7.7.7"), NULL);
    check_eq_text(name_of(hosts, "6.6.6.6"), NULL);
    check_eq_text(name_of(hosts, "5.5.5.5"), NULL);
    check_eq_text(name_of(hosts, "4.4.4.4"), "a");
    check_eq_text(name_of(hosts, "3.3.3.3"), "last.example");
    check_eq_text(name_of(hosts, "1.1.1.1"), NULL);
    check(hosts_bytes(hosts) > 0);
    hosts_free(hosts);
}

static void test_long_and_odd(void)
{
    static char text[20000];
    memset(text, 'a', 5000);
    memcpy(text, "1.2.3.4 ", 8);
    memcpy(text + 5000, "\n1.2.3.5 ok.example\n1.2.3.6 a\0b.example\n", 41);
    write_file(text, 5041);
    struct hosts *hosts = hosts_new(path);
    check_eq_text(name_of(hosts, "1.2.3.4"), NULL);
    check_eq_text(name_of(hosts, "1.2.3.5"), "ok.example");
    check_eq_text(name_of(hosts, "1.2.3.6"), NULL);
    hosts_free(hosts);
}

static void test_ceiling(void)
{
    FILE *file = fopen(path, "w");
    for (unsigned i = 0; i < HOSTS_MOST + 1000u; i++)
        fprintf(file, "20.%u.%u.%u h%u.example\n", i >> 16, i >> 8 & 255, i & 255, i);
    fclose(file);
    struct hosts *hosts = hosts_new(path);
    check_eq_text(name_of(hosts, "20.0.255.255"), "h65535.example");
    check_eq_text(name_of(hosts, "20.1.0.1"), NULL);
    check(hosts_bytes(hosts) < 8u * 1024 * 1024);
    hosts_free(hosts);
}

static void test_refresh(void)
{
    const int64_t s = 1000000000;
    write_file("8.8.8.8 one.example\n", 20);
    struct hosts *hosts = hosts_new(path);
    hosts_refresh(hosts, 100 * s);
    check_eq_text(name_of(hosts, "8.8.8.8"), "one.example");
    write_file("8.8.8.8 other.example\n", 22);
    hosts_refresh(hosts, 100 * s + s / 2);
    check_eq_text(name_of(hosts, "8.8.8.8"), "one.example");
    hosts_refresh(hosts, 101 * s);
    check_eq_text(name_of(hosts, "8.8.8.8"), "other.example");
    unlink(path);
    hosts_refresh(hosts, 103 * s);
    check(!hosts_there(hosts));
    check_eq_text(name_of(hosts, "8.8.8.8"), NULL);
    write_file("8.8.8.8 back.example\n", 21);
    hosts_refresh(hosts, 105 * s);
    check_eq_text(name_of(hosts, "8.8.8.8"), "back.example");
    hosts_free(hosts);

    unlink(path);
    check(mkfifo(path, 0600) == 0); /* does not hang */
    hosts = hosts_new(path);
    check(!hosts_there(hosts));
    hosts_free(hosts);
    hosts_free(NULL);
}

int main(void)
{
    int fd = mkstemp(path);
    if (!check(fd >= 0))
        return check_done();
    close(fd);
    test_read();
    test_long_and_odd();
    test_ceiling();
    test_refresh();
    unlink(path);
    return check_done();
}
