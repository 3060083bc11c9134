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

page('', home);
page('inbox', inbox);
page('figures', figures);
page('figures/:name', figure);
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
        {name: 'people', title: t('People'), calls: ['people']},
        {name: 'devices', title: t('Devices'), calls: ['devices']},
        {name: 'passkeys', title: t('Passkeys'), calls: ['passkeys']},
        {name: 'subjects', title: t('Requests of people'), calls: ['subject-find']},
        {name: 'proof', title: t('What was deleted'), calls: ['deletions']},
        {name: 'access', title: t('Access log'), calls: ['access']},
        {name: 'figures', title: t('Figures'), calls: ['questions']},
    ];
}
