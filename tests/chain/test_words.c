/* SPDX-License-Identifier: MIT */
/*
 * Chains from words and from text, and back: what is good goes round, what is wrong says where.
 * The classes are small ones of the test's own, beside the built-in ones.
 */
#include <chains/components.h>

#include "../check.h"
#include "parts.h"

/* A sink with an option of every type that text can give. */
enum mood { MOOD_DEFAULT, MOOD_GOOD, MOOD_BAD };
struct all {
    size_t size;
    const char *text;
    const char *const *texts;
    uint64_t u64;
    uint8_t u8;
    uint32_t u32;
    bool yes;
    enum mood mood;
    uint64_t time, bytes;
    double real;
    void *handle;
};

static const struct chains_name moods[] = { { MOOD_GOOD, "good" },
                                            { MOOD_BAD, "bad" },
                                            { 0, NULL } };

static const struct chains_field all_fields[] = {
    CHAINS_FIELD(all, text, TEXT, "a text", .bare = 1),
    CHAINS_FIELD(all, texts, TEXTS, "texts"),
    CHAINS_FIELD(all, u64, UINT, "a number"),
    CHAINS_FIELD(all, u8, UINT, "a small number"),
    CHAINS_FIELD(all, u32, UINT, "a number"),
    CHAINS_FIELD(all, yes, BOOL, "yes or no"),
    CHAINS_FIELD(all, mood, NAMED, "a mood", .names = moods),
    CHAINS_FIELD(all, time, DURATION, "a time"),
    CHAINS_FIELD(all, bytes, SIZE, "a size"),
    CHAINS_FIELD(all, real, REAL, "a number"),
    CHAINS_FIELD(all, handle, HANDLE, "in C only"),
    CHAINS_FIELDS_END,
};

static struct all last_all; /* of the component made last; its texts are not kept */

static int all_create(chains_component *self)
{
    const struct all *all = chains_options(self);
    last_all = *all;
    return all->u8 == 13 ? chains_fail(self, CHAINS_EUSAGE, "u8=13 is bad luck") : CHAINS_OK;
}

static int all_check(chains_component *self)
{
    const struct all *all = chains_options(self);
    return all->u8 == 14 ? chains_fail(self, CHAINS_EUSAGE, "u8=14\n    14\n    ^~")
                         : CHAINS_OK;
}

static int all_each(chains_component *self, struct chains_record *rec)
{
    (void)self;
    (void)rec;
    return CHAINS_KEEP;
}

static const struct chains_class all_class = {
    .name = "all",
    .brief = "has every option",
    .role = CHAINS_SINK,
    .options_size = sizeof(struct all),
    .options = all_fields,
    .create = all_create,
    .check = all_check,
    .each = all_each,
};

static bool from_accepts(const char *word)
{
    return strncmp(word, "in:", 3) == 0;
}

static int from_next(chains_component *self, struct chains_batch *out)
{
    (void)self;
    (void)out;
    return CHAINS_END;
}

/* A source that takes "in:..." as its input. */
static const struct chains_class from_class = {
    .name = "from",
    .brief = "gives nothing",
    .role = CHAINS_SOURCE,
    .gives = CHAINS_PACKETS,
    .options_size = sizeof(struct all),
    .options = all_fields,
    .next = from_next,
    .accepts = from_accepts,
};

static const struct chains_class pass_class = {
    .name = "pass", .brief = "lets pass", .role = CHAINS_LINK, .each = all_each
};
static const struct chains_class flow_class = {
    .name = "flow",
    .brief = "takes flows",
    .role = CHAINS_LINK,
    .takes = CHAINS_FLOWS,
    .each = all_each,
};

static const struct chains_class *const classes[] = { &all_class, &from_class, &pass_class,
                                                      &flow_class, NULL };

static const char *words_variable(void *user, const char *name)
{
    (void)user;
    return strcmp(name, "A") == 0       ? "aa"
           : strcmp(name, "TWO") == 0   ? "1 ! 2"
           : strcmp(name, "EMPTY") == 0 ? ""
                                        : NULL;
}

static const struct chains_parse_options words_options = {
    .size = sizeof words_options,
    .classes = classes,
    .ending = "all",
    .origin = "t.chain",
    .variable = words_variable,
};

/* Text to chain to text; the second time nothing changes any more. */
static const struct {
    const char *text, *back;
} round_trips[] = {
    { "from ! all", "from ! all" },
    { "from", "from ! all" },
    { "from ! pass", "from ! pass ! all" },
    { "from!all", NULL },
    { "in:x ! all", "from text=in:x ! all" },
    { "in:x u8=1 ! all", "from text=in:x u8=1 ! all" },
    { "from ! all hello", "from ! all text=hello" },
    { "from ! all 'a == b'", "from ! all text='a == b'" },
    { "from ! all 'a=b'", NULL }, /* looks like an option */
    { "from ! all text='a=b'", "from ! all text='a=b'" },
    { "from ! all a==b", "from ! all text='a==b'" },
    { "from ! all text=", "from ! all text=''" },
    { "from ! all texts=a texts=b", "from ! all texts=a texts=b" },
    { "from ! all u64=18446744073709551615", "from ! all u64=18446744073709551615" },
    { "from ! all yes=no u32=0", "from ! all" },
    { "from ! all yes=on", "from ! all yes=yes" },
    { "from ! all mood=bad", "from ! all mood=bad" },
    { "from ! all time=90s", "from ! all time=90s" },
    { "from ! all time=1.5h", "from ! all time=90m" },
    { "from ! all time=0.000000001", "from ! all time=1ns" },
    { "from ! all time=10ms", "from ! all time=10ms" },
    { "from ! all bytes=64K", "from ! all bytes=64K" },
    { "from ! all bytes=1.5M", "from ! all bytes=1536K" },
    { "from ! all real=0.5", "from ! all real=0.500000000" },
    { "from ! tee [ all ] [ pass ]", "from ! tee [ all ] [ pass ! all ]" },
    { "from ! tee [ all ] ! pass", "from ! tee [ all ] [ pass ! all ]" },
    { "from ! tee [ tee [ all ] ! all ]", "from ! tee [ tee [ all ] [ all ] ]" },
    { "merge [ from ] [ in:x ! pass ] ! all",
      "merge [ from ] [ from text=in:x ! pass ] ! all" },
    { "merge [ merge [ from ] [ from ] ! pass ] ! tee [ all ]",
      "merge [ merge [ from ] [ from ] ! pass ] ! tee [ all ]" },
    { "from # a comment ! nothing\n ! all # x", "from ! all" },
    { "from ! all $A", "from ! all text=aa" },
    { "from ! all text=x${A}y", "from ! all text=xaay" },
    { "from ! all text=${B:-deflt}", "from ! all text=deflt" },
    { "from ! all text=${EMPTY:-x}", "from ! all text=x" },
    { "from ! all text=$EMPTY", "from ! all text=''" },
    { "from $EMPTY ! all", "from ! all" },
    { "from ! all text=$TWO", "from ! all text='1 ! 2'" },
    { "from ! all '$A'", "from ! all text='$A'" },
    { "from ! all \"$A\"", "from ! all text=aa" },
    { "from ! all \"\\$A \\\" \\\\ \\n it's\"",
      "from ! all text=\"\\$A \\\" \\\\ \\\\n it's\"" },
    { "from ! all text=5$", "from ! all text='5$'" },
    { "from ! all '!'", "from ! all text='!'" },
    { "from ! all \\!", "from ! all text='!'" },
    { "from ! all ''", "from ! all text=''" },
    { "from ! all a\\ b", "from ! all text='a b'" },
    { "from\r\n! all\r\n", "from ! all" },
    { "from ! all time=0.57m", "from ! all time=34200ms" },
    { "from ! all time=0.29h", "from ! all time=1044s" },
    { "from ! all time=0.000", "from ! all" },
    { "from ! all real=0.000000001", "from ! all real=0.000000001" },
    { "packet_streamer iface_name=x max_packets=5 ! packet_meta ! all",
      "packet_streamer iface_name=x max_packets=5 ! packet_meta ! all" },
};

static void test_round_trips(void)
{
    char error[4096], back[1024], again[1024];
    for (size_t i = 0; i < sizeof round_trips / sizeof *round_trips; i++) {
        chains_component *chain =
            chains_parse_text(round_trips[i].text, &words_options, error, sizeof error);
        if (!round_trips[i].back) {
            check(chain == NULL);
            continue;
        }
        if (!check(chain != NULL)) {
            printf("# %s: %s\n", round_trips[i].text, error);
            continue;
        }
        check_eq_u64(chains_text(chain, back, sizeof back), strlen(round_trips[i].back));
        check_eq_text(back, round_trips[i].back);
        chains_free(chain);
        chain = chains_parse_text(back, &words_options, error, sizeof error);
        check(chain != NULL);
        chains_text(chain, again, sizeof again);
        check_eq_text(again, back);
        chains_free(chain);
    }
}

static void test_values(void)
{
    char error[4096];
    chains_free(chains_parse_text("from ! all u8=255 u32=7 u64=9 yes=true mood=good time=1.25s "
                                  "bytes=2k real=-2.5 texts=p texts=q",
                                  &words_options, error, sizeof error));
    check_eq_u64(last_all.u8, 255);
    check_eq_u64(last_all.u32, 7);
    check_eq_u64(last_all.u64, 9);
    check(last_all.yes);
    check_eq_u64(last_all.mood, MOOD_GOOD);
    check_eq_u64(last_all.time, 1250000000);
    check_eq_u64(last_all.bytes, 2048);
    check(last_all.real > -2.51 && last_all.real < -2.49);
}

static const struct {
    const char *text, *want;
} wrong_texts[] = {
    { "", "t.chain:1:1: a chain is missing: SOURCE ! LINK ... ! SINK" },
    { " # nothing\n", "t.chain:1:1: a chain is missing: SOURCE ! LINK ... ! SINK" },
    { "from ! passs", "t.chain:1:8: no component \"passs\"; did you mean pass?\n"
                      "    from ! passs\n           ^~~~~" },
    { "from\n ! pass\n ! zebra x=1", "t.chain:3:4: no component \"zebra\"; see chains "
                                     "list\n     ! zebra x=1\n       ^~~~~" },
    { "frm ! all", "t.chain:1:1: no component, file or interface \"frm\"; did you mean from?\n"
                   "    frm ! all\n    ^~~" },
    { "from !", "t.chain:1:7: expected a component, not the end\n    from !\n          ^" },
    { "from ! ! all", "t.chain:1:8: expected a component, not \"!\"\n    from ! ! all\n"
                      "           ^" },
    { "! from", "t.chain:1:1: expected a component, not \"!\"\n    ! from\n    ^" },
    { "from all", "t.chain:1:6: a \"!\" is missing before all\n    from all\n         ^~~" },
    { "from ! pass x", "t.chain:1:13: pass has no options\n    from ! pass x\n"
                       "                ^" },
    { "from ! all txet=1", "t.chain:1:12: all has no option \"txet\"; did you mean \"text\"?\n"
                           "    from ! all txet=1\n               ^~~~~~" },
    { "from ! all handle=1", "t.chain:1:12: handle of all can be given in C only\n"
                             "    from ! all handle=1\n               ^~~~~~~~" },
    { "from ! all a b", "t.chain:1:14: text of all is given twice\n    from ! all a b\n"
                        "                 ^" },
    { "from ! all u8=1 u8=2", "t.chain:1:17: u8 of all is given twice\n"
                              "    from ! all u8=1 u8=2\n                    ^~~~" },
    { "from ! all u8=256", "t.chain:1:12: u8 of all is a number from 0 to 255, not \"256\"\n"
                           "    from ! all u8=256\n               ^~~~~~" },
    { "from ! all u8=", "t.chain:1:12: u8 of all is a number from 0 to 255, not \"\"\n"
                        "    from ! all u8=\n               ^~~" },
    { "from ! all u64=18446744073709551616",
      "t.chain:1:12: u64 of all is a number from 0 to 18446744073709551615, not "
      "\"18446744073709551616\"\n    from ! all u64=18446744073709551616\n"
      "               ^~~~~~~~~~~~~~~~~~~~~~~~" },
    { "from ! all yes=maybe", "t.chain:1:12: yes of all is yes or no, not \"maybe\"\n"
                              "    from ! all yes=maybe\n               ^~~~~~~~~" },
    { "from ! all mood=sad", "t.chain:1:12: mood of all is good or bad, not \"sad\"\n"
                             "    from ! all mood=sad\n               ^~~~~~~~" },
    { "from ! all time=5parsec",
      "t.chain:1:12: time of all is a time such as 10ms, 1.5s, 5m or 2h, not \"5parsec\"\n"
      "    from ! all time=5parsec\n               ^~~~~~~~~~~~" },
    { "from ! all time=400000000000d",
      "t.chain:1:12: time of all is a time such as 10ms, 1.5s, 5m or 2h, not "
      "\"400000000000d\"\n    from ! all time=400000000000d\n"
      "               ^~~~~~~~~~~~~~~~~~" },
    { "from ! all time=0.0000001ms",
      "t.chain:1:12: time of all is a time such as 10ms, 1.5s, 5m or 2h, not \"0.0000001ms\"\n"
      "    from ! all time=0.0000001ms\n               ^~~~~~~~~~~~~~~~" },
    { "from \\\n! all \\\n u8=x",
      "t.chain:3:2: u8 of all is a number from 0 to 255, not \"x\"\n     u8=x\n     ^~~~" },
    { "from ! all real=1e5", "t.chain:1:12: real of all is a number such as 1 or 0.5, not "
                             "\"1e5\"\n    from ! all real=1e5\n               ^~~~~~~~" },
    { "from ! all u8=13", "t.chain:1:8: all: u8=13 is bad luck\n    from ! all u8=13\n"
                          "           ^~~" },
    { "from ! all u8=14", "t.chain:1:8: all: u8=14\n    14\n    ^~" },
    { "from ! flow ! all", "t.chain:1:8: flow: takes flows, but from gives packets\n"
                           "    from ! flow ! all\n           ^~~~" },
    { "from ! tee", "t.chain:1:11: tee needs a chain in brackets: tee [ ... ] [ ... ]\n"
                    "    from ! tee\n              ^" },
    { "from ! tee [ ]", "t.chain:1:14: expected a component, not \"]\"\n    from ! tee [ ]\n"
                        "                 ^" },
    { "from ! tee [ all", "t.chain:1:12: a \"[\" that is not closed\n    from ! tee [ all\n"
                          "               ^" },
    { "from ! tee [ all ] all", "t.chain:1:20: expected \"[\" or \"!\" behind the branches of "
                                "tee\n    from ! tee [ all ] all\n"
                                "                       ^~~" },
    { "from ! tee [ from ]", "t.chain:1:14: from is a source: a branch of a tee has its "
                             "records from the tee\n    from ! tee [ from ]\n"
                             "                 ^~~~" },
    { "from ! tee [ flow ]", "t.chain:1:14: flow: takes flows, but tee gives packets\n"
                             "    from ! tee [ flow ]\n                 ^~~~" },
    { "from ! all ]", "t.chain:1:12: a \"]\" without its \"[\"\n    from ! all ]\n"
                      "               ^" },
    { "from ! all [ all ]", "t.chain:1:12: \"[\" belongs behind tee or merge, not behind all\n"
                            "    from ! all [ all ]\n               ^" },
    { "merge ! all", "t.chain:1:7: merge needs a chain in brackets: merge [ ... ] [ ... ]\n"
                     "    merge ! all\n          ^" },
    { "from ! merge [ from ] ! all", "t.chain:1:8: merge is a source: it can only begin a "
                                     "chain\n    from ! merge [ from ] ! all\n"
                                     "           ^~~~~" },
    { "merge [ pass ] ! all",
      "t.chain:1:9: pass cannot begin a chain: a source comes first (packet_streamer, a "
      "file, "
      "\"-\" or an interface)\n    merge [ pass ] ! all\n            ^~~~" },
    { "all", "t.chain:1:1: all cannot begin a chain: a source comes first (packet_streamer, "
             "a file, \"-\" or an interface)\n    all\n    ^~~" },
    { "from ! from", "t.chain:1:8: from is a source: it can only begin a chain\n"
                     "    from ! from\n           ^~~~" },
    { "from ! all 'x", "t.chain:1:12: a ' that is not closed\n    from ! all 'x\n"
                       "               ^" },
    { "from !\n all \"x\ny", "t.chain:2:6: a \" that is not closed\n     all \"x\n"
                             "         ^" },
    { "from ! all $NIX", "t.chain:1:12: no value for $NIX\n    from ! all $NIX\n"
                         "               ^~~~" },
    { "from ! all ${A", "t.chain:1:12: expected ${NAME} or ${NAME:-DEFAULT}\n"
                        "    from ! all ${A\n               ^~~" },
    { "from ! all ${}", "t.chain:1:12: expected ${NAME} or ${NAME:-DEFAULT}\n"
                        "    from ! all ${}\n               ^~" },
    { "from ! $A", "t.chain:1:8: no component \"aa\"; see chains list\n    from ! $A\n"
                   "           ^~" },
    { "from ! tee [ all ] ! tee", "t.chain:1:25: tee needs a chain in brackets: tee [ ... ] "
                                  "[ ... ]\n    from ! tee [ all ] ! tee\n"
                                  "                            ^" },
};

static void test_wrong_texts(void)
{
    char error[4096];
    for (size_t i = 0; i < sizeof wrong_texts / sizeof *wrong_texts; i++) {
        error[0] = '\0';
        chains_component *chain =
            chains_parse_text(wrong_texts[i].text, &words_options, error, sizeof error);
        check(chain == NULL);
        check_eq_text(error, wrong_texts[i].want);
        chains_free(chain);
    }
}

/* Words of a command line: the number of the word, and the words around it. */
static void test_words(void)
{
    static const char *const good[] = { "from", "!", "all", "a b" };
    static const char *const bad[] = { "from", "text=a b", "!", "al" };
    static const char *const hostile[] = { "from", "!", "\033[31m\xff" };
    char error[4096], text[64];
    chains_component *chain = chains_parse(good, 4, &words_options, error, sizeof error);
    chains_text(chain, text, sizeof text);
    check_eq_text(text, "from ! all text='a b'");
    check_eq_text(chains_place(chain), "word 3");
    chains_free(chain);
    check(chains_parse(bad, 4, &words_options, error, sizeof error) == NULL);
    check_eq_text(error, "word 4: no component \"al\"; did you mean all?\n"
                         "    from 'text=a b' ! al\n                      ^~");
    check(chains_parse(hostile, 3, &words_options, error, sizeof error) == NULL);
    check(strstr(error, "\n    from ! ?[31m?\n") != NULL);
    check(chains_parse(good, 0, NULL, error, sizeof error) == NULL);
    check_eq_text(error, "word 1: a chain is missing: SOURCE ! LINK ... ! SINK");
    /* A small room for the sentence cuts it, nothing else. */
    char small[16];
    check(chains_parse(bad, 4, &words_options, small, sizeof small) == NULL);
    check_eq_text(small, "word 4: no comp");
    static const char *const refused[] = { "from", "!", "all", "u8=13" };
    check(chains_parse(bad, 4, &words_options, NULL, 0) == NULL);
    check(chains_parse(refused, 4, &words_options, NULL, 0) == NULL);
}

static void test_limits(void)
{
    static char text[200000];
    char error[4096];
    size_t used = 0;
    used += (size_t)snprintf(text, sizeof text, "from ! ");
    for (int i = 0; i < 17; i++)
        used += (size_t)snprintf(text + used, sizeof text - used, "tee [ ");
    check(chains_parse_text(text, &words_options, error, sizeof error) == NULL);
    check(strstr(error, "more than 16 branches inside each other") != NULL);
    used = (size_t)snprintf(text, sizeof text, "from");
    for (int i = 0; i < 17; i++)
        used += (size_t)snprintf(text + used, sizeof text - used, " ! tee [ all ]");
    check(chains_parse_text(text, &words_options, error, sizeof error) == NULL);
    check(strstr(error, "more than 16 branches inside each other") != NULL);
    memset(text, 0, sizeof text);
    for (int i = 0; i < 20000; i++)
        memcpy(text + (size_t)i * 2, "x ", 2);
    check(chains_parse_text(text, &words_options, error, sizeof error) == NULL);
    check(strstr(error, "a chain of more than 16384 words") != NULL);
    /* A long line shows the part with the fault. */
    used = (size_t)snprintf(text, sizeof text, "from ");
    memset(text + used, ' ', 5000);
    snprintf(text + used + 5000, sizeof text - used - 5000, "! nix ! all");
    check(chains_parse_text(text, &words_options, error, sizeof error) == NULL);
    check(strlen(error) < 300);
    check(strstr(error, "! nix ! all\n") != NULL);
}

int main(void)
{
    test_round_trips();
    test_values();
    test_wrong_texts();
    test_words();
    test_limits();
    return check_done();
}
