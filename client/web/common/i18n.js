// i18n.js - the texts of the pages.
//
// The English text in the source is the key; common/nl.json holds its Dutch.
// tests/lint/web holds every t('...') and tn('...') against that table.
// Another language is another table, and its direction in `directions`.

const directions = {ar: 'rtl', fa: 'rtl', he: 'rtl', ur: 'rtl'};
const tables = {en: null};
let lang = 'nl';

export const languages = ['nl', 'en'];

export function language() {
    return lang;
}

export async function speak(wanted) {
    if (!(wanted in tables)) {
        const answer = await fetch(`/common/${wanted}.json`);

        tables[wanted] = await answer.json();
    }
    lang = wanted;
    document.documentElement.lang = wanted;
    document.documentElement.dir = directions[wanted] ?? 'ltr';
}

// t('{n} doors', {n: 3})
export function t(english, values = {}) {
    const text = tables[lang]?.[english] ?? english;

    return text.replace(/\{(\w+)\}/g, (all, name) => values[name] ?? all);
}

// tn(1, 'one door', '{n} doors')
export function tn(n, one, many) {
    return n === 1 ? t(one) : t(many, {n});
}

const zone = {timeZone: 'Europe/Amsterdam'};

function format(ms, options) {
    return new Intl.DateTimeFormat(lang, {...zone, ...options}).format(ms);
}

export function moment(ms) {
    return format(ms, {
        weekday: 'short', day: 'numeric', month: 'short', hour: '2-digit',
        minute: '2-digit',
    });
}

export function day(ms) {
    return format(ms, {day: 'numeric', month: 'short', year: 'numeric'});
}

// 2026-11-25, of today in the Netherlands.
export function today() {
    return new Intl.DateTimeFormat('sv', zone).format(Date.now());
}
