/* The page of two sides. */
#include "conflict_view.h"

#include <names.h>
#include <string.h>

#include "../db/memory.h"
#include "../db/query.h"
#include "../db/history.h"
#include "../db/record.h"
#include "../db/value.h"
#include "cookie.h"
#include "form_input.h"
#include "form_view.h"
#include "page.h"
#include "value_view.h"
#include "words.h"

static bool same_text(const char *one, const char *other)
{
    return strcmp(one ? one : "", other ? other : "") == 0;
}

static bool is_shown(const struct draft_field *field)
{
    return field->base && (field->changed || !same_text(field->base, field->current));
}

/* The records that a reference led to, for their titles; the one that was typed is known already. */
struct referred {
    struct query *before, *theirs;
};

static struct query *queue_referred(const struct request *request, const struct draft_field *field, const char *id)
{
    const struct model *target = field->field->target;
    if (field->field->type != FIELD_REFERENCE || !is_shown(field) || !id || !record_id_is_valid(target, id))
        return NULL;
    return record_queue_find(request->db, target, id, NOWHERE);
}

static struct referred *queue_all_referred(const struct request *request, const struct draft *draft)
{
    struct referred *referred = NEW_ARRAY(request, struct referred, draft->field_count);
    for (size_t i = 0; i < draft->field_count; i++) {
        const struct draft_field *field = &draft->fields[i];
        referred[i].before = queue_referred(request, field, field->base);
        referred[i].theirs = queue_referred(request, field, field->current);
    }
    return referred;
}

static const char *title_of(const struct query *record)
{
    return record && query_rows(record) > 0 ? query_field(record, 0, "@title") : NULL;
}

/* A reference is shown by its title, or by its key when the record is gone. */
static const char *readable(const struct request *request, const struct draft_field *field, const char *value,
                            const char *title)
{
    if (!value || !*value)
        return NULL;
    if (field->field->type != FIELD_REFERENCE)
        return value_for_page(request, field->field, value);
    return title ? title : memory_printf(request, "%s %s", field->field->target->label, value);
}

static void add_change(struct page *page, const struct draft *draft, const struct draft_field *field,
                       const struct referred *referred)
{
    struct request *request = page->request;
    struct view *change = view_add(page->main, T_CHANGE);
    view_set(change, T_ID, form_view_id(request, field->field->name));
    view_set(change, T_LABEL, field->field->label);
    view_set(change, T_BEFORE, readable(request, field, field->base, title_of(referred->before)));
    view_set(change, T_THEIRS, readable(request, field, field->current, title_of(referred->theirs)));
    view_set(change, T_YOURS, readable(request, field, field->changed ? field->typed : field->base, field->title));
    if (draft_field_conflicts(draft, field))
        view_set(change, T_TAKE, memory_printf(request, "_take.%s", field->field->name));
    else
        view_set(change, T_RESULT, field->changed ? "Yours" : "Theirs");
}

/* What the merged form sends for a field: mine where I changed it, theirs where only they did. */
static const char *merged(const struct draft_field *field)
{
    return field->changed ? field->typed : field->current;
}

static void hide_fields(struct page *page, struct draft *draft)
{
    for (size_t i = 0; i < draft->field_count; i++) {
        struct draft_field *field = &draft->fields[i];
        field->typed = merged(field);
        field->base = NULL; /* from here on the form is based on what is stored now */
    }
    form_input_hide_all(page->request, page->main, draft, NULL);
}

static void fill_who(struct page *page, const struct query *latest)
{
    if (query_rows(latest) == 0)
        return;
    struct request *request = page->request;
    const char *who = query_field(latest, 0, "who");
    view_set(page->main, T_WHO, who ? who : "Somebody");
    view_set(page->main, T_TIME, words_time(request, query_field(latest, 0, "at")));
    view_set(page->main, T_DATETIME, words_datetime(request, query_field(latest, 0, "at")));
}

struct error *conflict_view_send(struct request *request, struct draft *draft)
{
    transaction_rollback(request->db);
    struct query *latest = history_queue_record(request->db, draft->model, draft->id, NULL, 1);
    const struct referred *referred = queue_all_referred(request, draft);
    TRY(query_run(request->db));
    struct page *page = page_new(request, TPL_CONFLICT);
    const char *what = memory_printf(request, "%s %s", draft->model->label, draft->title);
    const char *heading = memory_printf(request, "%s was changed while you edited it", words_capital(request, what));
    view_set(page->main, T_HEADING, heading);
    view_set(page->main, T_ACTION, form_view_action(request));
    view_set(page->main, T_CSRF, cookie_csrf(request));
    view_set(page->main, T_BUTTON, memory_printf(request, "Save %s", draft->model->label));
    view_set(page->main, T_DISCARD_HREF,
             memory_printf(request, "%s/edit", value_view_href(request, draft->model, draft->id)));
    fill_who(page, latest);
    for (size_t i = 0; i < draft->field_count; i++)
        if (is_shown(&draft->fields[i]))
            add_change(page, draft, &draft->fields[i], &referred[i]);
    hide_fields(page, draft);
    return page_send(page, 409, heading);
}
