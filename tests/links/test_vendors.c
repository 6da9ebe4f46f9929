/* SPDX-License-Identifier: MIT */
/* Files of MAC address blocks: their forms, what is found in them, and what is none. */
#include "links/vendors.h"

#include <chains/chain.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../check.h"

static char path[] = "/tmp/chains-vendors-XXXXXX";

static int open_text(const char *text, size_t len, struct vendors **vendors, char *error)
{
    FILE *file = fopen(path, "w");
    fwrite(text, 1, len, file);
    fclose(file);
    error[0] = '\0';
    return vendors_open(vendors, path, error);
}

static const char *find(const struct vendors *vendors, const char *mac)
{
    uint8_t bytes[6];
    for (int i = 0; i < 6; i++)
        bytes[i] = (uint8_t)strtoul(mac + 3 * i, NULL, 16);
    return vendors_find(vendors, bytes);
}

static const char oui_txt[] = "OUI/MA-L                 Organization\n"
                              "company_id               Organization\n"
                              "                         Address\n\n"
                              "00-22-72   (hex)\t\tMade-up Motors Corp.\r\n"
                              "002272     (base 16)\t\tMade-up Motors Corp.\r\n"
                              "\t\t\t\t1 Nowhere Road\r\n\r\n"
                              "00-1B-C5   (hex)\t\tIEEE Registration Authority\r\n"
                              "001BC5     (base 16)\t\tIEEE Registration Authority\r\n\r\n"
                              "00-1B-C5   (hex)\t\tThird Things\n"
                              "0B2000-0B2FFF     (base 16)\t\tThird Things\n"
                              "\t\t\t\t1B2 Street\n"
                              "70-B3-D5   (hex)\t\tTwo Things\n"
                              "900000-9FFFFF     (base 16)\t\tTwo Things\n"
                              "70-B3-D5   (hex)\t\tNo Block\n"
                              "A00000-A00001     (base 16)\t\tNo Block\n"
                              "B00000-BFFFFF     (base 16)\t\tBegun By Nobody\n";

static const char csv[] = "Registry,Assignment,Organization Name,Organization Address\r\n"
                          "MA-L,002272,Made-up Motors Corp.,1 Nowhere Road\r\n"
                          "MA-L,001BC5,IEEE Registration Authority,somewhere\r\n"
                          "MA-S,001BC50B2,\"Third Things\",\"Street, Town\"\r\n"
                          "MA-M,70B3D59,Two Things,\r\n"
                          "MA-L,70B3D,No Block,\r\n"
                          "MA-L,70B3DX,No Block,\r\n"
                          "MA-L,,No Block,\r\n"
                          "MA-L,\r\n"
                          "CID,0A0B0C,Not Cards,\r\n";

static const char manuf[] = "# a comment\n\n"
                            "00:22:72\tMadeUp\tMade-up Motors Corp.\n"
                            "00:22:72\tLater\tLater Corp.\n"
                            "00:1B:C5\tIEEERegi\tIEEE Registration Authority\n"
                            "00:1B:C5:0B:20:00/36\tThird\tThird Things\n"
                            "70-B3-D5-90-00-00/28\tTwo Things\n"
                            "70:B3:D5:A0:00:00/29\tNone\tNo Block\n"
                            "70:B3:D5:A0\tNone\tNo Block\n"
                            "70:B3:\tNone\tNo Block\n"
                            "01:80:C2:00:00:00/45\tSpanning\tSpanning Tree\n"
                            "01:00:5E\tGroup\tIPv4 groups\n"
                            "02:07:01\tRacal\tSet By Hand\n";

static void check_form(const char *text, size_t len)
{
    struct vendors *vendors;
    char error[VENDORS_ERROR];
    check_eq_u64(open_text(text, len, &vendors, error), CHAINS_OK);
    if (!check(vendors != NULL)) {
        printf("# %s\n", error);
        return;
    }
    check_eq_u64(vendors_count(vendors), 3);
    check_eq_text(find(vendors, "00:22:72:00:00:00"), "Made-up Motors Corp.");
    check_eq_text(find(vendors, "00:22:72:ff:ff:ff"), "Made-up Motors Corp.");
    check_eq_text(find(vendors, "00:22:71:ff:ff:ff"), NULL);
    check_eq_text(find(vendors, "00:22:73:00:00:00"), NULL);
    check_eq_text(find(vendors, "00:1b:c5:0b:20:00"), "Third Things");
    check_eq_text(find(vendors, "00:1b:c5:0b:2f:ff"), "Third Things");
    check_eq_text(find(vendors, "00:1b:c5:0b:30:00"), NULL); /* given away in pieces */
    check_eq_text(find(vendors, "70:b3:d5:90:00:00"), "Two Things");
    check_eq_text(find(vendors, "70:b3:d5:9f:ff:ff"), "Two Things");
    check_eq_text(find(vendors, "70:b3:d5:a0:00:00"), NULL);
    check_eq_text(find(vendors, "01:22:72:00:00:00"), NULL); /* a group */
    check_eq_text(find(vendors, "02:22:72:00:00:00"), NULL); /* not of a maker */
    check_eq_text(find(vendors, "02:07:01:00:00:00"), NULL);
    check(vendors_bytes(vendors) > 1024);
    vendors_free(vendors);
}

/* The smallest block counts, whatever the order of the lines. */
static void test_nested(void)
{
    static const char text[] = "00:00:01\tA\n00:00:01:10:00:00/28\tB\n"
                               "00:00:01:12:30:00/36\tC\n";
    struct vendors *vendors;
    char error[VENDORS_ERROR];
    check_eq_u64(open_text(text, sizeof text - 1, &vendors, error), CHAINS_OK);
    check_eq_text(find(vendors, "00:00:01:12:30:00"), "C");
    check_eq_text(find(vendors, "00:00:01:12:40:00"), "B");
    check_eq_text(find(vendors, "00:00:01:20:00:00"), "A");
    vendors_free(vendors);
}

static void test_names(void)
{
    static const struct {
        const char *sent, *shown;
    } row[] = {
        { "Plain, Inc.", "Plain, Inc." },
        { "Mikrot\xc4\xabkls", "Mikrot?kls" },
        { "A\x1b[31mB", "A [31mB" },
        { "  two   blanks  ", "two blanks" },
        { "\"Quoted\"", "Quoted" },
        { "1234567890123456789012345678901234567890123456789012345678901234567890",
          "123456789012345678901234567890123456789012345678901234567890123" },
    };
    for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
        char text[200], error[VENDORS_ERROR];
        struct vendors *vendors;
        int len = snprintf(text, sizeof text, "00:00:01\tShort\t%s\n", row[i].sent);
        check_eq_u64(open_text(text, (size_t)len, &vendors, error), CHAINS_OK);
        check_eq_text(find(vendors, "00:00:01:00:00:00"), row[i].shown);
        check_eq_text(error, "");
        vendors_free(vendors);
    }
}

static void check_useless(const char *text, size_t len)
{
    struct vendors *vendors;
    char error[VENDORS_ERROR];
    check_eq_u64(open_text(text, len, &vendors, error), CHAINS_EFORMAT);
    check(vendors == NULL && strstr(error, path) && strstr(error, "manuf"));
}

static void test_useless(void)
{
    static const char binary[] = "\x7f"
                                 "ELF\0\0\0\n\0\0\xff\xff";
    struct vendors *vendors;
    char error[VENDORS_ERROR];
    check_useless("", 0);
    check_useless("hello\n", 6);
    check_useless(binary, sizeof binary - 1);
    check_useless("01:00:5e\tGroup\n", 15);
    check_useless("00:00:01\t\n", 10);
    static const char *const names[] = { "/nonexistent/oui.txt", "/tmp", "/dev/null" };
    static const char *const why[] = { "No such file", "not a regular file",
                                       "not a regular file" };
    for (unsigned i = 0; i < 3; i++) {
        check_eq_u64(vendors_open(&vendors, names[i], error), CHAINS_EIO);
        check(vendors == NULL && strstr(error, names[i]) == error);
        check(strstr(error, why[i]) != NULL);
    }
}

/* Every prefix of a file of every form, and no more blocks than the ceiling. */
static void test_limits(void)
{
    struct vendors *vendors;
    char error[VENDORS_ERROR];
    static const char *const forms[] = { oui_txt, csv, manuf };
    bool sound = true;
    for (unsigned i = 0; i < 3; i++)
        for (size_t len = 0; len < strlen(forms[i]); len++) {
            int status = open_text(forms[i], len, &vendors, error);
            sound &= status == CHAINS_OK ? vendors_count(vendors) > 0 : vendors == NULL;
            vendors_free(vendors);
        }
    check(sound);
    enum { LINES = 120000, LINE = 16 };
    char *text = malloc((size_t)LINES * LINE + 1);
    size_t len = 0;
    for (unsigned i = 0; i < LINES; i++)
        len += (size_t)sprintf(text + len, "%02x:%02x:%02x\tMaker%u\n", i >> 16 << 2,
                               i >> 8 & 255, i & 255, i % 10);
    check_eq_u64(open_text(text, len, &vendors, error), CHAINS_OK);
    check_eq_u64(vendors_count(vendors), VENDORS_MOST);
    check(strstr(error, path) == error && strstr(error, "more than is kept"));
    check(vendors_bytes(vendors) < 16u * 1024 * 1024);
    check_eq_text(find(vendors, "00:00:07:00:00:00"), "Maker7");
    vendors_free(vendors);
    free(text);
}

int main(void)
{
    close(mkstemp(path));
    check_form(oui_txt, sizeof oui_txt - 1);
    check_form(csv, sizeof csv - 1);
    check_form(manuf, sizeof manuf - 1);
    check_form(manuf, sizeof manuf - 2); /* without an end to the last line */
    test_nested();
    test_names();
    test_useless();
    test_limits();
    unlink(path);
    return check_done();
}
