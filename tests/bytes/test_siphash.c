/* SPDX-License-Identifier: MIT */
/*
 * SipHash against published values: 2-4 from the reference implementation's vectors (key 00 to
 * 0f, input 00 01 02 ...), 1-3 from CPython 3.11, whose hash() of bytes with PYTHONHASHSEED=0
 * is SipHash-1-3 with a zero key.
 */
#include "../../src/bytes/siphash.h"
#include "../check.h"

static uint64_t of(const struct siphash_key *key, size_t len, unsigned per_word, unsigned end)
{
    uint8_t input[64];
    for (size_t i = 0; i < sizeof(input); i++)
        input[i] = (uint8_t)i;
    return siphash(key, input, len, per_word, end);
}

static void test_2_4(void)
{
    const struct siphash_key key = { UINT64_C(0x0706050403020100),
                                     UINT64_C(0x0f0e0d0c0b0a0908) };
    check_eq_u64(of(&key, 0, 2, 4), UINT64_C(0x726fdb47dd0e0e31));
    check_eq_u64(of(&key, 1, 2, 4), UINT64_C(0x74f839c593dc67fd));
    check_eq_u64(of(&key, 7, 2, 4), UINT64_C(0xab0200f58b01d137));
    check_eq_u64(of(&key, 8, 2, 4), UINT64_C(0x93f5f5799a932462));
    check_eq_u64(of(&key, 15, 2, 4), UINT64_C(0xa129ca6149be45e5));
    check_eq_u64(of(&key, 63, 2, 4), UINT64_C(0x958a324ceb064572));
}

static void test_1_3(void)
{
    static const struct {
        size_t len;
        uint64_t hash;
    } known[] = {
        { 1, UINT64_C(0x68a914128e01e473) },  { 3, UINT64_C(0x4d4c9a4a8ef6e0ad) },
        { 7, UINT64_C(0x2f098ab0c751325a) },  { 8, UINT64_C(0xead411e67ebe2eea) },
        { 9, UINT64_C(0x75927f9d95124362) },  { 15, UINT64_C(0xf30eb725bb91c9ea) },
        { 16, UINT64_C(0x8972188433a5c5b7) }, { 17, UINT64_C(0x4883c49a2c009c1d) },
        { 32, UINT64_C(0x31ef8061c910629b) },
    };
    const struct siphash_key zero = { 0, 0 };
    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
        check_eq_u64(of(&zero, known[i].len, 1, 3), known[i].hash);
    check_eq_u64(siphash13(&zero, "\0\1\2", 3), UINT64_C(0x4d4c9a4a8ef6e0ad));
}

static void test_key(void)
{
    struct siphash_key one, two;
    check(siphash_random_key(&one));
    check(siphash_random_key(&two));
    check(one.k0 != two.k0 || one.k1 != two.k1);
}

int main(void)
{
    test_2_4();
    test_1_3();
    test_key();
    return check_done();
}
