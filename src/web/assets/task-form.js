// The report: what was seen, why it burnt, a note, photos. Kept as a draft with every change.
import { el } from './task-dom.js';
import { W } from './task-words.js';
import { openSheet, closeSheet } from './task-sheet.js';
import { answer } from './task-answer.js';
import { photoField } from './task-form-photos.js';
import { lastPlace } from './task-place.js';

const db = self.TaskDb;
const NEEDS_CAUSE = ['burning', 'out_with_traces'];
const PLACE_AGE_MS = 120000;

export function openForm(record, onDone) {
  const draft = Object.assign({ finding: null, cause: null, note: '', open: true }, record.draft, { open: true });
  const words = record.state.words || {};
  const trouble = el('p', { class: 'trouble', role: 'alert' });
  const saved = el('p', { class: 'soft', role: 'status' });
  const causeTitle = el('legend', {}, W.cause);
  let timer = 0;
  let isOver = false;

  async function keepDraft() {
    clearTimeout(timer);
    if (isOver) return;
    record.draft = draft;
    try {
      await db.patch('tasks', record.token, { draft });
      saved.textContent = record.unsaved ? '' : W.draftSaved;
      if (record.unsaved) trouble.textContent = W.draftFull;
    } catch (error) {
      saved.textContent = '';
      trouble.textContent = W.draftFull;
    }
  }
  const soon = () => {
    clearTimeout(timer);
    timer = setTimeout(keepDraft, 300);
  };
  const showCauseTitle = () => {
    causeTitle.textContent = draft.finding && !NEEDS_CAUSE.includes(draft.finding) ? W.causeOptional : W.cause;
    danger.hidden = draft.finding !== 'burning';
  };
  const change = (name, value) => {
    draft[name] = value;
    trouble.textContent = '';
    showCauseTitle();
    soon();
  };

  const danger = el('p', { class: 'warn' }, W.danger);
  const findings = words.finding ? words.finding.map((f) => [f.code, f.name]) : W.findings;
  const note = el('textarea', { id: 'report-note', rows: '3', maxlength: '1000', oninput: () => change('note', note.value) });
  note.value = draft.note;
  const photos = photoField(record, (text) => { trouble.textContent = text; });
  showCauseTitle();

  const content = [
    el('fieldset', { class: 'choices' }, el('legend', {}, W.finding),
      findings.map(([code, name]) => choice('finding', code, name, W.findingHints[code], draft.finding, (v) => change('finding', v)))),
    danger,
    el('fieldset', { class: 'chips' }, causeTitle,
      (words.cause || []).map((c) => choice('cause', c.code, c.name, '', draft.cause, (v) => change('cause', v)))),
    photos.node,
    el('div', { class: 'field' }, el('label', { for: 'report-note' }, W.reportNote), note),
  ];
  const submit = el('button', { type: 'button', class: 'primary', id: 'submit-report', onclick: send }, W.submit);
  const leave = () => { if (document.visibilityState === 'hidden') keepDraft(); };
  document.addEventListener('visibilitychange', leave);
  openSheet(W.formTitle, content, [trouble, saved, submit], () => {
    document.removeEventListener('visibilitychange', leave);
    photos.close();
    if (!isOver) draft.open = false;
    keepDraft().then(onDone);
  });
  keepDraft();

  async function send() {
    trouble.textContent = '';
    if (!draft.finding) return complain(W.missingFinding, 'finding');
    if (NEEDS_CAUSE.includes(draft.finding) && !draft.cause) return complain(W.missingCause, 'cause');
    submit.disabled = true;
    submit.textContent = W.saving;
    await photos.settled();
    const ids = photos.ids();
    const place = placeOfPhone();
    const body = { finding: draft.finding, cause: draft.cause, note: draft.note.trim(), photos: ids };
    if (place) body.place = place;
    isOver = true;
    clearTimeout(timer);
    record.draft = null;
    const isSaved = await answer(record, 'report', body, ids);
    closeSheet();
    return onDone(isSaved);
  }

  function complain(text, name) {
    trouble.textContent = text;
    const first = document.querySelector(`.sheet input[name="${name}"]`);
    first.focus({ preventScroll: true });
    first.closest('fieldset').scrollIntoView({ block: 'start' });
  }
}

function placeOfPhone() {
  const place = lastPlace();
  if (!place || Date.now() - place.at > PLACE_AGE_MS) return null;
  return { lon: place.lon, lat: place.lat, accuracy_m: place.accuracy_m };
}

// A radio button; pressing the chosen one again takes the choice back.
function choice(name, code, text, hint, chosen, onChoose) {
  const input = el('input', { type: 'radio', name, value: code, checked: chosen === code });
  let was = chosen === code;
  input.addEventListener('click', () => {
    if (was && name === 'cause') input.checked = false;
    was = input.checked;
    onChoose(input.checked ? code : null);
  });
  input.addEventListener('blur', () => { was = input.checked; });
  return el('label', { class: 'choice' }, input, el('span', { class: 'choice-text' }, text, hint ? el('small', {}, hint) : null));
}

export function openReturn(record, onDone) {
  let reason = null;
  const trouble = el('p', { class: 'trouble', role: 'alert' });
  const note = el('textarea', { id: 'return-note', rows: '3', maxlength: '500' });
  const submit = el('button', { type: 'button', class: 'primary', id: 'submit-return', onclick: send }, W.returnSubmit);
  openSheet(W.returnTitle, [
    el('fieldset', { class: 'choices' }, el('legend', {}, W.returnWhy),
      W.returnReasons.map(([code, name]) => choice('reason', code, name, '', null, (v) => { reason = v; }))),
    el('div', { class: 'field' }, el('label', { for: 'return-note' }, W.returnNote), note),
  ], [trouble, submit], () => onDone());

  async function send() {
    const text = note.value.trim();
    if (!reason) trouble.textContent = W.missingReason;
    else if (reason === 'other' && !text) trouble.textContent = W.missingReturnNote;
    else {
      submit.disabled = true;
      const isSaved = await answer(record, 'return', { reason, note: text });
      closeSheet();
      onDone(isSaved);
    }
  }
}
