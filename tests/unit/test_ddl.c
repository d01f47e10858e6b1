/* Names of constraints lead back to their fields, and the SQL says what the models say. */
#include "../../db/ddl.h"
#include "../../db/schema.h"
#include "unit.h"

#define LONG_NAME "a_table_whose_name_is_as_long_as_it_can_be_and_then_some_more"

static const struct panel no_panels[] = { { 0 } };
static const struct model declared = {
    .table = LONG_NAME,
    .fields = (const struct field[]){
        { .name = "a_field_with_a_long_name_too", .type = FIELD_TEXT, .unique = true },
        { .name = "a_field_with_a_long_name_two", .type = FIELD_TEXT, .unique = true },
        { .name = "kind", .type = FIELD_CHOICE, .required = true, .default_sql = "'it''s'",
          .choices = (const struct choice[]){ { .value = "it's" }, { .value = "b" }, { 0 } } },
        { .name = "amount", .type = FIELD_DECIMAL, .precision = 8, .scale = 3, .minimum = "0" },
        { .name = "next_id", .type = FIELD_REFERENCE, .references = LONG_NAME, .acyclic = true,
          .on_delete = ON_DELETE_SET_NULL },
        { 0 },
    },
};
#define LONG_KEY "a_text_of_ones_own_for_a_foreign_key"

/* As roster inspect writes a database that gave its keys names of its own. */
static const struct model named = {
    .table = "named",
    .key_name = "pk_named",
    .fields = (const struct field[]){
        { .name = "code", .type = FIELD_TEXT, .max_length = 9 },
        { .name = "next_id", .type = FIELD_REFERENCE, .references = LONG_NAME, .key_name = LONG_KEY,
          .on_delete = ON_DELETE_SET_NULL },
        { 0 },
    },
};
static const struct model *const all[] = { &declared, &named, NULL };

static const struct model *open_model(struct schema **schema)
{
    ck_assert_done(schema_open(context, all, no_panels, schema));
    return schema_by_table(*schema, LONG_NAME);
}

START_TEST(every_name_fits_and_is_its_own)
{
    struct schema *schema = NULL;
    const struct model *model = open_model(&schema);
    const char *one = ddl_name(context, model_field(model, "a_field_with_a_long_name_too"), DDL_KEY);
    const char *other = ddl_name(context, model_field(model, "a_field_with_a_long_name_two"), DDL_KEY);
    ck_assert_uint_le(strlen(one), 63);
    ck_assert_str_ne(one, other);
}
END_TEST

START_TEST(a_name_leads_back_to_its_field)
{
    struct schema *schema = NULL;
    const struct model *model = open_model(&schema);
    const struct field *field = model_field(model, "a_field_with_a_long_name_two");
    enum ddl_part part = DDL_FKEY;
    ck_assert_ptr_eq(ddl_field_of(model, ddl_name(context, field, DDL_KEY), &part), field);
    ck_assert_int_eq(part, DDL_KEY);
    ck_assert_ptr_null(ddl_field_of(model, "nothing_of_ours", &part));
    part = DDL_FKEY;
    ck_assert_ptr_eq(ddl_field_of(model, ddl_cut_name(context, LONG_NAME "_pkey"), &part), model->primary_key);
    ck_assert_int_eq(part, DDL_KEY);
    const struct model *own = schema_by_table(schema, "named");
    part = DDL_FKEY;
    ck_assert_ptr_eq(ddl_field_of(own, "pk_named", &part), own->primary_key);
    ck_assert_int_eq(part, DDL_KEY);
    ck_assert_ptr_eq(ddl_field_of(own, LONG_KEY, &part), model_field(own, "next_id"));
    ck_assert_int_eq(part, DDL_FKEY);
    ck_assert_ptr_null(ddl_field_of(own, "named_pkey", &part));
    ck_assert_ptr_null(ddl_field_of(own, "named_next_id_fkey", &part));
}
END_TEST

START_TEST(literals_and_names_are_quoted)
{
    struct schema *schema = NULL;
    open_model(&schema);
    const char *sql = ddl_create_schema(context, schema);
    ck_assert_ptr_nonnull(strstr(sql, "AS ENUM ('it''s', 'b')"));
    ck_assert_ptr_nonnull(strstr(sql, "\"amount\" numeric(8,3)"));
    ck_assert_ptr_nonnull(strstr(sql, "CHECK (\"amount\" >= 0)"));
    ck_assert_ptr_nonnull(strstr(sql, "CHECK (\"next_id\" <> \"id\")"));
    ck_assert_ptr_nonnull(strstr(sql, "ON DELETE SET NULL;"));
    ck_assert_ptr_null(strstr(sql, "pg_trgm")); /* nothing is searched */
}
END_TEST

static const struct model shelf = {
    .table = "shelf",
    .sort = "-label",
    .fields = (const struct field[]){
        { .name = "label", .type = FIELD_TEXT, .indexed = true, .ignore_case = true },
        { .name = "room_id", .type = FIELD_REFERENCE, .references = "shelf" },
        { .name = "wall_id", .type = FIELD_REFERENCE, .references = "shelf" },
        { 0 },
    },
    .constraints = (const struct constraint[]){
        { .kind = CONSTRAINT_UNIQUE, .fields = (const char *const[]){ "wall_id", "label", NULL } },
        { 0 },
    },
};
static const struct model *const shelves[] = { &shelf, NULL };

START_TEST(the_index_of_a_reference_has_the_order_of_its_list)
{
    struct schema *schema = NULL;
    ck_assert_done(schema_open(context, shelves, no_panels, &schema));
    const char *sql = ddl_create_schema(context, schema);
    ck_assert_ptr_nonnull(strstr(sql, "\"shelf_room_id_idx\" ON \"shelf\" (\"room_id\", lower(\"label\"), \"id\")"));
    /* the unique constraint has that order already */
    ck_assert_ptr_nonnull(strstr(sql, "\"shelf_wall_id_idx\" ON \"shelf\" (\"wall_id\", \"id\")"));
}
END_TEST

START_TEST(what_is_made_is_dropped)
{
    struct schema *schema = NULL;
    const struct model *model = open_model(&schema);
    const char *type = field_sql_type(context, model_field(model, "kind"));
    const char *sql = ddl_drop_schema(context, schema);
    for (size_t i = 0; i < schema->count; i++)
        ck_assert_ptr_nonnull(strstr(sql, schema->models[i]->table));
    ck_assert_uint_le(strlen(type), 65); /* with its quotes: longer ones PostgreSQL would cut */
    ck_assert_ptr_nonnull(strstr(sql, memory_printf(context, "DROP TYPE %s", type)));
}
END_TEST

UNIT_MAIN("ddl", { every_name_fits_and_is_its_own, 0 }, { a_name_leads_back_to_its_field, 0 },
          { literals_and_names_are_quoted, 0 }, { what_is_made_is_dropped, 0 },
          { the_index_of_a_reference_has_the_order_of_its_list, 0 })
