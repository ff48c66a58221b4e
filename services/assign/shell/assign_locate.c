#include "assign/shell/assign_locate.h"

#include <math.h>
#include <string.h>

#include "assign/shell/assign_context.h"
#include "assign/shell/assign_query.h"
#include "assign/shell/assign_words.h"
#include "assign/shell/locate_stored.h"
#include "common/domain/geo.h"
#include "sql/assign_sql.h"

enum {
    STAFF = WO_ROLE_OPERATOR | WO_ROLE_DISPATCHER | WO_ROLE_WORKER | WO_ROLE_SUPERVISOR | WO_ROLE_ADMIN | WO_ROLE_SYSTEM
};

/* ---- who answers for it */

/* Who was accountable at that instant; "": nobody, or nobody can know yet. False: refused already. */
static bool who_then(struct query *query, const struct map_grid *grid, const struct locate_question *question,
                     const char **ret_worker_id) {
    struct pg_result *rows = NULL;
    struct pg_args args;
    if (question->at_us > query_now_us(query)) {
        return true;
    }
    pg_args_init(&args, query_arena(query));
    pg_arg_text(&args, grid->code);
    pg_arg_time(&args, question->at_us);
    if (!assign_ask_rows(query, SQL_GET_ACCOUNTABLE, &args, &rows)) {
        return false;
    }
    *ret_worker_id = pg_rows(rows) == 0 ? "" : pd_strdup(query_arena(query), pg_text(rows, 0, 0));
    if (*ret_worker_id == NULL) {
        assign_no_memory(query);
    }
    return *ret_worker_id != NULL;
}

/* ---- a hint for the manual queue */

bool assign_hint_nearest(struct query *query, const struct order *order, Paidan__Assign__V1__WorkOrder *words) {
    static const double hint_m = 2000;
    struct city *city = assign_context_of_query(query)->city;
    if (order->queue_reason != QUEUE_OUTSIDE_EVERY_GRID || !order->has_place) {
        return true;
    }
    if (!assign_freshen(query, city)) {
        return false;
    }
    double distance_m = 0;
    const struct map_grid *grid = city_nearest(city, 0, order->lat, order->lng, hint_m, &distance_m);
    if (grid != NULL) {
        words->nearest_grid = assign_text(grid->code);
        words->nearest_m = round(distance_m * 10) / 10;
    }
    return true;
}

/* ---- the question */

static bool is_present(const Paidan__Assign__V1__LocateRequest *request) {
    return request->at == NULL && request->known_at == NULL;
}

static const char *read_place(const Paidan__Assign__V1__LocateRequest *request, struct locate_question *ret) {
    if (!geo_is_system((int)request->coordinate_system)) {
        return "coordinate_system: wgs84, gcj02, bd09 or cgcs2000; leave it out for wgs84";
    }
    return geo_to_wgs84((int)request->coordinate_system, request->lat, request->long_, &ret->lat, &ret->lng)
               ? NULL
               : "lat: -90 to 90, long: -180 to 180, in degrees";
}

/* Fills the question; NULL, or what is wrong with the request. */
static const char *read_question(const Paidan__Assign__V1__LocateRequest *request, int64_t now_us,
                                 struct locate_question *ret) {
    const char *wrong = read_place(request, ret);
    if (wrong != NULL) {
        return wrong;
    }
    if (!(request->tolerance_m >= 0 && request->tolerance_m <= MAP_TOLERANCE_MAX_M)) {
        return "tolerance_m: 0 to 5000 metres";
    }
    if ((int)request->layer < 0 || (int)request->layer >= MAP_LAYER_COUNT) {
        return "layer: unit, responsibility, governance, special, community or town; leave it out for the grid whose "
               "people answer";
    }
    ret->tolerance_m = request->tolerance_m;
    ret->layer = (int)request->layer;
    ret->at_us = request->at == NULL ? now_us : assign_time_us(request->at);
    ret->known_us = request->known_at == NULL ? now_us : assign_time_us(request->known_at);
    return ret->known_us > now_us
               ? "known_at: nobody knows now what will be known later; leave it out for what is known now"
               : NULL;
}

/* ---- the answer */

static void look_in_memory(const struct city *city, const struct locate_question *q, struct locate_answer *ret) {
    const struct map_grid *grid = q->layer == 0 ? city_locate(city, q->lat, q->lng)
                                                : city_locate_in(city, (enum map_layer)q->layer, q->lat, q->lng);
    struct locate_answer answer = {.community_name = "", .town_name = ""};
    if (grid == NULL && q->tolerance_m > 0) {
        grid = city_nearest(city, q->layer, q->lat, q->lng, q->tolerance_m, &answer.distance_m);
        answer.nearest = grid != NULL;
    }
    if (grid != NULL) {
        answer.grid = *grid;
        answer.community_name = city_division_name(city, grid->code, LOCATE_COMMUNITY);
        answer.town_name = city_division_name(city, grid->code, LOCATE_TOWN);
    }
    *ret = answer;
}

/* false: refused already. */
static bool look(struct query *query, const struct locate_question *q, bool present, struct locate_answer *ret) {
    struct city *city = assign_context_of_query(query)->city;
    struct pd_err err;
    if (!assign_freshen(query, city)) {
        return false;
    }
    if (present && city_has_map(city)) {
        look_in_memory(city, q, ret);
        return true;
    }
    enum pd_fate fate = locate_stored(query_pg(query), query_arena(query), city_geos(city), q, ret, &err);
    if (fate != PD_OK) {
        query_fail(query, fate, &err);
    }
    return fate == PD_OK;
}

static void reply(struct query *query, const struct locate_answer *answer, const char *worker_id) {
    Paidan__Assign__V1__LocateResponse response = PAIDAN__ASSIGN__V1__LOCATE_RESPONSE__INIT;
    Google__Protobuf__Timestamp valid_from, valid_to, recorded_at;
    char town[LOCATE_TOWN + 1] = "";
    memcpy(town, answer->grid.code, strnlen(answer->grid.code, LOCATE_TOWN));
    response.grid = assign_text(answer->grid.code);
    response.grid_name = assign_text(answer->grid.name);
    response.grid_version = answer->grid.version;
    response.layer = (Paidan__Assign__V1__GridLayer)answer->grid.layer;
    response.community = assign_text(answer->grid.community);
    response.community_name = assign_text(answer->community_name);
    response.town = town;
    response.town_name = assign_text(answer->town_name);
    response.valid_from = assign_timestamp(&valid_from, answer->grid.valid_from_us);
    response.valid_to = assign_timestamp(&valid_to, answer->grid.valid_to_us);
    response.recorded_at = assign_timestamp(&recorded_at, answer->grid.recorded_at_us);
    response.worker_id = assign_text(worker_id);
    response.nearest = answer->nearest;
    response.distance_m = round(answer->distance_m * 10) / 10;
    query_reply(query, &response.base);
}

void assign_answer_locate(struct query *query) {
    const Paidan__Assign__V1__LocateRequest *request = (const Paidan__Assign__V1__LocateRequest *)query_request(query);
    struct locate_question question;
    struct locate_answer answer;
    const char *worker_id = "";
    if ((query_actor(query)->role & STAFF) == 0) {
        query_refuse(query, 403, "forbidden", "the grids are for the staff of the platform");
        return;
    }
    const char *wrong = read_question(request, query_now_us(query), &question);
    if (wrong != NULL) {
        query_refuse(query, 400, "malformed", wrong);
        return;
    }
    if (!look(query, &question, is_present(request), &answer)) {
        return;
    }
    if (answer.grid.code == NULL) {
        query_refuse(
            query, 404, "not-found",
            "no outline of that layer holds this point then: ask with tolerance_m (up to 5000) for the nearest one, "
            "or for another layer");
        return;
    }
    if (who_then(query, &answer.grid, &question, &worker_id)) {
        reply(query, &answer, worker_id);
    }
}
