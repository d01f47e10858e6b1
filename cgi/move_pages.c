/* Moving the database: forward, back, or out of trouble. Each is looked at first, and then started as a job. */
#include <names.h>
#include <string.h>

#include "../db/memory.h"
#include "../db/migrate_plan.h"
#include "../db/revision_loss.h"
#include "admin.h"
#include "cookie.h"
#include "form_input.h"
#include "handlers.h"
#include "job_view.h"
#include "migration_view.h"
#include "words.h"

struct move {
    struct request *request;
    enum direction direction;
    const char *target;
    struct migration_look look;
    struct plan plan;
    const char *typed;   /* the name to be typed, or NULL */
    bool takes_away, irreversible;
    const struct error *wrong; /* why nothing is moved before a person has put it right, or NULL */
};

static bool is_target(const char *text)
{
    return text && *text && strlen(text) <= 40 && strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789_+-") == strlen(text);
}

/* What cannot be undone by pressing another button wants its name typed: everything, and what nothing brings back. */
static void judge(struct move *move)
{
    for (size_t i = 0; i < move->plan.count; i++) {
        const struct revision *revision = move->plan.items[i];
        move->takes_away |= move->direction == DIRECTION_UP && *revision_losses(move->request, revision, DIRECTION_UP);
        move->irreversible |= move->direction == DIRECTION_DOWN && revision->irreversible && *revision->irreversible;
    }
    if (move->direction == DIRECTION_DOWN && (move->irreversible || strcmp(move->target, "base") == 0))
        move->typed = move->target;
}

static struct error *plan(struct move *move)
{
    struct request *request = move->request;
    const struct applied_state *state = move->look.health->applied;
    if (!is_target(move->target))
        return error_new(request, ERROR_BAD_REQUEST, "this address does not name a revision");
    if (!state)
        return error_new(request, ERROR_UNAVAILABLE, "the database cannot be asked which revisions it has");
    move->wrong = applied_check(request, state); /* a file was edited or lost: what would be planned is not what was meant */
    if (move->wrong)
        return NULL;
    struct error *error = move->direction == DIRECTION_UP ? plan_upgrade(request, state, move->target, &move->plan)
                                                          : plan_downgrade(request, state, move->target, &move->plan);
    if (error && error->code == ERROR_USAGE)
        error->code = ERROR_BAD_REQUEST;
    TRY(error);
    judge(move);
    return NULL;
}

static void add_revision(struct page *page, const struct move *move, const struct revision *revision)
{
    struct view *view = view_add(page->main, T_REVISION);
    view_set(view, T_NAME, revision->id);
    view_set(view, T_HREF, migration_view_href(move->request, revision));
    view_set(view, T_MESSAGE, revision->message);
    migration_view_notes(move->request, view, revision, move->direction);
    const char *const *dangers = move->direction == DIRECTION_UP ? revision_losses(move->request, revision, DIRECTION_UP)
                                                                 : revision->irreversible;
    for (; dangers && *dangers; dangers++)
        view_set(view_add(page->main, T_DANGER), T_TEXT,
                 memory_printf(move->request, "%s %s: %s", revision->id,
                               move->direction == DIRECTION_UP ? "takes away" : "cannot bring back", *dangers));
}

/* Of the way back, what is lost is the first thing to know. */
static void add_losses(struct page *page, const struct move *move)
{
    struct losses losses = { 0 };
    for (size_t i = 0; i < move->plan.count; i++)
        losses_add(&losses, move->request, move->plan.items[i], DIRECTION_DOWN);
    const char *words = losses_words(move->request, &losses);
    if (words)
        view_set(view_add(page->main, T_DANGER), T_TEXT, memory_printf(move->request, "In all, this takes away %s.", words));
    if (move->plan.count > 0 && move->typed && strcmp(move->typed, "base") == 0)
        view_set(view_add(page->main, T_DANGER), T_TEXT,
                 memory_printf(move->request,
                               "The accounts go, too: nobody can sign in afterwards. /admin/ then opens with the admin key, "
                               "which is the value of ADMIN_KEY in the program's configuration or, when that is not set, what "
                               "the file %s/admin_key on the server holds. Have it at hand before.",
                               move->request->site->settings->var));
}

static void set_problem(struct page *page, const struct move *move)
{
    view_set(page->main, T_HEADING, move->direction == DIRECTION_UP ? "Nothing can be applied" : "Nothing can be undone");
    view_set(page->main, T_TEXT, words_capital(move->request, memory_printf(move->request, "%s.", move->wrong->message)));
    view_show(page->main, T_NOTHING);
}

static void set_words(struct page *page, const struct move *move)
{
    const size_t count = move->plan.count;
    const char *noun = memory_printf(move->request, "%zu revision%s", count, count == 1 ? "" : "s");
    const bool up = move->direction == DIRECTION_UP;
    view_set(page->main, T_HEADING, count == 0 ? up ? "Nothing to apply" : "Nothing to undo"
                                               : memory_printf(move->request, "%s %s?", up ? "Apply" : "Undo", noun));
    view_set(page->main, T_TEXT,
             count == 0 ? "The database is there already."
             : up       ? "They run in this order, as a job of their own: the site goes on working, this page may be closed, and "
                          "what was cut off is continued by the next run."
                        : "They are undone in this order, as a job of its own. What the way back drops is gone from the "
                          "database.");
    view_set(page->main, T_BUTTON, memory_printf(move->request, "%s %s", up ? "Apply" : "Undo", noun));
    if (count > 0 && (!up || move->takes_away))
        view_set(page->main, T_BACKUP, "A backup is made first, by itself.");
    if (count > 0 && up)
        view_set(page->main, T_SQL_HREF, "/admin/migrations/sql");
    view_show_if(page->main, T_NOTHING, count == 0);
    view_show_if(page->main, T_DANGEROUS, !up || move->takes_away);
    view_show_if(page->main, T_TRIAL, count > 0);
}

static struct error *show(struct move *move, const char *problem)
{
    struct request *request = move->request;
    struct page *page = page_new(request, TPL_MOVE);
    if (move->wrong)
        set_problem(page, move);
    else
        set_words(page, move);
    if (move->direction == DIRECTION_DOWN)
        add_losses(page, move);
    for (size_t i = 0; i < move->plan.count; i++)
        add_revision(page, move, move->plan.items[i]);
    view_set(page->main, T_CSRF, cookie_csrf(request));
    view_set(page->main, T_ACTION, move->direction == DIRECTION_UP ? "/admin/migrations/upgrade"
                                                                   : "/admin/migrations/downgrade");
    form_input_hide(page->main, "to", move->target);
    if (move->typed)
        admin_typed_fill(page, move->typed, problem);
    return page_send(page, move->wrong ? 409 : problem ? 422 : 200,
                     memory_printf(request, "%s revisions: %s", move->direction == DIRECTION_UP ? "Apply" : "Undo",
                                   move->target));
}

static struct error *move_page(struct request *request, enum direction direction)
{
    struct move move = { .request = request, .direction = direction, .target = form_get(request->query, "to") };
    if (!move.target && direction == DIRECTION_UP)
        move.target = "head";
    TRY(migration_look(request, &move.look));
    TRY(plan(&move));
    return show(&move, NULL);
}

struct error *upgrade_page(struct request *request)
{
    return move_page(request, DIRECTION_UP);
}

struct error *downgrade_page(struct request *request)
{
    return move_page(request, DIRECTION_DOWN);
}

/* --- Starting ------------------------------------------------------------------------------------------------------- */

/* Reads what the database has, within a request that has been let in already. */
static struct error *look_again(struct move *move)
{
    struct health *health = health_new(move->request, move->request->site->settings);
    struct query *facts = health_queue(move->request->db);
    TRY(query_run(move->request->db));
    health_load(health, facts, "serving", CONNECTION_SERVE, 0);
    health_look_at_revisions(health, move->request->db, NULL);
    move->look.health = health;
    return health->applied ? NULL : health_worst(health);
}

static struct error *move_post(struct request *request, enum direction direction)
{
    struct move move = { .request = request, .direction = direction, .target = form_get(request->form, "to") };
    const bool trial = form_get(request->form, "_trial") != NULL;
    const char *words[6] = { direction == DIRECTION_UP ? "upgrade" : "downgrade", move.target };
    size_t count = 2;
    bool asked = false;
    if (trial)
        TRY(admin_run(request, &move.look.away));
    else
        TRY(admin_run_confirmed(request, direction == DIRECTION_UP ? "apply revisions" : "undo revisions", &move.look.away,
                                &asked));
    if (asked)
        return NULL;
    TRY(look_again(&move));
    TRY(plan(&move));
    const char *problem = move.typed && !trial ? admin_typed_problem(request, move.typed) : NULL;
    if (problem || move.plan.count == 0)
        return show(&move, problem);
    if (trial)
        words[count++] = "--dry-run";
    if (move.irreversible)
        words[count++] = "--allow-destructive";
    return job_view_start(request, words);
}

struct error *upgrade_post(struct request *request)
{
    return move_post(request, DIRECTION_UP);
}

struct error *downgrade_post(struct request *request)
{
    return move_post(request, DIRECTION_DOWN);
}
