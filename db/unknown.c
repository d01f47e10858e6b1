/* Names of variables that were meant and are not known. */
#include "unknown.h"

#include <string.h>

#include "memory.h"
#include "text.h"

/* All of .env.example, and what scripts take. */
static const char *const known[] = {
    "POSTGRES_SERVER", "POSTGRES_PORT", "POSTGRES_USER", "POSTGRES_PASSWORD", "POSTGRES_DB",
    "ROSTER_VAR", "ROSTER_MIGRATIONS", "ROSTER_SEEDS", "ROSTER_TEMPLATES", "ROSTER_LISTEN", "ROSTER_SEEDS_AT_START",
    "ROSTER_WORKERS", "ROSTER_PAGE_ROWS", "ROSTER_KEEP_LAST", "ROSTER_KEEP_DAILY", "ROSTER_KEEP_WEEKLY",
    "ROSTER_KEEP_MONTHLY", "ROSTER_AUDIT_DAYS", "ROSTER_SESSION_DAYS", "ROSTER_SESSION_IDLE_HOURS",
    "ROSTER_REQUEST_BUDGET", "ROSTER_STATEMENT_TIMEOUT", "ROSTER_LOCK_TIMEOUT", "ROSTER_UPLOAD_MAX",
    "ROSTER_PROXY", "ROSTER_SECURE_COOKIES", "ROSTER_TIME_ZONE", "ROSTER_SITE_NAME", "ROSTER_VERSION", "ROSTER_ENV",
    NULL,
};

enum { NAME_MAX_COMPARED = 63 };

static size_t least(size_t one, size_t two)
{
    return one < two ? one : two;
}

/* How many letters must be put in, taken out or exchanged to make one name of the other (Levenshtein). */
static size_t distance(const char *one, const char *other)
{
    size_t row[NAME_MAX_COMPARED + 1];
    const size_t length = least(strlen(other), NAME_MAX_COMPARED);
    for (size_t i = 0; i <= length; i++)
        row[i] = i;
    for (size_t line = 1; one[line - 1] && line <= NAME_MAX_COMPARED; line++) {
        size_t corner = row[0];
        row[0] = line;
        for (size_t i = 1; i <= length; i++) {
            const size_t above = row[i];
            row[i] = least(least(row[i], row[i - 1]) + 1, corner + (one[line - 1] != other[i - 1]));
            corner = above;
        }
    }
    return row[length];
}

static const char *nearest(const char *name)
{
    const char *best = known[0];
    for (const char *const *candidate = known; *candidate; candidate++)
        if (distance(name, *candidate) < distance(name, best))
            best = *candidate;
    return best;
}

static bool is_meant(const char *name)
{
    if (strncmp(name, "ROSTER_", strlen("ROSTER_")) != 0 && strncmp(name, "POSTGRES_", strlen("POSTGRES_")) != 0)
        return false;
    for (const char *const *each = known; *each; each++)
        if (strcmp(name, *each) == 0)
            return false;
    return true;
}

const char *unknown_names(const void *context, const struct env_file *file)
{
    struct text *text = text_new(context);
    for (size_t i = 0; env_file_name(file, i); i++) {
        const char *name = env_file_name(file, i);
        if (is_meant(name))
            text_addf(text, "%s%s in %s is not known; did you mean %s?", text->length ? " " : "", name,
                      env_file_path(file), nearest(name));
    }
    return text->length ? text->data : NULL;
}
