#include "common/wire/rfc3339.h"

#include <assert.h>
#include <string.h>

#define SECOND_US INT64_C(1000000)

/* Days since 1970-01-01 of a civil date and back, counted in eras of 400 years that begin on 1 March. */
static int64_t days_of(int64_t year, int64_t month, int64_t day) {
    int64_t y = month <= 2 ? year - 1 : year;
    int64_t era = (y >= 0 ? y : y - 399) / 400;
    int64_t year_of_era = y - era * 400;
    int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;

    return era * 146097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719468;
}

static void date_of(int64_t days, int64_t *ret_year, int64_t *ret_month, int64_t *ret_day) {
    int64_t z = days + 719468;
    int64_t era = (z >= 0 ? z : z - 146096) / 146097;
    int64_t doe = z - era * 146097;
    int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
    int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    int64_t mp = (5 * doy + 2) / 153;

    *ret_day = doy - (153 * mp + 2) / 5 + 1;
    *ret_month = mp + (mp < 10 ? 3 : -9);
    *ret_year = yoe + era * 400 + (*ret_month <= 2 ? 1 : 0);
}

static int64_t days_in(int64_t year, int64_t month) {
    static const int8_t days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

    if (month == 2 && year % 4 == 0 && (year % 100 != 0 || year % 400 == 0))
        return 29;
    return days[month - 1];
}

struct scan {
    const char *at;
    const char *end;
};

static bool take_number(struct scan *s, int digits, int64_t min, int64_t max, int64_t *ret) {
    int64_t value = 0;

    if (s->end - s->at < digits)
        return false;
    for (int i = 0; i < digits; i++) {
        char c = *s->at++;
        if (c < '0' || c > '9')
            return false;
        value = value * 10 + (c - '0');
    }
    *ret = value;
    return value >= min && value <= max;
}

static bool take_one_of(struct scan *s, const char *chars) {
    if (s->at == s->end || *s->at == '\0' || strchr(chars, *s->at) == NULL)
        return false;
    s->at++;
    return true;
}

/* ".d+": at least one digit, at most 9, of which six count. */
static bool take_fraction(struct scan *s, int64_t *ret_us) {
    int64_t us = 0;
    int digits = 0;

    *ret_us = 0;
    if (!take_one_of(s, "."))
        return true;
    while (s->at < s->end && *s->at >= '0' && *s->at <= '9') {
        if (digits < 6)
            us = us * 10 + (*s->at - '0');
        digits++;
        s->at++;
    }
    for (int i = digits; i < 6; i++)
        us *= 10;
    *ret_us = us;
    return digits >= 1 && digits <= 9;
}

static bool take_offset(struct scan *s, int64_t *ret_s) {
    int64_t hours;
    int64_t minutes;
    bool west;

    *ret_s = 0;
    if (take_one_of(s, "Zz"))
        return true;
    west = s->at < s->end && *s->at == '-';
    if (!take_one_of(s, "+-") || !take_number(s, 2, 0, 23, &hours) || !take_one_of(s, ":") ||
        !take_number(s, 2, 0, 59, &minutes))
        return false;
    *ret_s = (hours * 60 + minutes) * (west ? -60 : 60);
    return true;
}

bool wire_time_read(const char *text, size_t len, int64_t *ret_us) {
    struct scan s = {text, text + len};
    int64_t year;
    int64_t month;
    int64_t day;
    int64_t hour;
    int64_t minute;
    int64_t second;
    int64_t fraction;
    int64_t offset;
    int64_t total;

    /* Year 0000 is let through here, since an offset may lift it into 0001; the range is checked in UTC at the end. */
    if (!take_number(&s, 4, 0, 9999, &year) || !take_one_of(&s, "-") || !take_number(&s, 2, 1, 12, &month) ||
        !take_one_of(&s, "-") || !take_number(&s, 2, 1, days_in(year, month), &day) || !take_one_of(&s, "Tt") ||
        !take_number(&s, 2, 0, 23, &hour) || !take_one_of(&s, ":") || !take_number(&s, 2, 0, 59, &minute) ||
        !take_one_of(&s, ":") || !take_number(&s, 2, 0, 59, &second) || !take_fraction(&s, &fraction) ||
        !take_offset(&s, &offset) || s.at != s.end)
        return false;
    total = days_of(year, month, day) * 86400 + hour * 3600 + minute * 60 + second - offset;
    if (total < WIRE_TIME_FIRST_S || total > WIRE_TIME_LAST_S)
        return false;
    *ret_us = total * SECOND_US + fraction;
    return true;
}

static char *put_digits(char *to, int64_t value, int digits) {
    for (int i = digits - 1; i >= 0; i--) {
        to[i] = (char)('0' + value % 10);
        value /= 10;
    }
    assert(value == 0);
    return to + digits;
}

size_t wire_time_write(int64_t us, char ret[WIRE_TIME_TEXT_MAX]) {
    int64_t fraction = (us % SECOND_US + SECOND_US) % SECOND_US;
    int64_t seconds = us / SECOND_US - (us % SECOND_US < 0 ? 1 : 0);
    int64_t in_day = (seconds % 86400 + 86400) % 86400;
    int64_t year;
    int64_t month;
    int64_t day;
    char *to = ret;

    if (seconds < WIRE_TIME_FIRST_S || seconds > WIRE_TIME_LAST_S)
        return 0;
    date_of((seconds - in_day) / 86400, &year, &month, &day);
    to = put_digits(to, year, 4);
    *to++ = '-';
    to = put_digits(to, month, 2);
    *to++ = '-';
    to = put_digits(to, day, 2);
    *to++ = 'T';
    to = put_digits(to, in_day / 3600, 2);
    *to++ = ':';
    to = put_digits(to, in_day / 60 % 60, 2);
    *to++ = ':';
    to = put_digits(to, in_day % 60, 2);
    if (fraction != 0) {
        *to++ = '.';
        to = fraction % 1000 == 0 ? put_digits(to, fraction / 1000, 3) : put_digits(to, fraction, 6);
    }
    *to++ = 'Z';
    *to = '\0';
    return (size_t)(to - ret);
}
