/* SPDX-License-Identifier: MIT */
/*
 * Rules for tags. In: "NAME: EXPRESSION" from options and files. Out: compiled expressions, each
 * with the bit of its tag. Kept: a rule that is wrong is named by its file and line, and a set of
 * rules that is not whole is thrown away by its owner.
 */
#include "rules.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../expression/lines.h"
#include "../record/layout.h"

static const char rules_blanks[] = " \t\r\n\v\f";

/*
 * The colon that ends a rule's name, or NULL. A name may have colons in it: the one that a blank
 * follows ends it, and only where there is none the first does.
 */
static const char *rules_colon(const char *text)
{
    size_t len = strcspn(text, rules_blanks);
    if (len > 1 && text[len - 1] == ':')
        return text + len - 1;
    const char *colon = memchr(text, ':', len);
    if (colon)
        return colon;
    text += len;
    text += strspn(text, rules_blanks);
    return *text == ':' ? text : NULL; /* "NAME : EXPRESSION" */
}

/* Takes a rule apart: copies its name, and gives its expression. */
static int rules_split(const char *text, char name[TAG_SIZE], const char **expression,
                       char *error, size_t error_size)
{
    char quoted[LINES_QUOTED];
    text += strspn(text, rules_blanks);
    const char *colon = rules_colon(text);
    size_t len = colon ? (size_t)(colon - text) : 0;
    while (len > 0 && strchr(rules_blanks, text[len - 1]))
        len--;
    if (!colon) {
        snprintf(error, error_size, "%s is not a rule: write NAME: EXPRESSION",
                 lines_quote(text, quoted));
        return CHAINS_EUSAGE;
    }
    if (!tag_is_plain(text, len)) {
        snprintf(error, error_size,
                 "%s: the name of a tag is 1 to %d letters, digits, '_', '-', '.' and ':'",
                 lines_quote(text, quoted), TAG_SIZE - 1);
        return CHAINS_EUSAGE;
    }
    memcpy(name, text, len);
    name[len] = '\0';
    *expression = colon + 1 + strspn(colon + 1, rules_blanks);
    if (**expression)
        return CHAINS_OK;
    snprintf(error, error_size, "the rule %s lacks an expression", name);
    return CHAINS_EUSAGE;
}

int rules_check(chains_component *self, const char *text, char *error, size_t error_size)
{
    char name[TAG_SIZE];
    const char *expression;
    int status = rules_split(text, name, &expression, error, error_size);
    if (status == CHAINS_OK)
        expression_free(expression_new(self, expression, false, &status, error, error_size));
    return status;
}

static struct rule *rules_room(struct rules *rules, char *error, size_t error_size)
{
    if (rules->count == RULES_MOST) {
        snprintf(error, error_size, "more than %d rules", RULES_MOST);
        return NULL;
    }
    if (rules->count == rules->room) {
        size_t room = rules->room ? rules->room * 2 : 8;
        struct rule *rule = realloc(rules->rule, room * sizeof *rule);
        if (!rule) {
            snprintf(error, error_size, "no memory for a rule");
            return NULL;
        }
        rules->rule = rule;
        rules->room = room;
    }
    return &rules->rule[rules->count];
}

int rules_add(struct rules *rules, chains_component *self, const char *text, char *error,
              size_t error_size)
{
    char name[TAG_SIZE];
    const char *expression;
    int status = rules_split(text, name, &expression, error, error_size);
    if (status < 0)
        return status;
    struct rule *rule = rules_room(rules, error, error_size);
    if (!rule)
        return rules->count == RULES_MOST ? CHAINS_EUSAGE : CHAINS_EMEM;
    int number = chains_tag(self, name);
    if (number < 0) {
        snprintf(error, error_size,
                 "no room for the tag \"%s\": a chain has 64 at most, those "
                 "of earlier rules counted",
                 name);
        return CHAINS_EUSAGE;
    }
    rule->bit = UINT64_C(1) << number;
    rule->expression = expression_new(self, expression, true, &status, error, error_size);
    rules->count += rule->expression != NULL;
    return status;
}

/* Ends a line before its comment: a '#' at its begin or behind a blank, in no string. */
static void rules_uncomment(char *line)
{
    char quote = '\0', before = ' ';
    for (char *c = line; *c; before = *c++) {
        if (quote && *c == '\\' && c[1])
            c++;
        else if (quote && *c == quote)
            quote = '\0';
        else if (!quote && (*c == '"' || *c == '\''))
            quote = *c;
        else if (!quote && *c == '#' && strchr(rules_blanks, before)) {
            *c = '\0';
            return;
        }
    }
}

int rules_read(struct rules *rules, chains_component *self, const char *path, char *error,
               size_t error_size)
{
    struct lines lines;
    char *line;
    int status = lines_open(&lines, path, error, error_size);
    if (status < 0)
        return status;
    while ((status = lines_next(&lines, &line, error, error_size)) == CHAINS_OK) {
        rules_uncomment(line);
        line = lines_trim(line);
        if (!*line)
            continue;
        int used = snprintf(error, error_size, "%s:%u: ", path, (unsigned)lines.number);
        if (used < 0 || (size_t)used >= error_size)
            used = 0;
        status = rules_add(rules, self, line, error + used, error_size - (size_t)used);
        if (status < 0)
            break;
    }
    lines_close(&lines);
    return status < 0 ? status : CHAINS_OK;
}

void rules_reload(const struct rules *rules, chains_component *self)
{
    char error[EXPRESSION_ERROR];
    for (size_t i = 0; i < rules->count; i++)
        if (expression_reload(rules->rule[i].expression, error, sizeof error) < 0)
            chains_warn(self, "%.*s; the list stays as it was", (int)strcspn(error, "\n"),
                        error);
}

void rules_files(const struct rules *rules, chains_access_teller tell, void *user)
{
    for (size_t i = 0; i < rules->count; i++)
        expression_files(rules->rule[i].expression, tell, user);
}

size_t rules_memory(const struct rules *rules)
{
    size_t bytes = rules->room * sizeof *rules->rule;
    for (size_t i = 0; i < rules->count; i++)
        bytes += expression_memory(rules->rule[i].expression);
    return bytes;
}

uint64_t rules_limited(const struct rules *rules)
{
    uint64_t limited = 0;
    for (size_t i = 0; i < rules->count; i++)
        limited += expression_limited(rules->rule[i].expression);
    return limited;
}

void rules_free(struct rules *rules)
{
    for (size_t i = 0; i < rules->count; i++)
        expression_free(rules->rule[i].expression);
    free(rules->rule);
    *rules = (struct rules){ .rule = NULL };
}
