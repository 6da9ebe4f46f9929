/* SPDX-License-Identifier: MIT */
#ifndef DISSECT_DNS_TYPES_H
#define DISSECT_DNS_TYPES_H

/* The names that IANA has given to numbers of the DNS; NULL for a number without one. */
const char *dns_type_name(unsigned number);
const char *dns_class_name(unsigned number);
const char *dns_opcode_name(unsigned number);
const char *dns_rcode_name(unsigned number);
const char *dns_error_name(unsigned number); /* RFC 8914, "Stale Answer" */
const char *dns_param_name(unsigned number); /* keys of SVCB, RFC 9460 */

#endif
