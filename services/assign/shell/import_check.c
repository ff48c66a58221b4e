#include "assign/shell/import_check.h"

#include <geos_c.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "assign/core/code_rule.h"
#include "assign/core/pick_worker.h"
#include "assign/shell/assign_words.h"
#include "assign/shell/ring.h"

enum { LAYERS = 4 };

static void fault(struct import_faults *faults, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void fault(struct import_faults *faults, const char *format, ...) {
    if (++faults->count > IMPORT_FAULTS_MAX || faults->length >= sizeof faults->text - 1) {
        return;
    }
    va_list list;
    va_start(list, format);
    int written = vsnprintf(faults->text + faults->length, sizeof faults->text - faults->length, format, list);
    va_end(list);
    if (written > 0) {
        size_t end = faults->length + (size_t)written;
        faults->length = end < sizeof faults->text ? end : sizeof faults->text - 1;
    }
}

/* Cuts what is shown of a code that may be anything. */
#define SHOWN 40

static bool name_is_good(const char *name) {
    long length = text_length(name);
    return length >= 1 && length <= NAME_MAX_CHARS;
}

static const char *shown(const char *text) {
    return text_length(text) < 0 ? "(not UTF-8)" : text;
}

static void check_division(struct import_faults *faults, const struct assign_import *import, unsigned claim, size_t i,
                           const Paidan__Assign__V1__Division *d) {
    int level = division_level(d->code);
    size_t parent = level == 0 ? 0 : strlen(d->code) - 3;
    if (level == 0) {
        fault(faults, "divisions[%zu] \"%.*s\": code must have 6, 9 or 12 digits; ", i, SHOWN, shown(d->code));
    } else if ((int)d->level != level) {
        fault(faults, "divisions[%zu] %s: level does not fit the length of the code; ", i, d->code);
    } else if (level == DIVISION_CITY ? d->parent[0] != '\0'
                                      : strlen(d->parent) != parent || strncmp(d->parent, d->code, parent) != 0) {
        fault(faults, "divisions[%zu] %s: parent must be %s; ", i, d->code,
              level == DIVISION_CITY ? "empty" : "the code without its last three digits");
    } else if (level != DIVISION_CITY && !code_map_has(&import->divisions, d->parent, claim)) {
        fault(faults, "divisions[%zu] %s: parent %s is unknown; ", i, d->code, d->parent);
    }
    if (!name_is_good(d->name)) {
        fault(faults, "divisions[%zu]: name must have 1 to %d characters; ", i, NAME_MAX_CHARS);
    }
}

static void check_grid(struct import_faults *faults, const struct assign_import *import, unsigned claim,
                       GEOSContextHandle_t geos, size_t i, const Paidan__Assign__V1__Grid *g) {
    char words[RING_FAULT_MAX];
    if (!grid_code_is_valid(g->code)) {
        fault(faults, "grids[%zu] \"%.*s\": code must be the 12 digits of the community and 001 to 999; ", i, SHOWN,
              shown(g->code));
    } else if (strlen(g->community) != DIVISION_CODE_MAX || strncmp(g->community, g->code, DIVISION_CODE_MAX) != 0) {
        fault(faults, "grids[%zu] %s: community must be the first 12 digits of the code; ", i, g->code);
    } else if (!code_map_has(&import->divisions, g->community, claim)) {
        fault(faults, "grids[%zu] %s: community %s is unknown; ", i, g->code, g->community);
    }
    if ((int)g->layer < 1 || (int)g->layer > LAYERS) {
        fault(faults, "grids[%zu]: layer must be unit, responsibility, governance or special; ", i);
    }
    if (!name_is_good(g->name)) {
        fault(faults, "grids[%zu]: name must have 1 to %d characters; ", i, NAME_MAX_CHARS);
    }
    if (!ring_check(geos, g->ring, g->n_ring, NULL, NULL, NULL, words)) {
        fault(faults, "grids[%zu] %.*s: %s; ", i, SHOWN, shown(g->code), words);
    }
}

static void check_skills(struct import_faults *faults, const Paidan__Assign__V1__ImportCityRequest *r) {
    for (size_t i = 0; i < r->n_workers; i++) {
        bool good = r->workers[i]->n_skills <= WORKER_SKILLS_MAX;
        for (size_t k = 0; good && k < r->workers[i]->n_skills; k++) {
            good = skill_is_valid(r->workers[i]->skills[k]);
        }
        if (!good) {
            fault(faults, "workers[%zu]: skills: at most %d words of a-z, 0-9, - and _, %d characters each; ", i,
                  WORKER_SKILLS_MAX, SKILL_MAX);
        }
    }
    if (r->n_service_skills > SERVICE_SKILLS_MAX) {
        fault(faults, "service_skills: at most %d; ", SERVICE_SKILLS_MAX);
    }
    for (size_t i = 0; i < r->n_service_skills; i++) {
        const Paidan__Assign__V1__ServiceSkill *s = r->service_skills[i];
        long length = text_length(s->prefix);
        if (length < 1 || length > SERVICE_PREFIX_MAX) {
            fault(faults, "service_skills[%zu]: prefix must have 1 to %d characters; ", i, SERVICE_PREFIX_MAX);
        }
        if (s->skill[0] != '\0' && !skill_is_valid(s->skill)) {
            fault(faults, "service_skills[%zu]: skill must be a word of a-z, 0-9, - and _, or empty; ", i);
        }
    }
}

static void check_people(struct import_faults *faults, const struct assign_import *import, unsigned claim,
                         const Paidan__Assign__V1__ImportCityRequest *r) {
    for (size_t i = 0; i < r->n_grid_workers; i++) {
        const Paidan__Assign__V1__GridWorker *w = r->grid_workers[i];
        if (!code_map_has(&import->grids, w->grid, claim)) {
            fault(faults, "grid_workers[%zu]: grid \"%.*s\" is unknown; ", i, SHOWN, shown(w->grid));
        }
        if (!code_map_has(&import->workers, w->worker_id, claim)) {
            fault(faults, "grid_workers[%zu]: worker \"%.*s\" is unknown; ", i, SHOWN, shown(w->worker_id));
        }
        if (!w->ends &&
            ((int)w->accountability < ACCOUNTABLE_PRIMARY || (int)w->accountability > ACCOUNTABLE_GRID_HEAD)) {
            fault(faults, "grid_workers[%zu]: accountability must be primary, deputy or grid_head; ", i);
        }
    }
    for (size_t i = 0; i < r->n_shifts; i++) {
        const Paidan__Assign__V1__Shift *s = r->shifts[i];
        if (!code_map_has(&import->workers, s->worker_id, claim)) {
            fault(faults, "shifts[%zu]: worker \"%.*s\" is unknown; ", i, SHOWN, shown(s->worker_id));
        }
        if (s->from == NULL || s->to == NULL || assign_time_us(s->from) >= assign_time_us(s->to)) {
            fault(faults, "shifts[%zu]: from must be before to; ", i);
        }
    }
}

void import_check(struct import_faults *faults, const struct assign_import *import, unsigned claim, void *geos,
                  const Paidan__Assign__V1__ImportCityRequest *r) {
    for (size_t i = 0; i < r->n_divisions; i++) {
        check_division(faults, import, claim, i, r->divisions[i]);
    }
    for (size_t i = 0; i < r->n_grids; i++) {
        check_grid(faults, import, claim, geos, i, r->grids[i]);
    }
    for (size_t i = 0; i < r->n_workers; i++) {
        if (!worker_id_is_valid(r->workers[i]->id)) {
            fault(faults, "workers[%zu] \"%.*s\": id must be 1 to %d letters, digits or . _ -; ", i, SHOWN,
                  shown(r->workers[i]->id), WORKER_ID_MAX);
        }
        if (!name_is_good(r->workers[i]->name)) {
            fault(faults, "workers[%zu]: name must have 1 to %d characters; ", i, NAME_MAX_CHARS);
        }
    }
    check_skills(faults, r);
    check_people(faults, import, claim, r);
}

const char *import_faults_text(struct import_faults *faults) {
    if (faults->count > IMPORT_FAULTS_MAX) {
        size_t rest = faults->count - IMPORT_FAULTS_MAX;
        faults->count = 0; /* this one is to be written */
        fault(faults, "and %zu more; ", rest);
    }
    fault(faults, "nothing of this import was taken over");
    return faults->text;
}
