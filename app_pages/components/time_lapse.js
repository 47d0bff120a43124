// What a network made of the same pictures at several moments of its training: a player, and what it moves.

const PACE = 700;  // ms from a moment to the next while it plays
const EASE = 220;  // ms in which the points move to a moment that was chosen
const REST = 350;  // ms without a move, after which the server is told the moment
const kept = new Map();  // by its number, what the server sent once for a model
const isCalm = () => matchMedia('(prefers-reduced-motion: reduce)').matches;

function decodeBytes(text) {
  return Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
}

function unpacked(fixed) {
  return {
    ...fixed,
    filters: { ...fixed.filters, bytes: decodeBytes(fixed.filters.bytes) },
    labels: decodeBytes(fixed.labels),
    places: decodePlaces(fixed.places),
  };
}

function fillBars(bars, probabilities, percents, answer) {
  if (!bars.children.length) {
    for (let digit = 0; digit < 10; digit++) {
      const bar = document.createElement('div');
      bar.innerHTML = `<span>${digit}</span><div class="track"><div class="fill"></div></div><span></span>`;
      bars.append(bar);
    }
  }
  [...bars.children].forEach((bar, digit) => {
    bar.className = digit === answer ? 'bar chosen' : 'bar';
    bar.querySelector('.fill').style.width = `${100 * probabilities[digit]}%`;
    bar.lastChild.textContent = percents[digit];
  });
}

function fillPictures(list, { count, height, width, bytes, names }, at) {
  while (list.children.length > count) list.lastChild.remove();
  while (list.children.length < count) {
    const figure = document.createElement('figure');
    figure.innerHTML = '<canvas></canvas><figcaption></figcaption>';
    list.append(figure);
  }
  list.classList.toggle('single', count === 1);
  const size = height * width;
  [...list.children].forEach((figure, number) => {
    const canvas = figure.firstChild, start = (at * count + number) * size;
    if (canvas.width !== width || canvas.height !== height) [canvas.width, canvas.height] = [width, height];
    canvas.style.aspectRatio = `${width} / ${height}`;
    const picture = new ImageData(width, height);
    for (let pixel = 0; pixel < size; pixel++) {
      picture.data.fill(bytes[start + pixel], 4 * pixel, 4 * pixel + 3);
      picture.data[4 * pixel + 3] = 255;
    }
    canvas.getContext('2d').putImageData(picture, 0, 0);
    if (figure.lastChild.textContent !== names[number]) figure.lastChild.textContent = names[number];
  });
}

function fillLayers(group, names, chosen, choose) {
  if (group.textContent !== names.join('')) {
    group.replaceChildren(...names.map((name) => Object.assign(document.createElement('button'), { textContent: name })));
  }
  [...group.children].forEach((button, number) => {
    button.setAttribute('aria-pressed', number === chosen);
    button.onclick = () => choose(number);
  });
}

class TimeLapse {
  constructor(root) {
    this.root = root;
    this.find = (name) => root.querySelector(name);
    this.at = this.shown = 0;  // the moment, and where the points are: between two moments while they move
    this.slider = this.find('.slider');
    this.slider.oninput = () => { this.stop(); this.moveTo(Number(this.slider.value)); };
    this.find('.play').onclick = () => (this.isPlaying ? this.stop() : this.play());
    this.resizing = new ResizeObserver(() => this.drawPlane());
    this.resizing.observe(this.find('.plane'));
  }

  show(fixed, live, at, report) {
    Object.assign(this, { fixed, live, report });
    this.last = fixed.moments.length - 1;
    this.slider.max = this.last;
    this.find('.play').hidden = !this.last;
    if (at !== this.serverAt) {
      this.serverAt = at;
      if (at !== this.told) { this.stop(); this.at = this.shown = at; }
    }
    this.at = Math.min(this.at, this.last);
    this.shown = Math.min(this.shown, this.last);
    const write = (name, text) => { this.find(name).textContent = text; };
    for (const [part, pictures] of [['filters', fixed.filters], ['activations', live.activations]]) {
      write(`.${part} h3`, pictures.title);
      write(`.${part} .scale`, pictures.note);
    }
    write('.plane h3', fixed.plane);
    write('.across', `→ ${fixed.axes[0]}`);
    write('.up', `↑ ${fixed.axes[1]}`);
    write('.answer-title', live.title);
    write('.finding', fixed.finding);
    fillLayers(this.find('.layers'), live.layers, live.layer, this.report.layer);
    write('.about', `Probability of ${live.digit}`);
    this.drawCurve();
    this.fill();
  }

  drawCurve() {
    const height = 34, wide = 1000, high = this.live.probabilities.map((row) => height * (1 - row[this.live.digit]));
    const x = (moment) => (this.last ? (wide * moment) / this.last : wide / 2);
    const line = high.map((y, moment) => `${x(moment)},${y.toFixed(2)}`).join(' ');
    this.find('.curve').innerHTML = `<polygon points="0,${height} ${line} ${wide},${height}"/><polyline points="${line}"/>`;
  }

  // Show what does not move by itself: all but the points.
  fill() {
    const { fixed, live, at } = this, name = fixed.moments[at];
    this.slider.value = at;
    this.slider.style.setProperty('--done', this.last ? at / this.last : 1);
    this.slider.setAttribute('aria-valuetext', name);
    this.find('.moment').textContent = name;
    fillBars(this.find('.bars'), live.probabilities[at], live.percents[at], live.answers[at]);
    this.find('.bars').setAttribute('aria-label', `${name}. ${live.descriptions[at]}`);
    this.find('.answer').textContent = live.answers[at];
    this.find('.sure').textContent = live.percents[at][live.answers[at]];
    for (const [part, pictures] of [['filters', fixed.filters], ['activations', live.activations]]) {
      const list = this.find(`.${part} .pictures`);
      fillPictures(list, pictures, at);
      list.setAttribute('aria-label', `${pictures.title}, ${name}`);
    }
    this.find('.agreement').textContent = fixed.agreements[at];
    this.find('.plane canvas').setAttribute('aria-label', `${fixed.plane}. ${name}: ${fixed.agreements[at]} ${fixed.finding}`);
    this.drawPlane();
  }

  drawPlane() {
    const { fixed, live, shown } = this;
    if (!fixed) return;
    const view = prepare(this.find('.plane canvas'));
    if (!view) return;
    const size = 2 * fixed.labels.length, from = Math.floor(shown), to = Math.ceil(shown), share = shown - from;
    const places = new Float32Array(size);
    for (let place = 0; place < size; place++) {
      places[place] = (1 - share) * fixed.places[from * size + place] + share * fixed.places[to * size + place];
    }
    const between = [0, 1].map((axis) => (1 - share) * live.places[from][axis] + share * live.places[to][axis]);
    drawPoints(view, places, fixed.labels, fixed.colours, 0.85);
    drawPath(view, [...live.places.slice(0, from + 1), between], view.accent);
    drawMarker(view, between, live.name);
  }

  moveTo(at) {
    this.at = at;
    this.fill();
    cancelAnimationFrame(this.frame);
    const from = this.shown, start = performance.now();
    const step = (now) => {
      const part = isCalm() ? 1 : Math.min(1, Math.max(0, now - start) / EASE);
      this.shown = from + (at - from) * part * (2 - part);
      this.drawPlane();
      if (part < 1) this.frame = requestAnimationFrame(step);
    };
    step(start);
    clearTimeout(this.telling);
    this.telling = setTimeout(() => this.tell(), REST);
  }

  play() {
    if (this.at === this.last) this.at = this.shown = 0;
    this.isPlaying = true;
    this.nameButton();
    this.fill();
    cancelAnimationFrame(this.frame);
    let before = performance.now();
    const step = (now) => {
      if (!this.isPlaying) return;
      const next = Math.min(this.last, this.along + Math.max(0, now - before) / PACE);
      before = now;
      this.along = next;
      this.shown = isCalm() ? Math.floor(next) : next;
      if (Math.floor(next) !== this.at) { this.at = Math.floor(next); this.fill(); } else this.drawPlane();
      if (next < this.last) this.frame = requestAnimationFrame(step);
      else this.stop();
    };
    this.along = this.at;
    this.frame = requestAnimationFrame(step);
  }

  stop() {
    if (!this.isPlaying) return;
    this.isPlaying = false;
    this.nameButton();
    this.moveTo(this.at);
  }

  nameButton() {
    const button = this.find('.play');
    button.setAttribute('aria-label', this.isPlaying ? 'Pause' : 'Play the training');
    button.classList.toggle('playing', Boolean(this.isPlaying));
  }

  tell() {
    if (this.at === this.told) return;
    this.told = this.at;
    this.report.moment(this.at);
  }

  end() {
    this.isPlaying = false;
    cancelAnimationFrame(this.frame);
    clearTimeout(this.telling);
    this.resizing.disconnect();
  }
}

export default function ({ parentElement, data, setStateValue, setTriggerValue }) {
  const root = parentElement.querySelector('.lapse');
  if (data.fixed && !kept.has(data.id)) {
    if (kept.size > 2) kept.delete(kept.keys().next().value);
    kept.set(data.id, unpacked(data.fixed));
  }
  const fixed = kept.get(data.id), has = fixed ? data.id : '';
  if (data.held !== has) setStateValue('held', has);
  if (!fixed) return undefined;
  root.lapse ??= new TimeLapse(root);
  const activations = { ...data.live.activations, bytes: decodeBytes(data.live.activations.bytes) };
  root.lapse.show(fixed, { ...data.live, activations }, data.at, {
    moment: (at) => setTriggerValue('moment', at),
    layer: (number) => setTriggerValue('layer', number),
  });
  return () => { root.lapse?.end(); root.lapse = undefined; };
}
