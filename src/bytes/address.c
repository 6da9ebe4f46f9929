/* SPDX-License-Identifier: MIT */
/*
 * Addresses to text and back. In: addresses in network order, or text from options and files.
 * Out: RFC 5952 text written by hand (the packet path prints two addresses a packet), and
 * strictly checked addresses and prefixes. The text is the same as inet_ntop()'s, which the
 * tests prove: also for ::ffff:1.2.3.4 and the deprecated ::1.2.3.4.
 */
#include <arpa/inet.h>
#include <string.h>

#include <chains/bytes.h>

static const char digits[] = "0123456789abcdef";

static char *octet_text(unsigned octet, char *out)
{
    if (octet >= 100)
        *out++ = (char)('0' + octet / 100);
    if (octet >= 10)
        *out++ = (char)('0' + octet / 10 % 10);
    *out++ = (char)('0' + octet % 10);
    return out;
}

static char *ip4_text(const uint8_t octets[4], char *out)
{
    for (int i = 0; i < 4; i++) {
        if (i)
            *out++ = '.';
        out = octet_text(octets[i], out);
    }
    return out;
}

static char *group_text(unsigned group, char *out)
{
    if (group >= 0x1000)
        *out++ = digits[group >> 12];
    if (group >= 0x100)
        *out++ = digits[group >> 8 & 15];
    if (group >= 0x10)
        *out++ = digits[group >> 4 & 15];
    *out++ = digits[group & 15];
    return out;
}

/* The first of the longest runs of two or more zero groups; `*len` is 0 when there is none. */
static int longest_zeros(const unsigned group[8], int *len)
{
    int best = -1;
    *len = 0;
    for (int i = 0; i < 8; i++) {
        int run = 0;
        while (i + run < 8 && group[i + run] == 0)
            run++;
        if (run >= 2 && run > *len) {
            best = i;
            *len = run;
        }
        i += run;
    }
    return best;
}

static char *ip6_text(const uint8_t octets[16], char *out)
{
    unsigned group[8];
    int zeros_len;
    for (int i = 0; i < 8; i++)
        group[i] = chains_load_be16(octets + 2 * i);
    int zeros = longest_zeros(group, &zeros_len);
    bool holds_ip4 = zeros == 0 && (zeros_len == 6 || (zeros_len == 5 && group[5] == 0xffff));
    for (int i = 0; i < 8; i++) {
        if (i == zeros) {
            *out++ = ':';
            i += zeros_len - 1;
            if (i == 7)
                *out++ = ':';
            continue;
        }
        if (i)
            *out++ = ':';
        if (i == 6 && holds_ip4)
            return ip4_text(octets + 12, out);
        out = group_text(group[i], out);
    }
    return out;
}

size_t chains_addr_text(const struct chains_addr *addr, char *out)
{
    char *end = out;
    if (addr->family == 4)
        end = ip4_text(addr->octets, out);
    else if (addr->family == 6)
        end = ip6_text(addr->octets, out);
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
        memset(addr->octets, 0, sizeof(addr->octets)); /* inet_pton may leave half an address */
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
    if (len >= sizeof(addr))
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
    for (size_t i = 0; i < 6; i++) {
        out[3 * i] = digits[mac[i] >> 4];
        out[3 * i + 1] = digits[mac[i] & 15];
        out[3 * i + 2] = ':';
    }
    out[17] = '\0';
    return 17;
}
