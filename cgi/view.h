/* The C face of ctemplate: a tree of names and values that a template is rendered with.
 *
 * Templates live in templates/, are compiled once per process and escape everything by its context (HTML,
 * attribute, URL, script). Names are constants of names.h, which the build derives from the templates: a name
 * that no template has does not compile. A view may be built before its template is known: views are only
 * data.
 *
 * In a template {{NAME}} is a value of the view, or of the nearest view around it that has one.
 * {{#NAME}}...{{/NAME}} is a part: once for every view_add of NAME, or once, over the same view, when NAME
 * was shown, has a value that is not empty, or was included. {{#ANY_NAME}} is there once when the part NAME
 * is, {{#NO_NAME}} once when it is not. Parts and inclusions are looked for in their own view only, so that a
 * row never shows what was meant for the table around it. */
#ifndef ROSTER_VIEW_H
#define ROSTER_VIEW_H

#include <stdbool.h>
#include <stddef.h>
#include "../db/error.h"

#ifdef __cplusplus
extern "C" {
#endif

struct view;

/* Loads and checks every template in folder (*.tpl) now, so that a broken one stops the start and not a
 * request; they replace those of an earlier call. ERROR_FAILED names the template that is wrong, and changes
 * nothing. */
struct error *view_open(const void *context, const char *folder) MUST_USE;

/* Names are constants: they are kept as they are, not copied. Values are copied. */
struct view *view_new(const void *context); /* freed with its context */
/* Sets a value in this view, visible in all parts and included templates below it. NULL is as if not set. */
void view_set(struct view *view, const char *name, const char *value);
void view_set_number(struct view *view, const char *name, long long value);
/* Adds one repetition of a part and returns it. */
struct view *view_add(struct view *view, const char *part);
/* Shows a part once, over the same view. */
void view_show(struct view *view, const char *part);
void view_show_if(struct view *view, const char *part, bool condition);
/* Adds one inclusion of a template file ("field.tpl") at {{>NAME}} and returns its values. */
struct view *view_include(struct view *view, const char *name, const char *template_file);
/* Renders; the text belongs to context and ends with a NUL that is not counted. ERROR_FAILED when the
 * template, or one that it includes, is not there. A view may be rendered any number of times. */
struct error *view_render(const void *context, struct view *view, const char *template_file, char **text,
                          size_t *length) MUST_USE;

#ifdef __cplusplus
}
#endif

#endif
