/* SPDX-License-Identifier: MIT */
/* When the loss of packets is told: at once, then every ten seconds, and only what is new. */
#include "../check.h"

#include "../../src/sources/loss.h"

#include <string.h>

#define SECOND INT64_C(1000000000)

int main(void)
{
    struct loss loss = { 0 };
    char text[200] = "";
    check(loss_asks(&loss, 5 * SECOND));
    check(!loss_asks(&loss, 6 * SECOND - 1));
    check(loss_asks(&loss, 6 * SECOND));
    check(!loss_says(&loss, 0, 6 * SECOND, text, sizeof text));
    check(loss_says(&loss, 1, 7 * SECOND, text, sizeof text));
    check(strstr(text, "has dropped 1 packet that") != NULL);
    check(strstr(text, ", 1 in all") != NULL);
    check(!loss_says(&loss, 500, 17 * SECOND - 1, text, sizeof text));
    check(loss_says(&loss, 1000, 17 * SECOND, text, sizeof text));
    check(strstr(text, "has dropped 999 packets that") != NULL);
    check(strstr(text, ", 1000 in all") != NULL);
    check(!loss_says(&loss, 1000, 90 * SECOND, text, sizeof text));
    check(loss_says(&loss, UINT64_MAX, 90 * SECOND, text, sizeof text));
    check(!loss_says(&loss, 3, 200 * SECOND, text, sizeof text));
    return check_done();
}
