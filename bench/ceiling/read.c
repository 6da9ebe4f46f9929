/* SPDX-License-Identifier: MIT */
/*
 * The ceiling of `count`. In: a capture. Out: how many packets and bytes it has. Reads with read(2),
 * 512 KiB at a time, and walks the records.
 */
#include "ceiling.h"

int main(int argc, char **argv)
{
    struct capture capture = capture_open(argc, argv);
    struct packet packets[BATCH];
    while (capture_batch(&capture, packets))
        ;
    return capture_close(&capture);
}
