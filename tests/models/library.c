/* Models that have nothing in common with db/models.c: shelves with a text as key, books with a uuid, loans with a
 * number. tests/http/other_models.test.mjs builds the site with them and uses their forms. */
#include "model.h"

static const struct model shelf = {
    .table = "shelf",
    .plural = "shelves",
    .title = "label",
    .key_name = "mark_of_a_shelf",
    .hint = "Where books stand.",
    .access = (const struct access[]){ { MAY_ALL, "true", NULL }, { 0 } },
    .key_access = (const struct access[]){ { MAY_READ, "{row}.id = {opened}", NULL }, { 0 } },
    .fields = (const struct field[]){
        { .name = "id", .type = FIELD_TEXT, .label = "Mark", .max_length = 20, .faces = ON_CREATE | SHOWN,
          .hint = "What is written on it; it cannot be changed later." },
        { .name = "label", .type = FIELD_TEXT, .required = true, .max_length = 60 },
        { .name = "floor", .type = FIELD_INTEGER, .minimum = "-2", .maximum = "9", .required = true, .indexed = true },
        { .name = "height_m", .type = FIELD_FLOAT, .label = "Height in metres", .minimum = "0.1", .indexed = true },
        { .name = "plan", .type = FIELD_BYTES, .max_length = 1000 },
        { .name = "inside_id", .type = FIELD_REFERENCE, .label = "Inside", .references = "shelf",
          .on_delete = ON_DELETE_SET_NULL, .acyclic = true, .inverse_label = "Shelves inside" },
        { 0 },
    },
};

static const struct model book = {
    .table = "book",
    .title = "title",
    .sort = "-published_on",
    .access = (const struct access[]){ { MAY_ALL, "true", NULL }, { 0 } },
    .key_access = (const struct access[]){ { MAY_READ, "{read shelf_id}", NULL }, { 0 } },
    .fields = (const struct field[]){
        { .name = "id", .type = FIELD_UUID, .default_sql = "gen_random_uuid()", .faces = ON_PAGE },
        { .name = "title", .type = FIELD_TEXT, .required = true, .min_length = 2, .max_length = 200, .searched = true,
          .indexed = true, .ignore_case = true },
        { .name = "isbn", .type = FIELD_TEXT, .label = "ISBN", .unique = true, .max_length = 17, .pattern = "^[0-9X-]+$",
          .pattern_hint = "digits, X and -" },
        { .name = "genre", .type = FIELD_CHOICE,
          .choices = (const struct choice[]){ { .value = "novel" }, { .value = "poetry" }, { .value = "history" },
                                              { .value = "science" }, { .value = "travel" }, { .value = "cookery" },
                                              { .value = "for_children", .label = "For children" }, { 0 } } },
        { .name = "price", .type = FIELD_DECIMAL, .precision = 8, .scale = 3, .minimum = "0", .indexed = true },
        { .name = "published_on", .type = FIELD_DATE, .indexed = true },
        { .name = "acquired_at", .type = FIELD_TIMESTAMP, .required = true, .default_sql = "now()", .indexed = true },
        { .name = "print_number", .type = FIELD_UUID },
        { .name = "details", .type = FIELD_JSON, .required = true, .default_sql = "'{}'" },
        { .name = "shelf_id", .type = FIELD_REFERENCE, .references = "shelf", .required = true,
          .on_delete = ON_DELETE_RESTRICT, .inverse_label = "Books" },
        { .name = "place", .type = FIELD_INTEGER, .required = true, .minimum = "1" },
        { .name = "cover", .type = FIELD_FILE, .file = &(const struct file_columns){ .size = "cover_size" } },
        { .name = "cover_size", .type = FIELD_INTEGER, .faces = NOWHERE },
        { 0 },
    },
    .links = (const struct link[]){
        { .name = "seen_on", .label = "Seen on", .target = "shelf", .inverse_label = "Books seen here" },
        { 0 },
    },
    .constraints = (const struct constraint[]){
        { .kind = CONSTRAINT_UNIQUE, .fields = (const char *const[]){ "shelf_id", "place", NULL },
          .message = "Another book stands at this place of the shelf. Choose a free one" },
        { 0 },
    },
};

static const struct model loan = {
    .table = "loan",
    .fields = (const struct field[]){
        { .name = "book_id", .type = FIELD_REFERENCE, .references = "book", .required = true,
          .on_delete = ON_DELETE_CASCADE, .inverse_label = "Loans" },
        { .name = "borrower", .type = FIELD_EMAIL, .required = true },
        { .name = "lent_on", .type = FIELD_DATE, .required = true, .default_sql = "current_date", .indexed = true },
        { .name = "returned_on", .type = FIELD_DATE },
        { .name = "rating", .type = FIELD_INTEGER, .minimum = "1", .maximum = "5" },
        { .name = "good", .type = FIELD_BOOLEAN, .label = "In good condition", .default_sql = "true" },
        { .name = "pin", .type = FIELD_PASSWORD, .label = "Secret word" },
        { .name = "renews_id", .type = FIELD_REFERENCE, .label = "Renews", .references = "loan",
          .on_delete = ON_DELETE_SET_NULL, .same = "book_id", .acyclic = true, .inverse_label = "Renewed by" },
        { .name = "instead_of_id", .type = FIELD_REFERENCE, .label = "Instead of", .references = "loan",
          .on_delete = ON_DELETE_SET_NULL, .inverse_label = "Replaced by" },
        { 0 },
    },
    .constraints = (const struct constraint[]){
        { .kind = CONSTRAINT_CHECK, .name = "loan_returned_after_lent", .expression = "returned_on >= lent_on",
          .fields = (const char *const[]){ "lent_on", "returned_on", NULL },
          .message = "Enter a day on or after the day it was lent" },
        { .kind = CONSTRAINT_CHECK, .name = "loan_rated_when_returned",
          .expression = "rating IS NULL OR returned_on IS NOT NULL" },
        { 0 },
    },
};

/* What a program shows: without an end, and without a mark of its use. */
static const struct model card = {
    .table = "card",
    .title = "holder",
    .access = (const struct access[]){ { MAY_ALL, "true", NULL }, { 0 } },
    .before_sign_in = true,
    .fields = (const struct field[]){
        { .name = "holder", .type = FIELD_TEXT, .required = true, .max_length = 60 },
        { .name = "shelf_id", .type = FIELD_REFERENCE, .references = "shelf", .required = true, .on_delete = ON_DELETE_CASCADE,
          .inverse_label = "Cards" },
        { .name = "secret", .type = FIELD_KEY, .required = true, .unique = true, .opens = "shelf_id" },
        { 0 },
    },
};

const struct model *const models[] = { &shelf, &book, &loan, &card, NULL };

const struct panel overview_panels[] = {
    { .kind = PANEL_BARS, .title = "Books by shelf", .empty = "There are no books.",
      .sql = "SELECT s.label, count(*), '/shelves/' || s.id AS \"label@href\" FROM book b JOIN shelf s ON s.id = b.shelf_id"
             " GROUP BY s.id ORDER BY 2 DESC LIMIT 8" },
    { 0 },
};
