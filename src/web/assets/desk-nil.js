// 零报告: what each county reports at its hour. The sentence is the program's; the desk confirms it, and it is frozen then.

import { api, el, fullTime, percent, say, shortTime } from './common.js';
import { ask, badge, field, table } from './desk-parts.js';

const TONE = { waiting: 'todo', confirmed: 'done', confirmed_late: 'halt', missing: 'late' };
const KIND = { nil: 'done', fires: 'late', unobserved: 'halt' };

export async function show(root) {
  const page = await api('/nil-reports');
  if (!page.configured) {
    root.append(el('p', { class: 'empty', text: '本站没有设定零报告时间（site.toml 的 desk.nil_report.at）。' }));
    return;
  }
  const rows = page.reports.map((report) => row(report));
  root.append(el('section', { class: 'card' }, el('h2', {}, '零报告 ', page.missing ? badge('late', `逾期未报 ${page.missing}`) : null),
    el('p', { class: 'quiet', text: `下次 ${page.next ? fullTime(page.next) : '—'}；超过 ${page.grace_min} 分钟未确认为逾期。没有看到的不算“无火”：观测不足时报“未有效观测”。` }),
    rows.length ? table(['县区', '时段', '内容', '状态'], rows, { label: '零报告' }) : el('p', { class: 'empty', text: '还没有到报告时间' })));
}

function row(report) {
  const said = report.confirmed?.said || report.said;
  const state = el('span', {}, badge(TONE[report.state], report.state_name), report.confirmed ? el('span', { class: 'quiet small', text: ` ${report.confirmed.by} ${shortTime(report.confirmed.at)}` }) : null);
  const kind = said ? badge(KIND[said.kind], { nil: '零报告', fires: '有疑似火点', unobserved: '未有效观测' }[said.kind]) : null;
  const remark = report.confirmed?.remark ? el('span', { class: 'quiet', text: `（${report.confirmed.remark}）` }) : null;
  return {
    class: report.state === 'missing' ? 'late' : null,
    cells: [report.county, `${shortTime(report.from)} – ${shortTime(report.due)}`, el('span', {}, kind, ' ', said?.sentence || '—', remark),
      el('span', { class: 'row-actions' }, state, report.confirmed ? hash(report.confirmed) : el('button', { type: 'button', class: 'small-button', text: '确认', 'aria-label': `确认 ${report.county} ${shortTime(report.due)} 的报告`, onclick: () => confirm(report) }))],
  };
}

function hash(confirmed) {
  return el('span', { class: confirmed.intact ? 'mono quiet' : 'mono bad-text', title: `SHA-256 ${confirmed.sha256}`, text: `${confirmed.intact ? '' : '被改动 '}${confirmed.sha256.slice(0, 8)}` });
}

function confirm(report) {
  return ask({
    title: `${report.county} ${fullTime(report.from)} 至 ${fullTime(report.due)}`, act: '确认上报', words: `有效观测${typeof report.said?.observed === 'number' ? ` ${percent(report.said.observed)}` : '未知'}。确认后不能再改。`,
    fields: [el('p', {}, el('strong', { text: report.said?.sentence || '' })), field('补充说明（可不填）', el('textarea', { name: 'remark', rows: 2 }))],
    work: ({ remark }) => api(`/nil-reports/${report.id}/confirm`, { method: 'POST', body: { sentence: report.said?.sentence || '', remark: remark || '' } }),
  }).then((done) => {
    if (!done) return;
    say('已确认上报');
    dispatchEvent(new HashChangeEvent('hashchange'));
  });
}
