#!/bin/sh
# access.sh BUILD: who read or changed what is written down, and cannot be
# changed unseen; what was read is not in it.
BUILD=$1
. tests/e2e/lib.sh
SECRET=Vertrouwelijk98765
SRV=$HERE/srv

SMALL=
"$STOEPD" init "$SRV" >/dev/null || die "no server"
if may_mount; then
    mkdir -p "$SRV"
    small_disk "$SRV/access" && SMALL=yes
fi
"$STOEPD" areas "$SRV" add selwerd --name Selwerd >/dev/null &&
    "$STOEPD" areas "$SRV" add tuinwijk --name Tuinwijk >/dev/null &&
    serve "$SRV" || die "no server"
for d in a b; do
    enrol "$SRV" "$HERE/$d" "worker-$d" worker selwerd >/dev/null || die "no"
done
enrol "$SRV" "$HERE/c" worker-c worker tuinwijk >/dev/null &&
    enrol "$SRV" "$HERE/e" group-e external selwerd >/dev/null &&
    enrol "$SRV" "$HERE/n" analyst-n analyst selwerd >/dev/null || die "no"
ID=$("$STOEP" --dir "$HERE/a" sync >/dev/null
    "$STOEP" --dir "$HERE/a" add meeting body=wij_raad on=2026-11-20 advice="$SECRET" 2>"$HERE/said") ||
    die "not saved: $(cat "$HERE/said")"
for d in a b c e n; do synced "$HERE/$d" >/dev/null || die "no sync"; done

log() { "$STOEPD" access "$SRV" "$@"; }

# refused: how many sessions and enrolments were.
refused() { cat "$SRV"/access/*.log "$SRV/access/current" 2>/dev/null |
    grep '"do":"\(session\|enrol\)"' | grep -c '"result":"denied"'; }

nobody_is_refused_who_did_nothing_wrong() {
    [ "$(refused)" = 0 ]
}
check nobody_is_refused_who_did_nothing_wrong \
    nobody_is_refused_who_did_nothing_wrong

a_server_that_started_anew_is_asked_twice_only_once() {
    halt "$SERVER"
    serve "$SRV" "${URL#https://}" || return 1
    synced "$HERE/a" && [ "$(refused)" = 1 ] || return 1
    synced "$HERE/a" && synced "$HERE/a" && [ "$(refused)" = 1 ]
}
check a_server_that_started_anew_is_asked_twice_only_once \
    a_server_that_started_anew_is_asked_twice_only_once

who_had_access_to_a_record_is_told() {
    log --record "$ID" >"$HERE/who" || return 1
    cat "$HERE/who"
    grep -q 'changed .*worker-a .*worker' "$HERE/who" &&
        grep -q 'read .*worker-b .*127.0.0.1' "$HERE/who" &&
        ! grep -q 'worker-c\|group-e\|analyst-n' "$HERE/who"
}
check who_had_access_to_a_record_is_told who_had_access_to_a_record_is_told

what_a_command_read_or_changed_is_there() {
    "$STOEPD" subject "$SRV" find "$SECRET" >/dev/null &&
        "$STOEPD" query "$SRV" "SELECT '$SECRET' AS x" >/dev/null &&
        "$STOEPD" subject "$SRV" export "$ID" >"$HERE/export" || return 1
    log >"$HERE/all" || return 1
    cat "$HERE/all"
    for did in grant enrol session push pull subject.find query \
        subject.export; do
        grep -q " $did " "$HERE/all" || { echo "no $did"; return 1; }
    done
    grep -q "subject.find *ok *$(id -un)" "$HERE/all" &&
        log --user worker-b --json | grep -q '"did": *"pull"' &&
        log --csv | head -1 | grep -q '^line,at,did,result,who,'
}
check what_a_command_read_or_changed_is_there \
    what_a_command_read_or_changed_is_there

an_export_lists_who_had_access() {
    tr -d ' \n' <"$HERE/export" >"$HERE/flat"
    grep -q '"did":"read"[^}]*"name":"worker-b"' "$HERE/flat" &&
        grep -q '"did":"changed"[^}]*"name":"worker-a"' "$HERE/flat" &&
        ! grep -q '"did":[^}]*"name":"group-e"' "$HERE/flat"
}
check an_export_lists_who_had_access an_export_lists_who_had_access

no_content_and_no_words_that_were_looked_for_are_in_it() {
    ! grep -rF "$SECRET" "$SRV/access" && ! log | grep -F "$SECRET"
}
check no_content_and_no_words_that_were_looked_for_are_in_it \
    no_content_and_no_words_that_were_looked_for_are_in_it

a_review_lists_accounts_devices_and_last_use() {
    "$STOEPD" devices "$SRV" revoke 3 &&
        log review >"$HERE/review" && cat "$HERE/review" &&
        [ "$(wc -l <"$HERE/review")" = 6 ] &&
        grep -q '^worker-b *worker *selwerd ' "$HERE/review" &&
        grep -q "^worker-c .*$(date -u +%F) *$(date -u +%F) *$(date -u +%F)" \
            "$HERE/review"
}
check a_review_lists_accounts_devices_and_last_use \
    a_review_lists_accounts_devices_and_last_use

a_device_that_is_withdrawn_is_in_it() {
    "$STOEP" --dir "$HERE/c" sync >/dev/null 2>&1 && return 1
    log >"$HERE/all" && cat "$HERE/all" &&
        grep -q ' session .* worker-c .* told to wipe itself' "$HERE/all" &&
        grep -q ' revoke *ok ' "$HERE/all"
}
check a_device_that_is_withdrawn_is_in_it \
    a_device_that_is_withdrawn_is_in_it

who_is_refused_is_in_it() {
    "$STOEP" --dir "$HERE/x" enrol "$URL" 00000-00000 --no-pin 2>/dev/null &&
        return 1
    used=$("$STOEPD" enrol "$SRV" --user worker-a --role worker --area selwerd)
    "$STOEP" --dir "$HERE/x" enrol "$URL" "$used" --no-pin >/dev/null || return 1
    "$STOEP" --dir "$HERE/y" enrol "$URL" "$used" --no-pin && return 1
    log >"$HERE/all" && cat "$HERE/all" &&
        grep -q ' enrol *denied .* 127.0.0.1 ' "$HERE/all"
}
check who_is_refused_is_in_it who_is_refused_is_in_it

# A full disk ends reading; handing in goes on.
a_full_disk_ends_reading_and_not_handing_in() {
    head -c 4000000 /dev/zero >"$SRV/access/full" 2>/dev/null
    for i in $(seq 40); do # also the last page of the log
        "$STOEPD" query "$SRV" "SELECT 1 AS x" >/dev/null 2>&1 || break
    done
    "$STOEP" --dir "$HERE/a" add signal title=x type=zorg themes=groen \
        >/dev/null 2>&1 || return 1
    "$STOEP" --dir "$HERE/a" sync >"$HERE/said" 2>&1 && return 1
    cat "$HERE/said"
    "$STOEP" --dir "$HERE/a" --json status | grep -q '"waiting":0' || return 1
    "$STOEPD" query "$SRV" "SELECT title FROM signal" >"$HERE/said" 2>&1 &&
        return 1
    rm "$SRV/access/full"
    synced "$HERE/a" && log | grep -q ' log.lost '
}
if [ -n "$SMALL" ]; then
    check a_full_disk_ends_reading_and_not_handing_in \
        a_full_disk_ends_reading_and_not_handing_in
fi

halt "$SERVER"
git clone -q "$SRV/journal.git" "$HERE/copy" 2>/dev/null || cp -r \
    "$SRV/journal.git" "$HERE/copy"

all_of_it_verifies() {
    "$STOEPD" verify "$SRV" >"$HERE/verified" && cat "$HERE/verified" &&
        grep -q '^[1-9][0-9]* lines of the access log in their chain, [12] of' \
            "$HERE/verified" && "$STOEPD" verify "$SRV" --git "$HERE/copy"
}
check all_of_it_verifies all_of_it_verifies

a_line_that_was_changed_is_found() {
    cp "$SRV/access/current" "$HERE/kept"
    sed 's/"user":"worker-b"/"user":"worker-d"/' "$HERE/kept" \
        >"$SRV/access/current"
    "$STOEPD" verify "$SRV" 2>"$HERE/said" && return 1
    cat "$HERE/said"
    cp "$HERE/kept" "$SRV/access/current"
    grep -q 'access log, current, line [0-9]*: it was changed' "$HERE/said"
}
check a_line_that_was_changed_is_found a_line_that_was_changed_is_found

# Even by who holds the server, and its git.
a_log_that_was_made_anew_is_found_with_a_copy_of_git() {
    rm -r "$SRV/access/current" "$SRV/journal.git"
    log >/dev/null && "$STOEPD" verify "$SRV" >/dev/null || return 1
    "$STOEPD" verify "$SRV" --git "$HERE/copy" 2>"$HERE/said" && return 1
    cat "$HERE/said"
    grep -q 'access log: it ends at line' "$HERE/said"
}
check a_log_that_was_made_anew_is_found_with_a_copy_of_git \
    a_log_that_was_made_anew_is_found_with_a_copy_of_git
