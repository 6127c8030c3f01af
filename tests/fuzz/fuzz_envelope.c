// SPDX-License-Identifier: Apache-2.0
/* Envelopes of any plaintext, opened by agent/envelope.c; and what is none. */
#include "tests/fuzz/fuzz.h"

#include <iconv.h>
#include <openssl/evp.h>
#include <string.h>

#include "agent/envelope.h"

enum { BLOCK = 16, SALT_LEN = 8, SALT_TEXT_LEN = 12, PLAIN_MAX = 2048, ROUNDS = 5000 };

enum flags {
    RAW = 1,          /* the rest is the envelope */
    WHOLE_BLOCKS = 2, /* the rest is the plaintext with whatever padding it has */
    OTHER_UUID = 4,
    SPACES = 8 /* there is white space in the envelope */
};

static const char UUID[] = "8ae2549a-7b09-4787-8f25-4487d61be128";
static const char OTHER[] = "8ae2549a-7b09-4787-8f25-4487d61be129";

/*
 * This takes the place of OpenSSL's, whose 5000 rounds are not what is looked into: the same for the same
 * password and salt.
 */
int PKCS5_PBKDF2_HMAC(const char *pass, int passlen, const unsigned char *salt, int saltlen, int iter,
                      const EVP_MD *digest, int keylen, unsigned char *out)
{
    unsigned char number = 1;

    check(saltlen == SALT_LEN && iter == ROUNDS && digest == EVP_sha1() && keylen == BLOCK);
    for (int i = 0; i < passlen; i++)
        number = (unsigned char)(number * 31 + pass[i]);
    for (int i = 0; i < keylen; i++)
        out[i] = (unsigned char)(number ^ salt[i % saltlen]);
    return 1;
}

/* --- What the plaintext is, as the C library and OpenSSL see it --- */

/* As UTF-16, which ends where Unicode does; its surrogates are no control characters. */
static enum status judge_text(const unsigned char *text, size_t len)
{
    static uint16_t units[PLAIN_MAX];
    iconv_t converter = iconv_open("UTF-16LE", "UTF-8");
    char *in = (char *)text;
    char *out = (char *)units;
    size_t room = sizeof units;
    const size_t errors = iconv(converter, &in, &len, &out, &room);

    (void)iconv_close(converter);
    if (errors != 0)
        return STATUS_PASSWORD_NOT_UTF8;
    for (const uint16_t *unit = units; (char *)unit < out; unit++) {
        if (*unit < 0x20 || (*unit >= 0x7f && *unit < 0xa0))
            return STATUS_PASSWORD_CONTROL;
    }
    return STATUS_OK;
}

static enum status judge(const unsigned char *text, size_t len)
{
    enum status status = judge_text(text, len);

    if (status == STATUS_OK && len == 0)
        return STATUS_PASSWORD_EMPTY;
    return status == STATUS_OK && len > ENVELOPE_PASSWORD_MAX ? STATUS_PASSWORD_TOO_LONG : status;
}

/* AES-128 in CBC mode; *len becomes the number of bytes in out. False for padding that is none. */
static bool run_cipher(const unsigned char *key, bool encrypts, bool padding, const unsigned char *in,
                       size_t *len, unsigned char *out)
{
    EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
    int written = 0;
    int rest = 0;
    bool is_done;

    check(context != NULL && EVP_CipherInit_ex(context, EVP_aes_128_cbc(), NULL, key, key, encrypts) == 1);
    check(EVP_CIPHER_CTX_set_padding(context, padding) == 1);
    check(EVP_CipherUpdate(context, out, &written, in, (int)*len) == 1);
    is_done = EVP_CipherFinal_ex(context, out + written, &rest) == 1;
    EVP_CIPHER_CTX_free(context);
    *len = (size_t)written + (size_t)rest;
    return is_done;
}

/* --- */

static size_t add_base64(char *blob, const unsigned char *bytes, size_t len, unsigned flags)
{
    static unsigned char text[(PLAIN_MAX + BLOCK + 2) / 3 * 4 + 1];
    const int text_len = EVP_EncodeBlock(text, bytes, (int)len);
    size_t added = 0;

    for (int i = 0; i < text_len; i++) {
        if ((flags & SPACES) != 0)
            blob[added++] = " \t\n\v\f\r"[i % 6];
        blob[added++] = (char)text[i];
    }
    return added;
}

/* Any bytes: what comes of them follows the rules, whatever they mean. */
static void open_anything(const struct secret *blob, const struct secret *uuid)
{
    struct secret password = {.len = 1};
    const enum status status = envelope_open(blob, uuid, &password);

    if (status == STATUS_OK)
        check(judge(password.bytes, password.len) == STATUS_OK && password.bytes[password.len] == '\0');
    else
        check(password.bytes == NULL && password.len == 0);
    secret_free(&password);
}

/* Opened with its own uuid: just the plaintext, or why not. */
static void open_own(const struct secret *blob, const struct secret *uuid, enum status expected,
                     const unsigned char *plain, size_t len)
{
    struct secret password = {0};
    const enum status status = envelope_open(blob, uuid, &password);

    check(status == expected);
    if (status == STATUS_OK)
        check(password.len == len && memcmp(password.bytes, plain, len) == 0);
    secret_free(&password);
}

/* Seals what the input says, and opens it. */
static void open_sealed(struct input *input, unsigned flags, const struct secret *uuid)
{
    static unsigned char plain[PLAIN_MAX + BLOCK];
    static unsigned char cipher[PLAIN_MAX + BLOCK];
    static char text[(PLAIN_MAX + 2 * BLOCK) * 3];
    const bool padding = (flags & WHOLE_BLOCKS) == 0;
    struct input sealed = {(const uint8_t *)text, 0};
    unsigned char salt[SALT_LEN];
    unsigned char key[BLOCK];
    struct secret blob;
    enum status expected = STATUS_BLOB_PADDING;
    size_t len;

    take_bytes(input, salt, sizeof salt);
    len = input->len < PLAIN_MAX ? input->len : PLAIN_MAX;
    if (!padding)
        len -= len % BLOCK;
    take_bytes(input, plain, len);
    check(PKCS5_PBKDF2_HMAC(UUID, sizeof UUID - 1, salt, SALT_LEN, ROUNDS, EVP_sha1(), BLOCK, key) == 1);
    check(run_cipher(key, true, padding, plain, &len, cipher));
    sealed.len = add_base64(text, salt, SALT_LEN, flags);
    sealed.len += add_base64(text + sealed.len, cipher, len, flags);
    blob = take_rest(&sealed);
    if (len == 0)
        expected = STATUS_BLOB_EMPTY;
    else if (run_cipher(key, false, true, cipher, &len, plain))
        expected = judge(plain, len);
    if ((flags & OTHER_UUID) != 0)
        open_anything(&blob, uuid);
    else
        open_own(&blob, uuid, expected, plain, len);
    secret_free(&blob);
}

/* The flags; then the envelope, or salt and plaintext. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    struct input input = {bytes, len};
    const unsigned flags = take_byte(&input);
    const char *text = (flags & OTHER_UUID) != 0 ? OTHER : UUID;
    struct input words = {(const uint8_t *)text, strlen(text)};
    struct secret uuid = take_rest(&words);

    if ((flags & RAW) != 0) {
        struct secret blob = take_rest(&input);

        open_anything(&blob, &uuid);
        secret_free(&blob);
    } else {
        open_sealed(&input, flags, &uuid);
    }
    secret_free(&uuid);
    return 0;
}
