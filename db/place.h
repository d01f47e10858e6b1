/* Where the program's own files lie: beside it when it was installed, else where it runs. */
#ifndef ROSTER_PLACE_H
#define ROSTER_PLACE_H

/* The path of one of the files that make install puts below PREFIX/share/roster/ (templates, migrations, seeds, env),
 * when this program is PREFIX/bin/... and the file is there; otherwise fallback, below the current folder. Belongs to
 * context, or is fallback itself. */
const char *place_find(const void *context, const char *name, const char *fallback);

#endif
