#include "common/wire/problem.h"
#include "common/base/borrow.h"

#include "common/wire/json_write.h"

#include <assert.h>
#include <string.h>

#define URN "urn:paidan:problem:"

static const struct {
    char *type; /* protobuf-c's members are not const; nobody writes through them */
    char *title;
    int status;
} problems[WIRE_PROBLEM_COUNT] = {
#define PROBLEM(name, code, status, title, meaning)                                                                    \
    [WIRE_PROBLEM_##name] = {(char[]){URN code}, (char[]){title}, (status)},
#include "common/wire/problem.def"
#undef PROBLEM
};

const char *wire_problem_type(enum wire_problem problem) {
    assert(problem < WIRE_PROBLEM_COUNT);
    return problems[problem].type;
}

const char *wire_problem_title(enum wire_problem problem) {
    assert(problem < WIRE_PROBLEM_COUNT);
    return problems[problem].title;
}

int wire_problem_status(enum wire_problem problem) {
    assert(problem < WIRE_PROBLEM_COUNT);
    return problems[problem].status;
}

enum wire_problem wire_problem_find(const char *type) {
    unsigned i = 0;

    if (strncmp(type, URN, strlen(URN)) == 0)
        type += strlen(URN);
    while (i < WIRE_PROBLEM_COUNT && strcmp(type, problems[i].type + strlen(URN)) != 0)
        i++;
    return (enum wire_problem)i;
}

void wire_problem_init(Paidan__Common__V1__Problem *ret, enum wire_problem problem, const char *detail) {
    assert(problem < WIRE_PROBLEM_COUNT);
    paidan__common__v1__problem__init(ret);
    ret->type = problems[problem].type;
    ret->title = problems[problem].title;
    ret->status = problems[problem].status;
    if (detail != NULL)
        ret->detail = pd_borrow(detail);
}

void wire_problem_from(Paidan__Common__V1__Problem *ret, const struct wire_problem_at *at) {
    wire_problem_init(ret, at->problem, at->detail);
}

bool wire_problem_write(const Paidan__Common__V1__Problem *problem, struct wire_buf *out) {
    static char untyped[] = "about:blank";
    Paidan__Common__V1__Problem whole = *problem;
    bool typed = whole.type != NULL && whole.type[0] != '\0';
    enum wire_problem known = typed ? wire_problem_find(whole.type) : WIRE_PROBLEM_COUNT;

    if (!typed)
        whole.type = untyped;
    if (known != WIRE_PROBLEM_COUNT) {
        whole.type = problems[known].type;
        if (whole.title == NULL || whole.title[0] == '\0')
            whole.title = problems[known].title;
        if (whole.status == 0)
            whole.status = problems[known].status;
    }
    return wire_json_write(&whole.base, out);
}
