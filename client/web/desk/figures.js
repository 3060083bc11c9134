// figures.js - questions over protected figures: every one a form, a table and
// a picture, made from what the server says it takes and gives.  The address
// holds all that was asked, so it can be sent to somebody else.

import {call, fetched} from './call.js';
import {button, el, note, replace} from '../common/dom.js';
import {language, t, tn} from '../common/i18n.js';
import {count, field, said, table, textbox} from './parts.js';

let loading = null;

function questions() {
    loading ??= call('questions').then(({questions: list}) => list);
    return loading;
}

export async function figures() {
    const list = await questions();

    return {title: t('Figures'), body: [
        el('p', {}, t('Figures that betray nobody: small ones are not told, others are rounded, and together they give nothing away.')),
        el('ul', {class: 'lines'}, list.map((q) => el('li', {},
            el('a', {href: `#/figures/${q.name}`},
                el('strong', {}, said(q.title)),
                el('span', {class: 'about'}, said(q.about)))))),
    ]};
}

// -- asking -----------------------------------------------------------------------

function address(q, query, more = {}) {
    const params = new URLSearchParams({...Object.fromEntries(query),
        lang: language(), ...more});

    return `/v1/${q.name}?${params}`;
}

// Give a file to the browser to keep.
function keep(blob, name) {
    const href = URL.createObjectURL(blob);
    const link = el('a', {href, download: name});

    link.click();
    setTimeout(() => URL.revokeObjectURL(href), 60000);
}

// -- the form -----------------------------------------------------------------------

function form(q, query) {
    const inputs = q.params.map((p) => textbox({name: p.name,
        value: query.get(p.name) ?? '', required: p.required}));

    return el('form', {class: 'row filters', onsubmit: (e) => {
        e.preventDefault();
        const given = inputs.filter((i) => i.value.trim() !== '')
            .map((i) => [i.name, i.value.trim()]);
        const hash = `#/figures/${q.name}?${new URLSearchParams([...given, ['ask', '1']])}`;

        if (location.hash === hash)
            window.dispatchEvent(new HashChangeEvent('hashchange'));
        else
            location.hash = hash;
    }},
    q.params.map((p, i) => field([said(p.title), p.required &&
        el('span', {class: 'must'}, t('(needed)'))], inputs[i],
    t('For example: {example}', {example: p.example}))),
    el('button', {type: 'submit', class: 'utrecht-button utrecht-button--primary-action'},
        t('Ask')));
}

// -- the table -----------------------------------------------------------------------

// A figure and the two columns after it are one cell: 120, 0-4, or withheld.
function figureCell(q, row, i) {
    const value = row[q.columns[i].name];
    const below = row[q.columns[i + 1].name];
    const status = row[q.columns[i + 2].name];

    if (value !== null)
        return count(value);
    if (below !== null)
        return el('span', {class: 'hidden-figure'}, `0–${below - 1}`);
    return status === null ? '' : el('span', {class: 'hidden-figure'}, t('withheld'));
}

function cell(q, row, i) {
    const {kind, name} = q.columns[i];

    if (kind === 'figure')
        return figureCell(q, row, i);
    if (row[name] === null)
        return '';
    return kind === 'integer' || kind === 'decimal' ? count(Number(row[name]))
        : String(row[name]);
}

const numbers = ['figure', 'integer', 'decimal'];

// Columns in which nothing stands say nothing.
function answerTable(q, rows) {
    const shown = q.columns.map((c, i) => i).filter((i) =>
        !['below', 'status'].includes(q.columns[i].kind) &&
        rows.some((row) => cell(q, row, i) !== ''));

    return table(said(q.title), ['##', ...shown.map((i) =>
        (numbers.includes(q.columns[i].kind) ? '#' : '') + said(q.columns[i].title))],
    rows.map((row, n) => [count(n + 1), ...shown.map((i) => cell(q, row, i))]));
}

// -- pictures ------------------------------------------------------------------------

function png(image, name) {
    const canvas = el('canvas', {width: image.naturalWidth * 2,
        height: image.naturalHeight * 2});
    const pen = canvas.getContext('2d');

    pen.fillStyle = '#fff';
    pen.fillRect(0, 0, canvas.width, canvas.height);
    pen.drawImage(image, 0, 0, canvas.width, canvas.height);
    canvas.toBlob((blob) => keep(blob, name), 'image/png');
}

async function picture(q, query, kind, room, fault) {
    let blob;

    replace(fault);
    replace(room);
    try {
        blob = await (await fetched(address(q, query, {picture: kind}),
            'image/svg+xml')).blob();
    } catch (e) {
        replace(fault, note('warning', e.message));
        return;
    }
    const image = el('img', {class: 'picture', src: URL.createObjectURL(blob),
        alt: `${said(q.title)}. ${t('The same stands in the table below.')}`});

    replace(room, el('figure', {}, image, el('figcaption', {}, said(q.about))),
        el('div', {class: 'row'},
            button(t('Picture as SVG'), () => keep(blob, `${q.name}.svg`)),
            button(t('Picture as PNG'), () => png(image, `${q.name}.png`))));
}

function pictures(q, query) {
    const room = el('div', {}), fault = el('div', {});

    if (!q.drawn)
        return null;
    const kinds = [['bars', t('Bars')], ['map', t('Map')]].filter(([kind]) =>
        kind === 'bars' || q.columns.some((c) => c.name === 'area'));
    const buttons = kinds.map(([kind, text]) => button(text, () => draw(kind),
        'secondary', {'aria-pressed': 'false'}));
    const draw = (kind) => {
        buttons.forEach((b, i) => b.setAttribute('aria-pressed',
            String(kinds[i][0] === kind)));
        picture(q, query, kind, room, fault);
    };

    draw('bars');
    return el('section', {}, el('h2', {}, t('As a picture')),
        el('div', {class: 'row'}, buttons), fault, room);
}

async function answer(q, query) {
    const got = await (await fetched(address(q, query), 'application/json')).json();

    return [
        el('p', {role: 'status'}, tn(got.total, 'One row.', '{n} rows.'),
            got.pages > 1 && [' ', t('These are the first {n}; the CSV of each page has the rest.', {n: count(got.rows.length)})],
            got.final && [' ', t('They change no more.')]),
        got.rows.length > 0 && pictures(q, query),
        got.rows.length > 0 && el('section', {},
            el('h2', {}, t('As a table')),
            el('p', {}, t('0–4: fewer than five, perhaps none. Withheld: it would tell of somebody.')),
            answerTable(q, got.rows),
            el('div', {class: 'row'},
                button(t('Table as CSV'), async () => keep(await (await fetched(
                    address(q, query), 'text/csv')).blob(), `${q.name}.csv`)),
                button(t('Copy the link'), async () => {
                    await navigator.clipboard.writeText(location.href);
                }))),
    ];
}

export async function figure({name}, query) {
    const q = (await questions()).find((one) => one.name === name);
    const asked = query.get('ask') === '1' || q.params.every((p) => !p.required);
    const given = new URLSearchParams([...query].filter(([key]) =>
        q.params.some((p) => p.name === key)));
    let body = [];

    if (asked)
        try {
            body = await answer(q, given);
        } catch (e) {
            if (e.status === 401)
                throw e;
            body = [note('error', e.message)];
        }
    return {title: said(q.title), body: [
        el('p', {}, said(q.about)),
        q.params.length > 0 && form(q, query),
        body,
    ]};
}
