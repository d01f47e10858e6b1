/* What the fuzz targets have in common: an input that is taken apart, a memory context for each, and promises that are
 * looked at. libFuzzer has the main function; a promise that does not hold aborts, and libFuzzer keeps the input. */
#ifndef ROSTER_FUZZ_H
#define ROSTER_FUZZ_H

#include <fcntl.h>
#include <sodium.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include "../../cgi/form.h"
#include "../../db/error.h"
#include "../../db/memory.h"
#include "../../db/text.h"

struct input {
    const char *bytes;
    size_t length;
};

#define REQUIRE(promise)                                                                                     \
    do {                                                                                                     \
        if (!(promise)) {                                                                                    \
            fprintf(stderr, "%s:%d: not kept: %s\n", __FILE__, __LINE__, #promise);                          \
            abort();                                                                                         \
        }                                                                                                    \
    } while (0)

/* The next byte, 0 when there is none. */
static inline unsigned take_byte(struct input *input)
{
    if (input->length == 0)
        return 0;
    input->length--;
    return (unsigned char)*input->bytes++;
}

/* The next line without its end, as a text that ends at the first NUL. */
static inline char *take_line(const void *context, struct input *input)
{
    const char *end = input->length > 0 ? memchr(input->bytes, '\n', input->length) : NULL;
    size_t length = end ? (size_t)(end - input->bytes) : input->length;
    char *line = memory_copy_length(context, input->bytes, length);

    length += end != NULL;
    input->bytes += length;
    input->length -= length;
    return line;
}

/* All that is left, as a text that ends at the first NUL. */
static inline char *take_text(const void *context, struct input *input)
{
    char *text = memory_copy_length(context, input->bytes, input->length);

    input->length = 0;
    return text;
}

static inline bool is_refusal(const struct error *error, enum error_code code)
{
    return error && error->code == code && *error->message && form_text_is_clean(error->message, strlen(error->message));
}

/* A file that holds these bytes; its name is at path, and closing it removes it. */
static inline int memory_file(const char *bytes, size_t length, char path[32])
{
    int descriptor = memfd_create("fuzz", MFD_CLOEXEC);

    REQUIRE(descriptor >= 0 && write(descriptor, bytes, length) == (ssize_t)length);
    snprintf(path, 32, "/proc/self/fd/%d", descriptor);
    return descriptor;
}

/* What is open stays the same when the number that is given next does. */
static inline int next_descriptor(void)
{
    int descriptor = open("/dev/null", O_RDONLY | O_CLOEXEC);

    REQUIRE(descriptor >= 0);
    close(descriptor);
    return descriptor;
}

/* Called by libFuzzer. Whatever an input makes goes with its context. */
#define FUZZ_TARGET(try_input)                                                                               \
    int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);                                         \
    int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)                                          \
    {                                                                                                        \
        void *context = talloc_new(NULL);                                                                    \
        int descriptor = next_descriptor();                                                                  \
                                                                                                             \
        REQUIRE(sodium_init() >= 0);                                                                         \
        try_input(context, (struct input){ (const char *)bytes, length });                                   \
        talloc_free(context);                                                                                \
        REQUIRE(next_descriptor() == descriptor);                                                            \
        return 0;                                                                                            \
    }

#endif
