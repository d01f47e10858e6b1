/* A database with the project's own tables and a few rows, for tests of records, lists and deletions. */
#ifndef ROSTER_TESTS_ORGANISATION_H
#define ROSTER_TESTS_ORGANISATION_H

#include "../../db/ddl.h"
#include "../../db/rights.h"
#include "../../db/schema.h"
#include "scratch.h"

/* Made by organisation_open: ids are known, so that tests can name them. */
#define ORGANISATION_ROWS                                                                                        \
    "INSERT INTO \"user\" (id, email, full_name) VALUES (1, 'ada@example.com', 'Ada'), (2, 'bo@example.com', 'Bo');" \
    "INSERT INTO team (id, name, owner_id) VALUES (1, 'core', 1), (2, 'edge', 1);"                               \
    "INSERT INTO member (id, name, team_id, role, reports_to_id) VALUES (1, 'ann', 1, 'lead', NULL),"            \
    " (2, 'ben', 1, 'dev', 1), (3, 'cy', 1, 'dev', 2), (4, 'dee', 2, 'lead', NULL);"                             \
    "INSERT INTO skill (id, name, managed) VALUES (1, 'C', true), (2, 'SQL', false), (3, 'nginx', false);"       \
    "INSERT INTO member_skill VALUES (2, 1), (2, 2);"                                                            \
    "SELECT setval(pg_get_serial_sequence('team', 'id'), 100), setval(pg_get_serial_sequence('member', 'id'), 100)," \
    " setval(pg_get_serial_sequence('skill', 'id'), 100), setval(pg_get_serial_sequence('\"user\"', 'id'), 100)"

static struct settings *settings; /* of the scratch database */
static struct schema *schema;
static void *context;
static struct connection *db;

static inline const struct model *model_of(const char *table)
{
    return schema_by_table(schema, table);
}

static inline void run_script(const char *sql)
{
    void *scratch = talloc_new(NULL);
    PGconn *handle = NULL;
    struct connection *server = connection_new(scratch, settings, CONNECTION_DIRECT, "roster test");
    ck_ok(connection_handle(server, &handle));
    PGresult *result = PQexec(handle, sql);
    ExecStatusType status = PQresultStatus(result);
    ck_assert_msg(status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK, "%s", PQresultErrorMessage(result));
    PQclear(result);
    talloc_free(scratch);
}

static inline long long count_of(const char *sql)
{
    return query_number(scratch_query(db, sql), 0, "n");
}

static inline void organisation_set_up(void)
{
    context = talloc_new(NULL);
    settings = scratch_create(context);
    ck_ok(schema_open(context, models, overview_panels, &schema));
    run_script(ddl_create_schema(context, schema));
    run_script(ORGANISATION_ROWS);
    struct rights_report report;
    struct connection *owner = connection_new(context, settings, CONNECTION_DIRECT, "roster test");
    ck_ok(rights_apply(owner, settings, schema, &report));
    ck_assert_uint_eq(report.skipped_count, 0);
    talloc_free(owner);
    db = connection_new(context, settings, CONNECTION_SERVE, "roster test");
    connection_act_for(db, NULL, true);
}

static inline void organisation_tear_down(void)
{
    talloc_free(db);
    scratch_drop(settings);
    talloc_free(context);
}

struct organisation_test {
    const TTest *test;
};

static inline int organisation_run(const char *name, const struct organisation_test *tests, size_t count)
{
    Suite *suite = suite_create(name);
    TCase *cases = tcase_create(name);
    tcase_add_checked_fixture(cases, organisation_set_up, organisation_tear_down);
    tcase_set_timeout(cases, 120);
    for (size_t i = 0; i < count; i++)
        tcase_add_test(cases, tests[i].test);
    suite_add_tcase(suite, cases);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

#endif
