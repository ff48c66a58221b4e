/* reader.h - the thread that answers queries, and looks after the stream when there are none. Private to the relay.
 *
 * Threads   reader_start() and reader_stop() from the loop thread. */
#ifndef COMMON_RELAY_READER_H
#define COMMON_RELAY_READER_H

#include "common/relay/fence.h"
#include "common/relay/writer.h"

struct reader {
    const struct service_ops *ops;
    const struct conf *conf;
    struct bus *bus;
    struct queue queue;
    struct pg *pg;
    struct writer *writer; /* whose outbox the fence rewinds */
    struct fence fence;
    struct pd_arena arena;
    void *context;
    int64_t next_look_us;
    uint64_t seen_connections;
    _Atomic bool stopping;
    pthread_t thread;
    bool started;
};

enum pd_fate reader_start(struct reader *reader, const struct service_ops *ops, const struct conf *conf,
                          struct bus *bus, void *shared, struct writer *writer, struct pd_err *reterr);
void reader_stop(struct reader *reader);

#endif
