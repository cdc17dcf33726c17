"""Notebooks written for the tests: every cell as it is, and with a change that a reader would see.

A cell is (name, source, changed source, words of the failure); without the last two it only prepares others. A source
may begin with a line `#tags a, b`.
"""

PREPARE = """
from IPython.display import HTML, JSON, Image, Javascript, Latex, Markdown, Math, SVG, clear_output, display, update_display
import sys
"""
SQUARE = "import base64\nsquare = base64.b64decode('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR4nGP4z8AAAAMBAQDJ/pLvAAAAAElFTkSuQmCC')"

TEXT = [
    ("prepare", PREPARE),
    ("a word", "print('three red boats')", "print('three red goats')", "stdout differs"),
    ("a digit", "print('loss 1.25')", "print('loss 1.26')", "expected: loss 1.25"),
    ("a line more", "print('a')", "print('a\\nb')", "got:      b"),
    ("a line less", "print('a\\nb')", "print('a')", "expected: b"),
    ("a line in the middle of many", "for k in range(300): print(k)", "for k in range(300): print(k if k != 150 else -1)", "+-1"),
    ("a blank", "print('a b')", "print('a  b')", "stdout differs"),
    ("a tab for a blank", "print('a\\tb')", "print('a b')", "stdout differs"),
    ("a semicolon lost", "6 * 7;", "6 * 7", "now there are 1"),
    ("a value", "6 * 7", "6 * 8", "expected: 42"),
    ("the last value", "_ + 1", "_ + 2", "text/plain differs"),
    ("a value by its number", "Out[{before}] + 1", "Out[{before}] + 2", "text/plain differs"),
    ("history", "%history -n -l 2", "%history -n -l 1", "stdout differs"),
    ("a long line", "print('a' * 200_000 + 'b')", "print('a' * 200_000 + 'c')", "stdout differs"),
    ("words on stderr", "print('old', file=sys.stderr)", "print('older', file=sys.stderr)", "unexpected on stderr: older"),
    ("stderr that came", "print('a')", "print('a'); print('odd', file=sys.stderr)", "unexpected on stderr: odd"),
    ("stderr that went", "print('gone', file=sys.stderr)", "pass", "no longer on stderr: gone"),
    ("a warning", "import warnings; warnings.warn('old')", "import warnings; warnings.warn('new')", "UserWarning: new"),
    ("a warning's kind", "warnings.warn('a', FutureWarning)", "warnings.warn('a', UserWarning)", "UserWarning: a"),
    ("a log line", "import logging; logging.warning('disk is full')", "import logging; logging.error('disk is full')", "stderr"),
    ("caption and table exchanged", "print('caption'); display(HTML('<table><tr><td>1</table>'))",
     "display(HTML('<table><tr><td>1</table>')); print('caption')", "order or type"),
    ("a line on the other side of a table", "print('a\\nb'); display(HTML('1')); print('c')",
     "print('a'); display(HTML('1')); print('b\\nc')", "lines of stdout stand"),
    ("shown in place of returned", "HTML('<b>a</b>')", "display(HTML('<b>a</b>'))", "order or type"),
    ("one output less", "display(HTML('1')); display(HTML('1'))", "display(HTML('1'))", "2 outputs of text/html"),
    ("another kind", "display(Markdown('a'))", "display(HTML('a'))", "outputs of text/markdown"),
    ("a formula", r"Math(r'\alpha^2')", r"Math(r'\beta^2')", "text/latex differs"),
    ("an equation", r"Latex(r'$$e = mc^2$$')", r"Latex(r'$$e = mc^3$$')", "text/latex differs"),
    ("a table in Markdown", "Markdown('|a|b|\\n|-|-|\\n|1|2|')", "Markdown('|a|b|\\n|-|-|\\n|1|3|')", "text/markdown differs"),
    ("a path in HTML", "HTML('<svg><path d=\"M0 0L10 10\"/></svg>')", "HTML('<svg><path d=\"M0 0L10 12\"/></svg>')", "text/html differs"),
    ("a folder in HTML", "HTML('<a href=\"/data/one/x.csv\">x</a>')", "HTML('<a href=\"/data/two/x.csv\">x</a>')", "text/html differs"),
    ("a script", "Javascript('1 + 1')", "Javascript('1 + 2')", "application/javascript differs"),
    ("a value in JSON", "JSON({'a': [1, {'b': 2.5}]})", "JSON({'a': [1, {'b': 2.6}]})", "application/json at a[1].b"),
    ("an entry in JSON", "JSON({'a': [1, 2]})", "JSON({'a': [1, 2, 3]})", "2 entries"),
    ("a key in JSON", "JSON({'a': 1})", "JSON({'b': 1})", "application/json at a"),
    ("metadata of JSON", "JSON({'a': 1}, expanded=True)", "JSON({'a': 1}, expanded=False)", "metadata of application/json"),
    ("a picture's width", SQUARE + "\nImage(square, width=100)", SQUARE + "\nImage(square, width=150)", "metadata of image/png"),
    ("a colour of the terminal", "print('\\x1b[31mstop\\x1b[0m')", "print('\\x1b[32mstop\\x1b[0m')", "stdout differs"),
    ("a progress bar's end", "print('10%', end='\\r'); print('20%')", "print('10%', end='\\r'); print('30%')", "expected: 20%"),
    ("what came after it was cleared", "print('one'); clear_output(); print('two')", "print('one'); clear_output(); print('three')", "expected: two"),
    ("not cleared any more", "print('one'); clear_output(wait=True); print('two')", "print('one'); print('two')", "expected: two"),
    ("an updated display", "h = display('one', display_id='d1'); update_display('two', display_id='d1')",
     "h = display('one', display_id='d1'); update_display('three', display_id='d1')", "expected: 'two'"),
    ("a display that a cell below updates", "display('early', display_id='late');", "display('early', display_id='never');", "expected: 'final'"),
    ("the cell that updates it", "update_display('final', display_id='late')"),
    ("an error's words", "#tags raises-exception\nraise ValueError('no 3')", "#tags raises-exception\nraise ValueError('no 4')", "ValueError: no 3"),
    ("an error's kind", "# NBVAL_RAISES_EXCEPTION\nraise ValueError('no')", "# NBVAL_RAISES_EXCEPTION\nraise TypeError('no')", "ValueError: no"),
    ("an error's place", "#tags raises-exception\ndef f(x):\n    y = 1\n    return 1 / x\n\nf(0)",
     "#tags raises-exception\ndef f(x):\n    y = 1 / x\n    return y\n\nf(0)", "traceback differs"),
    ("an error that does not come", "#tags raises-exception\nraise KeyError(1)", "#tags raises-exception\n1", "outputs of error"),
    ("an error that nobody expects", "print('a')", "raise RuntimeError('odd')", "RuntimeError: odd"),
    ("a syntax error", "#tags raises-exception\nx = = 1", "#tags raises-exception\ny = = 1", "traceback differs"),
    ("one object or two", "o = object(); [o, o]", "[object(), object()]", "text/plain differs"),
    ("a type's address", "print(len)\nobject()", "print(max)\nobject()", "stdout differs"),
    ("after waiting", "import asyncio\nawait asyncio.sleep(0.01)\nprint('done')", "import asyncio\nawait asyncio.sleep(0.01)\nprint('ready')", "expected: done"),
    ("two tasks", "async def say(x):\n    await asyncio.sleep(0.01 * x); print(x)\nawait asyncio.gather(say(2), say(1));",
     "async def say(x):\n    await asyncio.sleep(0.01 / x); print(x)\nawait asyncio.gather(say(2), say(1));", "stdout differs"),
    ("an accent of another code", "print('caf\\u00e9')", "print('cafe\\u0301')", "stdout differs"),
    ("Ohm for omega", "print('\\u03a9')", "print('\\u2126')", "stdout differs"),
    ("a sign that is not seen", "print('a\\u200bb')", "print('ab')", "stdout differs"),
    ("Chinese, Arabic, an emoji", "print('\\u6c34 \\u0645\\u0627\\u0621 \\U0001f30a')", "print('\\u6c34 \\u0645\\u0627\\u0621 \\U0001f525')", "stdout differs"),
    ("bytes", "b'\\xff\\x00'", "b'\\xfe\\x00'", "text/plain differs"),
    ("a number outside its tolerance", "#tags text-tolerance: 1e-3\nprint('loss 1.25 after 3')", "#tags text-tolerance: 1e-3\nprint('loss 1.26 after 3')", "stdout differs"),
    ("a whole number under a tolerance", "#tags text-tolerance: 1e-3\nprint('year 2024')", "#tags text-tolerance: 1e-3\nprint('year 2025')", "stdout differs"),
    ("content like an address", "print('0xdeadbeef')", "print('0xdeadbeee')", "stdout differs"),
    ("content like a time", "print('5 ms |40%|')", "print('6 ms |40%|')", "stdout differs"),
    ("nothing any more", "print('a')", "pass", "now there are 0"),
]  # fmt: skip

PANDAS = [
    ("prepare", "import pandas as pd\ntable = pd.DataFrame({'boats': [1, 2], 'length': [3.5, 4.25]}, index=['a', 'b'])"),
    ("a value", "table", "table.assign(length=[3.5, 4.5])", "text/html differs"),
    ("a column's name", "table", "table.rename(columns={'boats': 'ships'})", "text/html differs"),
    ("a row's name", "table", "table.rename(index={'a': 'c'})", "text/html differs"),
    ("order of rows", "table", "table[::-1]", "text/html differs"),
    ("order of columns", "table", "table[['length', 'boats']]", "text/html differs"),
    ("type of a column", "table", "table.astype({'boats': float})", "text/html differs"),
    ("a value lost", "table", "table.assign(length=[3.5, None])", "text/html differs"),
    ("a series' name", "table.boats", "table.boats.rename('ships')", "text/plain differs"),
    ("a summary", "table.describe()", "table.assign(boats=[1, 3]).describe()", "text/html differs"),
    ("a value in a styled table", "table.style.format(precision=2)", "table.assign(boats=[1, 5]).style.format(precision=2)", "text/html differs"),
    ("a colour in a styled table", "table.style.highlight_max(color='gold')", "table.style.highlight_max(color='teal')", "text/html differs"),
    ("the styled cell", "table.style.highlight_max(color='gold')", "table.style.highlight_min(color='gold')", "text/html differs"),
]  # fmt: skip

PLOTLY = [
    ("prepare", "import plotly.graph_objects as go\ndef show(kind=go.Bar, y=(1, 3), name='boats', title='Sea', how='plotly_mimetype', color='red'):\n"
     "    figure = go.Figure(kind(x=[1, 2], y=list(y), name=name, marker_color=color)); figure.update_layout(title=title); figure.show(renderer=how)"),
    ("a bar's height", "show()", "show(y=(1, 4))", "application/vnd.plotly.v1+json at data[0].y[1]"),
    ("a name", "show()", "show(name='ships')", "at data[0].name"),
    ("a title", "show()", "show(title='Lake')", "at layout.title.text"),
    ("dots for bars", "show()", "show(kind=go.Scatter)", "at data[0].type"),
    ("a colour", "show()", "show(color='blue')", "at data[0].marker.color"),
    ("a page with ids of its own", "show(how='notebook_connected')", "show(y=(1, 4), how='notebook_connected')", "text/html differs"),
]  # fmt: skip

WIDGETS = [
    ("prepare", "import ipywidgets as w\nfrom IPython.display import display"),
    ("a slider's value", "w.IntSlider(value=3, max=9)", "w.IntSlider(value=4, max=9)", "text/plain differs"),
    ("a label", "w.Text(description='name')", "w.Text(description='place')", "text/plain differs"),
    ("a choice", "w.Dropdown(options=['a', 'b'])", "w.Dropdown(options=['a', 'c'])", "text/plain differs"),
    ("order in a row", "w.HBox([w.Label('a'), w.Label('b')])", "w.HBox([w.Label('b'), w.Label('a')])", "text/plain differs"),
    ("a style", "w.Button(description='go', layout=w.Layout(width='50px'))", "w.Button(description='go', layout=w.Layout(width='90px'))", "layout.width"),
    ("words in an Output", "out = w.Output()\nwith out: print('inside')\nout", "out = w.Output()\nwith out: print('outside')\nout", "expected: inside"),
    ("an Output that another cell fills", "later = w.Output()\nlater", "later = w.Output()\nw.Output()", "outputs of stdout"),
    ("the cell that fills it", "with later: print('late')"),
    ("what interact shows", "w.interact(lambda x: print(x * 2), x=(0, 10, 1));", "w.interact(lambda x: print(x * 3), x=(0, 10, 1));", "expected: 10"),
    ("what interact offers", "w.interact(lambda x: print(0), x=(0, 10, 1));", "w.interact(lambda x: print(0), x=(0, 12, 1));", "text/plain differs"),
    ("a slider that another cell moves", "s = w.FloatSlider(value=1.0)\ndisplay(s)", "s = w.FloatSlider(value=1.0)\ndisplay(w.FloatSlider(value=1.0))", "widget at value"),
    ("the cell that moves it", "s.value = 2.5"),
]  # fmt: skip

DRAWINGS = [
    ("prepare", "%config InlineBackend.figure_formats = ['svg']\nimport matplotlib.pyplot as plt\n"
     "from matplotlib.animation import FuncAnimation\nfrom IPython.display import HTML, SVG\n"
     "def draw(y=(1, 3, 2), form='-', label='boats', size=2, color='C0'):\n"
     "    fig, ax = plt.subplots(figsize=(3, size)); ax.plot([1, 2, 3], y, form, label=label, color=color); ax.legend(); plt.show()\n"
     "def film(c):\n    fig, ax = plt.subplots(figsize=(2, 1)); line, = ax.plot([0, 1], c); plt.close(fig)\n"
     "    return HTML(FuncAnimation(fig, lambda k: line.set_ydata([k, 1]), frames=2).to_jshtml())"),
    ("a point moved", "draw()", "draw(y=(1, 3, 2.1))", "drawing differs"),
    ("dashes", "draw()", "draw(form='--')", "drawing differs"),
    ("markers", "draw(form='o')", "draw(form='s')", "drawing differs"),
    ("a word", "draw()", "draw(label='goats')", "drawing differs"),
    ("a colour", "draw()", "draw(color='C1')", "drawing differs"),
    ("a size", "draw()", "draw(size=2.5)", "drawing differs"),
    ("one drawing more", "draw()", "draw(); draw()", "outputs of image/svg+xml"),
    ("a drawing by hand", "SVG('<svg xmlns=\"http://www.w3.org/2000/svg\"><circle r=\"5\"/></svg>')",
     "SVG('<svg xmlns=\"http://www.w3.org/2000/svg\"><circle r=\"6\"/></svg>')", "drawing differs"),
    ("PDF", "%config InlineBackend.figure_formats = ['pdf']\ndraw()", "%config InlineBackend.figure_formats = ['pdf']\ndraw(y=(1, 2, 3))", "application/pdf differs"),
    ("retina", "%config InlineBackend.figure_formats = ['retina']\ndraw()", "%config InlineBackend.figure_formats = ['retina']\ndraw(y=(3, 1, 2))", "figure: "),
    ("an animation", "film([0, 1])", "HTML(film([0, 1]).data.replace('Once', 'Twice'))", "text/html differs"),
]  # fmt: skip

LESSONS = {"text": TEXT, "pandas": PANDAS, "plotly": PLOTLY, "ipywidgets": WIDGETS, "matplotlib": DRAWINGS}
