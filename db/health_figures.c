/* Figures as Prometheus reads them (text-based format, version 0.0.4). */
#include <string.h>

#include "health.h"

/* A figure's help and type stand once, before the first of its lines; the lines of one name stand together. */
static bool is_first(const struct health *health, size_t index)
{
    for (size_t i = 0; i < index; i++)
        if (strcmp(health->figures[i].name, health->figures[index].name) == 0)
            return false;
    return true;
}

static void write_lines(const struct health *health, struct text *text, size_t first)
{
    const char *name = health->figures[first].name;
    text_addf(text, "# HELP %s %s\n# TYPE %s gauge\n", name, health->figures[first].help, name);
    for (size_t i = first; i < health->figure_count; i++) {
        const struct health_figure *figure = &health->figures[i];
        if (strcmp(figure->name, name) != 0)
            continue;
        text_add(text, name);
        if (figure->labels)
            text_addf(text, "{%s}", figure->labels);
        text_addf(text, " %.17g\n", figure->value);
    }
}

void health_write_figures(const struct health *health, struct text *text)
{
    for (size_t i = 0; i < health->figure_count; i++)
        if (is_first(health, i))
            write_lines(health, text, i);
}
