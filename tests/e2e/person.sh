#!/bin/sh
# person.sh BUILD: contact data from the door to its end: consent first, given to
# those named and to nobody else, in clear in no file of the server, found,
# handed out, withdrawn, erased, and not brought back by any backup.
BUILD=$1
. tests/e2e/lib.sh
SRV=$HERE/srv
PHONE=0655505001

"$STOEPD" init "$SRV" >/dev/null &&
    "$STOEPD" areas "$SRV" add selwerd --name Selwerd >/dev/null &&
    serve "$SRV" || die "no server"
for who in a:worker b:worker c:worker l:lead e:external p:privacy n:analyst; do
    d=${who%:*}
    enrol "$SRV" "$HERE/$d" "user-$d" "${who#*:}" selwerd >/dev/null &&
        synced "$HERE/$d" >/dev/null || die "not enrolled"
done

on() { d=$1 && shift && "$STOEP" --dir "$HERE/$d" "$@"; }
all_sync() { for d in a b c l e p n; do synced "$HERE/$d" || return 1; done; }
# has DEVICE WORDS: are they shown on it?
has() { on "$1" export person | grep -qF "$2"; }
# only WORDS DEVICE...: they are shown on these and on no other.
only() {
    words=$1 && shift
    for d in a b c l e p n; do
        case " $* " in
        *" $d "*) has "$d" "$words" || { echo "$d lacks it"; return 1; } ;;
        *) ! has "$d" "$words" || { echo "$d has it"; return 1; } ;;
        esac
    done
}
# nothing_aside: no worker, no lead is told of something kept aside.
nothing_aside() {
    for d in a b c l e p n; do
        on "$d" --json status | grep -q '"parked": *0' || return 1
    done
    [ "$("$STOEPD" parked "$SRV" | wc -l)" = 1 ]
}
clean() { "$STOEPD" verify "$SRV"; }
# contact NAME MAIL: a conversation (G), consent for it, and who it was with (P).
contact() {
    G=$(on a add conversation themes=veiligheid) &&
        on a add consent subject="$G" purpose=contact_bewaren state=gegeven &&
        P=$(on a add person conversation="$G" name="$1" phone=$PHONE \
            email="$2" given_to=user-b)
}

contact_data_needs_consent() {
    G=$(on a add conversation themes=veiligheid) || return 1
    on a add person conversation="$G" name=Zonderja phone=$PHONE \
        2>"$HERE/said" && return 1
    cat "$HERE/said"
    grep -q 'only with consent' "$HERE/said" && all_sync && only Zonderja &&
        clean
}
check contact_data_needs_consent contact_data_needs_consent

contact Welbekend welbekend@post.example >/dev/null || die "not saved"
ONE=$P G_ONE=$G

it_is_given_to_who_made_it_and_to_those_named() {
    all_sync && only Welbekend a b && clean
}
check it_is_given_to_who_made_it_and_to_those_named \
    it_is_given_to_who_made_it_and_to_those_named

who_is_named_later_gets_it_and_who_is_not_any_more_loses_it() {
    on a edit "$ONE" given_to+=user-l given_to-=user-b && synced "$HERE/a" &&
        all_sync && only Welbekend a l && on a edit "$ONE" given_to+=user-b &&
        synced "$HERE/a" && all_sync && only Welbekend a b l && clean &&
        nothing_aside
}
check who_is_named_later_gets_it_and_who_is_not_any_more_loses_it \
    who_is_named_later_gets_it_and_who_is_not_any_more_loses_it

# That the search finds what is there shows in what nobody hides.
cat >"$HERE/words" <<WORDS
Welbekend
welbekend@post.example
655505001
WORDS
no_file_of_the_server_holds_it_in_clear() {
    for f in "$SRV/stoep.db" "$SRV/stoep.db-wal" "$SRV/keys.db"; do
        [ -s "$f" ] || { echo "$f is empty"; return 1; }
    done
    cat "$SRV"/stoep.db* | grep -qaF veiligheid || return 1
    find "$SRV" "$SRV.log" -type f -printf '%s\n' |
        awk '{ n += $1 } END { print n " bytes searched" }'
    hits=$(grep -raFi -o -f "$HERE/words" "$SRV" "$SRV.log" "$SRV.out" | wc -l)
    echo "$hits hits"
    [ "$hits" = 0 ]
}
check no_file_of_the_server_holds_it_in_clear \
    no_file_of_the_server_holds_it_in_clear

it_is_found_and_handed_out() {
    "$STOEPD" subject "$SRV" find welbekend | grep -q "^$ONE  *person" &&
        "$STOEPD" subject "$SRV" export "$ONE" >"$HERE/export" &&
        "$STOEPD" subject "$SRV" export "$ONE" --html --lang en \
            >"$HERE/page" || return 1
    for words in Welbekend welbekend@post.example 655505001 user-l; do
        grep -qF "$words" "$HERE/export" && grep -qF "$words" "$HERE/page" ||
            { echo "no $words"; return 1; }
    done
    grep -q user-c "$HERE/export" && return 1
    clean && no_file_of_the_server_holds_it_in_clear
}
check it_is_found_and_handed_out it_is_found_and_handed_out

halt "$SERVER"
cp -a "$SRV" "$HERE/backup" # as it was that day, its keys too
serve "$SRV" "${URL#https://}" || die "no server"

# refused FILE COMMAND...: it fails, and names the file.
refused() {
    file=$1 && shift
    "$@" >"$HERE/said" 2>&1 && return 1
    grep "$file" "$HERE/said" && grep -q 'put it back from its backup' \
        "$HERE/said"
}
without() {
    halt "$SERVER"
    mkdir "$HERE/away" && mv "$SRV/$1"* "$HERE/away" || return 1
    refused "$SRV/$1 is missing" "$STOEPD" -n "$SRV" &&
        refused "$SRV/$1 is missing" "$STOEPD" verify "$SRV" &&
        refused "$SRV/$1 is missing" "$STOEPD" subject "$SRV" find welbekend &&
        refused "$SRV/$1 is missing" "$STOEPD" restored "$SRV" &&
        refused "$SRV/$1 is missing" \
            "$STOEPD" serve "$SRV" --listen 127.0.0.1:0
    failed=$?
    [ ! -e "$SRV/$1" ] || failed=1 # none was made in its place
    mv "$HERE/away"/* "$SRV" && rmdir "$HERE/away" &&
        serve "$SRV" "${URL#https://}" && [ $failed = 0 ] &&
        "$STOEPD" subject "$SRV" find welbekend | grep -q "$ONE" && clean
}
keys_that_are_missing_are_named_and_nothing_is_served() {
    without keys.db && without keys.key
}
check keys_that_are_missing_are_named_and_nothing_is_served \
    keys_that_are_missing_are_named_and_nothing_is_served

keys_that_fit_nothing_are_named() {
    halt "$SERVER"
    cp -p "$SRV/keys.key" "$HERE/keys.key" &&
        head -c 32 /dev/urandom >"$SRV/keys.key" || return 1
    refused "$SRV/keys.db cannot be opened with $SRV/keys.key" \
        "$STOEPD" verify "$SRV"
    failed=$?
    cp -p "$HERE/keys.key" "$SRV/keys.key" &&
        serve "$SRV" "${URL#https://}" && [ $failed = 0 ] && clean
}
check keys_that_fit_nothing_are_named keys_that_fit_nothing_are_named

# By one to whom it was given, who is not named in it any more by then.
consent_taken_back_takes_it_from_everywhere() {
    on b withdraw "$G_ONE" && on b list person && # hidden here at once
        ! on b list person | grep -F Welbekend &&
        ! on b export person | grep -F Welbekend &&
        ! on b export --all person 2>/dev/null &&
        on b export person --all | grep -qF Welbekend || return 1
    synced "$HERE/b" && all_sync && only Welbekend && clean && nothing_aside &&
        [ "$("$STOEPD" subject "$SRV" find welbekend | wc -l)" = 1 ] &&
        ! on b export person | grep -F "$PHONE"
}
check consent_taken_back_takes_it_from_everywhere \
    consent_taken_back_takes_it_from_everywhere

# As it was first, then as it was put right: neither the row nor the journal has
# who took consent back.
a_link_that_was_replaced_goes_from_the_journal_too() {
    W1=$(on a add conversation themes=veiligheid) &&
        W2=$(on a add conversation themes=veiligheid) || return 1
    for g in "$W1" "$W2"; do
        on a add consent subject="$g" purpose=herbezoek state=gegeven || return 1
    done
    V=$(on a add door-visit result=gesprek conversation="$W1") &&
        synced "$HERE/a" && on a edit "$V" conversation="$W2" &&
        synced "$HERE/a" || return 1
    "$STOEPD" subject "$SRV" export "$V" >"$HERE/export" &&
        grep -qF "$W1" "$HERE/export" && clean || return 1
    on a withdraw "$W1" --purpose herbezoek && all_sync &&
        "$STOEPD" subject "$SRV" export "$V" >"$HERE/export" &&
        ! grep -F "$W1" "$HERE/export" && grep -qF "$W2" "$HERE/export" && clean
}
check a_link_that_was_replaced_goes_from_the_journal_too \
    a_link_that_was_replaced_goes_from_the_journal_too

contact Langvergeten langvergeten@post.example >/dev/null || die "not saved"
TWO=$P
all_sync >/dev/null || die "no sync"
halt "$SERVER"
cp -a "$SRV/stoep.db" "$HERE/later.db"
serve "$SRV" "${URL#https://}" || die "no server"

what_is_erased_is_gone_from_server_and_devices() {
    only Langvergeten a b || return 1
    on b edit "$TWO" phone=0655505002 >/dev/null || return 1 # had not heard
    "$STOEPD" subject "$SRV" erase "$TWO" --yes && clean &&
        [ "$("$STOEPD" subject "$SRV" find langvergeten | wc -l)" = 1 ] &&
        all_sync && all_sync && only Langvergeten && clean && nothing_aside &&
        "$STOEPD" subject "$SRV" unconfirmed | wc -l | grep -qx 1
}
check what_is_erased_is_gone_from_server_and_devices \
    what_is_erased_is_gone_from_server_and_devices

# Not even if the list of what was erased is lost: its key is destroyed, also
# that of what consent was taken back for.
an_old_backup_beside_the_keys_of_today_brings_nothing_back() {
    halt "$SERVER"
    rm -f "$SRV"/stoep.db* "$SRV/erasures"
    cp "$HERE/backup/stoep.db" "$SRV/stoep.db"
    [ "$("$STOEPD" subject "$SRV" find welbekend | wc -l)" = 1 ] || return 1
    rm -f "$SRV"/stoep.db*
    cp "$HERE/later.db" "$SRV/stoep.db"
    [ "$("$STOEPD" subject "$SRV" find langvergeten | wc -l)" = 1 ] &&
        ! "$STOEPD" subject "$SRV" export "$TWO" | grep -i langvergeten &&
        "$STOEPD" restored "$SRV" && serve "$SRV" "${URL#https://}" &&
        all_sync && all_sync && only Langvergeten &&
        [ "$("$STOEPD" subject "$SRV" find langvergeten | wc -l)" = 1 ] && clean
}
check an_old_backup_beside_the_keys_of_today_brings_nothing_back \
    an_old_backup_beside_the_keys_of_today_brings_nothing_back

# All of that day, put back with the list that was kept beside it.
a_whole_backup_forgets_again_what_was_taken_back_since() {
    halt "$SERVER"
    rm -f "$SRV"/stoep.db* "$SRV"/keys.*
    cp -a "$HERE/backup"/stoep.db* "$HERE/backup"/keys.* "$SRV" &&
        "$STOEPD" restored "$SRV" && serve "$SRV" "${URL#https://}" &&
        all_sync && all_sync && only Welbekend && only Langvergeten && clean
}
check a_whole_backup_forgets_again_what_was_taken_back_since \
    a_whole_backup_forgets_again_what_was_taken_back_since

who_has_lost_the_keys_can_go_on_without() {
    contact Nieuwkomer nieuwkomer@post.example && all_sync || return 1
    halt "$SERVER"
    rm -f "$SRV"/keys.*
    "$STOEPD" restored "$SRV" --without-keys && serve "$SRV" \
        "${URL#https://}" && contact Nakomer nakomer@post.example &&
        all_sync && only Nakomer a b &&
        "$STOEPD" subject "$SRV" find nakomer | grep -q "$P" && clean
}
check who_has_lost_the_keys_can_go_on_without \
    who_has_lost_the_keys_can_go_on_without
