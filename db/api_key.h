/* API keys: what a program shows instead of signing in. Which model keeps them, and what they open, the models say
 * (struct field, .opens). Only a key's hash is stored, and it expires by the database's clock. */
#ifndef ROSTER_API_KEY_H
#define ROSTER_API_KEY_H

#include <stdbool.h>
#include "query.h"
#include "schema.h"

struct api_key {
    const char *id;
    const char *opened; /* the record's key */
    bool stale;         /* it is a minute since its use was written down */
};

/* Queues asking what this key opens, before all else; the transaction is for the program that has it, or for nobody. The
 * models have keys that open something (schema_key). */
struct query *api_key_queue_find(struct connection *connection, const struct schema *schema, const char *key);
/* After the run: NULL when there is no such key, or it has expired. */
struct api_key *api_key_load(const void *context, const struct query *query);
/* Queues the mark that the key is used, at most once a minute, and without waiting for whoever writes the same; nothing
 * where the models keep none. Its transaction is one of before anybody is known. */
void api_key_queue_mark(struct connection *connection, const struct schema *schema, const char *key);

#endif
