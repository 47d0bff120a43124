"""How often a model is right when it says how sure it is, as a chart and as a table."""

import math
from typing import Any

import pandas as pd

from mnist_core.models.evaluation import Reliability


def reliability_chart(measured: Reliability) -> dict[str, Any]:
    """Return an ECharts chart of accuracy against confidence, one dot per bin, larger where the bin has more images."""
    dots = [
        {"value": [confidence * 100, accuracy * 100], "symbolSize": 8 + 3 * math.log10(count)}
        for confidence, accuracy, count in zip(measured.confidence, measured.accuracy, measured.count, strict=True)
    ]
    axis = {"type": "value", "min": 0, "max": 100, "nameLocation": "middle"}
    return {
        "animation": False,
        "title": {"text": "Accuracy against confidence", "left": 0, "top": 6},
        "grid": {"left": 48, "right": 24, "top": 48, "bottom": 48},
        "xAxis": axis | {"name": "confidence: how sure the model is (%)", "nameGap": 28},
        "yAxis": axis | {"name": "accuracy: how often it is right (%)", "nameGap": 36},
        "series": [
            {"type": "line", "data": [[0, 0], [100, 100]], "showSymbol": False, "lineStyle": {"type": "dashed"}},
            {"type": "scatter", "data": dots},
        ],
    }


def reliability_table(measured: Reliability) -> pd.DataFrame:
    """Return the dots of `reliability_chart` as a table."""
    return pd.DataFrame(
        {
            "Confidence (%)": [round(100 * confidence, 1) for confidence in measured.confidence],
            "Accuracy (%)": [round(100 * accuracy, 1) for accuracy in measured.accuracy],
            "Images": measured.count,
        }
    )
