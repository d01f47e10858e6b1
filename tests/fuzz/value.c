/* Typed values. The first two bytes choose a model and a field of it; the rest was typed. What is taken keeps the field's
 * limits, is what PostgreSQL reads as that type, and typed again it is the same. */
#include <ctype.h>
#include <jansson.h>
#include <math.h>
#include "../../db/value.h"
#include "schema_of_models.h"

static int characters(const char *text)
{
    int count = 0;

    for (; *text; text++)
        count += ((unsigned char)*text & 0xc0) != 0x80;
    return count;
}

static bool is_number(const char *value, const char *allowed)
{
    size_t digits = 0;

    for (const char *at = value; *at; at++)
        digits += isdigit((unsigned char)*at) != 0;
    return digits > 0 && strspn(value, allowed) == strlen(value);
}

static void require_range(const struct field *field, const char *value)
{
    REQUIRE(isfinite(strtod(value, NULL)));
    REQUIRE(!field->minimum || strtod(value, NULL) >= strtod(field->minimum, NULL));
    REQUIRE(!field->maximum || strtod(value, NULL) <= strtod(field->maximum, NULL));
}

static void require_json(const char *value)
{
    json_t *json = json_loads(value, JSON_DECODE_ANY | JSON_DECODE_INT_AS_REAL, NULL);

    REQUIRE(json);
    json_decref(json);
}

static void require_value(const struct field *field, const char *value)
{
    switch (field->type) {
    case FIELD_TEXT:
        REQUIRE(!strpbrk(value, "\r\n\t"));
        /* fallthrough */
    case FIELD_LONG_TEXT:
    case FIELD_EMAIL:
        REQUIRE(!field->max_length || characters(value) <= field->max_length);
        REQUIRE(characters(value) >= field->min_length);
        break;
    case FIELD_INTEGER:
    case FIELD_IDENTITY:
        REQUIRE(is_number(value, "-0123456789") && strlen(value) <= 20);
        require_range(field, value);
        break;
    case FIELD_DECIMAL:
        REQUIRE(is_number(value, "+-.0123456789"));
        require_range(field, value);
        break;
    case FIELD_FLOAT:
        REQUIRE(is_number(value, "+-.eE0123456789"));
        require_range(field, value);
        break;
    case FIELD_BOOLEAN:
        REQUIRE(strcmp(value, "true") == 0 || strcmp(value, "false") == 0);
        break;
    case FIELD_CHOICE:
        REQUIRE(field_choice(field, value));
        break;
    case FIELD_DATE:
        REQUIRE(strlen(value) == 10 && strspn(value, "0123456789-") == 10);
        break;
    case FIELD_TIMESTAMP:
        REQUIRE(strlen(value) <= 33 && strspn(value, "0123456789-:.+TZz ") == strlen(value));
        break;
    case FIELD_UUID:
        REQUIRE(strlen(value) == 36 && strspn(value, "0123456789abcdefABCDEF-") == 36);
        break;
    case FIELD_JSON:
        require_json(value);
        break;
    default:
        break;
    }
}

static void read_value(void *context, struct input input)
{
    const struct schema *schema = schema_of_models();
    const struct model *model = schema->models[take_byte(&input) % schema->count];
    const struct field *field = &model->fields[take_byte(&input) % model->field_count];
    const char *typed = take_text(context, &input), *value = NULL, *again = NULL, *problem;

    if (!form_text_is_clean(typed, strlen(typed)))
        return; /* refused before it comes here */
    problem = value_read(context, field, typed, &value);
    if (problem) {
        REQUIRE(*problem && form_text_is_clean(problem, strlen(problem)));
        return;
    }
    if (!value)
        return;
    REQUIRE(form_text_is_clean(value, strlen(value)));
    require_value(field, value);
    REQUIRE(!value_read(context, field, value, &again) && again && strcmp(value, again) == 0);
    value_for_form(context, field, value);
    value_for_page(context, field, value);
}

FUZZ_TARGET(read_value)
