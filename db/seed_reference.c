/* How a seed names other rows: finding them. */
#include "seed_reference.h"

#include <stdlib.h>
#include <string.h>
#include "memory.h"

struct error *seed_run_query(const void *context, struct seed_run *run, const struct sql *sql,
                             struct query **query)
{
    struct query *made = talloc_steal(context, query_add(run->db, sql));

    TRY(query_run(run->db));
    *query = made;
    return NULL;
}

void seed_reference_where(struct sql *sql, const struct seed_value *values, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        bool folded = values[i].field->ignore_case && values[i].text;

        sql_add(sql, i > 0 ? " AND " : "");
        sql_add(sql, folded ? "lower(" : "");
        sql_name(sql, values[i].field->name);
        sql_add(sql, folded ? ")" : "");
        if (!values[i].text && !values[i].offset) {
            sql_add(sql, " IS NULL");
            continue;
        }
        sql_add(sql, folded ? " = lower(" : " = ");
        seed_value_compare(sql, &values[i]);
        sql_add(sql, folded ? ")" : "");
    }
}

static struct error *read_part(const void *context, struct seed_run *run, const struct field *field,
                               const json_t *json, struct seed_value *value)
{
    const char *text = json_string_value(json);

    *value = (struct seed_value){ .field = field };
    if (field->type == FIELD_REFERENCE)
        return seed_reference_find(context, run, field->target, json, &value->text);
    if (text && strcmp(text, "{first_superuser}") == 0) {
        value->text = run->superuser;
        return run->superuser ? NULL
                              : error_new(context, ERROR_INVALID,
                                          "there is no superuser yet; make one with"
                                          " roster user add EMAIL --superuser");
    }
    return seed_value_read(context, field, json, value);
}

/* {"email": "..."} or, for the title field, "..." */
static struct error *read_parts(const void *context, struct seed_run *run, const struct model *target,
                                const json_t *json, struct seed_value *values, size_t *count)
{
    const char *name;
    const json_t *part;
    size_t at = 0;

    if (json_is_string(json)) {
        *count = 1;
        return read_part(context, run, target->title_field, json, &values[0]);
    }
    json_object_foreach((json_t *)json, name, part) {
        const struct field *field = model_field(target, name);

        if (!field || !field_has_column(field) || field->secret)
            return error_new(context, ERROR_INVALID, "model '%s' has no field '%s' to find a row by",
                             target->table, name);
        TRY(error_within(read_part(context, run, field, part, &values[at++]), "'%s'", name));
    }
    *count = at;
    return NULL;
}

static struct error *find_row(const void *context, struct seed_run *run, const struct model *target,
                              const json_t *json, const char *said, const char **id)
{
    struct seed_value *values = NEW_ARRAY(context, struct seed_value, json_object_size(json) + 1);
    struct sql *sql = sql_new(context, "SELECT ");
    struct query *query;
    size_t count;

    TRY(read_parts(context, run, target, json, values, &count));
    sql_name(sql, target->primary_key->name);
    sql_add(sql, "::text FROM ");
    sql_name(sql, target->table);
    sql_add(sql, " WHERE ");
    seed_reference_where(sql, values, count);
    sql_add(sql, " LIMIT 2");
    TRY(seed_run_query(context, run, sql, &query));
    if (query_rows(query) == 0)
        return error_new(context, ERROR_INVALID,
                         "there is no %s %s; correct it, or seed it in an earlier file", target->label, said);
    if (query_rows(query) > 1)
        return error_new(context, ERROR_INVALID, "there are several %s %s; name more of its fields",
                         target->plural, said);
    *id = query_text(query, 0, 0);
    return NULL;
}

struct error *seed_reference_find(const void *context, struct seed_run *run, const struct model *target,
                                  const json_t *json, const char **id)
{
    const char *said, *known, *place;
    char *dumped;

    if (!json_is_string(json) && json_object_size(json) == 0)
        return error_new(context, ERROR_INVALID,
                         "write the %s's %s in quotes, or an object such as {\"%s\": \"...\"}", target->label,
                         target->title_field->name, target->title_field->name);
    dumped = json_dumps(json, JSON_ENCODE_ANY | JSON_COMPACT | JSON_SORT_KEYS);
    said = memory_copy(context, dumped ? dumped : "");
    free(dumped);
    place = memory_printf(context, "%s %s", target->table, said);
    known = json_string_value(json_object_get(run->found, place));
    if (!known) {
        TRY(find_row(context, run, target, json, said, &known));
        json_object_set_new(run->found, place, json_string(known));
    }
    *id = memory_copy(context, known);
    return NULL;
}
