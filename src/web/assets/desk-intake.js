// 录入: what people told the desk of a fire: who, when, where as well as they know, and what. It is fused with what satellites and cameras see.

import { api, el, now, number, say, shortTime, uuid } from './common.js';
import { ask, badge, busy, choice, eventField, field, ofWall, table, wall, when } from './desk-parts.js';
import { placePicker } from './desk-place.js';

const VIA = [['hotline', '群众来电'], ['patrol', '巡查发现'], ['neighbour', '邻市通报']];
const WHO = { hotline: ['12345热线', '12369热线', '119', '110', '群众直拨'], patrol: ['县级巡查组', '乡镇巡查组', '网格员'] };
const MOST_PICTURE = 5 << 20;

export async function show(root, { me }) {
  const [known, counties] = await Promise.all([api('/calls/places'), api('/collections/counties/items')]);
  const waiting = el('section', { class: 'card' });
  const redraw = async () => drawWaiting(waiting, (await api('/calls/unplaced')).waiting, { me, known, counties, redraw });
  root.append(form({ me, known, counties, redraw, about: await eventField('就是这个事件（知道时选）') }), waiting);
  await redraw();
}

function form({ me, known, counties, redraw, about }) {
  const id = { value: uuid() };
  const names = el('datalist', { id: 'who-names' });
  const via = choice('via', VIA, 'hotline');
  const who = el('input', { name: 'who', list: 'who-names', value: WHO.hotline[0], required: true });
  const offer = () => {
    const all = WHO[via.value] || known.neighbours;
    names.replaceChildren(...all.map((name) => el('option', { value: name })));
    who.value = all[0] || '';
  };
  via.addEventListener('change', offer);
  const picker = placePicker({ me, known, counties });
  const file = el('input', { type: 'file', accept: 'image/jpeg,image/png,image/webp' });
  const said = el('div', { role: 'status' });
  const submit = el('button', { type: 'submit', class: 'primary', text: '录入' });
  const made = el('form', { class: 'card intake', novalidate: true }, el('h2', { text: '录入火情线索' }), el('div', { class: 'intake-parts' },
    el('div', { class: 'form-grid' }, field('来源', via), field('渠道/单位', who), names, field('看到的时间（北京时间）', when('at', now())), field('看到', choice('kind', [['smoke', '烟'], ['flame', '火焰']])),
      field('反映人', el('input', { name: 'person' })), field('电话', el('input', { name: 'number', inputmode: 'tel' })), field('反映内容', el('textarea', { name: 'said', rows: 3 }), { wide: true }),
      field('地点描述', el('input', { name: 'place', placeholder: '村、组、路口、参照物' }), { wide: true }), ...about, field('照片（可不传）', file)),
    picker.node), said, el('div', { class: 'row-actions' }, submit, el('span', { class: 'quiet small', text: '说不清位置也可录入：先列入“待定位”，核实后再定位。' })));
  offer();
  made.addEventListener('submit', async (event) => {
    event.preventDefault();
    const values = Object.fromEntries(new FormData(made));
    const { via: kind, who: unit, at, person, number: phone, said: words, place } = values;
    // a second click on the form that was just taken saves nothing, and leaves the words on the first one where they are
    if (!words.trim() && !place.trim() && !values.event && picker.value().lon === null) {
      if (said.querySelector('.done-words')) say('表单是空的，没有重复录入');
      else said.replaceChildren(el('p', { class: 'problem', role: 'alert', text: '内容是空的：请填写反映内容或地点描述，或在地图上选位置，或选择事件' }));
      return;
    }
    const done = await busy(submit, said, async () => api('/calls', {
      method: 'POST',
      body: { id: id.value, via: kind, who: unit, at: ofWall(at), kind: values.kind, person, number: phone, said: words, place, event: values.event || null, picture: await picture(file), ...picker.value() },
    }));
    if (!done) return;
    said.replaceChildren(el('p', { class: 'done-words' }, badge(done.kept ? 'done' : 'todo', done.kept ? '已成事件' : done.placed ? '已留存' : '待定位'), ` ${done.said} `,
      done.event ? el('a', { href: `/#event=${encodeURIComponent(done.event)}`, text: `事件 ${done.event.slice(0, 8)}` }) : null));
    say('已录入');
    // another call from here on
    id.value = uuid();
    ['person', 'number', 'said', 'place', 'event'].forEach((name) => { made.elements[name].value = ''; });
    file.value = '';
    picker.clear();
    made.elements.at.value = wall(now());
    await redraw();
  });
  return made;
}

async function picture(file) {
  const chosen = file.files[0];
  if (!chosen) return null;
  if (chosen.size > MOST_PICTURE) throw Object.assign(new Error('照片过大'), { detail: '照片过大，最多 5 MB' });
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.addEventListener('load', () => resolve(reader.result));
    reader.addEventListener('error', () => reject(new Error('照片读不出来')));
    reader.readAsDataURL(chosen);
  });
}

function drawWaiting(card, list, { me, known, counties, redraw }) {
  const settle = (one) => {
    const picker = placePicker({ me, known, counties });
    return ask({
      title: '定位', words: one.call ? `${one.call.unit} ${one.call.person} ${one.call.number}：${one.call.said}` : `${one.who || ''}`, act: '确定位置', fields: picker.node,
      work: async () => {
        const place = picker.value();
        if (place.lon === null) throw Object.assign(new Error('请选位置'), { detail: '请在地图上点选，或填写经纬度' });
        return api(`/calls/${one.sighting}/place`, { method: 'POST', body: place });
      },
    }).then((done) => { if (done) { say(done.said); redraw(); } });
  };
  const drop = (one) => ask({
    title: '无需定位', act: '记录并移出', words: '如：核实后不是火情，或重复来电。', fields: field('核实情况', el('textarea', { name: 'said', rows: 2 })),
    work: ({ said }) => api(`/phone-log/${one.call.id}/follow`, { method: 'POST', body: { said: said || '已核实' } }),
  }).then((done) => done && redraw());
  const rows = list.map((one) => [shortTime(one.time), one.who, one.call ? one.call.said : `方位 ${number(one.azimuth_deg, 0)}°`, one.call ? [one.call.person, one.call.number].filter(Boolean).join(' ') : null,
    el('span', { class: 'row-actions' }, one.image ? el('a', { class: 'button small-button', href: `/sightings/${one.sighting}/image`, target: '_blank', rel: 'noopener', text: '图片' }) : null,
      el('button', { type: 'button', class: 'small-button', text: '定位', onclick: () => settle(one) }), one.call ? el('button', { type: 'button', class: 'small-button', text: '无需定位', onclick: () => drop(one) }) : null)]);
  card.replaceChildren(el('h2', { text: `待定位 ${list.length}` }), rows.length ? table(['时间', '来源', '内容', '联系', ''], rows, { label: '待定位' }) : el('p', { class: 'empty', text: '没有待定位的线索' }));
}
