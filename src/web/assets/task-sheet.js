// A full-screen sheet over the page. The phone's own back button closes it.
import { el } from './task-dom.js';
import { W } from './task-words.js';

let current = null;

export function openSheet(title, content, foot, onClose) {
  const heading = el('h2', { id: 'sheet-title', tabindex: '-1' }, title);
  const close = el('button', { type: 'button', class: 'quiet', onclick: () => closeSheet() }, W.back);
  const dialog = el('dialog', { class: 'sheet', 'aria-labelledby': 'sheet-title' },
    el('div', { class: 'sheet-head' }, close, heading),
    el('div', { class: 'sheet-body' }, content),
    el('div', { class: 'sheet-foot' }, foot));
  document.body.append(dialog);
  dialog.addEventListener('cancel', (event) => {
    event.preventDefault();
    closeSheet();
  });
  if (dialog.showModal) dialog.showModal();
  else dialog.setAttribute('open', '');
  heading.focus();
  if (!history.state || !history.state.sheet) history.pushState({ sheet: true }, '');
  current = { dialog, onClose };
  return dialog;
}

export function closeSheet() {
  if (!current) return;
  if (history.state && history.state.sheet) history.back();
  else drop();
}

function drop() {
  if (!current) return;
  const { dialog, onClose } = current;
  current = null;
  if (dialog.close) dialog.close();
  dialog.remove();
  if (onClose) onClose();
}

export const isSheetOpen = () => Boolean(current);

window.addEventListener('popstate', drop);
