/* Reading stored bytes. */
#include "content.h"

#include <errno.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "memory.h"
#include "record.h"

#define CHUNKS_A_TRIP 4

/* Bytes on their way to a file, and their sum so far. */
struct copy {
    struct connection *connection;
    int descriptor;
    size_t size;
    crypto_hash_sha256_state sum;
};

static struct error *write_whole(struct copy *copy, const unsigned char *bytes, size_t length)
{
    for (size_t done = 0; done < length;) {
        ssize_t written = write(copy->descriptor, bytes + done, length - done);
        if (written < 0 && errno != EINTR)
            return error_new(copy->connection, ERROR_FAILED, "cannot write a temporary file: %s", strerror(errno));
        done += written > 0 ? (size_t)written : 0;
    }
    return NULL;
}

/* bytea arrives as \x and hexadecimal digits (PostgreSQL manual, 8.4.1). */
static struct error *copy_bytes(struct copy *copy, const char *text)
{
    size_t length = 0;
    unsigned char *bytes = PQunescapeBytea((const unsigned char *)text, &length);
    if (!bytes)
        return error_new(copy->connection, ERROR_FAILED, "cannot read stored bytes");
    struct error *error = write_whole(copy, bytes, length);
    crypto_hash_sha256_update(&copy->sum, bytes, length);
    copy->size += length;
    PQfreemem(bytes);
    return error;
}

static struct error *check_sum(struct copy *copy, const char *expected)
{
    unsigned char hash[crypto_hash_sha256_BYTES];
    char text[crypto_hash_sha256_BYTES * 2 + 1];
    crypto_hash_sha256_final(&copy->sum, hash);
    sodium_bin2hex(text, sizeof text, hash, sizeof hash);
    if (expected && strcmp(expected, text) != 0)
        return error_new(copy->connection, ERROR_DAMAGED,
                         "the stored bytes are not those that were uploaded: open the file again, in case it was "
                         "replaced just now; if that does not help, upload it again or restore a backup");
    return NULL;
}

static struct query *queue_row_bytes(struct connection *connection, const struct field *field, const char *id)
{
    struct sql *sql = sql_new(connection, "SELECT ");
    sql_name(sql, field->name);
    sql_add(sql, " FROM ");
    sql_name(sql, field->model->table);
    sql_add(sql, " WHERE ");
    sql_name(sql, field->model->primary_key->name);
    sql_add(sql, " = ");
    sql_value(sql, id, record_key_type(field->model));
    return query_add(connection, sql);
}

static struct query *queue_chunks(struct connection *connection, const struct field *field, const char *id, int from)
{
    struct sql *sql = sql_new(connection, "SELECT bytes FROM ");
    sql_name(sql, memory_printf(connection, "%s_%s", field->model->table, field->name));
    sql_add(sql, " WHERE record_id = ");
    sql_value(sql, id, record_key_type(field->model));
    sql_addf(sql, " AND position >= %d AND position < %d ORDER BY position", from, from + CHUNKS_A_TRIP);
    return query_add(connection, sql);
}

struct error *content_read(struct connection *connection, const struct field *field, const char *id,
                           const char *sha256, int descriptor, size_t *size)
{
    struct copy copy = { .connection = connection, .descriptor = descriptor };
    bool whole = field->type == FIELD_BYTES;
    crypto_hash_sha256_init(&copy.sum);
    for (int from = 0;; from += CHUNKS_A_TRIP) {
        struct query *rows =
            whole ? queue_row_bytes(connection, field, id) : queue_chunks(connection, field, id, from);
        query_read_only(connection);
        TRY(query_run(connection));
        int count = query_rows(rows);
        for (int row = 0; row < count; row++)
            if (query_text(rows, row, 0))
                TRY(copy_bytes(&copy, query_text(rows, row, 0)));
        if (whole && (count == 0 || !query_text(rows, 0, 0)))
            return error_new(connection, ERROR_NOT_FOUND, "there is no file here");
        talloc_free(rows); /* a megabyte each: gone before the next */
        if (whole || count < CHUNKS_A_TRIP)
            break;
    }
    *size = copy.size;
    return check_sum(&copy, sha256);
}
