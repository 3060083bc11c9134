#!/bin/sh
# keys.sh BUILD: the keys of server, device and store are changed, and nothing
# that was recorded is lost.
BUILD=$1
. tests/e2e/lib.sh
small_town || die "no server"

# until_said N WORD FILE: wait for the Nth line with a word.
until_said() {
    while [ "$(grep -c "$2" "$3")" -lt "$1" ]; do
        kill -0 "$SERVER" || return 1
        sleep 0.05
    done
}
# until_unheard LIST: wait until those devices alone have not heard.
until_unheard() {
    while ! key | grep -q "know the next key yet:$1\$"; do
        kill -0 "$SERVER" || return 1
        sleep 0.05
    done
}
reload() {
    before=$(grep -c 'event=certificate' "$HERE/srv.log")
    kill -HUP "$SERVER"
    until_said $((before + 1)) 'event=certificate' "$HERE/srv.log"
}
key() { "$STOEPD" key "$HERE/srv" "$@"; }
pin_in_force() { key | sed -n 's/^in force: *//p'; }
device() { "$STOEP" --dir "$1" --json status | sed 's/.*"device":\([0-9]*\).*/\1/'; }
signals() { "$STOEP" --dir "$1" list signal | grep -c .; }
record() { "$STOEP" --dir "$1" add signal type=zorg title="$2" >/dev/null; }

# -- the server's key ---------------------------------------------------------

enrol "$HERE/srv" "$HERE/b" worker-b worker selwerd >/dev/null &&
    synced "$HERE/b" >/dev/null || die "no second worker"
was=$(pin_in_force)

a_next_key_is_announced_and_the_one_in_force_still_serves() {
    key rotate && reload && synced "$HERE/a" && [ "$(pin_in_force)" = "$was" ] &&
        key | grep -q 'not know the next key yet: 1 2' && synced "$HERE/a" &&
        until_unheard ' 2'
}
check a_next_key_is_announced_and_the_one_in_force_still_serves \
    a_next_key_is_announced_and_the_one_in_force_still_serves

making_the_next_key_again_changes_nothing() {
    next=$(key | sed -n 's/^next: *//p') && key rotate &&
        [ "$(key | sed -n 's/^next: *//p')" = "$next" ]
}
check making_the_next_key_again_changes_nothing \
    making_the_next_key_again_changes_nothing

a_device_that_did_not_hear_holds_the_change_up() {
    if key finish >"$HERE/said" 2>&1; then return 1; fi
    grep -q 'yet: 2$' "$HERE/said" && [ "$(pin_in_force)" = "$was" ]
}
check a_device_that_did_not_hear_holds_the_change_up \
    a_device_that_did_not_hear_holds_the_change_up

the_next_key_is_in_force_and_known() {
    record "$HERE/a" 'voor de wissel' && key finish --yes && reload &&
        [ "$(pin_in_force)" = "$next" ] && synced "$HERE/a" &&
        record "$HERE/a" 'na de wissel' && synced "$HERE/a"
}
check the_next_key_is_in_force_and_known the_next_key_is_in_force_and_known

# What it was sent to the server with the other key: nothing.
a_device_that_missed_it_refuses_and_is_enrolled_again() {
    record "$HERE/b" 'wacht nog'
    if "$STOEP" --dir "$HERE/b" sync >"$HERE/said" 2>&1; then return 1; fi
    grep -q 'not the server this device was enrolled at' "$HERE/said" &&
        grep -q 'enrol it again' "$HERE/said" &&
        enrol "$HERE/srv" "$HERE/b" worker-b worker selwerd &&
        synced "$HERE/b" && [ "$(signals "$HERE/b")" = 3 ] &&
        synced "$HERE/a" && [ "$(signals "$HERE/a")" = 3 ]
}
check a_device_that_missed_it_refuses_and_is_enrolled_again \
    a_device_that_missed_it_refuses_and_is_enrolled_again

# Killed between the two files: the next program that looks finishes it.
a_change_that_was_cut_off_is_finished() {
    key rotate && next=$(key | sed -n 's/^next: *//p') &&
        reload && synced "$HERE/a" && synced "$HERE/a" &&
        synced "$HERE/b" && synced "$HERE/b" && halt "$SERVER" KILL &&
        mv "$HERE/srv/server.key.next" "$HERE/srv/server.key" &&
        serve "$HERE/srv" "${URL#https://}" && [ "$(pin_in_force)" = "$next" ] &&
        synced "$HERE/a" && synced "$HERE/b"
}
check a_change_that_was_cut_off_is_finished \
    a_change_that_was_cut_off_is_finished

# -- the device's key ---------------------------------------------------------

# killed_everywhere DIR COMMAND...: run it again and again, killed at the first,
# second, ... call by which it changes something, until it ends by itself; after
# each, DIR must be as usable as before.
killed_everywhere() {
    dir=$1
    shift
    at=1
    times=0
    while :; do
        # A process that is watched cannot look for leaks as well.
        ASAN_OPTIONS="${ASAN_OPTIONS-}:detect_leaks=0" \
            "$BUILD/tests/e2e/killat" $at "$@" >"$HERE/said" 2>&1
        killed=$?
        [ $killed -eq 99 ] || break
        usable "$dir" >"$HERE/said" 2>&1 || {
            cat "$HERE/said"
            echo "killed at change $at"
            return 1
        }
        at=$((at + 1 + at / 9)) # each of the first, then some
        times=$((times + 1))
    done
    echo "killed $times times, up to change $at"
    [ $killed -eq 0 ] && [ $times -gt 5 ] || { cat "$HERE/said"; return 1; }
}
verified() { "$STOEPD" verify "$HERE/srv" >"$HERE/said" 2>&1; }

a_device_changes_its_key_and_its_journal_stays() {
    "$STOEP" --dir "$HERE/a" rekey && record "$HERE/a" 'andere sleutel' &&
        synced "$HERE/a" && verified && "$STOEP" --dir "$HERE/a" rekey &&
        "$STOEP" --dir "$HERE/a" rekey && synced "$HERE/a" && verified
}
check a_device_changes_its_key_and_its_journal_stays \
    a_device_changes_its_key_and_its_journal_stays

usable() {
    record "$1" "na een einde" && synced "$1"
}
a_device_that_is_killed_while_it_changes_its_key_still_signs_in() {
    killed_everywhere "$HERE/a" "$STOEP" --dir "$HERE/a" rekey && verified
}
check a_device_that_is_killed_while_it_changes_its_key_still_signs_in \
    a_device_that_is_killed_while_it_changes_its_key_still_signs_in

# What was handed in before the change counts by the key of then.
a_batch_is_checked_with_the_key_that_was_in_force() {
    halt "$SERVER" && sqlite3 "$HERE/srv/stoep.db" \
        "CREATE TABLE was AS SELECT * FROM device_key;
         DELETE FROM device_key WHERE device = 1 AND after <>
             (SELECT max(after) FROM device_key WHERE device = 1);
         UPDATE device_key SET after = 0 WHERE device = 1" && ! verified &&
        grep -q 'not signed by its device' "$HERE/said" &&
        sqlite3 "$HERE/srv/stoep.db" "DELETE FROM device_key;
         INSERT INTO device_key SELECT * FROM was; DROP TABLE was" &&
        verified && serve "$HERE/srv" "${URL#https://}"
}
check a_batch_is_checked_with_the_key_that_was_in_force \
    a_batch_is_checked_with_the_key_that_was_in_force

# A backup from before a change of key knows the key before it.
a_restored_server_is_told_the_key_again() {
    rm -rf "$HERE/backup" && halt "$SERVER" &&
        cp -r "$HERE/srv" "$HERE/backup" &&
        serve "$HERE/srv" "${URL#https://}" && "$STOEP" --dir "$HERE/a" rekey &&
        record "$HERE/a" 'na de back-up' && synced "$HERE/a" &&
        halt "$SERVER" && rm -rf "$HERE/srv" && cp -r "$HERE/backup" "$HERE/srv" &&
        "$STOEPD" restored "$HERE/srv" && serve "$HERE/srv" "${URL#https://}" &&
        synced "$HERE/a" && verified
}
check a_restored_server_is_told_the_key_again \
    a_restored_server_is_told_the_key_again

# -- the store's key ----------------------------------------------------------

file_key() { od -An -tx1 -j76 -N32 "$1/vault"; } # without a PIN it stands there

a_store_gets_another_key_and_keeps_all_it_had() {
    record "$HERE/a" 'nog niet ingeleverd' && before=$(signals "$HERE/a") &&
        old=$(file_key "$HERE/a") && cp "$HERE/a/stoep.db" "$HERE/old.db" &&
        "$STOEP" --dir "$HERE/a" rekey --store && [ "$(file_key "$HERE/a")" != "$old" ] &&
        [ "$(signals "$HERE/a")" = "$before" ] && "$STOEP" --dir "$HERE/a" check &&
        synced "$HERE/a" && verified &&
        cp -r "$HERE/a" "$HERE/mixed" && cp "$HERE/old.db" "$HERE/mixed/stoep.db" &&
        ! "$STOEP" --dir "$HERE/mixed" list signal
}
check a_store_gets_another_key_and_keeps_all_it_had \
    a_store_gets_another_key_and_keeps_all_it_had

usable() {
    "$STOEP" --dir "$1" check && record "$1" "na een einde" &&
        [ "$(find "$1" -name 'stoep.db.*' | wc -l)" = 0 ] &&
        before=$((before + 1)) && [ "$(signals "$1")" = $before ]
}
a_store_that_is_killed_while_it_gets_another_key_still_opens() {
    before=$(signals "$HERE/a")
    killed_everywhere "$HERE/a" "$STOEP" --dir "$HERE/a" rekey --store &&
        synced "$HERE/a" && verified
}
check a_store_that_is_killed_while_it_gets_another_key_still_opens \
    a_store_that_is_killed_while_it_gets_another_key_still_opens

a_store_behind_a_pin_gets_its_key_by_that_pin() {
    echo 'right-pin' >"$HERE/right"
    echo 'wrong-pin' >"$HERE/wrong"
    "$STOEP" --dir "$HERE/b" --pin-file "$HERE/right" pin &&
        ! "$STOEP" --dir "$HERE/b" --pin-file "$HERE/wrong" rekey --store &&
        "$STOEP" --dir "$HERE/b" --pin-file "$HERE/right" rekey --store &&
        "$STOEP" --dir "$HERE/b" --pin-file "$HERE/right" check &&
        ! "$STOEP" --dir "$HERE/b" --pin-file "$HERE/wrong" check
}
check a_store_behind_a_pin_gets_its_key_by_that_pin \
    a_store_behind_a_pin_gets_its_key_by_that_pin

# A program that has it open would write to what is no longer there.
a_store_that_is_in_use_keeps_its_key() {
    "$STOEP" --dir "$HERE/a" sync --watch >"$HERE/watch" 2>&1 &
    watcher=$!
    until grep -q . "$HERE/watch"; do kill -0 $watcher || return 1; sleep 0.05; done
    ! "$STOEP" --dir "$HERE/a" rekey --store >"$HERE/said" 2>&1
    told=$?
    kill $watcher
    wait $watcher
    [ $told -eq 0 ] && grep -q 'another program uses this store' "$HERE/said" &&
        "$STOEP" --dir "$HERE/a" rekey --store
}
check a_store_that_is_in_use_keeps_its_key a_store_that_is_in_use_keeps_its_key
