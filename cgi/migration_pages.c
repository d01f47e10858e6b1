/* The revisions: which are applied, what each does, and how they follow each other. */
#include <names.h>
#include <string.h>

#include "../db/memory.h"
#include "../db/models_state.h"
#include "../db/offline.h"
#include "../db/revision_loss.h"
#include "diagram_view.h"
#include "handlers.h"
#include "migration_view.h"
#include "page.h"
#include "words.h"

struct state {
    const char *badge, *tone;
};

static struct state state_of(const struct health *health, const struct revision *revision)
{
    const struct applied_state *applied = health->applied;
    if (!applied)
        return (struct state){ "unknown", "muted" };
    if (applied->unfinished == revision)
        return (struct state){ applied->on_its_way->direction == DIRECTION_UP ? "partly applied" : "partly undone", "bad" };
    const struct applied *line = applied->by_position[revision->position];
    if (!line)
        return (struct state){ "pending", "warn" };
    if (strcmp(line->checksum, revision->checksum) != 0)
        return (struct state){ "edited", "bad" };
    return (struct state){ "applied", "good" };
}

static void add_action(struct page *page, const char *label, const char *href, bool first, bool danger)
{
    struct view *view = view_add(page->main, T_ACTION);
    view_set(view, T_LABEL, label);
    view_set(view, T_HREF, href);
    view_show_if(view, T_MAIN_ACTION, first);
    view_show_if(view, T_DANGER, danger);
}

static void add_actions(struct page *page, const struct migration_look *look)
{
    const struct health *health = look->health;
    const bool pending = health->revisions_state == REVISIONS_PENDING, wrong = health->revisions_state == REVISIONS_WRONG;
    if (pending)
        add_action(page, "Apply what is pending", "/admin/migrations/upgrade?to=heads", true, false);
    if (health->applied && health->applied->count > 0 && !wrong)
        add_action(page, "Undo the last one", "/admin/migrations/downgrade?to=-1", false, true);
    if (health->applied && health->applied->count > 1 && !wrong)
        add_action(page, "Undo everything", "/admin/migrations/downgrade?to=base", false, true);
    if (!health->applied || wrong || health->applied->count == 0 || pending || look->away)
        add_action(page, "Rescue: create what is missing", "/admin/migrations/rescue", false, false);
    add_action(page, "All of it as SQL", "/admin/migrations/sql", false, false);
}

static const char *joined(const void *context, const char *const *lines)
{
    struct text *text = text_new(context);
    for (; lines && *lines; lines++)
        text_addf(text, "%s%s", text->length ? "; " : "", *lines);
    return text->length ? text->data : NULL;
}

static void add_revision(struct page *page, const struct health *health, const struct revision *revision)
{
    const struct request *request = page->request;
    struct view *view = view_add(page->main, T_REVISION);
    const struct state state = state_of(health, revision);
    const struct applied *applied = health->applied ? health->applied->by_position[revision->position] : NULL;
    view_set(view, T_NAME, revision->id);
    view_set(view, T_HREF, migration_view_href(request, revision));
    view_set(view, T_MESSAGE, revision->message);
    view_set(view, T_BADGE, state.badge);
    view_set(view, T_TONE, state.tone);
    view_show_if(view, T_HEAD, revision->is_head);
    view_set(view, T_DANGER, joined(request, revision_losses(request, revision, DIRECTION_UP)));
    if (!applied)
        return;
    view_set(view, T_WHEN, memory_printf(request, "%.10s %.5s UTC", applied->at, applied->at + 11));
    view_set(view, T_DATETIME, applied->at);
    view_set(view, T_PERSON, applied->by);
    if (!revision->is_head)
        view_set(view, T_BACK_HREF, memory_printf(request, "/admin/migrations/downgrade?to=%s", revision->id));
}

static void add_graph(struct page *page, const struct health *health)
{
    struct request *request = page->request;
    const struct revisions *revisions = health->revisions;
    struct diagram diagram = { .label = "Revisions, the first at the top" };
    size_t parents = 0;
    for (size_t i = 0; i < revisions->count; i++)
        for (struct revision *const *parent = revisions->items[i]->parents; *parent; parent++)
            parents++;
    diagram.boxes = NEW_ARRAY(request, struct diagram_box, revisions->count + 1);
    diagram.links = NEW_ARRAY(request, struct diagram_link, parents + 1);
    for (size_t i = 0; i < revisions->count; i++) {
        const struct revision *revision = revisions->items[i];
        struct diagram_line *line = NEW(request, struct diagram_line);
        const struct state state = state_of(health, revision);
        *line = (struct diagram_line){ words_short(request, revision->message, 48), NULL };
        diagram.boxes[diagram.box_count++] =
            (struct diagram_box){ .title = memory_printf(request, "%s  %s", revision->id, state.badge),
                                  .href = migration_view_href(request, revision), .tone = state.tone,
                                  .lines = line, .line_count = 1 };
        for (struct revision *const *parent = revision->parents; *parent; parent++)
            diagram.links[diagram.link_count++] = (struct diagram_link){ (*parent)->position, i, false };
    }
    if (revisions->count > 0)
        diagram_view_fill(page, &diagram);
}

static struct error *add_difference(struct page *page, const struct migration_look *look)
{
    struct request *request = page->request;
    struct models_state state;
    if (!look->there || look->health->revisions_state != REVISIONS_AT_HEAD)
        return NULL;
    TRY(models_compare(request, request->site->settings, request->site->schema, look->there, &state));
    view_show(page->main, T_COMPARED);
    view_set(page->main, T_NEW_HREF, "/admin/migrations/new");
    for (size_t i = 0; i < state.difference->count; i++)
        view_set(view_add(page->main, T_DIFFERENCE), T_TEXT, operation_words(request, &state.difference->operations[i]));
    return NULL;
}

/* What the command line would say of a verb, said of the button. */
static const char *words_of(const struct request *request, const struct health *health, const struct error *worst)
{
    if (worst->code == ERROR_PENDING && health->pending > 0 && !health->applied->on_its_way)
        return memory_printf(request, "%zu revision%s pending: apply what is pending, which shows first what it does.",
                             health->pending, health->pending == 1 ? " is" : "s are");
    return words_capital(request, memory_printf(request, "%s.", worst->message));
}

static void set_verdict(struct page *page, const struct migration_look *look)
{
    const struct health *health = look->health;
    const struct error *worst = NULL;
    for (size_t i = 0; i < health->fact_count && !worst; i++)
        if (strcmp(health->facts[i].what, "applied") == 0 || strcmp(health->facts[i].what, "revisions") == 0)
            worst = health->facts[i].error;
    view_show_if(page->main, T_GOOD, health->revisions_state == REVISIONS_AT_HEAD);
    view_set(page->main, T_VERDICT, worst ? words_of(page->request, health, worst)
                                    : health->applied ? "All revisions are applied."
                                                      : "The database cannot be asked which revisions it has.");
    if (look->away)
        view_set(page->main, T_AWAY, memory_printf(page->request, "The database cannot say who is there: %s.",
                                                   look->away->message));
}

struct error *migrations_page(struct request *request)
{
    struct migration_look look;
    TRY(migration_look(request, &look));
    struct page *page = page_new(request, TPL_MIGRATIONS);
    set_verdict(page, &look);
    add_actions(page, &look);
    TRY(add_difference(page, &look));
    for (size_t i = look.health->revisions->count; i > 0; i--)
        add_revision(page, look.health, look.health->revisions->items[i - 1]);
    add_graph(page, look.health);
    return page_send(page, 200, "Migrations");
}

/* --- One of them ---------------------------------------------------------------------------------------------------- */

static void add_dangers(struct page *page, const char *format, const char *const *lines)
{
    for (; lines && *lines; lines++)
        view_set(view_add(page->main, T_DANGER), T_TEXT, memory_printf(page->request, "%s %s", format, *lines));
}

static void add_way(struct page *page, const struct revision *revision, enum direction direction)
{
    struct view *view = view_add(page->main, T_WAY);
    view_set(view, T_ID, direction == DIRECTION_UP ? "up" : "down");
    view_set(view, T_LABEL, direction == DIRECTION_UP ? "The way up" : "The way back");
    view_set(view, T_SQL, revision_section_text(page->request, revision, direction));
    migration_view_notes(page->request, view, revision, direction);
}

struct error *revision_page(struct request *request)
{
    struct migration_look look;
    TRY(migration_look(request, &look));
    const struct revision *revision = revision_by_id(look.health->revisions, request->id);
    if (!revision)
        return error_new(request, ERROR_NOT_FOUND, "there is no revision '%s'", request->id);
    struct page *page = page_new(request, TPL_REVISION);
    view_set(page->main, T_HEADING, words_capital(request, revision->message));
    view_set(page->main, T_NAME, revision->id);
    view_set(page->main, T_CREATED, memory_printf(request, "%.10s %.5s UTC", revision->created, revision->created + 11));
    view_set(page->main, T_CREATED_DATETIME, revision->created);
    view_set(page->main, T_FILE, revision->path);
    for (struct revision *const *parent = revision->parents; *parent; parent++) {
        struct view *view = view_add(page->main, T_PARENT);
        view_set(view, T_NAME, (*parent)->id);
        view_set(view, T_HREF, migration_view_href(request, *parent));
    }
    add_dangers(page, "Takes away:", revision_losses(request, revision, DIRECTION_UP));
    add_dangers(page, "Cannot be brought back:", revision->irreversible);
    add_way(page, revision, DIRECTION_UP);
    add_way(page, revision, DIRECTION_DOWN);
    return page_send(page, 200, memory_printf(request, "Revision %s", revision->id));
}

/* --- As a script ---------------------------------------------------------------------------------------------------- */

/* A range goes on the command line of people who run the script: nothing but ids, targets and a colon. */
static bool is_range(const char *text)
{
    return strlen(text) < 100 && strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789_+-:") == strlen(text);
}

struct error *migration_sql(struct request *request)
{
    struct migration_look look;
    const char *range = form_get(request->query, "range"), *way = form_get(request->query, "way"), *script;
    struct offline_wish wish = { .direction = way && strcmp(way, "down") == 0 ? DIRECTION_DOWN : DIRECTION_UP,
                                 .range = range ? range : "base:heads", .allow_destructive = true,
                                 .schema = request->site->schema };
    TRY(migration_look(request, &look));
    if (!is_range(wish.range) || (way && strcmp(way, "up") != 0 && strcmp(way, "down") != 0))
        return error_new(request, ERROR_BAD_REQUEST, "this address does not name a range of revisions");
    struct error *error = offline_script(request, request->site->settings, &wish, &script);
    if (error && error->code == ERROR_USAGE)
        error->code = ERROR_BAD_REQUEST;
    TRY(error);
    response_header(request->response, "Content-Disposition",
                    wish.direction == DIRECTION_UP ? "attachment; filename=\"upgrade.sql\""
                                                   : "attachment; filename=\"downgrade.sql\"");
    response_header(request->response, "Cache-Control", "private, no-store");
    response_body(request->response, "application/sql; charset=utf-8", script, strlen(script));
    return NULL;
}
