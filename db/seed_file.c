/* One file of a seed: reading it and checking it against the models. */
#include "seed_file.h"

#include <string.h>
#include "memory.h"

static int json_release(json_t **held)
{
    json_decref(*held);
    return 0;
}

struct error *seed_json_read(const void *context, const char *path, json_t **json)
{
    json_error_t fault;
    json_t **held;

    *json = json_load_file(path, JSON_REJECT_DUPLICATES, &fault);
    if (!*json && fault.line < 0)
        return error_new(context, ERROR_INVALID, "cannot read the seed file '%s': %s", path, fault.text);
    if (!*json)
        return error_new(context, ERROR_INVALID, "%s: line %d, column %d is not JSON: %s", path, fault.line,
                         fault.column, fault.text);
    held = NEW(context, json_t *);
    *held = *json;
    talloc_set_destructor(held, json_release);
    if (!json_is_object(*json))
        return error_new(context, ERROR_INVALID, "%s: the file must hold one JSON object, {...}", path);
    return NULL;
}

static bool is_word_of(const char *word, const char *const words[])
{
    for (; *words; words++)
        if (strcmp(word, *words) == 0)
            return true;
    return false;
}

static struct error *check_members(const void *context, const char *path, json_t *json)
{
    static const char *const known[] = { "model", "key", "mode", "records", "optional", "about", NULL };
    const char *name;
    json_t *value;

    json_object_foreach(json, name, value) if (!is_word_of(name, known)) return error_new(
        context, ERROR_INVALID,
        "%s: '%s' means nothing here; a seed file has model, key, mode, records, and may have"
        " optional and about",
        path, name);
    return NULL;
}

static struct error *find_model(const void *context, const struct schema *schema, json_t *json,
                                struct seed_file *file)
{
    const char *table = json_string_value(json_object_get(json, "model"));

    if (!table)
        return error_new(context, ERROR_INVALID, "%s: name the table of its records under \"model\"",
                         file->path);
    file->model = schema_by_table(schema, table);
    if (!file->model && !json_is_true(json_object_get(json, "optional")))
        return error_new(
            context, ERROR_INVALID,
            "%s: there is no model '%s'; write the table's name, or \"optional\": true when not every"
            " models file has it",
            file->path, table);
    return NULL;
}

static struct error *find_key(const void *context, json_t *json, struct seed_file *file)
{
    json_t *names = json_object_get(json, "key");
    size_t count = json_array_size(names);

    if (count == 0)
        return error_new(context, ERROR_INVALID,
                         "%s: name the fields by which a record is found again, such as \"key\": [\"name\"]",
                         file->path);
    file->key = NEW_ARRAY(file, const struct field *, count + 1);
    for (size_t i = 0; i < count; i++) {
        const char *name = json_string_value(json_array_get(names, i));

        file->key[i] = name ? model_field(file->model, name) : NULL;
        if (!file->key[i] || !field_has_column(file->key[i]))
            return error_new(context, ERROR_INVALID, "%s: key: model '%s' has no column '%s'", file->path,
                             file->model->table, name ? name : "(not a name)");
    }
    return NULL;
}

static struct error *find_mode(const void *context, json_t *json, struct seed_file *file)
{
    const json_t *given = json_object_get(json, "mode");
    const char *mode = given ? json_string_value(given) : "upsert";

    if (!mode || !is_word_of(mode, (const char *const[]){ "upsert", "sync", NULL }))
        return error_new(context, ERROR_INVALID, "%s: mode must be \"upsert\" or \"sync\"", file->path);
    file->sync = strcmp(mode, "sync") == 0;
    if (file->sync && !file->model->managed)
        return error_new(
            context, ERROR_INVALID,
            "%s: mode \"sync\" needs a model with a managed field, and '%s' has none; write \"upsert\"",
            file->path, file->model->table);
    return NULL;
}

struct error *seed_file_read(const void *context, const struct schema *schema, const char *folder,
                             const char *name, struct seed_file **file)
{
    struct seed_file *made = NEW(context, struct seed_file);
    json_t *json;

    made->path = memory_printf(made, "%s/%s", folder, name);
    made->folder = memory_copy(made, folder);
    TRY(seed_json_read(context, made->path, &json));
    TRY(check_members(context, made->path, json));
    TRY(find_model(context, schema, json, made));
    *file = made;
    if (!made->model)
        return NULL;
    TRY(find_key(context, json, made));
    TRY(find_mode(context, json, made));
    made->records = json_object_get(json, "records");
    if (!json_is_array(made->records))
        return error_new(context, ERROR_INVALID, "%s: \"records\" must be an array, [ {...}, ... ]",
                         made->path);
    return NULL;
}
