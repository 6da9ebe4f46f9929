/* SPDX-License-Identifier: MIT */
/*
 * The ceiling of `packet_meta ! where "transport.dport == 53 and len <= 90" ! count`. In: a capture.
 * Out: how many packets of 90 bytes at most go to port 53, about one in a hundred of `mixed`.
 */
#include "ceiling.h"

int main(int argc, char **argv)
{
    struct capture capture = capture_open(argc, argv);
    struct packet packets[BATCH];
    struct headers headers;
    uint64_t kept = 0, bytes = 0;
    unsigned count;
    while ((count = capture_batch(&capture, packets)))
        for (unsigned i = 0; i < count; i++) {
            headers_read(&headers, &packets[i]);
            if (headers.dport == 53 && packets[i].wire_len <= 90) {
                kept++;
                bytes += packets[i].wire_len;
            }
        }
    printf("%llu %llu\n", (unsigned long long)kept, (unsigned long long)bytes);
    return capture_close(&capture);
}
