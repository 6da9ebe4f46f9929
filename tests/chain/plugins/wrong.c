/* SPDX-License-Identifier: MIT */
/* Plugins that are refused; WRONG says what is wrong with one. */
#include <chains/component.h>

#define WRONG_ABI     1
#define WRONG_CLASS   2
#define WRONG_RECORD  3
#define WRONG_FIELD   4
#define WRONG_EMPTY   5
#define WRONG_NULL    6
#define WRONG_NAME    7
#define WRONG_NO_NAME 8
#define WRONG_BRIEF   9
#define WRONG_CLASH   10
#define WRONG_TWICE   11
#define WRONG_LACKS   12
#define WRONG_UNKNOWN 13

static int any_each(chains_component *self, struct chains_record *rec)
{
    (void)self;
    (void)rec;
    return CHAINS_KEEP;
}

#if WRONG == WRONG_UNKNOWN
int chains_of_another_version(chains_component *self);
#define ANY_FINISH .finish = chains_of_another_version,
#else
#define ANY_FINISH
#endif

static const struct chains_class any_class = {
#if WRONG == WRONG_NAME
    .name = "any\033[31m-name",
#elif WRONG == WRONG_CLASH
    .name = "packet_meta",
#elif WRONG != WRONG_NO_NAME
    .name = "any",
#endif
#if WRONG != WRONG_BRIEF
    .brief = "do nothing",
#endif
    .role = CHAINS_LINK,
    .each = any_each,
    ANY_FINISH
};

#if WRONG != WRONG_NULL
static const struct chains_class *const any_classes[] = {
#if WRONG != WRONG_EMPTY
    &any_class,
#endif
#if WRONG == WRONG_TWICE
    &any_class,
#endif
    NULL
};
#endif

#if WRONG == WRONG_LACKS
#define PLUGIN_NAME chains_plug
#else
#define PLUGIN_NAME chains_plugin
#endif

CHAINS_PLUGIN_VISIBLE_ extern const struct chains_plugin PLUGIN_NAME;
const struct chains_plugin PLUGIN_NAME = {
    .abi = CHAINS_PLUGIN_ABI + (WRONG == WRONG_ABI),
    .class_size = sizeof(struct chains_class) - 8 * (WRONG == WRONG_CLASS),
    .record_size = sizeof(struct chains_record) + 8 * (WRONG == WRONG_RECORD),
    .field_size = sizeof(struct chains_field) + 8 * (WRONG == WRONG_FIELD),
#if WRONG != WRONG_NULL
    .classes = any_classes,
#endif
};

/* So that it is used in every one of them. */
extern const struct chains_class *wrong_any(void);
const struct chains_class *wrong_any(void)
{
    return &any_class;
}
