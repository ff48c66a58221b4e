/* geo.h - the coordinate systems in which people in China say where something is, and WGS84, in which everything is stored
 *
 * Use       geo_to_wgs84() for what comes in; geo_from_wgs84() for what a map in another system is to show.
 * Promise   pure. GCJ-02 is the public formula (a shift of some hundred metres), BD-09 the public formula upon GCJ-02,
 *           CGCS2000 is taken for WGS84 (they differ by centimetres). Outside the box in which China's maps are shifted all
 *           systems are the same. What is converted there and back comes out within 1e-9 degrees (0.1 mm).
 * Fails     false: no such system, or no place on earth (not a number, beyond 90 or 180 degrees); outputs untouched.
 * Memory    none. Threads any.
 * Limits    within a kilometre of the box's edge, over sea and abroad, a place may come back as its shifted self. */
#ifndef COMMON_DOMAIN_GEO_H
#define COMMON_DOMAIN_GEO_H

#include <stdbool.h>

/* The numbers of paidan.common.v1.CoordinateSystem. */
enum geo_system { GEO_UNSPECIFIED, GEO_WGS84, GEO_GCJ02, GEO_BD09, GEO_CGCS2000, GEO_SYSTEM_COUNT };

/* May this be declared? GEO_UNSPECIFIED means WGS84. */
bool geo_is_system(int system);

bool geo_to_wgs84(int system, double lat, double lng, double *ret_lat, double *ret_lng);
bool geo_from_wgs84(int system, double lat, double lng, double *ret_lat, double *ret_lng);

#endif
