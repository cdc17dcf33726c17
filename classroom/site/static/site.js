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

// A figure with controls: each combination of their values is a frame, and the last control changes fastest.
function explore(figure, data, number) {
  const image = figure.querySelector(".play-frame img");
  const note = element("p", { className: "play-note" });
  const inputs = data.controls.map((control, k) => (control.choice ? selection : range)(control, `play-${number}-${k}`));
  const update = () => {
    const places = inputs.map((input) => Number(input.value));
    const frame = places.reduce((before, place, k) => before * data.controls[k].values.length + place, 0);
    const chosen = data.controls.map((control, k) => `${control.name}: ${control.values[places[k]]}`).join(", ");
    showFrame(image, data, frame);
    image.alt = sentences(data.alt, chosen, data.notes[frame]);
    note.textContent = data.notes[frame];
    inputs.forEach((input, k) => {
      if (input.type !== "range") return;
      input.setAttribute("aria-valuetext", sentences(data.controls[k].values[places[k]], data.notes[frame]));
      input.nextElementSibling.value = data.controls[k].values[places[k]];
    });
  };
  const rows = inputs.map((input, k) => {
    const label = element("label", { htmlFor: input.id, textContent: data.controls[k].name });
    const output = input.type === "range" ? [element("output", { htmlFor: input.id })] : [];
    input.addEventListener("input", update);
    return element("div", { className: "play-control" }, label, input, ...output);
  });
  if (inputs.every((input) => input.type !== "range")) note.ariaLive = "polite"; // a slider speaks for itself
  figure.querySelector(".play-frame").after(...rows, note);
  if (data.seconds) rows.at(-1).after(player(inputs.at(-1), update, data.seconds));
  update();
}

const sentences = (...parts) => parts.filter(Boolean).map((part) => part.replace(/\.?$/, ".")).join(" ");

const range = (control, id) =>
  element("input", { id, type: "range", min: 0, max: control.values.length - 1, step: 1, value: control.start });

const selection = (control, id) => {
  const options = control.values.map((value, k) =>
    element("option", { value: k, textContent: value, selected: k === control.start }));
  return element("select", { id }, ...options);
};

// A button that moves a slider from its place to its end, once. Nothing moves before it is pressed, and it is hidden
// from readers whose system asks for less motion; the slider shows them every frame.
function player(input, update, seconds) {
  const button = element("button", { type: "button", className: "play-button" });
  const still = matchMedia("(prefers-reduced-motion: reduce)");
  let timer = null;
  const stop = () => {
    clearInterval(timer);
    timer = null;
    button.textContent = "Play";
  };
  const step = () => {
    input.stepUp();
    update();
    if (input.value === input.max) stop();
  };
  button.addEventListener("click", () => {
    if (timer !== null) return stop();
    if (input.value === input.max) input.value = 0;
    update();
    timer = setInterval(step, 1000 * seconds / input.max);
    button.textContent = "Pause";
  });
  input.addEventListener("input", stop);
  const respect = () => {
    button.hidden = still.matches;
    stop();
  };
  still.addEventListener("change", respect);
  respect();
  return button;
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
  ({ explore, gates })[figure.dataset.play](figure, data, number);
});

// An animated picture stands still until a reader presses Play.
document.querySelectorAll(".film").forEach((film) => {
  const image = film.querySelector("img"), still = image.src;
  const button = element("button", { type: "button", className: "play-button", textContent: "Play" });
  button.addEventListener("click", () => {
    const plays = image.src !== still;
    image.src = plays ? still : film.dataset.film;
    button.textContent = plays ? "Play" : "Stop";
  });
  film.append(button);
});

// On narrow screens the list of pages and the contents are drawers: Space and Enter open them and lead into them, Escape
// closes them and leads back. A drawer is also closed by its links, and when the keyboard leaves it.
document.querySelectorAll(".sidebar-toggle").forEach((toggle) => {
  const drawer = document.querySelector(toggle.id === "__toc" ? ".toc-drawer" : ".sidebar-drawer");
  const close = () => toggle.checked = false;
  toggle.addEventListener("keydown", (event) => event.key === "Enter" && toggle.click());
  toggle.addEventListener("change", () => {
    const link = [...drawer.querySelectorAll("a")].find((link) => link.getClientRects().length);
    if (toggle.checked && toggle.matches(":focus-visible")) link?.focus();
  });
  drawer.addEventListener("click", (event) => event.target.closest("a") && close());
  for (const part of [toggle, drawer]) part.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !toggle.checked) return;
    close();
    toggle.focus();
  });
  drawer.addEventListener("focusout", ({ relatedTarget: next }) => {
    if (next && next !== toggle && !drawer.contains(next)) close();
  });
});

// An element wider than the screen scrolls in its own box, also by keyboard.
const makeScrollable = () => {
  for (const box of document.querySelectorAll("pre, .table-wrapper, mjx-container[display]")) {
    box.classList.remove("scrolls");
    if (box.scrollWidth > box.clientWidth) box.tabIndex = 0;
    else box.removeAttribute("tabindex");
    box.classList.toggle("scrolls", box.tabIndex === 0);
  }
};
addEventListener("load", makeScrollable);
addEventListener("resize", makeScrollable);
