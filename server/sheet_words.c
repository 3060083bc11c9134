#include "server/sheet_words.h"

const struct label sheet_words[] = {
    [SHEET_TITLE] = {"Wijkanalyse", "Neighbourhood sheet"},
    [SHEET_PERIOD] = {"Periode", "Period"},
    [SHEET_AREA] = {"Gebied", "Area"},
    [SHEET_DECIDED] = {"Cijfers vastgesteld op", "Figures decided on"},
    [SHEET_FINAL] = {" (definitief); buurtgrenzen van",
                     " (final); boundaries of"},
    [SHEET_NOT_FINAL] = {" (voorlopig: later ingevoerde gegevens komen er nog"
                         " bij); buurtgrenzen van",
                         " (provisional: what is entered later is still added);"
                         " boundaries of"},
    [SHEET_FIGURE] = {"Figuur", "Figure"},
    [SHEET_NOTHING] = {"Hierover is van deze periode niets verteld.",
                       "Nothing is told of this in this period."},
    [SHEET_NO_CHANGE] = {"Van geen enkel onderwerp is met zekerheid te zeggen"
                         " dat het nieuw is, groeide of daalde.",
                         "Of no subject it can be said for certain that it is"
                         " new, grew or fell."},
    [SHEET_NO_MAP] = {"Van deze buurten zijn geen grenzen ingelezen.",
                      "No outlines of these neighbourhoods were taken in."},
    [SHEET_PLACE] = {"Buurt", "Neighbourhood"},
    [SHEET_SIGNALS] = {"#Signalen", "#Signals"},
    [SHEET_MONTH] = {"Maand", "Month"},
    [SHEET_GLANCE] = {"In één oogopslag", "At a glance"},
    [SHEET_GLANCE_ABOUT] = {"Wat er in deze periode is vastgelegd, naast de"
                            " periode ervoor.",
                            "What was recorded in this period, beside the"
                            " period before."},
    [SHEET_MAP] = {"Signalen per buurt", "Signals by neighbourhood"},
    [SHEET_MAP_ABOUT] = {"Hoe donkerder, hoe meer signalen. Een nummer op de"
                         " kaart is een regel van de tabel.",
                         "The darker, the more signals. A number on the map is"
                         " a line of the table."},
    [SHEET_MAP_ALT] = {"Kaart van de buurten, donkerder waar meer signalen"
                       " zijn; de tabel ernaast geeft de aantallen.",
                       "Map of the neighbourhoods, darker where there are more"
                       " signals; the table beside it has the numbers."},
    [SHEET_MONTHS] = {"Signalen per maand", "Signals by month"},
    [SHEET_MONTHS_ABOUT] = {"Het jaar tot en met deze periode.",
                            "The year up to and including this period."},
    [SHEET_THEMES] = {"Waar de signalen over gaan",
                      "What the signals are about"},
    [SHEET_THEMES_ABOUT] = {"Een signaal kan over meer dan één thema gaan.",
                            "A signal may be about more than one theme."},
    [SHEET_CHANGES] = {"Nieuw, gegroeid of gedaald", "New, grown or fallen"},
    [SHEET_CHANGES_ABOUT] = {"Naast de periode ervoor en dezelfde een jaar"
                             " eerder. Alleen wat zeker is: de streep is de"
                             " marge van 95 %, afronden inbegrepen.",
                             "Beside the period before and the same a year"
                             " earlier. Only what is certain: the line is the"
                             " margin of 95 %, rounding included."},
    [SHEET_MOOD] = {"Prettig wonen", "Pleasant to live here"},
    [SHEET_MOOD_ABOUT] = {"Hoe prettig bewoners het wonen hier vinden, naar"
                          " gesprekken.",
                          "How pleasant residents find it to live here, by"
                          " conversations."},
    [SHEET_NEEDS] = {"Vraag en aanbod: thema's",
                     "Needs and what there is: themes"},
    [SHEET_NEEDS_ABOUT] = {"Thema's van gesprekken en signalen naast die van"
                           " initiatieven die in deze periode begonnen.",
                           "Themes of conversations and signals beside those of"
                           " initiatives that began in this period."},
    [SHEET_MISSED] = {"Vraag en aanbod: activiteiten",
                      "Needs and what there is: activities"},
    [SHEET_MISSED_ABOUT] = {"Wat bewoners in gesprekken missen, naast"
                            " activiteiten die in deze periode begonnen.",
                            "What residents miss in conversations, beside"
                            " activities that began in this period."},
    [SHEET_RESULTS] = {"Wat er met signalen is gedaan",
                       "What was done with signals"},
    [SHEET_RESULTS_ABOUT] = {"De stand van de signalen van deze periode,"
                             " waarheen ze zijn doorgezet en wat eruit kwam.",
                             "Where the signals of this period stand, where"
                             " they were forwarded and what came of them."},
    [SHEET_COVERAGE] = {"Aan de deur", "At the door"},
    [SHEET_COVERAGE_ABOUT] = {"Hoe bezoeken aan deuren afliepen; een bezoek is"
                              " één poging.",
                              "How visits to doors went; a visit is one"
                              " attempt."},
    [SHEET_MEANING] = {"Wat de cijfers betekenen", "What the figures mean"},
    [SHEET_SOURCES] = {"Bronnen", "Sources"},
    [SHEET_SOURCES_ABOUT] = {"Gesprekken, signalen, deurbezoeken, initiatieven"
                             " en activiteiten die medewerkers en bewoners met"
                             " Stoep hebben vastgelegd. Buurten en grenzen:"
                             " zoals ingelezen, gewoonlijk van het CBS en het"
                             " Kadaster. De cijfers zeggen wat er is gehoord en"
                             " opgeschreven; wie niet is gesproken telt niet"
                             " mee.",
                             "Conversations, signals, door visits, initiatives"
                             " and activities that workers and residents"
                             " recorded with Stoep. Neighbourhoods and"
                             " outlines: as they were taken in, usually of"
                             " Statistics Netherlands (CBS) and Kadaster. The"
                             " figures say what was heard and written down; who"
                             " was not spoken to does not count."},
};

const struct label sheet_months[] = {
    {"jan", "Jan"}, {"feb", "Feb"}, {"mrt", "Mar"}, {"apr", "Apr"},
    {"mei", "May"}, {"jun", "Jun"}, {"jul", "Jul"}, {"aug", "Aug"},
    {"sep", "Sep"}, {"okt", "Oct"}, {"nov", "Nov"}, {"dec", "Dec"}};

const struct sheet_meaning sheet_meanings[] = {
    {{"een getal", "a number"},
     {"afgerond op een veelvoud van 5; het echte aantal ligt er hoogstens 4"
      " naast.",
      "rounded to a multiple of 5; the true number is at most 4 from it."}},
    {{"0–4 of 0–9", "0–4 or 0–9"},
     {"onder de drempel: zo weinig dat het iets over herkenbare mensen zou"
      " kunnen zeggen, of geen een. Meer wordt er niet over verteld.",
      "below the threshold: so few that it might tell of people who can be"
      " recognised, or none at all. No more is told of it."}},
    {{"niet verteld", "withheld"},
     {"het getal is weggelaten, omdat een ander getal er anders uit te rekenen"
      " zou zijn, omdat het over een hele groep zou gaan, of omdat te weinig"
      " medewerkers het hebben vastgelegd. Het zegt niets over hoeveel het er"
      " zijn.",
      "the number was left out, because another one could be worked out with"
      " it, because it would tell of a whole group, or because too few workers"
      " recorded it. It says nothing of how many there are."}},
    {{"minstens, hoogstens", "at least, at most"},
     {"wat het kan zijn, gegeven het afronden en de drempels.",
      "what it may be, given the rounding and the thresholds."}},
    {{"groei vanaf … tot …", "growth from … up to …"},
     {"met 95 % zekerheid, afronden en toeval inbegrepen.",
      "with 95 % confidence, rounding and chance included."}},
};
const size_t sheet_meanings_n = countof(sheet_meanings);
