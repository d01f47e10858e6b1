/* Names in PostgreSQL's own normal form, and catalogs in their order. */
#ifndef ROSTER_CATALOG_NAME_H
#define ROSTER_CATALOG_NAME_H

#include "catalog.h"
#include "text.h"

/* As quote_ident writes it: quoted only where it must be. */
void catalog_add_name(struct text *text, const char *name);
const char *catalog_quote(const void *context, const char *name);
/* (a, b) */
void catalog_add_names(struct text *text, const char *const *names);
/* 'text' as PostgreSQL writes literals in expressions: with quotes doubled and nothing else. */
void catalog_add_literal(struct text *text, const char *value);
/* Puts everything into the order that lookups rely on. */
void catalog_sort(struct catalog *catalog);

#endif
