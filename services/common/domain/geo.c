#include "common/domain/geo.h"

#include <assert.h>
#include <math.h>
#include <stddef.h>

/* Constants and polynomials of the public GCJ-02 formula: Krasovsky's ellipsoid, and a centre at 35 N, 105 E. */
static const double pi = 3.14159265358979323846;
static const double major_axis_m = 6378245.0, eccentricity2 = 0.00669342162296594323;
static const double centre_lat = 35.0, centre_lng = 105.0;

/* An inverse is iterated until it moves by less than this, which takes four or five rounds. */
static const double settled_deg = 1e-11;
enum { ROUNDS_MAX = 10 };

struct point {
    double lat, lng;
};

/* The box that every implementation of the formula agrees on; outside it nothing is shifted. */
static bool is_shifted(struct point p) {
    return p.lng >= 72.004 && p.lng <= 137.8347 && p.lat >= 0.8293 && p.lat <= 55.8271;
}

static double wave(double amplitude, double x) {
    return amplitude * sin(x * pi) * 2.0 / 3.0;
}

static double shift_lat_m(double x, double y) {
    double smooth = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * sqrt(fabs(x));
    return smooth + wave(20.0, 6.0 * x) + wave(20.0, 2.0 * x) + wave(20.0, y) + wave(40.0, y / 3.0) +
           wave(160.0, y / 12.0) + wave(320.0, y / 30.0);
}

static double shift_lng_m(double x, double y) {
    double smooth = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * sqrt(fabs(x));
    return smooth + wave(20.0, 6.0 * x) + wave(20.0, 2.0 * x) + wave(20.0, x) + wave(40.0, x / 3.0) +
           wave(150.0, x / 12.0) + wave(300.0, x / 30.0);
}

static struct point gcj_of_wgs(struct point p) {
    double x = p.lng - centre_lng, y = p.lat - centre_lat;
    double s = sin(p.lat / 180.0 * pi);
    double magic = 1.0 - eccentricity2 * s * s, root = sqrt(magic);
    double metres_lat = major_axis_m * (1.0 - eccentricity2) / (magic * root) * pi / 180.0;
    double metres_lng = major_axis_m / root * cos(p.lat / 180.0 * pi) * pi / 180.0;
    return (struct point){p.lat + shift_lat_m(x, y) / metres_lat, p.lng + shift_lng_m(x, y) / metres_lng};
}

static struct point bd_of_gcj(struct point p) {
    const double turn = pi * 3000.0 / 180.0;
    double z = sqrt(p.lng * p.lng + p.lat * p.lat) + 0.00002 * sin(p.lat * turn);
    double theta = atan2(p.lat, p.lng) + 0.000003 * cos(p.lng * turn);
    return (struct point){z * sin(theta) + 0.006, z * cos(theta) + 0.0065};
}

/* The place that `shift` moves to `there`: both shifts change so slowly with the place that stepping back by the shift of the last
 * guess converges. The published inverse of BD-09 is one such step and off by up to a metre. */
static struct point undo(struct point (*shift)(struct point), struct point there) {
    struct point guess = there;
    for (int round = 0; round < ROUNDS_MAX; round++) {
        struct point reached = shift(guess);
        double off_lat = there.lat - reached.lat, off_lng = there.lng - reached.lng;
        guess.lat += off_lat;
        guess.lng += off_lng;
        if (fabs(off_lat) < settled_deg && fabs(off_lng) < settled_deg) {
            break;
        }
    }
    return guess;
}

static bool is_on_earth(double lat, double lng) {
    return fabs(lat) <= 90.0 && fabs(lng) <= 180.0; /* false for what is not a number */
}

bool geo_is_system(int system) {
    return system >= 0 && system < GEO_SYSTEM_COUNT;
}

bool geo_to_wgs84(int system, double lat, double lng, double *ret_lat, double *ret_lng) {
    assert(ret_lat != NULL && ret_lng != NULL);
    if (!geo_is_system(system) || !is_on_earth(lat, lng)) {
        return false;
    }
    struct point p = {lat, lng};
    bool shifted = is_shifted(p);
    if (shifted && system == GEO_BD09) {
        p = undo(bd_of_gcj, p);
    }
    if (shifted && (system == GEO_BD09 || system == GEO_GCJ02)) {
        p = undo(gcj_of_wgs, p);
    }
    assert(is_on_earth(p.lat, p.lng)); /* the box keeps the shifts far from poles and date line */
    *ret_lat = p.lat;
    *ret_lng = p.lng;
    return true;
}

bool geo_from_wgs84(int system, double lat, double lng, double *ret_lat, double *ret_lng) {
    assert(ret_lat != NULL && ret_lng != NULL);
    if (!geo_is_system(system) || !is_on_earth(lat, lng)) {
        return false;
    }
    struct point p = {lat, lng};
    bool shifted = is_shifted(p);
    if (shifted && (system == GEO_BD09 || system == GEO_GCJ02)) {
        p = gcj_of_wgs(p);
    }
    if (shifted && system == GEO_BD09) {
        p = bd_of_gcj(p);
    }
    *ret_lat = p.lat;
    *ret_lng = p.lng;
    return true;
}
