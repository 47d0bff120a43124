"""Measure how well handwriting is read in photos, made from strangers' digits as a phone would take them.

    python -m tests.benchmarks.photo_set pen_digits.jsonl [--box 500] [--photos 200] [--seed 0] [--save FOLDER]

The file has one line per digit, as `tests.benchmarks.ink` describes. Every other photo shows a single digit, 8 to 30 mm
high; the rest show five digits of one writer in a row, 8 to 16 mm high. A photo is a JPEG of 1,200x900 px, and its
properties are drawn:

- paper: white, cream, yellow or grey, with grain and fibres;
- ruling: plain, ruled every 7 to 9 mm (40% with a red margin) or squared every 5 mm, in faint or strong lines of 0.2 to
  0.4 mm; 70% of the writing stands on a line;
- pen: a ballpoint of 0.5 to 0.9 mm, blue or black, of uneven pressure, or a felt-tip of 1.4 to 2.6 mm in four colours;
- light: even, from one side, or with the shadow of a hand that takes 25% to 50% of the light;
- perspective: a phone's camera (26 mm) that is tilted to any side, by less than 4 degrees, by 4 to 12 or by 12 to 20,
  and rolled by up to 6 degrees;
- blur: 0.4 to 0.8 px, 0.8 to 1.8 px or 1.8 to 3 px (standard deviation); then noise, and a JPEG quality of 50 to 92.

Each photo is read as the app and the command line read it. It is right when the whole number is. "as drawn" is how
often the same digits are read right when their ink is known: without paper, pen, light and camera. `--save` writes the
photos, what is read in them, and contact sheets of all photos and of the misread ones, each beside the ink found.
"""

import argparse
import io
import json
import math
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from scipy.ndimage import gaussian_filter

from mnist_core.ink.photo import extract_ink, open_image
from mnist_core.ink.strokes import Strokes, rasterise
from mnist_core.recognition.predictor import Predictor, load_predictor
from tests.benchmarks.numbers import compose
from tests.benchmarks.strangers import StrangersDigit, strangers_digits, strangers_parser

WIDTH, HEIGHT = 1200, 900  # px
FOCAL = WIDTH * 26 / 36  # px, of a phone's main camera: as 26 mm on film, which is 36 mm wide
DIGITS = 5  # in a row
FINE = 16  # px per mm of the drawn ink
PAPERS = {"white": (250, 250, 248), "cream": (247, 240, 222), "yellow": (245, 236, 180), "grey": (222, 220, 214)}
BALLPOINTS = ((28, 42, 135), (36, 36, 44))
FELT_TIPS = ((25, 25, 28), (20, 50, 150), (175, 25, 35), (20, 105, 60))
RULINGS = ((125, 160, 205), (150, 150, 158))  # blue and grey, before they are made fainter
MARGIN_RED = (215, 110, 115)
TILTS = {"straight": (0, 4), "tilted": (4, 12), "steep": (12, 20)}  # degrees
BLURS = {"sharp": (0.4, 0.8), "soft": (0.8, 1.8), "blurred": (1.8, 3.0)}  # px
RULED_SPACING, SQUARE = (7.0, 9.0), 5.0  # mm
GAMMA = 2.2
THUMBNAIL = (300, 225)  # px


@dataclass(frozen=True)
class Properties:
    """What a photo is like; the report has one line for each value."""

    paper: str
    ruling: str
    pen: str
    light: str
    perspective: str
    blur: str


@dataclass(frozen=True)
class Photo:
    """A photo and what it shows: its JPEG file, the number and the strokes."""

    content: bytes
    number: str
    drawing: Strokes
    properties: Properties


@dataclass(frozen=True)
class Reading:
    """What is read in a photo: the number, the label as one digit, and the number if the ink is known."""

    photo: Photo
    ink: np.ndarray
    number: str
    label: str
    as_drawn: str

    @property
    def is_right(self) -> bool:
        """True when the whole number is right."""
        return self.number == self.photo.number


def draw_photo(digits: list[StrangersDigit], rng: np.random.Generator) -> Photo:
    """Write digits on paper, and take a photo of it."""
    ruling = str(rng.choice(["plain", "ruled", "squared"]))
    pen = str(rng.choice(["ballpoint", "felt-tip"]))
    properties = Properties(
        paper=str(rng.choice(list(PAPERS))),
        ruling=ruling,
        pen=pen,
        light=str(rng.choice(["even", "from one side", "shadow"])),
        perspective=str(rng.choice(list(TILTS))),
        blur=str(rng.choice(list(BLURS))),
    )
    is_row = len(digits) > 1
    thickness = rng.uniform(0.5, 0.9) if pen == "ballpoint" else rng.uniform(1.4, 2.6)  # mm
    height = max(rng.uniform(8, 16 if is_row else 30), 6 * thickness)  # mm
    gap = thickness / height + rng.uniform(0.15, 0.4)
    drawing = compose([digit.strokes for digit in digits], gap, False, rng)
    left, top, right, bottom = drawing.bounds()
    scale = height / max(bottom - top, 0.4 * (right - left) / len(digits), 1e-3)
    middle = np.array([(left + right) / 2, (top + bottom) / 2])
    lines = tuple((line - middle) * scale for line in drawing.lines)  # mm, around the middle of the writing
    width, height = (right - left) * scale + thickness, (bottom - top) * scale + thickness
    part = rng.uniform(0.5, 0.85) if is_row else rng.uniform(0.25, 0.6)  # of the photo that the writing fills
    mm_per_px = max(width / WIDTH, height / HEIGHT) / part if is_row else max(width, height) / (part * HEIGHT)
    to_paper = _camera(properties.perspective, mm_per_px, rng)
    x, y = _on_paper(to_paper)
    paper = _paper(properties.paper, rng)
    paper = _rule(paper, ruling, pen, x, y, height / 2, width / 2, rng)
    paper = _write(paper, lines, thickness, pen, to_paper, rng)
    paper *= _light(properties.light, rng)[..., None]
    low, high = BLURS[properties.blur]
    seen = gaussian_filter(paper, (*[rng.uniform(low, high)] * 2, 0))
    values = np.clip(seen, 0, 1) ** (1 / GAMMA) * 255 + rng.normal(0, rng.uniform(1.5, 5), (HEIGHT, WIDTH, 1))
    values += rng.normal(0, 1.5, (HEIGHT, WIDTH, 3))
    file = io.BytesIO()
    image = Image.fromarray(np.clip(np.rint(values), 0, 255).astype(np.uint8))
    image.save(file, "JPEG", quality=int(rng.integers(50, 93)))
    return Photo(file.getvalue(), "".join(str(digit.label) for digit in digits), drawing, properties)


def _camera(perspective: str, mm_per_px: float, rng: np.random.Generator) -> np.ndarray:
    """Return the homography (3, 3) float64 from px of the photo to mm on the paper, whose origin is the writing."""
    tilt, side = math.radians(rng.uniform(*TILTS[perspective])), rng.uniform(0, 2 * math.pi)
    roll = math.radians(rng.uniform(-6, 6))
    axis = np.array([math.cos(side), math.sin(side), 0])
    cross = np.array([[0, -axis[2], axis[1]], [axis[2], 0, -axis[0]], [-axis[1], axis[0], 0]])
    tilted = np.eye(3) + math.sin(tilt) * cross + (1 - math.cos(tilt)) * cross @ cross
    rolled = np.array([[math.cos(roll), -math.sin(roll), 0], [math.sin(roll), math.cos(roll), 0], [0, 0, 1]])
    turned = tilted @ rolled
    distance = FOCAL * mm_per_px  # mm
    middle = np.array([WIDTH, HEIGHT]) * (0.5 + rng.uniform(-0.05, 0.05, 2))
    lens = np.array([[FOCAL, 0, middle[0]], [0, FOCAL, middle[1]], [0, 0, 1]])
    to_photo = lens @ np.column_stack([turned[:, 0], turned[:, 1], [0, 0, distance]])
    inverse: np.ndarray = np.linalg.inv(to_photo)
    return inverse / inverse[2, 2]


def _on_paper(to_paper: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return x and y on the paper of every pixel: two arrays (HEIGHT, WIDTH) float64, in mm."""
    v, u = np.indices((HEIGHT, WIDTH)) + 0.5
    x, y, z = (row[0] * u + row[1] * v + row[2] for row in to_paper)
    return x / z, y / z


def _linear(colour: tuple[int, int, int]) -> np.ndarray:
    return (np.array(colour) / 255) ** GAMMA


def _paper(name: str, rng: np.random.Generator) -> np.ndarray:
    """Return paper with its grain: (HEIGHT, WIDTH, 3) float64, linear light in [0, 1]."""
    grain = gaussian_filter(rng.normal(size=(HEIGHT, WIDTH)), 1.2)
    fibres = gaussian_filter(rng.normal(size=(HEIGHT, WIDTH)), (2, 7)) + gaussian_filter(
        rng.normal(size=(HEIGHT, WIDTH)), 12
    )
    texture = 1 + rng.uniform(0.005, 0.02) * (grain / grain.std() + fibres / fibres.std())
    return np.asarray(_linear(PAPERS[name]) * texture[..., None])


def _rule(
    paper: np.ndarray,
    ruling: str,
    pen: str,
    x: np.ndarray,
    y: np.ndarray,
    baseline: float,
    half_width: float,
    rng: np.random.Generator,
) -> np.ndarray:
    """Print rulings on the paper; most writing stands on one of them."""
    if ruling == "plain":
        return paper
    spacing = SQUARE if ruling == "squared" else rng.uniform(*RULED_SPACING)
    first = baseline + rng.normal(0, 0.5) if rng.random() < 0.7 else rng.uniform(0, spacing)
    thickness = rng.uniform(0.2, 0.4)
    faintness = rng.uniform(0.35, 0.85)
    colour = RULINGS[rng.integers(len(RULINGS))]
    lines = [(y, first, spacing, colour)]
    if ruling == "squared":
        lines.append((x, rng.uniform(0, spacing), spacing, colour))
    elif rng.random() < 0.4:
        lines.append((x, -half_width - rng.uniform(4, 15), 1e6, MARGIN_RED))
    for place, start, period, ink in lines:
        across = np.hypot(*np.gradient(place))  # mm per px
        distance = np.abs((place - start + period / 2) % period - period / 2)
        coverage = np.clip((thickness / 2 - distance) / across + 0.5, 0, 1) * np.minimum(1, thickness / across)
        paper = paper * (1 - (coverage * faintness)[..., None] * (1 - _linear(ink)))
    return paper


def _write(
    paper: np.ndarray,
    lines: tuple[np.ndarray, ...],
    thickness: float,
    pen: str,
    to_paper: np.ndarray,
    rng: np.random.Generator,
) -> np.ndarray:
    """Write lines (n, 2), in mm around the middle of the writing, on the paper."""
    points = np.concatenate(lines)
    origin = points.min(axis=0) - 2 * thickness
    width, height = np.ceil((points.max(axis=0) + 2 * thickness - origin) * FINE).astype(int).tolist()
    moved = tuple((line - origin) * FINE for line in lines)
    coverage = rasterise(Strokes(moved, thickness * FINE, max(width, height)), width, height)
    pressure = gaussian_filter(rng.normal(size=(height // 4 + 1, width // 4 + 1)), 3)
    pressure = np.asarray(Image.fromarray(pressure / pressure.std()).resize((width, height)))
    opacity = np.clip(0.85 + 0.12 * pressure, 0.4, 1) if pen == "ballpoint" else np.clip(0.93 + 0.05 * pressure, 0, 1)
    from_paper = np.array([[FINE, 0, -FINE * origin[0]], [0, FINE, -FINE * origin[1]], [0, 0, 1]])
    matrix = from_paper @ to_paper
    matrix /= matrix[2, 2]
    # Pillow samples the picture once per pixel of the photo, so it is smoothed to the photo's resolution first.
    per_px = FINE * math.sqrt(abs(np.linalg.det(to_paper[:2, :2] - np.outer(to_paper[:2, 2], to_paper[2, :2]))))
    picture = Image.fromarray(gaussian_filter(coverage * opacity, per_px / 3).astype(np.float32))
    ink = np.asarray(
        picture.transform(
            (WIDTH, HEIGHT), Image.Transform.PERSPECTIVE, matrix.ravel()[:8].tolist(), Image.Resampling.BILINEAR
        )
    )
    colours = BALLPOINTS if pen == "ballpoint" else FELT_TIPS
    # Ink lets through a part of the light that the paper returns, rulings and all.
    return paper * (1 - ink[..., None] * (1 - _linear(colours[rng.integers(len(colours))])))


def _light(light: str, rng: np.random.Generator) -> np.ndarray:
    """Return the light on the paper: (HEIGHT, WIDTH) float64."""
    v, u = np.indices((HEIGHT, WIDTH)) / WIDTH - 0.5
    falloff = 1 - rng.uniform(0.1, 0.4) * (u**2 + (v + 0.125) ** 2)
    level = rng.uniform(0.65, 0.95) * falloff
    angle = rng.uniform(0, 2 * math.pi)
    along = math.cos(angle) * u + math.sin(angle) * (v + 0.125)
    if light == "from one side":
        level = level * (1 - rng.uniform(0.4, 0.8) * (along + 0.5))
    if light == "shadow":
        bend = 0.05 * np.sin(8 * (math.cos(angle) * v - math.sin(angle) * u) + rng.uniform(0, 6))
        edge = (along + bend - rng.uniform(-0.25, 0.25)) / rng.uniform(0.005, 0.04)
        level = level * (1 - rng.uniform(0.25, 0.5) / (1 + np.exp(-np.clip(edge, -50, 50))))
    return level


def draw_photos(digits: list[StrangersDigit], count: int, seed: int) -> Iterable[Photo]:
    """Yield photos of single digits and of rows in turn."""
    by_writer: dict[str, list[StrangersDigit]] = {}
    for digit in digits:
        by_writer.setdefault(digit.writer, []).append(digit)
    writers = list(by_writer.values())
    for place in range(count):
        rng = np.random.default_rng([seed, place])
        own = writers[rng.integers(len(writers))]
        yield draw_photo([own[rng.integers(len(own))] for _ in range(DIGITS if place % 2 else 1)], rng)


def read_photo(photo: Photo, predictor: Predictor) -> Reading:
    """Read a photo as the app and the command line do, and the same digits as drawn."""
    ink = extract_ink(open_image(photo.content))
    number, as_drawn = (
        "".join(str(digit.label) for digit in predictor.predict_sequence(each))
        for each in (ink, rasterise(_thin(photo.drawing)))
    )
    return Reading(photo, ink, number, str(predictor.predict(ink).label), as_drawn)


def _thin(drawing: Strokes) -> Strokes:
    """Return the drawing with a brush that lets no digits touch."""
    return Strokes(drawing.lines, 6, drawing.size)


def share(readings: list[Reading], is_right: Callable[[Reading], bool] = lambda reading: reading.is_right) -> str:
    """Return the percentage that is right, and how many there are."""
    if not readings:
        return f"{'–':>8}{0:>6}"
    return f"{sum(map(is_right, readings)) / len(readings):>8.1%}{len(readings):>6}"


def report(readings: list[Reading]) -> None:
    """Print the accuracy of single digits and of rows, overall and by property."""
    singles, rows = ([each for each in readings if (len(each.photo.number) > 1) == is_row] for is_row in (False, True))
    print(f"{'':<24}   right count        right count")
    print(f"{'':<24}single digits   rows of {DIGITS} digits")
    print(f"{'all':<24}{share(singles)}     {share(rows)}")
    print(
        f"{'as drawn':<24}{share(singles, lambda each: each.as_drawn == each.photo.number)}     "
        f"{share(rows, lambda each: each.as_drawn == each.photo.number)}"
    )
    print(f"{'divided right':<24}{share(singles, _is_divided)}     {share(rows, _is_divided)}")
    print(f"{'label, as one digit':<24}{share(singles, lambda each: each.label == each.photo.number)}")
    for name in asdict(readings[0].photo.properties):
        print()
        values = {str(getattr(each.photo.properties, name)) for each in readings}
        for value in sorted(values):
            chosen = [
                [each for each in part if getattr(each.photo.properties, name) == value] for part in (singles, rows)
            ]
            print(f"{f'{name}: {value}':<24}{share(chosen[0])}     {share(chosen[1])}")


def _is_divided(reading: Reading) -> bool:
    return len(reading.number) == len(reading.photo.number)


def save(readings: list[Reading], folder: Path) -> None:
    """Write the photos, what is read in them, and contact sheets."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "readings.jsonl").open("w", encoding="utf-8") as file:
        for place, reading in enumerate(readings):
            (folder / f"{place:03}.jpg").write_bytes(reading.photo.content)
            record = {"file": f"{place:03}.jpg", "number": reading.photo.number, "read": reading.number}
            file.write(json.dumps(record | asdict(reading.photo.properties)) + "\n")
    contact_sheet(readings).save(folder / "contact_sheet.jpg", quality=85)
    if misread := [reading for reading in readings if not reading.is_right]:
        contact_sheet(misread).save(folder / "misread.jpg", quality=85)


def contact_sheet(readings: list[Reading], columns: int = 4) -> Image.Image:
    """Return small photos in rows, each beside its ink."""
    width, height = THUMBNAIL
    sheet = Image.new("RGB", (2 * width * columns, height * -(-len(readings) // columns)))
    for place, reading in enumerate(readings):
        left, top = place % columns * 2 * width, place // columns * height
        sheet.paste(Image.open(io.BytesIO(reading.photo.content)).resize(THUMBNAIL), (left, top))
        sheet.paste(Image.fromarray((reading.ink * 255).astype(np.uint8)).resize(THUMBNAIL), (left + width, top))
    return sheet


def main() -> None:
    parser: argparse.ArgumentParser = strangers_parser(__doc__)
    parser.add_argument("--photos", type=int, default=200, help="how many to make")
    parser.add_argument("--seed", type=int, default=0, help="of the drawn properties")
    parser.add_argument("--save", type=Path, help="a folder for the photos and contact sheets")
    options = parser.parse_args()
    torch.set_num_threads(1)  # as the app does
    predictor = load_predictor(options.model)
    digits = strangers_digits(options.file, options.box)
    readings = [read_photo(photo, predictor) for photo in draw_photos(digits, options.photos, options.seed)]
    report(readings)
    if options.save:
        save(readings, options.save)


if __name__ == "__main__":
    main()
