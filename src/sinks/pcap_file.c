/* SPDX-License-Identifier: MIT */
/*
 * The bytes of a classic capture file. In: records. Out: a header and what stands before each
 * packet, version 2.4, little-endian. What a file cannot hold (a second link type, nanoseconds
 * beside microseconds, a time that 32 bits of seconds cannot say) is found before it is
 * written.
 */
#include "pcap_file.h"

#include <inttypes.h>
#include <stdio.h>

#include "../bytes/time.h"
#include "store.h"

enum {
    MAGIC_AT = 0,
    VERSION_AT = 4,
    SNAPLEN_AT = 16,
    LINKTYPE_AT = 20,
    CAPLEN_AT = 8, /* in a record */
};

static const uint32_t MAGIC = 0xa1b2c3d4, MAGIC_NANOSECONDS = 0xa1b23c4d;
static const uint32_t VERSION = 2 | 4 << 16; /* 2.4, as the four bytes are read */

/* Whether microseconds are not enough for a time. */
static bool pcap_file_is_fine(const struct chains_record *rec)
{
    return rec->time_ns % 1000 != 0;
}

void pcap_file_decide(struct pcap_file *file, const struct chains_record *rec)
{
    *file = (struct pcap_file){
        .decided = true,
        .nanoseconds = rec && (rec->flags & CHAINS_NANOSECONDS || pcap_file_is_fine(rec)),
        .linktype = rec ? rec->linktype : PCAP_FILE_ETHERNET,
        .snaplen = PCAP_FILE_SNAPLEN,
    };
}

bool pcap_file_adopt(struct pcap_file *file, const uint8_t *header, size_t len,
                     char why[PCAP_FILE_WHY])
{
    uint32_t magic = len < PCAP_FILE_HEADER ? 0 : chains_load_le32(header + MAGIC_AT);
    uint32_t swapped = len < PCAP_FILE_HEADER ? 0 : chains_load_be32(header + MAGIC_AT);
    if (swapped == MAGIC || swapped == MAGIC_NANOSECONDS) {
        snprintf(why, PCAP_FILE_WHY,
                 "is a pcap file in big-endian byte order, it cannot be appended to");
        return false;
    }
    if (magic != MAGIC && magic != MAGIC_NANOSECONDS) {
        snprintf(why, PCAP_FILE_WHY, "is not a pcap file, it cannot be appended to");
        return false;
    }
    *file = (struct pcap_file){
        .decided = true,
        .nanoseconds = magic == MAGIC_NANOSECONDS,
        .linktype = chains_load_le32(header + LINKTYPE_AT),
        .snaplen = chains_load_le32(header + SNAPLEN_AT),
    };
    if (chains_load_le32(header + VERSION_AT) == VERSION && file->linktype <= UINT16_MAX)
        return true;
    snprintf(why, PCAP_FILE_WHY,
             "is no plain pcap file of version 2.4, it cannot be appended to");
    return false;
}

bool pcap_file_fits(const struct pcap_file *file, const struct chains_record *rec,
                    char why[PCAP_FILE_WHY])
{
    uint32_t snaplen = file->snaplen ? file->snaplen : PCAP_FILE_SNAPLEN;
    if (rec->time_ns < 0 || rec->time_ns / TIME_SECOND_NS > UINT32_MAX) {
        char text[CHAINS_TIME_TEXT];
        chains_time_text(rec->time_ns, 0, 'T', text);
        snprintf(why, PCAP_FILE_WHY, "is of %s, and a pcap file holds 1970 to 2106", text);
    } else if (rec->linktype > UINT16_MAX) {
        snprintf(why, PCAP_FILE_WHY, "is of link type %" PRIu32 ", more than 16 bits",
                 rec->linktype);
    } else if (rec->linktype != file->linktype) {
        snprintf(why, PCAP_FILE_WHY,
                 "is of link type %" PRIu32 ", and the file holds link type %" PRIu32 " alone",
                 rec->linktype, file->linktype);
    } else if (!file->nanoseconds && pcap_file_is_fine(rec)) {
        snprintf(why, PCAP_FILE_WHY, "has a time in nanoseconds, and the file microseconds");
    } else if (rec->bytes.len > snaplen) {
        snprintf(why, PCAP_FILE_WHY, "has %zu bytes, and the file holds at most %" PRIu32,
                 rec->bytes.len, snaplen);
    } else {
        return true;
    }
    return false;
}

char *pcap_file_header(const struct pcap_file *file, char *out)
{
    out = store32(out, file->nanoseconds ? MAGIC_NANOSECONDS : MAGIC);
    out = store32(out, VERSION);
    out = store64(out, 0); /* time zone and accuracy, which nobody uses */
    out = store32(out, file->snaplen);
    return store32(out, file->linktype);
}

char *pcap_file_record(const struct pcap_file *file, const struct chains_record *rec, char *out)
{
    int64_t fraction = rec->time_ns % TIME_SECOND_NS;
    out = store32(out, (uint32_t)(rec->time_ns / TIME_SECOND_NS));
    out = store32(out, (uint32_t)(file->nanoseconds ? fraction : fraction / 1000));
    out = store32(out, (uint32_t)rec->bytes.len);
    return store32(out, rec->wire_len);
}

/*
 * Whether a header begins here. A record that could be taken for one would be of one
 * microsecond in 2055, empty, and followed by one of 1970.
 */
static bool pcap_file_is_header(const uint8_t *p, size_t len)
{
    if (len < SNAPLEN_AT || chains_load_le32(p + VERSION_AT) != VERSION)
        return false;
    uint32_t magic = chains_load_le32(p + MAGIC_AT);
    return (magic == MAGIC || magic == MAGIC_NANOSECONDS) &&
           (len < PCAP_FILE_HEADER || chains_load_le32(p + SNAPLEN_AT) == PCAP_FILE_SNAPLEN);
}

size_t pcap_file_whole(const char *bytes, size_t len)
{
    const uint8_t *p = (const uint8_t *)bytes;
    size_t at = pcap_file_is_header(p, len) ? PCAP_FILE_HEADER : 0;
    if (len < at)
        return 0;
    while (len - at >= PCAP_FILE_RECORD) {
        size_t size = PCAP_FILE_RECORD + (size_t)chains_load_le32(p + at + CAPLEN_AT);
        if (size > len - at)
            break;
        at += size;
    }
    return at;
}
