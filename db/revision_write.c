/* New revision files, rendered from migrations/template.sql. */
#include "revision_write.h"

#include <ctype.h>
#include <errno.h>
#include <sodium.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "durable.h"
#include "file.h"
#include "memory.h"
#include "text.h"

enum { ID_BYTES = 4, SLUG_LENGTH = 40 };

struct value {
    const char *name;
    const char *text;
};

static const char *new_id(const void *context, const struct revisions *revisions)
{
    char id[2 * ID_BYTES + 1];
    do {
        unsigned char random[ID_BYTES];
        randombytes_buf(random, sizeof random);
        sodium_bin2hex(id, sizeof id, random, sizeof random);
    } while (revision_by_id(revisions, id));
    return memory_copy(context, id);
}

static const char *parents_line(const void *context, struct revision *const *parents)
{
    struct text *text = text_new(context);
    for (; *parents; parents++)
        text_addf(text, "%s%s", text->length > 0 ? " " : "", (*parents)->id);
    return text->length > 0 ? text->data : "none";
}

/* "Teams have a colour!": teams_have_a_colour */
static const char *slug(const void *context, const char *message)
{
    struct text *text = text_new(context);
    for (; *message && text->length < SLUG_LENGTH; message++) {
        if (isalnum((unsigned char)*message))
            text_add_char(text, (char)tolower((unsigned char)*message));
        else if (text->length > 0 && text->data[text->length - 1] != '_')
            text_add_char(text, '_');
    }
    while (text->length > 0 && text->data[text->length - 1] == '_')
        text->data[--text->length] = '\0';
    return text->length > 0 ? text->data : "revision";
}

static struct error *fill(const void *context, const char *path, const char *template,
                          const struct value *values, struct text *out)
{
    const char *open;
    for (const char *at = template; (open = strstr(at, "{{")) != NULL;) {
        text_add_bytes(out, at, (size_t)(open - at));
        const char *name = open + 2;
        const char *close = strstr(name, "}}");
        const struct value *value = close ? values : NULL;
        while (value && value->name &&
               (strlen(value->name) != (size_t)(close - name) ||
                strncmp(value->name, name, strlen(value->name)) != 0))
            value++;
        if (!value || !value->name)
            return error_new(context, ERROR_USAGE,
                             "\"%s\": \"%.*s\" is unknown; there are {{revision}}, {{parents}}, "
                             "{{message}}, {{created}}, {{losses}}, {{up}} and {{down}}",
                             path, (int)strcspn(open, " \n"), open);
        text_add(out, value->text);
        at = template = close + 2;
    }
    text_add(out, template);
    return NULL;
}

static struct error *check_message(const void *context, const char *message)
{
    const char *at = message;
    while (*at && !iscntrl((unsigned char)*at))
        at++;
    if (*at == '\0' && *message && strspn(message, " ") < strlen(message))
        return NULL;
    return error_new(context, ERROR_USAGE, "the message must be one line that says what changes");
}

const char *revision_write_denied(const void *context, const struct revisions *revisions)
{
    if (access(revisions->folder, W_OK | X_OK) == 0)
        return NULL;
    char *why = memory_copy(context, strerror(errno));
    why[0] = (char)tolower((unsigned char)why[0]);
    return why;
}

struct error *revision_write(const void *context, const struct revisions *revisions,
                             const struct revision_draft *draft, const char **path)
{
    char created[32], stamp[32];
    struct tm utc;
    const time_t now = time(NULL);
    struct text *template, *text = text_new(context);
    struct revision *revision;
    gmtime_r(&now, &utc);
    strftime(created, sizeof created, "%Y-%m-%dT%H:%M:%SZ", &utc);
    strftime(stamp, sizeof stamp, "%Y%m%d_%H%M", &utc);
    TRY(check_message(context, draft->message));
    const char *id = new_id(context, revisions);
    const struct value values[] = { { "revision", id },
                                    { "parents", parents_line(context, draft->parents) },
                                    { "message", draft->message },
                                    { "created", created },
                                    { "losses", draft->losses ? draft->losses : "" },
                                    { "up", draft->up },
                                    { "down", draft->down },
                                    { NULL, NULL } };
    const char *template_path = memory_printf(context, "%s/template.sql", revisions->folder);
    TRY(file_read(context, template_path, REVISION_FILE_MAX, &template));
    TRY(fill(context, template_path, template->data, values, text));
    *path = memory_printf(context, "%s/%s_%s_%s.sql", revisions->folder, stamp, id,
                          slug(context, draft->message));
    struct error *error = revision_parse(context, *path, text->data, text->length, &revision);
    if (error)
        return error_within(error, "what \"%s\" makes cannot be read", template_path);
    if (draft->losses && *draft->losses && !revision->destructive[0])
        return error_new(
            context, ERROR_USAGE,
            "\"%s\" leaves out what the revision destroys; write {{losses}} on a line before \"-- +up\"",
            template_path);
    return durable_create(context, *path, text->data, text->length);
}
