/* Which revisions a database has: the history table, compared with the files.
 *
 * The table names its schema, as a revision may leave another search_path behind. */
#include "applied.h"

#include <string.h>

#include "memory.h"

struct query *applied_queue(struct connection *connection)
{
    static const char sql[] =
        "SELECT id, message, checksum, applied_by,"
        " to_char(applied_at AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"') AS applied_at,"
        " EXISTS (SELECT FROM public.roster_revision_journal WHERE revision = id AND direction = 'down') AS "
        "undoing"
        " FROM public.roster_revision ORDER BY id";
    return query_add(connection, sql_new(connection, sql));
}

struct applied_state *applied_load(const void *context, const struct revisions *revisions,
                                   const struct query *query)
{
    struct applied_state *state = NEW(context, struct applied_state);
    state->revisions = revisions;
    state->by_position = NEW_ARRAY(state, struct applied *, revisions->count + 1);
    for (int row = 0; row < query_rows(query); row++) {
        struct applied *applied = NEW(state, struct applied);
        applied->id = memory_copy(applied, query_field(query, row, "id"));
        applied->message = memory_copy(applied, query_field(query, row, "message"));
        applied->checksum = memory_copy(applied, query_field(query, row, "checksum"));
        applied->at = memory_copy(applied, query_field(query, row, "applied_at"));
        applied->by = memory_copy(applied, query_field(query, row, "applied_by"));
        applied->undoing = query_true(query, row, "undoing");
        const struct revision *revision = revision_by_id(revisions, applied->id);
        if (revision) {
            state->by_position[revision->position] = applied;
            state->count++;
            state->whole += !applied->undoing;
        } else {
            state->without_file = applied;
        }
    }
    return state;
}

static struct error *table_exists(struct connection *connection, bool *history, bool *journal)
{
    struct query *query = query_add(
        connection, sql_new(connection, "SELECT to_regclass('public.roster_revision') IS NOT NULL AS history,"
                                        " to_regclass('public.roster_revision_journal') IS NOT NULL"
                                        " AS journal"));
    TRY(query_run(connection));
    *history = query_true(query, 0, "history");
    *journal = query_true(query, 0, "journal");
    return NULL;
}

/* A database that an earlier version of this program wrote has no journal, and so nothing on its way. */
static struct query *queue_without_journal(struct connection *connection)
{
    return query_add(connection,
                     sql_new(connection,
                             "SELECT id, message, checksum, applied_by, to_char(applied_at AT TIME ZONE"
                             " 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"') AS applied_at, false AS undoing"
                             " FROM public.roster_revision ORDER BY id"));
}

struct error *applied_read(const void *context, struct connection *connection,
                           const struct revisions *revisions, struct applied_state **state)
{
    bool history, journal;
    TRY(table_exists(connection, &history, &journal));
    if (!history) {
        *state = NEW(context, struct applied_state);
        (*state)->revisions = revisions;
        (*state)->by_position = NEW_ARRAY(*state, struct applied *, revisions->count + 1);
        return NULL;
    }
    struct query *query = journal ? applied_queue(connection) : queue_without_journal(connection);
    struct query *on_its_way = journal ? journal_queue_read(connection) : NULL;
    TRY(query_run(connection));
    *state = applied_load(context, revisions, query);
    (*state)->on_its_way = on_its_way ? journal_load(*state, on_its_way) : NULL;
    if ((*state)->on_its_way)
        (*state)->unfinished = revision_by_id(revisions, (*state)->on_its_way->id);
    return NULL;
}

/* What was run of a revision on its way must still be in its file; what comes after may be corrected. */
static struct error *check_unfinished(const void *context, const struct applied_state *state)
{
    const struct journal *journal = state->on_its_way;
    const struct revision *revision = state->unfinished;
    size_t line = 0, position = 0;
    if (!journal)
        return NULL;
    const char *word = journal->direction == DIRECTION_UP ? "applied" : "undone";
    if (!revision)
        return error_new(context, ERROR_FAILED,
                         "the revision \"%s\" is partly %s, and no file in \"%s\" has it; bring it back",
                         journal->id, word, state->revisions->folder);
    const struct revision_section *section = journal_section(revision, journal->direction);
    for (size_t i = 0; i < section->count; i++)
        for (size_t j = 0; j < section->steps[i].count; j++, position++) {
            const struct statement *statement = &section->steps[i].statements[j];
            if (line == journal->count || journal->lines[line].position != (int)position + 1)
                continue;
            if (strcmp(journal->lines[line++].hash, journal_hash(context, statement->sql)) != 0)
                return error_new(
                    context, ERROR_EDITED,
                    "%s, line %d: this statement was edited after it was run, and the revision is only "
                    "partly %s; bring the statement back as it was, then run again",
                    revision->path, statement->line, word);
        }
    if (line < journal->count)
        return error_new(
            context, ERROR_EDITED,
            "\"%s\" has fewer statements than were run of it, and is only partly %s; bring the file back "
            "as it was, then run again",
            revision->path, word);
    return NULL;
}

struct error *applied_check(const void *context, const struct applied_state *state)
{
    if (state->without_file)
        return error_new(
            context, ERROR_FAILED,
            "the database has the revision \"%s\" (%s), and no file in \"%s\" has it; this program is older "
            "than the database, or the file was lost: bring it back",
            state->without_file->id, state->without_file->message, state->revisions->folder);
    for (size_t i = 0; i < state->revisions->count; i++) {
        const struct revision *revision = state->revisions->items[i];
        if (state->by_position[i] && revision != state->unfinished &&
            strcmp(state->by_position[i]->checksum, revision->checksum) != 0)
            return error_new(
                context, ERROR_EDITED,
                "\"%s\" was edited after it was applied; bring the file back as it was and write a "
                "new revision, or, if only words changed, run: roster stamp current",
                revision->path);
    }
    return check_unfinished(context, state);
}

const char *applied_unfinished(const void *context, const struct applied_state *state)
{
    const struct journal *journal = state->on_its_way;
    if (!journal)
        return NULL;
    const char *word = journal->direction == DIRECTION_UP ? "applied" : "undone";
    if (!state->unfinished)
        return memory_printf(context, "%s is partly %s, and its file is missing", journal->id, word);
    return memory_printf(context, "%s is partly %s, up to %s; to go on from there, run: roster %s",
                         journal->id, word, journal_next(context, journal, state->unfinished),
                         journal->direction == DIRECTION_UP
                             ? memory_printf(context, "upgrade %s; to take it back: roster downgrade -1", journal->id)
                             : "downgrade -1");
}

struct revision **applied_heads(const void *context, const struct applied_state *state)
{
    const struct revisions *revisions = state->revisions;
    bool *has_child = NEW_ARRAY(context, bool, revisions->count + 1);
    struct revision **heads = NEW_ARRAY(context, struct revision *, revisions->count + 1);
    size_t count = 0;
    for (size_t i = 0; i < revisions->count; i++)
        for (struct revision *const *parent = revisions->items[i]->parents; state->by_position[i] && *parent;
             parent++)
            has_child[(*parent)->position] = true;
    for (size_t i = 0; i < revisions->count; i++)
        if (state->by_position[i] && !has_child[i])
            heads[count++] = revisions->items[i];
    return heads;
}

const char *applied_table_sql(void)
{
    return "CREATE TABLE IF NOT EXISTS public.roster_revision ("
           "id text PRIMARY KEY, parents text NOT NULL, message text NOT NULL,"
           " checksum text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now(),"
           " applied_by text NOT NULL DEFAULT current_user)";
}

struct error *applied_create_table(struct connection *connection)
{
    bool history, journal;
    TRY(table_exists(connection, &history, &journal));
    if (!history)
        TRY(connection_execute(connection, applied_table_sql()));
    return journal ? NULL : connection_execute(connection, journal_table_sql());
}

const char *applied_parents(const void *context, const struct revision *revision)
{
    struct text *text = text_new(context);
    for (const char *const *id = revision->parent_ids; *id; id++)
        text_addf(text, "%s%s", text->length > 0 ? " " : "", *id);
    return text->data;
}

void applied_queue_add(struct connection *connection, const struct revision *revision)
{
    struct sql *sql =
        sql_new(connection, "INSERT INTO public.roster_revision (id, parents, message, checksum) VALUES (");
    sql_value(sql, revision->id, "text");
    sql_add(sql, ", ");
    sql_value(sql, applied_parents(sql, revision), "text");
    sql_add(sql, ", ");
    sql_value(sql, revision->message, "text");
    sql_add(sql, ", ");
    sql_value(sql, revision->checksum, "text");
    sql_add(sql, ")");
    query_add(connection, sql);
}

void applied_queue_remove(struct connection *connection, const char *id)
{
    struct sql *sql = sql_new(connection, "DELETE FROM public.roster_revision WHERE id = ");
    sql_value(sql, memory_copy(sql, id), "text");
    query_add(connection, sql);
}
