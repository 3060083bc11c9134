# crash.sh BUILD: kill -9 at any moment loses nothing that was acknowledged.
BUILD=$1
. tests/e2e/lib.sh
small_town || die "no server"

# Add until killed; an id that was printed was saved.
adder='i=0
    while :; do
        i=$((i + 1))
        "$0" --dir "$1/a" add signal title="round $2 signal $i" type=zorg \
            themes=veiligheid >>"$1/added" 2>/dev/null || exit
    done'

a_client_killed_at_any_moment_keeps_what_it_had_saved() {
    : >"$HERE/added"
    for round in 1 2 3 4 5 6 7 8; do
        setsid sh -c "$adder" "$STOEP" "$HERE" "$round" &
        pid=$!
        # A moment that differs from round to round; no case depends on it.
        sleep "0.$((round * 37 % 50 + 10))"
        kill -9 -$pid # the shell and the program it runs
        wait $pid 2>/dev/null
    done
    [ -s "$HERE/added" ] || return 1
    "$STOEP" --dir "$HERE/a" export signal >"$HERE/kept" || return 1
    while read -r id; do
        grep -q "$id" "$HERE/kept" || { echo "lost $id"; return 1; }
    done <"$HERE/added"
}

# A worker hands in while the server is killed again and again; whenever a sync
# says it is done, the server must have all of it, also after one more kill.
a_server_killed_at_any_moment_keeps_what_it_acknowledged() {
    address=${URL#https://}
    for round in 1 2 3 4 5 6; do
        for i in 1 2 3 4 5 6 7 8 9 10; do
            "$STOEP" --dir "$HERE/a" add signal type=zorg themes=veiligheid \
                title="round $round number $i" >/dev/null 2>&1 || return 1
        done
        "$STOEP" --dir "$HERE/a" sync >"$HERE/sync.out" 2>&1 &
        client=$!
        sleep "0.0$((round * 3 % 9 + 1))"
        halt "$SERVER" KILL
        serve "$HERE/srv" "$address" || return 1
        wait $client
    done
    synced "$HERE/a" || return 1
    "$STOEP" --dir "$HERE/a" --json status | grep -q '"waiting":0' || return 1
    halt "$SERVER" KILL
    serve "$HERE/srv" "$address" || return 1
    here=$("$STOEP" --dir "$HERE/a" export signal | wc -l)
    there=$("$STOEPD" query "$HERE/srv" "SELECT count(*) AS n FROM signal" |
        tail -1)
    echo "device $here, server $there"
    [ "$here" -eq "$there" ] && [ "$here" -gt 60 ]
}

# Versions of an area are gap-free whatever happened.
no_version_is_missing_or_given_twice() {
    "$STOEPD" query "$HERE/srv" "SELECT a.version AS v,
        (SELECT last FROM device WHERE number = 1) AS n FROM area a" |
        tail -1 | awk '{ print; exit $1 != $2 }'
}

a_device_killed_in_mid_sync_goes_on_where_it_was() {
    for i in 1 2 3 4 5 6; do
        "$STOEP" --dir "$HERE/a" add signal type=kans themes=groen \
            title="mid sync $i" >/dev/null 2>&1 || return 1
        "$STOEP" --dir "$HERE/a" sync >/dev/null 2>&1 &
        pid=$!
        sleep "0.0$i"
        kill -9 $pid 2>/dev/null
        wait $pid 2>/dev/null
    done
    synced "$HERE/a" || return 1
    here=$("$STOEP" --dir "$HERE/a" export signal | wc -l)
    there=$("$STOEPD" query "$HERE/srv" "SELECT count(*) AS n FROM signal" |
        tail -1)
    echo "device $here, server $there"
    [ "$here" -eq "$there" ]
}

a_store_restored_from_a_backup_gets_again_what_it_lost() {
    address=${URL#https://}
    synced "$HERE/a" || return 1
    halt "$SERVER"
    cp -r "$HERE/srv" "$HERE/backup"
    serve "$HERE/srv" "$address" || return 1
    "$STOEP" --dir "$HERE/a" add signal type=kans themes=groen \
        title="after the backup" >/dev/null 2>&1 || return 1
    synced "$HERE/a" || return 1
    halt "$SERVER" KILL
    rm -rf "$HERE/srv" && mv "$HERE/backup" "$HERE/srv"
    "$STOEPD" restored "$HERE/srv" || return 1
    serve "$HERE/srv" "$address" || return 1
    synced "$HERE/a" || return 1
    "$STOEPD" query "$HERE/srv" \
        "SELECT title FROM signal WHERE title = 'after the backup'" |
        grep -q "after the backup"
}

for t in a_client_killed_at_any_moment_keeps_what_it_had_saved \
    a_server_killed_at_any_moment_keeps_what_it_acknowledged \
    no_version_is_missing_or_given_twice \
    a_device_killed_in_mid_sync_goes_on_where_it_was \
    a_store_restored_from_a_backup_gets_again_what_it_lost; do
    # Not in a subshell: the server of one case is that of the next.
    if $t >"$HERE/case.out" 2>&1; then
        echo "ok - $t"
    else
        echo "not ok - $t"
        sed 's/^/    /' "$HERE/case.out"
    fi
done
