/* <stack-collapse>: two convolutions and the one that equals them, until a ReLU stands between.
 *
 * uses: figure.js
 *
 * Attributes, all optional: between ("nothing" or "relu"), kernels, picture; controls (see figure.js).
 * State besides: x [5][5], first and second [2][2], row and column of the output.
 * output: {hidden, passed (hidden as the second layer gets it), two, merged, one, cut, differ, largest}.
 */
(function () {
  "use strict";
  const { choice, html, show } = CnnFigure;
  const { clamp, clicked, correlate, table, total, typed } = ConvMath;
  const [SIDE, K] = [5, 2]; // of the picture, and of both kernels
  const MERGED = K + K - 1;
  const PLACES = SIDE - MERGED + 1;
  const LIMIT = 9;

  const square = (bright) => table(SIDE, SIDE, (i, j) => (i % (SIDE - 1) && j % (SIDE - 1) ? bright : 0));
  const PICTURES = { square: ["Bright square", square(3)], negative: ["Its negative", square(-3)] };
  const KERNELS = {
    example: ["As above", [[2, 1], [0, -1]], [[1, 0], [3, 2]]],
    edges: ["Two edges", [[-1, 1], [-1, 1]], [[-1, -1], [1, 1]]],
    blurs: ["Two blurs", [[1, 1], [1, 1]], [[1, 1], [1, 1]]],
  };
  const labels = (names) =>
    ({ ...Object.fromEntries(Object.entries(names).map(([name, [label]]) => [name, label])), own: "Your own" });

  const convolve = (x, kernel) => correlate({ x: [x], channels: 1, height: x.length, width: x[0].length, filters: 1, weight: [[kernel]],
    kernelHeight: kernel.length, kernelWidth: kernel[0].length, bias: [0], padding: 0, stride: 1, dilation: 1 })[0];
  /** The true convolution of two kernels: the first lies in it once for each number of the second. */
  const merge = (first, second) => table(MERGED, MERGED, (a, b) =>
    total(second.flatMap((line, u) => line.map((value, v) => value * (first[a - u]?.[b - v] ?? 0)))));
  const tidy = (values, size) => table(size, size, (i, j) => clamp(values?.[i]?.[j], -LIMIT, LIMIT));
  const count = (n, one) => (n === 1 ? `1 ${one}` : `${n} ${one}s`);

  class StackCollapse extends CnnFigure {
    static title = "Two convolutions, or one";
    static settings = {
      between: choice("Between the two layers", { nothing: "Nothing", relu: "ReLU" }, "nothing"),
      kernels: choice("Kernels", labels(KERNELS), "example"),
      picture: choice("Picture", labels(PICTURES), "square"),
    };
    static start = { row: 0, column: 0 };

    static settle(state, change) {
      let { kernels, picture, x, first, second } = state;
      if (change.x && (change.picture ?? "own") === "own") picture = "own";
      if ((change.first || change.second) && (change.kernels ?? "own") === "own") kernels = "own";
      if (picture !== "own") x = PICTURES[picture][1];
      if (kernels !== "own") [, first, second] = KERNELS[kernels];
      return { ...state, kernels, picture, x: tidy(x, SIDE), first: tidy(first, K), second: tidy(second, K),
        row: clamp(state.row, 0, PLACES - 1), column: clamp(state.column, 0, PLACES - 1) };
    }

    static compute({ between, x, first, second }) {
      const hidden = convolve(x, first);
      const passed = between === "relu" ? hidden.map((line) => line.map((value) => Math.max(value, 0))) : hidden;
      const two = convolve(passed, second);
      const merged = merge(first, second);
      const one = convolve(x, merged);
      const gaps = two.flatMap((line, i) => line.map((value, j) => Math.abs(value - one[i][j])));
      const cut = between === "relu" ? hidden.flat().filter((value) => value < 0).length : 0;
      return { hidden, passed, two, merged, one, cut, differ: gaps.filter(Boolean).length, largest: Math.max(...gaps) };
    }

    static sentence({ between }, { cut, differ, largest }) {
      const places = PLACES * PLACES;
      if (between === "nothing") {
        return `Nothing between: at all ${places} places both ways give the same number. Two convolutions are one, with the merged kernel.`;
      }
      if (!cut) return "A ReLU is there, but no hidden number is negative. It changes nothing, and on this picture the two layers are still one convolution.";
      const start = `ReLU turned ${count(cut, "negative hidden number")} into 0`;
      if (!differ) return `${start}, which these kernels do not show: at all ${places} places both ways still agree. Try another picture.`;
      return `${start}. Now the merged kernel is wrong at ${differ === places ? `all ${places}` : `${differ} of ${places}`} places, by up to ${largest}, and no other single kernel is right for every picture.`;
    }

    draw(state, { hidden, passed, two, merged, one, differ, largest }) {
      const { between, x, first, second, row, column } = state;
      const relu = between === "relu";
      const inner = Math.max(240, this.inner ?? 640);
      const wide = inner >= 580;
      const size = Math.max(24, Math.min(wide ? 34 : 30, Math.floor(wide ? (inner - 162) / 16 - 2 : (inner - 90) / 6 - 2)));
      const inside = (i, j, n) => i >= row && i < row + n && j >= column && j < column + n;
      const frame = (n) => (value, i, j) => ({ classes: { "cf-in": inside(i, j, n) } });
      const edit = (name, values, usual) => {
        const set = (i, j, value) => this.change({ [name]: values.map((line, a) => line.map((old, b) => (a === i && b === j ? value : old))) });
        return { values, pick: (i, j, event) => set(i, j, clicked(values[i][j], usual, event.shiftKey)),
          type: (i, j, key) => set(i, j, typed(key, values[i][j], usual)) };
      };
      const grid = (name, caption, how, label = caption) => this.block(caption, this.grid({ name, label, size, ...how }));
      const result = (name, values) => grid(name, "output", { values, at: [row, column], follow: true,
        pick: (i, j) => this.change({ row: i, column: j }), cell: (value, i, j) => {
          const off = two[i][j] !== one[i][j];
          return { classes: { "sc-off": off, "cf-now": i === row && j === column },
            label: `row ${i}, column ${j}: ${show(value)}${off ? ", the two ways differ here" : ""}` };
        } });
      const sign = (text) => html`<span class="cf-sign" aria-hidden="true">${text}</span>`;
      const cellOfHidden = (value, i, j) => {
        const cut = passed[i][j] !== value;
        return { classes: { "cf-in": inside(i, j, K), "sc-cut": cut }, tint: cut ? "0" : undefined,
          label: `row ${i}, column ${j}: ${show(value)}${cut ? ", made 0 by ReLU" : ""}` };
      };
      return html`<div class="sc" data-wide=${wide}>
        <div class="sc-picture">${grid("x", "picture", { ...edit("x", x, [0, 3]), cell: frame(MERGED) })}</div>
        <div class="sc-lanes">
          <div class="sc-lane"><div class="sc-name">Two layers${relu ? ", ReLU between" : ""}</div>
            <div class="cf-row">${sign("∗")}${grid("first", "first", edit("first", first, [-2, 3]), "first kernel")}
              ${sign("=")}${grid("hidden", relu ? "after ReLU" : "hidden", { values: hidden, cell: cellOfHidden })}</div>
            <div class="cf-row">${sign("∗")}${grid("second", "second", edit("second", second, [-2, 3]), "second kernel")}
              ${sign("=")}${result("two", two)}</div></div>
          <div class="sc-verdict" data-same=${!differ}><span>${differ ? `up to ${largest} apart` : "the same"}</span><b>${differ ? "≠" : "="}</b></div>
          <div class="sc-lane sc-one"><div class="sc-name">One layer</div>
            <div class="cf-row">${sign("∗")}${grid("merged", "merged", { values: merged }, "merged kernel")}
              ${sign("=")}${result("one", one)}</div></div>
        </div></div>
        <p class="sc-hint">Click a number of the picture or of the two kernels to change it, or type a digit, + or −.
          The frame holds all that the chosen output is made of.</p>`;
    }

    buttons() {
      const any = (size, least, greatest) => table(size, size, () => least + Math.floor(Math.random() * (greatest - least + 1)));
      return this.button("Random numbers", () => this.change({ x: any(SIDE, 0, 3), first: any(K, -2, 2), second: any(K, -2, 2) }));
    }
  }

  customElements.define("stack-collapse", StackCollapse);
})();
