/* The models that the program itself needs; schema_open adds them to the declared ones. */
#ifndef ROSTER_INTERNAL_MODELS_H
#define ROSTER_INTERNAL_MODELS_H

#include "model.h"

extern const struct model *const internal_models[]; /* ends with NULL */

#endif
