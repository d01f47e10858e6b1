/* Sealing small secrets with keys that follow from the site's. */
#include "vault.h"

#include <sodium.h>
#include <string.h>

#include "memory.h"

enum { OVERHEAD = crypto_secretbox_NONCEBYTES + crypto_secretbox_MACBYTES, SEALED_MAX = 4096 };

_Static_assert((int)VAULT_KEY_BYTES == (int)crypto_secretbox_KEYBYTES, "keys are those of secretbox");

void vault_key(const char *secret_key, const char *purpose, unsigned char key[VAULT_KEY_BYTES])
{
    crypto_generichash_state state;
    crypto_generichash_init(&state, NULL, 0, VAULT_KEY_BYTES);
    crypto_generichash_update(&state, (const unsigned char *)purpose, strlen(purpose) + 1);
    crypto_generichash_update(&state, (const unsigned char *)secret_key, strlen(secret_key));
    crypto_generichash_final(&state, key, VAULT_KEY_BYTES);
}

char *vault_seal(const void *context, const char *secret_key, const char *purpose, const char *text)
{
    unsigned char key[VAULT_KEY_BYTES];
    const size_t length = strlen(text), sealed = length + OVERHEAD;
    const size_t size = sodium_base64_ENCODED_LEN(sealed, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
    unsigned char *box = NEW_ARRAY(context, unsigned char, sealed);
    char *encoded = NEW_ARRAY(context, char, size);
    vault_key(secret_key, purpose, key);
    randombytes_buf(box, crypto_secretbox_NONCEBYTES);
    crypto_secretbox_easy(box + crypto_secretbox_NONCEBYTES, (const unsigned char *)text, length, box, key);
    sodium_bin2base64(encoded, size, box, sealed, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
    sodium_memzero(key, sizeof key);
    talloc_free(box);
    return encoded;
}

char *vault_open(const void *context, const char *secret_key, const char *purpose, const char *sealed)
{
    unsigned char key[VAULT_KEY_BYTES], box[SEALED_MAX];
    size_t length = 0;
    if (sodium_base642bin(box, sizeof box, sealed, strlen(sealed), NULL, &length, NULL,
                          sodium_base64_VARIANT_URLSAFE_NO_PADDING) != 0 || length < OVERHEAD)
        return NULL;
    vault_key(secret_key, purpose, key);
    char *text = NEW_ARRAY(context, char, length - OVERHEAD + 1);
    int wrong = crypto_secretbox_open_easy((unsigned char *)text, box + crypto_secretbox_NONCEBYTES,
                                           length - crypto_secretbox_NONCEBYTES, box, key);
    sodium_memzero(key, sizeof key);
    if (wrong)
        talloc_free(text);
    return wrong ? NULL : text;
}

char *vault_hash(const void *context, const char *secret_key, const char *purpose, const char *text)
{
    unsigned char key[VAULT_KEY_BYTES], hash[32];
    char hex[2 * sizeof hash + 1];
    vault_key(secret_key, purpose, key);
    crypto_generichash(hash, sizeof hash, (const unsigned char *)text, strlen(text), key, sizeof key);
    sodium_memzero(key, sizeof key);
    return memory_copy(context, sodium_bin2hex(hex, sizeof hex, hash, sizeof hash));
}
