/* Short ways to write small models down. */
#ifndef ROSTER_TESTS_DIFFERENCE_MODELS_H
#define ROSTER_TESTS_DIFFERENCE_MODELS_H

#include "../../db/model.h"

enum { CASE_MODELS = 4 }; /* in a list of them, at most */

#define LIST(...) (const char *const[]){ __VA_ARGS__, NULL }
#define TITLE { .name = "title", .type = FIELD_TEXT, .max_length = 50 }
#define TEAM { .name = "team_id", .type = FIELD_REFERENCE, .references = "team" }
#define COLUMN(...) { .name = "x", __VA_ARGS__ }
/* The table item, with these fields. */
#define FIELDS(...)                                                                                                  \
    &(const struct model){ .table = "item", .fields = (const struct field[]){ TITLE, __VA_ARGS__, { 0 } } }
/* ... with the one column x. */
#define X(...) FIELDS(COLUMN(__VA_ARGS__))
#define PLAIN &(const struct model){ .table = "item", .fields = (const struct field[]){ TITLE, { 0 } } }
/* ... with two numbers and a text, and besides these members of struct model. */
#define ITEM(...)                                                                                                    \
    &(const struct model){ .table = "item", .fields = (const struct field[]){ TITLE,                                 \
                               { .name = "a", .type = FIELD_INTEGER }, { .name = "b", .type = FIELD_INTEGER },       \
                               { .name = "t", .type = FIELD_LONG_TEXT }, { 0 } }, __VA_ARGS__ }
#define UNIQUE(...) .constraints = (const struct constraint[]){ { .kind = CONSTRAINT_UNIQUE, __VA_ARGS__ }, { 0 } }
#define CHECK(...) .constraints = (const struct constraint[]){ { .kind = CONSTRAINT_CHECK, __VA_ARGS__ }, { 0 } }
#define INDEX(...) .indexes = (const struct index[]){ { __VA_ARGS__ }, { 0 } }
#define CHOICES(...) .type = FIELD_CHOICE, .choices = (const struct choice[]){ __VA_ARGS__, { 0 } }
#define V(...) { .value = __VA_ARGS__ }
#define GROUP(name) &(const struct model){ .table = (name), .fields = (const struct field[]){ TITLE, { 0 } } }
#define LINKED(...)                                                                                                  \
    &(const struct model){ .table = "item", .fields = (const struct field[]){ TITLE, { 0 } },                        \
                           .links = (const struct link[]){ { __VA_ARGS__ }, { 0 } } }
#define INTEGER .type = FIELD_INTEGER
#define TEXT(n) .type = FIELD_TEXT, .max_length = n

#endif
