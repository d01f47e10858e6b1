/* Values of seeds. The first two bytes choose a model and a field; the rest is JSON. What is taken is a text that
 * PostgreSQL can be given, or a relative moment. */
#include <jansson.h>
#include "../../db/seed_value.h"
#include "schema_of_models.h"

/* A number is at most as long as its digits and its exponent make it. */
static void require_value(const void *context, const struct field *field, const struct seed_value *value, size_t length)
{
    struct sql *sql = sql_new(context, "");

    REQUIRE(value->field == field && !(value->today && value->now));
    REQUIRE((value->today || value->now) ? value->offset && !value->text : true);
    REQUIRE(!value->clock || value->today);
    seed_value_assign(sql, value);
    seed_value_compare(sql, value);
    for (int i = 0; i < sql->count; i++)
        REQUIRE(!sql->values[i] || sql->formats[i] == 1 || strlen(sql->values[i]) <= length * 4 + 100);
}

static void read_value(void *context, struct input input)
{
    const struct schema *schema = schema_of_models();
    const struct model *model = schema->models[take_byte(&input) % schema->declared];
    const struct field *field = &model->fields[take_byte(&input) % model->field_count];
    json_t *json = json_loadb(input.bytes, input.length, JSON_DECODE_ANY | JSON_REJECT_DUPLICATES, NULL);
    struct seed_value value = { 0 };
    struct error *failed;

    if (!json || field->type == FIELD_REFERENCE || field->type == FIELD_FILE) {
        json_decref(json);
        return;
    }
    failed = seed_value_read(context, field, json, &value);
    if (failed)
        REQUIRE(failed->code == ERROR_INVALID && *failed->message);
    else
        require_value(context, field, &value, input.length);
    json_decref(json);
}

FUZZ_TARGET(read_value)
