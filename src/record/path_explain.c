/* SPDX-License-Identifier: MIT */
/*
 * What to say about a name that is no field. In: the name and a layout. Out: one sentence. Every
 * path that there is, is spelled out once for each question: is it there, what is near, what is in
 * this layer. That costs milliseconds, once, when a chain cannot be made. Kept: nothing of the name
 * that a terminal would obey gets out, and nothing is proposed that is not there.
 */
#include "path_explain.h"

#include <chains/component.h>

#include <stdio.h>
#include <string.h>

#include "layout.h"

#include "path.h"

enum {
    TEXT = 96,    /* room for a path; longer ones are not proposed */
    SHOWN = 64,   /* bytes of a name that are shown */
    LISTED = 8,   /* fields of a layer that are shown */
    LIST = 200,   /* room for them */
    NEAR_MOST = 3 /* edits between a word and what may have been meant */
};

/* What is called otherwise elsewhere: Wireshark's fields and the words of capture filters. */
struct other_name {
    const char *name, *path, *second; /* second: either of two, or NULL */
};

static const struct other_name other_names[] = {
    { "frame.number", "number", NULL },
    { "frame.len", "len", NULL },
    { "frame.cap_len", "caplen", NULL },
    { "frame.time", "timestamp", NULL },
    { "frame.time_epoch", "timestamp", NULL },
    { "eth.addr", "eth.src", "eth.dst" },
    { "eth.len", "eth.length", NULL },
    { "vlan.id", "eth.vlan", NULL },
    { "arp.opcode", "arp.op", NULL },
    { "arp.src.proto_ipv4", "arp.src", NULL },
    { "arp.dst.proto_ipv4", "arp.dst", NULL },
    { "arp.src.hw_mac", "arp.src_mac", NULL },
    { "arp.dst.hw_mac", "arp.dst_mac", NULL },
    { "ip.addr", "packet.src", "packet.dst" },
    { "ip.src", "packet.src", NULL },
    { "ip.dst", "packet.dst", NULL },
    { "ip.proto", "packet.protocol", NULL },
    { "ip.hdr_len", "packet.header_len", NULL },
    { "ip.flags.df", "packet.df", NULL },
    { "ip.flags.mf", "packet.mf", NULL },
    { "ip.frag_offset", "packet.offset", NULL },
    { "ip.dsfield", "packet.tos", NULL },
    { "ip.host", "domains.src", "domains.dst" },
    { "ip.src_host", "domains.src", NULL },
    { "ip.dst_host", "domains.dst", NULL },
    { "ipv6.addr", "packet.src", "packet.dst" },
    { "ipv6.src", "packet.src", NULL },
    { "ipv6.dst", "packet.dst", NULL },
    { "ipv6.nxt", "packet.protocol", NULL },
    { "ipv6.hlim", "packet.ttl", NULL },
    { "ipv6.plen", "packet.len", NULL },
    { "ipv6.flow", "packet.flow_label", NULL },
    { "ipv6.tclass", "packet.tos", NULL },
    { "ipv6", "ip6", NULL },
    { "tcp.port", "tcp.sport", "tcp.dport" },
    { "tcp.srcport", "tcp.sport", NULL },
    { "tcp.dstport", "tcp.dport", NULL },
    { "tcp.len", "tcp.data_len", NULL },
    { "tcp.hdr_len", "tcp.header_len", NULL },
    { "tcp.window_size", "tcp.window", NULL },
    { "tcp.window_size_value", "tcp.window", NULL },
    { "tcp.checksum", "tcp.sum", NULL },
    { "tcp.payload", "tcp.data", NULL },
    { "tcp.urgent_pointer", "tcp.urgent", NULL },
    { "tcp.options.mss_val", "tcp.mss", NULL },
    { "udp.port", "udp.sport", "udp.dport" },
    { "udp.srcport", "udp.sport", NULL },
    { "udp.dstport", "udp.dport", NULL },
    { "udp.length", "udp.len", NULL },
    { "udp.checksum", "udp.sum", NULL },
    { "udp.payload", "udp.data", NULL },
    { "sctp.port", "sctp.sport", "sctp.dport" },
    { "sctp.srcport", "sctp.sport", NULL },
    { "sctp.dstport", "sctp.dport", NULL },
    { "icmp.code", "icmp.icmp_code", NULL },
    { "icmp.ident", "icmp.id", NULL },
    { "icmp.checksum", "icmp.sum", NULL },
    { "icmpv6", "icmp6", NULL },
    { "icmpv6.type", "icmp6.icmp_type", NULL },
    { "icmpv6.code", "icmp6.icmp_code", NULL },
    { "icmpv6.checksum", "icmp6.sum", NULL },
    { "dns.qname", "dns.queries.name", NULL },
    { "dns.qtype", "dns.queries.type", NULL },
    { "dns.qry.name", "dns.queries.name", NULL },
    { "dns.qry.type", "dns.queries.type", NULL },
    { "dns.qry.class", "dns.queries.class", NULL },
    { "dns.resp.name", "dns.answers.name", NULL },
    { "dns.resp.type", "dns.answers.type", NULL },
    { "dns.resp.ttl", "dns.answers.ttl", NULL },
    { "dns.a", "dns.answers.rdata", NULL },
    { "dns.aaaa", "dns.answers.rdata", NULL },
    { "dns.cname", "dns.answers.rdata", NULL },
    { "dns.time", "dns.rtt", NULL },
    { "dns.flags.response", "dns.qr", NULL },
    { "dns.flags.opcode", "dns.opcode", NULL },
    { "dns.flags.rcode", "dns.rcode", NULL },
    { "dns.flags.authoritative", "dns.aa", NULL },
    { "dns.flags.truncated", "dns.tc", NULL },
    { "dns.flags.recdesired", "dns.rd", NULL },
    { "dns.flags.recavail", "dns.ra", NULL },
    { "dns.count.queries", "dns.question_count", NULL },
    { "dns.count.answers", "dns.answer_count", NULL },
    { "http.request.full_uri", "http.uri", NULL },
    { "http.request.version", "http.version", NULL },
    { "http.response.code", "http.status", NULL },
    { "http.response.phrase", "http.reason", NULL },
    { "http.referer", "http.referrer", NULL },
    { "http.time", "http.latency", NULL },
    { "http.content_length_header", "http.content_length", NULL },
    { "http.url", "http.uri", NULL },
    { "tls.handshake.type", "tls.handshake", NULL },
    { "tls.handshake.version", "tls.version", NULL },
    { "tls.handshake.extensions_server_name", "tls.sni", NULL },
    { "tls.handshake.extensions_alpn_str", "tls.alpn", NULL },
    { "tls.handshake.ciphersuite", "tls.ciphers", NULL },
    { "tls.handshake.ja3", "tls.ja3", NULL },
    { "tls.handshake.ja3s", "tls.ja3s", NULL },
    { "tls.alert_message.desc", "tls.alert", NULL },
    { "sni", "tls.sni", NULL },
    { "tcp.stream", "stream.flow", NULL },
    { "udp.stream", "stream.flow", NULL },
    { "communityid", "flow.community_id", NULL },
    { "vxlan.vni", "outer.id", NULL },
    { "gre.key", "outer.id", NULL },
    { "ether", "eth", NULL },
    { "ether.src", "eth.src", NULL },
    { "ether.dst", "eth.dst", NULL },
    { "host", "packet.src", "packet.dst" },
    { "net", "packet.src", "packet.dst" },
    { "addr", "packet.src", "packet.dst" },
    { "ttl", "packet.ttl", NULL },
    { "src", "packet.src", NULL },
    { "dst", "packet.dst", NULL },
    { "port", "transport.sport", "transport.dport" },
    { "portrange", "transport.sport", "transport.dport" },
    { "sport", "transport.sport", NULL },
    { "dport", "transport.dport", NULL },
    { "proto", "packet.protocol", NULL },
    { "vlan", "eth.vlan", NULL },
    { "mac", "eth.src", "eth.dst" },
    { "tag", "tags", NULL },
    { "length", "len", NULL },
    { "time", "timestamp", NULL },
    { NULL, NULL, NULL },
};

/* The name at fault, and what there is. */
struct unknown {
    const struct chains_layout *layout;
    uint64_t types;
    char text[TEXT];        /* in lower case */
    char quoted[SHOWN + 6]; /* to be shown */
    bool folded;            /* that made a difference */
    char *error;
    size_t error_size;
};

/* ---- every path there is -------------------------------------------------------------------
 */

/* One path; true ends the walk. `name`: where its last word begins. */
typedef bool (*visit_path)(void *user, const char *path, size_t name);

struct visit {
    visit_path call;
    void *user;
    char path[TEXT];
    size_t len;
};

/* Puts a word behind the path; false when there is no room. */
static bool visit_push(struct visit *visit, const char *word)
{
    size_t len = strlen(word);
    if (visit->len + len + 2 > sizeof visit->path)
        return false;
    if (visit->len > 0)
        visit->path[visit->len++] = '.';
    memcpy(visit->path + visit->len, word, len + 1);
    visit->len += len;
    return true;
}

static void visit_pop(struct visit *visit, size_t len)
{
    visit->len = len;
    visit->path[len] = '\0';
}

/* The fields of a table, and those inside of them: at most PATH_STEPS deep. */
static bool visit_fields(struct visit *visit, const struct chains_field *fields, unsigned depth)
{
    size_t len = visit->len;
    for (; fields && fields->name; fields++) {
        if (!visit_push(visit, fields->name))
            continue;
        bool inside = fields->type == CHAINS_LIST || fields->type == CHAINS_OBJECT;
        if (visit->call(visit->user, visit->path, len ? len + 1 : 0) ||
            (inside && depth < PATH_STEPS && visit_fields(visit, fields->fields, depth + 1)))
            return true;
        visit_pop(visit, len);
    }
    return false;
}

/* The paths that begin with `word`, the slot or the type of a layer. */
static bool visit_layer(struct visit *visit, const struct chains_layer_type *type,
                        const char *word)
{
    bool named = strcmp(type->slot, type->name) != 0;
    visit_pop(visit, 0);
    if (!visit_push(visit, word))
        return false;
    size_t len = visit->len;
    if (visit->call(visit->user, visit->path, 0))
        return true;
    if (named && visit_push(visit, "type") && visit->call(visit->user, visit->path, len + 1))
        return true;
    visit_pop(visit, len);
    return visit_fields(visit, layer_is_bare(type) ? type->fields->fields : type->fields, 1);
}

static void lower(char *out, size_t size, const char *text, size_t len)
{
    size_t i = 0;
    for (; i < len && i + 1 < size; i++)
        out[i] = text[i] >= 'A' && text[i] <= 'Z' ? (char)(text[i] + 32) : text[i];
    out[i] = '\0';
}

static bool visit_type(struct visit *visit, const struct chains_layer_type *type)
{
    char word[TEXT];
    lower(word, sizeof word, type->name, strlen(type->name));
    return visit_layer(visit, type, type->slot) ||
           (strcmp(word, type->slot) != 0 && visit_layer(visit, type, word));
}

/* Every path in the layers that are here; true when the call has ended it. */
static bool visit_all(const struct unknown *in, visit_path call, void *user)
{
    struct visit visit = { .call = call, .user = user };
    if (visit_fields(&visit, chains_record_fields, 1))
        return true;
    for (uint64_t bits = in->types; bits; bits &= bits - 1) {
        const struct chains_layer_type *type = in->layout->type[__builtin_ctzll(bits)];
        if (type && visit_type(&visit, type))
            return true;
    }
    return false;
}

/* ---- questions -----------------------------------------------------------------------------
 */

struct wanted {
    const char *path;
};

static bool same_path(void *user, const char *path, size_t name)
{
    const struct wanted *wanted = user;
    (void)name;
    return strcmp(wanted->path, path) == 0;
}

static bool is_path(const struct unknown *in, const char *path)
{
    struct wanted wanted = { path };
    return visit_all(in, same_path, &wanted);
}

/* The nearest of the paths that begin like the name and go on with one word, or of all. */
struct nearest {
    const char *text; /* the name or its wrong word */
    size_t len;
    size_t begin; /* bytes of `before` that come first in all of them */
    const char *before;
    size_t most; /* edits */
    size_t far;  /* how far `path` is from it */
    char path[TEXT];
};

static size_t near_enough(size_t len, size_t by)
{
    return len / by + 1 < NEAR_MOST ? len / by + 1 : NEAR_MOST;
}

static void nearest_take(struct nearest *nearest, const char *path, const char *word)
{
    size_t edits = chains_distance(nearest->text, nearest->len, word, strlen(word));
    size_t far = 2 * edits + (nearest->text[0] != word[0]); /* of equals, the one like it */
    if (edits > nearest->most || (nearest->path[0] && far >= nearest->far))
        return;
    nearest->far = far;
    snprintf(nearest->path, sizeof nearest->path, "%s", path);
}

static bool nearest_path(void *user, const char *path, size_t name)
{
    (void)name;
    nearest_take(user, path, path);
    return false;
}

static bool nearest_word(void *user, const char *path, size_t name)
{
    struct nearest *nearest = user;
    if (name == nearest->begin && strncmp(path, nearest->before, name) == 0)
        nearest_take(nearest, path, path + name);
    return false;
}

/* Fields with one layer or field in front of them, with commas. */
struct inside {
    const char *before; /* "transport." */
    size_t begin, count, len;
    char list[LIST];
};

static bool inside_has(const struct inside *inside, const char *word)
{
    size_t len = strlen(word);
    const char *at = inside->list;
    for (; (at = strstr(at, word)); at += len)
        if ((at == inside->list || at[-1] == ' ') && (at[len] == ',' || at[len] == '\0'))
            return true;
    return false;
}

static bool inside_path(void *user, const char *path, size_t name)
{
    struct inside *inside = user;
    const char *word = path + name;
    if (name != inside->begin || strncmp(path, inside->before, name) != 0 ||
        inside_has(inside, word) || inside->len + strlen(word) + 3 > sizeof inside->list)
        return false;
    if (inside->count++ < LISTED)
        inside->len +=
            (size_t)snprintf(inside->list + inside->len, sizeof inside->list - inside->len,
                             "%s%s", inside->len ? ", " : "", word);
    return false;
}

/* ---- layers that are not here --------------------------------------------------------------
 */

static bool type_is(const struct chains_layer_type *type, const char *word)
{
    char name[TEXT];
    lower(name, sizeof name, type->name, strlen(type->name));
    return strcmp(type->slot, word) == 0 || strcmp(name, word) == 0;
}

/* Whether `word` names a layer that the chain has, here or anywhere. */
static bool is_layer(const struct chains_layout *layout, uint64_t types, const char *word)
{
    for (uint64_t bits = types; bits; bits &= bits - 1) {
        const struct chains_layer_type *type = layout->type[__builtin_ctzll(bits)];
        if (type && type_is(type, word))
            return true;
    }
    return false;
}

static bool class_attaches(const struct chains_class *cls, const char *word)
{
    const struct chains_layer_type *const *type = cls->attaches;
    for (; type && *type; type++)
        if (type_is(*type, word))
            return true;
    return false;
}

/*
 * The built-in component that attaches a layer which `word` names, or NULL: one that is called like
 * it and attaches nothing else, or the first.
 */
static const struct chains_class *class_for(const char *word)
{
    const struct chains_class *first = NULL;
    for (const struct chains_class *const *cls = chains_classes(); *cls; cls++) {
        if (!class_attaches(*cls, word))
            continue;
        if (!(*cls)->attaches[1] && strncmp((*cls)->name, word, 3) == 0)
            return *cls;
        first = first ? first : *cls;
    }
    return first;
}

/* The slot of a built-in layer, not here, whose name is nearest to `word`. */
static const char *absent_near(const char *word)
{
    size_t least = near_enough(strlen(word), 3) + 1;
    const char *nearest = NULL;
    for (const struct chains_class *const *cls = chains_classes(); *cls; cls++) {
        const struct chains_layer_type *const *type = (*cls)->attaches;
        for (; type && *type; type++) {
            size_t edits =
                chains_distance(word, strlen(word), (*type)->slot, strlen((*type)->slot));
            if (edits < least) {
                least = edits;
                nearest = (*type)->slot;
            }
        }
    }
    return nearest;
}

static void first_word(char *out, size_t size, const char *path)
{
    size_t len = strcspn(path, ".");
    len = len < size ? len : size - 1;
    memcpy(out, path, len);
    out[len] = '\0';
}

/* A layer that is known, but not here. */
static bool explain_absent(const struct unknown *in, const char *path)
{
    char word[TEXT];
    first_word(word, sizeof word, path);
    const struct chains_class *cls = class_for(word);
    if (is_layer(in->layout, in->types, word))
        return false;
    if (cls)
        snprintf(in->error, in->error_size, "no layer \"%s\" here: put %s before it", word,
                 cls->name);
    else if (is_layer(in->layout, UINT64_MAX, word))
        snprintf(in->error, in->error_size,
                 "no layer \"%s\" here: the component that adds it stands further behind",
                 word);
    else
        return false;
    return true;
}

/* ---- sentences -----------------------------------------------------------------------------
 */

static bool explain_meant(const struct unknown *in, const char *path, const char *second)
{
    bool both = second && is_path(in, second);
    if (!is_path(in, path))
        return false;
    snprintf(in->error, in->error_size, "no field %s; did you mean \"%s\"%s%s%s?", in->quoted,
             path, both ? " or \"" : "", both ? second : "", both ? "\"" : "");
    return true;
}

/* What another program calls so: a path that is here, or the layer that lacks for it. */
static bool explain_other_name(const struct unknown *in)
{
    for (const struct other_name *other = other_names; other->name; other++)
        if (strcmp(other->name, in->text) == 0)
            return explain_meant(in, other->path, other->second) ||
                   explain_absent(in, other->path);
    return false;
}

/* How much of the name is a path: up to the dot before the word that is none. */
static size_t known_part(const struct unknown *in)
{
    char path[TEXT];
    size_t known = 0;
    for (size_t i = 0; in->text[i]; i++) {
        if (in->text[i] != '.')
            continue;
        memcpy(path, in->text, i);
        path[i] = '\0';
        if (!is_path(in, path))
            break;
        known = i + 1;
    }
    return known;
}

/*
 * The nearest word behind what is right, with the rest of the name. `whole`: only when that is
 * there too; else the rest is left out.
 */
static bool explain_near_word(const struct unknown *in, size_t known, bool whole)
{
    char path[2 * TEXT];
    const char *word = in->text + known;
    size_t len = strcspn(word, ".");
    struct nearest nearest = { word, len, known, in->text, near_enough(len, 3), 0, "" };
    if (len == 0)
        return false;
    visit_all(in, nearest_word, &nearest);
    if (!nearest.path[0])
        return false;
    snprintf(path, sizeof path, "%s%s", nearest.path, whole ? word + len : "");
    return explain_meant(in, path, NULL);
}

static bool explain_near_path(const struct unknown *in)
{
    size_t len = strlen(in->text);
    struct nearest nearest = { in->text, len, 0, "", near_enough(len, 4), 0, "" };
    visit_all(in, nearest_path, &nearest);
    return nearest.path[0] && explain_meant(in, nearest.path, NULL);
}

/* What a layer, an object or a list has; or that there is nothing in a field. */
static bool explain_inside(const struct unknown *in, size_t known)
{
    struct inside inside = { .before = in->text, .begin = known };
    if (known == 0)
        return false;
    visit_all(in, inside_path, &inside);
    if (inside.count == 0)
        snprintf(in->error, in->error_size, "no field %s: there is nothing inside %.*s",
                 in->quoted, (int)(known - 1), in->text);
    else
        snprintf(in->error, in->error_size, "no field %s; %.*s has %s%s", in->quoted,
                 (int)(known - 1), in->text, inside.list,
                 inside.count > LISTED ? ", and more" : "");
    return true;
}

/* A word alone that is the last one of a path. */
static bool last_word(void *user, const char *path, size_t name)
{
    struct nearest *nearest = user;
    if (name == 0 || strcmp(path + name, nearest->text) != 0)
        return false;
    snprintf(nearest->path, sizeof nearest->path, "%s", path);
    return true;
}

static bool explain_last_word(const struct unknown *in)
{
    struct nearest nearest = { .text = in->text };
    return visit_all(in, last_word, &nearest) && explain_meant(in, nearest.path, NULL);
}

static bool explain_absent_near(const struct unknown *in)
{
    char word[TEXT];
    first_word(word, sizeof word, in->text);
    const char *slot = absent_near(word);
    if (!slot || is_layer(in->layout, in->types, slot))
        return false;
    snprintf(in->error, in->error_size,
             "no field %s; did you mean \"%s\"? Put %s before it then", in->quoted, slot,
             class_for(slot)->name);
    return true;
}

/* From the surest guess to the last. `known`: how much of the name is right. */
static bool explain(const struct unknown *in, size_t known)
{
    if (!in->text[0])
        return false;
    return (in->folded && explain_meant(in, in->text, NULL)) || explain_other_name(in) ||
           explain_absent(in, in->text) || explain_last_word(in) ||
           explain_near_word(in, known, true) || (known == 0 && explain_near_path(in)) ||
           explain_near_word(in, known, false) || explain_inside(in, known) ||
           explain_absent_near(in);
}

static void quote(char *out, size_t size, const char *text, size_t len)
{
    size_t used = 0, shown = len < SHOWN ? len : SHOWN;
    out[used++] = '"';
    for (size_t i = 0; i < shown; i++)
        out[used++] = text[i] < 0x20 || text[i] > 0x7e ? '?' : text[i];
    snprintf(out + used, size - used, "%s\"", shown < len ? "..." : "");
}

void path_explain(const struct chains_layout *layout, uint64_t types, const char *text,
                  size_t len, char *error, size_t error_size)
{
    struct unknown in = { layout, types, "", "", false, error, error_size };
    quote(in.quoted, sizeof in.quoted, text, len);
    if (len < sizeof in.text)
        lower(in.text, sizeof in.text, text, len);
    in.folded = memcmp(in.text, text, strlen(in.text)) != 0;
    if (!explain(&in, known_part(&in)))
        snprintf(error, error_size, "no field and no layer %s; see chains fields", in.quoted);
}
