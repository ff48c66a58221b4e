#include "gateway/shell/password.h"

#include <sodium.h>
#include <string.h>

enum { PASSES = 2, MEMORY_BYTES = 19 * 1024 * 1024 };

_Static_assert(crypto_pwhash_STRBYTES <= STORE_HASH_MAX, "a hash fits");

bool password_hash(char ret_hash[STORE_HASH_MAX], const char *password) {
    return crypto_pwhash_str_alg(ret_hash, password, strlen(password), PASSES, MEMORY_BYTES,
                                 crypto_pwhash_ALG_ARGON2ID13) == 0;
}

bool password_matches(const char *hash, const char *password) {
    return crypto_pwhash_str_verify(hash, password, strlen(password)) == 0;
}

const char *password_nobody(void) {
    static char hash[STORE_HASH_MAX];
    if (hash[0] == '\0') {
        char random[2 * 32 + 1];
        unsigned char bytes[32];
        randombytes_buf(bytes, sizeof bytes);
        sodium_bin2hex(random, sizeof random, bytes, sizeof bytes);
        if (!password_hash(hash, random)) {
            hash[0] = '\0';
            return NULL;
        }
    }
    return hash;
}
