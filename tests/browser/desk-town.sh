#!/bin/sh
# desk-town.sh BUILD: a town for the pages of the desk: the working day of
# tests/data with what is still open in it, and one user of each role with a
# code for a browser.  Serves until its input ends; prints first, a line each:
# the address, then ROLE CODE.
set -eu
BUILD=${1:-build/dev}
. tests/e2e/lib.sh
. tests/e2e/lib_town.sh
DATA=tests/data

{
    "$STOEPD" init "$HERE/srv"
    "$STOEPD" areas "$HERE/srv" --csv $DATA/areas.csv
    AREAS=$("$STOEPD" areas "$HERE/srv" | awk 'NR > 1 { printf s $2; s = "," }')
    serve "$HERE/srv"
    enrol "$HERE/srv" "$HERE/lead" veld-lead lead "$AREAS"
    enrol "$HERE/srv" "$HERE/a" veld-a worker "$AREAS"
    enrol "$HERE/srv" "$HERE/b" veld-b worker "$AREAS"
    for w in lead a b; do synced "$HERE/$w"; done
    "$STOEP" --dir "$HERE/lead" import $DATA/day-lead.jsonl
    for w in lead a b; do synced "$HERE/$w"; done
    for w in a b; do
        "$STOEP" --dir "$HERE/$w" import $DATA/day-$w.jsonl
        "$STOEP" --dir "$HERE/$w" import $DATA/edits-$w.jsonl
    done
    for w in a b lead; do synced "$HERE/$w"; done

    # Figures: what three others heard in a year that is over.
    town_files
    for who in 1 2 3; do
        enrol "$HERE/srv" "$HERE/d$who" "oud-$who" worker selwerd
        synced "$HERE/d$who"
        { told $who 0000 40 && told $who 0001 30 && told $who 0100 1; } |
            "$STOEP" --dir "$HERE/d$who" import -
        synced "$HERE/d$who"
    done
    halt "$SERVER"
    "$STOEPD" regions "$HERE/srv" import 2022 "$HERE/codes.csv"
    "$STOEPD" regions "$HERE/srv" outlines 2022 "$HERE/outlines.json"
    "$STOEPD" ask "$HERE/srv" --renew
    serve "$HERE/srv"
} >"$HERE/made" 2>&1 || die "$(cat "$HERE/made")"

port=${URL##*:}
echo "https://localhost:$port $HERE/srv $SERVER"
for role in lead privacy analyst admin; do
    user=veld-$role
    code=$("$STOEPD" enrol "$HERE/srv" --user "$user" --role "$role" \
        --area "$AREAS" --browser --url "https://localhost:$port")
    echo "$role $code"
done
cat >/dev/null
