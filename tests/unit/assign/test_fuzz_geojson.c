/* Replays the corpus of tests/fuzz/fuzz_geojson.c: what the fuzzer once found stays found. Runs from the root of the tree. */
#define LLVMFuzzerTestOneInput fuzz_geojson
#include "../../fuzz/fuzz_geojson.c" /* NOLINT(bugprone-suspicious-include): the target as it is, replayed */

#include "../wire/replay.h"

static void the_corpus_holds(void **state) {
    (void)state;
    replay("tests/fuzz/corpus/geojson", fuzz_geojson);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(the_corpus_holds)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
