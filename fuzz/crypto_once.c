/* SPDX-License-Identifier: MIT */
/*
 * The ciphers are fetched once for the whole process, not for each input, which would take longer
 * than all the rest: programs are linked with --wrap, so that crypto_new() and crypto_free() of all
 * components come here. What is fetched is not changed by its use.
 */
#include "../src/links/crypto.h"

struct crypto *__real_crypto_new(void);
struct crypto *__wrap_crypto_new(void);
void __wrap_crypto_free(struct crypto *crypto);

struct crypto *__wrap_crypto_new(void)
{
    static struct crypto *once;
    if (!once)
        once = __real_crypto_new();
    return once;
}

void __wrap_crypto_free(struct crypto *crypto)
{
    (void)crypto;
}
