/* This program's version. */
#ifndef ROSTER_VERSION_H
#define ROSTER_VERSION_H

#define ROSTER_VERSION "1.0"

#endif
