/* Random pairs of schemas, A to B to A to B, with rows: each time the catalog is the wanted one, and values
 * that both have a place for are kept. ROSTER_TEST_PAIRS says how many pairs, ROSTER_TEST_SEED where to
 * begin. */
#include "test_plan.h"

#include <stdint.h>

enum { PAIRS = 500, TABLES = 4, COLUMNS = 7, ENUMS = 2, VALUES = 5, REFERENCE = 5, SELF = 6 };

enum kind {
    INTEGER,
    BIGINT,
    TEXT,
    VARCHAR,
    LONG_VARCHAR,
    NUMERIC,
    LONG_NUMERIC,
    CONVERTIBLE,
    ENUM = CONVERTIBLE,
    UUID,
    MOMENT,
    KINDS
};

enum fill { NOTHING, CONSTANT, VOLATILE };

struct gen_column {
    bool present, required, unique, renamed;
    enum kind kind;
    enum fill fill;
    int index, comment, action;
};

struct gen_table {
    bool present, renamed, wide_key;
    int check, comment;
    struct gen_column columns[COLUMNS];
};

struct gen_schema {
    struct gen_table tables[TABLES];
    int values[ENUMS][VALUES]; /* their order; -1: not there */
};

static uint64_t state;

static int pick(int count)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return (int)((state >> 11) % (unsigned)count);
}

static bool once_in(int count)
{
    return pick(count) == 0;
}

static void make_column(struct gen_column *column, int position)
{
    *column = (struct gen_column){
        .present = !once_in(4), .index = pick(5), .comment = pick(4), .action = pick(4)
    };
    if (position >= REFERENCE)
        return;
    column->kind = (enum kind)(position < 3 ? pick(CONVERTIBLE) : (int)ENUM + pick((int)KINDS - (int)ENUM));
    column->fill = (enum fill)pick(3);
    column->unique = once_in(5) && (column->kind < CONVERTIBLE || column->kind == UUID);
    column->required = column->fill != NOTHING && once_in(2);
}

static void make_values(int *values)
{
    for (int i = 0; i < VALUES; i++)
        values[i] = i == 0 || !once_in(4) ? i : -1;
    for (int i = VALUES - 1; i > 0 && once_in(4); i--) {
        const int other = pick(i + 1), value = values[i];
        values[i] = values[other];
        values[other] = value;
    }
}

static void make_schema(struct gen_schema *schema)
{
    *schema = (struct gen_schema){ 0 };
    for (int i = 0; i < TABLES; i++) {
        struct gen_table *table = &schema->tables[i];
        table->present = !once_in(4);
        table->wide_key = once_in(2);
        table->check = pick(4);
        table->comment = pick(3);
        for (int j = 0; j < COLUMNS; j++)
            make_column(&table->columns[j], j);
    }
    for (int i = 0; i < ENUMS; i++)
        make_values(schema->values[i]);
}

/* B is A with some columns and tables of another making. */
static void change_schema(const struct gen_schema *a, struct gen_schema *b)
{
    make_schema(b);
    for (int i = 0; i < TABLES; i++) {
        struct gen_table *table = &b->tables[i];
        const struct gen_table *old = &a->tables[i];
        if (!once_in(6))
            table->present = old->present;
        table->renamed = old->present && table->present && once_in(8);
        for (int j = 0; j < COLUMNS; j++) {
            if (!once_in(3))
                table->columns[j] = old->columns[j];
            table->columns[j].renamed = old->columns[j].present && table->columns[j].present && once_in(8);
        }
    }
    for (int i = 0; i < ENUMS; i++)
        if (once_in(2))
            memcpy(b->values[i], a->values[i], sizeof b->values[i]);
}

/* What no migration could bring about with these rows: text that becomes a moment, and values that are to be
 * unique and the same. */
static void reconcile(struct gen_schema *a, struct gen_schema *b)
{
    for (int i = 0; i < TABLES; i++)
        for (int j = 0; j < COLUMNS; j++) {
            struct gen_column *left = &a->tables[i].columns[j], *right = &b->tables[i].columns[j];
            if (j >= 3 && j < REFERENCE)
                right->kind = left->kind;
            right->unique = right->unique && (right->kind < CONVERTIBLE || right->kind == UUID);
            if (!left->unique && !right->unique)
                continue;
            left->required = right->required = left->kind == UUID;
            left->fill = right->fill = left->kind == UUID ? VOLATILE : NOTHING;
        }
}

static const char *table_name(const struct gen_schema *schema, int i)
{
    return memory_printf(context, "%s%d", schema->tables[i].renamed ? "renamed" : "t", i);
}

static const char *column_name(const struct gen_schema *schema, int i, int j)
{
    return memory_printf(context, "%s%d", schema->tables[i].columns[j].renamed ? "renamed" : "c", j);
}

/* References are between fixed tables, and only where both are. */
static bool has_column(const struct gen_schema *schema, int i, int j)
{
    return schema->tables[i].present && schema->tables[i].columns[j].present &&
           (j != REFERENCE || schema->tables[(i + 1) % TABLES].present);
}

static int target_of(int i, int j)
{
    return j == SELF ? i : (i + 1) % TABLES;
}

static const char *key_type(const struct gen_schema *schema, int i)
{
    return schema->tables[i].wide_key ? "bigint" : "integer";
}

static const char *type_name(const struct gen_schema *schema, int i, int j)
{
    static const char *const names[] = { "integer",     "bigint",       "text",          "varchar(20)",
                                         "varchar(40)", "numeric(8,2)", "numeric(10,2)", NULL,
                                         "uuid",        "timestamptz" };
    const struct gen_column *column = &schema->tables[i].columns[j];
    if (j >= REFERENCE)
        return key_type(schema, target_of(i, j));
    return column->kind == ENUM ? memory_printf(context, "e%d", j % ENUMS) : names[column->kind];
}

static const char *default_of(const struct gen_column *column)
{
    static const char *const constants[] = {
        "7", "7", "'7'", "'7'", "'7'", "7", "7", "'v0'", "'00000000-0000-0000-0000-000000000000'", "now()"
    };
    static const char *const volatiles[] = { "(random() * 1000)::integer",
                                             "(random() * 1000)::bigint",
                                             "(random() * 1000)::integer::text",
                                             "(random() * 1000)::integer::text",
                                             "(random() * 1000)::integer::text",
                                             "random()",
                                             "random()",
                                             "'v0'",
                                             "gen_random_uuid()",
                                             "clock_timestamp()" };
    return column->fill == CONSTANT ? constants[column->kind] : volatiles[column->kind];
}

static void add_column(struct text *text, const struct gen_schema *schema, int i, int j)
{
    const struct gen_column *column = &schema->tables[i].columns[j];
    text_addf(text, ", %s %s", column_name(schema, i, j), type_name(schema, i, j));
    if (column->fill != NOTHING)
        text_addf(text, " DEFAULT %s", default_of(column));
    text_add(text, column->required ? " NOT NULL" : "");
    if (column->unique)
        text_addf(text, ", CONSTRAINT t%d_c%d_key UNIQUE (%s)", i, j, column_name(schema, i, j));
}

static void add_table(struct text *text, const struct gen_schema *schema, int i)
{
    static const char *const checks[] = { NULL, "length(%s::text) > 0", "length((%s)::text) < 99",
                                          "%s::text <> 'none'" };
    const struct gen_table *table = &schema->tables[i];
    const char *name = table_name(schema, i);
    text_addf(
        text,
        "CREATE TABLE %s (id %s GENERATED BY DEFAULT AS IDENTITY NOT NULL, CONSTRAINT t%d_pkey PRIMARY KEY"
        " (id)",
        name, key_type(schema, i), i);
    for (int j = 0; j < COLUMNS; j++)
        if (has_column(schema, i, j))
            add_column(text, schema, i, j);
    if (table->check && has_column(schema, i, 0)) {
        const char *column = column_name(schema, i, 0), *mark = strchr(checks[table->check], '%');
        text_addf(text, ", CONSTRAINT t%d_check CHECK (%.*s%s%s)", i, (int)(mark - checks[table->check]),
                  checks[table->check], column, mark + 2);
    }
    text_add(text, ");\n");
    if (table->comment)
        text_addf(text, "COMMENT ON TABLE %s IS 'comment %d';\n", name, table->comment);
}

static void add_parts(struct text *text, const struct gen_schema *schema, int i, int j)
{
    static const char *const shapes[] = { NULL, NULL, "(%s)", "(%s DESC, id)", "(id) INCLUDE (%s)" };
    static const char *const actions[] = { "", " ON DELETE CASCADE", " ON DELETE SET NULL", " DEFERRABLE" };
    const struct gen_column *column = &schema->tables[i].columns[j];
    const char *table = table_name(schema, i), *name = column_name(schema, i, j),
               *shape = shapes[column->index];
    if (shape) {
        const char *mark = strchr(shape, '%');
        text_addf(text, "CREATE INDEX t%d_c%d_idx ON %s %.*s%s%s%s;\n", i, j, table, (int)(mark - shape),
                  shape, name, mark + 2, j == 1 ? memory_printf(context, " WHERE %s IS NOT NULL", name) : "");
    }
    if (column->comment > 1)
        text_addf(text, "COMMENT ON COLUMN %s.%s IS 'comment %d';\n", table, name, column->comment);
    if (j >= REFERENCE)
        text_addf(text, "ALTER TABLE %s ADD CONSTRAINT t%d_c%d_fkey FOREIGN KEY (%s) REFERENCES %s (id)%s;\n",
                  table, i, j, name, table_name(schema, target_of(i, j)), actions[column->action]);
}

static const char *schema_sql(const struct gen_schema *schema)
{
    struct text *text = text_new(context);
    for (int i = 0; i < ENUMS; i++) {
        text_addf(text, "CREATE TYPE e%d AS ENUM (", i);
        const char *separator = "";
        for (int k = 0; k < VALUES; k++)
            if (schema->values[i][k] >= 0) {
                text_addf(text, "%s'v%d'", separator, schema->values[i][k]);
                separator = ", ";
            }
        text_add(text, ");\n");
    }
    for (int i = 0; i < TABLES; i++)
        if (schema->tables[i].present)
            add_table(text, schema, i);
    for (int i = 0; i < TABLES; i++)
        for (int j = 0; j < COLUMNS; j++)
            if (has_column(schema, i, j))
                add_parts(text, schema, i, j);
    return text->data;
}

static const char *value_of(const struct gen_column *column, int j)
{
    if (j >= REFERENCE)
        return "CASE WHEN n % 3 > 0 THEN n END";
    const char *value = column->kind == ENUM     ? memory_printf(context, "'v0'::e%d", j % ENUMS)
                        : column->kind == UUID   ? "gen_random_uuid()"
                        : column->kind == MOMENT ? "now()"
                                                 : "n";
    return column->required ? value : memory_printf(context, "CASE WHEN n %% 4 > 0 THEN %s END", value);
}

/* Keeps a copy of what was there, in its own schema. */
static void add_rows(const struct gen_schema *schema)
{
    struct text *text = text_new(context);
    text_add(text, "CREATE SCHEMA saved; SET session_replication_role = replica;");
    for (int i = 0; i < TABLES; i++) {
        if (!schema->tables[i].present)
            continue;
        struct text *names = text_new(context), *values = text_new(context), *copies = text_new(context);
        for (int j = 0; j < COLUMNS; j++)
            if (has_column(schema, i, j)) {
                text_addf(names, ", c%d", j);
                text_addf(values, ", %s", value_of(&schema->tables[i].columns[j], j));
                text_addf(copies, ", c%d::text AS c%d", j, j); /* which needs none of the types */
            }
        text_addf(text, "INSERT INTO t%d (id%s) SELECT n%s FROM generate_series(1, 12) AS n;", i, names->data,
                  values->data);
        text_addf(text, "CREATE TABLE saved.t%d AS SELECT id%s FROM t%d;", i, copies->data, i);
    }
    text_add(text, "SET session_replication_role = origin");
    ck_ok(connection_execute(here, text->data));
}

/* Of the columns that A and B both have; numbers are compared as such, whatever holds them. */
static void assert_kept(const struct gen_schema *a, const struct gen_schema *b, const struct gen_schema *now,
                        const char *story)
{
    for (int i = 0; i < TABLES; i++)
        for (int j = 0; j < COLUMNS; j++) {
            if (!has_column(a, i, j) || !has_column(b, i, j))
                continue;
            const char *as = j < 3 ? "numeric" : "text";
            const char *sql = memory_printf(context,
                                            "SELECT count(*) = 0 FROM saved.t%d s LEFT JOIN %s p ON "
                                            "p.id::text = s.id::text WHERE s.c%d IS NOT"
                                            " NULL AND s.c%d::text::%s IS DISTINCT FROM p.%s::text::%s",
                                            i, table_name(now, i), j, j, as, column_name(now, i, j), as);
            ck_assert_msg(strcmp(plan_one(here, sql), "t") == 0, "%s: lost: %s", story, sql);
        }
}

static void declare(const struct gen_schema *schema, struct catalog *catalog)
{
    for (int i = 0; i < TABLES; i++) {
        struct catalog_table *table = (struct catalog_table *)catalog_table(catalog, table_name(schema, i));
        const char **was = NEW_ARRAY(context, const char *, 2);
        was[0] = memory_printf(context, "t%d", i);
        if (schema->tables[i].present && schema->tables[i].renamed)
            table->was = was;
        for (int j = 0; j < COLUMNS; j++) {
            if (!has_column(schema, i, j) || !schema->tables[i].columns[j].renamed)
                continue;
            const char **earlier = NEW_ARRAY(context, const char *, 2);
            earlier[0] = memory_printf(context, "c%d", j);
            ((struct catalog_column *)catalog_column(table, column_name(schema, i, j)))->was = earlier;
        }
    }
}

struct pair {
    struct gen_schema a, b;
    struct catalog *from, *to;
    struct schema_plan *up, *down;
    struct revision *revision;
    const char *story;
};

static void go(const struct pair *pair, bool upwards, bool watched)
{
    const struct schema_plan *plan = upwards ? pair->up : pair->down;
    struct error *error =
        plan_run(here, upwards ? &pair->revision->up : &pair->revision->down, watched ? plan : NULL);
    ck_assert_msg(error == NULL, "%s, %s: %.900s\n%.2400s", pair->story, upwards ? "up" : "down",
                  error ? error->message : "", plan_text(context, plan));
    plan_assert_equal(plan_catalog(here), upwards ? pair->to : pair->from, pair->story);
    assert_kept(&pair->a, &pair->b, upwards ? &pair->b : &pair->a, pair->story);
}

START_TEST(pairs_go_there_and_back_and_there)
{
    const char *seed = getenv("ROSTER_TEST_SEED");
    const unsigned long long number = (unsigned long long)_i + (seed ? strtoull(seed, NULL, 10) : 0);
    struct pair *pair = NEW(context, struct pair);
    state = 0x9e3779b97f4a7c15u * (number + 1);
    make_schema(&pair->a);
    change_schema(&pair->a, &pair->b);
    reconcile(&pair->a, &pair->b);
    pair->story = memory_printf(context, "ROSTER_TEST_SEED=%llu", number);
    ck_ok(connection_execute(here, schema_sql(&pair->a)));
    ck_ok(connection_execute(there, schema_sql(&pair->b)));
    add_rows(&pair->a);
    pair->from = plan_catalog(here);
    pair->to = plan_catalog(there);
    declare(&pair->b, pair->to);
    ck_ok(plan_make(context, difference_between(context, pair->from, pair->to), here, &pair->up));
    ck_ok(plan_make(context, difference_between(context, pair->to, pair->from), NULL, &pair->down));
    ck_assert_msg(!pair->up->needs[0], "%s: %s", pair->story, pair->up->needs[0]);
    pair->revision = plan_revision(pair->up, pair->down);
    const bool dumped = number % 10 == 0, watched = number % 4 == 0; /* which take as long as all the rest */
    const char *before = dumped ? plan_dump(here_settings, true) : "";
    go(pair, true, watched);
    go(pair, false, watched);
    if (dumped)
        ck_assert_str_eq(plan_dump(here_settings, true), before);
    go(pair, true, false);
}
END_TEST

/* Those from first on, in databases of their own. */
static int run_pairs(int first, int end)
{
    void *main_context = talloc_new(NULL);
    here_settings = scratch_create(main_context);
    there_settings = scratch_create(main_context);
    TCase *tests = tcase_create("plan_pairs");
    tcase_add_checked_fixture(tests, plan_setup, plan_teardown);
    tcase_set_timeout(tests, 120);
    tcase_add_loop_test(tests, pairs_go_there_and_back_and_there, first, end);
    Suite *suite = suite_create("plan_pairs");
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    scratch_drop(here_settings);
    scratch_drop(there_settings);
    talloc_free(main_context);
    return failed > 0;
}

/* Half of them each in two processes, since one waits for its server most of the time. */
int main(void)
{
    const char *number = getenv("ROSTER_TEST_PAIRS");
    const int pairs = number ? atoi(number) : PAIRS, half = pairs / 2;
    int status = 0;
    scratch_as_superuser();
    const pid_t child = half > 0 ? fork() : -1;
    if (child == 0)
        exit(run_pairs(0, half));
    const int failed = run_pairs(half, pairs);
    const bool ended = child < 0 || waitpid(child, &status, 0) == child;
    return failed || !ended || status != 0;
}
