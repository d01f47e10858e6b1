/* The admin area's first page: the state of the site in one look, and where to go from there. */
#include <names.h>

#include "../db/backup.h"
#include "../db/health.h"
#include "../db/job.h"
#include "../db/memory.h"
#include "../db/models_state.h"
#include "../db/moment.h"
#include "../db/version.h"
#include "admin.h"
#include "cookie.h"
#include "handlers.h"
#include "health_view.h"
#include "job_view.h"
#include "page.h"

struct card {
    const char *label, *badge, *tone, *text, *href, *action;
};

static void add_card(struct page *page, const struct card *card)
{
    struct view *view = view_add(page->main, T_CARD);
    view_set(view, T_LABEL, card->label);
    view_set(view, T_BADGE, card->badge);
    view_set(view, T_TONE, card->tone);
    view_set(view, T_TEXT, card->text);
    view_set(view, T_HREF, card->href);
    view_set(view, T_ACTION, card->action);
}

static void add_database(struct page *page, const struct health *health, const struct error *away)
{
    static const char *const badges[] = { [ADMIN_AWAY] = "away", [ADMIN_MISSING] = "missing", [ADMIN_EMPTY] = "empty",
                                          [ADMIN_NOBODY] = "has no superuser" };
    struct card card = { .label = "Database", .href = "/admin/health", .action = "Look at its health" };
    card.badge = away ? badges[admin_trouble(away)] : "answers";
    card.tone = away ? "bad" : "good";
    card.text = health->server_version ? memory_printf(page->request, "PostgreSQL %s", health->server_version)
                                       : health_place(page->request, health->settings->database_url);
    add_card(page, &card);
}

static void add_revisions(struct page *page, const struct health *health)
{
    static const char *const badges[] = { [REVISIONS_UNKNOWN] = "unknown", [REVISIONS_AT_HEAD] = "at head",
                                          [REVISIONS_PENDING] = "pending", [REVISIONS_WRONG] = "differ" };
    static const char *const tones[] = { [REVISIONS_UNKNOWN] = "muted", [REVISIONS_AT_HEAD] = "good",
                                         [REVISIONS_PENDING] = "warn", [REVISIONS_WRONG] = "bad" };
    struct card card = { .label = "Revisions", .badge = badges[health->revisions_state],
                         .tone = tones[health->revisions_state], .text = "" };
    if (health->applied)
        card.text = memory_printf(page->request, "%zu of %zu files applied", health->applied->count,
                                  health->revisions->count);
    card.href = health->revisions ? "/admin/migrations" : "/admin/migrations/rescue";
    card.action = health->revisions_state == REVISIONS_AT_HEAD  ? "Look at them"
                  : health->revisions_state == REVISIONS_PENDING ? "Apply what is pending"
                  : health->revisions                            ? "See what is wrong"
                                                                 : "Rescue the database without them";
    add_card(page, &card);
}

static void add_schema(struct page *page, const struct catalog *there, size_t count)
{
    struct request *request = page->request;
    struct card card = { .label = "Schema", .badge = "unknown", .tone = "muted", .text = "" };
    if (there) {
        card = (struct card){ .label = "Schema", .badge = count ? "differs" : "as modelled", .tone = count ? "warn" : "good",
                              .text = memory_printf(request, "%zu table%s", there->table_count,
                                                    there->table_count == 1 ? "" : "s"),
                              .href = "/admin/schema", .action = "Compare the tables with the models" };
        if (count)
            card.text = memory_printf(request, "from the models in %zu point%s", count, count == 1 ? "" : "s");
    }
    add_card(page, &card);
}

static void add_disk(struct page *page, const struct health *health)
{
    const double gigabyte = 1024.0 * 1024 * 1024;
    const bool tight = health->disk_free < gigabyte;
    const struct card card = { .label = "Disk", .badge = tight ? "nearly full" : "enough", .tone = tight ? "bad" : "good",
                               .text = memory_printf(page->request, "%.1f GB of %.1f GB free", health->disk_free / gigabyte,
                                                     health->disk_size / gigabyte) };
    add_card(page, &card);
}

static void add_backups(struct page *page, const struct health *health)
{
    const struct card card = { .label = "Backups",
                               .badge = health->backup_fresh ? "fresh" : health->backups ? "old or not verified" : "none",
                               .tone = health->backup_fresh ? "good" : "warn",
                               .text = memory_printf(page->request, "%s%s%s",
                                                     health->backup_words ? health->backup_words : "they cannot be listed",
                                                     health->earlier_words ? "; " : "",
                                                     health->earlier_words ? health->earlier_words : ""),
                               .href = "/admin/backups/",
                               .action = health->backup_fresh ? "Look at them" : "Make one" };
    add_card(page, &card);
}

/* The last job, and whether it is still at work. */
static void add_jobs(struct page *page)
{
    struct request *request = page->request;
    struct job *jobs;
    size_t count;
    struct card card = { .label = "Jobs", .badge = "none", .tone = "muted", .text = "", .href = "/admin/jobs/",
                         .action = "Look at them" };
    const struct error *error = job_list(request, request->site->settings, &jobs, &count);
    if (error)
        card = (struct card){ .label = "Jobs", .badge = "cannot be read", .tone = "bad", .text = error->message };
    else if (count > 0)
        card = (struct card){ .label = "Jobs", .badge = job_view_badge(jobs[0].status),
                              .tone = job_view_tone(jobs[0].status),
                              .text = job_words(request, &jobs[0]),
                              .href = memory_printf(request, "/admin/jobs/%s", jobs[0].id), .action = "Look at the last one" };
    add_card(page, &card);
}

static void add_version(struct page *page, const struct health *health)
{
    add_card(page, &(struct card){ .label = "Program", .badge = health->outdated ? "restart needed" : "runs",
                                   .tone = health->outdated ? "warn" : "good", .text = "Roster " ROSTER_VERSION });
}

/* --- What can be done while nobody can sign in --- */

struct offer {
    const char *label, *text, *href;
    bool seed; /* sows the seed "initial", instead of leading to href */
};

static void add_offer(struct page *page, const struct offer *offer)
{
    struct view *view = view_add(page->main, T_OFFER);
    view_set(view, T_LABEL, offer->label);
    view_set(view, T_TEXT, offer->text);
    view_set(view, T_HREF, offer->href);
    view_show_if(view, T_SEED, offer->seed);
    if (offer->seed)
        view_set(view, T_CSRF, cookie_csrf(page->request));
}

/* Only what was proved by restoring it. */
static void offer_restore(struct page *page)
{
    struct request *request = page->request;
    struct backup *backups;
    size_t count;
    if (backup_list(request, request->site->settings, &backups, &count))
        return; /* why they cannot be listed is among the facts */
    for (size_t i = 0; i < count; i++)
        if (backups[i].state == BACKUP_VERIFIED) {
            const struct offer offer = {
                .label = "Restore the newest verified backup",
                .text = memory_printf(request, "It was made on %s and holds what the site held then.",
                                      moment_text(request, request->site->settings->time_zone, backups[i].manifest->at)),
                .href = memory_printf(request, "/admin/backups/%s/restore", backups[i].name)
            };
            add_offer(page, &offer);
            return;
        }
}

static const struct offer start_anew = {
    "Rescue: start anew without the earlier data",
    "Makes the database, creates every table from the models, and makes a first account.",
    "/admin/migrations/rescue", false
};
static const struct offer apply_all = {
    "Apply all revisions",
    "Brings an empty database to head, step by step. After it, make the first account on this page.",
    "/admin/migrations/upgrade?to=heads", false
};
static const struct offer first_account = {
    "Make the first account",
    "No account can sign in as a superuser: the seed \"initial\" makes that of FIRST_SUPERUSER, and its password, unless the "
    "configuration has one, stands in the job's log. An account that was switched off stays so; roster user add EMAIL "
    "--superuser makes another one.",
    NULL, true
};
static const struct offer complete = {
    "Rescue: create what is missing",
    "Tables and columns that the models want are created, and a first account is made. Nothing that is there is changed.",
    "/admin/migrations/rescue", false
};

static void add_offers(struct page *page, const struct health *health, const struct error *away)
{
    const enum admin_trouble trouble = away ? admin_trouble(away) : ADMIN_AWAY;
    if (trouble == ADMIN_AWAY)
        return; /* a server that does not answer is started elsewhere */
    if (trouble == ADMIN_NOBODY) {
        add_offer(page, health->revisions_state == REVISIONS_AT_HEAD ? &first_account : &complete);
        return;
    }
    offer_restore(page);
    add_offer(page, trouble == ADMIN_MISSING ? &start_anew : &complete);
    if (trouble == ADMIN_EMPTY && health->revisions_state == REVISIONS_PENDING)
        add_offer(page, &apply_all);
}

static void add_place(struct page *page, const char *label, const char *href, const char *hint)
{
    struct view *view = view_add(page->main, T_PLACE);
    view_set(view, T_LABEL, label);
    view_set(view, T_HREF, href);
    view_set(view, T_HINT, hint);
}

static void add_places(struct page *page)
{
    if (page->request->by_key)
        add_place(page, "Rescue", "/admin/migrations/rescue",
                  "Creates what the models want and the database lacks: itself, its tables, a first account.");
    for (const struct admin_place *place = admin_places; place->href; place++) {
        if (place == admin_places || (page->request->by_key && !place->without_database))
            continue;
        add_place(page, place->label, place->href, place->hint);
    }
}

struct error *admin_page(struct request *request)
{
    const struct error *away;
    struct health *health = health_new(request, request->site->settings);
    struct query *facts = health_queue(request->db), *earlier = health_queue_earlier(request->db, health->settings);
    TRY(admin_run(request, &away));
    struct catalog *there;
    size_t differs = 0;
    TRY(health_view_load(request, health, facts, away, &there));
    if (there)
        TRY(health_look_at_schema(health, request->site->schema, there, &differs));
    if (!away)
        health_load_earlier(health, earlier);
    struct page *page = page_new(request, TPL_ADMIN);
    health_view_verdict(page, health, away);
    add_offers(page, health, away);
    add_database(page, health, away);
    add_revisions(page, health);
    add_schema(page, there, differs);
    add_backups(page, health);
    add_jobs(page);
    add_disk(page, health);
    add_version(page, health);
    add_places(page);
    return page_send(page, 200, "Admin");
}
