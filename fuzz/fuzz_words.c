/* SPDX-License-Identifier: MIT */
/*
 * Any text as a chain. What makes a chain goes to text and back without a change; what does not
 * gets a sentence. Nothing is opened. Build and run:
 *
 *     script/fuzz words 60
 */
#include <chains/component.h>
#include <chains/components.h>

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *words_variable(void *user, const char *name)
{
    (void)user;
    return name[0] == 'X' ? NULL : name;
}

/* The text of the chain that `text` makes, or NULL where it makes none. */
static char *words_round(const char *text)
{
    static const struct chains_parse_options options = { .size = sizeof options,
                                                         .ending = "json_lines",
                                                         .variable = words_variable };
    char error[2048] = "";
    chains_component *chain = chains_parse_text(text, &options, error, sizeof error);
    if (!chain) {
        if (!error[0])
            abort(); /* a failure without a word */
        return NULL;
    }
    size_t len = chains_text(chain, NULL, 0);
    char *back = malloc(len + 1);
    if (!back || chains_text(chain, back, len + 1) != len || strlen(back) != len)
        abort();
    chains_free(chain);
    return back;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1);
    if (!text)
        return 0;
    memcpy(text, data, size);
    text[size] = '\0';
    char *once = words_round(text);
    if (once) {
        char *twice = words_round(once);
        if (!twice || strcmp(once, twice) != 0)
            abort(); /* it does not come back as the same chain */
        free(twice);
    }
    free(once);
    free(text);
    return 0;
}
