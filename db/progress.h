/* How far a long run has come: a line of text for each part of it, and a percentage for whoever watches the job. */
#ifndef ROSTER_PROGRESS_H
#define ROSTER_PROGRESS_H

/* A part of the run begins: printed as a line; of a job also shown. */
void progress_part(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* Of the whole run, 0 to 100. Shown of a job only. */
void progress_percent(int percent);

#endif
