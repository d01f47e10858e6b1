/* Lists: from what is asked for to SQL, and back from its rows. */
#include "list.h"

#include <jansson.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "access.h"
#include "memory.h"
#include "parsed.h"
#include "record.h"
#include "value.h"

static bool filters_by(const struct field *field)
{
    if (!field_on(field, SHOWN) || field->secret)
        return false;
    return field->type == FIELD_CHOICE || field->type == FIELD_BOOLEAN || field->type == FIELD_REFERENCE
           || (field->type == FIELD_DATE && field_on(field, ON_LIST))
           || (field->type == FIELD_TIMESTAMP && field_on(field, ON_LIST));
}

struct list *list_new(const void *context, const struct model *model, int limit)
{
    struct list *list = NEW(context, struct list);
    list->model = model;
    list->limit = limit;
    list->faces = ON_LIST;
    const char *sort = model->sort ? model->sort : model->primary_key->name;
    list->descending = *sort == '-';
    list->sort = model_field(model, sort + list->descending);
    list->filters = NEW_ARRAY(list, struct list_filter, model->field_count + model->link_count + 1);
    for (size_t i = 0; i < model->field_count; i++)
        if (filters_by(&model->fields[i]))
            list->filters[list->filter_count++].field = &model->fields[i];
    for (size_t i = 0; i < model->link_count; i++)
        list->filters[list->filter_count++].link = &model->links[i];
    return list;
}

struct error *list_sort(struct list *list, const char *name)
{
    bool descending = *name == '-';
    const struct field *field = model_field(list->model, name + descending);
    if (!field || !field_sortable(field))
        return error_new(list, ERROR_BAD_REQUEST, "%s cannot be sorted by '%s'", list->model->plural, name);
    list->sort = field;
    list->descending = descending;
    return NULL;
}

struct list_filter *list_filter(const struct list *list, const char *name)
{
    for (size_t i = 0; i < list->filter_count; i++) {
        const struct list_filter *filter = &list->filters[i];
        if (strcmp(filter->field ? filter->field->name : filter->link->name, name) == 0)
            return &list->filters[i];
    }
    return NULL;
}

struct error *list_set_filter(struct list *list, struct list_filter *filter, const char *value)
{
    const char *name = filter->field ? filter->field->name : filter->link->name;
    if (filter->field && filter->field->type != FIELD_REFERENCE) {
        const char *problem = value_read(list, filter->field, value, &filter->value);
        if (problem)
            return error_new(list, ERROR_BAD_REQUEST, "the filter '%s' cannot be '%s'", name, value);
        return NULL;
    }
    const struct model *target = filter->field ? filter->field->target : filter->link->target_model;
    if (!record_id_is_valid(target, value))
        return error_new(list, ERROR_BAD_REQUEST, "the filter '%s' cannot be '%s'", name, value);
    filter->value = memory_copy(list, value);
    return NULL;
}

/* A cursor is ["sort value", "key"] in JSON, base64url without padding (RFC 4648 section 5): opaque, but no secret. */
static const json_t *read_cursor(const void *context, const char *cursor)
{
    unsigned char bytes[3072];
    size_t length = 0;
    if (sodium_base642bin(bytes, sizeof bytes, cursor, strlen(cursor), NULL, &length, NULL,
                          sodium_base64_VARIANT_URLSAFE_NO_PADDING)
        != 0)
        return NULL;
    const json_t *json = parsed_json(context, (const char *)bytes, length, 0, NULL);
    const json_t *value = json_array_get(json, 0);
    if (json_array_size(json) == 2 && json_is_string(json_array_get(json, 1))
        && (json_is_string(value) || json_is_null(value)))
        return json;
    return NULL;
}

static struct error *check_cursor(struct list *list, const char *cursor)
{
    const json_t *json = read_cursor(list, cursor);
    const char *key = json ? json_string_value(json_array_get(json, 1)) : NULL;
    bool good = key && record_id_is_valid(list->model, key);
    if (!good)
        return error_new(list, ERROR_BAD_REQUEST, "this address does not name a page of the list: begin at its first");
    return NULL;
}

struct error *list_set_cursor(struct list *list, const char *after, const char *before)
{
    if (after && before)
        return error_new(list, ERROR_BAD_REQUEST, "a page is either after or before a row, not both");
    if (after)
        TRY(check_cursor(list, after));
    if (before)
        TRY(check_cursor(list, before));
    list->after = after;
    list->before = before;
    return NULL;
}

static void add_sort_value(struct sql *sql, const struct field *field)
{
    sql_add(sql, field->ignore_case ? "lower(" : "");
    sql_column(sql, "t", field->name);
    sql_add(sql, field->ignore_case ? ")" : "");
}

/* Text is compared as text: a cast to varchar(n) would cut the cursor's value. */
static const char *cursor_type(const void *context, const struct field *field)
{
    return field->type == FIELD_TEXT || field->type == FIELD_EMAIL ? "text" : field_sql_type(context, field);
}

static const char *like_pattern(const void *context, const char *search)
{
    struct text *text = text_new(context);
    text_add_char(text, '%');
    for (; *search; search++) {
        if (*search == '%' || *search == '_' || *search == '\\')
            text_add_char(text, '\\');
        text_add_char(text, *search);
    }
    text_add_char(text, '%');
    return text->data;
}

bool list_searches(const struct field *field)
{
    const struct field *title = field->model->title_field;
    bool text = field->type == FIELD_TEXT || field->type == FIELD_LONG_TEXT || field->type == FIELD_EMAIL;
    return field->searched || (field == title && text);
}

static void add_search(struct sql *sql, const struct list *list)
{
    const char *separator = " AND (";
    int parameter = 0;
    for (size_t i = 0; i < list->model->field_count; i++) {
        const struct field *field = &list->model->fields[i];
        if (!list_searches(field))
            continue;
        sql_add(sql, separator);
        sql_column(sql, "t", field->name);
        sql_add(sql, " ILIKE ");
        if (parameter)
            sql_addf(sql, "$%d", parameter);
        else
            parameter = sql_value(sql, like_pattern(list, list->search), NULL);
        separator = " OR ";
    }
    sql_add(sql, parameter ? ")" : "");
}

static void add_range(struct sql *sql, const struct list_filter *filter)
{
    bool time = filter->field->type == FIELD_TIMESTAMP;
    if (filter->from) {
        sql_add(sql, " AND ");
        sql_column(sql, "t", filter->field->name);
        sql_add(sql, " >= ");
        sql_value(sql, filter->from, time ? "date::timestamptz" : "date");
    }
    if (filter->to) { /* the last day belongs to the range */
        sql_add(sql, " AND ");
        sql_column(sql, "t", filter->field->name);
        sql_add(sql, time ? " < (" : " <= ");
        sql_value(sql, filter->to, "date");
        sql_add(sql, time ? " + 1)::timestamptz" : "");
    }
}

/* Who looks for what belongs to a record that they may not see finds nothing. */
static void and_seen(struct sql *sql, const struct connection *connection, const struct model *target, const char *id)
{
    if (!access_asks_rows(connection, target))
        return;
    sql_add(sql, " AND EXISTS (SELECT 1 FROM ");
    sql_name(sql, target->table);
    sql_add(sql, " f");
    record_where_key(sql, target, "f", id);
    access_and(sql, connection, target, "f", MAY_READ);
    sql_add(sql, ")");
}

static void add_link_filter(struct sql *sql, const struct connection *connection, const struct list_filter *filter)
{
    const struct link *link = filter->link;
    sql_add(sql, " AND EXISTS (SELECT 1 FROM ");
    sql_name(sql, link->table);
    sql_add(sql, " l WHERE ");
    sql_column(sql, "l", link->own_column);
    sql_add(sql, " = ");
    sql_column(sql, "t", link->model->primary_key->name);
    sql_add(sql, " AND ");
    sql_column(sql, "l", link->target_column);
    sql_add(sql, " = ");
    sql_value(sql, filter->value, record_key_type(link->target_model));
    sql_add(sql, ")");
    and_seen(sql, connection, link->target_model, filter->value);
}

static void add_field_filter(struct sql *sql, const struct connection *connection, const struct list_filter *filter)
{
    add_range(sql, filter);
    if (filter->field->own && (filter->value || filter->from || filter->to))
        access_and(sql, connection, filter->field->model, "t", MAY_CHANGE);
    if (!filter->value)
        return;
    sql_add(sql, " AND ");
    sql_column(sql, "t", filter->field->name);
    sql_add(sql, " = ");
    sql_value(sql, filter->value, field_sql_type(sql, filter->field));
    if (filter->field->target)
        and_seen(sql, connection, filter->field->target, filter->value);
}

/* " WHERE true AND ...": everything but the place in the list, and what the person may not see. */
static void add_where(struct sql *sql, const struct connection *connection, const struct list *list)
{
    sql_add(sql, " WHERE true");
    for (size_t i = 0; i < list->filter_count; i++) {
        const struct list_filter *filter = &list->filters[i];
        if (filter->field)
            add_field_filter(sql, connection, filter);
        else if (filter->value)
            add_link_filter(sql, connection, filter);
    }
    if (list->adding)
        access_and_add_to(sql, connection, list->adding, "t");
    if (list->search)
        add_search(sql, list);
}

struct position {
    const char *value; /* NULL: among the empty ones, which come last */
    const char *key;
    bool backwards;
    bool any; /* there is a cursor */
};

static struct position find_position(const struct list *list)
{
    struct position position = { .backwards = list->before || list->last };
    const char *cursor = list->after ? list->after : list->before;
    const json_t *json = cursor ? read_cursor(list, cursor) : NULL;
    if (json) {
        position.any = true;
        position.value = memory_copy(list, json_string_value(json_array_get(json, 0)));
        position.key = memory_copy(list, json_string_value(json_array_get(json, 1)));
    }
    return position;
}

/* The rows behind a cursor, with a sort value or (empty) without; as one SELECT that its index serves. */
static void add_segment(struct sql *sql, const struct connection *connection, const struct list *list,
                        const struct position *position, bool empty, bool from_cursor, int limit)
{
    const struct field *key = list->model->primary_key;
    bool by_key = list->sort == key || empty;
    bool down = list->descending != position->backwards;
    sql_add(sql, "SELECT ");
    record_columns(sql, connection, list->model, "t", list->faces, list->outer);
    sql_add(sql, ", ");
    add_sort_value(sql, list->sort);
    sql_addf(sql, "::text AS \"@sort\", %d AS \"@segment\", ", empty);
    add_sort_value(sql, list->sort);
    sql_add(sql, " AS \"@order\" FROM ");
    sql_name(sql, list->model->table);
    sql_add(sql, " t");
    add_where(sql, connection, list);
    access_and(sql, connection, list->model, "t", MAY_READ);
    if (!list->sort->required && list->sort != key) {
        sql_add(sql, " AND ");
        sql_column(sql, "t", list->sort->name);
        sql_add(sql, empty ? " IS NULL" : " IS NOT NULL");
    }
    if (from_cursor) {
        sql_add(sql, " AND (");
        if (!by_key) {
            add_sort_value(sql, list->sort);
            sql_add(sql, ", ");
        }
        sql_column(sql, "t", key->name);
        sql_addf(sql, ") %s (", down ? "<" : ">");
        if (!by_key) {
            sql_value(sql, position->value, cursor_type(sql, list->sort));
            sql_add(sql, ", ");
        }
        sql_value(sql, position->key, record_key_type(list->model));
        sql_add(sql, ")");
    }
    sql_add(sql, " ORDER BY ");
    if (!by_key) {
        add_sort_value(sql, list->sort);
        sql_add(sql, down ? " DESC, " : ", ");
    }
    sql_column(sql, "t", key->name);
    sql_addf(sql, "%s LIMIT %d", down ? " DESC" : "", limit);
}

/* Empty sort values come last in both directions. They are a segment of their own, so that both parts use the index;
 * an ORDER BY over the few rows of both puts them together. */
static void add_two_segments(struct sql *sql, const struct connection *connection, const struct list *list,
                             const struct position *position, int limit)
{
    bool down = list->descending != position->backwards;
    bool in_empty = position->any && !position->value;
    sql_add(sql, "SELECT * FROM (");
    if (!in_empty || position->backwards) {
        sql_add(sql, "(");
        add_segment(sql, connection, list, position, false, position->any && !in_empty, limit);
        sql_add(sql, ")");
    }
    bool both = position->backwards ? !position->any || in_empty : !in_empty;
    sql_add(sql, both ? " UNION ALL " : "");
    if (both || in_empty) {
        sql_add(sql, "(");
        add_segment(sql, connection, list, position, true, in_empty, limit);
        sql_add(sql, ")");
    }
    sql_addf(sql, ") u ORDER BY \"@segment\"%s, \"@order\"%s, \"@id\"%s LIMIT %d", position->backwards ? " DESC" : "",
             down ? " DESC" : "", down ? " DESC" : "", limit);
}

static struct sql *rows_sql(const struct connection *connection, const struct list *list)
{
    struct position position = find_position(list);
    struct sql *sql = sql_new(list, "");
    int limit = list->limit + 1; /* one more tells whether there is a next page */
    if (list->sort->required || list->sort == list->model->primary_key)
        add_segment(sql, connection, list, &position, false, position.any, limit);
    else
        add_two_segments(sql, connection, list, &position, limit);
    return sql;
}

void list_queue_titles(struct connection *connection, struct list *list)
{
    for (size_t i = 0; i < list->filter_count; i++) {
        struct list_filter *filter = &list->filters[i];
        const struct model *target = filter->link ? filter->link->target_model : filter->field->target;
        if (!filter->value || !target)
            continue;
        struct sql *sql = sql_new(list, "SELECT ");
        record_title(sql, target, "t");
        sql_add(sql, " FROM ");
        sql_name(sql, target->table);
        sql_add(sql, " t");
        record_where_key(sql, target, "t", filter->value);
        access_and(sql, connection, target, "t", MAY_READ);
        filter->title_query = query_add(connection, sql);
    }
}

int list_count_limit(const struct connection *connection, const struct model *model)
{
    return access_asks_rows(connection, model) ? LIST_COUNT_ASKED : LIST_COUNT_EXACT;
}

void list_queue(struct connection *connection, struct list *list, bool with_count)
{
    list->rows = query_add(connection, rows_sql(connection, list));
    list->reversed = list->before || list->last;
    if (!with_count)
        return;
    struct sql *sql = sql_new(list, "SELECT count(*) FROM (SELECT 1 FROM ");
    sql_name(sql, list->model->table);
    sql_add(sql, " t");
    add_where(sql, connection, list);
    access_and(sql, connection, list->model, "t", MAY_READ);
    list->exact = list_count_limit(connection, list->model);
    sql_addf(sql, " LIMIT %lld) c", list->exact + 1);
    list->count = query_add(connection, sql);
}

/* The planner's guess: the first "Plan Rows" of EXPLAIN (PostgreSQL manual, 14.1.1). */
static void queue_estimate(struct connection *connection, struct list *list)
{
    struct sql *sql = sql_new(list, "EXPLAIN (FORMAT JSON) SELECT 1 FROM ");
    sql_name(sql, list->model->table);
    sql_add(sql, " t");
    add_where(sql, connection, list);
    list->plan = query_add(connection, sql);
}

static void load_estimate(struct list *list)
{
    const char *plan = query_rows(list->plan) ? query_text(list->plan, 0, 0) : "";
    const json_t *json = parsed_json(list, plan, strlen(plan), 0, NULL);
    const json_t *rows = json_object_get(json_object_get(json_array_get(json, 0), "Plan"), "Plan Rows");
    long long total = (long long)json_number_value(rows);
    list->estimated = true;
    list->total = total > list->exact ? total : list->exact + 1;
}

static void load_page(struct list *list)
{
    bool more = query_rows(list->rows) > list->limit;
    list->row_count = more ? list->limit : query_rows(list->rows);
    list->has_next = list->reversed ? !list->last : more;
    list->has_previous = list->reversed ? more : list->after != NULL;
    for (size_t i = 0; i < list->filter_count; i++) {
        struct list_filter *filter = &list->filters[i];
        if (filter->title_query && query_rows(filter->title_query) > 0)
            filter->title = query_text(filter->title_query, 0, 0);
    }
    if (list->count)
        list->total = strtoll(query_text(list->count, 0, 0), NULL, 10);
}

struct error *list_load_all(struct connection *connection, struct list *const *lists, size_t count)
{
    bool estimates = false;
    for (size_t i = 0; i < count; i++) {
        load_page(lists[i]);
        const bool more = lists[i]->total > lists[i]->exact;
        lists[i]->capped = more && !access_sees_all(connection, lists[i]->model);
        if (more && !lists[i]->capped) {
            queue_estimate(connection, lists[i]);
            estimates = true;
        }
    }
    if (!estimates)
        return NULL;
    query_read_only(connection);
    TRY(query_run(connection));
    for (size_t i = 0; i < count; i++)
        if (lists[i]->plan)
            load_estimate(lists[i]);
    return NULL;
}

struct error *list_load(struct connection *connection, struct list *list)
{
    return list_load_all(connection, &list, 1);
}

int list_row(const struct list *list, int position)
{
    return list->reversed ? list->row_count - 1 - position : position;
}

static const char *cursor_of(const void *context, const struct list *list, int position)
{
    if (position < 0 || position >= list->row_count)
        return NULL;
    int row = list_row(list, position);
    struct text *text = text_new(context);
    text_add_char(text, '[');
    text_add_json(text, query_field(list->rows, row, "@sort"));
    text_add_char(text, ',');
    text_add_json(text, query_field(list->rows, row, "@id"));
    text_add_char(text, ']');
    size_t size = sodium_base64_ENCODED_LEN(text->length, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
    char *cursor = NEW_ARRAY(context, char, size);
    return sodium_bin2base64(cursor, size, (const unsigned char *)text->data, text->length,
                             sodium_base64_VARIANT_URLSAFE_NO_PADDING);
}

const char *list_first_cursor(const void *context, const struct list *list)
{
    return cursor_of(context, list, 0);
}

const char *list_last_cursor(const void *context, const struct list *list)
{
    return cursor_of(context, list, list->row_count - 1);
}
