/* Comma-separated values (RFC 4180) for spreadsheets. */
#ifndef ROSTER_CSV_H
#define ROSTER_CSV_H

#include <stdbool.h>
#include "../db/text.h"

/* Adds a cell, with a comma before it unless it is the first. NULL is an empty cell. A value that a spreadsheet would
 * take for a formula begins with an apostrophe instead (ASVS 5.0.0, 1.2.10). */
void csv_add(struct text *text, const char *value, bool first);
void csv_end_row(struct text *text);

#endif
