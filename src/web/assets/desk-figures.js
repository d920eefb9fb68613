// 统计: figures of a time by county, township and day, with the rules that they are counted by under every table.

import { api, beijing, el, fullTime, now, svg } from './common.js';
import { choice, field, table } from './desk-parts.js';

const DAY_MS = 24 * 3600 * 1000;
const FINDINGS = { burning: '正在燃烧', out_with_traces: '已熄灭有痕迹', no_trace: '未发现痕迹', not_reached: '无法到达' };
const CAUSES = {
  straw: '秸秆', garbage: '垃圾', waste_grass: '荒草', grave: '祭祀', custom: '民俗', cooking_heating: '炊事取暖', film: '农膜',
  planned: '计划烧除', wildfire: '林草火', industry: '工业热源', solar: '光伏', misjudged: '误判', unknown: '不明',
};
const SOURCES = { satellite: '卫星', camera: '视频监控', drone: '无人机', platform: '其他平台', hotline: '群众来电', patrol: '巡查', neighbour: '邻市通报' };
const LEAST_OBSERVED = 0.1;

export async function show(root, { rest, signal }) {
  const { areas } = await api('/reports');
  const today = beijing(now()).date;
  const [from = beijing(now() - 6 * DAY_MS).date, to = today, area = ''] = rest;
  const form = el('form', { class: 'form-grid', onsubmit: (event) => {
    event.preventDefault();
    const asked = Object.fromEntries(new FormData(form));
    location.hash = `#figures/${asked.from}/${asked.to}/${asked.area || ''}`;
  } },
  field('自（北京时间）', el('input', { type: 'date', name: 'from', value: from, max: today, required: true })),
  field('至', el('input', { type: 'date', name: 'to', value: to, max: today, required: true })),
  areas.length > 1 ? field('地区', choice('area', areas.map((one) => [one.code, one.name]), area)) : null,
  el('div', { class: 'row-actions' }, el('button', { type: 'submit', class: 'primary', text: '统计' })));
  const body = el('div', { class: 'figures' });
  root.append(el('section', { class: 'card' }, el('h2', { text: '统计' }), form), body);
  const query = `from=${encodeURIComponent(from)}&to=${encodeURIComponent(to)}${area ? `&area=${encodeURIComponent(area)}` : ''}`;
  try {
    const figures = await api(`/figures?${query}`);
    if (!signal.aborted) body.replaceChildren(...parts(figures, query));
  } catch (problem) {
    body.replaceChildren(el('p', { class: 'problem', role: 'alert', text: problem.message }));
  }
}

function parts(figures, query) {
  const mark = figures.simulated ? '（模拟数据，非真实火点）' : '';
  const csv = (by) => el('a', { href: `/figures?${query}&by=${by}&f=csv`, text: '下载 CSV' });
  const rules = (...names) => el('details', { class: 'rules' }, el('summary', { text: '口径说明' }),
    el('dl', {}, figures.rules.filter((rule) => names.length === 0 || names.includes(rule.name)).flatMap((rule) => [el('dt', { text: rule.name }), el('dd', { text: rule.sentence })])));
  const card = (title, ...content) => el('section', { class: 'card' }, el('h2', { text: title }), ...content);
  const { total } = figures;
  const made = [
    card(`总体${mark}`, el('p', { class: 'big', text: total.sentence }), el('p', { class: 'quiet', text: `数据截至 ${fullTime(figures.cut_off)}；尚未注明核查结果的为尚未经现场核实。` }), firsts(figures)),
    card('分县（区）', chart('各县疑似火点处数', bars(figures.counties.map((row) => ({ name: row.county, row })))), placeTable(figures.counties.concat(figures.counties.length > 1 ? [total] : []), false), csv('county'), rules()),
    card('分乡镇', figures.townships.length ? placeTable(figures.townships, true) : el('p', { class: 'empty', text: '没有可分乡镇统计的疑似火点' }), csv('township'), rules('按首次发现时间计', '合并只计一次', '先于卫星发现', '核查结果')),
    card('逐日', chart('逐日疑似火点处数', columns(figures.days)), dayTable(figures.days), csv('day'), rules('按首次发现时间计', '火点像元', '有效观测')),
    card('办理时限', clocks(total.clocks), rules('办理时限')),
    card('核查与来源', el('div', { class: 'form-grid' }, counts('核查结果', total.findings, FINDINGS), counts('核查原因', total.causes, CAUSES), counts('首次发现', total.found_by, SOURCES)), rules('核查结果', '先于卫星发现')),
  ];
  if (figures.missing.length) {
    made.push(card(`应到未到的观测 ${figures.missing.length}`, table(['卫星', '应观测时间', '原因'], figures.missing.map((one) => [one.satellite, one.time_beijing, one.why]), { label: '应到未到的观测' })));
  }
  return made;
}

function firsts(figures) {
  const of = figures.events.filter((event) => event.first_of);
  return of.length ? el('ul', {}, of.map((event) => el('li', {}, `${event.first_of}：`, el('a', { href: `/#event=${event.id}`, text: `${event.county}${event.township}` }), ` ${event.first_seen_beijing}，${event.found_by}首次发现`))) : null;
}

const isSilent = (row) => row.events + row.pixels + row.excluded + row.continuing === 0 && !(row.observed >= LEAST_OBSERVED);
const count = (row, number) => (isSilent(row) ? '—' : String(number));
const share = (value) => (value === null || value === undefined ? '—' : `${(Math.floor(value * 1000 + 1e-6) / 10).toFixed(1)}%`);
const decimals = (value) => (value === null || value === undefined ? '—' : value.toFixed(2));
const listed = (counts, names) => Object.entries(counts).map(([code, number]) => `${names[code] || code} ${number}`).join('、') || '—';

function placeTable(rows, isTownship) {
  const heads = [isTownship ? '乡镇' : '县（市、区）', '疑似火点（处）', '持续', '排除', '火点像元', ...(isTownship ? [] : ['有效观测', '有观测小时', '像元/千公顷']), '已反馈', '已审核', '先于卫星', '核查原因', ...(isTownship ? [] : ['说明'])];
  const cells = (row) => [
    isTownship ? `${row.county} ${row.township || '（乡镇未定）'}` : row.county, count(row, row.events), count(row, row.continuing), count(row, row.excluded), count(row, row.pixels),
    ...(isTownship ? [] : [share(row.observed), `${row.hours_looked}/${row.hours}`, decimals(row.pixels_per_kha)]),
    row.verified, row.approved, row.before_satellite, listed(row.causes, CAUSES), ...(isTownship ? [] : [row.sentence])].map(String);
  return table(heads, rows.map(cells), { label: isTownship ? '分乡镇统计' : '分县统计' });
}

function dayTable(days) {
  return table(['日期', '疑似火点（处）', '排除', '火点像元', '有效观测', '有观测小时', '说明'],
    days.map((row) => [row.day, count(row, row.events), count(row, row.excluded), count(row, row.pixels), share(row.observed), `${row.hours_looked}/${row.hours}`, row.sentence]), { label: '逐日统计' });
}

function clocks(all) {
  return table(['环节', '时限', '办理次数', '中位数', '九成在内', '按时', '按时率', '逾期办理', '逾期未办'],
    all.map((one) => [one.name, minutes(one.limit_min), String(one.done), minutes(one.median_min), minutes(one.p90_min), String(one.in_time), share(one.in_time_share), String(one.late), String(one.waiting_late)]), { label: '办理时限' });
}

function minutes(value) {
  if (value === null || value === undefined) return '—';
  if (value < 120) return `${value.toFixed(0)} 分钟`;
  return value < 2880 ? `${(value / 60).toFixed(1)} 小时` : `${(value / 1440).toFixed(1)} 天`;
}

function counts(title, of, names) {
  const rows = Object.entries(names).filter(([code]) => of[code]).map(([code, words]) => [words, String(of[code])]);
  return el('div', {}, el('h3', { text: title }), rows.length ? table([title, '处'], rows, { label: title }) : el('p', { class: 'quiet', text: '没有' }));
}

/** A picture that is pushed aside on a phone, not made small. */
const chart = (label, picture) => el('div', { class: 'scroll-x', tabindex: '0', role: 'region', 'aria-label': label }, picture);

/** Events by place, from left to right; what was hardly seen is hatched. */
function bars(rows) {
  const [wide, line, left] = [640, 24, 150];
  const most = Math.max(1, ...rows.map(({ row }) => row.events));
  const said = rows.map(({ name, row }) => `${name} ${isSilent(row) ? '未有效观测' : `${row.events} 处`}`).join('，');
  return svg('svg', { class: 'chart', viewBox: `0 0 ${wide} ${rows.length * line + 4}`, role: 'img', 'aria-label': `各县疑似火点处数：${said}` }, hatch(),
    rows.flatMap(({ name, row }, at) => {
      const length = (wide - left - 90) * (row.events / most);
      const [top, middle] = [at * line + 4, at * line + 4 + line / 2];
      return [
        svg('text', { x: left - 8, y: middle, 'text-anchor': 'end', 'dominant-baseline': 'central', text: name }),
        isSilent(row) ? svg('rect', { class: 'unseen', x: left, y: top, width: wide - left - 90, height: line - 6 }) : svg('rect', { class: 'bar', x: left, y: top, width: Math.max(length, row.events ? 2 : 0), height: line - 6 }),
        svg('text', { x: isSilent(row) ? wide - 84 : left + length + 6, y: middle, 'dominant-baseline': 'central', text: isSilent(row) ? '未有效观测' : String(row.events) }),
      ];
    }));
}

/** Events by day, from the bottom up. */
function columns(days) {
  const [wide, tall, bottom] = [640, 150, 24];
  const most = Math.max(1, ...days.map((row) => row.events));
  const step = wide / Math.max(days.length, 1);
  const each = Math.ceil(days.length / 10);
  const said = days.map((row) => `${row.day} ${isSilent(row) ? '未有效观测' : `${row.events} 处`}`).join('，');
  return svg('svg', { class: 'chart', viewBox: `0 0 ${wide} ${tall}`, role: 'img', 'aria-label': `逐日疑似火点处数：${said}` }, hatch(),
    days.flatMap((row, at) => {
      const height = (tall - bottom - 18) * (row.events / most);
      const x = at * step + 1;
      return [
        isSilent(row) ? svg('rect', { class: 'unseen', x, y: 14, width: Math.max(step - 2, 1), height: tall - bottom - 14 }) : svg('rect', { class: 'bar', x, y: tall - bottom - height, width: Math.max(step - 2, 1), height }),
        row.events ? svg('text', { x: x + step / 2 - 1, y: tall - bottom - height - 4, 'text-anchor': 'middle', text: String(row.events) }) : null,
        at % each === 0 ? svg('text', { x: x + step / 2 - 1, y: tall - 8, 'text-anchor': 'middle', text: row.day.slice(5) }) : null,
      ];
    }));
}

function hatch() {
  return svg('defs', {}, svg('pattern', { id: 'hatch', width: 6, height: 6, patternUnits: 'userSpaceOnUse', patternTransform: 'rotate(45)' }, svg('line', { class: 'hatch', x1: 0, y1: 0, x2: 0, y2: 6 })));
}
