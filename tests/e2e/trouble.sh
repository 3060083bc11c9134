# trouble.sh BUILD: bad input and bad luck of every kind: a clear message, nothing
# lost, no crash.
BUILD=$1
. tests/e2e/lib.sh
small_town || die "no server"
URL_A=$URL

# says PATTERN COMMAND...: it fails, without a signal, and says this.
says() {
    pattern=$1
    shift
    status=0
    "$@" >"$HERE/said" 2>&1 || status=$?
    cat "$HERE/said"
    [ $status -gt 0 ] && [ $status -lt 126 ] && grep -q "$pattern" "$HERE/said"
}

stoep_a() { "$STOEP" --dir "$HERE/a" --lang en "$@"; }
new_code() {
    "$STOEPD" enrol "$HERE/srv" --user worker-b --role worker --area selwerd
}

check an_unknown_type_is_named says 'no record type "flag"' \
    stoep_a add flag title=x
check an_unknown_field_is_named_with_those_there_are \
    says 'no field "colour"; there are: type, themes' \
    stoep_a add signal colour=red
check a_wrong_choice_is_told_with_what_there_is says 'is not one of' \
    stoep_a add signal severity=enormous
a_reference_to_the_wrong_kind_is_told() {
    stoep_a add signal type=zorg themes=groen title="a lamp" || return 1
    says 'is a Neighbourhood signal; wanted is' \
        stoep_a add door-visit route=@last
}
check a_reference_to_the_wrong_kind_is_told \
    a_reference_to_the_wrong_kind_is_told
check a_wrong_day_is_told_with_how_to_write_it says 'is no day' \
    stoep_a add signal first_seen=31-02-2026
check a_code_with_a_typing_mistake_is_told says 'typing mistake' \
    stoep_a enrol "$URL" "$(new_code | tr '23456789' '34567892')"
check an_address_that_is_none_is_told says 'is no address of a server' \
    stoep_a enrol ftp://nowhere "$(new_code)"

a_code_works_once() {
    code=$(new_code)
    "$STOEP" --dir "$HERE/b" enrol --no-pin "$URL" "$code" || return 1
    says 'has been used already' "$STOEP" --dir "$HERE/c" enrol --no-pin "$URL" "$code"
}
check a_code_works_once a_code_works_once

# A second server, with a key of its own, in the place of the first.
another_server_gets_nothing() {
    "$STOEPD" init "$HERE/other" >/dev/null || return 1
    stoep_a add signal type=zorg themes=groen title="not for others" || return 1
    address=${URL#https://}
    halt "$SERVER"
    serve "$HERE/other" "$address" || return 1
    says 'is not the server this device was enrolled at' stoep_a sync
    told=$?
    [ $status -eq 5 ] || told=1
    stoep_a --json sync 2>/dev/null | grep -q '"code":"foreign"' || told=1
    says 'is not the server that made this code' \
        "$STOEP" --dir "$HERE/d" enrol --no-pin "$URL" "$(new_code)" || told=1
    halt "$SERVER"
    ! grep -q 'push\|session' "$HERE/other.log" || told=1
    serve "$HERE/srv" "$address" || return 1
    [ $told -eq 0 ] && synced "$HERE/a"
}
if another_server_gets_nothing >"$HERE/case.out" 2>&1; then
    echo "ok - another_server_gets_nothing"
else
    echo "not ok - another_server_gets_nothing"
    sed 's/^/    /' "$HERE/case.out"
fi

check a_second_server_on_one_folder_is_refused \
    says 'another stoepd serves this folder' \
    "$STOEPD" serve "$HERE/srv" --listen 127.0.0.1:0
check a_folder_without_a_server_is_told says 'holds no server' \
    "$STOEPD" serve "$HERE/nothing"
check a_setting_that_is_none_is_told says 'is no\|no setting\|one too many\|usage' \
    "$STOEPD" serve "$HERE/srv" --colour red
check an_address_that_is_none_is_told_to_the_server_too says 'is not an address' \
    timeout 20 "$STOEPD" serve "$HERE/other" --listen nonsense
check a_question_that_changes_something_is_refused says 'only questions' \
    "$STOEPD" query "$HERE/srv" "DELETE FROM signal"
check no_answer_has_an_exit_code_of_its_own sh -c \
    "! '$STOEP' --dir '$HERE/e' enrol --no-pin https://127.0.0.1:9 '$(new_code)'; \
     '$STOEP' --dir '$HERE/e' enrol --no-pin https://127.0.0.1:9 '$(new_code)'; \
     [ \$? -eq 3 ]"

# A file where a folder should be: not even root can write there.
a_store_that_cannot_be_made_is_told() {
    : >"$HERE/file"
    says "make folder" "$STOEP" --dir "$HERE/file/store" enrol "$URL" "$(new_code)" --no-pin
}
check a_store_that_cannot_be_made_is_told a_store_that_cannot_be_made_is_told

a_damaged_store_is_told_and_left_alone() {
    cp -r "$HERE/a" "$HERE/damaged"
    rm -f "$HERE/damaged/stoep.db-wal" "$HERE/damaged/stoep.db-shm"
    printf 'this is no database at all, but long enough to look at' \
        >"$HERE/damaged/stoep.db"
    says 'is damaged, or this is no store' \
        "$STOEP" --dir "$HERE/damaged" list signal
}
check a_damaged_store_is_told_and_left_alone \
    a_damaged_store_is_told_and_left_alone

# No room left, on a disk of two megabytes of its own (in memory).
a_full_disk_on_the_device_loses_nothing() {
    small_disk "$HERE/disk" || return 1
    cp -r "$HERE/a" "$HERE/disk/a" || return 1
    on_disk() { "$STOEP" --dir "$HERE/disk/a" --lang en "$@"; }
    i=0
    : >"$HERE/ids"
    while on_disk add signal type=zorg themes=groen title="number $i" \
        description="$(head -c 600 /dev/urandom | base64 -w 0 | tr 0-9 g-p)" \
        >>"$HERE/ids" 2>"$HERE/said"; do
        i=$((i + 1))
        [ $i -lt 2000 ] || return 1
    done
    cat "$HERE/said"
    grep -q 'the disk is full; make room' "$HERE/said" || return 1
    rm "$HERE/disk/ballast"
    on_disk add signal type=zorg themes=groen title="room again" || return 1
    on_disk export signal >"$HERE/kept" || return 1
    while read -r id; do
        grep -q "$id" "$HERE/kept" || { echo "lost $id"; return 1; }
    done <"$HERE/ids"
}
if may_mount; then
    check a_full_disk_on_the_device_loses_nothing \
        a_full_disk_on_the_device_loses_nothing
else
    echo "full disks are not tried: only root may mount one" >&2
fi

# At the server: what is handed in is refused and stays with the device; the
# server goes on, and once there is room it goes through.
a_full_disk_at_the_server_loses_nothing() {
    address=${URL#https://}
    halt "$SERVER"
    small_disk "$HERE/disk2" && cp -r "$HERE/srv" "$HERE/disk2/srv" || return 1
    serve "$HERE/disk2/srv" "$address" || return 1
    for i in $(seq 1 1500); do
        printf '{"type":"signal","fields":{"type":"zorg","themes":["groen"],"title":"full %s","description":"%s"}}\n' \
            "$i" "$(head -c 600 /dev/urandom | base64 -w 0 | tr 0-9 g-p)"
    done >"$HERE/many.jsonl"
    cp -r "$HERE/a" "$HERE/a2"
    "$STOEP" --dir "$HERE/a2" import "$HERE/many.jsonl" || return 1
    says 'disk of the server is full' "$STOEP" --dir "$HERE/a2" sync
    told=$?
    curl -sk "$URL/healthz" | grep -q ok || told=1
    rm "$HERE/disk2/ballast"
    mount -o remount,size=64m "$HERE/disk2" || told=1
    synced "$HERE/a2" || told=1
    "$STOEP" --dir "$HERE/a2" --json status | grep -q '"waiting":0' || told=1
    halt "$SERVER"
    serve "$HERE/srv" "$address" || return 1
    return $told
}
if ! may_mount; then
    : # said above
elif a_full_disk_at_the_server_loses_nothing >"$HERE/case.out" 2>&1; then
    echo "ok - a_full_disk_at_the_server_loses_nothing"
else
    echo "not ok - a_full_disk_at_the_server_loses_nothing"
    sed 's/^/    /' "$HERE/case.out"
    tail -5 "$HERE/disk2/srv.log" 2>/dev/null | sed 's/^/    /'
fi

a_withdrawn_device_is_out_at_once() {
    synced "$HERE/b" || return 1
    "$STOEPD" devices "$HERE/srv" revoke 2 || return 1
    says 'has withdrawn this device' "$STOEP" --dir "$HERE/b" sync
}
check a_withdrawn_device_is_out_at_once a_withdrawn_device_is_out_at_once

# Two copies of one device: the second is found out, and enrolled anew it keeps
# its work.
a_copy_of_a_device_is_found_out() {
    synced "$HERE/a" || return 1
    cp -r "$HERE/a" "$HERE/copy"
    stoep_a add signal type=kans themes=groen title="from the first" || return 1
    synced "$HERE/a" || return 1
    "$STOEP" --dir "$HERE/copy" add signal type=kans themes=groen \
        title="from the copy" || return 1
    says 'enrol\(.*\) anew' "$STOEP" --dir "$HERE/copy" sync || return 1
    "$STOEP" --dir "$HERE/copy" enrol "$URL" "$(new_code)" || return 1
    synced "$HERE/copy" && synced "$HERE/a" || return 1
    stoep_a list signal | grep -q "from the copy"
}
check a_copy_of_a_device_is_found_out a_copy_of_a_device_is_found_out

# An older program's record types: fields that are new to it come along, and
# what it hands in is understood.
an_older_version_of_the_types_is_understood() {
    cp -r schema/types "$HERE/types"
    sed -i 's/^title: title$/title: title/; $a\
  loudness:\
    label: {nl: Geluid, en: Loudness}\
    kind: int\
    min: 0\
    max: 10\
    policy: highest\
    privacy: none\
    purpose: signals\
    retention: R3' "$HERE/types/signal.yaml"
    stoep_a add signal type=kans themes=groen title="in the old types" || return 1
    address=${URL#https://}
    halt "$SERVER"
    "$STOEPD" types "$HERE/srv" "$HERE/types" || return 1
    serve "$HERE/srv" "$address" || return 1
    synced "$HERE/a" || return 1
    stoep_a add signal type=kans themes=groen title="in the new types" \
        loudness=7 || return 1
    synced "$HERE/a" || return 1
    "$STOEPD" query "$HERE/srv" "SELECT title, loudness FROM signal
        WHERE title LIKE 'in the % types' ORDER BY title" | tee "$HERE/said"
    grep -q 'in the new types *7' "$HERE/said" &&
        grep -q 'in the old types' "$HERE/said"
}
if an_older_version_of_the_types_is_understood >"$HERE/case.out" 2>&1; then
    echo "ok - an_older_version_of_the_types_is_understood"
else
    echo "not ok - an_older_version_of_the_types_is_understood"
    sed 's/^/    /' "$HERE/case.out"
fi

types_that_would_lose_data_are_refused() {
    rm -f "$HERE/types/signal.yaml.bak"
    sed -i '/^  loudness:/,$d' "$HERE/types/signal.yaml"
    says 'would lose data' "$STOEPD" types "$HERE/srv" "$HERE/types"
}
check types_that_would_lose_data_are_refused \
    types_that_would_lose_data_are_refused

# A photo of some pieces, handed in, cut off in between by kill -9.
an_attachment_goes_on_where_it_was_cut_off() {
    "$BUILD/tests/e2e/photo" make 1600 1200 >"$HERE/photo" || return 1
    word=$("$BUILD/tests/e2e/photo" word)
    grep -q "$word" "$HERE/photo" || return 1
    field=$(grep -l 'kind: attachment' schema/types/*.yaml | head -1)
    [ -n "$field" ] || { echo "no type has an attachment"; return 1; }
    type=$(basename "$field" .yaml)
    name=$(awk '/^  [a-z_]+:$/ { f = $1 } /kind: attachment/ { print f; exit }' \
        "$field" | tr -d :)
    stoep_a add "$type" "$name=@$HERE/photo" || return 1
    for i in 1 2 3 4; do
        "$STOEP" --dir "$HERE/a" sync >/dev/null 2>&1 &
        pid=$!
        sleep "0.0$((i * 2))"
        kill -9 $pid 2>/dev/null
        wait $pid 2>/dev/null
    done
    synced "$HERE/a" || return 1
    came=$(ls "$HERE"/srv/attachments/*/*) || return 1
    sum=$(sha256sum "$came" | cut -d' ' -f1)
    [ "$(basename "$came")" = "$sum" ] &&
        "$BUILD/tests/e2e/photo" same "$HERE/photo" "$came" || return 1
    # Where and when it was taken is nowhere but in what the camera made.
    ! grep -rqa "$word" "$HERE/srv" "$HERE/a"
}
check an_attachment_goes_on_where_it_was_cut_off \
    an_attachment_goes_on_where_it_was_cut_off

# Bytes that are no TLS, and TLS that is no HTTP, harm nobody.
garbage_harms_nobody() {
    port=${URL##*:}
    head -c 100000 /dev/urandom | timeout 5 curl -s --data-binary @- \
        "telnet://127.0.0.1:$port" >/dev/null 2>&1
    head -c 5000 /dev/urandom | curl -sk -X POST --data-binary @- \
        "$URL/v1/push" | grep -q '"code":"auth"' || return 1
    curl -sk -X POST --data '{"secret":1}' "$URL/v1/enrol" |
        grep -q '"code":"invalid"' || return 1
    curl -sk "$URL/v1/nothing" >/dev/null
    curl -sk "$URL/healthz" | grep -q ok
}
check garbage_harms_nobody garbage_harms_nobody

a_stopped_server_ends_well() {
    halt "$SERVER"
    grep -q 'event=server.stopped' "$HERE/srv.log" &&
        "$STOEPD" -n "$HERE/srv"
}
check a_stopped_server_ends_well a_stopped_server_ends_well

the_whole_journal_verifies_and_a_change_shows() {
    "$STOEPD" verify "$HERE/srv" >"$HERE/verified" || return 1
    cat "$HERE/verified"
    grep -q ' signatures of their devices' "$HERE/verified" &&
        grep -Eq '^[1-9][0-9]* notes in git agree' "$HERE/verified" || return 1
    git -C "$HERE/srv/journal.git" log -1 main >/dev/null 2>&1 ||
        ! command -v git >/dev/null || return 1
    cp -r "$HERE/srv" "$HERE/changed"
    sed -i 's/in the old types/in the new types/' "$HERE/changed/stoep.db"
    says 'its content was changed' "$STOEPD" verify "$HERE/changed"
}
check the_whole_journal_verifies_and_a_change_shows \
    the_whole_journal_verifies_and_a_change_shows
