"""The interactive figures of the site, as HTML that static/site.js makes interactive."""

import html
import json
import re
from pathlib import Path

FOLDER = Path(__file__).resolve().parent / "figures"
# Figure -> (notebook, heading of the section at whose end the figure stands).
PLACES = {
    "lstm_gates": ("LSTM_Captioning", "The gates at work"),
    "composer": ("LSTM_Captioning", "Your own picture"),
    "class_growth": ("NetworkVisualization", "Pictures that an audience recognises"),
    "class_recipes": ("NetworkVisualization", "Lab: the loss that was not a number"),
    "style_steps": ("StyleTransfer", "How a picture comes about"),
    "style_weight": ("StyleTransfer", "How much style?"),
    "painting_growth": ("StyleTransfer", "Coarse to fine, or not"),
    "inversion": ("StyleTransfer", "Feature inversion: what a layer still knows"),
    "digits_growth": ("GANs", "Convolutions"),
    "gan_interpolation": ("GANs", "Fully trained"),
    "attention_words": ("Transformer_Captioning", "The heads at work"),
}


def data_of(figure):
    """The dict that `classroom.site.figures` has stored with a figure."""
    return json.loads((FOLDER / f"{figure}.json").read_text(encoding="utf-8"))


def moves(figure):
    """Whether a figure can be played: its JSON file says in how many seconds."""
    return "seconds" in data_of(figure)


def heading(figure):
    """The words of an interactive figure's heading in its page."""
    return f"{'To watch' if moves(figure) else 'To play with'}: {data_of(figure)['title']}"


def anchor(figure):
    """The anchor of this heading."""
    return re.sub(r"[^\w -]", "", heading(figure).lower()).replace(" ", "-")


def figure_text(figure, static="../_static"):
    """The Markdown of an interactive figure: a heading and HTML. `static` leads from its page to the pictures."""
    data = data_of(figure)
    content = json.dumps(data, ensure_ascii=False, separators=(",", ":")).replace("</", "<\\/")
    return "\n".join(
        [
            f"### {heading(figure)}",
            "",
            "```{raw} html",
            f'<figure class="play" data-play="{"gates" if "captions" in data else "explore"}">',
            _frame(figure, data, static),
            f'<script type="application/json">{content}</script>',
            "<noscript><p>The figure is interactive in browsers that run scripts.</p></noscript>",
            f"<figcaption>{html.escape(data['caption'])}</figcaption>",
            "</figure>",
            "```",
        ]
    )


def _frame(figure, data, static):
    """The first frame: the picture that holds all frames, seen through a window of one frame's size."""
    start = 0
    for control in data.get("controls", ()):
        start = start * len(control["values"]) + control["start"]
    column, row = start % data["columns"], start // data["columns"]
    width, height = data["width"], data["height"]
    widest = data.get("scale", 2) * width
    return (
        f'<div class="play-frame" style="aspect-ratio: {width} / {height}; max-width: {widest}px">'
        f'<img src="{static}/{figure}.jpg" alt="{html.escape(data.get("alt", ""))}" loading="lazy" '
        f'style="width: {100 * data["columns"]}%; transform: translate({-100 * column / data["columns"]}%, '
        f'{-100 * row / data["rows"]}%)"></div>'
    )
