# SPDX-License-Identifier: MIT
"""What bytes.py lets pass: {file: {what: why}}. CASTS names types, the others name functions."""

CASTS = {
    "src/record/path.c": {"struct chains_addr": "a member of a row, of the type its table says"},
    "src/record/pool.c": {"struct pool_block": "the pool's own memory, aligned by the pool"},
    "src/expression/run.c": {"struct chains_addr": "a member of a row, of the type its table says"},
    "src/expression/set.c": {"struct chains_bytes": "items of a set, given by qsort() as void"},
    "src/render/dict.c": {"struct chains_addr": "a member of a row, of the type its table says"},
    "src/render/json_layer.c": {
        "struct chains_addr": "a member of a row, of the type its table says"},
    "src/render/plain.h": {"struct chains_addr": "a member of a row, of the type its table says"},
    "src/sinks/count_table.c": {"struct count_entry": "the table's own entries, of a run-time size"},
    "src/sources/capture_live.c": {"struct capture_live": "what libpcap hands back as u_char"},
    "src/links/http2_head.c": {"struct http2_field": "the tail of an allocation made for them"},
    "src/links/http_kept.c": {
        "struct chains_http_header": "the tail of an allocation made for them"},
    "src/links/resolver_cares.c": {"struct cares": "the struct around its first member"},
    "src/links/second_chance.c": {
        "struct second_chance_head": "the table's own entries, of a run-time size"},
    "src/links/suffix.c": {"struct suffix_list": "libpsl's list, under a name of ours"},
    "src/links/weird_table.c": {"struct entry": "the table's own entries, of a run-time size"},
    "src/dissect/outer.c": {
        "struct chains_outer_packet": "the list that this file put into the arena"},
    "examples/own_link/own_link.c": {"struct big": "the state that the library made"},
}

TOUCHES = {
    "src/links/crypto.c": {
        "crypto_aead_open": "the tag: `len` is what is left without it"},
    "src/links/http_lines.c": {
        "http_lines_span": "the end of its own slice; the walk stays before it"},
    "src/links/quic_crypto.c": {"quic_crypto_taken": "its own buffer, at most what has come"},
    "src/links/tls_dtls.c": {"collect": "its own buffer, which reaches to `end`"},
    "src/links/tls_flow.c": {"add_plain": "the arena's own memory, of which `room` are there"},
}

PLACES = {
    "src/sources/capture_file.c": {
        "not_a_capture": "len bytes are there, and every place is compared with it",
        "begin": "left >= 4 there; pcap_magic() says so in its parameter",
        "pcap_next": "left < header, 16 or 24, has returned; caplen <= left - header",
    },
    "src/sources/capture_stream.h": {"capture_stream_offset": "a distance, nothing is read"},
    "src/sources/decompress.c": {
        "packing_of": "len is compared first",
        "gzip_member": "fewer than two bytes are answered first",
    },
    "src/sources/pcapng.c": {
        "take_packet": "the whole block is there, and its trailer is its last four bytes",
        "packet_block": "behind the header, caplen bytes that check_caplen() and "
                        "take_packet() have seen",
        "simple_block": "behind the header, caplen bytes that check_caplen() and "
                        "take_packet() have seen",
        "whole_block": "the whole block is there, and its trailer is its last four bytes",
        "section_order": "pcapng_block() has seen BLOCK_LEAST bytes, and four of them are the magic",
    },
    "src/sources/secrets.c": {
        "secrets_fit": "most < len, and the walk is downwards",
        "secrets_add": "0 < n <= len",
    },
    "src/links/crypto.c": {"hmac_half": "a key padded to the block by its only caller"},
    "src/links/devices.c": {"devices_is_of": "a MAC address, or NULL"},
    "src/links/dns_chain.c": {"chain_name": "text of our own, with its length"},
    "src/links/dns_later.c": {"dns_later_take": "its own buffer, as dns_later_put() filled it"},
    "src/links/http2_flow.c": {
        "take_prefix": "its own hold, filled with http2_frame_prefix() bytes"},
    "src/links/http_head.c": {"http_length_of": "the distance to a comma that memchr() found"},
    "src/links/http_lines.c": {
        "head_line": "a line inside the slice of http_lines_span()",
        "note_cr": "at < end, of the slice of http_lines_span()",
        "http_lines_span": "at < end, its slice",
        "http_lines_wanted": "the distance to an end that memchr() found",
    },
    "src/links/http_start.c": {"request_start": "the distance to an end that memchr() found"},
    "src/links/reassembly.c": {
        "reassembly_compare": "from <= i <= to, both inside page and bytes",
        "reassembly_differing": "i < len, which reassembly_compare() has of both"},
    "src/links/tls_certificate.c": {
        "parts_other_name": "what OpenSSL says the string has, four or sixteen bytes",
        "place_of": "a digest of CRYPTO_SHA256_LEN bytes",
        "keep": "a digest of CRYPTO_SHA256_LEN bytes",
        "domain_of": "the distance to a dot that memchr() found",
    },
    "src/links/tls_ja.c": {"tls_ja3": "numbers of a list, no bytes"},
    "src/links/tls_keys.c": {
        "keys_bucket": "a random of TLS_RANDOM bytes",
        "keys_place": "a random of TLS_RANDOM bytes",
    },
    "src/links/vendor_line.c": {"line_part": "the distance to a separator that memchr() found"},
    "src/dissect/arp.c": {
        "arp_dissect": "2 * mac_len + 2 * addr_len bytes are taken, and both are known there"},
    "src/dissect/dhcp.c": {"dhcp_part": "constant parts of the HEADER bytes that were taken"},
    "src/dissect/dns.c": {
        "record_addr": "4 or 16 bytes are taken and copied by the same condition",
        "message_pass": "of 10 bytes, where it is no question",
    },
    "src/dissect/dns_data.c": {
        "dns_data_number": "octets bytes are taken, and counted again",
        "dns_take_addr": "4 or 16 bytes are taken and copied by the same condition",
    },
    "src/dissect/icmp6.c": {
        "icmp6_discovery": "32 bytes are taken by the condition that reads the second 16"},
    "src/dissect/mpls.c": {"mpls_holds_ethernet": "n + 14 bytes are there"},
    "src/dissect/netbios.c": {"netbios_decode": "i < RAW_NAME, of p[static 2 * RAW_NAME]"},
    "src/dissect/protocol.c": {
        "protocol_members": "protocol_fixed() bytes are there, 2, and 8 of ESP"},
    "src/dissect/wlan.c": {
        "wlan_addresses": "six bytes each; the second one may be NULL",
        "wlan_control": "16 bytes are taken by the condition that reads the second address",
    },
}

ARENA = "as long as what was just taken from the arena"
OWN_TABLE = "both of the size that the table's type says"
ROOM = "room was made for it on the line before"

COPIES = {
    "src/sources/capture_file.c": {"capture_file_fill": "inside the buffer, towards its front"},
    "src/sources/decompress.c": {
        "read_input": "inside the buffer, towards its front",
        "plain_read": "no more than `room`",
    },
    "src/sources/packet_streamer.c": {"streamer_live_packet": ARENA},
    "src/sources/secrets.c": {
        "secrets_forget": "a longer text takes the place of a shorter one",
        "secrets_add": "secrets_grow() made room for it and one more",
    },
    "src/links/community_id.c": {"community_id_input": "4 or 16 bytes, for which its room is made"},
    "src/links/crypto.c": {
        "crypto_hmac": "no longer than the block, which the longest hash has",
        "crypto_expand": "a hash, or what is left to give",
        "crypto_expand_label": "prefix and label are compared with CRYPTO_LABEL first",
        "crypto_tls12_prf": "a hash, or what is left to give",
    },
    "src/links/devices.c": {"devices_keep": "a name of the claim, which has the entry's size"},
    "src/links/dissecting.c": {"dissecting_settle": OWN_TABLE},
    "src/links/dns_chain.c": {"chain_word": "at most WORD bytes"},
    "src/links/dns_later.c": {"dns_later_put": "dns_later_grow() made room for it"},
    "src/links/dns_meta.c": {"dns_meta_give": ARENA},
    "src/links/dns_pending.c": {
        "dns_pending_fill": "a question is no longer than NAME_MOST and four bytes, or not kept",
        "dns_pending_next_due": "what dns_pending_fill() kept; the caller has HEADER more",
    },
    "src/links/dns_stream.c": {
        "dns_stream_collect": "dns_stream_grow() made room for it",
        "dns_stream_go_on": ARENA,
    },
    "src/links/dns_weird.c": {"weird_attach": ARENA},
    "src/links/exec_child.c": {
        "child_environment": "as many pointers as were counted, and two more",
        "exec_child_read": "inside the buffer, towards its front",
    },
    "src/links/exec_layer.c": {
        "layer_add": "EXEC_FIELD_NAME at most, or it was refused",
        "exec_layer_create": "EXEC_LAYER_NAME at most, or it was refused",
        "layer_text": ARENA,
        "exec_layer_attach": OWN_TABLE,
    },
    "src/links/flow_tcp.c": {
        "flow_tcp_join_waiting": "offset + len <= end, and the arena gave end - start"},
    "src/links/fragments.c": {
        "fragments_store": "no more than a block",
        "fragments_whole": "fragments_piece_is_odd() refused what reaches behind `total`",
    },
    "src/links/hello_early.c": {"hello_early_see": "longer ones than HELLO_EARLY_BYTES went before"},
    "src/links/hello_table.c": {"hello_key_of": "4 or 16 bytes of 16"},
    "src/links/hosts.c": {"table_read_line": "table_grow() made room for it and one more"},
    "src/links/http2_flow.c": {"take_step": "no more than the step still needs; hold has the longest"},
    "src/links/http2_head.c": {
        "put": "grow() made room for both texts of a field",
        "http2_head_copy": "as long as what was just taken from the pool",
    },
    "src/links/http_flow.c": {
        "hold": "held + len < HTTP_START_BYTES, or it is not held",
        "begin_held": "two times HTTP_START_BYTES at most",
    },
    "src/links/http_kept.c": {"put": "counted by the same function before the block was taken"},
    "src/links/http_lines.c": {"http_lines_wanted": "no more in all than the head, as `out` has"},
    "src/links/http_message.c": {
        "copy_text": ARENA,
        "list_grow": ARENA,
        "keep": "counted by the same function before the room was taken",
    },
    "src/links/http_uri.c": {"put": "counted by the same function before the room was taken"},
    "src/links/learned.c": {"learned_keep": "a name of LEARNED_NAME bytes, as the entry has"},
    "src/links/naming.c": {"naming_copy": ARENA},
    "src/links/ptr.c": {
        "wire_of_text": "a question that ptr_question() made, PTR_QUESTION at most",
        "read_name": "len + 1 + label <= WIRE_MOST, or it is no name",
    },
    "src/links/shown_memo.c": {"shown_memo_keep": "no longer than SHOWN_MEMO_NAME, or it is not kept"},
    "src/links/quic_connection.c": {
        "quic_id_of": "QUIC_ID_MOST at most",
        "connection_learn": "room was taken for it; a JA4 that is longer than its room is not kept",
    },
    "src/links/quic_crypto.c": {
        "crypto_join": "one place more than runs are there, or it was refused",
        "crypto_fill": "tls_buffer_reach() made room up to `to`",
        "quic_crypto_taken": "inside the buffer, towards its front",
    },
    "src/links/quic_flow.c": {"flow_add": "all places but the last, one further"},
    "src/links/quic_open.c": {
        "opener_unmask": "number_at + OPENER_SAMPLE < packet.len <= OPENER_MOST"},
    "src/links/reassembly.c": {
        "reassembly_put": "from one place of a page to another of the same",
        "reassembly_read": "inside [offset, offset + len), for which the caller has room",
    },
    "src/links/resolver.c": {"resolver_server": "len < sizeof host, or it is no address"},
    "src/links/resolver_cares.c": {
        "cares_use_server": "4 or 16 bytes",
        "cares_remember_servers": "4 or 16 bytes",
    },
    "src/links/rules.c": {"rules_split": "tag_is_plain() refused what is longer than TAG_SIZE - 1"},
    "src/links/second_chance.c": {"second_chance_add": OWN_TABLE},
    "src/links/tagger.c": {"tagger_create": "tag_is_plain() refused what is longer than TAG_SIZE - 1"},
    "src/links/tls_buffer.c": {"tls_buffer_add": ROOM},
    "src/links/tls_certificate.c": {
        "parts_add": "no more than TEXT_ROOM - used",
        "parts_other_name": "4 or 16 bytes, or it is no address",
        "keep": "as long as what was just taken from the pool",
        "copy": ARENA,
    },
    "src/links/tls_connection.c": {
        "keep_name": "TLS_NAME_MOST at most",
        "offer": "a session ID of TLS_SESSION_ID at most, or none is kept",
        "keep_ja4": "TLS_JA4_ROOM at most",
    },
    "src/links/tls_decrypt.c": {"decrypt_secret": "the length of the suite's hash"},
    "src/links/tls_dtls.c": {
        "add_range": "one place more than ranges are there, or it was refused",
        "collect": "tls_buffer_reach() made room up to `end`",
    },
    "src/links/tls_flow.c": {"add_plain": "`room` is twice what is needed, or it fitted already"},
    "src/links/tls_keyfile.c": {"keyfile_give": "inside the buffer, towards its front"},
    "src/links/tls_message.c": {
        "tls_message_add": ARENA,
        "tls_message_bytes": ARENA,
        "tls_message_text": ARENA,
    },
    "src/links/tls_schedule.c": {
        "tls_openers_from_master": "an IV of CRYPTO_NONCE at most",
        "tls_secret_update": "the length of the suite's hash",
    },
    "src/links/tls_ssl2.c": {"set_random": "TLS_RANDOM at most"},
    "src/links/vendors.c": {"vendors_read_line": "vendors_grow() made room for VENDORS_NAME more"},
    "src/links/weird_list.c": {
        "weird_text_part": "no more than its room",
        "weird_keep": ARENA,
    },
    "src/dissect/walk.c": {"walk_settle": OWN_TABLE},
}
