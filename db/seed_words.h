/* Made-up text: readable words with a number, written so that they fit a field's length and pattern. */
#ifndef ROSTER_SEED_WORDS_H
#define ROSTER_SEED_WORDS_H

#include <stdint.h>
#include "model.h"
#include "text.h"

const char *seed_word(uint64_t chance);
/* The first way of writing that fits a FIELD_TEXT at both ends of the numbers, and tells them apart when the
 * field must be unique; -1 when none does. */
int seed_words_choose(const struct field *field, uint64_t first, uint64_t last);
/* Adds the text of that number: by the chosen way for a FIELD_TEXT, an address for a FIELD_EMAIL, else
 * sentences. */
void seed_words_form(struct text *out, const struct field *field, int form, uint64_t number, uint64_t chance);

#endif
