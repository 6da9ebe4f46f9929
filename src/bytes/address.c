/* SPDX-License-Identifier: MIT */
/*
 * Addresses to text and back. In: addresses in network order, or text from options and files.
 * Out: RFC 5952 text written by hand (the packet path prints two addresses a packet), and
 * strictly checked addresses and prefixes. The text is the same as inet_ntop()'s, which the
 * tests prove: also for ::ffff:1.2.3.4 and the deprecated ::1.2.3.4.
 */
#include "text.h"

#include <arpa/inet.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

/* Each octet as text: up to three digits, dots to fill, and the number of digits. */
/* clang-format off */
static const char octet_texts[4 * 256 + 1] =
    "0..\1" "1..\1" "2..\1" "3..\1" "4..\1" "5..\1" "6..\1" "7..\1"
    "8..\1" "9..\1" "10.\2" "11.\2" "12.\2" "13.\2" "14.\2" "15.\2"
    "16.\2" "17.\2" "18.\2" "19.\2" "20.\2" "21.\2" "22.\2" "23.\2"
    "24.\2" "25.\2" "26.\2" "27.\2" "28.\2" "29.\2" "30.\2" "31.\2"
    "32.\2" "33.\2" "34.\2" "35.\2" "36.\2" "37.\2" "38.\2" "39.\2"
    "40.\2" "41.\2" "42.\2" "43.\2" "44.\2" "45.\2" "46.\2" "47.\2"
    "48.\2" "49.\2" "50.\2" "51.\2" "52.\2" "53.\2" "54.\2" "55.\2"
    "56.\2" "57.\2" "58.\2" "59.\2" "60.\2" "61.\2" "62.\2" "63.\2"
    "64.\2" "65.\2" "66.\2" "67.\2" "68.\2" "69.\2" "70.\2" "71.\2"
    "72.\2" "73.\2" "74.\2" "75.\2" "76.\2" "77.\2" "78.\2" "79.\2"
    "80.\2" "81.\2" "82.\2" "83.\2" "84.\2" "85.\2" "86.\2" "87.\2"
    "88.\2" "89.\2" "90.\2" "91.\2" "92.\2" "93.\2" "94.\2" "95.\2"
    "96.\2" "97.\2" "98.\2" "99.\2" "100\3" "101\3" "102\3" "103\3"
    "104\3" "105\3" "106\3" "107\3" "108\3" "109\3" "110\3" "111\3"
    "112\3" "113\3" "114\3" "115\3" "116\3" "117\3" "118\3" "119\3"
    "120\3" "121\3" "122\3" "123\3" "124\3" "125\3" "126\3" "127\3"
    "128\3" "129\3" "130\3" "131\3" "132\3" "133\3" "134\3" "135\3"
    "136\3" "137\3" "138\3" "139\3" "140\3" "141\3" "142\3" "143\3"
    "144\3" "145\3" "146\3" "147\3" "148\3" "149\3" "150\3" "151\3"
    "152\3" "153\3" "154\3" "155\3" "156\3" "157\3" "158\3" "159\3"
    "160\3" "161\3" "162\3" "163\3" "164\3" "165\3" "166\3" "167\3"
    "168\3" "169\3" "170\3" "171\3" "172\3" "173\3" "174\3" "175\3"
    "176\3" "177\3" "178\3" "179\3" "180\3" "181\3" "182\3" "183\3"
    "184\3" "185\3" "186\3" "187\3" "188\3" "189\3" "190\3" "191\3"
    "192\3" "193\3" "194\3" "195\3" "196\3" "197\3" "198\3" "199\3"
    "200\3" "201\3" "202\3" "203\3" "204\3" "205\3" "206\3" "207\3"
    "208\3" "209\3" "210\3" "211\3" "212\3" "213\3" "214\3" "215\3"
    "216\3" "217\3" "218\3" "219\3" "220\3" "221\3" "222\3" "223\3"
    "224\3" "225\3" "226\3" "227\3" "228\3" "229\3" "230\3" "231\3"
    "232\3" "233\3" "234\3" "235\3" "236\3" "237\3" "238\3" "239\3"
    "240\3" "241\3" "242\3" "243\3" "244\3" "245\3" "246\3" "247\3"
    "248\3" "249\3" "250\3" "251\3" "252\3" "253\3" "254\3" "255\3";
/* clang-format on */

/* Four bytes whatever the length: what is too much is written over by what follows. */
static inline char *octet_text(unsigned octet, char *out)
{
    const char *text = octet_texts + 4 * (size_t)octet;
    memcpy(out, text, 4);
    return out + text[3];
}

static inline char *ip4_text(const uint8_t octets[4], char *out)
{
    out = octet_text(octets[0], out);
    *out++ = '.';
    out = octet_text(octets[1], out);
    *out++ = '.';
    out = octet_text(octets[2], out);
    *out++ = '.';
    return octet_text(octets[3], out);
}

/* The digits from the first that counts, and a colon behind them; four bytes are written. */
static inline char *group_text(unsigned group, char *out)
{
    uint8_t digits[4];
    memcpy(digits, text_hex_pairs + 2 * (size_t)(group >> 8), 2);
    memcpy(digits + 2, text_hex_pairs + 2 * (size_t)(group & 255), 2);
    unsigned zeros = ((unsigned)__builtin_clz(group | 1) - 16) / 4;
    uint32_t shown = chains_load_le32(digits) >> 8 * zeros;
    for (unsigned i = 0; i < 4; i++)
        out[i] = (char)(shown >> 8 * i);
    out += 4 - zeros;
    *out = ':';
    return out + 1;
}

/* A bit for each group that is zero, the first one lowest. */
static inline unsigned zero_groups(const uint8_t octets[16])
{
#ifdef __SSE2__
    __m128i zero = _mm_setzero_si128(), all = _mm_loadu_si128((const void *)octets);
    __m128i equal = _mm_packs_epi16(_mm_cmpeq_epi16(all, zero), zero);
    return (unsigned)_mm_movemask_epi8(equal);
#else
    unsigned zeros = 0;
    for (unsigned i = 0; i < 8; i++)
        zeros |= (unsigned)!(octets[2 * i] | octets[2 * i + 1]) << i;
    return zeros;
#endif
}

static inline char *groups_text(const uint8_t octets[16], unsigned from, unsigned to, char *out)
{
    for (unsigned i = from; i < to; i++)
        out = group_text(chains_load_be16(octets + 2 * (size_t)i), out);
    return out;
}

static char *ip6_text(const uint8_t octets[16], char *out)
{
    unsigned zeros = zero_groups(octets), runs = zeros & zeros >> 1, len = 2;
    if (!runs)
        return groups_text(octets, 0, 8, out) - 1;
    for (unsigned longer; (longer = runs & zeros >> len); len++)
        runs = longer; /* where a run of len + 1 begins */
    unsigned first = (unsigned)__builtin_ctz(runs), behind = first + len;
    out = groups_text(octets, 0, first, out);
    if (first == 0)
        *out++ = ':';
    *out++ = ':';
    if (first == 0 && (len == 6 || (len == 5 && chains_load_be16(octets + 10) == 0xffff)))
        return ip4_text(octets + 12, groups_text(octets, behind, 6, out));
    return behind < 8 ? groups_text(octets, behind, 8, out) - 1 : out;
}

char *text_addr(char *out, const struct chains_addr *addr)
{
    if (addr->family == 4)
        return ip4_text(addr->octets, out);
    return addr->family == 6 ? ip6_text(addr->octets, out) : out;
}

size_t chains_addr_text(const struct chains_addr *addr, char *out)
{
    char *end = text_addr(out, addr);
    *end = '\0';
    return (size_t)(end - out);
}

bool chains_addr_parse(const char *text, struct chains_addr *addr)
{
    *addr = (struct chains_addr){ .family = 0 };
    if (!text)
        return false;
    if (inet_pton(AF_INET, text, addr->octets) == 1)
        addr->family = 4;
    else if (inet_pton(AF_INET6, text, addr->octets) == 1)
        addr->family = 6;
    else
        memset(addr->octets, 0, sizeof addr->octets); /* inet_pton may leave half an address */
    return addr->family != 0;
}

/* One to three decimal digits, nothing else, no leading zero. -1 otherwise. */
static int prefix_length(const char *text)
{
    int bits = 0;
    size_t len = strlen(text);
    if (len < 1 || len > 3 || (len > 1 && text[0] == '0'))
        return -1;
    for (size_t i = 0; i < len; i++) {
        if (text[i] < '0' || text[i] > '9')
            return -1;
        bits = bits * 10 + (text[i] - '0');
    }
    return bits;
}

static bool host_bits_clear(const struct chains_prefix *prefix)
{
    for (unsigned i = 0; i < 16; i++) {
        unsigned kept = prefix->bits > 8 * i ? prefix->bits - 8 * i : 0;
        if (kept < 8 && (prefix->addr.octets[i] & (0xffu >> kept)))
            return false;
    }
    return true;
}

bool chains_prefix_parse(const char *text, struct chains_prefix *prefix)
{
    char addr[CHAINS_ADDR_TEXT];
    *prefix = (struct chains_prefix){ .bits = 0 };
    if (!text)
        return false;
    const char *slash = strchr(text, '/');
    size_t len = slash ? (size_t)(slash - text) : strlen(text);
    if (len >= sizeof addr)
        return false;
    memcpy(addr, text, len);
    addr[len] = '\0';
    struct chains_prefix read = { .bits = 0 };
    if (!chains_addr_parse(addr, &read.addr))
        return false;
    int most = read.addr.family == 4 ? 32 : 128;
    int bits = slash ? prefix_length(slash + 1) : most;
    if (bits < 0 || bits > most)
        return false;
    read.bits = (uint8_t)bits;
    if (!host_bits_clear(&read))
        return false;
    *prefix = read;
    return true;
}

bool chains_prefix_holds(const struct chains_prefix *prefix, const struct chains_addr *addr)
{
    unsigned whole = prefix->bits / 8u, rest = prefix->bits % 8u;
    if (addr->family == 0 || prefix->addr.family != addr->family)
        return false;
    if (memcmp(prefix->addr.octets, addr->octets, whole) != 0)
        return false;
    if (rest == 0)
        return true;
    unsigned differ = (unsigned)prefix->addr.octets[whole] ^ addr->octets[whole];
    return differ >> (8 - rest) == 0;
}

size_t chains_mac_text(const uint8_t mac[6], char *out)
{
    *text_mac(out, mac) = '\0';
    return TEXT_MAC;
}
