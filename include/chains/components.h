/* SPDX-License-Identifier: MIT */
#ifndef CHAINS_COMPONENTS_H
#define CHAINS_COMPONENTS_H

#include <stdio.h>

#include <chains/chain.h>

/*
 * The built-in components. A macro passes its option struct, zero always means the default:
 *
 *     chains_component *streamer = chains_packet_streamer(.iface_name = "eth0", .max_packets =
 * 50);
 *
 * In C++, and for bindings, call the _new function with a struct whose `size` is set, or NULL.
 * All of them return NULL only for want of memory; wrong options come out of the pull.
 */

#ifdef __cplusplus
extern "C" {
#endif

#define CHAINS_OPTIONS(type, ...)                                                              \
    (&(const struct type){ .size = sizeof(struct type), __VA_ARGS__ })

/* ---- packet_streamer: packets of an interface, of capture files, or of standard input -------
 */

struct chains_packet_streamer_options {
    size_t size;
    /*
     * An interface, a capture file, or "-" for a capture on standard input. NULL: the first
     * interface that is up, running, connected and not loopback, one with an address before one
     * without, else "any"; which one it is goes to the log. A name with a slash is a file; any other
     * is a file when one of this name exists, else an interface.
     */
    const char *iface_name;
    const char *const *files; /* instead: several capture files, ended by NULL, in time order */
    const char *bpf;          /* filter expression (pcap-filter(7)) */
    uint64_t max_packets;     /* end after so many packets; 0: no limit */
    uint32_t snaplen;         /* bytes kept of each packet; 0: 262144 */
    uint32_t duration;        /* end after so many seconds of capture; 0: no limit */
    uint32_t buffer_kib;      /* live: size of the kernel's buffer in KiB; 0: 65536 */
    uint32_t timeout_ms;      /* longest wait for packets, but of a plain file; 0: 100 */
    bool no_file;             /* iface_name is an interface even where a file has its name */
    bool no_promiscuous;      /* live: only packets to and from this host */
    double speed; /* files: at this multiple of the pace of the time stamps; 0: at once */
};
CHAINS_API chains_component *
chains_packet_streamer_new(const struct chains_packet_streamer_options *options);
#define chains_packet_streamer(...)                                                            \
    chains_packet_streamer_new(CHAINS_OPTIONS(chains_packet_streamer_options, __VA_ARGS__))

/* An interface as listed by chains_interfaces(). */
struct chains_interface {
    const char *name, *description; /* description may be NULL */
    const char *addresses;          /* separated by spaces; "" for none */
    bool up, running, loopback, is_default;
};
/*
 * Calls `each` for every interface that packets can be captured from; the strings live for the
 * call. Returns their number, or a negative status with a sentence in `error`.
 */
CHAINS_API int chains_interfaces(void (*each)(void *user, const struct chains_interface *),
                                 void *user, char *error, size_t error_size);

/* ---- packet_meta: link, network and transport headers ---------------------------------------
 */

enum chains_through { CHAINS_THROUGH_TRANSPORT, CHAINS_THROUGH_PACKET };

struct chains_packet_meta_options {
    size_t size;
    enum chains_through through; /* where to stop */
    bool no_reassembly;          /* leave IP fragments as they are */
    uint32_t max_datagrams;      /* IP packets in pieces held at once; 0: 256 */
    uint32_t fragment_kib;       /* bytes of pieces held, in KiB; 0: 4096 */
    uint32_t fragment_timeout;   /* seconds of packet time; 0: 30 */
    uint32_t max_depth;          /* packets inside packets; 0: 8 */
};
CHAINS_API chains_component *
chains_packet_meta_new(const struct chains_packet_meta_options *options);
#define chains_packet_meta(...)                                                                \
    chains_packet_meta_new(CHAINS_OPTIONS(chains_packet_meta_options, __VA_ARGS__))

/* ---- transport_meta: the transport header, where packet_meta stopped before it --------------
 */

struct chains_transport_meta_options {
    size_t size;
    uint32_t max_depth; /* packets inside packets; 0: 8 */
};
CHAINS_API chains_component *
chains_transport_meta_new(const struct chains_transport_meta_options *options);
#define chains_transport_meta(...)                                                             \
    chains_transport_meta_new(CHAINS_OPTIONS(chains_transport_meta_options, __VA_ARGS__))

/* ---- reverse_dns: a name for every address, never at the price of a packet ------------------
 */

enum chains_names_mode {
    CHAINS_NAMES_DEFAULT, /* active on an interface, passive on a file */
    CHAINS_NAMES_ACTIVE,  /* ask the network */
    CHAINS_NAMES_PASSIVE, /* special addresses, /etc/hosts, and what the traffic says */
    CHAINS_NAMES_OFF,     /* special addresses only */
};

struct chains_reverse_dns_options {
    size_t size;
    enum chains_names_mode mode;
    uint32_t wait_ms;     /* longest wait for a batch's names; 0: none live, 2000 on a file */
    bool no_wait;         /* never wait, on a file either */
    const char *resolver; /* "ADDR", "ADDR:PORT", "[ADDR6]:PORT" instead of the system's */
    uint32_t cache_size;  /* names kept; 0: 16384 */
    uint32_t rate;        /* questions a second, with a burst of as many; 0: 50 */
    uint32_t timeout_ms;  /* for the first of two tries, twice that for the second; 0: 600 */
    const char *const
        *local;        /* prefixes that are LOCAL besides the private ranges; NULL-ended */
    const char *hosts; /* file of known names; NULL: /etc/hosts, "": none */
    const char
        *vendors; /* file of MAC address blocks (IEEE oui.txt or oui.csv, Wireshark's manuf);
                            NULL: none */
};
CHAINS_API chains_component *
chains_reverse_dns_new(const struct chains_reverse_dns_options *options);
#define chains_reverse_dns(...)                                                                \
    chains_reverse_dns_new(CHAINS_OPTIONS(chains_reverse_dns_options, __VA_ARGS__))

/* ---- tagger: words for what a packet is -----------------------------------------------------
 */

/* A tag of the caller's: its name, and whether a record has it. */
struct chains_tag_method {
    const char *name;
    bool (*holds)(const struct chains_record *rec, void *user);
    void *user;
};

struct chains_tagger_options {
    size_t size;
    const struct chains_tag_method *methods; /* besides the built-in tags */
    size_t method_count;
    bool no_built_in;         /* only the caller's */
    const char *const *local; /* as for reverse_dns; needed only without it */
    const char *const *rule;  /* "NAME: EXPRESSION", each a tag; ended by NULL */
    const char *rules;        /* file of rules, one a line, '#' begins a comment; read again on
                                 chains_reopen() */
};
CHAINS_API chains_component *chains_tagger_new(const struct chains_tagger_options *options);
#define chains_tagger(...) chains_tagger_new(CHAINS_OPTIONS(chains_tagger_options, __VA_ARGS__))

/* ---- where: the records that an expression holds for ----------------------------------------
 */

struct chains_where_options {
    size_t size;
    const char *expression; /* as docs/expressions.md describes it */
};
CHAINS_API chains_component *chains_where_new(const struct chains_where_options *options);
#define chains_where(...) chains_where_new(CHAINS_OPTIONS(chains_where_options, __VA_ARGS__))

/* ---- exec: a program as a link --------------------------------------------------------------
 */

enum chains_on_exit {
    CHAINS_ON_EXIT_FAIL,    /* the chain fails */
    CHAINS_ON_EXIT_RESTART, /* it is started again, at most once a second */
    CHAINS_ON_EXIT_PASS,    /* records pass as they are from then on */
};

/*
 * The program reads a JSON object a line, as json_lines prints it, and answers each with one line,
 * in order: an object whose "tags" (words) are added to the record's, whose members called as in
 * `field` become the layer `layer`, and whose "drop": true takes the record away; "number" says
 * which record it is to. Other members mean nothing, so that an object may be sent back whole. One
 * batch is under way at a time. What is not answered in time, or not with such an object, passes as
 * it is and counts as limited. A program that does not read, that says nothing for three batches,
 * or more than 100 lines in a row that are no answers, is ended as if it had ended by itself.
 * docs/exec.md has the details.
 */
struct chains_exec_options {
    size_t size;
    const char *cmd; /* for sh -c */
    const char *const
        *field; /* "NAME:TYPE" of what it adds: uint, text, bool, addr, duration; NULL-ended */
    const char *layer; /* slot of the layer with its fields; NULL: "exec" */
    enum chains_on_exit on_exit;
    uint64_t timeout; /* nanoseconds to wait for a batch's answers; 0: 5 s */
};
CHAINS_API chains_component *chains_exec_new(const struct chains_exec_options *options);
#define chains_exec(...) chains_exec_new(CHAINS_OPTIONS(chains_exec_options, __VA_ARGS__))

/* ---- flows: connections, and the bytes of TCP in order --------------------------------------
 */

enum chains_flows_only {
    CHAINS_FLOWS_BOTH,    /* packets with a layer "stream", and flow records between them */
    CHAINS_FLOWS_PACKETS, /* no flow records */
    CHAINS_FLOWS_RECORDS, /* flow records alone */
};

/*
 * Every packet passes, with a layer "stream": its flow, and `rest` is what it brought that is new
 * and in order. A flow record comes when a flow ends, and every `active` for one that goes on. Bytes
 * behind a hole that nothing fills come as events. All times are those of packets; on a quiet
 * interface the clock goes on by itself; packets far behind it set it back when there are many in
 * a row. At the ceiling there goes, in this order: a half-open connection that has waited for a
 * second, one that is closed already, the longest idle flow of which one end alone was heard, the
 * longest idle one. Only a sixteenth of the table may wait a second for its first answer at the cost
 * of flows of which both ends were heard.
 */
struct chains_flows_options {
    size_t size;
    enum chains_flows_only only;
    uint32_t flows; /* held at once; 0: 131072 */
    /*
     * Of these, in per cent, TCP connections without an answer; 0: 25. Other flows of which one end
     * alone was heard have no share: they may fill the table, and go before the others.
     */
    uint32_t half_open;
    uint64_t waiting;      /* bytes out of order held of one direction; 0: 256 KiB */
    uint64_t waiting_all;  /* and of all together; 0: 32 MiB */
    uint64_t parsers;      /* bytes that parsers keep, all together; 0: 64 MiB */
    uint64_t tcp_idle;     /* nanoseconds; 0: 300 s */
    uint64_t udp_idle;     /* 0: 60 s */
    uint64_t other_idle;   /* ICMP and the rest; 0: 60 s */
    uint64_t opening_idle; /* TCP before the handshake is done; 0: 10 s */
    uint64_t closed_idle;  /* TCP after both FINs or a RST; 0: 5 s */
    uint64_t active;       /* between records of a flow that goes on; 0: 300 s */
    bool no_interim;       /* no records of flows that go on */
    bool no_community_id;
    uint32_t community_seed; /* of the Community ID; 0 as everybody has it */
};
CHAINS_API chains_component *chains_flows_new(const struct chains_flows_options *options);
#define chains_flows(...) chains_flows_new(CHAINS_OPTIONS(chains_flows_options, __VA_ARGS__))

/* ---- dns_meta: DNS, mDNS and LLMNR ----------------------------------------------------------
 */

/*
 * Messages over UDP, of packets and of streams, and over TCP, of streams (link flows). A response
 * is joined with its query; a query without one becomes an event after `timeout`.
 */
struct chains_dns_meta_options {
    size_t size;
    const char *ports;  /* "53,5353,5355" (NULL); "all": any, where the bytes look like DNS */
    uint64_t timeout;   /* nanoseconds of packet time until a query is unanswered; 0: 10 s */
    uint32_t pending;   /* queries waiting for a response at once; 0: 16384 */
    bool no_unanswered; /* no events */
};
CHAINS_API chains_component *chains_dns_meta_new(const struct chains_dns_meta_options *options);
#define chains_dns_meta(...)                                                                   \
    chains_dns_meta_new(CHAINS_OPTIONS(chains_dns_meta_options, __VA_ARGS__))

/* ---- dns_weird: what is odd about DNS messages ----------------------------------------------
 */

struct chains_dns_weird_options {
    size_t size;
    bool only;           /* drop every record without something weird */
    uint32_t subdomains; /* distinct names under one registered domain in `window`; 0: 100 */
    uint32_t nxdomains;  /* different names without success for one client in `window`; 0: 20 */
    uint64_t window;     /* nanoseconds; 0: 60 s */
    uint32_t entries;    /* domains, and clients, watched at once; 0: 4096 */
    uint64_t quiet;      /* the same oddity of the same name is said once in; 0: 60 s */
};
CHAINS_API chains_component *
chains_dns_weird_new(const struct chains_dns_weird_options *options);
#define chains_dns_weird(...)                                                                  \
    chains_dns_weird_new(CHAINS_OPTIONS(chains_dns_weird_options, __VA_ARGS__))

/* ---- http_meta: HTTP/1 and HTTP/2 requests and responses -------------------------------------
 */

struct chains_http_meta_options {
    size_t size;
    bool headers;          /* list all headers; those with credentials without their value */
    bool credentials;      /* with their value */
    uint32_t header_kib;   /* longest line, and block of headers, in KiB; 0: 64 */
    uint32_t transactions; /* requests of one connection waiting for a response, and streams of
                              one of HTTP/2; 0: 256 */
};
CHAINS_API chains_component *
chains_http_meta_new(const struct chains_http_meta_options *options);
#define chains_http_meta(...)                                                                  \
    chains_http_meta_new(CHAINS_OPTIONS(chains_http_meta_options, __VA_ARGS__))

/* ---- tls_meta and quic_meta: who is asked for, and how, in what is encrypted -----------------
 */

/*
 * TLS and SSL 3.0 on streams of any port, behind STARTTLS and the like too, and DTLS on datagrams. It
 * reads the stream: behind it `rest` is the plaintext where there are keys for it, else empty, with
 * the mark CHAINS_STREAM_INNER; so http_meta stands behind it.
 */
struct chains_tls_meta_options {
    size_t size;
    bool ja3;              /* JA3 and JA3S beside JA4 */
    const char *keylog;    /* a file in the SSLKEYLOGFILE format, followed while it grows */
    bool no_secrets;       /* do not use the keys that capture files carry */
    uint32_t message_kib;  /* longest handshake message; 0: 64 */
    uint32_t certificates; /* parsed certificates kept; 0: 1024 */
    uint32_t secrets;      /* keys kept; 0: 65536 */
};
CHAINS_API chains_component *chains_tls_meta_new(const struct chains_tls_meta_options *options);
#define chains_tls_meta(...)                                                                   \
    chains_tls_meta_new(CHAINS_OPTIONS(chains_tls_meta_options, __VA_ARGS__))

/* QUIC versions 1 and 2: the layer "quic", and the layer "tls" of what its Initial packets carry. */
struct chains_quic_meta_options {
    size_t size;
    bool ja3;            /* JA3 and JA3S beside JA4 */
    uint32_t crypto_kib; /* CRYPTO bytes kept of one direction of a connection; 0: 16 */
};
CHAINS_API chains_component *
chains_quic_meta_new(const struct chains_quic_meta_options *options);
#define chains_quic_meta(...)                                                                  \
    chains_quic_meta_new(CHAINS_OPTIONS(chains_quic_meta_options, __VA_ARGS__))

/*
 * ClientHellos alone, of TLS over TCP and of QUIC, out of packets: for who wants the names in them, and
 * not the cost of flows. The layer "tls" comes with the packet that completes the hello.
 */
struct chains_hello_meta_options {
    size_t size;
    bool ja3;            /* JA3 beside JA4 */
    bool no_ja4;         /* no fingerprint: where names alone are of interest */
    uint32_t entries;    /* hellos of which a part has come, kept for 10 s at most; 0: 256 */
    uint32_t memory_kib; /* bytes kept of all of them; 0: 1024 */
};
CHAINS_API chains_component *
chains_hello_meta_new(const struct chains_hello_meta_options *options);
#define chains_hello_meta(...)                                                                 \
    chains_hello_meta_new(CHAINS_OPTIONS(chains_hello_meta_options, __VA_ARGS__))

/* ---- tee and merge --------------------------------------------------------------------------
 */

/*
 * A tee gives each record to several branches, in lockstep: chains_link(x, tee) begins a branch,
 * as often as you like; then chains_pull(tee). Memory: a batch for each branch. The tee owns its
 * branches: free the tee alone. A branch that fails ends, with a warning; the others go on, and
 * the failure is the tee's at the end.
 */
struct chains_tee_options {
    size_t size;
};
CHAINS_API chains_component *chains_tee_new(const struct chains_tee_options *options);
#define chains_tee(...) chains_tee_new(CHAINS_OPTIONS(chains_tee_options, __VA_ARGS__))

/*
 * A merge gives the records of several chains as one, by time stamp, numbered anew:
 * chains_link(merge, last) adds a chain. An interface that has nothing at the moment holds nobody
 * up; files and pipes are waited for. An input that fails ends, with a warning; the others go on,
 * and the failure is the merge's at the end. An event in front of the packet that it is about is
 * numbered 0.
 */
struct chains_merge_options {
    size_t size;
};
CHAINS_API chains_component *chains_merge_new(const struct chains_merge_options *options);
#define chains_merge(...) chains_merge_new(CHAINS_OPTIONS(chains_merge_options, __VA_ARGS__))

/* ---- sinks: they write a record and pass it on ----------------------------------------------
 *
 * Every sink has these four:
 *   out     the caller's stream; NULL: see path
 *   path    a file, "-" or NULL for standard output; .gz and .zst are compressed. chains_reopen()
 *           closes it and opens it under its name again, so that it can be moved away before.
 *   exists  what to do with a regular file that is there already: it is refused unless the caller
 *           says otherwise. A file that the chain reads, or that another of its sinks writes, is
 *           refused in any case.
 *   flush   when to write
 * A disk that is full ends the chain; the file then ends in a whole record. A chain that cannot be
 * opened leaves files as they were.
 */

enum chains_exists {
    CHAINS_EXISTS_REFUSE,
    CHAINS_EXISTS_APPEND,
    CHAINS_EXISTS_REPLACE,
};

enum chains_flush {
    CHAINS_FLUSH_DEFAULT, /* by batch on a live source or a terminal, else by block */
    CHAINS_FLUSH_BLOCK,
    CHAINS_FLUSH_LINE, /* after every batch, and when nothing comes */
};

struct chains_packet_printer_options {
    size_t size;
    FILE *out;
    const char *path;
    enum chains_exists exists;
    enum chains_flush flush;
    bool color;
};
CHAINS_API chains_component *
chains_packet_printer_new(const struct chains_packet_printer_options *options);
#define chains_packet_printer(...)                                                             \
    chains_packet_printer_new(CHAINS_OPTIONS(chains_packet_printer_options, __VA_ARGS__))

struct chains_packet_summary_options {
    size_t size;
    FILE *out;
    const char *path;
    enum chains_exists exists;
    enum chains_flush flush;
    bool color;
};
CHAINS_API chains_component *
chains_packet_summary_new(const struct chains_packet_summary_options *options);
#define chains_packet_summary(...)                                                             \
    chains_packet_summary_new(CHAINS_OPTIONS(chains_packet_summary_options, __VA_ARGS__))

/* One line for each record with that layer; other records pass unseen. */
#define CHAINS_LINE_SINK_(name)                                                                \
    struct chains_##name##_options {                                                           \
        size_t size;                                                                           \
        FILE *out;                                                                             \
        const char *path;                                                                      \
        enum chains_exists exists;                                                             \
        enum chains_flush flush;                                                               \
        bool color;                                                                            \
    };                                                                                         \
    CHAINS_API chains_component *chains_##name##_new(                                          \
        const struct chains_##name##_options *options)

CHAINS_LINE_SINK_(flow_summary); /* a line for each flow record */
CHAINS_LINE_SINK_(url_printer);  /* a line for each request and response */
CHAINS_LINE_SINK_(dns_printer);  /* what a DNS message says, and what is weird about it */
#define chains_flow_summary(...)                                                               \
    chains_flow_summary_new(CHAINS_OPTIONS(chains_flow_summary_options, __VA_ARGS__))
#define chains_url_printer(...)                                                                \
    chains_url_printer_new(CHAINS_OPTIONS(chains_url_printer_options, __VA_ARGS__))
#define chains_dns_printer(...)                                                                \
    chains_dns_printer_new(CHAINS_OPTIONS(chains_dns_printer_options, __VA_ARGS__))

struct chains_json_lines_options {
    size_t size;
    FILE *out;
    const char *path;
    enum chains_exists exists;
    enum chains_flush flush;
    /*
     * Slots or types of layers, with commas between: "packet,transport,dns". The others are left out; number,
     * timestamp, of a packet len and caplen, and flags are always there. NULL: all layers.
     */
    const char *layers;
};
CHAINS_API chains_component *
chains_json_lines_new(const struct chains_json_lines_options *options);
#define chains_json_lines(...)                                                                 \
    chains_json_lines_new(CHAINS_OPTIONS(chains_json_lines_options, __VA_ARGS__))

/* Chosen fields, one record a line: `tshark -T fields` for chains. */
enum chains_fields_format { CHAINS_FIELDS_TSV, CHAINS_FIELDS_CSV };

struct chains_fields_options {
    size_t size;
    const char *fields; /* "packet.src,transport.dport" */
    FILE *out;
    const char *path;
    enum chains_exists exists;
    enum chains_flush flush;
    enum chains_fields_format format; /* CSV as RFC 4180 has it */
    bool no_header;                   /* leave out the line with the names */
    const char *separator;            /* between several values of one field; NULL: "," */
};
CHAINS_API chains_component *chains_fields_new(const struct chains_fields_options *options);
#define chains_fields(...) chains_fields_new(CHAINS_OPTIONS(chains_fields_options, __VA_ARGS__))

/*
 * A table of counts at the end (and on chains_reopen(), which begins anew). Every record counts as a
 * packet, whatever its kind: put where before it to count one kind alone.
 */
struct chains_count_options {
    size_t size;
    const char *by; /* "domains.dst,transport.dport"; NULL: one count of all */
    FILE *out;
    const char *path;
    enum chains_exists exists;
    enum chains_flush flush;
    uint32_t top;     /* lines shown; 0: 10 */
    uint32_t entries; /* keys held; beyond, a space-saving sketch; 0: 65536 */
    bool json;        /* one JSON object for each line of the table */
};
CHAINS_API chains_component *chains_count_new(const struct chains_count_options *options);
#define chains_count(...) chains_count_new(CHAINS_OPTIONS(chains_count_options, __VA_ARGS__))

/*
 * Packets back into a capture file: pcapng where the name ends so, else pcap. A pcapng file has the
 * TLS keys that the sources' files carry, each file of a rotation all of them.
 */
struct chains_pcap_writer_options {
    size_t size;
    FILE *out;
    const char *path;
    enum chains_exists exists;
    enum chains_flush flush;
    uint64_t rotate_size; /* bytes of a file without keys, before compression; 0: no limit */
    uint64_t rotate_time; /* nanoseconds of packet time in a file; 0: no limit */
    uint32_t keep;        /* files kept, the oldest is removed; 0: all */
    bool no_comments;     /* pcapng: without tags, names and statistics */
    bool pcapng;          /* whatever the name */
};
CHAINS_API chains_component *
chains_pcap_writer_new(const struct chains_pcap_writer_options *options);
#define chains_pcap_writer(...)                                                                \
    chains_pcap_writer_new(CHAINS_OPTIONS(chains_pcap_writer_options, __VA_ARGS__))

/* ---- plugins: classes of your own in a shared object ----------------------------------------
 *
 * A plugin is a shared object that defines, with CHAINS_PLUGIN(&class, ...) of component.h, which
 * classes it has.
 */
struct chains_plugin_handle;

/*
 * Loads one. NULL with a sentence in `error` when it cannot be, or was made for another version.
 * The handle outlives every component of its classes.
 */
CHAINS_API struct chains_plugin_handle *chains_plugin_open(const char *path, char *error,
                                                           size_t error_size);
CHAINS_API const struct chains_class *const *
chains_plugin_classes(const struct chains_plugin_handle *plugin);
CHAINS_API void chains_plugin_close(struct chains_plugin_handle *plugin);

/*
 * Writes the JSON Schema (draft 2020-12) of what json_lines prints, with a sentence for every
 * field. Returns CHAINS_OK or CHAINS_EIO.
 */
CHAINS_API int chains_json_schema(FILE *out);

#ifdef __cplusplus
}
#endif
#endif
