/* post.h - runs a function on the loop thread, asked for by any thread
 *
 * Use       post_open() on the loop; post_any(post, fn, arg) from anywhere; post_close() on the loop.
 * Promise   every accepted call runs once, in the order of acceptance of one thread; wake-ups may coalesce, calls do
 *           not get lost. After post_close() nothing runs; calls not yet run are discarded by their `discard`.
 * Fails     post_any(): false when there is no memory or the post is closed; the caller still owns arg.
 * Memory    one small allocation a call, freed after it ran.
 * Threads   functions ending in _any: any; the others the loop thread. */
#ifndef COMMON_IO_POST_H
#define COMMON_IO_POST_H

#include <stdbool.h>

#include "common/base/err.h"

struct uv_loop_s;
struct post;

enum pd_fate post_open(struct uv_loop_s *loop, struct post **ret_post, struct pd_err *err)
    __attribute__((warn_unused_result));

/* discard (may be NULL) frees arg when the call will never run. */
bool post_any(struct post *post, void (*fn)(void *arg), void (*discard)(void *arg), void *arg);

/* Refuses from now on, discards what waits and closes its handle; the memory goes with post_free(), after the loop has
 * run and no thread can call post_any() any more. */
void post_close(struct post *post);
void post_free(struct post *post);

#endif
