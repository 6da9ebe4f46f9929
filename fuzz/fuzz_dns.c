/* SPDX-License-Identifier: MIT */
/*
 * Any bytes as a DNS message. Whatever they are: text is printable ASCII or UTF-8, lists hold what the
 * header promised at most, slices lie in the message, the text of all names and data and the memory
 * of a reading have their ceilings, a second reading is equal. Build and run:
 *
 *     script/fuzz dns 60
 */
#include "../src/bytes/utf8.h"
#include "../src/dissect/dns.h"
#include "../src/record/arena.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
    if (!holds)
        abort();
}

static size_t must_be_text(const char *text, size_t len)
{
    for (size_t at = 0, shown; at < len; at += shown) {
        shown = utf8_shown((const uint8_t *)text + at, len - at);
        must(shown > 0);
    }
    return len;
}

static size_t must_be_word(const char *text)
{
    must(text && *text);
    return must_be_text(text, strlen(text));
}

static void must_be_inside(struct chains_bytes part, const uint8_t *data, size_t size)
{
    must(part.len == 0 ||
         (part.at >= data && part.len <= size && (size_t)(part.at - data) <= size - part.len));
}

static size_t check_section(struct chains_list list, uint16_t promised, const uint8_t *data,
                            size_t size)
{
    const struct chains_dns_record *record = list.items;
    size_t text = 0;
    must(list.count <= promised && list.count <= DNS_MOST_RECORDS);
    for (uint32_t i = 0; i < list.count; i++, record++) {
        text += must_be_word(record->name);
        text += must_be_text((const char *)record->rdata.at, record->rdata.len);
        must_be_word(record->type);
        must_be_word(record->class_name);
        must_be_inside(record->raw, data, size);
        must(record->has <= CHAINS_DNS_RECORD_HAS_ADDR);
        must((record->has != 0) == (record->addr.family != 0));
    }
    return text;
}

static void check_message(const struct chains_dns *dns, const uint8_t *data, size_t size)
{
    const struct chains_dns_question *question = dns->queries.items;
    size_t text = 0;
    must(dns->queries.count <= dns->question_count && dns->queries.count <= DNS_MOST_QUESTIONS);
    for (uint32_t i = 0; i < dns->queries.count; i++, question++) {
        text += must_be_word(question->name);
        must_be_word(question->type);
        must_be_word(question->class_name);
    }
    text += check_section(dns->answers, dns->answer_count, data, size);
    text += check_section(dns->authorities, dns->authority_count, data, size);
    text += check_section(dns->additionals, dns->additional_count, data, size);
    must(text <= 16 * 1024 + 8 * size);
    must_be_word(dns->opcode_name);
    must_be_word(dns->rcode_name);
    must(dns->size == size);
    if (dns->has & CHAINS_DNS_HAS_EDNS) {
        must_be_inside(dns->edns.cookie, data, size);
        must_be_inside(dns->edns.nsid, data, size);
        must_be_inside(dns->edns.error_text, data, size);
        must(dns->edns.option_count <= 16);
    }
}

/* What is taken doubles the last chunk at most, and a chunk may be left that had too little. */
static size_t memory_most(size_t size)
{
    size_t most = 20 * 1024 + 24 * size;
    return most < ARENA_CHUNK / 2 ? ARENA_CHUNK : 3 * most + ARENA_CHUNK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct chains_bytes bytes = { data, size };
    struct chains_arena arena;
    struct chains_dns one, two;
    if (size == 0)
        return 0;
    for (int flavour = CHAINS_DNS_UNICAST; flavour <= CHAINS_DNS_LLMNR; flavour++) {
        struct chains_reader in = chains_reader_over(bytes), again = in;
        arena_init(&arena, 4 * 1024 * 1024);
        memset(&one, 0xaa, sizeof one);
        memset(&two, 0x55, sizeof two);
        enum chains_verdict verdict =
            dns_read(&in, (enum chains_dns_flavour)flavour, &one, &arena);
        must(chains_left(&in) == 0);
        must(arena.held <= memory_most(size));
        must(verdict == dns_read(&again, (enum chains_dns_flavour)flavour, &two, &arena));
        must((verdict == CHAINS_CUT_SHORT) == (size < DNS_HEADER));
        if (verdict != CHAINS_CUT_SHORT) {
            must((verdict == CHAINS_PARSED) == !(one.faults & ~CHAINS_DNS_TRAILING));
            must(one.faults == two.faults && one.answers.count == two.answers.count);
            check_message(&one, data, size);
            check_message(&two, data, size);
        }
        arena_free(&arena);
    }
    (void)dns_is_plausible(bytes);
    return 0;
}
