/* What PostgreSQL has against a seed's record, said as a place in the file and what to do there. */
#include "seed_fault.h"

#include <string.h>
#include "ddl.h"
#include "memory.h"

static struct error *at_field(const void *context, const struct field *field, const struct error *error,
                              const char *what)
{
    struct error *made = error_new(context, ERROR_INVALID, "field '%s': %s", field->name, what);

    memcpy(made->sqlstate, error->sqlstate, sizeof made->sqlstate);
    made->constraint = error->constraint;
    return made;
}

static const char *range_in_words(const void *context, const struct field *field)
{
    if (field->minimum && field->maximum)
        return memory_printf(context, "write a number from %s to %s", field->minimum, field->maximum);
    return memory_printf(context, "write a number of at %s %s", field->minimum ? "least" : "most",
                         field->minimum ? field->minimum : field->maximum);
}

static const char *in_words(const void *context, const struct field *field, enum ddl_part part)
{
    switch (part) {
    case DDL_KEY:
        return "another row has this value already, and it must be unique; write a different one";
    case DDL_FKEY:
        return field->same ? memory_printf(context, "it must refer to a row with the same '%s'", field->same)
                           : "the row that it refers to is gone";
    case DDL_RANGE:
        return range_in_words(context, field);
    case DDL_PATTERN:
        return field->pattern_hint
                   ? memory_printf(context, "use only %s", field->pattern_hint)
                   : memory_printf(context, "write something that matches %s", field->pattern);
    case DDL_LENGTH:
        return memory_printf(context, "its length must be between %d and %d", field->min_length,
                             field->max_length);
    case DDL_SELF:
        return "it must not refer to its own row";
    case DDL_INDEX:
    case DDL_TRIGRAM:
        break;
    }
    return "PostgreSQL refuses the value";
}

/* Constraints have names that lead to a field or to the model's own words. */
static struct error *explain_constraint(const void *context, const struct model *model,
                                        const struct error *error)
{
    const struct constraint *constraint = ddl_constraint_of(model, error->constraint);
    enum ddl_part part = DDL_KEY;
    const struct field *field = ddl_field_of(model, error->constraint, &part);
    struct text *names;

    if (field)
        return at_field(context, field, error, in_words(context, field, part));
    if (!constraint)
        return NULL;
    names = text_new(context);
    for (const char *const *name = constraint->fields; name && *name; name++)
        text_addf(names, "%s'%s'", name == constraint->fields ? "" : ", ", *name);
    return error_new(context, ERROR_INVALID, "fields %s: %s", names->data,
                     constraint->message ? constraint->message : error->message);
}

/* The first value that PostgreSQL cannot read by itself. */
static struct error *explain_value(const void *context, struct seed_run *run, const struct seed_value *values,
                                   size_t count, const struct error *error)
{
    for (size_t i = 0; i < count; i++) {
        struct sql *sql = sql_new(context, "SELECT ");
        struct error *again;
        struct query *query;

        seed_value_compare(sql, &values[i]);
        again = seed_run_query(context, run, sql, &query);
        if (again && again->code == ERROR_INVALID)
            return at_field(context, values[i].field, error,
                            memory_printf(context, "%s; write a value of type %s", again->message,
                                          field_sql_type(context, values[i].field)));
    }
    return NULL;
}

struct error *seed_fault_explain(const void *context, struct seed_run *run, const struct model *model,
                                 const struct seed_value *values, size_t count, struct error *error)
{
    struct error *better = NULL;

    if (error->code != ERROR_INVALID)
        return error;
    if (error->constraint && error->constraint[0])
        better = explain_constraint(context, model, error);
    else if (error->column && model_field(model, error->column))
        better = at_field(context, model_field(model, error->column), error, "it is required; write a value");
    else if (strncmp(error->sqlstate, "22", 2) == 0)
        better = explain_value(context, run, values, count, error);
    return better ? better : error;
}
