// form.js - a form as the record types describe it, kept answer by answer.

import {add, button, el, fresh, note, replace} from './dom.js';
import {call, form as describe} from './api.js';
import {control} from './fields.js';
import {Keeper} from './keep.js';
import {t} from './i18n.js';

const QUESTIONS_MIN = 3;

// Asked in the first place, or found under "more"; where hardly anything has a
// question of its own, all of it is asked.
function asked(form) {
    const few = form.fields.filter((f) => f.ask !== undefined).length <
        QUESTIONS_MIN;

    return (field) => few || field.required || field.ask !== undefined;
}

function question(field) {
    return field.ask ?? field.label;
}

export class Form {
    // base: {type} or {id}; areas: those of the device; link, hints: see below.
    constructor(base, {areas, area = '', hints = {}}) {
        this.base = {...base};
        this.areas = areas;
        this.area = area;
        this.hints = hints;
        this.fields = new Map();
        this.state = document.getElementById('kept') ?? el('p', {});
    }

    async open() {
        const draft = await call('draft', {...this.base, area: this.area});

        this.form = await describe(draft.type);
        this.answers = draft.answers;
        this.begun = draft.begun;
        this.area = draft.area;
        this.base.area = draft.area;
        this.keeper = new Keeper(this.base, (...what) => this.told(...what));
        return this;
    }

    // -- showing -----------------------------------------------------------

    node() {
        const isAsked = asked(this.form);
        const more = this.form.fields.filter((f) => !isAsked(f));
        const foot = el('div', {class: 'form-foot'});

        this.problems = el('div', {});
        this.form_ = el('form', {
            novalidate: true,
            autocomplete: 'off',
            onsubmit: (event) => event.preventDefault(),
        },
        this.base.id === undefined && this.areas.length > 1 && this.areaField(),
        this.form.fields.filter(isAsked).map((f) => this.field(f)),
        more.length > 0 && el('details', {class: 'more'},
            el('summary', {}, t('More to fill in')),
            more.map((f) => this.field(f))),
        foot);
        this.foot = foot;
        return el('div', {}, this.problems, this.form_);
    }

    areaField() {
        const id = fresh('area');
        const select = el('select', {
            id,
            class: 'utrecht-select utrecht-select--html-select',
            onchange: () => {
                this.base.area = this.area = select.value;
            },
        },
        this.area === '' && el('option', {value: ''}, t('Choose an area')),
        this.areas.map((a) => el('option',
            {value: a.slug, selected: a.slug === this.area}, a.name)));

        return el('div', {class: 'field'},
            el('label', {for: id, class: 'utrecht-form-label'},
                t('In which area?')), select);
    }

    field(field) {
        const about = fresh('about');
        const problem = el('div', {id: about, class: 'problem'});
        const legend = [question(field), field.required
            ? el('span', {class: 'must'}, t('(needed)')) : null];
        const made = control(field, this.answers[field.name],
            (value, now) => this.changed(field, value, now), {
                legend: legend.map((l) => l?.cloneNode?.(true) ?? l),
                describedBy: about,
                areas: this.areas,
                area: this.area,
            });
        const node = el('div', {class: 'field', 'data-field': field.name});

        if (made.labels === null && (field.kind === 'choice' || made.ownLegend)) {
            add(node, [made.node]);
        } else if (made.labels === null) {
            const name = fresh('name');

            add(node, [el('div', {role: 'group', 'aria-labelledby': name,
                'aria-describedby': about},
            el('p', {id: name, class: 'utrecht-form-label'}, legend),
            made.node)]);
        } else {
            const inner = made.node.id === made.labels
                ? made.node : made.node.querySelector(`#${made.labels}`);

            inner.setAttribute('aria-describedby', about);
            if (field.required)
                inner.setAttribute('aria-required', 'true');
            add(node, [el('label', {for: made.labels,
                class: 'utrecht-form-label'}, legend), made.node]);
        }
        if (this.hints[field.name] !== undefined)
            add(node, [this.hints[field.name]]);
        add(node, [problem]);
        this.fields.set(field.name, {field, node, problem});
        return node;
    }

    // -- keeping -----------------------------------------------------------

    changed(field, value, now, keepWords = false) {
        this.answers[field.name] = value;
        this.prefill();
        this.keeper.put(field.name, value, {now, keepWords});
    }

    // The neighbourhood of the area, unless somebody says another.
    prefill() {
        const code = this.areas.find((a) => a.slug === this.area)?.code ?? '';

        if (this.prefilled || this.begun || this.base.id !== undefined ||
            code === '')
            return;
        this.prefilled = true;
        for (const field of this.form.fields)
            if (field.kind === 'code' && this.answers[field.name] === undefined) {
                this.answers[field.name] = code;
                this.keeper.put(field.name, code);
                for (const option of this.fields.get(field.name).node
                    .querySelectorAll('option'))
                    option.selected = option.value === code;
            }
    }

    told(name, state, fault) {
        const shown = this.fields.get(name);

        if (shown !== undefined)
            this.showProblem(shown, state === 'refused' ? fault : null);
        if (state === 'waiting') {
            this.state.textContent = t('Keeping …');
        } else if (!this.keeper.busy || this.keeper.waiting.size === 0) {
            this.state.textContent = this.keeper.refused.size > 0
                ? t('Not everything could be kept') : t('Everything is kept');
        }
    }

    showProblem({field, node, problem}, fault) {
        const inner = node.querySelector('input, textarea, select');

        node.classList.toggle('wrong', fault !== null);
        inner?.[fault === null ? 'removeAttribute' : 'setAttribute'](
            'aria-invalid', 'true');
        if (fault === null) {
            replace(problem);
            return;
        }
        replace(problem, note('error', fault.answer.findings
            ? this.explain(field, fault.answer.findings)
            : el('p', {}, fault.message)));
        if (node.contains(document.activeElement))
            problem.scrollIntoView({block: 'nearest'});
    }

    // Kindly: what it is, what to write in its place, and what one may do.
    explain(field, findings) {
        return [
            el('p', {}, t('This may lead to one person, so it is not kept:')),
            el('ul', {}, findings.map((f) =>
                el('li', {}, el('q', {}, f.text), ' ', f.advice))),
            findings.every((f) => f.mayStay) &&
                button(t('It is nobody\'s name: keep it'), () =>
                    this.changed(field, this.answers[field.name], true, true)),
        ];
    }

    // -- saving ------------------------------------------------------------

    // All answers as one record; null if something is still to be done.
    async save(more = {}) {
        await this.keeper.flush();
        if (this.keeper.refused.size > 0) {
            this.pointOut([...this.keeper.refused.keys()]);
            return null;
        }
        try {
            return await call('draft-save', {...this.base, ...more});
        } catch (fault) {
            if (fault.code !== 'invalid' && fault.code !== 'denied')
                throw fault;
            this.pointOut(this.missing(), fault.message);
            return null;
        }
    }

    missing() {
        return this.form.fields.filter((f) => f.required &&
            (this.answers[f.name] ?? '').length === 0).map((f) => f.name);
    }

    pointOut(names, text = t('Look at what is marked below.')) {
        const lines = names.filter((n) => this.fields.has(n)).map((name) => {
            const {field, node} = this.fields.get(name);
            const inner = node.querySelector('input, textarea, select');

            return el('li', {}, el('a', {
                href: location.hash,
                onclick: (event) => {
                    event.preventDefault();
                    node.closest('details')?.setAttribute('open', '');
                    inner?.focus();
                },
            }, field.label));
        });
        const box = el('div', {class: 'utrecht-alert utrecht-alert--error note',
            role: 'alert', tabindex: '-1'},
        el('p', {}, text), lines.length > 0 && el('ul', {}, lines));

        replace(this.problems, box);
        box.focus();
    }

    async drop() {
        this.keeper.waiting.clear();
        await this.keeper.flush();
        await call('draft-drop', this.base);
        this.begun = false;
    }

    async leave() {
        this.state.textContent = '';
        await Promise.race([this.keeper?.flush(),
            new Promise((done) => setTimeout(done, 1500))]);
    }
}
