// A picture whose pixels can be read: with the pointer, or with the arrow keys. Everything is known here already.

const STEPS = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };

const element = (tag, name = '', text = '') => Object.assign(document.createElement(tag), { className: name, textContent: text });
const between = (low, number, high) => Math.max(low, Math.min(high, number));

function floats(text) {
  return new Float32Array(Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0)).buffer);
}

function build(root, { side, window: width, first }) {
  const picture = element('div', 'picture'), canvas = element('canvas'), right = element('div', 'readings');
  const [frame, one] = [element('div', 'frame'), element('div', 'frame one')];
  const [numbers, reading] = [element('div', 'numbers'), element('p', 'reading')];
  [canvas.width, canvas.height] = [side, side];
  picture.tabIndex = 0;
  picture.setAttribute('role', 'group');
  canvas.setAttribute('role', 'img');
  picture.append(canvas, frame, one);
  numbers.style.setProperty('--window', width);
  numbers.setAttribute('aria-hidden', 'true'); // the sentence below says it, and the table on the page has all numbers
  for (let at = 0; at < (width + 1) ** 2; at++) numbers.append(element('span'));
  reading.setAttribute('aria-live', 'polite');
  right.append(numbers, reading, element('p', 'hint', 'Move over the picture, tap it, or use the arrow keys.'));
  root.replaceChildren(picture, right);
  root.reader = { picture, canvas, frame, one, numbers, reading, row: first, column: first };
}

function place(frame, side, top, left, size) {
  const share = (number) => `${(100 * number) / side}%`;
  Object.assign(frame.style, { top: share(top), left: share(left), width: share(size), height: share(size) });
}

function read(root, row, column) {
  const { reader } = root, { side, window: width } = reader.data;
  [reader.row, reader.column] = [between(0, row, side - 1), between(0, column, side - 1)];
  const [top, left] = [reader.row, reader.column].map((at) => between(0, at - (width - 1) / 2, side - width));
  place(reader.frame, side, top, left, width);
  place(reader.one, side, reader.row, reader.column, 1);
  [...reader.numbers.children].forEach((cell, at) => {
    const down = Math.floor(at / (width + 1)) - 1, across = (at % (width + 1)) - 1;
    cell.className = down < 0 || across < 0 ? 'place' : 'value';
    if (down < 0 || across < 0) {
      cell.textContent = down < 0 && across < 0 ? '' : down < 0 ? left + across : top + down;
      return;
    }
    const value = reader.values[(top + down) * side + left + across], grey = Math.round(255 * value);
    cell.textContent = value.toFixed(2);
    cell.style.background = `rgb(${grey} ${grey} ${grey})`;
    cell.style.color = grey > 118 ? '#11131b' : '#ffffff';
    cell.classList.toggle('here', top + down === reader.row && left + across === reader.column);
  });
  const value = reader.values[reader.row * side + reader.column];
  reader.reading.replaceChildren(
    element('code', '', `image_tensor[0, ${reader.row}, ${reader.column}]`), ' is ', element('b', '', value.toFixed(4)),
    `: row ${reader.row}, column ${reader.column}, about ${Math.round(255 * value)} of 255.`,
  );
}

export default function ({ parentElement, data }) {
  const root = parentElement.querySelector('.reader');
  if (!root.reader) build(root, data);
  const { reader } = root, { side } = data;
  const id = JSON.stringify(data);
  if (reader.id === id) return;
  Object.assign(reader, { id, data, values: floats(data.values) });
  const image = new ImageData(side, side);
  reader.values.forEach((value, at) => {
    const grey = Math.round(255 * value);
    image.data.set([grey, grey, grey, 255], 4 * at);
  });
  reader.canvas.getContext('2d').putImageData(image, 0, 0);
  reader.canvas.setAttribute('aria-label', `${data.name}, ${side} × ${side} grey pixels`);
  reader.picture.setAttribute('aria-label', `Pixels of ${data.name}; the arrow keys move from one to the next`);
  reader.picture.onpointermove = reader.picture.onpointerdown = (event) => {
    const box = reader.picture.getBoundingClientRect();
    read(root, Math.floor(((event.clientY - box.top) / box.height) * side), Math.floor(((event.clientX - box.left) / box.width) * side));
  };
  reader.picture.onkeydown = (event) => {
    const step = STEPS[event.key];
    if (!step) return;
    event.preventDefault();
    event.stopPropagation();
    read(root, reader.row + step[0], reader.column + step[1]);
  };
  read(root, reader.row, reader.column);
}
