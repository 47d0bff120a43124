// What the canvas itself does not do, in the browser: its size, what is shown on it while it is blank, Undo, Redo and
// Clear at the moment they are pressed, and drawing with keys. Its Python half says why.

const SIDE = 280;  // px of the drawing; the canvas on the screen has any size
const STEP = 7, COARSE = 28, FINE = 1;  // px that an arrow key moves the pen; with Shift; with Alt
const LOOK_AGAIN = 200;  // ms, until a canvas that was put on the screen again is noticed
const WRITING = 2600, READING = 3600;  // ms: an example is written, and stays until it is written again
const STYLE = `
.dc-root, .dc-scroll, .dc-container, .dc-container > *, canvas {
  width: var(--canvas) !important; height: var(--canvas) !important; max-width: none !important; }
.dc-root .dc-textarea-host { width: 0 !important; height: 0 !important; }
.dc-root .dc-toolbar { display: none !important; }
.dc-scroll { overflow: hidden; border-radius: 10px; }
.dc-canvas { outline: none; }
canvas { touch-action: none; }
.upper-canvas:focus-visible { outline: 3px solid var(--st-primary-color) !important; outline-offset: -3px; }
#hand { position: absolute; inset: 0; z-index: 30; pointer-events: none; color: #fff; }
#hand svg { width: 100%; height: 100%; display: block; }
#hand polyline { fill: none; stroke: #fff; stroke-linecap: round; stroke-linejoin: round; stroke-dasharray: 1; }
#hand .ghost { opacity: .13; }
#hand .written { opacity: .85; }
#hand p { position: absolute; inset: auto 0 4% 0; margin: 0; text-align: center; font: 600 1rem var(--st-font); }
#hand .pen { position: absolute; border: 2px solid #fff; outline: 2px solid #4353d6; border-radius: 50%;
  transform: translate(-50%, -50%); box-sizing: border-box; }
#hand .pen.down { background: #7484f8; }
#hand [role=status] { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
#hand [hidden] { display: none; }
`;
const OVERLAY = `
<svg viewBox="0 0 ${SIDE} ${SIDE}" aria-hidden="true"><g class="ghost"></g><g class="written"></g></svg>
<p aria-hidden="true">Draw here</p>
<div class="pen" hidden></div>
<span role="status"></span>`;

let shown = null;    // what the server said last
let removed = { canvas: '', count: 0 };  // how many of the strokes in a canvas's background are removed
let touched = false; // true from the first touch of a blank canvas until the server has seen a blank one again
let dressed = { canvas: '', undo: null };  // the canvas that was dressed last, and its undo button
let hasFocus = false;  // whether that canvas had the keyboard's focus as long as it was on the screen
let pen = { x: SIDE / 2, y: SIDE / 4, isDown: false };
let animation = 0, frame = -1;
const held = new Set();  // arrow keys that are down

function canvasRoot() {
  const inside = document.querySelectorAll(`.st-key-${shown?.canvas} *`);
  return [...inside].find((element) => element.shadowRoot)?.shadowRoot;
}

function upperCanvas() {
  return canvasRoot()?.querySelector('canvas.upper-canvas');
}

function canvasTools() {
  const root = canvasRoot();
  const [undo, redo, reset] = ['Undo', 'Redo', 'Reset canvas & history'].map(
    (name) => root?.querySelector(`[aria-label="${name}"]`));
  return undo && redo && reset ? { undo, redo, reset } : null;
}

function tellOthers(name, detail) {
  window.dispatchEvent(new CustomEvent(`digits-${name}`, { detail }));
}

// --- What lies on the canvas ---

function overlay() {
  return canvasRoot()?.querySelector('#hand');
}

function dress(tries = 100) {
  const root = canvasRoot(), upper = upperCanvas();
  if (!upper || !root.querySelector('.dc-toolbar')) {
    if (tries) setTimeout(dress, 30, tries - 1);  // the canvas is not there yet
    return;
  }
  if (!root.querySelector('#hand')) {
    const { undo } = canvasTools();
    const isLost = dressed.canvas === shown.canvas && !dressed.undo.disabled && undo.disabled;
    if (isLost) shown.trigger('lost', shown.canvas);
    dressed = { canvas: shown.canvas, undo };
    const style = document.createElement('style'), hand = document.createElement('div');
    style.textContent = STYLE;
    hand.id = 'hand';
    hand.innerHTML = OVERLAY;
    root.append(style);
    root.querySelector('.dc-container').append(hand);
    for (const name of ['mousedown', 'touchstart']) upper.addEventListener(name, touch, { capture: true, passive: true });
    upper.addEventListener('keydown', keyDown);
    upper.addEventListener('keyup', (event) => held.delete(event.key));
    upper.addEventListener('focus', enter);
    upper.addEventListener('blur', () => leave(upper));
    upper.tabIndex = 0;
    upper.setAttribute('role', 'application');
    upper.setAttribute('aria-roledescription', 'canvas');
  }
  upper.setAttribute('aria-label', 'Canvas. Arrow keys move the pen, Space lowers and lifts it; '
    + 'with Shift a key moves it further, with Alt less far. A digit key writes an example.');
  // The tools are icons; Streamlit has no name for an option of a segmented control besides what it shows.
  document.querySelectorAll('.st-key-draw_tool button').forEach(
    (button, at) => button.setAttribute('aria-label', shown.tools[at]));
  showBlank();
  if (root.activeElement === upper) enter();  // it had the focus before this listened
  else takeFocusBack();
}

function enter() {
  hasFocus = true;
  showPen();
}

// A canvas that is taken off the screen has the same event as one that a visitor leaves.
function leave(upper) {
  held.clear();
  liftPen();
  showPen();
  queueMicrotask(() => {
    if (upper.isConnected) hasFocus = false; else takeFocusBack();
  });
}

// The canvas that took its place is on the screen before it is taken off, or after.
function takeFocusBack() {
  if (hasFocus && overlay() && document.activeElement === document.body) {
    pen.isDown = false;
    upperCanvas().focus({ preventScroll: true });
  }
}

// Streamlit's page may take the canvas off the screen and put it on it again, blank, without telling the server.
function keepDressed() {
  if (shown && upperCanvas() && !overlay()) dress();
}

function touch() {
  if (touched || !shown?.is_blank) return;
  touched = true;
  tellOthers('touch');
  showBlank();
}

// The ghost of a digit, the words "Draw here", and the example that writes itself, as long as the canvas is blank.
function showBlank() {
  const hand = overlay();
  if (!hand) return;
  const isBlank = shown.is_blank && !touched && canvasTools()?.undo.disabled !== false;
  const [svg, words] = ['svg', 'p'].map((part) => hand.querySelector(part));
  svg.toggleAttribute('hidden', !isBlank);
  svg.style.display = isBlank ? '' : 'none';
  words.hidden = !isBlank;
  cancelAnimationFrame(animation);
  frame = -1;
  if (!isBlank) return;
  const [ghost, written] = ['.ghost', '.written'].map((part) => hand.querySelector(part));
  const lines = shown.example.lines.map((line) => `<polyline pathLength="1" points="${line.join(' ')}"/>`).join('');
  for (const group of [ghost, written]) group.innerHTML = lines;
  svg.setAttribute('stroke-width', shown.example.brush);
  written.style.display = shown.plays ? '' : 'none';
  if (shown.plays) play(written);
}

function play(written) {
  const lengths = shown.example.lines.map((line) => line.slice(1).reduce(
    (sum, [x, y], at) => sum + Math.hypot(x - line[at][0], y - line[at][1]), 0));
  const total = lengths.reduce((sum, length) => sum + length, 0) || 1;
  const still = matchMedia('(prefers-reduced-motion: reduce)').matches;
  const begin = performance.now();
  const show = (now) => {
    const part = still ? 1 : Math.min(1, ((now - begin) % (WRITING + READING)) / WRITING);
    let before = 0;
    [...written.children].forEach((line, at) => {
      const own = Math.min(1, Math.max(0, (part * total - before) / (lengths[at] || 1)));
      line.style.strokeDashoffset = 1 - own;
      line.style.visibility = own > 0 ? 'visible' : 'hidden';
      before += lengths[at];
    });
    const next = Math.floor(part * shown.example.frames);
    if (next !== frame) tellOthers('example', { frame: frame = next });
    if (!still) animation = requestAnimationFrame(show);
  };
  show(begin);
}

// --- Undo, Redo and Clear ---

function removeFromBackground(change) {
  const count = Math.max(0, Math.min(removed.count + change, shown.began_with));
  if (count === removed.count) return;
  removed.count = count;
  shown.report('removed', { ...removed });
}

const ACTIONS = {
  undo(tools) {
    if (tools.undo.disabled) removeFromBackground(1); else tools.undo.click();
  },
  redo(tools) {
    if (removed.count && tools.undo.disabled) removeFromBackground(-1); else tools.redo.click();
  },
  clear(tools) {
    tools.reset.click();
    removeFromBackground(shown.began_with);
  },
};

function act(name) {
  const tools = shown && canvasTools();
  if (tools) ACTIONS[name](tools);
  return Boolean(tools);
}

function press(event) {
  const name = Object.keys(ACTIONS).find((each) => event.target.closest?.(`.st-key-draw_${each} button`));
  if (name && act(name)) event.stopPropagation();  // otherwise the server does it
}

// --- Keys ---

function send(kind) {
  const upper = upperCanvas(), box = upper.getBoundingClientRect(), scale = box.width / SIDE;
  (kind === 'mousedown' ? upper : document).dispatchEvent(new MouseEvent(kind, {
    bubbles: true, cancelable: true, composed: true, view: window, button: 0, buttons: kind === 'mouseup' ? 0 : 1,
    clientX: box.left + pen.x * scale, clientY: box.top + pen.y * scale,
  }));
}

function say(words) {
  const status = overlay()?.querySelector('[role=status]');
  if (status) status.textContent = words;
}

function showPen() {
  const hand = overlay(), upper = upperCanvas();
  if (!hand || !upper) return;
  const circle = hand.querySelector('.pen');
  circle.hidden = canvasRoot().activeElement !== upper || !upper.matches(':focus-visible');
  circle.classList.toggle('down', pen.isDown);
  const percent = (part) => `${100 * part / SIDE}%`;
  Object.assign(circle.style, { left: percent(pen.x), top: percent(pen.y),
    width: percent(Math.max(12, shown.brush)), height: percent(Math.max(12, shown.brush)) });
}

function liftPen() {
  if (!pen.isDown) return;
  pen.isDown = false;
  send('mouseup');
  say('Pen lifted');
}

function keyDown(event) {
  if (event.ctrlKey || event.metaKey) return;
  const arrows = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
  if (event.key === ' ' && !event.repeat) {
    if (pen.isDown) liftPen();
    else {
      pen.isDown = true;
      send('mousedown');
      say('Pen on the paper');
    }
  } else if (arrows[event.key]) {
    held.add(event.key);
    const step = event.shiftKey ? COARSE : event.altKey ? FINE : STEP;
    for (const key of held) {
      pen.x = Math.max(0, Math.min(SIDE, pen.x + step * arrows[key][0]));
      pen.y = Math.max(0, Math.min(SIDE, pen.y + step * arrows[key][1]));
    }
    if (pen.isDown) send('mousemove');
  } else if (event.key !== ' ') return;
  event.preventDefault();
  event.stopPropagation();
  showPen();
}

function otherTool() {
  return document.querySelector('.st-key-draw_tool button:not([aria-checked=true])');
}

function isTyping(event) {
  const target = event.composedPath()[0];
  return target.closest?.('input, textarea, select, [contenteditable=true], [role=slider], [role=dialog]');
}

function shortcut(event) {
  if (!shown || isTyping(event) || event.altKey) return;
  const key = event.key.toLowerCase(), control = event.ctrlKey || event.metaKey;
  if (control) {
    if (key === 'z') act(event.shiftKey ? 'redo' : 'undo');
    else if (key === 'y') act('redo');
    else return;
  } else if (/^[0-9]$/.test(key)) shown.trigger('wrote', Number(key));
  else if (key === 'delete' || key === 'backspace') act('clear');
  else if (key === 'e') otherTool()?.click();
  else return;
  event.preventDefault();
  event.stopPropagation();
}

const LISTENERS = [['click', press], ['keydown', shortcut]];

export default function ({ data, setStateValue, setTriggerValue }) {
  if (removed.canvas !== data.canvas) removed = { canvas: data.canvas, count: 0 };
  if (!data.is_blank || shown?.canvas !== data.canvas || canvasTools()?.undo.disabled) touched = false;
  const example = JSON.stringify(data.example) + data.plays + data.is_blank + data.canvas;
  const isSame = shown?.example_id === example;
  shown = { ...data, report: setStateValue, trigger: setTriggerValue, example_id: example };
  LISTENERS.forEach(([name, listener]) => document.addEventListener(name, listener, true));
  const watch = setInterval(keepDressed, LOOK_AGAIN);
  if (!isSame || !overlay()) dress(); else showPen();
  return () => {
    LISTENERS.forEach(([name, listener]) => document.removeEventListener(name, listener, true));
    cancelAnimationFrame(animation);
    clearInterval(watch);
    shown = null;
  };
}
