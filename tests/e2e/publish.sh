#!/bin/sh
# publish.sh BUILD: protected figures of a made-up town in a git repository,
# opened by the tools of others; killed at any moment; after an erasure.
BUILD=$1
. tests/e2e/lib.sh
SRV=$HERE/srv
REPO=$HERE/figures.git
TOWN=$BUILD/tests/town/town
LAST=$(($(date +%Y) - 1)) # a year that is over
export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_SYSTEM=/dev/null

publish() {
    "$STOEPD" publish "$SRV" "${1:-$REPO}" \
        --publisher "${2:-Gemeente Voorbeeld}" --contact post@example.org \
        --publish-url https://example.org/cijfers
}
state() { git --git-dir="${1:-$REPO}" rev-parse main; }
clone() { rm -rf "$HERE/clone" && git clone -q "$REPO" "$HERE/clone"; }

"$STOEPD" init "$SRV" >/dev/null &&
    "$TOWN" "$SRV" --records 1200 --neighbourhoods 5 --from "$LAST-01" \
        >/dev/null &&
    "$STOEPD" ask "$SRV" --renew >/dev/null || die "no town"
# A month is not told yet.
sqlite3 "$SRV/stoep.db" \
    "UPDATE count_state SET months = months - 1 WHERE year = $LAST" ||
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
    /usr/bin/python3 -W ignore tests/e2e/opened.py "$HERE/clone" >"$HERE/opened" ||
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

# killed AT: end a run that would make a new state at its ATth change of a file,
# or let it finish (0); what is there then is the old state or the new one.
killed() {
    rm -rf "$HERE/killed.git"
    cp -r "$REPO" "$HERE/killed.git"
    ended=0
    "$BUILD/tests/e2e/killat" "$1" "$STOEPD" publish "$SRV" \
        "$HERE/killed.git" --publisher "Een ander" --contact post@example.org \
        --publish-url https://example.org/cijfers >"$HERE/said" 2>&1 ||
        ended=$?
    case $ended in 0 | 99) ;; *) cat "$HERE/said" && return 1 ;; esac
    git --git-dir="$HERE/killed.git" fsck --no-dangling || return 1
    new=$(git --git-dir="$HERE/killed.git" rev-list --count "$old..main")
    [ "$new" = 0 ] || [ "$new" = 1 ] || return 1
    [ $ended = 99 ] || [ "$new" = 1 ]
}

# Goes on after that as if nothing had been.
goes_on() {
    publish "$HERE/killed.git" "Een ander" &&
        [ "$(git --git-dir="$HERE/killed.git" rev-list --count "$old..main")" \
            = 1 ] &&
        git --git-dir="$HERE/killed.git" show main:README.md |
        grep -q 'door Een ander'
}

# Each time twice as far; then closer and closer to the end, where the state
# becomes the new one.
who_is_killed_leaves_the_old_state_or_the_new_one() {
    old=$(state)
    at=1
    "$BUILD/tests/e2e/killat" 1 true
    [ $? != 98 ] || { echo "this system lets nobody be watched"; return 0; }
    while killed $at || return 1; do
        [ $ended = 99 ] || break
        at=$((at * 2))
    done
    goes_on || return 1
    low=$((at / 2)) high=$at
    while [ $((high - low)) -gt 1 ]; do
        at=$(((low + high) / 2))
        killed $at || return 1
        if [ $ended = 99 ]; then low=$at; else high=$at; fi
        [ $((high - low)) -gt 8 ] || goes_on || return 1
    done
    echo "killed up to call $low"
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
