/* Sealed files and manifests of backups. Either the input is the file, or, when it does not begin with "{\"content", what
 * is to be sealed: what was sealed is read back, with one bit changed it is not, and no manifest that is read has holes. */
#include "../../db/backup.h"
#include "../../db/sealed.h"
#include "fuzz.h"

static const char *folder(void)
{
    static char memory[] = "/dev/shm/roster-fuzz.XXXXXX", disk[] = "/tmp/roster-fuzz.XXXXXX";
    static const char *name;

    if (!name) /* memory is faster: what is sealed is written through to the disk */
        name = mkdtemp(memory) ? memory : mkdtemp(disk);
    REQUIRE(name);
    return name;
}

static void remove_folder(void)
{
    rmdir(folder());
}

static void require_manifest(const void *context, const char *path)
{
    struct manifest *manifest = NULL;
    struct error *failed = manifest_read(context, path, &manifest);

    if (failed) {
        REQUIRE(failed->code == ERROR_DAMAGED || failed->code == ERROR_FAILED || failed->code == ERROR_USAGE);
        return;
    }
    REQUIRE(manifest->name && manifest->who && manifest->note && manifest->origin && manifest->database);
    REQUIRE(manifest->revision && manifest->models && manifest->server_version && manifest->tool_version);
    REQUIRE(manifest->sha256 && manifest->content.shape && manifest->content.tables);
    for (size_t i = 0; i < manifest->content.count; i++)
        REQUIRE(manifest->content.tables[i].name && manifest->content.tables[i].digest);
    manifest_content(context, manifest, 150000);
}

static void require_damage_seen(const void *context, struct text *file, size_t bit)
{
    const json_t *content;
    char path[32];
    int descriptor;

    file->data[bit / 8 % file->length] ^= (char)(1 << bit % 8);
    descriptor = memory_file(file->data, file->length, path);
    REQUIRE(is_refusal(sealed_read(context, path, &content), ERROR_DAMAGED) && !content);
    close(descriptor);
}

static struct text *read_whole(const void *context, const char *path)
{
    struct text *text = text_new(context);
    char bytes[4096];
    ssize_t got;
    int descriptor = open(path, O_RDONLY | O_CLOEXEC);

    while ((got = read(descriptor, bytes, sizeof bytes)) > 0)
        text_add_bytes(text, bytes, (size_t)got);
    close(descriptor);
    return text;
}

static void seal(const void *context, struct input input)
{
    const char *path = memory_printf(context, "%s/sealed.json", folder());
    const size_t most = 2000; /* bytes, so that it is not nested more deeply than jansson reads */
    json_t *json = input.length > most ? NULL : json_loadb(input.bytes, input.length, JSON_DECODE_ANY | JSON_REJECT_DUPLICATES, NULL);
    json_t *copy = json_deep_copy(json);
    const json_t *content = NULL;

    if (!json)
        return;
    REQUIRE(!sealed_write(context, path, json));
    REQUIRE(!sealed_read(context, path, &content));
    REQUIRE(json_equal(copy, content));
    json_decref(copy);
    require_manifest(context, path);
    require_damage_seen(context, read_whole(context, path), input.length * 7919);
    REQUIRE(unlink(path) == 0);
}

static void read_sealed(void *context, struct input input)
{
    const json_t *content = NULL;
    char path[32];
    int descriptor;

    if (input.length < 9 || memcmp(input.bytes, "{\"content", 9) != 0) {
        seal(context, input);
        return;
    }
    descriptor = memory_file(input.bytes, input.length, path);
    require_manifest(context, path);
    REQUIRE((sealed_read(context, path, &content) == NULL) == (content != NULL));
    close(descriptor);
}

int LLVMFuzzerInitialize(int *count, char ***arguments);
int LLVMFuzzerInitialize(int *count, char ***arguments)
{
    (void)count;
    (void)arguments;
    atexit(remove_folder);
    return 0;
}

FUZZ_TARGET(read_sealed)
