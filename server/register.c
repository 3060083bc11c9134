#include "server/register.h"

#include "schema/emit.h"

struct reg {
    struct buf *out;
    const struct shape *s;
    enum lang lang;
};

static const char *in(const struct reg *r, const char *nl, const char *en)
{
    return r->lang == LANG_NL ? nl : en;
}

const char *register_title(enum lang lang)
{
    return lang == LANG_NL ? "Verwerkingsregister en concept-DPIA"
                           : "Processing register and draft DPIA";
}

static const struct label fixed[] = {
    {"\n## 1. Wie verantwoordelijk is\n\n"
     "Vul dit in; het volgt niet uit de definities.\n\n"
     "| Wat | Wie |\n|---|---|\n"
     "| Verwerkingsverantwoordelijke | |\n"
     "| Functionaris gegevensbescherming | |\n"
     "| Verwerkers (hosting, beheer) en hun overeenkomst | |\n"
     "| Doorgifte buiten de EER | geen, tenzij hier anders staat |\n",
     "\n## 1. Who answers for it\n\n"
     "Fill this in; it does not follow from the definitions.\n\n"
     "| What | Who |\n|---|---|\n"
     "| Controller | |\n"
     "| Data protection officer | |\n"
     "| Processors (hosting, administration) and their contract | |\n"
     "| Transfer outside the EEA | none, unless said otherwise here |\n"},
    {"\n## 2. Van wie\n\n"
     "- **Bewoners** met wie aan de deur of op straat is gesproken, of over wie"
     " dat gaat.\n"
     "- **Medewerkers, vrijwilligers en bewonersgroepen** die vastleggen: een"
     " korte naam, rol, apparaat, en wie wat wanneer schreef en las.\n",
     "\n## 2. Whose data\n\n"
     "- **Residents** who were talked with at the door or in the street, or"
     " whom it is about.\n"
     "- **Workers, volunteers and residents' groups** who record: a short name,"
     " role, device, and who wrote and read what when.\n"},
};

static const struct label measures = {
    "- Rechten per rol, gebied, soort en veld, bij elke keer lezen en schrijven"
    " door de server beslist; analisten en beheerders krijgen geen"
    " vastleggingen.\n"
    "- De opslag op een apparaat is geheel versleuteld, achter een pincode en"
    " een termijn die de server bij elk contact verlengt; een ingetrokken"
    " apparaat wist zichzelf.\n"
    "- Vrije tekst wordt op het apparaat nagekeken op namen, adressen, telefoon"
    " en BSN voordat hij wordt bewaard.\n"
    "- Wat niet zonder toestemming mag, verlaat het apparaat niet; een intrekking"
    " werkt meteen.\n"
    "- Bewaartermijnen worden elke nacht uitgevoerd (`stoepd retention`), met"
    " een register van wat is verwijderd.\n"
    "- Wissen en rectificeren op verzoek werkt door tot op elk apparaat"
    " (`stoepd subject`).\n"
    "- Een logboek van lezen en wijzigen, en een journaal dat niet ongezien kan"
    " worden herschreven (`stoepd access`, `stoepd verify`).\n"
    "- TLS, ondertekende verzoeken per apparaat, en invoer die wordt nagekeken"
    " voordat hij wordt gelezen.\n",
    "- Rights per role, area, type and field, decided by the server at every"
    " read and write; analysts and administrators are given no records.\n"
    "- The store of a device is encrypted as a whole, behind a PIN and a lease"
    " that the server renews at each contact; a device that is withdrawn wipes"
    " itself.\n"
    "- Free text is looked through on the device for names, addresses, telephone"
    " numbers and citizen numbers before it is kept.\n"
    "- What may not be held without consent does not leave the device;"
    " withdrawing it works at once.\n"
    "- Retention is carried out every night (`stoepd retention`), with a"
    " register of what was deleted.\n"
    "- Erasure and rectification on request reach every device"
    " (`stoepd subject`).\n"
    "- A log of reading and changing, and a journal that cannot be rewritten"
    " unseen (`stoepd access`, `stoepd verify`).\n"
    "- TLS, requests signed per device, and input that is checked before it is"
    " read.\n"};

static const struct label exception = {
    "\n### Gegevens op het apparaat: de uitzondering op BIO2\n\n"
    "BIO2 (8.01.01) gaat uit van geen gegevens op het apparaat. Aan de deur is"
    " geen netwerk: zonder opslag op het apparaat kan dit werk niet. Dat is een"
    " uitzondering en moet hier worden vastgesteld. Daarvoor in de plaats komt:"
    " het apparaat houdt alleen de eigen gebieden en alleen de velden van de"
    " eigen rol; alles staat versleuteld; zonder contact met de server is het na"
    " de ingestelde termijn (standaard 72 uur) niet meer te lezen; intrekken"
    " wist het apparaat bij het eerstvolgende contact, en `stoepd devices` zegt"
    " wat erop stond.\n\n"
    "Vastgesteld door, op: ______________________\n",
    "\n### Data on the device: the exception to BIO2\n\n"
    "BIO2 (8.01.01) starts from no data on the device. At the door there is no"
    " network: without storage on the device this work cannot be done. That is"
    " an exception and must be established here. In its place: a device holds"
    " its own areas alone, and the fields of its own role; all of it is"
    " encrypted; without contact with the server it can no longer be read after"
    " the term that is set (72 hours unless changed); withdrawing wipes the"
    " device at its next contact, and `stoepd devices` says what was on it.\n\n"
    "Established by, on: ______________________\n"};

static const struct label risks = {
    "\n### Risico's\n\n"
    "| Risico | Wat ertegen is gedaan | Wat overblijft |\n|---|---|---|\n"
    "| Een apparaat raakt kwijt | versleuteling, pincode, termijn, wissen op"
    " afstand | wie de pincode kent, leest tot de termijn om is |\n"
    "| Een naam of adres in vrije tekst | nakijken op het apparaat, termijn,"
    " zoeken en wissen | omschrijvingen die iemand herkenbaar maken |\n"
    "| Nieuwsgierige collega | rechten per veld, logboek van lezen | wie mag"
    " lezen, kan te veel lezen; het logboek toont het achteraf |\n"
    "| Herleiden uit aantallen | analisten krijgen geen vastleggingen; velden die"
    " zich niet laten tellen blijven erbuiten | wie cijfers publiceert, moet"
    " kleine aantallen beschermen |\n"
    "| Te lang bewaard | elke nacht uitgevoerd | reservekopieën tot hun eigen"
    " termijn; wat open blijft staan (zie `open` in `stoepd retention`) |\n"
    "| Wat bewoners over de gemeente zeggen | zichtbaarheid per signaal, geen"
    " toegang voor de gemeente | een besluit van de teamleider |\n"
    "| Beheerder met kwade wil | journaal als keten, hoofden elders bewaard | wie"
    " de server heeft, kan lezen wat erop staat |\n",
    "\n### Risks\n\n"
    "| Risk | What is done against it | What remains |\n|---|---|---|\n"
    "| A device is lost | encryption, PIN, lease, wiping at a distance | who"
    " knows the PIN reads until the lease ends |\n"
    "| A name or an address in free text | looked through on the device, a term,"
    " finding and erasing | descriptions by which somebody is known |\n"
    "| A curious colleague | rights per field, a log of reading | who may read"
    " can read too much; the log shows it afterwards |\n"
    "| Finding people in counts | analysts are given no records; fields that"
    " cannot be counted stay out of it | who publishes figures must protect small"
    " ones |\n"
    "| Kept too long | carried out every night | backups until their own term;"
    " what stays open (see `open` in `stoepd retention`) |\n"
    "| What residents say of the municipality | visibility per signal, no access"
    " for the municipality | a decision of the team lead |\n"
    "| An administrator with bad intent | the journal as a chain, its heads kept"
    " elsewhere | who holds the server can read what is on it |\n"};

static const struct label ends = {
    "\n### Rechten van betrokkenen\n\n"
    "| Recht | Hoe |\n|---|---|\n"
    "| Inzage (art. 15) | `stoepd subject DIR find`, `export --html` |\n"
    "| Rectificatie (art. 16) | `stoepd subject DIR correct` |\n"
    "| Wissen (art. 17) | `stoepd subject DIR erase` |\n"
    "| Toestemming intrekken (art. 7) | `stoep withdraw`, in een stap |\n"
    "\n### Nog te besluiten\n\n"
    "- Advies van de functionaris gegevensbescherming: ______________________\n"
    "- Mening van bewoners of hun vertegenwoordiging: ______________________\n"
    "- Besluit en datum van herziening: ______________________\n",
    "\n### Rights of the people concerned\n\n"
    "| Right | How |\n|---|---|\n"
    "| Access (art. 15) | `stoepd subject DIR find`, `export --html` |\n"
    "| Rectification (art. 16) | `stoepd subject DIR correct` |\n"
    "| Erasure (art. 17) | `stoepd subject DIR erase` |\n"
    "| Withdrawing consent (art. 7) | `stoep withdraw`, in one step |\n"
    "\n### To be decided yet\n\n"
    "- Advice of the data protection officer: ______________________\n"
    "- View of residents or those who speak for them: ______________________\n"
    "- Decision and date of review: ______________________\n"};

static void put_label(const struct reg *r, const struct label *l)
{
    buf_puts(r->out, label_in(l, r->lang));
}

/* -- activities: one per purpose ---------------------------------------- */

struct activity {
    const struct shape_purpose *purpose;
    bool types[64];
    unsigned privacy; /* bits */
    bool terms[64];
    role_set see;
};

static struct activity activity_of(const struct shape *s,
                                   const struct shape_purpose *p)
{
    struct activity a = {.purpose = p};
    size_t t, f, k;

    for (t = 0; t < s->types_n && t < countof(a.types); t++)
        for (f = FIELD_DELETED + 1; f < s->types[t].fields_n; f++) {
            const struct shape_field *field = &s->types[t].fields[f];

            if (field->purpose != p || field->retired)
                continue;
            a.types[t] = true;
            a.privacy |= 1U << field->privacy;
            a.see |= field->see;
            for (k = 0; k < s->retentions_n && k < countof(a.terms); k++)
                a.terms[k] |= field->retention == &s->retentions[k];
        }
    return a;
}

static void put_activity(const struct reg *r, const struct activity *a)
{
    const char *comma = "";
    size_t i;

    buf_printf(r->out, "| %s | %s | ", label_in(&a->purpose->label, r->lang),
               a->purpose->basis);
    for (i = 0; i < r->s->types_n && i < countof(a->types); i++)
        if (a->types[i]) {
            buf_printf(r->out, "%s%s", comma,
                       label_in(&r->s->types[i].label, r->lang));
            comma = ", ";
        }
    buf_puts(r->out, " | ");
    comma = "";
    for (i = PRIVACY_NONE + 1; i < PRIVACY_N; i++)
        if (a->privacy & 1U << i) {
            buf_printf(r->out, "%s%s", comma,
                       emit_doc_privacy((enum privacy)i, r->lang));
            comma = ", ";
        }
    buf_puts(r->out, " | ");
    emit_doc_roles(r->out, a->see, r->lang);
    buf_puts(r->out, " | ");
    comma = "";
    for (i = 0; i < r->s->retentions_n && i < countof(a->terms); i++)
        if (a->terms[i]) {
            buf_printf(r->out, "%s%s", comma, r->s->retentions[i].name);
            comma = ", ";
        }
    buf_puts(r->out, " |\n");
}

static void put_activities(const struct reg *r)
{
    size_t i;

    buf_printf(r->out, "\n## 3. %s\n\n%s",
               in(r, "Waarvoor, wat, wie ziet het, hoe lang",
                  "What for, what, who sees it, how long"),
               in(r,
                  "| Doel | Grondslag | Soorten | Persoonsgegevens | Wie ziet"
                  " het | Termijn |\n|---|---|---|---|---|---|\n",
                  "| Purpose | Legal basis | Types | Personal data | Who sees"
                  " it | Term |\n|---|---|---|---|---|---|\n"));
    for (i = 0; i < r->s->purposes_n; i++) {
        struct activity a = activity_of(r->s, &r->s->purposes[i]);

        if (a.see != 0)
            put_activity(r, &a);
    }
    buf_printf(r->out, "\n%s\n",
               in(r,
                  "De termijnen staan voluit in deel B. Een analist krijgt geen"
                  " vastleggingen, alleen aantallen.",
                  "The terms stand in full in part B. An analyst is given no"
                  " records, counts alone."));
}

/* -- proportion: how much of what --------------------------------------- */

static void put_counts(const struct reg *r)
{
    size_t t, f, p;

    buf_printf(r->out, "\n### %s\n\n| %s |",
               in(r, "Hoeveel velden, naar wat ze over mensen zeggen",
                  "How many fields, by what they tell about people"),
               in(r, "Soort", "Type"));
    for (p = 0; p < PRIVACY_N; p++)
        buf_printf(r->out, " %s |", emit_doc_privacy((enum privacy)p, r->lang));
    buf_puts(r->out, "\n|---|---|---|---|---|---|\n");
    for (t = 0; t < r->s->types_n; t++) {
        unsigned n[PRIVACY_N] = {0};

        for (f = FIELD_DELETED + 1; f < r->s->types[t].fields_n; f++)
            n[r->s->types[t].fields[f].privacy]++;
        buf_printf(r->out, "| %s |", label_in(&r->s->types[t].label, r->lang));
        for (p = 0; p < PRIVACY_N; p++)
            buf_printf(r->out, " %u |", n[p]);
        buf_puts(r->out, "\n");
    }
}

/* What deserves a second look: free text, what is special, and personal data
 * without a term. */
static void put_attention(const struct reg *r)
{
    size_t t, f, c;

    buf_printf(r->out, "\n### %s\n\n",
               in(r, "Waar extra naar is te kijken", "What to look at twice"));
    for (t = 0; t < r->s->types_n; t++)
        for (f = FIELD_DELETED + 1; f < r->s->types[t].fields_n; f++) {
            const struct shape_type *type = &r->s->types[t];
            const struct shape_field *field = &type->fields[f];
            const char *why = NULL;

            if (field->privacy == PRIVACY_FREE)
                why = in(r, "vrije tekst kan alles bevatten",
                         "free text can hold anything");
            else if (field->privacy == PRIVACY_DIRECT ||
                     field->privacy == PRIVACY_SPECIAL)
                why = emit_doc_privacy(field->privacy, r->lang);
            else if (field->privacy == PRIVACY_INDIRECT &&
                     field->retention->days == 0)
                why = in(r, "herleidbaar en zonder termijn",
                         "can single out, and has no term");
            if (why != NULL)
                buf_printf(r->out, "- %s, %s: %s\n",
                           label_in(&type->label, r->lang),
                           label_in(&field->label, r->lang), why);
        }
    for (t = 0; t < r->s->lists_n; t++)
        for (c = 0; c < r->s->lists[t].choices_n; c++)
            if (r->s->lists[t].choices[c].sensitivity == 2)
                buf_printf(r->out, "- %s, %s: %s\n",
                           label_in(&r->s->lists[t].label, r->lang),
                           label_in(&r->s->lists[t].choices[c].label, r->lang),
                           in(r, "bijzonder zodra het over een persoon gaat",
                              "special as soon as it is about a person"));
}

static void put_consents(const struct reg *r)
{
    size_t t, f;

    buf_printf(r->out, "\n### %s\n\n",
               in(r, "Alleen met toestemming", "Only with consent"));
    for (t = 0; t < r->s->types_n; t++) {
        const struct shape_type *type = &r->s->types[t];

        if (type->consent != NULL)
            buf_printf(r->out, "- %s: `%s`\n", label_in(&type->label, r->lang),
                       type->consent);
        for (f = FIELD_DELETED + 1; f < type->fields_n; f++)
            if (type->fields[f].consent != NULL)
                buf_printf(r->out, "- %s, %s: `%s`\n",
                           label_in(&type->label, r->lang),
                           label_in(&type->fields[f].label, r->lang),
                           type->fields[f].consent);
    }
}

/* -- all of it ---------------------------------------------------------- */

void register_put(struct buf *out, const struct shape *s, enum lang lang)
{
    struct reg r = {out, s, lang};
    size_t i;

    buf_printf(out, "# %s\n\n%s %s\n\n", register_title(lang),
               in(&r,
                  "Gemaakt uit de definities van de recordtypen (`stoepd"
                  " register`), versie",
                  "Made from the definitions of the record types (`stoepd"
                  " register`), version"),
               s->version);
    buf_printf(out, "# %s\n",
               in(&r, "A. Register van verwerkingen (AVG artikel 30)",
                  "A. Register of processing (GDPR article 30)"));
    for (i = 0; i < countof(fixed); i++)
        put_label(&r, &fixed[i]);
    put_activities(&r);
    buf_printf(out, "\n## 4. %s\n\n",
               in(&r, "Beveiliging", "Security measures"));
    put_label(&r, &measures);
    buf_printf(
        out, "\n# %s\n",
        in(&r, "B. Wat er precies wordt bewaard", "B. What exactly is held"));
    emit_doc_parts(out, s, lang, 2);
    buf_printf(
        out, "\n# %s\n\n%s\n",
        in(&r, "C. Concept-DPIA (AVG artikel 35)",
           "C. Draft DPIA (GDPR article 35)"),
        in(&r,
           "Beschrijving en doelen: deel A en B. Hieronder wat daarbij is"
           " te wegen.",
           "Description and purposes: parts A and B. Below is what is to"
           " be weighed."));
    put_counts(&r);
    put_attention(&r);
    put_consents(&r);
    put_label(&r, &exception);
    put_label(&r, &risks);
    put_label(&r, &ends);
}
