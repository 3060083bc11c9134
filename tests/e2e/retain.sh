#!/bin/sh
# What is kept too long goes, and what is wrong is put right, from end to end:
# at the server, in its journal, and on every device.
BUILD=$1
. tests/e2e/lib.sh
OLD=Vervallentekst98765
WRONG=Onjuistetekst43210
SRV=$HERE/srv

"$STOEPD" init "$SRV" >/dev/null || die "no server"
"$STOEPD" areas "$SRV" add selwerd --name Selwerd >/dev/null &&
    serve "$SRV" || die "no server"
for d in a b; do
    enrol "$SRV" "$HERE/$d" "worker-$d" worker selwerd >/dev/null &&
        synced "$HERE/$d" >/dev/null || die "not enrolled"
done
"$STOEP" --dir "$HERE/a" add conversation summary="$OLD" themes=veiligheid \
    setting=deur informed=ja >/dev/null || die "not saved"
synced "$HERE/a" >/dev/null || die "no sync"
# Two years pass for what came in so far.
halt "$SERVER"
sqlite3 "$SRV/stoep.db" \
    "UPDATE batch SET received_ms = received_ms - 63072000000" || die "no time"
serve "$SRV" "${URL#https://}" || die "no server"
"$STOEP" --dir "$HERE/a" add signal title="$WRONG" type=zorg \
    themes=veiligheid >/dev/null || die "not saved"
for d in a b; do synced "$HERE/$d" >/dev/null || die "no sync"; done

the_dry_run_says_what_is_over_and_deletes_nothing() {
    "$STOEPD" retention "$SRV" >"$HERE/dry" || return 1
    cat "$HERE/dry"
    grep -q 'conversation *summary *R2 *1' "$HERE/dry" &&
        ! grep -q 'signal' "$HERE/dry" &&
        "$STOEPD" subject "$SRV" find "$OLD" | grep -q "$OLD"
}
check the_dry_run_says_what_is_over_and_deletes_nothing \
    the_dry_run_says_what_is_over_and_deletes_nothing

what_is_over_goes_while_the_server_runs() {
    "$STOEPD" retention "$SRV" --run || return 1
    [ "$("$STOEPD" subject "$SRV" find "$OLD" | wc -l)" = 1 ] &&
        "$STOEPD" subject "$SRV" find veilig | grep -q 'conversation.*themes' &&
        "$STOEPD" retention "$SRV" register --json | grep -q '"term"' &&
        ! "$STOEPD" retention "$SRV" register | grep -q "$OLD"
}
check what_is_over_goes_while_the_server_runs \
    what_is_over_goes_while_the_server_runs

it_is_gone_from_devices_at_their_next_sync() {
    for d in a b; do
        synced "$HERE/$d" || return 1
        "$STOEP" --dir "$HERE/$d" list conversation --json >"$HERE/list" ||
            return 1
        cat "$HERE/list"
        ! grep -q "$OLD" "$HERE/list" && grep -q veiligheid "$HERE/list" ||
            return 1
    done
}
check it_is_gone_from_devices_at_their_next_sync \
    it_is_gone_from_devices_at_their_next_sync

ID=$("$STOEPD" subject "$SRV" find "$WRONG" | awk 'NR == 2 { print $1 }')

a_correction_needs_a_note() {
    ! "$STOEPD" subject "$SRV" correct "$ID" title=Beter &&
        "$STOEPD" subject "$SRV" find "$WRONG" | grep -q "$WRONG"
}
check a_correction_needs_a_note a_correction_needs_a_note

# b changes it without having seen the correction.
"$STOEP" --dir "$HERE/b" edit "$ID" title="$WRONG ook" >/dev/null ||
    die "not edited"

what_was_wrong_is_put_right_and_forgotten_everywhere() {
    "$STOEPD" subject "$SRV" correct "$ID" title="Veel te druk" \
        severity=hoog --note "brief van 3 november" --forget || return 1
    for d in b a; do
        synced "$HERE/$d" || return 1
        "$STOEP" --dir "$HERE/$d" list signal --json >"$HERE/list" || return 1
        cat "$HERE/list"
        grep -q 'Veel te druk' "$HERE/list" && ! grep -q "$WRONG" "$HERE/list" ||
            return 1
    done
    [ "$("$STOEPD" subject "$SRV" find "$WRONG" | wc -l)" = 1 ] &&
        "$STOEPD" retention "$SRV" register | grep -q 'brief van 3 november'
}
check what_was_wrong_is_put_right_and_forgotten_everywhere \
    what_was_wrong_is_put_right_and_forgotten_everywhere

it_is_handed_out_as_a_page_in_either_language() {
    "$STOEPD" subject "$SRV" export "$ID" --html >"$HERE/nl.html" &&
        "$STOEPD" subject "$SRV" export "$ID" --html --lang en \
            >"$HERE/en.html" || return 1
    grep -q 'lang="nl"' "$HERE/nl.html" &&
        grep -q 'Veel te druk' "$HERE/nl.html" &&
        grep -q 'Wie wat wanneer schreef' "$HERE/nl.html" &&
        grep -q 'Neighbourhood signal' "$HERE/en.html" &&
        grep -q 'worker-a' "$HERE/en.html"
}
check it_is_handed_out_as_a_page_in_either_language \
    it_is_handed_out_as_a_page_in_either_language

the_register_of_processing_follows_from_the_definitions() {
    "$STOEPD" register "$SRV" en --html >"$HERE/register.html" || return 1
    grep -q '<table>' "$HERE/register.html" &&
        grep -q 'exception to BIO2' "$HERE/register.html" &&
        "$STOEPD" register "$SRV" nl | grep -q 'AVG artikel 30'
}
check the_register_of_processing_follows_from_the_definitions \
    the_register_of_processing_follows_from_the_definitions

neither_is_in_any_file_of_the_server() {
    halt "$SERVER"
    grep -rlF -e "$OLD" -e "$WRONG" "$SRV" && return 1
    grep -rqF 'Veel te druk' "$SRV"
}
check neither_is_in_any_file_of_the_server neither_is_in_any_file_of_the_server

# With the time as it was.
the_journal_still_verifies() {
    sqlite3 "$SRV/stoep.db" "UPDATE batch SET received_ms =
        received_ms + 63072000000 WHERE link = 1" || return 1
    "$STOEPD" verify "$SRV"
}
check the_journal_still_verifies the_journal_still_verifies
