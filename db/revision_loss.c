/* What a revision takes away. */
#include "revision_loss.h"

#include <string.h>

#include "memory.h"
#include "revision_notes.h"
#include "text.h"

struct lines {
    const char **items;
    size_t count;
};

static void add(const void *context, struct lines *lines, const char *line)
{
    lines->items = GROW_ARRAY(context, const char *, lines->items, lines->count + 2);
    lines->items[lines->count++] = line;
    lines->items[lines->count] = NULL;
}

const char **revision_losses(const void *context, const struct revision *revision, enum direction direction)
{
    const char *const *header = direction == DIRECTION_UP ? revision->destructive : revision->irreversible;
    struct lines lines = { .items = NEW_ARRAY(context, const char *, 1) };
    const bool is_said = header && *header;
    for (; header && *header; header++)
        add(context, &lines, *header);
    for (const struct revision_note *note = revision_notes(context, revision, direction); note->statement; note++) {
        if (note->lost && !is_said)
            add(context, &lines, note->lost);
        if (note->may_lose)
            add(context, &lines, memory_printf(context, "line %d may lose data (%s): %s", note->line, note->may_lose,
                                               note->statement));
    }
    return lines.items;
}

void losses_add(struct losses *losses, const void *context, const struct revision *revision,
                enum direction direction)
{
    for (const struct revision_note *note = revision_notes(context, revision, direction); note->statement; note++) {
        if (!note->lost && !note->may_lose)
            continue;
        const enum loss_kind kind = note->loss.kind;
        losses->tables += kind == LOSS_TABLES ? note->loss.count : 0;
        losses->columns += kind == LOSS_COLUMNS ? note->loss.count : 0;
        losses->rows |= kind == LOSS_ROWS;
        losses->more |= kind != LOSS_TABLES && kind != LOSS_COLUMNS && kind != LOSS_ROWS && kind != LOSS_PARTS;
    }
}

static void add_part(struct text *text, const char *part)
{
    text_addf(text, "%s%s", text->length ? ", " : "", part);
}

const char *losses_words(const void *context, const struct losses *losses)
{
    struct text *text = text_new(context);
    if (losses->tables > 0)
        add_part(text, memory_printf(context, "all rows of %zu table%s", losses->tables, losses->tables == 1 ? "" : "s"));
    if (losses->columns > 0)
        add_part(text, memory_printf(context, "the values of %zu column%s", losses->columns,
                                     losses->columns == 1 ? "" : "s"));
    if (losses->rows)
        add_part(text, "rows that are deleted or changed");
    if (losses->more)
        add_part(text, "what else is named below");
    return text->length ? text->data : NULL;
}
