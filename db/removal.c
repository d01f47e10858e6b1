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
    const struct field *field;     /* the cascade that leads here from previous; NULL: the record itself */
    const struct sql *keys;        /* "SELECT key ..." */
    const struct reach *previous;
    int depth;
};

/* All of them, in the order in which they are met. */
struct walk {
    struct connection *connection;
    struct removal *removal;
    const struct reach **reaches;
    size_t count;
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

/* "c.field IN (keys)" */
static void add_within(struct sql *sql, const struct field *field, const struct reach *reach)
{
    sql_column(sql, "c", field->name);
    sql_add(sql, " IN (");
    sql_insert(sql, reach->keys);
    sql_add(sql, ")");
}

/* " FROM child c WHERE c.field IN (keys)" */
static struct sql *children_of(const struct walk *walk, const struct field *field, const struct reach *reach)
{
    struct sql *sql = sql_new(walk->connection, " FROM ");
    sql_name(sql, field->model->table);
    sql_add(sql, " c WHERE ");
    add_within(sql, field, reach);
    access_and(sql, walk->connection, field->model, "c", MAY_READ);
    return sql;
}

/* Less those that are deleted anyway, on whatever way. */
static void leave_out_deleted(struct sql *sql, const struct walk *walk, const struct model *model)
{
    for (size_t i = 0; i < walk->count; i++) {
        const struct reach *reach = walk->reaches[i];
        if (reach->model != model || !reach->field)
            continue;
        sql_add(sql, " AND (");
        add_within(sql, reach->field, reach->previous);
        sql_add(sql, ") IS NOT TRUE");
    }
}

/* Counts and shows what from, " FROM child c WHERE ...", selects. */
static void queue_group(const struct walk *walk, struct removal_group *group, const struct sql *from)
{
    struct sql *count = sql_new(walk->connection, "SELECT count(*) FROM (SELECT 1");
    sql_insert(count, from);
    sql_addf(count, " LIMIT %d) x", REMOVAL_COUNT_MAX + 1);
    group->count = query_add(walk->connection, count);
    struct sql *examples = sql_new(walk->connection, "SELECT ");
    sql_column(examples, "c", group->model->primary_key->name);
    sql_add(examples, " AS \"@id\", ");
    record_title(examples, group->model, "c");
    sql_add(examples, " AS \"@title\"");
    sql_insert(examples, from);
    sql_addf(examples, " LIMIT %d", REMOVAL_EXAMPLES);
    group->examples = query_add(walk->connection, examples);
}

static void queue_links(const struct walk *walk, const struct link *link, const char *column,
                        const struct model *other, const struct reach *reach)
{
    struct removal_group *group = add_group(walk->removal, REMOVAL_UNLINKS, other);
    group->links = true;
    const char *far = column == link->own_column ? link->target_column : link->own_column;
    struct sql *where = sql_new(walk->connection, " FROM ");
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
    access_and(where, walk->connection, other, "c", MAY_READ);
    queue_group(walk, group, where);
}

static const struct reach *add_reach(struct walk *walk, const struct reach *reach)
{
    walk->reaches = GROW_ARRAY(walk->removal, const struct reach *, walk->reaches, walk->count + 1);
    struct reach *copy = NEW(walk->removal, struct reach);
    *copy = *reach;
    return walk->reaches[walk->count++] = copy;
}

/* Where the cascades lead from here, and from there. */
static void collect(struct walk *walk, const struct reach *reach)
{
    const struct model *model = reach->model;
    for (size_t i = 0; i < model->inverse_count && reach->depth < DEPTH_MAX; i++) {
        const struct field *field = model->inverses[i].field;
        if (!field || field->on_delete != ON_DELETE_CASCADE || visited(reach, field->model))
            continue;
        struct sql *keys = sql_new(walk->connection, "SELECT ");
        sql_column(keys, "c", field->model->primary_key->name);
        sql_insert(keys, children_of(walk, field, reach));
        collect(walk, add_reach(walk, &(struct reach){ field->model, field, keys, reach, reach->depth + 1 }));
    }
}

/* Whether the records that this reference leads from share with those it leads to what these are deleted by, and so are
 * deleted with them: members who report to a member of the same team. */
static bool goes_along(const struct reach *reach, const struct field *field)
{
    const struct field *shared = field->same && reach->field ? model_field(field->model, field->same) : NULL;
    return shared && shared->on_delete == ON_DELETE_CASCADE && strcmp(reach->field->name, field->same) == 0;
}

static void follow(const struct walk *walk, const struct field *field, const struct reach *reach)
{
    bool cascades = field->on_delete == ON_DELETE_CASCADE;
    enum removal_effect effect = cascades                                   ? REMOVAL_DELETES
                                 : field->on_delete == ON_DELETE_SET_NULL ? REMOVAL_UNLINKS
                                                                            : REMOVAL_BLOCKS;
    /* What is deleted anyway loses no link that anybody would miss. */
    if (effect == REMOVAL_UNLINKS && goes_along(reach, field))
        return;
    struct removal_group *group = add_group(walk->removal, effect, field->model);
    group->through = cascades ? NULL : field->label;
    struct sql *children = children_of(walk, field, reach);
    if (effect == REMOVAL_UNLINKS)
        leave_out_deleted(children, walk, field->model);
    queue_group(walk, group, children);
}

static void look_around(const struct walk *walk, const struct reach *reach)
{
    const struct model *model = reach->model;
    for (size_t i = 0; i < model->inverse_count; i++) {
        const struct inverse *inverse = &model->inverses[i];
        if (inverse->field)
            follow(walk, inverse->field, reach);
        else if (!reach->previous)
            queue_links(walk, inverse->link, inverse->link->target_column, inverse->link->model, reach);
    }
    for (size_t i = 0; i < model->link_count && !reach->previous; i++)
        queue_links(walk, &model->links[i], model->links[i].own_column, model->links[i].target_model, reach);
}

struct removal *removal_queue(struct connection *connection, const struct model *model, const char *id)
{
    struct removal *removal = NEW(connection, struct removal);
    removal->groups = NEW_ARRAY(removal, struct removal_group, 1);
    struct walk walk = { .connection = connection, .removal = removal };
    struct sql *key = sql_new(connection, "");
    sql_value(key, id, record_key_type(model));
    collect(&walk, add_reach(&walk, &(struct reach){ .model = model, .keys = key }));
    for (size_t i = 0; i < walk.count; i++)
        look_around(&walk, walk.reaches[i]);
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
