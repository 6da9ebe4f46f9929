/* SPDX-License-Identifier: MIT */
#ifndef EXPRESSION_PARSE_H
#define EXPRESSION_PARSE_H

#include "compile.h"

/*
 * Reads the whole of an expression and makes its program; false with a fault.
 *
 *     expression := term { ("and" | "or") term }          "and" before "or"
 *     term       := { "not" } ( "(" expression ")" | [ "any" | "all" ] FIELD [ SIGN value ] )
 *     value      := VALUE | VALUE ".." VALUE | "@" FILE | FIELD | "{" value { "," value } "}"
 */
bool parse(struct compile *compile);

#endif
