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
