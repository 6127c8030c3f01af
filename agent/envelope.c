// SPDX-License-Identifier: Apache-2.0
#include "agent/envelope.h"

#include <stdint.h>

#include "agent/base64.h"
#include "agent/text.h"
#include "platform/crypto.h"

enum { SALT_TEXT_LEN = 12, SALT_SPACE = BASE64_DECODED_MAX(SALT_TEXT_LEN), SALT_LEN = 8, ITERATIONS = 5000 };

static bool is_white_space(unsigned char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

/* Copies blob without its white space to text, which must have room for all of it. */
static void strip_white_space(const struct secret *blob, struct secret *text)
{
    for (size_t i = 0; i < blob->len; i++) {
        if (!is_white_space(blob->bytes[i]))
            (void)secret_append(text, &blob->bytes[i], 1);
    }
}

/* Splits and decodes the envelope; *ciphertext must be as large as text. */
static enum status decode(const struct secret *text, unsigned char salt[SALT_SPACE],
                          struct secret *ciphertext)
{
    const char *characters = secret_text(text);
    size_t salt_len;

    if (text->len < SALT_TEXT_LEN)
        return STATUS_BLOB_TOO_SHORT;
    if (!base64_decode(characters, SALT_TEXT_LEN, salt, &salt_len) || salt_len != SALT_LEN)
        return STATUS_BLOB_NOT_BASE64;
    if (text->len == SALT_TEXT_LEN)
        return STATUS_BLOB_EMPTY;
    if (!base64_decode(characters + SALT_TEXT_LEN, text->len - SALT_TEXT_LEN, ciphertext->bytes,
                       &ciphertext->len))
        return STATUS_BLOB_NOT_BASE64;
    return ciphertext->len % CRYPTO_AES_BLOCK == 0 ? STATUS_OK : STATUS_BLOB_LENGTH;
}

static enum status decrypt(const struct secret *ciphertext, const unsigned char salt[SALT_LEN],
                           const struct secret *uuid, struct secret *plaintext)
{
    unsigned char key[CRYPTO_AES128_KEY];
    enum status status;

    status = crypto_pbkdf2_sha1(secret_text(uuid), uuid->len, salt, SALT_LEN, ITERATIONS, key, sizeof key);
    if (status == STATUS_OK)
        status = crypto_aes128_cbc_decrypt(key, key, ciphertext->bytes, ciphertext->len, plaintext->bytes);
    if (status == STATUS_OK)
        plaintext->len = ciphertext->len;
    crypto_wipe(key, sizeof key);
    return status;
}

/* Checks and removes the padding of PKCS #7 (RFC 5652, 6.3). */
static enum status unpad(struct secret *plaintext)
{
    size_t padding = plaintext->bytes[plaintext->len - 1];

    if (padding < 1 || padding > CRYPTO_AES_BLOCK)
        return STATUS_BLOB_PADDING;
    for (size_t i = 1; i <= padding; i++) {
        if (plaintext->bytes[plaintext->len - i] != padding)
            return STATUS_BLOB_PADDING;
    }
    plaintext->len -= padding;
    plaintext->bytes[plaintext->len] = '\0';
    return STATUS_OK;
}

/* UTF-8 first, over the whole text: where it fails the key was wrong, and control characters mean nothing. */
static enum status check_characters(const struct secret *text)
{
    bool control = false;
    uint32_t point;
    size_t step;

    for (size_t i = 0; i < text->len; i += step) {
        step = text_read_character(text->bytes + i, text->len - i, &point);
        if (step == 0)
            return STATUS_PASSWORD_NOT_UTF8;
        control = control || text_is_control(point);
    }
    return control ? STATUS_PASSWORD_CONTROL : STATUS_OK;
}

static enum status check_password(struct secret *plaintext)
{
    enum status status = unpad(plaintext);

    if (status == STATUS_OK)
        status = check_characters(plaintext);
    if (status != STATUS_OK)
        return status;
    if (plaintext->len == 0)
        return STATUS_PASSWORD_EMPTY;
    return plaintext->len > ENVELOPE_PASSWORD_MAX ? STATUS_PASSWORD_TOO_LONG : STATUS_OK;
}

enum status envelope_open(const struct secret *blob, const struct secret *uuid, struct secret *password)
{
    unsigned char salt[SALT_SPACE] = {0};
    struct secret text = {0};
    struct secret ciphertext = {0};
    enum status status = STATUS_NO_MEMORY;

    *password = (struct secret){0};
    if (secret_alloc(&text, blob->len) != STATUS_OK || secret_alloc(&ciphertext, blob->len) != STATUS_OK ||
        secret_alloc(password, blob->len) != STATUS_OK)
        goto out;
    strip_white_space(blob, &text);
    status = decode(&text, salt, &ciphertext);
    if (status == STATUS_OK)
        status = decrypt(&ciphertext, salt, uuid, password);
    if (status == STATUS_OK)
        status = check_password(password);
out:
    crypto_wipe(salt, sizeof salt);
    secret_free(&text);
    secret_free(&ciphertext);
    if (status != STATUS_OK)
        secret_free(password);
    return status;
}
