/* Writing the history: the end of every statement that changes a record. */
#include "history.h"

#include "memory.h"
#include "record.h"
#include "sql.h"

/* A row as JSON, without what must not be kept. */
static void add_row_json(struct sql *sql, const struct model *model, const char *alias)
{
    sql_addf(sql, "to_jsonb(%s)", alias);
    for (size_t i = 0; i < model->field_count; i++) {
        const struct field *field = &model->fields[i];
        if (field->secret || field->type == FIELD_BYTES) {
            sql_add(sql, " - ");
            sql_value(sql, field->name, "text");
        }
    }
}

static void add_links(struct sql *sql, const char *links)
{
    if (!links)
        return;
    sql_add(sql, " || ");
    sql_value(sql, links, "jsonb");
}

/* The row as it was: the statement's snapshot is older than its own UPDATE. */
static void add_old_row(struct sql *sql, const struct history_line *line)
{
    sql_add(sql, "(SELECT ");
    add_row_json(sql, line->model, "o");
    sql_add(sql, " FROM ");
    sql_name(sql, line->model->table);
    sql_add(sql, " o");
    record_where_key(sql, line->model, "o", line->id);
    sql_add(sql, ")");
}

static void add_before(struct sql *sql, const struct history_line *line)
{
    if (line->action == HISTORY_CREATED) {
        sql_add(sql, "NULL::jsonb");
        return;
    }
    if (line->action == HISTORY_CHANGED)
        add_old_row(sql, line);
    else
        add_row_json(sql, line->model, "w");
    add_links(sql, line->before_links);
}

static void add_after(struct sql *sql, const struct history_line *line)
{
    if (line->action == HISTORY_DELETED) {
        sql_add(sql, "NULL::jsonb");
        return;
    }
    add_row_json(sql, line->model, "w");
    add_links(sql, line->after_links);
}

void history_add_line(struct sql *sql, const struct history_line *line)
{
    static const char *const actions[] = { [HISTORY_CREATED] = "created", [HISTORY_CHANGED] = "changed",
                                           [HISTORY_DELETED] = "deleted" };
    sql_add(sql, "INSERT INTO change (user_id, remote, action, model, record, title, before, after) SELECT ");
    sql_value(sql, line->user_id, "bigint");
    sql_add(sql, ", ");
    sql_value(sql, line->remote, "text");
    sql_add(sql, ", ");
    sql_value(sql, actions[line->action], "change_action");
    sql_add(sql, ", ");
    sql_value(sql, line->model->table, "text");
    sql_add(sql, ", ");
    sql_column(sql, "w", line->model->primary_key->name);
    sql_add(sql, "::text, ");
    record_title(sql, line->model, "w");
    sql_add(sql, ", ");
    add_before(sql, line);
    sql_add(sql, ", ");
    add_after(sql, line);
    sql_add(sql, " FROM w");
}
