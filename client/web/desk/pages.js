// pages.js - every page; and the menu: their titles, and the calls that they
// cannot do without.

import {page} from '../common/page.js';
import {t} from '../common/i18n.js';
import {figure, figures} from './figures.js';
import {home} from './home.js';
import {inbox} from './inbox.js';
import {device, devices, passkeys, people, person} from './people.js';
import {accessLog, proof, subjects} from './privacy.js';
import {record} from './record.js';
import {review, reviews} from './reviews.js';
import {shapes} from './shapes.js';
import {round, rounds} from './voting.js';
import {fresh, work} from './work.js';

page('', home);
page('inbox', inbox);
page('figures', figures);
page('figures/:name', figure);
page('work', () => work({type: 'route'}, new URLSearchParams()));
page('work/:type', work);
page('new/:type', fresh);
page('voting', rounds);
page('voting/:area/:id', round);
page('shapes', shapes);
page('people', people);
page('people/:user', person);
page('devices', devices);
page('devices/:number', device);
page('passkeys', passkeys);
page('subjects', subjects);
page('proof', proof);
page('access', accessLog);
page('record/:type/:area/:id', record);
page('reviews', reviews);
page('review/:type/:area/:id', review);

export function pages() {
    return [
        {name: '', title: t('Start'), calls: ['me']},
        {name: 'inbox', title: t('Signals'), calls: ['list', 'related']},
        {name: 'reviews', title: t('To decide'), calls: ['reviews']},
        {name: 'work', title: t('All records'), calls: ['list']},
        {name: 'voting', title: t('Votes'), calls: ['list', 'save']},
        {name: 'people', title: t('People'), calls: ['people']},
        {name: 'devices', title: t('Devices'), calls: ['devices']},
        {name: 'passkeys', title: t('Passkeys'), calls: ['passkeys']},
        {name: 'shapes', title: t('Record types'), calls: ['types-publish']},
        {name: 'subjects', title: t('Requests of people'), calls: ['subject-find']},
        {name: 'proof', title: t('What was deleted'), calls: ['deletions']},
        {name: 'access', title: t('Access log'), calls: ['access']},
        {name: 'figures', title: t('Figures'), calls: ['questions']},
    ];
}
