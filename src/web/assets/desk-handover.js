// 交接班: what the shift hands over, filled in by the program; signed by who goes and by who comes; and the list of shifts below.

import { api, el, fullTime, say, shortTime } from './common.js';
import { askSignature, ask, badge, dueWords, field, table } from './desk-parts.js';
import { shiftsCard } from './desk-shifts.js';

const TONE = { offered: 'todo', signed: 'done', refused: 'late', lapsed: 'halt' };
const KIND = { new: '新增', gone: '消除', changed: '变化' };

export async function show(root, { rest }) {
  const list = await api('/handovers');
  if (rest[0]) root.append(await one(rest[0], list));
  else root.append(await draft(list));
  root.append(listed(list, rest[0]), await shiftsCard());
}

async function draft(list) {
  const [{ content }, { next }] = await Promise.all([api('/handovers/draft'), api('/handovers/next')]);
  const waiting = list.handovers.find((one) => one.desk === list.own && one.state === 'offered');
  const sign = () => askSignature({
    title: '交班签字', words: '签字后内容即固定，不能再改，只能追加说明。', act: '签字交班', remark: '交班说明（天气、重点关注、未尽事项）', needsCode: list.needs_code,
    work: (signature) => api('/handovers', { method: 'POST', body: signature }),
  }).then((done) => { if (done) { say('已签字，等待接班人签字'); location.hash = `#handover/${done.id}`; } });
  return el('section', { class: 'card' }, el('h2', { text: `${content.desk_name} · 本班交接内容` }),
    el('p', { class: 'quiet', text: `${fullTime(content.from)} 至现在，由系统自动填写` }),
    next.length ? el('p', { class: 'small', text: `按排班接班：${next.map((one) => `${one.person}（${one.account}，${shortTime(one.from)}）`).join('、')}` }) : null,
    waiting && waiting.given.by !== list.me ? el('p', { class: 'problem' }, el('strong', { text: '有一份交接班等您签字：' }), el('a', { href: `#handover/${waiting.id}`, text: `${waiting.given.display || waiting.given.by} ${shortTime(waiting.to)}` })) : null,
    body(content), el('div', { class: 'row-actions' }, el('button', { type: 'button', class: 'primary', text: '交班签字', onclick: sign })));
}

function body(content) {
  return [
    el('p', { class: 'sums' }, content.sums.map(([name, count]) => el('span', {}, `${name} `, el('strong', { text: String(count) })))),
    content.observed.length ? el('p', { class: 'small quiet', text: content.observed.join(' · ') }) : null,
    ...content.sections.filter((part) => part.items.length).map(section),
    nothing(content.sections.filter((part) => !part.items.length)),
  ];
}

/** What is empty is said in one line: that it was looked at counts. */
function nothing(parts) {
  return parts.length ? el('p', { class: 'quiet nothing', text: `以下各项为无：${parts.map((part) => part.title).join('、')}` }) : null;
}

function section(part) {
  const rows = part.items.map((item) => ({
    class: item.late ? 'late' : null,
    cells: [['cases', 'drills'].includes(part.code) ? el('a', { href: `/#event=${encodeURIComponent(item.key)}`, text: item.what }) : item.what, item.place, item.state, item.who, item.since ? shortTime(item.since) : null, dueWords(item.due, item.late)],
  }));
  const count = part.items.length + part.more;
  return el('section', { class: 'block' }, el('h3', {}, `${part.title} `, badge(part.items.some((item) => item.late) ? 'late' : 'todo', String(count))),
    table(['事项', '属地/来源', '状态', '承办', '起', '时限'], rows, { label: part.title }),
    part.more ? el('p', { class: 'quiet small', text: `另有 ${part.more} 项未列` }) : null);
}

function listed(list, chosen) {
  const rows = list.handovers.map((one) => ({
    class: one.id === chosen ? 'chosen' : null,
    cells: [el('a', { href: `#handover/${one.id}`, text: `${shortTime(one.from)} – ${shortTime(one.to)}` }), one.desk_name, one.given.display || one.given.by, one.taken ? one.taken.display || one.taken.by : null, badge(TONE[one.state], one.state_name)],
  }));
  return el('section', { class: 'card' }, el('h2', { text: '交接班记录' }),
    rows.length ? table(['班次', '值班席', '交班', '接班', '状态'], rows, { label: '交接班记录' }) : el('p', { class: 'empty', text: '还没有交接班记录' }));
}

async function one(id, list) {
  const full = await api(`/handovers/${encodeURIComponent(id)}`);
  const changes = full.taken?.changes || full.changes_so_far || [];
  const mine = full.given.by === list.me;
  const acts = full.state === 'offered' && !mine && full.desk === list.own;
  const signs = (path, words, act, remark, tone) => askSignature({
    title: act, words, act, tone, remark, needsCode: list.needs_code, work: (signature) => api(`/handovers/${id}/${path}`, { method: 'POST', body: signature }),
  }).then((done) => { if (done) { say(`已${path === 'sign' ? '签字接班' : '退回'}`); reopen(); } });
  const remarks = () => ask({
    title: '追加说明', words: '已签字的内容不能修改，说明会记录在后面。', act: '记录', fields: field('说明', el('textarea', { name: 'said', rows: 3 })),
    work: ({ said }) => api(`/handovers/${id}/remarks`, { method: 'POST', body: { said } }),
  }).then((done) => { if (done) reopen(); });
  return el('section', { class: 'card' }, el('h2', {}, `${full.desk_name} · ${shortTime(full.from)} – ${shortTime(full.to)} `, badge(TONE[full.state], full.state_name)),
    el('dl', { class: 'signatures' }, side('交班', full.given), side(full.state === 'refused' ? '退回' : '接班', full.taken)),
    acts ? el('div', { class: 'row-actions' },
      el('button', { type: 'button', class: 'primary', text: '接班签字', onclick: () => signs('sign', changes.length ? `交班签字以后有 ${changes.length} 处变化，已列在下面。` : '交班签字以后没有变化。', '接班签字', '接班说明（可不填）') }),
      el('button', { type: 'button', text: '退回', onclick: () => signs('refuse', '请说明原因；退回后由交班人重新交班。', '退回交接班', '退回原因', 'danger') })) : null,
    changes.length ? el('section', { class: 'block' }, el('h3', { text: `交班签字以后的变化 ${changes.length}` }),
      el('ul', { class: 'plain-list' }, changes.map((change) => el('li', {}, badge(change.kind === 'gone' ? 'done' : 'todo', KIND[change.kind]), ` ${change.section}：${change.what}（${change.said}）`)))) : null,
    body(full.content),
    full.remarks.length ? el('section', { class: 'block' }, el('h3', { text: '事后说明' }), el('ul', { class: 'plain-list' }, full.remarks.map((remark) => el('li', { text: `${fullTime(remark.at)} ${remark.who}：${remark.said}` })))) : null,
    el('div', { class: 'row-actions' }, el('button', { type: 'button', text: '追加说明', onclick: remarks }), el('a', { class: 'button', href: `/handovers/${id}.docx`, download: true, text: '下载 docx' }), el('a', { class: 'button', href: '#handover', text: '回到本班' })),
    el('p', { class: 'small quiet' }, full.intact ? '内容与签字时一致，SHA-256 ' : el('strong', { class: 'bad-text', text: '内容与签字时不一致！SHA-256 ' }), el('span', { class: 'mono', text: full.sha256 })));
}

function side(words, signed) {
  if (!signed) return el('div', {}, el('dt', { text: words }), el('dd', { class: 'quiet', text: '尚未签字' }));
  const list = signed.on_list === true ? '排班在岗' : signed.on_list === false ? '不在排班表中' : '无排班记录';
  return el('div', {}, el('dt', { text: words }), el('dd', {}, el('strong', { text: signed.display ? `${signed.display}（${signed.by}）` : signed.by }), ` ${fullTime(signed.at)} `, el('span', { class: signed.on_list === false ? 'bad-text' : 'quiet', text: list })),
    signed.remark ? el('dd', { text: signed.remark }) : null);
}

/** The same address again: the tab is read anew. */
function reopen() {
  dispatchEvent(new HashChangeEvent('hashchange'));
}
