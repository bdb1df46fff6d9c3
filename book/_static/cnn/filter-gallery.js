/* <filter-gallery>: what a filter looks for: a photograph, a filter of 3x3 numbers, and its activation map.
 *
 * uses: figure.js filter-gallery-math.js
 *
 * Attributes, all optional: filter (a name from filter-gallery-math.js); controls (see figure.js).
 * State besides: weight [C_in][3][3] and divisor, row and column of the map.
 * output: {map, products [C_in][3][3], sum, answer, highest [row, column], lowest, top}; answer = sum / divisor.
 */
(function () {
  "use strict";
  const { choice, html, show, svg } = CnnFigure;
  const { clamp, clicked, moved, range, table, term, tintOf, total, typed } = ConvMath;
  const { FILTERS, K, channels, correlate, height, place, survey, weightTotal, width } = FilterGalleryMath;
  const LIMIT = 20; // a weight lies between -LIMIT and LIMIT
  const NAMES = ["red", "green", "blue"];
  const whole = (value) => show(Math.round(value));
  const usual = (name) => ({ weight: FILTERS[name][1], divisor: FILTERS[name][2] });

  /** The filter as a small picture: each square has the sign and the strength of a weight. */
  const icon = (weight) => {
    const top = Math.max(...weight.flat(2).map(Math.abs));
    const square = (value, i, j, c) => svg`<rect data-tint=${tintOf(value, top)} x=${6 * j + 4 * c + 0.5} y=${6 * i + 4 * c + 0.5}
      width="6" height="6"></rect>`;
    const side = 6 * K + 4 * (weight.length - 1) + 1;
    return svg`<svg class="fg-icon" width=${side} height=${side} aria-hidden="true">${weight.map((kernel, c) =>
      kernel.map((line, i) => line.map((value, j) => square(value, i, j, c))))}</svg>`;
  };
  const chips = Object.entries(FILTERS).map(([name, [label, weight]]) => [name, html`${icon(weight)} ${label}`]);

  /** The map of the filter that was asked for last is kept: a pointer that moves asks for it again and again. */
  let kept = { key: null };
  function answers(weight, divisor) {
    const key = JSON.stringify([weight, divisor]);
    if (kept.key !== key) {
      const map = correlate(weight, divisor);
      kept = { key, map, ...survey(map) };
    }
    return kept;
  }

  /** A picture again, in gray, if an even area keeps its brightness; else blue and orange around 0. */
  const isPicture = ({ weight, divisor }) => weightTotal(weight) === divisor;

  class FilterGallery extends CnnFigure {
    static title = "A gallery of filters";
    static settings = { filter: choice("Filter", Object.fromEntries(chips), "vertical-edge") };
    static start = { row: 91, column: 49 };

    static settle(state, { weight, filter: name = "own" }) {
      const fits = name === "own" && Array.isArray(weight) && (weight.length === 1 || weight.length === 3);
      let own = state.own ?? usual("own");
      let { filter } = state;
      if (fits) {
        const divisor = clamp(state.divisor, 1, 99);
        own = { weight: weight.map((kernel) => table(K, K, (u, v) => clamp(kernel?.[u]?.[v], -LIMIT, LIMIT))), divisor };
        filter = "own";
      }
      const row = clamp(state.row, 0, height - K);
      const column = clamp(state.column, 0, width - K);
      return { ...state, ...(filter === "own" ? own : usual(filter)), own, filter, row, column };
    }

    static compute({ weight, divisor, row, column }) {
      const { map, highest, lowest, top } = answers(weight, divisor);
      const here = place(weight, row, column);
      const products = here.channels.map((channel) => channel.products);
      return { map, products, sum: here.output, answer: map[row][column], highest, lowest, top };
    }

    static sentence({ filter, weight, divisor, row, column }, { answer }) {
      const sum = weightTotal(weight);
      const area = weight.length === 1 ? "an even area" : "a gray area";
      let even = `so ${area} is multiplied by ${show(Math.round((100 * sum) / divisor) / 100)}`;
      if (sum === 0) even = weight.length === 1 ? "so where nothing changes the answer is 0" : "so any gray, dark or bright, gives 0";
      if (sum === divisor) even = `so ${area} keeps its brightness`;
      const adds = divisor === 1 || !sum ? show(sum) : `${show(sum)}, divided by ${divisor}`;
      const [name, , , looks] = FILTERS[filter];
      const lead = filter === "own" ? "These numbers are your own: go to the highest answer, and see which patch it likes." : `${name} ${looks}.`;
      return `${lead} The weights add up to ${adds}, ${even}. At row ${row}, column ${column} it is ${whole(answer)}.`;
    }

    connectedCallback() {
      super.connectedCallback();
      this._theme = new MutationObserver(() => this.requestUpdate());
      this._theme.observe(document.documentElement, { attributeFilter: ["data-theme"] });
    }

    disconnectedCallback() {
      super.disconnectedCallback();
      this._theme.disconnect();
    }

    updated() {
      const { weight } = this._state;
      const style = getComputedStyle(this);
      const ramp = (sign) => ["bg", `${sign}1`, `${sign}2`, `${sign}3`, `${sign}4`]
        .map((name) => style.getPropertyValue(`--cnn-${name}`).trim())
        .map((hex) => [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16)));
      const ramps = { pos: ramp("pos"), neg: ramp("neg") };
      const key = JSON.stringify([kept.key, ramps]);
      if (key === this._painted) return;
      this._painted = key;
      const x = channels(weight);
      this._paint("photo", height, width, (i, j) => [x[0][i][j], x.at(x.length >> 1)[i][j], x.at(-1)[i][j]]);
      const { map, top } = this._result;
      const gray = isPicture(this._state);
      this._paint("map", height - K + 1, width - K + 1, (i, j) => {
        if (gray) return Array(3).fill(map[i][j]); // what is out of range is cut off
        const strength = 4 * Math.min(1, Math.abs(map[i][j]) / top);
        const colors = map[i][j] < 0 ? ramps.neg : ramps.pos;
        const [from, to] = [colors[Math.min(3, Math.floor(strength))], colors[Math.min(4, Math.floor(strength) + 1)]];
        const share = Math.min(1, strength - Math.min(3, Math.floor(strength)));
        return from.map((value, c) => value + share * (to[c] - value));
      });
    }

    _paint(name, rows, columns, color) {
      const context = this.querySelector(`.fg-${name} canvas`).getContext("2d");
      const image = context.createImageData(columns, rows);
      for (let i = 0; i < rows; i++) {
        for (let j = 0; j < columns; j++) image.data.set([...color(i, j), 255], 4 * (i * columns + j));
      }
      context.putImageData(image, 0, 0);
    }

    /** A mouse that leaves gives the place back that was there before it came; a click keeps the place. */
    _point(event) {
      const mouse = event.pointerType === "mouse";
      const { row, column } = this._state;
      if (event.type === "pointerleave") {
        if (mouse && this._home) this.state = this._home;
        this._home = null;
        return;
      }
      const box = event.currentTarget.getBoundingClientRect();
      const scale = box.width / width;
      const to = { row: Math.floor((event.clientY - box.top) / scale) - 1, column: Math.floor((event.clientX - box.left) / scale) - 1 };
      this._home = event.type === "pointerdown" ? to : this._home ?? { row, column };
      if (to.row !== row || to.column !== column) this.state = to;
    }

    _press(event) {
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      let to = [this._state.row, this._state.column];
      for (let step = event.shiftKey ? 10 : 1; step > 0 && to; step--) to = moved(event.key, ...to, [height - K + 1, width - K + 1]);
      if (!to) return;
      event.preventDefault();
      this._go(to);
    }

    _go([row, column]) {
      this._home = null;
      this.change({ row, column });
    }

    draw(state, result) {
      const { weight, row, column } = state;
      const inner = Math.max(240, this.inner ?? 640);
      const side = Math.min(2 * width, Math.floor((inner - 12) / 2));
      const scale = side / width;
      const frame = (size, by) => html`<span class="fg-frame" style=${`left: ${(column + by) * scale}px; top: ${(row + by) * scale}px;
        width: ${size * scale}px; height: ${size * scale}px`}></span>`;
      const point = (event) => this._point(event);
      const picture = (name, rows, columns, content) => html`<div class=${`fg-picture fg-${name}`} data-sharp=${Number.isInteger(scale)}
        style=${`width: ${side}px; height: ${height * scale}px`} @pointerdown=${point} @pointermove=${point} @pointerleave=${point}
        role=${name === "photo" ? "application" : "img"} tabindex=${name === "photo" ? 0 : CnnFigure.nothing}
        aria-label=${name === "photo" ? "Photograph. Arrow keys move the filter, with Shift by ten pixels." : "Activation map"}
        @keydown=${name === "photo" ? (event) => this._press(event) : CnnFigure.nothing}><canvas width=${columns}
        height=${rows} style=${`width: ${columns * scale}px; height: ${rows * scale}px`}></canvas>${content}</div>`;
      const gray = isPicture(state);
      const top = result.top;
      return html`<div class="fg-pictures">
        ${this.block(`photograph${weight.length > 1 ? ", in color" : ", in gray"}`, html`${picture("photo", height, width, frame(K, 0))}
          <div class="fg-legend"><span>${height} × ${width}</span></div>`)}
        ${this.block("activation map", html`${picture("map", height - K + 1, width - K + 1, frame(1, 1))}
          <div class="fg-legend">${gray ? html`<span>0</span><i class="fg-gray"></i><span>255</span>`
            : html`<span>${show(-top)}</span><i></i><span>${show(top)}</span>`}</div>`)}
        </div>
        ${this._sum(state, result, inner)}
        <p class="fg-hint">Point at the photograph, or move over it with the arrow keys.
          Click a number of the filter to change it, or type a digit, + or −.</p>`;
    }

    /** Patch times filter, channel by channel, and what it adds up to. */
    _sum({ weight, divisor, row, column }, { products, sum, answer }, inner) {
      const three = weight.length > 1;
      const line = three && inner >= 590; // all channels in one line
      const size = Math.max(24, Math.min(34, Math.floor(line ? (inner - 155) / 18 : (inner - 66) / (three ? 8 : 9) - 2)));
      const still = Math.min(size, Math.floor((inner - 65 - 3 * size) / 6)); // of what is only read: it may be small
      const x = channels(weight);
      const set = (c, u, v, value) =>
        this.change({ divisor, weight: weight.map((kernel, k) => kernel.map((cells, i) => cells.map((old, j) => (k === c && i === u && j === v ? value : old)))) });
      const sign = (text) => html`<span class="cf-sign" aria-hidden="true">${text}</span>`;
      const shade = (value) => ({ tint: "pixel", style: `background: rgb(${value}, ${value}, ${value}); color: ${value > 117 ? "#000" : "#fff"}` });
      const sums = products.map((channel) => total(channel.flat()));
      const one = (c) => {
        const channel = three ? `${NAMES[c]} ` : "";
        const kernel = weight[c];
        const patch = table(K, K, (u, v) => x[c][row + u][column + v]);
        return html`<div class="cf-row">
          ${this.block(`${channel}patch`, this.grid({ name: `patch${c}`, label: `${channel}patch`, values: patch, size: three ? size : still, cell: shade }))}
          ${sign("×")}
          ${this.block(three ? "filter" : `filter${divisor > 1 ? `, ÷ ${divisor}` : ""}`, this.grid({ name: `filter${c}`, label: `${channel}filter`, values: kernel, size,
            pick: (u, v, event) => set(c, u, v, clicked(kernel[u][v], [-4, 5], event.shiftKey)),
            type: (u, v, key) => set(c, u, v, typed(key, kernel[u][v], [-4, 5])) }))}
          ${line ? "" : sign("=")}
          ${line ? "" : three ? html`<b class="fg-part">${show(sums[c])}</b>`
            : this.block("products", this.grid({ name: "products", label: "products", values: products[c], size: still }))}
        </div>`;
      };
      const terms = three ? html`${sums.map((value, c) => html`${c ? " + " : ""}${NAMES[c]} ${term(value)}`)} = ${show(sum)}`
        : html`the nine products add up to ${divisor > 1 ? show(sum) : ""}`;
      return html`<div class="fg-sum" data-line=${line}>${range(weight.length).map((c) => html`${c && line ? sign("+") : ""}${one(c)}`)}</div>
        <p class="fg-answer">${terms}${divisor > 1 ? `, ÷ ${divisor} = ` : " "}<b>${whole(answer)}</b></p>`;
    }

    buttons() {
      return html`${this.button("Highest answer", () => this._go(this._result.highest))}
        ${this.button("Lowest answer", () => this._go(this._result.lowest))}`;
    }
  }

  customElements.define("filter-gallery", FilterGallery);
})();
