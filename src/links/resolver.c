/* SPDX-License-Identifier: MIT */
/*
 * What is the same for every resolver. In: the text of the option `resolver=`. Out: an address
 * and a port.
 */
#include "resolver.h"

#include <string.h>

static bool resolver_port(const char *text, uint16_t *port)
{
    unsigned long number = 0;
    if (*text == '\0' || strlen(text) > 5)
        return false;
    for (; *text; text++) {
        if (*text < '0' || *text > '9')
            return false;
        number = number * 10 + (unsigned long)(*text - '0');
    }
    *port = (uint16_t)number;
    return number > 0 && number <= 65535;
}

bool resolver_server(const char *text, struct chains_addr *addr, uint16_t *port)
{
    char host[CHAINS_ADDR_TEXT];
    *port = 0;
    if (chains_addr_parse(text, addr))
        return true;
    bool bracket = text[0] == '[';
    const char *end = strchr(text, bracket ? ']' : ':');
    size_t len = end ? (size_t)(end - text) - bracket : 0;
    if (!end || len >= sizeof host)
        return false;
    memcpy(host, text + bracket, len);
    host[len] = '\0';
    if (!chains_addr_parse(host, addr) || addr->family != (bracket ? 6 : 4))
        return false;
    end += bracket;
    return (bracket && *end == '\0') || (*end == ':' && resolver_port(end + 1, port));
}
