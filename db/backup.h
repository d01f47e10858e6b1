/* Backups: pg_dump's archives with a manifest each, in the folder backups of settings->var.
 *
 *     NAME.dump           the archive (pg_dump -Fc)
 *     NAME.json           its manifest (sealed.h), written before the archive gets its name: a dump without
 *                         one, or a NAME.dump.part, is no backup
 *     NAME.checked.json   the last proof: what came of restoring it into a scratch database
 *
 * Nothing is read from an archive before its SHA-256 was found to be the manifest's: pg_restore -l, and even
 * pg_restore itself, let through archives with flipped bits. */
#ifndef ROSTER_BACKUP_H
#define ROSTER_BACKUP_H

#include <stdbool.h>
#include "error.h"
#include "fingerprint.h"
#include "schema.h"
#include "settings.h"

struct manifest {
    const char *name;
    long long at;         /* when it was made: seconds since 1970 */
    const char *who;      /* who made it: an email address, or the name of a system user */
    const char *note;     /* "" for none */
    const char *origin;   /* "made", "automatic" (before something dangerous) or "imported" */
    const char *database; /* the name that it had */
    const char *revision; /* the heads that were applied, with blanks between; "" for none or unknown */
    const char *models;   /* SHA-256 of the tables that the program's models want */
    const char
        *server_version; /* "15.18"; of an imported one, like all that follows, "" when it is not known */
    const char *tool_version;
    const char *sha256;
    long long size;             /* bytes */
    struct fingerprint content; /* from the very snapshot that was dumped; no tables when it is not known */
};

enum backup_state {
    BACKUP_UNVERIFIED, /* whole, as far as one can see from outside */
    BACKUP_VERIFIED,   /* it was restored and compared, and held what its manifest says */
    BACKUP_RESTORABLE, /* it was restored, but its manifest says nothing that it could be compared with */
    BACKUP_DAMAGED,    /* of no use; problem says why */
    BACKUP_UNREADABLE, /* this user cannot look at it, which says nothing of its worth; problem says what to do */
};

struct backup {
    const char *name;
    const char *path;                /* of the archive */
    const struct manifest *manifest; /* NULL when it cannot be read */
    enum backup_state state;
    const char *problem;  /* of a damaged or unreadable one */
    long long checked_at; /* seconds since 1970; 0: never */
    const char *checked_by;
    double checked_seconds;
    long long checked_rows;
};

struct backup_wish {
    const char *who, *note; /* may be NULL: nobody who is known; none */
    const char *origin;     /* NULL: "made" */
    const char *manifest;   /* of one that is imported, its manifest's file; NULL: looks beside it */
};

/* --- backup.c */

/* Makes one and says its name. ERROR_USAGE before anything was begun: no pg_dump, or one older than the
 * server. On any other error nothing of it is left, and the other backups are untouched. */
struct error *backup_make(const void *context, const struct settings *settings, const struct schema *schema,
                          const struct backup_wish *wish, const char **name) MUST_USE;

/* --- backup_folder.c */

/* All of them, the newest first. Damage is told, not an error. Reads manifests only, no archive. */
struct error *backup_list(const void *context, const struct settings *settings, struct backup **backups,
                          size_t *count) MUST_USE;
/* ERROR_NOT_FOUND, also for a name that is none. */
struct error *backup_find(const void *context, const struct settings *settings, const char *name,
                          struct backup **backup) MUST_USE;
/* ERROR_REFUSED while it is being restored, verified or downloaded. */
struct error *backup_delete(const void *context, const struct settings *settings, const char *name) MUST_USE;
/* "verified", in one word. */
const char *backup_state_word(enum backup_state state);
/* Whether it was made here. One that was imported may be another site's, or of years ago: it never stands in for those of
 * this site. */
bool backup_is_own(const struct backup *backup);
/* It was made here, and proved to be good: what lets older ones go, and makes the site's backups fresh. */
bool backup_is_proof(const struct backup *backup);
/* ERROR_DAMAGED or ERROR_USAGE, saying why, when it cannot be restored as far as is known. */
struct error *backup_check_usable(const void *context, const struct backup *backup) MUST_USE;
/* Reads every byte: ERROR_DAMAGED unless the archive is the manifest's. */
struct error *backup_check_bytes(const void *context, const struct backup *backup) MUST_USE;
/* Keeps it from being deleted until the context is freed. */
struct error *backup_hold(const void *context, const struct backup *backup) MUST_USE;

/* A backup on its way: a file aside that nobody lists, removed with its context unless it was kept. */
struct backup_draft {
    const char *folder, *name, *path; /* path: of the archive, as long as it is a draft */
    int lock;
    bool kept;
};
/* Also removes drafts that a killed run left. name is the wished one, and made unique. */
struct error *backup_draft_open(const void *context, const struct settings *settings, const char *name,
                                struct backup_draft **draft) MUST_USE;
/* Hashes the archive into the manifest's sha256 and size, writes the manifest, and gives both their names:
 * from here on it is a backup. */
struct error *backup_draft_keep(struct backup_draft *draft, struct manifest *manifest) MUST_USE;

/* --- backup_manifest.c */

struct error *manifest_write(const void *context, const char *path, const struct manifest *manifest) MUST_USE;
struct error *manifest_read(const void *context, const char *path, struct manifest **manifest) MUST_USE;
/* What of its content a server of this version (as PQserverVersion says it) can be compared with: another
 * major version may hash values and write definitions in another way, so that there only the rows are
 * counted. */
struct fingerprint manifest_content(const void *context, const struct manifest *manifest, int server_version);
/* Letters, digits, - and _; so that it can be part of a path and an address. */
bool manifest_is_name(const char *name);

/* --- backup_import.c */

/* Takes over an archive of this program, with its manifest when FILE.json or, of NAME.dump, NAME.json lies
 * beside it, and otherwise with one that knows only its bytes, and what the archive says of itself. ERROR_INVALID in words
 * for people when it is none, or cannot be read to its end. */
struct error *backup_import(const void *context, const struct settings *settings, const char *file,
                            const struct backup_wish *wish, const char **name) MUST_USE;

/* --- backup_verify.c */

struct backup_proof {
    long long rows;
    size_t tables;
    double seconds;
    bool compared; /* false: its manifest tells nothing to compare it with, so that it is known to be restorable alone */
};
/* Restores it into a scratch database, compares, drops that, and writes what came of it beside the backup.
 * ERROR_DAMAGED when the backup is no good; other errors (no room, no database) say nothing about it and are
 * not written. */
struct error *backup_verify(const void *context, const struct settings *settings, const char *name,
                            const char *who, struct backup_proof *proof) MUST_USE;

#endif
