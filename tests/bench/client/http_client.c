#include "http_client.h"

#include <assert.h>
#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TIMEOUT_MS = 40000, CONNECT_MS = 5000, HEADERS = 4 };

/* One call in the making or on the wire. */
struct slot {
    struct http_client *client;
    struct slot *next; /* free list */
    CURL *easy;
    struct http_task *task;
    int64_t begun_us;
    char *answer;
    size_t length, capacity;
    struct curl_slist headers[HEADERS];
    char key_line[HTTP_CLIENT_KEY_MAX + 32];
    char token_line[HTTP_CLIENT_TOKEN_MAX + 32];
    char url[HTTP_CLIENT_URL_MAX + 160];
    char trouble[CURL_ERROR_SIZE];
    struct http_order order;
};

struct queue {
    struct http_task *first, **last;
};

struct http_client {
    uv_loop_t *loop;
    CURLM *multi;
    uv_timer_t timer;
    uv_check_t turn; /* starts what was asked in this turn of the loop */
    uv_idle_t awake; /* keeps the loop from sleeping over it */
    struct slot *slots, *free;
    int slot_count;
    size_t pending;
    int open_handles;
    struct queue urgent, normal;
    char address[128];
};

/* A socket that libcurl told us to watch. */
struct watch {
    uv_poll_t poll;
    struct http_client *client;
    curl_socket_t fd;
};

static void give_back(struct http_client *client, struct slot *slot) {
    slot->task = NULL;
    slot->next = client->free;
    client->free = slot;
}

static void finish(struct http_client *client, CURL *easy, CURLcode code) {
    struct slot *slot = NULL;
    struct http_answer answer = {0};
    curl_off_t retry_after = 0;
    curl_easy_getinfo(easy, CURLINFO_PRIVATE, &slot);
    curl_multi_remove_handle(client->multi, easy);
    if (code == CURLE_OK) {
        curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &answer.status);
        curl_easy_getinfo(easy, CURLINFO_RETRY_AFTER, &retry_after);
    } else {
        answer.trouble = slot->trouble[0] != '\0' ? slot->trouble : curl_easy_strerror(code);
    }
    slot->answer[slot->length] = '\0';
    answer.body = slot->answer;
    answer.length = slot->length;
    answer.retry_after_s = (long)retry_after;
    answer.took_us = (int64_t)(uv_hrtime() / 1000) - slot->begun_us;
    struct http_task *task = slot->task;
    client->pending--;
    /* The slot stays taken during done(): a task asked there must not overwrite the answer that it reads. */
    task->done(task, &answer);
    give_back(client, slot);
}

static void collect(struct http_client *client) {
    int left;
    CURLMsg *message;
    while ((message = curl_multi_info_read(client->multi, &left)) != NULL) {
        if (message->msg == CURLMSG_DONE) {
            finish(client, message->easy_handle, message->data.result);
        }
    }
}

static void on_ready(uv_poll_t *poll, int status, int events) {
    struct watch *watch = poll->data;
    int running;
    int what =
        ((events & UV_READABLE) != 0 ? CURL_CSELECT_IN : 0) | ((events & UV_WRITABLE) != 0 ? CURL_CSELECT_OUT : 0);
    curl_multi_socket_action(watch->client->multi, watch->fd, status < 0 ? CURL_CSELECT_ERR : what, &running);
}

static void on_watch_closed(uv_handle_t *handle) {
    free(handle->data);
}

static int on_socket(CURL *easy, curl_socket_t fd, int what, void *user, void *mine) {
    (void)easy;
    struct http_client *client = user;
    struct watch *watch = mine;
    if (what == CURL_POLL_REMOVE) {
        if (watch != NULL) {
            uv_poll_stop(&watch->poll);
            uv_close((uv_handle_t *)&watch->poll, on_watch_closed);
            curl_multi_assign(client->multi, fd, NULL);
        }
        return 0;
    }
    if (watch == NULL) {
        watch = calloc(1, sizeof *watch);
        if (watch == NULL || uv_poll_init_socket(client->loop, &watch->poll, fd) != 0) {
            free(watch);
            return -1;
        }
        watch->client = client;
        watch->fd = fd;
        watch->poll.data = watch;
        curl_multi_assign(client->multi, fd, watch);
    }
    int events = ((what & CURL_POLL_IN) != 0 ? UV_READABLE : 0) | ((what & CURL_POLL_OUT) != 0 ? UV_WRITABLE : 0);
    return uv_poll_start(&watch->poll, events, on_ready);
}

static void on_awake(uv_idle_t *idle) {
    (void)idle;
}

static void on_timeout(uv_timer_t *timer) {
    struct http_client *client = timer->data;
    int running;
    curl_multi_socket_action(client->multi, CURL_SOCKET_TIMEOUT, 0, &running);
    /* A call may have ended just now: on_turn() must come before the loop sleeps. */
    uv_idle_start(&client->awake, on_awake);
}

static int on_timer(CURLM *multi, long timeout_ms, void *user) {
    (void)multi;
    struct http_client *client = user;
    if (timeout_ms < 0) {
        return uv_timer_stop(&client->timer);
    }
    return uv_timer_start(&client->timer, on_timeout, (uint64_t)timeout_ms, 0);
}

static size_t on_bytes(char *bytes, size_t one, size_t count, void *user) {
    (void)one;
    struct slot *slot = user;
    if (slot->length + count + 1 > slot->capacity) {
        size_t capacity = (slot->length + count + 1) * 2;
        char *bigger = realloc(slot->answer, capacity);
        if (bigger == NULL) {
            return 0;
        }
        slot->answer = bigger;
        slot->capacity = capacity;
    }
    memcpy(slot->answer + slot->length, bytes, count);
    slot->length += count;
    return count;
}

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

static void start(struct http_client *client, struct slot *slot, struct http_task *task) {
    struct http_order *order = &slot->order;
    order->post = false;
    order->path[0] = order->key[0] = order->token[0] = order->body[0] = '\0';
    task->fill(task, order);
    int count = 0;
    if (order->token[0] != '\0') {
        snprintf(slot->token_line, sizeof slot->token_line, "Authorization: Bearer %s", order->token);
        slot->headers[count++].data = slot->token_line;
    }
    if (order->key[0] != '\0') {
        snprintf(slot->key_line, sizeof slot->key_line, "Idempotency-Key: %s", order->key);
        slot->headers[count++].data = slot->key_line;
    }
    if (order->post) {
        static char content_type[] = "Content-Type: application/json";
        static char expect[] = "Expect:"; /* none: a body above 1 MB would else cost a round trip */
        slot->headers[count++].data = content_type;
        slot->headers[count++].data = expect;
    }
    for (int i = 0; i < count; i++) {
        slot->headers[i].next = i + 1 < count ? &slot->headers[i + 1] : NULL;
    }
    snprintf(slot->url, sizeof slot->url, "http://%s%s", client->address, order->path);
    slot->task = task;
    slot->length = 0;
    slot->trouble[0] = '\0';
    CURL *easy = slot->easy;
    curl_easy_setopt(easy, CURLOPT_URL, slot->url);
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, count > 0 ? slot->headers : NULL);
    if (order->post) {
        curl_easy_setopt(easy, CURLOPT_POST, 1L);
        curl_easy_setopt(easy, CURLOPT_POSTFIELDS, order->body);
        curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE, (long)strlen(order->body));
    } else {
        curl_easy_setopt(easy, CURLOPT_HTTPGET, 1L);
    }
    slot->begun_us = (int64_t)(uv_hrtime() / 1000);
    curl_multi_add_handle(client->multi, easy);
}

/* Once per turn: what was answered is told, what was asked meanwhile is put on the wire. */
static void on_turn(uv_check_t *check) {
    struct http_client *client = check->data;
    collect(client);
    while (client->free != NULL) {
        struct http_task *task = take(&client->urgent);
        task = task != NULL ? task : take(&client->normal);
        if (task == NULL) {
            break;
        }
        struct slot *slot = client->free;
        client->free = slot->next;
        start(client, slot, task);
    }
    bool more = client->free != NULL && (client->urgent.first != NULL || client->normal.first != NULL);
    if (!more) {
        uv_idle_stop(&client->awake);
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

static bool slot_init(struct http_client *client, struct slot *slot) {
    slot->client = client;
    slot->capacity = 2048;
    slot->answer = malloc(slot->capacity);
    slot->easy = curl_easy_init();
    if (slot->easy == NULL || slot->answer == NULL) {
        return false;
    }
    curl_easy_setopt(slot->easy, CURLOPT_PRIVATE, slot);
    curl_easy_setopt(slot->easy, CURLOPT_WRITEFUNCTION, on_bytes);
    curl_easy_setopt(slot->easy, CURLOPT_WRITEDATA, slot);
    curl_easy_setopt(slot->easy, CURLOPT_ERRORBUFFER, slot->trouble);
    curl_easy_setopt(slot->easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(slot->easy, CURLOPT_NOPROXY, "*");
    curl_easy_setopt(slot->easy, CURLOPT_TCP_NODELAY, 1L);
    curl_easy_setopt(slot->easy, CURLOPT_TIMEOUT_MS, (long)TIMEOUT_MS);
    curl_easy_setopt(slot->easy, CURLOPT_CONNECTTIMEOUT_MS, (long)CONNECT_MS);
    give_back(client, slot);
    return true;
}

struct http_client *http_client_new(uv_loop_t *loop, const char *address, int connections) {
    assert(connections > 0);
    struct http_client *client = calloc(1, sizeof *client);
    if (client == NULL) {
        return NULL;
    }
    curl_global_init(CURL_GLOBAL_DEFAULT);
    client->loop = loop;
    client->urgent.last = &client->urgent.first;
    client->normal.last = &client->normal.first;
    snprintf(client->address, sizeof client->address, "%s", address);
    client->slot_count = connections;
    client->slots = calloc((size_t)connections, sizeof *client->slots);
    client->multi = curl_multi_init();
    if (client->slots == NULL || client->multi == NULL) {
        abort();
    }
    curl_multi_setopt(client->multi, CURLMOPT_SOCKETFUNCTION, on_socket);
    curl_multi_setopt(client->multi, CURLMOPT_SOCKETDATA, client);
    curl_multi_setopt(client->multi, CURLMOPT_TIMERFUNCTION, on_timer);
    curl_multi_setopt(client->multi, CURLMOPT_TIMERDATA, client);
    curl_multi_setopt(client->multi, CURLMOPT_MAXCONNECTS, (long)connections);
    curl_multi_setopt(client->multi, CURLMOPT_PIPELINING, 0L);
    for (int i = connections - 1; i >= 0; i--) {
        if (!slot_init(client, &client->slots[i])) {
            abort();
        }
    }
    uv_timer_init(loop, &client->timer);
    uv_check_init(loop, &client->turn);
    uv_idle_init(loop, &client->awake);
    client->timer.data = client->turn.data = client->awake.data = client;
    client->open_handles = 3;
    uv_check_start(&client->turn, on_turn);
    uv_unref((uv_handle_t *)&client->turn);
    return client;
}

static void on_closed(uv_handle_t *handle) {
    struct http_client *client = handle->data;
    if (--client->open_handles == 0) {
        free(client->slots);
        free(client);
    }
}

void http_client_close(struct http_client *client) {
    assert(client->pending == 0);
    for (int i = 0; i < client->slot_count; i++) {
        curl_easy_cleanup(client->slots[i].easy);
        free(client->slots[i].answer);
    }
    curl_multi_cleanup(client->multi);
    uv_close((uv_handle_t *)&client->timer, on_closed);
    uv_close((uv_handle_t *)&client->turn, on_closed);
    uv_close((uv_handle_t *)&client->awake, on_closed);
}
