#!/bin/sh
# backup.sh BUILD: a server is copied while devices hand in; what was copied is
# put in another folder, and a server goes on from it.
BUILD=$1
. tests/e2e/lib.sh
SRV=$HERE/srv
DEVICES="a b c"

"$STOEPD" init "$SRV" >/dev/null &&
    "$STOEPD" areas "$SRV" add selwerd --name Selwerd >/dev/null &&
    serve "$SRV" || die "no server"
for d in $DEVICES; do
    enrol "$SRV" "$HERE/$d" "user-$d" worker selwerd >/dev/null &&
        synced "$HERE/$d" >/dev/null || die "not enrolled"
done

on() { d=$1 && shift && "$STOEP" --dir "$HERE/$d" "$@"; }
all_sync() { for d in $DEVICES; do synced "$HERE/$d" || return 1; done; }
backup() { "$STOEPD" backup "$SRV" "$1"; }

# contact DEVICE NAME: a conversation, consent for it, and who it was with.
contact() {
    g=$(on "$1" add conversation themes=veiligheid) &&
        on "$1" add consent subject="$g" purpose=contact_bewaren \
            state=gegeven >/dev/null &&
        on "$1" add person conversation="$g" name="$2" \
            phone=0655505001 given_to=user-b >/dev/null
}

# A picture of one dot.
base64 -d >"$HERE/dot.jpg" <<'DOT'
/9j/4AAQSkZJRgABAQEASABIAAD/2wBDAP//////////////////////////////////////////
////////////////////////////////////////////wgALCAABAAEBAREA/8QAFBABAAAAAAAA
AAAAAAAAAAAAAP/aAAgBAQABPxA=
DOT

# busy DEVICE: saves and hands in until the folder is told to rest.
busy() {
    i=0
    while [ ! -e "$HERE/rest" ]; do
        i=$((i + 1))
        on "$1" add signal type=kans themes=groen title="$1 saw $i" &&
            contact "$1" "$1 met $i" && synced "$HERE/$1" || return 1
    done
}

# ids DIR TYPE: of the records in a store.
ids() {
    "$STOEPD" query "$1" "SELECT lower(hex(id)) AS id FROM $2" | tail -n +2 |
        sed 's/\(........\)\(....\)\(....\)\(....\)/\1-\2-\3-\4-/' | sort
}

a_backup_is_made_while_devices_hand_in() {
    workers=
    contact a "before" && on a add signal type=kans themes=groen \
        title="with a photo" photos="@$HERE/dot.jpg" && synced "$HERE/a" ||
        return 1
    address=${URL#https://}
    halt "$SERVER" # it notes the journal's heads
    serve "$SRV" "$address" || return 1
    for d in $DEVICES; do
        busy "$d" >"$HERE/$d.busy" 2>&1 &
        workers="$workers $!"
        PIDS="$PIDS $!"
    done
    for i in 1 2 3 4 5 6; do
        backup "$HERE/kept$i" || return 1
    done
    : >"$HERE/rest"
    for w in $workers; do wait "$w" || { cat "$HERE"/*.busy; return 1; }; done
    [ ! -e "$HERE/kept1.part" ] && [ -s "$HERE/kept6/keys.key" ] &&
        [ "$(stat -c %a "$HERE/kept6" "$HERE/kept6/stoep.db" \
            "$HERE/kept6/keys.db" | sort -u | tr '\n' ' ')" = "600 700 " ]
}

each_backup_is_whole() {
    for i in 1 2 3 4 5 6; do
        cp -a "$HERE/kept$i" "$HERE/try" &&
            "$STOEPD" verify "$HERE/try" >"$HERE/said" &&
            cat "$HERE/said" && grep -q '^[1-9].* notes in git agree' \
            "$HERE/said" && "$STOEPD" restored "$HERE/try" &&
            "$STOEPD" verify "$HERE/try" &&
            "$STOEPD" -n "$HERE/try" && diff -r "$SRV/attachments" \
            "$HERE/try/attachments" || return 1
        # Whose contact data is in it can be read: each has its key.
        ids "$HERE/try" person >"$HERE/people"
        echo "backup $i: $(wc -l <"$HERE/people") of contact data"
        [ -s "$HERE/people" ] || return 1
        while read -r id; do
            "$STOEPD" subject "$HERE/try" export "$id" |
                grep -qF +31655505001 || { echo "$i: $id is noise"; return 1; }
        done <"$HERE/people"
        rm -rf "$HERE/try"
    done
}

a_folder_that_is_there_is_left_alone() {
    mkdir "$HERE/there" && echo mine >"$HERE/there/mine" || return 1
    ! backup "$HERE/there" 2>"$HERE/said" && cat "$HERE/said" &&
        grep -q 'is there already' "$HERE/said" &&
        [ "$(ls "$HERE/there")" = mine ] && [ ! -e "$HERE/there.part" ] || return 1
    mkdir "$HERE/cut.part"
    ! backup "$HERE/cut/" 2>"$HERE/said" && cat "$HERE/said" &&
        grep -q 'cut.part is there' "$HERE/said" && [ ! -e "$HERE/cut" ]
}

a_full_disk_leaves_nothing_half() {
    small_disk "$HERE/disk" || return 1
    head -c 1900000 /dev/zero >"$HERE/disk/more"
    ! backup "$HERE/disk/kept" 2>"$HERE/said" && cat "$HERE/said" &&
        grep -q 'full\|No space' "$HERE/said" &&
        [ "$(ls "$HERE/disk" | tr '\n' ' ')" = "ballast more " ]
}

the_access_log_knows_who_made_one() {
    "$STOEPD" access "$SRV" | grep -q "backup.*kept1"
}

# What was handed in since comes again; what was erased since does not.
a_server_goes_on_from_it_elsewhere() {
    address=${URL#https://}
    gone=$(ids "$HERE/kept6" person | tail -1)
    on a add signal type=kans themes=groen title="after the backup" &&
        "$STOEPD" subject "$SRV" erase "$gone" --yes && all_sync || return 1
    halt "$SERVER"
    cp -a "$HERE/kept6" "$HERE/srv2" && cp "$SRV/erasures" "$HERE/srv2/" &&
        "$STOEPD" restored "$HERE/srv2" && serve "$HERE/srv2" "$address" &&
        all_sync && all_sync && "$STOEPD" verify "$HERE/srv2" || return 1
    "$STOEPD" query "$HERE/srv2" \
        "SELECT title FROM signal WHERE title = 'after the backup'" |
        grep -q 'after the backup' || return 1
    ! "$STOEPD" subject "$HERE/srv2" export "$gone" | grep -F +31655505001 || return 1
    for type in signal conversation consent person; do
        ids "$SRV" $type >"$HERE/was"
        ids "$HERE/srv2" $type >"$HERE/is"
        diff "$HERE/was" "$HERE/is" || return 1
    done
}

for t in a_backup_is_made_while_devices_hand_in each_backup_is_whole \
    a_folder_that_is_there_is_left_alone the_access_log_knows_who_made_one; do
    # Not in a subshell: the server of one case is that of the next.
    check $t $t
done
if may_mount; then
    check a_full_disk_leaves_nothing_half a_full_disk_leaves_nothing_half
fi
check a_server_goes_on_from_it_elsewhere a_server_goes_on_from_it_elsewhere
