#!/bin/sh
# tls.sh BUILD: what the server lets in, and what stands on every answer.
BUILD=$1
. tests/e2e/lib.sh
"$STOEPD" init "$HERE/srv" >/dev/null && serve "$HERE/srv" || die "no server"
AT=${URL#https://}

# shake OPTION...: a handshake; says how it ended.
shake() {
    openssl s_client -connect "$AT" "$@" </dev/null 2>&1
}
let_in() {
    shake "$@" >"$HERE/said"
    grep -q 'Secure Renegotiation IS supported' "$HERE/said"
}
kept_out() {
    for options in "$@"; do
        # shellcheck disable=SC2086
        shake $options >"$HERE/said"
        if grep -q '^    Cipher *: [^0]' "$HERE/said"; then
            cat "$HERE/said"
            echo "let in: $options"
            return 1
        fi
        grep -q 'alert\|wrong version\|no protocols\|no cipher' "$HERE/said" ||
            { cat "$HERE/said"; return 1; }
    done
}
weak=@SECLEVEL=0

good_clients_get_in() {
    let_in -tls1_2 -cipher ECDHE-ECDSA-AES128-GCM-SHA256 \
        -curves X25519:P-256 && grep -q 'Temp Key: X25519' "$HERE/said" &&
        let_in -tls1_2 -cipher ECDHE-ECDSA-CHACHA20-POLY1305 -curves P-256 &&
        let_in -tls1_2 -cipher ECDHE-ECDSA-AES256-GCM-SHA384
}
check good_clients_get_in good_clients_get_in

check older_versions_are_kept_out kept_out "-tls1 -cipher ALL$weak" \
    "-tls1_1 -cipher ALL$weak"
check ciphers_without_authentication_of_what_they_hide_are_kept_out kept_out \
    "-tls1_2 -cipher ECDHE-ECDSA-AES128-SHA$weak" \
    "-tls1_2 -cipher ECDHE-ECDSA-AES256-SHA384$weak" \
    "-tls1_2 -cipher ECDHE-ECDSA-NULL-SHA$weak"
check keys_that_could_be_had_later_are_kept_out kept_out \
    "-tls1_2 -cipher AES128-GCM-SHA256$weak" \
    "-tls1_2 -cipher DHE-RSA-AES128-GCM-SHA256$weak" \
    "-tls1_2 -cipher ADH-AES128-GCM-SHA256$weak"
check curves_nobody_needs_are_kept_out kept_out \
    "-tls1_2 -cipher ECDHE-ECDSA-AES128-GCM-SHA256 -curves P-521"
check signatures_by_sha1_are_kept_out kept_out \
    "-tls1_2 -cipher ECDHE-ECDSA-AES128-GCM-SHA256$weak -sigalgs ECDSA+SHA1"

# s_client asks for one when it reads an R.
a_renegotiation_is_refused() {
    echo R |
        openssl s_client -connect "$AT" -tls1_2 >"$HERE/said" 2>&1
    grep -q 'RENEGOTIATING' "$HERE/said" &&
        grep -q 'no renegotiation' "$HERE/said"
}
check a_renegotiation_is_refused a_renegotiation_is_refused

the_certificate_is_sane() {
    openssl s_client -connect "$AT" </dev/null 2>/dev/null |
        openssl x509 -noout -text >"$HERE/said" &&
        grep -q 'Signature Algorithm: ecdsa-with-SHA256' "$HERE/said" &&
        grep -q 'NIST CURVE: P-256' "$HERE/said" &&
        grep -q 'CA:FALSE' "$HERE/said" &&
        grep -q 'Subject Alternative Name' "$HERE/said"
}
check the_certificate_is_sane the_certificate_is_sane

# headers_stand STATUS CURL-OPTION...
headers_stand() {
    status=$1
    shift
    curl -skD "$HERE/head" -o /dev/null "$@"
    tr -d '\r' <"$HERE/head" >"$HERE/said"
    cat "$HERE/said"
    head -1 "$HERE/said" | grep -q " $status " || return 1
    for line in 'Strict-Transport-Security: max-age=31536000' \
        'Cache-Control: no-store' \
        "Content-Security-Policy: frame-ancestors 'none'" \
        'X-Content-Type-Options: nosniff' 'X-Frame-Options: DENY'; do
        [ "$(grep -cxF "$line" "$HERE/said")" = 1 ] || return 1
    done
}
every_answer_has_the_headers() {
    headers_stand 200 "$URL/healthz" && headers_stand 200 "$URL/v1/pin" &&
        headers_stand 401 "$URL/v1/types/x" &&
        headers_stand 404 "$URL/nothing" &&
        headers_stand 405 -X DELETE "$URL/healthz" &&
        headers_stand 413 -d "$(head -c 9000 /dev/zero | tr '\0' x)" \
            "$URL/v1/session" &&
        headers_stand 400 -H 'Host:' "$URL/healthz"
}
check every_answer_has_the_headers every_answer_has_the_headers

# These are not ours but of the library that reads HTTP.
what_cannot_be_read_is_refused_with_them_too() {
    headers_stand 501 -X BREW "$URL/healthz" &&
        headers_stand 400 -H "X: $(head -c 30000 /dev/zero | tr '\0' x)" \
            "$URL/healthz" &&
        headers_stand 413 -H 'Content-Length: 99999999' -H 'Expect:' -d x \
            --max-time 5 "$URL/v1/push"
}
check what_cannot_be_read_is_refused_with_them_too \
    what_cannot_be_read_is_refused_with_them_too
