/* Passwords and tokens: made, hashed, and compared in constant time. */
#include "password.h"

#include <sodium.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <zxcvbn.h>

#include "memory.h"

enum {
    OPERATIONS = 2,
    MEMORY = 19 * 1024 * 1024,
    MIN_CHARACTERS = 8,
    MAX_BYTES = 1024,
    MIN_BITS = 25, /* more guesses than throttling lets through in sixty years */
    LOOKED_AT = 100,
    SHORTEST_WORD = 3,
    GROUPS = 4,
    GROUP_LENGTH = 5,
    TOKEN_BYTES = 32,
};

/* What the library does not know and people choose here. */
static const char *const own_words[] = { "roster", "correcthorsebatterystaple", "passwort", "changeit" };

/* The words that a guess begins with. */
struct words {
    const void *context;
    const char **list; /* ends with NULL */
    size_t count;
};

static size_t characters(const char *text)
{
    size_t count = 0;
    for (; *text; text++)
        count += ((unsigned char)*text & 0xc0) != 0x80;
    return count;
}

/* zxcvbn knows some ten thousands of passwords that leaked, words and names of several languages, keyboard rows, dates and
 * sequences, and what people do to them: "P@ssw0rd123!" has six bits. It looks at the beginning of what is very long, which is
 * strong enough or stands for the rest: its work grows with the square of the length. */
static bool is_common(const char *password, const struct words *words)
{
    char start[LOOKED_AT + 1] = "";
    memcpy(start, password, strnlen(password, LOOKED_AT));
    double bits = ZxcvbnMatch(start, words->list, NULL);
    sodium_memzero(start, sizeof start);
    return bits < MIN_BITS;
}

static void add_word(struct words *words, const char *word, size_t length)
{
    if (length < SHORTEST_WORD)
        return;
    words->list = GROW_ARRAY(words->context, const char *, words->list, words->count + 2);
    words->list[words->count++] = memory_copy_length(words->context, word, length);
    words->list[words->count] = NULL;
}

/* "Ann Lee" and "ann.lee@example.com": as a whole, and each part of it. The library does not mind the letters' size. */
static void add_words(struct words *words, const char *text)
{
    static const char between[] = " .,@-_+/'\"()";
    add_word(words, text, strlen(text));
    for (text += strspn(text, between); *text; text += strspn(text, between)) {
        const size_t length = strcspn(text, between);
        add_word(words, text, length);
        text += length;
    }
}

const char *password_refuse(const void *context, const char *password, const char *const *about, size_t count)
{
    struct words words = { .context = context };
    if (characters(password) < MIN_CHARACTERS)
        return memory_printf(context, "Enter a password of at least %d characters", MIN_CHARACTERS);
    if (strlen(password) > MAX_BYTES)
        return memory_printf(context, "Enter a password of at most %d characters", MAX_BYTES);
    for (size_t i = 0; i < sizeof own_words / sizeof *own_words; i++)
        add_word(&words, own_words[i], strlen(own_words[i]));
    if (is_common(password, &words))
        return "Enter a password that is harder to guess: this one is common, or easily made from a common one";
    for (size_t i = 0; i < count; i++)
        if (about[i])
            add_words(&words, about[i]);
    if (is_common(password, &words))
        return "Enter a password that is harder to guess: this one is easily made from an address or a name that others know";
    return NULL;
}

/* libsodium picks its fast implementations once; asking again costs nothing. */
static void start(void)
{
    if (sodium_init() < 0)
        abort(); /* there is no source of random numbers: nothing here can be done safely */
}

char *password_hash(const void *context, const char *password)
{
    char hash[crypto_pwhash_STRBYTES];
    start();
    if (crypto_pwhash_str_alg(hash, password, strlen(password), OPERATIONS, MEMORY,
                              crypto_pwhash_ALG_ARGON2ID13) != 0)
        return memory_new(context, SIZE_MAX,
                          "no memory for argon2id"); /* runs out of memory as all else does */
    return memory_copy(context, hash);
}

bool password_is_outdated(const char *hash)
{
    start();
    return crypto_pwhash_str_needs_rehash(hash, OPERATIONS, MEMORY) != 0;
}

bool password_verify(const char *hash, const char *password)
{
    /* Of random bytes, with the parameters of password_hash; no password leads to it. */
    static const char nobody[] = "$argon2id$v=19$m=19456,t=2,p=1$fV0rGSWIpaQhq0MFbyNLtQ"
                                 "$tq0kNr8UXz1Jm3CkSg5wYdGQ2H0oVb7eLxWfA4sRiDc";
    start();
    bool equal = crypto_pwhash_str_verify(hash ? hash : nobody, password, strlen(password)) == 0;
    return equal && hash;
}

char *password_generate(const void *context)
{
    static const char letters[] = "abcdefghijkmnpqrstuvwxyz23456789"; /* 32: five bits each */
    char password[GROUPS * (GROUP_LENGTH + 1)];
    start();
    for (size_t i = 0; i < sizeof password; i++)
        password[i] = i % (GROUP_LENGTH + 1) == GROUP_LENGTH ? '-' : letters[randombytes_uniform(32)];
    char *copy = memory_copy_length(context, password, sizeof password - 1);
    sodium_memzero(password, sizeof password);
    return copy;
}

char *token_generate(const void *context)
{
    unsigned char random[TOKEN_BYTES];
    char token[sodium_base64_ENCODED_LEN(TOKEN_BYTES, sodium_base64_VARIANT_URLSAFE_NO_PADDING)];
    start();
    randombytes_buf(random, sizeof random);
    sodium_bin2base64(token, sizeof token, random, sizeof random, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
    return memory_copy(context, token);
}

#define SUPERUSER_MARK ".s" /* no letter of base64url */

char *token_generate_superuser(const void *context)
{
    return memory_printf(context, "%s" SUPERUSER_MARK, token_generate(context));
}

bool token_is_superusers(const char *token)
{
    const size_t length = token ? strlen(token) : 0, mark = strlen(SUPERUSER_MARK);
    return length > mark && strcmp(token + length - mark, SUPERUSER_MARK) == 0;
}

char *token_hash(const void *context, const char *token)
{
    unsigned char hash[crypto_hash_sha256_BYTES];
    char hex[2 * sizeof hash + 1];
    crypto_hash_sha256(hash, (const unsigned char *)token, strlen(token));
    sodium_bin2hex(hex, sizeof hex, hash, sizeof hash);
    return memory_copy(context, hex);
}

bool token_same(const char *one, const char *other)
{
    unsigned char left[crypto_hash_sha256_BYTES], right[crypto_hash_sha256_BYTES];
    crypto_hash_sha256(left, (const unsigned char *)one, strlen(one));
    crypto_hash_sha256(right, (const unsigned char *)other, strlen(other));
    return sodium_memcmp(left, right, sizeof left) == 0;
}
