/* <norm-cubes>: which numbers of a batch share a mean and a variance, in batch, layer, instance and group norm.
 *
 * uses: figure.js
 *
 * Attributes, all optional: norm (batch, layer, instance, group), samples, channels, height, width, groups; controls
 * (see figure.js).
 * State: the settings, and cell: [sample, channel, row, column], the number that is looked at.
 * output: {refused, means, numbers, shape: of the means, sets: [N][C][H][W] which mean each number has,
 * members: the numbers that share the cell's, alike: a norm with the same sets, or ""}.
 */
(function () {
  "use strict";
  const { choice, html, number, range, svg } = CnnFigure;
  const { clamp, table } = ConvMath;
  const NAMES = { batch: "batch norm", layer: "layer norm", instance: "instance norm", group: "group norm" };
  const [DEEP, HIGH] = [0.45, 0.33]; // a step along the axis N on paper, in cells

  const many = (n, word) => `${n} ${word}${n === 1 ? "" : "s"}`;
  const product = (parts) => parts.reduce((all, [, size]) => all * size, 1);

  /** The axes that are averaged over and those that are kept, each [symbol, length]; group norm cuts C in two. */
  function axes({ norm, samples, channels, height, width, groups }) {
    const [N, C, H, W] = [["N", samples], ["C", channels], ["H", height], ["W", width]];
    return {
      batch: { over: [N, H, W], kept: [C] },
      layer: { over: [C, H, W], kept: [N] },
      instance: { over: [H, W], kept: [N, C] },
      group: { over: [["C/G", channels / groups], H, W], kept: [N, ["G", groups]] },
    }[norm];
  }

  /** The number of the mean that a channel of a sample takes part in. */
  function meanOf({ norm, channels, groups }, n, c) {
    if (norm === "batch") return c;
    if (norm === "layer") return n;
    return norm === "instance" ? n * channels + c : n * groups + Math.floor((c * groups) / channels);
  }

  class NormCubes extends CnnFigure {
    static title = "What shares a mean";
    static settings = {
      norm: choice("Normalization", NAMES, "batch"),
      samples: number("Samples N", 1, 4, 3),
      channels: number("Channels C", 1, 6, 4),
      height: number("Height H", 1, 3, 2),
      width: number("Width W", 1, 3, 2),
      groups: number("Groups G", 1, 6, 2),
    };
    static start = { cell: [0, 1, 0, 0] };

    /** Whoever sets the groups means group norm; the cell stays inside the batch. */
    static settle(state, change) {
      const sizes = [state.samples, state.channels, state.height, state.width];
      return {
        ...state, norm: "groups" in change && !("norm" in change) ? "group" : state.norm,
        cell: sizes.map((size, axis) => clamp(Number(state.cell?.[axis]), 0, size - 1)),
      };
    }

    static compute(state) {
      const { norm, samples, channels, height, width, groups, cell } = state;
      if (norm === "group" && channels % groups) {
        return { refused: true, means: 0, numbers: 0, shape: [], sets: [], members: [], alike: "" };
      }
      const sets = table(samples, channels, (n, c) => table(height, width, () => meanOf(state, n, c)));
      const mine = meanOf(state, cell[0], cell[1]);
      const members = sets.flatMap((sample, n) => sample.flatMap((map, c) => map.flatMap((row, i) =>
        row.flatMap((set, j) => (set === mine ? [[n, c, i, j]] : [])))));
      const { over, kept } = axes(state);
      const shape = {
        batch: [1, channels, 1, 1], layer: [samples, 1, 1, 1], instance: [samples, channels, 1, 1],
        group: [samples, groups, 1, 1, 1],
      }[norm];
      const same = Object.keys(NAMES).find((other) => other !== norm && other !== "group"
        && sets.every((sample, n) => sample.every((map, c) => map[0][0] === meanOf({ ...state, norm: other }, n, c))));
      return { refused: false, means: product(kept), numbers: product(over), shape, sets, members, alike: NAMES[same] ?? "" };
    }

    static sentence(state, { refused, means, numbers, members, alike }) {
      const { norm, samples, channels, groups, cell: [n, c, i, j] } = state;
      if (refused) return `${many(channels, "channel")} cannot be cut into ${groups} equal groups: the layer refuses.`;
      const name = NAMES[norm][0].toUpperCase() + NAMES[norm].slice(1);
      const found = [...new Set(members.map((member) => member[1]))];
      const which = found.length === 1 ? `channel ${c}`
        : `channels ${found[0]} ${found.length === 2 ? "and" : "to"} ${found.at(-1)}`;
      const where = { batch: `${which} of ${samples === 1 ? "the only sample" : `all ${samples} samples`}`,
        layer: `all of sample ${n}`, instance: `${which} of sample ${n}`, group: `${which} of sample ${n}` }[norm];
      const here = `the number in sample ${n}, channel ${c}, row ${i}, column ${j}`;
      const end = alike ? ` These are the sets of ${alike} too.` : "";
      if (numbers === 1) {
        return `${name}: ${here} has a mean to itself. It is its own mean, the variance is 0, and its output is β, whatever it was.${end}`;
      }
      const others = norm === "batch" && samples > 1 ? " Its output depends on the other samples." : samples > 1
        ? " No other sample is in it." : "";
      return `${name}: ${here} shares its mean and variance with ${many(numbers - 1, "other")}, ${where}.${others} ${
        means === 1 ? "There is 1 mean" : `There are ${means} means`} in all.${end}`;
    }

    draw(state, result) {
      const { samples, channels, height, width } = state;
      const inner = Math.max(240, this.inner ?? 640) - 22;
      // As many samples side by side as have cells that a finger can hit.
      const fits = (across) => Math.floor((inner / across - 18) / (channels + DEEP));
      const across = range(samples).map((k) => samples - k).find((k) => fits(k) >= 25) ?? 1;
      const low = Math.max(25, Math.floor(230 / (height * width))); // four tall samples still fit on a phone
      const size = Math.min(38, low, fits(across));
      const tall = height * width * size;
      return html`<div class="cf-caption">in each cell: the number of its mean</div>
      <div class="nc-batch" style="grid-template-columns: repeat(${across}, max-content)">
        ${range(samples).map((n) => html`<div class="nc-sample"><div class="cf-caption">sample ${n}</div>
          ${n % across === 0 ? html`<span class="nc-places" style="height: ${tall}px" aria-hidden="true">H × W</span>` : ""}
          ${this._slab(state, result, n, size)}<div class="nc-axis" style="width: ${channels * size}px" aria-hidden="true">C</div></div>`)}
      </div>${this._count(state, result)}`;
    }

    /** One sample: a grid of channels and places, with the sides of a slab behind it. */
    _slab(state, { refused, sets, members }, n, size) {
      const { channels, height, width, cell } = state;
      const [deep, high, tall] = [DEEP * size, HIGH * size, height * width * size];
      const shared = new Set(members.map(String));
      const inSet = (c, s) => shared.has(String([n, c, Math.floor(s / width), s % width]));
      const values = table(height * width, channels, (s, c) => sets[n]?.[c][Math.floor(s / width)][s % width] ?? 0);
      const face = (points, marked, kind) => svg`<polygon class="nc-face ${marked ? kind : ""}" points=${points.join(" ")}></polygon>`;
      const wide = channels * size;
      const sides = svg`${range(channels).map((c) => face([[c * size, high], [(c + 1) * size, high], [(c + 1) * size + deep, 0],
        [c * size + deep, 0]], inSet(c, 0), "nc-top"))}${range(height * width).map((s) => face([[wide, high + s * size],
        [wide, high + (s + 1) * size], [wide + deep, (s + 1) * size], [wide + deep, s * size]], inSet(channels - 1, s), "nc-side"))}`;
      const grid = this.grid({
        name: `sample${n}`, label: `Sample ${n}: places down, channels across`, values, size, follow: true,
        at: [cell[2] * width + cell[3], cell[1]],
        pick: (s, c) => this.change({ cell: [n, c, Math.floor(s / width), s % width] }),
        cell: (set, s, c) => {
          const [i, j] = [Math.floor(s / width), s % width];
          const here = String(cell) === String([n, c, i, j]);
          const mark = here ? ", looked at" : inSet(c, s) ? ", shares it" : "";
          return {
            text: refused ? "–" : String(set), tint: inSet(c, s) ? "p3" : "0",
            classes: { "nc-shared": inSet(c, s), "cf-now": here },
            label: `channel ${c}, row ${i}, column ${j}: ${refused ? "no mean" : `mean ${set}`}${mark}`,
          };
        },
      });
      return html`<div class="nc-slab" style="width: ${wide + deep}px; padding-top: ${high}px">
        <svg width=${wide + deep + 1} height=${tall + high + 1} aria-hidden="true">${sides}</svg>${grid}</div>`;
    }

    /** Which axes the mean goes over and which are kept, and what that makes. */
    _count(state, { refused, means, numbers, shape }) {
      const { over, kept } = axes(state);
      const line = (words, parts, result, unit) => html`<div class="nc-line"><span class="nc-words">${words}</span>
        <span>${parts.map(([symbol]) => symbol).join(" · ")}${refused ? "" : ` = ${parts.map(([, size]) => size).join(" · ")}`}</span>
        <span>${refused ? "–" : html`<b>${result}</b> ${unit}${result === 1 ? "" : "s"}`}</span></div>`;
      return html`<div class="nc-count">
        ${line("each mean goes over", over, numbers, "number")}
        ${line("there is one for each", kept, means, "mean")}
        <div class="nc-line"><span class="nc-words">shape of the means</span>
        <span>${refused ? "–" : html`<code>(${shape.join(", ")})</code>`}</span></div></div>`;
    }
  }

  customElements.define("norm-cubes", NormCubes);
})();
