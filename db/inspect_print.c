/* Models as the C of a models file. */
#include "inspect_state.h"

#include <string.h>

#include "memory.h"

static void add_string(struct text *text, const char *value)
{
    text_add_char(text, '"');
    for (; *value; value++) {
        if (*value == '"' || *value == '\\')
            text_addf(text, "\\%c", *value);
        else if (*value == '\n')
            text_add(text, "\\n");
        else if (*value == '?')
            text_add(text, "\\?"); /* no trigraph */
        else if ((unsigned char)*value < ' ' || *value == 127)
            text_addf(text, "\\%03o", (unsigned)(unsigned char)*value);
        else
            text_add_char(text, *value);
    }
    text_add_char(text, '"');
}

static void add_setting(struct text *text, const char *name, const char *value)
{
    if (!value)
        return;
    text_addf(text, ", .%s = ", name);
    add_string(text, value);
}

static void add_line(struct text *text, const char *name, const char *value)
{
    if (!value)
        return;
    text_addf(text, ",\n          .%s = ", name);
    add_string(text, value);
}

static void add_flag(struct text *text, const char *name, bool value)
{
    if (value)
        text_addf(text, ", .%s = true", name);
}

static void add_strings(struct text *text, const char *const *values)
{
    text_add(text, "(const char *const[]){ ");
    for (; *values; values++) {
        add_string(text, *values);
        text_add(text, ", ");
    }
    text_add(text, "NULL }");
}

/* A comment must not end early. */
static void add_unsaid(struct text *text, const char *what, const char *why)
{
    text_add(text, "/* not said: ");
    for (const char *parts[] = { what, why, NULL }, **part = parts; *part; part++) {
        text_add(text, part == parts ? "" : ": ");
        for (const char *c = *part; *c; c++)
            text_add_char(text, *c == '/' || (unsigned char)*c < ' ' || *c == '\\' ? ' ' : *c);
    }
    text_add(text, " */\n");
}

static const char *const type_names[] = {
    [FIELD_TEXT] = "FIELD_TEXT",
    [FIELD_LONG_TEXT] = "FIELD_LONG_TEXT",
    [FIELD_EMAIL] = "FIELD_EMAIL",
    [FIELD_INTEGER] = "FIELD_INTEGER",
    [FIELD_DECIMAL] = "FIELD_DECIMAL",
    [FIELD_FLOAT] = "FIELD_FLOAT",
    [FIELD_BOOLEAN] = "FIELD_BOOLEAN",
    [FIELD_CHOICE] = "FIELD_CHOICE",
    [FIELD_DATE] = "FIELD_DATE",
    [FIELD_TIMESTAMP] = "FIELD_TIMESTAMP",
    [FIELD_UUID] = "FIELD_UUID",
    [FIELD_JSON] = "FIELD_JSON",
    [FIELD_BYTES] = "FIELD_BYTES",
    [FIELD_IDENTITY] = "FIELD_IDENTITY",
    [FIELD_REFERENCE] = "FIELD_REFERENCE",
    [FIELD_PASSWORD] = "FIELD_PASSWORD",
    [FIELD_KEY] = "FIELD_KEY",
    [FIELD_FILE] = "FIELD_FILE",
};

static void add_reference(struct text *text, const struct field *field)
{
    static const char *const deletes[] = { [ON_DELETE_RESTRICT] = "ON_DELETE_RESTRICT",
                                           [ON_DELETE_CASCADE] = "ON_DELETE_CASCADE",
                                           [ON_DELETE_SET_NULL] = "ON_DELETE_SET_NULL",
                                           [ON_DELETE_NO_ACTION] = "ON_DELETE_NO_ACTION" };
    static const char *const updates[] = { [ON_UPDATE_NO_ACTION] = "ON_UPDATE_NO_ACTION",
                                           [ON_UPDATE_CASCADE] = "ON_UPDATE_CASCADE",
                                           [ON_UPDATE_RESTRICT] = "ON_UPDATE_RESTRICT",
                                           [ON_UPDATE_SET_NULL] = "ON_UPDATE_SET_NULL" };
    add_setting(text, "references", field->references);
    text_addf(text, ", .on_delete = %s", deletes[field->on_delete]);
    if (field->on_update)
        text_addf(text, ", .on_update = %s", updates[field->on_update]);
    add_setting(text, "same", field->same);
    add_setting(text, "key_name", field->key_name);
    add_flag(text, "no_index", field->no_index);
    add_flag(text, "deferrable", field->deferrable);
    add_flag(text, "initially_deferred", field->initially_deferred);
}

static void add_choices(struct text *text, const struct choice *choices)
{
    text_add(text, ",\n          .choices = (const struct choice[]){ ");
    for (; choices->value; choices++) {
        text_add(text, "{ .value = ");
        add_string(text, choices->value);
        text_add(text, " }, ");
    }
    text_add(text, "{ 0 } }");
}

static void add_field(struct text *text, const struct field *field)
{
    text_add(text, "        { .name = ");
    add_string(text, field->name);
    text_addf(text, ", .type = %s", type_names[field->type]);
    if (field->type == FIELD_FILE)
        text_add(text, ", .file = &(const struct file_columns){ 0 }");
    if (field->type == FIELD_REFERENCE)
        add_reference(text, field);
    if (field->max_length)
        text_addf(text, ", .max_length = %d", field->max_length);
    if (field->precision)
        text_addf(text, ", .precision = %d, .scale = %d", field->precision, field->scale);
    add_setting(text, "sql_type", field->sql_type);
    add_flag(text, "required", field->required);
    add_flag(text, "unique", field->unique);
    add_flag(text, "indexed", field->indexed);
    add_flag(text, "ignore_case", field->ignore_case);
    add_flag(text, "searched", field->searched);
    if (field->choices)
        add_choices(text, field->choices);
    add_line(text, "default_sql", field->default_sql);
    add_line(text, "comment", field->comment);
    text_add(text, " },\n");
}

static void add_links(struct text *text, const struct link *links)
{
    if (!links)
        return;
    text_add(text, "    .links = (const struct link[]){\n");
    for (; links->name; links++) {
        text_add(text, "        { .name = ");
        add_string(text, links->name);
        add_setting(text, "target", links->target);
        add_setting(text, "table", links->table);
        add_line(text, "own_column", links->own_column);
        add_setting(text, "target_column", links->target_column);
        text_add(text, " },\n");
    }
    text_add(text, "        { 0 },\n    },\n");
}

static void add_constraints(struct text *text, const struct constraint *constraints)
{
    if (!constraints || !constraints->kind)
        return;
    text_add(text, "    .constraints = (const struct constraint[]){\n");
    for (; constraints->kind; constraints++) {
        text_addf(text, "        { .kind = %s",
                  constraints->kind == CONSTRAINT_CHECK ? "CONSTRAINT_CHECK" : "CONSTRAINT_UNIQUE");
        add_setting(text, "name", constraints->name);
        text_add(text, ",\n          .fields = ");
        add_strings(text, constraints->fields);
        add_line(text, "expression", constraints->expression);
        add_flag(text, "deferrable", constraints->deferrable);
        add_flag(text, "initially_deferred", constraints->initially_deferred);
        text_add(text, " },\n");
    }
    text_add(text, "        { 0 },\n    },\n");
}

static void add_indexes(struct text *text, const struct index *indexes)
{
    if (!indexes || !indexes->columns)
        return;
    text_add(text, "    .indexes = (const struct index[]){\n");
    for (; indexes->columns; indexes++) {
        text_add(text, "        { .name = ");
        add_string(text, indexes->name);
        text_add(text, ", .columns = ");
        add_strings(text, indexes->columns);
        add_setting(text, "method", indexes->method);
        add_flag(text, "unique", indexes->unique);
        if (indexes->include) {
            text_add(text, ", .include = ");
            add_strings(text, indexes->include);
        }
        add_setting(text, "storage", indexes->storage);
        add_line(text, "where", indexes->where);
        text_add(text, " },\n");
    }
    text_add(text, "        { 0 },\n    },\n");
}

static void add_ignores(struct text *text, const struct inspect_table *table)
{
    if (table->rest_count == 0)
        return;
    text_add(text, "    .ignores = (const char *const[]){\n");
    for (size_t i = 0; i < table->rest_count; i++) {
        text_add(text, "        ");
        add_string(text, table->rest[i].name);
        text_add(text, ", ");
        add_unsaid(text, table->rest[i].what, table->rest[i].why);
    }
    text_add(text, "        NULL,\n    },\n");
}

static void add_model(struct text *text, size_t number, const struct inspect_table *table)
{
    const struct model *model = table->model;
    text_addf(text, "static const struct model model_%zu = {\n    .table = ", number);
    add_string(text, model->table);
    add_setting(text, "path", model->path);
    add_setting(text, "key", model->key);
    add_setting(text, "key_name", model->key_name);
    add_flag(text, "no_times", model->no_times);
    add_flag(text, "ignored", model->ignored);
    text_add(text, ",");
    if (model->ignored) {
        text_add_char(text, ' ');
        add_unsaid(text, memory_printf(text, "table %s", model->table), table->why);
        text_add(text, "};\n\n");
        return;
    }
    if (model->comment) {
        text_add(text, "\n    .comment = ");
        add_string(text, model->comment);
        text_add_char(text, ',');
    }
    text_add(text, "\n    .fields = (const struct field[]){\n");
    for (const struct field *field = model->fields; field->name; field++)
        add_field(text, field);
    text_add(text, "        { 0 },\n    },\n");
    add_links(text, model->links);
    add_constraints(text, model->constraints);
    add_indexes(text, model->indexes);
    add_ignores(text, table);
    text_add(text, "};\n\n");
}

size_t inspect_print(struct text *text, const struct inspection *inspection)
{
    const size_t count = inspection->catalog->table_count;
    size_t unsaid = 0;
    text_add(text, "/* The data models, as an existing database has them. What they have no terms for is "
                   "named where it is left\n"
                   " * alone (.ignored, .ignores). Rules of access are not taken over: say them as .access; until then\n"
                   " * `roster check` names those that a database of Roster's own has. */\n#include \"model.h\"\n\n");
    for (size_t i = 0; i < count; i++)
        if (inspection->tables[i].model) {
            add_model(text, i + 1, &inspection->tables[i]);
            unsaid += inspection->tables[i].why ? 1 : inspection->tables[i].rest_count;
        }
    text_add(text, "const struct model *const models[] = {\n");
    for (size_t i = 0; i < count; i++)
        if (inspection->tables[i].model)
            text_addf(text, "    &model_%zu, /* %s */\n", i + 1,
                      inspection->tables[i].why ? "left alone" : inspection->tables[i].model->table);
    text_add(text, "    NULL,\n};\n\nconst struct panel overview_panels[] = {\n    { 0 },\n};\n");
    return unsaid;
}
