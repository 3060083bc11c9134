#!/bin/sh
# related.sh BUILD: signals that may be the same matter are proposed to a lead,
# who merges them or says that they are not; and what was done with one of them.
BUILD=$1
. tests/e2e/lib.sh
small_town || die "no server"
enrol "$HERE/srv" "$HERE/lead" lead-a lead selwerd >/dev/null || die "no lead"
add() { "$STOEP" --dir "$HERE/a" add signal type=zorg "$@"; }
A=$(add themes=groen title="Kapotte lantaarn op de hoek" place=53.219,6.567)
B=$(add themes=groen,verkeer title="Lantaarn kapot" place=53.220,6.567)
C=$(add themes=groen title="Bankje gevraagd" place=53.219,6.566)
D=$(add themes=veiligheid title="Kapotte lantaarn" place=53.219,6.567)
for d in a lead; do synced "$HERE/$d" >/dev/null || die "no sync"; done
lead() { "$STOEP" --dir "$HERE/lead" "$@"; }
short() { printf %s "$1" | tail -c 8; }

what_is_near_in_place_time_and_theme_is_proposed_with_its_reasons() {
    lead related "$A" >"$HERE/out" && cat "$HERE/out" &&
        grep -q "$(short "$B")  *selwerd" "$HERE/out" &&
        grep -q '111 m apart, 0 days apart, words in common: 1; ' "$HERE/out" &&
        ! grep -q "$(short "$D")" "$HERE/out" && # another theme
        lead --json related | grep -q '"metres":111'
}
check what_is_near_in_place_time_and_theme_is_proposed_with_its_reasons \
    what_is_near_in_place_time_and_theme_is_proposed_with_its_reasons

what_is_said_not_to_be_the_same_is_not_proposed_again() {
    lead related "$C" | grep -q "$(short "$A")" || return 1
    lead related --different "$A" "$C" && lead related "$C" >"$HERE/out" &&
        cat "$HERE/out" && ! grep -q "$(short "$A")" "$HERE/out" &&
        lead related "$A" | grep -q "$(short "$B")"
}
check what_is_said_not_to_be_the_same_is_not_proposed_again \
    what_is_said_not_to_be_the_same_is_not_proposed_again

a_duplicate_points_to_the_one_that_stays_on_every_device() {
    lead related --same "$A" "$B" && synced "$HERE/lead" &&
        synced "$HERE/a" && "$STOEP" --dir "$HERE/a" --json show "$B" \
        >"$HERE/out" && cat "$HERE/out" &&
        grep -q "\"merged_into\":\"$A\"" "$HERE/out" &&
        grep -q '"status":"samengevoegd"' "$HERE/out" &&
        ! lead related "$A" | grep -q "$(short "$B")"
}
check a_duplicate_points_to_the_one_that_stays_on_every_device \
    a_duplicate_points_to_the_one_that_stays_on_every_device

there_is_no_ring_and_no_record_is_its_own_duplicate() {
    lead related --same "$B" "$A" 2>"$HERE/said" && return 1
    grep -q 'itself merged' "$HERE/said" || return 1
    lead related --same "$A" "$A" 2>"$HERE/said" && return 1
    grep -q 'name two records' "$HERE/said" || return 1
    ! lead --json show "$A" | grep -q merged_into
}
check there_is_no_ring_and_no_record_is_its_own_duplicate \
    there_is_no_ring_and_no_record_is_its_own_duplicate

what_was_done_is_told_with_what_a_duplicate_brought() {
    "$STOEP" --dir "$HERE/a" add follow-up about="$B" kind=doorverwijzen \
        outcome="De gemeente maakt hem." >"$HERE/task" || return 1
    synced "$HERE/a" && synced "$HERE/lead" && lead chronicle "$A" \
        >"$HERE/out" && cat "$HERE/out" &&
        grep -q "$(short "$B")" "$HERE/out" &&
        grep -q 'De gemeente maakt hem' "$HERE/out" &&
        ! grep -q "$(short "$C")\|$(short "$D")" "$HERE/out"
}
check what_was_done_is_told_with_what_a_duplicate_brought \
    what_was_done_is_told_with_what_a_duplicate_brought
