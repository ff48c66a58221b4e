#include "assign/core/accountable.h"

#include <assert.h>
#include <string.h>

static bool is_there(const struct accountable_person *person, int64_t at_us) {
    return duty_at(person->spans, person->span_count, at_us);
}

static bool before(const struct accountable_person *people, int a, int b, int present) {
    if (people[a].rank != people[b].rank) {
        return people[a].rank < people[b].rank;
    }
    if (a == present || b == present) {
        return a == present;
    }
    if (people[a].open_orders != people[b].open_orders) {
        return people[a].open_orders < people[b].open_orders;
    }
    return strcmp(people[a].worker_id, people[b].worker_id) < 0;
}

int accountable_at(const struct accountable_person *people, size_t count, int present, int64_t at_us,
                   bool *ret_by_load) {
    int best = ACCOUNTABLE_NOBODY;
    assert(present >= ACCOUNTABLE_NOBODY && (present < 0 || (size_t)present < count));
    for (size_t i = 0; i < count; i++) {
        if (is_there(&people[i], at_us) && (best < 0 || before(people, (int)i, best, present))) {
            best = (int)i;
        }
    }
    bool equals = false;
    for (size_t i = 0; best >= 0 && best != present && i < count; i++) {
        equals = equals || ((int)i != best && people[i].rank == people[best].rank && is_there(&people[i], at_us));
    }
    if (ret_by_load != NULL) {
        *ret_by_load = equals;
    }
    assert(best < 0 || is_there(&people[best], at_us));
    return best;
}

/* The next edge of anybody's duty after at_us; 0: none. */
static int64_t next_edge(const struct accountable_person *people, size_t count, int64_t at_us) {
    int64_t first_us = 0;
    for (size_t i = 0; i < count; i++) {
        int64_t edge_us = duty_edge(people[i].spans, people[i].span_count, at_us);
        if (edge_us != 0 && (first_us == 0 || edge_us < first_us)) {
            first_us = edge_us;
        }
    }
    return first_us;
}

size_t accountable_walk(const struct accountable_person *people, size_t count, int present, int64_t from_us,
                        int64_t to_us, struct accountable_move *ret_moves, size_t max, bool *ret_by_load) {
    size_t moves = 0;
    bool by_load = false;
    for (int64_t at_us = next_edge(people, count, from_us); at_us != 0 && at_us <= to_us && moves < max;
         at_us = next_edge(people, count, at_us)) {
        bool load_asked = false;
        int person = accountable_at(people, count, present, at_us, &load_asked);
        if (person != present) {
            ret_moves[moves++] = (struct accountable_move){at_us, person};
            by_load = by_load || load_asked;
            present = person;
        }
    }
    *ret_by_load = by_load;
    return moves;
}
