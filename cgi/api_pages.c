/* The answers at /api/v1/: what there is, lists and records. */
#include <string.h>

#include "../db/access.h"
#include "../db/api_key.h"
#include "../db/list.h"
#include "../db/memory.h"
#include "../db/record.h"
#include "address.h"
#include "api.h"
#include "api_value.h"
#include "form.h"
#include "handlers.h"
#include "list_input.h"

/* So many of what a record is linked to come with it. */
#define LINKS_SENT 1000

static const char *list_path(const struct request *request, const struct model *model)
{
    return memory_printf(request, "/api/v1/%s/", model->path);
}

/* {"opened":"/api/v1/teams/3","lists":{"teams":"/api/v1/teams/",...}} */
struct error *api_index(struct request *request)
{
    const struct schema *schema = request->site->schema;
    TRY(api_run(request));
    const struct model *opened = schema_opened(schema)->target;
    struct text *json = text_new(request);
    text_add(json, "{\"opened\":");
    text_add_json(json, memory_printf(json, "%s%s", list_path(request, opened), form_encode(json, request->api_key->opened)));
    text_add(json, ",\"lists\":{");
    const char *comma = "";
    for (size_t i = 0; i < schema->count; i++) {
        if (schema->models[i]->internal || !access_is_possible_by_key(schema->models[i]))
            continue;
        text_add(json, comma);
        text_add_json(json, schema->models[i]->path);
        text_add_char(json, ':');
        text_add_json(json, list_path(request, schema->models[i]));
        comma = ",";
    }
    text_add(json, "}}");
    api_send(request, json);
    return NULL;
}

static void add_page(struct text *json, const struct request *request, const char *name, const char *cursor)
{
    static const char *const pages[] = { "after", "before", "last", NULL };
    text_addf(json, ",\"%s\":", strcmp(name, "after") == 0 ? "next" : "previous");
    text_add_json(json, cursor ? address_change(request, list_path(request, request->model), pages, name, cursor) : NULL);
}

static void send_list(struct request *request, const struct list *list)
{
    struct text *json = text_new(request);
    text_add(json, "{\"items\":[");
    for (int position = 0; position < list->row_count; position++) {
        const int row = list_row(list, position);
        text_add(json, position ? ",{" : "{");
        api_value_name(json, list->model, list->rows, row);
        api_value_fields(json, list->model, list->faces, list->rows, row);
        text_add_char(json, '}');
    }
    /* Beyond what is counted one by one the number says no more than that. */
    const bool exact = !list->estimated && !list->capped;
    text_addf(json, "],\"count\":%lld,\"count_is_exact\":%s", list->total, exact ? "true" : "false");
    add_page(json, request, "before", list->has_previous ? list_first_cursor(json, list) : NULL);
    add_page(json, request, "after", list->has_next ? list_last_cursor(json, list) : NULL);
    text_add_char(json, '}');
    api_send(request, json);
}

static struct error *check_dates(const struct request *request, const struct list *list)
{
    for (size_t i = 0; i < list->filter_count; i++) {
        const char *problem = list_input_date_problem(request, &list->filters[i]);
        if (problem)
            return error_new(request, ERROR_BAD_REQUEST, "%s", problem);
    }
    return NULL;
}

/* GET /api/v1/members/?type=leader&sort=-name: what the list's own address takes. */
struct error *api_list(struct request *request)
{
    struct list *list = list_new(request, request->model, request->site->settings->page_rows);
    TRY(list_input_read(request, list));
    TRY(check_dates(request, list));
    list_queue(request->db, list, true);
    struct error *error = api_run(request);
    if (error && error->code == ERROR_INVALID) /* as in list_pages.c */
        error->code = ERROR_BAD_REQUEST;
    TRY(error);
    TRY(list_load(request->db, list));
    send_list(request, list);
    return NULL;
}

static void add_links(struct text *json, const struct link *link, const struct query *rows)
{
    const int count = query_rows(rows);
    text_add_char(json, ',');
    text_add_json(json, link->name);
    text_add(json, ":{\"items\":[");
    for (int row = 0; row < count && row < LINKS_SENT; row++) {
        text_add(json, row ? ",{" : "{");
        api_value_name(json, link->target_model, rows, row);
        text_add_char(json, '}');
    }
    text_addf(json, "],\"more\":%s}", count > LINKS_SENT ? "true" : "false");
}

struct error *api_record(struct request *request)
{
    const struct model *model = request->model;
    struct error *missing = error_new(request, ERROR_NOT_FOUND, "there is no %s '%s'", model->label, request->id);
    if (!record_id_is_valid(model, request->id))
        return missing;
    struct query *record = record_queue_find(request->db, model, request->id, SHOWN);
    struct query **links = NEW_ARRAY(request, struct query *, model->link_count + 1);
    for (size_t i = 0; i < model->link_count; i++)
        if (access_is_possible_by_key(model->links[i].target_model))
            links[i] = record_queue_links(request->db, &model->links[i], request->id, LINKS_SENT + 1);
    TRY(api_run(request));
    if (query_rows(record) == 0)
        return missing;
    struct text *json = text_new(request);
    text_add_char(json, '{');
    api_value_name(json, model, record, 0);
    api_value_fields(json, model, SHOWN, record, 0);
    for (size_t i = 0; i < model->link_count; i++)
        if (links[i])
            add_links(json, &model->links[i], links[i]);
    text_add_char(json, '}');
    api_send(request, json);
    return NULL;
}
