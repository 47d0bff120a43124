// Digits as points of a plane, each drawn as its own digit in its own colour; two components show it.

const EDGE = 14;  // px around the points

function decodePlaces(text) {
  const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  return Float32Array.from(new Uint16Array(bytes.buffer), (place) => place / 65535);
}

// Fit a canvas to its size on the screen, and return how to draw on it in px.
function prepare(canvas) {
  const { width, height } = canvas.getBoundingClientRect(), ratio = window.devicePixelRatio || 1;
  if (!width || !height) return null;
  const wide = Math.round(width * ratio), high = Math.round(height * ratio);
  if (canvas.width !== wide || canvas.height !== high) [canvas.width, canvas.height] = [wide, high];
  const pen = canvas.getContext('2d');
  pen.setTransform(ratio, 0, 0, ratio, 0, 0);
  pen.clearRect(0, 0, width, height);
  const at = (x, y) => [EDGE + x * (width - 2 * EDGE), EDGE + (1 - y) * (height - 2 * EDGE)];
  const style = getComputedStyle(canvas);
  return {
    pen, at, width, height, font: style.fontFamily, small: width < 360,
    text: style.getPropertyValue('--st-text-color'), page: style.getPropertyValue('--st-background-color'),
    accent: style.getPropertyValue('--st-primary-color'),
  };
}

// Draw points: places x, y in [0, 1], y upwards, one after the other; labels 0 to 9; a colour per label.
function drawPoints(view, places, labels, colours, strength = 1) {
  const { pen, at } = view;
  pen.font = `600 ${view.small ? 9 : 11}px ${view.font}`;
  pen.textAlign = 'center';
  pen.textBaseline = 'middle';
  pen.globalAlpha = strength;
  const every = view.small && labels.length > 600 ? 2 : 1;  // a small map would be full
  for (let label = 0; label < 10; label++) {
    pen.fillStyle = colours[label];
    for (let point = 0; point < labels.length; point += every) {
      if (labels[point] === label) pen.fillText(label, ...at(places[2 * point], places[2 * point + 1]));
    }
  }
  pen.globalAlpha = 1;
}

// Draw a line through places, thin and faint at its beginning.
function drawPath(view, path, colour) {
  const { pen, at } = view;
  pen.lineCap = pen.lineJoin = 'round';
  pen.strokeStyle = colour;
  for (let end = 1; end < path.length; end++) {
    const share = end / Math.max(1, path.length - 1);
    pen.globalAlpha = 0.3 + 0.7 * share;
    pen.lineWidth = 1 + 2 * share;
    pen.beginPath();
    pen.moveTo(...at(...path[end - 1]));
    pen.lineTo(...at(...path[end]));
    pen.stroke();
  }
  pen.globalAlpha = 1;
}

// Draw where a picture lies, with its name beside it.
function drawMarker(view, place, name) {
  const { pen, at } = view, [x, y] = at(...place);
  const disc = (radius, colour) => { pen.fillStyle = colour; pen.beginPath(); pen.arc(x, y, radius, 0, 7); pen.fill(); };
  disc(9, view.page);
  disc(7, view.accent);
  disc(3, view.page);
  pen.font = `700 13px ${view.font}`;
  pen.textBaseline = 'middle';
  pen.textAlign = 'center';
  const half = pen.measureText(name).width / 2 + 4, above = y > 40 ? y - 20 : y + 20;
  const middle = Math.min(view.width - half, Math.max(half, x));
  pen.lineWidth = 4;
  pen.lineJoin = 'round';
  pen.strokeStyle = view.page;
  pen.strokeText(name, middle, above);
  pen.fillStyle = view.text;
  pen.fillText(name, middle, above);
}
