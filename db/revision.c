/* The revisions of a folder as a graph: parents found, circles refused, and an order in which they can be
 * applied. */
#include "revision.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "file.h"
#include "memory.h"

static int is_revision_file(const struct dirent *entry)
{
    const char *name = entry->d_name;
    const char *dot = strrchr(name, '.');
    return name[0] != '.' && dot && strcmp(dot, ".sql") == 0 && strcmp(name, "template.sql") != 0;
}

static struct error *load(struct revisions *revisions, const char *name)
{
    struct text *text;
    struct revision *revision;
    const char *path = memory_printf(revisions, "%s/%s", revisions->folder, name);
    TRY(file_read(revisions, path, REVISION_FILE_MAX, &text));
    TRY(revision_parse(revisions, path, text->data, text->length, &revision));
    talloc_free(text);
    const struct revision *other = revision_by_id(revisions, revision->id);
    if (other)
        return error_new(revisions, ERROR_USAGE,
                         "\"%s\" and \"%s\" have the same id \"%s\"; give the later one another", other->path,
                         path, revision->id);
    revisions->items = GROW_ARRAY(revisions, struct revision *, revisions->items, revisions->count + 1);
    revisions->items[revisions->count++] = revision;
    return NULL;
}

static struct error *load_all(struct revisions *revisions)
{
    struct dirent **entries;
    int count = scandir(revisions->folder, &entries, is_revision_file, alphasort);
    if (count < 0)
        return error_new(revisions, ERROR_USAGE,
                         "cannot read the folder \"%s\": %s; set ROSTER_MIGRATIONS to where the "
                         "revisions are",
                         revisions->folder, strerror(errno));
    struct error *error = NULL;
    for (int i = 0; i < count; i++) {
        if (!error)
            error = load(revisions, entries[i]->d_name);
        free(entries[i]);
    }
    free(entries);
    return error;
}

static struct error *find_parents(const struct revisions *revisions, struct revision *revision)
{
    size_t count = 0;
    while (revision->parent_ids[count])
        count++;
    revision->parents = NEW_ARRAY(revision, struct revision *, count + 1);
    for (size_t i = 0; i < count; i++) {
        struct revision *parent = revision_by_id(revisions, revision->parent_ids[i]);
        if (!parent)
            return error_new(revisions, ERROR_USAGE,
                             "%s, line %d: no file has the revision \"%s\"; add that file, or "
                             "correct the line",
                             revision->path, revision->parents_line, revision->parent_ids[i]);
        revision->parents[i] = parent;
        parent->is_head = false;
    }
    return NULL;
}

enum { UNSORTED = -1 };

static bool is_ready(const struct revision *revision)
{
    for (struct revision *const *parent = revision->parents; *parent; parent++)
        if ((*parent)->position == (size_t)UNSORTED)
            return false;
    return true;
}

/* The first by file name that is left over and, if it must be, has all its parents placed; NULL when there is
 * none. */
static struct revision *pick(const struct revisions *revisions, bool must_be_ready)
{
    for (size_t i = 0; i < revisions->count; i++) {
        struct revision *revision = revisions->items[i];
        if (revision->position == (size_t)UNSORTED && (!must_be_ready || is_ready(revision)))
            return revision;
    }
    return NULL;
}

/* Puts parents before children, in an order that is the same everywhere. */
static struct error *sort(struct revisions *revisions)
{
    struct revision **sorted = NEW_ARRAY(revisions, struct revision *, revisions->count + 1);
    struct revision *next;
    for (size_t count = 0; (next = pick(revisions, true)) != NULL; count++) {
        next->position = count;
        sorted[count] = next;
    }
    const struct revision *left = pick(revisions, false);
    if (left)
        return error_new(
            revisions, ERROR_USAGE,
            "%s, line %d: the parents of \"%s\" lead in a circle; correct the line that closes it",
            left->path, left->parents_line, left->id);
    revisions->items = sorted;
    return NULL;
}

struct error *revisions_open(const void *context, const char *folder, struct revisions **out)
{
    struct revisions *revisions = NEW(context, struct revisions);
    revisions->folder = memory_copy(revisions, folder);
    *out = revisions;
    TRY(load_all(revisions));
    for (size_t i = 0; i < revisions->count; i++) {
        revisions->items[i]->is_head = true;
        revisions->items[i]->position = (size_t)UNSORTED;
    }
    for (size_t i = 0; i < revisions->count; i++)
        TRY(find_parents(revisions, revisions->items[i]));
    return sort(revisions);
}

size_t revision_statements(const struct revision_section *section)
{
    size_t count = 0;
    for (size_t i = 0; i < section->count; i++)
        count += section->steps[i].count;
    return count;
}

bool revision_is_one_way(const struct revision *revision)
{
    return revision->irreversible[0] && revision_statements(&revision->up) > 0 && revision_statements(&revision->down) == 0;
}

struct revision *revision_by_id(const struct revisions *revisions, const char *id)
{
    for (size_t i = 0; i < revisions->count; i++)
        if (strcmp(revisions->items[i]->id, id) == 0)
            return revisions->items[i];
    return NULL;
}

struct error *revision_find(const void *context, const struct revisions *revisions, const char *name,
                            struct revision **revision)
{
    *revision = revision_by_id(revisions, name);
    if (*revision)
        return NULL;
    for (size_t i = 0; i < revisions->count; i++) {
        struct revision *item = revisions->items[i];
        if (*name == '\0' || strncmp(item->id, name, strlen(name)) != 0)
            continue;
        if (*revision)
            return error_new(context, ERROR_USAGE, "\"%s\" could be \"%s\" or \"%s\"; write more of it", name,
                             (*revision)->id, item->id);
        *revision = item;
    }
    if (*revision)
        return NULL;
    return error_new(context, ERROR_USAGE,
                     "there is no revision \"%s\" in \"%s\"; `roster history` lists them", name,
                     revisions->folder);
}

struct revision **revision_heads(const void *context, const struct revisions *revisions)
{
    struct revision **heads = NEW_ARRAY(context, struct revision *, revisions->count + 1);
    size_t count = 0;
    for (size_t i = 0; i < revisions->count; i++)
        if (revisions->items[i]->is_head)
            heads[count++] = revisions->items[i];
    return heads;
}

struct error *revision_head(const void *context, const struct revisions *revisions, struct revision **head)
{
    struct revision **heads = revision_heads(context, revisions);
    *head = heads[0];
    if (!heads[0] || !heads[1])
        return NULL;
    return error_new(context, ERROR_SEVERAL_HEADS,
                     "the revisions end in several heads, \"%s\" and \"%s\"%s; name one of "
                     "them, write heads for all, or join them: roster merge -m TEXT",
                     heads[0]->id, heads[1]->id, heads[2] ? " and more" : "");
}

const char *revision_upgrade_command(const void *context, const struct revisions *revisions)
{
    struct revision **heads = revision_heads(context, revisions);
    return heads[0] && heads[1] ? "roster upgrade heads (they end in several heads; roster merge -m TEXT joins them)"
                                : "roster upgrade head";
}

bool *revision_ancestors(const void *context, const struct revisions *revisions,
                         const struct revision *revision)
{
    bool *leads = NEW_ARRAY(context, bool, revisions->count + 1);
    leads[revision->position] = true;
    for (size_t i = revision->position + 1; i-- > 0;) /* children come after their parents */
        for (struct revision *const *parent = revisions->items[i]->parents; leads[i] && *parent; parent++)
            leads[(*parent)->position] = true;
    return leads;
}
