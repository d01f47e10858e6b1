/* What the program itself needs in the database, declared like every other model but without pages.
 *
 * user is only a fallback: a models file that declares its own keeps it (schema_open checks that it can sign in). */
#include "internal_models.h"

static const struct model user = {
    .table = "user",
    .title = "email",
    .sort = "email",
    .hint = "People who can sign in.",
    .may_write = ROLE_SUPERUSER,
    .kept = "is_active AND is_superuser AND hashed_password LIKE '$%'",
    .kept_message = "This is the last active superuser with a password. Make somebody else one first",
    .access = (const struct access[]){
        { MAY_READ | MAY_CHANGE, "{row}.id = {me}", "{row}.id = {me} AND NOT {row}.is_superuser" },
        { 0 },
    },
    .access_hint = "People are managed by superusers",
    .before_sign_in = true,
    .fields = (const struct field[]){
        { .name = "email", .type = FIELD_EMAIL, .required = true, .unique = true, .ignore_case = true,
          .confirm = true },
        { .name = "full_name", .type = FIELD_TEXT, .required = true, .max_length = 120 },
        { .name = "hashed_password", .type = FIELD_PASSWORD, .label = "Password", .confirm = true },
        { .name = "is_active", .type = FIELD_BOOLEAN, .label = "Active", .default_sql = "true" },
        { .name = "is_superuser", .type = FIELD_BOOLEAN, .label = "Superuser", .default_sql = "false",
          .confirm = true },
        { .name = "must_change_password", .type = FIELD_BOOLEAN, .default_sql = "false", .faces = ON_FORMS | ON_PAGE },
        { 0 },
    },
};

/* A sign-in. Only the hash of its token is here, so that a stolen copy of the table opens nothing. */
static const struct model session = {
    .table = "session",
    .internal = true,
    .access = (const struct access[]){ { MAY_ALL, "{row}.user_id = {me}", NULL }, { 0 } },
    .before_sign_in = true,
    .fields = (const struct field[]){
        { .name = "token_hash", .type = FIELD_TEXT, .required = true, .unique = true, .max_length = 64, .secret = true },
        { .name = "user_id", .type = FIELD_REFERENCE, .references = "user", .required = true,
          .on_delete = ON_DELETE_CASCADE },
        { .name = "remote", .type = FIELD_TEXT, .max_length = 64 },
        /* When the password was last typed again, which destructive actions ask for. */
        { .name = "confirmed_at", .type = FIELD_TIMESTAMP },
        { .name = "created_at", .type = FIELD_TIMESTAMP, .required = true, .default_sql = "now()" },
        /* Moves on while the session is used, up to its absolute limit. */
        { .name = "expires_at", .type = FIELD_TIMESTAMP, .required = true, .indexed = true },
        { .name = "last_seen_at", .type = FIELD_TIMESTAMP, .required = true, .default_sql = "now()" },
        { .name = "browser", .type = FIELD_TEXT, .max_length = 80 },
        { 0 },
    },
};

/* The second factor of a person: the secret of a TOTP (RFC 6238), sealed with a key that is not in the database, and the
 * last time step whose code was accepted, so that none is accepted twice. */
static const struct model second_factor = {
    .table = "second_factor",
    .internal = true,
    .access = (const struct access[]){ { MAY_ALL, "{row}.user_id = {me}", NULL }, { 0 } },
    .before_sign_in = true,
    .fields = (const struct field[]){
        { .name = "user_id", .type = FIELD_REFERENCE, .references = "user", .required = true, .unique = true,
          .no_index = true, .on_delete = ON_DELETE_CASCADE },
        { .name = "sealed_secret", .type = FIELD_TEXT, .required = true, .max_length = 200, .secret = true },
        { .name = "used_step", .type = FIELD_INTEGER, .required = true, .default_sql = "0" },
        { .name = "created_at", .type = FIELD_TIMESTAMP, .required = true, .default_sql = "now()" },
        { 0 },
    },
};

/* What stands in for the second factor once, when the telephone is lost; gone when it was used. */
static const struct model recovery_code = {
    .table = "recovery_code",
    .internal = true,
    .access = (const struct access[]){ { MAY_ALL, "{row}.user_id = {me}", NULL }, { 0 } },
    .before_sign_in = true,
    .fields = (const struct field[]){
        { .name = "user_id", .type = FIELD_REFERENCE, .references = "user", .required = true,
          .on_delete = ON_DELETE_CASCADE },
        { .name = "code_hash", .type = FIELD_TEXT, .required = true, .unique = true, .max_length = 64, .secret = true },
        { 0 },
    },
};

/* A link with which a person chooses a new password: one for each at most, good once and for a day. */
static const struct model password_reset = {
    .table = "password_reset",
    .internal = true,
    .access = (const struct access[]){ { MAY_ALL, "{row}.user_id = {me}", NULL }, { 0 } },
    .before_sign_in = true,
    .fields = (const struct field[]){
        { .name = "user_id", .type = FIELD_REFERENCE, .references = "user", .required = true, .unique = true,
          .no_index = true, .on_delete = ON_DELETE_CASCADE },
        { .name = "token_hash", .type = FIELD_TEXT, .required = true, .unique = true, .max_length = 64, .secret = true },
        { .name = "created_at", .type = FIELD_TIMESTAMP, .required = true, .default_sql = "now()" },
        { .name = "expires_at", .type = FIELD_TIMESTAMP, .required = true },
        { 0 },
    },
};

/* One line of history: what a record was and became, written in the same transaction as the change itself. */
static const struct model change = {
    .table = "change",
    .internal = true,
    .append_only = true,
    .fields = (const struct field[]){
        { .name = "at", .type = FIELD_TIMESTAMP, .required = true, .default_sql = "now()", .indexed = true },
        { .name = "user_id", .type = FIELD_REFERENCE, .references = "user", .on_delete = ON_DELETE_SET_NULL },
        { .name = "remote", .type = FIELD_TEXT, .max_length = 64 },
        { .name = "action", .type = FIELD_CHOICE, .required = true,
          .choices = (const struct choice[]){ { .value = "created" }, { .value = "changed" }, { .value = "deleted" },
                                              { 0 } } },
        { .name = "model", .type = FIELD_TEXT, .required = true, .max_length = 63 },
        { .name = "record", .type = FIELD_TEXT, .required = true, .max_length = 100 },
        { .name = "title", .type = FIELD_TEXT },
        { .name = "before", .type = FIELD_JSON },
        { .name = "after", .type = FIELD_JSON },
        { 0 },
    },
    .indexes = (const struct index[]){
        { .columns = (const char *const[]){ "model", "record", "id", NULL } },
        { 0 },
    },
};

/* What people did that is no change of a record: signing in, failing to, running the site (db/audit.h). who is kept as
 * text beside the reference, for those who failed to sign in and those whose account is gone. */
static const struct model audit = {
    .table = "audit",
    .internal = true,
    .append_only = true,
    .access = (const struct access[]){ { MAY_CREATE, "true", NULL }, { 0 } },
    .before_sign_in = true,
    .fields = (const struct field[]){
        { .name = "at", .type = FIELD_TIMESTAMP, .required = true, .default_sql = "now()", .indexed = true },
        { .name = "user_id", .type = FIELD_REFERENCE, .references = "user", .on_delete = ON_DELETE_SET_NULL },
        { .name = "who", .type = FIELD_TEXT, .max_length = 254 },
        { .name = "remote", .type = FIELD_TEXT, .max_length = 64 },
        { .name = "action", .type = FIELD_TEXT, .required = true, .max_length = 40 },
        { .name = "subject", .type = FIELD_TEXT },
        { 0 },
    },
};

/* A create form that was saved already, so that a double click or a reload makes one record and not two. */
static const struct model submission = {
    .table = "submission",
    .internal = true,
    .fields = (const struct field[]){
        { .name = "token", .type = FIELD_TEXT, .required = true, .unique = true, .max_length = 64 },
        { .name = "record", .type = FIELD_TEXT, .required = true, .max_length = 100 },
        { .name = "at", .type = FIELD_TIMESTAMP, .required = true, .default_sql = "now()", .indexed = true },
        { 0 },
    },
};

const struct model *const internal_models[] = {
    &user, &session, &second_factor, &recovery_code, &password_reset, &change, &audit, &submission, NULL,
};
