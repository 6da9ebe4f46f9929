/* SPDX-License-Identifier: MIT */
#ifndef WEIRD_DNS_H
#define WEIRD_DNS_H

/* chains weird-dns, weird_dns: DNS messages with something odd about them. */
int weird_dns_main(int argc, char **argv);

#endif
