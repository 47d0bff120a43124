// A picture, what to add to it and to remove from it, and the changed picture: a film that can be played and stepped.

const SIDE = 28;
const [ADD, REMOVE] = [[124, 140, 255], [245, 166, 32]]; // on black in both themes; they differ for every kind of eye
const SECONDS = 3; // of the film
const FEW = 5; // pictures of the film where motion is not wanted
let film = null;

const bytes = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
const isStill = () => matchMedia('(prefers-reduced-motion: reduce)').matches;

function paint(canvas, colourAt) {
  const context = canvas.getContext('2d');
  const image = context.createImageData(SIDE, SIDE);
  for (let at = 0; at < SIDE * SIDE; at++) image.data.set([...colourAt(at), 255], 4 * at);
  context.putImageData(image, 0, 0);
}

function paintChange(canvas, { before, after }) {
  const largest = Math.max(1, ...after.map((ink, at) => Math.abs(ink - before[at])));
  paint(canvas, (at) => {
    const change = (after[at] - before[at]) / largest;
    const colour = change > 0 ? ADD : REMOVE;
    return colour.map((part) => part * Math.abs(change) + 0.3 * before[at] * (1 - Math.abs(change)));
  });
}

function show(frame) {
  const { data, root, pictures } = film;
  film.frame = frame;
  const share = frame / (data.frames.length - 1);
  paint(root.querySelector('.after canvas'), (at) => {
    const ink = pictures.before[at] + share * (pictures.after[at] - pictures.before[at]);
    return [ink, ink, ink];
  });
  const { answer, percent, words } = data.frames[frame];
  const shown = root.querySelector('.after');
  shown.querySelector('b').textContent = answer;
  shown.querySelector('b').classList.toggle('flipped', answer !== data.frames[0].answer);
  shown.querySelector('.percent').textContent = percent;
  shown.querySelector('canvas').setAttribute('aria-label', `The picture with ${words}`);
  const slider = root.querySelector('input');
  slider.value = frame;
  slider.setAttribute('aria-valuetext', words);
  root.querySelector('output').textContent = `${Math.round(100 * share)}%`;
}

function pause() {
  clearInterval(film.timer);
  film.timer = null;
  film.root.querySelector('button').textContent = '▶ Play';
}

function play() {
  const last = film.data.frames.length - 1;
  const step = isStill() ? Math.ceil(last / FEW) : 1;
  if (film.frame >= last) show(0);
  film.root.querySelector('button').textContent = '❚❚ Pause';
  film.timer = setInterval(() => {
    show(Math.min(last, film.frame + step));
    if (film.frame >= last) pause();
  }, (1000 * SECONDS * step) / last);
}

export default function ({ parentElement, data }) {
  const root = parentElement.querySelector('.film');
  const id = JSON.stringify(data);
  const cleanUp = () => {
    clearInterval(film?.timer);
    film = null;
  };
  if (film?.root === root && film.id === id) return cleanUp;
  clearInterval(film?.timer);
  const pictures = { before: bytes(data.before), after: bytes(data.after) };
  film = { root, data, id, pictures, frame: 0, timer: null };
  const [before, change] = ['.before', '.change'].map((name) => root.querySelector(name));
  paint(before.querySelector('canvas'), (at) => [pictures.before[at], pictures.before[at], pictures.before[at]]);
  before.querySelector('canvas').setAttribute('aria-label', data.before_words);
  before.querySelector('b').textContent = data.frames[0].answer;
  before.querySelector('.percent').textContent = data.frames[0].percent;
  paintChange(change.querySelector('canvas'), pictures);
  change.querySelector('canvas').setAttribute('aria-label', data.change_words);
  change.querySelector('.added').textContent = data.added;
  change.querySelector('.removed').textContent = data.removed;
  const slider = root.querySelector('input');
  slider.max = data.frames.length - 1;
  slider.oninput = () => {
    pause();
    show(Number(slider.value));
  };
  root.querySelector('button').onclick = () => (film.timer ? pause() : play());
  pause();
  show(isStill() ? data.frames.length - 1 : 0);
  if (!isStill()) play();
  return cleanUp;
}
