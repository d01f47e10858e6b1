/* Reading a schema, predicting how PostgreSQL writes the models' expressions, and asking where that is not known. */
#include "difference_support.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../db/schema_check.h"

#define EVERY_TYPE                                                                                                     \
    &(const struct model){                                                                                             \
        .table = "thing", .fields = (const struct field[]){                                                            \
            { .name = "word", .type = FIELD_TEXT, .max_length = 20, .min_length = 2, .default_sql = "'it''s'",         \
              .pattern = "^[a-z']+$", .required = true, .unique = true, .searched = true },                            \
            { .name = "note", .type = FIELD_LONG_TEXT, .min_length = 1, .max_length = 100, .default_sql = "'a'" },     \
            { .name = "mail", .type = FIELD_EMAIL, .unique = true, .ignore_case = true },                              \
            { .name = "free", .type = FIELD_TEXT, .indexed = true, .ignore_case = true, .pattern = "\\d" },            \
            { .name = "count", .type = FIELD_INTEGER, .minimum = "-5", .maximum = "5000000000", .default_sql = "-1" }, \
            { .name = "large", .type = FIELD_INTEGER, .minimum = "0.5", .default_sql = "5000000000" },                 \
            { .name = "price", .type = FIELD_DECIMAL, .precision = 12, .scale = 2, .minimum = "0", .maximum = "1.5",   \
              .default_sql = "0.25" },                                                                                 \
            { .name = "debt", .type = FIELD_DECIMAL, .precision = 12, .scale = 2, .minimum = "-1.5",                   \
              .maximum = "-1", .default_sql = "-1.25" },                                                               \
            { .name = "ratio", .type = FIELD_FLOAT, .minimum = "-0.5", .maximum = "5000000000", .default_sql = "2" },  \
            { .name = "slope", .type = FIELD_FLOAT, .minimum = "-3", .maximum = "3", .default_sql = "0.5" },           \
            { .name = "active", .type = FIELD_BOOLEAN, .default_sql = "TRUE" },                                        \
            { .name = "state", .type = FIELD_CHOICE, .default_sql = "'on'", .indexed = true,                           \
              .choices = (const struct choice[]){ { .value = "on" }, { .value = "off" }, { 0 } } },                    \
            { .name = "day", .type = FIELD_DATE, .default_sql = "current_date" },                                      \
            { .name = "at", .type = FIELD_TIMESTAMP, .default_sql = "current_timestamp" },                             \
            { .name = "code", .type = FIELD_UUID, .default_sql = "gen_random_uuid()" },                                \
            { .name = "data", .type = FIELD_JSON, .default_sql = "'{}'" },                                             \
            { .name = "raw", .type = FIELD_BYTES, .max_length = 9 },                                                   \
            { .name = "secret", .type = FIELD_PASSWORD },                                                              \
            { .name = "team_id", .type = FIELD_REFERENCE, .references = "team", .required = true,                      \
              .on_delete = ON_DELETE_CASCADE },                                                                        \
            { .name = "order", .type = FIELD_REFERENCE, .references = "thing", .same = "team_id", .acyclic = true,     \
              .on_delete = ON_DELETE_SET_NULL, .deferrable = true, .initially_deferred = true },                       \
            { 0 } },                                                                                                   \
        .indexes = (const struct index[]){ { .columns = LIST("word", "day DESC", "order"), .include = LIST("count") }, \
                                           { .columns = LIST("data"), .method = "gin" }, { 0 } },                      \
        .constraints = (const struct constraint[]){ { .kind = CONSTRAINT_UNIQUE, .fields = LIST("day", "code"),        \
                                                      .deferrable = true }, { 0 } },                                   \
        .links = (const struct link[]){ { .name = "teams", .target = "team" }, { 0 } } }

static const struct model *const every_type[CASE_MODELS] = { GROUP("team"), EVERY_TYPE };

/* What types and limits lead to is known without asking the server. */
START_TEST(predictions_are_right)
{
    void *context = talloc_new(NULL);
    struct connection *connection = support_make(context, every_type);
    struct catalog *there = support_there(context, connection);
    struct catalog *wanted = catalog_of_models(context, support_schema(context, every_type));
    const unsigned trips = connection_trips(connection);
    ck_assert_str_eq(support_words(context, there, wanted), "");
    ck_ok(catalog_normalise(context, connection, wanted, there));
    ck_assert_uint_eq(connection_trips(connection), trips);
    talloc_free(context);
}
END_TEST

START_TEST(predictions_are_right_for_the_projects_models)
{
    void *context = talloc_new(NULL);
    struct schema *schema = NULL;
    struct connection *connection = support_make(context, every_type);
    ck_ok(schema_open(context, models, overview_panels, &schema));
    support_run(connection, "DROP SCHEMA public CASCADE; CREATE SCHEMA public");
    support_run(connection, ddl_create_schema(context, schema));
    struct catalog *there = support_there(context, connection);
    ck_assert_str_eq(support_words(context, there, catalog_of_models(context, schema)), "");
    talloc_free(context);
}
END_TEST

START_TEST(reading_is_one_round_trip)
{
    void *context = talloc_new(NULL);
    struct connection *connection = support_make(context, every_type);
    const unsigned trips = connection_trips(connection);
    support_there(context, connection);
    ck_assert_uint_eq(connection_trips(connection), trips + 1);
    talloc_free(context);
}
END_TEST

START_TEST(everything_is_read)
{
    void *context = talloc_new(NULL);
    struct connection *connection = support_make(context, every_type);
    support_run(connection, "COMMENT ON TABLE thing IS 'What there is'; COMMENT ON COLUMN thing.word IS 'A word';"
                            " INSERT INTO thing (word, team_id) VALUES ('bb', 1), ('cc', 1)");
    support_run(connection, "ANALYZE thing; ALTER TABLE thing ADD twice int GENERATED ALWAYS AS (id * 2) STORED,"
                            " ADD serial int GENERATED ALWAYS AS IDENTITY");
    const struct catalog *there = support_there(context, connection);
    const struct catalog_table *thing = catalog_table(there, "thing");
    ck_assert_ptr_nonnull(thing);
    ck_assert_str_eq(thing->comment, "What there is");
    ck_assert_int_eq(thing->rows, 3);
    const struct catalog_column *word = catalog_column(thing, "word");
    ck_assert_str_eq(word->type, "character varying(20)");
    ck_assert_str_eq(word->default_sql, "'it''s'::character varying");
    ck_assert_str_eq(word->comment, "A word");
    ck_assert(word->required && !word->generated && !word->identity);
    ck_assert_int_eq(catalog_column(thing, "id")->identity, 'd');
    ck_assert_int_eq(catalog_column(thing, "serial")->identity, 'a');
    ck_assert(catalog_column(thing, "twice")->generated);
    const struct catalog_constraint *order = catalog_constraint(thing, "thing_order_fkey");
    ck_assert_str_eq(order->definition, "FOREIGN KEY (team_id, \"order\") REFERENCES thing(team_id, id)"
                                        " ON DELETE SET NULL (\"order\") DEFERRABLE INITIALLY DEFERRED");
    ck_assert_str_eq(order->references, "thing");
    ck_assert_str_eq(order->columns[1], "order");
    ck_assert_str_eq(order->referenced[1], "id");
    ck_assert_ptr_null(order->columns[2]);
    const struct catalog_index *mail = catalog_index(thing, "thing_mail_key");
    ck_assert_str_eq(mail->definition,
                     "CREATE UNIQUE INDEX thing_mail_key ON thing USING btree (lower(mail::text))");
    ck_assert_str_eq(mail->shape, "USING btree (lower(mail::text))");
    ck_assert(mail->unique && mail->valid);
    ck_assert_ptr_null(catalog_index(thing, "thing_pkey"));
    ck_assert_uint_eq(catalog_enum(there, "thing_state")->count, 2);
    ck_assert(catalog_has_extension(there, "pg_trgm"));
    ck_assert(!catalog_has_extension(there, "plpgsql"));
    talloc_free(context);
}
END_TEST

/* Keys are put together here: they must read as PostgreSQL itself writes them. */
START_TEST(definitions_are_the_servers)
{
    void *context = talloc_new(NULL);
    struct connection *connection = support_make(context, every_type);
    support_run(connection,
                "CREATE TABLE \"Odd one\" (\"select\" int, \"Mixed\" int, plain int, word text,"
                " PRIMARY KEY (\"select\", \"Mixed\"), UNIQUE (plain) DEFERRABLE, UNIQUE NULLS NOT DISTINCT (word),"
                " UNIQUE (plain, word) INCLUDE (\"Mixed\"),"
                " FOREIGN KEY (\"Mixed\", plain) REFERENCES \"Odd one\" MATCH FULL ON UPDATE CASCADE ON DELETE SET DEFAULT,"
                " EXCLUDE USING btree (plain WITH =) WHERE (plain > 0));"
                "CREATE INDEX \"An index\" ON \"Odd one\" (\"Mixed\" DESC, plain NULLS FIRST, word COLLATE \"C\" text_pattern_ops)"
                " INCLUDE (\"select\");"
                "CREATE INDEX hashed ON \"Odd one\" USING hash (word); CREATE INDEX partly ON \"Odd one\" (plain) WHERE word = 'a';"
                "CREATE INDEX backwards ON \"Odd one\" (plain DESC NULLS LAST, \"Mixed\" DESC) WITH (fillfactor = 50);"
                "ALTER TABLE \"Odd one\" ADD collated text COLLATE \"C\"; CREATE INDEX collates ON \"Odd one\" (collated);"
                "CREATE INDEX uncollates ON \"Odd one\" (collated COLLATE \"default\")");
    const struct catalog *there = support_there(context, connection);
    struct query *query = scratch_query(
        connection,
        "SELECT c.relname AS tab, k.conname AS name, pg_get_constraintdef(k.oid, true) AS def"
        " FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid WHERE c.relnamespace = 'public'::regnamespace"
        " UNION ALL SELECT c.relname, x.relname, pg_get_indexdef(i.indexrelid, 0, true) FROM pg_index i"
        " JOIN pg_class c ON c.oid = i.indrelid JOIN pg_class x ON x.oid = i.indexrelid"
        " WHERE c.relnamespace = 'public'::regnamespace"
        " AND NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = i.indexrelid AND k.contype IN ('p', 'u', 'x'))");
    ck_assert_int_gt(query_rows(query), 50);
    for (int row = 0; row < query_rows(query); row++) {
        const struct catalog_table *table = catalog_table(there, query_field(query, row, "tab"));
        ck_assert_ptr_nonnull(table);
        const struct catalog_constraint *constraint = catalog_constraint(table, query_field(query, row, "name"));
        const struct catalog_index *index = catalog_index(table, query_field(query, row, "name"));
        ck_assert_msg(constraint || index, "%s is missing", query_field(query, row, "name"));
        ck_assert_str_eq(constraint ? constraint->definition : index->definition, query_field(query, row, "def"));
    }
    talloc_free(context);
}
END_TEST

/* Tables with all that the server describes with its functions, coming and going until this process is killed. */
static void come_and_go(void)
{
    static const char first[] =
        "CREATE TABLE passing (id int PRIMARY KEY, word text DEFAULT 'a' || 'b' CHECK (word <> ''), kind mood,"
        " UNIQUE (word) INCLUDE (id)); CREATE INDEX ON passing (lower(word))";
    static const char *const sql[] = {
        first,
        "CREATE TABLE later (id int PRIMARY KEY REFERENCES passing, word text DEFAULT upper('x') CHECK (length(word) < 9))",
        "DROP TABLE later, passing"
    };
    struct connection *connection = connection_new(support_context, support_settings, CONNECTION_DIRECT, "roster test");
    support_run(connection, "CREATE TYPE mood AS ENUM ('good')");
    for (size_t i = 0;; i++)
        support_run(connection, sql[i % 3]);
}

START_TEST(tables_that_come_and_go_are_read_whole_or_not_at_all)
{
    void *context = talloc_new(NULL);
    struct connection *connection = support_make(context, (const struct model *const[CASE_MODELS]){ GROUP("team") });
    const pid_t other = fork();
    if (other == 0)
        come_and_go();
    for (int i = 0; i < 300; i++) {
        void *scratch = talloc_new(context);
        const struct catalog *there = support_there(scratch, connection);
        const struct catalog_table *passing = catalog_table(there, "passing"), *later = catalog_table(there, "later");
        ck_assert(!later || passing);
        ck_assert(!passing || (passing->column_count == 3 && passing->constraint_count == 3 && passing->index_count == 1));
        ck_assert(!later || (later->column_count == 2 && later->constraint_count == 3));
        ck_assert(!later || (later->columns[1].default_sql && later->constraints[0].definition));
        talloc_free(scratch);
    }
    kill(other, SIGKILL);
    waitpid(other, NULL, 0);
    /* what it had begun ends, too */
    support_run(connection, "DO $$ BEGIN WHILE EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database()"
                            " AND pid <> pg_backend_pid()) LOOP PERFORM pg_sleep(0.01), pg_stat_clear_snapshot();"
                            " END LOOP; END $$");
    talloc_free(context);
}
END_TEST

START_TEST(asking_leaves_nothing_behind)
{
    const struct model *const before[CASE_MODELS] = { PLAIN };
    const struct model *const after[CASE_MODELS] = {
        &(const struct model){ .table = "item", .fields = (const struct field[]){ TITLE,
            { .name = "state", CHOICES(V("on"), V("off")), .default_sql = "('o' || 'n')::item_state" }, { 0 } },
            CHECK(.name = "fits", .expression = "length(title)>1 and state='on'") } };
    void *context = talloc_new(NULL);
    struct connection *connection = support_make(context, before);
    struct catalog *there = support_there(context, connection);
    const struct catalog *wanted = support_wanted(context, connection, after, there);
    const struct catalog_table *item = catalog_table(wanted, "item");
    ck_assert_str_eq(catalog_constraint(item, "fits")->definition,
                     "CHECK (length(title::text) > 1 AND state = 'on'::item_state)");
    ck_assert_str_eq(catalog_column(item, "state")->default_sql, "('o'::text || 'n'::text)::item_state");
    struct query *query = scratch_query(connection, "SELECT count(*) AS n FROM pg_namespace WHERE nspname LIKE 'roster%'");
    ck_assert_int_eq(query_number(query, 0, "n"), 0);
    ck_assert_str_eq(support_words(context, there, support_there(context, connection)), "");
    talloc_free(context);
}
END_TEST

START_TEST(a_wrong_expression_is_named)
{
    const struct model *const before[CASE_MODELS] = { PLAIN };
    const struct model *const after[CASE_MODELS] = { ITEM(CHECK(.name = "fits", .expression = "a < nothing")) };
    void *context = talloc_new(NULL);
    struct connection *connection = support_make(context, before);
    struct catalog *there = support_there(context, connection);
    struct catalog *wanted = catalog_of_models(context, support_schema(context, after));
    struct error *error = catalog_normalise(context, connection, wanted, there);
    ck_assert_ptr_nonnull(error);
    ck_assert_int_eq(error->code, ERROR_USAGE);
    ck_assert_ptr_nonnull(strstr(error->message, "\"item\""));
    ck_assert_ptr_nonnull(strstr(error->message, "db/models.c"));
    ck_assert_ptr_nonnull(strstr(error->message, "nothing"));
    ck_assert_str_eq(error->sqlstate, "42703");
    ck_assert_str_eq(support_words(context, there, support_there(context, connection)), "");
    talloc_free(context);
}
END_TEST

/* More tables to ask about than a transaction has locks for at default settings. */
START_TEST(many_tables_are_asked_about_in_turns)
{
    enum { MANY = 120 };
    const struct model **declared = NEW_ARRAY(support_context, const struct model *, MANY + 1);
    const struct field fields[] = { TITLE, { .name = "a", INTEGER, .default_sql = "1+1" }, { 0 } };
    for (int i = 0; i < MANY; i++) {
        struct model *model = NEW(support_context, struct model);
        model->table = memory_printf(support_context, "many_%d", i);
        model->fields = fields;
        declared[i] = model;
    }
    struct schema *schema = NULL;
    struct connection *connection = support_make(support_context, every_type);
    ck_ok(schema_open(support_context, declared, overview_panels, &schema));
    support_run(connection, "DROP SCHEMA public CASCADE; CREATE SCHEMA public");
    support_run(connection, ddl_create_schema(support_context, schema));
    struct catalog *there = support_there(support_context, connection);
    struct catalog *wanted = catalog_of_models(support_context, schema);
    ck_assert_str_ne(support_words(support_context, there, wanted), "");
    ck_ok(catalog_normalise(support_context, connection, wanted, there));
    ck_assert_str_eq(support_words(support_context, there, wanted), "");
    talloc_free(connection);
}
END_TEST

static void refuse(const struct model *const *declared, const char *part)
{
    static const struct panel none[] = { { 0 } };
    void *context = talloc_new(NULL);
    const struct model *list[CASE_MODELS + 1] = { declared[0], declared[1], NULL };
    struct schema *schema = NULL;
    struct error *error = schema_open(context, list, none, &schema);
    ck_assert_ptr_nonnull(error);
    ck_assert_int_eq(error->code, ERROR_USAGE);
    ck_assert_msg(strstr(error->message, part) != NULL, "%s", error->message);
    talloc_free(context);
}

#define REFUSE(part, ...) refuse((const struct model *const[CASE_MODELS]){ __VA_ARGS__ }, part)

START_TEST(contradicting_names_are_refused)
{
    REFUSE("item.y: it was 'x'", FIELDS({ .name = "x", INTEGER }, { .name = "y", INTEGER, .was = "x" }));
    REFUSE("both were 'x'", FIELDS({ .name = "z", INTEGER, .was = "x" }, { .name = "y", INTEGER, .was = "x" }));
    REFUSE("choice 'b' was 'a'", X(CHOICES(V("a"), V("b", .was = "a"))));
    REFUSE("both were 'a'", X(CHOICES(V("c", .was = "a"), V("b", .was = "a"))));
    REFUSE("table 'item' was 'team'", GROUP("team"), ITEM(.was = "team"));
    REFUSE("both were 'thing'", ITEM(.was = "thing"),
           &(const struct model){ .table = "team", .was = "thing", .fields = (const struct field[]){ TITLE, { 0 } } });
    REFUSE("cannot be .deferrable", ITEM(CHECK(.name = "c", .expression = "true", .deferrable = true)));
    REFUSE("only a .deferrable one", ITEM(UNIQUE(.fields = LIST("a"), .initially_deferred = true)));
    REFUSE("a setting of references", X(INTEGER, .deferrable = true));
    REFUSE("names 'z'", ITEM(INDEX(.columns = LIST("a"), .include = LIST("z"))));
    REFUSE("longer than 63", ITEM(INDEX(.columns = LIST("a"), .name = "x23456789012345678901234567890123456789"
                                                                      "012345678901234567890123456789")));
}
END_TEST

/* What schema_check_stale says of the models after, where the models before are in the database; NULL: nothing. */
static const char *stale(void *context, const struct model *const *before, const struct model *const *after)
{
    struct connection *connection = support_make(context, before);
    struct error *error =
        schema_check_stale(context, support_schema(context, after), support_there(context, connection));
    ck_assert(!error || error->code == ERROR_USAGE);
    return error ? error->message : NULL;
}

#define STALE(words, before, ...)                                                                                    \
    do {                                                                                                             \
        const char *said = stale(context, (const struct model *const[CASE_MODELS]){ before },                        \
                                 (const struct model *const[CASE_MODELS]){ __VA_ARGS__ });                           \
        ck_assert_msg(said && strstr(said, words) && strncmp(said, "db/models.c", 11) == 0, "%s", said ? said : "-"); \
    } while (0)
#define FINE(before, ...)                                                                                            \
    do {                                                                                                             \
        const char *said = stale(context, (const struct model *const[CASE_MODELS]){ before },                        \
                                 (const struct model *const[CASE_MODELS]){ __VA_ARGS__ });                           \
        ck_assert_msg(!said, "%s", said);                                                                            \
    } while (0)

START_TEST(an_earlier_name_that_leads_nowhere_is_refused)
{
    void *context = talloc_new(NULL);
    STALE("item.y: it was 'z', but the database has neither 'z' nor 'y' in table 'item'", X(INTEGER),
          FIELDS({ .name = "y", INTEGER, .was = "z" }));
    STALE("item: it was 'thing', but", GROUP("team"), GROUP("team"), ITEM(.was = "thing"));
    STALE("choice 'c': it was 'd', but", X(CHOICES(V("a"))), X(CHOICES(V("a"), V("c", .was = "d"))));
    STALE("item.teams: it was 'group_item', but", PLAIN, GROUP("team"),
          LINKED(.name = "teams", .target = "team", .was = "group_item"));
    FINE(X(INTEGER), FIELDS({ .name = "y", INTEGER, .was = "x" }));                     /* to be done */
    FINE(FIELDS({ .name = "y", INTEGER }), FIELDS({ .name = "y", INTEGER, .was = "x" })); /* done long ago */
    FINE(GROUP("thing"), ITEM(.was = "thing"));
    FINE(X(CHOICES(V("a"))), X(CHOICES(V("c", .was = "a"))));
    FINE(FIELDS({ .name = "y", CHOICES(V("a")) }), X(CHOICES(V("c", .was = "a")), .was = "y"));
    const struct model *const renamed[CASE_MODELS] = { ITEM(.was = "thing") };
    const struct catalog empty = { 0 }; /* nothing to rename in it */
    ck_assert_ptr_null(schema_check_stale(context, support_schema(context, renamed), &empty));
    talloc_free(context);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("catalog");
    TCase *cases = tcase_create("catalog");
    tcase_add_unchecked_fixture(cases, support_open, support_close);
    tcase_set_timeout(cases, 120);
    tcase_add_test(cases, predictions_are_right);
    tcase_add_test(cases, predictions_are_right_for_the_projects_models);
    tcase_add_test(cases, reading_is_one_round_trip);
    tcase_add_test(cases, everything_is_read);
    tcase_add_test(cases, definitions_are_the_servers);
    tcase_add_test(cases, tables_that_come_and_go_are_read_whole_or_not_at_all);
    tcase_add_test(cases, asking_leaves_nothing_behind);
    tcase_add_test(cases, a_wrong_expression_is_named);
    tcase_add_test(cases, an_earlier_name_that_leads_nowhere_is_refused);
    tcase_add_test(cases, many_tables_are_asked_about_in_turns);
    tcase_add_test(cases, contradicting_names_are_refused);
    suite_add_tcase(suite, cases);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
