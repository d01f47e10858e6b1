/* Accounts: made, given passwords, and the first superuser. */
#include "scratch.h"

#include <string.h>

#include "../../db/account.h"
#include "../../db/ddl.h"
#include "../../db/password.h"

static struct settings *settings; /* of the scratch database, which has the models' tables */
static void *context;
static struct connection *db;

static void setup(void)
{
    context = talloc_new(NULL);
    db = connection_new(context, settings, CONNECTION_DIRECT, "roster test");
    ck_ok(connection_execute(db, "DELETE FROM session; DELETE FROM audit; DELETE FROM \"user\""));
}

static void teardown(void)
{
    talloc_free(context);
}

static const char *create(const char *email, const char *name, const char *password, bool superuser)
{
    char *generated;
    const struct account account = {
        .email = email, .name = name, .password = password, .superuser = superuser
    };
    ck_ok(account_create(db, &account, &generated));
    return generated;
}

static struct query *people(void)
{
    return scratch_query(db, "SELECT * FROM \"user\" ORDER BY id");
}

static void assert_refused(struct error *error, const char *words)
{
    ck_assert_msg(error != NULL, "not refused: %s", words);
    ck_assert_int_eq(error->code, ERROR_USAGE);
    ck_assert_msg(strstr(error->message, words) != NULL, "\"%s\" is not in: %s", words, error->message);
}

START_TEST(a_generated_password_must_be_changed)
{
    const char *password = create("ann.lee@example.com", NULL, NULL, false);
    struct query *query = people();
    ck_assert_str_eq(query_field(query, 0, "full_name"), "Ann Lee");
    ck_assert(password_verify(query_field(query, 0, "hashed_password"), password));
    ck_assert(query_true(query, 0, "must_change_password"));
    ck_assert(query_true(query, 0, "is_active"));
    ck_assert(!query_true(query, 0, "is_superuser"));
}
END_TEST

START_TEST(a_chosen_password_stays)
{
    ck_assert_ptr_null(create("bo@example.com", "Bo Ek", "blau wie der Himmel", true));
    struct query *query = people();
    ck_assert_str_eq(query_field(query, 0, "full_name"), "Bo Ek");
    ck_assert(password_verify(query_field(query, 0, "hashed_password"), "blau wie der Himmel"));
    ck_assert(!query_true(query, 0, "must_change_password"));
    ck_assert(query_true(query, 0, "is_superuser"));
}
END_TEST

START_TEST(what_cannot_be_an_account_is_refused)
{
    char *generated;
    create("ann@example.com", NULL, NULL, false);
    assert_refused(account_create(db, &(struct account){ .email = "ANN@example.com" }, &generated),
                   "has an account already");
    static const char *const bad[] = {
        "", "ann", "@example.com", "ann@", "a@b@c", "a b@c", "a@b\n", "a,b@c"
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_refused(account_create(db, &(struct account){ .email = bad[i] }, &generated),
                       "is no email address");
    assert_refused(
        account_create(db, &(struct account){ .email = "x@y.z", .password = "password1" }, &generated),
        "harder to guess");
    ck_assert_int_eq(query_rows(people()), 1);
}
END_TEST

START_TEST(a_new_password_ends_all_sign_ins_of_that_person)
{
    char *generated;
    create("ann@example.com", NULL, NULL, false);
    create("bo@example.com", NULL, NULL, false);
    scratch_query(db,
                  "INSERT INTO session (token_hash, user_id, expires_at)"
                  " SELECT email || n, id, now() + interval '1 day' FROM \"user\", generate_series(1, 2) n");
    ck_ok(account_set_password(db, "Ann@Example.com", NULL, NULL, &generated));
    struct query *query = people();
    ck_assert(password_verify(query_field(query, 0, "hashed_password"), generated));
    ck_assert(query_true(query, 0, "must_change_password"));
    ck_assert(!password_verify(query_field(query, 1, "hashed_password"), generated));
    query = scratch_query(db, "SELECT count(*) AS n, min(token_hash) AS first FROM session");
    ck_assert_int_eq(query_number(query, 0, "n"), 2);
    ck_assert_str_eq(query_field(query, 0, "first"), "bo@example.com1");
    assert_refused(account_set_password(db, "nobody@example.com", NULL, NULL, &generated),
                   "nobody has the address");
}
END_TEST

START_TEST(the_first_superuser_is_made_once)
{
    char *generated;
    ck_ok(account_first_superuser(db, settings, &generated));
    ck_assert_ptr_nonnull(generated);
    struct query *query = people();
    ck_assert_str_eq(query_field(query, 0, "email"), "admin@example.com");
    ck_assert(query_true(query, 0, "is_superuser"));
    ck_assert(query_true(query, 0, "must_change_password"));
    ck_ok(account_first_superuser(db, settings, &generated));
    ck_assert_ptr_null(generated);
    struct query *again = people();
    ck_assert_int_eq(query_rows(again), 1);
    ck_assert_str_eq(query_field(again, 0, "hashed_password"), query_field(query, 0, "hashed_password"));
}
END_TEST

START_TEST(another_superuser_is_enough)
{
    char *generated;
    create("bo@example.com", NULL, NULL, true);
    ck_ok(account_first_superuser(db, settings, &generated));
    ck_assert_ptr_null(generated);
    ck_assert_int_eq(query_rows(people()), 1);
}
END_TEST

START_TEST(the_configured_password_is_taken)
{
    char *generated;
    struct settings own = *settings;
    own.first_superuser = "root@example.com";
    own.first_superuser_password = "blau wie der Himmel";
    ck_ok(account_first_superuser(db, &own, &generated));
    ck_assert_ptr_null(generated);
    struct query *query = people();
    ck_assert_str_eq(query_field(query, 0, "email"), "root@example.com");
    ck_assert(password_verify(query_field(query, 0, "hashed_password"), "blau wie der Himmel"));
    ck_assert(!query_true(query, 0, "must_change_password"));
}
END_TEST

START_TEST(an_ordinary_account_becomes_the_first_superuser)
{
    char *generated;
    create("Admin@example.com", "Ada", "blau wie der Himmel", false);
    ck_ok(account_first_superuser(db, settings, &generated));
    ck_assert_ptr_nonnull(generated);
    struct query *query = people();
    ck_assert_int_eq(query_rows(query), 1);
    ck_assert_str_eq(query_field(query, 0, "full_name"), "Ada");
    ck_assert(query_true(query, 0, "is_superuser"));
    ck_assert(password_verify(query_field(query, 0, "hashed_password"), generated));
}
END_TEST

START_TEST(a_refused_password_makes_nobody_a_superuser)
{
    char *generated;
    struct settings own = *settings;
    own.first_superuser_password = "password1";
    create("admin@example.com", "Ada", "blau wie der Himmel", false);
    assert_refused(account_first_superuser(db, &own, &generated), "harder to guess");
    const struct query *query = people();
    ck_assert(!query_true(query, 0, "is_superuser"));
    ck_assert(password_verify(query_field(query, 0, "hashed_password"), "blau wie der Himmel"));
}
END_TEST

static long long lines(const char *condition)
{
    return query_number(scratch_query(db, memory_printf(context, "SELECT count(*) AS n FROM audit WHERE %s", condition)), 0, "n");
}

START_TEST(the_audit_tells_what_was_done_and_nothing_else)
{
    char *generated;
    bool was;
    ck_ok(account_create(db, &(struct account){ .email = "ann@example.com", .who = "root" }, &generated));
    ck_ok(account_create(db, &(struct account){ .email = "bo@example.com", .who = "root", .superuser = true }, &generated));
    assert_refused(account_create(db, &(struct account){ .email = "ANN@example.com", .who = "root" }, &generated), "already");
    ck_assert_int_eq(lines("action = 'account made' AND who = 'root' AND subject = 'ann@example.com'"), 1);
    ck_assert_int_eq(lines("action = 'account made' AND subject = 'bo@example.com, a superuser'"), 1);
    ck_ok(account_set_password(db, "ANN@example.com", NULL, "root", &generated));
    assert_refused(account_set_password(db, "nobody@example.com", NULL, "root", &generated), "nobody has");
    ck_assert_int_eq(lines("action = 'password changed' AND who = 'root' AND subject = 'ann@example.com'"), 1);
    ck_ok(account_factor_off(db, "ann@example.com", "root", &was));
    ck_assert(!was);
    ck_assert_int_eq(lines("action = 'second factor off'"), 0);
    scratch_query(db, "INSERT INTO second_factor (user_id, sealed_secret, used_step) SELECT id, 's', 0 FROM \"user\"");
    ck_ok(account_factor_off(db, "Ann@example.com", "root", &was));
    ck_assert(was);
    ck_assert_int_eq(lines("action = 'second factor off' AND who = 'root' AND subject = 'ann@example.com'"), 1);
    ck_assert_int_eq(lines("true"), 4);
}
END_TEST

/* What is done and its line are one. */
START_TEST(what_cannot_be_written_down_is_not_done)
{
    char *generated;
    bool was;
    create("ann@example.com", NULL, "blau wie der Himmel", false);
    scratch_query(db, "INSERT INTO second_factor (user_id, sealed_secret, used_step) SELECT id, 's', 0 FROM \"user\"");
    ck_ok(connection_execute(db, "ALTER TABLE audit ADD CONSTRAINT full_up CHECK (false) NOT VALID"));
    enum { ERRORS = 3 };
    struct error *errors[ERRORS] = {
        account_create(db, &(struct account){ .email = "bo@example.com", .who = "root" }, &generated),
        account_set_password(db, "ann@example.com", NULL, "root", &generated),
        account_factor_off(db, "ann@example.com", "root", &was),
    };
    ck_ok(connection_execute(db, "ALTER TABLE audit DROP CONSTRAINT full_up"));
    for (size_t i = 0; i < ERRORS; i++)
        ck_assert(errors[i] && strcmp(errors[i]->constraint, "full_up") == 0);
    const struct query *query = people();
    ck_assert_int_eq(query_rows(query), 1);
    ck_assert(password_verify(query_field(query, 0, "hashed_password"), "blau wie der Himmel"));
    ck_assert_int_eq(query_rows(scratch_query(db, "SELECT FROM second_factor")), 1);
}
END_TEST

START_TEST(a_new_password_ends_a_reset_link)
{
    char *path, *generated;
    create("ann@example.com", NULL, NULL, false);
    ck_ok(account_make_reset(db, "ann@example.com", "root", &path));
    ck_assert_int_eq(query_rows(scratch_query(db, "SELECT FROM password_reset")), 1);
    ck_ok(account_set_password(db, "ann@example.com", NULL, NULL, &generated));
    ck_assert_int_eq(query_rows(scratch_query(db, "SELECT FROM password_reset")), 0);
}
END_TEST

START_TEST(a_database_of_before_takes_accounts_too)
{
    char *generated;
    ck_ok(connection_execute(db, "BEGIN; DROP TABLE password_reset, audit"));
    ck_ok(account_create(db, &(struct account){ .email = "ann@example.com", .who = "root" }, &generated));
    ck_ok(account_set_password(db, "ann@example.com", NULL, "root", &generated));
    ck_assert(password_verify(query_field(people(), 0, "hashed_password"), generated));
    transaction_rollback(db);
}
END_TEST

START_TEST(it_belongs_to_the_transaction_around_it)
{
    char *generated;
    transaction_begin(db);
    ck_ok(account_first_superuser(db, settings, &generated));
    transaction_rollback(db);
    ck_assert_int_eq(query_rows(people()), 0);
}
END_TEST

static struct error *make_tables(void)
{
    struct schema *schema;
    context = settings;
    TRY(schema_open(context, models, overview_panels, &schema));
    struct connection *connection = connection_new(context, settings, CONNECTION_DIRECT, "roster test");
    return connection_execute(connection, ddl_create_schema(context, schema));
}

int main(void)
{
    void *main_context = talloc_new(NULL);
    settings = scratch_create(main_context);
    settings->first_superuser = "admin@example.com";
    settings->first_superuser_password = NULL;
    struct error *error = make_tables();
    if (error) {
        fprintf(stderr, "%s\n", error->message);
        return 2;
    }
    TCase *tests = tcase_create("account");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_set_timeout(tests, 60);
    tcase_add_test(tests, a_generated_password_must_be_changed);
    tcase_add_test(tests, a_chosen_password_stays);
    tcase_add_test(tests, what_cannot_be_an_account_is_refused);
    tcase_add_test(tests, a_new_password_ends_all_sign_ins_of_that_person);
    tcase_add_test(tests, the_first_superuser_is_made_once);
    tcase_add_test(tests, another_superuser_is_enough);
    tcase_add_test(tests, the_configured_password_is_taken);
    tcase_add_test(tests, an_ordinary_account_becomes_the_first_superuser);
    tcase_add_test(tests, a_refused_password_makes_nobody_a_superuser);
    tcase_add_test(tests, the_audit_tells_what_was_done_and_nothing_else);
    tcase_add_test(tests, what_cannot_be_written_down_is_not_done);
    tcase_add_test(tests, a_new_password_ends_a_reset_link);
    tcase_add_test(tests, a_database_of_before_takes_accounts_too);
    tcase_add_test(tests, it_belongs_to_the_transaction_around_it);
    Suite *suite = suite_create("account");
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    scratch_drop(settings);
    talloc_free(main_context);
    return failed > 0;
}
