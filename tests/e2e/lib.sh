# lib.sh - what the end-to-end scripts share: one temporary folder, servers
# that end with the script, and lines that tests/run counts.
#
# Read with:  . tests/e2e/lib.sh   (from the root, with BUILD set)

STOEP=$BUILD/stoep
STOEPD=$BUILD/stoepd
export LC_ALL=en_US.UTF-8 # what is looked for in messages is English
HERE=$(mktemp -d)
PIDS=
DISKS=

finish() {
    for pid in $PIDS; do kill "$pid" 2>/dev/null || true; done
    for pid in $PIDS; do wait "$pid" 2>/dev/null || true; done
    for disk in $DISKS; do umount -l "$disk" 2>/dev/null || true; done
    rm -rf "$HERE"
}

# may_mount: have we the rights to make a disk in memory?
may_mount() {
    mkdir -p "$HERE/try" && mount -t tmpfs -o size=1m tmpfs "$HERE/try" \
        2>/dev/null && umount "$HERE/try"
}

# small_disk DIR: a disk of 3 MB with 1 MB of ballast to throw out.
small_disk() {
    mkdir "$1" && mount -t tmpfs -o size=3m tmpfs "$1" || return
    DISKS="$DISKS $1"
    head -c 1000000 /dev/zero >"$1/ballast"
}
trap finish EXIT
trap 'exit 1' HUP INT TERM

die() {
    echo "$*" >&2
    exit 1
}

# check NAME COMMAND...: one case.
check() {
    case_name=$1
    shift
    if "$@" >"$HERE/check.out" 2>&1; then
        echo "ok - $case_name"
    else
        echo "not ok - $case_name"
        sed 's/^/    /' "$HERE/check.out"
    fi
}

# serve DIR [ADDR:PORT]: start a server; sets SERVER (its process) and URL.
serve() {
    : >"$1.out"
    "$STOEPD" serve "$1" --listen "${2:-127.0.0.1:0}" >"$1.out" 2>>"$1.log" &
    SERVER=$!
    PIDS="$PIDS $SERVER"
    # It says where it listens once it does; if it dies, it says why.
    while ! grep -q '^listening on' "$1.out"; do
        kill -0 "$SERVER" 2>/dev/null || { cat "$1.log" >&2; return 1; }
        sleep 0.05
    done
    URL=$(sed -n 's/^listening on //p' "$1.out")
}

# halt PID [SIGNAL]: end a server and wait for it.
halt() {
    kill -"${2:-TERM}" "$1" 2>/dev/null || true
    wait "$1" 2>/dev/null || true
}

# enrol SERVER-DIR DEVICE-DIR USER ROLE AREAS
enrol() {
    rules=
    [ "$4" != external ] || rules='--rules-signed 2026-01-05'
    # shellcheck disable=SC2086
    code=$("$STOEPD" enrol "$1" --user "$3" --role "$4" --area "$5" $rules) ||
        return
    "$STOEP" --dir "$2" enrol "$URL" "$code" --no-pin
}

# synced DEVICE-DIR: a sync that went through, with or without reviews.
synced() {
    status=0
    "$STOEP" --dir "$1" sync || status=$?
    [ $status -eq 0 ] || [ $status -eq 4 ]
}

# A small server with one worker and one area, ready to work.
small_town() {
    "$STOEPD" init "$HERE/srv" >/dev/null &&
        "$STOEPD" areas "$HERE/srv" add selwerd --name Selwerd \
            --code 2022BU00141000 &&
        serve "$HERE/srv" &&
        enrol "$HERE/srv" "$HERE/a" worker-a worker selwerd >/dev/null &&
        synced "$HERE/a" >/dev/null
}
