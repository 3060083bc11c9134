#!/bin/sh
# Erasure from end to end: found, erased, gone from server and devices, and
# nothing that comes later brings it back.
BUILD=$1
. tests/e2e/lib.sh
SECRET=Kwetsbaarheid12345
SRV=$HERE/srv

"$STOEPD" init "$SRV" >/dev/null || die "no server"
"$STOEPD" areas "$SRV" add selwerd --name Selwerd >/dev/null &&
    serve "$SRV" || die "no server"
for d in a b c; do
    enrol "$SRV" "$HERE/$d" "worker-$d" worker selwerd >/dev/null &&
        synced "$HERE/$d" >/dev/null || die "not enrolled"
done
"$STOEP" --dir "$HERE/a" add signal title="$SECRET" type=zorg \
    themes=veiligheid >/dev/null || die "not saved"
"$STOEP" --dir "$HERE/a" add signal title="another one" type=zorg \
    themes=veiligheid >/dev/null || die "not saved"
for d in a b c; do synced "$HERE/$d" >/dev/null || die "no sync"; done
halt "$SERVER"
cp "$SRV/stoep.db" "$HERE/backup.db"
serve "$SRV" "${URL#https://}" || die "no server"

it_is_found() {
    "$STOEPD" subject "$SRV" find kwetsbaarheid >"$HERE/found" || return 1
    cat "$HERE/found"
    ID=$(awk 'NR == 2 { print $1 }' "$HERE/found")
    [ "$(wc -l <"$HERE/found")" = 2 ] && grep -q "title *$SECRET" "$HERE/found"
}
it_is_found >"$HERE/case.out" 2>&1 && echo "ok - it_is_found" || {
    echo "not ok - it_is_found"
    sed 's/^/    /' "$HERE/case.out"
}

all_about_it_is_handed_out() {
    "$STOEPD" subject "$SRV" export "$ID" >"$HERE/export" || return 1
    cat "$HERE/export"
    grep -q "\"value\": \"$SECRET\"" "$HERE/export" &&
        grep -q '"by": "worker-a"' "$HERE/export" &&
        grep -q '"name": "worker-c"' "$HERE/export"
}
check all_about_it_is_handed_out all_about_it_is_handed_out

nothing_is_erased_without_a_yes() {
    "$STOEPD" subject "$SRV" erase "$ID" | grep -q 'would be erased' &&
        "$STOEPD" subject "$SRV" find "$SECRET" | grep -q "$SECRET"
}
check nothing_is_erased_without_a_yes nothing_is_erased_without_a_yes

# b writes to it once more, and has not heard.
"$STOEP" --dir "$HERE/b" edit "$ID" title="$SECRET again" >/dev/null ||
    die "not edited"

it_is_erased_while_the_server_runs() {
    "$STOEPD" subject "$SRV" erase "$ID" --yes || return 1
    [ "$("$STOEPD" subject "$SRV" find "$SECRET" | wc -l)" = 1 ]
}
check it_is_erased_while_the_server_runs it_is_erased_while_the_server_runs

it_is_in_no_file_of_the_server() {
    ! grep -rlaF "$SECRET" "$SRV"
}
check it_is_in_no_file_of_the_server it_is_in_no_file_of_the_server

devices_that_have_not_heard_are_listed() {
    [ "$("$STOEPD" subject "$SRV" unconfirmed | wc -l)" = 4 ]
}
check devices_that_have_not_heard_are_listed \
    devices_that_have_not_heard_are_listed

it_is_gone_from_every_device() {
    for d in a b c; do synced "$HERE/$d" || return 1; done
    for d in a b c; do
        "$STOEP" --dir "$HERE/$d" export signal >"$HERE/$d.kept" || return 1
        grep -F "$SECRET" "$HERE/$d.kept" && return 1
        grep -q 'another one' "$HERE/$d.kept" || return 1
        grep -rlaF "$SECRET" "$HERE/$d" && return 1
    done
    ! grep -rlaF "$SECRET" "$SRV"
}
check it_is_gone_from_every_device it_is_gone_from_every_device

devices_that_have_heard_are_not_listed() {
    for d in a b c; do synced "$HERE/$d" || return 1; done
    "$STOEPD" subject "$SRV" unconfirmed
    [ "$("$STOEPD" subject "$SRV" unconfirmed | wc -l)" = 1 ]
}
check devices_that_have_heard_are_not_listed \
    devices_that_have_heard_are_not_listed

the_journal_still_verifies() {
    "$STOEPD" verify "$SRV" >"$HERE/verified" || return 1
    cat "$HERE/verified"
    grep -Eq '[1-9][0-9]* of them emptied' "$HERE/verified"
}
check the_journal_still_verifies the_journal_still_verifies

a_backup_does_not_bring_it_back() {
    halt "$SERVER"
    rm -f "$SRV"/stoep.db*
    cp "$HERE/backup.db" "$SRV/stoep.db"
    "$STOEPD" restored "$SRV" || return 1
    serve "$SRV" "${URL#https://}" || return 1
    [ "$("$STOEPD" subject "$SRV" find "$SECRET" | wc -l)" = 1 ] || return 1
    for d in a b c; do synced "$HERE/$d" || return 1; done
    for d in a b c; do
        "$STOEP" --dir "$HERE/$d" export signal | grep -F "$SECRET" && return 1
    done
    "$STOEP" --dir "$HERE/a" export signal | grep -q 'another one' || return 1
    ! grep -rlaF "$SECRET" "$SRV"
}
check a_backup_does_not_bring_it_back a_backup_does_not_bring_it_back
