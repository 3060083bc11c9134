# vault.sh BUILD: a store with a PIN, as its owner and as a finder meet it.
BUILD=$1
. tests/e2e/lib.sh
unset XDG_RUNTIME_DIR STOEP_PIN_FD
small_town || die "no server"

echo 'right-pin' >"$HERE/right"
echo 'wrong-pin' >"$HERE/wrong"
printf 'right-pin\nother-pin\n' >"$HERE/change"
echo 'other-pin' >"$HERE/other"
RUNTIME=
if [ -d /dev/shm ] && [ "$(stat -f -c %T /dev/shm)" = tmpfs ]; then
    RUNTIME=$(mktemp -d /dev/shm/stoep-e2e.XXXXXX)
    trap 'rm -rf "$RUNTIME"; finish' EXIT
fi

# says PATTERN COMMAND...: it fails, and says so.
says() {
    pattern=$1
    shift
    if setsid -w "$@" >"$HERE/said" 2>&1 </dev/null; then
        echo "it did not fail"
        return 1
    fi
    grep -q "$pattern" "$HERE/said" || { cat "$HERE/said"; return 1; }
}
code() {
    "$STOEPD" enrol "$HERE/srv" --user "worker-$1" --role worker --area selwerd
}
p() { "$STOEP" --dir "$HERE/p" "$@"; }
held() { p --pin-file "$HERE/right" "$@"; }

nobody_to_ask_makes_no_store() {
    says 'give --pin-file; or --no-pin' "$STOEP" --dir "$HERE/p" enrol "$URL" \
        "$(code p)" && [ ! -e "$HERE/p/stoep.db" ] && [ ! -e "$HERE/p/vault" ]
}
check nobody_to_ask_makes_no_store nobody_to_ask_makes_no_store

a_store_with_a_pin_works_with_it() {
    held enrol "$URL" "$(code p)" && held sync &&
        held add signal type=zorg themes=groen title="Donkere hoek" &&
        held list signal | grep -q 'Donkere hoek' && held sync &&
        held status | grep -q 'encrypted, with a PIN' &&
        held --json status | grep -q '"pin":true'
}
check a_store_with_a_pin_works_with_it a_store_with_a_pin_works_with_it

without_the_pin_nothing_is_shown() {
    says 'locked' "$STOEP" --dir "$HERE/p" list signal &&
        says 'not the PIN' "$STOEP" --dir "$HERE/p" --pin-file "$HERE/wrong" \
            list signal && ! grep -q Donkere "$HERE/said"
}
check without_the_pin_nothing_is_shown without_the_pin_nothing_is_shown

no_file_of_a_store_tells_anything() {
    held add signal type=zorg themes=groen title="Donkere hoek twee" &&
        ! grep -rq 'Donkere\|SQLite\|PRIVATE\|selwerd' "$HERE/p"
}
check no_file_of_a_store_tells_anything no_file_of_a_store_tells_anything

a_pin_is_read_from_a_descriptor() {
    STOEP_PIN_FD=7 "$STOEP" --dir "$HERE/p" list signal 7<"$HERE/right" |
        grep -q Donkere
}
check a_pin_is_read_from_a_descriptor a_pin_is_read_from_a_descriptor

too_many_wrong_pins_have_to_wait() {
    cp -r "$HERE/p" "$HERE/found"
    for i in 1 2 3; do
        says 'not the PIN' "$STOEP" --dir "$HERE/found" \
            --pin-file "$HERE/wrong" status || return 1
    done
    says 'wait [0-9]* seconds' "$STOEP" --dir "$HERE/found" \
        --pin-file "$HERE/right" status
}
check too_many_wrong_pins_have_to_wait too_many_wrong_pins_have_to_wait

# watched: does a process watch over the key of the store?
watched() { ! flock -n "$HERE/p/vault.watch" true; }

a_store_stays_unlocked_until_it_is_locked() {
    export XDG_RUNTIME_DIR="$RUNTIME"
    held unlock && p list signal | grep -q Donkere && p sync &&
        until watched; do :; done && held unlock && p lock &&
        says 'locked' "$STOEP" --dir "$HERE/p" list signal &&
        [ -z "$(ls "$RUNTIME")" ] && while watched; do :; done
    told=$?
    unset XDG_RUNTIME_DIR
    return $told
}
if [ -n "$RUNTIME" ]; then
    check a_store_stays_unlocked_until_it_is_locked \
        a_store_stays_unlocked_until_it_is_locked
fi
check where_nothing_can_be_kept_in_memory_it_is_told says 'XDG_RUNTIME_DIR' \
    "$STOEP" --dir "$HERE/p" --pin-file "$HERE/right" unlock

another_pin_counts_from_now_on() {
    p --pin-file "$HERE/change" pin &&
        says 'not the PIN' "$STOEP" --dir "$HERE/p" --pin-file "$HERE/right" \
            list signal &&
        p --pin-file "$HERE/other" list signal | grep -q Donkere
}
check another_pin_counts_from_now_on another_pin_counts_from_now_on

a_store_without_a_pin_says_so() {
    "$STOEP" --dir "$HERE/a" status | grep -q 'NOT PROTECTED' &&
        ! grep -rq 'PRIVATE\|SQLite' "$HERE/a" &&
        "$STOEP" --dir "$HERE/a" --pin-file "$HERE/right" pin &&
        says 'locked' "$STOEP" --dir "$HERE/a" list signal &&
        "$STOEP" --dir "$HERE/a" --pin-file "$HERE/right" sync
}
check a_store_without_a_pin_says_so a_store_without_a_pin_says_so

a_check_finds_a_page_that_was_changed() {
    other() { "$STOEP" --dir "$1" --pin-file "$HERE/other" check; }
    other "$HERE/p" | grep -q 'is whole' && cp -r "$HERE/p" "$HERE/bent" &&
        printf 'x' | dd of="$HERE/bent/stoep.db" bs=1 seek=20000 conv=notrunc \
            2>/dev/null &&
        says 'page 3 is damaged or was changed' "$STOEP" --dir "$HERE/bent" \
            --pin-file "$HERE/other" check
}
check a_check_finds_a_page_that_was_changed \
    a_check_finds_a_page_that_was_changed

a_store_that_lost_its_vault_is_not_written_over() {
    cp -r "$HERE/p" "$HERE/lost" && rm "$HERE/lost/vault" &&
        cp "$HERE/lost/stoep.db" "$HERE/before" &&
        says 'not its key' "$STOEP" --dir "$HERE/lost" enrol --no-pin "$URL" \
            "$(code q)" && cmp "$HERE/before" "$HERE/lost/stoep.db"
}
check a_store_that_lost_its_vault_is_not_written_over \
    a_store_that_lost_its_vault_is_not_written_over

# Cut off after the vault was made: the next enrolment goes on with its PIN.
a_first_set_up_that_was_cut_off_goes_on() {
    says 'stoep:' "$STOEP" --dir "$HERE/n" --pin-file "$HERE/right" enrol \
        "$URL" 00000-00000 || return 1
    [ -e "$HERE/n/vault" ] && rm -f "$HERE/n/stoep.db"* &&
        "$STOEP" --dir "$HERE/n" --pin-file "$HERE/right" enrol "$URL" \
            "$(code n)" &&
        "$STOEP" --dir "$HERE/n" --pin-file "$HERE/right" sync
}
check a_first_set_up_that_was_cut_off_goes_on \
    a_first_set_up_that_was_cut_off_goes_on
