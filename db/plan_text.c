/* Plans as the text of revision files. */
#include "plan.h"

#include <string.h>

#include "memory.h"
#include "text.h"

const char *plan_mode_name(enum plan_mode mode)
{
    static const char *const names[] = {
        [PLAN_ROW_SHARE] = "ROW SHARE",
        [PLAN_ROW_EXCLUSIVE] = "ROW EXCLUSIVE",
        [PLAN_SHARE_UPDATE_EXCLUSIVE] = "SHARE UPDATE EXCLUSIVE",
        [PLAN_SHARE] = "SHARE",
        [PLAN_SHARE_ROW_EXCLUSIVE] = "SHARE ROW EXCLUSIVE",
        [PLAN_ACCESS_EXCLUSIVE] = "ACCESS EXCLUSIVE",
    };
    return names[mode];
}

bool plan_is_slow(const struct plan_statement *statement)
{
    for (const struct plan_lock *lock = statement->locks; lock->table; lock++)
        if (lock->mode >= PLAN_SHARE && (statement->rewrites || statement->scans))
            return true;
    return false;
}

static void add_locks(struct text *text, const struct plan_statement *statement)
{
    text_add(text, "-- lock: ");
    for (const struct plan_lock *lock = statement->locks; lock->table; lock++)
        text_addf(text, "%s%s on %s", lock == statement->locks ? "" : ", ", plan_mode_name(lock->mode),
                  lock->table);
    if (!statement->locks[0].table)
        text_add(text, "none");
}

/* A line break would end the comment. */
static void add_line(struct text *text, const char *words)
{
    for (; *words; words++)
        text_add_char(text, *words == '\n' || *words == '\r' ? ' ' : *words);
}

/* One transaction is never left half-way. */
static bool is_in_pieces(const struct schema_plan *plan)
{
    return plan->count > 1 || (plan->count == 1 && plan->steps[0].outside_transaction);
}

static void add_statement(struct text *text, const struct plan_statement *statement, bool with_undo)
{
    add_locks(text, statement);
    if (statement->rewrites)
        text_addf(text, "; rewrites %s", statement->rewrites);
    if (statement->scans)
        text_addf(text, "; reads all of %s", statement->scans);
    if (!statement->rewrites && !statement->scans)
        text_add(text, "; no rewrite, no scan");
    text_add(text, "; data lost: ");
    add_line(text, statement->lost ? statement->lost : "none");
    if (plan_is_slow(statement))
        text_add(text, "\n-- others wait until it is done: the larger the table, the longer");
    if (statement->remark) {
        text_add(text, "\n-- ");
        add_line(text, statement->remark);
    }
    if (statement->undo && with_undo)
        text_addf(text, "\n-- undo: %s", statement->undo);
    text_addf(text, "\n%s;\n", statement->sql);
}

const char *plan_text(const void *context, const struct schema_plan *plan)
{
    static const char *const phases[] = {
        [PLAN_EXPAND] = "expand",     [PLAN_CONCURRENT] = "concurrent", [PLAN_BACKFILL] = "backfill",
        [PLAN_VALIDATE] = "validate", [PLAN_CONTRACT] = "contract",
    };
    struct text *text = text_new(context);
    const char *phase = NULL;
    for (size_t i = 0; i < plan->count; i++) {
        const struct plan_step *step = &plan->steps[i];
        const bool after_outside = i > 0 && plan->steps[i - 1].outside_transaction;
        if (step->outside_transaction)
            text_addf(text, "%s-- +no-transaction\n", i > 0 ? "\n" : "");
        else if (i > 0)
            text_add(text, after_outside ? "\n-- +transaction\n" : "\n-- +commit\n");
        for (size_t j = 0; j < step->count; j++) {
            const char *name = phases[step->statements[j]->phase];
            if (!phase || strcmp(phase, name) != 0)
                text_addf(text, "%s-- Phase: %s\n", j > 0 ? "\n" : "", name);
            phase = name;
            add_statement(text, step->statements[j], is_in_pieces(plan));
        }
    }
    return text->data;
}

const char *plan_header(const void *context, const struct schema_plan *plan)
{
    static const char *const keys[] = { "destructive", "irreversible" };
    struct text *text = text_new(context);
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        for (const char *const *loss = plan->losses; *loss; loss++) {
            text_addf(text, "-- %s: ", keys[i]);
            add_line(text, *loss);
            text_add_char(text, '\n');
        }
    return text->data;
}

static const char *listed(const void *context, const char *const *lines)
{
    struct text *text = text_new(context);
    for (const char *const *line = lines; *line; line++)
        text_addf(text, "%s%s", line == lines ? "" : "; ", *line);
    return text->data;
}

struct error *plan_check_needs(const void *context, const struct schema_plan *plan)
{
    if (!plan->needs[0])
        return NULL;
    return error_new(context, ERROR_REFUSED, "a decision is needed first: %s", listed(context, plan->needs));
}

struct error *plan_check_losses(const void *context, const struct schema_plan *plan)
{
    if (!plan->losses[0])
        return NULL;
    return error_new(context, ERROR_REFUSED, "this would destroy data: %s", listed(context, plan->losses));
}
