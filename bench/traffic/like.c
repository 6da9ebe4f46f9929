/* SPDX-License-Identifier: MIT */
/*
 * Captures with a name. In: a name. Out: the kinds of conversations that a place has with their
 * weights, how many hosts, packets and conversations at a time. A weight counts conversations, of
 * which some have two packets and some thousands.
 */
#include "traffic.h"

#include <string.h>

#define HOME                                                                                   \
    "lookup:380,lookup_tcp:6,tls_web:42,web:18,upload:5,quic_web:14,chat:50,call:6,game:18,"   \
    "acks:52,ping:30,arp:50,mdns:12,dhcp:6,syn:24,half_open:8,refused:10,unreachable:6,"       \
    "udp_both:40,hole:2,half_hello:3,idle:3,dns_whole:6,http_whole:2,fragmented:2"

const struct like likes[] = {
    { "mixed", "a home or an office and 30,000 servers; 354 bytes a packet", HOME, 3000000,
      1500, 32000, 4096, 100000, 30, 4 },
    { "few", "the same with 200 hosts", HOME, 1000000, 20, 180, 512, 20000, 30, 4 },
    { "small", "acknowledgements, DNS, games: 83 bytes a packet",
      "acks:600,lookup:300,game:60,chat:12,ping:30,arp:30,syn:60,refused:20", 4800000, 3000,
      30000, 4096, 200000, 15, 4 },
    { "dns", "lookups over UDP, some over TCP",
      "lookup:900,lookup_tcp:25,dns_whole:30,dns_weird:20,dns_unanswered:5", 2000000, 3000,
      30000, 1024, 50000, 20, 1 },
    { "http", "HTTP/1.1, several requests a connection",
      "web:200,upload:30,http_whole:3,idle:2,out_of_order:1,hole:1", 2000000, 3000, 30000, 2048,
      100000, 20, 6 },
    { "tls", "TLS 1.2 and 1.3, then data", "tls_web:200,chat:6,half_hello:2,tls_whole:3",
      2000000, 3000, 30000, 2048, 100000, 20, 6 },
    { "flows", "a million connections that stay, their packets in any order",
      "alive_tcp:4,alive_udp:1", 6000000, 60000, 300000, 1002500, 1000000, 15, 0 },
    { 0 },
};

const struct like *like_of(const char *name)
{
    const struct like *like = likes;
    while (like->name && strcmp(like->name, name) != 0)
        like++;
    return like->name ? like : NULL;
}
