/* How PostgreSQL runs a statement, and whether an index would help it. */
#include "advice.h"

#include <ctype.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "memory.h"
#include "query.h"

enum { CANDIDATES = 6 };

/* What the planner was asked for. A generic plan does not look at values, so NULL will do for all of them. */
struct planning {
    const void *context;
    struct connection *connection;
    const char *statement, *values;
    int number; /* of prepared statements so far: each is planned anew */
};

struct candidate {
    const struct model *model;
    const char **columns;
    struct query *plan;
};

/* NULL, NULL for the highest of $1, $2. */
static const char *null_values(const void *context, const char *statement)
{
    long highest = 0;
    for (const char *at = strchr(statement, '$'); at; at = strchr(at + 1, '$')) {
        long number = strtol(at + 1, NULL, 10);
        highest = number > highest && number < 1000 ? number : highest;
    }
    struct text *text = text_new(context);
    for (long i = 0; i < highest; i++)
        text_add(text, i ? ", NULL" : "(NULL");
    text_add(text, highest ? ")" : "");
    return text->data;
}

static void queue_text(struct planning *planning, const char *text)
{
    query_add(planning->connection, sql_new(planning->connection, text));
}

/* The protocol takes one statement at a time, so that no text can smuggle in another one. */
static void queue_begin(struct planning *planning)
{
    queue_text(planning, "BEGIN READ ONLY");
    queue_text(planning, "SELECT set_config('search_path', 'public, pg_temp', true), set_config('statement_timeout', '3000', true),"
                         " set_config('lock_timeout', '1000', true), set_config('plan_cache_mode', 'force_generic_plan', true)");
}

static void queue_prepare(struct planning *planning)
{
    planning->number++;
    queue_text(planning, memory_printf(planning->connection, "PREPARE roster_plan_%d AS %s", planning->number,
                                       planning->statement));
}

static struct query *queue_explain(struct planning *planning, const char *options)
{
    const char *text = memory_printf(planning->connection, "EXPLAIN (%s) EXECUTE roster_plan_%d%s", options,
                                     planning->number, planning->values);
    return query_add(planning->connection, sql_new(planning->connection, text));
}

static const char *lines(const void *context, const struct query *query)
{
    struct text *text = text_new(context);
    for (int row = 0; row < query_rows(query); row++)
        text_addf(text, "%s\n", query_text(query, row, 0));
    return text->data;
}

static json_t *plan_json(const struct query *query)
{
    json_t *json = json_loads(query_text(query, 0, 0), 0, NULL);
    json_t *plan = json_incref(json_object_get(json_array_get(json, 0), "Plan"));
    json_decref(json);
    return plan;
}

static double total_cost(const struct query *query)
{
    json_t *plan = plan_json(query);
    double cost = json_number_value(json_object_get(plan, "Total Cost"));
    json_decref(plan);
    return cost;
}

/* Whether text has this word, and not as a part of another one. */
static bool has_word(const char *text, const char *word)
{
    size_t length = strlen(word);
    for (const char *at = text ? strstr(text, word) : NULL; at; at = strstr(at + 1, word)) {
        bool begins = at == text || (!isalnum((unsigned char)at[-1]) && at[-1] != '_' && at[-1] != '$');
        bool ends = !isalnum((unsigned char)at[length]) && at[length] != '_';
        if (begins && ends)
            return true;
    }
    return false;
}

struct search {
    const struct schema *schema;
    const void *context;
    struct candidate candidates[CANDIDATES];
    size_t count;
};

static void add_candidate(struct search *search, const struct model *model, const char *first, const char *second)
{
    if (search->count == CANDIDATES)
        return;
    struct candidate *candidate = &search->candidates[search->count++];
    candidate->model = model;
    candidate->columns = NEW_ARRAY(search->context, const char *, 3);
    candidate->columns[0] = first;
    candidate->columns[1] = second;
}

static bool can_index(const struct field *field)
{
    return field_has_column(field) && field->type != FIELD_JSON && field->type != FIELD_BYTES &&
           field->type != FIELD_LONG_TEXT;
}

/* The columns that a filter looks at, alone and the first two together. */
static void look_at_filter(struct search *search, const char *table, const char *filter)
{
    const struct model *model = schema_by_table(search->schema, table);
    const char *found[2] = { NULL, NULL };
    for (size_t i = 0; model && i < model->field_count; i++) {
        const struct field *field = &model->fields[i];
        if (!can_index(field) || !has_word(filter, field->name))
            continue;
        add_candidate(search, model, field->name, NULL);
        if (!found[0])
            found[0] = field->name;
        else if (!found[1])
            found[1] = field->name;
    }
    if (found[1])
        add_candidate(search, model, found[0], found[1]);
}

static void look_at_node(struct search *search, const json_t *node) /* as deep as a plan */
{
    const char *type = json_string_value(json_object_get(node, "Node Type"));
    const char *table = json_string_value(json_object_get(node, "Relation Name"));
    const char *filter = json_string_value(json_object_get(node, "Filter"));
    if (type && table && filter && strcmp(type, "Seq Scan") == 0)
        look_at_filter(search, table, filter);
    size_t index = 0;
    const json_t *child = NULL;
    const json_t *plans = json_object_get(node, "Plans");
    json_array_foreach(plans, index, child)
    {
        look_at_node(search, child);
    }
}

static const char *column_list(const void *context, const struct candidate *candidate, const char *separator,
                               const char *(*quote)(const void *context, const char *name))
{
    struct text *text = text_new(context);
    for (size_t i = 0; candidate->columns[i]; i++)
        text_addf(text, "%s%s", i ? separator : "", quote(context, candidate->columns[i]));
    return text->data;
}

static const char *sql_quote(const void *context, const char *name)
{
    return sql_quote_name(context, name);
}

static const char *c_quote(const void *context, const char *name)
{
    return memory_printf(context, "\"%s\"", name);
}

static void queue_trial(struct planning *planning, struct candidate *candidate)
{
    struct sql *sql = sql_new(planning->connection, "SELECT hypopg_create_index(");
    sql_value(sql, memory_printf(sql, "CREATE INDEX ON %s (%s)", sql_quote_name(sql, candidate->model->table),
                                 column_list(sql, candidate, ", ", sql_quote)), "text");
    sql_add(sql, ")");
    query_add(planning->connection, sql);
    queue_prepare(planning);
    candidate->plan = queue_explain(planning, "FORMAT JSON");
    queue_text(planning, "SELECT hypopg_reset()");
}

static void take(struct advice *advice, const void *context, const struct candidate *candidate)
{
    advice->model = candidate->model;
    advice->columns = candidate->columns;
    advice->line = memory_printf(context, "{ .columns = (const char *const[]){ %s, NULL } },",
                                 column_list(context, candidate, ", ", c_quote));
}

/* The best of them, when it makes the statement cheaper by a fifth. */
static struct error *prove(struct planning *planning, struct search *search, struct advice *advice)
{
    queue_begin(planning);
    for (size_t i = 0; i < search->count; i++)
        queue_trial(planning, &search->candidates[i]);
    queue_text(planning, "ROLLBACK");
    TRY(query_run(planning->connection));
    double best = advice->cost * 0.8;
    advice->proved = true;
    for (size_t i = 0; i < search->count; i++) {
        double cost = total_cost(search->candidates[i].plan);
        if (cost >= best)
            continue;
        best = advice->cost_after = cost;
        take(advice, planning->context, &search->candidates[i]);
    }
    return NULL;
}

static struct error *explain(struct planning *planning, struct search *search, struct advice *advice)
{
    queue_begin(planning);
    queue_prepare(planning);
    struct query *text = queue_explain(planning, "FORMAT TEXT"), *json = queue_explain(planning, "FORMAT JSON");
    queue_text(planning, "ROLLBACK");
    TRY(query_run(planning->connection));
    advice->plan = lines(planning->context, text);
    advice->cost = total_cost(json);
    json_t *plan = plan_json(json);
    look_at_node(search, plan);
    json_decref(plan);
    return NULL;
}

struct error *advice_find(const void *context, const struct settings *settings, const struct schema *schema,
                          const char *statement, bool with_hypopg, struct advice *advice)
{
    struct planning planning = { .context = context, .statement = statement, .values = null_values(context, statement) };
    struct search search = { .context = context, .schema = schema };
    *advice = (struct advice){ 0 };
    planning.connection = connection_new(context, settings, CONNECTION_DIRECT, "roster advice");
    struct error *error = explain(&planning, &search, advice);
    if (error && error->code == ERROR_UNAVAILABLE && !*error->sqlstate)
        return error;
    advice->problem = error ? error->message : NULL;
    if (error || search.count == 0)
        return NULL;
    if (with_hypopg)
        return prove(&planning, &search, advice);
    take(advice, context, &search.candidates[0]);
    return NULL;
}
