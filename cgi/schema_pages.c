/* The tables against the models, and the models as a diagram. */
#include <names.h>
#include <string.h>

#include "../db/memory.h"
#include "../db/models_state.h"
#include "../db/tables.h"
#include "admin.h"
#include "diagram_view.h"
#include "handlers.h"
#include "page.h"
#include "words.h"

struct look {
    struct request *request;
    struct query *sizes;
    struct models_state state;
};

static bool concerns(const struct operation *operation, const char *table)
{
    return operation->table && strcmp(operation->table, table) == 0;
}

static size_t add_points(const struct look *look, struct view *view, const char *table)
{
    size_t count = 0;
    for (size_t i = 0; i < look->state.difference->count; i++)
        if (concerns(&look->state.difference->operations[i], table)) {
            view_set(view_add(view, T_POINT), T_TEXT, operation_words(look->request, &look->state.difference->operations[i]));
            count++;
        }
    return count;
}

static bool is_history(const char *table)
{
    return strncmp(table, "roster_revision", strlen("roster_revision")) == 0;
}

static struct view *begin_row(const struct look *look, struct page *page, const char *table)
{
    struct request *request = look->request;
    struct view *view = view_add(page->main, T_TABLE);
    const struct model *model = schema_by_table(request->site->schema, table);
    view_set(view, T_NAME, table);
    if (model && !model->internal && catalog_table(look->state.there, table))
        view_set(view, T_HREF, memory_printf(request, "/%s/", model->path));
    return view;
}

static void set_state(struct view *view, const char *badge, const char *tone)
{
    view_set(view, T_BADGE, badge);
    view_set(view, T_TONE, tone);
}

static void add_table(const struct look *look, struct page *page, int row)
{
    const char *name = query_field(look->sizes, row, "name");
    struct view *view = begin_row(look, page, name);
    view_set(view, T_SIZE, query_field(look->sizes, row, "size"));
    view_set(view, T_INDEXES, query_field(look->sizes, row, "indexes"));
    view_set(view, T_ROWS, words_number(look->request, query_number(look->sizes, row, "rows")));
    if (is_history(name))
        set_state(view, "the program's own", "muted");
    else if (!catalog_table(look->state.wanted, name))
        set_state(view, "not in the models", "warn");
    else if (add_points(look, view, name) > 0)
        set_state(view, "differs", "warn");
    else
        set_state(view, "as modelled", "good");
}

static void add_missing(const struct look *look, struct page *page)
{
    for (size_t i = 0; i < look->state.wanted->table_count; i++) {
        const char *name = look->state.wanted->tables[i].name;
        if (catalog_table(look->state.there, name))
            continue;
        struct view *view = begin_row(look, page, name);
        set_state(view, "missing", "bad");
        for (const char *const *each = (const char *const[]){ T_ROWS, T_SIZE, T_INDEXES, NULL }; *each; each++)
            view_set(view, *each, "–");
    }
}

static void add_others(const struct look *look, struct page *page)
{
    for (size_t i = 0; i < look->state.difference->count; i++)
        if (!look->state.difference->operations[i].table)
            view_set(view_add(page->main, T_OTHER), T_TEXT,
                     operation_words(look->request, &look->state.difference->operations[i]));
}

/* --- The diagram ---------------------------------------------------------------------------------------------------- */

static const char *const actions[] = { [ON_DELETE_RESTRICT] = "refused", [ON_DELETE_CASCADE] = "deleted with it",
                                       [ON_DELETE_SET_NULL] = "link removed", [ON_DELETE_NO_ACTION] = "refused" };
_Static_assert(sizeof actions / sizeof *actions == ON_DELETE_NO_ACTION + 1, "a word for each way of deleting");

static void fill_box(const struct request *request, const struct model *model, struct diagram_box *box)
{
    box->title = model->label;
    box->href = memory_printf(request, "/%s/", model->path);
    box->lines = NEW_ARRAY(request, struct diagram_line, model->field_count + 1);
    for (size_t i = 0; i < model->field_count; i++) {
        const struct field *field = &model->fields[i];
        if (!field_has_column(field) || strcmp(field->name, "created_at") == 0 || strcmp(field->name, "updated_at") == 0)
            continue;
        const char *type = field->target                 ? memory_printf(request, "→ %s", field->target->table)
                           : field->type == FIELD_CHOICE ? "choice"
                                                         : field_sql_type(request, field);
        box->lines[box->line_count++] = (struct diagram_line){ field->name, type };
    }
}

static size_t position_of(const struct schema *schema, const struct model *model)
{
    size_t position = 0;
    while (position + 1 < schema->count && schema->models[position] != model)
        position++;
    return position;
}

static void add_relation(struct page *page, const char *from, const char *through, const char *to, const char *action)
{
    struct view *view = view_add(page->main, T_RELATION);
    view_set(view, T_FROM, from);
    view_set(view, T_COLUMN, through);
    view_set(view, T_TO, to);
    view_set(view, T_ACTION, action);
}

/* positions holds the box of each of the schema's models. */
static void add_links(struct page *page, const struct model *model, const size_t *positions, struct diagram *diagram)
{
    const struct schema *schema = page->request->site->schema;
    size_t own = positions[position_of(schema, model)];
    for (size_t i = 0; i < model->field_count; i++) {
        const struct field *field = &model->fields[i];
        if (!field->target || field->target->internal)
            continue;
        diagram->links[diagram->link_count++] =
            (struct diagram_link){ own, positions[position_of(schema, field->target)], false };
        add_relation(page, model->table, field->name, field->target->table, actions[field->on_delete]);
    }
    for (size_t i = 0; i < model->link_count; i++) {
        const struct link *link = &model->links[i];
        diagram->links[diagram->link_count++] =
            (struct diagram_link){ own, positions[position_of(schema, link->target_model)], true };
        add_relation(page, model->table, memory_printf(page->request, "table %s", link->table), link->target,
                     "link removed");
    }
}

static void add_diagram(struct page *page)
{
    struct request *request = page->request;
    const struct schema *schema = request->site->schema;
    struct diagram diagram = { .label = "Diagram of the models", .sideways = true };
    size_t *positions = NEW_ARRAY(request, size_t, schema->count + 1), links = 0;
    diagram.boxes = NEW_ARRAY(request, struct diagram_box, schema->count + 1);
    for (size_t i = 0; i < schema->count; i++) {
        const struct model *model = schema->models[i];
        links += model->field_count + model->link_count;
        if (model->internal)
            continue;
        positions[i] = diagram.box_count;
        fill_box(request, model, &diagram.boxes[diagram.box_count++]);
    }
    diagram.links = NEW_ARRAY(request, struct diagram_link, links + 1);
    for (size_t i = 0; i < schema->count; i++)
        if (!schema->models[i]->internal)
            add_links(page, schema->models[i], positions, &diagram);
    diagram_view_fill(page, &diagram);
}

static void set_verdict(const struct look *look, struct page *page)
{
    size_t count = look->state.difference->count;
    view_show_if(page->main, T_GOOD, count == 0);
    view_set(page->main, T_VERDICT,
             count == 0 ? "The database is as the models want it."
                        : memory_printf(look->request, "The database differs from the models in %zu point%s.", count,
                                        count == 1 ? "" : "s"));
}

struct error *schema_page(struct request *request)
{
    struct look look = { .request = request, .sizes = tables_queue(request->db) };
    TRY(admin_run(request, NULL));
    struct catalog *there;
    TRY(catalog_read(request, request->db, "public", &there));
    TRY(models_compare(request, request->site->settings, request->site->schema, there, &look.state));
    struct page *page = page_new(request, TPL_SCHEMA);
    set_verdict(&look, page);
    add_others(&look, page);
    for (int row = 0; row < query_rows(look.sizes); row++)
        add_table(&look, page, row);
    add_missing(&look, page);
    add_diagram(page);
    return page_send(page, 200, "Schema");
}
