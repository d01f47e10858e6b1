/* The rows of a planned table, one by one, as lines of COPY's text format. */
#include "seed_generate.h"

#include <string.h>
#include "memory.h"
#include "seed_format.h"
#include "seed_words.h"
#include "sql.h"

struct row {
    const struct plan_table *table;
    uint64_t index;
    uint64_t block, start, size; /* its block, that block's first row, and how many rows it has */
};

uint64_t seed_generate_stream(const char *name)
{
    uint64_t hash = 14695981039346656037u; /* FNV-1a, 64 bits */

    for (; *name; name++)
        hash = (hash ^ (unsigned char)*name) * 1099511628211u;
    return hash;
}

/* The finishing steps of splitmix64 over stream and counter (Steele, Lea and Flood, OOPSLA 2014). */
static uint64_t draw(uint64_t stream, uint64_t counter)
{
    uint64_t x = stream + counter * 0x9E3779B97F4A7C15u;

    x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9u;
    x = (x ^ (x >> 27)) * 0x94D049BB133111EBu;
    return x ^ (x >> 31);
}

static void add_null(struct text *out)
{
    text_add(out, "\\N");
}

/* A given text, with {n} and {word} filled in. */
static void add_given(struct text *out, const char *text, uint64_t number, uint64_t chance)
{
    if (!text) {
        add_null(out);
        return;
    }
    for (const char *brace; (brace = strchr(text, '{')) != NULL;) {
        seed_format_escaped(out, text, (size_t)(brace - text));
        if (strncmp(brace, "{n}", 3) == 0) {
            seed_format_number(out, number);
            text = brace + 3;
        } else if (strncmp(brace, "{word}", 6) == 0) {
            text_add(out, seed_word(chance >> 20));
            text = brace + 6;
        } else {
            text_add_char(out, '{');
            text = brace + 1;
        }
    }
    seed_format_escaped(out, text, strlen(text));
}

/* Counter, version 8 and variant (RFC 9562 section 5.8), and the table's mark: rising, so that the index
 * grows at its end, and different from anything random. */
static void add_uuid_key(struct text *out, const struct plan_table *table, uint64_t number)
{
    seed_format_hex(out, number, 8);
    text_add(out, "-0000-8000-8000-");
    seed_format_hex(out, seed_generate_mark(table), 12);
}

uint64_t seed_generate_mark(const struct plan_table *table)
{
    return seed_generate_stream(table->table) & 0xFFFFFFFFFFFFu;
}

static void add_random_uuid(struct text *out, uint64_t a, uint64_t b)
{
    seed_format_hex(out, a >> 32, 8);
    text_add_char(out, '-');
    seed_format_hex(out, a >> 16, 4);
    text_add(out, "-4");
    seed_format_hex(out, a, 3);
    text_add(out, "-8");
    seed_format_hex(out, b >> 52, 3);
    text_add_char(out, '-');
    seed_format_hex(out, b, 12);
}

static int64_t in_range(const struct plan_column *column, uint64_t chance, uint64_t index)
{
    uint64_t width = (uint64_t)(column->high - column->low) + 1;

    return column->low + (int64_t)((column->field->unique ? index : chance) % width);
}

/* Times of creation rise with the rows, as they would in life. */
static int64_t time_of(const struct plan_column *column, const struct row *row, uint64_t chance)
{
    const char *name = column->field->name;
    uint64_t width = (uint64_t)(column->high - column->low) + 1;

    if (strcmp(name, "created_at") == 0 || strcmp(name, "updated_at") == 0)
        return column->low + (int64_t)(row->index * width / row->table->rows);
    return in_range(column, chance, row->index);
}

static void add_json(struct text *out, const struct row *row, uint64_t chance)
{
    text_add(out, "{\"step\": ");
    seed_format_number(out, row->index - row->start + 1);
    text_add(out, ", \"about\": \"");
    text_add(out, seed_word(chance));
    text_add(out, "\"}");
}

static void add_key_type(struct text *out, const struct plan_table *table, const struct field *field,
                         uint64_t index)
{
    uint64_t number = table->base + index + 1;

    if (field->type == FIELD_UUID)
        add_uuid_key(out, table, number);
    else if (field->type == FIELD_TEXT || field->type == FIELD_EMAIL || field->type == FIELD_LONG_TEXT)
        seed_words_form(out, field, table->key_form, number, draw(seed_generate_stream(field->name), number));
    else
        seed_format_number(out, number);
}

/* Optional values are missing now and then; those with a default never. */
static bool is_missing(const struct field *field, uint64_t chance)
{
    unsigned every = field->type == FIELD_LONG_TEXT ? 2 : 4;

    return !field->required && !field->unique && !field->default_sql && (chance >> 40) % every == 0;
}

static void add_choice(struct text *out, const struct field *field, uint64_t chance)
{
    size_t count = 1; /* schema_check asks for one */
    const char *value;

    while (field->choices[count].value)
        count++;
    value = field->choices[chance % count].value;
    seed_format_escaped(out, value, strlen(value));
}

/* A constant default counts; it is safer than chance where rights hang on a flag. */
static void add_boolean(struct text *out, const struct field *field, uint64_t chance)
{
    if (strcmp(field->default_sql, "true") == 0)
        text_add_char(out, 't');
    else if (strcmp(field->default_sql, "false") == 0)
        text_add_char(out, 'f');
    else
        text_add_char(out, chance & 1 ? 't' : 'f');
}

static void add_secret(struct text *out, uint64_t stream, uint64_t number)
{
    for (uint64_t i = 0; i < 4; i++)
        seed_format_hex(out, draw(stream + i + 1, number), 16);
}

static void add_by_type(struct text *out, const struct plan_column *column, const struct row *row)
{
    const struct field *field = column->field;
    uint64_t number = row->table->base + row->index + 1, chance = draw(column->stream, number);

    if (field == row->table->model->primary_key) {
        add_key_type(out, row->table, field, row->index);
        return;
    }
    if (is_missing(field, chance)) {
        add_null(out);
        return;
    }
    switch (field->type) {
    case FIELD_TEXT:
    case FIELD_LONG_TEXT:
    case FIELD_EMAIL:
        seed_words_form(out, field, column->form, number, chance);
        break;
    case FIELD_INTEGER:
    case FIELD_DECIMAL:
    case FIELD_FLOAT:
        seed_format_decimal(out, in_range(column, chance, row->index), column->decimals);
        break;
    case FIELD_BOOLEAN:
        add_boolean(out, field, chance);
        break;
    case FIELD_CHOICE:
        add_choice(out, field, chance);
        break;
    case FIELD_DATE:
        seed_format_date(out, in_range(column, chance, row->index));
        break;
    case FIELD_TIMESTAMP:
        seed_format_time(out, time_of(column, row, chance));
        break;
    case FIELD_UUID:
        add_random_uuid(out, chance, draw(column->stream + 1, number));
        break;
    case FIELD_JSON:
        add_json(out, row, chance);
        break;
    case FIELD_BYTES:
        text_add(out, "\\\\x");
        seed_format_hex(out, chance, 2);
        break;
    case FIELD_PASSWORD:
        text_add_char(out, '!'); /* no password has this hash */
        break;
    case FIELD_KEY:
        add_secret(out, column->stream, number); /* nor any key this one */
        break;
    case FIELD_IDENTITY:
        seed_format_number(out, number);
        break;
    case FIELD_REFERENCE:
    case FIELD_FILE:
        add_null(out);
        break;
    }
}

static void add_key(struct text *out, const struct plan_table *table, uint64_t index)
{
    add_key_type(out, table, table->model->primary_key, index);
}

/* In a large block a row has seven below it, as people have who lead others; small ones are a chain. */
static void add_parent(struct text *out, const struct row *row)
{
    uint64_t fan_out = row->table->rows / row->table->blocks > 8 ? 7 : 1, place = row->index - row->start;

    if (place == 0)
        add_null(out);
    else
        add_key(out, row->table, row->start + (place - 1) / fan_out);
}

static void add_mate(struct text *out, const struct plan_column *column, const struct row *row,
                     uint64_t chance)
{
    uint64_t start = seed_plan_block_start(column->target, row->block);
    uint64_t end = seed_plan_block_start(column->target, row->block + 1);

    if (start == end)
        add_null(out);
    else
        add_key(out, column->target, start + chance % (end - start));
}

static void add_each(struct text *out, const struct plan_column *column, const struct row *row)
{
    uint64_t place = column->field->unique ? row->index : row->index - row->start;
    uint64_t from = column->field->unique ? 0 : draw(column->stream, row->block) % column->target->rows;

    if (column->kind == PLAN_FIRST && place >= (column->field->unique ? column->target->rows : 1))
        add_null(out);
    else
        add_key(out, column->target, (from + place * column->step) % column->target->rows);
}

static void add_chosen(struct text *out, const struct plan_column *column, const struct row *row,
                       uint64_t chance)
{
    const struct plan_given *given = column->given;
    uint64_t number = row->table->base + row->index + 1;

    if (given->has_first && row->index == row->start)
        add_given(out, given->first, number, chance);
    else
        add_given(out, given->texts[chance % given->count], number, chance);
}

static void add_column(struct text *out, const struct plan_column *column, const struct row *row)
{
    uint64_t chance = draw(column->stream, row->table->base + row->index + 1);

    switch (column->kind) {
    case PLAN_BY_TYPE:
        add_by_type(out, column, row);
        break;
    case PLAN_GIVEN:
        add_chosen(out, column, row, chance);
        break;
    case PLAN_BLOCK:
        add_key(out, column->target, row->block);
        break;
    case PLAN_PARENT:
        add_parent(out, row);
        break;
    case PLAN_MATE:
        add_mate(out, column, row, chance);
        break;
    case PLAN_ANY:
        add_key(out, column->target, chance % column->target->rows);
        break;
    case PLAN_EACH:
    case PLAN_FIRST:
        add_each(out, column, row);
        break;
    }
}

/* The targets of one owner are steps apart from a start of its own, so no pair comes twice. */
static void add_link(struct text *out, const struct row *row)
{
    const struct plan_table *table = row->table, *target = table->target;
    uint64_t start = draw(seed_generate_stream(table->table), row->block) % target->rows;

    add_key(out, table->own, row->block);
    text_add_char(out, '\t');
    add_key(out, target, (start + (row->index - row->start) * table->step) % target->rows);
}

void seed_generate_row(struct text *out, const struct plan_table *table, uint64_t index)
{
    struct row row = { .table = table, .index = index, .block = index * table->blocks / table->rows };

    row.start = seed_plan_block_start(table, row.block);
    if (table->link) {
        add_link(out, &row);
    } else {
        for (size_t i = 0; i < table->column_count; i++) {
            if (i > 0)
                text_add_char(out, '\t');
            add_column(out, &table->columns[i], &row);
        }
    }
    text_add_char(out, '\n');
}

static void add_name(struct text *out, const char *name)
{
    char *quoted = sql_quote_name(out, name);

    text_add(out, quoted);
    talloc_free(quoted);
}

void seed_generate_columns(struct text *out, const struct plan_table *table)
{
    if (table->link) {
        add_name(out, table->link->own_column);
        text_add(out, ", ");
        add_name(out, table->link->target_column);
        return;
    }
    for (size_t i = 0; i < table->column_count; i++) {
        text_add(out, i > 0 ? ", " : "");
        add_name(out, table->columns[i].field->name);
    }
}
