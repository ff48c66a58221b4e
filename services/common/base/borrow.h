/* borrow.h - lends constant bytes to an interface that forgot to say const
 *
 * Use       struct members of protobuf-c and parameters of nats.c and libpq are char * though nobody writes through them:
 *               message.number = pd_borrow(row->number);
 * Promise   the one place where const is laid aside; the borrower must not write and not free.
 * Threads   any. */
#ifndef COMMON_BASE_BORROW_H
#define COMMON_BASE_BORROW_H

static inline void *pd_borrow(const void *bytes) {
    union {
        const void *lent;
        void *borrowed;
    } u = {.lent = bytes};
    return u.borrowed;
}

#endif
