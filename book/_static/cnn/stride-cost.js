/* <stride-cost>: which places a stride computes, what that saves, and which columns no window reaches.
 *
 * uses: figure.js
 *
 * Attributes, all optional: size, kernel-size, stride, padding, c-in, c-out; controls (see figure.js).
 * output: {places, dense (places at stride 1), room, leftover (columns at the end that no whole step reaches),
 * unseen (all columns of the padded image that no window covers), parameters, multiplyAdds, multiplyAddsDense},
 * the counts for one image.
 */
(function () {
  "use strict";
  const { html, number, range, slider, svg } = CnnFigure;
  const { outputSize } = ConvMath;
  const big = (value) => value.toLocaleString("en-US");
  const plural = (count, word) => `${big(count)} ${word}${count === 1 ? "" : "s"}`;

  class StrideCost extends CnnFigure {
    static title = "What a stride costs and saves";
    static settings = {
      size: slider("Image size W", 7, 32, 32),
      stride: slider("Stride S", 1, 8, 2),
      kernelSize: number("Kernel size K", 1, 7, 5),
      padding: number("Padding P", 0, 3, 2),
      cIn: number(html`Channels C<sub>in</sub>`, 1, 64, 3),
      cOut: number(html`Filters C<sub>out</sub>`, 1, 64, 10),
    };

    static compute({ size, kernelSize, stride, padding, cIn, cOut }) {
      const places = outputSize(size, kernelSize, padding, stride);
      const dense = outputSize(size, kernelSize, padding);
      const inFilter = cIn * kernelSize * kernelSize;
      const covered = new Set(range(places).flatMap((i) => range(kernelSize).map((u) => i * stride + u)));
      const padded = size + 2 * padding;
      return {
        places, dense, room: padded - kernelSize,
        leftover: padded - (places - 1) * stride - kernelSize,
        unseen: range(padded).filter((column) => !covered.has(column)),
        parameters: cOut * (inFilter + 1),
        multiplyAdds: cOut * places * places * inFilter,
        multiplyAddsDense: cOut * dense * dense * inFilter,
      };
    }

    static sentence({ size, kernelSize, stride, padding }, result) {
      const { places, dense, leftover, unseen, multiplyAdds, multiplyAddsDense } = result;
      const share = (100 * multiplyAdds) / multiplyAddsDense;
      const percent = share < 10 ? share.toFixed(1) : Math.round(share);
      const kept = stride === 1
        ? `With a stride of 1 all ${places} × ${places} places are computed.`
        : `Of ${dense} × ${dense} places ${places} × ${places} are computed: ${
          percent}% of the multiply-adds, and just as many parameters.`;
      const between = unseen.length - leftover;
      const last = leftover ? ` At the end ${plural(leftover, "column")} ${leftover === 1 ? "is" : "are"} left over.` : "";
      const gaps = between
        ? ` The stride is larger than the kernel: ${plural(between, "column")} between the windows ${
          between === 1 ? "is" : "are"} never looked at.` : "";
      const all = unseen.length ? "" : ` Every column of the ${padding ? "padded " : ""}image lies in a window.`;
      return `${kept}${gaps}${last}${all}`;
    }

    draw(state, result) {
      const width = Math.max(260, this.inner ?? 640);
      const side = width < 540 ? Math.min(width, 260) : 230;
      return html`<div class="sc-top"><div class="sc-places" style="width: ${side}px">
          <div class="cf-caption">${result.places} × ${result.places} of ${result.dense} × ${result.dense} places</div>
          ${this.drawPlaces(state, result, side)}</div>
        <div class="sc-sums">${this.sums(state, result)}</div></div>
        <div class="cf-caption sc-strip">one row of the ${state.padding ? "padded " : ""}image, and the windows on it</div>
        ${this.drawRow(state, result, width)}`;
    }

    drawPlaces({ stride }, { places, dense }, side) {
      const step = side / dense;
      const kept = (i) => i % stride === 0 && i / stride < places;
      const [solid, hollow] = [Math.max(4, 0.78 * step), Math.max(1.5, 0.2 * step)];
      const square = (i, j, wide) => `M${(j + 0.5) * step - wide / 2} ${(i + 0.5) * step - wide / 2}h${wide}v${wide}h${-wide}z`;
      const path = (which, wide) => range(dense).flatMap((i) => range(dense).filter((j) => which === (kept(i) && kept(j)))
        .map((j) => square(i, j, wide))).join("");
      return html`<svg class="cf-drawing" viewBox="0 0 ${side} ${side}" style="height: ${side}px" aria-hidden="true">
        <path class="sc-left" d=${path(false, hollow)}></path><path class="sc-kept" d=${path(true, solid)}></path></svg>`;
    }

    /** The formulas with the numbers put in, and two bars on one scale: what stride 1 takes is the whole length. */
    sums({ size, kernelSize: K, stride, padding, cIn, cOut }, result) {
      const { places, room, parameters, multiplyAdds, multiplyAddsDense } = result;
      const line = (what, formula, value, share, whole) => html`<div class="sc-line"><div class="sc-what">${what}</div>
        <div class="sc-formula">${formula} <b>${value}</b></div>
        ${share === null ? "" : html`<div class="sc-bar" aria-hidden="true"><div style="width: ${100 * share}%"></div></div>
          <div class="sc-whole">at stride 1: ${whole}</div>`}</div>`;
      const pads = padding ? ` + 2·${padding}` : "";
      return html`${line(html`places in a row, W<sub>out</sub>`,
        html`⌊(${size} − ${K}${pads}) / ${stride}⌋ + 1 = ⌊${room} / ${stride}⌋ + 1 =`, places, null)}
        ${line("parameters", html`${cOut}·(${cIn}·${K}·${K} + 1) =`, big(parameters), 1, "the same")}
        ${line("multiply-adds", html`${cOut}·${places}·${places}·${cIn}·${K}·${K} =`, big(multiplyAdds),
          multiplyAdds / multiplyAddsDense, big(multiplyAddsDense))}`;
    }

    drawRow({ size, kernelSize, stride, padding }, { places, unseen, leftover }, width) {
      const padded = size + 2 * padding;
      const pixel = Math.min(20, width / padded);
      const zero = (width - pixel * padded) / 2;
      const lanes = Math.min(places, Math.ceil((kernelSize + 0.5) / stride)); // so that no two windows touch
      const [high, lane] = [36, Math.min(9, 36 / lanes)];
      const cell = (column) => {
        const kind = unseen.includes(column) ? "sc-unseen" : "sc-seen";
        const border = column < padding || column >= size + padding ? "sc-border" : "";
        return svg`<rect class="${kind} ${border}"
          x=${zero + column * pixel + 0.75} y="2" width=${pixel - 1.5} height="18" rx="2"></rect>`;
      };
      const window = (i) => {
        const [x, y] = [zero + i * stride * pixel + 1.5, 27 + lane * (i % lanes)];
        return svg`<path class=${i ? "sc-window" : "sc-window sc-first"} d="M${x} ${y}h${pixel * kernelSize - 3}"></path>`;
      };
      const foot = 27 + high + 14;
      const end = leftover ? svg`<path class="sc-rest" d="M${zero + (padded - leftover) * pixel + 1} 26v5h${leftover * pixel - 2}v-5"></path>
        <text x=${zero + padded * pixel} y=${Math.max(44, 35 + lane * lanes)} text-anchor="end">${plural(leftover, "column")} left over</text>` : "";
      return html`<svg class="cf-drawing" viewBox="0 0 ${width} ${foot}" style="height: ${foot}px" aria-hidden="true">
        ${range(padded).map(cell)}${range(places).map(window)}${end}</svg>`;
    }
  }

  customElements.define("stride-cost", StrideCost);
})();
