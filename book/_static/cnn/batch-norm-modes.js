/* <batch-norm-modes>: batch norm in training and at test time: running averages that converge, and one image's output.
 *
 * uses: figure.js batch-norm-modes-math.js
 *
 * Attributes, all optional: size, momentum, steps, image, alone, gamma, beta; controls (see figure.js).
 * State: the settings, and company: which of 30 sets of companions the image comes with.
 * output: {batch: the last one of training, means, vars: of all batches, runningMean, runningVar: after 0, 1, ... batches,
 * company: the companions, companyMean, companyVar: with the image, training, test: the image's output in both modes,
 * spread: its output in training mode with each company}.
 */
(function () {
  "use strict";
  const { choice, html, number, range, show, slider, svg, toggle } = CnnFigure;
  const { COMPANIES, DATA, compute } = ModesMath;
  const MOST = 60; // batches
  const [LEFT, RIGHT] = [-4, 10]; // of the axis of the images
  const [LOW, HIGH] = [-3, 5]; // of the axis of the outputs

  /** Few digits, and the true minus sign. */
  const few = (value) => show(Number(value.toFixed(Math.abs(value) < 100 ? 2 : 0)));
  const batches = (n) => (n === 1 ? "1 batch" : `${n} batches`);
  const others = (n) => (n === 1 ? "1 other" : `${n} others`);

  class BatchNormModes extends CnnFigure {
    static title = "Batch norm in training and at test time";
    static settings = {
      size: slider("Batch size N", 1, 16, 8),
      momentum: choice("Momentum m", { 0.01: "0.01", 0.1: "0.1", 0.5: "0.5", 0.9: "0.9" }, "0.1"),
      steps: slider("Batches seen", 0, MOST, 30),
      image: slider("Our image x", LEFT, RIGHT, 6),
      gamma: number("γ", -3, 3, 1),
      beta: number("β", -2, 4, 1),
      alone: toggle("Our image comes alone"),
    };
    static start = { company: 6 }; // with them the two modes differ clearly
    static settle = (state) => ({ ...state, company: Math.abs(Math.trunc(Number(state.company)) || 0) % COMPANIES });
    static compute = compute;

    static sentence({ size, steps, image, beta }, { runningMean, runningVar, company, training, test, spread }) {
      const now = `the running mean is ${few(runningMean.at(-1))} and the running variance ${few(runningVar.at(-1))}`;
      const seen = steps ? `After ${batches(steps)} of ${size}, ${now}; the data have ${DATA.mean} and ${DATA.std ** 2}.`
        : `No batch has been seen: ${now}, as they began.`;
      const mean = few((DATA.std ** 2 * (size - 1)) / size);
      const small = !steps || size > 4 ? "" : size === 1 ? " Batches of one have the variance 0, and pull the running variance toward 0."
        : ` Batches of ${size} have a variance of only ${mean} on average.`;
      const wrong = company.length === 0
        ? `In training mode it is alone in its batch and is its own mean: β = ${show(beta)}, as for any other image.`
        : `In training mode it gives ${few(training)} with ${company.length === 1 ? "this other" : `these ${others(company.length)}`}, and with other companions from ${
          few(Math.min(...spread))} to ${few(Math.max(...spread))}.`;
      return `${seen}${small} Our image, ${show(image)}, gives ${few(test)} in test mode, whoever comes with it. ${wrong}`;
    }

    buttons({ steps, company }, { company: with_ }) {
      const next = () => (this.state = { steps: this._state.steps + 1 }) && this._state.steps < MOST;
      return html`${this.button("Next batch", () => this.change({ steps: steps + 1 }), { disabled: steps === MOST })}
        ${this.playing ? this.button("Pause", () => this.pause())
          : this.button("Play", () => this.play(next, 250), { disabled: steps === MOST })}
        ${this.button("Other companions", () => this.change({ company: company + 1 }), { disabled: !with_.length })}`;
    }

    draw(state, result) {
      const width = Math.max(260, this.inner ?? 640);
      return html`<div class="bm-paths">
        ${this._path("running mean", result.runningMean, result.means, DATA.mean, width)}
        ${this._path("running variance", result.runningVar, result.vars, DATA.std ** 2, width)}</div>
        ${this._images(state, result, width)}${this._outputs(state, result, width)}`;
    }

    /** A running average over the batches, the batches' own values as dots, and the truth. */
    _path(name, path, own, truth, inner) {
      const [width, height, left] = [(inner - 16) / 2, 116, 20];
      const top = Math.max(2 * truth, ...own, ...path);
      const low = Math.min(0, ...own, ...path);
      const x = (t) => left + (t / MOST) * (width - left - 6);
      const y = (value) => height - 18 - ((value - low) / (top - low)) * (height - 44);
      const mark = (value) => svg`<text class="cf-faint" x=${left - 6} y=${y(value) + 4} text-anchor="end">${value}</text>`;
      const now = path.length - 1;
      return html`<svg class="cf-drawing" viewBox="0 0 ${width} ${height}" style="height: ${height}px" aria-hidden="true">
        <text x="0" y="12">${name} <tspan class="bm-strong">${few(path.at(-1))}</tspan></text>
        <line class="bm-axis" x1=${left} x2=${width - 4} y1=${y(low)} y2=${y(low)}></line>
        <line class="bm-truth" x1=${left} x2=${width - 4} y1=${y(truth)} y2=${y(truth)}></line>
        ${mark(0)}${mark(truth)}
        ${own.map((value, t) => svg`<circle class="bm-own" cx=${x(t + 1)} cy=${y(value)} r=${t + 1 === now ? 3.5 : 2}></circle>`)}
        <polyline class="bm-running" points=${path.map((value, t) => `${x(t)},${y(value)}`).join(" ")}></polyline>
        <circle class="bm-now" cx=${x(now)} cy=${y(path.at(-1))} r="4"></circle>
        <text class="cf-faint" x=${x(0)} y=${height - 3}>0</text>
        <text class="cf-faint" x=${x(MOST)} y=${height - 3} text-anchor="end">${inner < 400 ? MOST : `${MOST} batches`}</text></svg>`;
    }

    /** The images as dots on an axis; below them mean and standard deviation as a bar. */
    _images({ steps, image, size }, { batch, means, vars, runningMean, runningVar, company, companyMean, companyVar }, width) {
      const x = (value) => 10 + ((Math.min(RIGHT, Math.max(LEFT, value)) - LEFT) / (RIGHT - LEFT)) * (width - 20);
      const bar = (row, mean, variance, kind) => svg`<g class=${kind}><line class="bm-bar" x1=${x(mean - Math.sqrt(variance))}
        x2=${x(mean + Math.sqrt(variance))} y1=${row} y2=${row}></line><line class="bm-mean" x1=${x(mean)} x2=${x(mean)}
        y1=${row - 6} y2=${row + 6}></line></g>`;
      const dots = (row, values, kind) => values.map((value) => svg`<circle class=${kind} cx=${x(value)} cy=${row} r="4.5"></circle>`);
      const label = (row, text) => svg`<text class="cf-faint" x="0" y=${row}>${text}</text>`;
      const at = { batch: 12, running: 72, company: 116, end: 190 };
      return html`<svg class="cf-drawing bm-images" viewBox="0 0 ${width} ${at.end}" style="height: ${at.end}px" aria-hidden="true">
        <line class="bm-ours-line" x1=${x(image)} x2=${x(image)} y1=${at.running + 6} y2=${at.end - 22}></line>
        ${label(at.batch, steps ? `training, batch ${steps}: ${size === 1 ? "1 image" : `${size} images`}, mean and std` : "training: no batch yet")}
        ${dots(at.batch + 16, batch, "bm-image")}${steps ? bar(at.batch + 34, means.at(-1), vars.at(-1), "bm-by-batch") : ""}
        ${label(at.running, "running averages")}${bar(at.running + 16, runningMean.at(-1), runningVar.at(-1), "bm-by-running")}
        ${label(at.company, company.length ? `our image with ${others(company.length)}` : "our image alone")}
        ${dots(at.company + 16, company, "bm-other")}${this._diamond(x(image), at.company + 16, "bm-ours")}
        ${bar(at.company + 34, companyMean, companyVar, "bm-by-batch")}
        <line class="bm-axis" x1=${x(LEFT)} x2=${x(RIGHT)} y1=${at.end - 20} y2=${at.end - 20}></line>
        ${range(8).map((k) => svg`<text class="cf-faint" x=${x(LEFT + 2 * k)} y=${at.end - 5} text-anchor="middle">${
          show(LEFT + 2 * k)}</text>`)}</svg>`;
    }

    /** Our image's output in both modes; in training mode also with every other company. */
    _outputs({ beta }, { training, test, spread, company }, width) {
      const x = (value) => 10 + ((Math.min(HIGH, Math.max(LOW, value)) - LOW) / (HIGH - LOW)) * (width - 20);
      const row = (top, words, value, kind) => svg`<text x="0" y=${top}>${words} <tspan class="bm-strong">${few(value)}${
        value > HIGH ? " →" : value < LOW ? " ←" : ""}</tspan></text>${this._diamond(x(value), top + 18, kind)}`;
      return html`<svg class="cf-drawing bm-outputs" viewBox="0 0 ${width} 132" style="height: 132px" aria-hidden="true">
        <line class="bm-beta" x1=${x(beta)} x2=${x(beta)} y1="20" y2="110"></line>
        ${row(14, "output in test mode, by the running averages", test, "bm-test")}
        ${spread.map((value) => svg`<line class="bm-spread" x1=${x(value)} x2=${x(value)} y1="75" y2="89"></line>`)}
        ${row(64, company.length ? "output in training mode, by its batch" : "output in training mode, alone", training, "bm-train")}
        <line class="bm-axis" x1=${x(LOW)} x2=${x(HIGH)} y1="110" y2="110"></line>
        ${range(HIGH - LOW + 1).map((k) => svg`<text class=${LOW + k === beta ? "bm-strong" : "cf-faint"} x=${x(LOW + k)} y="126"
          text-anchor="middle">${LOW + k === beta ? `β = ${show(beta)}` : show(LOW + k)}</text>`)}</svg>`;
    }

    _diamond(x, y, kind) {
      return svg`<rect class="bm-diamond ${kind}" x=${x - 5.5} y=${y - 5.5} width="11" height="11" transform="rotate(45 ${x} ${y})"></rect>`;
    }
  }

  customElements.define("batch-norm-modes", BatchNormModes);
})();
