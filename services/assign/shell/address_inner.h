/* address_inner.h - what address_batch.c decides and address_store.c writes
 *
 * Memory    of the batch.
 * Threads   the writer thread. */
#ifndef ASSIGN_SHELL_ADDRESS_INNER_H
#define ASSIGN_SHELL_ADDRESS_INNER_H

#include "assign/shell/address_batch.h"
#include "paidan/assign/v1/assign.pb-c.h"

enum { ADDRESS_FOUND_MAX = 5 };

/* A known place that a dispatcher named. */
struct address_known {
    uint8_t id[16];
    double lat, lng;
};

/* The words of an order's address. */
struct address_words {
    uint8_t order_id[16];
    const char *text;
};

/* A row of order_address that begins or changes. */
struct address_note {
    const struct order_slot *slot;
    bool awaits; /* begins */
    int source;  /* paidan.assign.v1.PlaceSource; 0: no place */
    bool has_place_id;
    uint8_t place_id[16];
    const char *words;                               /* NULL: forgotten */
    const Paidan__Assign__V1__PlaceOrderRequest *of; /* its candidates; NULL: they stay */
    struct address_note *next;
};

struct address_learnt {
    uint8_t place_id[16];
    const char *alias;
    struct address_learnt *next;
};

#endif
