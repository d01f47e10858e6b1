/* What a backup holds, as JSON. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "backup.h"
#include "memory.h"
#include "sealed.h"

enum { FORMAT = 1, LONGEST_NAME = 100 };

bool manifest_is_name(const char *name)
{
    const size_t length = strlen(name);
    for (size_t i = 0; i < length; i++)
        if (!isalnum((unsigned char)name[i]) && name[i] != '_' && (name[i] != '-' || i == 0))
            return false;
    return length > 0 && length <= LONGEST_NAME;
}

struct fingerprint manifest_content(const void *context, const struct manifest *manifest, int server_version)
{
    struct fingerprint content = manifest->content;
    if (atoi(manifest->server_version) == server_version / 10000)
        return content;
    content.tables = NEW_ARRAY(context, struct fingerprint_table, content.count + 1);
    for (size_t i = 0; i < content.count; i++) {
        content.tables[i] = manifest->content.tables[i];
        content.tables[i].digest = "";
    }
    content.shape = "";
    return content;
}

static json_t *tables_of(const struct fingerprint *content)
{
    json_t *tables = json_array();
    for (size_t i = 0; i < content->count; i++)
        json_array_append_new(tables, json_pack("{s:s, s:I, s:s}", "name", content->tables[i].name, "rows",
                                                (json_int_t)content->tables[i].rows, "digest",
                                                content->tables[i].digest));
    return tables;
}

struct error *manifest_write(const void *context, const char *path, const struct manifest *manifest)
{
    json_t *json = json_pack(
        "{s:i, s:s, s:I, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:I, s:s, s:o}", "format", FORMAT,
        "name", manifest->name, "at", (json_int_t)manifest->at, "who", manifest->who, "note", manifest->note,
        "origin", manifest->origin, "database", manifest->database, "revision", manifest->revision, "models",
        manifest->models, "server_version", manifest->server_version, "tool_version", manifest->tool_version,
        "sha256", manifest->sha256, "size", (json_int_t)manifest->size, "shape", manifest->content.shape,
        "tables", tables_of(&manifest->content));
    if (!json)
        return error_new(context, ERROR_FAILED, "the manifest could not be made: a text in it is not UTF-8");
    return sealed_write(context, path, json);
}

static void read_tables(const void *context, const json_t *json, struct fingerprint *content)
{
    const json_t *tables = json_object_get(json, "tables");
    content->count = json_array_size(tables);
    content->tables = NEW_ARRAY(context, struct fingerprint_table, content->count + 1);
    for (size_t i = 0; i < content->count; i++) {
        const json_t *table = json_array_get(tables, i);
        content->tables[i] = (struct fingerprint_table){ .name = sealed_text(table, "name"),
                                                         .rows = sealed_number(table, "rows"),
                                                         .digest = sealed_text(table, "digest") };
    }
    content->shape = sealed_text(json, "shape");
}

struct error *manifest_read(const void *context, const char *path, struct manifest **out)
{
    const json_t *json;
    TRY(sealed_read(context, path, &json));
    if (sealed_number(json, "format") != FORMAT)
        return error_new(context, ERROR_USAGE,
                         "\"%s\" was written by a newer version of this program; use that one", path);
    struct manifest *manifest = NEW(context, struct manifest);
    manifest->name = sealed_text(json, "name");
    manifest->at = sealed_number(json, "at");
    manifest->who = sealed_text(json, "who");
    manifest->note = sealed_text(json, "note");
    manifest->origin = sealed_text(json, "origin");
    manifest->database = sealed_text(json, "database");
    manifest->revision = sealed_text(json, "revision");
    manifest->models = sealed_text(json, "models");
    manifest->server_version = sealed_text(json, "server_version");
    manifest->tool_version = sealed_text(json, "tool_version");
    manifest->sha256 = sealed_text(json, "sha256");
    manifest->size = sealed_number(json, "size");
    read_tables(context, json, &manifest->content);
    *out = manifest;
    return NULL;
}
