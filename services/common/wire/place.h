/* place.h - where in the text a reader stands, and its refusal there (inside this room only)
 *
 * Use       each level of a reader has one on its stack that points to the one above; the root has up == NULL.
 * Memory    borrows keys while reading. */
#ifndef COMMON_WIRE_PLACE_H
#define COMMON_WIRE_PLACE_H

#include "common/base/err.h"
#include "common/wire/problem.h"

#include <stddef.h>

struct wire__place {
    const struct wire__place *up;
    const char *key; /* NULL: element `index` of a list */
    size_t index;
};

/* Fills *ret: the JSON pointer of place (NULL: the whole text) and the sentence "<pointer>: <format...>". PD_REFUSED.
 */
enum pd_fate wire__refuse(struct wire_problem_at *ret, enum wire_problem problem, const struct wire__place *place,
                          const char *format, ...) __attribute__((format(printf, 4, 5)));

/* The same for a parameter of the URL. */
enum pd_fate wire__refuse_parameter(struct wire_problem_at *ret, enum wire_problem problem, const char *name,
                                    const char *format, ...) __attribute__((format(printf, 4, 5)));

#endif
