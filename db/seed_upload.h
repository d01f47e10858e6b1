/* The bytes of a FIELD_FILE, from a file that lies in the seed's folder.
 *
 *     "content": { "file": "files/handbook.txt" }
 *
 * They are kept in chunks beside the row, as an upload through a form keeps them, and fill the columns that
 * the field names in struct file_columns, except those that the record gives itself. */
#ifndef ROSTER_SEED_UPLOAD_H
#define ROSTER_SEED_UPLOAD_H

#include "seed_reference.h"

struct seed_upload {
    const struct field *field;
    const char *name, *content_type, *sha256; /* SHA-256 in hexadecimal */
    const char *size, *modified;              /* bytes in decimal; a timestamp */
    int descriptor;                           /* closed with the context */
};

/* Opens and measures the file. Only files below the folder, and no symbolic links. */
struct error *seed_upload_open(const void *context, const char *folder, const struct field *field,
                               const json_t *json, struct seed_upload **upload) MUST_USE;
/* Whether the row of this id has other bytes than these, or none. */
struct error *seed_upload_differs(const void *context, struct seed_run *run, const struct seed_upload *upload,
                                  const char *id, bool *differs) MUST_USE;
/* Replaces the bytes of the row. Memory: one chunk. */
struct error *seed_upload_write(const void *context, struct seed_run *run, const struct seed_upload *upload,
                                const char *id) MUST_USE;

#endif
