// 巡查: where people go today and why; the plan that is fixed for the day, and against it the tracks of those who went.

import { api, beijing, el, fullTime, now, number, percent, say, shortTime } from './common.js';
import { badge, busy, choice, field, table } from './desk-parts.js';
import { makeMap } from './map-draw.js';

const L = window.L;
/** Cells whose numbers stand on the map at once; the others have them when pointed at. */
const NUMBERED = 20;
const ENDINGS = [['xlsx', 'Excel'], ['html', '打印图（A4）'], ['geojson', 'GeoJSON']];

export async function show(root, { me, rest, signal }) {
  if (rest[0] && rest[0] !== 'plan') return fixed(root, rest[0], me, signal);
  const list = await api('/patrols');
  const [, date, county, top] = rest;
  const asked = { date: date || beijing(now()).date, county: county || list.areas[0]?.code || '', top: top || '50' };
  if (list.areas.length) root.append(await draft(me, list, asked, signal));
  root.append(plans(list));
}

function plans(list) {
  const rows = list.plans.map((plan) => [plan.date, plan.area_name, el('a', { href: `#patrol/${encodeURIComponent(plan.id)}`, text: '计划和轨迹' }), `${plan.cells} 格`, fullTime(plan.fixed), plan.fixed_by]);
  return el('section', { class: 'card' }, el('h2', { text: '已固定的计划' }),
    rows.length ? table(['日期', '地区', '', '网格', '固定时间', '固定人'], rows, { label: '已固定的计划' }) : el('p', { class: 'empty', text: '还没有固定的计划' }));
}

/** The plan as it would be now, with a form that asks for another one. */
async function draft(me, list, asked, signal) {
  const query = new URLSearchParams({ date: asked.date, county: asked.county, top: asked.top });
  const form = el('form', { class: 'form-grid', onsubmit: (event) => {
    event.preventDefault();
    const said = Object.fromEntries(new FormData(form));
    location.hash = `#patrol/plan/${said.date}/${said.county || asked.county}/${said.top}`;
  } },
  field('日期', el('input', { type: 'date', name: 'date', value: asked.date, required: true })),
  list.areas.length > 1 ? field('地区', choice('county', list.areas.map((area) => [area.code, area.name]), asked.county)) : null,
  field('网格数', el('input', { type: 'number', name: 'top', min: '1', max: '500', value: asked.top, required: true })),
  el('div', { class: 'row-actions' }, el('button', { type: 'submit', text: '排序' })));
  const card = el('section', { class: 'card' }, el('h2', { text: '当日计划' }), form);
  let answer;
  try {
    answer = await api(`/patrols/plan?${query}`);
  } catch (problem) {
    card.append(el('p', { class: 'problem', role: 'alert', text: problem.message }));
    return card;
  }
  const { plan } = answer;
  const said = el('div', { role: 'status' });
  card.append(head(plan), said, el('div', { class: 'row-actions' },
    answer.fixed ? el('a', { class: 'button', href: `#patrol/${answer.fixed}`, text: '当日计划已固定，查看' }) : fixButton(me, plan, asked, said),
    ENDINGS.map(([kind, words]) => el('a', { class: 'button', href: `/patrols/plan?${query}&f=${kind}`, text: words }))));
  card.append(body({ plan, geojson: answer.geojson, me, signal }));
  return card;
}

function fixButton(me, plan, asked, said) {
  if (!me.may.includes('fix-patrols') || plan.rows.length === 0) return null;
  const button = el('button', { type: 'button', class: 'primary', text: '固定为当日计划', onclick: async () => {
    const made = await busy(button, said, () => api('/patrols', { method: 'POST', body: { date: plan.date, county: plan.area, top: Number(asked.top) } }));
    if (!made) return;
    say('计划已固定');
    location.hash = `#patrol/${encodeURIComponent(made.id)}`;
  } });
  return button;
}

function head(plan) {
  return el('div', { class: 'stack-tight' },
    plan.simulated ? el('p', { class: 'bad-text', text: '模拟数据，非真实火点 SIMULATED' }) : null,
    el('p', { text: summary(plan) }),
    el('p', { class: 'quiet small', text: `数据截止 ${fullTime(plan.as_of)}；当日焚烧季和民俗日：${plan.occasions.join('、') || '无'}。按规则排序，不含气象条件；所列为巡查地点，不表示已有火情，未列入的网格不表示没有火情。` }));
}

function summary(plan) {
  const more = (count, why) => (count ? `；另有 ${count} 格${why}` : '');
  const tied = more(plan.tied, '与末位同分，按编号未列入') + more(plan.alike, '只有全县一致的理由、不分先后，未列入');
  return `${plan.area_name} 共 ${plan.cells} 格，其中 ${plan.with_reason} 格有巡查理由，本计划列前 ${plan.rows.length} 格${tied}。`;
}

/** Map, table and rules of a plan; with what is done of it where it is fixed. */
function body({ plan, geojson, done, tracks, me, signal }) {
  if (plan.rows.length === 0) return el('p', { class: 'empty', text: '当日没有任何网格有巡查理由' });
  const visits = new Map((done?.visits || []).map((visit) => [visit.cell, visit]));
  const map = el('div', { class: 'patrol-map', role: 'application', 'aria-label': '巡查网格图' });
  const picked = { zoom: null };
  const rows = plan.rows.map((row) => ({
    class: visits.has(row.cell) ? 'visited' : null,
    cells: [el('button', { type: 'button', class: 'small-button', text: String(row.rank), 'aria-label': `在图上看第 ${row.rank} 格`, onclick: () => picked.zoom?.(row) }),
      el('span', {}, el('span', { class: 'mono', text: row.cell }), el('br'), el('span', { class: 'small quiet', text: `${row.dms[0]} ${row.dms[1]}` }), el('br'), el('span', { class: 'small quiet', text: `${row.place[0].toFixed(5)}, ${row.place[1].toFixed(5)}` })),
      `${row.county} ${row.township}`, number(row.score), reasons(row), row.post, ...(done ? [visited(visits.get(row.cell))] : [])],
  }));
  const heads = ['序号', '网格与位置', '县、乡镇', '得分', '理由', '责任岗位', ...(done ? ['巡查'] : [])];
  const rules = el('details', { class: 'rules' }, el('summary', { text: '计分规则和缺少的资料' }),
    el('dl', {}, plan.rules.flatMap((rule) => [el('dt', { text: rule.name }), el('dd', { text: rule.sentence })]), plan.absent.flatMap((sentence) => [el('dt', { text: '缺少' }), el('dd', { text: sentence })])));
  // the map needs its place on the page before it can be drawn
  setTimeout(() => { if (!signal.aborted) draw(map, { plan, geojson, visits, tracks: tracks || [], me, picked }).catch((problem) => say(problem.message, 'bad')); });
  return el('div', { class: 'stack patrol-parts' }, map, el('p', { class: 'small absent', text: plan.absent.length ? `缺少：${plan.absent.join('；')}。` : '' }),
    table(heads, rows, { label: '巡查网格' }), rules);
}

function reasons(row) {
  return el('ul', { class: 'plain-list reasons' }, row.reasons.map((reason) => el('li', {}, reason.words, ' ', el('span', { class: 'quiet small', text: `${number(reason.points)} 分` }))));
}

function visited(visit) {
  if (!visit) return badge('halt', '未到');
  return el('span', {}, badge('done', '已到'), ' ', el('span', { class: 'small', text: `${shortTime(visit.at)} ${visit.who}，${visit.metres} 米` }));
}

async function draw(box, { plan, geojson, visits, tracks, me, picked }) {
  const counties = await api('/collections/counties/items');
  const drawn = makeMap(box, me.site, { onPick: () => {} });
  drawn.drawCounties(counties);
  const renderer = L.svg({ pane: 'detail', padding: 0.5 });
  for (const track of tracks) {
    L.polyline(track.line.map(([lon, lat]) => [lat, lon]), { renderer, pane: 'detail', className: 'patrol-track', interactive: true })
      .bindTooltip(el('span', { text: `${track.who} ${number(track.km)} 公里` })).addTo(drawn.map);
  }
  const cells = L.featureGroup(geojson.features.map((feature) => {
    const { rank, cell, county } = feature.properties;
    const className = `patrol-cell${visits.has(cell) ? ' visited' : ''}`;
    const layer = L.geoJSON(feature, { pane: 'detail', style: { renderer, className } });
    const isNumbered = rank <= NUMBERED;
    return layer.bindTooltip(el('span', { text: isNumbered ? String(rank) : `${rank}　${county}` }), isNumbered ? { permanent: true, direction: 'center', className: 'cell-number', interactive: false } : {});
  })).addTo(drawn.map);
  const bounds = tracks.length ? cells.getBounds().extend(L.latLngBounds(tracks.flatMap((track) => track.line.map(([lon, lat]) => [lat, lon])))) : cells.getBounds();
  drawn.map.fitBounds(bounds, { padding: [24, 24], maxZoom: 12, animate: false });
  picked.zoom = (row) => {
    drawn.map.setView([row.place[1], row.place[0]], 13, { animate: false });
    box.scrollIntoView({ block: 'nearest' });
  };
}

/** A plan that was fixed: how far it is done, its tracks, a form for another one. */
async function fixed(root, id, me, signal) {
  const answer = await api(`/patrols/${encodeURIComponent(id)}`);
  const { plan, done, tracks } = answer;
  const title = `${plan.area_name} ${plan.date} 专项巡查计划`;
  const rows = tracks.map((track) => [track.who, `${shortTime(track.from)} – ${shortTime(track.to)}`, `${number(track.km)} 公里`, String(track.points),
    track.remarks.length ? el('ul', { class: 'plain-list bad-text' }, track.remarks.map((remark) => el('li', { text: remark }))) : '正常',
    el('span', {}, el('a', { href: `/patrols/${encodeURIComponent(id)}/tracks/${track.id}`, text: track.name }), el('br'), el('span', { class: 'mono small quiet', title: `SHA-256 ${track.sha256}`, text: track.sha256.slice(0, 12) }))]);
  root.append(el('p', {}, el('a', { href: '#patrol', text: '返回巡查' })),
    el('section', { class: 'card' }, el('h2', { text: title }), head(plan),
      el('p', { class: 'big', id: 'patrol-done', text: `已到 ${done.visits.length} / ${done.cells} 格（${percent(done.share)}），轨迹 ${done.tracks} 条，共 ${number(done.km)} 公里` }),
      el('p', { class: 'quiet small' }, `${answer.fixed.fixed_by} ${fullTime(answer.fixed.fixed)} 固定，`, el('span', { class: 'mono', title: `SHA-256 ${answer.fixed.sha256}`, text: `校验 ${answer.fixed.sha256.slice(0, 12)}` }), '。到达指轨迹至少一个点距网格中心 300 米以内。'),
      el('div', { class: 'row-actions' }, ENDINGS.map(([kind, words]) => el('a', { class: 'button', href: `/patrols/${encodeURIComponent(id)}.${kind}`, text: words }))),
      body({ plan, geojson: answer.geojson, done, tracks, me, signal })),
    el('section', { class: 'card' }, el('h2', { text: '巡查轨迹' }),
      rows.length ? table(['巡查人', '时段', '里程', '点数', '情况', '原文件'], rows, { label: '巡查轨迹' }) : el('p', { class: 'empty', text: '还没有轨迹' }),
      me.role === 'viewer' ? null : sender(id, me)));
}

function sender(id, me) {
  const file = el('input', { type: 'file', id: 'track-file', accept: '.gpx,.geojson,.json', required: true });
  const said = el('div', { role: 'status' });
  const send = el('button', { type: 'submit', class: 'primary', text: '上传轨迹' });
  const form = el('form', { class: 'form-grid', onsubmit: async (event) => {
    event.preventDefault();
    if (!file.files[0]) { said.replaceChildren(el('p', { class: 'problem', role: 'alert', text: '请选择文件' })); return; }
    const { who, datum } = Object.fromEntries(new FormData(form));
    const query = new URLSearchParams({ name: file.files[0].name, who, datum });
    const kept = await busy(send, said, () => api(`/patrols/${encodeURIComponent(id)}/tracks?${query}`, { method: 'POST', raw: file.files[0] }));
    if (!kept) return;
    say(`已收到：${number(kept.km)} 公里，${kept.points} 个点`);
    dispatchEvent(new HashChangeEvent('hashchange'));
  } },
  field('轨迹文件（GPX 或带时间的 GeoJSON）', file), field('巡查人或单位', el('input', { name: 'who', value: me.display || me.name, maxlength: '100' })),
  field('坐标系', choice('datum', [['wgs84', 'WGS84（GPS）'], ['gcj02', 'GCJ-02（高德、腾讯地图）']], 'wgs84')), el('div', { class: 'row-actions' }, send));
  return el('div', { class: 'block' }, el('h3', { text: '上传' }), form, said);
}
