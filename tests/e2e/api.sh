# api.sh BUILD: what programs of analysts get, asked by programs that know
# nothing of Stoep but its address, an access key and /v1/openapi.json.
BUILD=$1
. tests/e2e/lib.sh
. tests/e2e/lib_town.sh
town >"$HERE/town.out" 2>&1 || { cat "$HERE/town.out"; die "no town"; }

api() {
    python3 -W ignore tests/e2e/api.py "$1" "$URL" ana "$KEY"
}

# Prints its own cases, one for each rule.
api rules || echo "not ok - rules"

every_answer_is_as_the_description_says() {
    api answers
}
check every_answer_is_as_the_description_says \
    every_answer_is_as_the_description_says
grep '^#' "$HERE/check.out"

check csv_says_what_json_says_and_its_metadata_fits api csv
grep '^#' "$HERE/check.out"
check areas_are_on_the_map api map
check odata_tables_are_what_their_metadata_says api odata
grep '^#' "$HERE/check.out"

# ask PATH CURL-OPTION...
ask() {
    path=$1
    shift
    curl -sk -u "ana:$KEY" "$@" "$URL$path"
}

pages_put_together_are_the_whole() {
    whole='/v1/counts?type=signal&field=themes&layer=district&period=2025'
    ask "$whole" -H 'Accept: text/csv' >"$HERE/whole.csv"
    next="$whole&limit=7"
    : >"$HERE/pages.csv"
    while [ -n "$next" ]; do
        ask "$next" -H 'Accept: text/csv' -D "$HERE/head" >"$HERE/page.csv"
        [ "$(wc -l <"$HERE/page.csv")" -le 8 ] || return
        [ -s "$HERE/pages.csv" ] || head -1 "$HERE/page.csv" >"$HERE/pages.csv"
        tail -n +2 "$HERE/page.csv" >>"$HERE/pages.csv"
        next=$(sed -n 's/^Link: <\([^>]*\)>; rel="next".*/\1/p' "$HERE/head")
    done
    [ "$(wc -l <"$HERE/whole.csv")" -gt 20 ] &&
        cmp "$HERE/whole.csv" "$HERE/pages.csv"
}
check pages_put_together_are_the_whole pages_put_together_are_the_whole

status_is() {
    want=$1
    shift
    got=$(curl -sk -o "$HERE/said" -D "$HERE/head" -w '%{http_code}' "$@")
    [ "$got" = "$want" ] || { echo "$got, not $want"; cat "$HERE/said"; false; }
}

who_is_not_signed_in_hears_how() {
    status_is 401 "$URL/v1/questions" &&
        grep -q '^WWW-Authenticate: Basic realm="stoep", charset="UTF-8"' \
            "$HERE/head" && grep -q '^WWW-Authenticate: Bearer' "$HERE/head"
}
check who_is_not_signed_in_hears_how who_is_not_signed_in_hears_how

a_key_that_is_revoked_is_refused_while_the_server_runs() {
    other=$("$STOEPD" access-key "$HERE/srv" make ana --until 2099-01-01 |
        head -1)
    old=$("$STOEPD" access-key "$HERE/srv" make ana --until 2020-01-01 |
        head -1)
    status_is 200 -u "ana:$other" "$URL/v1/questions" &&
        status_is 401 -u "ana:$old" "$URL/v1/questions" &&
        "$STOEPD" access-key "$HERE/srv" revoke 2 &&
        status_is 401 -u "ana:$other" "$URL/v1/questions" &&
        status_is 200 -H "Authorization: Bearer $KEY" "$URL/v1/questions" &&
        "$STOEPD" access-key "$HERE/srv" --json >"$HERE/list" &&
        [ "$(grep -c '"revoked"\|"too old"\|"in use"' "$HERE/list")" = 3 ] &&
        ! grep -q "$KEY" "$HERE/list"
}
check a_key_that_is_revoked_is_refused_while_the_server_runs \
    a_key_that_is_revoked_is_refused_while_the_server_runs

what_was_asked_is_in_the_access_log() {
    ask '/v1/counts?type=signal' >/dev/null &&
        "$STOEPD" access "$HERE/srv" --user ana | tail -1 >"$HERE/log" &&
        cat "$HERE/log" &&
        grep -q ' ask  *ok  *ana  *analyst  *1  *127.0.0.1  *counts ' "$HERE/log"
}
check what_was_asked_is_in_the_access_log what_was_asked_is_in_the_access_log

security_txt_is_there() {
    status_is 200 "$URL/.well-known/security.txt" &&
        grep -qx 'Contact: mailto:veilig@example.org' "$HERE/said" &&
        until=$(sed -n 's/^Expires: //p' "$HERE/said") &&
        [ "$(date -d "$until" +%s)" -gt "$(date +%s)" ]
}
check security_txt_is_there security_txt_is_there
