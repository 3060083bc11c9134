#!/bin/sh
# A made-up town has neighbourhoods: devices learn them with a sync, and fill in
# where a place lies without a network.
BUILD=$1
. tests/e2e/lib.sh

"$BUILD/tests/town/town" "$HERE/town" --records 1 --neighbourhoods 20 --seed 3 \
    --map "$HERE/map" >/dev/null || die "no town"

# Aalscholverhof, the hexagon round 54.000, 4.000; Aalscholverkade, the one to
# the east of it; neither.
HOF=54.000,4.000
KADE=54.000,4.009
NOWHERE=52.000,4.000

client() {
    who=$1
    shift
    "$STOEP" --dir "$HERE/$who" --lang en "$@"
}

# code WHO RECORD: the code of its neighbourhood.
code() {
    client "$1" --json show "$2" |
        grep -o '"neighbourhood": *"[^"]*"' | grep -o '[0-9]*BU[0-9]*'
}

says() {
    test "$(code "$1" "$2")" = "$3"
}

without_neighbourhoods_nothing_changes() {
    small_town && ! client a where $HOF 2>"$HERE/why" &&
        grep -q 'knows no neighbourhoods' "$HERE/why" &&
        client a add signal title=Paal type=zorg place=$HOF &&
        says a @last ''
}
check without_neighbourhoods_nothing_changes \
    without_neighbourhoods_nothing_changes

# The server goes away after the sync: what follows needs none.
they_come_with_a_sync() {
    "$STOEPD" regions "$HERE/srv" import 2024 "$HERE/map/codes.csv" &&
        "$STOEPD" regions "$HERE/srv" outlines 2024 \
            "$HERE/map/outlines.geojson" &&
        enrol "$HERE/srv" "$HERE/b" worker-b worker selwerd >/dev/null &&
        synced "$HERE/a" && synced "$HERE/b" &&
        test "$(client a where $HOF)" = '2024BU99010000  Aalscholverhof' &&
        client a --json where 54.000, 4.009 | grep -q Aalscholverkade &&
        ! client a where $NOWHERE && halt "$SERVER"
}
check they_come_with_a_sync they_come_with_a_sync

every_way_to_record_fills_in_the_neighbourhood_of_a_place() {
    client a add signal title=Paal type=zorg place=$HOF --json >"$HERE/said" &&
        MOVED=$(grep -o '[0-9a-f]*-[0-9a-f-]*' "$HERE/said") &&
        says a "$MOVED" 2024BU99010000 &&
        client a add signal title=Bank type=zorg place=$HOF \
            neighbourhood=2022BU00140001 --json >"$HERE/said" &&
        GIVEN=$(grep -o '[0-9a-f]*-[0-9a-f-]*' "$HERE/said") &&
        says a "$GIVEN" 2022BU00140001 &&
        client a add signal title=Boom type=zorg place=$NOWHERE &&
        says a @last '' &&
        printf '{"type":"signal","area":"selwerd","fields":{"type":"zorg",%s}}\n' \
            "\"title\":\"Stoep\",\"place\":\"$KADE\"" | client a import - &&
        says a @last 2024BU99010001 &&
        client a edit "$MOVED" place=$KADE && says a "$MOVED" 2024BU99010001 &&
        client a edit "$GIVEN" place=$KADE && says a "$GIVEN" 2022BU00140001
}
check every_way_to_record_fills_in_the_neighbourhood_of_a_place \
    every_way_to_record_fills_in_the_neighbourhood_of_a_place

a_code_moves_on_another_device_too_unless_it_was_given() {
    serve "$HERE/srv" "${URL#https://}" && synced "$HERE/a" &&
        synced "$HERE/b" && says b "$MOVED" 2024BU99010001 &&
        client b edit "$MOVED" place=$HOF && says b "$MOVED" 2024BU99010000 &&
        client b edit "$GIVEN" place=$HOF && says b "$GIVEN" 2022BU00140001 &&
        synced "$HERE/b" && synced "$HERE/a" &&
        says a "$MOVED" 2024BU99010000 && says a "$GIVEN" 2022BU00140001 &&
        "$STOEPD" verify "$HERE/srv"
}
check a_code_moves_on_another_device_too_unless_it_was_given \
    a_code_moves_on_another_device_too_unless_it_was_given

those_of_another_year_take_their_place() {
    "$STOEPD" regions "$HERE/srv" import 2025 "$HERE/map/codes.csv" &&
        "$STOEPD" regions "$HERE/srv" outlines 2025 \
            "$HERE/map/outlines.geojson" &&
        synced "$HERE/a" &&
        test "$(client a where $HOF)" = '2025BU99010000  Aalscholverhof' &&
        says a "$MOVED" 2024BU99010000 &&
        client a edit "$MOVED" place=54.001,4.001 &&
        says a "$MOVED" 2025BU99010000 && synced "$HERE/a" &&
        "$STOEPD" access "$HERE/srv" |
        grep -c " regions .* worker-[ab] " | grep -qx 3
}
check those_of_another_year_take_their_place \
    those_of_another_year_take_their_place
