/* A schema of a thousand tables, made in one revision and taken away again. */
#include "engine.h"

#include "../../db/model.h"
#include "../../db/plan_models.h"
#include "../../db/revision_write.h"

enum { TABLES = 1000, FIELDS = 4, KEYS = 4 };

static struct engine engine;

static void setup(void)
{
    engine_open(&engine);
}

static void teardown(void)
{
    engine_close(&engine);
}

static const struct model *make_model(const char *name, const char *other)
{
    struct field *fields = NEW_ARRAY(engine.context, struct field, FIELDS + KEYS + 1);
    struct model *model = NEW(engine.context, struct model);
    fields[0] = (struct field){ .name = "title", .type = FIELD_TEXT, .max_length = 50, .unique = true };
    fields[1] = (struct field){ .name = "size", .type = FIELD_INTEGER, .minimum = "0", .indexed = true };
    fields[2] = (struct field){ .name = "note", .type = FIELD_LONG_TEXT, .max_length = 1000 };
    fields[3] = (struct field){ .name = "other_id", .type = FIELD_REFERENCE, .references = other };
    for (int i = 0; i < KEYS; i++) /* with an index each, which is locked as well */
        fields[FIELDS + i] = (struct field){ .name = memory_printf(engine.context, "key_%d", i),
                                             .type = FIELD_INTEGER,
                                             .unique = true };
    fields[FIELDS + KEYS] = (struct field){ 0 };
    *model = (struct model){ .table = name, .fields = fields };
    return model;
}

/* Each references the one before it, and the first itself. */
static struct schema *make_schema(void)
{
    static const struct panel none[] = { { 0 } };
    const struct model **list = NEW_ARRAY(engine.context, const struct model *, TABLES + 1);
    struct schema *schema;
    for (int i = 0; i < TABLES; i++)
        list[i] = make_model(memory_printf(engine.context, "table_%04d", i),
                             memory_printf(engine.context, "table_%04d", i > 0 ? i - 1 : 0));
    list[TABLES] = NULL;
    ck_ok(schema_open(engine.context, list, none, &schema));
    return schema;
}

static void write_revision(const struct plan_pair *pair)
{
    const char *path;
    struct revisions *revisions;
    struct revision *none = NULL;
    engine_write(&engine, "template.sql",
                 "-- revision: {{revision}}\n-- parents: {{parents}}\n-- message: {{message}}\n"
                 "-- created: {{created}}\n{{losses}}\n-- +up\n{{up}}\n-- +down\n{{down}}\n");
    ck_ok(revisions_open(engine.context, engine.folder, &revisions));
    const struct revision_draft draft = { .message = "m",
                                          .parents = &none,
                                          .up = plan_text(engine.context, pair->up),
                                          .down = plan_text(engine.context, pair->down),
                                          .losses = plan_header(engine.context, pair->up) };
    ck_ok(revision_write(engine.context, revisions, &draft, &path));
}

static const char *tables(void)
{
    return engine_one(
        &engine, "SELECT count(*) FROM pg_tables WHERE schemaname = 'public' AND tablename LIKE 'table%'");
}

/* Each takes several places in a table of locks that all sessions share. */
static int tables_of(const struct plan_step *step)
{
    int count = 0;
    for (size_t i = 0; i < step->count; i++)
        count += strncmp(step->statements[i]->sql, "CREATE TABLE", 12) == 0;
    return count;
}

START_TEST(a_thousand_tables_there_and_back)
{
    struct plan_pair pair;
    struct revisions *revisions;
    struct schema *schema = make_schema();
    ck_ok(revisions_open(engine.context, engine.folder, &revisions));
    ck_ok(plan_models_online(engine.context, engine.settings, schema, revisions, &pair));
    for (size_t i = 0; i < pair.up->count; i++)
        ck_assert_int_le(tables_of(&pair.up->steps[i]), TABLES / 5);
    write_revision(&pair);
    ck_ok(engine_up(&engine, "head"));
    ck_assert_str_eq(tables(), "1000");
    ck_ok(revisions_open(engine.context, engine.folder, &revisions));
    ck_ok(plan_models_online(engine.context, engine.settings, schema, revisions, &pair));
    ck_assert_uint_eq(pair.difference->count, 0);
    ck_ok(engine_down(&engine, "base"));
    ck_assert_str_eq(tables(), "0");
}
END_TEST

int main(void)
{
    TCase *tests = tcase_create("plan_many");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_set_timeout(tests, 300);
    tcase_add_test(tests, a_thousand_tables_there_and_back);
    Suite *suite = suite_create("plan_many");
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed > 0;
}
