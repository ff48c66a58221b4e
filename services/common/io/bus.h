/* bus.h - NATS as paidan uses it: say, serve, ask a batch, pull a durable consumer
 *
 * Use       bus_open() once per process; subscriptions last until bus_close().
 * Promise   publishing never waits. Callbacks come on the client library's threads and may keep the message, which
 *           they own. Nothing published is proof of anything until the other side has answered: the caller keeps its
 *           own record. Durable consumers are only bound, never created and never deleted here (pitfalls: Unsubscribe
 *           of a consumer that the client created deletes it).
 * Fails     PD_RETRY when not connected or out of memory. The connection is made again for ever, in the background.
 * Memory    struct bus_message is freed with bus_message_free() by whoever has it.
 * Threads   every function from any thread. */
#ifndef COMMON_IO_BUS_H
#define COMMON_IO_BUS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/err.h"

struct bus;
struct bus_message;
struct bus_pull;

enum bus_outcome {
    BUS_OK,
    BUS_NO_RESPONDERS, /* nobody serves the subject: nothing happened */
    BUS_TIMEOUT,       /* no answer in time: it may have happened */
    BUS_CLOSED         /* the bus is being closed or not connected: nothing was sent */
};

/* Takes over the message. */
typedef void bus_handler(void *context, struct bus_message *message);
/* bytes are borrowed for the call; exactly one call per request. */
typedef void bus_answer(void *context, enum bus_outcome outcome, const void *bytes, size_t length);

/* url: nats://host:port. seed_file: the nkey seed (mode 0400), NULL for none. name: the service's word; inboxes begin
 * _INBOX_<name>. Succeeds also while no server is there. */
enum pd_fate bus_open(const char *url, const char *seed_file, const char *name, struct bus **ret_bus,
                      struct pd_err *reterr);
/* Stops callbacks, fails outstanding requests with BUS_CLOSED, sends what is buffered. NULL is fine. */
void bus_close(struct bus *bus);
bool bus_connected(const struct bus *bus);
/* True when the client library has given up for ever: the server refused our key twice. Only a new process helps. */
bool bus_lost(const struct bus *bus);
/* How often a connection was made; changes tell the fence to look. */
uint64_t bus_connections(const struct bus *bus);

/* Publishes, at most once. */
enum pd_fate bus_say(struct bus *bus, const char *subject, const void *bytes, size_t length);
/* The same within a millisecond, together with what else is said in it: for what comes in numbers and nobody waits for. */
enum pd_fate bus_say_soon(struct bus *bus, const char *subject, const void *bytes, size_t length);
/* Every subscriber gets each message; with a queue, one of the group does. queue may be NULL. */
enum pd_fate bus_subscribe(struct bus *bus, const char *subject, const char *queue, bus_handler *handler, void *context,
                           struct pd_err *reterr);
/* Publishes with a reply inbox of its own and calls back once, on a thread of the bus. */
void bus_request_batch(struct bus *bus, const char *subject, const void *bytes, size_t length, int timeout_ms,
                       bus_answer *answer, void *context);

const char *bus_message_subject(const struct bus_message *message);
const char *bus_message_reply(const struct bus_message *message); /* NULL: no answer wanted */
/* Says it to the message's reply subject, if that is an inbox: an asker must not make a service speak elsewhere in its name. */
void bus_answer_message(struct bus *bus, const struct bus_message *message, const void *bytes, size_t length);
const uint8_t *bus_message_bytes(const struct bus_message *message, size_t *ret_length);
void bus_message_free(struct bus_message *message);
/* Where in its stream a pulled message stood, and when the stream stored it (ns since 1970). False for other messages. */
bool bus_message_position(const struct bus_message *message, uint64_t *ret_seq, int64_t *ret_stored_ns);

/* ---- durable pull consumers */

/* Binds to a durable consumer that the deploy role made. Nothing is fetched before bus_pull_more(). */
enum pd_fate bus_pull_open(struct bus *bus, const char *stream, const char *consumer, bus_handler *handler,
                           void *context, struct bus_pull **ret_pull, struct pd_err *reterr);
/* Asks for up to `count` more messages unless an earlier request is still running. Call it often: it also notices
 * requests that were lost with a connection. now_us is a monotonic clock. */
void bus_pull_more(struct bus_pull *pull, int count, int64_t now_us);
/* True when the last request ended without a message: the stream has nothing for this consumer (or is not there). */
bool bus_pull_idle(const struct bus_pull *pull);
/* Acknowledges this message and all before it (the consumer's policy is AckAll). Keeps the message. */
void bus_ack_all(struct bus *bus, const struct bus_message *message);

/* ---- looking at the stream */

struct bus_stream_state {
    bool exists;
    int64_t created_ns;
    uint64_t first_seq, last_seq, messages, bytes, max_bytes;
};
/* Asks the server; blocks up to 2 s. PD_RETRY when it did not answer. */
enum pd_fate bus_stream_look(struct bus *bus, const char *stream, struct bus_stream_state *ret_state,
                             struct pd_err *reterr);

struct bus_consumer_state {
    bool exists;
    uint64_t delivered, ack_floor, pending, ack_pending;
};
enum pd_fate bus_consumer_look(struct bus *bus, const char *stream, const char *consumer,
                               struct bus_consumer_state *ret_state, struct pd_err *reterr);

#endif
