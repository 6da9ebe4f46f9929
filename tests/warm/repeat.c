/* SPDX-License-Identifier: MIT */
/*
 * A capture without an end from a few small ones. In: the number of packets, then names of capture
 * files of Ethernet (pcap, microseconds, the order of bytes of this machine). Out: a capture in
 * standard output. A few dozen copies of the files play at once, each between hosts of its own, and
 * the next packet is that of any of them; who has ended begins again with another file and new hosts.
 * The same arguments give the same bytes.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    FILES = 32,
    PLAYERS = 48,
    STEP_US = 2000, /* from packet to packet */
    FILE_HEADER = 24,
    PACKET_HEADER = 16,
    ETHERNET = 14,
    PACKET_MOST = 65536,
    BEGIN = 1700000000,
};

struct capture {
    uint8_t *bytes;
    size_t len;
};

struct player {
    const struct capture *capture;
    size_t at;
    uint32_t hosts; /* what their addresses are changed by */
};

static struct capture captures[FILES];
static size_t files;
static uint64_t state = 1;

static uint32_t chance(void)
{
    state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(state >> 33);
}

static uint32_t load(const uint8_t *at)
{
    uint32_t value;
    memcpy(&value, at, sizeof value);
    return value;
}

static void store(uint8_t *at, uint32_t value)
{
    memcpy(at, &value, sizeof value);
}

/* Whether it is packets from the first to the last byte. */
static bool capture_is_whole(const struct capture *capture)
{
    size_t at = FILE_HEADER;
    while (capture->len - at > PACKET_HEADER) {
        size_t len = load(capture->bytes + at + 8);
        if (len > PACKET_MOST || len > capture->len - at - PACKET_HEADER)
            return false;
        at += PACKET_HEADER + len;
    }
    return at == capture->len;
}

static bool capture_read(const char *path, struct capture *capture)
{
    FILE *file = fopen(path, "rb");
    if (!file || fseek(file, 0, SEEK_END))
        return false;
    long size = ftell(file);
    rewind(file);
    capture->len = size > 0 ? (size_t)size : 0;
    capture->bytes = malloc(capture->len + 1);
    bool good = capture->bytes && capture->len > FILE_HEADER + PACKET_HEADER &&
                fread(capture->bytes, 1, capture->len, file) == capture->len;
    fclose(file);
    return good && load(capture->bytes) == 0xa1b2c3d4 && load(capture->bytes + 20) == 1 &&
           capture_is_whole(capture);
}

/* New hosts: of IPv4 the two middle bytes of what is not for all, of IPv6 two within the network. */
static void change(uint8_t *packet, size_t len, uint32_t hosts)
{
    unsigned type = len > ETHERNET ? (unsigned)packet[12] << 8 | packet[13] : 0;
    uint8_t *at = packet + ETHERNET;
    for (unsigned i = 0; type == 0x0800 && len >= ETHERNET + 20 && i < 2; i++) {
        uint8_t *address = at + 12 + 4 * i;
        if (address[0] >= 224)
            continue;
        uint32_t old = (uint32_t)address[1] << 8 | address[2];
        uint32_t new = old ^ (hosts & 0xffff);
        address[1] = (uint8_t)(new >> 8);
        address[2] = (uint8_t) new;
    }
    if (type == 0x0800 && len >= ETHERNET + 20) {
        uint32_t sum = 0;
        at[10] = at[11] = 0;
        for (unsigned i = 0; i < 20; i += 2)
            sum += (uint32_t)at[i] << 8 | at[i + 1];
        while (sum >> 16)
            sum = (sum & 0xffff) + (sum >> 16);
        at[10] = (uint8_t)(~sum >> 8);
        at[11] = (uint8_t)~sum;
    }
    for (unsigned i = 0; type == 0x86dd && len >= ETHERNET + 40 && i < 2; i++) {
        uint8_t *address = at + 8 + 16 * i;
        if (address[0] == 0xff || address[0] == 0xfe)
            continue;
        address[8] ^= (uint8_t)(hosts >> 8);
        address[9] ^= (uint8_t)hosts;
    }
}

static void begin(struct player *player)
{
    *player = (struct player){ &captures[chance() % files], FILE_HEADER, chance() };
}

/* The next packet of one of them, with its header; its length. */
static size_t next(struct player *player, uint64_t number, uint8_t *out)
{
    for (;;) {
        const struct capture *capture = player->capture;
        if (!capture || player->at == capture->len) {
            begin(player);
            continue;
        }
        const uint8_t *header = capture->bytes + player->at;
        size_t len = load(header + 8);
        uint64_t us = number * STEP_US;
        memcpy(out, header, PACKET_HEADER + len);
        store(out, (uint32_t)(BEGIN + us / 1000000));
        store(out + 4, (uint32_t)(us % 1000000));
        change(out + PACKET_HEADER, len, player->hosts);
        player->at += PACKET_HEADER + len;
        return PACKET_HEADER + len;
    }
}

int main(int count, char **arguments)
{
    static uint8_t packet[PACKET_HEADER + PACKET_MOST];
    static struct player players[PLAYERS];
    for (int i = 2; i < count && files < FILES; i++) {
        if (!capture_read(arguments[i], &captures[files++])) {
            fprintf(stderr, "repeat: %s is no capture that can be repeated\n", arguments[i]);
            return 2;
        }
    }
    uint64_t most = count > 2 ? strtoull(arguments[1], NULL, 10) : 0;
    if (!most) {
        fputs("usage: repeat PACKETS CAPTURE...\n", stderr);
        return 2;
    }
    fwrite(captures[0].bytes, 1, FILE_HEADER, stdout);
    for (uint64_t i = 0; i < most; i++) {
        size_t len = next(&players[chance() % PLAYERS], i, packet);
        if (fwrite(packet, 1, len, stdout) != len)
            return 0; /* the reader has what it wanted */
    }
    return 0;
}
