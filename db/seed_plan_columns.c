/* How each column of a planned table is made. */
#include "seed_plan_columns.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "memory.h"
#include "seed_format.h"
#include "seed_generate.h"
#include "seed_words.h"

/* Without limits of its own a number stays readable. */
#define LARGEST 9999

struct work {
    const void *context;
    const json_t *values; /* of the plan */
    struct plan_table *const *tables;
    size_t count;
    struct plan_table *table;
};

static struct plan_table *find_target(const struct work *work, const struct field *field)
{
    for (size_t i = 0; i < work->count; i++)
        if (work->tables[i]->model == field->target)
            return work->tables[i]->rows > 0 ? work->tables[i] : NULL;
    return NULL;
}

/* The reference that another field of these models wants to share with this table, so that it decides the
 * blocks. */
static const struct field *shared_reference(const struct work *work)
{
    const struct model *model = work->table->model;

    for (size_t i = 0; i < work->count; i++) {
        const struct model *other = work->tables[i]->model;

        for (size_t j = 0; other && j < other->field_count; j++) {
            const struct field *field = &other->fields[j];

            if (field->same && (field->model == model || field->target == model))
                return model_field(model, field->same);
        }
    }
    return NULL;
}

static const struct field *first_required_reference(const struct model *model)
{
    for (size_t i = 0; i < model->field_count; i++) {
        const struct field *field = &model->fields[i];

        if (field->type == FIELD_REFERENCE && field->required && field->target != model)
            return field;
    }
    return NULL;
}

static void choose_blocks(const struct work *work)
{
    struct plan_table *table = work->table;
    const struct field *field = shared_reference(work);

    if (!field)
        field = first_required_reference(table->model);
    if (!field)
        return;
    table->leading = find_target(work, field);
    table->leading_field = table->leading ? field : NULL;
    table->blocks = table->leading ? table->leading->rows : 1;
}

static const char *render(const void *context, const json_t *json)
{
    char *dumped;
    const char *text;

    if (json_is_null(json))
        return NULL;
    if (json_is_string(json))
        return memory_copy(context, json_string_value(json));
    dumped = json_dumps(json, JSON_ENCODE_ANY | JSON_COMPACT | JSON_REAL_PRECISION(15));
    text = memory_copy(context, dumped ? dumped : "");
    free(dumped);
    return text;
}

static struct error *read_given(const struct work *work, struct plan_column *column, const json_t *json)
{
    struct plan_given *given = NEW(work->context, struct plan_given);
    const json_t *first = json_is_object(json) ? json_object_get(json, "first") : NULL;

    if (first) {
        given->has_first = true;
        given->first = render(work->context, first);
        json = json_object_get(json, "else");
    }
    given->count = json_is_array(json) ? json_array_size(json) : 1;
    if (!json || given->count == 0)
        return error_new(work->context, ERROR_INVALID, "write a value, or a list with at least one");
    given->texts = NEW_ARRAY(work->context, const char *, given->count);
    for (size_t i = 0; i < given->count; i++)
        given->texts[i] = render(work->context, json_is_array(json) ? json_array_get(json, i) : json);
    column->kind = PLAN_GIVEN;
    column->given = given;
    return NULL;
}

/* Days since 1970 of "2026-11-22". */
static bool read_days(const char *text, int64_t *days)
{
    int year, month, day;
    char *end;

    year = (int)strtol(text, &end, 10);
    if (*end != '-')
        return false;
    month = (int)strtol(end + 1, &end, 10);
    if (*end != '-')
        return false;
    day = (int)strtol(end + 1, &end, 10);
    if (*end || year < 1 || month < 1 || month > 12 || day < 1 || day > 31)
        return false;
    *days = seed_format_days(year, month, day);
    return true;
}

static double power_of_ten(int exponent)
{
    double power = 1;

    while (exponent-- > 0)
        power *= 10;
    return power;
}

/* As many as the field has, but not more than a made-up number up to there has digits. */
static int decimals_of(const struct field *field, double most)
{
    int decimals = field->type == FIELD_DECIMAL ? field->scale : field->type == FIELD_FLOAT ? 3 : 0;

    if (decimals > SEED_DECIMALS)
        decimals = SEED_DECIMALS;
    while (decimals > 0 && most * power_of_ten(decimals) >= power_of_ten(SEED_DECIMALS))
        decimals--;
    return decimals;
}

/* Whole units within a limit; far beyond 64 bits nobody needs made-up numbers. */
static int64_t whole(double number, bool up)
{
    double within = number < -9e17 ? -9e17 : number > 9e17 ? 9e17 : number;
    int64_t cut = (int64_t)within;

    if (up && (double)cut < within)
        cut++;
    if (!up && (double)cut > within)
        cut--;
    return cut;
}

static void set_range(struct plan_column *column, double low, double high)
{
    column->decimals = decimals_of(column->field, fabs(low) > fabs(high) ? fabs(low) : fabs(high));
    column->low = whole(low * power_of_ten(column->decimals), true);
    column->high = whole(high * power_of_ten(column->decimals), false);
}

static void limit_number(struct plan_column *column)
{
    const struct field *field = column->field;
    double low = field->minimum ? strtod(field->minimum, NULL) : 0;
    double high = field->maximum ? strtod(field->maximum, NULL) : low + LARGEST;
    double most = power_of_ten(field->precision - field->scale);

    if (!field->minimum && high < 0)
        low = high - LARGEST;
    if (field->type == FIELD_DECIMAL && !field->maximum && high >= most)
        high = most - 1;
    set_range(column, low, high);
}

/* {"from": ..., "to": ...}: numbers, or days for dates and times. */
static struct error *read_range(const struct work *work, struct plan_column *column, const json_t *json)
{
    const struct field *field = column->field;
    const json_t *from = json_object_get(json, "from"), *to = json_object_get(json, "to");
    bool times = field->type == FIELD_DATE || field->type == FIELD_TIMESTAMP;
    bool numbers = field->type == FIELD_INTEGER || field->type == FIELD_DECIMAL || field->type == FIELD_FLOAT;

    if (times && json_is_string(from) && json_is_string(to) &&
        read_days(json_string_value(from), &column->low) && read_days(json_string_value(to), &column->high)) {
        column->low *= field->type == FIELD_TIMESTAMP ? 86400 : 1;
        column->high *= field->type == FIELD_TIMESTAMP ? 86400 : 1;
    } else if (numbers && json_is_number(from) && json_is_number(to)) {
        set_range(column, json_number_value(from), json_number_value(to));
    } else {
        return error_new(work->context, ERROR_INVALID,
                         "write {\"from\": ..., \"to\": ...} with two numbers, or two"
                         " dates such as \"2025-01-31\"");
    }
    if (column->low > column->high)
        return error_new(work->context, ERROR_INVALID, "\"from\" must not be above \"to\"");
    return NULL;
}

static bool in_unique_constraint(const struct field *field)
{
    const struct model *model = field->model;

    for (size_t i = 0; i < model->constraint_count; i++)
        for (const char *const *name = model->constraints[i].fields; name && *name; name++)
            if (model->constraints[i].kind == CONSTRAINT_UNIQUE && strcmp(*name, field->name) == 0)
                return true;
    return field->unique;
}

/* Whether the other table has the same blocks, so that the rows of one block are found there too. */
static bool shares_blocks(const struct work *work, const struct field *field, const struct plan_table *target)
{
    return work->table->leading_field && strcmp(work->table->leading_field->name, field->same) == 0 &&
           target->leading_field && strcmp(target->leading_field->name, field->same) == 0 &&
           target->leading == work->table->leading;
}

/* Which row of the other table a reference takes. Returns false when it stays empty. */
static bool choose_reference(const struct work *work, struct plan_column *column)
{
    const struct field *field = column->field;
    bool self = field->target == work->table->model;

    column->target = self ? work->table : find_target(work, field);
    if (!column->target || (!self && !column->target->placed))
        return false;
    column->step = seed_plan_step(column->target->rows);
    if (field == work->table->leading_field)
        column->kind = PLAN_BLOCK;
    else if (self)
        column->kind = PLAN_PARENT;
    else if (field->same)
        column->kind = PLAN_MATE;
    else if (in_unique_constraint(field))
        column->kind = field->required ? PLAN_EACH : PLAN_FIRST;
    else
        column->kind = PLAN_ANY;
    return column->kind != PLAN_MATE || shares_blocks(work, field, column->target);
}

static struct error *choose_by_type(const struct work *work, struct plan_column *column)
{
    const struct field *field = column->field;

    switch (field->type) {
    case FIELD_INTEGER:
    case FIELD_DECIMAL:
    case FIELD_FLOAT:
        limit_number(column);
        return NULL;
    case FIELD_DATE:
        column->low = seed_format_days(2025, 1, 1);
        column->high = seed_format_days(2026, 12, 31);
        return NULL;
    case FIELD_TIMESTAMP:
        column->low = seed_format_days(2025, 1, 1) * 86400;
        column->high = seed_format_days(2026, 1, 1) * 86400;
        return NULL;
    case FIELD_TEXT:
        column->form = seed_words_choose(field, work->table->base + 1, work->table->base + work->table->rows);
        if (column->form >= 0)
            return NULL;
        return error_new(work->context, ERROR_INVALID,
                         "no text that can be made up fits '%s.%s'; give some under"
                         " \"values\": {\"%s.%s\": [\"...{n}\", ...]}",
                         work->table->table, field->name, work->table->table, field->name);
    default:
        return NULL;
    }
}

static struct error *choose_column(const struct work *work, struct plan_column *column, bool *wanted)
{
    const struct field *field = column->field;
    const char *name = memory_printf(work->context, "%s.%s", work->table->table, field->name);
    const json_t *json = json_object_get(work->values, name);

    *wanted = field_has_column(field);
    if (!*wanted)
        return NULL;
    column->stream = seed_generate_stream(name);
    if (json && json_is_object(json) && json_object_get(json, "from"))
        return error_within(read_range(work, column, json), "values: '%s'", name);
    if (json)
        return error_within(read_given(work, column, json), "values: '%s'", name);
    if (field->type == FIELD_PASSWORD && !field->required)
        *wanted = false;
    if (field->type != FIELD_REFERENCE)
        return choose_by_type(work, column);
    *wanted = choose_reference(work, column);
    if (*wanted || !field->required)
        return NULL;
    return error_new(work->context, ERROR_INVALID, "'%s' needs rows of '%s'%s; plan some", name,
                     field->target->table, field->same ? " that it shares its blocks with" : "");
}

/* A misspelt name under "values" would otherwise go unnoticed. */
static struct error *check_values(const struct work *work)
{
    const char *table = work->table->table;
    size_t length = strlen(table);
    const char *name;
    const json_t *json;

    json_object_foreach(
        (json_t *)work->values, name,
        json) if (strncmp(name, table, length) == 0 && name[length] == '.' &&
                  !model_field(work->table->model,
                               name + length + 1)) return error_new(work->context, ERROR_INVALID,
                                                                    "values: model '%s' has no field '%s'",
                                                                    table, name + length + 1);
    return NULL;
}

struct error *seed_plan_columns(const void *context, const json_t *plan, struct plan_table *const *tables,
                                size_t count, struct plan_table *table)
{
    struct work work = {
        .context = context,
        .values = json_object_get(plan, "values"),
        .tables = tables,
        .count = count,
        .table = table,
    };
    const struct model *model = table->model;

    choose_blocks(&work);
    TRY(check_values(&work));
    table->columns = NEW_ARRAY(context, struct plan_column, model->field_count);
    for (size_t i = 0; i < model->field_count; i++) {
        struct plan_column *column = &table->columns[table->column_count];
        bool wanted;

        *column = (struct plan_column){ .field = &model->fields[i] };
        TRY(choose_column(&work, column, &wanted));
        table->column_count += wanted;
        if (column->field == model->primary_key)
            table->key_form = column->form;
    }
    return NULL;
}
