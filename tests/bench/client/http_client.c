#include "http_client.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { TIMEOUT_US = 40 * 1000 * 1000, SWEEP_MS = 1000, REQUEST_MAX = HTTP_CLIENT_BODY_MAX + 2048 };

enum slot_state { SLOT_CLOSED, SLOT_CONNECTING, SLOT_OPEN, SLOT_CLOSING };

/* One connection, and the call on it. */
struct slot {
    struct http_client *client;
    struct slot *next; /* free list */
    enum slot_state state;
    uv_tcp_t tcp;
    uv_connect_t connect;
    uv_write_t write;
    struct http_task *task; /* NULL: no call */
    int64_t begun_us;
    char *answer; /* head and body as they come */
    size_t length, capacity;
    size_t head; /* bytes of the head; 0: not yet complete */
    size_t body; /* bytes that follow it */
    long status, retry_after_s;
    bool close_after;
    size_t request_length;
    char request[REQUEST_MAX];
    struct http_order order;
};

struct queue {
    struct http_task *first, **last;
};

struct http_client {
    uv_loop_t *loop;
    uv_timer_t sweep;
    uv_check_t turn; /* starts what was asked in this turn of the loop */
    uv_idle_t awake; /* keeps the loop from sleeping over it */
    struct slot *slots, *free;
    int slot_count;
    size_t pending;
    int open_handles;
    struct queue urgent, normal;
    struct sockaddr_in server;
    char address[128];
};

static void on_awake(uv_idle_t *idle) {
    (void)idle;
}

/* ---- the end of a call */

static void give_back(struct http_client *client, struct slot *slot) {
    slot->task = NULL;
    slot->next = client->free;
    client->free = slot;
    if (client->urgent.first != NULL || client->normal.first != NULL) {
        uv_idle_start(&client->awake, on_awake);
    }
}

static void finish(struct slot *slot, const char *trouble) {
    struct http_client *client = slot->client;
    struct http_task *task = slot->task;
    if (task == NULL) {
        return;
    }
    struct http_answer answer = {.took_us = (int64_t)(uv_hrtime() / 1000) - slot->begun_us, .trouble = trouble};
    if (trouble == NULL) {
        answer.status = slot->status;
        answer.retry_after_s = slot->retry_after_s;
        answer.body = slot->answer + slot->head;
        answer.length = slot->body;
        slot->answer[slot->head + slot->body] = '\0';
    } else {
        answer.body = "";
    }
    client->pending--;
    /* The slot stays taken during done(): a task asked there must not overwrite the answer that it reads. */
    task->done(task, &answer);
    give_back(client, slot);
}

static void on_slot_closed(uv_handle_t *handle) {
    struct slot *slot = handle->data;
    slot->state = SLOT_CLOSED;
    finish(slot, "the connection broke");
}

static void close_slot(struct slot *slot) {
    if (slot->state == SLOT_CONNECTING || slot->state == SLOT_OPEN) {
        slot->state = SLOT_CLOSING;
        uv_close((uv_handle_t *)&slot->tcp, on_slot_closed);
    }
}

/* ---- reading: a status line, Content-Length, keep-alive; what the gateway sends */

static const char *value_of(const char *line, const char *name) {
    size_t length = strlen(name);
    return strncasecmp(line, name, length) == 0 && line[length] == ':' ? line + length + 1 : NULL;
}

static bool read_head(struct slot *slot) {
    const char *end = strstr(slot->answer, "\r\n\r\n");
    if (end == NULL) {
        return true;
    }
    slot->head = (size_t)(end - slot->answer) + 4;
    slot->status = strncmp(slot->answer, "HTTP/1.1 ", 9) == 0 ? strtol(slot->answer + 9, NULL, 10) : 0;
    for (const char *line = strstr(slot->answer, "\r\n"); line < end; line = strstr(line, "\r\n")) {
        line += 2;
        const char *value;
        if ((value = value_of(line, "Content-Length")) != NULL) {
            slot->body = strtoul(value, NULL, 10);
        } else if ((value = value_of(line, "Retry-After")) != NULL) {
            slot->retry_after_s = strtol(value, NULL, 10);
        } else if ((value = value_of(line, "Connection")) != NULL) {
            slot->close_after = strncasecmp(value, " close", 6) == 0;
        }
    }
    return slot->status >= 100;
}

static void on_room(uv_handle_t *handle, size_t suggested, uv_buf_t *ret_room) {
    (void)suggested;
    struct slot *slot = handle->data;
    if (slot->capacity - slot->length < 2048) {
        char *larger = realloc(slot->answer, slot->capacity * 2);
        if (larger == NULL) {
            *ret_room = uv_buf_init(NULL, 0);
            return;
        }
        slot->answer = larger;
        slot->capacity *= 2;
    }
    /* One byte stays for the zero behind. */
    *ret_room = uv_buf_init(slot->answer + slot->length, (unsigned)(slot->capacity - slot->length - 1));
}

static void on_bytes(uv_stream_t *stream, ssize_t count, const uv_buf_t *room) {
    (void)room;
    struct slot *slot = stream->data;
    if (count < 0 || slot->task == NULL) {
        close_slot(slot);
        return;
    }
    slot->length += (size_t)count;
    slot->answer[slot->length] = '\0';
    if (slot->head == 0 && !read_head(slot)) {
        close_slot(slot);
        return;
    }
    if (slot->head > 0 && slot->length >= slot->head + slot->body) {
        bool close_after = slot->close_after;
        finish(slot, NULL);
        if (close_after) {
            close_slot(slot);
        }
    }
}

/* ---- sending */

static void on_written(uv_write_t *write, int status) {
    struct slot *slot = write->data;
    if (status < 0) {
        close_slot(slot);
    }
}

static void send_request(struct slot *slot) {
    uv_buf_t bytes = uv_buf_init(slot->request, (unsigned)slot->request_length);
    slot->write.data = slot;
    if (uv_write(&slot->write, (uv_stream_t *)&slot->tcp, &bytes, 1, on_written) != 0) {
        close_slot(slot);
    }
}

static void on_connected(uv_connect_t *connect, int status) {
    struct slot *slot = connect->data;
    if (status < 0 || slot->state != SLOT_CONNECTING) {
        close_slot(slot);
        return;
    }
    slot->state = SLOT_OPEN;
    uv_tcp_nodelay(&slot->tcp, 1);
    uv_read_start((uv_stream_t *)&slot->tcp, on_room, on_bytes);
    send_request(slot);
}

static void open_slot(struct slot *slot) {
    struct http_client *client = slot->client;
    uv_tcp_init(client->loop, &slot->tcp);
    slot->tcp.data = slot;
    slot->connect.data = slot;
    slot->state = SLOT_CONNECTING;
    if (uv_tcp_connect(&slot->connect, &slot->tcp, (const struct sockaddr *)&client->server, on_connected) != 0) {
        close_slot(slot);
    }
}

static void write_request(struct slot *slot) {
    const struct http_order *order = &slot->order;
    size_t body = order->post ? strlen(order->body) : 0;
    int head = snprintf(
        slot->request, sizeof slot->request,
        "%s %s HTTP/1.1\r\nHost: %s\r\n%s%s%s%s%s%sContent-Type: application/json\r\nContent-Length: %zu\r\n\r\n",
        order->post ? "POST" : "GET", order->path, slot->client->address,
        order->token[0] != '\0' ? "Authorization: Bearer " : "", order->token, order->token[0] != '\0' ? "\r\n" : "",
        order->key[0] != '\0' ? "Idempotency-Key: " : "", order->key, order->key[0] != '\0' ? "\r\n" : "", body);
    assert(head > 0 && (size_t)head + body < sizeof slot->request);
    memcpy(slot->request + head, order->body, body);
    slot->request_length = (size_t)head + body;
}

static void start(struct slot *slot, struct http_task *task) {
    struct http_order *order = &slot->order;
    order->post = false;
    order->path[0] = order->key[0] = order->token[0] = order->body[0] = '\0';
    task->fill(task, order);
    write_request(slot);
    slot->task = task;
    slot->length = slot->head = slot->body = 0;
    slot->status = slot->retry_after_s = 0;
    slot->close_after = false;
    slot->begun_us = (int64_t)(uv_hrtime() / 1000);
    if (slot->state == SLOT_OPEN) {
        send_request(slot);
    } else if (slot->state == SLOT_CLOSED) {
        open_slot(slot);
    }
    /* SLOT_CLOSING: on_slot_closed() tells the task that no answer came. */
}

/* ---- queues */

static struct http_task *take(struct queue *queue) {
    struct http_task *task = queue->first;
    if (task != NULL) {
        queue->first = task->next;
        if (queue->first == NULL) {
            queue->last = &queue->first;
        }
    }
    return task;
}

static void put(struct queue *queue, struct http_task *task) {
    task->next = NULL;
    *queue->last = task;
    queue->last = &task->next;
}

/* Once per turn: what was asked is put on the wire. */
static void on_turn(uv_check_t *check) {
    struct http_client *client = check->data;
    while (client->free != NULL) {
        struct http_task *task = take(&client->urgent);
        task = task != NULL ? task : take(&client->normal);
        if (task == NULL) {
            break;
        }
        struct slot *slot = client->free;
        client->free = slot->next;
        start(slot, task);
    }
    bool more = client->free != NULL && (client->urgent.first != NULL || client->normal.first != NULL);
    if (!more) {
        uv_idle_stop(&client->awake);
    }
}

static void on_sweep(uv_timer_t *timer) {
    struct http_client *client = timer->data;
    int64_t now_us = (int64_t)(uv_hrtime() / 1000);
    for (int i = 0; i < client->slot_count; i++) {
        struct slot *slot = &client->slots[i];
        if (slot->task != NULL && now_us - slot->begun_us > TIMEOUT_US) {
            close_slot(slot);
        }
    }
}

void http_client_ask(struct http_client *client, struct http_task *task, bool urgent) {
    put(urgent ? &client->urgent : &client->normal, task);
    client->pending++;
    if (client->free != NULL) {
        uv_idle_start(&client->awake, on_awake);
    }
}

size_t http_client_pending(const struct http_client *client) {
    return client->pending;
}

/* ---- life */

static bool set_server(struct http_client *client, const char *address) {
    char host[128];
    snprintf(client->address, sizeof client->address, "%s", address);
    snprintf(host, sizeof host, "%s", address);
    char *colon = strrchr(host, ':');
    if (colon == NULL) {
        return false;
    }
    *colon = '\0';
    return uv_ip4_addr(host, (int)strtol(colon + 1, NULL, 10), &client->server) == 0;
}

struct http_client *http_client_new(uv_loop_t *loop, const char *address, int connections) {
    assert(connections > 0);
    struct http_client *client = calloc(1, sizeof *client);
    if (client == NULL) {
        return NULL;
    }
    client->loop = loop;
    client->urgent.last = &client->urgent.first;
    client->normal.last = &client->normal.first;
    client->slot_count = connections;
    client->slots = calloc((size_t)connections, sizeof *client->slots);
    if (client->slots == NULL || !set_server(client, address)) {
        abort();
    }
    for (int i = connections - 1; i >= 0; i--) {
        struct slot *slot = &client->slots[i];
        slot->client = client;
        slot->capacity = 4096;
        slot->answer = malloc(slot->capacity);
        if (slot->answer == NULL) {
            abort();
        }
        give_back(client, slot);
    }
    uv_timer_init(loop, &client->sweep);
    uv_check_init(loop, &client->turn);
    uv_idle_init(loop, &client->awake);
    client->sweep.data = client->turn.data = client->awake.data = client;
    uv_check_start(&client->turn, on_turn);
    uv_timer_start(&client->sweep, on_sweep, SWEEP_MS, SWEEP_MS);
    uv_unref((uv_handle_t *)&client->turn);
    uv_unref((uv_handle_t *)&client->sweep);
    client->open_handles = 3;
    return client;
}

static void on_closed(uv_handle_t *handle) {
    struct http_client *client = handle->data;
    if (--client->open_handles > 0) {
        return;
    }
    for (int i = 0; i < client->slot_count; i++) {
        free(client->slots[i].answer);
    }
    free(client->slots);
    free(client);
}

static void on_last_closed(uv_handle_t *handle) {
    struct slot *slot = handle->data;
    handle->data = slot->client;
    on_closed(handle);
}

void http_client_close(struct http_client *client) {
    assert(client->pending == 0);
    for (int i = 0; i < client->slot_count; i++) {
        struct slot *slot = &client->slots[i];
        if (slot->state == SLOT_OPEN || slot->state == SLOT_CONNECTING) {
            client->open_handles++;
            slot->state = SLOT_CLOSING;
            uv_close((uv_handle_t *)&slot->tcp, on_last_closed);
        }
    }
    uv_close((uv_handle_t *)&client->sweep, on_closed);
    uv_close((uv_handle_t *)&client->turn, on_closed);
    uv_close((uv_handle_t *)&client->awake, on_closed);
}
