// 排班: who is on duty at which desk; imported as a spreadsheet, and edited by single shifts.

import { api, el, now, say, shortTime } from './common.js';
import { ask, badge, choice, field, ofWall, table, when } from './desk-parts.js';

const COLUMNS = ['值班席', '开始', '结束', '姓名', '电话', '职责', '帐号'];

export async function shiftsCard() {
  const card = el('section', { class: 'card' });
  await redraw(card);
  return card;
}

async function redraw(card) {
  const list = await api('/shifts');
  const drop = (shift) => ask({
    title: '删除班次', words: `${shift.person} ${shortTime(shift.from)} – ${shortTime(shift.to)}`, act: '删除', tone: 'danger', fields: [],
    work: () => api(`/shifts/${shift.id}/drop`, { method: 'POST', body: {} }),
  }).then((done) => done && redraw(card));
  const rows = list.shifts.map((shift) => ({
    class: shift.now ? 'chosen' : null,
    cells: [shift.desk_name, `${shortTime(shift.from)} – ${shortTime(shift.to)}`, el('span', {}, shift.person, ' ', shift.now ? badge('work', '在班') : null), shift.duty, shift.phone, shift.account,
      el('button', { type: 'button', class: 'small-button', text: '删除', 'aria-label': `删除 ${shift.person} 的班次`, onclick: () => drop(shift) })],
  }));
  card.replaceChildren(el('h2', { text: '排班' }),
    rows.length ? table(['值班席', '班次', '姓名', '职责', '电话', '签字帐号', ''], rows, { label: '排班' }) : el('p', { class: 'empty', text: '近期没有排班' }),
    el('div', { class: 'row-actions' }, el('button', { type: 'button', text: '增加一班', onclick: () => add(list).then((done) => done && redraw(card)) }),
      el('button', { type: 'button', text: '导入排班表', onclick: () => bring().then(() => redraw(card)) })));
}

function add(list) {
  const fields = el('div', { class: 'form-grid' }, field('值班席', choice('desk', list.desks.map((desk) => [desk.code, desk.name]), list.own)), field('职责', choice('duty', [['值班员', '值班员'], ['带班领导', '带班领导']])),
    field('开始（北京时间）', when('from', now())), field('结束', when('to', now() + 12 * 3600 * 1000)), field('姓名', el('input', { name: 'person', required: true })), field('电话', el('input', { name: 'phone', inputmode: 'tel' })),
    field('签字帐号（可不填）', el('input', { name: 'account', autocomplete: 'off' })));
  return ask({
    title: '增加一班', act: '增加', fields,
    work: (said) => api('/shifts', { method: 'POST', body: { ...said, account: said.account || null, from: ofWall(said.from), to: ofWall(said.to) } }),
  });
}

function bring() {
  const file = el('input', { type: 'file', id: 'shifts-file', accept: '.xlsx,.csv' });
  return ask({
    title: '导入排班表', act: '导入', words: `xlsx 或 csv，第一行为列名：${COLUMNS.join('、')}；一人一班一行，时间为北京时间。表中时段内同一值班席原有的班次由此表取代。`, fields: field('排班表', file),
    work: async () => {
      if (!file.files[0]) throw Object.assign(new Error('请选择文件'), { detail: '请选择文件' });
      const done = await api('/shifts/import', { method: 'POST', raw: file.files[0] });
      say(`已导入 ${done.shifts} 个班次，取代 ${done.replaced} 个`);
      return done;
    },
  });
}

