/* A form that travels through the sign-in page. */
#include "again.h"

#include <names.h>
#include <string.h>

#include "../db/memory.h"
#include "confirm.h"
#include "cookie.h"
#include "form_input.h"
#include "page.h"

#define PREFIX "_again."
#define PATH "_again_path"
#define FILES "_again_files"

static bool is_carried(const char *name)
{
    return strncmp(name, PREFIX, strlen(PREFIX)) == 0;
}

bool again_is_needed(const struct request *request)
{
    const char *path = form_get(request->form, PATH);
    if (path)
        return response_path_is_local(path);
    /* Only records: a password is better typed again, and signing out twice is once. */
    return request->method == METHOD_POST && request->model && request->form->value_count > 1;
}

static bool is_secret(const struct request *request, const char *name)
{
    const struct field *field = request->model ? model_field(request->model, name) : NULL;
    return strcmp(name, "csrf") == 0 || strcmp(name, CONFIRM_FIELD) == 0 || (field && field->secret);
}

/* This form's own values; of what is not kept, which fields had it. */
static void hide_values(const struct request *request, struct view *view, const char *prefix)
{
    const char *unkept = memory_printf(request, "%s%s", prefix, FORM_UNKEPT);
    for (size_t i = 0; i < request->form->file_count; i++)
        if (*request->form->files[i].file_name)
            form_input_hide(view, unkept, request->form->files[i].name);
    for (size_t i = 0; i < request->form->value_count; i++) {
        const struct form_value *value = &request->form->values[i];
        if (!is_secret(request, value->name))
            form_input_hide(view, memory_printf(request, "%s%s", prefix, value->name), value->value);
        else if (*value->value && model_field(request->model, value->name))
            form_input_hide(view, unkept, value->name);
    }
}

void again_carry(const struct request *request, struct view *view)
{
    const char *path = form_get(request->form, PATH);
    view_show(view, T_AGAIN);
    form_input_hide(view, PATH, path ? path : request->path);
    if (request->form->file_count > 0 || form_get(request->form, FILES))
        form_input_hide(view, FILES, "1");
    if (!path)
        hide_values(request, view, PREFIX);
    for (size_t i = 0; path && i < request->form->value_count; i++) {
        const struct form_value *value = &request->form->values[i];
        if (is_carried(value->name))
            form_input_hide(view, value->name, value->value);
    }
}

struct error *again_send(struct request *request, const char *token)
{
    struct page *page = page_new(request, TPL_AGAIN);
    view_show(page->main, T_BACK);
    view_set(page->main, T_ACTION, form_get(request->form, PATH));
    view_set(page->main, T_CSRF, cookie_csrf_of(request, token));
    view_show_if(page->main, T_FILES, form_get(request->form, FILES) != NULL);
    for (size_t i = 0; i < request->form->value_count; i++) {
        const struct form_value *value = &request->form->values[i];
        if (is_carried(value->name))
            form_input_hide(page->main, value->name + strlen(PREFIX), value->value);
    }
    return page_send(page, 200, "You are signed in again");
}

struct error *again_offer(struct request *request)
{
    struct page *page = page_new(request, TPL_AGAIN);
    view_set(page->main, T_ACTION, request->path);
    view_set(page->main, T_CSRF, cookie_csrf(request));
    view_show_if(page->main, T_FILES, request->form->file_count > 0);
    hide_values(request, page->main, "");
    return page_send(page, 403, "Not saved yet");
}
