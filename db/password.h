/* Passwords and tokens: made, hashed, and compared in constant time. libsodium does the work. */
#ifndef ROSTER_PASSWORD_H
#define ROSTER_PASSWORD_H

#include <stdbool.h>
#include <stddef.h>

/* NULL when the password will do; otherwise what to enter instead, as a sentence for the person who chose it: at
 * least 8 characters, at most 1024 bytes, not one of those that are guessed first (OWASP ASVS 5.0.0: 6.2.1, 6.2.4,
 * 6.2.11). about is what is known of that person and place: address, name, the site's name; up to count, any may be NULL. */
const char *password_refuse(const void *context, const char *password, const char *const *about, size_t count);
/* An argon2id string (RFC 9106) with its salt and parameters: 19 MiB, 2 passes, which takes some 20 ms. */
char *password_hash(const void *context, const char *password);
/* Whether a hash has other parameters than password_hash would take now (ASVS 11.4.2). */
bool password_is_outdated(const char *hash);
/* A NULL hash, of a person who is not there or has no password, takes the same time and is false (ASVS 6.3.8). */
bool password_verify(const char *hash, const char *password);
/* A password for a person to copy from a screen: 100 random bits, without characters that look alike. */
char *password_generate(const void *context);

/* 32 random bytes in base64url: 43 characters, for sessions and keys. */
char *token_generate(const void *context);
/* The same for a superuser's session, marked as such: what the mark says is checked, never trusted. */
char *token_generate_superuser(const void *context);
bool token_is_superusers(const char *token); /* false for NULL */
/* What is kept of a token: its SHA-256 in hexadecimal, 64 characters. A token is random enough to need no more. */
char *token_hash(const void *context, const char *token);
/* Whether two keys are the same, in a time that tells neither where they differ nor how long they are. */
bool token_same(const char *one, const char *other);

#endif
