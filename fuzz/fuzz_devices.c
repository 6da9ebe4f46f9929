/* SPDX-License-Identifier: MIT */
/*
 * Any bytes as what names devices: the first one says as which. Names that come out are printable and
 * short, lists no longer than their room, and a second reading is equal. Build and run:
 *
 *     script/fuzz devices 60
 */
#include "../src/dissect/dhcp.h"
#include "../src/dissect/netbios.h"
#include "../src/links/devices.h"
#include "../src/links/vendor_line.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
    if (!holds)
        abort();
}

/* What may be shown, of whatever a device has sent. */
static void check_name(const char *sent, size_t len)
{
    char name[DEVICES_NAME], again[DEVICES_NAME];
    memset(name, 0x55, sizeof name);
    if (!device_name(name, (struct chains_bytes){ (const uint8_t *)sent, len }))
        return;
    size_t shown = strlen(name);
    must(shown > 0 && shown < DEVICES_NAME && shown <= len);
    for (size_t i = 0; i < shown; i++)
        must((name[i] >= '0' && name[i] <= '9') || (name[i] >= 'A' && name[i] <= 'Z') ||
             (name[i] >= 'a' && name[i] <= 'z') || strchr("-._", name[i]));
    struct chains_bytes same = { (const uint8_t *)name, shown };
    must(device_name(again, same) && strcmp(name, again) == 0);
}

static void check_dhcp(struct chains_bytes bytes)
{
    struct dhcp one, two;
    memset(&one, 0xaa, sizeof one);
    memset(&two, 0x55, sizeof two);
    bool good = dhcp_read(bytes, &one);
    must(good == dhcp_read(bytes, &two));
    if (!good)
        return;
    must(one.name_len < DHCP_NAME && strlen(one.name) == one.name_len);
    must(one.name_len == two.name_len && strcmp(one.name, two.name) == 0);
    check_name(one.name, one.name_len);
}

static void check_dhcp6(struct chains_bytes bytes)
{
    struct dhcp6 one;
    memset(&one, 0xaa, sizeof one);
    if (!dhcp6_read(bytes, &one))
        return;
    must(one.count <= DHCP_ADDRESSES);
    must(one.name_len < DHCP_NAME && strlen(one.name) == one.name_len);
    for (unsigned i = 0; i < one.count; i++)
        must(one.addr[i].family == 6);
    check_name(one.name, one.name_len);
}

static void check_netbios(struct chains_bytes bytes, bool datagram)
{
    struct netbios one;
    memset(&one, 0xaa, sizeof one);
    if (!(datagram ? netbios_read_datagram(bytes, &one) : netbios_read(bytes, &one)))
        return;
    must(one.kind >= NETBIOS_CLAIM && one.kind <= NETBIOS_DATAGRAM);
    must(one.name_len > 0 && one.name_len < NETBIOS_NAME && one.count <= NETBIOS_ADDRESSES);
    must((one.count == 0) == (one.kind == NETBIOS_STATUS));
    check_name(one.name, one.name_len);
}

static void check_vendor_lines(struct chains_bytes bytes)
{
    struct vendor_lines lines = { .any = false };
    while (bytes.len) {
        const uint8_t *end = memchr(bytes.at, '\n', bytes.len);
        struct chains_bytes line = { bytes.at, end ? (size_t)(end - bytes.at) : bytes.len };
        struct vendor_block block = { .bits = 0 };
        if (vendor_line(&lines, line, &block)) {
            must(block.bits == 24 || block.bits == 28 || block.bits == 36);
            must(block.first >> 48 == 0 && !(block.first >> 40 & 3));
            must(block.name.len <= line.len);
            must(block.name.len == 0 || (block.name.at >= line.at &&
                                         block.name.at + block.name.len <= line.at + line.len));
        }
        bytes.len -= line.len + (end != NULL);
        bytes.at += line.len + (end != NULL);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    struct chains_bytes bytes = { data + 1, size - 1 };
    switch (data[0] % 6) {
    case 0:
        check_dhcp(bytes);
        break;
    case 1:
        check_dhcp6(bytes);
        break;
    case 2:
    case 3:
        check_netbios(bytes, data[0] % 6 == 3);
        break;
    case 4:
        check_name((const char *)bytes.at, bytes.len);
        break;
    default:
        check_vendor_lines(bytes);
        break;
    }
    return 0;
}
