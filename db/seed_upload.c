/* The bytes of a FIELD_FILE, from the seed's folder into the chunks beside the row. */
#include "seed_upload.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include "memory.h"
#include "record.h"

#define CHUNK ((size_t)256 * 1024)

static int upload_close(struct seed_upload *upload)
{
    if (upload->descriptor >= 0)
        close(upload->descriptor);
    return 0;
}

/* By the end of the name; what is not known is served as bytes (RFC 2046 section 4.5.1). */
static const char *content_type(const char *name)
{
    static const struct {
        const char *end, *type;
    } known[] = {
        { ".txt", "text/plain" },        { ".md", "text/markdown" },    { ".csv", "text/csv" },
        { ".json", "application/json" }, { ".svg", "image/svg+xml" },   { ".png", "image/png" },
        { ".jpg", "image/jpeg" },        { ".pdf", "application/pdf" }, { ".html", "text/html" },
        { ".ics", "text/calendar" },
    };
    const char *dot = strrchr(name, '.');

    for (size_t i = 0; dot && i < sizeof known / sizeof *known; i++)
        if (strcasecmp(dot, known[i].end) == 0)
            return known[i].type;
    return "application/octet-stream";
}

/* A relative path without "..", so that a seed cannot pick up what lies elsewhere. */
static bool is_inside(const char *path)
{
    if (!*path || *path == '/')
        return false;
    for (const char *part = path; part; part = strchr(part, '/')) {
        part += *part == '/';
        if (strncmp(part, "..", 2) == 0 && (part[2] == '/' || part[2] == '\0'))
            return false;
    }
    return true;
}

/* Fills the buffer, except at the end of the file. -1 with errno set. */
static ssize_t read_full(int descriptor, char *buffer, size_t size)
{
    size_t have = 0;

    while (have < size) {
        ssize_t got = read(descriptor, buffer + have, size - have);

        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return -1;
        if (got == 0)
            break;
        have += (size_t)got;
    }
    return (ssize_t)have;
}

static struct error *measure(struct seed_upload *upload)
{
    unsigned char digest[crypto_hash_sha256_BYTES];
    char hex[sizeof digest * 2 + 1];
    char *buffer = NEW_ARRAY(upload, char, CHUNK);
    crypto_hash_sha256_state state;
    unsigned long long size = 0;
    ssize_t got;

    crypto_hash_sha256_init(&state);
    while ((got = read_full(upload->descriptor, buffer, CHUNK)) > 0) {
        crypto_hash_sha256_update(&state, (unsigned char *)buffer, (size_t)got);
        size += (unsigned long long)got;
    }
    if (got < 0)
        return error_new(talloc_parent(upload), ERROR_INVALID, "cannot read the file: %s", strerror(errno));
    crypto_hash_sha256_final(&state, digest);
    upload->sha256 = memory_copy(upload, sodium_bin2hex(hex, sizeof hex, digest, sizeof digest));
    upload->size = memory_printf(upload, "%llu", size);
    talloc_free(buffer);
    return NULL;
}

static void note_time(struct seed_upload *upload, const struct stat *status)
{
    char text[40];
    struct tm tm;

    gmtime_r(&status->st_mtime, &tm);
    strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S+00", &tm);
    upload->modified = memory_copy(upload, text);
}

struct error *seed_upload_open(const void *context, const char *folder, const struct field *field,
                               const json_t *json, struct seed_upload **upload)
{
    const char *path = json_string_value(json_object_get(json, "file"));
    struct seed_upload *made = NEW(context, struct seed_upload);
    const char *full, *slash;
    struct stat status;

    made->descriptor = -1;
    talloc_set_destructor(made, upload_close);
    if (!path || json_object_size(json) != 1 || !is_inside(path))
        return error_new(context, ERROR_INVALID, "write {\"file\": \"files/NAME\"}, a path within '%s'",
                         folder);
    full = memory_printf(made, "%s/%s", folder, path);
    made->descriptor = open(full, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (made->descriptor < 0 || fstat(made->descriptor, &status) != 0)
        return error_new(context, ERROR_INVALID, "cannot open '%s': %s", full, strerror(errno));
    if (!S_ISREG(status.st_mode))
        return error_new(context, ERROR_INVALID, "'%s' is not a regular file", full);
    slash = strrchr(path, '/');
    made->field = field;
    made->name = memory_copy(made, slash ? slash + 1 : path);
    made->content_type = content_type(made->name);
    note_time(made, &status);
    *upload = made;
    return measure(made);
}

static void add_chunk_table(struct sql *sql, const struct field *field)
{
    sql_name(sql, memory_printf(sql, "%s_%s", field->model->table, field->name));
}

static void add_record(struct sql *sql, const struct field *field, const char *id)
{
    sql_value(sql, id, record_key_type(field->model));
}

struct error *seed_upload_differs(const void *context, struct seed_run *run, const struct seed_upload *upload,
                                  const char *id, bool *differs)
{
    struct sql *sql =
        sql_new(context, "SELECT encode(sha256(string_agg(bytes, ''::bytea ORDER BY position)), 'hex')"
                         " IS DISTINCT FROM ");
    struct query *query;

    sql_value(sql, upload->sha256, "text");
    sql_add(sql, " AS differs FROM ");
    add_chunk_table(sql, upload->field);
    sql_add(sql, " WHERE record_id = ");
    add_record(sql, upload->field, id);
    TRY(seed_run_query(context, run, sql, &query));
    *differs = query_true(query, 0, "differs");
    return NULL;
}

static struct error *write_chunk(const void *context, struct seed_run *run, const struct seed_upload *upload,
                                 const char *id, long long position, const char *bytes, size_t length)
{
    struct sql *sql = sql_new(context, "INSERT INTO ");
    struct query *query;

    add_chunk_table(sql, upload->field);
    sql_add(sql, " (record_id, position, bytes) VALUES (");
    add_record(sql, upload->field, id);
    sql_addf(sql, ", %lld, ", position);
    sql_bytes(sql, bytes, length);
    sql_add(sql, ")");
    TRY(seed_run_query(context, run, sql, &query));
    talloc_free(query);
    talloc_free(sql);
    return NULL;
}

struct error *seed_upload_write(const void *context, struct seed_run *run, const struct seed_upload *upload,
                                const char *id)
{
    struct sql *sql = sql_new(context, "DELETE FROM ");
    char *buffer = NEW_ARRAY(context, char, CHUNK);
    struct query *query;
    ssize_t got;

    add_chunk_table(sql, upload->field);
    sql_add(sql, " WHERE record_id = ");
    add_record(sql, upload->field, id);
    TRY(seed_run_query(context, run, sql, &query));
    if (lseek(upload->descriptor, 0, SEEK_SET) < 0)
        return error_new(context, ERROR_INVALID, "cannot read the file again: %s", strerror(errno));
    for (long long position = 0; (got = read_full(upload->descriptor, buffer, CHUNK)) != 0; position++) {
        if (got < 0)
            return error_new(context, ERROR_INVALID, "cannot read the file again: %s", strerror(errno));
        TRY(write_chunk(context, run, upload, id, position, buffer, (size_t)got));
    }
    return NULL;
}
