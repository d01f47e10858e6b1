/* From the models' rules to CREATE FUNCTION, CREATE POLICY and GRANT. */
#include "rights_list.h"

#include <string.h>

#include "access.h"
#include "access_text.h"
#include "conninfo.h"
#include "memory.h"
#include "record.h"
#include "rights.h"
#include "sql.h"
#include "text.h"

struct list {
    const void *context;
    struct rights *rights;
    struct text *names; /* of tables that have policies, as literals */
};

static struct rights_item *add_item(struct list *list, const char *name)
{
    struct rights *rights = list->rights;
    rights->items = GROW_ARRAY(rights, struct rights_item, rights->items, rights->count + 1);
    rights->items[rights->count] = (struct rights_item){ .name = name };
    return &rights->items[rights->count++];
}

static void add(const void *context, struct rights_item *item, const char *statement)
{
    item->statements = GROW_ARRAY(context, const char *, item->statements, item->count + 1);
    item->statements[item->count++] = statement;
}

/* --- Functions ---------------------------------------------------------------------------------------------------- */

struct function {
    const char *what, *name, *query;
    const char *type; /* of what it is asked about, or of the key that it gives */
    bool question;
};

/* A key of another type makes it another function, and the policies that ask the old one go with it: without them a table
 * shows nothing, until its own come. */
static const char *drop_of_another_type(const void *context, const struct function *function)
{
    const char *name = memory_printf(context, "public.%s()", function->name);
    return memory_printf(context,
                         "DO $roster$ BEGIN IF EXISTS (SELECT 1 FROM pg_proc WHERE oid = to_regprocedure(%s)"
                         " AND prorettype <> '%s'::regtype) THEN DROP FUNCTION %s CASCADE; END IF; END $roster$",
                         sql_quote_literal(context, name), function->type, name);
}

/* With the rights of the tables' owner, so that no policy holds it back; and with the path of names fixed, so that
 * nobody can put another table under its eyes (manual, CREATE FUNCTION, "Writing SECURITY DEFINER Functions Safely").
 * In PL/pgSQL, which plans its query once for a session and not for every statement (manual, 43.11.2), but looks at it
 * only then: what does not fit the tables is found by preparing it here. A column may be called as one of its
 * variables is ("found"). It is STABLE, and so sees what the statement that asks saw at its start (manual, 38.7). */
static void add_function(struct list *list, const struct function *function)
{
    const void *context = list->context;
    const char *type = function->type, *query = function->query;
    const bool question = function->question;
    struct rights_item *item = add_item(list, function->what);
    item->is_function = true;
    add(list->rights, item, memory_printf(context, "PREPARE roster_set (%s) AS %s", type, query));
    add(list->rights, item, "DEALLOCATE roster_set");
    if (!question)
        add(list->rights, item, drop_of_another_type(context, function));
    add(list->rights, item,
        memory_printf(context,
                      "CREATE OR REPLACE FUNCTION %s(%s) RETURNS %s LANGUAGE plpgsql STABLE PARALLEL SAFE%s"
                      " SECURITY DEFINER SET search_path = public, pg_temp AS %s",
                      function->name, question ? type : "",
                      question ? "boolean" : memory_printf(context, "SETOF %s", type), question ? "" : " ROWS 20",
                      sql_quote_literal(context, memory_printf(context, "#variable_conflict use_column\nBEGIN RETURN %s(%s); END",
                                                               question ? "" : "QUERY ", query))));
}

static void add_set(struct list *list, const struct model *model, const struct access_set *set)
{
    const void *context = list->context;
    const char *sql = access_set_sql(context, set), *type = record_key_type(model);
    const bool question = access_set_is_question(set);
    const struct function function = {
        .what = memory_printf(context, "set %s.%s", model->table, set->name),
        .name = access_set_function(context, model->table, set->name),
        .query = question ? memory_printf(context, "SELECT (%s)", sql)
                          : memory_printf(context, "SELECT x.key::%s FROM (%s) x (key)", type, sql),
        .type = type,
        .question = question,
    };
    add_function(list, &function);
}

/* A policy's check sees the new row alone; what the old one was, these say. After the sets, which they ask. */
static void add_before(struct list *list, const struct model *model)
{
    const void *context = list->context;
    for (const struct access *rule = model->access; rule && rule->may; rule++) {
        if (!(rule->may & MAY_CHANGE) || !access_text_asks_before(model))
            continue;
        const struct function function = {
            .what = memory_printf(context, "rule %zu of %s", (size_t)(rule - model->access) + 1, model->table),
            .name = access_text_before_function(context, model, rule),
            .query = memory_printf(context, "SELECT %s", access_before_sql(context, model, rule)),
            .type = record_key_type(model),
            .question = true,
        };
        add_function(list, &function);
    }
}

/* Whether a policy asks about references to the model; the site's own tables' are no relations of it. */
static bool is_asked_about(const struct schema *schema, const struct model *target)
{
    for (size_t i = 0; i < schema->count; i++)
        for (size_t j = 0; j < schema->models[i]->field_count; j++)
            if (schema->models[i]->fields[j].target == target && access_guards(&schema->models[i]->fields[j]))
                return true;
    return false;
}

/* A question about keys as text. */
static void add_question(struct list *list, const char *what, const char *name, const char *types, const char *sql)
{
    const struct function function = {
        .what = what, .name = name, .type = types, .query = memory_printf(list->context, "SELECT %s", sql), .question = true
    };
    add_function(list, &function);
}

/* Whether the target of some reference is seen, and what a record refers to before it is changed. */
static void add_seen(struct list *list, const struct model *model)
{
    const void *context = list->context;
    if (is_asked_about(model->schema, model))
        add_question(list, memory_printf(context, "whether a %s is seen", model->table), access_seen_function(context, model),
                     "text", access_seen_sql(context, model));
}

static void add_kept(struct list *list, const struct field *field)
{
    const void *context = list->context;
    add_question(list, memory_printf(context, "what %s.%s was", field->model->table, field->name),
                 access_kept_function(context, field), "text, text", access_kept_sql(context, field));
}

static void add_references(struct list *list, const struct model *model)
{
    add_seen(list, model);
    for (size_t i = 0; i < model->field_count; i++)
        if (access_guards(&model->fields[i]))
            add_kept(list, &model->fields[i]);
}

/* --- Policies ----------------------------------------------------------------------------------------------------- */

struct policies {
    const char *read, *create, *change, *becomes, *delete; /* NULL: none */
};

static const char *create_policy(const void *context, const char *table, const char *name, const char *command,
                                 const char *using, const char *check)
{
    struct text *text = text_new(context);
    text_addf(text, "CREATE POLICY roster_%s ON %s FOR %s", name, sql_quote_name(context, table), command);
    if (using)
        text_addf(text, " USING (%s)", using);
    if (check)
        text_addf(text, " WITH CHECK (%s)", check);
    return text->data;
}

static struct rights_item without(const void *context, const char *table)
{
    static const char *const names[] = { "read", "create", "change", "delete" };
    struct rights_item item = { .name = memory_printf(context, "table %s", table) };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        add(context, &item, memory_printf(context, "DROP POLICY IF EXISTS roster_%s ON %s", names[i],
                                          sql_quote_name(context, table)));
    return item;
}

/* Before its policies, and apart from them: where they do not fit, the table shows nothing rather than everything. */
static void close_table(struct list *list, const char *table)
{
    const void *context = list->context;
    const char *name = memory_printf(context, "public.%s", sql_quote_name(context, table));
    struct rights_item *item = add_item(list, memory_printf(context, "%s shows only what its rules allow", table));
    add(list->rights, item,
        memory_printf(context,
                      "DO $roster$ BEGIN IF EXISTS (SELECT 1 FROM pg_class WHERE oid = to_regclass(%s) AND relkind IN ('r', 'p')"
                      " AND NOT relrowsecurity) THEN ALTER TABLE %s ENABLE ROW LEVEL SECURITY; END IF; END $roster$",
                      sql_quote_literal(context, name), name));
}

static void add_table(struct list *list, const char *table, const struct policies *policies)
{
    const void *context = list->context;
    const char *quoted = sql_quote_name(context, table);
    close_table(list, table);
    struct rights_item *item = add_item(list, NULL);
    *item = without(list->rights, table);
    if (policies->read)
        add(list->rights, item, create_policy(context, table, "read", "SELECT", policies->read, NULL));
    if (policies->create)
        add(list->rights, item, create_policy(context, table, "create", "INSERT", NULL, policies->create));
    if (policies->change)
        add(list->rights, item, create_policy(context, table, "change", "UPDATE", policies->change, policies->becomes));
    if (policies->delete)
        add(list->rights, item, create_policy(context, table, "delete", "DELETE", policies->delete, NULL));
    /* Never for the owner: its revisions would miss rows without a word. */
    add(list->rights, item,
        memory_printf(context, "ALTER TABLE %s ENABLE ROW LEVEL SECURITY, NO FORCE ROW LEVEL SECURITY", quoted));
    text_addf(list->names, ", %s", sql_quote_literal(context, table));
}

static void add_model(struct list *list, const struct model *model)
{
    const void *context = list->context;
    add_table(list, model->table,
              &(struct policies){ .read = access_policy(context, model, MAY_READ),
                                  .create = access_references_policy(context, model, MAY_CREATE),
                                  .change = access_policy(context, model, MAY_CHANGE),
                                  .becomes = access_references_policy(context, model, MAY_BECOME),
                                  .delete = access_policy(context, model, MAY_DELETE) });
}

static void add_link(struct list *list, const struct link *link)
{
    const void *context = list->context;
    add_table(list, link->table,
              &(struct policies){ .read = access_link_policy(context, link, MAY_READ),
                                  .create = access_link_policy(context, link, MAY_CREATE),
                                  .delete = access_link_policy(context, link, MAY_DELETE) });
}

static void add_content(struct list *list, const struct field *file)
{
    const void *context = list->context;
    const char *table = memory_printf(context, "%s_%s", file->model->table, file->name);
    add_table(list, table,
              &(struct policies){ .read = access_content_policy(context, file, table, MAY_READ),
                                  .create = access_content_policy(context, file, table, MAY_CREATE),
                                  .delete = access_content_policy(context, file, table, MAY_DELETE) });
}

static void add_parts(struct list *list, const struct model *model)
{
    for (size_t i = 0; i < model->link_count; i++)
        add_link(list, &model->links[i]);
    for (size_t i = 0; i < model->field_count; i++)
        if (model->fields[i].type == FIELD_FILE)
            add_content(list, &model->fields[i]);
}

/* --- What an earlier models file had and this one has not ----------------------------------------------------------- */

static const char drop_sql[] =
    "DO $roster$ DECLARE t text; p text; BEGIN"
    " FOR t, p IN SELECT c.relname, p.polname FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid"
    " WHERE c.relnamespace = 'public'::regnamespace AND p.polname IN (" RIGHTS_POLICY_NAMES ")"
    " AND c.relname NOT IN (''%s) LOOP"
    " EXECUTE format('DROP POLICY %%I ON public.%%I', p, t);"
    " IF NOT EXISTS (SELECT 1 FROM pg_policy WHERE polrelid = format('public.%%I', t)::regclass) THEN"
    " EXECUTE format('ALTER TABLE public.%%I DISABLE ROW LEVEL SECURITY', t); END IF; END LOOP; END $roster$";

static void add_remains(struct list *list)
{
    struct rights_item *item = add_item(list, "what is not wanted any more");
    add(list->rights, item, memory_printf(list->context, drop_sql, list->names->data));
}

bool rights_do_not_fit(const struct error *error)
{
    /* What is not there or not of that type, a value that its type lacks, what cannot be done with such a thing: not the
     * lack of a right, which is no matter of the tables (manual, appendix A). */
    static const char *const classes[] = { "42", "22", "0A" };
    for (size_t i = 0; i < sizeof classes / sizeof *classes; i++)
        if (strncmp(error->sqlstate, classes[i], strlen(classes[i])) == 0)
            return strcmp(error->sqlstate, "42501") != 0;
    return false;
}

static bool needs_history(const struct schema *schema)
{
    bool any = false;
    for (size_t i = 0; i < schema->count; i++)
        any |= schema->models[i]->access && !schema->models[i]->internal;
    return any && schema_by_table(schema, "change") && schema_by_table(schema, "change")->internal;
}

const struct rights *rights_list(const void *context, const struct schema *schema)
{
    struct list list = { context, NEW(context, struct rights), text_new(context) };
    for (size_t i = 0; i < schema->count; i++)
        for (const struct access_set *set = schema->models[i]->sets; set && set->name; set++)
            add_set(&list, schema->models[i], set);
    for (size_t i = 0; i < schema->count; i++)
        add_before(&list, schema->models[i]);
    for (size_t i = 0; i < schema->count; i++)
        add_references(&list, schema->models[i]);
    for (size_t i = 0; i < schema->count; i++) {
        const struct model *model = schema->models[i];
        if (!model->access)
            continue;
        add_model(&list, model);
        add_parts(&list, model);
    }
    if (needs_history(schema))
        add_table(&list, "change",
                  &(struct policies){ .read = access_history_policy(context, schema), .create = "true" });
    add_remains(&list);
    return list.rights;
}

/* --- Grants ------------------------------------------------------------------------------------------------------- */

const char *rights_append_only(const void *context, const struct schema *schema)
{
    struct text *text = text_new(context);
    text_add(text, "''");
    for (size_t i = 0; i < schema->count; i++)
        if (schema->models[i]->append_only)
            text_addf(text, ", %s", sql_quote_literal(context, schema->models[i]->table));
    return text->data;
}

/* For the tables of this role's, and the sequences: some are append-only, and the revisions' own are only read. Tables
 * that come later get what most have, and what they should have at the end of that upgrade. */
static const char grant_sql[] =
    "DO $roster$ DECLARE t record; BEGIN"
    " FOR t IN SELECT c.oid::regclass AS name, c.relkind AS kind, c.relname AS plain FROM pg_class c"
    " WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p', 'S')"
    " AND pg_has_role(c.relowner, 'USAGE') LOOP"
    " IF t.kind = 'S' THEN EXECUTE format('GRANT USAGE, SELECT ON SEQUENCE %%s TO %%I', t.name, %1$s); CONTINUE; END IF;"
    " EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %%s TO %%I', t.name, %1$s);"
    " IF t.plain IN (%2$s) OR t.plain LIKE 'roster\\_%%' THEN"
    " EXECUTE format('REVOKE UPDATE, DELETE ON %%s FROM %%I', t.name, %1$s); END IF;"
    " IF t.plain LIKE 'roster\\_%%' THEN EXECUTE format('REVOKE INSERT ON %%s FROM %%I', t.name, %1$s); END IF;"
    " END LOOP;"
    " EXECUTE format('ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO %%I', %1$s);"
    " EXECUTE format('ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO %%I', %1$s);"
    " END $roster$";

struct rights_item rights_grants(const void *context, const struct schema *schema, const char *role)
{
    struct rights_item item = { .name = memory_printf(context, "role %s", role) };
    struct text *parent = text_new(context);
    add(parent, &item,
        memory_printf(parent, grant_sql, sql_quote_literal(parent, role), rights_append_only(parent, schema)));
    return item;
}

static void add_role(struct text *text, const char *conninfo, const char *attributes)
{
    const char *name = conninfo_part(text, conninfo, "user");
    text_addf(text, "CREATE ROLE %s LOGIN%s;\n", sql_quote_name(text, name ? name : "roster"), attributes);
}

const char *rights_roles(const void *context, const struct settings *settings)
{
    struct text *text = text_new(context);
    const char *web = sql_quote_name(text, settings->serving_role), *all = sql_quote_name(text, settings->superuser_role);
    const char *owner = sql_quote_name(text, conninfo_part(text, settings->direct_url, "user"));
    const char *dump = conninfo_part(text, settings->dump_url, "user");
    text_add(text, "-- Migrates, seeds and restores: it owns the database and the tables (DATABASE_DIRECT_URL).\n");
    add_role(text, settings->direct_url, " CREATEDB");
    text_addf(text, "GRANT pg_monitor, pg_signal_backend TO %s;\n", owner);
    if (strcmp(web, owner) == 0) {
        text_add(text, "-- DATABASE_URL names the same role. Give it one of its own, so that row-level security holds for it.\n");
        return text->data;
    }
    text_add(text, "-- Serves (DATABASE_URL); what rows it sees is up to the policies.\n");
    add_role(text, settings->database_url, "");
    text_add(text, "-- What the requests of superusers take on.\n");
    text_addf(text, "CREATE ROLE %s NOLOGIN BYPASSRLS;\nGRANT %s TO %s;\n", all, all, web);
    text_addf(text, "GRANT pg_monitor TO %s;\nGRANT pg_monitor, pg_signal_backend TO %s;\n", web, all);
    if (strcmp(sql_quote_name(text, dump), owner) == 0)
        return text->data;
    text_add(text, "-- Dumps (DATABASE_DUMP_URL).\n");
    add_role(text, settings->dump_url, " BYPASSRLS");
    text_addf(text, "GRANT pg_read_all_data TO %s;\n", sql_quote_name(text, dump));
    return text->data;
}
