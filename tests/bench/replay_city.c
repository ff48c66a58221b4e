#include "replay_city.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "replay_csv.h"

/* The number of `digits` digits at *text, which is moved behind it and the separator that follows; -1 when it is none. */
static int take_number(const char **text, int digits, char separator) {
    int value = 0;
    for (int i = 0; i < digits; i++) {
        char c = *(*text)++;
        if (c < '0' || c > '9') {
            return -1;
        }
        value = value * 10 + (c - '0');
    }
    return *(*text)++ == separator ? value : -1;
}

/* "07/01/2011 01:32:33 AM" in local time; 0 when it is no time. */
static int64_t local_time(const char *text) {
    struct tm tm = {.tm_isdst = -1};
    if (strlen(text) != sizeof "07/01/2011 01:32:33 AM" - 1) {
        return 0;
    }
    tm.tm_mon = take_number(&text, 2, '/') - 1;
    tm.tm_mday = take_number(&text, 2, '/');
    tm.tm_year = take_number(&text, 4, ' ') - 1900;
    tm.tm_hour = take_number(&text, 2, ':');
    tm.tm_min = take_number(&text, 2, ':');
    tm.tm_sec = take_number(&text, 2, ' ');
    if (tm.tm_mon < 0 || tm.tm_mday < 1 || tm.tm_year < 0 || tm.tm_hour < 1 || tm.tm_min < 0 || tm.tm_sec < 0) {
        return 0;
    }
    tm.tm_hour = tm.tm_hour % 12 + (*text == 'P' ? 12 : 0);
    return (int64_t)mktime(&tm) * 1000000;
}

static const char *channel_of(const char *source) {
    static const struct {
        const char *source, *channel;
    } table[] = {{"Constituent Call", "hotline"}, {"Citizens Connect App", "app"},
                 {"Self Service", "app"},         {"Twitter", "app"},
                 {"City Worker App", "patrol"},   {"Employee Generated", "patrol"},
                 {"Maximo Integration", "api"}};
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        if (strcmp(table[i].source, source) == 0) {
            return table[i].channel;
        }
    }
    return "hotline";
}

/* "Pick up Dead Animal" -> pick_up_dead_animal, at most 64 characters. */
static char *code_of(const char *type) {
    char code[65];
    size_t used = 0;
    for (; *type != '\0' && used < sizeof code - 1; type++) {
        if (isalnum((unsigned char)*type)) {
            code[used++] = (char)tolower((unsigned char)*type);
        } else if (used > 0 && code[used - 1] != '_') {
            code[used++] = '_';
        }
    }
    while (used > 0 && code[used - 1] == '_') {
        used--;
    }
    code[used] = '\0';
    return strdup(used == 0 ? "other" : code);
}

struct columns {
    int id, open, close, title, type, lat, lng, source;
};

static bool find_columns(const struct csv *csv, struct columns *c) {
    *c = (struct columns){csv_column(csv, "CASE_ENQUIRY_ID"), csv_column(csv, "OPEN_DT"), csv_column(csv, "CLOSED_DT"),
                          csv_column(csv, "CASE_TITLE"),      csv_column(csv, "TYPE"),    csv_column(csv, "LATITUDE"),
                          csv_column(csv, "LONGITUDE"),       csv_column(csv, "Source")};
    return c->id >= 0 && c->open >= 0 && c->close >= 0 && c->title >= 0 && c->type >= 0 && c->lat >= 0 && c->lng >= 0 &&
           c->source >= 0;
}

static struct city_row take_row(struct csv *csv, const struct columns *c, struct city *city) {
    char **f = csv->fields;
    struct city_row row = {.case_id = strdup(f[c->id]),
                           .service_code = code_of(f[c->type]),
                           .title = strdup(f[c->title][0] != '\0' ? f[c->title] : f[c->type]),
                           .channel = channel_of(f[c->source]),
                           .lat = strtod(f[c->lat], NULL),
                           .lng = strtod(f[c->lng], NULL),
                           .opened_us = local_time(f[c->open]),
                           .closed_us = local_time(f[c->close])};
    row.never_closed = row.closed_us == 0;
    if (!row.never_closed && row.closed_us < row.opened_us) {
        row.closed_us = row.opened_us;
        city->closed_before_opened++;
    }
    city->never_closed += row.never_closed;
    return row;
}

static int by_opening(const void *a, const void *b) {
    const struct city_row *x = a, *y = b;
    if (x->opened_us != y->opened_us) {
        return x->opened_us < y->opened_us ? -1 : 1;
    }
    return strcmp(x->case_id, y->case_id);
}

static void close_ends(struct city *city) {
    for (size_t i = 0; i < city->count; i++) {
        const struct city_row *row = &city->rows[i];
        int64_t last = row->never_closed ? row->opened_us : row->closed_us;
        city->last_us = last > city->last_us ? last : city->last_us;
    }
    for (size_t i = 0; i < city->count; i++) {
        if (city->rows[i].never_closed) {
            city->rows[i].closed_us = city->last_us;
        }
    }
    city->first_us = city->count > 0 ? city->rows[0].opened_us : 0;
}

static struct city_row *grow(struct city_row *rows, size_t room) {
    struct city_row *more = realloc(rows, room * sizeof *rows);
    if (more == NULL) {
        abort();
    }
    return more;
}

bool city_load(const char *path, size_t limit, struct city *ret_city) {
    struct city city = {0};
    struct csv *csv = malloc(sizeof *csv);
    struct columns columns;
    setenv("TZ", "America/New_York", 1);
    tzset();
    if (csv == NULL || !csv_open(csv, path)) {
        fprintf(stderr, "%s: cannot be read\n", path);
        free(csv);
        return false;
    }
    bool good = find_columns(csv, &columns);
    int got = good ? 1 : -1;
    for (size_t room = 0; good && (limit == 0 || city.count < limit) && (got = csv_next(csv)) > 0;) {
        if (city.count == room) {
            room = room == 0 ? 4096 : room * 2;
            city.rows = grow(city.rows, room);
        }
        city.rows[city.count] = take_row(csv, &columns, &city);
        city.outside_of_time += city.rows[city.count].opened_us == 0;
        city.count++;
    }
    if (got < 0) {
        fprintf(stderr, "%s: line %ld: %s\n", path, csv->line, good ? "wrong number of fields" : "columns are missing");
    }
    csv_close(csv);
    free(csv);
    if (got < 0 || city.count == 0) {
        city_free(&city);
        return false;
    }
    qsort(city.rows, city.count, sizeof *city.rows, by_opening);
    close_ends(&city);
    *ret_city = city;
    return true;
}

void city_free(struct city *city) {
    for (size_t i = 0; i < city->count; i++) {
        free(city->rows[i].case_id);
        free(city->rows[i].service_code);
        free(city->rows[i].title);
    }
    free(city->rows);
}

void city_case(const struct city *city, size_t i, double speed, const char *prefix, struct crowd_case *ret_case) {
    const struct city_row *row = &city->rows[i];
    *ret_case = (struct crowd_case){.service_code = row->service_code,
                                    .description = row->title,
                                    .channel = row->channel,
                                    .lat = row->lat,
                                    .lng = row->lng,
                                    .opened_us = row->opened_us,
                                    .closed_us = row->closed_us};
    snprintf(ret_case->key, sizeof ret_case->key, "%s%s", prefix, row->case_id);
    if (speed > 0) {
        ret_case->start_at_us = (int64_t)((double)(row->opened_us - city->first_us) / speed) + 1;
        ret_case->feed_back_at_us = (int64_t)((double)(row->closed_us - city->first_us) / speed) + 1;
    }
    if (row->never_closed) {
        ret_case->feed_back_at_us = CROWD_AT_THE_END;
    }
}
