// The plane of features with a drawing's path through it, which grows while it is drawn; its neighbours light up.

const SEGMENT = 45;  // ms in which the path grows by one piece
const LONGEST = 900;  // ms in which it grows at most
const kept = new Map();  // by its number, what the server sent once for a model
const isCalm = () => matchMedia('(prefers-reduced-motion: reduce)').matches;
const isSame = (one, other) => one[0] === other[0] && one[1] === other[1];

class LiveMap {
  constructor(root) {
    this.canvas = root.querySelector('canvas');
    this.write = (name, text) => { root.querySelector(name).textContent = text; };
    this.path = [];
    this.grown = 0;  // pieces of the path that are drawn
    this.resizing = new ResizeObserver(() => this.draw());
    this.resizing.observe(this.canvas);
  }

  show(fixed, live) {
    const before = this.path, isOther = this.fixed !== fixed;
    Object.assign(this, { fixed, live, path: live.path });
    this.write('h3', fixed.title);
    this.write('.across', `→ ${fixed.axes[0]}`);
    this.write('.up', `↑ ${fixed.axes[1]}`);
    this.write('.finding', live.finding);
    this.canvas.setAttribute('aria-label', `${fixed.title}. ${live.finding}`);
    const end = this.path.length - 1;
    if (!isOther && JSON.stringify(before) === JSON.stringify(this.path)) return this.draw();
    let same = 0;  // a path that goes on from where it was does not begin anew
    while (same < Math.min(before.length, this.path.length) && isSame(before[same], this.path[same])) same++;
    return this.grow(isOther ? 0 : Math.max(0, same - 1), end);
  }

  grow(from, end) {
    cancelAnimationFrame(this.frame);
    const time = Math.min(LONGEST, SEGMENT * (end - from)), start = performance.now();
    const step = (now) => {
      const part = isCalm() || !time ? 1 : Math.min(1, Math.max(0, now - start) / time);
      this.grown = from + (end - from) * part;
      this.draw();
      if (part < 1) this.frame = requestAnimationFrame(step);
    };
    step(start);
  }

  draw() {
    const { fixed, live, path, grown } = this, view = fixed && prepare(this.canvas);
    if (!view) return;
    const isThere = grown >= path.length - 1, piece = Math.min(Math.floor(grown), path.length - 1), share = grown - piece;
    drawPoints(view, fixed.places, fixed.labels, fixed.colours, live.neighbours.length && isThere ? 0.55 : 0.8);
    if (isThere) live.neighbours.forEach((neighbour) => this.light(view, neighbour));
    if (!path.length) return;
    const next = path[Math.min(piece + 1, path.length - 1)];
    const end = [0, 1].map((axis) => path[piece][axis] + share * (next[axis] - path[piece][axis]));
    drawPath(view, [...path.slice(0, piece + 1), end], view.text);
    path.slice(0, piece + 1).forEach((place, number) => this.dot(view, place, live.lifts.includes(number) ? 4.5 : 2.5));
    drawMarker(view, end, live.name);
    this.canvas.dataset.path = isThere ? path.length : 0;
  }

  dot({ pen, at, text }, place, radius) {
    pen.fillStyle = text;
    pen.beginPath();
    pen.arc(...at(...place), radius, 0, 7);
    pen.fill();
  }

  light(view, { place, label }) {
    const { pen, at } = view, [x, y] = at(...place);
    pen.fillStyle = view.page;
    pen.strokeStyle = this.fixed.colours[label];
    pen.lineWidth = 2;
    pen.beginPath();
    pen.arc(x, y, 9, 0, 7);
    pen.fill();
    pen.stroke();
    pen.font = `700 13px ${view.font}`;
    [pen.textAlign, pen.textBaseline, pen.fillStyle] = ['center', 'middle', this.fixed.colours[label]];
    pen.fillText(label, x, y + 0.5);
  }

  end() {
    cancelAnimationFrame(this.frame);
    this.resizing.disconnect();
  }
}

export default function ({ parentElement, data, setStateValue }) {
  const root = parentElement.querySelector('.map');
  if (data.fixed && !kept.has(data.id)) {
    if (kept.size > 2) kept.delete(kept.keys().next().value);
    const labels = Uint8Array.from(atob(data.fixed.labels), (letter) => letter.charCodeAt(0));
    kept.set(data.id, { ...data.fixed, labels, places: decodePlaces(data.fixed.places) });
  }
  const fixed = kept.get(data.id), has = fixed ? data.id : '';
  if (data.held !== has) setStateValue('held', has);
  if (!fixed) return undefined;
  root.map ??= new LiveMap(root);
  root.map.show(fixed, data.live);
  return () => { root.map?.end(); root.map = undefined; };
}
