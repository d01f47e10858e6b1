/* Proves revisions on a database made for that: each one up, down and up again, with rows in the tables. */
#include "verify.h"

#include <string.h>

#include "memory.h"
#include "migrate.h"
#include "trial.h"
#include "trial_rows.h"
#include "trial_shape.h"

struct verification {
    const void *context;
    struct trial *trial;
    struct connection *connection;
    const struct verify_options *options;
};

/* What a database is. */
struct look {
    struct shape shape;
    struct trial_rows rows;
};

static struct error *look(const struct verification *verification, struct look *look)
{
    TRY(shape_read(verification->context, verification->connection, &look->shape));
    return trial_rows_read(verification->context, verification->connection, &look->rows);
}

static struct error *compare(const struct verification *verification, const struct revision *revision,
                             const char *when, const struct look *is, const struct look *wanted)
{
    const char *difference = shape_difference(verification->context, &is->shape, &wanted->shape);
    if (!difference)
        return NULL;
    return error_new(verification->context, ERROR_FAILED, "\"%s\" (%s): %s:%s", revision->id, revision->path,
                     when, difference);
}

static struct error *up(const struct verification *verification, const struct revision *revision)
{
    return migrate_upgrade(verification->context, verification->trial->settings, revision->id, NULL);
}

static struct error *undo(const struct verification *verification, const struct revision *revision)
{
    const struct migrate_options options = { .allow_destructive = true };
    return migrate_undo(verification->context, verification->trial->settings, revision->id, &options);
}

/* Made-up rows may break a constraint that the revision adds (class 23), which proves nothing: then it has to
 * do without rows. */
static struct error *first_up(const struct verification *verification, const struct revision *revision,
                              struct look *before)
{
    struct error *error = up(verification, revision);
    if (!error || strncmp(error->sqlstate, "23", 2) != 0 || before->rows.total == 0)
        return error;
    talloc_free(error);
    TRY(trial_rows_remove(verification->context, verification->connection));
    TRY(trial_rows_read(verification->context, verification->connection, &before->rows));
    return up(verification, revision);
}

static struct error *check_rows(const struct verification *verification, const struct revision *revision,
                                const struct look *is, const struct look *was)
{
    const char *table = revision->irreversible[0] ? NULL : trial_rows_changed(&is->rows, &was->rows);
    if (!table)
        return NULL;
    return error_new(
        verification->context, ERROR_FAILED,
        "\"%s\" (%s): after its way up and down the rows of %s are not what they were; if that cannot be "
        "helped, say so in its header: -- irreversible: what is lost",
        revision->id, revision->path, table);
}

static void tell(const struct verification *verification, const struct revision *revision, long long rows)
{
    if (verification->options && verification->options->tell)
        verification->options->tell(verification->options->argument,
                                    &(struct verify_news){ .revision = revision,
                                                           .rows = rows,
                                                           .irreversible = revision->irreversible[0] != NULL,
                                                           .one_way = revision_is_one_way(revision) });
}

static struct error *verify_revision(const struct verification *verification, const struct revision *revision)
{
    struct look before, first, back, second;
    TRY(trial_rows_make(verification->context, verification->connection));
    TRY(look(verification, &before));
    TRY(first_up(verification, revision, &before));
    if (revision_is_one_way(revision)) {
        tell(verification, revision, before.rows.total);
        return NULL;
    }
    TRY(look(verification, &first));
    TRY(undo(verification, revision));
    TRY(look(verification, &back));
    TRY(compare(verification, revision, "its way down does not lead back", &back, &before));
    TRY(check_rows(verification, revision, &back, &before));
    TRY(up(verification, revision));
    TRY(look(verification, &second));
    TRY(compare(verification, revision, "its second way up does not lead where the first did", &second,
                &first));
    tell(verification, revision, before.rows.total);
    return NULL;
}

/* Down to nothing and up again in one go. */
static struct error *verify_all(const struct verification *verification, const struct revisions *revisions,
                                const struct look *empty)
{
    const struct migrate_options options = { .allow_destructive = true };
    const struct settings *settings = verification->trial->settings;
    struct look whole, back, again;
    for (size_t i = 0; i < revisions->count; i++)
        if (revision_is_one_way(revisions->items[i]))
            return NULL;
    if (revisions->count == 0)
        return NULL;
    const struct revision *first = revisions->items[0], *last = revisions->items[revisions->count - 1];
    TRY(look(verification, &whole));
    TRY(migrate_downgrade(verification->context, settings, "base", &options));
    TRY(look(verification, &back));
    TRY(compare(verification, first, "all the way down, something is left", &back, empty));
    TRY(migrate_upgrade(verification->context, settings, "heads", NULL));
    TRY(look(verification, &again));
    return compare(verification, last, "all the way up again leads elsewhere", &again, &whole);
}

static struct error *verify(struct verification *verification, const struct revisions *revisions)
{
    struct look empty;
    verification->connection = connection_new(verification->context, verification->trial->settings,
                                              CONNECTION_DIRECT, "roster verify");
    TRY(connection_execute(verification->connection, "SET client_min_messages = warning"));
    TRY(look(verification, &empty));
    for (size_t i = 0; i < revisions->count; i++)
        TRY(verify_revision(verification, revisions->items[i]));
    return verify_all(verification, revisions, &empty);
}

struct error *verify_run(const void *context, const struct settings *settings,
                         const struct verify_options *options)
{
    struct verification verification = { .context = talloc_new(context), .options = options };
    struct revisions *revisions;
    struct error *error = revisions_open(context, settings->migrations, &revisions);
    if (!error)
        error = trial_new(verification.context, settings, &verification.trial);
    if (!error)
        error = verify(&verification, revisions);
    talloc_steal(context, error);
    talloc_free((void *)verification.context);
    return trial_explain(error);
}
