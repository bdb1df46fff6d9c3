/* <conv-family>: the convolutions side by side: which inputs one output reads, and what each layer costs.
 *
 * uses: figure.js conv-family-math.js
 *
 * Attributes, all optional: kind (plain, one, dilated, depthwise, transposed, row, volume), channels-in, channels-out,
 * stride, dilation; controls (see figure.js).
 * State beside them: place, [c, d, i, j] in out or, of the transposed layer, in x; null: the middle.
 * output: {input, output: shapes [C, D, H, W]; place; cells: what it reads or writes into; border: those beyond the edge;
 * shared: those of cells that others write into, too; layers: {kind: {weight, parameters, multiplyAdds, output}}}.
 */
(function () {
  "use strict";
  const { choice, html, number, svg } = CnnFigure;
  const { NAMES, copies, inside, layer, touched } = FamilyMath;
  const { clamp, moved, range } = ConvMath;

  const HIGH = 300; // of the drawing, whatever is in it: what is below stays where it is
  const TOP = 26; // of it, for the titles
  const LABEL = 42; // on each side, for the channels' names
  const times = (shape) => shape.join(" × ");
  const many = (n) => n.toLocaleString("en-US");
  const key = (cell) => cell.join();
  /** A shape without the axes that the layer does not have. */
  const shown = ({ axes }, [channels, ...size]) => [channels, ...size.filter((_, a) => axes[a])];
  const isTransposed = ({ kind }) => kind === "transposed";

  class ConvFamily extends CnnFigure {
    static title = "The family of convolutions";
    static settings = {
      kind: choice("Layer", NAMES, "plain"),
      channelsIn: number(html`Channels C<sub>in</sub>`, 1, 4, 3),
      channelsOut: { ...number(html`Channels C<sub>out</sub>`, 1, 4, 3), when: ({ kind }) => kind !== "depthwise" },
      stride: number("Stride S", 1, 3, 1),
      dilation: { ...number("Dilation d", 1, 3, 2), when: ({ kind }) => kind === "dilated" },
    };
    static start = { place: null };

    static settle(state, change) {
      const here = layer(state, state.kind);
      const near = isTransposed(here) ? here.input : here.output;
      const middle = near.map((n, axis) => (axis ? (n - 1) >> 1 : 0));
      const place = (change.place ?? (change.kind ? null : state.place)) || middle;
      return { ...state, place: near.map((n, axis) => clamp(place[axis], 0, n - 1)) };
    }

    static compute(state) {
      const here = layer(state, state.kind);
      const far = isTransposed(here) ? here.output : here.input;
      const all = touched(here, state.place);
      const cells = all.filter(inside(far));
      const met = isTransposed(here) ? copies(here) : null;
      const counts = Object.keys(NAMES).map((kind) => {
        const { weight, parameters, multiplyAdds, output } = layer(state, kind);
        return [kind, { weight, parameters, multiplyAdds, output }];
      });
      return {
        input: here.input, output: here.output, place: state.place, cells,
        border: all.filter((cell) => !inside(far)(cell)),
        shared: met ? cells.filter(([, , i, j]) => met[i][j] > 1) : [],
        layers: Object.fromEntries(counts),
      };
    }

    static sentence(state, { cells, border, shared }) {
      const here = layer(state, state.kind);
      const { kind, apart, each, numbers, multiplyAdds, input, output } = here;
      const patch = times(here.kernel.filter((_, a) => here.axes[a]));
      const all = (n, of) => (n === 1 ? `the one channel of ${of}` : `each of the ${n} channels of ${of}`);
      const cost = `In all, ${many(numbers)} numbers of ${isTransposed(here) ? "x" : "out"} times ${each} weights: ${many(multiplyAdds)} multiply-adds.`;
      if (isTransposed(here)) {
        const [n, cut] = [cells.length / output[0], border.length / output[0]];
        const meet = shared.length / output[0];
        const edge = cut ? ` ${cut} more fall beyond the edge, and are cut off.` : "";
        const sum = meet ? `Into ${meet === n ? "all" : meet} of them, marked with a dot, its neighbors write too, and the copies add up.` : "No other number writes there: the copies lie side by side.";
        return `One number of x writes into ${n} places in ${all(output[0], "out")}. ${sum}${edge} ${cost}`;
      }
      const where = {
        plain: `${patch} places in ${all(input[0], "x")}`, one: `a single place in ${all(input[0], "x")}`,
        dilated: `${patch} places, ${apart} apart, in ${all(input[0], "x")}`,
        depthwise: `${patch} places in channel ${state.place[0]} alone`,
        row: `${patch} places in a row, in ${all(input[0], "x")}`, volume: `${patch} places in ${all(input[0], "x")}`,
      }[kind];
      const edge = border.length ? ` (${border.length} of them zeros of the border)` : "";
      return `One number of out reads ${where}: ${each} ${each === 1 ? "number" : "numbers"}${edge}. ${cost}`;
    }

    /** Where everything lies. x and out have their channels on the same lines; out is below x where both are too wide. */
    layout(here) {
      const width = Math.max(240, this.inner ?? 640);
      const border = here.padding;
      const pitch = Math.max(here.input[2], here.output[2]) + (here.axes[1] ? 0.8 : 1.2) + border[1];
      const sides = [here.input, here.output].map((shape) => {
        const step = shape[3] + 0.8 + border[2]; // from slice to slice
        return { shape, step, columns: (shape[1] - 1) * step + shape[3] + 2 * border[2], lines: shape[0] * pitch + border[1] };
      });
      const most = (name) => Math.max(...sides.map((side) => side[name]));
      const across = sides[0].columns + sides[1].columns;
      const beside = Math.min(20, (width - 2 * LABEL - 44) / across, (HIGH - TOP) / most("lines"));
      const below = (here.axes[0] && beside < 4.5) || (!here.axes[1] && beside < 12);
      const size = below ? Math.min(here.axes[1] ? 8 : 13, (width - 2 * LABEL) / most("columns")) : beside;
      const way = Math.min(190, width - 2 * LABEL - size * across);
      const high = below ? Math.max(HIGH, size * (sides[0].lines + sides[1].lines) + 2 * TOP + 30) : HIGH;
      sides.forEach((side, n) => {
        const left = below ? (width - side.columns * size) / 2
          : (width - size * across - way) / 2 + n * (size * sides[0].columns + way);
        const top = below ? TOP + n * (size * sides[0].lines + TOP + 30) : TOP + (HIGH - TOP - side.lines * size) / 2;
        const x = left + border[2] * size;
        const y = top + ((border[1] + pitch - side.shape[2]) * size) / 2;
        Object.assign(side, { middle: left + (side.columns * size) / 2, title: below ? top - 8 : 13 });
        side.corner = ([c, d, i, j]) => [x + (d * side.step + j) * size, y + (c * pitch + i) * size];
      });
      return { width, size, high, below, x: sides[0], out: sides[1] };
    }

    /** Arrows walk over the edge of a channel or a slice into the next one. */
    press(event) {
      const here = layer(this._state, this._state.kind);
      const [C, D, H, W] = isTransposed(here) ? here.input : here.output;
      const [c, d, i, j] = this._state.place;
      const to = event.ctrlKey || event.metaKey || event.altKey ? null : moved(event.key, c * H + i, d * W + j, [C * H, D * W]);
      if (!to) return;
      event.preventDefault();
      this.change({ place: [Math.floor(to[0] / H), Math.floor(to[1] / W), to[0] % H, to[1] % W] });
    }

    /** The pointer: over a channel a mouse moves the place; a click takes the nearest one. */
    point(event, { near, size, width }) {
      const box = event.currentTarget.getBoundingClientRect();
      const scale = width / box.width;
      const [x, y] = [(event.clientX - box.left) * scale, (event.clientY - box.top) * scale];
      const [C, D, H, W] = near.shape;
      const found = range(C).flatMap((c) => range(D).map((d) => {
        const [left, top] = near.corner([c, d, 0, 0]);
        const [j, i] = [Math.floor((x - left) / size), Math.floor((y - top) / size)];
        const place = [c, d, clamp(i, 0, H - 1), clamp(j, 0, W - 1)];
        return { place, off: Math.abs(i - place[2]) + Math.abs(j - place[3]) };
      })).reduce((best, other) => (other.off < best.off ? other : best));
      const reach = event.type === "pointermove" ? 0 : 2;
      if (found.off <= reach && key(found.place) !== key(this._state.place)) this.change({ place: found.place });
    }

    draw(state, result) {
      const here = layer(state, state.kind);
      const lay = this.layout(here);
      const { size, width, high } = lay;
      const [near, far] = isTransposed(here) ? [lay.x, lay.out] : [lay.out, lay.x];
      const rect = (side, cell, kind, inset = 0.5) => {
        const [x, y] = side.corner(cell);
        return svg`<rect class=${kind} x=${x + inset} y=${y + inset} width=${size - 2 * inset} height=${size - 2 * inset}
          rx=${Math.min(2, size / 5)}></rect>`;
      };
      const planes = (side) => range(side.shape[0]).flatMap((c) => range(side.shape[1]).map((d) => {
        const [x, y] = side.corner([c, d, 0, 0]);
        const [, , H, W] = side.shape;
        const lines = range(H - 1).map((i) => `M${x} ${y + (i + 1) * size}h${W * size}`).join("")
          + range(W - 1).map((j) => `M${x + (j + 1) * size} ${y}v${H * size}`).join("");
        return svg`<rect class="fam-plane" x=${x} y=${y} width=${W * size} height=${H * size} rx="2"></rect>
          <path class="fam-lines" d=${lines}></path>`;
      }));
      const names = (side, letter, first) => range(side.shape[0]).map((c) => {
        const [x, y] = side.corner([c, first ? 0 : side.shape[1] - 1, side.shape[2] / 2, first ? 0 : side.shape[3]]);
        return svg`<text class="cf-faint fam-small" x=${x + (first ? -1 : 1) * (7 + here.padding[2] * size)} y=${y + 4}
          text-anchor=${first ? "end" : "start"}>${letter} = ${c}</text>`;
      });
      const title = (side, name, shape) => svg`<text x=${side.middle} y=${side.title} text-anchor="middle" class="fam-title"><tspan
        class="fam-name">${name}</tspan>  ${times(shown(here, shape))}</text>`;
      // From each patch to the place, one cone for a channel and slice.
      const [px, py] = near.corner(state.place);
      const cones = [...new Set(result.cells.map(([c, d]) => `${c},${d}`))].map((plane) => {
        const mine = result.cells.filter(([c, d]) => `${c},${d}` === plane);
        const [x0, y0] = far.corner(mine[0]);
        const [x1, y1] = far.corner(mine.at(-1)).map((at) => at + size);
        const [edge, to] = isTransposed(here) ? [x0, px + size] : [x1, px];
        return svg`<path class="fam-cone" d=${lay.below ? `M${x0} ${y1}L${px} ${py}H${px + size}L${x1} ${y1}z`
          : `M${edge} ${y0}L${to} ${py}V${py + size}L${edge} ${y1}z`}></path>`;
      });
      const met = isTransposed(here) ? copies(here) : [];
      const meeting = range(met.length ? far.shape[0] : 0).flatMap((c) => met.flatMap((line, i) => line.map((n, j) =>
        (n > 1 && svg`${rect(far, [c, 0, i, j], `fam-met fam-met-${Math.min(n, 9)}`)}`) || "")));
      const dot = (cell) => {
        const [x, y] = far.corner(cell);
        return svg`<circle class="fam-shared" cx=${x + size / 2} cy=${y + size / 2} r=${Math.max(1, size / 5)}></circle>`;
      };
      const more = met.flat().some((n) => n > 1) && svg`<text class="cf-faint fam-small" x=${far.middle} y=${high + 14}
        text-anchor="middle">stronger: more copies meet</text>`;
      const mark = isTransposed(here) ? "fam-write" : "fam-read";
      const drag = (event) => {
        if (event.type === "pointerdown" || event.pointerType === "mouse" || event.buttons) this.point(event, { near, size, width });
      };
      return html`<svg class="cf-drawing fam-drawing" viewBox="0 0 ${width} ${high + 18}" style="height: ${high + 18}px" tabindex="0"
          role="application" aria-label="The place looked at, in ${isTransposed(here) ? "x" : "out"}: arrow keys move it"
          @keydown=${(event) => this.press(event)} @pointerdown=${drag} @pointermove=${drag}>
          ${names(lay.x, "k", true)}${names(lay.out, "c", false)}
          ${planes(lay.x)}${planes(lay.out)}${meeting}
          ${result.cells.map((cell) => rect(far, cell, mark))}${result.shared.map(dot)}
          ${result.border.filter(([, d]) => d >= 0 && d < far.shape[1]).map((cell) => rect(far, cell, "fam-border", 1))}
          ${cones}${rect(near, state.place, "fam-place", 0)}
          ${title(lay.x, "x", here.input)}${title(lay.out, "out", here.output)}${more || ""}
        </svg>${this.counts(state, result)}`;
    }

    /** What each layer of the family costs. */
    counts(state, { layers }) {
      const most = Math.max(...Object.values(layers).map(({ multiplyAdds }) => multiplyAdds));
      const line = ([kind, { weight, parameters, multiplyAdds }]) => html`<tr class=${kind === state.kind ? "fam-here" : ""}
          aria-current=${kind === state.kind ? "true" : "false"}><th scope="row">${NAMES[kind]}</th>
        <td class="fam-weight">${weight.join("×")}</td><td>${many(parameters)}</td><td>${many(multiplyAdds)}</td>
        <td class="fam-bar" aria-hidden="true"><span style="width: ${(100 * multiplyAdds) / most}%"></span></td></tr>`;
      return html`<table class="fam-counts" ?data-narrow=${this.inner < 300}><thead><tr><th scope="col">Layer</th>
        <th scope="col" class="fam-weight">Weight</th><th scope="col">Parameters</th><th scope="col">Multiply-adds</th>
        <td class="fam-bar" aria-hidden="true"></td></tr></thead>
        <tbody>${Object.entries(layers).map(line)}</tbody></table>`;
    }
  }

  customElements.define("conv-family", ConvFamily);
})();
