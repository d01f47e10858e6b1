/* What a plan.json means for these models: tables, rows, order. Columns are in seed_plan_columns.c. */
#include "seed_plan.h"

#include <stdio.h>
#include <string.h>
#include "memory.h"
#include "seed_base.h"
#include "seed_file.h"
#include "seed_plan_columns.h"

/* Products of two counts must fit 64 bits. */
#define MOST_ROWS 1e9

struct planning {
    const void *context;
    struct connection *db;
    const struct schema *schema;
    const char *path;
    double scale;
    json_t *json;
    struct plan_table **tables; /* as declared: models, then links */
    size_t count;
};

uint64_t seed_plan_block_start(const struct plan_table *table, uint64_t block)
{
    return (block * table->rows + table->blocks - 1) / table->blocks;
}

static uint64_t common_divisor(uint64_t a, uint64_t b)
{
    while (b > 0) {
        uint64_t rest = a % b;

        a = b;
        b = rest;
    }
    return a;
}

uint64_t seed_plan_step(uint64_t count)
{
    uint64_t step = count * 618 / 1000;

    while (step > 1 && common_divisor(step, count) != 1)
        step--;
    return step > 0 ? step : 1;
}

static bool has_required_file(const struct model *model)
{
    for (size_t i = 0; i < model->field_count; i++)
        if (model->fields[i].type == FIELD_FILE && model->fields[i].required)
            return true;
    return false;
}

/* The number that the plan has for a table under "rows" or "least"; fallback when it names it not. */
static struct error *read_number(const struct planning *planning, const char *part, const char *table,
                                 double fallback, double *number)
{
    const json_t *json = json_object_get(json_object_get(planning->json, part), table);

    *number = json ? json_number_value(json) : fallback;
    if (json && (!json_is_number(json) || *number < 0 || *number > MOST_ROWS))
        return error_new(planning->context, ERROR_INVALID,
                         "%s: \"%s\": write a number of rows from 0 to %.0f for '%s'", planning->path, part,
                         MOST_ROWS, table);
    return NULL;
}

static struct error *count_rows(const struct planning *planning, struct plan_table *table, double fallback)
{
    double planned, least;

    TRY(read_number(planning, "rows", table->table, fallback, &planned));
    TRY(read_number(planning, "least", table->table, planned > 0 ? 1 : 0, &least));
    planned *= planning->scale;
    planned = planned < least ? least : planned;
    if (planned > MOST_ROWS)
        return error_new(planning->context, ERROR_USAGE,
                         "table '%s' would get %.0f rows at this scale; %.0f are the"
                         " most, so choose a smaller one",
                         table->table, planned, MOST_ROWS);
    table->rows = (uint64_t)(planned + 0.5);
    return NULL;
}

static struct plan_table *find_table(const struct planning *planning, const char *name)
{
    for (size_t i = 0; i < planning->count; i++)
        if (strcmp(planning->tables[i]->table, name) == 0)
            return planning->tables[i];
    return NULL;
}

static struct plan_table *add_table(struct planning *planning, const char *name)
{
    struct plan_table *table = NEW(planning->context, struct plan_table);

    table->table = name;
    table->blocks = 1;
    planning->tables =
        GROW_ARRAY(planning->context, struct plan_table *, planning->tables, planning->count + 1);
    planning->tables[planning->count++] = table;
    return table;
}

/* Models that the plan does not name get "others" rows; rows whose bytes would be missing are of no use. */
static struct error *add_models(struct planning *planning)
{
    double others = json_number_value(json_object_get(planning->json, "others"));

    for (size_t i = 0; i < planning->schema->count; i++) {
        const struct model *model = planning->schema->models[i];
        bool named = json_object_get(json_object_get(planning->json, "rows"), model->table) != NULL;
        struct plan_table *table;

        if (model->internal && !named)
            continue;
        table = add_table(planning, model->table);
        table->model = model;
        TRY(count_rows(planning, table, has_required_file(model) ? 0 : others));
        if (table->rows > 0)
            TRY(seed_base_find(planning->context, planning->db, table));
    }
    return NULL;
}

/* A link that the plan does not name gets two rows for each of its own. No pair comes twice. */
static struct error *add_link(struct planning *planning, const struct link *link)
{
    const struct plan_table *own = find_table(planning, link->model->table);
    const struct plan_table *target = find_table(planning, link->target_model->table);
    struct plan_table *table;

    if (!own || !target)
        return NULL;
    table = add_table(planning, link->table);
    table->link = link;
    table->own = table->leading = own;
    table->target = target;
    table->step = seed_plan_step(target->rows);
    table->blocks = own->rows > 0 ? own->rows : 1;
    TRY(count_rows(planning, table, 2 * (double)own->rows / planning->scale));
    if (table->rows > own->rows * target->rows)
        table->rows = own->rows * target->rows;
    return NULL;
}

static struct error *add_links(struct planning *planning)
{
    size_t count = planning->count;

    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j < planning->tables[i]->model->link_count; j++)
            TRY(add_link(planning, &planning->tables[i]->model->links[j]));
    return NULL;
}

/* Whether all that this table refers to stands before it; strict: also what it may leave empty. */
static bool is_ready(const struct planning *planning, const struct plan_table *table, bool strict)
{
    for (size_t i = 0; i < table->model->field_count; i++) {
        const struct field *field = &table->model->fields[i];
        const struct plan_table *target;

        if (field->type != FIELD_REFERENCE || field->target == table->model || !(field->required || strict))
            continue;
        target = find_table(planning, field->target->table);
        if (target && target->rows > 0 && !target->placed)
            return false;
    }
    return true;
}

static struct plan_table *next_table(const struct planning *planning)
{
    for (int strict = 1; strict >= 0; strict--)
        for (size_t i = 0; i < planning->count; i++) {
            struct plan_table *table = planning->tables[i];

            if (table->model && table->rows > 0 && !table->placed && is_ready(planning, table, strict))
                return table;
        }
    return NULL;
}

static struct error *make_order(const struct planning *planning, struct seed_plan *plan)
{
    struct plan_table *table;
    size_t count = 0;

    plan->tables = NEW_ARRAY(planning->context, struct plan_table *, planning->count + 1);
    while ((table = next_table(planning)) != NULL) {
        TRY(error_within(
            seed_plan_columns(planning->context, planning->json, planning->tables, planning->count, table),
            "%s", planning->path));
        table->placed = true;
        plan->tables[count++] = table;
    }
    for (size_t i = 0; i < planning->count; i++) {
        table = planning->tables[i];
        if (table->rows > 0 && table->link)
            plan->tables[count++] = table;
        else if (table->rows > 0 && !table->placed)
            return error_new(planning->context, ERROR_INVALID,
                             "%s: '%s' takes part in a circle of required"
                             " references, of which no first row can be made; plan 0 rows",
                             planning->path, table->table);
        plan->rows += table->rows;
    }
    return NULL;
}

static struct error *check_names(const struct planning *planning, bool quiet)
{
    static const char *const parts[] = { "about", "rows", "least", "others", "values" };
    const char *name;
    json_t *value;

    json_object_foreach(planning->json, name, value) {
        bool known = false;

        for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
            known |= strcmp(name, parts[i]) == 0;
        if (!known)
            return error_new(planning->context, ERROR_INVALID,
                             "%s: '%s' means nothing here; a plan has rows, least,"
                             " others, values and about",
                             planning->path, name);
    }
    json_object_foreach(json_object_get(planning->json, "rows"), name,
                        value) if (!find_table(planning, name) && !quiet)
        fprintf(stderr, "%s: left out '%s', as no model has this table\n", planning->path, name);
    return NULL;
}

struct error *seed_plan_read(const void *context, struct connection *db, const struct schema *schema,
                             const char *path, double scale, bool quiet, struct seed_plan **plan)
{
    struct planning planning = {
        .context = context, .db = db, .schema = schema, .path = path, .scale = scale
    };
    struct seed_plan *made = NEW(context, struct seed_plan);

    TRY(seed_json_read(context, path, &planning.json));
    planning.tables = NEW_ARRAY(context, struct plan_table *, 1);
    TRY(add_models(&planning));
    TRY(add_links(&planning));
    TRY(check_names(&planning, quiet));
    TRY(make_order(&planning, made));
    *plan = made;
    return NULL;
}
