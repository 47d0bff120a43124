"""Compare the out-of-distribution (OOD) detector with two scores that cost nothing, on strangers' digits and letters.

    python -m tests.benchmarks.ood_baselines digits.jsonl --letters letters.jsonl [--model cnn] [--box 280]

The largest softmax probability is that of Hendrycks and Gimpel (arXiv:1610.02136), the energy score that of Liu et al.
(arXiv:2010.03759) at temperature 1; both are of the model that reads the digits. The detector's score is also measured
with half of the energy added to its logit. For each score prints the area under the ROC curve, and the share of the
letters that are flagged where 1%, 2% and 5% of the digits are: so no threshold that was chosen elsewhere favours one of
them. The last line is for the shipped detector's own threshold. The letters are on a canvas of 280 px; leave those out
that are written like a digit, such as o and l.
"""

from collections.abc import Sequence
from pathlib import Path

import torch

from mnist_core.ink.preprocessing import preprocess
from mnist_core.ink.strokes import CANVAS_SIZE, Strokes
from mnist_core.recognition.ood_detector import digit_score
from mnist_core.recognition.predictor import Predictor, load_predictor
from tests.benchmarks.strangers import strangers_digits, strangers_letters, strangers_parser

RATES = (0.01, 0.02, 0.05)  # of digits flagged
DETECTOR = "the detector"
ENERGY_SHARE = 0.5  # of the energy, that is added to the detector's logit


def area(digits: torch.Tensor, others: torch.Tensor) -> float:
    """Return the area under the ROC curve: how often a digit scores above another drawing; ties count half."""
    both = torch.cat([digits, others])
    ranks = torch.unique(both, return_inverse=True)[1]
    counts = torch.bincount(ranks)
    mean_ranks = counts.cumsum(0) - (counts - 1) / 2  # from 1
    above = float(mean_ranks[ranks[: len(digits)]].sum()) - len(digits) * (len(digits) + 1) / 2
    return above / (len(digits) * len(others))


def flagged_at(rate: float, digits: torch.Tensor, others: torch.Tensor) -> float:
    """Return the share of the others that score below the threshold that flags a share of the digits."""
    return float((others < torch.quantile(digits, rate)).float().mean())


def tensors_of(drawings: Sequence[Strokes]) -> torch.Tensor:
    """Return drawings as model input, (N, 1, 28, 28) normalised."""
    return torch.stack([stages.tensor for stages in map(preprocess, drawings) if stages])


@torch.no_grad()
def scores_of(predictor: Predictor, tensors: torch.Tensor) -> dict[str, torch.Tensor]:
    """Return each score (N,), higher for what looks more like a digit."""
    logits = torch.cat([predictor.model(batch) for batch in tensors.split(500)]).double()
    energy = logits.logsumexp(dim=1)
    score = digit_score(predictor.ood_detector.model, tensors).double()
    return {
        "largest softmax": logits.softmax(dim=1).amax(dim=1),
        "energy": energy,
        DETECTOR: score,
        "with energy": score.logit(eps=1e-12) + ENERGY_SHARE * energy,
    }


def main() -> None:
    parser = strangers_parser(__doc__)
    parser.add_argument("--letters", type=Path, required=True, help="letters, in a file of the same format")
    options = parser.parse_args()
    predictor = load_predictor(options.model)
    digits = tensors_of([digit.strokes for digit in strangers_digits(options.file, options.box)])
    others = tensors_of(strangers_letters(options.letters, CANVAS_SIZE))
    print(f"{len(digits)} digits, {len(others)} letters")
    known, unknown = scores_of(predictor, digits), scores_of(predictor, others)
    print("score            area    " + "  ".join(f"letters at {rate:.0%}" for rate in RATES))
    for name in known:
        shares = (f"{flagged_at(rate, known[name], unknown[name]):13.1%}" for rate in RATES)
        print(f"{name:15}  {area(known[name], unknown[name]):.4f} " + "  ".join(shares))
    threshold = predictor.ood_detector.threshold
    shares = (f"{float((scores[DETECTOR] < threshold).float().mean()):.1%}" for scores in (known, unknown))
    print(f"the detector's own threshold {threshold:.4f} flags {' of the digits and '.join(shares)} of the letters")


if __name__ == "__main__":
    main()
