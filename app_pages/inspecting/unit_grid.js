// The units of a layer as small pictures: switches to turn off and on, or options to choose one from. One tab stop.

const STEPS = { ArrowLeft: () => -1, ArrowRight: () => 1, ArrowUp: (wide) => -wide, ArrowDown: (wide) => wide };

function unit(name, at, data) {
  const [element, picture, number] = ['div', 'div', 'span'].map((tag) => document.createElement(tag));
  const place = (cell, cells) => `${cells > 1 ? (cell / (cells - 1)) * 100 : 0}%`;
  const row = Math.floor(at / data.across);
  picture.style.backgroundPosition = `${place(at % data.across, data.across)} ${place(row, data.down)}`;
  element.className = 'unit';
  element.number = at;
  element.setAttribute('role', data.is_switch ? 'switch' : 'option');
  element.setAttribute('aria-label', name);
  element.title = name;
  number.textContent = at;
  number.setAttribute('aria-hidden', 'true');
  element.append(picture, number);
  return element;
}

export default function ({ parentElement, data, setStateValue }) {
  const list = parentElement.querySelector('.units');
  const shape = JSON.stringify([data.names, data.is_switch]);
  if (list.shape !== shape) {
    list.shape = shape;
    list.sent = [];
    list.setAttribute('role', data.is_switch ? 'group' : 'listbox');
    list.replaceChildren(...data.names.map((name, at) => unit(name, at, data)));
    list.stop = 0;
  }
  list.setAttribute('aria-label', data.title);
  list.classList.toggle('tight', data.is_tight);
  const looks = { columns: data.columns, narrow: data.narrow, tile: data.tile, across: data.across, down: data.down };
  Object.entries(looks).forEach(([name, value]) => list.style.setProperty(`--${name}`, value));
  list.style.setProperty('--sprite', `url(${data.sprite})`);

  // NOTE: several presses may come before the page has run once; what it says of the earlier ones is out of date.
  const said = JSON.stringify(data.marked);
  const at = list.sent.indexOf(said);
  if (at < 0) list.sent = [];
  else list.sent.splice(0, at + 1);
  if (!list.sent.length) list.marked = new Set(data.marked);

  const units = [...list.children];
  const stopAt = (stop) => {
    list.stop = stop;
    units.forEach((each) => { each.tabIndex = each.number === stop ? 0 : -1; });
  };
  const mark = () => units.forEach((each) => {
    const isMarked = list.marked.has(each.number);
    if (data.is_switch) each.setAttribute('aria-checked', !isMarked);
    else each.setAttribute('aria-selected', isMarked);
  });
  const choose = (number) => {
    stopAt(number);
    if (!data.is_switch) list.marked = new Set([number]);
    else if (!list.marked.delete(number)) list.marked.add(number);
    mark();
    const marked = [...list.marked].sort((one, other) => one - other);
    list.sent.push(JSON.stringify(marked));
    setStateValue('marked', marked);
  };
  stopAt(Math.min(list.stop, units.length - 1));
  mark();

  list.onclick = (event) => {
    const clicked = event.target.closest('.unit');
    if (clicked) choose(clicked.number);
  };
  list.onkeydown = (event) => {
    const here = units.indexOf(event.target);
    const columns = getComputedStyle(list).gridTemplateColumns.split(' ').length;
    const ends = { Home: 0, End: units.length - 1 };
    const next = units[event.key in STEPS ? here + STEPS[event.key](columns) : ends[event.key]];
    if (event.key === 'Enter' || event.key === ' ') choose(event.target.number);
    else if (next) { stopAt(next.number); next.focus(); }
    if (event.key in STEPS || event.key in ends || event.key === 'Enter' || event.key === ' ') event.preventDefault();
  };
}
