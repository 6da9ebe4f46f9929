/* SPDX-License-Identifier: MIT */
/*
 * What is not said by a table: how a chain is written, and how an expression. docs/chains-words.md
 * and docs/expressions.md say the same at length.
 */
#include "topics.h"

#include <stddef.h>

static const char topics_words[] =
    "A chain as words\n"
    "\n"
    "  chains run capture.pcap ! packet_meta ! where 'tcp.dport == 443' ! packet_summary\n"
    "\n"
    "A chain is a source, any number of links, and a sink, with a word \"!\" between them.\n"
    "Behind a component's name come its options:\n"
    "\n"
    "  chain   PART ! PART ! PART ...\n"
    "  part    NAME [OPTION=VALUE]..., or VALUE alone for the option that may stand so\n"
    "          tee [ CHAIN ] [ CHAIN ]...     the last: each record goes to every branch\n"
    "          merge [ CHAIN ] [ CHAIN ]...   the first: one chain out of several, by time\n"
    "\n"
    "The words \"!\", \"[\" and \"]\" stand alone, with blanks around them. What follows a\n"
    "tee behind \"!\" is one more branch. A first word that names no component but a file,\n"
    "\"-\" (standard input) or an interface is read by packet_streamer. A chain, or a branch\n"
    "of a tee, that ends in a link prints JSON lines.\n"
    "\n"
    "Values: a number (53); a size in bytes (1500, 64K, 100M, 2G; K is 1024); a duration\n"
    "(10ms, 1.5s, 5m, 2h; a number alone is seconds); yes or no; one of several words; text.\n"
    "An option that is a list is given again for each of its items. \"chains help COMPONENT\"\n"
    "says which is which.\n"
    "\n"
    "In words the shell takes quotes away and puts variables in. In a file (-f FILE.chain):\n"
    "\n"
    "  # begins a comment        line ends are blanks\n"
    "  '...'                     is taken as it is\n"
    "  \"...\"                     the same, but for $, and \\ before \\ \" and $\n"
    "  \\                         outside of quotes: the next character means nothing\n"
    "  $NAME ${NAME}             the value of --set NAME=VALUE, else of the environment\n"
    "  ${NAME:-DEFAULT}          the same, or DEFAULT where there is none\n"
    "\n"
    "A value that is put in is never split into words, nor looked at for \"!\" and brackets.\n"
    "\n"
    "  # dns.chain: chains run --set IN=eth0 -f dns.chain\n"
    "  ${IN:--}\n"
    "    ! packet_meta ! reverse_dns\n"
    "    ! where 'transport.dport == 53 or transport.sport == 53'\n"
    "    ! tee [ packet_summary ]\n"
    "          [ json_lines path=dns.jsonl.gz exists=append ]\n"
    "\n"
    "chains run --check says what is wrong with a chain and runs nothing; --print prints\n"
    "words as such a file.\n";

static const char topics_expressions[] =
    "Expressions\n"
    "\n"
    "What where keeps, and what a rule of tagger tags. \"chains fields\" lists the fields.\n"
    "\n"
    "  transport.dport == 53                   == != < <= > >=\n"
    "  packet.src in {10.0.0.0/8, 192.0.2.1}   values, prefixes, and ranges: 1000..2000\n"
    "  packet.dst in @blocklist.txt            the same from a file, one a line\n"
    "  domains.dst contains \"example\"          a part of a text\n"
    "  domains.dst matches \"^www[0-9]*[.]\"     a regular expression (PCRE2)\n"
    "  tcp.flags has syn                       a flag or tag is there; has {syn, ack}: all\n"
    "  packet.src == packet.dst                two fields\n"
    "  udp        tcp.mss                      the layer, or the field, is there\n"
    "  a and b    a or b    not a              not binds first, or last; (...) groups\n"
    "\n"
    "A layer is named by its slot (packet, transport) or by its type (ip, ip6, arp, tcp,\n"
    "udp): transport.dport is there in TCP and UDP, tcp.window in TCP alone.\n"
    "\n"
    "What a record does not have compares with nothing: transport.dport != 53 is false for\n"
    "ARP, not transport.dport == 53 is true. Of a field with several values (eth.vlan,\n"
    "outer.src) one has to compare, for != all of them; \"any\" or \"all\" before the field\n"
    "says otherwise.\n"
    "\n"
    "Values: numbers 53, 0x35, 64k; addresses 192.0.2.1, 2001:db8::1, prefixes 10.0.0.0/8;\n"
    "MAC addresses 02:00:5e:10:00:01, or their first three bytes; text in \"...\" with\n"
    "\\n \\t \\r \\\\ \\\" \\xNN; names of a field's values (tcp.word == syn_ack), as\n"
    "\"chains fields LAYER\" lists them; durations 10ms, 1.5s, 2h; times in UTC:\n"
    "2024-01-02T03:04:05Z, or the front of that.\n"
    "\n"
    "  where 'packet.dst in {8.8.8.8, 1.1.1.1} and transport.dport == 53'\n"
    "  where 'len > 1000 and not tags has internal'\n"
    "  tagger rule='resolver: packet.dst in {8.8.8.8, 1.1.1.1}' rules=site.rules\n"
    "\n"
    "A shell wants the whole expression as one word: in '...'. A mistake is found before\n"
    "anything runs, with a mark under it.\n";

const struct topic topics[] = {
    { "words", "how a chain is written, in words and in a file", topics_words },
    { "expressions", "how an expression is written, for where and tagger", topics_expressions },
    { NULL, NULL, NULL },
};
