"""api.py rules|answers|csv|map URL USER KEY: what a stranger to Stoep can check
of its interface, with nothing but the standard library and jsonschema.

rules    the 16 technical rules of the Dutch REST API Design Rules, a line each
answers  every call of openapi.json, right and wrong: each answer against it
csv      each question as CSV, by its CSVW metadata, against the same in JSON
map      a question as GeoJSON
odata    every table of OData, read by its $metadata and its next links
"""
import base64
import copy
import csv
import datetime
import http.client
import io
import itertools
import json
import re
import ssl
import sys
import xml.etree.ElementTree as xml
from urllib.parse import quote, urlsplit

import jsonschema

ANY = ssl.create_default_context()
ANY.check_hostname = False
ANY.verify_mode = ssl.CERT_NONE


class Answer:
    def __init__(self, response):
        self.status = response.status
        self.headers = response.headers
        self.body = response.read()
        self.type = (self.headers.get("Content-Type") or "").split(";")[0]

    def json(self):
        assert self.body, (self.status, self.type)
        return json.loads(self.body)


class Server:
    def __init__(self, url, user, key):
        self.at = urlsplit(url).netloc
        word = base64.b64encode(f"{user}:{key}".encode()).decode()
        self.who = {"Authorization": "Basic " + word}
        self.doc = self.ask("/v1/openapi.json", who=False).json()

    def ask(self, path, method="GET", who=True, body=None, **headers):
        c = http.client.HTTPSConnection(self.at, context=ANY, timeout=30)
        sent = dict(self.who) if who else {}
        sent.update({k.replace("_", "-"): v for k, v in headers.items()})
        c.request(method, path, body=body, headers=sent)
        answer = Answer(c.getresponse())
        c.close()
        return answer

    def operations(self):
        for path, item in self.doc["paths"].items():
            for method, op in item.items():
                yield path, method.upper(), op

    def questions(self):
        return self.ask("/v1/questions").json()["questions"]


def example(question, required_only=False):
    """A query that has an answer."""
    known = {"period": "2025Q2", "layer": "neighbourhood"}
    return "&".join(
        f"{p['name']}={quote(known.get(p['name'], p['example']))}"
        for p in question["parameters"]
        if p["required"] or not required_only)


def properties(schema):
    """Every property of every schema."""
    if isinstance(schema, dict):
        for name, of in schema.get("properties", {}).items():
            yield name, of
        for of in schema.values():
            yield from properties(of)
    elif isinstance(schema, list):
        for of in schema:
            yield from properties(of)


# -- rules -------------------------------------------------------------------

def some_answers(s):
    """Of every status that can be had from outside."""
    return {
        200: s.ask("/v1/questions"),
        400: s.ask("/v1/counts?type=signal&kind=x"),
        401: s.ask("/v1/questions", who=False),
        404: s.ask("/v1/nothing"),
        405: s.ask("/v1/questions", method="DELETE"),
        406: s.ask("/v1/periods", Accept="image/png"),
        413: s.ask("/v1/session", method="POST", body=b"x" * 9000),
        501: s.ask("/v1/questions", method="BREW"),
    }


def no_trailing_slash(s):
    for path in ("/v1/questions/", "/v1/counts/", "/v1/openapi.json/"):
        assert s.ask(path).status == 404, path


def path_segments_kebab_case(s):
    for path, _, _ in s.operations():
        for segment in path.strip("/").split("/"):
            assert re.fullmatch(r"\{\w+\}|[a-z0-9]+(-[a-z0-9]+)*(\.json)?",
                                segment), path


def query_keys_camel_case(s):
    for path, _, op in s.operations():
        for p in op["parameters"]:
            assert re.fullmatch(r"[a-z][a-zA-Z0-9]*", p["name"]), (path, p)


def date_time_format(s):
    at = s.ask("/v1/counts?type=signal&period=2025").json()["decidedAt"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", at), at
    datetime.datetime.fromisoformat(at.replace("Z", "+00:00"))
    for name, of in properties(s.doc["components"]["schemas"]):
        if name.endswith("At"):
            assert of["format"] == "date-time", name


def date_omit_time_portion(s):
    for name, of in properties(s.doc["components"]["schemas"]):
        if name.endswith("Date"):
            assert of["format"] == "date", name
    row = s.ask("/v1/counts?type=signal&period=2025-01").json()["rows"][0]
    assert row["period"] == "2025-01", row


def problem_details(s):
    for status, a in some_answers(s).items():
        assert a.status == status, (status, a.status)
        if status == 200:
            continue
        assert a.type == "application/problem+json", (status, a.type)
        p = a.json()
        assert p["status"] == status and p["title"] and p["detail"], p


def invalid_input(s):
    for query in ("type=nothing", "type=signal&kind=x", "limit=0", "page=-1",
                  "type=signal&lang=fr", "type=signal&type=signal", "type",
                  "type=signal&layer=nowhere", "type=%00", ""):
        a = s.ask("/v1/counts?" + query)
        assert a.status == 400, (query, a.status)


def doc_openapi(s):
    assert re.fullmatch(r"3\.\d+\.\d+", s.doc["openapi"])
    for path, method, op in s.operations():
        for status, r in op["responses"].items():
            if "$ref" not in r and status[0] in "23":
                assert "API-Version" in r["headers"], (path, status)
        if method in ("POST", "PUT", "PATCH"):
            assert "400" in op["responses"], path


def doc_openapi_contact(s):
    assert s.doc["info"]["contact"] == {
        "name": "Gegevens en onderzoek", "email": "cijfers@example.org",
        "url": "https://example.org/cijfers"}


def publish_openapi(s):
    a = s.ask("/v1/openapi.json", who=False)
    assert a.status == 200 and a.type == "application/json"
    assert a.headers["Access-Control-Allow-Origin"] == "*"


def uri_version(s):
    assert all(re.search(r"/v\d+$", x["url"]) for x in s.doc["servers"])
    assert s.ask("/questions").status == 404


def semver(s):
    assert re.fullmatch(r"\d+\.\d+\.\d+", s.doc["info"]["version"])


def version_header(s):
    for status, a in some_answers(s).items():
        assert a.headers.get_all("API-Version") == [s.doc["info"]["version"]], \
            status


def transport_tls(s):
    c = http.client.HTTPConnection(s.at, timeout=30)
    try:
        c.request("GET", "/v1/openapi.json")
        c.getresponse()
    except (http.client.HTTPException, OSError):
        pass
    else:
        raise AssertionError("answered without TLS")
    old = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    old.check_hostname = False
    old.verify_mode = ssl.CERT_NONE
    old.set_ciphers("ALL:@SECLEVEL=0")
    old.options |= ssl.OP_NO_TLSv1_2 | ssl.OP_NO_TLSv1_3
    try:
        http.client.HTTPSConnection(s.at, context=old).connect()
    except OSError:
        return
    raise AssertionError("answered over TLS 1.1")


def security_headers(s):
    for status, a in some_answers(s).items():
        h = a.headers
        assert h.get_all("Cache-Control") == ["no-store"], status
        assert h["Content-Security-Policy"] == "frame-ancestors 'none'"
        assert h["X-Content-Type-Options"] == "nosniff"
        assert h["X-Frame-Options"] == "DENY"
        most = re.fullmatch(r"max-age=(\d+)", h["Strict-Transport-Security"])
        assert int(most[1]) >= 31536000
        assert h["Content-Type"], status


def cors(s):
    origin = {"Origin": "https://elsewhere.example"}
    for path in ("/v1/questions", "/v1/counts?type=signal", "/v1/nothing"):
        a = s.ask(path, **origin)
        assert a.headers["Access-Control-Allow-Origin"] is None, path
    a = s.ask("/v1/openapi.json", who=False, **origin)
    assert a.headers["Access-Control-Allow-Origin"] == "*"


RULES = (no_trailing_slash, path_segments_kebab_case, query_keys_camel_case,
         date_time_format, date_omit_time_portion, problem_details,
         invalid_input, doc_openapi, doc_openapi_contact, publish_openapi,
         uri_version, semver, version_header, transport_tls, security_headers,
         cors)


def rules(s):
    kept = 0
    for rule in RULES:
        name = rule.__name__.replace("_", "-")
        try:
            rule(s)
            kept += 1
            print(f"ok - rule {name}")
        except (AssertionError, KeyError, TypeError) as fault:
            print(f"not ok - rule {name}\n    {fault!r}")
    print(f"# {kept}/{len(RULES)} technical rules kept")


# -- answers -----------------------------------------------------------------

def plain(schema):
    """OpenAPI 3.0 says `nullable` where JSON Schema says a type of null."""
    if isinstance(schema, list):
        return [plain(x) for x in schema]
    if not isinstance(schema, dict):
        return schema
    out = {k: plain(v) for k, v in schema.items() if k != "nullable"}
    if schema.get("nullable") is True and "type" in schema:
        out["type"] = [schema["type"], "null"]
    return out


class Validator:
    def __init__(self, s):
        self.s = s
        self.n = 0
        self.statuses = set()
        self.base = plain(copy.deepcopy(s.doc))

    def look_up(self, of):
        while "$ref" in of:
            at = self.base
            for step in of["$ref"][2:].split("/"):
                at = at[step]
            of = at
        return of

    def check(self, path, method, a, url):
        op = self.base["paths"][path][method.lower()]
        said = op["responses"].get(str(a.status))
        assert said is not None, f"{url}: {a.status} is not declared"
        said = self.look_up(said)
        for name in said["headers"]:
            assert a.headers[name], f"{url}: no {name}"
        content = said.get("content")
        if content is None:
            assert not a.body, url
        else:
            assert a.type in content, f"{url}: {a.type} is not declared"
            if "json" in a.type:
                schema = dict(content[a.type]["schema"],
                              components=self.base["components"])
                jsonschema.validate(
                    a.json(), schema, cls=jsonschema.Draft202012Validator,
                    format_checker=jsonschema.FormatChecker())
        self.n += 1
        self.statuses.add(a.status)

    def ask(self, path, method="GET", query="", **how):
        url = "/v1" + re.sub(r"\{\w+\}", "1", path) + query
        self.check(path, method, self.s.ask(url, method=method, **how), url)


def answers(s):
    v = Validator(s)
    for path, method, op in s.operations():
        body = b"x" if "requestBody" in op else None
        if method != "HEAD":
            v.ask(path, method, body=body)
            v.ask(path, method, body=body, who=False)
    values = {"period": ("2025", "2025Q1", "2025-01", "2019", "soon"),
              "layer": ("neighbourhood", "district", "municipality", "none"),
              "type": ("signal", "conversation", "nothing"),
              "field": ("themes", "severity", "none")}
    for q in s.questions():
        path = "/" + q["name"]
        for how in ("application/json", "text/csv", "application/geo+json",
                    "text/*", "image/png", "*/*;q=0.1, text/csv"):
            v.ask(path, query="?" + example(q), Accept=how)
            v.ask(path, query="?" + example(q, True), Accept=how)
        for extra in ("lang=en", "lang=fr", "limit=1", "limit=1&page=2",
                      "limit=x", "page=99999", "thing=1", "=", "%"):
            v.ask(path, query=f"?{example(q)}&{extra}")
        names = [p["name"] for p in q["parameters"]]
        all_of = [values.get(n, (p["example"], "x")) for n, p in
                  zip(names, q["parameters"])]
        for given in itertools.product(*all_of):
            v.ask(path, query="?" + "&".join(
                f"{n}={x}" for n, x in zip(names, given)))
    print(f"# {v.n} answers validated against openapi.json, with the statuses"
          f" {sorted(v.statuses)}")


# -- other ways --------------------------------------------------------------

CASTS = {"integer": int, "nonNegativeInteger": int, "decimal": float}


def csv_ways(s):
    rows_n = 0
    for q in s.questions():
        path = f"/v1/{q['name']}?{example(q)}"
        a = s.ask(path, Accept="text/csv")
        link = re.match(r'<([^>]+)>; rel="describedby"', a.headers["Link"])
        meta = s.ask(link[1], who=False).json()
        assert f"/v1/{meta['url']}" == path, meta["url"]
        columns = meta["tableSchema"]["columns"]
        head, *rows = csv.reader(io.StringIO(a.body.decode(), newline=""))
        assert head == [c["name"] for c in columns], head
        want = s.ask(path).json()["rows"]
        assert len(rows) == len(want)
        for row, same in zip(rows, want):
            for c, text in zip(columns, row):
                cast = CASTS.get(c["datatype"] if isinstance(
                    c["datatype"], str) else "", str)
                value = same[c["name"]]
                assert (value in (None, "") if text == c["null"]
                        else cast(text) == value), (c["name"], text, value)
        rows_n += len(rows)
    print(f"# {rows_n} rows of CSV say what JSON says")


def turns_left(ring):
    return sum(a[0] * b[1] - b[0] * a[1] for a, b in zip(ring, ring[1:])) > 0


def on_the_map(s):
    path = "/v1/counts?type=signal&layer=neighbourhood&period=2025Q1"
    a = s.ask(path, Accept="application/geo+json")
    assert a.headers["Content-Crs"] == \
        "<http://www.opengis.net/def/crs/OGC/1.3/CRS84>"
    got = a.json()
    assert [f["properties"] for f in got["features"]] == \
        s.ask(path).json()["rows"]
    north, south, east = (f["geometry"] for f in got["features"])
    assert east is None
    assert [len(p) for p in north["coordinates"]] == [2] # it has a hole
    assert [len(p) for p in south["coordinates"]] == [1]
    outside, hole = north["coordinates"][0]
    assert outside[0] == outside[-1] and sorted(outside[:-1]) == \
        [[6.5, 53.2], [6.5, 53.3], [6.6, 53.2], [6.6, 53.3]]
    assert turns_left(outside) and not turns_left(hole)
    for refused in (s.ask("/v1/counts?type=signal",
                          Accept="application/geo+json"),
                    s.ask(path, Accept="application/geo+json",
                          Accept_Crs="<http://www.opengis.net/def/crs/EPSG/0/"
                          "28992>")):
        assert refused.status == 406, refused.status


# -- OData -------------------------------------------------------------------

EDM = "{http://docs.oasis-open.org/odata/ns/edm}"
EDM_TYPES = {"Edm.String": str, "Edm.Int64": int, "Edm.Double": float}


def tables(s):
    """By name: properties with their types, and whether they may be null."""
    a = s.ask("/v1/odata/$metadata")
    assert a.type == "application/xml" and a.headers["OData-Version"] == "4.0"
    schema = xml.fromstring(a.body).find(f".//{EDM}Schema")
    types = {}
    for t in schema.findall(EDM + "EntityType"):
        keys = [k.get("Name") for k in t.iter(EDM + "PropertyRef")]
        types[schema.get("Namespace") + "." + t.get("Name")] = {
            p.get("Name"): (EDM_TYPES[p.get("Type")],
                            p.get("Nullable") != "false")
            for p in t.findall(EDM + "Property")}
        assert keys == ["id"], keys
    sets = {e.get("Name"): types[e.get("EntityType")]
            for e in schema.iter(EDM + "EntitySet")}
    listed = s.ask("/v1/odata").json()
    assert listed == s.ask("/v1/odata/").json()
    assert listed["@odata.context"].endswith("/v1/odata/$metadata")
    assert [x["url"] for x in listed["value"]] == list(sets)
    return sets


def read_table(s, path, size=None):
    """All rows, page by page."""
    how = {"Prefer": f"odata.maxpagesize={size}"} if size else {}
    rows, pages = [], 0
    while path:
        a = s.ask(path, **how)
        assert a.status == 200, (path, a.body)
        got = a.json()
        assert "$metadata#" in got["@odata.context"]
        assert size is None or len(got["value"]) <= size
        rows += got["value"]
        pages += 1
        link = got.get("@odata.nextLink")
        path = link and link[link.index("/v1/"):]
    return rows, pages


FILTERS = {
    "status eq 'F'": lambda r: r["status"] == "F",
    "count gt 90": lambda r: r["count"] is not None and r["count"] > 90,
    "below ne null and layer eq 'district'":
        lambda r: r["below"] is not None and r["layer"] == "district",
    "layer eq null": lambda r: r["layer"] is None,
    "startswith(period,'2025Q') and not (status eq 'D' or count eq null)":
        lambda r: r["period"].startswith("2025Q") and r["status"] != "D"
        and r["count"] is not None,
    "contains(areaName,'ord') and field eq 'themes'":
        lambda r: r["areaName"] and "ord" in r["areaName"]
        and r["field"] == "themes",
    "period eq '2025-01' and field eq null":
        lambda r: r["period"] == "2025-01" and r["field"] is None,
    "'2025' eq period or period eq '2025Q1'":
        lambda r: r["period"] in ("2025", "2025Q1"),
}


def odata(s):
    rows_n = 0
    sets = tables(s)
    for name, properties_of in sets.items():
        rows, _ = read_table(s, f"/v1/odata/{name}")
        for row in rows:
            assert list(row) == list(properties_of), row
            for p, (kind, nullable) in properties_of.items():
                assert (nullable if row[p] is None
                        else isinstance(row[p], kind)), (p, row)
        assert len({r["id"] for r in rows}) == len(rows)
        rows_n += len(rows)
    name = "/v1/odata/counts_signal"
    rows, _ = read_table(s, name)
    paged, pages = read_table(s, name, 997)
    assert paged == rows and pages == -(-len(rows) // 997)
    told = s.ask("/v1/counts?type=signal&field=themes&layer=district"
                 "&period=2025Q1").json()["rows"]
    same = [(r["period"], r["area"], r["field"], r["label"], r["count"],
             r["status"]) for r in rows]
    assert told and all(
        (r["period"], r["area"], r["field"], r["label"], r["count"],
         r["status"]) in same for r in told)
    for text, keeps in FILTERS.items():
        want = [r for r in rows if keeps(r)]
        query = "?$filter=" + quote(text)
        got, _ = read_table(s, name + query, 100)
        assert got == want and want, text
        assert int(s.ask(f"{name}/$count{query}").body) == len(want)
        page = s.ask(f"{name}{query}&$count=true&$top=1&$skip=1").json()
        assert page["@odata.count"] == len(want), text
        assert page["value"] == want[1:2], text
    got, _ = read_table(
        s, f"{name}?$orderby=count%20desc,id&$select=id,count&$top=250", 99)
    want = sorted(rows, key=lambda r: (-1 if r["count"] is None else
                                       r["count"], ), reverse=True)[:250]
    assert [r["count"] for r in got] == [r["count"] for r in want]
    assert all(list(r) == ["id", "count"] for r in got) and len(got) == 250
    got, _ = read_table(s, f"{name}?$skip=100&$top=300", 77)
    assert got == rows[100:400]
    for query, status in (("$filter=x", 400), ("$expand=y", 501),
                          ("$top=1&$top=2", 400), ("lang=fr", 400)):
        a = s.ask(f"{name}?{query}")
        assert a.status == status and a.json()["error"]["message"], query
    assert s.ask("/v1/odata/nothing").status == 404
    assert s.ask(name, who=False).status == 401
    print(f"# {rows_n} rows of {len(sets)} OData tables read, {len(FILTERS)}"
          " filters checked against them")


if __name__ == "__main__":
    what, *where = sys.argv[1:]
    {"rules": rules, "answers": answers, "csv": csv_ways,
     "map": on_the_map, "odata": odata}[what](Server(*where))
