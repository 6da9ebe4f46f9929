/* SPDX-License-Identifier: MIT */
/*
 * The ceiling of `packet_meta ! count`. In: a capture. Out: how many packets it has. Finds addresses
 * and ports, and keeps nothing of them but a sum, so that the compiler cannot leave them out.
 */
#include "ceiling.h"

int main(int argc, char **argv)
{
    struct capture capture = capture_open(argc, argv);
    struct packet packets[BATCH];
    struct headers headers;
    uint64_t sum = 0;
    unsigned count;
    while ((count = capture_batch(&capture, packets)))
        for (unsigned i = 0; i < count; i++) {
            headers_read(&headers, &packets[i]);
            sum += (uint64_t)headers.sport + headers.dport + headers.protocol +
                   headers.payload_len;
            sum += headers.version ? host32(headers.src) ^ host32(headers.dst) : 0;
        }
    if (sum == 1)
        fprintf(stderr, "all of it is nothing\n");
    return capture_close(&capture);
}
