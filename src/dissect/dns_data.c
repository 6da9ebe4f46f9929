/* SPDX-License-Identifier: MIT */
/*
 * The data of a record as text. In: its bytes, type and class. Out: the presentation format of
 * the RFC that defines the type. What a type consists of is a word of letters, one for each
 * piece; the data must be used up by them to the last byte.
 */
#include "dns_data.h"

#include "dns_types.h"

/*
 *     n  name                    1 2 4 6 8  number of as many octets
 *     a  IPv4 address            A  IPv6 address
 *     s  character string        S  one and more of them, to the end
 *     w  the same without quotes, letters and digits only
 *     q  the rest in quotes      h  the rest in hexadecimal digits
 *     b  the rest in base64      B  16 bits of length, that many octets in base64
 *     N  the rest behind 0x      e  the rest, octets with "-" between them, 6 or 8
 *     g  64 bits in four groups  r  response code
 *     T  type   t  time   m  bitmap of types   x  salt   y  hash
 *     v  service parameters   L  location   P  prefixes   K  IPSECKEY   M  AMTRELAY   H  HIP
 */
static const char *const layouts[] = {
    [1] = "a",          /* A */
    [2] = "n",          /* NS */
    [3] = "n",          /* MD */
    [4] = "n",          /* MF */
    [5] = "n",          /* CNAME */
    [6] = "nn44444",    /* SOA */
    [7] = "n",          /* MB */
    [8] = "n",          /* MG */
    [9] = "n",          /* MR */
    [12] = "n",         /* PTR */
    [13] = "ss",        /* HINFO */
    [14] = "nn",        /* MINFO */
    [15] = "2n",        /* MX */
    [16] = "S",         /* TXT */
    [17] = "nn",        /* RP */
    [18] = "2n",        /* AFSDB */
    [19] = "s",         /* X25 */
    [20] = "S",         /* ISDN */
    [21] = "2n",        /* RT */
    [22] = "N",         /* NSAP */
    [23] = "n",         /* NSAP-PTR */
    [24] = "T114tt2nb", /* SIG */
    [25] = "211b",      /* KEY */
    [26] = "2nn",       /* PX */
    [27] = "sss",       /* GPOS */
    [28] = "A",         /* AAAA */
    [29] = "L",         /* LOC */
    [33] = "222n",      /* SRV */
    [35] = "22sssn",    /* NAPTR */
    [36] = "2n",        /* KX */
    [37] = "221b",      /* CERT */
    [39] = "n",         /* DNAME */
    [42] = "P",         /* APL */
    [43] = "211h",      /* DS */
    [44] = "11h",       /* SSHFP */
    [45] = "K",         /* IPSECKEY */
    [46] = "T114tt2nb", /* RRSIG */
    [47] = "nm",        /* NSEC */
    [48] = "211b",      /* DNSKEY */
    [49] = "b",         /* DHCID */
    [50] = "112xym",    /* NSEC3 */
    [51] = "112x",      /* NSEC3PARAM */
    [52] = "111h",      /* TLSA */
    [53] = "111h",      /* SMIMEA */
    [55] = "H",         /* HIP */
    [56] = "S",         /* NINFO */
    [57] = "211b",      /* RKEY */
    [58] = "nn",        /* TALINK */
    [59] = "211h",      /* CDS */
    [60] = "211b",      /* CDNSKEY */
    [61] = "b",         /* OPENPGPKEY */
    [62] = "42m",       /* CSYNC */
    [63] = "411h",      /* ZONEMD */
    [64] = "2nv",       /* SVCB */
    [65] = "2nv",       /* HTTPS */
    [66] = "T12n",      /* DSYNC */
    [67] = "b",         /* HHIT */
    [68] = "b",         /* BRID */
    [99] = "S",         /* SPF */
    [104] = "2g",       /* NID */
    [105] = "2a",       /* L32 */
    [106] = "2g",       /* L64 */
    [107] = "2n",       /* LP */
    [108] = "e",        /* EUI48 */
    [109] = "e",        /* EUI64 */
    [249] = "n442rBB",  /* TKEY */
    [250] = "n62B2rB",  /* TSIG */
    [256] = "22q",      /* URI */
    [257] = "1wq",      /* CAA */
    [258] = "S",        /* AVC */
    [259] = "441sb",    /* DOA */
    [260] = "M",        /* AMTRELAY */
    [261] = "S",        /* RESINFO */
    [262] = "S",        /* WALLET */
    [263] = "S",        /* CLA */
    [264] = "8",        /* IPN */
};

enum { CLASS_CHAOS = 3 };

static const char *layout_of(unsigned type, unsigned class_number)
{
    /* Chaosnet has addresses of its own. */
    if (class_number == CLASS_CHAOS && (type == 1 || type == 28))
        return NULL;
    if (type == 32768 || type == 32769)
        return "211h"; /* TA and DLV */
    return type < sizeof layouts / sizeof *layouts ? layouts[type] : NULL;
}

bool dns_data_number(struct dns_data *data, unsigned octets)
{
    const uint8_t *p = chains_take(&data->in, octets);
    uint64_t value = 0;
    if (!p)
        return false;
    for (unsigned i = 0; i < octets; i++)
        value = value << 8 | p[i];
    dns_data_gap(data);
    dns_put_number(data->out, value);
    return true;
}

bool dns_take_addr(struct chains_reader *in, unsigned family, struct chains_addr *addr)
{
    *addr = (struct chains_addr){ .family = (uint8_t)family };
    const uint8_t *p = chains_take(in, family == 4 ? 4 : 16);
    if (p && family == 4)
        memcpy(addr->octets, p, 4);
    else if (p)
        memcpy(addr->octets, p, 16);
    return p != NULL;
}

bool dns_data_addr(struct dns_data *data, unsigned family)
{
    struct chains_addr addr;
    if (!dns_take_addr(&data->in, family, &addr))
        return false;
    dns_data_gap(data);
    dns_put_addr(data->out, &addr);
    return true;
}

bool dns_data_name(struct dns_data *data, enum dns_name_use use)
{
    dns_data_gap(data);
    return dns_name_read(&data->in, data->message, use, data->out) == DNS_NAME_WHOLE;
}

static struct chains_bytes data_rest(struct dns_data *data)
{
    return chains_read_bytes(&data->in, chains_left(&data->in));
}

bool dns_data_base64(struct dns_data *data)
{
    struct chains_bytes rest = data_rest(data);
    if (rest.len > 0) {
        dns_data_gap(data);
        dns_put_base64(data->out, rest);
    }
    return true;
}

static bool data_hex(struct dns_data *data, const char *before)
{
    struct chains_bytes rest = data_rest(data);
    if (rest.len > 0) {
        dns_data_gap(data);
        dns_put_word(data->out, before);
        dns_put_hex(data->out, rest);
    }
    return true;
}

static bool data_sized_base64(struct dns_data *data)
{
    struct chains_bytes octets = chains_read_bytes(&data->in, chains_read_be16(&data->in));
    dns_data_gap(data);
    dns_put_number(data->out, octets.len);
    if (octets.len > 0) {
        dns_data_gap(data);
        dns_put_base64(data->out, octets);
    }
    return !data->in.failed;
}

static bool data_string(struct dns_data *data)
{
    struct chains_bytes string = chains_read_bytes(&data->in, chains_read_u8(&data->in));
    dns_data_gap(data);
    dns_put_quoted(data->out, string);
    return !data->in.failed;
}

static bool data_strings(struct dns_data *data)
{
    do {
        if (!data_string(data))
            return false;
    } while (chains_left(&data->in) > 0 && !data->out->full);
    return true;
}

/* The tag of CAA, RFC 8659 4.1. */
static bool data_word(struct dns_data *data)
{
    struct chains_bytes word = chains_read_bytes(&data->in, chains_read_u8(&data->in));
    for (size_t i = 0; i < word.len; i++) {
        uint8_t c = chains_byte(word, i);
        bool letter = (c | 32) >= 'a' && (c | 32) <= 'z';
        if (!letter && (c < '0' || c > '9'))
            return false;
    }
    dns_data_gap(data);
    dns_put_string(data->out, word);
    return word.len > 0;
}

static bool data_rest_quoted(struct dns_data *data)
{
    dns_data_gap(data);
    dns_put_quoted(data->out, data_rest(data));
    return true;
}

/* RFC 7043. */
static bool data_eui(struct dns_data *data)
{
    struct chains_bytes eui = data_rest(data);
    if (eui.len != (data->type == 108 ? 6 : 8))
        return false;
    for (size_t i = 0; i < eui.len; i++) {
        struct chains_bytes octet = chains_front(chains_behind(eui, i), 1);
        if (i)
            dns_put_char(data->out, '-');
        dns_put_hex(data->out, octet);
    }
    return true;
}

/* RFC 6742: groups without their leading zeros. */
static bool data_groups(struct dns_data *data)
{
    dns_data_gap(data);
    for (unsigned i = 0; i < 4; i++) {
        unsigned group = chains_read_be16(&data->in);
        if (i)
            dns_put_char(data->out, ':');
        for (unsigned shift = 12; shift > 0; shift -= 4)
            if (group >> shift)
                dns_put_char(data->out, text_hex_digits[group >> shift & 15]);
        dns_put_char(data->out, text_hex_digits[group & 15]);
    }
    return !data->in.failed;
}

static bool data_rcode(struct dns_data *data)
{
    unsigned number = chains_read_be16(&data->in);
    const char *name = number == 16 ? "BADSIG" : dns_rcode_name(number);
    dns_data_gap(data);
    if (name)
        dns_put_word(data->out, name);
    else
        dns_put_number(data->out, number);
    return !data->in.failed;
}

/* Pieces that several types have. */
static bool data_common(struct dns_data *data, char piece, enum dns_name_use use)
{
    switch (piece) {
    case 'n':
        return dns_data_name(data, use);
    case 'a':
        return dns_data_addr(data, 4);
    case 'A':
        return dns_data_addr(data, 6);
    case 's':
        return data_string(data);
    case 'S':
        return data_strings(data);
    case 'h':
        return data_hex(data, "");
    case 'b':
        return dns_data_base64(data);
    case 'B':
        return data_sized_base64(data);
    case 'T':
        return dns_data_type(data);
    case 't':
        return dns_data_time(data);
    case 'm':
        return dns_data_bitmap(data);
    case 'x':
        return dns_data_salt(data);
    case 'r':
        return data_rcode(data);
    default:
        return dns_data_number(data, (unsigned)(piece - '0'));
    }
}

static bool data_piece(struct dns_data *data, char piece, enum dns_name_use use)
{
    switch (piece) {
    case 'w':
        return data_word(data);
    case 'q':
        return data_rest_quoted(data);
    case 'N':
        return data_hex(data, "0x");
    case 'e':
        return data_eui(data);
    case 'g':
        return data_groups(data);
    case 'y':
        return dns_data_hash(data);
    case 'v':
        return dns_data_params(data);
    case 'L':
        return dns_data_location(data);
    case 'P':
        return dns_data_prefixes(data);
    case 'K':
        return dns_data_ipseckey(data);
    case 'M':
        return dns_data_amtrelay(data);
    case 'H':
        return dns_data_hip(data);
    default:
        return data_common(data, piece, use);
    }
}

enum dns_data_kind dns_data_write(struct dns_data *data)
{
    const char *piece = layout_of(data->type, data->class_number);
    if (!piece)
        return DNS_DATA_UNKNOWN;
    enum dns_name_use use = piece[1] ? DNS_NAME_AMONG : DNS_NAME_ALONE;
    for (; *piece && !data->out->full; piece++)
        if (!data_piece(data, *piece, use))
            return DNS_DATA_BAD;
    if (chains_left(&data->in) > 0 && !data->out->full)
        return DNS_DATA_BAD;
    return DNS_DATA_WHOLE;
}

void dns_data_generic(struct chains_bytes raw, struct dns_text *out)
{
    dns_put_word(out, "\\# ");
    dns_put_number(out, raw.len);
    if (raw.len > 0)
        dns_put_char(out, ' ');
    dns_put_hex(out, raw);
}
