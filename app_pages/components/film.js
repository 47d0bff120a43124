// A film of small pictures: it plays once when it is new, again on a press, and can be moved by hand.

const FRAME = 60; // ms
const ICONS = { play: 'M8 5v14l11-7z', pause: 'M6 5h4v14H6zM14 5h4v14h-4z' };
const isStill = () => matchMedia('(prefers-reduced-motion: reduce)').matches;

export default function ({ parentElement, data }) {
  const root = parentElement.querySelector('.film');
  const [picture, button, slider, words] = ['.picture', 'button', 'input', 'p'].map((part) => root.querySelector(part));
  const last = data.captions.length - 1;
  const show = (at) => {
    const place = (cell, cells) => `${cells > 1 ? (cell / (cells - 1)) * 100 : 0}%`;
    const row = Math.floor(at / data.across);
    picture.style.backgroundPosition = `${place(at % data.across, data.across)} ${place(row, data.down)}`;
    slider.value = at;
    slider.setAttribute('aria-valuetext', data.captions[at]);
    words.textContent = data.captions[at];
  };
  const stop = () => {
    clearInterval(root.timer);
    root.timer = null;
    button.setAttribute('aria-label', 'Play again');
    button.querySelector('path').setAttribute('d', ICONS.play);
  };
  const play = () => {
    stop();
    button.setAttribute('aria-label', 'Pause');
    button.querySelector('path').setAttribute('d', ICONS.pause);
    if (Number(slider.value) >= last) show(0);
    root.timer = setInterval(() => {
      if (!root.isConnected || Number(slider.value) >= last) stop();
      else show(Number(slider.value) + 1);
    }, FRAME);
  };
  button.onclick = () => (root.timer ? stop() : play());
  slider.oninput = () => { stop(); show(Number(slider.value)); };

  const id = JSON.stringify(data);
  if (root.id_ !== id) {
    root.id_ = id;
    root.style.setProperty('--sprite', `url(${data.sprite})`);
    root.style.setProperty('--across', data.across);
    root.style.setProperty('--down', data.down);
    picture.setAttribute('aria-label', data.alt);
    slider.max = last;
    slider.setAttribute('aria-label', data.slider);
    stop();
    if (isStill()) show(last);
    else { show(0); play(); }
  }
  return () => clearInterval(root.timer);
}
