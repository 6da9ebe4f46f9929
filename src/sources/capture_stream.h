/* SPDX-License-Identifier: MIT */
#ifndef SOURCES_CAPTURE_STREAM_H
#define SOURCES_CAPTURE_STREAM_H

#include <chains/bytes.h>
#include <chains/chain.h>

struct secrets;

/*
 * For capture_file.c and pcapng.c: the bytes of a capture as far as they have been read, and
 * what to say when they are not as they should be.
 */

#if defined(__GNUC__)
#define CAPTURE_STREAM_UNLIKELY(condition) __builtin_expect(!!(condition), 0)
#define CAPTURE_STREAM_FORMAT(text, first) __attribute__((format(printf, text, first)))
#else
#define CAPTURE_STREAM_UNLIKELY(condition) (condition)
#define CAPTURE_STREAM_FORMAT(text, first)
#endif

enum { CAPTURE_STREAM_PHRASE = 240 };

struct capture_stream {
    const uint8_t *at, *end;            /* read, not yet handed out */
    const uint8_t *start;               /* of the buffer */
    uint64_t base;                      /* offset of `start` in the stream */
    uint64_t record;                    /* offset of the record at hand */
    uint64_t part, need;                /* what is not whole yet: where it begins, its bytes, */
    const char *what;                   /* and its name: "a packet" */
    struct secrets *secrets;            /* where a pcapng's keys go; NULL: nowhere */
    char phrase[CAPTURE_STREAM_PHRASE]; /* after a failure: the sentence without the path */
};

static inline uint64_t capture_stream_offset(const struct capture_stream *in, const uint8_t *p)
{
    return in->base + (uint64_t)(p - in->start);
}

/* Says that `need` bytes from `part` on are wanted and not all there. Gives CHAINS_IDLE. */
static inline int capture_stream_want(struct capture_stream *in, const uint8_t *part,
                                      const char *what, uint64_t need)
{
    in->part = capture_stream_offset(in, part);
    in->what = what;
    in->need = need;
    return CHAINS_IDLE;
}

/* Sets the phrase. Gives CHAINS_EFORMAT. */
int capture_stream_refuse(struct capture_stream *in, const char *format, ...)
    CAPTURE_STREAM_FORMAT(2, 3);

/* As capture_stream_refuse(), after "damaged at byte N: ", the offset of the record at hand. */
int capture_stream_damage(struct capture_stream *in, const char *format, ...)
    CAPTURE_STREAM_FORMAT(2, 3);

#endif
