// The answer, its ten probabilities and the model's input, for one model or for two side by side.

const CLASSES = 10;
let panel = null;

function element(tag, name, text = '') {
  const made = document.createElement(tag);
  made.className = name;
  made.textContent = text;
  return made;
}

function buildBars() {
  const bars = element('div', 'bars');
  bars.setAttribute('role', 'img');
  bars.dataset.testid = 'probabilities';
  for (let digit = 0; digit < CLASSES; digit++) {
    const bar = element('div', 'bar');
    bar.innerHTML = `<span>${digit}</span><div class="track"><div class="fill"></div></div><span></span>`;
    bars.append(bar);
  }
  return bars;
}

function buildModel() {
  const model = element('section', 'model');
  model.innerHTML = '<h2></h2><div class="answer"><p class="doubt"></p><p class="line"><span class="before"></span>'
    + '<b data-testid="answer"></b></p><p class="comment"></p></div>';
  model.querySelector('.answer').setAttribute('aria-live', 'polite');
  model.append(buildBars());
  return model;
}

function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

function fillModel(node, model, place, choose) {
  const digit = model.digits[place] ?? model.digits[0];
  node.className = `model is-${model.tone}`;
  setText(node.querySelector('h2'), model.name);
  setText(node.querySelector('.doubt'), model.tone === 'doubt' ? model.comment : '');
  setText(node.querySelector('.comment'), model.tone === 'doubt' ? '' : model.comment);
  setText(node.querySelector('.before'), model.before);
  const answer = node.querySelector('b'), text = model.digits.map((each) => each.label).join('') || model.answer;
  answer.style.setProperty('--count', Math.max(1, text.length));
  if (model.digits.length < 2) setText(answer, text);
  else {
    if (answer.textContent !== text || answer.children.length !== text.length) {
      answer.replaceChildren(...model.digits.map((each) => element('button', '', each.label)));
    }
    [...answer.children].forEach((button, at) => {
      button.setAttribute('aria-pressed', at === place);
      button.setAttribute('aria-label', `${button.textContent}, details of digit ${at + 1}`);
      button.onclick = () => choose(at);
    });
  }
  const bars = node.querySelector('.bars');
  bars.setAttribute('aria-label', digit?.description ?? 'No probabilities yet');
  [...bars.children].forEach((bar, at) => {
    bar.classList.toggle('chosen', Boolean(digit) && String(at) === digit.label);
    bar.querySelector('.fill').style.width = `${digit ? 100 * digit.probabilities[at] : 0}%`;
    setText(bar.lastChild, digit ? digit.percents[at] : '');
  });
}

function fillInput(node, input) {
  node.hidden = !input;
  if (!input) return;
  setText(node.querySelector('p'), input.caption);
  const [picture, views] = ['.picture', '.views'].map((part) => node.querySelector(part));
  if (picture.src !== input.image) picture.src = input.image;
  picture.alt = 'the digit, 28 × 28 grey pixels';
  while (views.children.length > input.views.length) views.lastChild.remove();
  while (views.children.length < input.views.length) views.append(element('img', ''));
  [...views.children].forEach((view, at) => {
    if (view.src !== input.views[at]) view.src = input.views[at];
    view.alt = `view ${at + 1}`;
  });
}

function fill(data) {
  const models = panel.root.querySelector('.models');
  while (models.children.length > data.models.length) models.lastChild.remove();
  while (models.children.length < data.models.length) models.append(buildModel());
  panel.root.classList.toggle('two', data.models.length > 1);
  [...models.children].forEach((node, at) => fillModel(node, data.models[at], panel.place, choosePlace));
  fillInput(panel.root.querySelector('.input'), data.shows_input && (data.inputs[panel.place] ?? data.inputs[0]));
}

function choosePlace(place) {
  panel.place = place;
  fill(panel.data);
  panel.report('place', place);
}

// While an example writes itself on the canvas, the panel shows what the model makes of it so far.
function showFrame({ detail: { frame } }) {
  const frames = panel?.data.frames ?? [];
  if (!frames.length || panel.isTouched) return;
  fill({ ...panel.data, ...(frames[frame] ?? {}) });
}

function showBlank() {
  if (!panel?.data.blank) return;
  panel.isTouched = true;
  fill({ ...panel.data, ...panel.data.blank });
}

const LISTENERS = [['digits-example', showFrame], ['digits-touch', showBlank]];

export default function ({ parentElement, data, setStateValue }) {
  const root = parentElement.querySelector('.panel');
  const isFirst = panel?.root !== root;
  const isSame = !isFirst && panel.id === JSON.stringify(data);
  if (isSame) return panel.cleanUp;
  const cleanUp = () => {
    LISTENERS.forEach(([name, listener]) => window.removeEventListener(name, listener));
    panel = null;
  };
  panel = { root, data, id: JSON.stringify(data), place: data.place, report: setStateValue, isTouched: false, cleanUp };
  LISTENERS.forEach(([name, listener]) => window.addEventListener(name, listener));
  fill(data);
  return cleanUp;
}
