// One unit explained. All numbers of a channel are worked out here, with double precision, from float32.

const PACE = 260; // ms a position while the kernel moves by itself
const [PICTURE, SMALL] = [140, 96], TILES = 200; // px on the screen, about
let panel = null;

const element = (tag, name = '', text = '') => Object.assign(document.createElement(tag), { className: name, textContent: text });
const fixed = (number, digits) => {
  const text = number.toFixed(digits);
  return (Number(text) === 0 ? text.replace('-', '') : text).replace('-', '\u2212');
};
const short = (number) => fixed(number, 2), long = (number) => fixed(number, 4);
const decimalsOf = (most) => (most >= 0.1 || most === 0 ? 2 : most >= 0.01 ? 3 : 4); // in a cell
const inBrackets = (number) => (number < 0 ? `(${long(number)})` : long(number));

function floats(text) {
  return new Float32Array(Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0)).buffer);
}

function channelsOf(hex) {
  return [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16));
}

// The colour of a number between -scale and scale, as three channels; and of text on it.
function shade(value, scale) {
  const [low, zero, high] = panel.colours, share = Math.min(1, Math.abs(value) / (scale || 1)), end = value < 0 ? low : high;
  return zero.map((from, at) => Math.round(from + (end[at] - from) * share));
}

function textOn([red, green, blue]) {
  const light = [red, green, blue].map((each) => (each / 255) ** 2.2);
  return 0.2126 * light[0] + 0.7152 * light[1] + 0.0722 * light[2] > 0.22 ? '#11131b' : '#ffffff';
}

function colourCell(cell, value, scale) {
  const colour = shade(value, scale);
  cell.style.background = `rgb(${colour})`;
  cell.style.color = textOn(colour);
}

const largest = (values) => values.reduce((most, each) => Math.max(most, Math.abs(each)), 0);

// Paint maps (count, high, wide) side by side, 1 px a unit; CSS enlarges them.
function paintMaps(canvas, values, [count, high, wide], { columns = 1, gap = 0, scale = largest(values), known = Infinity } = {}) {
  const across = columns * (wide + gap) - gap, down = Math.ceil(count / columns) * (high + gap) - gap;
  [canvas.width, canvas.height] = [across, down];
  const image = new ImageData(across, down);
  for (let number = 0; number < Math.min(values.length, count * high * wide); number++) {
    const map = Math.floor(number / (high * wide)), row = Math.floor(number / wide) % high, column = number % wide;
    const at = ((Math.floor(map / columns) * (high + gap) + row) * across + (map % columns) * (wide + gap) + column) * 4;
    image.data.set([...shade(values[number], scale), number < known ? 255 : 70], at);
  }
  canvas.getContext('2d').putImageData(image, 0, 0);
}

function figure(title, detail) {
  const made = element('figure'), caption = element('figcaption');
  caption.append(element('b', '', title), element('span', '', detail));
  made.append(caption);
  made.detail = caption.lastChild;
  return made;
}

function frameAt(frame, zoom, top, left, bottom, right) {
  Object.assign(frame.style, { top: `${top * zoom}px`, left: `${left * zoom}px`, height: `${(bottom - top) * zoom}px`, width: `${(right - left) * zoom}px` });
}

function numbersGrid(size) {
  const grid = element('div', 'numbers');
  grid.style.setProperty('--size', size);
  for (let at = 0; at < size * size; at++) grid.append(element('span'));
  return grid;
}

function line(name, ...parts) {
  const text = element('dd');
  text.append(...parts);
  return [element('dt', '', name), text];
}

const strong = (text) => element('b', '', text);
const note = (text) => element('small', '', text);

// ---- A channel of feature maps

// The products of the kernel and the patch at a position of the convolution, and their sums, channel by channel.
function convolve(view, row, column) {
  const [count, high, wide] = view.before_shape, { size, stride, padding } = view, area = size * size;
  const [top, left] = [row * stride - padding, column * stride - padding];
  const patch = new Float64Array(count * area), products = new Float64Array(count * area), sums = new Float64Array(count);
  const isOutside = [];
  for (let cell = 0; cell < area; cell++) {
    const [y, x] = [top + Math.floor(cell / size), left + cell % size];
    isOutside.push(y < 0 || x < 0 || y >= high || x >= wide);
    if (isOutside[cell]) continue;
    for (let channel = 0; channel < count; channel++) {
      const at = channel * area + cell;
      patch[at] = view.beforeValues[(channel * high + y) * wide + x];
      products[at] = patch[at] * view.kernelValues[at];
      sums[channel] += products[at];
    }
  }
  return { top, left, patch, products, sums, isOutside, value: sums.reduce((sum, each) => sum + each, 0) };
}

function explainAt(view, row, column) {
  if (!view.is_pooled) return { ...convolve(view, row, column), window: null };
  const window = [[0, 0], [0, 1], [1, 0], [1, 1]].map(([down, across]) => convolve(view, 2 * row + down, 2 * column + across));
  const winner = window.reduce((best, each, at) => (each.value > window[best].value ? at : best), 0);
  return { ...window[winner], window, winner };
}

function channelLines(view, now) {
  const [count] = view.before_shape, area = view.size ** 2, lines = [];
  lines.push(line('Convolution', `sum of ${count > 1 ? `${count} × ${area} = ${count * area}` : area} products = `, strong(long(now.value))));
  let value = now.value;
  if (now.window) {
    const four = now.window.flatMap((each, at) => [at ? ', ' : '', element('span', at === now.winner ? 'win' : '', long(each.value))]);
    lines.push(line('Max pooling', 'largest of ', ...four, ' = ', strong(long(value)), note('Four neighbouring sums; only the largest goes on. The patch above is its patch.')));
  }
  if (view.norm) {
    const { mean, variance, epsilon, gain, bias } = view.norm, before = value;
    value = (before - mean) / Math.sqrt(variance + epsilon) * gain + bias;
    lines.push(line('Normalisation and bias', `(${long(before)} \u2212 ${inBrackets(mean)}) ÷ √(${fixed(variance, 4)} + ${epsilon}) × ${inBrackets(gain)} + ${inBrackets(bias)} = `, strong(long(value)),
      note('Minus the mean of this channel in training, divided by its spread, times the gain, plus the bias.')));
  }
  if (view.is_rectified) {
    const before = value;
    value = Math.max(0, value);
    lines.push(line('ReLU', `max(0, ${long(before)}) = `, strong(long(value)), note(before < 0 ? 'Negative, so the unit is silent.' : 'Positive, so it stays as it is.')));
  }
  return { lines: lines.flat(), value };
}

function showPosition(row, column, { report = false, isRunning = false } = {}) {
  const { view, parts } = panel, [high, wide] = view.output_shape, [, mapHigh, mapWide] = view.before_shape, area = view.size ** 2;
  Object.assign(panel, { row, column });
  const now = explainAt(view, row, column);
  const strongestInput = now.sums.reduce((best, each, at) => (Math.abs(each) > Math.abs(now.sums[best]) ? at : best), 0);
  if (panel.input === null || panel.input >= now.sums.length) panel.input = strongestInput;
  const input = panel.input, slice = (values) => values.slice(input * area, (input + 1) * area);
  const [top, bottom] = view.spans[row], [left, right] = view.spans[column];
  frameAt(parts.field, parts.pictureZoom, top, left, bottom, right);
  parts.picture.detail.textContent = `It sees rows ${top}–${bottom - 1}, columns ${left}–${right - 1}.`;
  const map = view.beforeValues.subarray(input * mapHigh * mapWide, (input + 1) * mapHigh * mapWide);
  paintMaps(parts.beforeCanvas, map, [1, mapHigh, mapWide], { scale: panel.beforeScale });
  frameAt(parts.patchFrame, parts.beforeZoom, now.top, now.left, now.top + view.size, now.left + view.size);
  parts.before.detail.textContent = view.before_shape[0] > 1 ? `channel ${input} of ${view.before_shape[0]}` : `${mapHigh} × ${mapWide}, normalised`;
  paintMaps(parts.outputCanvas, view.outputValues, [1, high, wide], { known: isRunning ? row * wide + column + 1 : Infinity });
  frameAt(parts.cursor, parts.outputZoom, row, column, row + 1, column + 1);
  parts.outputScene.setAttribute('aria-label', `This channel, ${high} × ${wide}. Arrow keys move the kernel. Row ${row}, column ${column}: ${long(view.outputValues[row * wide + column])}`);
  [[parts.patchGrid, slice(now.patch)], [parts.kernelGrid, slice(view.kernelValues)], [parts.productGrid, slice(now.products)]].forEach(([grid, values]) => {
    const scale = grid === parts.kernelGrid ? panel.kernelScale : grid === parts.patchGrid ? panel.beforeScale : panel.beforeScale * panel.kernelScale / 2;
    const decimals = decimalsOf(largest(values));
    grid.classList.toggle('is-fine', decimals > 3);
    [...grid.children].forEach((cell, at) => {
      cell.textContent = fixed(values[at], decimals);
      colourCell(cell, values[at], scale);
      cell.classList.toggle('is-outside', grid !== parts.kernelGrid && now.isOutside[at]);
    });
  });
  if (parts.sum) parts.sum.textContent = long(now.sums[input]);
  if (parts.channels) {
    const scale = largest(now.sums), decimals = decimalsOf(scale);
    parts.channels.classList.toggle('is-fine', decimals > 3);
    [...parts.channels.children].forEach((cell, at) => {
      cell.textContent = fixed(now.sums[at], decimals);
      colourCell(cell, now.sums[at], scale);
      cell.setAttribute('aria-checked', at === input);
      cell.setAttribute('aria-label', `channel ${at}: ${long(now.sums[at])}`);
      cell.tabIndex = at === input ? 0 : -1;
    });
  }
  const { lines, value } = channelLines(view, now);
  parts.lines.replaceChildren(...lines);
  panel.root.dataset.value = value;
  parts.where.textContent = `row ${row}, column ${column} of ${high} × ${wide}`;
  if (report) {
    clearTimeout(panel.reporting);
    panel.reporting = setTimeout(() => {
      panel.reporting = null;
      panel.report('unit', { layer: view.layer, unit: [view.unit[0], row, column] });
    }, 350);
  }
}

function stepBy(count, options) {
  const [high, wide] = panel.view.output_shape, total = high * wide;
  const next = (panel.row * wide + panel.column + count + total) % total;
  showPosition(Math.floor(next / wide), next % wide, options);
}

function stop(report = true) {
  if (!panel?.timer) return;
  clearInterval(panel.timer);
  panel.timer = null;
  panel.parts.run.textContent = '▶ Run';
  showPosition(panel.row, panel.column, { report });
}

function toggleRun() {
  if (panel.timer) { stop(); return; }
  panel.parts.run.textContent = '❚❚ Pause';
  const [high, wide] = panel.view.output_shape;
  if (panel.row === high - 1 && panel.column === wide - 1) showPosition(0, 0, { isRunning: true });
  panel.timer = setInterval(() => {
    if (!panel.root.isConnected) { clearInterval(panel.timer); return; }
    if (panel.row === high - 1 && panel.column === wide - 1) stop(); else stepBy(1, { isRunning: true });
  }, PACE);
}

function scene(zoom, wide, high, name = '') {
  const made = element('div', `scene ${name}`), canvas = element('canvas'), frame = element('div', 'frame');
  Object.assign(canvas.style, { width: `${wide * zoom}px`, height: `${high * zoom}px` });
  made.append(canvas, frame);
  return { made, canvas, frame };
}

function buildChannel(view) {
  const parts = panel.parts = {}, [count, mapHigh, mapWide] = view.before_shape, [high, wide] = view.output_shape;
  const side = panel.root.clientWidth < 480 ? SMALL : PICTURE;
  const steer = element('div', 'steer');
  const [previous, run, next] = ['◀ Previous', '▶ Run', 'Next ▶'].map((text) => element('button', text.includes('Run') ? 'run' : '', text));
  previous.onclick = () => { stop(false); stepBy(-1, { report: true }); };
  next.onclick = () => { stop(false); stepBy(1, { report: true }); };
  run.onclick = toggleRun;
  parts.run = run;
  parts.where = element('span');
  steer.append(previous, run, next, parts.where);

  const views = element('div', 'views');
  parts.picture = figure('What the network sees', ' ');
  parts.pictureZoom = side / 28;
  const seen = element('div', 'scene'), image = parts.image = element('img');
  Object.assign(image, { alt: 'The picture, 28 × 28 pixels, with a frame around what the unit sees', width: side, height: side });
  parts.field = element('div', 'frame');
  seen.append(image, parts.field);
  parts.picture.append(seen);
  parts.before = figure(view.before_name, ' ');
  parts.beforeZoom = side / mapWide;
  const beforeScene = scene(parts.beforeZoom, mapWide, mapHigh);
  [parts.beforeCanvas, parts.patchFrame] = [beforeScene.canvas, beforeScene.frame];
  parts.before.append(beforeScene.made);
  const output = figure(`This channel (${view.unit[0]})`, `${high} × ${wide}; click, or arrow keys`);
  parts.outputZoom = side / wide;
  const outputScene = scene(parts.outputZoom, wide, high, 'output');
  [parts.outputCanvas, parts.cursor, parts.outputScene] = [outputScene.canvas, outputScene.frame, outputScene.made];
  outputScene.made.tabIndex = 0;
  outputScene.made.setAttribute('role', 'group');
  outputScene.made.onclick = (event) => {
    const box = outputScene.canvas.getBoundingClientRect();
    stop(false);
    showPosition(Math.min(high - 1, Math.floor((event.clientY - box.top) / parts.outputZoom)), Math.min(wide - 1, Math.floor((event.clientX - box.left) / parts.outputZoom)), { report: true });
  };
  outputScene.made.onkeydown = (event) => {
    const step = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] }[event.key];
    if (!step) return;
    event.preventDefault();
    event.stopPropagation();
    stop(false);
    showPosition(Math.max(0, Math.min(high - 1, panel.row + step[0])), Math.max(0, Math.min(wide - 1, panel.column + step[1])), { report: true });
  };
  output.append(outputScene.made);
  views.append(parts.picture, parts.before, output);

  const grids = element('div', 'grids');
  const many = count > 1;
  const [patch, kernel, product] = [['Patch', 'what is under the kernel'], ['Kernel', 'learned weights'], ['Products', 'cell by cell']].map((texts) => figure(...texts));
  [parts.patchGrid, parts.kernelGrid, parts.productGrid] = [patch, kernel, product].map((each) => each.appendChild(numbersGrid(view.size)));
  grids.append(patch, element('span', 'sign', '×'), kernel, element('span', 'sign', '='), product);
  if (many) {
    const sum = figure('Sum', 'of this channel');
    parts.sum = element('b');
    sum.append(parts.sum);
    grids.append(element('span', 'sign', '→'), sum);
  }

  panel.root.append(steer, views, grids);
  if (many) {
    const box = element('div', 'parts');
    parts.channels = element('div', 'channels');
    parts.channels.setAttribute('role', 'radiogroup');
    parts.channels.setAttribute('aria-label', 'The sum of each channel of the layer before');
    for (let channel = 0; channel < count; channel++) {
      const cell = element('button');
      cell.setAttribute('role', 'radio');
      cell.onclick = () => { panel.input = channel; showPosition(panel.row, panel.column); };
      parts.channels.append(cell);
    }
    parts.channels.onkeydown = (event) => {
      const step = { ArrowLeft: -1, ArrowUp: -1, ArrowRight: 1, ArrowDown: 1 }[event.key];
      if (!step) return;
      event.preventDefault();
      event.stopPropagation();
      panel.input = (panel.input + step + count) % count;
      showPosition(panel.row, panel.column);
      parts.channels.children[panel.input].focus();
    };
    box.append(element('p', '', `${count} channels of the layer before give ${count} such sums. Choose one to see its numbers; together they make the convolution’s sum.`), parts.channels);
    panel.root.append(box);
  }
  parts.lines = element('dl', 'lines');
  panel.root.append(parts.lines);
}

function fillChannel(view) {
  [view.beforeValues, view.kernelValues, view.outputValues] = [view.before, view.kernel, view.output].map(floats);
  panel.beforeScale = largest(view.beforeValues);
  panel.kernelScale = largest(view.kernelValues);
  if (panel.parts.image.src !== view.picture) panel.parts.image.src = view.picture;
  if (panel.timer) showPosition(panel.row, panel.column, { isRunning: true });
  else if (panel.reporting) showPosition(panel.row, panel.column); // the page does not know the last step yet
  else showPosition(view.unit[1], view.unit[2]);
}

// ---- A weighted sum

function buildSum(view) {
  const parts = panel.parts = {}, [count, high, wide] = view.shape;
  const gap = count > 1 ? 1 : 0, columns = Math.ceil(Math.sqrt(count));
  const across = columns * (wide + gap) - gap, zoom = Math.max(2, Math.floor(TILES / across));
  const grids = element('div', 'grids');
  parts.canvases = view.names.map((name, at) => {
    const made = figure(name, ['', 'learned', 'cell by cell'][at] || ' '), canvas = element('canvas');
    canvas.style.width = `${across * zoom}px`;
    canvas.onpointermove = (event) => {
      const box = canvas.getBoundingClientRect(), x = Math.floor((event.clientX - box.left) / zoom), y = Math.floor((event.clientY - box.top) / zoom);
      const map = Math.floor(y / (high + gap)) * columns + Math.floor(x / (wide + gap)), row = y % (high + gap), column = x % (wide + gap);
      const number = (map * high + row) * wide + column;
      if (map >= count || row >= high || column >= wide || !(number < view.count)) return;
      parts.readout.textContent = `${count > 1 ? `channel ${map}, ` : ''}row ${row}, column ${column}: ${long(panel.view.inputValues[number])} × ${inBrackets(panel.view.weightValues[number])} = ${long(panel.view.products[number])}`;
    };
    made.append(canvas);
    if (at) grids.append(element('span', 'sign', at === 1 ? '×' : '='));
    grids.append(made);
    return canvas;
  });
  parts.layout = { columns, gap };
  parts.readout = element('p', 'readout');
  parts.lines = element('dl', 'lines');
  panel.root.append(grids, parts.readout, parts.lines);
}

function fillSum(view) {
  [view.inputValues, view.weightValues] = [view.inputs, view.weights].map(floats);
  view.products = Float64Array.from(view.inputValues, (input, at) => input * view.weightValues[at]);
  const { parts } = panel;
  [view.inputValues, view.weightValues, view.products].forEach((values, at) => {
    paintMaps(parts.canvases[at], values, view.shape, parts.layout);
    const text = `${view.names[at]}: ${view.count} numbers, the lowest ${short(Math.min(...values))}, the highest ${short(Math.max(...values))}`;
    parts.canvases[at].setAttribute('role', 'img');
    parts.canvases[at].setAttribute('aria-label', text);
    parts.canvases[at].parentElement.detail.textContent = `${short(Math.min(...values))} to ${short(Math.max(...values))}`;
  });
  const [up, down] = [(each) => each > 0, (each) => each < 0].map((has) => view.products.filter(has).reduce((sum, each) => sum + each, 0));
  const total = view.products.reduce((sum, each) => sum + each, 0), value = total + view.bias;
  const lines = [
    line('Products', `for it ${long(up)}, against it ${long(down)}; all ${view.count} together = `, strong(long(total))),
    line('Bias', `${long(total)} + ${inBrackets(view.bias)} = `, strong(long(value))),
  ];
  if (view.is_rectified) lines.push(line('ReLU', `max(0, ${long(value)}) = `, strong(long(Math.max(0, value)))));
  parts.lines.replaceChildren(...lines.flat());
  panel.root.dataset.value = view.is_rectified ? Math.max(0, value) : value;
}

// ---- Ten logits, ten probabilities

function fillShares(view) {
  const table = element('table', 'shares'), hasProducts = view.products.length > 0, isDivided = view.temperature !== 1;
  const exponentials = view.logits.map((logit) => Math.exp(logit / view.temperature));
  const total = exponentials.reduce((sum, each) => sum + each, 0);
  const power = (number) => (number < 0.001 || number >= 1e6 ? number.toExponential(2).replace('-', '\u2212') : fixed(number, number < 100 ? 3 : 1));
  const head = element('thead'), body = element('tbody'), foot = element('tfoot'), titles = element('tr');
  const names = ['Digit', ...(hasProducts ? ['Image × template'] : []), 'Logit', ...(isDivided ? [`÷ ${fixed(view.temperature, 3)}`] : []), 'exp', 'Share'];
  titles.append(...names.map((name) => Object.assign(element('th', '', name), { scope: 'col' })));
  head.append(titles);
  view.logits.forEach((logit, digit) => {
    const row = element('tr', digit === view.chosen ? 'chosen' : ''), cell = element('td'), button = element('button', '', digit);
    button.setAttribute('aria-label', `Digit ${digit}: ask for its sum`);
    cell.append(button);
    row.append(cell);
    row.onclick = () => panel.report('unit', { layer: view.layer - 1, unit: [digit] });
    if (hasProducts) {
      const picture = element('td'), canvas = element('canvas');
      paintMaps(canvas, Float32Array.from(atob(view.products[digit]), (letter) => letter.charCodeAt(0) << 24 >> 24), [1, 28, 28], { scale: 127 });
      canvas.setAttribute('role', 'img');
      canvas.setAttribute('aria-label', `The image times the template of ${digit}`);
      picture.append(canvas);
      row.append(picture);
    }
    const texts = [long(logit), ...(isDivided ? [long(logit / view.temperature)] : []), power(exponentials[digit]), `${fixed(100 * exponentials[digit] / total, 2)}%`];
    row.append(...texts.map((text) => element('td', '', text)));
    body.append(row);
  });
  const last = element('tr');
  last.append(element('td', '', 'Sum'), ...names.slice(3).map(() => element('td')), element('td', '', power(total)), element('td', '', '100%'));
  foot.append(last);
  table.append(head, body, foot);
  const lines = element('dl', 'lines');
  lines.append(...line('Softmax', `${power(exponentials[view.chosen])} ÷ ${power(total)} = `, strong(`${fixed(100 * exponentials[view.chosen] / total, 2)}%`),
    note(`exp(x) is e to the power of x: never negative, and larger for a larger logit.${isDivided ? ` ${fixed(view.temperature, 3)} is the temperature; it was fitted so that the probabilities say how often the model is right.` : ''}`)));
  const box = element('div', 'wide');
  box.append(table);
  panel.parts.body.replaceChildren(box, lines);
  panel.root.dataset.value = exponentials[view.chosen] / total;
}

function buildShares() {
  panel.parts = { body: element('div') };
  panel.root.append(panel.parts.body);
}

const KINDS = { channel: [buildChannel, fillChannel], sum: [buildSum, fillSum], shares: [buildShares, fillShares] };

export default function ({ parentElement, data, setTriggerValue }) {
  const root = parentElement.querySelector('.unit');
  const shape = JSON.stringify([data.kind, data.title, data.before_shape, data.output_shape, data.size, data.shape, data.names]);
  const [build, fill] = KINDS[data.kind];
  const isNew = panel?.root !== root || panel.shape !== shape;
  if (isNew) {
    clearInterval(panel?.timer);
    clearTimeout(panel?.reporting);
    panel = { root, shape, input: null, row: 0, column: 0, timer: null, reporting: null };
    root.replaceChildren(element('h3', '', data.title));
  }
  const id = JSON.stringify(data);
  if (!isNew && panel.id === id) return;
  Object.assign(panel, { id, view: data, report: setTriggerValue, colours: data.colours.map(channelsOf) });
  if (isNew) build(data);
  fill(data);
}
