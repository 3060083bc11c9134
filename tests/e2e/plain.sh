#!/bin/sh
# plain.sh BUILD: after every kind of work on a device, no file of it holds what
# was typed: not its store, not its log, not what was left by a crash or a full
# disk, not a temporary file.
BUILD=$1
. tests/e2e/lib.sh
unset STOEP_PIN_FD STOEP_NO_PIN
small_town || die "no server"
mkdir "$HERE/tmp" "$HERE/work"
export XDG_RUNTIME_DIR="$HERE/run" TMPDIR="$HERE/tmp" SQLITE_TMPDIR="$HERE/tmp"
mkdir -m 700 "$HERE/run"
if [ -d /dev/shm ] && [ "$(stat -f -c %T /dev/shm)" = tmpfs ]; then
    XDG_RUNTIME_DIR=$(mktemp -d /dev/shm/stoep-plain.XXXXXX)
    trap 'rm -rf "$XDG_RUNTIME_DIR"; finish' EXIT
fi
P=$HERE/p
DISK=
may_mount && small_disk "$P" && mount -o remount,size=30m "$P" && DISK=yes &&
    rm "$P/ballast"

# What is typed, each somewhere else; and what a plain store would begin with.
cat >"$HERE/texts" <<'TEXTS'
Scheve-lantaarn-één
Natte-voeten-bij-de-brug
Weer-droog-sinds-dinsdag
Volgens-een-ander-nog-nat
Beslist-het-blijft-nat
Begonnen-gesprek-over-brood
Uit-een-bestand-van-gisteren
Eerste-pincode-é
Tweede-pincode-é
Toestel-van-de-noordkant
JFIF
SQLite format 3
PRIVATE KEY
selwerd
TEXTS
echo 'Eerste-pincode-é' >"$HERE/pin1"
echo 'Tweede-pincode-é' >"$HERE/pin2"
printf 'Eerste-pincode-é\nTweede-pincode-é\n' >"$HERE/change"
PIN=$HERE/pin1
p() { "$STOEP" --dir "$P" "$@"; }
held() { p --pin-file "$PIN" "$@"; }

# nothing_plain: search every file of the device; says what it found.
BYTES=0 SEARCHES=0 HITS=0
nothing_plain() {
    n=$(find "$P" "$TMPDIR" "$XDG_RUNTIME_DIR" -type f -printf '%s\n' |
        awk '{ n += $1 } END { print n + 0 }')
    BYTES=$((BYTES + n)) SEARCHES=$((SEARCHES + 1))
    if grep -raF -o -f "$HERE/texts" "$P" "$TMPDIR" "$XDG_RUNTIME_DIR"; then
        HITS=$((HITS + 1))
        return 1
    fi
}
# step NAME COMMAND...: it works, and nothing is plain after it.
step() {
    case_name=$1
    shift
    if "$@" >"$HERE/said" 2>&1 && nothing_plain >"$HERE/found"; then
        echo "ok - $case_name"
    else
        echo "not ok - $case_name"
        sed 's/^/    /' "$HERE/said" "$HERE/found"
    fi
}

# The search finds what is there, also in the middle of other bytes.
a_plain_word_would_be_found() {
    mkdir -p "$P"
    { head -c 5000 /dev/urandom; printf 'Scheve-lantaarn-één'
        head -c 5000 /dev/urandom; } >"$P/control"
    nothing_plain && return 1
    rm "$P/control"
    HITS=0 BYTES=0 SEARCHES=0
}
step a_plain_word_would_be_found a_plain_word_would_be_found

enrols() {
    code=$("$STOEPD" enrol "$HERE/srv" --user worker-p --role lead \
        --area selwerd) &&
        held enrol "$URL" "$code" --name Toestel-van-de-noordkant && held sync
}
step nothing_is_plain_after_an_enrolment enrols

unlocks() { held unlock && p status; }
step nothing_is_plain_while_it_is_unlocked unlocks

adds() {
    ID=$(p add signal type=zorg themes=groen title=Scheve-lantaarn-één \
        description="Natte-voeten-bij-de-brug. Verder niets.") &&
        p list signal | grep -q Scheve-lantaarn-één
}
step nothing_is_plain_after_a_save adds

# A picture of one dot; its format says JFIF in its first bytes.
attaches() {
    base64 -d >"$HERE/dot.jpg" <<'DOT'
/9j/4AAQSkZJRgABAQEASABIAAD/2wBDAP//////////////////////////////////////////
////////////////////////////////////////////wgALCAABAAEBAREA/8QAFBABAAAAAAAA
AAAAAAAAAAAAAP/aAAgBAQABPxA=
DOT
    grep -qa JFIF "$HERE/dot.jpg" && p edit "$ID" "photos=@$HERE/dot.jpg"
}
step nothing_is_plain_after_a_photo attaches

syncs() { synced "$P"; }
step nothing_is_plain_after_a_sync syncs

edits() { p edit "$ID" description="Weer-droog-sinds-dinsdag. Verder niets."; }
step nothing_is_plain_after_an_edit edits

collides() {
    synced "$HERE/a" && "$STOEP" --dir "$HERE/a" edit "$ID" \
        description="Volgens-een-ander-nog-nat. Verder niets." &&
        synced "$HERE/a" && synced "$P" && p show "$ID" >"$HERE/shown" &&
        grep -q Volgens-een-ander "$HERE/shown" &&
        grep -q Weer-droog "$HERE/shown" && p reviews | grep -q Weer-droog
}
step nothing_is_plain_after_a_conflict collides

resolves() {
    p resolve "$ID" description "Beslist-het-blijft-nat. Verder niets." &&
        synced "$P" && p list signal >/dev/null && ! p reviews | grep -q "$ID"
}
step nothing_is_plain_after_a_choice resolves

drafts() {
    printf 'zorg\n\nBegonnen-gesprek-over-brood\n' | p talk signal &&
        ! p export signal | grep -q Begonnen
}
step nothing_is_plain_in_a_conversation_that_was_left drafts

goes_on() {
    yes '' | head -50 | p talk signal && p export signal | grep -q Begonnen
}
step nothing_is_plain_once_it_goes_on goes_on

exports() { p export >/dev/null && p --json list signal >/dev/null; }
step nothing_is_plain_after_an_export_to_nowhere exports

locks() { p lock && ! p list signal </dev/null && held list signal; }
step nothing_is_plain_once_it_is_locked locks

changes_pin() { p --pin-file "$HERE/change" pin && PIN=$HERE/pin2 && held check; }
step nothing_is_plain_after_another_pin changes_pin

new_keys() { held rekey --store && held sync && held check; }
step nothing_is_plain_after_another_key new_keys

# Killed in mid-save, and searched while it runs, and as it lies there.
awk 'BEGIN { for (i = 0; i < 300; i++)
    printf "{\"type\":\"signal\",\"fields\":{\"type\":\"zorg\",\"themes\":" \
        "[\"groen\"],\"title\":\"Uit-een-bestand-van-gisteren %d\"}}\n", i }' \
    >"$HERE/many.jsonl"
dies() {
    held unlock || return 1
    for i in 1 2 3 4 5 6 7 8; do
        p import "$HERE/many.jsonl" >/dev/null 2>&1 &
        pid=$!
        for look in 1 2 3 $i; do nothing_plain || return 1; done
        kill -9 $pid 2>/dev/null
        wait $pid 2>/dev/null
        nothing_plain || return 1
    done
    p import "$HERE/many.jsonl" && p check &&
        p list signal | grep -q Uit-een-bestand
}
step nothing_is_plain_after_a_crash_in_mid_save dies

fills() {
    left=$(df -B1 --output=avail "$P" | tail -n 1)
    head -c $((left - 500000)) /dev/zero >"$P/full" || return 1
    full=no
    for i in $(seq 40); do
        p import "$HERE/many.jsonl" >"$HERE/why" 2>&1 || { full=yes; break; }
    done
    nothing_plain || return 1
    rm "$P/full"
    cat "$HERE/why"
    [ $full = yes ] && mount -o remount,size=60m "$P" && p check
}
if [ -n "$DISK" ]; then
    step nothing_is_plain_on_a_full_disk fills
fi

loses_its_area() {
    "$STOEPD" areas "$HERE/srv" add tuinwijk --name Tuinwijk &&
        "$STOEPD" enrol "$HERE/srv" --user worker-p --role lead \
            --area tuinwijk && synced "$P" &&
        ! p export | grep -q 'Scheve-lantaarn\|Uit-een-bestand'
}
step nothing_is_plain_once_its_area_is_lost loses_its_area

p lock
echo "# $BYTES bytes searched in $SEARCHES searches, hits: $HITS"
