/* SPDX-License-Identifier: MIT */
/* The one file that knows every room: what the library is made with. */
#include <chains/component.h>
#include <chains/components.h>

#include <stdio.h>

#include "dissect/dns.h"
#include "dissect/walk.h"
#include "expression/regex.h"
#include "links/crypto.h"
#include "links/dns_weird.h"
#include "links/exec_reply.h"
#include "links/flow_layers.h"
#include "links/http_meta.h"
#include "links/http_parser.h"
#include "links/quic_meta.h"
#include "links/resolver_cares.h"
#include "links/reverse_dns.h"
#include "links/suffix.h"
#include "links/tagger.h"
#include "links/tls_message.h"
#include "record/endpoints.h"
#include "record/layout.h"
#include "render/json_schema.h"
#include "sources/capture_live.h"
#include "sources/decompress.h"

size_t chains_version_libraries(char *out, size_t size)
{
    char inflaters[64], regex[64];
    decompress_libraries(inflaters, sizeof inflaters);
    regex_library(regex, sizeof regex);
    int length = snprintf(
        out, size, "%s, c-ares %s, %s, %s, jansson %s, libcrypto %s, libhtp %s, libpsl %s",
        capture_live_library(), resolver_cares_library(), inflaters, regex,
        exec_reply_library(), crypto_library(), http_parser_library(), suffix_library());
    return length < 0 ? 0 : (size_t)length;
}

#define COMPONENT(name) extern const struct chains_class name##_class;
#include "components.inc"
#undef COMPONENT

const struct chains_class *const *chains_classes(void)
{
#define COMPONENT(name) &name##_class,
    static const struct chains_class *const classes[] = {
#include "components.inc"
        NULL
    };
#undef COMPONENT
    return classes;
}

size_t chains_layer_types(const struct chains_layer_type **types, size_t most)
{
    struct chains_layout all; /* puts them in order */
    layout_init(&all);
    layout_add(&all, &chains_endpoints_type);
    layout_add(&all, &chains_stream_type);
    layout_add(&all, &dns_type);
    layout_add(&all, &chains_weird_type);
    layout_add(&all, &chains_flow_type);
    layout_add(&all, &chains_tls_type);
    layout_add(&all, &chains_quic_type);
    layout_add(&all, &chains_http_type);
    layout_add(&all, &chains_domains_type);
    layout_add(&all, &chains_tags_type);
    for (size_t i = 0; dissect_layers[i]; i++)
        layout_add(&all, dissect_layers[i]);
    size_t count = 0;
    for (size_t id = 0; id < all.ids; id++) {
        if (all.type[id] && count < most)
            types[count] = all.type[id];
        count += all.type[id] != NULL;
    }
    return count;
}

int chains_json_schema(FILE *out)
{
    const struct chains_layer_type *types[CHAINS_IDS + 1] = { NULL };
    chains_layer_types(types, CHAINS_IDS);
    return json_schema_write(out, types) ? CHAINS_OK : CHAINS_EIO;
}
