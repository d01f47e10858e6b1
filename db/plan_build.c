/* What the files that turn operations into statements have in common: names, locks, and other operations. */
#include "plan_build.h"

#include <string.h>

#include "memory.h"
#include "query.h"
#include "sql.h"
#include "text.h"

enum { NAME_MAX_BYTES = 63 }; /* PostgreSQL's NAMEDATALEN less one */

void plan_lock(struct plan_build *build, struct plan_statement *statement, enum plan_mode mode,
               const char *table)
{
    size_t count = 0;
    if (plan_is_new(build, table))
        return;
    for (; statement->locks[count].table; count++) {
        struct plan_lock *lock = &statement->locks[count];
        if (strcmp(lock->table, table) == 0) {
            lock->mode = mode > lock->mode ? mode : lock->mode;
            return;
        }
    }
    statement->locks = GROW_ARRAY(build->context, struct plan_lock, statement->locks, count + 2);
    statement->locks[count] = (struct plan_lock){ .mode = mode, .table = table };
    statement->locks[count + 1] = (struct plan_lock){ 0 };
}

static void add_line(void *context, const char ***lines, const char *line)
{
    size_t count = 0;
    while ((*lines)[count])
        count++;
    *lines = GROW_ARRAY(context, const char *, *lines, count + 2);
    (*lines)[count] = line;
    (*lines)[count + 1] = NULL;
}

void plan_lose(struct plan_build *build, const char *loss)
{
    add_line(build->context, &build->plan->losses, loss);
}

void plan_need(struct plan_build *build, const char *need)
{
    add_line(build->context, &build->plan->needs, need);
}

static bool is_called(const char *name, const char *wanted)
{
    return !wanted || (name && strcmp(name, wanted) == 0);
}

const struct operation *plan_find(const struct plan_build *build, enum operation_kind kind, const char *table,
                                  const char *name)
{
    for (size_t i = 0; i < build->difference->count; i++) {
        const struct operation *operation = &build->difference->operations[i];
        if (operation->kind == kind && !build->done[i] && is_called(operation->table, table) &&
            is_called(operation->name, name))
            return operation;
    }
    return NULL;
}

void plan_done(struct plan_build *build, const struct operation *operation)
{
    build->done[operation - build->difference->operations] = true;
}

bool plan_is_new(const struct plan_build *build, const char *table)
{
    for (size_t i = 0; i < build->difference->count; i++) {
        const struct operation *operation = &build->difference->operations[i];
        if (operation->kind == OPERATION_CREATE_TABLE && strcmp(operation->name, table) == 0)
            return true;
    }
    return false;
}

/* The new name of what was renamed, or the name itself. */
static const char *name_now(const struct plan_build *build, enum operation_kind kind, const char *table,
                            const char *name)
{
    for (size_t i = 0; i < build->difference->count; i++) {
        const struct operation *operation = &build->difference->operations[i];
        if (operation->kind == kind && is_called(operation->table, table) &&
            strcmp(operation->old_name, name) == 0)
            return operation->name;
    }
    return name;
}

const char *plan_table_now(const struct plan_build *build, const char *from_name)
{
    return name_now(build, OPERATION_RENAME_TABLE, NULL, from_name);
}

const char *plan_column_now(const struct plan_build *build, const char *table_now, const char *from_name)
{
    return name_now(build, OPERATION_RENAME_COLUMN, table_now, from_name);
}

const char *plan_quoted(const struct plan_build *build, const char *name)
{
    return sql_quote_name(build->context, name);
}

const char *plan_one_line(const struct plan_build *build, const char *words)
{
    struct text *text = text_new(build->context);
    if (!strchr(words, '\n'))
        return sql_quote_literal(build->context, words);
    text_add(text, "E'");
    for (; *words; words++) {
        if (*words == '\'' || *words == '\\')
            text_add_char(text, *words);
        if (*words == '\n')
            text_add(text, "\\n");
        else
            text_add_char(text, *words);
    }
    text_add_char(text, '\'');
    return text->data;
}

const char *plan_name(const struct plan_build *build, const char *base, const char *suffix)
{
    const size_t left = NAME_MAX_BYTES - strlen(suffix) - 1;
    size_t length = strlen(base) < left ? strlen(base) : left;
    while (length > 0 && ((unsigned char)base[length] & 0xc0) == 0x80) /* not within a character */
        length--;
    return memory_printf(build->context, "%.*s_%s", (int)length, base, suffix);
}

struct error *plan_count(struct plan_build *build, const char *sql, long long *count)
{
    *count = -1;
    if (!build->connection)
        return NULL;
    struct query *query = query_add(build->connection, sql_new(build->context, sql));
    TRY(query_run(build->connection));
    *count = query_number(query, 0, query_name(query, 0));
    return NULL;
}
