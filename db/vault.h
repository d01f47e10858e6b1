/* Small secrets that the database or a browser keeps for the site: sealed with keys that follow from SECRET_KEY, one for
 * each purpose, so that what was made for one is nothing to another (libsodium: secretbox, keyed BLAKE2b). */
#ifndef ROSTER_VAULT_H
#define ROSTER_VAULT_H

enum { VAULT_KEY_BYTES = 32 };

/* The key of this purpose. */
void vault_key(const char *secret_key, const char *purpose, unsigned char key[VAULT_KEY_BYTES]);
/* The text, sealed: base64url, which nobody else can read or make. */
char *vault_seal(const void *context, const char *secret_key, const char *purpose, const char *text);
/* What was sealed; NULL for anything that was not, with this key and for this purpose. */
char *vault_open(const void *context, const char *secret_key, const char *purpose, const char *sealed);
/* A keyed hash of the text: 64 hexadecimal characters. */
char *vault_hash(const void *context, const char *secret_key, const char *purpose, const char *text);

#endif
