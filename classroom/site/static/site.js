// Interactive figures: all that they show was computed beforehand and is part of the page.

const element = (tag, properties = {}, ...children) => {
  const node = Object.assign(document.createElement(tag), properties);
  node.append(...children);
  return node;
};

// Move the frame with this number into view; one picture holds all frames, row by row.
const showFrame = (image, data, number) => {
  const column = number % data.columns, row = Math.floor(number / data.columns);
  image.style.transform = `translate(${-100 * column / data.columns}%, ${-100 * row / data.rows}%)`;
};

function slider(figure, data, number) {
  const image = figure.querySelector(".play-frame img");
  const id = `play-${number}`;
  const input = element("input", { id, type: "range", min: 0, max: data.values.length - 1, step: 1, value: data.start ?? 0 });
  const output = element("output", { htmlFor: id });
  const note = element("p", { className: "play-note" });
  const update = () => {
    const k = Number(input.value);
    showFrame(image, data, k);
    image.alt = `${data.alt}. ${data.slider}: ${data.values[k]}. ${data.notes[k]}.`;
    input.setAttribute("aria-valuetext", `${data.values[k]}. ${data.notes[k]}`);
    output.value = data.values[k];
    note.textContent = data.notes[k];
  };
  input.addEventListener("input", update);
  const label = element("label", { htmlFor: id, textContent: data.slider });
  figure.querySelector(".play-frame").after(element("div", { className: "play-slider" }, label, input, output), note);
  update();
}

const GATES = { i: "input gate", f: "forget gate", o: "output gate", c: "cell state, tanh" };

function gates(figure, data, number) {
  const frame = figure.querySelector(".play-frame"), image = frame.querySelector("img");
  const choice = element("select", { id: `play-${number}` });
  data.captions.forEach((_, k) => choice.append(element("option", { value: k, textContent: `picture ${k + 1}` })));
  const words = element("div", { className: "play-words", role: "group", ariaLabel: "Words of the caption" });
  const note = element("p", { className: "play-note", ariaLive: "polite" });
  const body = element("tbody");
  const titles = ["unit", ...Object.values(GATES)].map((title) => element("th", { scope: "col", textContent: title }));
  const table = element("table", {}, element("thead", {}, element("tr", {}, ...titles)), body);

  const bar = (value, signed) => {
    const [left, width] = signed ? [50 + 50 * Math.min(value, 0), 50 * Math.abs(value)] : [0, 100 * value];
    const fill = element("i", { className: value < 0 ? "low" : "" });
    fill.style.left = `${left}%`;
    fill.style.width = `${width}%`;
    return element("td", {}, value.toFixed(2), element("div", { className: "play-bar", ariaHidden: "true" }, fill));
  };
  const read = (caption, step) => {
    [...words.children].forEach((button, k) => button.setAttribute("aria-pressed", k === step));
    note.textContent = `After reading “${caption.words[step]}” the LSTM writes “${caption.words[step + 1] ?? "<END>"}”.`;
    body.replaceChildren(...caption.units.map((unit, row) => element("tr", {},
      element("th", { scope: "row", textContent: unit }),
      ...Object.keys(GATES).map((gate) => bar(caption[gate][step][row], gate === "c")))));
  };
  const choose = () => {
    const k = Number(choice.value), caption = data.captions[k];
    showFrame(image, data, k);
    image.alt = `The picture that is described: ${caption.words.slice(1).join(" ")}`;
    words.replaceChildren(...caption.words.map((word, step) => {
      const button = element("button", { type: "button", textContent: word });
      for (const event of ["pointerenter", "focus", "click"]) button.addEventListener(event, () => read(caption, step));
      return button;
    }));
    read(caption, 1);
  };
  choice.addEventListener("change", choose);
  frame.before(element("p", {}, element("label", { htmlFor: choice.id, textContent: "Show " }), choice));
  frame.after(words, note, element("div", { className: "table-wrapper" }, table));
  choose();
}

document.querySelectorAll(".play").forEach((figure, number) => {
  const data = JSON.parse(figure.querySelector("script").textContent);
  ({ slider, gates })[figure.dataset.play](figure, data, number);
});

// An element wider than the screen scrolls in its own box, also by keyboard.
const makeScrollable = () => {
  for (const box of document.querySelectorAll("pre, .table-wrapper, mjx-container[display]")) {
    if (box.scrollWidth > box.clientWidth) box.tabIndex = 0;
    else box.removeAttribute("tabindex");
  }
};
addEventListener("load", makeScrollable);
addEventListener("resize", makeScrollable);
