/* SPDX-License-Identifier: MIT */
#ifndef SINKS_COUNT_PRINT_H
#define SINKS_COUNT_PRINT_H

#include "count_key.h"
#include "count_table.h"

/* What is printed and where. */
struct count_print {
    struct output *output;
    struct count_keys *keys;
    struct count_table *table; /* after count_table_top(); NULL: all is counted together */
    char *cell;                /* COUNT_CELL bytes to work in */
    uint32_t lines;            /* of the table */
    uint64_t packets, bytes;   /* of all records */
};

/*
 * # exact, 2 keys
 * packets  bytes  percent  packet.src
 *       9    900     90.0  192.168.1.9
 *       1     60     10.0  -
 */
void count_print_text(const struct count_print *print);

/* {"packets":9,"bytes":900,"percent":90.0,"exact":true,"error":0,"packet.src":"192.168.1.9"} */
void count_print_json(const struct count_print *print);

#endif
