/* How good the matching of addresses is, on the labelled set of tests/fixtures: precision of what it calls sure, recall of what is to be
 * found surely, and how often the right place is offered. Every place counts as a grid of its own, the hardest case.
 * Runs from the root of the tree. ADDRESSES=1 prints each miss. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "assign/shell/place_match.h"

enum { PLACES_MAX = 1000, LINE_MAX_BYTES = 1024, FIELDS = 11, KEY_MAX = 8 };

/* What must be held; measured: see services/assign/README.addresses.md. */
static const double precision_floor = 0.99, recall_floor = 0.98, offered_floor = 0.98;

static struct gazetteer *gazetteer;
static struct gazetteer_scratch *scratch;

static char keys[PLACES_MAX][KEY_MAX];
static size_t key_count;

static size_t split(char *line, char *fields[FIELDS]) {
    size_t count = 0;
    line[strcspn(line, "\r\n")] = '\0';
    for (char *field = line; field != NULL && count < FIELDS;) {
        fields[count++] = field;
        field = strchr(field, '\t');
        if (field != NULL) {
            *field++ = '\0';
        }
    }
    return count;
}

static enum place_kind kind_of(const char *text) {
    static const char *const kinds[] = {"", "compound", "building", "road", "organisation", "poi"};
    size_t kind = PLACE_COMPOUND;
    while (strcmp(kinds[kind], text) != 0) {
        kind++;
        assert_true(kind < PLACE_KIND_COUNT);
    }
    return (enum place_kind)kind;
}

static void add_place(char *fields[FIELDS]) {
    uint8_t id[16] = {0};
    id[14] = (uint8_t)((key_count + 1) >> 8);
    id[15] = (uint8_t)(key_count + 1);
    struct gazetteer_row row = {.name = fields[9],
                                .road = fields[5],
                                .place = {.kind = kind_of(fields[1]),
                                          .division = fields[2],
                                          .lat = strtod(fields[3], NULL),
                                          .lng = strtod(fields[4], NULL),
                                          .number_from = (uint32_t)strtoul(fields[6], NULL, 10),
                                          .number_to = (uint32_t)strtoul(fields[7], NULL, 10),
                                          .parity = (enum place_parity)strtoul(fields[8], NULL, 10)}};
    memcpy(row.id, id, sizeof id);
    assert_true(gazetteer_add_place(gazetteer, &row));
    strcpy(keys[key_count++], fields[0]);
    for (char *alias = strtok(fields[10], "|"); alias != NULL; alias = strtok(NULL, "|")) {
        assert_true(gazetteer_add_alias(gazetteer, id, alias, false));
    }
}

static int load(void **state) {
    (void)state;
    FILE *file = fopen("tests/fixtures/places.tsv", "r");
    char line[LINE_MAX_BYTES], *fields[FIELDS];
    bool sorted = false;
    assert_non_null(file);
    gazetteer = gazetteer_new();
    scratch = gazetteer_scratch_new();
    while (fgets(line, sizeof line, file) != NULL) {
        size_t count = split(line, fields);
        if (strcmp(fields[0], "division") == 0) {
            assert_true(gazetteer_add_division(gazetteer, fields[1], fields[2]));
        } else if (count == FIELDS) {
            if (!sorted) {
                gazetteer_sort_divisions(gazetteer);
                sorted = true;
            }
            add_place(fields);
        }
    }
    fclose(file);
    return gazetteer_finish(gazetteer) ? 0 : -1;
}

static int unload(void **state) {
    (void)state;
    gazetteer_free(gazetteer);
    gazetteer_scratch_free(scratch);
    return 0;
}

static const char *key_of(const struct gazetteer_candidate *candidate) {
    return keys[((size_t)candidate->id[14] << 8 | candidate->id[15]) - 1];
}

static bool is_one_of(const struct gazetteer_candidate *candidate, const char *wanted) {
    return wanted[0] != '\0' && strstr(wanted, key_of(candidate)) != NULL;
}

struct tally {
    size_t lines, wanted_sure, wanted_any, sure, sure_right, offered;
};

static void judge(struct tally *tally, char *fields[FIELDS]) {
    static const struct address_near anywhere = {.community = ""};
    struct gazetteer_view view = {.base = gazetteer};
    struct address_choice choices[GAZETTEER_CANDIDATES];
    struct place_match match = {.count = 0};
    const char *expectation = fields[0], *wanted = fields[1];
    place_match(&view, scratch, fields[3], &anywhere, &match);
    bool offered = false;
    for (size_t i = 0; i < match.count; i++) {
        choices[i] = (struct address_choice){match.candidates[i].confidence, key_of(&match.candidates[i])};
        offered = offered || is_one_of(&match.candidates[i], wanted);
    }
    bool sure = address_sure(choices, match.count), right = sure && is_one_of(&match.candidates[0], wanted);
    bool want_sure = strcmp(expectation, "sure") == 0, want_any = strcmp(expectation, "none") != 0;
    tally->lines++;
    tally->wanted_sure += want_sure;
    tally->wanted_any += want_any;
    tally->sure += sure;
    tally->sure_right += right && want_any;
    tally->offered += offered;
    if (getenv("ADDRESSES") != NULL && (sure != want_sure || (sure && !right) || (want_any && !offered))) {
        print_message("%-6s %-22s %s %s -> %s", expectation, fields[2], fields[3], wanted, sure ? "SURE" : "unsure");
        for (size_t i = 0; i < match.count; i++) {
            print_message(" %s %.2f", key_of(&match.candidates[i]), match.candidates[i].confidence);
        }
        print_message("\n");
    }
}

static struct tally judge_all(const char *only) {
    FILE *file = fopen("tests/fixtures/addresses.tsv", "r");
    char line[LINE_MAX_BYTES], *fields[FIELDS];
    struct tally tally = {.lines = 0};
    assert_non_null(file);
    while (fgets(line, sizeof line, file) != NULL) {
        if (line[0] != '#' && split(line, fields) == 4 && (only == NULL || strcmp(fields[0], only) == 0)) {
            judge(&tally, fields);
        }
    }
    fclose(file);
    return tally;
}

static void what_is_sure_is_right_and_what_can_be_found_is_found(void **state) {
    (void)state;
    struct tally t = judge_all(NULL);
    size_t found = judge_all("sure").sure_right;
    double precision = (double)t.sure_right / (double)t.sure, recall = (double)found / (double)t.wanted_sure,
           offered = (double)t.offered / (double)t.wanted_any;
    print_message("%zu addresses: precision of the sure ones %.4f (%zu of %zu), recall %.4f (%zu of %zu), offered %.4f "
                  "(%zu of %zu)\n",
                  t.lines, precision, t.sure_right, t.sure, recall, found, t.wanted_sure, offered, t.offered,
                  t.wanted_any);
    assert_true(t.lines >= 400);
    assert_true(precision >= precision_floor);
    assert_true(recall >= recall_floor);
    assert_true(offered >= offered_floor);
}

static void an_unknown_place_is_never_sure(void **state) {
    (void)state;
    struct tally t = judge_all("none");
    assert_true(t.lines >= 80);
    assert_int_equal(t.sure, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_sure_is_right_and_what_can_be_found_is_found),
        cmocka_unit_test(an_unknown_place_is_never_sure),
    };
    return cmocka_run_group_tests(tests, load, unload);
}
