/* SPDX-License-Identifier: MIT */
/*
 * Where packets go. In: frames. Out: a pcap file on standard output, or frames on an interface. A
 * packet counts as sent when the kernel has taken it; one that it refused is sent again.
 */
#include "out.h"

#include <errno.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { CAPTURE_BUFFER = 256 * 1024 };

static uint8_t capture_buffer[CAPTURE_BUFFER];
static size_t capture_used;

bool out_capture_flush(void)
{
    size_t done = 0;
    while (done < capture_used) {
        ssize_t written = write(STDOUT_FILENO, capture_buffer + done, capture_used - done);
        if (written < 0 && errno != EINTR)
            return false;
        done += written > 0 ? (size_t)written : 0;
    }
    capture_used = 0;
    return true;
}

bool out_capture_begin(void)
{
    static const uint32_t header[6] = { 0xa1b2c3d4, 2 | 4 << 16, 0, 0, 262144, 1 };
    memcpy(capture_buffer, header, sizeof header);
    capture_used = sizeof header;
    return true;
}

bool out_capture(const struct frame *frame, int64_t time_ns)
{
    uint32_t header[4] = { (uint32_t)(time_ns / 1000000000),
                           (uint32_t)(time_ns % 1000000000 / 1000), (uint32_t)frame->len,
                           (uint32_t)frame->len };
    if (capture_used + sizeof header + frame->len > sizeof capture_buffer &&
        !out_capture_flush())
        return false;
    memcpy(capture_buffer + capture_used, header, sizeof header);
    memcpy(capture_buffer + capture_used + sizeof header, frame->bytes, frame->len);
    capture_used += sizeof header + frame->len;
    return true;
}

struct out_link {
    int fd;
    unsigned used;
    uint64_t sent, refused;
    struct frame frame[OUT_LINK_FRAMES];
};

struct out_link *out_link_open(const char *name, const char **problem)
{
    struct sockaddr_ll to = { .sll_family = AF_PACKET,
                              .sll_ifindex = (int)if_nametoindex(name) };
    struct out_link *link = calloc(1, sizeof *link);
    int one = 1;
    *problem = "no memory";
    if (!link)
        return NULL;
    link->fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0); /* protocol 0: nothing comes in */
    if (link->fd < 0 || to.sll_ifindex == 0 ||
        bind(link->fd, (struct sockaddr *)&to, sizeof to) < 0) {
        *problem = link->fd < 0 ? "no permission for packets" : "no such interface";
        out_link_close(link);
        return NULL;
    }
    setsockopt(link->fd, SOL_PACKET, PACKET_QDISC_BYPASS, &one, sizeof one);
    return link;
}

struct frame *out_link_frame(struct out_link *link)
{
    return &link->frame[link->used];
}

bool out_link_flush(struct out_link *link)
{
    struct mmsghdr message[OUT_LINK_FRAMES];
    struct iovec part[OUT_LINK_FRAMES];
    unsigned done = 0;
    memset(message, 0, sizeof message);
    for (unsigned i = 0; i < link->used; i++) {
        part[i] = (struct iovec){ link->frame[i].bytes, link->frame[i].len };
        message[i].msg_hdr.msg_iov = &part[i];
        message[i].msg_hdr.msg_iovlen = 1;
    }
    while (done < link->used) {
        int sent = sendmmsg(link->fd, message + done, link->used - done, 0);
        if (sent < 0 && errno != EINTR && errno != ENOBUFS && errno != EAGAIN)
            return false;
        link->refused += sent < 0 && errno == ENOBUFS;
        done += sent > 0 ? (unsigned)sent : 0;
        link->sent += sent > 0 ? (unsigned)sent : 0;
    }
    link->used = 0;
    return true;
}

bool out_link_send(struct out_link *link)
{
    return ++link->used < OUT_LINK_FRAMES || out_link_flush(link);
}

uint64_t out_link_sent(const struct out_link *link)
{
    return link->sent;
}

uint64_t out_link_refused(const struct out_link *link)
{
    return link->refused;
}

void out_link_close(struct out_link *link)
{
    if (link && link->fd >= 0)
        close(link->fd);
    free(link);
}
