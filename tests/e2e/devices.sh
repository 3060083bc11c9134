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

what_the_office_knows_of_a_device_is_listed() {
    devices >"$HERE/list" && cat "$HERE/list" &&
        grep -q '^ *1 .*worker-a .* NO .* in use ' "$HERE/list" &&
        grep -q '^ *2 .*worker-p .* yes .* withdrawn, wiped .* 1$' \
            "$HERE/list" &&
        grep -q '^ *3 .*worker-p .* yes .* in use ' "$HERE/list" &&
        grep -q 'only the device knows' "$HERE/list" &&
        devices --json | grep -q '"lost": 1'
}
check what_the_office_knows_of_a_device_is_listed \
    what_the_office_knows_of_a_device_is_listed

what_was_on_a_device_is_counted_and_not_told() {
    a add conversation themes=groen language=nl >/dev/null && a sync &&
        p sync && a sync && devices report 3 >"$HERE/report" &&
        cat "$HERE/report" && grep -q 'achter een pincode' "$HERE/report" &&
        grep -Eq 'selwerd +Signaal +1 +0 +0 +0 +1 +0$' "$HERE/report" &&
        grep -Eq 'selwerd +Gesprek +1 +1 +0 +0 +0 +0$' "$HERE/report" &&
        devices report 1 --lang en | grep -Eq 'Conversation +1 .* 1$' &&
        devices report 2 --lang en | grep -q 'Wiped, as it confirmed' &&
        devices report 3 --json | grep -q '"type": "conversation"' &&
        ! grep -q 'Voor het' "$HERE/report" &&
        fails 'there is no device 77' devices report 77
}
check what_was_on_a_device_is_counted_and_not_told \
    what_was_on_a_device_is_counted_and_not_told

a_lost_device_is_replaced_in_one_step() {
    "$STOEPD" enrol "$HERE/srv" --user worker-p --replaces 3 \
        >"$HERE/new" 2>"$HERE/said" && cat "$HERE/said" &&
        grep -q 'report 3' "$HERE/said" &&
        "$STOEP" --dir "$HERE/p2" enrol "$URL" "$(cat "$HERE/new")" \
            --no-pin | grep -q 'worker-p (worker)' && synced "$HERE/p2" &&
        "$STOEP" --dir "$HERE/p2" list signal | grep -q 'Voor het' &&
        devices | grep -q '^ *3 .*withdrawn, not heard of since' &&
        fails 'has been destroyed' p sync && [ "$(ls "$HERE/p")" = wiped ] &&
        fails 'is not of worker-a' "$STOEPD" enrol "$HERE/srv" \
            --user worker-a --replaces 3
}
check a_lost_device_is_replaced_in_one_step a_lost_device_is_replaced_in_one_step

a_backup_lets_no_device_in_that_was_withdrawn_since() {
    "$STOEP" --dir "$HERE/b" enrol "$URL" "$(code worker-b)" --no-pin &&
        synced "$HERE/b" && halt "$SERVER" &&
        cp "$HERE/srv/stoep.db" "$HERE/backup" &&
        devices revoke "$(devices | grep 'worker-b' | awk '{ print $1 }')" &&
        rm -f "$HERE/srv/stoep.db"* && cp "$HERE/backup" "$HERE/srv/stoep.db" &&
        devices | grep -q 'worker-b .* in use ' &&
        "$STOEPD" restored "$HERE/srv" &&
        devices | grep -q 'worker-b .*withdrawn, not heard of since' &&
        cp "$HERE/backup" "$HERE/srv/stoep.db" && serve "$HERE/srv" "$ADDRESS" &&
        fails 'has been destroyed' "$STOEP" --dir "$HERE/b" sync
}
check a_backup_lets_no_device_in_that_was_withdrawn_since \
    a_backup_lets_no_device_in_that_was_withdrawn_since

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

# -- enrolment -------------------------------------------------------------

invite() { "$STOEPD" enrol "$HERE/srv" --area selwerd --role worker "$@"; }

who_is_no_employee_signs_rules_first() {
    for type in vrijwilliger stagiair bewonersorganisatie; do
        fails 'BIO2 5.10.02.*--rules-signed' invite --user free \
            --worker-type $type || return 1
    done
    ! "$STOEPD" accounts "$HERE/srv" | grep -q '^free ' &&
        fails 'are not signed yet' invite --user free \
            --worker-type stagiair --rules-signed 2999-01-01 &&
        fails 'a day is written 2026-11-23' invite --user free \
            --worker-type stagiair --rules-signed 1-1-2026 &&
        fails 'no worker type; there are: beroepskracht' invite --user free \
            --worker-type manager &&
        fails 'BIO2' "$STOEPD" enrol "$HERE/srv" --user group --role external \
            --area selwerd &&
        invite --user free --worker-type vrijwilliger \
            --rules-signed 2026-01-05 --until 2099-06-30 &&
        "$STOEPD" accounts "$HERE/srv" | grep -Eq \
            '^free +worker +vrijwilliger +selwerd +2026-01-05 +2099-06-30 +0 +in force$'
}
check who_is_no_employee_signs_rules_first who_is_no_employee_signs_rules_first

what_is_not_said_of_a_user_stays_as_it_is() {
    "$STOEPD" enrol "$HERE/srv" --user free &&
        "$STOEPD" accounts "$HERE/srv" | grep -Eq \
            '^free +worker +vrijwilliger +selwerd +2026-01-05 +2099-06-30 ' &&
        "$STOEPD" enrol "$HERE/srv" --user free --until never --role lead &&
        "$STOEPD" accounts "$HERE/srv" | grep -Eq \
            '^free +lead +vrijwilliger +selwerd +2026-01-05 +- ' &&
        fails 'is new here: say --role and --area' "$STOEPD" enrol \
            "$HERE/srv" --user nobody
}
check what_is_not_said_of_a_user_stays_as_it_is \
    what_is_not_said_of_a_user_stays_as_it_is

a_picture_holds_all_that_enrolling_takes() {
    invite --user worker-q --url "$URL/" --png "$HERE/q.png" &&
        link=$(zbarimg --quiet --raw "$HERE/q.png" 2>/dev/null) &&
        echo "$link" | grep -q "^$URL/#" &&
        "$STOEP" --dir "$HERE/q" enrol "$link" --no-pin && synced "$HERE/q" &&
        fails 'there is a .* already' invite --user worker-q --url "$URL" \
            --png "$HERE/q.png"
}
if command -v zbarimg >/dev/null; then
    check a_picture_holds_all_that_enrolling_takes \
        a_picture_holds_all_that_enrolling_takes
fi

a_terminal_shows_a_code_and_the_link_below_it() {
    invite --user worker-r --url "$URL" --qr >"$HERE/qr" &&
        grep -q '▀' "$HERE/qr" &&
        "$STOEP" --dir "$HERE/r" enrol "$(tail -n 1 "$HERE/qr")" \
            --name tablet --no-pin && synced "$HERE/r" &&
        devices | grep -q 'tablet' &&
        echo 'listen 0.0.0.0:8443' >>"$HERE/srv/stoepd.conf" &&
        fails 'say --url' invite --user worker-r --qr &&
        echo 'url https://stoep.example' >>"$HERE/srv/stoepd.conf" &&
        invite --user worker-r --qr | grep -q '^https://stoep.example/#'
}
check a_terminal_shows_a_code_and_the_link_below_it \
    a_terminal_shows_a_code_and_the_link_below_it
