/* SPDX-License-Identifier: MIT */
#ifndef SOURCES_CAPTURE_FILE_H
#define SOURCES_CAPTURE_FILE_H

#include <chains/chain.h>

/*
 * Capture files: pcap and pcapng, both byte orders, micro- and nanoseconds, plain or inside
 * gzip or zstd, from a file, a pipe or standard input. One buffer of CAPTURE_BUFFER bytes,
 * read(2) into it, packets lent in place: no copy, no allocation per packet, flat memory
 * however long the file.
 */

enum {
    CAPTURE_BUFFER = 512 * 1024,
    CAPTURE_PACKET_MAX = 262144, /* a longer packet is damage, as in libpcap and wiretap */
    CAPTURE_ERROR = 448,         /* room for any sentence of these files */
};

struct capture_packet {
    int64_t time_ns;
    const uint8_t *data; /* lent until the next capture_file_fill() or capture_file_free() */
    uint32_t caplen, wire_len;
    uint32_t linktype; /* LINKTYPE_ number, flag bits of pcap's network word taken off */
    bool nanoseconds;  /* resolution finer than a microsecond */
};

struct capture_file;

/*
 * Opens `path`, or standard input for "-", and reads nothing. NULL on failure, with one sentence that
 * begins with the path in `error` and CHAINS_EIO or CHAINS_EMEM in *status.
 */
struct capture_file *capture_file_open(const char *path, int *status, char *error,
                                       size_t error_size);

/*
 * The descriptor alone, without a buffer, to be read later by capture_file_of(), which takes it: also
 * where that fails. -1 on failure, as above.
 */
int capture_file_descriptor(const char *path, bool *regular, char *error, size_t error_size);
struct capture_file *capture_file_of(int fd, const char *path, int *status, char *error,
                                     size_t error_size);

/* Frees as capture_file_free(), and gives the descriptor back, at its beginning again. */
int capture_file_put_back(struct capture_file *file);

/*
 * Reads a regular file as far as its header, so that what is not a capture is refused now: CHAINS_OK,
 * or the failure, and the sentence in capture_file_error(). Of anything else (a pipe) nothing is
 * read, and the same refusal comes from capture_file_next(); which also begins what was not begun.
 */
int capture_file_begin(struct capture_file *file);

/* Whether it is a file on disk, and not a pipe. */
bool capture_file_is_regular(const struct capture_file *file);

/*
 * Up to `most` packets of a pcap file that lie whole in the buffer, at once. 0: capture_file_next()
 * has the next one, or knows why there is none. It is 0 of pcapng, always, and who reads several files
 * in the order of time asks for one packet after the other.
 */
size_t capture_file_some(struct capture_file *file, struct capture_packet *packets,
                         size_t most);

/*
 * The next packet that lies whole in the buffer: CHAINS_OK. CHAINS_IDLE: more bytes are needed,
 * call capture_file_fill() when nobody uses what was lent. CHAINS_END: the end of the file,
 * which may be in the middle of nothing only. Negative: damage or a read error; the sentence,
 * with the byte offset of the damaged record (in the decompressed stream), is in
 * capture_file_error(). After an end or a failure every call gives the same.
 */
int capture_file_next(struct capture_file *file, struct capture_packet *packet);

/*
 * Takes back what was lent, makes room and reads more: CHAINS_OK. On a pipe, CHAINS_IDLE when
 * nothing came for `timeout_ms` (-1: for ever), or when a signal came. An end or a failure is
 * told by capture_file_next() alone, after the packets before it; then nothing is read or
 * moved.
 */
int capture_file_fill(struct capture_file *file, int timeout_ms);

/*
 * From now on the keys that the file carries for its packets are added here, before the packets that
 * stand behind them are given. `secrets` outlives the file.
 */
struct secrets;
void capture_file_keep_secrets(struct capture_file *file, struct secrets *secrets);

/* Bytes read from the file so far as it lies on disk, and its size (0: unknown). */
uint64_t capture_file_position(const struct capture_file *file);
uint64_t capture_file_size(const struct capture_file *file);

/*
 * The sentence, in printable ASCII: the path's other bytes are written as \xNN, and the middle
 * of a path of more than 200 bytes as "...".
 */
const char *capture_file_error(const struct capture_file *file);

/* Frees; NULL is ignored. */
void capture_file_free(struct capture_file *file);

#endif
