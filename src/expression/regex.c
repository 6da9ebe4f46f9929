/* SPDX-License-Identifier: MIT */
/*
 * Regular expressions: the only file that knows PCRE2. In: patterns, then bytes. Out: whether one
 * matches. Kept: a bounded number of steps for every match, and no allocation while it runs.
 *
 * PCRE2 limits the steps at each place where a match may begin, not of the whole search, so that n
 * bytes might take n times the limit. The search therefore goes over all places with a low limit
 * first; only places that need more are tried one by one with a higher one, until a budget is used
 * up.
 */
#include "regex.h"

#include <chains/chain.h>

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    STEPS_LIGHT = 128 * 1024,        /* of a search over all places, spread over them */
    STEPS_PLACE = 128 * 1024,        /* at one place */
    STEPS_MACHINE = 2 * 1024 * 1024, /* of all places that need more than their share */
    STEPS_INTERPRETED = 512 * 1024,  /* without machine code, which is ten times as fast */
    LIGHT_LEAST = 16,
    LIGHT_MOST = 8192,
    STACK_LEAST = 32 * 1024,
    STACK_MOST = 512 * 1024, /* of machine code */
    HEAP_KIB = 512,          /* of the interpreter, where there is no machine code */
};

struct regex {
    pcre2_code *code;
    bool machine; /* compiled to machine code */
};

struct regexes {
    struct regex *at;
    unsigned count, room;
    pcre2_general_context *general;
    pcre2_compile_context *compile;
    pcre2_match_context *match;
    pcre2_match_data *data;
    pcre2_jit_stack *stack;
    /* Memory for the interpreter, which asks for a larger block before it gives the old one back. */
    void *reserve[2];
    bool taken[2];
    bool running;
    uint64_t limited;
};

static void *regexes_take(size_t size, void *data)
{
    struct regexes *regexes = data;
    if (!regexes->running)
        return malloc(size);
    for (int i = 0; i < 2; i++) {
        if (!regexes->taken[i] && regexes->reserve[i] && size <= HEAP_KIB * 1024) {
            regexes->taken[i] = true;
            return regexes->reserve[i];
        }
    }
    return NULL;
}

static void regexes_give(void *block, void *data)
{
    struct regexes *regexes = data;
    for (int i = 0; i < 2; i++) {
        if (block && block == regexes->reserve[i]) {
            regexes->taken[i] = false;
            return;
        }
    }
    free(block);
}

struct regexes *regexes_new(void)
{
    struct regexes *new = calloc(1, sizeof *new);
    if (!new)
        return NULL;
    new->general = pcre2_general_context_create(regexes_take, regexes_give, new);
    if (new->general) {
        new->compile = pcre2_compile_context_create(new->general);
        new->match = pcre2_match_context_create(new->general);
        new->data = pcre2_match_data_create(1, new->general);
    }
    if (!new->compile || !new->match || !new->data) {
        regexes_free(new);
        return NULL;
    }
    pcre2_set_max_pattern_length(new->compile, REGEX_PATTERN_MOST);
    pcre2_set_depth_limit(new->match, STEPS_PLACE);
    pcre2_set_heap_limit(new->match, HEAP_KIB);
    return new;
}

void regexes_free(struct regexes *regexes)
{
    if (!regexes)
        return;
    for (unsigned i = 0; i < regexes->count; i++)
        pcre2_code_free(regexes->at[i].code);
    pcre2_match_data_free(regexes->data);
    pcre2_jit_stack_free(regexes->stack);
    pcre2_match_context_free(regexes->match);
    pcre2_compile_context_free(regexes->compile);
    pcre2_general_context_free(regexes->general);
    for (int i = 0; i < 2; i++)
        free(regexes->reserve[i]);
    free(regexes->at);
    free(regexes);
}

/* Machine code where the system lets us have it, with a stack; false for want of memory. */
static bool regex_prepare(struct regexes *regexes, struct regex *regex)
{
    size_t size = 0;
    regex->machine = pcre2_jit_compile(regex->code, PCRE2_JIT_COMPLETE) == 0 &&
                     pcre2_pattern_info(regex->code, PCRE2_INFO_JITSIZE, &size) == 0 &&
                     size > 0;
    if (regex->machine && !regexes->stack) {
        regexes->stack = pcre2_jit_stack_create(STACK_LEAST, STACK_MOST, regexes->general);
        if (!regexes->stack)
            return false;
        pcre2_jit_stack_assign(regexes->match, NULL, regexes->stack);
    }
    for (int i = 0; i < 2 && !regex->machine; i++) {
        if (!regexes->reserve[i])
            regexes->reserve[i] = malloc(HEAP_KIB * 1024);
        if (!regexes->reserve[i])
            return false;
    }
    return true;
}

static int regex_refuse(int code, char *error)
{
    PCRE2_UCHAR reason[REGEX_ERROR - 32];
    if (code == PCRE2_ERROR_NOMEMORY || code == PCRE2_ERROR_HEAP_FAILED) {
        snprintf(error, REGEX_ERROR, "no memory for a regular expression");
        return CHAINS_EMEM;
    }
    if (pcre2_get_error_message(code, reason, sizeof reason) < 0)
        reason[0] = '\0';
    snprintf(error, REGEX_ERROR, "bad regular expression: %s", (const char *)reason);
    return CHAINS_EUSAGE;
}

int regexes_add(struct regexes *regexes, const char *pattern, size_t len, char *error,
                size_t *fault_at)
{
    *fault_at = 0;
    if (regexes->count == regexes->room) {
        unsigned room = regexes->room ? regexes->room * 2 : 4;
        struct regex *more = realloc(regexes->at, room * sizeof *more);
        if (!more)
            return regex_refuse(PCRE2_ERROR_NOMEMORY, error);
        regexes->at = more;
        regexes->room = room;
    }
    struct regex *regex = &regexes->at[regexes->count];
    int code;
    regex->code = pcre2_compile((PCRE2_SPTR)pattern, len,
                                PCRE2_NEVER_UTF | PCRE2_NEVER_UCP | PCRE2_NEVER_BACKSLASH_C |
                                    PCRE2_USE_OFFSET_LIMIT,
                                &code, fault_at, regexes->compile);
    if (!regex->code)
        return regex_refuse(code, error);
    regexes->count++;
    if (!regex_prepare(regexes, regex))
        return regex_refuse(PCRE2_ERROR_NOMEMORY, error);
    return (int)regexes->count - 1;
}

/* Whether a match begins from `first` to `last`; a negative number of PCRE2 when there is none. */
static int regex_try(struct regexes *regexes, const struct regex *regex,
                     struct chains_bytes subject, size_t first, size_t last, uint32_t limit)
{
    pcre2_set_offset_limit(regexes->match, last);
    pcre2_set_match_limit(regexes->match, limit);
    if (regex->machine)
        return pcre2_jit_match(regex->code, subject.at, subject.len, first, 0, regexes->data,
                               regexes->match);
    return pcre2_match(regex->code, subject.at, subject.len, first, 0, regexes->data,
                       regexes->match);
}

/* One place with more and more steps, paid out of the budget. */
static int regex_insist(struct regexes *regexes, const struct regex *regex,
                        struct chains_bytes subject, size_t at, uint32_t limit,
                        uint32_t *budget)
{
    int code = PCRE2_ERROR_MATCHLIMIT;
    while (code == PCRE2_ERROR_MATCHLIMIT && limit < STEPS_PLACE) {
        limit = limit > STEPS_PLACE / 4 ? STEPS_PLACE : limit * 4;
        if (*budget < limit)
            return code;
        *budget -= limit;
        code = regex_try(regexes, regex, subject, at, at, limit);
    }
    return code;
}

/*
 * The places one window after the other: a window without a match doubles the next one, one that
 * reached the limit is halved until it is the one place that needs more.
 */
static int regex_search(struct regexes *regexes, const struct regex *regex,
                        struct chains_bytes subject, uint32_t light)
{
    uint32_t budget = regex->machine ? STEPS_MACHINE : STEPS_INTERPRETED;
    size_t at = 0, window = 1;
    while (at <= subject.len) {
        size_t last = window - 1 < subject.len - at ? at + window - 1 : subject.len;
        int code = regex_try(regexes, regex, subject, at, last, light);
        if (code == PCRE2_ERROR_MATCHLIMIT && window > 1) {
            window /= 2;
            continue;
        }
        if (code == PCRE2_ERROR_MATCHLIMIT)
            code = regex_insist(regexes, regex, subject, at, light, &budget);
        if (code != PCRE2_ERROR_NOMATCH)
            return code;
        at = last + 1;
        window *= 2;
    }
    return PCRE2_ERROR_NOMATCH;
}

bool regexes_match(struct regexes *regexes, unsigned number, struct chains_bytes subject)
{
    const struct regex *regex = &regexes->at[number];
    bool cut = subject.len > REGEX_SUBJECT_MOST;
    if (cut)
        subject.len = REGEX_SUBJECT_MOST;
    if (!subject.at)
        subject = (struct chains_bytes){ (const uint8_t *)"", 0 };
    uint32_t light = (uint32_t)(STEPS_LIGHT / (subject.len + 1));
    light = light > LIGHT_MOST ? LIGHT_MOST : light < LIGHT_LEAST ? LIGHT_LEAST : light;
    regexes->running = true;
    int code = regex_try(regexes, regex, subject, 0, subject.len, light);
    if (code == PCRE2_ERROR_MATCHLIMIT)
        code = regex_search(regexes, regex, subject, light);
    regexes->running = false;
    if (code >= 0)
        return true;
    regexes->limited += code != PCRE2_ERROR_NOMATCH || cut;
    return false;
}

uint64_t regexes_limited(const struct regexes *regexes)
{
    return regexes->limited;
}

size_t regexes_memory(const struct regexes *regexes)
{
    size_t bytes = sizeof *regexes + regexes->room * sizeof *regexes->at;
    for (unsigned i = 0; i < regexes->count; i++) {
        size_t code = 0, machine = 0;
        pcre2_pattern_info(regexes->at[i].code, PCRE2_INFO_SIZE, &code);
        pcre2_pattern_info(regexes->at[i].code, PCRE2_INFO_JITSIZE, &machine);
        bytes += code + machine;
    }
    for (int i = 0; i < 2; i++)
        bytes += regexes->reserve[i] ? HEAP_KIB * 1024 : 0;
    return bytes + (regexes->stack ? STACK_LEAST : 0);
}

size_t regex_library(char *out, size_t size)
{
    char version[64] = "";
    pcre2_config(PCRE2_CONFIG_VERSION, version);
    version[strcspn(version, " ")] = '\0'; /* a date follows */
    int length = snprintf(out, size, "PCRE2 %s", version);
    return length < 0 ? 0 : (size_t)length;
}
