/* password.h - passwords as Argon2id hashes
 *
 * Promise   19 MiB and two passes each (OWASP's least): a deliberate cost, so never on the loop and one at a time.
 *           A wrong name takes as long as a wrong password when it is checked against password_nobody().
 * Fails     password_hash() false: no memory.
 * Threads   any; password_nobody() first on one thread. */
#ifndef GATEWAY_SHELL_PASSWORD_H
#define GATEWAY_SHELL_PASSWORD_H

#include <stdbool.h>
#include <stddef.h>

#include "gateway/shell/store.h"

enum { PASSWORD_MIN = 8, PASSWORD_MAX = 256 };

bool password_hash(char ret_hash[STORE_HASH_MAX], const char *password);
bool password_matches(const char *hash, const char *password);

/* A hash that no password matches; made on first use. NULL: no memory. */
const char *password_nobody(void);

#endif
