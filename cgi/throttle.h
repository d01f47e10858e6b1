/* How often something may be got wrong: tries to sign in, counted in a file that all workers share, so that it works
 * without the database (ASVS 6.3.1). Every path that checks a password, a code or a key asks here first.
 *
 * Three things are counted: an account as seen from one address, so that whoever guesses is slowed down and nobody else
 * is; an address whatever account it tries; and an account wherever it is tried from. After some free tries each further
 * one must wait, twice as long each time, up to a limit that stays bearable for an account, since anybody could make
 * somebody else wait. An address from which an account was opened within the last weeks does not wait for what others do:
 * to that account from elsewhere, or to other accounts from there. What they do to it from there it cannot tell from its
 * own person's tries: then it has as many as the whole world, and waits no longer. A try counts as failed from its beginning, so that many at the same time are no way around. */
#ifndef ROSTER_THROTTLE_H
#define ROSTER_THROTTLE_H

#include <stdbool.h>

enum {
    THROTTLE_FREE = 8,         /* failures of an account from one address before the next one waits */
    THROTTLE_FREE_ACCOUNT = 40, /* of an account from anywhere */
    THROTTLE_FREE_ADDRESS = 80, /* of an address */
    THROTTLE_FIRST = 5,        /* seconds of the first wait */
    THROTTLE_LONGEST = 300,    /* of the longest one */
    THROTTLE_LONGEST_ACCOUNT = 60,
    THROTTLE_FORGOTTEN = 900,  /* seconds without a try, after which failures are forgotten */
    THROTTLE_KNOWN = 30 * 86400, /* seconds that an address is known to an account for */
};

/* One try, to be kept until it is decided. account is an email address in any letters, or another name; NULL: only the
 * address counts. The file is var/throttle, and has all its room from the beginning. Where it cannot be used all the same,
 * nothing is allowed: a try that is not counted is one of any number (ASVS 6.3.1), and whoever could bring that about would
 * have no limit. The log says why, and a terminal on the machine needs no password. */
struct throttle {
    const char *var, *account, *address;
};

struct throttle_answer {
    int wait;   /* seconds until the next try; 0: go on */
    bool first; /* nobody was told to wait since the last try: worth a line in the audit */
    bool uncounted; /* the file cannot be used; wait is what to say when to look again */
};

/* Asks for a try. When it may go on, it is counted as failed. */
struct throttle_answer throttle_take(const struct throttle *try);
/* It did not fail, but is only half of what is needed (a password whose account has a second factor). */
void throttle_give_back(const struct throttle *try);
/* It did not fail: the account's failures from this address are forgotten, and the address is known to it. */
void throttle_right(const struct throttle *try);
/* The account has another password, so that what failed with the earlier one is no guess at it: the account's failures from
 * this address, and from anywhere, are forgotten. The address keeps its own, and is not known to the account by this. */
void throttle_forget(const struct throttle *try);

#endif
