/* What the files of schema_check share: its parts, and how they refuse. */
#ifndef ROSTER_SCHEMA_CHECK_PARTS_H
#define ROSTER_SCHEMA_CHECK_PARTS_H

#include <stdbool.h>

#include "schema_check.h"
#include "schema_source.h"

struct error *schema_check_field(const void *context, const struct field *field) MUST_USE;
struct error *schema_check_reference(const void *context, const struct field *field) MUST_USE;
struct error *schema_check_default(const void *context, const struct field *field) MUST_USE;
struct error *schema_check_constraints(const void *context, const struct model *model) MUST_USE;
struct error *schema_check_indexes(const void *context, const struct model *model) MUST_USE;
struct error *schema_check_access(const void *context, const struct schema *schema, const struct model *model) MUST_USE;
struct error *schema_check_were(const void *context, const struct schema *schema) MUST_USE;
/* Names of tables, keys, indexes and types, made or given, that PostgreSQL would refuse as taken. */
struct error *schema_check_made(const void *context, const struct schema *schema) MUST_USE;

bool schema_is_name(const char *name);     /* lower-case letters, digits and _, at most 63 bytes */
bool schema_is_too_long(const char *name); /* for PostgreSQL; NULL is not */

#define REFUSE(place, ...) return schema_refuse(context, &(place), __VA_ARGS__)
#define AT_MODEL(model_, setting_) ((struct place){ .table = (model_)->table, .setting = (setting_) })
#define AT_FIELD(field_, setting_)                                                                           \
    ((struct place){                                                                                         \
        .table = (field_)->model->table, .list = "fields", .name = (field_)->name, .setting = (setting_) })
#define AT_CHOICE(field_, value_)                                                                            \
    ((struct place){                                                                                         \
        .table = (field_)->model->table, .list = "fields", .name = (field_)->name, .value = (value_) })
#define AT_LINK(link_, setting_)                                                                             \
    ((struct place){                                                                                         \
        .table = (link_)->model->table, .list = "links", .name = (link_)->name, .setting = (setting_) })
#define AT_CONSTRAINT(model_, i_, setting_)                                                                  \
    ((struct place){ .table = (model_)->table,                                                               \
                     .list = "constraints",                                                                  \
                     .name = (model_)->constraints[i_].name,                                                 \
                     .position = (i_),                                                                       \
                     .setting = (setting_) })
#define AT_INDEX(model_, i_, setting_)                                                                       \
    ((struct place){ .table = (model_)->table,                                                               \
                     .list = "indexes",                                                                      \
                     .name = (model_)->indexes[i_].name,                                                     \
                     .position = (i_),                                                                       \
                     .setting = (setting_) })

#endif
