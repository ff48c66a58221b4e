/* nkey.h - a NATS identity: reads an nkey user seed and signs the server's nonce
 *
 * Use       nkey_open() once, nkey_use() on each natsOptions; the nkey must outlive their connections.
 * Why       natsOptions_SetNKeyFromSeed() fails once in 256 times: libnats takes a signature whose first byte is 0 for an empty
 *           string and sends none [3.4.1, measured: 15 of 3,200 connections; read in its source]. The server answers
 *           "Authorization Violation" and the library closes the connection for good. The handler cannot ask for another nonce
 *           either (an error from it closes the connection too), so nkey_sign() never makes such a signature.
 * Promise   the file is checked (prefix, checksum); the public key is derived from the seed. The seed stays in locked memory and is
 *           wiped by nkey_close().
 * Fails     PD_BROKEN: unreadable or damaged file, no memory.
 * Threads   any, after nkey_open(). */
#ifndef COMMON_IO_NKEY_H
#define COMMON_IO_NKEY_H

#include <nats/nats.h>

#include "common/base/err.h"

struct nkey;

enum pd_fate nkey_open(const char *seed_file, struct nkey **ret_nkey, struct pd_err *reterr);
void nkey_close(struct nkey *nkey); /* NULL is fine */
/* An Ed25519 signature (64 bytes) of the text, whose first byte is not 0. */
void nkey_sign(const struct nkey *nkey, const char *text, unsigned char ret_signature[64]);
natsStatus nkey_use(struct nkey *nkey, natsOptions *options);
const char *nkey_public(const struct nkey *nkey); /* "U..." */

#endif
