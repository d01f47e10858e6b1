/* The first round trip of a save: lock, look, and tell the person everything that is wrong at once. The database's own
 * constraints stay the last word (record_save.c), since between looking and writing others may be faster. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "access.h"
#include "memory.h"
#include "record.h"

struct probe {
    struct query *query;
    struct draft_field *field; /* where the message goes */
    const char *message;       /* when the query has a row */
};

struct record_checks {
    struct draft *draft;
    struct query *submission;
    struct query *new_id;
    struct record_form *form;
    struct record_titles *titles;
    struct query **linked; /* of each link what is there already of what the form changes; NULL: nothing is changed */
    struct probe *probes;
    size_t probe_count;
};

static void add_probe(struct record_checks *checks, struct query *query, struct draft_field *field,
                      const char *message)
{
    checks->probes = GROW_ARRAY(checks, struct probe, checks->probes, checks->probe_count + 1);
    checks->probes[checks->probe_count++] = (struct probe){ query, field, message };
}

static const char *key(const struct draft *draft)
{
    return draft->model->primary_key->name;
}

/* "... AND id <> this record's" */
static void add_not_self(struct sql *sql, const struct draft *draft)
{
    if (draft->face != ON_UPDATE)
        return;
    sql_add(sql, " AND ");
    sql_name(sql, key(draft));
    sql_add(sql, " <> ");
    sql_value(sql, draft->id, record_key_type(draft->model));
}

/* What is hidden from a person would not be found here, and be refused at the save alone: the difference would tell of
 * it. Then everything that has to be unique waits for the save. */
static bool hides_some(const struct connection *connection, const struct draft *draft)
{
    return access_asks_rows(connection, draft->model) && !access_is_for_all(draft->model);
}

static void probe_unique(struct connection *connection, struct record_checks *checks, struct draft_field *field)
{
    const struct draft *draft = checks->draft;
    if (!field->field->unique || !field->changed || !field->value || field->error || hides_some(connection, draft))
        return;
    const char *fold = field->field->ignore_case ? "lower(" : "(";
    struct sql *sql = sql_new(connection, "SELECT 1 FROM ");
    sql_name(sql, draft->model->table);
    sql_addf(sql, " WHERE %s", fold);
    sql_name(sql, field->field->name);
    sql_addf(sql, ") = %s", fold);
    sql_value(sql, field->value, field_sql_type(connection, field->field));
    sql_add(sql, ")");
    add_not_self(sql, draft);
    sql_add(sql, " LIMIT 1");
    add_probe(checks, query_add(connection, sql), field, record_says_taken(checks, field->field));
}

/* Only when the form has all its fields: otherwise PostgreSQL decides at the save. */
static void probe_unique_constraint(struct connection *connection, struct record_checks *checks,
                                    const struct constraint *constraint)
{
    const struct draft *draft = checks->draft;
    struct draft_field *last = NULL;
    bool changed = false;
    struct sql *sql = sql_new(connection, "SELECT 1 FROM ");
    sql_name(sql, draft->model->table);
    for (const char *const *name = constraint->fields; *name; name++) {
        struct draft_field *field = draft_field(draft, *name);
        if (!field || !field->value || field->error)
            return;
        sql_add(sql, last ? " AND " : " WHERE ");
        sql_name(sql, *name);
        sql_add(sql, " = ");
        sql_value(sql, field->value, field_sql_type(connection, field->field));
        changed |= field->changed;
        last = field;
    }
    if (!changed || hides_some(connection, draft))
        return;
    add_not_self(sql, draft);
    sql_add(sql, " LIMIT 1");
    add_probe(checks, query_add(connection, sql), last,
              record_says_together(checks, draft->model, constraint));
}

/* Two people could each make half of a circle at the same time, so whoever changes such a reference waits for the
 * others of its group. The lock belongs to the transaction, so a pooler does not matter. */
static void lock_circle(struct connection *connection, const struct draft *draft, const struct draft_field *field)
{
    struct sql *sql = sql_new(connection, "SELECT pg_advisory_xact_lock(hashtextextended(");
    sql_value(sql, memory_printf(connection, "%s.%s", draft->model->table, field->field->name), "text");
    sql_add(sql, ", 0))");
    query_add(connection, sql);
}

static void probe_circle(struct connection *connection, struct record_checks *checks, struct draft_field *field)
{
    const struct draft *draft = checks->draft;
    if (!field->field->acyclic || !field->changed || !field->value || field->error || draft->face != ON_UPDATE)
        return;
    lock_circle(connection, draft, field);
    const char *type = record_key_type(draft->model);
    struct sql *sql = sql_new(connection, "WITH RECURSIVE up(id) AS (SELECT ");
    sql_value(sql, field->value, type);
    sql_add(sql, " UNION SELECT ");
    sql_column(sql, "m", field->field->name);
    sql_add(sql, " FROM up JOIN ");
    sql_name(sql, draft->model->table);
    sql_add(sql, " m ON ");
    sql_column(sql, "m", key(draft));
    sql_add(sql, " = up.id WHERE ");
    sql_column(sql, "m", field->field->name);
    sql_add(sql, " IS NOT NULL) SELECT 1 FROM up WHERE id = ");
    sql_value(sql, draft->id, type);
    sql_add(sql, " LIMIT 1");
    char *label = memory_copy(checks, field->field->label);
    label[0] = (char)tolower((unsigned char)label[0]);
    add_probe(checks, query_add(connection, sql), field,
              memory_printf(checks, "Choose another %s: this one is the record itself, or leads back to it through "
                                    "\"%s\"", draft->model->label, label));
}

/* When a shared reference changes, records that point here and stay behind would break: say so at the field. */
static void probe_left_behind(struct connection *connection, struct record_checks *checks,
                              const struct inverse *inverse)
{
    const struct draft *draft = checks->draft;
    const struct field *from = inverse->field;
    struct draft_field *shared = from && from->same ? draft_field(draft, from->same) : NULL;
    if (!shared || !shared->changed || !shared->value || draft->face != ON_UPDATE)
        return;
    struct sql *sql = sql_new(connection, "SELECT 1 FROM ");
    sql_name(sql, from->model->table);
    sql_add(sql, " WHERE ");
    sql_name(sql, from->name);
    sql_add(sql, " = ");
    sql_value(sql, draft->id, record_key_type(draft->model));
    sql_add(sql, " AND ");
    sql_name(sql, from->same);
    sql_add(sql, " <> ");
    sql_value(sql, shared->value, field_sql_type(connection, shared->field));
    sql_add(sql, " LIMIT 1");
    add_probe(checks, query_add(connection, sql), shared,
              memory_printf(checks, "Some %s still belong to this %s where it is now (\"%s\"). Change those first, or "
                                    "keep the %s", from->model->plural, draft->model->label, inverse->label,
                            shared->field->target->label));
}

/* The key of a record that does not exist yet: known before it is written, so that everything else can be written in
 * the same round trip. */
static struct query *queue_new_id(struct connection *connection, const struct draft *draft)
{
    const struct field *primary = draft->model->primary_key;
    struct sql *sql = sql_new(connection, "SELECT ");
    if (primary->type == FIELD_IDENTITY) {
        char *table = sql_quote_name(connection, draft->model->table);
        sql_add(sql, "nextval(pg_get_serial_sequence(");
        sql_value(sql, table, "text");
        sql_add(sql, ", ");
        sql_value(sql, primary->name, "text");
        sql_add(sql, "))");
    } else if (primary->default_sql) {
        sql_add(sql, primary->default_sql);
    } else {
        return NULL;
    }
    return query_add(connection, sql);
}

/* Whether this form was saved already. A double click sends it twice at once: then the second waits here until the
 * first has committed, and its next statement sees what that made. */
static struct query *queue_submission(struct connection *connection, const struct draft *draft)
{
    struct sql *lock = sql_new(connection, "SELECT pg_advisory_xact_lock(hashtextextended(");
    sql_value(lock, draft->token, "text");
    sql_add(lock, ", 0))");
    query_add(connection, lock);
    struct sql *sql = sql_new(connection, "SELECT record FROM submission WHERE token = ");
    record_add_submission(sql, draft);
    return query_add(connection, sql);
}

static struct query *queue_linked(struct connection *connection, const struct draft *draft, const struct draft_link *link)
{
    const char **ids = NEW_ARRAY(connection, const char *, link->count + 1);
    size_t count = 0;
    for (size_t i = 0; i < link->count; i++)
        if (link->items[i].chosen != link->items[i].shown)
            ids[count++] = link->items[i].id;
    if (count == 0)
        return NULL;
    struct sql *sql = sql_new(connection, "SELECT ");
    sql_name(sql, link->link->target_column);
    sql_add(sql, " FROM ");
    sql_name(sql, link->link->table);
    sql_add(sql, " WHERE ");
    sql_name(sql, link->link->own_column);
    sql_add(sql, " = ");
    sql_value(sql, draft->id, record_key_type(draft->model));
    sql_add(sql, " AND ");
    sql_name(sql, link->link->target_column);
    sql_add(sql, " = ANY (");
    sql_value(sql, sql_array(connection, ids, count), NULL);
    sql_addf(sql, "::%s[])", record_key_type(link->link->target_model));
    return query_add(connection, sql);
}

static bool has_id(const struct query *linked, const char *id)
{
    for (int row = 0; row < query_rows(linked); row++)
        if (strcmp(query_text(linked, row, 0), id) == 0)
            return true;
    return false;
}

/* What is as this form wants it, by its own save of which nobody was told perhaps, is not done again. */
static void load_linked(struct draft_link *link, const struct query *linked)
{
    for (size_t i = 0; i < link->count; i++) {
        struct draft_item *item = &link->items[i];
        if (item->chosen == item->shown || has_id(linked, item->id) != item->chosen)
            continue;
        item->shown = item->chosen;
        link->met = true;
    }
}

struct record_checks *record_queue_checks(struct connection *connection, struct draft *draft)
{
    struct record_checks *checks = NEW(connection, struct record_checks);
    checks->draft = draft;
    checks->probes = NEW_ARRAY(checks, struct probe, 1);
    transaction_begin(connection);
    if (draft->face == ON_UPDATE)
        checks->form = record_queue_form(connection, draft, true);
    else
        checks->new_id = queue_new_id(connection, draft);
    if (draft->face == ON_CREATE && draft->token)
        checks->submission = queue_submission(connection, draft);
    checks->titles = record_queue_titles(connection, draft);
    checks->linked = NEW_ARRAY(checks, struct query *, draft->link_count + 1);
    for (size_t i = 0; i < draft->link_count && draft->face == ON_UPDATE; i++)
        checks->linked[i] = queue_linked(connection, draft, &draft->links[i]);
    for (size_t i = 0; i < draft->field_count; i++) {
        probe_unique(connection, checks, &draft->fields[i]);
        probe_circle(connection, checks, &draft->fields[i]);
    }
    for (size_t i = 0; i < draft->model->constraint_count; i++)
        if (draft->model->constraints[i].kind == CONSTRAINT_UNIQUE)
            probe_unique_constraint(connection, checks, &draft->model->constraints[i]);
    for (size_t i = 0; i < draft->model->inverse_count; i++)
        probe_left_behind(connection, checks, &draft->model->inverses[i]);
    return checks;
}

static void judge_reference(const struct draft *draft, struct draft_field *field)
{
    if (field->field->type != FIELD_REFERENCE || field->error || !field->value)
        return;
    const char *label = field->field->target->label;
    if (field->missing)
        field->error = memory_printf(draft, "Choose another %s: this one is not there any more", label);
    else if (field->elsewhere)
        field->error = memory_printf(draft, "Choose a %s of the same %s", label,
                                     model_field(draft->model, field->field->same)->target->label);
}

/* What is linked already may stay, whoever saves the record. */
static void judge_link(const struct draft *draft, struct draft_link *link)
{
    const struct model *target = link->link->target_model;
    const char *hint = target->access_hint ? target->access_hint : "Ask a superuser";
    for (size_t i = 0; i < link->count && !link->error; i++) {
        const struct draft_item *item = &link->items[i];
        if (item->chosen && !item->shown && item->foreign)
            link->error = memory_printf(draft, "Remove '%s': only who may change this %s may add it here, which lets others "
                                               "read it. %s", item->title, target->label, hint);
    }
}

struct error *record_check(struct record_checks *checks, const char **saved_as)
{
    struct draft *draft = checks->draft;
    *saved_as = NULL;
    if (checks->submission && query_rows(checks->submission) > 0) {
        *saved_as = query_text(checks->submission, 0, 0);
        return NULL;
    }
    if (checks->new_id)
        draft->id = query_text(checks->new_id, 0, 0);
    const struct draft_field *typed_key = draft_field(draft, key(draft));
    if (draft->face == ON_CREATE && typed_key && typed_key->value)
        draft->id = typed_key->value;
    if (checks->form)
        TRY(record_load(checks->form));
    record_load_titles(checks->titles);
    for (size_t i = 0; i < draft->link_count; i++)
        if (checks->linked[i])
            load_linked(&draft->links[i], checks->linked[i]);
    for (size_t i = 0; i < draft->field_count; i++)
        judge_reference(draft, &draft->fields[i]);
    for (size_t i = 0; i < draft->link_count; i++)
        judge_link(draft, &draft->links[i]);
    for (size_t i = 0; i < checks->probe_count; i++) {
        const struct probe *probe = &checks->probes[i];
        if (query_rows(probe->query) > 0 && !probe->field->error)
            probe->field->error = probe->message;
    }
    if (draft_is_stale(draft))
        return error_new(draft, ERROR_STALE, "somebody else changed '%s' in the meantime", draft->title);
    if (draft_has_errors(draft))
        return error_new(draft, ERROR_INVALID, "the form has values that need correcting");
    if (draft_is_done(draft))
        *saved_as = draft->id;
    return NULL;
}
