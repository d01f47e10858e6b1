/* What an address asks of a list. */
#include "list_input.h"

#include <string.h>

#include "../db/memory.h"
#include "../db/value.h"

static bool is_dated(const struct list_filter *filter)
{
    return filter->field && (filter->field->type == FIELD_DATE || filter->field->type == FIELD_TIMESTAMP);
}

static const char *read_date(const struct request *request, const struct list_filter *filter, const char *typed,
                             const char **date)
{
    /* Both ends are days, whatever the field is. */
    struct field day = *filter->field;
    day.type = FIELD_DATE;
    day.required = false;
    return value_read(request, &day, typed, date);
}

static const char *end_of(const struct request *request, const struct list_filter *filter, const char *end)
{
    return form_get(request->query, memory_printf(request, "%s.%s", filter->field->name, end));
}

const char *list_input_date_problem(const struct request *request, const struct list_filter *filter)
{
    const char *date = NULL;
    if (!is_dated(filter))
        return NULL;
    const char *problem = read_date(request, filter, end_of(request, filter, "from"), &date);
    const char *from = date;
    if (!problem)
        problem = read_date(request, filter, end_of(request, filter, "to"), &date);
    if (!problem && from && date && strcmp(from, date) > 0)
        problem = memory_printf(request, "%s: the first day is after the last one. Change one of them",
                                filter->field->label);
    return problem;
}

static struct error *read_filter(struct request *request, struct list *list, const char *name, const char *value)
{
    size_t length = strcspn(name, ".");
    struct list_filter *filter = list_filter(list, memory_copy_length(request, name, length));
    const char *end = name + length;
    if (!filter || (is_dated(filter) ? strcmp(end, ".from") != 0 && strcmp(end, ".to") != 0 : *end != '\0'))
        return error_new(request, ERROR_BAD_REQUEST, "%s have no filter '%s'", list->model->plural, name);
    if (!*value)
        return NULL;
    if (!is_dated(filter))
        return list_set_filter(list, filter, value);
    /* a mistyped one is told beside its box */
    const char **date = strcmp(end, ".from") == 0 ? &filter->from : &filter->to;
    if (read_date(request, filter, value, date))
        *date = NULL;
    return NULL;
}

const char *list_input_search(const void *context, const char *text)
{
    static const char blanks[] = " \t\n";
    const char *start = text ? text + strspn(text, blanks) : "";
    size_t length = strlen(start);
    while (length > 0 && strchr(blanks, start[length - 1]))
        length--;
    return length > 0 ? memory_copy_length(context, start, length) : NULL;
}

static struct error *read_value(struct request *request, struct list *list, const struct form_value *item)
{
    static const char *const others[] = { "after", "before", "last", "_for" };
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        if (strcmp(item->name, others[i]) == 0)
            return NULL;
    if (strcmp(item->name, "q") == 0) {
        list->search = list_input_search(request, item->value);
        return NULL;
    }
    if (strcmp(item->name, "sort") == 0)
        return *item->value ? list_sort(list, item->value) : NULL;
    return read_filter(request, list, item->name, item->value);
}

struct error *list_input_read(struct request *request, struct list *list)
{
    for (size_t i = 0; i < request->query->value_count; i++)
        TRY(read_value(request, list, &request->query->values[i]));
    for (size_t i = 0; i < list->filter_count; i++)
        if (list_input_date_problem(request, &list->filters[i]))
            list->filters[i].from = list->filters[i].to = NULL;
    list->last = form_get(request->query, "last") != NULL;
    return list_set_cursor(list, form_get(request->query, "after"), form_get(request->query, "before"));
}

bool list_input_filters(const struct list *list)
{
    for (size_t i = 0; i < list->filter_count; i++)
        if (list->filters[i].value || list->filters[i].from || list->filters[i].to)
            return true;
    return false;
}

static const char *lower_label(const void *context, const struct field *field)
{
    char *label = memory_copy(context, field->label);
    if (label[0] >= 'A' && label[0] <= 'Z' && !(label[1] >= 'A' && label[1] <= 'Z'))
        label[0] = (char)(label[0] - 'A' + 'a');
    return label;
}

const char *list_input_search_hint(const void *context, const struct model *model)
{
    const char *list = NULL;
    size_t count = 0, seen = 0;
    for (size_t i = 0; i < model->field_count; i++)
        count += list_searches(&model->fields[i]);
    for (size_t i = 0; i < model->field_count; i++) {
        if (!list_searches(&model->fields[i]))
            continue;
        const char *label = lower_label(context, &model->fields[i]);
        seen++;
        list = list ? memory_printf(context, "%s%s%s", list, seen == count ? " and " : ", ", label) : label;
    }
    return list ? memory_printf(context, "Looks in %s.", list) : NULL;
}
