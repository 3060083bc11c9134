/* What stands beside the figures, for people (publish.h). */
#include "server/publish_int.h"

/* Every machine is to check out the bytes that the description has digests
 * of, and to show lines without their ends. */
static const char attributes[] = "* -text\n"
                                 "*.csv whitespace=cr-at-eol diff\n"
                                 "*.sqlite binary\n";

static const char readme_nl[] =
    "# Beschermde cijfers uit de wijk\n"
    "\n"
    "*English below.*\n"
    "\n"
    "Uitgegeven door %s. Vragen: <%s>. Licentie: <%s>.\n"
    "Cijfers tot en met %s.\n"
    "\n"
    "Wat er aan de deur en in de wijk is vastgelegd, geteld per gebied, periode"
    " en keuze,\n"
    "en zo beschermd dat niemand erin te herkennen is. Er wordt geteld hoeveel"
    " er is\n"
    "vastgelegd, niet hoe vaak iets is genoemd: een signaal met drie thema's"
    " staat bij elk\n"
    "van de drie, en telt in het totaal een keer.\n"
    "\n"
    "| bestand | wat |\n"
    "|---|---|\n"
    "| `counts/SOORT/LAAG-JAAR.csv` | aantallen per jaar en kwartaal;"
    " `-months`: per maand; `town`: de hele gemeente |\n"
    "| `codes/`, `areas/` | wat codes betekenen, Nederlands en Engels |\n"
    "| `changes/`, `coverages/`, `needs/`, `results/`, `year-accounts/` | wat er"
    " uit aantallen volgt; wat het is staat in hun `-metadata.json` |\n"
    "| `maps/LAAG.geojson` | gebieden op de kaart, met het laatste kwartaal |\n"
    "| `stoep-figures.sqlite` | dezelfde tabellen, om met SQL te bevragen |\n"
    "| `*-metadata.json` | wat er in een CSV staat (CSVW) |\n"
    "| `dcat.jsonld` | beschrijving voor catalogi (DCAT-AP-NL 3.0) |\n"
    "\n"
    "## Wat een status betekent\n"
    "\n"
    "| status | aantal | betekenis |\n"
    "|---|---|---|\n"
    "| F | een veelvoud van 5 | bekendgemaakt |\n"
    "| C | leeg; `below` noemt de drempel | kleiner dan de drempel, en mogelijk"
    " 0 |\n"
    "| D | leeg | achtergehouden; dat zegt niets over het aantal: het kan"
    " groot of klein zijn |\n"
    "\n"
    "De drempel is 5, en 10 waar naar gebied en keuze tegelijk of naar iets"
    " gevoeligs is\n"
    "geteld. Een leeg vak is dus geen nul.\n"
    "\n"
    "## Hoe er is afgerond\n"
    "\n"
    "Op een veelvoud van 5, naar boven of naar beneden, zo getrokken dat het"
    " gemiddeld\n"
    "klopt. Een vak heeft in elke tabel hetzelfde cijfer; een cijfer wijkt"
    " hoogstens 4 af.\n"
    "Optellen mag, maar een som van delen is niet precies het totaal.\n"
    "\n"
    "## Aanhalen\n"
    "\n"
    "Elke stand is een commit. Noem uitgever, bestand, laatste maand en commit"
    " (`git log`);\n"
    "een latere stand kan cijfers van een jaar dat nog loopt veranderen. Op"
    " basis van een\n"
    "stand werken: `git checkout COMMIT`; twee standen vergelijken: `git diff"
    " COMMIT COMMIT`.\n"
    "\n";

static const char readme_en[] =
    "# Protected figures of neighbourhoods\n"
    "\n"
    "Published by %s. Questions: <%s>. Licence: <%s>.\n"
    "Figures up to %s.\n"
    "\n"
    "What was recorded at doors and in neighbourhoods, counted by area, period"
    " and choice, and\n"
    "protected so that nobody can be recognised in it. Records are counted, not"
    " mentions: a\n"
    "signal with three themes is with each of the three, and counts once in the"
    " total.\n"
    "\n"
    "| file | what |\n"
    "|---|---|\n"
    "| `counts/TYPE/LAYER-YEAR.csv` | counts by year and quarter; `-months`: by"
    " month; `town`: the whole town |\n"
    "| `codes/`, `areas/` | what codes mean, in Dutch and English |\n"
    "| `changes/`, `coverages/`, `needs/`, `results/`, `year-accounts/` | what"
    " follows from counts; what that is stands in their `-metadata.json` |\n"
    "| `maps/LAYER.geojson` | areas on the map, with the last quarter |\n"
    "| `stoep-figures.sqlite` | the same tables, to be asked in SQL |\n"
    "| `*-metadata.json` | what stands in a CSV (CSVW) |\n"
    "| `dcat.jsonld` | a description for catalogues (DCAT-AP-NL 3.0) |\n"
    "\n"
    "## What a status means\n"
    "\n"
    "| status | count | meaning |\n"
    "|---|---|---|\n"
    "| F | a multiple of 5 | told |\n"
    "| C | empty; `below` has the threshold | below the threshold, and may be"
    " 0 |\n"
    "| D | empty | withheld; that says nothing of the count, which may be large"
    " or small |\n"
    "\n"
    "The threshold is 5, and 10 where was counted by area and choice at once,"
    " or by something\n"
    "sensitive. So an empty cell is no zero. By neighbourhood and by month"
    " most counts are\n"
    "small: there stands only what is told, and the total of each area. What"
    " does not stand\n"
    "there is C or D.\n"
    "\n"
    "## How was rounded\n"
    "\n"
    "To a multiple of 5, up or down, drawn so that it is right on average. A"
    " cell has the same\n"
    "figure in every table; a figure is at most 4 from the count. Figures may"
    " be added up, but\n"
    "the sum of parts is not exactly the total.\n"
    "\n"
    "## Citing\n"
    "\n"
    "Each state is a commit. Name the publisher, the file, the last month and"
    " the commit (`git\n"
    "log`); a later state may have other figures of a year that is not over."
    " To work from a\n"
    "state: `git checkout COMMIT`; to compare two: `git diff COMMIT COMMIT`.\n"
    "\n"
    "## Asking in SQL\n"
    "\n"
    "    sqlite3 -readonly -box stoep-figures.sqlite \"SELECT areaName,"
    " labelName, count\n"
    "        FROM counts_readable WHERE type = 'signal' AND field = 'themes'\n"
    "        AND layer = 'district' AND period = '2026Q3'\"\n"
    "\n"
    "Views that end in `_readable` have figures as people read them (120, 0-4,"
    " `.` for\n"
    "withheld); the tables have numbers and statuses. `explanations` says what"
    " each column is.\n";

static void put(struct publication *p, const char *path, struct buf *text)
{
    deposit_put(p->to, path, buf_view(text));
    buf_free(text);
}

void publish_texts(struct publication *p)
{
    const struct server_conf *c = p->conf;
    struct buf readme = buf_make(SIZE_MAX), licence = buf_make(SIZE_MAX);

    buf_printf(&readme, readme_nl, c->publisher, c->contact, c->licence,
               p->until);
    buf_printf(&readme, readme_en, c->publisher, c->contact, c->licence,
               p->until);
    put(p, "README.md", &readme);
    buf_printf(&licence,
               "Alles hierin is uitgegeven door %s onder de licentie\n"
               "All of this is published by %s under the licence\n\n%s\n",
               c->publisher, c->publisher, c->licence);
    put(p, "LICENSE", &licence);
    deposit_put(p->to, ".gitattributes", bytes_of(attributes));
}
