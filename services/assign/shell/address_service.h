/* address_service.h - the threads of assign that look after addresses: the gazetteer's and the finder's
 *
 * Use       address_begin() and address_end() are ops->begin and ops->end.
 * Promise   address_gazetteer() lives from begin to end, that is longer than the reader thread.
 * Fails     as pthread_create().
 * Threads   address_gazetteer() any. */
#ifndef ASSIGN_SHELL_ADDRESS_SERVICE_H
#define ASSIGN_SHELL_ADDRESS_SERVICE_H

#include "assign/shell/gazetteer_live.h"

struct bus;
struct conf;

enum pd_fate address_begin(const struct conf *conf, struct bus *bus, struct pd_err *reterr);
void address_end(void);

/* A reference to the places; false: they are not loaded yet, or the service ends. Give it back with address_places_unref(). */
bool address_places_ref(struct gazetteer_view *ret_view);
void address_places_unref(struct gazetteer_view *view);

#endif
