/* SPDX-License-Identifier: MIT */
/*
 * Words as a chain. In: "a ! b key=value ! tee [ c ] [ d ]". Out: components, linked and checked;
 * or one sentence with the place of the word that is wrong. Kept: nothing is opened, and a chain
 * that fails half-way leaves nothing behind.
 */
#include "words.h"

#include <chains/components.h>

#include "option_text.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct parse {
    struct words words;
    size_t at;
    const struct chains_parse_options *options;
    char *error;
    size_t error_size;
    char nothing[1]; /* where the caller wants no sentence */
    bool failed;
};

static void parse_fail(struct parse *in, size_t word, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* The first fault counts. */
static void parse_fail(struct parse *in, size_t word, const char *format, ...)
{
    char place[COMPONENT_PLACE];
    va_list args;
    if (in->failed)
        return;
    in->failed = true;
    words_place(&in->words, word, place, sizeof place);
    int used = snprintf(in->error, in->error_size, "%s: ", place);
    if (used < 0 || (size_t)used >= in->error_size)
        return;
    va_start(args, format);
    vsnprintf(in->error + used, in->error_size - (size_t)used, format, args);
    va_end(args);
    words_mark(&in->words, word, in->error, in->error_size);
}

/* A component's own sentence; one of several lines has its mark already. */
static void parse_component_failed(struct parse *in, const chains_component *failed)
{
    if (in->failed)
        return;
    in->failed = true;
    snprintf(in->error, in->error_size, "%s", failed->error);
    const struct component_place *place = component_place(failed);
    if (!strchr(in->error, '\n') && place)
        words_mark(&in->words, place->word, in->error, in->error_size);
}

/* The word at hand, or "" at the end. */
static const char *parse_word(const struct parse *in)
{
    return in->at < in->words.count ? in->words.word[in->at].text : "";
}

static bool parse_is(const struct parse *in, const char *operator)
{
    return in->at < in->words.count && in->words.word[in->at].plain &&
           strcmp(parse_word(in), operator) == 0;
}

static bool parse_at_operator(const struct parse *in)
{
    return in->at == in->words.count || parse_is(in, "!") || parse_is(in, "[") ||
           parse_is(in, "]");
}

/* The i-th class there is: those of the caller, then the built-in ones. */
static const struct chains_class *parse_class(const struct parse *in, size_t i)
{
    const struct chains_class *const *more = in->options->classes;
    for (; more && *more; more++)
        if (i-- == 0)
            return *more;
    return chains_classes()[i];
}

static const struct chains_class *parse_find(const struct parse *in, const char *name)
{
    const struct chains_class *cls;
    for (size_t i = 0; (cls = parse_class(in, i)); i++)
        if (strcmp(cls->name, name) == 0)
            return cls;
    return NULL;
}

/* The nearest of what was compared so far. */
struct nearest {
    const char *name;
    size_t distance;
};

static void nearest_try(struct nearest *nearest, const char *name, const char *word)
{
    size_t distance = chains_distance(name, strlen(name), word, strlen(word));
    size_t enough = strlen(word) / 3 + 1 < 3 ? strlen(word) / 3 + 1 : 3;
    if (distance <= enough && (!nearest->name || distance < nearest->distance))
        *nearest = (struct nearest){ name, distance };
}

static const char *parse_nearest_class(const struct parse *in, const char *word)
{
    struct nearest nearest = { NULL, 0 };
    const struct chains_class *cls;
    for (size_t i = 0; (cls = parse_class(in, i)); i++)
        nearest_try(&nearest, cls->name, word);
    return nearest.name;
}

static const struct chains_field *parse_bare(const struct chains_class *cls)
{
    const struct chains_field *field = cls->options;
    while (field && field->name && !field->bare)
        field++;
    return field && field->name ? field : NULL;
}

/* The row whose name stands before '=' in `word`, or NULL; *value is what stands behind. */
static const struct chains_field *parse_row(const struct chains_class *cls, const char *word,
                                            const char **value)
{
    size_t len = strcspn(word, "=");
    if (word[len] != '=')
        return NULL;
    *value = word + len + 1;
    for (const struct chains_field *field = cls->options; field && field->name; field++)
        if (strlen(field->name) == len && memcmp(field->name, word, len) == 0)
            return field;
    return NULL;
}

/* Whether a word is meant as OPTION=VALUE: a plain name before '=', and not "a == b". */
static bool parse_is_option(const char *word)
{
    size_t len = strspn(word, "abcdefghijklmnopqrstuvwxyz_0123456789");
    return len > 0 && word[len] == '=' && word[len + 1] != '=';
}

/* The option whose name is nearest to what stands before "=", or NULL. */
static const char *parse_near_option(const struct chains_class *cls, const char *word)
{
    struct nearest nearest = { NULL, 0 };
    char name[64];
    snprintf(name, sizeof name, "%.*s", (int)strcspn(word, "="), word);
    const struct chains_field *field = cls->options;
    for (; field && field->name; field++)
        if (field->type != CHAINS_HANDLE)
            nearest_try(&nearest, field->name, name);
    return nearest.name;
}

static void parse_no_option(struct parse *in, const struct chains_class *cls)
{
    char name[64];
    const char *word = parse_word(in), *nearest = parse_near_option(cls, word);
    snprintf(name, sizeof name, "%.*s", (int)strcspn(word, "="), word);
    bool any = cls->options && cls->options->name;
    if (nearest && !word[strlen(name)])
        parse_fail(in, in->at, "%s takes OPTION=VALUE; did you mean %s=...?", cls->name,
                   nearest);
    else if (nearest)
        parse_fail(in, in->at, "%s has no option \"%s\"; did you mean \"%s\"?", cls->name, name,
                   nearest);
    else if (parse_find(in, word))
        parse_fail(in, in->at, "a \"!\" is missing before %s", word);
    else if (!any)
        parse_fail(in, in->at, "%s has no options", cls->name);
    else if (parse_is_option(word))
        parse_fail(in, in->at, "%s has no option \"%s\"; see chains help %s", cls->name, name,
                   cls->name);
    else
        parse_fail(in, in->at, "expected OPTION=VALUE for %s, or \"!\" and the next component",
                   cls->name);
}

/* Where word `word` stands; false for want of memory. */
static bool parse_note(struct parse *in, struct component_places *places,
                       const struct chains_field *option, size_t word)
{
    struct component_place *at = realloc(places->at, (places->count + 1) * sizeof *at);
    if (!at) {
        parse_fail(in, word, "no memory for options");
        return false;
    }
    places->at = at;
    at[places->count] = (struct component_place){ .option = option, .word = word };
    words_place(&in->words, word, at[places->count].text, sizeof at->text);
    places->count++;
    return true;
}

static bool parse_is_given(const struct component_places *places,
                           const struct chains_field *option)
{
    for (size_t i = 0; i < places->count; i++)
        if (places->at[i].option == option)
            return true;
    return false;
}

/* What a component is made from. */
struct making {
    const struct chains_class *cls;
    void *options;
    struct component_places places;
};

static void parse_set(struct parse *in, struct making *making, const struct chains_field *field,
                      const char *value)
{
    char error[512];
    if (field->type != CHAINS_TEXTS && parse_is_given(&making->places, field)) {
        parse_fail(in, in->at, "%s of %s is given twice", field->name, making->cls->name);
        return;
    }
    if (!parse_note(in, &making->places, field, in->at))
        return;
    if (options_set(making->cls, making->options, field, value, error, sizeof error) < 0)
        parse_fail(in, in->at, "%s", error);
    in->at++;
}

/* One word behind a component's name. */
static void parse_option(struct parse *in, struct making *making)
{
    const struct chains_class *cls = making->cls;
    const char *word = parse_word(in), *value = NULL;
    const struct chains_field *field = parse_row(cls, word, &value);
    const struct chains_field *bare = parse_bare(cls);
    if (!field && !parse_is_option(word) && !parse_find(in, word)) {
        field = bare;
        value = word;
    }
    if (*word == '!' && in->words.word[in->at].plain && parse_find(in, word + 1))
        parse_fail(in, in->at, "\"!\" stands alone: put a blank behind it");
    else if (field)
        parse_set(in, making, field, value);
    else if (bare && parse_is_option(word) && !parse_is_given(&making->places, bare) &&
             !parse_near_option(cls, word))
        parse_fail(in, in->at,
                   "%s has no option \"%.*s\"; a value with \"=\" is written %s=...", cls->name,
                   (int)strcspn(word, "="), word, bare->name);
    else
        parse_no_option(in, cls);
}

/*
 * A component of `cls` with the options from here on; word `word` names it, or, for a source, is
 * its input.
 */
static chains_component *parse_component(struct parse *in, const struct chains_class *cls,
                                         size_t word, bool input)
{
    struct making making = { .cls = cls, .options = options_blank(cls) };
    chains_component *made = NULL;
    if (!making.options)
        parse_fail(in, word, "no memory for options");
    else if (parse_note(in, &making.places, NULL, word) && input)
        parse_set(in, &making, parse_bare(cls), parse_word(in));
    while (!in->failed && !parse_at_operator(in))
        parse_option(in, &making);
    if (!in->failed && parse_is(in, "["))
        parse_fail(in, in->at, "\"[\" belongs behind tee or merge, not behind %s", cls->name);
    if (in->failed) {
        free(making.places.at);
    } else {
        made = component_new(cls, making.options, &making.places);
        if (!made)
            parse_fail(in, word, "no memory for %s", cls->name);
        else if (made->code)
            parse_component_failed(in, made);
    }
    options_free(cls, making.options);
    return made;
}

/* The source that takes the word at hand as its input. */
static const struct chains_class *parse_source_for(const struct parse *in)
{
    const struct chains_class *cls;
    for (size_t i = 0; (cls = parse_class(in, i)); i++)
        if (cls->role == CHAINS_SOURCE && cls->accepts && parse_bare(cls) &&
            cls->accepts(parse_word(in)))
            return cls;
    return NULL;
}

static void parse_no_class(struct parse *in, bool source)
{
    const char *word = parse_word(in), *nearest = parse_nearest_class(in, word);
    const char *what = source ? "component, file or interface" : "component";
    if (in->at == in->words.count || parse_at_operator(in))
        parse_fail(in, in->at, "expected a component, not %s%s%s", *word ? "\"" : "",
                   *word ? word : "the end", *word ? "\"" : "");
    else if (nearest)
        parse_fail(in, in->at, "no %s \"%.100s\"; did you mean %s?", what, word, nearest);
    else
        parse_fail(in, in->at, "no %s \"%.100s\"; see chains list", what, word);
}

/*
 * Links, also after a fault: so everything hangs on the last component and is freed with it. Returns
 * `made`, or NULL when nobody could take it.
 */
static chains_component *parse_link(struct parse *in, chains_component *made,
                                    chains_component *upstream)
{
    bool branch = chain_is_tee(upstream);
    int status = chains_link(made, upstream);
    const chains_component *failed = component_failed(branch && !made->code ? upstream : made);
    if (status != CHAINS_OK && failed)
        parse_component_failed(in, failed);
    if (!branch || made->upstream)
        return made;
    chain_free(made);
    return NULL;
}

static chains_component *parse_chain(struct parse *in, unsigned depth, chains_component *tee,
                                     bool ending);

/* "[" chain "]", once at least. A branch hangs on `trunk` when it is a tee. */
static void parse_branches(struct parse *in, unsigned depth, chains_component *trunk)
{
    bool tee = chain_is_tee(trunk);
    if (!parse_is(in, "["))
        parse_fail(in, in->at, "%s needs a chain in brackets: %s [ ... ] [ ... ]",
                   trunk->cls->name, trunk->cls->name);
    while (!in->failed && parse_is(in, "[")) {
        size_t open = in->at++;
        if (depth == WORDS_DEPTH) {
            parse_fail(in, open, "more than %d branches inside each other", WORDS_DEPTH);
            return;
        }
        chains_component *last = parse_chain(in, depth + 1, tee ? trunk : NULL, tee);
        if (!in->failed && !parse_is(in, "]"))
            parse_fail(in, open, "a \"[\" that is not closed");
        in->at++;
        if (!in->failed && !tee && last && chain_is_tee(last))
            parse_fail(in, open, "a chain that ends in a tee cannot be merged");
        if (!tee && last && in->failed)
            chain_free(last);
        else if (!tee && last)
            parse_link(in, trunk, last);
    }
    if (!in->failed && !parse_at_operator(in))
        parse_fail(in, in->at, "expected \"[\" or \"!\" behind the branches of %s",
                   trunk->cls->name);
}

/* What a chain's part may be, from where it stands. */
static bool parse_stands(struct parse *in, const struct chains_class *cls, bool first,
                         const chains_component *tee)
{
    bool source = cls->role == CHAINS_SOURCE;
    if (source && tee && first)
        parse_fail(in, in->at, "%s is a source: a branch of a tee has its records from the tee",
                   cls->name);
    else if (source && !first)
        parse_fail(in, in->at, "%s is a source: it can only begin a chain", cls->name);
    else if (!source && first && !tee)
        parse_fail(in, in->at,
                   "%s cannot begin a chain: a source comes first (packet_streamer, a file, "
                   "\"-\" or an interface)",
                   cls->name);
    return !in->failed;
}

/* One part: a component with its options and branches; NULL after a fault in its name. */
static chains_component *parse_part(struct parse *in, unsigned depth, bool first,
                                    const chains_component *tee)
{
    size_t word = in->at;
    const struct chains_class *cls = NULL;
    if (!parse_at_operator(in))
        cls = parse_find(in, parse_word(in));
    if (!cls && first && !tee && !parse_at_operator(in) && (cls = parse_source_for(in)))
        return parse_component(in, cls, word, true);
    if (!cls) {
        parse_no_class(in, first && !tee);
        return NULL;
    }
    if (!parse_stands(in, cls, first, tee))
        return NULL;
    in->at++;
    if (cls != &tee_class && cls != &merge_class)
        return parse_component(in, cls, word, false);
    struct component_places places = { NULL, 0 };
    if (!parse_note(in, &places, NULL, word))
        return NULL;
    chains_component *trunk = component_new(cls, NULL, &places);
    if (!trunk)
        parse_fail(in, word, "no memory for %s", cls->name);
    else if (cls == &merge_class)
        parse_branches(in, depth, trunk);
    return trunk; /* the branches of a tee come when it is linked */
}

/* The component that ends a chain which does not end in a sink. */
static chains_component *parse_ending(struct parse *in, chains_component *last)
{
    const char *name = in->options->ending;
    const struct chains_class *cls = name ? parse_find(in, name) : NULL;
    if (in->failed || !cls || last->cls->role == CHAINS_SINK)
        return last;
    chains_component *made = chains_new(cls, NULL);
    if (!made) {
        parse_fail(in, in->at, "no memory for %s", name);
        return last;
    }
    return parse_link(in, made, last);
}

/*
 * A chain up to its end or a "]"; its last component. In a branch of `tee` all of it belongs to
 * the tee, and NULL may come back.
 */
static chains_component *parse_chain(struct parse *in, unsigned depth, chains_component *tee,
                                     bool ending)
{
    chains_component *last = NULL;
    for (;;) {
        chains_component *made = parse_part(in, depth, !last, tee);
        if (!made)
            return last;
        if (last || tee)
            made = parse_link(in, made, last ? last : tee);
        last = made;
        if (in->failed || !made)
            return last;
        if (chain_is_tee(made)) {
            parse_branches(in, depth, made);
            if (!in->failed && parse_is(in, "!")) { /* the rest is one more branch */
                in->at++;
                parse_chain(in, depth + 1, made, ending);
            }
            return last;
        }
        if (!parse_is(in, "!"))
            return ending ? parse_ending(in, last) : last;
        in->at++;
    }
}

/* The whole of it. */
static chains_component *parse_all(struct parse *in)
{
    chains_component *last = NULL;
    if (in->words.count == 0)
        parse_fail(in, 0, "a chain is missing: SOURCE ! LINK ... ! SINK");
    else
        last = parse_chain(in, 0, NULL, true);
    if (!in->failed && in->at < in->words.count)
        parse_fail(in, in->at,
                   parse_is(in, "]") ? "a \"]\" without its \"[\""
                                     : "expected \"!\" before this");
    if (!in->failed && chains_check(last) < 0)
        parse_component_failed(in, component_failed(last));
    words_free(&in->words);
    if (in->failed && last)
        chain_free(last);
    return in->failed ? NULL : last;
}

/* The caller's options, which may be shorter than ours, and a room for the sentence in any case. */
static void parse_begin(struct parse *in, const struct chains_parse_options *options,
                        struct chains_parse_options *own)
{
    memset(own, 0, sizeof *own);
    if (options)
        memcpy(own, options, options->size < sizeof *own ? options->size : sizeof *own);
    in->options = own;
    if (in->error_size == 0) {
        in->error = in->nothing;
        in->error_size = sizeof in->nothing;
    }
    in->error[0] = '\0';
}

chains_component *chains_parse(const char *const *words, size_t count,
                               const struct chains_parse_options *options, char *error,
                               size_t error_size)
{
    struct parse in = { .error = error, .error_size = error_size };
    struct chains_parse_options own;
    parse_begin(&in, options, &own);
    return words_of(&in.words, words, count, in.error, in.error_size) ? parse_all(&in) : NULL;
}

chains_component *chains_parse_text(const char *text,
                                    const struct chains_parse_options *options, char *error,
                                    size_t error_size)
{
    struct parse in = { .error = error, .error_size = error_size };
    struct chains_parse_options own;
    parse_begin(&in, options, &own);
    return words_split(&in.words, text, in.options, in.error, in.error_size) ? parse_all(&in)
                                                                             : NULL;
}
