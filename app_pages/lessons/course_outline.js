// The list of steps. The browser keeps the answers, so that they are there at the next visit.

const STORE = 'digits_course';
const NARROW = '(max-width: 640px)';  // where the list stands above the step
let shown = '';  // the step on the screen

function kept() {
  try {
    const value = JSON.parse(localStorage.getItem(STORE) ?? '{}');
    return value && typeof value === 'object' && !Array.isArray(value) ? value : {};
  } catch {
    return {};
  }
}

function keep(answers) {
  try {
    localStorage.setItem(STORE, JSON.stringify(answers));
  } catch { /* the browser keeps nothing for this site */ }
}

function element(tag, name = '', text = '') {
  const made = document.createElement(tag);
  if (name) made.className = name;
  made.textContent = text;
  return made;
}

function stepItem(step, data, answers, choose) {
  const item = element('li'), button = element('button', 'step'), isDone = step.key in answers;
  button.type = 'button';
  button.dataset.key = step.key;
  const mark = element('span', isDone ? 'mark done' : 'mark', isDone ? '✓' : String(step.number));
  mark.setAttribute('aria-hidden', 'true');
  button.append(mark, element('span', '', step.title));
  button.setAttribute('aria-label', `${step.number}. ${step.title}${isDone ? ', answered' : ''}`);
  if (step.key === data.current) button.setAttribute('aria-current', 'step');
  button.onclick = () => choose(step.key);
  item.append(button);
  return item;
}

function chapterItem(chapter, data, answers, choose) {
  const item = element('li', chapter.isCurrent ? 'chapter current' : 'chapter'), button = element('button', 'name');
  const done = chapter.steps.filter((step) => step.key in answers).length;
  button.type = 'button';
  button.append(element('span', '', chapter.title), element('span', 'count', `${done} / ${chapter.steps.length}`));
  button.setAttribute('aria-label', `${chapter.title}, ${done} of ${chapter.steps.length} answered`);
  button.setAttribute('aria-expanded', chapter.isCurrent);
  button.onclick = () => choose(chapter.steps[0].key);
  item.append(button);
  if (chapter.isCurrent) {
    const steps = element('ol');
    steps.append(...chapter.steps.map((step) => stepItem(step, data, answers, choose)));
    item.append(steps);
  }
  return item;
}

// A new step begins at its heading, not where the button for it was.
function showTop() {
  const heading = document.querySelector('.st-key-lessons_step');
  if (heading && heading.getBoundingClientRect().top < 0) heading.scrollIntoView({ block: 'start' });
}

export default function ({ parentElement, data, setStateValue, setTriggerValue }) {
  const details = parentElement.querySelector('details'), list = parentElement.querySelector('nav > ol');
  const before = kept(), answers = { ...before, ...data.answers };
  if (JSON.stringify(before) !== JSON.stringify(answers)) keep(answers);
  if (Object.keys(before).some((key) => !(key in data.answers)) && !details.dataset.isSent) {
    details.dataset.isSent = 'yes';  // once: what the server does not take, it does not know
    setStateValue('answers', before);
  }
  const steps = data.chapters.flatMap((chapter) => chapter.steps);
  const done = steps.filter((step) => step.key in answers).length;
  const place = steps.findIndex((step) => step.key === data.current);
  const summary = parentElement.querySelector('summary'), bar = element('span', 'track'), fill = element('span', 'fill');
  fill.style.width = `${(100 * done) / steps.length}%`;
  bar.append(fill);
  summary.replaceChildren(
    element('span', 'place', `Step ${place + 1} of ${steps.length}`),
    element('span', 'count', `${done} answered`),
    bar,
  );
  const narrow = matchMedia(NARROW);
  const fit = () => { details.open = !narrow.matches; };
  if (!details.dataset.isFitted || shown !== data.current) fit();
  details.dataset.isFitted = 'yes';
  narrow.onchange = fit;
  const focused = list.contains(parentElement.activeElement ?? null) || list.matches(':focus-within');
  list.replaceChildren(
    ...data.chapters.map((chapter) => chapterItem(chapter, data, answers, (key) => setTriggerValue('step', key))),
  );
  if (focused) list.querySelector('[aria-current]')?.focus();
  if (shown && shown !== data.current) setTimeout(showTop, 80);
  shown = data.current;
}
