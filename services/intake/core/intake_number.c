#include "intake/core/intake_number.h"

#include <assert.h>
#include <stddef.h>
#include <string.h>

static const int64_t SHANGHAI_OFFSET_US = INT64_C(8) * 3600 * 1000000;
static const int64_t DAY_US = INT64_C(86400) * 1000000;

/* Gregorian date of a day count; years begin in March here, so that the leap day is the last of its year. */
int32_t intake_day(int64_t at_us) {
    assert(at_us >= 0);
    int64_t days = (at_us + SHANGHAI_OFFSET_US) / DAY_US + 719468;
    int64_t era = days / 146097;
    int64_t of_era = days - era * 146097;
    int64_t year_of_era = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    int64_t of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int64_t month_from_march = (5 * of_year + 2) / 153;
    int64_t day = of_year - (153 * month_from_march + 2) / 5 + 1;
    int64_t month = month_from_march < 10 ? month_from_march + 3 : month_from_march - 9;
    int64_t year = year_of_era + era * 400 + (month <= 2 ? 1 : 0);
    return (int32_t)(year * 10000 + month * 100 + day);
}

/* Writes value with at least `digits` digits; returns the place behind the last. */
static char *decimal(char *p, int64_t value, int digits) {
    int64_t scale = 1;
    for (int i = 1; i < digits; i++) {
        scale *= 10;
    }
    while (value / scale >= 10) {
        scale *= 10;
    }
    for (; scale > 0; scale /= 10) {
        *p++ = (char)('0' + value / scale % 10);
    }
    return p;
}

char *intake_number(const char *city, int32_t day, int64_t count, char ret[INTAKE_NUMBER_TEXT]) {
    assert(strlen(city) == 2);
    assert(day >= 19700101 && count > 0);
    memcpy(ret, city, 2);
    char *p = decimal(ret + 2, day, 8);
    *p++ = '-';
    p = decimal(p, count, 6);
    *p = '\0';
    return ret;
}

static bool is_between(char c, char low, char high) {
    return c >= low && c <= high;
}

bool intake_is_number(const char *text) {
    assert(text != NULL);
    size_t length = strlen(text);
    if (length < 17 || length >= INTAKE_NUMBER_TEXT || text[10] != '-') {
        return false;
    }
    for (size_t i = 0; i < length; i++) {
        bool fits = i < 2 ? is_between(text[i], 'A', 'Z') : i == 10 || is_between(text[i], '0', '9');
        if (!fits) {
            return false;
        }
    }
    return true;
}
