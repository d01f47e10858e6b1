/* Urlencoded forms: what is read keeps the limits, and written again it reads the same. */
#include "form_promises.h"

static const char *write_form(const void *context, const struct form *form)
{
    struct text *text = text_new(context);

    for (size_t i = 0; i < form->value_count; i++)
        text_addf(text, "%s%s=%s", i > 0 ? "&" : "", form_encode(context, form->values[i].name),
                  form_encode(context, form->values[i].value));
    return text->data;
}

static void read_form(void *context, struct input input)
{
    struct form *form = NULL, *again = NULL;
    const struct form_limits wide = { .body = SIZE_MAX, .fields = 40, .name = 24, .value = 3000, .values = 8000 };
    struct error *failed = form_parse_urlencoded(context, input.bytes, input.length, &form_limits, &form);
    const char *text;

    if (failed) {
        REQUIRE(!form && (is_refusal(failed, ERROR_BAD_REQUEST) || is_refusal(failed, ERROR_TOO_LARGE)));
        return;
    }
    require_values(form);
    REQUIRE(form->file_count == 0);
    text = write_form(context, form);
    REQUIRE(!form_parse_urlencoded(context, text, strlen(text), &wide, &again));
    require_same_values(form, again);
}

FUZZ_TARGET(read_form)
