# devices.sh BUILD: leases that run out, devices that are withdrawn and wipe
# themselves, and what the office knows of each.
BUILD=$1
. tests/e2e/lib.sh
unset XDG_RUNTIME_DIR STOEP_PIN_FD
small_town || die "no server"
echo 'right-pin' >"$HERE/pin"

code() {
    "$STOEPD" enrol "$HERE/srv" --user "$1" --role worker --area selwerd
}
p() { "$STOEP" --dir "$HERE/p" --pin-file "$HERE/pin" "$@"; }
a() { "$STOEP" --dir "$HERE/a" "$@"; }
devices() { "$STOEPD" devices "$HERE/srv" "$@"; }

# fails PATTERN COMMAND...: it fails, and says so.
fails() {
    pattern=$1
    shift
    if "$@" >"$HERE/said" 2>&1; then
        echo "it did not fail"
        return 1
    fi
    grep -q "$pattern" "$HERE/said" || { cat "$HERE/said"; return 1; }
}

# -- leases ----------------------------------------------------------------

out_of_contact() { "$BUILD/tests/e2e/elapse" "$HERE/p" right-pin; }

a_lease_says_until_when_a_store_is_open() {
    p enrol "$URL" "$(code worker-p)" && p sync &&
        p status | grep -q 'open without another sync until' &&
        p --json status | grep -q '"open":true'
}
check a_lease_says_until_when_a_store_is_open \
    a_lease_says_until_when_a_store_is_open

without_contact_a_store_closes_and_says_what_to_do() {
    p add signal type=zorg themes=groen title="Voor het sluiten" &&
        out_of_contact || return 1
    for verb in "list signal" "show @last" "reviews" "export" "check" \
        "add signal type=zorg themes=groen title=Nee" "unlock"; do
        # shellcheck disable=SC2086
        fails 'run `stoep sync`, give your PIN' p $verb || return 1
        ! grep -q 'Voor het' "$HERE/said" || return 1
    done
    fails 'de opslag is dicht' p --lang nl list signal
}
check without_contact_a_store_closes_and_says_what_to_do \
    without_contact_a_store_closes_and_says_what_to_do

a_closed_store_still_says_how_it_stands() {
    p status | grep -q 'the store is closed' &&
        p status | grep -q 'not handed in yet: 1' &&
        p --json status | grep -q '"open":false' && p help >/dev/null
}
check a_closed_store_still_says_how_it_stands \
    a_closed_store_still_says_how_it_stands

a_sync_opens_it_again_and_hands_in_what_waited() {
    fails 'not the PIN' "$STOEP" --dir "$HERE/p" --pin-file /etc/hostname sync &&
        p sync | grep -q 'handed in 1' && p list signal | grep -q 'Voor het'
}
check a_sync_opens_it_again_and_hands_in_what_waited \
    a_sync_opens_it_again_and_hands_in_what_waited

# Its server is known by its address, so it comes back there.
again() { halt "$SERVER" && serve "$HERE/srv" "$ADDRESS"; }
ADDRESS=${URL#https://}

a_role_may_have_no_time_at_all() {
    echo 'lease-worker-h 0' >>"$HERE/srv/stoepd.conf" && again && a sync &&
        fails 'the store is closed' a list signal && a sync &&
        sed -i '/lease-worker/d' "$HERE/srv/stoepd.conf" && again && a sync &&
        a list signal && echo 'lease-lead-h 9000' >>"$HERE/srv/stoepd.conf" &&
        fails 'at most 8784 hours' "$STOEPD" -n "$HERE/srv" &&
        sed -i '/lease-lead/d' "$HERE/srv/stoepd.conf"
}
check a_role_may_have_no_time_at_all a_role_may_have_no_time_at_all

# -- the end of a device ---------------------------------------------------

a_device_that_was_withdrawn_wipes_itself_and_says_so() {
    p add signal type=zorg themes=groen title="Nooit ingeleverd" &&
        devices revoke 2 || return 1
    fails 'has been destroyed, also what was not handed in. Ask' p sync &&
        [ "$(ls "$HERE/p")" = wiped ] &&
        ! "$STOEPD" query "$HERE/srv" "SELECT title FROM signal" |
            grep -q 'Nooit ingeleverd' &&
        "$STOEPD" query "$HERE/srv" "SELECT lost FROM device WHERE number = 2
            AND wiped_ms >= told_ms AND told_ms >= revoked_ms" | grep -q 1
}
check a_device_that_was_withdrawn_wipes_itself_and_says_so \
    a_device_that_was_withdrawn_wipes_itself_and_says_so

afterwards_every_verb_says_what_happened() {
    for verb in "list signal" status sync "add signal type=zorg" unlock pin; do
        # shellcheck disable=SC2086
        fails 'your organisation has withdrawn this device' p $verb || return 1
    done
    fails '"code":"wiped"' p --json sync
}
check afterwards_every_verb_says_what_happened \
    afterwards_every_verb_says_what_happened

in_the_same_folder_a_new_code_starts_afresh() {
    p enrol "$URL" "$(code worker-p)" && p sync &&
        p list signal | grep -q 'Voor het' && [ ! -e "$HERE/p/wiped" ]
}
check in_the_same_folder_a_new_code_starts_afresh \
    in_the_same_folder_a_new_code_starts_afresh

an_account_that_has_ended_loses_no_work() {
    "$STOEPD" enrol "$HERE/srv" --user worker-e --role worker --area selwerd \
        --days 9 >"$HERE/e.code" &&
        "$STOEP" --dir "$HERE/e" enrol "$URL" "$(cat "$HERE/e.code")" \
            --no-pin && synced "$HERE/e" &&
        "$STOEP" --dir "$HERE/e" add signal type=zorg themes=groen \
            title="Het laatste" &&
        "$STOEPD" enrol "$HERE/srv" --user worker-e --role worker \
            --area selwerd --days 0 >/dev/null &&
        fails 'this account has ended' "$STOEP" --dir "$HERE/e" sync &&
        "$STOEP" --dir "$HERE/e" list signal | grep -q 'Het laatste' &&
        "$STOEPD" enrol "$HERE/srv" --user worker-e --role worker \
            --area selwerd --days 9 >/dev/null &&
        "$STOEP" --dir "$HERE/e" sync | grep -q 'handed in 1'
}
check an_account_that_has_ended_loses_no_work \
    an_account_that_has_ended_loses_no_work
