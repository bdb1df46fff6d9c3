/* <receptive-field>: what one unit of a stack of layers sees in every layer below, and in the image.
 *
 * uses: figure.js receptive-field-math.js
 *
 * Attributes, all optional: stack, layer, kernel-size, stride, dilation; controls (see figure.js).
 * state: also layers [{kernelSize, stride, dilation}, ...], the one next to the image first, and the unit that is
 * looked at; hover is [layer, unit] under the pointer, or null.
 * output: {layer, unit, start, stop, size, jump, seen: {row: ranges}, holes, fields: [{size, jump}, ...], counts}.
 */
(function () {
  "use strict";
  const { choice, html, nothing, number, range, svg } = CnnFigure;
  const { clamp, total } = ConvMath;
  const { KNOBS, MOST, PIXELS, counts, fields, reads, seen, settle } = FieldMath;
  // What the controls hold for where all layers are equal.
  const EACH = { kernelSize: "all kernels K", stride: "all strides S", dilation: "all dilations d" };
  const names = {
    five: "five 3-wide", notes: "1000 pixels", strided: "strides of 2", dilated: "dilated 1, 2, 4, 8",
    holes: "dilated by 2", own: "your own",
  };
  const big = (value) => value.toLocaleString("en-US");
  const plural = (count, word) => `${big(count)} ${word}${count === 1 ? "" : "s"}`;

  class ReceptiveField extends CnnFigure {
    static title = "What a unit sees";
    static settings = {
      stack: choice("Stack of layers", names, "five"),
      layer: number("Look at layer", 1, 999, 999),
      kernelSize: number("its kernel size K", ...KNOBS.kernelSize),
      stride: number("its stride S", ...KNOBS.stride),
      dilation: number("its dilation d", ...KNOBS.dilation),
    };
    static start = { layers: [], unit: null, hover: null };

    static settle = settle;

    static compute({ layers, layer: pinned, unit: at, hover, stack }) {
      const [layer, unit] = hover ?? [pinned, at];
      const all = fields(layers);
      const { size, jump } = all[layer];
      const start = unit * jump;
      const rows = seen(layers, layer, unit);
      const holes = size - total(rows[0].map(([from, to]) => to - from));
      return {
        layer, unit, start, stop: start + size, size, jump, holes, fields: all, seen: rows,
        counts: stack === "notes" ? [] : counts(layers),
      };
    }

    static sentence(state, { layer, unit, start, stop, size, jump, holes, fields }) {
      const terms = state.layers.slice(0, layer).map(({ kernelSize, dilation }, l) =>
        [kernelSize - 1, dilation, fields[l].jump].filter((factor, i) => !i || factor !== 1).join("·"));
      const are = holes === 1 ? "is a hole" : "are holes";
      const gaps = holes ? ` But ${plural(holes, "pixel")} between the first and the last ${are}: no path leads there.` : "";
      if (state.stack !== "notes") {
        const pixels = size === 1 ? `pixel ${start} alone` : `pixels ${start} to ${stop - 1}`;
        const sum = `${["1", ...terms].join(" + ")} = ${big(size)}`;
        return `Unit ${unit} of layer ${layer} sees ${pixels}, from start ${start} up to stop ${stop}: size ${sum}.${gaps} ` +
          `Jump ${jump}: the next unit’s field begins ${plural(jump, "pixel")} further on.`;
      }
      const sum = state.layers[0].stride > 1 ? big(size) : `1 + ${big(layer)}·${terms[0]} = ${big(size)}`;
      if (size < PIXELS) {
        return `One output of layer ${layer} sees ${sum} pixels in a row of ${big(PIXELS)}. It takes ${
          plural(state.layers.length, "layer")} to see them all.${gaps}`;
      }
      const before = fields[layer - 1].size;
      return `One output of layer ${layer} sees ${sum} pixels, the whole row of ${big(PIXELS)}. Layer ${layer - 1} sees only ${
        big(before)}${before === PIXELS - 1 ? ", one too few" : ""}.${gaps}`;
    }

    /** The controls say what they hold for: as many layers as there are, and all of them where they are equal. */
    field(name, options) {
      const { stack, layers } = this._state;
      const setting = { ...ReceptiveField.settings[name] };
      if (name === "layer") setting.greatest = layers.length;
      if (EACH[name] && stack === "notes") setting.label = EACH[name];
      if (name === "kernelSize" && stack === "notes") setting.least = 2;
      if (name === "stack" && stack !== "own") {
        setting.options = { ...names };
        delete setting.options.own; // is only shown when it is so
      }
      return super.field(name, { setting, ...options });
    }

    buttons({ layers, layer, stack }) {
      if (stack === "notes") return nothing;
      const add = () => this.change({ layers: [...layers, layers.at(-1)] });
      const remove = () => this.change({ layers: layers.filter((_, l) => l !== layer - 1) });
      return html`${this.button("Add a layer on top", add, { disabled: layers.length === MOST })}${
        this.button(`Remove layer ${layer}`, remove, { disabled: layers.length === 1 })}`;
    }

    /** Where things are: the drawing's width is the one it gets. */
    place({ layers }, { counts, fields }) {
      const width = Math.max(260, this.inner ?? 640);
      const [left, right] = width < 480 ? [54, 26] : [92, 46];
      const [top, tall] = [12, 264];
      const pixel = Math.min(22, (width - left - right) / counts[0]);
      const zero = left + (width - left - right - pixel * counts[0]) / 2;
      return {
        width, left, top, pixel, zero, height: top + tall + 66,
        y: (l) => top + (tall * (layers.length - l)) / layers.length,
        x: (l, unit) => zero + pixel * (unit * fields[l].jump + fields[l].size / 2), // the middle of the unit's field
        wide: (l) => Math.min(16, Math.max(1, pixel * fields[l].jump - (pixel > 5 ? 2 : 1))),
      };
    }

    /** [layer, unit] nearest to the pointer; a whole row's height belongs to its units. */
    under(event) {
      const at = this.place(this._state, this._result);
      const box = event.currentTarget.getBoundingClientRect();
      const rows = range(this._state.layers.length).map((l) => l + 1);
      const off = (l) => Math.abs(event.clientY - box.top - at.y(l));
      const layer = rows.reduce((best, l) => (off(l) < off(best) ? l : best));
      if (off(layer) > 34) return null;
      return [layer, this.nearest(layer, event.clientX - box.left)];
    }

    nearest(layer, x) {
      const at = this.place(this._state, this._result);
      const unit = Math.round((x - at.x(layer, 0)) / (at.pixel * this._result.fields[layer].jump));
      return clamp(unit, 0, this._result.counts[layer] - 1);
    }

    press(event) {
      const { layer, unit, layers, stack } = this._state;
      const step = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [1, 0], ArrowDown: [-1, 0] }[event.key];
      if (!step || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      const to = clamp(layer + step[0], 1, layers.length);
      if (stack === "notes") this.change({ layer: to });
      else if (step[1]) this.change({ unit: unit + step[1] });
      else if (to !== layer) {
        this.change({ layer: to, unit: this.nearest(to, this.place(this._state, this._result).x(layer, unit)) });
      }
    }

    draw(state, result) {
      const deep = state.stack === "notes";
      const hover = (event) => {
        if (deep || event.pointerType !== "mouse") return;
        const to = event.type === "pointerleave" ? null : this.under(event);
        if (String(to) !== String(this._state.hover)) this.state = { hover: to };
      };
      const pick = (event) => {
        const to = !deep && this.under(event);
        if (to) this.change({ layer: to[0], unit: to[1] });
      };
      return html`<div class="rf-stage" role="application" tabindex="0" aria-label=${deep
        ? "The layers. Up and down go through them." : "The units. Left and right go along a layer, up and down through the layers."}
        @keydown=${(event) => this.press(event)} @pointermove=${hover} @pointerleave=${hover} @click=${pick}>${
        deep ? this.drawDeep(state, result) : this.drawUnits(state, result)}</div>`;
    }

    drawUnits({ layers }, result) {
      const { layer, unit, start, stop, size, jump, fields, counts, holes } = result;
      const at = this.place({ layers }, result);
      const inside = (l, i) => l <= layer && result.seen[l].some(([from, to]) => i >= from && i < to);
      const ends = (l) => [result.seen[l][0][0], result.seen[l].at(-1)[1]];
      const row = (l) => {
        const wide = at.wide(l);
        const cell = (i) => {
          const kind = inside(l, i) ? (l === layer ? "rf-unit" : "rf-seen")
            : l < layer && i > ends(l)[0] && i < ends(l)[1] ? "rf-hole" : "rf-other";
          return svg`<rect class=${kind} x=${at.x(l, i) - wide / 2} y=${at.y(l) - 8} width=${wide} height="16"
            rx=${Math.min(4, wide / 4)}></rect>`;
        };
        if (at.pixel * fields[l].jump >= 3) return range(counts[l]).map(cell);
        // Too many to tell apart: ranges, to scale, and gaps of less than a pixel of the screen filled.
        const box = (from, to) => `M${at.x(l, from) - wide / 2} ${at.y(l) - 8}H${at.x(l, to - 1) + wide / 2}v16H${at.x(l, from) - wide / 2}z`;
        const ranges = [];
        for (const [from, to] of l <= layer ? result.seen[l] : []) {
          if (ranges.length && at.x(l, from) - at.x(l, ranges.at(-1)[1]) < 1) ranges.at(-1)[1] = to;
          else ranges.push([from, to]);
        }
        return svg`<path class="rf-other" d=${box(0, counts[l])}></path><path class="rf-seen" d=${
          ranges.map(([from, to]) => box(from, to)).join("")}></path>`;
      };
      const label = (l) => {
        const { kernelSize, stride, dilation } = layers[l - 1] ?? {};
        const knobs = l ? `K ${kernelSize}${stride > 1 ? `, S ${stride}` : ""}${dilation > 1 ? `, d ${dilation}` : ""}` : "";
        const sees = l <= layer ? total(result.seen[l].map(([from, to]) => to - from)) : 0;
        return svg`<g class=${l === layer ? "rf-here" : ""}><text x="0" y=${at.y(l) + (l ? -1 : 4)}>${l ? `layer ${l}` : "image"}</text>
          <text class="rf-small cf-faint" x="0" y=${at.y(l) + 13}>${at.left < 60 ? knobs.replaceAll(/,| (?=\d)/g, "") : knobs}</text>
          <text x=${at.width} y=${at.y(l) + 4} text-anchor="end">${sees ? big(sees) : ""}</text></g>`;
      };
      const links = [];
      for (let l = layer; l > 0 && links.length < 500; l--) {
        for (const [from, to] of result.seen[l]) {
          for (let i = from; i < to && links.length < 500; i++) {
            for (const j of reads(layers[l - 1], i)) {
              links.push(svg`<line class=${l === layer ? "rf-link rf-first" : "rf-link"} x1=${at.x(l, i)} y1=${at.y(l) + 8}
                x2=${at.x(l - 1, j)} y2=${at.y(l - 1) - 8}></line>`);
            }
          }
        }
      }
      const x = (pixels) => at.zero + at.pixel * pixels;
      const beside = unit + 1 < counts[layer] ? 1 : unit ? -1 : 0;
      const bar = (from, y, kind) => svg`<path class=${kind} d="M${x(from)} ${y - 4}v8M${x(from)} ${y}H${x(from + size)}m0 -4v8"></path>`;
      const foot = at.y(0) + 22;
      const words = (text, from, y, bold) => {
        const half = text.length * 3.3;
        const middle = clamp(x(from + size / 2), at.left + half, at.width - half);
        return svg`<text class=${bold ? "rf-bold" : "cf-faint"} x=${middle} y=${y} text-anchor="middle">${text}</text>`;
      };
      const span = holes ? `${big(size)} pixels, ${big(holes)} of them holes` : plural(size, "pixel");
      return html`<svg class="cf-drawing" viewBox="0 0 ${at.width} ${at.height}" style="height: ${at.height}px" aria-hidden="true">
        ${links}${range(layers.length + 1).map((l) => svg`${row(l)}${label(l)}`)}
        ${bar(start, foot, "rf-span")}${words(span, start, foot + 16, true)}
        ${beside ? [bar(start + beside * jump, foot + 26, "rf-span rf-beside"),
          words(`${beside > 0 ? "next unit" : "unit before"}: jump ${big(jump)}`, start + beside * jump, foot + 40)] : ""}</svg>`;
    }

    /** Many layers: each a bar as wide as what is seen in it. */
    drawDeep({ layers }, { layer, fields, holes }) {
      const width = Math.max(260, this.inner ?? 640);
      const [left, right, top, tall] = [78, 56, 24, 272];
      const most = Math.max(PIXELS, fields.at(-1).size);
      const scale = (width - left - right) / most;
      const middle = left + (width - left - right) / 2;
      const step = tall / layers.length;
      const y = (l) => top + tall - step * l;
      const gap = step > 5 ? 2 : 0;
      const cone = (from) => range(from).map((below) => {
        const wide = Math.max(gap ? 6 : 1.5, scale * (fields[from].size - fields[below + 1].size + 1));
        return `M${middle - wide / 2} ${y(below + 1)}h${wide}v${step - gap}h${-wide}z`;
      }).join("");
      const near = holes ? "rf-near rf-sparse" : "rf-near";
      const every = [1, 2, 5, 10, 20, 50, 100, 200].find((n) => n * step >= 26 && layers.length / n <= 9);
      const marks = range(Math.floor(layers.length / every) + 1).map((n) => n * every)
        .filter((l) => l && Math.abs(y(l) - y(layer)) > 17);
      const mark = (l, here) => svg`<g class=${here ? "rf-here" : ""}><text x="0" y=${y(l) + step / 2 + 4}>layer ${l}</text>
        <text x=${width} y=${y(l) + step / 2 + 4} text-anchor="end">${big(fields[l].size)}</text>
        <line class="rf-rule" x1=${left - 6} x2=${width - right + 6} y1=${y(l) + step / 2} y2=${y(l) + step / 2}></line></g>`;
      const bar = (pixels, kind) => svg`<rect class=${kind} x=${middle - (scale * pixels) / 2} y=${top + tall + 6}
        width=${scale * pixels} height="14"></rect>`;
      return html`<svg class="cf-drawing" viewBox="0 0 ${width} 324" style="height: 324px" aria-hidden="true">
        ${marks.map((l) => mark(l, false))}
        <path class="rf-far" d=${cone(layers.length)}></path><path class=${near} d=${cone(layer)}></path>
        ${mark(layer, true)}
        ${bar(Math.min(PIXELS, fields[layer].size), near)}${bar(PIXELS, "rf-image")}
        <text x="0" y=${top + tall + 17}>image</text><text x=${width} y=${top + tall + 17} text-anchor="end">${big(PIXELS)}</text>
        <text class="cf-faint" x=${width} y="10" text-anchor="end">one output sees</text></svg>`;
    }
  }

  customElements.define("receptive-field", ReceptiveField);
})();
