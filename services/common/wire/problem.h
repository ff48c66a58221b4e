/* problem.h - what is wrong with a request, and the RFC 9457 document that says so
 *
 * Use       readers of this room fill struct wire_problem_at; wire_problem_from() makes the message of it, or
 *           wire_problem_init() makes one by code; wire_problem_write() appends the document
 *           (application/problem+json).
 * Promise   codes, statuses and titles are one table (problem.def). What a client sent is never repeated, apart from
 *           names of keys, so that a problem carries no personal data.
 * Fails     wire_problem_write(): when the buffer is full.
 * Memory    a Problem made here borrows static text, and of *at the detail. */
#ifndef COMMON_WIRE_PROBLEM_H
#define COMMON_WIRE_PROBLEM_H

#include "common/wire/buf.h"
#include "paidan/common/v1/envelope.pb-c.h"

enum wire_problem {
#define PROBLEM(name, code, status, title, meaning) WIRE_PROBLEM_##name,
#include "common/wire/problem.def"
#undef PROBLEM
    WIRE_PROBLEM_COUNT
};

enum { WIRE_POINTER_MAX = 128, WIRE_DETAIL_MAX = 640 };

/* What is wrong and where. Untouched when nothing is. */
struct wire_problem_at {
    enum wire_problem problem;
    char pointer[WIRE_POINTER_MAX]; /* RFC 6901, "" = the whole text; or the name of a parameter */
    char detail[WIRE_DETAIL_MAX];   /* whole sentence, names the pointer */
};

const char *wire_problem_type(enum wire_problem problem);  /* urn:paidan:problem:... */
const char *wire_problem_title(enum wire_problem problem); /* for people */
int wire_problem_status(enum wire_problem problem);        /* HTTP's */

/* The problem with this type (with or without the urn), or WIRE_PROBLEM_COUNT. */
enum wire_problem wire_problem_find(const char *type);

/* Initialises *ret with type, title, status and detail (NULL: none). */
void wire_problem_init(Paidan__Common__V1__Problem *ret, enum wire_problem problem, const char *detail);

/* The same from a reader's finding. */
void wire_problem_from(Paidan__Common__V1__Problem *ret, const struct wire_problem_at *at);

/* Appends the document. An empty title or a zero status is filled in from the table by the type; an empty type is
 * written as about:blank. */
bool wire_problem_write(const Paidan__Common__V1__Problem *problem, struct wire_buf *out);

#endif
