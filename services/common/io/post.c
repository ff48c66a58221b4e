#include "common/io/post.h"

#include <assert.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include <uv.h>

struct call {
    struct call *next;
    void (*fn)(void *arg);
    void (*discard)(void *arg);
    void *arg;
};

/* A mutex and not a lock-free list: the loop takes all under one short lock, and closing must be exact, so that no call
 * slips in behind uv_close() and waits for ever. */
struct post {
    uv_async_t wake;
    pthread_mutex_t mutex;
    struct call *first, **last;
    bool closed;
};

static struct call *take_all(struct post *post) {
    (void)pthread_mutex_lock(&post->mutex);
    struct call *all = post->first;
    post->first = NULL;
    post->last = &post->first;
    (void)pthread_mutex_unlock(&post->mutex);
    return all;
}

static void run_all(uv_async_t *wake) {
    struct post *post = wake->data;
    struct call *c = take_all(post);
    while (c) {
        struct call *next = c->next;
        if (post->closed) { /* closed by a call before this one */
            if (c->discard)
                c->discard(c->arg);
        } else {
            c->fn(c->arg);
        }
        free(c);
        c = next;
    }
}

enum pd_fate post_open(uv_loop_t *loop, struct post **ret_post, struct pd_err *err) {
    assert(loop && ret_post);
    struct post *post = calloc(1, sizeof *post);
    if (!post)
        return pd_fail(err, PD_RETRY, "nomem", "no memory for a post");
    int rc = uv_async_init(loop, &post->wake, run_all);
    if (rc < 0) {
        free(post);
        return pd_fail(err, PD_BROKEN, uv_err_name(rc), "uv_async_init: %s", uv_strerror(rc));
    }
    post->wake.data = post;
    post->last = &post->first;
    (void)pthread_mutex_init(&post->mutex, NULL);
    *ret_post = post;
    return PD_OK;
}

bool post_any(struct post *post, void (*fn)(void *arg), void (*discard)(void *arg), void *arg) {
    assert(post && fn);
    struct call *c = malloc(sizeof *c);
    if (!c)
        return false;
    *c = (struct call){.fn = fn, .discard = discard, .arg = arg};
    (void)pthread_mutex_lock(&post->mutex);
    bool open = !post->closed;
    if (open) {
        *post->last = c;
        post->last = &c->next;
        (void)uv_async_send(&post->wake); /* under the lock: the handle cannot be closed in between */
    }
    (void)pthread_mutex_unlock(&post->mutex);
    if (!open)
        free(c);
    return open;
}

void post_close(struct post *post) {
    assert(post && !post->closed);
    (void)pthread_mutex_lock(&post->mutex);
    post->closed = true;
    (void)pthread_mutex_unlock(&post->mutex);
    struct call *c = take_all(post);
    while (c) {
        struct call *next = c->next;
        if (c->discard)
            c->discard(c->arg);
        free(c);
        c = next;
    }
    uv_close((uv_handle_t *)&post->wake, NULL);
}

void post_free(struct post *post) {
    if (!post)
        return;
    assert(post->closed);
    (void)pthread_mutex_destroy(&post->mutex);
    free(post);
}
