#!/usr/bin/python3
"""opened.py FOLDER: open everything that was published, with the tools of others.

Each CSV is read with its metadata (CSVW) and must be as that says: heads,
datatypes, nulls, primary key, lines.  GeoJSON, SQLite and the description must
open and agree with the files.  Prints how many data sets which tool opened.
"""
import csv
import hashlib
import json
import os
import re
import sqlite3
import sys

ROOT = sys.argv[1]
opened = {}


def count(tool):
    opened[tool] = opened.get(tool, 0) + 1


def files(end):
    for folder, _, names in os.walk(ROOT):
        for name in sorted(names):
            if name.endswith(end) and "/.git/" not in folder + "/":
                yield os.path.join(folder, name)


def fits(text, datatype):
    base = datatype if isinstance(datatype, str) else datatype["base"]
    if not isinstance(datatype, str) and "format" in datatype:
        if not re.fullmatch(datatype["format"], text):
            return False
    if base == "string":
        return True
    if base == "integer":
        return re.fullmatch("-?[0-9]+", text) is not None
    if base == "nonNegativeInteger":
        return re.fullmatch("[0-9]+", text) is not None
    if base == "decimal":
        return re.fullmatch("-?[0-9]+([.][0-9]+)?", text) is not None
    raise SystemExit(f"no such datatype: {datatype}")


def check_csv(path):
    """As its metadata says; returns its rows."""
    with open(path + "-metadata.json", encoding="utf-8") as f:
        about = json.load(f)
    assert about["@context"][0] == "http://www.w3.org/ns/csvw", path
    assert about["url"] == os.path.basename(path), path
    schema = about["tableSchema"]
    columns = schema["columns"]
    with open(path, "rb") as f:
        raw = f.read()
    assert raw.count(b"\n") == raw.count(b"\r\n"), f"{path}: line ends"
    rows = list(csv.reader(raw.decode("utf-8").splitlines(keepends=True),
                           strict=True))
    assert rows[0] == [c["name"] for c in columns], f"{path}: heads"
    assert all({"nl", "en"} <= set(c["titles"]) for c in columns), path
    keys = [i for i, c in enumerate(columns)
            if c["name"] in schema.get("primaryKey", [])]
    assert re.findall(r"{(\w+)}", schema["aboutUrl"]) == schema["primaryKey"]
    seen = set()
    for row in rows[1:]:
        assert len(row) == len(columns), f"{path}: {row}"
        for text, c in zip(row, columns):
            if text != c["null"] and not fits(text, c["datatype"]):
                raise SystemExit(f"{path}: {c['name']}: \"{text}\"")
        key = tuple(row[i] for i in keys)
        assert key not in seen, f"{path}: {key} is there twice"
        seen.add(key)
    count("python csv + CSVW")
    return rows[0], rows[1:]


def check_tables(db):
    """Each CSV, row by row, is in the database; nothing else is."""
    in_files = {}
    for path in files(".csv"):
        heads, rows = check_csv(path)
        parts = os.path.relpath(path, ROOT).split("/")
        name = parts[0].replace("-", "_")
        if name in ("codes", "areas"):
            name = parts[1][:-len(".csv")]
        in_files[name] = in_files.get(name, 0) + len(rows)
        if rows:
            values = [None if v == "" else v for v in rows[-1]]
            kinds = dict(db.execute('SELECT "column", kind FROM explanations'
                                    ' WHERE "table" = ?', (name,)))
            values = [v if v is None else float(v) if kinds[h] == "decimal"
                      else int(v) if kinds[h] in ("integer", "figure", "below")
                      else v for v, h in zip(values, heads)]
            # What has no value in a file may be "" in the database.
            found = db.execute(
                f'SELECT count(*) FROM "{name}" WHERE ' + " AND ".join(
                    f"nullif(\"{h}\", '') IS ?" for h in heads),
                values).fetchone()[0]
            assert found == 1, f"{path}: {rows[-1]}: {found} in {name}"
    for name, n in in_files.items():
        have = db.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0]
        assert have == n, f"{name}: {n} in files, {have} in the database"
    tables = {t for (t,) in db.execute("SELECT name FROM sqlite_schema"
                                       " WHERE type = 'table'")}
    assert tables == set(in_files) | {"explanations", "statuses"}, tables


def check_figures():
    db = sqlite3.connect(
        f"file:{ROOT}/stoep-figures.sqlite?mode=ro&immutable=1", uri=True)
    assert db.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
    check_tables(db)
    for (view,) in db.execute("SELECT name FROM sqlite_schema"
                              " WHERE type = 'view'").fetchall():
        db.execute(f'SELECT * FROM "{view}"').fetchall()
    count("python sqlite3")


def ring_is_closed(ring):
    return len(ring) >= 4 and ring[0] == ring[-1]


def check_maps():
    for path in files(".geojson"):
        with open(path, encoding="utf-8") as f:
            j = json.load(f)
        assert j["type"] == "FeatureCollection" and j["features"], path
        for feature in j["features"]:
            shape = feature["geometry"]
            if shape is None:
                continue
            assert shape["type"] == "MultiPolygon", path
            assert all(ring_is_closed(r) for p in shape["coordinates"]
                       for r in p), path
        count("python json (GeoJSON)")


def check_description():
    """Its triples, by rdflib; its digests, of the files."""
    from rdflib import Graph, Namespace
    from rdflib.namespace import DCAT, DCTERMS, RDF

    spdx = Namespace("http://spdx.org/rdf/terms#")
    g = Graph()
    g.parse(f"{ROOT}/dcat.jsonld", format="json-ld")
    sets = list(g.subjects(RDF.type, DCAT.Dataset))
    assert sets
    for s in sets:
        for needed in (DCTERMS.title, DCTERMS.description, DCTERMS.identifier,
                       DCTERMS.accessRights, DCAT.contactPoint,
                       DCTERMS.creator, DCTERMS.publisher, DCAT.theme):
            assert g.value(s, needed, any=True), f"{s} lacks {needed}"
        count("rdflib (DCAT)")
    named = set()
    for d in g.subjects(RDF.type, DCAT.Distribution):
        name = str(g.value(d, DCTERMS.title))
        with open(f"{ROOT}/{name}", "rb") as f:
            body = f.read()
        said = g.value(g.value(d, spdx.checksum), spdx.checksumValue)
        assert str(said).lower() == hashlib.sha256(body).hexdigest(), name
        assert int(g.value(d, DCAT.byteSize)) == len(body), name
        for needed in (DCTERMS.license, DCTERMS.format, DCAT.mediaType,
                       DCAT.accessURL, DCAT.downloadURL):
            assert g.value(d, needed), f"{name} lacks {needed}"
        named.add(name)
    there = {os.path.relpath(p, ROOT) for end in (".csv", ".geojson", ".sqlite")
             for p in files(end)}
    assert named == there, named ^ there


check_figures()
check_maps()
check_description()
for tool, n in sorted(opened.items()):
    print(f"# {n:4} data sets opened by {tool}")
