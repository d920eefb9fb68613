// Building nodes without markup strings.
const SVG = 'http://www.w3.org/2000/svg';

function fill(node, attributes, children) {
  Object.keys(attributes || {}).forEach((name) => {
    const value = attributes[name];
    if (value === null || value === undefined || value === false) return;
    if (name.startsWith('on')) node.addEventListener(name.slice(2), value);
    else node.setAttribute(name, value === true ? '' : value);
  });
  children.forEach((child) => {
    if (child !== null && child !== undefined && child !== false) node.append(child);
  });
  return node;
}

export const el = (tag, attributes, ...children) => fill(document.createElement(tag), attributes, children.flat());
export const svg = (tag, attributes, ...children) => fill(document.createElementNS(SVG, tag), attributes, children.flat());

const drawn = new WeakMap();

// Draws a section again only when what it shows has changed: focus, selection and the screen reader stay where they are.
export function paint(node, shown, build) {
  const signature = JSON.stringify(shown);
  if (drawn.get(node) === signature) return;
  drawn.set(node, signature);
  const focused = node.contains(document.activeElement) ? document.activeElement.id : '';
  const built = [].concat(build()).filter(Boolean);
  replaceAll(node, built);
  node.hidden = built.length === 0;
  const again = focused && document.getElementById(focused);
  if (again) again.focus({ preventScroll: true });
}

// Element.replaceChildren is younger than the phones.
export function replaceAll(node, built) {
  while (node.firstChild) node.firstChild.remove();
  node.append(...built);
}
