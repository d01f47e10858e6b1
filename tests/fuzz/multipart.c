/* Multipart forms. The first line of an input is the Content-Type, "=" standing for a good one; two bytes say how the
 * body is cut into reads; the rest is the body. However it is cut, the same comes of it, and written again it reads the
 * same. Temporary files have no name and go with the form. */
#include "form_promises.h"

#define TYPE "multipart/form-data; boundary=b"

struct pieces {
    const char *bytes;
    size_t length, at, size;
};

static ssize_t read_piece(void *source, void *buffer, size_t size)
{
    struct pieces *pieces = source;
    size_t left = pieces->length - pieces->at;

    REQUIRE(size > 0);
    if (size > pieces->size)
        size = pieces->size;
    if (size > left)
        size = left;
    if (size > 0)
        memcpy(buffer, pieces->bytes + pieces->at, size);
    pieces->at += size;
    return (ssize_t)size;
}

static struct error *parse(const void *context, const char *type, const char *bytes, size_t length, size_t size,
                           struct form **form)
{
    struct pieces pieces = { .bytes = bytes, .length = length, .size = size };

    *form = NULL;
    return form_parse_multipart(context, type, read_piece, &pieces, &form_limits, form);
}

static char *content(const void *context, const struct form_file *file)
{
    char *bytes = NEW_ARRAY(context, char, file->size + 1);

    REQUIRE(file->descriptor < 0 || pread(file->descriptor, bytes, file->size + 1, 0) == (ssize_t)file->size);
    return bytes;
}

static void require_sum(const struct form_file *file, const char *bytes)
{
    unsigned char digest[crypto_hash_sha256_BYTES];
    char text[sizeof digest * 2 + 1];

    crypto_hash_sha256(digest, (const unsigned char *)bytes, file->size);
    REQUIRE(strcmp(sodium_bin2hex(text, sizeof text, digest, sizeof digest), file->sha256) == 0);
}

static void require_file(const void *context, const struct form *form, const struct form_file *file)
{
    const char *slash = strchr(file->content_type, '/');

    require_name(form, file->name);
    REQUIRE(strlen(file->file_name) <= (size_t)4 * 255 && !strpbrk(file->file_name, "/\\\t\r\n"));
    REQUIRE(form_text_is_clean(file->file_name, strlen(file->file_name)));
    REQUIRE(strcmp(file->file_name, ".") != 0 && strcmp(file->file_name, "..") != 0);
    REQUIRE(slash && slash > file->content_type && slash[1] && !strpbrk(file->content_type, " \t\r\n;,\"<>"));
    REQUIRE(file->size <= form_limits.body && (file->descriptor >= 0 || (file->size == 0 && !*file->file_name)));
    require_sum(file, content(context, file));
}

static void require_same_files(const void *context, const struct form *form, const struct form *other)
{
    REQUIRE(form->file_count == other->file_count);
    for (size_t i = 0; i < form->file_count; i++) {
        const struct form_file *file = &form->files[i], *same = &other->files[i];

        REQUIRE(strcmp(file->name, same->name) == 0 && strcmp(file->file_name, same->file_name) == 0);
        REQUIRE(strcmp(file->content_type, same->content_type) == 0 && file->size == same->size);
        REQUIRE(strcmp(file->sha256, same->sha256) == 0 && (file->descriptor < 0) == (same->descriptor < 0));
        REQUIRE(memcmp(content(context, file), content(context, same), file->size) == 0);
    }
}

static void add_name(struct text *text, const char *parameter, const char *name)
{
    text_addf(text, "; %s=\"", parameter);
    for (; *name; name++) {
        if (*name == '"' || *name == '\\')
            text_add_char(text, '\\');
        text_add_char(text, *name);
    }
    text_add_char(text, '"');
}

/* As a browser would, but for the order: values first, then files. */
static struct text *write_form(const void *context, const struct form *form)
{
    struct text *text = text_new(context);

    for (size_t i = 0; i < form->value_count; i++) {
        text_add(text, "--b\r\nContent-Disposition: form-data");
        add_name(text, "name", form->values[i].name);
        text_addf(text, "\r\n\r\n%s\r\n", form->values[i].value);
    }
    for (size_t i = 0; i < form->file_count; i++) {
        const struct form_file *file = &form->files[i];

        text_add(text, "--b\r\nContent-Disposition: form-data");
        add_name(text, "name", file->name);
        text_addf(text, "; filename*=UTF-8''%s\r\nContent-Type: %s\r\n\r\n", form_encode(context, file->file_name),
                  file->content_type);
        text_add_bytes(text, content(context, file), file->size);
        text_add(text, "\r\n");
    }
    text_add(text, "--b--\r\n");
    return text;
}

static bool may_be_written(const void *context, const struct form *form, const struct text *text)
{
    for (size_t i = 0; i < form->value_count; i++)
        if (strstr(form->values[i].value, "--b"))
            return false;
    for (size_t i = 0; i < form->file_count; i++)
        if (memmem(content(context, &form->files[i]), form->files[i].size, "--b", 3))
            return false;
    return text->length <= form_limits.body;
}

static void read_form(void *context, struct input input)
{
    char *type = take_line(context, &input);
    size_t size = take_byte(&input) + 1, other_size = take_byte(&input) * 251 + 1;
    struct form *form, *other;
    struct error *failed, *failed_too;
    const struct text *text;

    if (strcmp(type, "=") == 0)
        type = memory_copy(context, TYPE);
    failed = parse(context, type, input.bytes, input.length, size, &form);
    failed_too = parse(context, type, input.bytes, input.length, other_size, &other);
    REQUIRE((failed == NULL) == (failed_too == NULL));
    if (failed) {
        REQUIRE(is_refusal(failed, ERROR_BAD_REQUEST) || is_refusal(failed, ERROR_TOO_LARGE));
        REQUIRE(!form && !other);
        return;
    }
    require_values(form);
    for (size_t i = 0; i < form->file_count; i++)
        require_file(context, form, &form->files[i]);
    require_same_values(form, other);
    require_same_files(context, form, other);
    text = write_form(context, form);
    if (!may_be_written(context, form, text))
        return;
    REQUIRE(!parse(context, TYPE, text->data, text->length, size, &other));
    require_same_values(form, other);
    require_same_files(context, form, other);
}

FUZZ_TARGET(read_form)
