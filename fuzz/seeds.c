/* SPDX-License-Identifier: MIT */
/*
 * Seeds out of captures. In: a folder, and captures. Out: one file for each header of each packet in
 * the folders of the families and of walk, and for each capture its packets of TCP and UDP as a script
 * of talk.h in flows, and itself in capture and program. What is there already is replaced; a merge
 * (script/fuzz --merge) then keeps what reaches something that nothing else does.
 */
#include "families.h"
#include "fuzz.h"
#include "talk.h"

#include "../src/record/arena.h"
#include "../src/sources/capture_file.h"

#include <string.h>
#include <sys/stat.h>

enum { PACKET_MOST = 1500, HEADERS_MOST = 64, LAYER_MOST = 65536, SCRIPT_MOST = 65536 };

static const char *folder;

static void seed(const char *target, const char *capture, unsigned packet, unsigned header,
                 const uint8_t *head, size_t head_len, struct chains_bytes bytes)
{
    char path[4096];
    const char *name = strrchr(capture, '/');
    snprintf(path, sizeof path, "%s/%s", folder, target);
    mkdir(path, 0777);
    snprintf(path, sizeof path, "%s/%s/%s-%u-%u", folder, target, name ? name + 1 : capture,
             packet, header);
    FILE *file = fopen(path, "wb");
    must(file != NULL);
    must(fwrite(head, 1, head_len, file) == head_len);
    must(fwrite(bytes.at, 1, bytes.len, file) == bytes.len);
    must(fclose(file) == 0);
}

static const struct chains_dissector *claimed(struct chains_key key, size_t *number)
{
    *number = 0;
    for (size_t i = 0; dissect_all[i]; i++)
        for (const struct chains_key *own = dissect_all[i]->keys; own->space; own++, ++*number)
            if (own->space == key.space && own->number == key.number)
                return dissect_all[i];
    return NULL;
}

/* One header; false where the walk ends. */
static bool step(const char *capture, unsigned packet, unsigned header,
                 struct chains_reader *in, struct chains_key *key, struct chains_arena *arena)
{
    static _Alignas(16) uint8_t layer[LAYER_MOST];
    size_t number, place;
    const struct chains_dissector *dissector = claimed(*key, &number);
    if (!dissector || chains_left(in) == 0)
        return false;
    struct chains_bytes bytes = chains_rest(in);
    bytes.len = bytes.len < PACKET_MOST ? bytes.len : PACKET_MOST;
    const enum family family = family_of(dissector, &place);
    must(family < FAMILIES);
    const uint8_t one[] = { (uint8_t)place };
    const uint8_t three[] = { (uint8_t)(number >> 8), (uint8_t)number, 8 };
    seed(family_names[family], capture, packet, header, one, sizeof one, bytes);
    seed("walk", capture, packet, header, three, sizeof three, bytes);
    const uint8_t *udp = bytes.at;
    *key = (struct chains_key){ CHAINS_BY_NOTHING, key->number };
    int verdict = (int)dissector->dissect(in, layer, key, arena);
    if (key->space == CHAINS_BY_PORT && bytes.len >= 4)
        *key = (struct chains_key){ CHAINS_BY_TUNNEL, chains_load_be16(udp + 2) };
    return verdict == CHAINS_PARSED;
}

/* The packet behind its link header as an entry of a script, where it is plain IPv4. */
static size_t entry_of(const struct capture_packet *packet, uint8_t *out)
{
    static const size_t ip_at = 14;
    const uint8_t *ip = packet->data + ip_at;
    if (packet->linktype != 1 || packet->caplen < ip_at + 28 || ip[0] != 0x45 ||
        (ip[9] != 6 && ip[9] != 17))
        return 0;
    const uint8_t *transport = ip + 20;
    const bool udp = ip[9] == 17;
    const size_t header = udp ? 8 : (size_t)(transport[packet->caplen > 46 ? 12 : 0] >> 4) * 4;
    size_t len = chains_load_be16(ip + 2);
    if (len > packet->caplen - ip_at || len < 20 + header || len - 20 - header > PACKET_MOST)
        return 0;
    len -= 20 + header;
    unsigned flow = 0, side = 0;
    for (unsigned i = 0; i < TALK_FLOWS; i++)
        for (unsigned k = 0; k < 2; k++)
            if (chains_load_be16(transport + 2 - 2 * k) == talk_ports[udp][i]) {
                flow = i;
                side = k;
            }
    uint8_t *p = out;
    *p++ = (uint8_t)(side | flow << 1 | (udp ? TALK_UDP : 0));
    *p++ = 1;
    if (!udp) {
        *p++ = transport[13];
        memset(p, 0, 3); /* in order */
        p += 3;
    }
    *p++ = (uint8_t)(len >> 8);
    *p++ = (uint8_t)len;
    memcpy(p, transport + header, len);
    return (size_t)(p - out) + len;
}

static void packets_of(const char *capture, struct capture_file *file, uint8_t *script)
{
    static const uint8_t head[] = { 0x02, 0x0f };
    struct chains_arena arena;
    struct capture_packet packet;
    size_t used = 0;
    unsigned number = 0, part = 0;
    int status;
    arena_init(&arena, 1 << 20);
    while ((status = capture_file_next(file, &packet)) == CHAINS_OK || status == CHAINS_IDLE) {
        if (status == CHAINS_IDLE) {
            capture_file_fill(file, -1);
            continue;
        }
        struct chains_bytes bytes = { packet.data, packet.caplen };
        struct chains_reader in = chains_reader_over(bytes);
        struct chains_key key = { CHAINS_BY_LINKTYPE, packet.linktype };
        number++;
        for (unsigned i = 0; i < HEADERS_MOST; i++)
            if (!step(capture, number, i, &in, &key, &arena))
                break;
        arena_reset(&arena);
        used += entry_of(&packet, script + used);
        if (used > SCRIPT_MOST / 16) {
            seed("flows", capture, part++, 0, head, sizeof head,
                 (struct chains_bytes){ script, used });
            used = 0;
        }
    }
    if (used)
        seed("flows", capture, part, 0, head, sizeof head,
             (struct chains_bytes){ script, used });
    arena_free(&arena);
}

/* The file itself, for each way in which fuzz_capture.c reads one. */
static void whole_of(const char *capture)
{
    static uint8_t bytes[SCRIPT_MOST];
    FILE *file = fopen(capture, "rb");
    must(file != NULL);
    size_t len = fread(bytes, 1, sizeof bytes, file);
    fclose(file);
    for (uint8_t how = 0; how < 5; how++)
        seed("capture", capture, how, 0, &how, 1, (struct chains_bytes){ bytes, len });
    seed("program", capture, 0, 0, bytes, 0, (struct chains_bytes){ bytes, len });
}

int main(int argc, char **argv)
{
    static uint8_t script[2 * SCRIPT_MOST];
    char error[CAPTURE_ERROR];
    int status;
    if (argc < 3) {
        fprintf(stderr, "usage: fuzz_seeds FOLDER CAPTURE...\n");
        return 2;
    }
    folder = argv[1];
    for (int i = 2; i < argc; i++) {
        whole_of(argv[i]);
        struct capture_file *file = capture_file_open(argv[i], &status, error, sizeof error);
        if (!file)
            continue; /* some of them are there to be refused */
        packets_of(argv[i], file, script);
        capture_file_free(file);
    }
    return 0;
}
