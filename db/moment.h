/* Times and sizes of what lies on the disk, as people read them: the database is not asked. */
#ifndef ROSTER_MOMENT_H
#define ROSTER_MOMENT_H

/* "2026-11-25 03:15:02" in this zone (an IANA name), from seconds since 1970; "" for 0. */
const char *moment_text(const void *context, const char *time_zone, long long at);
/* "2026-11-25T03:15:02Z" (RFC 3339), for programs. */
const char *moment_stamp(const void *context, long long at);
/* "2 min 5 s" */
const char *moment_length(const void *context, long long seconds);
/* "24.2 MB"; 1 kB is 1024 bytes, as PostgreSQL counts. */
const char *moment_size(const void *context, long long bytes);

#endif
