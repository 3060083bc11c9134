#!/bin/sh
# search.sh BUILD: a lead looks for words in the notes of their own areas, at
# the server and on the device; what is gone is not found, and nobody reads what
# was looked for.
BUILD=$1
. tests/e2e/lib.sh
SRV=$HERE/srv
small_town || die "no server"
"$STOEPD" areas "$SRV" add tuinwijk --name Tuinwijk >/dev/null &&
    enrol "$SRV" "$HERE/lead" lead-a lead selwerd >/dev/null &&
    enrol "$SRV" "$HERE/far" worker-t worker tuinwijk >/dev/null &&
    synced "$HERE/far" >/dev/null || die "no devices"
add() { "$STOEP" --dir "$1" add signal type=zorg themes=groen title="$2" \
    description="$3"; }
LAMP=$(add "$HERE/a" "Donkere hoek" "Een kapotte lantaarn bij de één-april-brug.")
add "$HERE/a" "Natte stoep" "Bij de brug blijft water staan." >/dev/null
add "$HERE/far" "Lantaarn" "In de Tuinwijk." >/dev/null
for d in a far lead; do synced "$HERE/$d" >/dev/null || die "no sync"; done

found() { "$STOEP" --dir "$HERE/lead" search "$@"; }
lines() { found "$@" >"$HERE/found" 2>"$HERE/said"; wc -l <"$HERE/found"; }

a_lead_finds_what_was_handed_in_in_own_areas() {
    found lantaarn >"$HERE/found" || return 1
    cat "$HERE/found"
    [ "$(wc -l <"$HERE/found")" = 1 ] &&
        grep -q 'selwerd.*Donkere hoek / Een kapotte «lantaarn»' "$HERE/found"
}
check a_lead_finds_what_was_handed_in_in_own_areas \
    a_lead_finds_what_was_handed_in_in_own_areas

words_are_anded_begun_and_kept_together_here_as_there() {
    for here in '' --here; do
        # shellcheck disable=SC2086
        [ "$(lines brug $here)" = 2 ] && [ "$(lines brug lant $here)" = 1 ] &&
            [ "$(lines EEN brug $here)" = 1 ] && # and accents
            [ "$(lines "natte stoep" $here)" = 1 ] &&
            [ "$(lines "stoep natte" $here)" = 1 ] && # nothing found
            grep -q 'nothing found' "$HERE/found" || return 1
    done
}
check words_are_anded_begun_and_kept_together_here_as_there \
    words_are_anded_begun_and_kept_together_here_as_there

whatever_is_typed_is_answered_in_words() {
    for typed in 'AND' 'text:x' '(lantaarn' 'lantaarn*' 'a"b"c' '^' '%' '&q=x'; do
        found "$typed" >"$HERE/found" 2>&1 ||
            grep -q 'no word to look for' "$HERE/found" || {
            cat "$HERE/found"
            return 1
        }
        grep -qi 'fts5\|syntax\|sql' "$HERE/found" && return 1
    done
    true
}
check whatever_is_typed_is_answered_in_words \
    whatever_is_typed_is_answered_in_words

a_worker_looks_on_the_own_device() {
    "$STOEP" --dir "$HERE/a" search lantaarn | grep -q 'Donkere hoek' &&
        ! "$STOEP" --dir "$HERE/far" search Donkere | grep -q hoek
}
check a_worker_looks_on_the_own_device a_worker_looks_on_the_own_device

the_access_log_says_who_looked_and_not_for_what() {
    "$STOEPD" access "$SRV" >"$HERE/log" && cat "$HERE/log" &&
        grep -q ' search *ok .*lead-a' "$HERE/log" &&
        "$STOEPD" access "$SRV" --record "$LAMP" | grep -q 'read .*lead-a' &&
        ! grep -rqi 'lantaarn\|natte' "$SRV/access" "$SRV.log"
}
check the_access_log_says_who_looked_and_not_for_what \
    the_access_log_says_who_looked_and_not_for_what

what_was_erased_is_found_nowhere() {
    "$STOEPD" subject "$SRV" erase "$LAMP" --yes >"$HERE/said" 2>&1 ||
        { cat "$HERE/said"; return 1; }
    grep -raqi 'kapotte' "$SRV" && { grep -rali kapotte "$SRV"; return 1; }
    lines kapotte >/dev/null
    grep -q 'nothing found' "$HERE/found" || return 1
    synced "$HERE/lead" >/dev/null
    lines kapotte --here >/dev/null
        grep -q 'nothing found' "$HERE/found" && [ "$(lines brug)" = 1 ]
}
check what_was_erased_is_found_nowhere what_was_erased_is_found_nowhere
