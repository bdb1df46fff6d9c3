/* <conv-explorer>: a filter slides over a picture, one number at a time.
 *
 * uses: conv-math.js
 *
 * A classic script without dependencies (it also works from file://); its arithmetic is in conv-math.js.
 *
 * Attributes, all optional: controls (the settings that the reader gets: "height width kernel-height kernel-width
 * channels filters padding stride dilation picture filter"; "size", "kernel" and "input" are short for the obvious),
 * and start values: height, width, kernel-height, kernel-width (or size="6x7", kernel="3"), channels, filters,
 * padding, stride, dilation, picture="bright-square", weights="vertical-edge box", bias="0 1".
 * Properties: output, [filter][row][column]; state, to read and to set. Event: cnn-change. Indices count from 0.
 */
(function (start) {
  if (globalThis.ConvMath) return start(globalThis.ConvMath);
  const script = document.createElement("script"); // a page that names only this script gets the other one, too
  script.src = document.currentScript.src.replace("conv-explorer.js", "conv-math.js");
  script.onload = () => start(globalThis.ConvMath);
  return document.head.append(script);
})(function (M) {
  "use strict";
  const { NUMBERS, OWN, LIMIT, kebab, range, show } = M;

  const SHORT = { size: ["height", "width"], kernel: ["kernel-height", "kernel-width"], input: ["picture"] };
  const COLORS = [["red", "#d5392c"], ["green", "#2c9a4b"], ["blue", "#3b74e0"]];
  const symbol = (text) =>
    text.replace(/([A-Za-z])_(\w+)/g, "<i>$1</i><sub>$2</sub>").replace(/(?<![>A-Za-z])([HWPSD])\b/g, "<i>$1</i>");
  const copy = (value) => JSON.parse(JSON.stringify(value));
  let count = 0;

  /** [kind, plane, i, j] of a cell. */
  function placeOf(cell) {
    const [kind, ...at] = cell.dataset.at.split(",");
    return [kind, ...at.map(Number)];
  }

  /** A number field whose two buttons are for the pointer only: the field itself has the arrow keys. */
  const stepper = (id, name, least, greatest, extra = "") => `<span class="cx-number">
    <button type="button" tabindex="-1" aria-hidden="true" data-by="-1">−</button>
    <input id="${id}-${name}" data-number="${name}" type="number" min="${least}" max="${greatest}" ${extra}>
    <button type="button" tabindex="-1" aria-hidden="true" data-by="1">+</button></span>`;

  const chooser = (id, name, label, options) => `<div class="cx-field cx-wide">
    <label for="${id}-${name}">${label}</label><select id="${id}-${name}" data-choice="${name}">
    ${Object.entries(options).map(([value, [text]]) => `<option value="${value}">${text}</option>`).join("")}
    <option value="${OWN}">Your own numbers</option></select></div>`;

  const block = (caption, grid) => `<div class="cx-block"><div class="cx-caption">${caption}</div>${grid}</div>`;
  const sign = (text) => `<span class="cx-sign" aria-hidden="true">${text}</span>`;

  class ConvExplorer extends HTMLElement {
    connectedCallback() {
      if (!this._state) {
        const words = (this.getAttribute("controls") ?? "size kernel channels filters picture filter").split(/\s+/);
        this._controls = new Set(words.flatMap((word) => SHORT[word] ?? [word]));
        this._state = M.initial((name) => this.getAttribute(name));
        this._skeleton(`conv-explorer-${++count}`);
        this._listen();
        this._build();
      }
      this._observer = new ResizeObserver(() => this._fit());
      this._observer.observe(this._part("ruler")); // has a width only, so that _fit cannot set it off again
    }

    disconnectedCallback() {
      this._stop();
      clearTimeout(this._speech);
      this._observer.disconnect();
    }

    /** The activation maps, [filter][row][column]; without rows when the filter fits nowhere. */
    get output() {
      return copy(this._output);
    }

    /** A copy of the state. Any part of it can be set; x and weight bring their own shape. */
    get state() {
      return copy(this._state);
    }

    set state(change) {
      this._change(copy(change));
    }

    _change(change, words) {
      this._become(M.settle(this._state, change), words);
    }

    /** Take a new state: draw it, tell the page, and, if `words` are given, say them and the new sum. */
    _become(state, words) {
      const same = Object.keys(NUMBERS).every((name) => state[name] === this._state[name]);
      this._state = state;
      this._preview = null;
      if (same) this._paint();
      else this._build();
      const detail = { state: this.state, output: this.output };
      this.dispatchEvent(new CustomEvent("cnn-change", { bubbles: true, detail }));
      if (words !== undefined && !this._timer) this._say(words);
    }

    /** Say `words` and the sum, once the reader pauses: a held key shall not fill the queue. */
    _say(words = "") {
      clearTimeout(this._speech);
      this._speech = setTimeout(() => {
        this._part("live").textContent = `${words} ${M.sentence(this._state)}`.trim();
      }, 200);
    }

    _fits() {
      return M.outputShape(this._state)[0] > 0;
    }

    _part(name) {
      return this.querySelector(`[data-part="${name}"]`);
    }

    /** What stays: made once, so that no control loses its focus. */
    _skeleton(id) {
      const has = (name) => this._controls.has(kebab(name));
      const group = (title) => {
        const fields = Object.entries(NUMBERS).filter(([name, entry]) => entry[5] === title && has(name))
          .map(([name, [label, letter, least, greatest]]) => `<div class="cx-field">
            <label for="${id}-${name}">${label} ${symbol(letter)}</label>${stepper(id, name, least, greatest)}</div>`);
        if (title === "Input" && has("picture")) fields.push(chooser(id, "picture", "Picture", M.PICTURES));
        if (title === "Filters" && has("filter")) {
          fields.push(chooser(id, "kernel", `Weights<span data-part="whose"></span>`, M.KERNELS));
        }
        if (!fields.length) return "";
        return `<fieldset><legend>${title}</legend><div class="cx-fields">${fields.join("")}</div></fieldset>`;
      };
      this._hint = `${id}-hint`;
      this.innerHTML = `<section class="cx" aria-label="Convolution explorer"><div data-part="ruler"></div>
        <div class="cx-settings">${["Input", "Filters", "Sliding"].map(group).join("")}</div>
        <div class="cx-rows" data-part="rows"></div>
        <div class="cx-sum"><code data-part="name"></code><span class="cx-terms" data-part="terms"></span>
          <span class="cx-term">+ bias ${stepper(id, "bias", -LIMIT, LIMIT, 'aria-label="Bias"')}</span>
          <span class="cx-term">= <span class="cx-chip cx-result" data-part="result"></span></span></div>
        <div class="cx-out"><div class="cx-maps" data-part="maps"></div><div class="cx-sizes" data-part="sizes"></div></div>
        <p class="cx-hint" id="${this._hint}">Click a number of the input or the filter to change it, or type a digit,
          + or −. Arrow keys move.</p>
        <div class="cx-bar" role="group" aria-label="Slide the filter">${["Back", "Step", "Play", "Reset"].map((act) =>
          `<button type="button" data-act="${act.toLowerCase()}">${act}</button>`).join("")}</div>
        <p class="cx-unseen" role="status" aria-live="polite" data-part="live"></p></section>`;
    }

    /** A grid of cells with a border of `pad`; patch and products are only read, so they are tables. */
    _grid(kind, plane, label, rows, columns, pad = 0) {
      const used = kind === "input" || kind === "kernel" || kind === "map";
      const cell = (i, j) => {
        const outside = i < 0 || j < 0 || i >= rows || j >= columns ? " cx-border" : "";
        const role = used ? "gridcell" : "cell";
        return `<div role="${role}" class="cx-cell${outside}" data-at="${kind},${plane},${i},${j}"></div>`;
      };
      const lines = range(rows + 2 * pad).map((i) =>
        `<div role="row">${range(columns + 2 * pad).map((j) => cell(i - pad, j - pad)).join("")}</div>`);
      const role = used ? `role="grid" aria-describedby="${this._hint}"` : 'role="table"';
      const frame = kind === "input" ? '<div class="cx-frame" role="presentation"></div>' : "";
      return `<div class="cx-grid cx-${kind}" ${role} aria-label="${label}">${lines.join("")}${frame}</div>`;
    }

    /** Draw the grids anew, since a size has changed. */
    _build() {
      const s = this._state;
      const small = (kind, c, label) => this._grid(kind, c, `${label}, channel ${c}`, s.kernelHeight, s.kernelWidth);
      this._part("rows").innerHTML = range(s.channels).map((c) => {
        const [color, dot] = s.channels === 3 ? COLORS[c] : [];
        const label = `input${s.channels > 1 ? `, channel ${c}` : ""}${color ? `, ${color}` : ""}`;
        const caption = label + (dot ? ` <span class="cx-dot" style="background:${dot}"></span>` : "");
        return `<div class="cx-row"><div class="cx-scroll">${
          block(caption, this._grid("input", c, label, s.height, s.width, s.padding))}</div><div class="cx-work">
          <span class="cx-group">${block("patch", small("patch", c, "patch"))}${sign("×")}
            ${block('<span class="cx-which"></span>', small("kernel", c, "weights"))}</span>
          <span class="cx-group">${sign("=")}${block("products", small("products", c, "products"))}</span>
          <span class="cx-group cx-total">${sign("→")}${block("sum", `<span class="cx-chip" data-sum="${c}"></span>`)}</span>
          </div></div>`;
      }).join("");
      this._part("terms").innerHTML = range(s.channels).map((c) =>
        `<span class="cx-term">${c ? "+ " : ""}<span class="cx-chip" data-term="${c}"></span></span>`).join("");
      this._part("maps").innerHTML = this._fits() ? range(s.filters).map((f) => {
        const grid = this._grid("map", f, `output, map ${f}`, ...M.outputShape(s));
        const button = `<button type="button" class="cx-caption" data-filter="${f}">output, map ${f}</button>${grid}`;
        return s.filters > 1 ? `<div class="cx-block">${button}</div>` : block("output", grid);
      }).join("") : `<p class="cx-misfit">${M.misfit(s)}</p>`;
      this._cells = new Map([...this.querySelectorAll("[data-at]")].map((cell) => [cell.dataset.at, cell]));
      this._rove = {};
      this._fit();
      this._paint();
    }

    _fit() {
      const inner = this._part("ruler").clientWidth;
      if (!inner) return; // not shown yet
      const { stacked, ...sizes } = M.cellSizes(this._state, inner);
      this.classList.toggle("cx-stacked", stacked);
      for (const [name, size] of Object.entries(sizes)) this.style.setProperty(`--cx-${name}-cell`, `${size}px`);
    }

    /** Bring all numbers, tints and frames up to date; nothing moves. */
    _paint() {
      const s = this._state;
      const { filter, row, column } = this._preview ?? s;
      this._output = M.correlate(s);
      for (const { at, value, tint, meets } of M.cells(s, this._output, filter, row, column)) {
        const cell = this._cells.get(at.join());
        const [kind, plane, i, j] = at;
        const text = show(value);
        if (cell.textContent !== text) cell.textContent = text; // new text under the mouse is a new pointerover
        cell.setAttribute("aria-label", `row ${i}, column ${j}: ${text}`);
        Object.assign(cell.dataset, { tint, meets, long: text.length > 4 ? "very" : text.length > 3 });
        cell.classList.toggle("cx-in", kind === "input" && meets !== "");
        const ahead = kind === "map" && plane === filter && (i - row || j - column);
        cell.classList.toggle("cx-current", ahead === 0);
        cell.classList.toggle("cx-later", Boolean(this._timer) && ahead > 0);
      }
      this._paintText(M.place(s, filter, row, column), filter, row, column);
      this._paintControls();
    }

    /** The sum, the captions, the sizes and the frame. */
    _paintText(here, filter, row, column) {
      const s = this._state;
      const fill = (query, text) => this.querySelectorAll(query).forEach((node) => (node.textContent = text(node)));
      const known = (text) => (this._fits() ? text : "–");
      fill('[data-part="name"]', () => `out[${filter}, ${row}, ${column}] =`);
      fill("[data-sum]", (node) => known(show(here.channels[node.dataset.sum].sum)));
      fill("[data-term]", (node) => known(M.term(here.channels[node.dataset.term].sum)));
      fill('[data-part="result"]', () => known(show(here.output)));
      fill(".cx-which", () => (s.filters > 1 ? `filter ${filter}` : "filter"));
      this.querySelectorAll("[data-filter]").forEach((button, f) => (button.ariaPressed = String(f === filter)));
      const formula = (axis) => {
        const { symbols, numbers, result } = M.sizeFormula(s, axis, this._controls);
        const steps = `= ${symbol(symbols)}<br>= ${numbers} = <b>${result || "no place"}</b>`;
        return `<dt>${symbol(`${axis}_out`)}</dt><dd>${steps}</dd>`;
      };
      const shapes = Object.entries(M.shapes(s)).map(([name, shape]) =>
        `<dt><code>${name}</code></dt><dd>${shape.join(" × ")}</dd>`);
      this._part("sizes").innerHTML = `<dl>${shapes.join("")}</dl><dl>${formula("H")}${formula("W")}</dl>`;
      for (const [name, value] of Object.entries(M.frame(s, row, column))) this.style.setProperty(`--cx-${name}`, value);
      this.classList.toggle("cx-dilated", s.dilation > 1);
      this.classList.toggle("cx-nowhere", !this._fits());
    }

    /** What the controls show, and the one cell of each grid that the Tab key reaches. */
    _paintControls() {
      const s = this._state;
      this.querySelectorAll("[data-number]").forEach((input) => {
        const value = this._valueOf(input);
        if (input !== document.activeElement || Number(input.value) !== value) input.value = value;
        const [less, more] = input.parentElement.querySelectorAll("button");
        less.disabled = value <= Number(input.min);
        more.disabled = value >= Number(input.max);
      });
      this.querySelectorAll("[data-choice]").forEach((select) => {
        select.value = select.dataset.choice === "picture" ? s.picture : s.kernels[s.filter];
      });
      this.querySelectorAll('[value="opposing-colors"]').forEach((option) => (option.disabled = s.channels < 2));
      if (this._part("whose")) this._part("whose").textContent = s.filters > 1 ? ` of filter ${s.filter}` : "";
      const moves = this.querySelectorAll('[data-act]:not([data-act="reset"])');
      moves.forEach((button) => (button.disabled = !this._fits()));
      this.querySelectorAll('[role="gridcell"]:not(.cx-border)').forEach((cell) => {
        const [kind, plane, i, j] = placeOf(cell);
        const [a, b] = kind === "map" ? [s.row, s.column] : this._rove[kind + plane] ?? [0, 0];
        cell.tabIndex = i === a && j === b ? 0 : -1;
      });
    }

    /** The number that a field stands for. */
    _valueOf({ dataset: { number } }) {
      const s = this._state;
      return number === "bias" ? s.bias[this._preview?.filter ?? s.filter] : s[number];
    }

    _listen() {
      const cellOf = (event) => event.target.closest?.("[data-at]");
      const look = (place) => { // shows another place for as long as the mouse is on it
        if (place || this._preview) this._paint((this._preview = place));
      };
      this.addEventListener("click", (event) => {
        const button = event.target.closest("button");
        const cell = cellOf(event);
        if (button?.dataset.act) this._act(button.dataset.act);
        else if (button?.dataset.filter) this._change({ filter: Number(button.dataset.filter) }, "");
        else if (button?.dataset.by) this._number(button.parentElement.querySelector("input"), Number(button.dataset.by));
        else if (cell) this._use(cell, (value, steps) => M.clicked(value, steps, event.shiftKey));
      });
      this.addEventListener("keydown", (event) => {
        const cell = cellOf(event);
        look(null); // keys change what is selected
        if (cell && !event.ctrlKey && !event.metaKey && !event.altKey) this._key(cell, event);
      });
      this.addEventListener("input", (event) => {
        if (event.target.dataset.number && event.target.value !== "") this._number(event.target);
      });
      this.addEventListener("change", (event) => {
        const { choice, number } = event.target.dataset;
        if (number) event.target.value = this._valueOf(event.target);
        if (choice === "picture") this._change({ picture: event.target.value }, "");
        const { kernels, filter } = this._state;
        if (choice === "kernel") this._change({ kernels: kernels.with(filter, event.target.value) }, "");
      });
      this.addEventListener("pointerover", (event) => {
        const cell = cellOf(event);
        this._tie(cell);
        const [kind, filter, row, column] = cell ? placeOf(cell) : [];
        if (event.pointerType === "mouse" && !this._timer) look(kind === "map" ? { filter, row, column } : null);
      });
      this.addEventListener("pointerleave", () => {
        this._tie(null);
        look(null);
      });
      this.addEventListener("focusin", (event) => this._tie(cellOf(event)));
      this.addEventListener("focusout", () => this._tie(null));
    }

    /** Mark what belongs together: a pixel, its copy in the patch, its weight, their product. */
    _tie(cell) {
      const key = cell?.dataset.meets;
      this.querySelectorAll(".cx-tied").forEach((other) => other.classList.remove("cx-tied"));
      if (key) this.querySelectorAll(`[data-meets="${key}"]`).forEach((other) => other.classList.add("cx-tied"));
    }

    /** A cell is clicked or typed into: an output is selected, a pixel or a weight becomes next(value, steps). */
    _use(cell, next) {
      const s = this._state;
      const [kind, plane, i, j] = placeOf(cell);
      if (!cell.hasAttribute("tabindex")) return;
      if (kind === "map") {
        this._stop();
        this._change({ filter: plane, row: i, column: j }, "");
      } else {
        const [planes, steps] = kind === "input" ? [s.x, [0, 9]] : [s.weight[s.filter], [-2, 2]];
        this._rove[kind + plane] = [i, j];
        planes[plane][i][j] = next(planes[plane][i][j], steps);
        const kernels = s.kernels.with(s.filter, OWN);
        const [what, own] = kind === "input" ? ["Input", { picture: OWN }] : ["Weight", { kernels }];
        this._change(own, `${what} row ${i}, column ${j} is now ${show(planes[plane][i][j])}.`);
      }
      cell.focus({ preventScroll: true });
    }

    _key(cell, event) {
      const s = this._state;
      const [kind, plane, i, j] = placeOf(cell);
      const size = { input: [s.height, s.width], kernel: [s.kernelHeight, s.kernelWidth], map: M.outputShape(s) }[kind];
      const to = M.moved(event.key, i, j, size);
      if (to) {
        const target = this._cells.get(`${kind},${plane},${to}`);
        this._rove[kind + plane] = to;
        if (kind === "map") this._use(target);
        else this._paintControls();
        target.focus();
      } else if (kind !== "map" && M.typed(event.key, 0, [0, 9]) !== null) {
        this._use(cell, (value, steps) => M.typed(event.key, value, steps));
      } else return;
      event.preventDefault();
    }

    /** A number field: take what stands in it, or step by `by`. */
    _number(input, by = 0) {
      const value = M.clamp(by ? this._valueOf(input) + by : Number(input.value), Number(input.min), Number(input.max));
      const { number } = input.dataset;
      const s = this._state;
      this._change(number === "bias" ? { bias: s.bias.with(s.filter, value) } : { [number]: value }, "");
    }

    _act(act) {
      if (act === "play") return this._timer ? this._stop(true) : this._play();
      this._stop();
      if (act === "reset") return this._become(M.initial((name) => this.getAttribute(name)), "Reset.");
      return this._slide(act === "step" ? 1 : -1);
    }

    _slide(by) {
      const [row, column] = M.placeAfter(this._state, by);
      this._change({ row, column }, "");
    }

    /** Slide to the last place, filling the map; in slow steps without transitions where less motion is asked for. */
    _play() {
      const wait = matchMedia("(prefers-reduced-motion: reduce)").matches ? 1500 : 700;
      const atEnd = () => !this._fits() || M.placeAfter(this._state, 1).join() === "0,0";
      this._timer = setInterval(() => {
        if (!atEnd()) this._slide(1);
        if (atEnd()) this._stop(true);
      }, wait);
      this._change(atEnd() ? { row: 0, column: 0 } : {});
      this.querySelector('[data-act="play"]').textContent = "Pause";
    }

    _stop(speak = false) {
      if (!this._timer) return;
      clearInterval(this._timer);
      this._timer = null;
      this.querySelector('[data-act="play"]').textContent = "Play";
      this._paint();
      if (speak) this._say();
    }
  }

  customElements.define("conv-explorer", ConvExplorer);
});
