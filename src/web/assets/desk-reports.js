// 报表: reports of days, weeks and months. A report that is made stays as it is; what comes later is a correction, which says what moved.

import { api, beijing, el, fullTime, now, say, shortTime } from './common.js';
import { ask, badge, busy, choice, field, table } from './desk-parts.js';

const DAY_MS = 24 * 3600 * 1000;

export async function show(root, { me, rest }) {
  if (rest[0]) return one(root, rest[0], me);
  const page = await api('/reports');
  const may = me.may.includes('make-reports');
  const rows = page.reports.map((report) => ({
    class: report.is_last ? null : 'quiet',
    cells: [report.kind_name, report.area_name, span(report), el('a', { href: `#reports/${report.id}`, text: report.title }), fullTime(report.cut_off),
      report.revision > 1 ? badge('halt', report.is_last ? `第 ${report.revision} 版` : `第 ${report.revision} 版（已被取代）`) : badge(report.is_last ? 'done' : 'halt', report.is_last ? '有效' : '已被取代'), report.made_by, documents(report)],
  }));
  root.append(may ? maker(page) : null, el('section', { class: 'card' }, el('h2', { text: '报表' }),
    el('p', { class: 'quiet', text: '数字在制作时冻结，以后到达的观测和办理不改变它；有变动时作“更正”，列出变动的数字和原因。' }),
    rows.length ? table(['种类', '地区', '时段', '标题', '数据截止', '版次', '制作', '文件'], rows, { label: '报表' }) : el('p', { class: 'empty', text: '还没有报表' })));
  root.replaceChildren(...[...root.childNodes].filter((node) => node.nodeType === 1));
}

function span(report) {
  const [from, last] = [beijing(report.from), beijing(Date.parse(report.until) - 1000)];
  return from.date === last.date ? from.date : `${from.date} 至 ${last.date}`;
}

function documents(report) {
  return el('span', { class: 'row-actions' }, ['docx', 'xlsx'].map((ending) => el('a', { href: `/reports/${report.id}.${ending}`, text: ending, 'aria-label': `${report.title} ${span(report)} ${ending}` })));
}

function maker(page) {
  const said = el('div', { role: 'status' });
  const make = el('button', { type: 'submit', class: 'primary', text: '制作并冻结' });
  const form = el('form', { class: 'form-grid', onsubmit: async (event) => {
    event.preventDefault();
    const { kind, area, day } = Object.fromEntries(new FormData(form));
    const made = await busy(make, said, () => api('/reports', { method: 'POST', body: { kind, area: area || page.areas[0]?.code, day } }));
    if (made) location.hash = `#reports/${made.id}`;
  } },
  field('种类', choice('kind', page.kinds.map((kind) => [kind.code, kind.name]), 'daily')),
  page.areas.length > 1 ? field('地区', choice('area', page.areas.map((area) => [area.code, area.name]), page.areas[0].code)) : null,
  field('时段内的任一天', el('input', { type: 'date', name: 'day', value: beijing(now() - DAY_MS).date, max: beijing(now()).date, required: true })),
  el('div', { class: 'row-actions' }, make));
  return el('section', { class: 'card' }, el('h2', { text: '制作' }), form, said);
}

async function one(root, id, me) {
  const report = await api(`/reports/${encodeURIComponent(id)}`);
  const { content } = report;
  const card = (title, ...parts) => el('section', { class: 'card' }, el('h2', { text: title }), ...parts);
  const counties = content.counties.concat([content.total]).map((row) => [row.name, row.events_text, row.pixels_text, row.observed_text, row.before_events_text, row.change_text, row.excluded_text, String(row.verified), String(row.approved)]);
  const parts = [
    el('p', {}, el('a', { href: '#reports', text: '返回报表' })),
    card(`${report.title}　${content.period.text}`, content.summary.map((sentence) => el('p', { text: sentence })), el('p', { class: 'quiet', text: content.caution }),
      el('p', { class: 'quiet small' }, `${content.issue}，数据截止 ${content.cut_off}，${report.made_by} ${shortTime(report.made)} 制作，口径 ${content.rule}，`,
        el('span', { class: report.intact ? 'mono' : 'mono bad-text', title: `SHA-256 ${report.sha256}`, text: `${report.intact ? '校验' : '被改动'} ${report.sha256.slice(0, 12)}` })),
      el('div', { class: 'row-actions' }, el('a', { class: 'button', href: `/reports/${report.id}.docx`, text: '下载 Word' }), el('a', { class: 'button', href: `/reports/${report.id}.xlsx`, text: '下载 Excel' }),
        me.may.includes('make-reports') ? el('button', { type: 'button', text: '更正…', onclick: () => correct(report) }) : null)),
  ];
  if (content.corrections.length) {
    parts.push(card(`更正 ${content.corrections.length} 项`, el('p', {}, '所更正的报告：', el('a', { href: `#reports/${content.corrects}`, text: content.corrects })),
      table(['地区', '项目', '原为', '现为', '原因'], content.corrections.map((row) => [row.place, row.figure, row.was, row.is, row.why]), { label: '变动的数字' })));
  }
  parts.push(card('分县（区）', table(['县（市、区）', '疑似火点', '火点像元', '有效观测', '上期', '较上期', '排除', '已反馈', '已审核'], counties, { label: '分县统计' })));
  parts.push(card('往期比较', table(['时段', '起止', '疑似火点', '火点像元', '有效观测', '本期较其变化'], content.comparisons.map((row) => [row.name, row.period, row.events_text, row.pixels_text, row.observed_text, row.change_text]), { label: '往期比较' })));
  parts.push(el('details', { class: 'card rules' }, el('summary', { text: '口径说明' }), el('dl', {}, content.rules.flatMap((rule) => [el('dt', { text: rule.name }), el('dd', { text: rule.sentence })]))));
  root.append(...parts);
}

function correct(report) {
  return ask({
    title: `更正 ${report.title}`, act: '更正', words: '按现在所知重新统计。原报告保留不变，新的一版列出变动的数字和原因；没有变动时不制作。', fields: [],
    work: () => api(`/reports/${report.id}/correction`, { method: 'POST', body: {} }),
  }).then((made) => {
    if (!made) return;
    say('已更正');
    location.hash = `#reports/${made.id}`;
  });
}
