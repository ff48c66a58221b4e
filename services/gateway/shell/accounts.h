/* accounts.h - POST /v1/accounts: many accounts at once
 *
 * Steps     the passwords are hashed one by one, each a job of its own, so that log-ins come between; then one statement saves all.
 * Promise   all or none. What an account becomes is what the call says: an account without a password cannot log in by one. A
 *           changed account's sessions end.
 * Limits    ACCOUNTS_MAX in a call. */
#ifndef GATEWAY_SHELL_ACCOUNTS_H
#define GATEWAY_SHELL_ACCOUNTS_H

#include "gateway/shell/front.h"

enum { ACCOUNTS_MAX = 500 };

void accounts_put(struct exchange *exchange, const ProtobufCMessage *message);

#endif
