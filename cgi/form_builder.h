/* A form while it is read: what urlencoded and multipart bodies have in common. */
#ifndef ROSTER_FORM_BUILDER_H
#define ROSTER_FORM_BUILDER_H

#include "form.h"

struct form_builder {
    const void *context; /* what errors belong to: they outlive a form that was given up */
    const struct form_limits *limits;
    struct form *form;
    struct form_value *values; /* form->values and form->files, as long as they may grow */
    struct form_file *files;
    size_t value_bytes;
};

void form_builder_open(struct form_builder *builder, const void *context, const struct form_limits *limits);
/* Checks a name and that there may be another value. */
struct error *form_builder_check_name(const struct form_builder *builder, const char *name, size_t length) MUST_USE;
/* Checks whether a value of this length may be added to what is there. */
struct error *form_builder_check_length(const struct form_builder *builder, const char *name,
                                        size_t length) MUST_USE;
/* Checks the value, turns CRLF and CR into LF in place and keeps both pointers, which must live as long as the form. The
 * name was checked before. */
struct error *form_builder_add_value(struct form_builder *builder, const char *name, char *value,
                                     size_t length) MUST_USE;
void form_builder_add_file(struct form_builder *builder, const struct form_file *file);
/* Refuses names that came twice. The form is given up, with its files, when failed is an error. */
struct error *form_builder_close(struct form_builder *builder, struct error *failed, struct form **form) MUST_USE;

#endif
