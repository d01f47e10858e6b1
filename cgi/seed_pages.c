/* The seeds: what each does, a dry run, and the real one; both as jobs. */
#include <dirent.h>
#include <names.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../db/memory.h"
#include "../db/seed.h"
#include "../db/seed_file.h"
#include "admin.h"
#include "cookie.h"
#include "handlers.h"
#include "job_view.h"
#include "page.h"
#include "words.h"

static bool is_generated(const struct request *request, const char *name)
{
    return access(memory_printf(request, "%s/%s/plan.json", request->site->settings->seeds, name), F_OK) == 0;
}

static int compare(const struct dirent **one, const struct dirent **other)
{
    return strcmp((*one)->d_name, (*other)->d_name);
}

static int is_json(const struct dirent *entry)
{
    const char *end = strrchr(entry->d_name, '.');
    return end && strcmp(end, ".json") == 0;
}

static const char *words_of(const struct request *request, const struct seed_file *file)
{
    const size_t count = json_array_size(file->records);
    if (!file->model)
        return "a file for a model that is not declared here: it is left out";
    return memory_printf(request, "%zu %s: %s", count, count == 1 ? file->model->label : file->model->plural,
                         file->sync ? "added or brought up to date, and those that are gone from the file removed"
                                    : "added, or brought up to date");
}

/* A file that cannot be read says so here, before anybody runs it. */
static void add_files(const struct request *request, struct view *view, const char *name)
{
    struct dirent **entries;
    const char *folder = memory_printf(request, "%s/%s", request->site->settings->seeds, name);
    int count = scandir(folder, &entries, is_json, compare);
    for (int i = 0; i < count; i++) {
        struct seed_file *file;
        const struct error *error =
            seed_file_read(request, request->site->schema, folder, entries[i]->d_name, &file);
        view_set(view_add(view, T_FILE), T_TEXT, error ? error->message : words_of(request, file));
        free(entries[i]);
    }
    if (count >= 0)
        free(entries);
}

static void add_seed(struct page *page, const char *name, const char *problem)
{
    struct request *request = page->request;
    const char *sent = form_get(request->form, "seed");
    const bool own = sent && strcmp(sent, name) == 0;
    struct view *view = view_add(page->main, T_SEED);
    const char *id = memory_printf(request, "seed-%s", name);
    view_set(view, T_ID, id);
    view_set(view, T_NAME, name);
    if (is_generated(request, name)) {
        view_show(view, T_SCALED);
        view_set(view, T_HINT, "Generated rows in any number, always the same ones: to try the site with much in it.");
        view_set(view, T_SCALE, own ? form_get(request->form, "scale") : "0.01");
        view_set(view, T_SCALE_ERROR, own ? problem : NULL);
        if (own && problem)
            page_error(page, problem, memory_printf(request, "%s-scale", id));
        return;
    }
    view_set(view, T_HINT, "Rows from files:");
    add_files(request, view, name);
}

static struct error *show(struct request *request, char *const *names, const char *problem)
{
    struct page *page = page_new(request, TPL_SEEDS);
    view_set(page->main, T_CSRF, cookie_csrf(request));
    for (; *names; names++)
        add_seed(page, *names, problem);
    return page_send(page, problem ? 422 : 200, "Seeds");
}

struct error *seeds_page(struct request *request)
{
    char **names;
    const struct error *away;
    TRY(admin_run(request, &away));
    TRY(seed_names(request, request->site->settings, &names));
    return show(request, names, NULL);
}

static const char *judge_scale(const char *scale)
{
    char *end;
    const double value = scale ? strtod(scale, &end) : 0;
    bool good = scale && *scale && strspn(scale, "0123456789.") == strlen(scale) && !*end && value > 0 && value <= 1000;
    return good ? NULL : "Enter a number above 0 and up to 1000, such as 0.1";
}

struct error *seeds_post(struct request *request)
{
    const char *name = form_get(request->form, "seed"), *words[6] = { "seed" };
    const bool trial = form_get(request->form, "_trial") != NULL;
    const struct error *away;
    bool asked = false;
    char **names, **known;
    size_t count = 1;
    if (trial)
        TRY(admin_run(request, &away));
    else
        TRY(admin_run_confirmed(request, "run a seed", &away, &asked));
    if (asked)
        return NULL;
    TRY(seed_names(request, request->site->settings, &names));
    for (known = names; *known && (!name || strcmp(*known, name) != 0); known++)
        continue;
    if (!*known)
        return error_new(request, ERROR_BAD_REQUEST, "there is no seed '%s'", name ? name : "");
    if (is_generated(request, *known)) {
        const char *problem = judge_scale(form_get(request->form, "scale"));
        if (problem)
            return show(request, names, problem);
        words[count++] = "--scale";
        words[count++] = form_get(request->form, "scale");
    }
    if (trial)
        words[count++] = "--dry-run";
    words[count] = *known;
    return job_view_start(request, words);
}
