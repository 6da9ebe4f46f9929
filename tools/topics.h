/* SPDX-License-Identifier: MIT */
#ifndef TOPICS_H
#define TOPICS_H

/* Texts of `chains help TOPIC`; a table of them ends with a NULL name. */
struct topic {
    const char *name, *brief, *text;
};

extern const struct topic topics[];

#endif
