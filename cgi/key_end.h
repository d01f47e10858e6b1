/* When somebody last left who had come by the admin key: kept in a file, as the database is away then. */
#ifndef ROSTER_KEY_END_H
#define ROSTER_KEY_END_H

#include "request.h"

/* Ends what the key opened until now, in every browser: the server, too, must know an end (ASVS 7.4.1). */
struct error *key_end_all(const struct request *request, long long now_ms) MUST_USE;
/* The moment of that, in milliseconds since 1970; 0 when there was none. What cannot be read counts as now. */
long long key_end_last(const struct request *request);

#endif
