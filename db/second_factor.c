/* Codes by time, recovery codes, and what the database keeps of both. */
#include "second_factor.h"

#include <ctype.h>
#include <liboath/oath.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "memory.h"
#include "session.h"
#include "vault.h"

enum { SECRET_BYTES = 20, CODE_LETTERS = 10, SKEW = 1 };

char *second_factor_new_secret(const void *context)
{
    char secret[SECRET_BYTES], *encoded = NULL;
    if (sodium_init() < 0)
        abort(); /* there is no source of random numbers: nothing here can be done safely */
    randombytes_buf(secret, sizeof secret);
    if (oath_base32_encode(secret, sizeof secret, &encoded, NULL) != OATH_OK)
        return memory_new(context, SIZE_MAX, "no memory for base32");
    char *copy = memory_copy(context, encoded);
    sodium_memzero(secret, sizeof secret);
    free(encoded);
    return copy;
}

char *second_factor_plain(const void *context, const char *typed)
{
    char *plain = memory_copy(context, typed), *to = plain;
    for (const char *from = typed; *from; from++)
        if (*from != ' ' && *from != '-')
            *to++ = (char)tolower((unsigned char)*from);
    *to = '\0';
    return plain;
}

bool second_factor_is_code(const char *plain)
{
    return strlen(plain) == SECOND_FACTOR_DIGITS && strspn(plain, "0123456789") == SECOND_FACTOR_DIGITS;
}

static long long find_step(const char *key, size_t length, long long now, const char *plain)
{
    const long long current = now / SECOND_FACTOR_SECONDS;
    long long found = -1;
    for (long long step = current - SKEW; step <= current + SKEW; step++) {
        char code[SECOND_FACTOR_DIGITS + 1];
        if (oath_hotp_generate(key, length, (uint64_t)step, SECOND_FACTOR_DIGITS, false, OATH_HOTP_DYNAMIC_TRUNCATION,
                               code) == OATH_OK
            && sodium_memcmp(code, plain, SECOND_FACTOR_DIGITS) == 0)
            found = step;
    }
    return found;
}

long long second_factor_step(const char *secret, long long now, const char *plain)
{
    char *key = NULL;
    size_t length = 0;
    if (!second_factor_is_code(plain) || oath_init() != OATH_OK
        || oath_base32_decode(secret, strlen(secret), &key, &length) != OATH_OK)
        return -1;
    long long step = find_step(key, length, now, plain);
    sodium_memzero(key, length);
    free(key);
    oath_done();
    return step;
}

static const char *purpose(const void *context, const char *user_id)
{
    return memory_printf(context, "second factor of %s", user_id);
}

char *second_factor_seal(const void *context, const struct settings *settings, const char *user_id, const char *secret)
{
    return vault_seal(context, settings->secret_key, purpose(context, user_id), secret);
}

char *second_factor_open(const void *context, const struct settings *settings, const char *user_id, const char *sealed)
{
    return vault_open(context, settings->secret_key, purpose(context, user_id), sealed);
}

struct query *second_factor_queue_find(struct connection *connection, const char *user_id)
{
    struct sql *sql = sql_new(connection, "SELECT f.sealed_secret, f.used_step, f.created_at, (SELECT count(*)"
                                          " FROM recovery_code c WHERE c.user_id = p.id) AS codes,"
                                          " floor(extract(epoch FROM now()))::bigint AS now FROM (SELECT ");
    sql_value(sql, user_id, "bigint");
    sql_add(sql, " AS id) p LEFT JOIN second_factor f ON f.user_id = p.id");
    return query_add(connection, sql);
}

void second_factor_queue_on(struct connection *connection, const char *user_id, const char *sealed, long long step)
{
    struct sql *sql = sql_new(connection, "INSERT INTO second_factor (user_id, sealed_secret, used_step) VALUES (");
    sql_value(sql, user_id, "bigint");
    sql_add(sql, ", ");
    sql_value(sql, sealed, "text");
    sql_addf(sql, ", %lld) ON CONFLICT (user_id) DO NOTHING", step);
    query_add(connection, sql);
}

static void queue_forget_codes(struct connection *connection, const char *user_id)
{
    struct sql *sql = sql_new(connection, "DELETE FROM recovery_code WHERE user_id = ");
    sql_value(sql, user_id, "bigint");
    query_add(connection, sql);
}

struct query *second_factor_queue_off(struct connection *connection, const char *user_id)
{
    struct sql *sql = sql_new(connection, "DELETE FROM second_factor WHERE user_id = ");
    sql_value(sql, user_id, "bigint");
    session_queue_hold(connection, user_id);
    queue_forget_codes(connection, user_id);
    return query_add(connection, sql);
}

const char *const *second_factor_new_codes(const void *context)
{
    static const char letters[] = "abcdefghijkmnpqrstuvwxyz23456789"; /* 32: five bits each */
    const char **codes = NEW_ARRAY(context, const char *, SECOND_FACTOR_CODES + 1);
    if (sodium_init() < 0)
        abort();
    for (size_t i = 0; i < SECOND_FACTOR_CODES; i++) {
        char code[CODE_LETTERS + 1] = "";
        for (size_t j = 0; j < CODE_LETTERS; j++)
            code[j] = letters[randombytes_uniform(sizeof letters - 1)];
        codes[i] = memory_printf(codes, "%.5s-%s", code, code + CODE_LETTERS / 2);
    }
    return codes;
}

static const char *hash_code(const void *context, const struct settings *settings, const char *user_id, const char *plain)
{
    return vault_hash(context, settings->secret_key, "recovery code", memory_printf(context, "%s %s", user_id, plain));
}

void second_factor_queue_codes(struct connection *connection, const struct settings *settings, const char *user_id,
                               const char *const *codes)
{
    const char *hashes[SECOND_FACTOR_CODES];
    queue_forget_codes(connection, user_id);
    for (size_t i = 0; i < SECOND_FACTOR_CODES; i++)
        hashes[i] = hash_code(connection, settings, user_id, second_factor_plain(connection, codes[i]));
    struct sql *sql = sql_new(connection, "INSERT INTO recovery_code (user_id, code_hash) SELECT ");
    sql_value(sql, user_id, "bigint");
    sql_add(sql, ", hash FROM unnest(");
    sql_value(sql, sql_array(connection, hashes, SECOND_FACTOR_CODES), "text[]");
    sql_add(sql, ") AS hash");
    query_add(connection, sql);
}

struct sql *second_factor_use_step(const void *context, const char *user_id, long long step)
{
    struct sql *sql = sql_new(context, "UPDATE second_factor SET used_step = ");
    sql_addf(sql, "%lld WHERE used_step < %lld AND user_id = ", step, step);
    sql_value(sql, user_id, "bigint");
    sql_add(sql, " RETURNING user_id");
    return sql;
}

struct sql *second_factor_use_recovery(const void *context, const struct settings *settings, const char *user_id,
                                       const char *plain)
{
    struct sql *sql = sql_new(context, "DELETE FROM recovery_code WHERE user_id = ");
    sql_value(sql, user_id, "bigint");
    sql_add(sql, " AND code_hash = ");
    sql_value(sql, hash_code(context, settings, user_id, plain), "text");
    sql_add(sql, " RETURNING user_id");
    return sql;
}
