/* Stored bytes on their way out: always as an attachment, never as a page of this site. */
#ifndef ROSTER_DOWNLOAD_H
#define ROSTER_DOWNLOAD_H

#include "../db/query.h"
#include "../db/schema.h"
#include "request.h"

/* record is the row that the bytes belong to, with all its columns. */
struct error *download_send(struct request *request, const struct field *field, const struct query *record) MUST_USE;

#endif
