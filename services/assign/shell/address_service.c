#include "assign/shell/address_service.h"

#include <pthread.h>

#include "assign/shell/place_finder.h"
#include "common/io/conf.h"

/* The reader goes on for a moment while the service ends, so it asks under a lock. */
static struct {
    pthread_rwlock_t lock;
    struct gazetteer_live *live;
    struct place_finder *finder;
} service = {.lock = PTHREAD_RWLOCK_INITIALIZER};

enum pd_fate address_begin(const struct conf *conf, struct bus *bus, struct pd_err *reterr) {
    struct gazetteer_live *live = NULL;
    enum pd_fate fate = gazetteer_live_start(conf->pg_conninfo, &live, reterr);
    if (fate != PD_OK) {
        return fate;
    }
    pthread_rwlock_wrlock(&service.lock);
    service.live = live;
    pthread_rwlock_unlock(&service.lock);
    return place_finder_start(conf->pg_conninfo, bus, live, &service.finder, reterr);
}

void address_end(void) {
    place_finder_stop(service.finder);
    service.finder = NULL;
    /* Whoever holds the lock for reading holds the gazetteer: it is waited for. */
    pthread_rwlock_wrlock(&service.lock);
    gazetteer_live_stop(service.live);
    service.live = NULL;
    pthread_rwlock_unlock(&service.lock);
}

bool address_places_ref(struct gazetteer_view *ret_view) {
    pthread_rwlock_rdlock(&service.lock);
    bool there = service.live != NULL && gazetteer_live_ref(service.live, ret_view);
    if (!there) {
        pthread_rwlock_unlock(&service.lock);
    }
    return there;
}

void address_places_unref(struct gazetteer_view *view) {
    gazetteer_live_unref(service.live, view);
    pthread_rwlock_unlock(&service.lock);
}
