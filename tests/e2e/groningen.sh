#!/bin/sh
# The example configuration can be taken in, and is data alone.
#
# OUTLINES: a GeoJSON file of the outlines of 2022, if there is one.
BUILD=$1
. tests/e2e/lib.sh
FROM=packaging/groningen
SRV=$HERE/srv
OUTLINES=${OUTLINES:-../shared/data/groningen_buurten_2022_wgs84.geojson}

"$STOEPD" init "$SRV" >/dev/null || die "no server"

areas_neighbourhoods_layers_and_codes_of_other_years_are_taken_in() {
    "$STOEPD" areas "$SRV" --csv $FROM/areas.csv &&
        "$STOEPD" regions "$SRV" import 2022 $FROM/neighbourhoods.csv &&
        "$STOEPD" regions "$SRV" layers 2022 $FROM/layers.csv &&
        "$STOEPD" regions "$SRV" crosswalk $FROM/crosswalk.csv &&
        "$STOEPD" regions "$SRV" >"$HERE/list" || return 1
    cat "$HERE/list"
    grep -q '2022 *as-people-say *paddepoel *Paddepoel *2' "$HERE/list" &&
        grep -q '2022 *municipality *GM0014 *Groningen *150' "$HERE/list" &&
        grep -q '2022 *work-area *centrum *Centrum *8' "$HERE/list"
}
check areas_neighbourhoods_layers_and_codes_of_other_years_are_taken_in \
    areas_neighbourhoods_layers_and_codes_of_other_years_are_taken_in

work_areas_and_teams_hold_every_neighbourhood_once() {
    for layer in work-area team; do
        test "$(sqlite3 "$SRV/stoep.db" "SELECT count(*), count(DISTINCT place)
            FROM region_place WHERE layer = '$layer'")" = "150|150" || return 1
    done
}
check work_areas_and_teams_hold_every_neighbourhood_once \
    work_areas_and_teams_hold_every_neighbourhood_once

every_area_of_work_and_every_later_code_is_one_of_the_neighbourhoods() {
    sqlite3 "$SRV/stoep.db" "SELECT code FROM area WHERE substr(code, 5) NOT IN
        (SELECT code FROM region WHERE layer = 'neighbourhood')
        UNION ALL SELECT new FROM crosswalk WHERE substr(new, 5) NOT IN
        (SELECT code FROM region WHERE layer = 'neighbourhood')" >"$HERE/none"
    test -f "$HERE/none" && ! test -s "$HERE/none"
}
check every_area_of_work_and_every_later_code_is_one_of_the_neighbourhoods \
    every_area_of_work_and_every_later_code_is_one_of_the_neighbourhoods

real_outlines_are_taken_in_if_there_are_any() {
    "$STOEPD" regions "$SRV" outlines 2022 "$OUTLINES" &&
        test "$(sqlite3 "$SRV/stoep.db" \
            'SELECT count(*) FROM region_outline')" = 150
}
if test -f "$OUTLINES"; then
    check real_outlines_are_taken_in_if_there_are_any \
        real_outlines_are_taken_in_if_there_are_any
else
    echo "skipped: real_outlines_are_taken_in_if_there_are_any (no $OUTLINES)"
fi

no_program_knows_the_town() {
    ! grep -rni groningen sync server client schema/*.[ch]
}
check no_program_knows_the_town no_program_knows_the_town
