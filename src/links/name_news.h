/* SPDX-License-Identifier: MIT */
#ifndef LINKS_NAME_NEWS_H
#define LINKS_NAME_NEWS_H

#include <chains/bytes.h>

/*
 * Who is told when an address has a name that it had not, or has it no more; a network card may
 * stand in the place of an address. A name that only one client knows it by is news for that one;
 * `client` NULL: for all. The name of what nobody is told of is as it was.
 */
struct name_news {
    void (*tell)(void *user, const struct chains_addr *addr, const struct chains_addr *client);
    void *user; /* `tell` NULL: nobody */
};

void name_news_tell(const struct name_news *news, const struct chains_addr *addr,
                    const struct chains_addr *client);

#endif
