/* SPDX-License-Identifier: MIT */
#ifndef CHAINS_FIELD_H
#define CHAINS_FIELD_H

#include <chains/bytes.h>

/*
 * A field table says what a struct contains, once: layers are printed, exported and searched by
 * it, options are read from text and explained by it. A table ends with CHAINS_FIELDS_END.
 *
 *     static const struct chains_field udp_fields[] = {
 *         CHAINS_FIELD(chains_udp, sport, UINT, "source port"),
 *         CHAINS_FIELD(chains_udp, dport, UINT, "destination port"),
 *         CHAINS_FIELDS_END,
 *     };
 */

#ifdef __cplusplus
extern "C" {
#endif

enum chains_field_type {
    CHAINS_NO_FIELD, /* ends a table */
    CHAINS_BOOL,     /* bool, or a uint8_t that is 0 or 1 */
    CHAINS_UINT,     /* uint8_t, uint16_t, uint32_t or uint64_t, by the member's size */
    CHAINS_TIME,     /* int64_t nanoseconds since 1970 */
    CHAINS_MAC,      /* uint8_t[6] */
    CHAINS_ADDR,     /* struct chains_addr */
    CHAINS_TEXT,     /* const char *, UTF-8 without control characters, or NULL */
    CHAINS_RAW,      /* struct chains_bytes of anybody, shown as text with escapes */
    CHAINS_HEX,      /* struct chains_bytes from the wire, shown as hexadecimal digits */
    CHAINS_NAMED,    /* an unsigned number shown by its name in .names, else as a number */
    CHAINS_FLAGS,    /* an unsigned number whose set bits are listed by their names in .names */
    CHAINS_ARRAY, /* numbers inside the struct; .count says where their number is; .names too */
    CHAINS_OBJECT,  /* a struct inside the struct, described by .fields */
    CHAINS_LIST,    /* struct chains_list of structs described by .fields, .size bytes each */
    CHAINS_RAWS,    /* struct chains_list of struct chains_bytes, each shown as RAW is */
    CHAINS_NUMBERS, /* struct chains_list of unsigned numbers, .size bytes each; .names too */
    CHAINS_TAGS,    /* uint64_t, a bit for each of the chain's tags */
    CHAINS_DURATION, /* int64_t nanoseconds, shown in seconds; as an option "10ms", "1.5s", "2h" */
    CHAINS_SIZE,     /* options only: uint64_t bytes, "64M": K, M, G and T are powers of 1024 */
    CHAINS_REAL,     /* options only: double */
    CHAINS_TEXTS, /* options only: const char *const *, ended by NULL; the word may be repeated */
    CHAINS_HANDLE, /* options only: what text cannot give (a pointer, an array's length) */
};

/* A value and its name; a table of them ends with a NULL name. FLAGS use the bit as value. */
struct chains_name {
    uint32_t value;
    const char *name;
};

/* Items of equal size behind each other; they live as long as the record. */
struct chains_list {
    const void *items;
    uint32_t count;
};

struct chains_field {
    const char *name, *help; /* the path's last word; one sentence */
    uint8_t type;            /* enum chains_field_type */
    uint8_t omit_zero;       /* 1: leave the field out when it is 0, empty or NULL */
    uint8_t text_only;       /* 1: for the full print, not for JSON lines */
    uint16_t offset, size;   /* of the member; LIST and ARRAY: size of one item */
    uint16_t count;          /* ARRAY: offset of the uint8_t that holds the number of items */
    uint32_t has; /* bit in the struct's first member `uint32_t has`; 0: always there */
    const struct chains_name *names;
    const struct chains_field *fields;
    const char *preset; /* options only: what holds when nothing is said, for people */
    uint8_t escaped;    /* 1: RAW that is text with escapes of its own: JSON has it as it is */
    uint8_t alias;      /* 1: another name of the row before it: found, but not shown */
    uint8_t bare;       /* options only, 1: a word without "NAME=" is this one's value */
};

#define CHAINS_SIZEOF_(tag, member)   sizeof(((const struct tag *)0)->member)
#define CHAINS_OFFSETOF_(tag, member) ((uint16_t)offsetof(struct tag, member))

/* One row. The sentence is mandatory; more members may follow it: .names = ..., .has = ... */
#define CHAINS_FIELD(tag, member, type_, ...)                                                  \
    CHAINS_FIELD_AS(tag, #member, member, type_, __VA_ARGS__)

/* One row whose name is not the member's. */
#define CHAINS_FIELD_AS(tag, name_, member, type_, ...)                                        \
    {                                                                                          \
        .name = name_, .type = CHAINS_##type_, .offset = CHAINS_OFFSETOF_(tag, member),        \
        .size = CHAINS_SIZEOF_(tag, member), .help = __VA_ARGS__                               \
    }

/* Numbers inside the struct, `count_` of them. */
#define CHAINS_FIELD_ARRAY(tag, member, count_, ...)                                           \
    {                                                                                          \
        .name = #member, .type = CHAINS_ARRAY, .omit_zero = 1,                                 \
        .offset = CHAINS_OFFSETOF_(tag, member), .size = CHAINS_SIZEOF_(tag, member[0]),       \
        .count = CHAINS_OFFSETOF_(tag, count_), .help = __VA_ARGS__                            \
    }

/* A struct chains_list of `struct item`. */
#define CHAINS_FIELD_LIST(tag, member, item, fields_, ...)                                     \
    {                                                                                          \
        .name = #member, .type = CHAINS_LIST, .omit_zero = 1,                                  \
        .offset = CHAINS_OFFSETOF_(tag, member), .size = sizeof(struct item),                  \
        .fields = fields_, .help = __VA_ARGS__                                                 \
    }

/* A struct chains_list of struct chains_bytes, each text like a RAW. */
#define CHAINS_FIELD_RAWS(tag, member, ...)                                                    \
    {                                                                                          \
        .name = #member, .type = CHAINS_RAWS, .omit_zero = 1,                                  \
        .offset = CHAINS_OFFSETOF_(tag, member), .size = sizeof(struct chains_bytes),          \
        .help = __VA_ARGS__                                                                    \
    }

/* A struct chains_list of numbers of the C type `item`. */
#define CHAINS_FIELD_NUMBERS(tag, member, item, ...)                                           \
    {                                                                                          \
        .name = #member, .type = CHAINS_NUMBERS, .omit_zero = 1,                               \
        .offset = CHAINS_OFFSETOF_(tag, member), .size = sizeof(item), .help = __VA_ARGS__     \
    }

#define CHAINS_FIELDS_END                                                                      \
    {                                                                                          \
        .name = NULL                                                                           \
    }

/* The name of `value` in a table, or NULL. */
CHAINS_API const char *chains_name_of(const struct chains_name *names, uint32_t value);

/* The row called `name`, or NULL. */
CHAINS_API const struct chains_field *chains_field_find(const struct chains_field *fields,
                                                        const char *name);

#ifdef __cplusplus
}
#endif
#endif
