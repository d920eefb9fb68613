// Choosing a post: those of the event's own place first, who is on duty beside the name.

import { api, el } from './common.js';
import { shortCounty } from './map-draw.js';

const MOST_SHOWN = 60;
const SURE = 3;

/** A search field and a list of posts to choose from; read() gives the code. */
export function postPicker(feature) {
  const box = el('div', { class: 'post-list', role: 'radiogroup', 'aria-label': '岗位' }, el('p', { class: 'quiet', text: '正在读取岗位' }));
  const search = el('input', { type: 'search', placeholder: '搜索岗位、乡镇、姓名', 'aria-label': '搜索岗位、乡镇、姓名', autocomplete: 'off' });
  const node = el('fieldset', { class: 'field' }, el('legend', { text: '岗位（必填）' }), search, box);
  let posts = [];
  let chosen = null;
  const show = () => {
    const wanted = search.value.trim();
    const found = posts.filter((post) => !wanted || words(post).includes(wanted));
    box.replaceChildren(...found.slice(0, MOST_SHOWN).map((post) => option(post, chosen === post.code, () => { chosen = post.code; })));
    if (found.length === 0) box.append(el('p', { class: 'quiet', text: posts.length ? '没有符合的岗位' : '尚未导入岗位与排班' }));
    if (found.length > MOST_SHOWN) box.append(el('p', { class: 'quiet small', text: `另有 ${found.length - MOST_SHOWN} 个岗位，请搜索` }));
  };
  search.addEventListener('input', show);
  // Enter in the search field chooses nothing and must not send the form.
  search.addEventListener('keydown', (event) => { if (event.key === 'Enter') event.preventDefault(); });
  api('/posts').then((answer) => {
    posts = answer.posts.map((post) => ({ ...post, near: nearness(post, feature) })).sort((a, b) => b.near - a.near);
    // Only the responsible post is chosen beforehand: a post of the same county is a guess that a hasty hand would send.
    if (posts[0]?.near >= SURE) chosen = posts[0].code;
    show();
  }).catch((problem) => box.replaceChildren(el('p', { class: 'bad-text', text: problem.message })));
  return { node, read: () => chosen };
}

const words = (post) => [post.code, post.name, post.county, post.township_name, post.on_duty?.name].filter(Boolean).join(' ');

function nearness(post, feature) {
  const event = feature.properties;
  const hint = (feature.candidates || []).findIndex((text) => post.township_name && text.includes(post.township_name));
  return (post.name === event.responsible || post.code === event.responsible ? 8 : 0) + (post.township_name && post.township_name === event.township ? 4 : 0)
    + (hint < 0 ? 0 : 1 / (1 + hint)) + (post.adcode === event.adcode ? 1 : 0);
}

function option(post, checked, onChosen) {
  const duty = post.on_duty ? `当班 ${post.on_duty.name} ${post.on_duty.phone || ''}` : '当前无人当班';
  return el('label', { class: 'post' },
    el('input', { type: 'radio', name: 'post', value: post.code, checked, onchange: onChosen }),
    el('span', { class: 'post-words' },
      el('span', { text: post.name }),
      el('span', { class: post.on_duty ? 'quiet small' : 'bad-text small', text: `${[shortCounty(post.county), post.township_name].filter(Boolean).join(' ')} · ${duty}` })));
}
