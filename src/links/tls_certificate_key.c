/* SPDX-License-Identifier: MIT */
/*
 * How large the key of a certificate says it is. In: the key as it is encoded, of anybody. Out: the
 * kind and the bits, as libcrypto counts them. Kept: no key is made of it, for that takes libcrypto
 * ten times as long as all the rest of a certificate.
 */
#include "tls_certificate_key.h"

#include <chains/bytes.h>

#include <openssl/evp.h>
#include <openssl/objects.h>

/* The content of the next element of DER, which has this tag. */
static struct chains_reader der_next(struct chains_reader *in, uint8_t tag)
{
    if (chains_read_u8(in) != tag)
        in->failed = true;
    size_t len = chains_read_u8(in);
    unsigned more = len & 0x80 ? len & 0x7f : 0;
    for (len = more ? 0 : len; more > 0 && !in->failed; more--)
        len = len << 8 | chains_read_u8(in);
    return chains_read_block(in, len);
}

/* Bits of the first number of a sequence: the modulus of RSA, the prime of DSA. 0: there is none. */
static uint32_t first_number_bits(struct chains_bytes der)
{
    struct chains_reader in = chains_reader_over(der);
    struct chains_reader sequence = der_next(&in, V_ASN1_SEQUENCE | V_ASN1_CONSTRUCTED);
    struct chains_reader number = der_next(&sequence, V_ASN1_INTEGER);
    uint8_t first = chains_read_u8(&number);
    while (first == 0 && chains_left(&number) > 0)
        first = chains_read_u8(&number);
    if (in.failed || sequence.failed || number.failed || first == 0)
        return 0;
    unsigned top = 8;
    for (; !(first & 0x80); first = (uint8_t)(first << 1))
        top--;
    return (uint32_t)chains_left(&number) * 8 + top;
}

/* Bits of the orders of all curves that libcrypto knows by name. */
static const struct {
    int curve;
    uint32_t bits;
} curves[] = {
    { NID_secp112r1, 112 },
    { NID_secp112r2, 110 },
    { NID_secp128r1, 128 },
    { NID_secp128r2, 126 },
    { NID_secp160k1, 161 },
    { NID_secp160r1, 161 },
    { NID_secp160r2, 161 },
    { NID_secp192k1, 192 },
    { NID_secp224k1, 225 },
    { NID_secp224r1, 224 },
    { NID_secp256k1, 256 },
    { NID_secp384r1, 384 },
    { NID_secp521r1, 521 },
    { NID_X9_62_prime192v1, 192 },
    { NID_X9_62_prime192v2, 192 },
    { NID_X9_62_prime192v3, 192 },
    { NID_X9_62_prime239v1, 239 },
    { NID_X9_62_prime239v2, 239 },
    { NID_X9_62_prime239v3, 239 },
    { NID_X9_62_prime256v1, 256 },
    { NID_sect113r1, 113 },
    { NID_sect113r2, 113 },
    { NID_sect131r1, 131 },
    { NID_sect131r2, 131 },
    { NID_sect163k1, 163 },
    { NID_sect163r1, 162 },
    { NID_sect163r2, 163 },
    { NID_sect193r1, 193 },
    { NID_sect193r2, 193 },
    { NID_sect233k1, 232 },
    { NID_sect233r1, 233 },
    { NID_sect239k1, 238 },
    { NID_sect283k1, 281 },
    { NID_sect283r1, 282 },
    { NID_sect409k1, 407 },
    { NID_sect409r1, 409 },
    { NID_sect571k1, 570 },
    { NID_sect571r1, 570 },
    { NID_X9_62_c2pnb163v1, 163 },
    { NID_X9_62_c2pnb163v2, 162 },
    { NID_X9_62_c2pnb163v3, 162 },
    { NID_X9_62_c2pnb176v1, 161 },
    { NID_X9_62_c2tnb191v1, 191 },
    { NID_X9_62_c2tnb191v2, 190 },
    { NID_X9_62_c2tnb191v3, 189 },
    { NID_X9_62_c2pnb208w1, 193 },
    { NID_X9_62_c2tnb239v1, 238 },
    { NID_X9_62_c2tnb239v2, 237 },
    { NID_X9_62_c2tnb239v3, 236 },
    { NID_X9_62_c2pnb272w1, 257 },
    { NID_X9_62_c2pnb304w1, 289 },
    { NID_X9_62_c2tnb359v1, 353 },
    { NID_X9_62_c2pnb368w1, 353 },
    { NID_X9_62_c2tnb431r1, 418 },
    { NID_wap_wsg_idm_ecid_wtls1, 112 },
    { NID_wap_wsg_idm_ecid_wtls3, 163 },
    { NID_wap_wsg_idm_ecid_wtls4, 113 },
    { NID_wap_wsg_idm_ecid_wtls5, 163 },
    { NID_wap_wsg_idm_ecid_wtls6, 112 },
    { NID_wap_wsg_idm_ecid_wtls7, 161 },
    { NID_wap_wsg_idm_ecid_wtls8, 113 },
    { NID_wap_wsg_idm_ecid_wtls9, 161 },
    { NID_wap_wsg_idm_ecid_wtls10, 232 },
    { NID_wap_wsg_idm_ecid_wtls11, 233 },
    { NID_wap_wsg_idm_ecid_wtls12, 224 },
    { NID_ipsec3, 154 },
    { NID_ipsec4, 184 },
    { NID_brainpoolP160r1, 160 },
    { NID_brainpoolP160t1, 160 },
    { NID_brainpoolP192r1, 192 },
    { NID_brainpoolP192t1, 192 },
    { NID_brainpoolP224r1, 224 },
    { NID_brainpoolP224t1, 224 },
    { NID_brainpoolP256r1, 256 },
    { NID_brainpoolP256t1, 256 },
    { NID_brainpoolP320r1, 320 },
    { NID_brainpoolP320t1, 320 },
    { NID_brainpoolP384r1, 384 },
    { NID_brainpoolP384t1, 384 },
    { NID_brainpoolP512r1, 512 },
    { NID_brainpoolP512t1, 512 },
    { NID_sm2, 256 },
};

/* 0: another curve, or one that is spelled out. */
static uint32_t curve_bits(int kind, const void *curve)
{
    int number = kind == V_ASN1_OBJECT ? OBJ_obj2nid(curve) : NID_undef;
    for (size_t i = 0; i < sizeof curves / sizeof *curves; i++)
        if (curves[i].curve == number)
            return curves[i].bits;
    return 0;
}

uint32_t tls_certificate_key_bits(const X509_PUBKEY *of, int *type)
{
    ASN1_OBJECT *object = NULL;
    const uint8_t *key = NULL;
    const void *parameters = NULL;
    X509_ALGOR *algorithm = NULL;
    int len = 0, kind = V_ASN1_UNDEF;
    X509_PUBKEY_get0_param(&object, &key, &len, &algorithm, of);
    X509_ALGOR_get0(NULL, &kind, &parameters, algorithm);
    *type = OBJ_obj2nid(object);
    if (*type == EVP_PKEY_RSA2)
        *type = EVP_PKEY_RSA;
    const ASN1_STRING *text = kind == V_ASN1_SEQUENCE ? parameters : NULL;
    switch (*type) {
    case EVP_PKEY_RSA:
    case EVP_PKEY_RSA_PSS:
        return first_number_bits((struct chains_bytes){ key, len > 0 ? (size_t)len : 0 });
    case EVP_PKEY_DSA:
    case EVP_PKEY_DH:
    case EVP_PKEY_DHX:
        return text ? first_number_bits((struct chains_bytes){
                          ASN1_STRING_get0_data(text), (size_t)ASN1_STRING_length(text) })
                    : 0;
    case EVP_PKEY_EC:
        return curve_bits(kind, parameters);
    case EVP_PKEY_X25519:
        return 253; /* as libcrypto counts them */
    case EVP_PKEY_X448:
        return 448;
    case EVP_PKEY_ED25519:
        return 256;
    case EVP_PKEY_ED448:
        return 456;
    default:
        return 0;
    }
}
