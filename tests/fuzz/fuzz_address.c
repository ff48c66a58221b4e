/* fuzz_address - any text as an address
 *
 * The whole input is the text; it ends at its first zero byte.
 * Holds      folding what was folded changes nothing; what is read is within its bounds, has names of 2 to 40 characters, no unit or room
 *            word with its number in front is left in a whole; every reading compares with itself as 1 and gets a confidence of 0..1;
 *            the place it is matched against never makes the scratch dirty.
 * Build      make fuzz-one FUZZ=address; the corpus is replayed by tests/unit/assign/test_fuzz_address.c. */
#include "assign/core/address_score.h"
#include "assign/shell/gazetteer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MUST(what)                                                                                                     \
    do {                                                                                                               \
        if (!(what)) {                                                                                                 \
            (void)fprintf(stderr, "%s:%d: does not hold: %s\n", __FILE__, __LINE__, #what);                            \
            abort();                                                                                                   \
        }                                                                                                              \
    } while (0)

enum { TEXT_MAX = 4096 };

static struct gazetteer *gazetteer;
static struct gazetteer_scratch *scratch;

static void make_gazetteer(void) {
    static const char *const names[] = {"星宝明珠", "孙文东路", "中山市人民医院", "竹苑新村", "中山一路"};
    gazetteer = gazetteer_new();
    scratch = gazetteer_scratch_new();
    MUST(gazetteer != NULL && scratch != NULL);
    MUST(gazetteer_add_division(gazetteer, "442000", "中山市"));
    MUST(gazetteer_add_division(gazetteer, "442000001", "石岐街道"));
    MUST(gazetteer_add_division(gazetteer, "442000002", "东区街道"));
    MUST(gazetteer_add_division(gazetteer, "442000002001", "竹苑社区"));
    gazetteer_sort_divisions(gazetteer);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        struct gazetteer_row row = {.id = {[15] = (uint8_t)(i + 1)},
                                    .name = names[i],
                                    .road = "",
                                    .place = {.kind = i % 2 == 1 ? PLACE_ROAD : PLACE_COMPOUND,
                                              .number_from = i % 2 == 1 ? 1 : 0,
                                              .number_to = i % 2 == 1 ? 199 : 0,
                                              .division = "442000002001"}};
        MUST(gazetteer_add_place(gazetteer, &row));
    }
    MUST(gazetteer_add_alias(gazetteer, (const uint8_t[16]){[15] = 1}, "旧粮站3栋", true));
    MUST(gazetteer_finish(gazetteer));
}

static void check_fold(const char *text) {
    uint16_t once[ADDRESS_CHARS_MAX], twice[ADDRESS_CHARS_MAX];
    char spelled[ADDRESS_UTF8_MAX];
    int count = address_fold(text, once);
    MUST(count >= -1 && count <= ADDRESS_CHARS_MAX);
    if (count >= 0) {
        MUST(address_utf8(once, (size_t)count, spelled) < sizeof spelled);
        MUST(address_fold(spelled, twice) == count);
        MUST(memcmp(once, twice, (size_t)count * sizeof once[0]) == 0);
    }
}

static void check_name(const struct address_name *name) {
    MUST(name->length >= ADDRESS_NAME_MIN && name->length <= ADDRESS_NAME_MAX);
    MUST(address_similarity(name, name) == 1);
    for (size_t i = 1; i < name->length; i++) {
        MUST(!(name->chars[i] == u'室' && address_is_digit(name->chars[i - 1])));
    }
}

static void check_match(const struct address *address) {
    static const struct address_near anywhere = {.community = ""};
    struct gazetteer_candidate found[GAZETTEER_CANDIDATES];
    size_t count = gazetteer_match(gazetteer, NULL, scratch, address, &anywhere, found);
    MUST(count <= GAZETTEER_CANDIDATES);
    for (size_t i = 0; i < count; i++) {
        MUST(found[i].confidence >= 0 && found[i].confidence <= 1);
        MUST(i == 0 || found[i].confidence <= found[i - 1].confidence);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    char text[TEXT_MAX + 1];
    struct address address;
    if (gazetteer == NULL) {
        make_gazetteer();
    }
    size = size > TEXT_MAX ? TEXT_MAX : size;
    memcpy(text, data, size);
    text[size] = '\0';
    check_fold(text);
    if (!address_parse(gazetteer_lexicon(gazetteer), text, &address)) {
        return 0;
    }
    MUST(address.count > 0 && address.count <= ADDRESS_READINGS_MAX && address.firm < address.count);
    for (size_t i = 0; i < address.count; i++) {
        MUST(address.readings[i].part_count > 0 && address.readings[i].part_count <= ADDRESS_PARTS_MAX);
        check_name(&address.readings[i].whole);
        for (size_t k = 0; k < address.readings[i].part_count; k++) {
            check_name(&address.readings[i].parts[k].name);
        }
    }
    check_match(&address);
    return 0;
}
