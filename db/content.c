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
    const char *version; /* of the record, once some bytes were read */
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

/* The record travels with the bytes: a statement has one snapshot (PostgreSQL manual, 13.2.1), and whoever replaces a file
 * writes its record, too. */
static struct query *queue_chunks(struct connection *connection, const struct field *field, const char *id, int from)
{
    const struct model *model = field->model;
    struct sql *sql = sql_new(connection, "SELECT c.bytes, t.xmin AS version FROM ");
    sql_name(sql, model->table);
    sql_add(sql, " t LEFT JOIN ");
    sql_name(sql, memory_printf(connection, "%s_%s", model->table, field->name));
    sql_add(sql, " c ON c.record_id = ");
    sql_column(sql, "t", model->primary_key->name);
    sql_addf(sql, " AND c.position >= %d AND c.position < %d", from, from + CHUNKS_A_TRIP);
    record_where_key(sql, model, "t", id);
    sql_add(sql, " ORDER BY c.position");
    return query_add(connection, sql);
}

static struct error *no_file(const struct copy *copy)
{
    return error_new(copy->connection, ERROR_NOT_FOUND, "there is no file here");
}

static struct error *copy_row(struct copy *copy, const struct field *field, const char *id)
{
    const struct query *row = queue_row_bytes(copy->connection, field, id);
    query_read_only(copy->connection);
    TRY(query_run(copy->connection));
    if (query_rows(row) == 0 || !query_text(row, 0, 0))
        return no_file(copy);
    return copy_bytes(copy, query_text(row, 0, 0));
}

/* Several trips, and others may be at work between them: all bytes are of one version of the record, or it fails. */
static struct error *check_version(struct copy *copy, const struct query *rows)
{
    if (query_rows(rows) == 0 && !copy->version)
        return no_file(copy);
    const char *version = query_rows(rows) > 0 ? query_field(rows, 0, "version") : "";
    if (!copy->version)
        copy->version = memory_copy(copy->connection, version);
    if (strcmp(copy->version, version) != 0)
        return error_new(copy->connection, ERROR_STALE, "this file was changed while it was read: open it again");
    return NULL;
}

static struct error *copy_chunks(struct copy *copy, const struct field *field, const char *id)
{
    for (int from = 0, count = CHUNKS_A_TRIP; count == CHUNKS_A_TRIP; from += CHUNKS_A_TRIP) {
        struct query *rows = queue_chunks(copy->connection, field, id, from);
        query_read_only(copy->connection);
        TRY(query_run(copy->connection));
        TRY(check_version(copy, rows));
        count = query_rows(rows);
        for (int row = 0; row < count; row++)
            if (query_text(rows, row, 0))
                TRY(copy_bytes(copy, query_text(rows, row, 0)));
        talloc_free(rows); /* a megabyte each: gone before the next */
    }
    return NULL;
}

struct error *content_read(struct connection *connection, const struct field *field, const char *id,
                           const char *sha256, int descriptor, size_t *size)
{
    struct copy copy = { .connection = connection, .descriptor = descriptor };
    crypto_hash_sha256_init(&copy.sum);
    TRY(field->type == FIELD_BYTES ? copy_row(&copy, field, id) : copy_chunks(&copy, field, id));
    *size = copy.size;
    return check_sum(&copy, sha256);
}
