// pages.js - every page; and the menu: their titles, and the calls that they
// cannot do without.

import {page} from '../common/page.js';
import {t} from '../common/i18n.js';
import {figure, figures} from './figures.js';
import {home} from './home.js';
import {inbox} from './inbox.js';
import {record} from './record.js';
import {review, reviews} from './reviews.js';

page('', home);
page('inbox', inbox);
page('figures', figures);
page('figures/:name', figure);
page('record/:type/:area/:id', record);
page('reviews', reviews);
page('review/:type/:area/:id', review);

export function pages() {
    return [
        {name: '', title: t('Start'), calls: ['me']},
        {name: 'inbox', title: t('Signals'), calls: ['list', 'related']},
        {name: 'reviews', title: t('To decide'), calls: ['reviews']},
        {name: 'figures', title: t('Figures'), calls: ['questions']},
    ];
}
