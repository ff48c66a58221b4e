/* fuzz_recipient - any bytes as the mark of a key recipient, from the bus to the map
 *
 * Holds     what is admitted is what the database takes: a known category, bounded UTF-8, and a place on earth in WGS84 that lies
 *           within two hundredths of a degree (the greatest shift of China's maps) of what was said; WGS84 stays to the last bit.
 * Build     make fuzz-one FUZZ=recipient; the corpus is replayed by tests/unit/assign/test_fuzz_recipient.c. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "assign/core/code_rule.h"
#include "assign/shell/recipient_words.h"
#include "common/domain/geo.h"
#include "common/wire/alloc.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MUST(what)                                                                                                     \
    do {                                                                                                               \
        if (!(what)) {                                                                                                 \
            (void)fprintf(stderr, "%s:%d: does not hold: %s\n", __FILE__, __LINE__, #what);                            \
            abort();                                                                                                   \
        }                                                                                                              \
    } while (0)

enum { ARENA_FIRST = 1 << 16, ARENA_MAX = 1 << 22 };

static void check(const struct recipient_words *words) {
    double lat = 1e9, lng = 1e9;
    const char *detail = recipient_admit(words);
    if (detail != NULL) {
        MUST(strchr(detail, ':') != NULL);
        return;
    }
    MUST(words->category > 0 && words->category <= RECIPIENT_CATEGORY_LAST);
    MUST(text_length(words->name) > 0 && text_length(words->name) <= RECIPIENT_NAME_MAX);
    MUST(text_length(words->note) >= 0 && text_length(words->address) >= 0 && text_length(words->phone) >= 0);
    MUST(geo_to_wgs84(words->system, words->lat, words->lng, &lat, &lng));
    MUST(fabs(lat) <= 90 && fabs(lng) <= 180);
    MUST(fabs(lat - words->lat) < 0.02 && fabs(lng - words->lng) < 0.02);
    MUST(words->system > GEO_WGS84 || (lat == words->lat && lng == words->lng));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static struct pd_arena arena;
    struct recipient_words words;
    if (arena.limit == 0) {
        pd_arena_init(&arena, ARENA_FIRST, ARENA_MAX);
    }
    ProtobufCAllocator alloc = wire_alloc(&arena);
    static const uint8_t nothing[1] = {0};
    Paidan__Assign__V1__RecipientMarkRequest *request =
        paidan__assign__v1__recipient_mark_request__unpack(&alloc, size, size == 0 ? nothing : data);
    if (request != NULL) {
        recipient_words_of(request, &words);
        check(&words);
    }
    pd_arena_reset(&arena);
    return 0;
}
