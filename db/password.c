/* Passwords and tokens: made, hashed, and compared in constant time. */
#include "password.h"

#include <ctype.h>
#include <sodium.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "memory.h"

enum {
    OPERATIONS = 2,
    MEMORY = 19 * 1024 * 1024,
    MIN_CHARACTERS = 8,
    MAX_BYTES = 1024,
    GROUPS = 4,
    GROUP_LENGTH = 5,
    TOKEN_BYTES = 32,
};

/* What people choose most, in small letters and without what they add at the end: "Password123!" is
 * "password". */
static const char *const common[] = {
    "abc",
    "abcd",
    "abcdefg",
    "abcdefgh",
    "access",
    "account",
    "admin",
    "administrator",
    "asdf",
    "asdfasdf",
    "asdfgh",
    "asdfghjk",
    "asdfghjkl",
    "baseball",
    "basketball",
    "batman",
    "changeit",
    "changeme",
    "charlie",
    "chocolate",
    "computer",
    "correcthorsebatterystaple",
    "default",
    "dragon",
    "football",
    "freedom",
    "guest",
    "hello",
    "helloworld",
    "iloveyou",
    "internet",
    "jordan",
    "letmein",
    "liverpool",
    "login",
    "master",
    "michael",
    "monkey",
    "mustang",
    "mypassword",
    "pass",
    "passpass",
    "passw0rd",
    "password",
    "passwordpassword",
    "passwort",
    "pokemon",
    "postgres",
    "princess",
    "qazwsx",
    "qazwsxedc",
    "qwer",
    "qwert",
    "qwerty",
    "qwertyui",
    "qwertyuiop",
    "qwertz",
    "qwertzuiop",
    "p@ssw0rd",
    "p@ssword",
    "roster",
    "sample",
    "samsung",
    "secret",
    "shadow",
    "sunshine",
    "superman",
    "superuser",
    "starwars",
    "temp",
    "temporary",
    "test",
    "testtest",
    "trustno",
    "user",
    "welcome",
    "whatever",
    "zxcvbn",
    "zxcvbnm",
    "q1w2e3r4",
    "q1w2e3r4t5",
    "1q2w3e4r",
    "1q2w3e4r5t",
    "1qaz2wsx",
    "1qazxsw2",
    "abc12345",
    "a1b2c3d4",
};

static size_t characters(const char *text)
{
    size_t count = 0;
    for (; *text; text++)
        count += ((unsigned char)*text & 0xc0) != 0x80;
    return count;
}

static bool are_neighbours(char one, char other)
{
    const int step = abs(one - other);
    return step <= 1 || (step == 9 && isdigit((unsigned char)one) && isdigit((unsigned char)other)); /* 9 and 0 */
}

/* aaaaaaaa, 11223344, 1234567890, hgfedcba; abababab. */
static bool is_monotonous(const char *text)
{
    bool run = true, pair = true;
    const size_t length = strlen(text);
    for (size_t i = 1; i < length; i++) {
        run = run && are_neighbours(text[i], text[i - 1]);
        pair = pair && (i < 2 || text[i] == text[i - 2]);
    }
    return run || pair;
}

static bool is_common(const void *context, const char *password)
{
    char *word = memory_copy(context, password);
    for (char *at = word; *at; at++)
        *at = (char)tolower((unsigned char)*at);
    bool found = is_monotonous(word);
    for (size_t length = strlen(word);; length--) {
        for (size_t i = 0; i < sizeof common / sizeof *common && !found; i++)
            found = strcmp(word, common[i]) == 0;
        if (found || length == 0 || isalpha((unsigned char)word[length - 1]))
            break;
        word[length - 1] = '\0';
    }
    talloc_free(word);
    return found;
}

const char *password_refuse(const void *context, const char *password)
{
    if (characters(password) < MIN_CHARACTERS)
        return memory_printf(context, "Enter a password of at least %d characters", MIN_CHARACTERS);
    if (strlen(password) > MAX_BYTES)
        return memory_printf(context, "Enter a password of at most %d characters", MAX_BYTES);
    if (is_common(context, password))
        return "Enter a password that is harder to guess: this is one of the commonest";
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
