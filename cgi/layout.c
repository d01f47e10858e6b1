/* Runs dot, by its arguments and without a shell, and reads its JSON. */
#include "layout.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "../db/memory.h"
#include "../db/password.h"
#include "../db/text.h"
#include "temporary.h"

enum { DOT_SECONDS = 10, OUTPUT_MAX = 64 * 1024 * 1024, DRAFT_SECONDS = 3600, KEPT_SECONDS = 30 * 86400 };

static const double pixels_per_inch = 72; /* dot's points */

/* No name of the diagram gets to dot: nodes and edges are numbers there. */
static const char *describe(const void *context, const struct layout *layout)
{
    struct text *text = text_new(context);
    text_addf(text, "digraph{rankdir=%s;nodesep=0.3;ranksep=0.6;node[shape=box,fixedsize=true,label=\"\"];\n",
              layout->sideways ? "LR" : "TB");
    for (size_t i = 0; i < layout->node_count; i++)
        text_addf(text, "n%zu[width=%.3f,height=%.3f];\n", i, layout->nodes[i].width / pixels_per_inch,
                  layout->nodes[i].height / pixels_per_inch);
    for (size_t i = 0; i < layout->edge_count; i++)
        text_addf(text, "n%zu->n%zu[id=e%zu];\n", layout->edges[i].from, layout->edges[i].to, i);
    text_add(text, "}\n");
    return text->data;
}

static _Noreturn void become_dot(int input, int output)
{
    char *const arguments[] = { (char[]){ "dot" }, (char[]){ "-Tjson" }, NULL };
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    signal(SIGALRM, SIG_DFL);
    signal(SIGPIPE, SIG_DFL);
    alarm(DOT_SECONDS); /* outlives exec */
    dup2(input, STDIN_FILENO);
    dup2(output, STDOUT_FILENO);
    execvp(arguments[0], arguments);
    _exit(errno == ENOENT ? 127 : 126);
}

static struct error *run_dot(const void *context, int input, int output)
{
    int status = 0;
    pid_t child = fork();
    if (child == 0)
        become_dot(input, output);
    while (child > 0 && waitpid(child, &status, 0) < 0 && errno == EINTR)
        continue;
    if (child > 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0)
        return NULL;
    if (child > 0 && WIFEXITED(status) && WEXITSTATUS(status) == 127)
        return error_new(context, ERROR_FAILED, "the program dot, which lays out the diagram, is missing; install the "
                                                "package graphviz");
    return error_new(context, ERROR_FAILED, "the program dot, which lays out the diagram, failed");
}

/* The answer to this question, from dot itself. */
static struct error *ask_dot(const void *context, const char *folder, const char *question, int *answer)
{
    int input;
    TRY(temporary_open(context, context, folder, &input));
    TRY(temporary_open(context, context, folder, answer));
    TRY(temporary_write(context, input, question, strlen(question)));
    if (lseek(input, 0, SEEK_SET) != 0)
        return error_new(context, ERROR_FAILED, "cannot read a temporary file again: %s", strerror(errno));
    return run_dot(context, input, *answer);
}

static struct error *read_json(const void *context, int descriptor, json_t **json)
{
    struct stat status;
    *json = NULL;
    int copy = lseek(descriptor, 0, SEEK_SET) == 0 ? fcntl(descriptor, F_DUPFD_CLOEXEC, 0) : -1;
    if (copy >= 0 && fstat(copy, &status) == 0 && status.st_size < OUTPUT_MAX)
        *json = json_loadfd(copy, 0, NULL);
    if (copy >= 0)
        close(copy);
    return *json ? NULL : error_new(context, ERROR_FAILED, "the program dot gave no layout");
}

static double scan(const char **text)
{
    char *end;
    double number = strtod(*text, &end);
    *text = *end ? end + 1 : end;
    return number;
}

static const char *string(const json_t *object, const char *name)
{
    const char *text = json_string_value(json_object_get(object, name));
    return text ? text : "";
}

/* dot's y grows upwards (Graphviz, "point"). */
static void place_node(struct layout *layout, const json_t *object)
{
    const char *position = string(object, "pos"), *name = string(object, "name");
    size_t number = *name == 'n' ? strtoul(name + 1, NULL, 10) : layout->node_count;
    if (number >= layout->node_count)
        return;
    struct layout_node *node = &layout->nodes[number];
    node->left = scan(&position) - node->width / 2;
    node->top = layout->height - scan(&position) - node->height / 2;
}

/* A triangle from the end of the line to where dot wants its tip. */
static const char *arrow(const void *context, double x, double y, double tip_x, double tip_y)
{
    double across_x = (tip_y - y) * 0.4, across_y = -(tip_x - x) * 0.4;
    return memory_printf(context, "%.1f,%.1f %.1f,%.1f %.1f,%.1f", tip_x, tip_y, x + across_x, y + across_y, x - across_x,
                         y - across_y);
}

/* "e,TIP P0 P1 P2 P3 ...": a chain of Bézier curves (Graphviz, "splineType"). */
static void place_edge(const void *context, struct layout *layout, const json_t *object)
{
    const char *position = string(object, "pos"), *name = string(object, "id");
    size_t number = *name == 'e' ? strtoul(name + 1, NULL, 10) : layout->edge_count;
    if (number >= layout->edge_count || strncmp(position, "e,", 2) != 0)
        return;
    position += 2;
    double tip_x = scan(&position), tip_y = layout->height - scan(&position), x = 0, y = 0;
    struct text *path = text_new(context);
    for (int i = 0; *position; i++) {
        x = scan(&position);
        y = layout->height - scan(&position);
        text_addf(path, "%s%.1f,%.1f", i == 0 ? "M" : i == 1 ? "C" : " ", x, y);
    }
    layout->edges[number].path = path->data;
    layout->edges[number].arrow = arrow(context, x, y, tip_x, tip_y);
}

static void place(const void *context, struct layout *layout, const json_t *json)
{
    const char *box = string(json, "bb");
    scan(&box);
    scan(&box);
    layout->width = scan(&box);
    layout->height = scan(&box);
    size_t index = 0;
    const json_t *object = NULL;
    const json_t *objects = json_object_get(json, "objects"), *edges = json_object_get(json, "edges");
    json_array_foreach(objects, index, object)
    {
        place_node(layout, object);
    }
    json_array_foreach(edges, index, object)
    {
        place_edge(context, layout, object);
    }
}

/* Drafts of runs that were killed, and answers that were made long ago: whoever needs one of those has it made again. */
static void sweep(const void *context, const char *folder)
{
    struct stat status;
    const time_t now = time(NULL);
    DIR *directory = opendir(folder);
    for (const struct dirent *entry; directory && (entry = readdir(directory)) != NULL;) {
        const char *path = memory_printf(context, "%s/%s", folder, entry->d_name), *end = strstr(entry->d_name, ".json");
        if (strncmp(entry->d_name, "layout-", strlen("layout-")) != 0 || !end || stat(path, &status) != 0)
            continue;
        if (now - status.st_mtime > (end[strlen(".json")] ? DRAFT_SECONDS : KEPT_SECONDS))
            unlink(path);
    }
    if (directory)
        closedir(directory);
}

/* Kept whole or not at all; that it cannot be kept only costs time. */
static void keep(const void *context, const char *path, const json_t *json)
{
    char *draft = memory_printf(context, "%s.XXXXXX", path);
    int descriptor = mkostemp(draft, O_CLOEXEC);
    if (descriptor < 0)
        return;
    bool written = json_dumpfd(json, descriptor, JSON_COMPACT) == 0;
    close(descriptor);
    if (!written || rename(draft, path) != 0)
        unlink(draft);
}

struct error *layout_run(const void *context, const char *folder, struct layout *layout)
{
    const char *question = describe(context, layout);
    const char *path = memory_printf(context, "%s/layout-%.32s.json", folder, token_hash(context, question));
    json_t *json = json_load_file(path, 0, NULL);
    int answer;
    if (!json) {
        TRY(ask_dot(context, folder, question, &answer));
        TRY(read_json(context, answer, &json));
        sweep(context, folder);
        keep(context, path, json);
    }
    place(context, layout, json);
    json_decref(json);
    return NULL;
}
