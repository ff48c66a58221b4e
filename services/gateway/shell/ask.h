/* ask.h - commands and queries to the services: everything of one loop turn and one subject goes out as one message
 *
 * Use       ask_open() on the loop; ask_line() once per subject; ask_send() for each command or query.
 * Happy path
 *   - ask_send() packs the command behind the others of its line; at the end of the loop turn each line with something in it is
 *     published once, unless one of the line is still unanswered: then it fills until that is; the reply, which has the same order, comes on a thread of the bus, is brought to the loop and taken
 *     apart: call.answer() for each command
 * Promise   call.answer() comes exactly once for each ask_send() that said ASK_SENT, from the loop and never from inside
 *           ask_send(). When the service gave no answer, ask makes one: 503 busy when nothing can have happened, 503
 *           unknown-outcome when it may have.
 * Fails     ASK_BUSY: too many on their way already. ASK_TOO_LARGE: one command larger than a message may be.
 * Memory    a line keeps the buffers of its last messages. The reply is borrowed during call.answer().
 * Limits    ASK_CALLS_MAX commands or ASK_BYTES_MAX bytes in a message; one single command may have ASK_COMMAND_MAX.
 * Threads   loop thread. */
#ifndef GATEWAY_SHELL_ASK_H
#define GATEWAY_SHELL_ASK_H

#include <protobuf-c/protobuf-c.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/err.h"
#include "gateway/core/session.h"
#include "paidan/common/v1/envelope.pb-c.h"

struct ask;
struct ask_line;
struct bus;
struct daemon;

enum { ASK_CALLS_MAX = 256, ASK_BYTES_MAX = 512 * 1024, ASK_COMMAND_MAX = 3 * 1024 * 1024 };

struct ask_reply {
    int status;
    const uint8_t *payload; /* the response message when status < 300 */
    size_t length;
    const Paidan__Common__V1__Problem *problem; /* never NULL when status >= 300 */
};

/* Who waits. object and number are the caller's own. */
struct ask_call {
    void (*answer)(const struct ask_call *call, const struct ask_reply *reply);
    void *object;
    uint64_t number;
};

struct ask_command {
    const uint8_t *key; /* 32 bytes, or NULL */
    const struct principal *who;
    const char *traceparent;
    const ProtobufCMessage *message;
};

enum ask_result { ASK_SENT, ASK_BUSY, ASK_TOO_LARGE };

enum pd_fate ask_open(struct daemon *daemon, struct bus *bus, int timeout_ms, size_t in_flight_max,
                      struct ask **ret_ask, struct pd_err *err) __attribute__((warn_unused_result));

/* The line of a subject, made when it is new; NULL when there is no memory. calls_max: commands in one message. changes: a
 * lost reply means that something may have happened. */
struct ask_line *ask_line(struct ask *ask, const char *subject, size_t calls_max, bool changes);

enum ask_result ask_send(struct ask *ask, struct ask_line *line, const struct ask_command *command,
                         const struct ask_call *call) __attribute__((warn_unused_result));

/* Commands and queries without an answer so far. */
size_t ask_in_flight(const struct ask *ask);

/* Sends nothing any more and closes the loop's handles. The memory goes with ask_free(), when the loop has run and the bus is closed. */
void ask_close(struct ask *ask);
void ask_free(struct ask *ask);

#endif
