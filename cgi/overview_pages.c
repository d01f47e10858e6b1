/* The first page: what there is, what changed lately, and what the models file wants to be seen first. */
#include <names.h>
#include <stdlib.h>
#include <string.h>

#include "../db/access.h"
#include "../db/history.h"
#include "../db/list.h"
#include "../db/memory.h"
#include "../db/panel.h"
#include "../db/session.h"
#include "handlers.h"
#include "page.h"
#include "panel_view.h"
#include "value_view.h"
#include "words.h"

#define CHANGES_SHOWN 10

struct card {
    const struct model *model;
    struct query *count, *estimate, *offer; /* offer: of a form for a new one; or NULL */
};

struct overview {
    struct card *cards;
    size_t card_count;
    struct query *changes;
    struct query **panels;
    size_t panel_count;
};

static struct overview *look(struct request *request)
{
    const struct schema *schema = request->site->schema;
    struct overview *overview = NEW(request, struct overview);
    overview->cards = NEW_ARRAY(overview, struct card, schema->count);
    for (size_t i = 0; i < schema->count; i++) {
        const struct model *model = schema->models[i];
        if (!model->internal)
            overview->cards[overview->card_count++] = (struct card){
                model, panel_queue_count(request->db, model), panel_queue_estimate(request->db, model),
                access_queue_offer(request->db, model)
            };
    }
    overview->changes = history_queue_latest(request->db, schema, CHANGES_SHOWN);
    while (schema->overview[overview->panel_count].kind)
        overview->panel_count++;
    overview->panels = NEW_ARRAY(overview, struct query *, overview->panel_count + 1);
    for (size_t i = 0; i < overview->panel_count; i++)
        overview->panels[i] = panel_queue(request->db, schema, &schema->overview[i], NULL);
    return overview;
}

static void add_card(struct page *page, const struct card *card)
{
    struct request *request = page->request;
    const struct model *model = card->model;
    if (!page_may_read(request, model))
        return;
    struct list counted = { .model = model, .total = strtoll(query_text(card->count, 0, 0), NULL, 10) };
    counted.exact = list_count_limit(request->db, model);
    counted.capped = counted.total > counted.exact && !access_sees_all(request->db, model);
    if (counted.total > counted.exact && !counted.capped) {
        long long estimate = strtoll(query_text(card->estimate, 0, 0), NULL, 10);
        counted.estimated = true;
        counted.total = estimate > counted.total ? estimate : counted.total;
    }
    struct view *view = view_add(page->main, T_CARD);
    view_set(view, T_LABEL, words_capital(request, model->plural));
    view_set(view, T_COUNT, words_total(request, &counted));
    view_set(view, T_HREF, memory_printf(request, "/%s/", model->path));
    if (!page_may_create(request, model) || (card->offer && !query_true(card->offer, 0, "may")))
        return;
    view_set(view, T_NEW_HREF, memory_printf(request, "/%s/new", model->path));
    view_set(view, T_NEW_LABEL, memory_printf(request, "New %s", model->label));
}

static void add_change(struct page *page, const struct query *changes, int row)
{
    struct request *request = page->request;
    const char *who = query_field(changes, row, "who"), *action = query_field(changes, row, "action");
    const struct model *model = schema_by_table(request->site->schema, query_field(changes, row, "model"));
    if (!model || model->internal || !page_may_read(request, model))
        return;
    struct view *view = view_add(page->main, T_CHANGE);
    view_set(view, T_TIME, words_time(request, query_field(changes, row, "at")));
    view_set(view, T_DATETIME, words_datetime(request, query_field(changes, row, "at")));
    view_set(view, T_WHO, who ? who : "Somebody");
    view_set(view, T_VERB, strcmp(action, "created") == 0 ? "added" : action);
    view_set(view, T_MODEL, model->label);
    view_set(view, T_TEXT, query_field(changes, row, "title"));
    if (strcmp(action, "deleted") != 0)
        view_set(view, T_HREF, value_view_href(request, model, query_field(changes, row, "record")));
}

struct error *overview_page(struct request *request)
{
    struct overview *overview = look(request);
    TRY(page_run(request));
    struct page *page = page_new(request, TPL_OVERVIEW);
    view_set(page->main, T_HEADING, "Overview");
    for (size_t i = 0; i < overview->card_count; i++)
        add_card(page, &overview->cards[i]);
    for (int row = 0; row < query_rows(overview->changes); row++)
        add_change(page, overview->changes, row);
    for (size_t i = 0; i < overview->panel_count; i++)
        panel_view_fill(request, view_include(page->main, T_PANEL, TPL_PANEL), &request->site->schema->overview[i],
                        overview->panels[i], (int)i);
    return page_send(page, 200, "Overview");
}
