// The activations of a model, left to right. A block shows its last layer until it is unfolded.

const HEIGHT = 212, GAP = 3; // px that the maps of one layer may fill, and px between two
const unfolded = new Set();
let panel = null;

const element = (tag, name = '', text = '') => Object.assign(document.createElement(tag), { className: name, textContent: text });
const written = (number) => {
  const size = Math.abs(number);
  return number.toFixed(size >= 100 ? 0 : size >= 10 ? 1 : 2).replace('-', '\u2212');
};
const spoken = (shape) => `(${shape.join(', ')})`;

function bytes(text) {
  return Int8Array.from(atob(text), (letter) => letter.charCodeAt(0));
}

function colour(hex) {
  return [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16));
}

// 256 colours as pixels of a canvas: from the lowest (at 1) over zero (at 128) to the highest (at 255).
function ramp([low, zero, high]) {
  return Uint32Array.from({ length: 256 }, (_, at) => {
    const share = Math.min(1, Math.abs(at - 128) / 127), end = at < 128 ? low : high;
    const [r, g, b] = zero.map((from, which) => Math.round(from + (end[which] - from) * share));
    return (255 << 24 | b << 16 | g << 8 | r) >>> 0;
  });
}

// Where the maps of a layer lie: `zoom` px a unit, `columns` maps in a row.
function layout({ kind, shape }) {
  if (kind === 'units') {
    const root = Math.sqrt(shape[0]), wide = Math.ceil(Number.isInteger(root) ? root : Math.sqrt(shape[0] / 2)), zoom = Math.max(2, Math.min(8, Math.floor(HEIGHT / Math.ceil(shape[0] / wide))));
    return { count: 1, high: Math.ceil(shape[0] / wide), wide, zoom, columns: 1, units: shape[0] };
  }
  const [count, high, wide] = shape;
  let zoom = kind === 'picture' ? 4 : high > 8 ? (count > 24 ? 2 : 4) : high > 4 ? 4 : 6;
  while (zoom > 2 && Math.ceil(count / Math.max(1, Math.floor(HEIGHT / (high * zoom + GAP)))) > 8) zoom -= 1;
  const most = Math.max(1, Math.floor((HEIGHT + GAP) / (high * zoom + GAP)));
  // As square as the height allows, and without a gap in the last row where that is possible.
  const cost = (columns) => Math.abs(columns - Math.sqrt(count)) + (count % columns ? 3 : 0);
  const fitting = Array.from({ length: count }, (_, at) => at + 1).filter((columns) => Math.ceil(count / columns) <= most);
  const columns = fitting.reduce((best, each) => (cost(each) < cost(best) ? each : best));
  return { count, high, wide, zoom, columns, units: count * high * wide };
}

function place(plan, number) {
  const area = plan.high * plan.wide, map = Math.floor(number / area), unit = number % area;
  const left = (map % plan.columns) * (plan.wide * plan.zoom + GAP), top = Math.floor(map / plan.columns) * (plan.high * plan.zoom + GAP);
  return { left, top, x: left + (unit % plan.wide) * plan.zoom, y: top + Math.floor(unit / plan.wide) * plan.zoom };
}

function numberAt(plan, x, y) {
  const [wide, high] = [plan.wide * plan.zoom + GAP, plan.high * plan.zoom + GAP];
  const column = Math.min(plan.columns - 1, Math.floor(x / wide)), row = Math.floor(y / high);
  const [across, down] = [x - column * wide, y - row * high].map((at, which) => Math.floor(at / plan.zoom));
  if (across < 0 || down < 0) return null;
  const map = row * plan.columns + column;
  const number = map * plan.high * plan.wide + Math.min(down, plan.high - 1) * plan.wide + Math.min(across, plan.wide - 1);
  return map < plan.count && number < plan.units ? number : null;
}

function unitOf(part, number) {
  if (part.shape.length === 1) return [number];
  const [, high, wide] = part.shape;
  return [Math.floor(number / (high * wide)), Math.floor(number / wide) % high, number % wide];
}

function numberOf(part, unit) {
  return part.shape.length === 1 ? unit[0] : (unit[0] * part.shape[1] + unit[1]) * part.shape[2] + unit[2];
}

function paint(node, part, colours) {
  const { canvas, plan } = node;
  const [wide, high] = [canvas.width, canvas.height], values = bytes(part.values);
  node.values = values;
  const image = new ImageData(wide, high), pixels = new Uint32Array(image.data.buffer);
  const table = part.kind === 'picture' ? panel.grey : colours;
  for (let number = 0; number < plan.units; number++) {
    const { x, y } = place(plan, number), shade = table[values[number] + 128];
    for (let row = y; row < y + plan.zoom; row++) pixels.fill(shade, row * wide + x, row * wide + x + plan.zoom);
  }
  canvas.getContext('2d').putImageData(image, 0, 0);
}

function says(part, node, number) {
  const [channel, row, column] = unitOf(part, number);
  const where = part.shape.length === 1 ? `unit ${channel}` : `${part.shape[0] > 1 ? `channel ${channel}, ` : ''}row ${row}, column ${column}`;
  return `${part.name}, ${where}: about ${written(node.values[number] / 127 * part.scale)}`;
}

function buildBars(part, node) {
  node.bars = element('div', 'bars');
  for (let digit = 0; digit < part.shape[0]; digit++) {
    const bar = element('div', 'bar');
    bar.innerHTML = `<span>${digit}</span><span class="track"><i></i></span><span></span>`;
    bar.onclick = () => choose(part.layer, [digit]);
    node.bars.append(bar);
  }
  node.stage.append(node.bars);
}

function buildCanvas(part, node) {
  const plan = node.plan = layout(part);
  const rows = Math.ceil(plan.count / plan.columns);
  const canvas = node.canvas = element('canvas');
  canvas.width = plan.columns * (plan.wide * plan.zoom + GAP) - GAP;
  canvas.height = rows * (plan.high * plan.zoom + GAP) - GAP;
  [canvas.style.width, canvas.style.height] = [`${canvas.width}px`, `${canvas.height}px`];
  for (const name of ['map', 'cell', 'cursor']) { node[name] = element('div', name); node[name].hidden = true; }
  node.stage.append(canvas, node.map, node.cell, node.cursor);
  const under = (event) => {
    const box = canvas.getBoundingClientRect();
    return numberAt(plan, event.clientX - box.left, event.clientY - box.top);
  };
  node.stage.onpointermove = (event) => {
    const number = under(event);
    show(node.cursor, plan, number);
    if (number !== null) say(says(node.part, node, number));
  };
  node.stage.onpointerleave = () => { if (node.inside === null) show(node.cursor, plan, null); };
  node.stage.onclick = (event) => {
    const number = under(event);
    if (number !== null) choose(part.layer, unitOf(part, number));
  };
}

function show(mark, plan, number, whole = false) {
  mark.hidden = number === null;
  if (number === null) return;
  const { left, top, x, y } = place(plan, number);
  const [wide, high] = whole ? [plan.wide * plan.zoom, plan.high * plan.zoom] : [plan.zoom, plan.zoom];
  Object.assign(mark.style, { left: `${whole ? left : x}px`, top: `${whole ? top : y}px`, width: `${wide}px`, height: `${high}px` });
}

function say(text) {
  panel.root.querySelector('.readout').textContent = text;
}

function choose(layer, unit) {
  panel.report('unit', { layer, unit });
  mark({ layer, unit });
}

// Within a layer, arrows move from unit to unit, and from a map's border to the next map.
function moved(plan, number, key) {
  const area = plan.high * plan.wide, map = Math.floor(number / area);
  let [row, column, at] = [Math.floor(number % area / plan.wide), number % plan.wide, map];
  if (plan.count === 1 && plan.columns === 1) column = number % plan.wide;
  const step = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] }[key];
  row += step[0];
  column = (number % area) % plan.wide + step[1];
  if (column < 0) { at -= 1; column = plan.wide - 1; }
  if (column >= plan.wide) { at += 1; column = 0; }
  if (row < 0) { at -= plan.columns; row = plan.high - 1; }
  if (row >= plan.high) { at += plan.columns; row = 0; }
  const next = at * area + row * plan.wide + column;
  return at < 0 || at >= plan.count || next >= plan.units ? number : next;
}

function stops() {
  return [...panel.root.querySelectorAll('.stop')].filter((each) => each.offsetParent !== null);
}

function stopAt(stop) {
  panel.root.querySelectorAll('.stop').forEach((each) => { each.tabIndex = each === stop ? 0 : -1; });
}

function enterLayer(node, number) {
  node.inside = number;
  if (node.bars) [...node.bars.children].forEach((bar, at) => bar.classList.toggle('at', at === number));
  else show(node.cursor, node.plan, number);
  if (number === null) say('');
  else say(node.bars ? `${node.part.name}, digit ${number}: ${node.part.texts[number]}` : says(node.part, node, number));
}

function onKey(event) {
  const stop = event.target.closest('.stop'), node = panel.nodes.find((each) => each.stage === stop);
  const isArrow = event.key.startsWith('Arrow'), isEnter = event.key === 'Enter' || event.key === ' ';
  if (node && node.inside !== null) {
    if (event.key === 'Escape') enterLayer(node, null);
    else if (isEnter) choose(node.part.layer, unitOf(node.part, node.inside));
    else if (isArrow) {
      const step = { ArrowLeft: -1, ArrowUp: -1, ArrowRight: 1, ArrowDown: 1 }[event.key];
      enterLayer(node, node.bars ? Math.max(0, Math.min(node.part.shape[0] - 1, node.inside + step)) : moved(node.plan, node.inside, event.key));
    } else return;
  } else if (node && isEnter) {
    const { layer, unit } = panel.chosen;
    enterLayer(node, layer === node.part.layer ? numberOf(node.part, unit) : 0);
  } else if (isArrow || event.key === 'Home' || event.key === 'End') {
    const all = stops(), at = all.indexOf(stop), last = all.length - 1;
    const next = { Home: 0, End: last, ArrowLeft: at - 1, ArrowUp: at - 1, ArrowRight: at + 1, ArrowDown: at + 1 }[event.key];
    const target = all[Math.max(0, Math.min(last, next))];
    stopAt(target);
    target.focus();
  } else return;
  event.preventDefault();
  event.stopPropagation();
}

function buildPart(part) {
  const node = { figure: element('figure', 'part'), stage: element('div', 'stage stop'), inside: null };
  const caption = element('figcaption');
  caption.append(element('b', '', part.name), element('div', '', spoken(part.shape)));
  node.figure.append(caption, node.stage);
  node.stage.setAttribute('role', 'button');
  node.stage.dataset.layer = part.layer;
  node.stage.addEventListener('blur', () => enterLayer(node, null));
  if (part.kind === 'bars') buildBars(part, node);
  else {
    buildCanvas(part, node);
    node.legend = element('div', 'legend');
    node.legend.innerHTML = '<span></span><i></i><span></span>';
    node.figure.append(node.legend);
  }
  return node;
}

function buildLooks(looks) {
  const group = element('div', 'looks');
  group.setAttribute('role', 'radiogroup');
  group.setAttribute('aria-label', 'Look');
  looks.forEach((look, at) => {
    const button = element('button', 'look stop');
    button.setAttribute('role', 'radio');
    button.append(element('img'), element('span', '', look.name));
    button.onclick = () => { stopAt(button); panel.report('look', at); };
    group.append(button);
  });
  return group;
}

function build(data) {
  panel.nodes = [];
  const blocks = panel.root.querySelector('.blocks');
  blocks.replaceChildren(...data.blocks.map((block) => {
    const section = element('section', 'block'), isLooks = block.name === 'Looks' && data.looks.length > 0;
    const canUnfold = block.parts.length > 1;
    const head = element(canUnfold ? 'button' : 'div', canUnfold ? 'head stop' : 'head');
    head.append(element('b', '', block.name), element('span', '', isLooks ? `${data.looks.length} × ${spoken(block.parts[0].shape)}` : spoken(block.parts.at(-1).shape)));
    section.append(head);
    if (isLooks) { section.append(panel.looks = buildLooks(data.looks)); return section; }
    const parts = element('div', 'parts');
    block.parts.forEach((part) => {
      const node = buildPart(part);
      panel.nodes.push(node);
      parts.append(node.figure);
    });
    section.append(parts);
    const fold = () => {
      const isOpen = canUnfold && unfolded.has(block.name);
      section.classList.toggle('unfolded', isOpen);
      if (canUnfold) head.setAttribute('aria-expanded', isOpen);
    };
    head.onclick = canUnfold ? () => {
      if (!unfolded.delete(block.name)) unfolded.add(block.name);
      fold();
      fill(panel.data);
      fade();
    } : null;
    fold();
    return section;
  }));
  const scroller = panel.root.querySelector('.scroller');
  scroller.onscroll = fade;
  panel.root.onkeydown = onKey;
  panel.root.onfocusin = (event) => { const stop = event.target.closest?.('.stop'); if (stop) stopAt(stop); };
  stopAt(panel.root.querySelector('.stop'));
}

// What lies to the right is only hinted at.
function fade() {
  const scroller = panel.root.querySelector('.scroller');
  scroller.classList.toggle('has-more', scroller.scrollLeft + scroller.clientWidth < scroller.scrollWidth - 8);
}

// A link to a unit far to the right shows it.
function scrollToChosen() {
  const scroller = panel.root.querySelector('.scroller'), node = panel.nodes.find((each) => each.part.layer === panel.chosen.layer);
  if (!node) return;
  const [outer, inner] = [scroller, node.figure].map((each) => each.getBoundingClientRect());
  if (inner.right > outer.right) scroller.scrollLeft += inner.right - outer.right + 48;
}

function fillBars(node, part, isProbability) {
  const values = bytes(part.values), best = values.indexOf(Math.max(...values));
  node.values = values;
  [...node.bars.children].forEach((bar, at) => {
    const share = values[at] / 127, fill = bar.querySelector('i');
    bar.querySelector('.track').classList.toggle('two', !isProbability);
    if (isProbability) Object.assign(fill.style, { left: 0, width: `${100 * share * part.scale}%` });
    else Object.assign(fill.style, { left: `${50 + 50 * Math.min(0, share)}%`, width: `${50 * Math.abs(share)}%` });
    bar.classList.toggle('best', at === best);
    bar.lastChild.textContent = part.texts[at];
  });
}

function mark({ layer, unit }) {
  panel.chosen = { layer, unit };
  for (const node of panel.nodes) {
    const number = node.part.layer === layer ? numberOf(node.part, unit) : null;
    if (node.bars) [...node.bars.children].forEach((bar, at) => bar.classList.toggle('chosen', at === number));
    else { show(node.map, node.plan, number, true); show(node.cell, node.plan, number); }
  }
}

function fill(data) {
  const parts = data.blocks.flatMap((block) => (block.name === 'Looks' && data.looks.length ? [] : block.parts));
  const colours = ramp(data.colours.map(colour));
  parts.forEach((part, at) => {
    const node = panel.nodes[at];
    node.part = part;
    const chosen = data.chosen.layer === part.layer ? '' : ', Enter to go into it';
    node.stage.setAttribute('aria-label', `${part.name}, ${spoken(part.shape)}${part.texts.length ? `: ${part.texts.join(', ')}` : `, values up to ${written(part.scale)} from zero`}${chosen}`);
    if (part.kind === 'bars') { fillBars(node, part, part.is_positive); return; }
    if (node.figure.offsetParent === null) return; // folded
    paint(node, part, colours);
    const [low, bar, high] = node.legend.children, [minus, zero, plus] = data.colours;
    low.textContent = part.kind === 'picture' ? 'paper' : part.is_positive ? '0' : written(-part.scale);
    high.textContent = part.kind === 'picture' ? 'ink' : written(part.scale);
    bar.style.background = `linear-gradient(to right, ${part.kind === 'picture' ? '#000, #fff' : part.is_positive ? `${zero}, ${plus}` : `${minus}, ${zero}, ${plus}`})`;
  });
  if (data.looks.length && panel.looks) {
    [...panel.looks.children].forEach((button, at) => {
      button.setAttribute('aria-checked', at === data.look);
      button.setAttribute('aria-label', `Look ${at + 1}, rotated by ${data.looks[at].name}`);
      const image = button.firstChild;
      image.alt = '';
      if (image.src !== data.looks[at].picture) image.src = data.looks[at].picture;
    });
  }
  mark(data.chosen);
  panel.root.dataset.painted = Number(panel.root.dataset.painted ?? 0) + 1; // for those who wait for it
}

export default function ({ parentElement, data, setTriggerValue }) {
  const root = parentElement.querySelector('.flow');
  if (panel?.root !== root) {
    panel = { root, shape: null, nodes: [], grey: ramp([[0, 0, 0], [0, 0, 0], [255, 255, 255]]) };
  }
  panel.report = setTriggerValue;
  panel.data = data;
  const shape = JSON.stringify([data.looks.length, data.blocks.map((block) => [block.name, block.parts.map((part) => [part.layer, part.kind, part.shape])])]);
  const isNew = panel.shape !== shape;
  if (isNew) {
    panel.shape = shape;
    for (const block of data.blocks) { // a link to a layer within a block shows it
      const at = block.parts.findIndex((part) => part.layer === data.chosen.layer);
      if (at >= 0 && at < block.parts.length - 1) unfolded.add(block.name);
    }
    build(data);
  }
  fill(data);
  if (isNew) scrollToChosen();
  fade();
}
