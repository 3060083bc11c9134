#!/bin/sh
# ui.sh BUILD: the pages of `stoep ui` answer their own page and nobody else.
set -eu
BUILD=${1:-build/dev}
. tests/e2e/lib.sh

# ask NAME JSON [curl options]: the status and the answer of a call.
ask() {
    name=$1 json=$2
    shift 2
    curl -sS -o "$HERE/answer" -w '%{http_code}' -X POST "$O/api/$name" \
        -d "$json" "$@"
}
ours() {
    name=$1 json=$2
    shift 2
    ask "$name" "$json" -H "Origin: $O" -H 'Content-Type: application/json' \
        -H "Stoep-Page: $PAGE" -b "$COOKIE" "$@"
}
# is STATUS COMMAND...: the answer has that status.
is() {
    want=$1
    shift
    have=$("$@")
    [ "$have" = "$want" ] || {
        echo "status $have, not $want: $(cat "$HERE/answer")"
        return 1
    }
}

# pages DEVICE-DIR: start them; sets UI (their process), O and ONCE.
pages() {
    : >"$HERE/ui.out"
    "$STOEP" --dir "$1" ui >"$HERE/ui.out" 2>/dev/null &
    UI=$!
    PIDS="$PIDS $UI"
    while ! grep -q '^http' "$HERE/ui.out"; do
        kill -0 "$UI" || return 1
        sleep 0.05
    done
    ADDRESS=$(cat "$HERE/ui.out")
    O=${ADDRESS%%/#*}
    ONCE=${ADDRESS##*#}
}

signed_in() {
    curl -sS -D "$HERE/head" -o "$HERE/start" -X POST "$O/api/start" \
        -H "Origin: $O" -H 'Content-Type: application/json' \
        -d "{\"once\":\"$ONCE\"}"
    COOKIE=$(sed -n 's/^Set-Cookie: \([^;]*\);.*/\1/p' "$HERE/head")
    PAGE=$(sed 's/.*"page": *"\([^"]*\)".*/\1/' "$HERE/start")
    grep -q 'HttpOnly; SameSite=Strict' "$HERE/head" && [ ${#PAGE} = 43 ]
}

once_alone() {
    is 403 ask start "{\"once\":\"$ONCE\"}" -H "Origin: $O" \
        -H 'Content-Type: application/json' &&
        is 403 ask start '{"once":""}' -H "Origin: $O" \
            -H 'Content-Type: application/json'
}

with_everything() { is 200 ours hello '{}' && grep -q worker-a "$HERE/answer"; }

without_one() {
    is 401 ask hello '{}' -H "Origin: $O" -H 'Content-Type: application/json' \
        -b "$COOKIE" &&
        is 401 ask hello '{}' -H "Origin: $O" \
            -H 'Content-Type: application/json' -H "Stoep-Page: $PAGE" &&
        is 401 ask hello '{}' -H "Origin: $O" \
            -H 'Content-Type: application/json' -H "Stoep-Page: $PAGE" \
            -b "x=1; ${COOKIE}x" &&
        is 401 ask hello '{}' -H "Origin: $O" \
            -H 'Content-Type: application/json' -H "Stoep-Page: ${PAGE}x" \
            -b "$COOKIE" &&
        ! grep -q worker-a "$HERE/answer"
}

foreign() {
    is 403 ask hello '{}' -H 'Content-Type: application/json' \
        -H "Stoep-Page: $PAGE" -b "$COOKIE" &&
        is 403 ask hello '{}' -H 'Content-Type: application/json' \
            -H "Stoep-Page: $PAGE" -b "$COOKIE" -H 'Origin: https://example.org' &&
        is 403 ask hello '{}' -H 'Content-Type: application/json' \
            -H "Stoep-Page: $PAGE" -b "$COOKIE" -H 'Origin: null' &&
        is 403 ask hello '{}' -H 'Content-Type: text/plain' -H "Origin: $O" \
            -H "Stoep-Page: $PAGE" -b "$COOKIE"
}

another_name() {
    is 403 ours hello '{}' -H "Host: stoep.example:${O##*:}" &&
        is 403 ours hello '{}' -H "Host: localhost:${O##*:}" &&
        [ "$(curl -sS -o /dev/null -w '%{http_code}' -H 'Host: example.org' "$O/")" = 421 ]
}

no_cors() {
    curl -sS -D "$HERE/head" -o /dev/null -X OPTIONS "$O/api/hello" \
        -H 'Origin: https://example.org' \
        -H 'Access-Control-Request-Method: POST' || true
    ! grep -qi '^access-control' "$HERE/head"
}

strict() {
    curl -sS --compressed -D "$HERE/head" -o "$HERE/page" "$O/" &&
        grep -q "^Content-Security-Policy: default-src 'none'; script-src 'self'" "$HERE/head" &&
        ! grep -q 'unsafe' "$HERE/head" &&
        ! grep -Eq '<script>| style=| on[a-z]+=' "$HERE/page" &&
        grep -q 'Cross-Origin-Resource-Policy: same-origin' "$HERE/head"
}

# get VALUE of Accept-Encoding: the status of a page.
get() { curl -sS -o "$HERE/answer" -w '%{http_code}' -H "Accept-Encoding:$1" "$O/"; }
compressed() {
    is 200 get '' && gzip -dc "$HERE/answer" | grep -q '<!doctype html>' &&
        is 200 get ' br, gzip' && is 200 get ' *' && is 406 get ' identity'
}

nonsense() {
    is 400 ours hello '[]' && is 400 ours hello '{"a":' &&
        is 404 ours nothing '{}' && is 404 ours %C3%28 '{}' && is 400 ours save '{"type":"wish"}' &&
        is 400 ours draft-put '{"type":"signal","field":"wish","value":7}' &&
        is 200 ours hello '{}'
}

# Taken from nowhere: no other program's answer, no word in a list of processes.
unseen() { ! tr '\0' ' ' <"/proc/$UI/cmdline" | grep -q "$ONCE"; }

# The network fails while a device enrols; later it is tried again.
enrolled_later() {
    code=$("$STOEPD" enrol "$HERE/srv" --user worker-b --role worker --area selwerd)
    pages "$HERE/b" && signed_in &&
        is 502 ours enrol "{\"link\":\"https://127.0.0.1:1#$code\",\"pin\":\"864209\"}" &&
        halt "$UI" && pages "$HERE/b" && signed_in &&
        is 200 ours unlock '{"pin":"864209"}' && says none &&
        is 200 ours enrol "{\"link\":\"$URL#$code\",\"pin\":\"864209\"}" &&
        says open && halt "$UI"
}
# says STATE: the answer is that the store stands so.
says() { grep -q "\"state\": *\"$1\"" "$HERE/answer" || { cat "$HERE/answer"; return 1; }; }

# In a terminal, beside the pages, a sync is told to destroy all there is.
withdrawn() {
    "$STOEPD" devices "$HERE/srv" revoke 1
    "$STOEP" --dir "$HERE/a" sync || [ $? != 0 ]
    [ ! -e "$HERE/a/stoep.db" ] && is 401 ours hello '{}' &&
        ! grep -q worker-a "$HERE/answer" && is 200 ours state '{}' && says wiped
}

check 'a small town stands' small_town
check 'the pages say where they are' pages "$HERE/a"
check 'the word of the address signs a page in' signed_in
check 'it does so once' once_alone
check 'a page with all it was given gets its answer' with_everything
check 'without the cookie or the word of the page there is no answer' without_one
check 'no other site and no other kind of request gets an answer' foreign
check 'no other name leads here' another_name
check 'no other site is told that it may ask' no_cors
check 'a page runs nothing but its own files' strict
check 'a page is gzip for all but who takes none' compressed
check 'nonsense is refused, and harms nothing' nonsense
check 'the word of the address stands in no list of processes' unseen
check 'what another program was told to destroy is shown no more' withdrawn
check 'it ends when it is told to' halt "$UI"
check 'an enrolment that did not reach its server is tried again' enrolled_later
