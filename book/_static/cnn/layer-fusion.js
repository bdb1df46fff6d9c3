/* <layer-fusion>: a linear layer and its batch norm, at test time, become one linear layer; and two ways to get it wrong.
 *
 * uses: figure.js
 *
 * Attributes, all optional: eps, keep-bias, forget-eps; controls (see figure.js).
 * State: the settings, and x [N][D_in], weight [D_in][D_out], bias [D_out], norm: rows gamma, beta, running_mean,
 * running_var [4][D_out]. All of them can be edited.
 * output: {scale, weight, bias: of the one layer, z: what the linear layer gives, two, one: what both ways give,
 * difference: the largest one, equal, adds: multiply-adds for a sample, before and after, stored: numbers, likewise}.
 */
(function () {
  "use strict";
  const { choice, copy, html, show, toggle } = CnnFigure;
  const { clamp } = ConvMath;
  const NORM = ["γ", "β", "running_mean", "running_var"];
  const VARIANCES = [0.01, 0.25, 1, 4, 9, 16, 25]; // what + and − step through
  const LIMIT = 20;

  /** So few digits that they fit into a cell, and the true minus sign. */
  const few = (value) => show(Number(value.toFixed(Math.abs(value) < 9.995 ? 2 : Math.abs(value) < 99.95 ? 1 : 0)));
  /** A difference with two digits that count. */
  const small = (value) => (value >= 0.1 ? few(value) : value.toFixed(1 - Math.floor(Math.log10(value))));

  const times = (x, weight, bias) =>
    x.map((row) => bias.map((shift, j) => row.reduce((sum, value, k) => sum + value * weight[k][j], shift)));

  /** The table with one cell changed by a key: a digit, + or −. */
  function typed(values, i, j, key, variance = false) {
    const [table, value] = [copy(values), values[i][j]];
    const by = key === "+" || key === "=" ? 1 : key === "-" || key === "−" ? -1 : 0;
    if (!variance) table[i][j] = by ? value + by : Number(key);
    else if (!by) table[i][j] = Number(key) || VARIANCES[0];
    else table[i][j] = (by > 0 ? VARIANCES.find((v) => v > value) : VARIANCES.findLast((v) => v < value)) ?? value;
    return table;
  }

  const START = {
    x: [[1, 2], [3, -1]], weight: [[2, 1], [-1, 3]], bias: [3, -2], norm: [[10, 6], [1, 0], [5, -4], [4, 9]],
  };

  /** Numbers in range, in the shape of the start; a variance is more than 0. */
  function fitted(values, start, least = -LIMIT) {
    return Array.isArray(start) ? start.map((usual, i) => fitted(values?.[i], usual, least))
      : Number.isFinite(values) ? (least > 0 ? Math.min(99, Math.max(least, values)) : clamp(values, least, LIMIT)) : start;
  }

  class LayerFusion extends CnnFigure {
    static title = "Two layers become one";
    static settings = {
      eps: choice("ε", { 0.00001: "0.00001", 0.001: "0.001", 0.1: "0.1", "1.0": "1" }, "0.00001"),
      keepBias: toggle("Forget to scale the bias"),
      forgetEps: toggle("Forget ε"),
    };
    static start = START;

    static settle(state) {
      const norm = [...fitted(state.norm, START.norm).slice(0, 3), fitted(state.norm?.[3], START.norm[3], VARIANCES[0])];
      const [x, weight, bias] = ["x", "weight", "bias"].map((name) => fitted(state[name], START[name]));
      return { ...state, x, weight, bias, norm };
    }

    static compute({ eps, keepBias, forgetEps, x, weight, bias, norm: [gamma, beta, mean, variance] }) {
      const right = gamma.map((value, j) => value / Math.sqrt(variance[j] + Number(eps)));
      const scale = forgetEps ? gamma.map((value, j) => value / Math.sqrt(variance[j])) : right;
      const newWeight = weight.map((row) => row.map((value, j) => value * scale[j]));
      const newBias = bias.map((value, j) =>
        (keepBias ? value - mean[j] * scale[j] : (value - mean[j]) * scale[j]) + beta[j]);
      const z = times(x, weight, bias);
      const two = z.map((row) => row.map((value, j) => (value - mean[j]) * right[j] + beta[j]));
      const one = times(x, newWeight, newBias);
      const difference = Math.max(...two.flatMap((row, i) => row.map((value, j) => Math.abs(value - one[i][j]))));
      const [D_in, D_out] = [weight.length, bias.length];
      return {
        scale, weight: newWeight, bias: newBias, z, two, one, difference, equal: difference < 1e-9,
        adds: [D_in * D_out + D_out, D_in * D_out], stored: [D_in * D_out + 5 * D_out, D_in * D_out + D_out],
      };
    }

    static sentence({ keepBias, forgetEps, norm: [gamma, beta] }, { equal, difference, adds, stored }) {
      const saved = `${adds[1]} multiply-adds for a sample instead of ${adds[0]}, and ${stored[1]} stored numbers instead of ${stored[0]}`;
      const wrong = [...(keepBias ? ["the bias is not scaled"] : []), ...(forgetEps ? ["ε is forgotten"] : [])].join(" and ");
      const dead = gamma.findIndex((value) => value === 0);
      if (wrong && equal) return `In the one layer ${wrong}, and yet both ways agree: with these numbers the mistake hides.`;
      const tiny = difference < 0.005 ? " The rounded numbers here do not show it; a larger ε or a smaller running_var does." : "";
      if (wrong) return `In the one layer ${wrong}: its outputs differ, by up to ${small(difference)}.${tiny}`;
      const off = dead < 0 ? "" : ` Output ${dead} has γ = 0: its new weights are 0, and it gives β = ${show(beta[dead])} for every sample.`;
      return `Both ways give the same outputs, but for rounding. The one layer takes ${saved}.${off}`;
    }

    draw(state, result) {
      const inner = this.inner ?? 640;
      const narrow = inner < 596;
      const size = narrow || inner >= 650 ? 42 : 38;
      const { x, weight, bias, norm } = state;
      const edit = (name, values, made = (table) => table, variance = () => false) => ({
        name, values, size,
        type: (i, j, key) => this.change({ [name]: made(typed(values, i, j, key, variance(i))) }),
      });
      const read = (name, label, values, cell) => this.grid({ name, label, values, size,
        cell: (value, i, j) => ({ text: few(value), ...cell?.(value, i, j) }) });
      const differs = (value, i, j) => ({ classes: { "lf-wrong": Math.abs(value - result.two[i][j]) >= 1e-9 } });
      const part = (area, caption, content) => html`<div class="lf-part" style="grid-area: ${area}"><div class="cf-caption">${
        caption}</div>${content}</div>`;
      const row = (sign, area) => html`<span class="cf-sign lf-sign" style="grid-area: ${area}" aria-hidden="true">${sign}</span>`;
      const head = (name) => html`<div class="lf-name" style="grid-area: ${name}">${name === "two" ? "Two layers" : "One layer"}</div>`;
      return html`<div class="lf ${narrow ? "lf-narrow" : ""}" style="--lf-size: ${size}px">
        ${head("two")}${part("x", "x", this.grid({ ...edit("x", x), label: "x: samples down, inputs across" }))}
        ${row("→", "s1")}${part("weight", "weight, bias", html`${this.grid({ ...edit("weight", weight),
          label: "weight: inputs down, outputs across" })}<div class="lf-bias">${this.grid({ ...edit("bias", [bias], ([line]) => line),
          label: "bias, one for each output" })}</div>`)}
        ${row("→", "s2")}${part("z", "z", read("z", "z, what the linear layer gives", result.z))}
        ${row("→", "s3")}${part("norm", "batch norm, test mode", html`<div class="lf-norm"><div class="lf-labels" aria-hidden="true">${
          NORM.map((name) => html`<span>${name}</span>`)}</div>${this.grid({ ...edit("norm", norm, undefined, (i) => i === 3),
            label: "batch norm: outputs across", cell: (value, i, j) => ({ text: few(value), tint: "0",
              label: `${NORM[i]} of output ${j}: ${few(value)}` }) })}</div>`)}
        ${row("→", "s4")}${part("y", "y", read("two", "y, by two layers", result.two))}
        ${head("one")}${part("x2", "x", read("again", "x, as above", x))}
        ${row("→", "t1")}${part("fused", "weight, bias", html`${read("fused", "new weight: inputs down, outputs across", result.weight)}
          <div class="lf-bias">${read("shift", "new bias, one for each output", [result.bias])}</div>`)}
        ${row("→", "t2")}${part("scale", html`a = γ / √(running_var${state.forgetEps ? "" : " + ε"})`, html`<div class="lf-norm">
          <div class="lf-labels" aria-hidden="true"><span>a</span></div>${read("scale", "a, one for each output", [result.scale])}</div>
          <p class="lf-how">new weight = a · weight<br>new bias = ${state.keepBias ? html`<b class="lf-no">bias − a · running_mean + β</b>`
            : html`a · (bias − running_mean) + β`}</p>`)}
        ${part("y2", "y", read("one", "y, by one layer", result.one, differs))}
        <div class="lf-match ${result.equal ? "" : "lf-differs"}" style="grid-area: match">${result.equal ? "= the same"
          : html`≠ by up to ${small(result.difference)}`}</div></div>
        <div class="lf-cost"><span><span>multiply-adds for a sample</span> ${result.adds[0]} → <b>${result.adds[1]}</b></span>
        <span><span>numbers stored</span> ${result.stored[0]} → <b>${result.stored[1]}</b></span></div>`;
    }
  }

  customElements.define("layer-fusion", LayerFusion);
})();
