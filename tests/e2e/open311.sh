# open311.sh BUILD: signals that a lead released, and nothing else, for
# everybody.
BUILD=$1
. tests/e2e/lib.sh
. tests/e2e/lib_town.sh

# signal TITLE FIELD-AS-JSON...: a line for `stoep import`.
signal() {
    python3 -c 'import json, sys
fields = {"type": "zorg", "themes": ["zorg", "groen"], "title": sys.argv[1],
          "status": "doorgezet", "destinations": ["stadsbeheer"],
          "place": "53.231,6.542", "neighbourhood": "2022BU00010000",
          "visibility": "openbaar", "scale": "straat"}
for more in sys.argv[2:]:
    fields.update(json.loads(more))
print(json.dumps({"type": "signal", "area": "selwerd", "fields": fields}))
' "$@"
}

# What a lead releases; each of the others has one thing that keeps it in.
{
    signal 'Boom is omgewaaid' '{"description": "Hij ligt over het pad."}'
    signal 'Bank is kapot' '{"status": "afgehandeld"}'
    signal 'Alleen voor het team' '{"visibility": "team"}'
    signal 'Voor de analyse' '{"visibility": "analyse"}'
    signal 'Voor de school' '{"destinations": ["school"]}'
    signal 'Nog niet doorgezet' '{"status": "beoordeeld"}'
    signal 'Een ander thema' '{"themes": ["zorg"]}'
    signal 'Over een huishouden' '{"scale": "persoon"}'
} >"$HERE/lead.jsonl"
signal 'Door een medewerker' >"$HERE/worker.jsonl"

town_with_signals() {
    "$STOEPD" init "$HERE/srv" >/dev/null &&
        "$STOEPD" areas "$HERE/srv" add selwerd --name Selwerd \
            --code 2022BU00010000 &&
        cat >"$HERE/codes.csv" <<'CODES' &&
code,name
BU00010000,Noord
CODES
        "$STOEPD" regions "$HERE/srv" import 2022 "$HERE/codes.csv" &&
        echo 'open311_jurisdiction example.org' >>"$HERE/srv/stoepd.conf" &&
        serve "$HERE/srv" &&
        enrol "$HERE/srv" "$HERE/lead" lead-a lead selwerd &&
        enrol "$HERE/srv" "$HERE/worker" worker-a worker selwerd &&
        synced "$HERE/lead" && synced "$HERE/worker" &&
        "$STOEP" --dir "$HERE/lead" import "$HERE/lead.jsonl" &&
        "$STOEP" --dir "$HERE/worker" import "$HERE/worker.jsonl" &&
        synced "$HERE/lead" && synced "$HERE/worker"
}
town_with_signals >"$HERE/town.out" 2>&1 ||
    { cat "$HERE/town.out"; die "no town"; }

# ask PATH: the answer, as it is.
ask() {
    curl -sk "$URL/v1/open311/$1"
}
# words FILE: the descriptions in a list of requests, one a line.
words() {
    python3 -c 'import json, sys
for r in json.load(open(sys.argv[1])):
    print(r["description"])' "$1" | sort
}

only_what_a_lead_released_is_shown() {
    ask requests.json >"$HERE/all.json" && cat "$HERE/all.json" &&
        words "$HERE/all.json" >"$HERE/words" &&
        printf '%s\n' 'Bank is kapot' \
            'Boom is omgewaaid. Hij ligt over het pad.' | cmp - "$HERE/words"
}
check only_what_a_lead_released_is_shown only_what_a_lead_released_is_shown

nothing_is_told_of_who_said_it_when_and_where_exactly() {
    ! grep -q 'lead-a\|worker-a\|reporter\|T[0-9][1-9]:' \
        "$HERE/all.json" &&
        python3 -c 'import json, sys
for r in json.load(open(sys.argv[1])):
    assert r["lat"] == 53.231 and r["long"] == 6.542, r
    assert r["address"] == "Noord", r
    assert r["service_code"] == "groen", r
    assert r["requested_datetime"].endswith("T00:00:00Z"), r
    assert r["media_url"] is None, r
' "$HERE/all.json"
}
check nothing_is_told_of_who_said_it_when_and_where_exactly \
    nothing_is_told_of_who_said_it_when_and_where_exactly

count() {
    ask "$1" | python3 -c 'import json, sys; print(len(json.load(sys.stdin)))'
}
what_is_asked_for_is_given() {
    day=$(date -u +%Y-%m-%d)
    [ "$(count 'requests.json?status=open')" = 1 ] &&
        [ "$(count 'requests.json?status=closed')" = 1 ] &&
        [ "$(count 'requests.json?status=open,closed')" = 2 ] &&
        [ "$(count 'requests.json?service_code=groen')" = 2 ] &&
        [ "$(count 'requests.json?service_code=spelen')" = 0 ] &&
        [ "$(count "requests.json?start_date=${day}T00:00:00Z")" = 2 ] &&
        [ "$(count "requests.json?start_date=${day}T00:00:00-05:00")" = 0 ] &&
        [ "$(count "requests.json?end_date=2026-01-01T00:00:00%2B01:00")" = 0 ] &&
        [ "$(count 'requests.json?jurisdiction_id=example.org')" = 2 ] &&
        id=$(python3 -c 'import json, sys
print(json.load(open(sys.argv[1]))[0]["service_request_id"])' \
            "$HERE/all.json") &&
        [ "$(count "requests/$id.json")" = 1 ] &&
        [ "$(count "requests.json?service_request_id=$id,x")" = 1 ]
}
check what_is_asked_for_is_given what_is_asked_for_is_given

services_are_the_themes_of_public_space() {
    ask services.json | python3 -c 'import json, sys
s = json.load(sys.stdin)
assert {x["service_code"] for x in s} == {"groen", "schoon", "verkeer",
                                          "spelen"}, s
assert all(x["metadata"] is False for x in s)'
}
check services_are_the_themes_of_public_space \
    services_are_the_themes_of_public_space

xml_says_the_same() {
    ask requests.xml >"$HERE/all.xml" && ask services.xml >"$HERE/services.xml" &&
        python3 -c 'import json, sys
import xml.etree.ElementTree as xml
root = xml.parse(sys.argv[1]).getroot()
assert root.tag == "service_requests"
want = json.load(open(sys.argv[2]))
assert len(root) == len(want)
for r, w in zip(root, want):
    for m in r:
        assert (m.text is None) == (w[m.tag] is None), m.tag
        if m.text and m.tag in ("lat", "long"):
            assert float(m.text) == w[m.tag]
        elif m.text:
            assert m.text == w[m.tag], m.tag
root = xml.parse(sys.argv[3]).getroot()
assert root.tag == "services" and len(root) == 4
' "$HERE/all.xml" "$HERE/all.json" "$HERE/services.xml"
}
check xml_says_the_same xml_says_the_same

refused() {
    got=$(curl -sk -o "$HERE/said" -w '%{http_code}' "$URL/v1/open311/$2")
    [ "$got" = "$1" ] || { echo "$2: $got"; false; }
}
what_is_not_there_is_refused() {
    refused 404 requests && refused 404 things.json &&
        refused 404 requests/x.json && refused 404 requests/x &&
        refused 404 'requests.json?jurisdiction_id=else.example' &&
        refused 400 'requests.json?limit=1' &&
        refused 400 'requests.json?start_date=soon' &&
        refused 400 'services.json?status=open'
}
check what_is_not_there_is_refused what_is_not_there_is_refused

# -- one way: to the municipality's own system ---------------------------------

mkdir "$HERE/town"
echo take >"$HERE/town/mood"
python3 tests/e2e/receiver.py "$HERE/town" >"$HERE/town/port" &
PIDS="$PIDS $!"
while [ ! -s "$HERE/town/port" ]; do sleep 0.05; done
RECEIVER=http://127.0.0.1:$(cat "$HERE/town/port")

came() {
    find "$HERE/town" -name '*.json' | wc -l
}
forward() {
    "$STOEPD" forward "$HERE/srv" "$@"
}

without_an_address_nothing_is_sent() {
    ! forward --run && [ "$(came)" = 0 ] && forward | grep -q released &&
        {
            echo "forward_url $RECEIVER/open311/requests.json"
            echo "forward_key_file $HERE/town/key"
        } >>"$HERE/srv/stoepd.conf" && echo geheim >"$HERE/town/key"
}
check without_an_address_nothing_is_sent without_an_address_nothing_is_sent

what_is_refused_or_not_answered_is_tried_again() {
    for mood in refuse 'hang up'; do
        echo "$mood" >"$HERE/town/mood"
        ! forward --run && [ "$(came)" = 0 ] || return
    done
    forward && forward | grep -q 'sent, and the answer was lost'
}
check what_is_refused_or_not_answered_is_tried_again \
    what_is_refused_or_not_answered_is_tried_again

each_signal_is_sent_once_and_keeps_the_number_it_got() {
    echo take >"$HERE/town/mood"
    forward --run && [ "$(came)" = 1 ] && forward --run && [ "$(came)" = 1 ] &&
        forward | grep -q ' taken  *M1' && cat "$HERE/town/1.json" &&
        python3 -c 'import json, sys, urllib.parse
got = json.load(open(sys.argv[1]))
id = next(r["service_request_id"] for r in json.load(open(sys.argv[2]))
          if r["status"] == "open")
assert got["key"] == id and got["path"] == "/open311/requests.json"
assert urllib.parse.parse_qs(got["body"], strict_parsing=True) == {
    "api_key": ["geheim"], "jurisdiction_id": ["example.org"],
    "service_code": ["groen"], "lat": ["53.231000"], "long": ["6.542000"],
    "address_string": ["Noord"],
    "description": ["Boom is omgewaaid. Hij ligt over het pad."]}
' "$HERE/town/1.json" "$HERE/all.json" &&
        "$STOEPD" access "$HERE/srv" | grep -q ' forward '
}
check each_signal_is_sent_once_and_keeps_the_number_it_got \
    each_signal_is_sent_once_and_keeps_the_number_it_got

# Sent again under the same key, by which the receiver knows it.
an_answer_that_was_lost_is_asked_for_under_the_same_key() {
    signal 'Pad is stuk' >"$HERE/more.jsonl" &&
        "$STOEP" --dir "$HERE/lead" import "$HERE/more.jsonl" &&
        synced "$HERE/lead" && echo mute >"$HERE/town/mood" || return
    ! forward --run && [ "$(came)" = 2 ] && echo take >"$HERE/town/mood" &&
        forward --run && [ "$(came)" = 3 ] &&
        python3 -c 'import json, sys
a, b = (json.load(open(x)) for x in sys.argv[1:])
assert a == b, (a, b)' "$HERE/town/2.json" "$HERE/town/3.json" &&
        forward --run && [ "$(came)" = 3 ]
}
check an_answer_that_was_lost_is_asked_for_under_the_same_key \
    an_answer_that_was_lost_is_asked_for_under_the_same_key

signalen_gets_it_in_its_own_words() {
    signal 'Lantaarn is uit' >"$HERE/more.jsonl" &&
        "$STOEP" --dir "$HERE/lead" import "$HERE/more.jsonl" &&
        synced "$HERE/lead" &&
        sed -i '/^forward_url/d' "$HERE/srv/stoepd.conf" &&
        {
            echo "forward_url $RECEIVER/signals/v1/public/signals/"
            echo 'forward_as signalen'
        } >>"$HERE/srv/stoepd.conf" || return
    ! forward --run && [ "$(came)" = 3 ] && # which category?
        echo 'forward_category https://town.example/terms/groen' \
            >>"$HERE/srv/stoepd.conf" && forward --run && [ "$(came)" = 4 ] &&
        forward | grep -q ' taken  *SIA-7' &&
        python3 -c 'import json, sys
got = json.load(open(sys.argv[1]))
assert got["type"] == "application/json"
sent = json.loads(got["body"])
assert sent.pop("incident_date_start").endswith("T00:00:00+00:00")
assert sent == {
    "text": "Lantaarn is uit",
    "location": {"geometrie": {"type": "Point", "coordinates": [6.542, 53.231]},
                 "buurt_code": "2022BU00010000"},
    "category": {"sub_category": "https://town.example/terms/groen"},
    "reporter": {"email": None, "phone": None, "sharing_allowed": False}}, sent
' "$HERE/town/4.json"
}
check signalen_gets_it_in_its_own_words signalen_gets_it_in_its_own_words

# Words that the lead had not seen when releasing it are not the lead's to give.
what_was_written_after_the_release_is_not_shown() {
    id=$("$STOEP" --dir "$HERE/worker" list signal --json |
        python3 -c 'import json, sys
print(next(r["id"] for r in map(json.loads, sys.stdin)
           if r["fields"]["title"] == "Boom is omgewaaid"))') &&
        "$STOEP" --dir "$HERE/worker" edit "$id" \
            'description=De buurman heeft hem omgezaagd.' &&
        synced "$HERE/worker" && ask requests.json >"$HERE/after.json" &&
        cat "$HERE/after.json" && words "$HERE/after.json" >"$HERE/words" &&
        grep -qx 'Boom is omgewaaid' "$HERE/words" &&
        ! grep -q omgezaagd "$HERE/words"
}
check what_was_written_after_the_release_is_not_shown \
    what_was_written_after_the_release_is_not_shown

a_server_without_the_setting_releases_nothing() {
    halt "$SERVER"
    sed -i '/open311/d' "$HERE/srv/stoepd.conf"
    serve "$HERE/srv" && refused 404 requests.json && refused 404 services.json
}
check a_server_without_the_setting_releases_nothing \
    a_server_without_the_setting_releases_nothing
