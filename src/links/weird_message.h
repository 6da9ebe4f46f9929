/* SPDX-License-Identifier: MIT */
#ifndef LINKS_WEIRD_MESSAGE_H
#define LINKS_WEIRD_MESSAGE_H

#include <chains/layer/dns.h>

#include "weird_list.h"
#include "weird_name.h"

enum {
    WEIRD_ANSWERS_MOST = 50, /* in one response */
    WEIRD_TXT_MOST = 1024,   /* bytes of one TXT record */
    WEIRD_FRONT_MOST = 100,  /* bytes in front of the registered domain */
    WEIRD_MIX_LEAST = 40,    /* characters, fewer of which say nothing */
    WEIRD_MIX_MOST = 850,    /* thousandths of what the alphabet can give; words stay below */
};

/*
 * What one message says by itself, without any other. `name` is the first question's, taken
 * apart; NULL when there is none, or it cannot be.
 */
void weird_message(struct weird_list *list, const struct chains_record *rec,
                   const struct chains_dns *dns, const struct weird_name *name,
                   const struct suffix_list *suffixes);

#endif
