# SPDX-License-Identifier: MIT
"""What a soak runs: the commands and chains, by name, as words behind the program."""
import os

STREAMS = "! packet_meta ! flows ! dns_meta ! tls_meta ! quic_meta ! http_meta"

# {folder}: one of its own, empty. A chain reads standard input.
COMMANDS = {
    "summary": "netwatch --stats -s -r -",
    "verbose": "netwatch --stats -v -r -",
    "json": "netwatch --stats --json -r -",
    "flows": "flows --stats -r -",
    "flows-json": "flows --stats --json -r -",
    "urlwatch": "urlwatch --stats -r -",
    "urlwatch-json": "urlwatch --stats --json -r -",
    "weird-dns": "weird_dns --stats -r -",
    "count": "run --stats - ! packet_meta ! count by=packet.src,packet.dst,transport.dport",
    "fields": "run --stats - ! packet_meta ! transport_meta ! fields "
              "fields=timestamp,packet.src,packet.dst,transport.dport",
    "names": "run --stats - ! packet_meta ! dns_meta ! hello_meta ! reverse_dns mode=passive ! "
             "tagger ! packet_summary",
    "writer": "run --stats - ! packet_meta ! pcap_writer path={folder}/out.pcap rotate_size=64M "
              "keep=3",
    "tee": "run --stats - " + STREAMS + " ! dns_weird ! reverse_dns mode=passive ! tagger ! tee "
           "[ json_lines /dev/null ] [ count by=packet.dst path={folder}/count ] "
           "[ where flow ! flow_summary /dev/null ] [ url_printer /dev/null ] "
           "[ pcap_writer path={folder}/out.pcapng rotate_size=64M keep=3 ]",
}

# Every component at once with small ceilings, which are reached soon.
SHORT = ("run --stats - ! packet_meta ! flows flows=4096 waiting_all=1M parsers=4M ! "
         "dns_meta pending=512 ! tls_meta certificates=64 ! quic_meta ! http_meta ! "
         "dns_weird entries=256 ! reverse_dns mode=passive cache_size=1024 ! tagger ! tee "
         "[ json_lines /dev/null ] [ count by=packet.dst entries=1024 path={folder}/count ] "
         "[ where flow ! flow_summary /dev/null ] [ url_printer /dev/null ] "
         "[ fields fields=timestamp,packet.src path=/dev/null ] "
         "[ packet_printer /dev/null ] "
         "[ pcap_writer path={folder}/out.pcapng rotate_size=1M keep=3 ]")


def words(chains, text, folder):
    """The program and its words."""
    return [chains] + [word.replace("{folder}", os.path.abspath(folder)) for word in text.split()]
