/* Addresses with a query: the one that was asked for, with something changed. */
#ifndef ROSTER_ADDRESS_H
#define ROSTER_ADDRESS_H

#include "request.h"

/* path with the request's query values, less those whose names are in without (ends with NULL), and with name=value
 * added unless value is NULL. The text belongs to the request. */
const char *address_change(const struct request *request, const char *path, const char *const *without,
                           const char *name, const char *value);

#endif
