/* SPDX-License-Identifier: MIT */
#ifndef CHAINS_LAYER_WEIRD_H
#define CHAINS_LAYER_WEIRD_H

#include <chains/record.h>

/* One oddity. */
struct chains_weird_item {
    const char *name;   /* stable, of a documented list: "long_subdomain" */
    const char *about;  /* the domain or name it was seen in; NULL: the message */
    const char *detail; /* a sentence's worth for people; NULL: none */
};

/* Slot "weird": judgements, which are no parse; a list of struct chains_weird_item. */
struct chains_weird {
    struct chains_list weird;
};

#endif
