/* SPDX-License-Identifier: MIT */
/*
 * The ceiling of `packet_meta ! transport_meta ! json_lines`. In: a capture. Out: the same line for
 * each packet; see json.h for what it knows.
 */
#include "json.h"

int main(int argc, char **argv)
{
    struct capture capture = capture_open(argc, argv);
    struct packet packets[BATCH];
    struct headers headers;
    struct out out;
    uint64_t number = 0;
    unsigned count;
    out_open(&out);
    while ((count = capture_batch(&capture, packets)))
        for (unsigned i = 0; i < count; i++) {
            out_room(&out);
            headers_read(&headers, &packets[i]);
            json_packet(&out, &packets[i], &headers, ++number);
            PUT(&out, "}\n");
        }
    out_close(&out);
    return capture_close(&capture);
}
