/* SPDX-License-Identifier: MIT */
#ifndef CHAINS_H
#define CHAINS_H

#include <chains/bytes.h>
#include <chains/field.h>
#include <chains/record.h>
#include <chains/chain.h>
#include <chains/dissect.h>
#include <chains/component.h>
#include <chains/components.h>

#include <chains/layer/arp.h>
#include <chains/layer/dns.h>
#include <chains/layer/domains.h>
#include <chains/layer/eth.h>
#include <chains/layer/flow.h>
#include <chains/layer/http.h>
#include <chains/layer/icmp.h>
#include <chains/layer/ip.h>
#include <chains/layer/link.h>
#include <chains/layer/mpls.h>
#include <chains/layer/quic.h>
#include <chains/layer/stream.h>
#include <chains/layer/tags.h>
#include <chains/layer/tcp.h>
#include <chains/layer/tls.h>
#include <chains/layer/transport.h>
#include <chains/layer/tunnel.h>
#include <chains/layer/udp.h>
#include <chains/layer/weird.h>

#endif
