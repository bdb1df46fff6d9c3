/* <lenet-walker>: the layers of the notes' LeNet, what each gives, learns and computes, side by side and to scale.
 *
 * uses: figure.js
 *
 * Attributes, all optional: question (values, weights, multiply-adds), layer (0 is the input); controls (see figure.js).
 * output: {layers: [{name, shape, weightShape, values, weights, biases, multiplyAdds, places}, ...], totals, shares},
 * the counts for one picture; shares are those of the current layer, in percent.
 */
(function () {
  "use strict";
  const { choice, html, nothing, slider, svg } = CnnFigure;
  const { clamp, outputSize, range, total } = ConvMath;
  const big = (value) => value.toLocaleString("en-US");
  const by = (shape) => shape.join(" × ");
  const product = (shape) => shape.reduce((size, n) => size * n, 1);
  const ROWS = { values: "numbers it gives", weights: "weights", multiplyAdds: "multiply-adds" };
  const LAST = 10;

  /** Each line of the notes' table from the one before, as {name, kind, shape, weightShape}. */
  const LAYERS = (() => {
    let [channels, size] = [1, 28];
    const list = [{ name: "input", kind: "input", shape: [channels, size, size], weightShape: [] }];
    const add = (name, kind, shape, weightShape = []) => list.push({ name, kind, shape, weightShape });
    for (const filters of [20, 50]) {
      const weightShape = [filters, channels, 5, 5];
      [channels, size] = [filters, outputSize(size, 5, 2)];
      add(`Conv (C_out = ${filters}, K = 5, P = 2, S = 1)`, "conv", [channels, size, size], weightShape);
      add("ReLU", "ReLU", [channels, size, size]);
      size = outputSize(size, 2, 0, 2);
      add("MaxPool (K = 2, S = 2)", "pool", [channels, size, size]);
    }
    const flat = channels * size * size;
    add("Flatten", "flatten", [flat]);
    add(`Linear (${flat} → 500)`, "linear", [500], [flat, 500]);
    add("ReLU", "ReLU", [500]);
    add("Linear (500 → 10)", "linear", [10], [500, 10]);
    return list.map((layer) => {
      const weights = layer.weightShape.length ? product(layer.weightShape) : 0;
      const places = product(layer.shape.slice(1)); // where each weight is used; 1 in a linear layer
      return {
        ...layer, weights, places, values: product(layer.shape), biases: weights ? layer.shape[0] : 0,
        multiplyAdds: weights * places,
      };
    });
  })();
  const ORDER = ["", "first ", "first ", "first ", "second ", "second ", "second ", "", "first ", "third ", "second "];
  const WORDS = { conv: "convolution", pool: "pooling", flatten: "flatten layer", linear: "linear layer" };
  const called = (layer) => ORDER[layer] + (WORDS[LAYERS[layer].kind] ?? LAYERS[layer].kind);

  class LenetWalker extends CnnFigure {
    static title = "LeNet, layer by layer";
    static settings = {
      question: choice("Ask", {
        values: "Is the volume preserved?", weights: "Where are the weights?", multiplyAdds: "Where is the work?",
      }, "values"),
      layer: slider("Layer", 0, LAST, 1, (layer) => LAYERS[layer].name),
    };

    static compute({ layer }) {
      const sum = (name) => total(LAYERS.map((one) => one[name]));
      const totals = { weights: sum("weights"), biases: sum("biases"), multiplyAdds: sum("multiplyAdds") };
      const share = (name) => (100 * LAYERS[layer][name]) / totals[name];
      return { layers: LAYERS, totals, shares: { weights: share("weights"), multiplyAdds: share("multiplyAdds") } };
    }

    static sentence({ question, layer }, { totals, shares }) {
      const { kind, shape, weightShape, values, weights, places, multiplyAdds } = LAYERS[layer];
      const The = `The ${called(layer)}`;
      const part = (share) => (share < 0.1 ? "less than 0.1%" : `${share < 10 ? Number(share.toFixed(1)) : Math.round(share)}%`);
      if (question === "weights") {
        const own = weights ? `${The} has ${by(weightShape)} = ${big(weights)} weights, ${part(shares.weights)} of ${big(totals.weights)} in all.`
          : `${The} has no weights.`;
        const most = layer === 8 ? "Each" : "The first linear layer has 98% of all weights: each";
        return `${own} ${most} of its 500 outputs has a weight for each of 2,450 numbers, and shares it with no other.`;
      }
      if (question === "multiplyAdds") {
        const times = places > 1 ? `each weight is used at ${by(shape.slice(1))} = ${places} places` : "each weight is used once";
        const own = weights ? `${The} takes ${big(multiplyAdds)} multiply-adds, ${part(shares.multiplyAdds)} of all: ${times}.`
          : kind === "input" ? "The input takes no work." : `${The} multiplies nothing.`;
        return `${own} ${layer === 4 ? "It" : "The second convolution"} does 75% of the work, with 2% of the weights.`;
      }
      const before = layer ? LAYERS[layer - 1].values : values;
      const ratio = values / before;
      const change = !layer ? "" : ratio === 1 ? ", as many as came in" : ratio > 1 ? `, ${ratio} times as many as came in`
        : ratio === 0.25 ? ", a quarter of what came in" : `, from ${big(before)} that came in`;
      return `${The} gives ${shape.length > 1 ? `${by(shape)} = ` : ""}${big(values)} numbers${change}. The volume is not preserved: ${
        [0, 1, 3, 4, 6].map((l) => big(LAYERS[l].values)).join(" → ")}.`;
    }

    buttons({ layer }) {
      return html`${this.button("Previous layer", () => this.change({ layer: layer - 1 }), { disabled: layer === 0 })}${
        this.button("Next layer", () => this.change({ layer: layer + 1 }), { disabled: layer === LAST })}`;
    }

    draw(state) {
      const { shape, weightShape, weights, biases, multiplyAdds, values } = LAYERS[state.layer];
      const fact = (question, what, number, from) => html`<div class=${question === state.question ? "lw-fact lw-asked" : "lw-fact"}>
        <div class="lw-what">${what}</div>
        <div class="lw-value">${number}</div><div class="lw-from">${from || nothing}</div></div>`;
      return html`<div class="lw-facts">
          ${fact("values", ROWS.values, html`<b>${big(values)}</b>`, by(shape))}
          ${fact("weights", ROWS.weights, weights ? html`<b>${big(weights)}</b> and ${biases} biases` : "none", by(weightShape))}
          ${fact("multiplyAdds", ROWS.multiplyAdds, weights ? html`<b>${big(multiplyAdds)}</b>` : "none", weights ? `${big(weights)} weights × ${
            LAYERS[state.layer].places} ${LAYERS[state.layer].places > 1 ? "places" : "place"}` : "")}</div>
        ${this.drawLayers(state)}`;
    }

    drawLayers({ question, layer }) {
      const width = Math.max(240, this.inner ?? 640);
      const column = width / LAYERS.length;
      const narrow = column < 46;
      const middle = (l) => (l + 0.5) * column;
      const side = narrow ? 17 : 38; // of a map of 28 x 28
      const [blocks, high, tall] = [narrow ? 40 : 62, 82, 52];
      const foot = blocks + 3 * high + (narrow ? 58 : 26);
      const block = ({ shape }, l) => {
        const classes = l === layer ? "lw-block lw-here" : "lw-block";
        if (shape.length === 1) {
          const length = Math.max(3, (shape[0] / 2450) * (blocks - 10)); // vectors to scale beside each other
          return svg`<rect class=${classes} x=${middle(l) - 3} y=${(blocks - length) / 2} width="6" height=${length}></rect>`;
        }
        const [maps, edge, shift] = [Math.min(4, shape[0]), (side * shape[1]) / 28, narrow ? 2 : 4];
        return range(maps).map((k) => {
          const off = shift * (maps - 1 - k - (maps - 1) / 2);
          return svg`<rect class=${classes} x=${middle(l) - edge / 2 + off} y=${blocks / 2 - edge / 2 - off} width=${edge} height=${edge}></rect>`;
        });
      };
      const bars = (name, row) => {
        const most = Math.max(...LAYERS.map((one) => one[name]));
        const bottom = blocks + (row + 1) * high - 2;
        const bar = (one, l) => {
          if (!one[name]) return svg`<circle class="lw-none" cx=${middle(l)} cy=${bottom - 3} r="1.5"></circle>`;
          const length = Math.max(1.5, (tall * one[name]) / most);
          return svg`<rect class=${l === layer ? "lw-bar lw-here" : "lw-bar"} x=${middle(l) - 0.3 * column} y=${bottom - length}
            width=${0.6 * column} height=${length}></rect>`;
        };
        const level = bottom - (tall * LAYERS[0].values) / most;
        return svg`<g class=${name === question ? "lw-row lw-asked" : "lw-row"}>
          <text class="lw-title" x="0" y=${bottom - tall - 12}>${ROWS[name]}</text>
          <line class="lw-floor" x1="0" x2=${width} y1=${bottom + 0.5} y2=${bottom + 0.5}></line>${LAYERS.map(bar)}
          ${name === "values" ? svg`<line class="lw-level" x1="0" x2=${width} y1=${level} y2=${level}></line>
            <text class="cf-faint" x=${width} y=${bottom - tall - 12} text-anchor="end">dashed: the input’s 784</text>` : ""}</g>`;
      };
      const word = ({ kind }, l) => {
        const where = narrow ? `translate(${middle(l) + 4} ${foot - 54}) rotate(-90)` : `translate(${middle(l)} ${foot - 8})`;
        return svg`<text class=${l === layer ? "lw-here" : "cf-faint"} transform=${where}
          text-anchor=${narrow ? "end" : "middle"}>${kind}</text>`;
      };
      const pick = (event) => {
        const x = event.clientX - event.currentTarget.getBoundingClientRect().left;
        this.change({ layer: clamp(Math.floor(x / column), 0, LAST) });
      };
      return html`<svg class="cf-drawing lw-drawing" viewBox="0 0 ${width} ${foot}" style="height: ${foot}px" aria-hidden="true" @click=${pick}>
        <rect class="lw-column" x=${layer * column + 0.5} y="0.5" width=${column - 1} height=${foot - 1} rx="6"></rect>
        ${LAYERS.map(block)}${Object.keys(ROWS).map(bars)}${LAYERS.map(word)}</svg>`;
    }
  }

  customElements.define("lenet-walker", LenetWalker);
})();
