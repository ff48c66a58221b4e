#!/bin/sh
# check-pure.sh [build/release] - the linker's word that decisions are pure
#
# Objects of services/*/core and common/domain may need only: their own symbols, those of common/base and common/domain, the memory
# and string functions of the C library, mathematics, sorting, hashing and sealing. No clock, no random, no allocation, no I/O, no log.
set -eu
build=${1:-build/release}
cd "$(dirname "$0")/.."
allowed='^(mem(cpy|move|set|cmp|chr|mem|rchr)|str(len|nlen|cmp|ncmp|casecmp|ncasecmp|chr|rchr|spn|cspn|pbrk|str|tol|toll|toul|toull|tod)|v?snprintf|qsort|bsearch|labs|llabs|abs'
allowed="$allowed"'|__(mem(cpy|move|set)|strn?cpy|v?snprintf)_chk|__stack_chk_(fail|guard)|__assert_fail|_GLOBAL_OFFSET_TABLE_'
allowed="$allowed"'|(floor|ceil|round|lround|llround|trunc|fabs|fmod|sqrt|sin|cos|sincos|tan|asin|acos|atan|atan2|hypot|pow|exp|log|fmin|fmax|isnan|isinf|__isoc99_sscanf)f?'
allowed="$allowed"'|crypto_(hash|generichash|auth|shorthash|verify|aead)_.*|crypto_(hash|generichash|shorthash)|sodium_(memcmp|bin2hex|hex2bin)'
allowed="$allowed"'|__(asan|ubsan|tsan|gcov|sanitizer)_.*|__ctype_(b|tolower|toupper)_loc|tolower|toupper)$'

objects() { find "$build/services" -path "$1" -name '*.o' 2>/dev/null; }
bad=0
pure=$(objects "*/core/*"; objects "*/common/domain/*")
[ -n "$pure" ] || { echo "check-pure: nothing built in $build"; exit 0; }
base=$(objects "*/common/base/*"; objects "*/common/domain/*")
for object in $pure; do
    case $object in
    */core/*) own=$(find "$(dirname "$object")" -name '*.o') ;;
    *) own="" ;;
    esac
    # shellcheck disable=SC2086  # lists of object files
    known=$(nm --defined-only -g $base $own 2>/dev/null | awk 'NF == 3 { print $3 }')
    for symbol in $(nm -u "$object" | awk '{ print $NF }'); do
        if ! echo "$symbol" | grep -qE "$allowed" && ! echo "$known" | grep -qxF "$symbol"; then
            echo "$object: $symbol is not pure"
            bad=1
        fi
    done
done
exit $bad
