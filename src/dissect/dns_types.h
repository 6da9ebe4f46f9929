/* SPDX-License-Identifier: MIT */
#ifndef DISSECT_DNS_TYPES_H
#define DISSECT_DNS_TYPES_H

#include <stdbool.h>
#include <stdint.h>

/* The names that IANA has given to numbers of the DNS; NULL for a number without one. */
const char *dns_type_name(unsigned number);
const char *dns_class_name(unsigned number);
const char *dns_opcode_name(unsigned number);
const char *dns_rcode_name(unsigned number);
const char *dns_error_name(unsigned number); /* RFC 8914, "Stale Answer" */
const char *dns_param_name(unsigned number); /* keys of SVCB, RFC 9460 */

/* The number of a type or a class; "TYPE65280" and "CLASS42" too, upper or lower case. */
bool dns_type_number(const char *name, uint16_t *number);
bool dns_class_number(const char *name, uint16_t *number);

#endif
