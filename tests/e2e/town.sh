#!/bin/sh
# The made-up town of tests/town is a town like any other: its store holds what
# the real program expects, and the same options make the same records.
BUILD=$1
. tests/e2e/lib.sh
TOWN=$BUILD/tests/town/town

"$STOEPD" init "$HERE/srv" >/dev/null || die "no server"
"$TOWN" "$HERE/srv" --records 1500 --neighbourhoods 20 --seed 3 \
    --map "$HERE/map" >"$HERE/said" || die "no town"

records() {
    for table in signal door_visit conversation tally; do
        sqlite3 "$1/stoep.db" \
            "SELECT hex(id), area, version, hex(meta) FROM $table ORDER BY id"
    done
}

every_batch_is_signed_and_merges_anew_to_the_same_records() {
    "$STOEPD" verify "$HERE/srv" && grep -q ' 0 of them kept aside' "$HERE/said"
}
check every_batch_is_signed_and_merges_anew_to_the_same_records \
    every_batch_is_signed_and_merges_anew_to_the_same_records

the_same_options_make_the_same_records_and_another_seed_others() {
    "$TOWN" "$HERE/same" --records 1500 --neighbourhoods 20 --seed 3 &&
        "$TOWN" "$HERE/other" --records 1500 --neighbourhoods 20 --seed 4 &&
        records "$HERE/srv" >"$HERE/1" && records "$HERE/same" >"$HERE/2" &&
        records "$HERE/other" >"$HERE/3" && test -s "$HERE/1" &&
        cmp "$HERE/1" "$HERE/2" && ! cmp -s "$HERE/1" "$HERE/3"
}
check the_same_options_make_the_same_records_and_another_seed_others \
    the_same_options_make_the_same_records_and_another_seed_others

its_map_can_be_taken_in_by_another_server() {
    "$STOEPD" init "$HERE/new" &&
        "$STOEPD" regions "$HERE/new" import 2025 "$HERE/map/codes.csv" &&
        "$STOEPD" regions "$HERE/new" layers 2025 "$HERE/map/layers.csv" &&
        "$STOEPD" regions "$HERE/new" outlines 2025 \
            "$HERE/map/outlines.geojson" &&
        "$STOEPD" regions "$HERE/new" >"$HERE/4" &&
        "$STOEPD" regions "$HERE/srv" >"$HERE/5" && cmp "$HERE/4" "$HERE/5"
}
check its_map_can_be_taken_in_by_another_server \
    its_map_can_be_taken_in_by_another_server

synthetic_doors_have_numbers_from_5001_and_signals_have_points() {
    test "$(sqlite3 "$HERE/srv/stoep.db" \
        'SELECT count(*) > 20 FROM signal WHERE place IS NOT NULL')" = 1 &&
        test "$(sqlite3 "$HERE/srv/stoep.db" \
            "SELECT count(*) FROM address WHERE house_number < 5001")" = 0
}
check synthetic_doors_have_numbers_from_5001_and_signals_have_points \
    synthetic_doors_have_numbers_from_5001_and_signals_have_points
