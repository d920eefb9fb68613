// 督办: what is late, the latest first, and what is due soon; whose it is, by whom it can be called, and which units were told.

import { api, el, lasting, number, shortTime } from './common.js';
import { placeWords, simulatedBadge, statusBadge } from './map-list.js';
import { ACTION, word } from './words.js';

export async function show(root, { signal }) {
  const box = el('div', { class: 'stack' });
  root.append(box);
  await draw(box);
  const timer = setInterval(() => draw(box).catch(() => {}), 15000);
  signal.addEventListener('abort', () => clearInterval(timer));
}

async function draw(box) {
  const told = await api('/overdue');
  const late = told.rows.filter((row) => row.waits.late_s >= 0);
  const soon = told.rows.filter((row) => row.waits.late_s < 0);
  box.replaceChildren(
    part(`已超时 ${late.length}`, 'overdue-late', late, '没有超时的环节', (row) => el('span', { class: 'badge late', text: `超时 ${lasting(row.waits.late_s * 1000)}` })),
    part(`${number(told.soon_min, 0)} 分钟内到期 ${soon.length}`, 'overdue-soon', soon, '没有即将到期的环节', (row) => el('span', { class: 'badge todo', text: `余 ${lasting(-row.waits.late_s * 1000)}` })));
}

const HEADS = ['地点', '状态', '待办', '时限', '', '承办', '已督办'];

function part(title, id, rows, none, badge) {
  const body = rows.map((row) => {
    const { event, waits } = row;
    const where = ['triage', 'returned'].includes(event.properties.status) ? `#triage/${encodeURIComponent(event.properties.id)}` : `/#event=${encodeURIComponent(event.properties.id)}`;
    const who = event.case?.post ? [event.case.post.name, waits.on_duty ? `${waits.on_duty.name} ${waits.on_duty.phone}` : null].filter(Boolean).join('，') : waits.unit;
    return el('tr', { 'data-id': event.properties.id }, el('td', {}, el('a', { href: where, text: placeWords(event) }), simulatedBadge(event)), el('td', {}, statusBadge(event)),
      el('td', { text: word(ACTION, waits.step) }), el('td', { text: shortTime(waits.due) }), el('td', {}, badge(row)), el('td', { text: who }),
      el('td', { text: waits.units_told ? `${waits.units_told} 级` : '—' }));
  });
  return el('section', { class: 'card', id }, el('h2', { text: title }), body.length === 0 ? el('p', { class: 'quiet', text: none })
    : el('div', { class: 'scroll-x' }, el('table', {}, el('thead', {}, el('tr', {}, HEADS.map((text) => el('th', { scope: 'col', text })))), el('tbody', {}, body))));
}
