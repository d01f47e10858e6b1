/* Migrations as one script for psql, made from the files alone. */
#include "offline.h"

#include <string.h>

#include "applied.h"
#include "memory.h"
#include "migrate.h"
#include "migrate_index.h"
#include "migrate_plan.h"
#include "migrate_run.h"
#include "offline_access.h"
#include "sql.h"

struct writer {
    const void *context;
    struct text *text;
    enum direction direction;
    const struct revision *revision; /* the one being written */
    int position;                    /* of its last statement */
};

static const char *quoted(const struct writer *writer, const char *value)
{
    return sql_quote_literal(writer->context, value);
}

/* What a database at the start of the script has, as if it had been read. */
static struct error *state_at(const void *context, const struct revisions *revisions, const char *start,
                              struct applied_state *state)
{
    struct plan plan;
    *state =
        (struct applied_state){ .revisions = revisions,
                                .by_position = NEW_ARRAY(context, struct applied *, revisions->count + 1) };
    TRY(plan_stamp(context, state, start, &plan));
    for (size_t i = 0; i < plan.count; i++) {
        struct applied *applied = NEW(context, struct applied);
        *applied = (struct applied){ .id = plan.items[i]->id, .checksum = plan.items[i]->checksum };
        state->by_position[plan.items[i]->position] = applied;
        state->count++;
    }
    return NULL;
}

static void add_preamble(const struct writer *writer, const struct settings *settings, const char *range,
                         bool with_rules)
{
    text_addf(writer->text,
              "-- %s %s, for: psql -X -v ON_ERROR_STOP=1 -f FILE\n"
              "-- Then, where Roster reaches the database: roster access, which grants its roles what they need and\n"
              "-- makes what is missing of the rules of access. %s\n"
              "\\set ON_ERROR_STOP on\n"
              "\\set AUTOCOMMIT on\n"
              "\\pset pager off\n"
              "\\encoding UTF8\n"
              "SET TimeZone = %s;\n"
              "SET statement_timeout = 0;\n"
              "SET search_path = public;\n\n"
              "DO $roster$ BEGIN IF NOT pg_try_advisory_lock(" MIGRATE_LOCK ") THEN\n"
              "    RAISE EXCEPTION 'another migration is running; wait for it to end';\n"
              "END IF; END $roster$;\n"
              "SET client_min_messages = warning;\n%s;\n%s;\n"
              "RESET client_min_messages;\n\n",
              writer->direction == DIRECTION_UP ? "upgrade" : "downgrade", range,
              with_rules ? "Their functions and policies are at the end of this script."
                         : "Until then no row-level security holds for the tables that it makes.",
              quoted(writer, settings->time_zone), applied_table_sql(), journal_table_sql());
}

/* Any other start, an edited file and a revision in the middle abort the script before it does anything. */
static void add_guard(const struct writer *writer, const struct applied_state *state)
{
    struct text *rows = text_new(writer->context);
    for (size_t i = 0; i < state->revisions->count; i++)
        if (state->by_position[i])
            text_addf(rows, "%s        (%s, %s)", rows->length > 0 ? ",\n" : "",
                      quoted(writer, state->by_position[i]->id),
                      quoted(writer, state->by_position[i]->checksum));
    text_addf(
        writer->text,
        "DO $roster$\n"
        "DECLARE\n"
        "    wrong text;\n"
        "BEGIN\n"
        "    CREATE TEMPORARY TABLE roster_start (id text, checksum text) ON COMMIT DROP;\n"
        "%s%s%s"
        "    SELECT string_agg(coalesce(s.id, r.id), ', ') INTO wrong FROM roster_start s\n"
        "        FULL JOIN public.roster_revision r ON r.id = s.id WHERE r.id IS NULL OR s.id IS NULL;\n"
        "    IF wrong IS NOT NULL THEN\n"
        "        RAISE EXCEPTION 'the database is not where this script begins; it differs in: %%', wrong;\n"
        "    END IF;\n"
        "    SELECT string_agg(s.id, ', ') INTO wrong FROM roster_start s\n"
        "        JOIN public.roster_revision r ON r.id = s.id WHERE r.checksum <> s.checksum;\n"
        "    IF wrong IS NOT NULL THEN\n"
        "        RAISE EXCEPTION 'edited after they were applied: %%', wrong;\n"
        "    END IF;\n"
        "    SELECT string_agg(DISTINCT j.revision, ', ') INTO wrong FROM public.roster_revision_journal j\n"
        "        LEFT JOIN public.roster_revision r ON r.id = j.revision\n"
        "        WHERE (j.direction = 'up') = (r.id IS NULL);\n"
        "    IF wrong IS NOT NULL THEN\n"
        "        RAISE EXCEPTION 'left in the middle: %%', wrong;\n"
        "    END IF;\n"
        "END\n"
        "$roster$;\n",
        rows->length > 0 ? "    INSERT INTO roster_start VALUES\n" : "", rows->data,
        rows->length > 0 ? ";\n" : "");
}

static const char *line_start(const char *text, int line)
{
    for (; line > 1 && *text; text++)
        line -= *text == '\n';
    return text;
}

/* The comment right above a statement says what it does to others; whoever reads the script wants to know. */
static void add_remarks(const struct writer *writer, const struct statement *statement)
{
    int first = statement->line;
    for (; first > 1; first--) {
        const char *above = line_start(writer->revision->text, first - 1);
        if (strncmp(above, "--", 2) != 0 || strncmp(above, "-- +", 4) == 0)
            break;
    }
    const char *start = line_start(writer->revision->text, first);
    text_add_bytes(writer->text, start,
                   (size_t)(line_start(writer->revision->text, statement->line) - start));
}

static void add_statement(const struct writer *writer, const struct statement *statement)
{
    const char *last_line = strrchr(statement->sql, '\n');
    add_remarks(writer, statement);
    /* A comment at the end must not swallow the semicolon. */
    text_addf(writer->text, "%s%s;\n", statement->sql,
              strstr(last_line ? last_line : statement->sql, "--") ? "\n" : "");
}

static void add_line(struct writer *writer, const struct statement *statement, int position, bool done)
{
    text_addf(writer->text,
              "INSERT INTO public.roster_revision_journal (revision, direction, position, line, hash, done,"
              " milliseconds) VALUES ('%s', '%s', %d, %d, '%s', %s, 0)\n"
              "    ON CONFLICT (revision, direction, position) DO UPDATE SET done = excluded.done,"
              " at = excluded.at;\n",
              writer->revision->id, writer->direction == DIRECTION_UP ? "up" : "down", position,
              statement->line, journal_hash(writer->context, statement->sql), done ? "true" : "false");
}

static void add_clear(const struct writer *writer)
{
    text_addf(writer->text, "DELETE FROM public.roster_revision_journal WHERE revision = '%s';\n",
              writer->revision->id);
}

static void add_history(const struct writer *writer)
{
    const struct revision *revision = writer->revision;
    if (writer->direction == DIRECTION_UP) {
        text_addf(writer->text,
                  "INSERT INTO public.roster_revision (id, parents, message, checksum) VALUES ('%s', '%s', "
                  "%s, '%s');\n",
                  revision->id, applied_parents(writer->context, revision), quoted(writer, revision->message),
                  revision->checksum);
        return;
    }
    text_addf(writer->text, "DELETE FROM public.roster_revision WHERE id = '%s';\n", revision->id);
    add_clear(writer);
}

static void add_transaction(struct writer *writer, const struct revision_step *step, bool is_last)
{
    const int before = writer->position;
    text_addf(writer->text, "BEGIN;\nSET LOCAL search_path = public;\nSET LOCAL lock_timeout = '%dms';\n",
              MIGRATE_LOCK_TIMEOUT_MS);
    const bool lifted = offline_lift(writer->text, step->statements, step->count);
    for (size_t i = 0; i < step->count; i++)
        add_statement(writer, &step->statements[i]);
    if (lifted)
        offline_put_back(writer->text);
    if (before == 0)
        add_clear(writer);
    for (size_t i = 0; i < step->count; i++)
        add_line(writer, &step->statements[i], ++writer->position, true);
    if (is_last)
        add_history(writer);
    text_add(writer->text, "COMMIT;\n");
}

static void add_outside(struct writer *writer, const struct revision_step *step)
{
    for (size_t i = 0; i < step->count; i++) {
        const struct statement *statement = &step->statements[i];
        const struct index_statement index = index_statement_read(writer->context, statement->sql);
        if (offline_wants_transaction(statement)) { /* where a run, too, has it in one */
            const struct revision_step alone = { .statements = &step->statements[i], .count = 1 };
            add_transaction(writer, &alone, false);
            continue;
        }
        text_addf(writer->text, "SET search_path = public;\nSET lock_timeout = '%dms';\n",
                  index.creates || index.drops ? 0 : MIGRATE_LOCK_TIMEOUT_MS);
        if (writer->position == 0)
            add_clear(writer);
        add_line(writer, statement, ++writer->position, false);
        if (index.creates)
            text_add(writer->text, index_drop_invalid_script(writer->context, &index));
        add_statement(writer, statement);
        if (index.creates)
            text_add(writer->text, index_require_script(writer->context, &index));
        add_line(writer, statement, writer->position, true);
    }
}

static void add_revision(struct writer *writer, const struct revision *revision)
{
    const struct revision_section *section = journal_section(revision, writer->direction);
    const bool ends_inside = section->count > 0 && !section->steps[section->count - 1].outside_transaction;
    writer->revision = revision;
    writer->position = 0;
    text_addf(writer->text, "\n-- %s: %s\n", revision->id, revision->message);
    for (size_t i = 0; i < section->count; i++)
        if (section->steps[i].outside_transaction)
            add_outside(writer, &section->steps[i]);
        else
            add_transaction(writer, &section->steps[i], i + 1 == section->count);
    if (ends_inside)
        return;
    text_add(writer->text, "BEGIN;\n");
    if (section->count == 0)
        add_clear(writer);
    add_history(writer);
    text_add(writer->text, "COMMIT;\n");
}

static struct error *read_range(const void *context, const struct offline_wish *wish, const char **from,
                                const char **to)
{
    const char *colon = strchr(wish->range, ':');
    *from = colon ? memory_copy_length(context, wish->range, (size_t)(colon - wish->range)) : "base";
    *to = colon ? colon + 1 : wish->range;
    if (wish->direction == DIRECTION_DOWN && !colon)
        return error_new(context, ERROR_USAGE,
                         "without a database it is not known where the way back begins; write FROM:TO, as in "
                         "head:base");
    if (strcmp(*from, "current") == 0)
        return error_new(context, ERROR_USAGE,
                         "\"current\" is known only with a database; name the revision");
    return NULL;
}

static struct error *make_plan(const void *context, const struct offline_wish *wish,
                               const struct applied_state *state, const char *target, struct plan *plan)
{
    if (wish->direction == DIRECTION_UP)
        return plan_upgrade(context, state, target, plan);
    TRY(plan_downgrade(context, state, target, plan));
    return plan_check_reversible(context, plan, wish->allow_destructive);
}

/* Whether the database has all revisions afterwards, as the models want them. */
static bool leads_to_the_head(const struct offline_wish *wish, const struct applied_state *state, const struct plan *plan)
{
    return wish->direction == DIRECTION_UP && state->count + plan->count == state->revisions->count;
}

struct error *offline_script(const void *context, const struct settings *settings,
                             const struct offline_wish *wish, const char **script)
{
    struct writer writer = { .context = context, .text = text_new(context), .direction = wish->direction };
    struct revisions *revisions;
    struct applied_state state;
    struct plan plan;
    const char *from, *to;
    TRY(read_range(context, wish, &from, &to));
    TRY(revisions_open(context, settings->migrations, &revisions));
    TRY(state_at(context, revisions, from, &state));
    TRY(make_plan(context, wish, &state, to, &plan));
    const bool with_rules = wish->schema && leads_to_the_head(wish, &state, &plan);
    add_preamble(&writer, settings, memory_printf(context, "%s:%s", from, to), with_rules);
    add_guard(&writer, &state);
    for (size_t i = 0; i < plan.count; i++)
        TRY(migrate_run_check(context, plan.items[i], wish->direction));
    for (size_t i = 0; i < plan.count; i++)
        add_revision(&writer, plan.items[i]);
    if (with_rules)
        offline_rules(writer.text, wish->schema);
    text_add(writer.text, "\n\\warn Done; what follows is: roster access\n");
    *script = writer.text->data;
    return NULL;
}
