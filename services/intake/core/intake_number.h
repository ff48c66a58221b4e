/* intake_number.h - the number a person can read out: city, day, and a count of that day
 *
 * Use       intake_day() for the key of table request_number; intake_number() for the text.
 * Promise   the day is that of Asia/Shanghai (UTC+8, no daylight saving since 1991). Six digits, more when a day needs them.
 * Fails     never, for times from 1970 to 9999.
 * Memory    the caller's buffer. Threads any. */
#ifndef INTAKE_CORE_INTAKE_NUMBER_H
#define INTAKE_CORE_INTAKE_NUMBER_H

#include <stdbool.h>
#include <stdint.h>

enum { INTAKE_NUMBER_TEXT = 2 + 8 + 1 + 19 + 1 };

/* The day as a decimal number, e.g. 20261124. */
int32_t intake_day(int64_t at_us);

/* "ZS20261124-000123". city: two capital letters; day: of intake_day(); count from 1. Returns ret. */
char *intake_number(const char *city, int32_t day, int64_t count, char ret[INTAKE_NUMBER_TEXT]);

/* Two capital letters, eight digits, '-', six to nineteen digits. */
bool intake_is_number(const char *text);

#endif
