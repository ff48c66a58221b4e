/* Who may do what with a key recipient's mark: the whole table, against the same rules written down a second time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka.h needs the four above */
#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "assign/core/recipient_rule.h"
#include "common/domain/geo.h"
#include "paidan/assign/v1/assign.pb-c.h"

static const uint32_t roles[] = {0,
                                 WO_ROLE_OPERATOR,
                                 WO_ROLE_DISPATCHER,
                                 WO_ROLE_WORKER,
                                 WO_ROLE_SUPERVISOR,
                                 WO_ROLE_ADMIN,
                                 WO_ROLE_REQUESTER,
                                 WO_ROLE_SYSTEM};
enum { ROLES = sizeof roles / sizeof roles[0], FACTS = 1 << 5 };

static struct recipient_facts facts_of(int bits) {
    return (struct recipient_facts){.there = (bits & 1) != 0,
                                    .unmarked = (bits & 2) != 0,
                                    .erased = (bits & 4) != 0,
                                    .has_post = (bits & 8) != 0,
                                    .has_purpose = (bits & 16) != 0};
}

/* What the city's rules say, role by role. */
static enum recipient_verdict of_worker(enum recipient_act act, struct recipient_facts f) {
    switch (act) {
    case RECIPIENT_MARK:
        return f.has_post ? RECIPIENT_OK : RECIPIENT_FORBIDDEN;
    case RECIPIENT_READ:
    case RECIPIENT_UNMARK:
        return f.there && f.has_post && !f.unmarked && !f.erased ? RECIPIENT_OK : RECIPIENT_NOT_FOUND;
    case RECIPIENT_LIST:
    case RECIPIENT_COUNT:
        return f.there && f.has_post && !f.erased ? RECIPIENT_OK : RECIPIENT_NOT_FOUND;
    case RECIPIENT_ERASE:
    case RECIPIENT_TRACE:
    case RECIPIENT_ACT_COUNT:
        break;
    }
    return RECIPIENT_FORBIDDEN;
}

static enum recipient_verdict of_the_city(enum recipient_act act, bool supervisor, struct recipient_facts f) {
    bool reads = act == RECIPIENT_READ || act == RECIPIENT_LIST;
    if ((act == RECIPIENT_ERASE || act == RECIPIENT_TRACE) && !supervisor) {
        return RECIPIENT_FORBIDDEN;
    }
    if (act == RECIPIENT_MARK) {
        return RECIPIENT_OK;
    }
    if (!f.there) {
        return RECIPIENT_NOT_FOUND;
    }
    if (act == RECIPIENT_TRACE) {
        return RECIPIENT_OK; /* to the end, and beyond it */
    }
    if (f.erased || (f.unmarked && (act == RECIPIENT_READ || act == RECIPIENT_UNMARK))) {
        return RECIPIENT_OVER;
    }
    return reads && !f.has_purpose ? RECIPIENT_NEEDS_PURPOSE : RECIPIENT_OK;
}

static void every_act_role_and_fact_decides_as_the_city_rules(void **state) {
    (void)state;
    int allowed = 0;
    for (int act = 0; act < RECIPIENT_ACT_COUNT; act++) {
        for (size_t r = 0; r < ROLES; r++) {
            for (int bits = 0; bits < FACTS; bits++) {
                struct recipient_facts facts = facts_of(bits);
                enum recipient_verdict found = recipient_check((enum recipient_act)act, roles[r], &facts);
                enum recipient_verdict wanted =
                    roles[r] == WO_ROLE_WORKER ? of_worker((enum recipient_act)act, facts)
                    : roles[r] == WO_ROLE_DISPATCHER || roles[r] == WO_ROLE_SUPERVISOR
                        ? of_the_city((enum recipient_act)act, roles[r] == WO_ROLE_SUPERVISOR, facts)
                        : RECIPIENT_FORBIDDEN;
                if (found != wanted) {
                    fail_msg("act %d, role %#x, facts %#x: %d, not %d", act, (unsigned)roles[r], (unsigned)bits,
                             (int)found, (int)wanted);
                }
                allowed += found == RECIPIENT_OK ? 1 : 0;
            }
        }
    }
    assert_true(allowed > 100);
}

static void each_act_that_shows_or_changes_leaves_an_event(void **state) {
    (void)state;
    static const enum wo_event events[RECIPIENT_ACT_COUNT] = {[RECIPIENT_MARK] = WO_EV_RECIPIENT_MARK,
                                                              [RECIPIENT_READ] = WO_EV_RECIPIENT_READ,
                                                              [RECIPIENT_LIST] = WO_EV_RECIPIENT_READ,
                                                              [RECIPIENT_UNMARK] = WO_EV_RECIPIENT_UNMARK,
                                                              [RECIPIENT_ERASE] = WO_EV_RECIPIENT_ERASE,
                                                              [RECIPIENT_COUNT] = WO_EV_NONE,
                                                              [RECIPIENT_TRACE] = WO_EV_NONE};
    for (int act = 0; act < RECIPIENT_ACT_COUNT; act++) {
        assert_int_equal(recipient_event((enum recipient_act)act), events[act]);
    }
}

static struct recipient_words good_words(void) {
    return (struct recipient_words){.category = 1,
                                    .name = "李奶奶",
                                    .phone = "13800000000",
                                    .address = "孙文东路 1 号",
                                    .note = "独居",
                                    .has_lat = true,
                                    .has_lng = true,
                                    .lat = 22.5,
                                    .lng = 113.4};
}

static const char *repeated(const char *piece, int times) {
    static char text[4096];
    text[0] = '\0';
    for (int i = 0; i < times; i++) {
        strcat(text, piece);
    }
    return text;
}

#define REFUSED(field, change)                                                                                         \
    do {                                                                                                               \
        struct recipient_words words = good_words();                                                                   \
        change;                                                                                                        \
        const char *detail = recipient_admit(&words);                                                                  \
        assert_non_null(detail);                                                                                       \
        assert_int_equal(strncmp(detail, field, strlen(field)), 0);                                                    \
    } while (0)

#define FINE(change)                                                                                                   \
    do {                                                                                                               \
        struct recipient_words words = good_words();                                                                   \
        change;                                                                                                        \
        assert_null(recipient_admit(&words));                                                                          \
    } while (0)

static void a_mark_is_bounded_and_the_refusal_names_the_field(void **state) {
    (void)state;
    REFUSED("category", words.category = 0);
    REFUSED("category", words.category = -1);
    REFUSED("category", words.category = RECIPIENT_CATEGORY_LAST + 1);
    REFUSED("name", words.name = "");
    REFUSED("name", words.name = " \t\n");
    REFUSED("name", words.name = "\xff");
    REFUSED("name", words.name = repeated("王", 65));
    REFUSED("phone", words.phone = "12");
    REFUSED("phone", words.phone = "1380000000x");
    REFUSED("phone", words.phone = repeated("1", 33));
    REFUSED("note", words.note = repeated("注", 501));
    REFUSED("note", words.note = "\xc0\x80");
    REFUSED("location:", words.has_lat = false);
    REFUSED("location:", words.has_lng = false);
    REFUSED("location.lat", words.lat = 90.01);
    REFUSED("location.lat", words.lat = (double)NAN);
    REFUSED("location.long", words.lng = -180.01);
    REFUSED("location.long", words.lng = (double)INFINITY);
    REFUSED("location.coordinate_system", words.system = GEO_SYSTEM_COUNT);
    REFUSED("location.coordinate_system", words.system = -1);
    REFUSED("location.original", words.has_original = true);
    REFUSED("location.address", words.address = repeated("a", 201));
}

static void the_bounds_themselves_are_fine(void **state) {
    (void)state;
    FINE(words.category = RECIPIENT_CATEGORY_LAST);
    FINE(words.name = repeated("王", 64));
    FINE(words.phone = "");
    FINE(words.phone = "110");
    FINE(words.phone = repeated("1", 32));
    FINE(words.note = "");
    FINE(words.note = repeated("注", 500));
    FINE(words.address = "");
    FINE(words.address = repeated("号", 200));
    FINE((words.lat = -90, words.lng = 180));
    FINE(words.system = GEO_SYSTEM_COUNT - 1);
}

static void the_last_category_is_the_last_of_the_bus(void **state) {
    (void)state;
    const ProtobufCEnumDescriptor *categories = &paidan__assign__v1__recipient_category__descriptor;
    assert_non_null(protobuf_c_enum_descriptor_get_value(categories, RECIPIENT_CATEGORY_LAST));
    assert_null(protobuf_c_enum_descriptor_get_value(categories, RECIPIENT_CATEGORY_LAST + 1));
}

static void a_count_of_one_or_two_is_not_told(void **state) {
    (void)state;
    char text[RECIPIENT_COUNT_TEXT];
    assert_string_equal(recipient_count_text(1, text), "<3");
    assert_string_equal(recipient_count_text(2, text), "<3");
    assert_string_equal(recipient_count_text(3, text), "3");
    assert_string_equal(recipient_count_text(INT64_MAX, text), "9223372036854775807");
}

static void a_purpose_of_white_space_is_none(void **state) {
    (void)state;
    assert_true(recipient_text_is_blank(""));
    assert_true(recipient_text_is_blank(" \t\r\n"));
    assert_false(recipient_text_is_blank(" a"));
    assert_true(recipient_text_fits("因因", 2));
    assert_false(recipient_text_fits("因因因", 2));
    assert_false(recipient_text_fits("\xff", 2));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_act_role_and_fact_decides_as_the_city_rules),
        cmocka_unit_test(each_act_that_shows_or_changes_leaves_an_event),
        cmocka_unit_test(a_mark_is_bounded_and_the_refusal_names_the_field),
        cmocka_unit_test(the_bounds_themselves_are_fine),
        cmocka_unit_test(the_last_category_is_the_last_of_the_bus),
        cmocka_unit_test(a_count_of_one_or_two_is_not_told),
        cmocka_unit_test(a_purpose_of_white_space_is_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
