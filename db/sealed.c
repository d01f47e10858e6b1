/* A JSON file that notices when a bit of it has changed. */
#include "sealed.h"

#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "durable.h"
#include "file.h"
#include "memory.h"

enum { LARGEST = 8 * 1024 * 1024 };

struct keeper {
    json_t *json;
};

static int release(struct keeper *keeper)
{
    json_decref(keeper->json);
    return 0;
}

json_t *sealed_keep(const void *context, json_t *json)
{
    struct keeper *keeper = NEW(context, struct keeper);
    keeper->json = json;
    talloc_set_destructor(keeper, release);
    return json;
}

static char *dump(const void *context, const json_t *json)
{
    char *text = json_dumps(json, JSON_COMPACT | JSON_SORT_KEYS | JSON_ENCODE_ANY);
    char *copy = memory_copy(context, text ? text : "");
    free(text);
    return copy;
}

/* The whole file. */
static char *seal(const void *context, const json_t *content)
{
    unsigned char hash[crypto_hash_sha256_BYTES];
    char hex[2 * sizeof hash + 1];
    const char *text = dump(context, content);
    crypto_hash_sha256(hash, (const unsigned char *)text, strlen(text));
    return memory_printf(context, "{\"content\":%s,\"sha256\":\"%s\"}\n", text,
                         sodium_bin2hex(hex, sizeof hex, hash, sizeof hash));
}

struct error *sealed_write(const void *context, const char *path, json_t *content)
{
    const char *text = seal(context, content);
    json_decref(content);
    return durable_write(context, path, text, strlen(text));
}

struct error *sealed_read(const void *context, const char *path, const json_t **content)
{
    struct text *text;
    *content = NULL;
    if (file_access(path, F_OK) != 0 && errno == ENOENT)
        return error_new(context, ERROR_NOT_FOUND, "there is no file \"%s\"", path);
    TRY(file_read(context, path, LARGEST, &text));
    json_t *whole = sealed_keep(context, json_loadb(text->data, text->length, JSON_REJECT_DUPLICATES, NULL));
    json_t *inner = json_object_get(whole, "content");
    const char *wanted = inner ? seal(context, inner) : "";
    if (!inner || strlen(wanted) != text->length || memcmp(wanted, text->data, text->length) != 0)
        return error_new(context, ERROR_DAMAGED, "\"%s\" is not as it was written", path);
    *content = inner;
    return NULL;
}

const char *sealed_text(const json_t *object, const char *name)
{
    const char *text = json_string_value(json_object_get(object, name));
    return text ? text : "";
}

long long sealed_number(const json_t *object, const char *name)
{
    return json_integer_value(json_object_get(object, name));
}
