#!/bin/sh
# secrets.sh BUILD: what nobody is to read stands in no log, and the programs
# give up what they do not need.
BUILD=$1
. tests/e2e/lib.sh
TEXT=Struikelsteen5001
PIN=geheime-pin-5001

"$STOEPD" init "$HERE/srv" >/dev/null &&
    "$STOEPD" areas "$HERE/srv" add selwerd --name Selwerd >/dev/null &&
    echo 'log debug' >>"$HERE/srv/stoepd.conf" &&
    mkdir "$HERE/elsewhere" &&
    mv "$HERE/srv/server.key" "$HERE/srv/server.crt" "$HERE/elsewhere" &&
    ln -s "$HERE/elsewhere/server.key" "$HERE/srv/key" &&
    echo "key $HERE/srv/key" >>"$HERE/srv/stoepd.conf" &&
    echo "certificate $HERE/elsewhere/server.crt" >>"$HERE/srv/stoepd.conf" &&
    serve "$HERE/srv" || die "no server"
echo "$PIN" >"$HERE/pin"
echo "x$PIN" >"$HERE/wrong"

w() { "$STOEP" --dir "$HERE/w" --pin-file "$HERE/pin" "$@"; }
code() {
    "$STOEPD" enrol "$HERE/srv" --user "worker-$1" --role worker --area selwerd
}

# A day, with what goes wrong on one: wrong PINs and codes, an unsigned request,
# nonsense, a token of nobody, a server that ends in the middle.
a_day() {
    CODE=$(code w) && w enrol "$URL" "$CODE" && w sync &&
        w add signal type=zorg title="$TEXT" description="$TEXT" themes=groen &&
        w sync && w rekey && w rekey --store &&
        w edit @last title="$TEXT anders" && w --json sync || return 1
    ! "$STOEP" --dir "$HERE/w" --pin-file "$HERE/wrong" sync || return 1
    ! "$STOEP" --dir "$HERE/n" --no-pin enrol "$URL" "$CODE" || return 1
    ! w add signal type=zorg title="$TEXT" severity="$TEXT" || return 1
    curl -sk -d "{\"secret\":\"$TEXT\"}" "$URL/v1/enrol"
    curl -sk -H "Authorization: Bearer $TEXT" "$URL/v1/types/x"
    curl -sk --data-binary "$TEXT" "$URL/v1/session"
    curl -sk "$URL/v1/pull?area=$TEXT&after=$TEXT"
    halt "$SERVER" KILL && ! w sync && serve "$HERE/srv" "${URL#https://}" &&
        w sync
}
check a_day_goes_by a_day

# What is to be found nowhere: the PIN, the code, what was written down, the
# lines of a private key, and whatever looks like a token.
no_log_tells() {
    [ -s "$HERE/srv.log" ] && grep -q 'event=session.opened' "$HERE/srv.log" &&
        grep -q 'level=debug' "$HERE/srv.log" || return 1
    {
        echo "$PIN"
        echo "$TEXT"
        echo "$CODE"
        echo "$CODE" | cut -c1-11
        echo 'PRIVATE KEY'
        grep -v -e ----- "$HERE/elsewhere/server.key"
    } >"$HERE/words"
    ! grep -nF -f "$HERE/words" "$HERE/srv.log" "$HERE/srv.out" \
        "$HERE"/srv/access* &&
        ! grep -nE '[0-9]+\.[0-9]{10}\.[A-Za-z0-9_-]{40}' "$HERE/srv.log"
}
check no_log_tells_a_secret_or_what_was_written no_log_tells

# Of the words of a day all but those that are to be looked up stay on the
# device encrypted; the PIN stands nowhere.
no_file_tells() {
    ! grep -rlF -e "$TEXT" -e "$PIN" -e "$CODE" -e 'PRIVATE KEY' "$HERE/w" &&
        ! grep -rlF -e "$PIN" -e "$CODE" "$HERE/srv"
}
check no_file_tells_a_pin_or_a_code no_file_tells

status_of() { sed -n "s/^$1:[[:space:]]*//p" "/proc/$SERVER/status"; }
the_server_is_confined() {
    grep 'event=server.confined' "$HERE/srv.log" | tail -1 >"$HERE/said"
    if grep -q 'off in this build' "$HERE/said"; then # sanitizers
        return 0
    fi
    grep -q 'no_new_privileges="yes"' "$HERE/said" &&
        [ "$(status_of NoNewPrivs)" = 1 ] || return 1
    ! grep -q 'calls="yes"' "$HERE/said" || [ "$(status_of Seccomp)" = 2 ]
}
check the_server_is_confined_and_says_so the_server_is_confined

no_program_leaves_a_core() {
    grep -q '^Max core file size *0 *0 ' "/proc/$SERVER/limits"
}
check no_program_leaves_a_core no_program_leaves_a_core

# Confined, it still reads files of the organisation that lie elsewhere.
a_certificate_elsewhere_is_read_again() {
    "$STOEPD" key "$HERE/srv" rotate && mv "$HERE/srv/key.next" "$HERE/k" &&
        mv "$HERE/elsewhere/server.crt.next" "$HERE/c" &&
        cp "$HERE/k" "$HERE/elsewhere/server.key" &&
        cp "$HERE/c" "$HERE/elsewhere/server.crt" && kill -HUP "$SERVER" || return 1
    until grep -q 'event=certificate' "$HERE/srv.log"; do
        kill -0 "$SERVER" || return 1
        sleep 0.05
    done
    grep -q 'event=certificate.read' "$HERE/srv.log" &&
        curl -sk --pinnedpubkey "$("$STOEPD" key "$HERE/srv" |
            sed -n 's/^in force: *//p')" "$URL/healthz" | grep -q ok
}
check a_certificate_elsewhere_is_read_again a_certificate_elsewhere_is_read_again
