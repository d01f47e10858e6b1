/* A models file that contradicts itself is refused with the model, the field and what to do; a good one is completed. */
#include "../../db/schema.h"
#include "unit.h"

#define FIELDS(...) .fields = (const struct field[]) { __VA_ARGS__, { 0 } }
#define TITLE { .name = "title", .type = FIELD_TEXT }

static const struct panel no_panels[] = { { 0 } };
static const struct choice none[] = { { 0 } };
static const struct choice twice[] = { { .value = "a" }, { .value = "a" }, { 0 } };

static const struct model shelf = { .table = "shelf", FIELDS(TITLE) };

struct refusal {
    struct model model;
    const char *words;
};

static const struct refusal refusals[] = {
    { { .table = "Book", FIELDS(TITLE) }, "'Book'" },
    { { .table = "book", FIELDS(TITLE, TITLE) }, "'title' is declared twice" },
    { { .table = "book", FIELDS({ .name = "xmin", .type = FIELD_TEXT }) }, "'xmin'" },
    { { .table = "book", FIELDS({ .name = "2nd", .type = FIELD_TEXT }) }, "'2nd'" },
    { { .table = "book", FIELDS({ .name = "title" }) }, "'book.title' has no type" },
    { { .table = "book", FIELDS({ .name = "state", .type = FIELD_CHOICE }) }, "without choices" },
    { { .table = "book", FIELDS({ .name = "state", .type = FIELD_CHOICE, .choices = none }) }, "without choices" },
    { { .table = "book", FIELDS({ .name = "state", .type = FIELD_CHOICE, .choices = twice }) }, "listed twice" },
    { { .table = "book", FIELDS({ .name = "title", .type = FIELD_TEXT, .choices = twice }) }, "no FIELD_CHOICE" },
    { { .table = "book", FIELDS({ .name = "price", .type = FIELD_DECIMAL }) }, ".precision" },
    { { .table = "book", FIELDS({ .name = "n", .type = FIELD_INTEGER, .minimum = "x" }) }, "no number" },
    { { .table = "book", FIELDS({ .name = "n", .type = FIELD_INTEGER, .minimum = "2", .maximum = "1" }) }, "above" },
    { { .table = "book", FIELDS({ .name = "n", .type = FIELD_TEXT, .maximum = "1" }) }, "for numbers" },
    { { .table = "book", FIELDS({ .name = "n", .type = FIELD_TEXT, .pattern = "(" }) }, "regular expression" },
    { { .table = "book", FIELDS({ .name = "n", .type = FIELD_TEXT, .min_length = 3, .max_length = 2 }) }, ".min_length" },
    { { .table = "book", FIELDS({ .name = "shelf_id", .type = FIELD_REFERENCE }) }, "what it .references" },
    { { .table = "book", FIELDS({ .name = "shelf_id", .type = FIELD_REFERENCE, .references = "shlf" }) }, "'shlf'" },
    { { .table = "book", FIELDS({ .name = "shelf_id", .type = FIELD_REFERENCE, .references = "shelf", .required = true,
                                  .on_delete = ON_DELETE_SET_NULL }) }, "cannot set it to NULL" },
    { { .table = "book", FIELDS({ .name = "shelf_id", .type = FIELD_REFERENCE, .references = "shelf", .acyclic = true }) },
      "only a self-reference" },
    { { .table = "book", FIELDS({ .name = "next_id", .type = FIELD_REFERENCE, .references = "book", .same = "shelf_id" }) },
      ".same 'shelf_id'" },
    { { .table = "book", FIELDS({ .name = "title", .type = FIELD_TEXT, .references = "shelf" }) }, "no FIELD_REFERENCE" },
    { { .table = "book", FIELDS({ .name = "n", .type = FIELD_INTEGER, .searched = true }) }, ".searched" },
    { { .table = "book", FIELDS({ .name = "n", .type = FIELD_INTEGER, .ignore_case = true }) }, ".ignore_case" },
    { { .table = "book", FIELDS({ .name = "n", .type = FIELD_IDENTITY }) }, "primary key" },
    { { .table = "book", FIELDS({ .name = "id", .type = FIELD_DATE }) }, "its id must be" },
    { { .table = "book", FIELDS({ .name = "data", .type = FIELD_FILE }) }, ".file" },
    { { .table = "book", .title = "nme", FIELDS(TITLE) }, ".title 'nme'" },
    { { .table = "book", .title = "word", FIELDS({ .name = "word", .type = FIELD_PASSWORD }) }, "never shown" },
    { { .table = "book", .sort = "title", FIELDS(TITLE) }, ".sort 'title'" },
    { { .table = "book", .managed = "title", FIELDS(TITLE) }, ".managed 'title'" },
    { { .table = "book", .path = "admin", FIELDS(TITLE) }, "'/admin/'" },
    { { .table = "book", .path = "shelfs", FIELDS(TITLE) }, "same address" },
    { { .table = "session", FIELDS(TITLE) }, "'session'" },
    { { .table = "user", FIELDS(TITLE) }, "needs a field 'email'" },
    { { .table = "book", FIELDS(TITLE), .links = (const struct link[]){ { .name = "tags", .target = "tag" }, { 0 } } },
      "'tag'" },
    { { .table = "book", FIELDS(TITLE), .links = (const struct link[]){ { .name = "title", .target = "shelf" }, { 0 } } },
      "'title' is the name of a field and of a link" },
    { { .table = "book", FIELDS(TITLE), .links = (const struct link[]){ { .name = "seen", .target = "book" }, { 0 } } },
      ".own_column" },
    { { .table = "book", FIELDS(TITLE),
        .links = (const struct link[]){ { .name = "on", .target = "shelf", .table = "shelf" }, { 0 } } },
      "the name of a model" },
    { { .table = "book", FIELDS(TITLE),
        .constraints = (const struct constraint[]){ { .kind = CONSTRAINT_UNIQUE,
                                                      .fields = (const char *const[]){ "titel", NULL } }, { 0 } } },
      "'titel'" },
    { { .table = "book", FIELDS(TITLE),
        .constraints = (const struct constraint[]){ { .kind = CONSTRAINT_CHECK, .name = "x" }, { 0 } } },
      ".expression" },
};

START_TEST(a_contradiction_is_refused)
{
    const struct model *const declared[] = { &shelf, &refusals[_i].model, NULL };
    struct schema *schema = NULL;
    ck_assert_refused(schema_open(context, declared, no_panels, &schema), ERROR_USAGE, refusals[_i].words);
}
END_TEST

static const struct model declared_book = {
    .table = "book",
    FIELDS({ .name = "title", .type = FIELD_TEXT, .required = true, .max_length = 80 },
           { .name = "shelf_id", .type = FIELD_REFERENCE, .references = "shelf" },
           { .name = "is_lent", .type = FIELD_BOOLEAN }, { .name = "lent_on", .type = FIELD_DATE },
           { .name = "pin", .type = FIELD_TEXT, .secret = true }, { .name = "notes", .type = FIELD_LONG_TEXT }),
    .links = (const struct link[]){ { .name = "also_on", .target = "shelf" }, { 0 } },
};

static struct schema *open_library(void)
{
    static const struct model *const declared[] = { &shelf, &declared_book, NULL };
    struct schema *schema = NULL;
    ck_assert_done(schema_open(context, declared, no_panels, &schema));
    return schema;
}

START_TEST(labels_and_addresses_are_made_from_names)
{
    const struct model *book = schema_by_table(open_library(), "book");
    ck_assert_str_eq(book->label, "book");
    ck_assert_str_eq(book->plural, "books");
    ck_assert_str_eq(book->path, "books");
    ck_assert_str_eq(model_field(book, "shelf_id")->label, "Shelf");
    ck_assert_str_eq(model_field(book, "lent_on")->label, "Lent on");
    ck_assert_str_eq(book->links[0].table, "book_shelf");
    ck_assert_str_eq(book->links[0].own_column, "book_id");
    ck_assert_str_eq(book->title_field->name, "title");
}
END_TEST

START_TEST(every_model_has_key_and_times)
{
    const struct model *book = schema_by_table(open_library(), "book");
    ck_assert_int_eq(book->primary_key->type, FIELD_IDENTITY);
    ck_assert_ptr_nonnull(model_field(book, "created_at"));
    ck_assert_ptr_nonnull(model_field(book, "updated_at"));
}
END_TEST

START_TEST(faces_have_sensible_defaults)
{
    const struct model *book = schema_by_table(open_library(), "book");
    ck_assert(field_on(model_field(book, "title"), ON_LIST));
    ck_assert(!field_on(model_field(book, "notes"), ON_LIST));
    ck_assert(field_on(model_field(book, "notes"), ON_CREATE));
    ck_assert(!field_on(model_field(book, "pin"), EVERYWHERE));
    ck_assert(!field_on(model_field(book, "created_at"), ON_FORMS));
    const struct field *password = model_field(schema_by_table(open_library(), "user"), "hashed_password");
    ck_assert(field_on(password, ON_FORMS)); /* typed there, and shown nowhere */
    ck_assert(!field_on(password, SHOWN));
}
END_TEST

START_TEST(relations_are_known_from_both_sides)
{
    const struct schema *schema = open_library();
    const struct model *book = schema_by_table(schema, "book"), *own = schema_by_table(schema, "shelf");
    ck_assert_ptr_eq(model_field(book, "shelf_id")->target, own);
    ck_assert_uint_eq(own->inverse_count, 2);
    ck_assert_ptr_eq(own->inverses[0].field, model_field(book, "shelf_id"));
    ck_assert_ptr_eq(own->inverses[1].link, &book->links[0]);
    ck_assert_str_eq(own->inverses[0].label, "Books");
}
END_TEST

START_TEST(an_account_model_is_there_without_being_declared)
{
    const struct schema *schema = open_library();
    ck_assert_ptr_nonnull(schema_by_table(schema, "user"));
    ck_assert_ptr_nonnull(schema_by_path(schema, "users"));
    ck_assert_ptr_nonnull(schema_by_table(schema, "session"));
    ck_assert_ptr_null(schema_by_path(schema, "sessions"));
}
END_TEST

START_TEST(the_projects_own_models_open)
{
    struct schema *schema = NULL;
    ck_assert_done(schema_open(context, models, overview_panels, &schema));
    ck_assert_ptr_nonnull(schema_by_path(schema, "teams"));
    ck_assert_str_eq(field_sql_type(context, model_field(schema_by_table(schema, "checkpoint"), "thread_id")), "uuid");
    ck_assert_str_eq(field_sql_type(context, model_field(schema_by_table(schema, "member"), "capacity_hours")),
                     "numeric(5,2)");
}
END_TEST

UNIT_MAIN("schema", { a_contradiction_is_refused, LENGTH(refusals) }, { labels_and_addresses_are_made_from_names, 0 },
          { every_model_has_key_and_times, 0 }, { faces_have_sensible_defaults, 0 },
          { relations_are_known_from_both_sides, 0 }, { an_account_model_is_there_without_being_declared, 0 },
          { the_projects_own_models_open, 0 })
