/* How far a revision has come: the table that says so, written and read. */
#include "journal.h"

#include <sodium.h>
#include <string.h>

#include "memory.h"
#include "sql.h"

static const char *const names[] = { [DIRECTION_UP] = "up", [DIRECTION_DOWN] = "down" };

const char *journal_hash(const void *context, const char *sql)
{
    unsigned char hash[crypto_hash_sha256_BYTES];
    char hex[2 * sizeof hash + 1];
    crypto_hash_sha256(hash, (const unsigned char *)sql, strlen(sql));
    return memory_copy(context, sodium_bin2hex(hex, sizeof hex, hash, sizeof hash));
}

const char *journal_table_sql(void)
{
    return "CREATE TABLE IF NOT EXISTS public.roster_revision_journal ("
           "revision text NOT NULL, direction text NOT NULL, position integer NOT NULL, line integer NOT "
           "NULL,"
           " hash text NOT NULL, done boolean NOT NULL, milliseconds bigint NOT NULL,"
           " at timestamptz NOT NULL DEFAULT clock_timestamp(), PRIMARY KEY (revision, direction, position))";
}

static void add_entry(struct sql *sql, const struct journal_entry *entry)
{
    sql_add(sql, "(");
    sql_value(sql, entry->revision->id, "text");
    sql_addf(sql, ", '%s', %d, %d, '%s', %s, %ld)", names[entry->direction], entry->position,
             entry->statement->line, journal_hash(sql, entry->statement->sql), entry->done ? "true" : "false",
             entry->milliseconds);
}

void journal_queue_write(struct connection *connection, const struct journal_entry *entries, size_t count)
{
    if (count == 0)
        return;
    struct sql *sql =
        sql_new(connection, "INSERT INTO public.roster_revision_journal"
                            " (revision, direction, position, line, hash, done, milliseconds) VALUES ");
    for (size_t i = 0; i < count; i++) {
        sql_add(sql, i > 0 ? ", " : "");
        add_entry(sql, &entries[i]);
    }
    sql_add(sql, " ON CONFLICT (revision, direction, position) DO UPDATE SET line = excluded.line,"
                 " hash = excluded.hash, done = excluded.done, milliseconds = excluded.milliseconds,"
                 " at = excluded.at");
    query_add(connection, sql);
}

void journal_queue_clear(struct connection *connection, const char *revision_id)
{
    struct sql *sql = sql_new(connection, "DELETE FROM public.roster_revision_journal WHERE revision = ");
    sql_value(sql, memory_copy(sql, revision_id), "text");
    query_add(connection, sql);
}

void journal_queue_remove(struct connection *connection, const struct journal_entry *entry)
{
    struct sql *sql = sql_new(connection, "DELETE FROM public.roster_revision_journal WHERE revision = ");
    sql_value(sql, entry->revision->id, "text");
    sql_addf(sql, " AND direction = '%s' AND position = %d", names[entry->direction], entry->position);
    query_add(connection, sql);
}

void journal_queue_settle(struct connection *connection)
{
    query_add(connection,
              sql_new(connection, "DELETE FROM public.roster_revision_journal WHERE direction = 'down'"
                                  " OR revision NOT IN (SELECT id FROM public.roster_revision)"));
}

struct query *journal_queue_read(struct connection *connection)
{
    return query_add(connection,
                     sql_new(connection,
                             "SELECT j.revision, j.direction = 'down' AS down, j.position, j.hash, j.done"
                             " FROM public.roster_revision_journal j LEFT JOIN public.roster_revision r"
                             " ON r.id = j.revision WHERE (j.direction = 'up') = (r.id IS NULL)"
                             " ORDER BY j.revision, j.direction, j.position"));
}

/* Runs refuse to leave one revision on its way for another, so that there is one at most. */
struct journal *journal_load(const void *context, const struct query *query)
{
    if (query_rows(query) == 0)
        return NULL;
    struct journal *journal = NEW(context, struct journal);
    journal->id = memory_copy(journal, query_field(query, 0, "revision"));
    journal->direction = query_true(query, 0, "down") ? DIRECTION_DOWN : DIRECTION_UP;
    journal->lines = NEW_ARRAY(journal, struct journal_line, (size_t)query_rows(query));
    for (int row = 0; row < query_rows(query); row++)
        if (strcmp(query_field(query, row, "revision"), journal->id) == 0)
            journal->lines[journal->count++] =
                (struct journal_line){ .position = (int)query_number(query, row, "position"),
                                       .hash = memory_copy(journal, query_field(query, row, "hash")),
                                       .done = query_true(query, row, "done") };
    return journal;
}

const struct revision_section *journal_section(const struct revision *revision, enum direction direction)
{
    return direction == DIRECTION_UP ? &revision->up : &revision->down;
}

size_t journal_done(const struct journal *journal)
{
    size_t done = 0;
    while (done < journal->count && journal->lines[done].done &&
           journal->lines[done].position == (int)done + 1)
        done++;
    return done;
}

static const struct statement *statement_at(const struct revision_section *section, size_t index)
{
    for (size_t i = 0; i < section->count; index -= section->steps[i++].count)
        if (index < section->steps[i].count)
            return &section->steps[i].statements[index];
    return NULL;
}

const char *journal_next(const void *context, const struct journal *journal, const struct revision *revision)
{
    const struct revision_section *section = journal_section(revision, journal->direction);
    const size_t done = journal_done(journal), count = revision_statements(section);
    const struct statement *next = statement_at(section, done);
    if (!next)
        return "its end";
    return memory_printf(context, "statement %zu of %zu (line %d)", done + 1, count, next->line);
}
