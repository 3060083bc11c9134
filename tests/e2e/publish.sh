#!/bin/sh
# publish.sh BUILD: protected figures of a made-up town in a git repository,
# opened by the tools of others; killed at any moment; after an erasure.
BUILD=$1
. tests/e2e/lib.sh
SRV=$HERE/srv
REPO=$HERE/figures.git
TOWN=$BUILD/tests/town/town
export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_SYSTEM=/dev/null

publish() {
    "$STOEPD" publish "$SRV" "${1:-$REPO}" \
        --publisher "${2:-Gemeente Voorbeeld}" --contact post@example.org \
        --publish-url https://example.org/cijfers
}
state() { git --git-dir="${1:-$REPO}" rev-parse main; }
clone() { rm -rf "$HERE/clone" && git clone -q "$REPO" "$HERE/clone"; }

"$STOEPD" init "$SRV" >/dev/null &&
    "$TOWN" "$SRV" --records 1500 --neighbourhoods 6 --from 2026-01 \
        --months 9 >/dev/null &&
    "$STOEPD" ask "$SRV" --renew >/dev/null || die "no town"
# A month is not told yet.
sqlite3 "$SRV/stoep.db" \
    "UPDATE count_state SET months = months - 1 WHERE year = 2026" ||
    die "no earlier state"

a_publisher_who_is_not_named_is_told_what_to_set() {
    ! "$STOEPD" publish "$SRV" "$REPO" 2>"$HERE/said" || return 1
    grep -q '"publisher" in stoepd.conf\|set "publisher"' "$HERE/said" &&
        ! [ -e "$REPO" ]
}
check a_publisher_who_is_not_named_is_told_what_to_set \
    a_publisher_who_is_not_named_is_told_what_to_set

what_is_published_opens_in_the_tools_of_others() {
    publish && clone || return 1
    sh -c 'cd "$1" && sha256sum stoep-figures.sqlite' - "$HERE/clone" \
        >"$HERE/before"
    python3 -W ignore tests/e2e/opened.py "$HERE/clone" >"$HERE/opened" ||
        return 1
    cat "$HERE/opened"
    n=$(sqlite3 -readonly "$HERE/clone/stoep-figures.sqlite" \
        "SELECT count(*) FROM counts_readable WHERE type = 'signal'
         AND layer = 'district' AND count <> '.'") || return 1
    [ "$n" -gt 20 ] &&
        sh -c 'cd "$1" && sha256sum -c --quiet' - "$HERE/clone" \
            <"$HERE/before"
}
check what_is_published_opens_in_the_tools_of_others \
    what_is_published_opens_in_the_tools_of_others
cat "$HERE/opened"
echo "#    1 data set opened by sqlite3, all by git clone"

nothing_new_is_no_commit() {
    before=$(state)
    publish >"$HERE/said" && cat "$HERE/said" &&
        grep -q '^nothing new' "$HERE/said" && [ "$(state)" = "$before" ]
}
check nothing_new_is_no_commit nothing_new_is_no_commit

another_month_is_a_commit_that_only_adds() {
    before=$(state)
    "$STOEPD" ask "$SRV" --renew && publish || return 1
    [ "$(state)" != "$before" ] || return 1
    git --git-dir="$REPO" log -1 --format=%B main
    git --git-dir="$REPO" diff --numstat "$before" main -- 'counts/*.csv' \
        >"$HERE/changed"
    cat "$HERE/changed"
    [ -s "$HERE/changed" ] && ! awk '$2 != 0' "$HERE/changed" | grep .
}
check another_month_is_a_commit_that_only_adds \
    another_month_is_a_commit_that_only_adds

an_erasure_leaves_what_is_published() {
    before=$(state)
    id=$(sqlite3 -readonly "$SRV/stoep.db" "SELECT lower(hex(id)) FROM signal
        ORDER BY id LIMIT 1" |
        sed 's/\(.\{8\}\)\(.\{4\}\)\(.\{4\}\)\(.\{4\}\)/\1-\2-\3-\4-/')
    "$STOEPD" subject "$SRV" erase "$id" --yes &&
        "$STOEPD" ask "$SRV" --renew && publish || return 1
    [ "$(state)" = "$before" ] || return 1
    # Nor was there ever anything of it, or of any other record.
    clone && ! grep -raE '0[0-9a-f]{7}-[0-9a-f]{4}-7[0-9a-f]{3}-' \
        --exclude-dir=.git "$HERE/clone" || return 1
    sqlite3 -readonly "$SRV/stoep.db" \
        "SELECT title FROM signal WHERE length(title) > 12" |
        sort -u >"$HERE/titles"
    [ "$(wc -l <"$HERE/titles")" -gt 20 ] &&
        ! grep -raFf "$HERE/titles" --exclude-dir=.git "$HERE/clone"
}
check an_erasure_leaves_what_is_published an_erasure_leaves_what_is_published

# Which states there may be: the one before, or the one that another name of
# the publisher makes.
who_is_killed_leaves_the_old_state_or_the_new_one() {
    old=$(state)
    at=1 done=
    while [ -z "$done" ]; do
        rm -rf "$HERE/killed.git"
        cp -r "$REPO" "$HERE/killed.git"
        "$BUILD/tests/e2e/killat" $at "$STOEPD" publish "$SRV" \
            "$HERE/killed.git" --publisher "Een ander" \
            --contact post@example.org >"$HERE/said" 2>&1
        case $? in
        98) echo "this system lets nobody be watched"; return 0 ;;
        99) ;;
        0) done=yes ;;
        *) cat "$HERE/said"; return 1 ;;
        esac
        now=$(state "$HERE/killed.git") || return 1
        git --git-dir="$HERE/killed.git" fsck --no-dangling >/dev/null ||
            return 1
        if [ "$now" != "$old" ]; then
            [ "$(git --git-dir="$HERE/killed.git" rev-parse main~1)" = \
                "$old" ] || return 1
        fi
        publish "$HERE/killed.git" "Een ander" >/dev/null || return 1
        git --git-dir="$HERE/killed.git" show main:README.md |
            grep -q 'door Een ander' || return 1
        [ "$(git --git-dir="$HERE/killed.git" rev-list --count "$old..main")" \
            = 1 ] || return 1
        at=$((at + at / 3 + 1))
    done
    echo "killed up to call $at"
}
check who_is_killed_leaves_the_old_state_or_the_new_one \
    who_is_killed_leaves_the_old_state_or_the_new_one

a_repository_of_somebody_else_is_left_alone() {
    git init -q "$HERE/other" && echo mine >"$HERE/other/file" &&
        git -C "$HERE/other" add file &&
        git -C "$HERE/other" -c user.name=x -c user.email=x@localhost \
            commit -qm mine || return 1
    before=$(cd "$HERE/other" && find . | sort)
    ! publish "$HERE/other" || return 1
    ! publish "$HERE/other/.git" || return 1
    git clone -q --bare "$HERE/other" "$HERE/bare.git" || return 1
    ! publish "$HERE/bare.git" 2>"$HERE/said" || return 1
    grep -q 'did not write' "$HERE/said" &&
        [ "$(git -C "$HERE/other" rev-list --count --all)" = 1 ]
}
check a_repository_of_somebody_else_is_left_alone \
    a_repository_of_somebody_else_is_left_alone

a_server_that_is_to_publish_says_what_is_missing_at_its_start() {
    echo "publish $HERE/nightly.git" >>"$SRV/stoepd.conf"
    ! "$STOEPD" -n "$SRV" 2>"$HERE/said" || return 1
    grep -q 'publisher' "$HERE/said" || return 1
    printf 'publisher Gemeente\ncontact post@example.org\n' \
        >>"$SRV/stoepd.conf"
    "$STOEPD" -n "$SRV" && serve "$SRV" && halt "$SERVER" &&
        git --git-dir="$HERE/nightly.git" rev-parse --is-bare-repository
}
check a_server_that_is_to_publish_says_what_is_missing_at_its_start \
    a_server_that_is_to_publish_says_what_is_missing_at_its_start
