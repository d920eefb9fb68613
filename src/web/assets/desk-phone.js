// 电话记录: written down, searched, followed up; struck out where it is wrong, and never gone.

import { api, el, now, say, shortTime } from './common.js';
import { ask, badge, busy, choice, dueWords, eventField, field, ofWall, table, when } from './desk-parts.js';

export async function show(root, { rest }) {
  const list = el('section', { class: 'card' });
  const search = el('input', { type: 'search', name: 'q', 'aria-label': '查找', placeholder: '内容、姓名或单位' });
  const open = el('input', { type: 'checkbox', name: 'open' });
  const query = () => {
    const asked = new URLSearchParams();
    if (search.value.trim()) asked.set('q', search.value.trim());
    if (open.checked) asked.set('open', 'true');
    if (rest[0]) asked.set('event', rest[0]);
    return asked;
  };
  const redraw = async () => {
    const { calls } = await api(`/phone-log?${query()}`);
    const book = query();
    book.set('f', 'xlsx');
    list.replaceChildren(el('h2', { text: rest[0] ? `事件 ${rest[0].slice(0, 8)} 的电话` : '电话记录' }),
      el('form', { class: 'row-actions', onsubmit: (event) => { event.preventDefault(); redraw(); } }, search, el('label', { class: 'check' }, open, '只看待办'), el('button', { type: 'submit', text: '查找' }),
        el('a', { class: 'button', href: `/phone-log?${book}`, download: true, text: '导出 xlsx' }), rest[0] ? el('a', { class: 'button', href: '#phone', text: '全部' }) : null),
      calls.length ? table(['时间', '往来', '对方', '内容', '事件', '待办', '记录', ''], calls.map((call) => line(call, redraw)), { label: '电话记录' }) : el('p', { class: 'empty', text: '没有记录' }));
  };
  open.addEventListener('change', redraw);
  root.append(await form(rest[0], redraw), list);
  await redraw();
}

async function form(event, redraw) {
  const about = await eventField('有关事件（可不填）', event);
  const said = el('div', { role: 'status' });
  const submit = el('button', { type: 'submit', class: 'primary', text: '记录' });
  const made = el('form', { class: 'card', novalidate: true }, el('h2', { text: '新记录' }), el('div', { class: 'form-grid' },
    field('时间（北京时间）', when('at', now())), field('往来', choice('direction', [['in', '呼入'], ['out', '呼出']])), field('对方单位', el('input', { name: 'unit' })), field('姓名', el('input', { name: 'person' })),
    field('号码', el('input', { name: 'number', inputmode: 'tel' })), ...about,
    field('内容', el('textarea', { name: 'said', rows: 3, required: true }), { wide: true }), field('需要在此之前办理（可不填）', when('follow_by'))), said, el('div', { class: 'row-actions' }, submit));
  made.addEventListener('submit', async (submitted) => {
    submitted.preventDefault();
    const values = Object.fromEntries(new FormData(made));
    const done = await busy(submit, said, () => api('/phone-log', { method: 'POST', body: { ...values, at: ofWall(values.at), event: values.event || null, follow_by: ofWall(values.follow_by) } }));
    if (!done) return;
    say('已记录');
    ['unit', 'person', 'number', 'said', 'follow_by'].forEach((name) => { made.elements[name].value = ''; });
    await redraw();
  });
  return made;
}

function line(call, redraw) {
  const tell = (path, title, words, act, tone) => ask({
    title, act, tone, fields: field(words, el('textarea', { name: 'said', rows: 2 })), work: ({ said }) => api(`/phone-log/${call.id}/${path}`, { method: 'POST', body: { said } }),
  }).then((done) => done && redraw());
  const isOpen = call.follow_by && !call.followed && !call.struck;
  const late = isOpen && Date.parse(call.follow_by) < now();
  const todo = call.followed ? el('span', {}, badge('done', '已办'), ` ${call.followed.said}`) : dueWords(call.follow_by, late);
  const acts = call.struck ? el('span', { class: 'quiet', text: `作废：${call.struck.said}（${call.struck.who}）` })
    : el('span', { class: 'row-actions' }, isOpen ? el('button', { type: 'button', class: 'small-button', text: '办理', onclick: () => tell('follow', '办理情况', '办理结果', '已办理') }) : null,
      el('button', { type: 'button', class: 'small-button', text: '作废', onclick: () => tell('strike', '作废此记录', '原因（记录保留，只标作废）', '作废', 'danger') }));
  return {
    class: call.struck ? 'struck' : null,
    cells: [shortTime(call.at), call.direction === 'in' ? '呼入' : '呼出', [call.unit, call.person, call.number].filter(Boolean).join(' '), call.said,
      call.event ? el('a', { href: `/#event=${encodeURIComponent(call.event)}`, text: call.event.slice(0, 8) }) : null, todo, `${call.desk_name} ${call.made_by}`, acts],
  };
}
