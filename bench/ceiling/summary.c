/* SPDX-License-Identifier: MIT */
/*
 * The ceiling of `netwatch -n -s`. In: a capture. Out: the same line for each packet of IP or ARP: time,
 * protocols, addresses, where it goes. What is neither gets a line with its type alone.
 */
#include "text.h"

static void summary(struct out *whole, const struct packet *packet)
{
    struct out line = *whole, *out = &line;
    struct headers headers;
    headers_read(&headers, packet);
    put_second(out, packet->seconds, ' ');
    PUT(out, " - ");
    if (headers.version)
        put_types(out, &headers);
    else if (headers_arp(&headers, packet))
        PUT(out, "ARP ");
    if (headers.src) {
        put_address(out, &headers, headers.src);
        PUT(out, " --> ");
        put_address(out, &headers, headers.dst);
        PUT(out, " TAGS: ");
        put_tags(out, &headers);
    } else {
        put_number(out, headers.type);
    }
    *out->at++ = '\n';
    whole->at = line.at;
}

int main(int argc, char **argv)
{
    struct capture capture = capture_open(argc, argv);
    struct packet packets[BATCH];
    struct out out;
    unsigned count;
    out_open(&out);
    while ((count = capture_batch(&capture, packets)))
        for (unsigned i = 0; i < count; i++) {
            out_room(&out);
            summary(&out, &packets[i]);
        }
    out_close(&out);
    return capture_close(&capture);
}
