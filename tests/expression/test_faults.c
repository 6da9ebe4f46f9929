/* SPDX-License-Identifier: MIT */
/*
 * What is said of wrong expressions: the sentence, and the caret under the fault, to the column. What
 * a field that is not there is called is said by path_find(), and so asked from it.
 */
#include "../check.h"
#include "records.h"

#include <stdlib.h>

#include "expression/compile.h"

struct row {
    const char *text, *sentence, *caret; /* NULL: what path_find() says of what is marked */
};

static const struct row rows[] = {
    { "", "the expression is empty", "^" },
    { "   ", "the expression is empty", "   ^" },
    { "packet.sr == 1", NULL, "^~~~~~~~~" },
    { "packet.src.x", NULL, "^~~~~~~~~~~~" },
    { "packet.", NULL, "^~~~~~~" },
    { ".packet", NULL, "^~~~~~~" },
    { "packet..src", "\"and\" or \"or\" is missing here", "      ^~" },
    { "nothing", NULL, "^~~~~~~" },
    { "transport.dport = 80", "write \"==\" to compare", "                ^" },
    { "transport.dport ==", "a value is missing behind \"==\"", "                  ^" },
    { "transport.dport == and tcp", "a value is missing behind \"==\"",
      "                   ^~~" },
    { "transport.dport == )", "a value is missing behind \"==\"", "                   ^" },
    { "== 80", "a field is missing here", "^~" },
    { "80 == transport.dport", "a comparison begins with a field, not with a value", "^~" },
    { "\"x\" == domains.dst", "a comparison begins with a field, not with a value", "^~~" },
    { "@file", "a comparison begins with a field, not with a value", "^~~~~" },
    { "{80}", "a comparison begins with a field, not with a value", "^" },
    { "tcp and", "something is missing at the end", "       ^" },
    { "tcp and or udp", "a field is missing here", "        ^~" },
    { "and tcp", "a field is missing here", "^~~" },
    { "tcp or", "something is missing at the end", "      ^" },
    { "not", "something is missing at the end", "   ^" },
    { "tcp not udp", "\"not\" stands before a comparison: not FIELD in ...", "    ^~~" },
    { "tcp udp", "\"and\" or \"or\" is missing here", "    ^~~" },
    { "tcp 80", "\"and\" or \"or\" is missing here", "    ^~" },
    { "(tcp", "this \"(\" has no \")\"", "^" },
    { "tcp)", "this \")\" closes nothing", "   ^" },
    { "((tcp)", "this \"(\" has no \")\"", "^" },
    { "()", "something is missing before this \")\"", " ^" },
    { "(tcp or)", "something is missing before this \")\"", "       ^" },
    { "tcp and ()", "something is missing before this \")\"", "         ^" },
    { "packet.src == 10.0.0.300",
      "not an address: packet.src is compared with an address like 10.0.0.1 or a prefix like "
      "10.0.0.0/8",
      "              ^~~~~~~~~~" },
    { "packet.src == 10.0.0.1/8", "bits are set behind the first 8; the prefix is 10.0.0.0/8",
      "              ^~~~~~~~~~" },
    { "packet.src == 10.0.0.0/33",
      "not an address: packet.src is compared with an address like 10.0.0.1 or a prefix like "
      "10.0.0.0/8",
      "              ^~~~~~~~~~~" },
    { "packet.src == 2001:db8::g",
      "not an address: packet.src is compared with an address like 10.0.0.1 or a prefix like "
      "10.0.0.0/8",
      "              ^~~~~~~~~~~" },
    { "packet.src == 10",
      "not an address: packet.src is compared with an address like 10.0.0.1 or a prefix like "
      "10.0.0.0/8",
      "              ^~" },
    { "packet.src > \"x\"",
      "not an address: packet.src is compared with an address like 10.0.0.1 or a prefix like "
      "10.0.0.0/8",
      "             ^~~" },
    { "packet.src contains 3", "packet.src is an address; it takes ==, !=, <, <=, >, >= and in",
      "           ^~~~~~~~" },
    { "packet.src matches \"10\"",
      "packet.src is an address; it takes ==, !=, <, <=, >, >= and in", "           ^~~~~~~" },
    { "packet.src > 10.0.0.0/8",
      "a prefix has no order; compare with an address, or by \"==\" and \"in\"",
      "             ^~~~~~~~~~" },
    { "packet.src in {10.0.0.9..10.0.0.1}", "this range begins behind its end",
      "               ^~~~~~~~~~~~~~~~~~" },
    { "packet.src in {10.0.0.1..2001:db8::1}",
      "this range begins and ends in different families",
      "               ^~~~~~~~~~~~~~~~~~~~~" },
    { "packet.src in {10.0.0.0/8..11.0.0.0/8}", "a range is from one address to another",
      "               ^~~~~~~~~~~~~~~~~~~~~~" },
    { "packet.src in {}", "this set is empty", "               ^" },
    { "packet.src in {10.0.0.1", "this \"{\" has no \"}\"", "              ^" },
    { "packet.src in {10.0.0.1 10.0.0.2}", "a comma or \"}\" is missing here",
      "                        ^~~~~~~~" },
    { "packet.src in {10.0.0.1,}", "a value is missing behind \",\"",
      "                        ^" },
    { "packet.src in {,}", "a value is missing behind \"{\"", "               ^" },
    { "packet.src in {10.0.0.1..}", "the end of the range is missing",
      "                         ^" },
    { "packet.src in", "a value is missing behind \"in\"", "             ^" },
    { "packet.src in 10.0.0.1..", "the end of the range is missing",
      "                        ^" },
    { "packet.src == {10.0.0.1}", "a set of values stands behind \"in\": packet.src in {...}",
      "           ^~" },
    { "packet.src != {10.0.0.1}",
      "a set of values stands behind \"in\": not packet.src in {...}", "           ^~" },
    { "packet.src == 10.0.0.1..10.0.0.9", "a range stands behind \"in\" only",
      "                      ^~" },
    { "packet.src == @file", "a file stands behind \"in\" only", "              ^~~~~" },
    { "packet.src == packet.dts", NULL, "              ^~~~~~~~~~" },
    { "packet.src == transport.dport",
      "packet.src is an address and transport.dport is a number; they cannot be compared by "
      "\"==\"",
      "              ^~~~~~~~~~~~~~~" },
    { "packet.src contains packet.dst",
      "packet.src is an address and packet.dst is an address; they cannot be compared by "
      "\"contains\"",
      "                    ^~~~~~~~~~" },
    { "eth.type == 100000", "too large: eth.type is at most 65535", "            ^~~~~~" },
    { "transport.mss in {80, 65536}", "too large: transport.mss is at most 65535",
      "                      ^~~~~" },
    { "packet.ttl == 256", "too large: packet.ttl is at most 255", "              ^~~" },
    { "dyn.u64 == 18446744073709551616", "too large: dyn.u64 is at most 18446744073709551615",
      "           ^~~~~~~~~~~~~~~~~~~~" },
    { "dyn.u64 == 99999999T", "too large: dyn.u64 is at most 18446744073709551615",
      "           ^~~~~~~~~" },
    { "transport.dport == 80x",
      "not a number: transport.dport is compared with a number like 53, 0x35 or 64k",
      "                   ^~~" },
    { "transport.dport == -1",
      "not a number: transport.dport is compared with a number like 53, 0x35 or 64k",
      "                   ^~" },
    { "transport.dport == \"80\"",
      "not a number: transport.dport is compared with a number like 53, 0x35 or 64k",
      "                   ^~~~" },
    { "transport.dport == http",
      "not a number: transport.dport is compared with a number like 53, 0x35 or 64k",
      "                   ^~~~" },
    { "transport.dport in {80..70}", "this range begins behind its end",
      "                    ^~~~~~" },
    { "transport.dport contains \"8\"",
      "transport.dport is a number; it takes ==, !=, <, <=, >, >= and in",
      "                ^~~~~~~~" },
    { "transport.dport has 80",
      "transport.dport is a number; it takes ==, !=, <, <=, >, >= and in",
      "                ^~~" },
    { "transport.dport == {80}",
      "a set of values stands behind \"in\": transport.dport in {...}", "                ^~" },
    { "transport.dport < {80}", "\"<\" takes one value", "                  ^" },
    { "transport.dport in {80..,}", "the end of the range is missing",
      "                        ^" },
    { "transport.dport & 1", "write \"&&\" or \"and\"", "                ^" },
    { "transport.dport + 1 == 2", "'+' means nothing here", "                ^" },
    { "transport.dport - 1", "there is no arithmetic here", "                ^" },
    { "transport.dport | 1", "write \"||\" or \"or\"", "                ^" },
    { "transport.flags has sin",
      "no flag \"sin\" in transport.flags; did you mean \"fin\"? (fin, syn, rst, psh, ack, "
      "urg, ece, cwr, ae)",
      "                    ^~~" },
    { "transport.flags has synchronize",
      "no flag \"synchronize\" in transport.flags (fin, syn, rst, psh, ack, urg, ece, cwr, ae)",
      "                    ^~~~~~~~~~~" },
    { "transport.flags has 2", "a number does not go with names; compare it by \"==\"",
      "                    ^" },
    { "transport.flags == syn",
      "transport.flags is a set of flags: write \"has syn\" when that one is set, \"== {syn}\" "
      "to look at all of them",
      "                ^~" },
    { "transport.flags != syn",
      "transport.flags is a set of flags: write \"has syn\" when that one is set, \"!= {syn}\" "
      "to look at all of them",
      "                ^~" },
    { "transport.flags > syn", "names of flags have no order; compare with a number",
      "                  ^~~" },
    { "transport.flags == {syn, 2}", "a number does not go with names; compare it by \"==\"",
      "                         ^" },
    { "transport.flags has {1..2}", "transport.flags is a set of flags; it takes names",
      "                     ^~~~" },
    { "transport.flags in @file", "transport.flags is a set of flags; it takes names",
      "                   ^~~~~" },
    { "transport.flags contains \"s\"",
      "transport.flags is a set of flags; it takes has, in and == {...}, and with a number ==, "
      "!=, <, <=, > and >=",
      "                ^~~~~~~~" },
    { "transport.word == sin",
      "no name \"sin\" in transport.word; did you mean \"syn\"? (syn, syn_ack, fin, fin_ack, "
      "rst, psh)",
      "                  ^~~" },
    { "transport.word == \"sin ack\"",
      "no name \"sin ack\" in transport.word; did you mean \"syn_ack\"? (syn, syn_ack, fin, "
      "fin_ack, rst, psh)",
      "                  ^~~~~~~~~" },
    { "transport.word contains syn", "\"contains\" takes text in quotes",
      "                        ^~~" },
    { "transport.word == 300", "too large: transport.word is at most 255",
      "                  ^~~" },
    { "transport.type == TPC",
      "no type \"TPC\" in transport.type; did you mean \"TCP\"? (TCP, UDP, ICMP, ICMP6, IGMP, "
      "SCTP, ALT, GGP, ST, CBT, EGP, IGP, ...)",
      "                  ^~~" },
    { "transport.type == ", "a value is missing behind \"==\"", "                  ^" },
    { "transport.type > TCP",
      "transport.type is the name of a type; it takes ==, !=, in, contains and matches",
      "               ^" },
    { "transport.type == 1000",
      "no type \"1000\" in transport.type (TCP, UDP, ICMP, ICMP6, IGMP, SCTP, ALT, GGP, ST, "
      "CBT, EGP, IGP, ...)",
      "                  ^~~~" },
    { "packet.type == IP5",
      "no type \"IP5\" in packet.type; did you mean \"IP\"? (IP, IP6, ARP)",
      "               ^~~" },
    { "transport.type in {TCP..UDP}",
      "not the name of a type: transport.type is compared with the name of a type",
      "                   ^~~~~~~~" },
    { "transport.type contains TCP", "\"contains\" takes text in quotes",
      "                        ^~~" },
    { "tags has \"a b\"", "a tag is 1 to 47 letters, digits, '_', '-', '.' and ':'",
      "         ^~~~~" },
    { "tags has {alpha, \"\"}", "a tag is 1 to 47 letters, digits, '_', '-', '.' and ':'",
      "                 ^~" },
    { "tags > alpha", "tags is a set of tags; it takes has, in, == and !=", "     ^" },
    { "tags has abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz",
      "a tag is 1 to 47 letters, digits, '_', '-', '.' and ':'",
      "         ^~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~" },
    { "tags contains \"x\"",
      "tags is a set of tags; it takes has, in, == and !=", "     ^~~~~~~~" },
    { "domains.dst == example.com", "not text: domains.dst is compared with text in quotes",
      "               ^~~~~~~~~~~" },
    { "domains.dst == \"x", "the string that begins here has no end", "               ^~" },
    { "domains.dst == 'x", "the string that begins here has no end", "               ^~" },
    { "domains.dst == \"a\\qb\"",
      "no such escape; there are \\n \\t \\r \\\\ \\\" \\' and \\xNN", "                 ^~" },
    { "domains.dst == \"a\\x1\"",
      "no such escape; there are \\n \\t \\r \\\\ \\\" \\' and \\xNN", "                 ^~" },
    { "domains.dst == \"\\", "the string that begins here has no end", "               ^~" },
    { "domains.dst > \"x\"", "domains.dst is text; it takes ==, !=, in, contains and matches",
      "            ^" },
    { "domains.dst in {\"a\"..\"b\"}", "domains.dst is text, which has no ranges",
      "                ^~~~~~~~" },
    { "domains.dst matches \"a(b\"", "bad regular expression: missing closing parenthesis",
      "                        ^" },
    { "domains.dst matches \"*a\"",
      "bad regular expression: quantifier does not follow a repeatable item",
      "                     ^" },
    { "domains.dst matches \"[z-a]\"",
      "bad regular expression: range out of order in character class",
      "                        ^" },
    { "domains.dst matches \"(?<n>a)(?<n>b)\"",
      "bad regular expression: two named subpatterns have the same name (PCRE2_DUPNAMES not "
      "set)",
      "                                 ^" },
    { "domains.dst matches example", "\"matches\" takes text in quotes",
      "                    ^~~~~~~" },
    { "domains.dst matches {\"a\"}", "\"matches\" takes one value", "                    ^" },
    { "domains.dst matches \"(*UTF)a\"",
      "bad regular expression: using UTF is disabled by the application",
      "                           ^" },
    { "domains.dst has \"x\"", "domains.dst is text; it takes ==, !=, in, contains and matches",
      "            ^~~" },
    { "domains.dst contains 5", "not text: domains.dst is compared with text in quotes",
      "                     ^" },
    { "dyn.hex matches \"x\"", "dyn.hex is bytes; it takes ==, !=, in and contains",
      "        ^~~~~~~" },
    { "dyn.hex == 0",
      "not bytes: dyn.hex is compared with bytes like 01:02:ff or \"\\x01\\x02\\xff\"",
      "           ^" },
    { "dyn.hex == 0g",
      "not bytes: dyn.hex is compared with bytes like 01:02:ff or \"\\x01\\x02\\xff\"",
      "           ^~" },
    { "dyn.hex in @file", "a file cannot list values of dyn.hex, which is bytes",
      "           ^~~~~" },
    { "dyn.raw == text",
      "not bytes: dyn.raw is compared with text in quotes or bytes like 01:02:ff",
      "           ^~~~" },
    { "timestamp == yesterday",
      "not a time: timestamp is compared with a time like 2015-05-27T01:17:07Z or 1432689427.9",
      "             ^~~~~~~~~" },
    { "timestamp > 2015-13-01",
      "not a time: timestamp is compared with a time like 2015-05-27T01:17:07Z or 1432689427.9",
      "            ^~~~~~~~~~" },
    { "timestamp > 2015-02-29",
      "not a time: timestamp is compared with a time like 2015-05-27T01:17:07Z or 1432689427.9",
      "            ^~~~~~~~~~" },
    { "timestamp > 2015-05-27T25:00",
      "not a time: timestamp is compared with a time like 2015-05-27T01:17:07Z or 1432689427.9",
      "            ^~~~~~~~~~~~~~~~" },
    { "timestamp > 2015-05-27T01:17:07X",
      "not a time: timestamp is compared with a time like 2015-05-27T01:17:07Z or 1432689427.9",
      "            ^~~~~~~~~~~~~~~~~~~~" },
    { "timestamp > 99999999999999999999", "too large for a time",
      "            ^~~~~~~~~~~~~~~~~~~~" },
    { "timestamp > 9999-01-01", "too large for a time", "            ^~~~~~~~~~" },
    { "timestamp in @file", "a file cannot list values of timestamp, which is a time",
      "             ^~~~~" },
    { "timestamp contains \"2015\"",
      "timestamp is a time; it takes ==, !=, <, <=, >, >= and in", "          ^~~~~~~~" },
    { "dyn.duration > 10parsecs",
      "not a duration: dyn.duration is compared with a duration like 10ms, 1.5s or 2h",
      "               ^~~~~~~~~" },
    { "dyn.duration > 1h30m",
      "not a duration: dyn.duration is compared with a duration like 10ms, 1.5s or 2h",
      "               ^~~~~" },
    { "dyn.duration > 999999999h", "too large for a duration", "               ^~~~~~~~~~" },
    { "dyn.yes == maybe", "not true or false: dyn.yes is compared with true or false",
      "           ^~~~~" },
    { "dyn.yes > true", "dyn.yes is true or false; it takes ==, != and in", "        ^" },
    { "eth.src == 02:00:00:00:00",
      "not a MAC address: eth.src is compared with one like 02:00:00:00:00:01 or the first "
      "three bytes of it",
      "           ^~~~~~~~~~~~~~" },
    { "eth.src > 02:00:00:00:00:01", "eth.src is a MAC address; it takes ==, != and in",
      "        ^" },
    { "eth.src == 10.0.0.1",
      "not a MAC address: eth.src is compared with one like 02:00:00:00:00:01 or the first "
      "three bytes of it",
      "           ^~~~~~~~" },
    { "tcp == 1", "tcp is a group of fields; compare one of them", "^~~" },
    { "dyn.list == 1", "dyn.list is a group of fields; compare one of them", "^~~~~~~~" },
    { "dyn.real > 1", "dyn.real is a field that cannot be compared", "^~~~~~~~" },
    { "any tcp", "\"any\" and \"all\" stand before a comparison", "^~~" },
    { "all eth.vlan", "\"any\" and \"all\" stand before a comparison", "^~~" },
    { "any", "something is missing at the end", "   ^" },
    { "any eth.vlan has 100",
      "\"has\" asks about all values at once; leave out \"any\" and \"all\"",
      "             ^~~" },
    { "all (tcp)", "a field is missing here", "    ^" },
    { "tcp.sport == udp.sport", "tcp.sport and udp.sport are never in one record",
      "             ^~~~~~~~~" },
    { "eth.src == packet.src",
      "eth.src is a MAC address and packet.src is an address; they cannot be compared by "
      "\"==\"",
      "           ^~~~~~~~~~" },
    { "transport.dport == $x", "'$' means nothing here", "                   ^" },
    { "transport.dport == `80`", "'`' means nothing here", "                   ^" },
    { "tcp ; udp", "';' means nothing here", "    ^" },
    { "tcp # comment", "'#' means nothing here", "    ^" },
    { "a=b", "write \"==\" to compare", " ^" },
    { "tcp & udp", "write \"&&\" or \"and\"", "    ^" },
    { "tcp | udp", "write \"||\" or \"or\"", "    ^" },
    { "packet.src == @", "behind \"@\" stands the name of a file", "              ^" },
    { "packet.src in @", "behind \"@\" stands the name of a file", "              ^" },
    { "packet.src in @\"\"", "behind \"@\" stands the name of a file", "              ^~~" },
    { "packet.src in @\"x", "the string that begins here has no end", "               ^~" },
    { "tcp \001 udp", "the byte 0x01 means nothing here", "    ^" },
    { "domains.dst == \"a\001b\"",
      "a control character in a string; write \\n, \\t or \\xNN instead",
      "                 ^" },
    { "domains.dst == \"\303\251\" and x\303\251", "the byte 0xc3 means nothing here",
      "                         ^" },
    { "domains.dst\t==\t\"x\"\tand nothing", NULL, "                       ^~~~~~~" },
};

/* The text as it is shown, and the sentence of path_find(). */
static void expected(chains_component *self, const struct row *row, char *out, size_t size)
{
    char shown[256], sentence[256];
    struct path path;
    snprintf(shown, sizeof shown, "%s", row->text);
    for (char *c = shown; *c; c++)
        if (*c < ' ' || *c > '~')
            *c = *c == '\t' ? ' ' : '?';
    size_t at = strspn(row->caret, " "), len = strlen(row->caret) - at;
    if (row->sentence)
        snprintf(sentence, sizeof sentence, "%s", row->sentence);
    else
        check_eq_u64(path_find(&path, chains_layout_of(self), chains_upstream_types(self),
                               row->text + at, len, sentence, sizeof sentence),
                     CHAINS_EUSAGE);
    snprintf(out, size, "%s\n    %s\n    %s", sentence, shown, row->caret);
}

/* A text that is refused with `status`; its message is in `error`. */
static void refused(chains_component *self, const char *text, int status, char *error)
{
    int got = CHAINS_OK;
    memset(error, 0, EXPRESSION_ERROR);
    struct expression *expression =
        expression_new(self, text, true, &got, error, EXPRESSION_ERROR);
    check_that_(expression == NULL, text, __FILE__, __LINE__);
    check_u64_((uint64_t)got, (uint64_t)status, text, __FILE__, __LINE__);
    expression_free(expression);
}

static void accepted(chains_component *self, const char *text)
{
    char error[EXPRESSION_ERROR];
    int status = CHAINS_OK;
    struct expression *expression =
        expression_new(self, text, true, &status, error, sizeof error);
    if (!check(expression != NULL))
        printf("# %s\n", error);
    expression_free(expression);
}

static void test_rows(chains_component *self, struct chains_record *const records[REC_COUNT])
{
    char error[EXPRESSION_ERROR], want[EXPRESSION_ERROR];
    (void)records;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        expected(self, &rows[i], want, sizeof want);
        refused(self, rows[i].text, CHAINS_EUSAGE, error);
        check_text_(error, want, rows[i].text, __FILE__, __LINE__);
    }
}

/* `count` times `piece`, then `end`; to be freed. */
static char *repeated(const char *piece, size_t count, const char *end)
{
    size_t len = strlen(piece);
    char *text = malloc(count * len + strlen(end) + 1);
    for (size_t i = 0; i < count; i++)
        memcpy(text + i * len, piece, len);
    memcpy(text + count * len, end, strlen(end) + 1);
    return text;
}

static void test_nesting(chains_component *self, struct chains_record *const records[REC_COUNT])
{
    char error[EXPRESSION_ERROR], *open, *text;
    (void)records;
    for (size_t depth = EXPRESSION_NESTING; depth <= EXPRESSION_NESTING + 1; depth++) {
        char *close = repeated(")", depth, "");
        open = repeated("(", depth, "tcp");
        text = malloc(strlen(open) + strlen(close) + 1);
        sprintf(text, "%s%s", open, close);
        if (depth == EXPRESSION_NESTING) {
            accepted(self, text);
        } else {
            refused(self, text, CHAINS_EUSAGE, error);
            check(strncmp(error, "more than 64 parentheses inside each other\n", 43) == 0);
        }
        free(text);
        free(open);
        free(close);
    }
    text = repeated("not ", 16000, "tcp"); /* no level each */
    accepted(self, text);
    free(text);
}

static void test_size(chains_component *self, struct chains_record *const records[REC_COUNT])
{
    char error[EXPRESSION_ERROR], *text;
    (void)records;
    text = repeated(" ", EXPRESSION_TEXT - 3, "tcp");
    accepted(self, text);
    free(text);
    text = repeated(" ", EXPRESSION_TEXT - 2, "tcp");
    refused(self, text, CHAINS_EUSAGE, error);
    check(strncmp(error, "an expression of more than 65536 bytes\n", 39) == 0);
    free(text);
    text = repeated("tcp or ", PROGRAM_TERMS - 1, "tcp");
    accepted(self, text);
    free(text);
    text = repeated("tcp or ", PROGRAM_TERMS, "udp");
    refused(self, text, CHAINS_EUSAGE, error);
    check(strncmp(error, "more than 4096 comparisons\n", 27) == 0);
    free(text);
    text = repeated("12345,", 10000, "1}");
    char *set = malloc(strlen(text) + 32);
    sprintf(set, "eth.type in {%s", text);
    accepted(self, set);
    free(set);
    free(text);
}

/* Of a long text the part around the fault is shown, and the caret stands where it belongs. */
static void test_window(chains_component *self, struct chains_record *const records[REC_COUNT])
{
    char error[EXPRESSION_ERROR];
    (void)records;
    for (size_t before = 0; before < 200; before++) {
        char *text = repeated("tcp or ", before,
                              "bad == 1 or udp and udp and udp and udp and udp "
                              "and udp and udp and udp and udp and udp");
        refused(self, text, CHAINS_EUSAGE, error);
        char *shown = strchr(error, '\n') + 5;
        char *caret = strchr(shown, '\n') + 5;
        size_t at = strspn(caret, " ");
        check(strcmp(caret + at, "^~~") == 0 && strncmp(shown + at, "bad ", 4) == 0);
        check((size_t)(caret - 5 - shown) <= 120);
        free(text);
    }
}

/* Whatever bytes a text has: a message holds printable ASCII and its two line ends. */
static void test_bytes(chains_component *self, struct chains_record *const records[REC_COUNT])
{
    static const char *const forms[] = { "tcp %c udp",
                                         "domains.dst == \"a%cb\"",
                                         "domains.dst == \"\\%c",
                                         "packet%c.src",
                                         "packet.src in @a%cb",
                                         "transport.word == \"%c\"",
                                         "domains.dst matches \"(%c\"",
                                         "tags has \"%c \"" };
    (void)records;
    for (size_t form = 0; form < sizeof forms / sizeof *forms; form++) {
        for (int byte = 1; byte < 256; byte++) {
            char text[64], error[EXPRESSION_ERROR] = "";
            int status = CHAINS_OK;
            unsigned lines = 0;
            bool plain = true;
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
            snprintf(text, sizeof text, forms[form], byte);
#pragma GCC diagnostic pop
            struct expression *expression =
                expression_new(self, text, false, &status, error, sizeof error);
            for (const char *c = error; *c; c++) {
                lines += *c == '\n';
                plain = plain && ((*c >= ' ' && *c <= '~') || *c == '\n');
            }
            check(plain && lines == (expression ? 0 : 2));
            expression_free(expression);
        }
    }
}

/* A buffer of any size is kept to. */
static void test_short(chains_component *self, struct chains_record *const records[REC_COUNT])
{
    (void)records;
    for (size_t size = 1; size < 80; size++) {
        char *error = malloc(size);
        int status = CHAINS_OK;
        check(!expression_new(self, "transport.dport == http", true, &status, error, size));
        check_eq_u64(strlen(error) < size, true);
        free(error);
    }
}

static void test_all(chains_component *self, struct chains_record *const records[REC_COUNT])
{
    test_rows(self, records);
    test_nesting(self, records);
    test_size(self, records);
    test_window(self, records);
    test_bytes(self, records);
    test_short(self, records);
}

int main(void)
{
    check_eq_u64(records_run(test_all), CHAINS_OK);
    return check_done();
}
