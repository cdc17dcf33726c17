"""The interactive figures of the site, as HTML that static/site.js makes interactive."""

import html
import json
import re
from pathlib import Path

FOLDER = Path(__file__).resolve().parent / "figures"
# Figure -> (notebook, heading of the section at whose end the figure stands).
PLACES = {
    "lstm_gates": ("LSTM_Captioning", "The gates at work"),
    "style_steps": ("StyleTransfer", "How a picture comes about"),
    "style_weight": ("StyleTransfer", "How much style?"),
    "inversion": ("StyleTransfer", "Feature inversion: what a layer still knows"),
    "gan_interpolation": ("GANs", "Fully trained"),
}


def data_of(figure):
    """The dict that `classroom.site.figures` has stored with a figure."""
    return json.loads((FOLDER / f"{figure}.json").read_text(encoding="utf-8"))


def anchor(title):
    """The anchor of an interactive figure's heading in its page."""
    return re.sub(r"[^\w -]", "", f"To play with: {title}".lower()).replace(" ", "-")


def figure_text(figure):
    """The Markdown of an interactive figure: a heading and HTML."""
    data = data_of(figure)
    content = json.dumps(data, ensure_ascii=False, separators=(",", ":")).replace("</", "<\\/")
    return "\n".join(
        [
            f"### To play with: {data['title']}",
            "",
            "```{raw} html",
            f'<figure class="play" data-play="{"gates" if "captions" in data else "slider"}">',
            _frame(figure, data),
            f'<script type="application/json">{content}</script>',
            "<noscript><p>The figure is interactive in browsers that run scripts.</p></noscript>",
            f"<figcaption>{html.escape(data['caption'])}</figcaption>",
            "</figure>",
            "```",
        ]
    )


def _frame(figure, data):
    """The first frame: the picture that holds all frames, seen through a window of one frame's size."""
    start = data.get("start", 0)
    column, row = start % data["columns"], start // data["columns"]
    width, height = data["width"], data["height"]
    widest = data.get("scale", 2) * width
    return (
        f'<div class="play-frame" style="aspect-ratio: {width} / {height}; max-width: {widest}px">'
        f'<img src="../_static/{figure}.jpg" alt="{html.escape(data.get("alt", ""))}" '
        f'style="width: {100 * data["columns"]}%; transform: translate({-100 * column / data["columns"]}%, '
        f'{-100 * row / data["rows"]}%)"></div>'
    )
