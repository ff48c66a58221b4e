#include "gateway/shell/lane.h"

#include <assert.h>

static void start(struct lane *lane);

static void on_work(uv_work_t *request) {
    struct lane *lane = request->data;
    for (struct lane_job *job = lane->running; job != NULL; job = job->next) {
        job->work(job);
    }
}

static void on_done(uv_work_t *request, int status) {
    (void)status; /* nothing is ever cancelled */
    struct lane *lane = request->data;
    struct lane_job *job = lane->running;
    lane->running = NULL;
    start(lane);
    while (job != NULL) {
        struct lane_job *next = job->next;
        job->done(job);
        job = next;
    }
}

static void start(struct lane *lane) {
    if (lane->running != NULL || lane->first == NULL) {
        return;
    }
    struct lane_job *last = lane->first;
    size_t count = 1;
    while (count < lane->at_once && last->next != NULL) {
        last = last->next;
        count++;
    }
    lane->running = lane->first;
    lane->first = last->next;
    last->next = NULL;
    lane->waiting -= count;
    int status = uv_queue_work(lane->loop, &lane->request, on_work, on_done);
    assert(status == 0);
    (void)status;
}

void lane_init(struct lane *lane, uv_loop_t *loop, size_t waiting_max, size_t at_once) {
    *lane = (struct lane){.loop = loop, .waiting_max = waiting_max, .at_once = at_once};
    lane->request.data = lane;
}

bool lane_push(struct lane *lane, struct lane_job *job) {
    assert(job->work != NULL && job->done != NULL);
    if (lane->waiting >= lane->waiting_max) {
        return false;
    }
    job->next = NULL;
    if (lane->first == NULL) {
        lane->first = job;
    } else {
        lane->last->next = job;
    }
    lane->last = job;
    lane->waiting++;
    start(lane);
    return true;
}

bool lane_idle(const struct lane *lane) {
    return lane->running == NULL && lane->first == NULL;
}
