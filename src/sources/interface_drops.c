/* SPDX-License-Identifier: MIT */
/*
 * Counters of an interface. In: its name. Out: how many packets it has dropped since the last look.
 * They are those that libpcap counts: missed for want of buffers, and lost in the card's own queue.
 */
#include "interface_drops.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* The number in a file that begins with one; else the one before. */
static uint64_t drops_read(int fd, uint64_t before)
{
    char text[24];
    ssize_t len = pread(fd, text, sizeof text, 0);
    uint64_t number = 0;
    if (len <= 0 || text[0] < '0' || text[0] > '9')
        return before;
    for (ssize_t i = 0; i < len && text[i] >= '0' && text[i] <= '9'; i++)
        number = number * 10 + (uint64_t)(text[i] - '0');
    return number;
}

bool interface_drops_open(struct interface_drops *drops, const char *name)
{
    static const char *const counters[2] = { "rx_missed_errors", "rx_fifo_errors" };
    *drops = (struct interface_drops){ .fd = { -1, -1 } };
    if (strchr(name, '/') || strcmp(name, "any") == 0)
        return false;
    for (int i = 0; i < 2; i++) {
        char path[256];
        int len =
            snprintf(path, sizeof path, "/sys/class/net/%s/statistics/%s", name, counters[i]);
        if (len > 0 && (size_t)len < sizeof path)
            drops->fd[i] = open(path, O_RDONLY | O_CLOEXEC);
        if (drops->fd[i] >= 0)
            drops->before[i] = drops_read(drops->fd[i], 0);
    }
    return drops->fd[0] >= 0 || drops->fd[1] >= 0;
}

uint64_t interface_drops_since(struct interface_drops *drops)
{
    uint64_t since = 0;
    for (int i = 0; i < 2; i++) {
        if (drops->fd[i] < 0)
            continue;
        uint64_t now = drops_read(drops->fd[i], drops->before[i]);
        since += now > drops->before[i] ? now - drops->before[i] : 0;
        drops->before[i] = now;
    }
    return since;
}

void interface_drops_close(struct interface_drops *drops)
{
    for (int i = 0; i < 2; i++) {
        if (drops->fd[i] >= 0)
            close(drops->fd[i]);
        drops->fd[i] = -1;
    }
}
