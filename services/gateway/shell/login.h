/* login.h - POST /v1/session, DELETE /v1/session, POST /v1/tokens
 *
 * Steps     of a log-in: find the account (database), check the password (hashing), save the session (database), answer.
 * Promise   an unknown name takes as long as a wrong password. Failed log-ins are counted per name and per address; who has too
 *           many waits (429), right password or not. Tokens are random and stored as hashes.
 * Limits    one password at a time (19 MiB each), LOGIN_WAITING_MAX waiting, then 503. */
#ifndef GATEWAY_SHELL_LOGIN_H
#define GATEWAY_SHELL_LOGIN_H

#include "gateway/shell/front.h"

enum { LOGIN_WAITING_MAX = 64 };

void login_create_session(struct exchange *exchange, const ProtobufCMessage *message);
void login_delete_session(struct exchange *exchange);
void login_create_token(struct exchange *exchange, const ProtobufCMessage *message);

#endif
