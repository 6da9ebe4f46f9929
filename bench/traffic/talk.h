/* SPDX-License-Identifier: MIT */
#ifndef TRAFFIC_TALK_H
#define TRAFFIC_TALK_H

#include "traffic.h"

/* Messages; each returns its length, at most FRAME_PAYLOAD - 2. */
size_t talk_client_hello(struct talk *talk, uint8_t *out);
size_t talk_server_hello(struct talk *talk, uint8_t *out);
size_t talk_tls_data(struct talk *talk, uint8_t *out, size_t len);
size_t talk_dns_message(struct talk *talk, bool response, uint8_t *out);

/* The name of a server: "img3.tobilado.example". */
enum { TALK_NAME = 40 };
size_t talk_server_name(uint32_t server, char *out);

/* Kinds; see talk_step. */
bool talk_http(const struct traffic *traffic, struct talk *talk, struct frame *out);
bool talk_idle(const struct traffic *traffic, struct talk *talk, struct frame *out);
bool talk_tls(const struct traffic *traffic, struct talk *talk, struct frame *out);
bool talk_half_hello(const struct traffic *traffic, struct talk *talk, struct frame *out);
bool talk_dns_tcp(const struct traffic *traffic, struct talk *talk, struct frame *out);
bool talk_hole(const struct traffic *traffic, struct talk *talk, struct frame *out);
bool talk_out_of_order(const struct traffic *traffic, struct talk *talk, struct frame *out);
bool talk_syn(const struct traffic *traffic, struct talk *talk, struct frame *out);
bool talk_half_open(const struct traffic *traffic, struct talk *talk, struct frame *out);
bool talk_refused(const struct traffic *traffic, struct talk *talk, struct frame *out);
bool talk_udp(const struct traffic *traffic, struct talk *talk, struct frame *out);
bool talk_udp_both(const struct traffic *traffic, struct talk *talk, struct frame *out);
bool talk_ping(const struct traffic *traffic, struct talk *talk, struct frame *out);
bool talk_unreachable(const struct traffic *traffic, struct talk *talk, struct frame *out);
bool talk_dns(const struct traffic *traffic, struct talk *talk, struct frame *out);
bool talk_dns_unanswered(const struct traffic *traffic, struct talk *talk, struct frame *out);
bool talk_dns_weird(const struct traffic *traffic, struct talk *talk, struct frame *out);
bool talk_fragment(const struct traffic *traffic, struct talk *talk, struct frame *out);
bool talk_fragmented(const struct traffic *traffic, struct talk *talk, struct frame *out);
bool talk_dhcp(const struct traffic *traffic, struct talk *talk, struct frame *out);
bool talk_mdns(const struct traffic *traffic, struct talk *talk, struct frame *out);
bool talk_arp(const struct traffic *traffic, struct talk *talk, struct frame *out);

/* Kinds with amounts as there are in use; of talk_web.c and talk_use.c. */
bool talk_web(const struct traffic *traffic, struct talk *talk, struct frame *out);
bool talk_upload(const struct traffic *traffic, struct talk *talk, struct frame *out);
bool talk_tls_web(const struct traffic *traffic, struct talk *talk, struct frame *out);
bool talk_chat(const struct traffic *traffic, struct talk *talk, struct frame *out);
bool talk_acks(const struct traffic *traffic, struct talk *talk, struct frame *out);
bool talk_quic_web(const struct traffic *traffic, struct talk *talk, struct frame *out);
bool talk_call(const struct traffic *traffic, struct talk *talk, struct frame *out);
bool talk_game(const struct traffic *traffic, struct talk *talk, struct frame *out);
bool talk_lookup(const struct traffic *traffic, struct talk *talk, struct frame *out);
bool talk_lookup_tcp(const struct traffic *traffic, struct talk *talk, struct frame *out);
bool talk_alive_tcp(const struct traffic *traffic, struct talk *talk, struct frame *out);
bool talk_alive_udp(const struct traffic *traffic, struct talk *talk, struct frame *out);

#endif
