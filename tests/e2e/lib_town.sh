# town.sh - a server with figures to ask for: three neighbourhoods and what
# three workers heard there in the first months of 2025.  After lib.sh.

# told SURVEYOR PLACE N: so many signals as lines for `stoep import`.  The id
# of a record says when it was made: 10 January 2025 and the days after.
told() {
    awk -v who="$1" -v place="$2" -v n="$3" 'BEGIN {
        for (i = 0; i < n; i++) {
            at = 1736503200 + i * 86400
            ms = at * 1000
            printf "{\"type\":\"signal\",\"area\":\"selwerd\",\"id\":\"" \
                "%08x-%04x-7%03x-8%03x-%012x\",\"fields\":{\"type\":\"zorg\"," \
                "\"themes\":[\"groen\"],\"title\":\"Te weinig groen\"," \
                "\"severity\":\"2\",\"scale\":\"straat\",\"status\":" \
                "\"gemeld\",\"visibility\":\"analyse\",\"neighbourhood\":" \
                "\"2022BU0001%s\"}}\n",
                int(ms / 65536), ms % 65536, who, place % 1000, i, place
        }
    }'
}

# town_files: codes and outlines of the neighbourhoods, in HERE.
town_files() {
    cat >"$HERE/codes.csv" <<'CODES'
code,name,district,district_name,municipality,municipality_name
BU00010000,Noord,WK000100,Oud,GM0001,Stad
BU00010001,Zuid,WK000100,Oud,GM0001,Stad
BU00010100,Oost,WK000101,Nieuw,GM0001,Stad
CODES
    cat >"$HERE/outlines.json" <<'OUTLINES'
{"type":"FeatureCollection","features":[
{"type":"Feature","properties":{"statcode":"BU00010000"},"geometry":
{"type":"Polygon","coordinates":[[[6.5,53.2],[6.6,53.2],[6.6,53.3],[6.5,53.3],
[6.5,53.2]],[[6.52,53.22],[6.52,53.24],[6.54,53.24],[6.54,53.22],
[6.52,53.22]]]}},
{"type":"Feature","properties":{"statcode":"BU00010001"},"geometry":
{"type":"Polygon","coordinates":[[[6.6,53.2],[6.7,53.2],[6.7,53.3],[6.6,53.3],
[6.6,53.2]]]}}]}
OUTLINES
}

# town: sets URL (a server over it) and KEY (of the analyst "ana").
town() {
    town_files
    "$STOEPD" init "$HERE/srv" >/dev/null &&
        "$STOEPD" areas "$HERE/srv" add selwerd --name Selwerd \
            --code 2022BU00010100 &&
        "$STOEPD" regions "$HERE/srv" import 2022 "$HERE/codes.csv" &&
        "$STOEPD" regions "$HERE/srv" outlines 2022 "$HERE/outlines.json" &&
        serve "$HERE/srv" || return
    for who in 1 2 3; do
        enrol "$HERE/srv" "$HERE/d$who" "veld-$who" worker selwerd &&
            synced "$HERE/d$who" &&
            { told $who 0000 40 && told $who 0001 30 && told $who 0100 1; } |
            "$STOEP" --dir "$HERE/d$who" import - &&
            synced "$HERE/d$who" || return
    done
    halt "$SERVER"
    cat >>"$HERE/srv/stoepd.conf" <<'SETTINGS'
api_contact_name Gegevens en onderzoek
api_contact_email cijfers@example.org
api_contact_url https://example.org/cijfers
security_contact mailto:veilig@example.org
SETTINGS
    "$STOEPD" enrol "$HERE/srv" --user ana --role analyst --area selwerd \
        >/dev/null &&
        "$STOEPD" ask "$HERE/srv" --renew &&
        "$STOEPD" access-key "$HERE/srv" make ana >"$HERE/key" &&
        serve "$HERE/srv" || return
    KEY=$(head -1 "$HERE/key")
}
