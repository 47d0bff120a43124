// Maps side by side with one cursor: the mouse, a finger or the arrow keys move it, and each map says its value there.

const SIDE = 28;
const STEPS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

function buildMap() {
  const figure = document.createElement('figure');
  figure.innerHTML = '<figcaption></figcaption><div class="map"><img><svg viewBox="0 0 28 28" aria-hidden="true">'
    + '<path class="outline"/><rect class="cursor" width="1" height="1"/></svg></div>'
    + '<div class="scale" aria-hidden="true"></div><p class="ends" aria-hidden="true"><span></span><span>0</span><span></span></p>';

  return figure;
}

function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

// Three digits of the largest value, so that a smaller one is as precise.
function decimals(limit) {
  return Math.min(12, Math.max(0, 2 - Math.floor(Math.log10(limit))));
}

function signed(value, limit) {
  const text = Math.abs(value).toFixed(decimals(limit));
  return Number(text) === 0 ? '0' : `${value > 0 ? '+' : '\u2212'}${text}`;
}

function inWords(value, limit, target) {
  const text = signed(value, limit);
  return text === '0' ? '0' : `${text} ${value > 0 ? 'for' : 'against'} ${target}`;
}

function setEnd(node, number, word) {
  if (node.textContent === number + word) return;
  const span = document.createElement('span');
  span.className = 'word';
  span.textContent = word;
  node.replaceChildren(number, span);
}

function fillMap(figure, map, { outline, colours }, place) {
  const find = (name) => figure.querySelector(name);
  const [low, zero, high] = find('.ends').children;
  const picture = find('img');
  setText(find('figcaption'), map.title);
  if (picture.src !== map.picture) picture.src = map.picture;
  picture.alt = map.alt;
  find('.outline').setAttribute('d', outline);
  figure.style.setProperty('--outline', colours.outline);
  const start = map.has_sign ? `${colours.against}, ` : '';
  find('.scale').style.background = `linear-gradient(to right, ${start}${colours.paper}, ${colours.speaks_for})`;
  setEnd(low, map.has_sign ? signed(-map.limit, map.limit) : '0', map.has_sign ? ' against' : '');
  zero.hidden = !map.has_sign;
  setEnd(high, signed(map.limit, map.limit), ' for');
  const cursor = find('.cursor');
  cursor.style.display = place === null ? 'none' : '';
  cursor.setAttribute('x', (place ?? 0) % SIDE);
  cursor.setAttribute('y', Math.floor((place ?? 0) / SIDE));
}

export default function ({ parentElement, data }) {
  const root = parentElement.querySelector('.maps');
  root.place ??= null;
  const fill = () => {
    while (root.children.length > data.maps.length + 1) root.lastChild.previousSibling.remove();
    if (!root.children.length) {
      const where = document.createElement('p');
      where.className = 'where';
      where.setAttribute('aria-live', 'polite');
      root.append(where);
    }
    while (root.children.length < data.maps.length + 1) root.insertBefore(buildMap(), root.lastChild);
    data.maps.forEach((map, at) => fillMap(root.children[at], map, data, root.place));
    const row = Math.floor(root.place / SIDE) + 1, column = (root.place % SIDE) + 1;
    const values = data.maps.map(({ values, limit }) => inWords(values[root.place], limit, data.target));
    setText(root.lastChild, root.place === null
      ? 'Point at a pixel, or use the arrow keys, to read its value.'
      : `Row ${row}, column ${column}: ${values.join('; with random weights ')}.`);
  };
  const pointAt = (event) => {
    const map = event.target.closest('.map');
    if (!map) return;
    const box = map.getBoundingClientRect();
    const [column, row] = [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height]
      .map((part) => Math.min(SIDE - 1, Math.max(0, Math.floor(part * SIDE))));
    root.place = row * SIDE + column;
    fill();
  };
  root.classList.toggle('stale', data.are_stale);
  root.setAttribute('aria-busy', data.are_stale);
  root.setAttribute('aria-label', 'Maps of the values of all pixels. The arrow keys move from pixel to pixel.');
  root.onpointermove = pointAt;
  root.onpointerdown = pointAt;
  root.onpointerleave = (event) => {
    if (event.pointerType === 'touch' || root.matches(':focus-visible')) return;
    root.place = null;
    fill();
  };
  root.onkeydown = (event) => {
    const step = STEPS[event.key];
    if (!step) return;
    event.preventDefault();
    const middle = (SIDE / 2) * SIDE + SIDE / 2, place = root.place ?? middle;
    const clamp = (at) => Math.min(SIDE - 1, Math.max(0, at));
    root.place = root.place === null ? middle
      : clamp(Math.floor(place / SIDE) + step[1]) * SIDE + clamp((place % SIDE) + step[0]);
    fill();
  };
  fill();
}
