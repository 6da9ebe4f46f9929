/* SPDX-License-Identifier: MIT */
/* Telling whom news of names concern. In: an address. Out: a call, where there is somebody. */
#include "name_news.h"

void name_news_tell(const struct name_news *news, const struct chains_addr *addr,
                    const struct chains_addr *client)
{
    if (news->tell)
        news->tell(news->user, addr, client);
}
