/* Walks the relations that lead to a record, through everything that would be deleted with it. */
#include "removal.h"

#include <stdlib.h>
#include <string.h>

#include "access.h"
#include "memory.h"
#include "record.h"

/* The records of one model that would be deleted, as an SQL condition on a key: how the walk got here. */
struct reach {
    const struct model *model;
    const struct sql *keys;        /* "SELECT key ..." */
    const struct reach *previous;
    int depth;
};

/* A chain of cascades longer than this is not followed further: its counts are missing, its deletions still happen. */
#define DEPTH_MAX 5

static bool visited(const struct reach *reach, const struct model *model)
{
    for (; reach; reach = reach->previous)
        if (reach->model == model)
            return true;
    return false;
}

static struct removal_group *add_group(struct removal *removal, enum removal_effect effect, const struct model *model)
{
    removal->groups = GROW_ARRAY(removal, struct removal_group, removal->groups, removal->count + 1);
    removal->groups[removal->count] = (struct removal_group){ .effect = effect, .model = model };
    return &removal->groups[removal->count++];
}

/* " FROM child c WHERE c.field IN (keys)" */
static void add_children(struct sql *sql, const struct connection *connection, const struct field *field,
                         const struct reach *reach)
{
    sql_add(sql, " FROM ");
    sql_name(sql, field->model->table);
    sql_add(sql, " c WHERE ");
    sql_column(sql, "c", field->name);
    sql_add(sql, " IN (");
    sql_insert(sql, reach->keys);
    sql_add(sql, ")");
    access_and(sql, connection, field->model, "c", MAY_READ);
}

static void queue_children(struct connection *connection, struct removal_group *group, const struct field *field,
                           const struct reach *reach)
{
    struct sql *count = sql_new(connection, "SELECT count(*) FROM (SELECT 1");
    add_children(count, connection, field, reach);
    sql_addf(count, " LIMIT %d) x", REMOVAL_COUNT_MAX + 1);
    group->count = query_add(connection, count);
    struct sql *examples = sql_new(connection, "SELECT ");
    sql_column(examples, "c", field->model->primary_key->name);
    sql_add(examples, " AS \"@id\", ");
    record_title(examples, field->model, "c");
    sql_add(examples, " AS \"@title\"");
    add_children(examples, connection, field, reach);
    sql_addf(examples, " LIMIT %d", REMOVAL_EXAMPLES);
    group->examples = query_add(connection, examples);
}

static void queue_links(struct connection *connection, struct removal *removal, const struct link *link,
                        const char *column, const struct model *other, const struct reach *reach)
{
    struct removal_group *group = add_group(removal, REMOVAL_UNLINKS, other);
    group->links = true;
    const char *far = column == link->own_column ? link->target_column : link->own_column;
    struct sql *where = sql_new(connection, " FROM ");
    sql_name(where, link->table);
    sql_add(where, " l JOIN ");
    sql_name(where, other->table);
    sql_add(where, " c ON ");
    sql_column(where, "c", other->primary_key->name);
    sql_add(where, " = ");
    sql_column(where, "l", far);
    sql_add(where, " WHERE ");
    sql_column(where, "l", column);
    sql_add(where, " IN (");
    sql_insert(where, reach->keys);
    sql_add(where, ")");
    access_and(where, connection, other, "c", MAY_READ);
    struct sql *count = sql_new(connection, "SELECT count(*) FROM (SELECT 1");
    sql_insert(count, where);
    sql_addf(count, " LIMIT %d) x", REMOVAL_COUNT_MAX + 1);
    group->count = query_add(connection, count);
    struct sql *examples = sql_new(connection, "SELECT ");
    sql_column(examples, "c", other->primary_key->name);
    sql_add(examples, " AS \"@id\", ");
    record_title(examples, other, "c");
    sql_add(examples, " AS \"@title\"");
    sql_insert(examples, where);
    sql_addf(examples, " LIMIT %d", REMOVAL_EXAMPLES);
    group->examples = query_add(connection, examples);
}

static void walk(struct connection *connection, struct removal *removal, const struct reach *reach);

static void follow(struct connection *connection, struct removal *removal, const struct inverse *inverse,
                   const struct reach *reach)
{
    const struct field *field = inverse->field;
    bool cascades = field->on_delete == ON_DELETE_CASCADE;
    enum removal_effect effect = cascades                                   ? REMOVAL_DELETES
                                 : field->on_delete == ON_DELETE_SET_NULL ? REMOVAL_UNLINKS
                                                                            : REMOVAL_BLOCKS;
    /* What is deleted anyway loses no link that anybody would miss. */
    if (effect == REMOVAL_UNLINKS && reach->previous && visited(reach, field->model))
        return;
    struct removal_group *group = add_group(removal, effect, field->model);
    group->through = cascades ? NULL : field->label;
    queue_children(connection, group, field, reach);
    if (!cascades || visited(reach, field->model) || reach->depth >= DEPTH_MAX)
        return;
    struct sql *keys = sql_new(connection, "SELECT ");
    sql_column(keys, "c", field->model->primary_key->name);
    add_children(keys, connection, field, reach);
    const struct reach next = { field->model, keys, reach, reach->depth + 1 };
    walk(connection, removal, &next);
}

static void walk(struct connection *connection, struct removal *removal, const struct reach *reach)
{
    const struct model *model = reach->model;
    for (size_t i = 0; i < model->inverse_count; i++) {
        const struct inverse *inverse = &model->inverses[i];
        if (inverse->field)
            follow(connection, removal, inverse, reach);
        else if (!reach->previous)
            queue_links(connection, removal, inverse->link, inverse->link->target_column, inverse->link->model,
                        reach);
    }
    for (size_t i = 0; i < model->link_count && !reach->previous; i++)
        queue_links(connection, removal, &model->links[i], model->links[i].own_column, model->links[i].target_model,
                    reach);
}

struct removal *removal_queue(struct connection *connection, const struct model *model, const char *id)
{
    struct removal *removal = NEW(connection, struct removal);
    removal->groups = NEW_ARRAY(removal, struct removal_group, 1);
    struct sql *key = sql_new(connection, "");
    sql_value(key, id, record_key_type(model));
    const struct reach start = { model, key, NULL, 0 };
    walk(connection, removal, &start);
    return removal;
}

void removal_load(struct removal *removal)
{
    size_t kept = 0;
    for (size_t i = 0; i < removal->count; i++) {
        struct removal_group group = removal->groups[i];
        group.total = strtoll(query_text(group.count, 0, 0), NULL, 10);
        if (group.total == 0)
            continue;
        removal->blocked |= group.effect == REMOVAL_BLOCKS;
        removal->groups[kept++] = group;
    }
    removal->count = kept;
}
