/* Cursors of lists. The first byte chooses a model, the second a field to sort by, the third whether the rest is a
 * cursor as it was sent, or a sort value and a key, each a line, of which one is made. What is taken names a row that can
 * be; what was made rightly is taken. */
#include <jansson.h>
#include "../../db/list.h"
#include "../../db/record.h"
#include "schema_of_models.h"

static const char *encode(const void *context, const char *bytes, size_t length)
{
    size_t size = sodium_base64_ENCODED_LEN(length, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
    char *text = NEW_ARRAY(context, char, size);

    return sodium_bin2base64(text, size, (const unsigned char *)bytes, length, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
}

static const char *make_cursor(const void *context, const char *value, const char *key)
{
    struct text *json = text_new(context);

    text_add(json, "[");
    text_add_json(json, *value ? value : NULL);
    text_add(json, ",");
    text_add_json(json, key);
    text_add(json, "]");
    return encode(context, json->data, json->length);
}

static struct list *new_list(const void *context, struct input *input)
{
    const struct schema *schema = schema_of_models();
    const struct model *model = schema->models[take_byte(input) % schema->declared];
    struct list *list = list_new(context, model, 25);
    const struct field *sort = &model->fields[take_byte(input) % model->field_count];

    if (field_sortable(sort))
        REQUIRE(!list_sort(list, sort->name));
    return list;
}

/* Read another way. */
static void require_row(const struct list *list, const char *cursor)
{
    unsigned char bytes[4096];
    size_t length = 0;
    json_t *json;

    REQUIRE(sodium_base642bin(bytes, sizeof bytes, cursor, strlen(cursor), NULL, &length, NULL,
                              sodium_base64_VARIANT_URLSAFE_NO_PADDING) == 0);
    json = json_loadb((const char *)bytes, length, 0, NULL);
    REQUIRE(json_is_array(json) && json_array_size(json) == 2 && json_is_string(json_array_get(json, 1)));
    REQUIRE(record_id_is_valid(list->model, json_string_value(json_array_get(json, 1))));
    REQUIRE(json_is_null(json_array_get(json, 0)) || json_is_string(json_array_get(json, 0)));
    json_decref(json);
}

static void read_cursor(void *context, struct input input)
{
    const struct settings settings = { .page_rows = 25 };
    struct list *list = new_list(context, &input);
    bool made = take_byte(&input) % 2 == 1;
    const char *value = made ? take_line(context, &input) : NULL, *rest = take_text(context, &input);
    const char *cursor = made ? make_cursor(context, value, rest) : rest;
    struct error *failed = list_set_cursor(list, cursor, NULL);

    REQUIRE(!failed || is_refusal(failed, ERROR_BAD_REQUEST));
    if (made && form_text_is_clean(value, strlen(value)) && form_text_is_clean(rest, strlen(rest))
        && strlen(cursor) < 4000)
        REQUIRE((failed == NULL) == record_id_is_valid(list->model, rest));
    if (failed)
        return;
    require_row(list, cursor);
    list_queue(connection_new(context, &settings, CONNECTION_SERVE, "fuzz"), list, true);
    REQUIRE(list_set_cursor(list, cursor, cursor));
}

FUZZ_TARGET(read_cursor)
