/* SPDX-License-Identifier: MIT */
#ifndef CHAIN_WORDS_H
#define CHAIN_WORDS_H

#include "internal.h"

enum {
    WORDS_TEXT = 1024 * 1024, /* the longest text */
    WORDS_MOST = 16384,       /* words in a chain */
    WORDS_DEPTH = 16,         /* branches inside branches */
};

/* A word of a chain, and where it stood. */
struct word {
    const char *text;
    bool plain;        /* nothing in it was quoted or put in: "!" and brackets mean something */
    unsigned line;     /* of the text, from 1; 0: a word of a command line */
    unsigned from, to; /* columns, from 0: what a mark is put under */
};

struct words {
    struct word *word;
    size_t count;
    char *room;         /* what the words point into; NULL: the caller's */
    const char *source; /* the whole text; NULL: the words of a command line */
    const char *origin; /* its name */
};

/*
 * Words of a text. False with a sentence in `error`, marked; then nothing is to be freed. `text`
 * and `origin` outlive the words.
 */
bool words_split(struct words *words, const char *text,
                 const struct chains_parse_options *options, char *error, size_t error_size);

/* The same for words that are there already. False for want of memory, or for too many. */
bool words_of(struct words *words, const char *const *word, size_t count, char *error,
              size_t error_size);

void words_free(struct words *words);

/* "word 7", or "watch.chain:3:14". `i` may be the number of words: the end. */
void words_place(const struct words *words, size_t i, char *place, size_t size);

/* Adds to the sentence in `error` two lines: what stands around word `i`, and a mark under it. */
void words_mark(const struct words *words, size_t i, char *error, size_t error_size);

/* The same for columns of a text's line. */
void words_mark_text(const char *source, unsigned line, unsigned from, unsigned to, char *error,
                     size_t error_size);

#endif
