/* Files that are there whole or not at all, also after a crash: written aside, brought down to the disk, renamed, and
 * the folder brought down after them (fsync(2)). */
#ifndef ROSTER_DURABLE_H
#define ROSTER_DURABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>
#include "error.h"
#include "settings.h"

/* Makes the folder var/NAME (mode 0700) if it is missing, and says its path. ERROR_USAGE when that cannot be. What root
 * makes below a folder of somebody else's is handed to that one, who could not read it otherwise. */
struct error *durable_folder(const void *context, const struct settings *settings, const char *name,
                             const char **path) MUST_USE;
/* Writes all of it to an open file and brings it down to the disk. False: errno says why not. */
bool durable_put(int descriptor, const char *bytes, size_t length) MUST_USE;
/* Replaces the file, or creates it (mode 0600). After an error the earlier one is still there. */
struct error *durable_write(const void *context, const char *path, const char *bytes, size_t length) MUST_USE;
/* Creates a file (mode 0644) that must not be there yet. After an error it is not there, unless the folder alone could not be
 * brought down. */
struct error *durable_create(const void *context, const char *path, const char *bytes, size_t length) MUST_USE;
/* Brings a written file down to the disk and gives it its name. */
struct error *durable_rename(const void *context, const char *from, const char *to) MUST_USE;
struct error *durable_sync_folder(const void *context, const char *path) MUST_USE;
/* Hands a file or folder that root made to the owner of the folder that it lies in. Never fails. */
void durable_hand_over(const char *path);

/* SHA-256 of a file in hexadecimal, and its size in bytes; each of them may be NULL. Stops with ERROR_REFUSED when
 * asked to (stop.h). */
struct error *durable_sha256(const void *context, const char *path, const char **hash, long long *size) MUST_USE;

#endif
