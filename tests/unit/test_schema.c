/* A models file that contradicts itself is refused with the model, the field and what to do; a good one is completed. */
#include "../../db/schema.h"
#include "../../db/schema_source.h"
#include "unit.h"

#define FIELDS(...) .fields = (const struct field[]) { __VA_ARGS__, { 0 } }
#define ACCESS(...) .access = (const struct access[]) { __VA_ARGS__, { 0 } }
#define KEY_ACCESS(...) .key_access = (const struct access[]) { __VA_ARGS__, { 0 } }
#define TITLE { .name = "title", .type = FIELD_TEXT }
#define SHELF { .name = "shelf_id", .type = FIELD_REFERENCE, .references = "shelf", .required = true }
#define KEY { .name = "key", .type = FIELD_KEY, .unique = true, .opens = "shelf_id" }
#define ACCESS_OF_KEYS .before_sign_in = true, ACCESS({ MAY_ALL, "true", NULL })

static const struct panel no_panels[] = { { 0 } };
static const struct choice none[] = { { 0 } };
static const struct choice one[] = { { .value = "a" }, { 0 } };
static const struct file_columns no_columns = { 0 }, title_as_size = { .size = "title" };
static const struct choice twice[] = { { .value = "a" }, { .value = "a" }, { 0 } };

static const struct model shelf = { .table = "shelf", FIELDS(TITLE) };

struct refusal {
    struct model model;
    const char *words;
};

static const struct refusal refusals[] = {
    { { .table = "Book", FIELDS(TITLE) }, "'Book'" },
    { { .table = "book", FIELDS(TITLE, TITLE) }, "book.title: this field is declared twice" },
    { { .table = "book", FIELDS({ .name = "xmin", .type = FIELD_TEXT }) }, "'xmin'" },
    { { .table = "book", FIELDS({ .name = "2nd", .type = FIELD_TEXT }) }, "'2nd'" },
    { { .table = "book", FIELDS({ .name = "title" }) }, "book.title: it has no type" },
    { { .table = "book", FIELDS(TITLE, { .name = "price", .type = FIELD_INTEGER, .own = true, .indexed = true }) }, "what is .own" },
    { { .table = "book", FIELDS({ .name = "title", .type = FIELD_TEXT, .own = true }) }, "what is .own" },
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
    { { .table = "session", FIELDS(TITLE) }, "session: this table is declared twice" },
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
    { { .table = "book", FIELDS({ .name = "created_at", .type = FIELD_INTEGER }) }, "book.created_at: every model has" },
    { { .table = "roster_revision", FIELDS(TITLE) }, "history of revisions" },
    { { .table = "book", .path = "Books", FIELDS(TITLE) }, "'/Books/'" },
    { { .table = "book", FIELDS(TITLE), ACCESS({ MAY_READ, NULL, NULL }) }, "rule 1: a rule needs a .when" },
    { { .table = "book", FIELDS(TITLE), ACCESS({ MAY_READ, "true", NULL }, { MAY_READ, "{who} = 1", NULL }) },
      "rule 2: {who...} is none of {row}" },
    { { .table = "book", FIELDS(TITLE), ACCESS({ MAY_READ, "{read title}", NULL }) }, "'title' is no reference" },
    { { .table = "book", FIELDS(TITLE), ACCESS({ MAY_READ, "{row}.id IN {book.mine}", NULL }) }, "no model's set" },
    { { .table = "book", FIELDS(TITLE), ACCESS({ MAY_READ, "{read desk d}", NULL }) }, "'desk' is no model" },
    { { .table = "book", FIELDS(TITLE), ACCESS({ MAY_READ, "true", "true" }) }, "only a rule with MAY_CHANGE" },
    { { .table = "book", FIELDS(TITLE), ACCESS({ 64, "true", NULL }) }, "is made of MAY_READ" },
    { { .table = "book", FIELDS(TITLE), ACCESS({ MAY_CHANGE, "true", "{mee}" }) }, "{mee...}" },
    { { .table = "book", FIELDS({ .name = "next_id", .type = FIELD_REFERENCE, .references = "book" }),
        ACCESS({ MAY_READ, "{read next_id}", NULL }) }, "ask in a set" },
    { { .table = "book", FIELDS(TITLE), ACCESS({ MAY_READ, "EXISTS (SELECT 1 FROM book b WHERE {read book b})", NULL }) },
      "ask in a set" },
    { { .table = "book", FIELDS(TITLE), ACCESS({ MAY_READ, "{book.mine}", NULL }),
        .sets = (const struct access_set[]){ { "mine", "SELECT {key} = 1" }, { 0 } } }, "so name a field: {book.mine id}" },
    { { .table = "book", FIELDS(TITLE), ACCESS({ MAY_READ, "{book.mine id}", NULL }),
        .sets = (const struct access_set[]){ { "mine", "SELECT 1" }, { 0 } } }, "has {key} in its .sql" },
    { { .table = "book", FIELDS(TITLE), ACCESS({ MAY_READ, "{book.mine isbn}", NULL }),
        .sets = (const struct access_set[]){ { "mine", "SELECT {key} = 1" }, { 0 } } }, "'isbn' is none of its fields" },
    { { .table = "book", FIELDS(TITLE), .sets = (const struct access_set[]){ { "Mine", "SELECT 1" }, { 0 } } },
      "a set needs a .name" },
    { { .table = "book", FIELDS(TITLE), .sets = (const struct access_set[]){ { "mine", "SELECT {you}" }, { 0 } } },
      "set 'mine': {you...}" },
    { { .table = "book", FIELDS(TITLE), ACCESS({ MAY_READ, "true", NULL }), KEY_ACCESS({ MAY_READ, "{row}.id = {opened}", NULL }) },
      "rule 1: no FIELD_KEY of these models" },
    { { .table = "book", FIELDS(TITLE), ACCESS({ MAY_READ, "{row}.id = {opened}", NULL }) }, "{opened...} is none of" },
    { { .table = "book", FIELDS(TITLE, KEY, SHELF), ACCESS({ MAY_READ, "true", NULL }) }, "is .before_sign_in" },
    { { .table = "book", .before_sign_in = true, FIELDS(TITLE, KEY, SHELF), ACCESS({ MAY_READ, "true", NULL }) },
      "has MAY_READ and MAY_CHANGE" },
    { { .table = "book", FIELDS(TITLE, KEY, SHELF), ACCESS_OF_KEYS, KEY_ACCESS({ MAY_READ, "true", NULL }) },
      "is not that of the keys" },
    { { .table = "book", FIELDS(TITLE, KEY, SHELF), KEY_ACCESS({ MAY_READ, "{row}.id = {me}", NULL }) },
      "{me...} is none of {row}, {opened} and {read field}" },
    { { .table = "book", FIELDS(TITLE, KEY, SHELF), KEY_ACCESS({ MAY_READ, "{read title}", NULL }) }, "'title' is no reference" },
    { { .table = "book", FIELDS(TITLE, KEY, SHELF), KEY_ACCESS({ MAY_ALL, "true", NULL }) }, "an API key only reads" },
    { { .table = "book", FIELDS(TITLE, KEY, SHELF), KEY_ACCESS({ MAY_READ, NULL, NULL }) }, "{opened}" },
    { { .table = "book", FIELDS(TITLE, KEY, SHELF, { .name = "other", .type = FIELD_KEY, .unique = true, .opens = "shelf_id" }) },
      "book.other: 'book.key' says what it .opens already" },
    { { .table = "book", FIELDS(TITLE, KEY) }, ".opens 'shelf_id' must be a .required FIELD_REFERENCE" },
    { { .table = "book", FIELDS(TITLE, { .name = "key", .type = FIELD_KEY, .unique = true, .opens = "title" }) },
      ".opens 'title' must be a .required FIELD_REFERENCE" },
    { { .table = "book", FIELDS(SHELF, { .name = "key", .type = FIELD_KEY, .opens = "shelf_id" }) }, "FIELD_KEY that is .unique" },
    { { .table = "book", FIELDS(TITLE, { .name = "key", .type = FIELD_KEY, .expires = "title" }) },
      ".expires 'title' must be a FIELD_TIMESTAMP" },
    { { .table = "book", FIELDS({ .name = "at", .type = FIELD_TIMESTAMP, .used = "at" }) }, "only a FIELD_KEY has .used" },
    { { .table = "book", .may_read = ROLE_KEY, FIELDS(TITLE) }, "ROLE_KEY is for routes" },
    { { .table = "shelf", .ignored = true }, "once as .ignored" },
    { { .table = "book", .key = "isbn", FIELDS(TITLE) }, ".key 'isbn'" },
    { { .table = "book", FIELDS({ .name = "title", .type = FIELD_TEXT, .was = "title" }) }, "which it is" },
    { { .table = "book", FIELDS({ .name = "state", .type = FIELD_CHOICE, .choices = one, .default_sql = "'b'::x" }) },
      "none of its choices" },
    { { .table = "book", FIELDS({ .name = "n", .type = FIELD_INTEGER, .maximum = "4", .default_sql = "5" }) }, "outside" },
    { { .table = "book", FIELDS({ .name = "n", .type = FIELD_TEXT, .max_length = 2, .default_sql = "'it''s'" }) },
      "longer than .max_length 2" },
    { { .table = "book", FIELDS({ .name = "id", .type = FIELD_IDENTITY, .default_sql = "7" }) }, "numbered by PostgreSQL" },
    { { .table = "book", FIELDS({ .name = "n", .type = FIELD_INTEGER, .minimum = "0x10" }) }, "no number" },
    { { .table = "book", FIELDS({ .name = "n", .type = FIELD_INTEGER, .max_length = 3 }) }, "are for text" },
    { { .table = "book", FIELDS({ .name = "n", .type = FIELD_DATE, .pattern = "x" }) }, "only text can have a .pattern" },
    { { .table = "book", FIELDS({ .name = "n", .type = FIELD_DATE, .scale = 2 }) }, "for a FIELD_DECIMAL" },
    { { .table = "book", FIELDS({ .name = "n", .type = FIELD_TEXT, .short_field = "n" }) }, "only a FIELD_KEY" },
    { { .table = "book", FIELDS({ .name = "n", .type = FIELD_TEXT, .file = &no_columns }) }, "only a FIELD_FILE" },
    { { .table = "book", FIELDS({ .name = "n", .type = FIELD_FILE, .file = &no_columns, .unique = true }) }, "no column" },
    { { .table = "book", FIELDS(TITLE, { .name = "n", .type = FIELD_FILE, .file = &title_as_size }) }, "a FIELD_INTEGER" },
    { { .table = "book", FIELDS({ .name = "n", .type = FIELD_TEXT, .on_delete = ON_DELETE_CASCADE }) }, ".on_delete" },
    { { .table = "book", FIELDS({ .name = "n", .type = FIELD_REFERENCE, .references = "shelf", .current_user = true }) },
      "reference to 'user'" },
    { { .table = "book", FIELDS(TITLE),
        .constraints = (const struct constraint[]){ { .kind = CONSTRAINT_UNIQUE,
                                                      .fields = (const char *const[]){ "title", "title", NULL } }, { 0 } } },
      "'title' twice" },
    { { .table = "book", FIELDS(TITLE),
        .constraints = (const struct constraint[]){ { .kind = CONSTRAINT_CHECK, .name = "x", .expression = "true" },
                                                    { .kind = CONSTRAINT_CHECK, .name = "x", .expression = "1 = 1" },
                                                    { 0 } } },
      "book.x: two constraints" },
    { { .table = "book", FIELDS(TITLE),
        .indexes = (const struct index[]){ { .columns = (const char *const[]){ "titel DESC", NULL } }, { 0 } } },
      "'titel'" },
    { { .table = "book", FIELDS(TITLE),
        .indexes = (const struct index[]){ { .columns = (const char *const[]){ "title", NULL }, .method = "gin",
                                             .unique = true }, { 0 } } },
      "only a btree index" },
    { { .table = "book", FIELDS(TITLE),
        .indexes = (const struct index[]){ { .columns = (const char *const[]){ "title", NULL }, .name = "shelf" }, { 0 } } },
      "'shelf' would be needed twice" },
    { { .table = "book_state", FIELDS({ .name = "n", .type = FIELD_CHOICE, .choices = one, .sql_type = "shelf" }) },
      "'shelf' would be needed twice" },
    { { .table = "book", FIELDS(TITLE), .panels = (const struct panel[]){ { .kind = PANEL_TABLE, .title = "x" }, { 0 } } },
      ".sql" },
};

START_TEST(a_contradiction_is_refused)
{
    const struct model *const declared[] = { &shelf, &refusals[_i].model, NULL };
    struct schema *schema = NULL;
    ck_assert_refused(schema_open(context, declared, no_panels, &schema), ERROR_USAGE, refusals[_i].words);
}
END_TEST

/* A models file as people write them, and as macros and tools do. */
static const char source[] = "#define TABLE \"shelf\" // { {\n"
                             "/* .table = \"book\" { */\n"
                             "static const struct field shelf_fields[] = {\n"
                             "    { .name = \"title\", .type = FIELD_TEXT },\n"
                             "    { .name = \"note\",\n"
                             "      .was = \"remark\" }, { 0 } };\n"
                             "static const struct model shelf = { .table = \"shelf\", .fields = shelf_fields,\n"
                             "    .was = \"rack\" };\n"
                             "static const struct model book = {\n"
                             "    .table = \"book\",\n"
                             "    .fields = (const struct field[]){\n"
                             "        { .name = \"title\", .hint = \"a } { \\\" name\" },\n"
                             "        { .name = \"state\", .choices = (const struct choice[]){ { .value = \"a\" },\n"
                             "              { .value = \"b\" }, { 0 } } },\n"
                             "        { .name = \"title\" },\n"
                             "        { 0 },\n"
                             "    },\n"
                             "    .links = (const struct link[]){ { .name = \"tags\",\n"
                             "        .target = \"shelf\", .table = \"book\" }, { 0 } },\n"
                             "    .constraints = (const struct constraint[]){\n"
                             "        { .kind = CONSTRAINT_UNIQUE },\n"
                             "        { .kind = CONSTRAINT_CHECK, .name = \"x\" }, { 0 } },\n"
                             "};\n";

static const struct {
    struct place place;
    int line;
} lines[] = {
    { { .table = "shelf", .setting = "was" }, 8 },
    { { .table = "shelf", .list = "fields", .name = "note", .setting = "was" }, 6 },
    { { .table = "shelf", .list = "fields", .name = "note", .setting = "hint" }, 5 },
    { { .table = "book" }, 10 },
    { { .table = "book", .list = "fields", .name = "title", .setting = "type" }, 12 },
    { { .table = "book", .list = "fields", .name = "title", .name_again = 1 }, 15 },
    { { .table = "book", .list = "fields", .name = "state", .value = "b" }, 14 },
    { { .table = "book", .list = "fields", .name = "hidden" }, 11 },
    { { .table = "book", .list = "links", .name = "tags", .setting = "target" }, 19 },
    { { .table = "book", .list = "constraints", .name = "book_title_key", .position = 0 }, 21 },
    { { .table = "book", .list = "constraints", .name = "x", .position = 1 }, 22 },
    { { .table = "tag" }, 0 },
    { { .table = NULL }, 0 },
};

START_TEST(what_is_refused_is_found_in_the_source)
{
    ck_assert_int_eq(schema_source_line(context, source, &lines[_i].place), lines[_i].line);
}
END_TEST

START_TEST(a_source_that_breaks_off_is_read_to_its_end)
{
    for (size_t length = 0; length < sizeof source; length++)
        for (size_t i = 0; i < LENGTH(lines); i++) {
            const char *part = memory_copy_length(context, source, length);
            ck_assert_int_le(schema_source_line(context, part, &lines[i].place), 23);
        }
}
END_TEST

START_TEST(a_refusal_says_where_in_the_file)
{
    const struct place place = { .table = "team", .list = "fields", .name = "owner_id", .setting = "references" };
    ck_assert_refused(schema_refuse(context, &place, "it is %d", 7), ERROR_USAGE, "db/models.c:");
    const struct error *error = schema_refuse(context, &place, "it is %d", 7);
    ck_assert_ptr_nonnull(strstr(error->message, ": team.owner_id: it is 7"));
    ck_assert_int_gt(atoi(error->message + strlen("db/models.c:")), 1);
    ck_assert_str_eq(error->table, "team");
    ck_assert_str_eq(error->column, "owner_id");
}
END_TEST

START_TEST(what_is_ignored_is_no_model)
{
    static const struct model theirs = { .table = "Odd name", .ignored = true };
    static const struct model own_session = { .table = "session", .ignored = true };
    const struct model *const declared[] = { &shelf, &theirs, &own_session, NULL };
    struct schema *schema = NULL;
    ck_assert_done(schema_open(context, declared, no_panels, &schema));
    ck_assert_ptr_null(schema_by_table(schema, "Odd name"));
    ck_assert_ptr_null(schema_by_table(schema, "session"));
    ck_assert_str_eq(schema->ignored[0], "Odd name");
}
END_TEST

START_TEST(a_table_that_was_there_before_says_how_it_differs)
{
    const struct model film = {
        .table = "film", .key = "film_id", .no_times = true,
        FIELDS({ .name = "film_id", .type = FIELD_IDENTITY, .sql_type = "integer",
                 .default_sql = "nextval('film_film_id_seq'::regclass)" },
               { .name = "sequel_id", .type = FIELD_REFERENCE, .references = "film" }),
    };
    const struct model *const declared[] = { &film, NULL };
    struct schema *schema = NULL;
    ck_assert_done(schema_open(context, declared, no_panels, &schema));
    const struct model *model = schema_by_table(schema, "film");
    ck_assert_uint_eq(model->field_count, 2);
    ck_assert_str_eq(model->primary_key->name, "film_id");
    ck_assert_str_eq(field_sql_type(context, model_field(model, "sequel_id")), "integer");
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

UNIT_MAIN("schema", { a_contradiction_is_refused, LENGTH(refusals) },
          { what_is_refused_is_found_in_the_source, LENGTH(lines) }, { a_source_that_breaks_off_is_read_to_its_end, 0 },
          { a_refusal_says_where_in_the_file, 0 }, { what_is_ignored_is_no_model, 0 },
          { a_table_that_was_there_before_says_how_it_differs, 0 }, { labels_and_addresses_are_made_from_names, 0 },
          { every_model_has_key_and_times, 0 }, { faces_have_sensible_defaults, 0 },
          { relations_are_known_from_both_sides, 0 }, { an_account_model_is_there_without_being_declared, 0 },
          { the_projects_own_models_open, 0 })
