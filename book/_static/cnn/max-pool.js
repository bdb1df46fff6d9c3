/* <max-pool>: what a pooling layer keeps of each window, and where the gradient goes on its way back.
 *
 * uses: figure.js max-pool-math.js
 *
 * Attributes, all optional: kernel-size, stride, padding, mode (max, average); controls (see figure.js).
 * State beside them: x and dout, rows of numbers; row and column of the window that is looked at; sent, how many
 * windows have sent their gradient back (null: all).
 * output: {out, dx, to}, to[i][j]: the [row, column, factor] of all who get something of window (i, j).
 */
(function () {
  "use strict";
  const { choice, html, nothing, number, show } = CnnFigure;
  const { backward, counting, forward, gifts, places, shape } = PoolMath;
  const { LIMIT, clamp, clicked, range, table, total, typed } = ConvMath;

  const MAP = [[2, 1, 0, 4, -3, -1], [5, 3, 1, 2, -2, -6], [0, 1, 7, 6, 3, 3], [4, 2, 8, 0, 1, 2]];
  const RELU = [[0, 0, 3, 3, 0, 2], [0, 0, 3, 1, 2, 0], [1, 0, 0, 0, 4, 4], [0, 1, 0, 0, 4, 4]];
  const layer = (kernelSize, stride, padding) => ({ kernelSize, stride, padding });
  /** Each with what it is there for in view. */
  const EXAMPLES = {
    "Side by side": { x: MAP, ...layer(2, 2, 0), dout: counting([2, 3]), row: 0, column: 0 },
    "Overlap": { x: MAP, ...layer(3, 1, 0), dout: table(2, 4, () => 1), row: 0, column: 1 },
    "Ties": { x: RELU, ...layer(2, 2, 0), dout: counting([2, 3]), row: 0, column: 1 },
    "Below zero": { x: table(4, 6, (i, j) => -1 - ((5 * i + 2 * j) % 9)), ...layer(3, 2, 1), dout: counting([2, 3]), row: 0, column: 0 },
  };
  const say = (value) => show(Math.round(100 * value) / 100);
  const at = (i, j) => `row ${i}, column ${j}`;
  const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);

  class MaxPool extends CnnFigure {
    static title = "A pooling layer, forward and backward";
    static settings = {
      mode: choice("Function", { max: "Maximum", average: "Average" }, "max"),
      kernelSize: number("Kernel size K", 1, 4, 2),
      stride: number("Stride S", 1, 4, 2),
      padding: number("Padding P", 0, 2, 0),
    };
    static start = { x: MAP, dout: counting([2, 3]), row: 0, column: 0, sent: null };

    /** P is at most half of K, the window fits, and dout has the shape of out. */
    static settle(state, change) {
      const whole = (rows) => rows.map((line) => line.map((value) => clamp(value, -LIMIT, LIMIT)));
      const s = { ...state, x: whole(state.x), dout: whole(state.dout), sent: change.sent ?? null };
      s.kernelSize = Math.min(s.kernelSize, s.x.length, s.x[0].length);
      s.padding = Math.min(s.padding, s.kernelSize >> 1);
      const [rows, columns] = shape(s);
      if (s.dout.length !== rows || s.dout[0].length !== columns) s.dout = counting([rows, columns]);
      return { ...s, row: clamp(s.row, 0, rows - 1), column: clamp(s.column, 0, columns - 1) };
    }

    static compute(s) {
      const { out, to } = forward(s);
      return { out, to, dx: backward(s, to, s.sent ?? Infinity) };
    }

    static sentence(s, { out, to, dx }) {
      const [i, j] = [s.row, s.column];
      const given = s.dout[i][j];
      const inside = places(s, i, j).filter(({ value }) => value !== undefined);
      const border = s.kernelSize ** 2 - inside.length;
      const outside = gifts({ ...s, mode: "average" }, forward({ ...s, mode: "average" }).to).flat().filter((n) => !n).length;
      const left = outside ? ` ${outside} numbers of x lie in no window and get 0.` : "";
      const walk = s.sent ? `Sent back so far: ${s.sent} of ${out.flat().length} windows. ` : "";
      if (s.mode === "average") {
        const area = s.kernelSize ** 2;
        const dropped = border ? ` The zeros of the border count, and the ${border === 1 ? "share that falls" : `${border} shares that fall`} on it ${border === 1 ? "is" : "are"} dropped.` : "";
        const sum = total(inside.map(({ value }) => value));
        return `${walk}Window (${i}, ${j}) has the average ${show(sum)} / ${area} = ${say(out[i][j])}. `
          + `Each of its places gets ${show(given)} / ${area} = ${say(given / area)}.${dropped}${left}`;
      }
      const [[a, b]] = to[i][j];
      const ties = inside.filter(({ value }) => value === out[i][j]).length;
      const tied = ties > 1 ? ` It is there ${ties === 2 ? "twice" : `${ties} times`}: the first one gets all.` : "";
      const from = to.flatMap((line, k) => line.flatMap(([[c, d]], l) => {
        const sent = s.sent === null || k * line.length + l < s.sent;
        return sent && c === a && d === b ? [s.dout[k][l]] : [];
      }));
      const sum = from.length > 1
        ? ` This number has won ${from.length} windows, and what they send adds up: ${from.map(ConvMath.term).join(" + ")} = ${show(dx[a][b])}.`
        : "";
      return `${walk}The largest number of window (${i}, ${j}) is ${show(out[i][j])}, at ${at(a, b)} of x: `
        + `there goes its gradient, ${show(given)}.${tied}${sum}${left}`;
    }

    /** Look at a window. */
    look(row, column) {
      if (row !== this._state.row || column !== this._state.column || this._state.sent !== null) this.change({ row, column });
    }

    edit(name, i, j, value, more = {}) {
      const rows = this.state[name];
      rows[i][j] = value;
      this.change({ [name]: rows, ...more });
    }

    walk() {
      const [rows, columns] = shape(this._state);
      const go = (n) => (this.state = { sent: n + 1, row: Math.floor(n / columns), column: n % columns });
      go(0);
      this.play(() => {
        if (this._state.sent >= rows * columns) return false;
        go(this._state.sent);
        return true;
      }, 1100);
    }

    /** Sizes of the cells, and how the four grids lie: two rows of two, or one under the other. */
    layout(s, [, columns]) {
      const room = (this.inner ?? 640) + 2;
      const wide = s.x[0].length + 2 * s.padding;
      const fit = (cells, rest = 0) => Math.min(38, Math.floor((room - rest) / cells) - 2);
      if (fit(wide + columns, 90) >= 26) return { kind: "square", size: fit(wide + columns, 90) };
      const size = Math.max(24, fit(Math.max(wide, columns)));
      return { kind: 2 * columns * (size + 2) + 16 <= room ? "pair" : "line", size };
    }

    draw(s, { out, to, dx }) {
      const { padding: P, kernelSize: K, stride: S, row, column } = s;
      const { kind, size } = this.layout(s, shape(s));
      const average = s.mode === "average";
      const [H, W] = [s.x.length, s.x[0].length];
      const won = gifts(s, to);
      const covered = gifts(s, range(out.length).map((i) => out[i].map((_, j) => places(s, i, j)
        .filter(({ value }) => value !== undefined).map(({ a, b }) => [a, b]))));
      const mine = (a, b) => to[row][column].some(([c, d]) => c === a && d === b);
      const here = (a, b) => a >= row * S - P && a < row * S - P + K && b >= column * S - P && b < column * S - P + K;
      const padded = table(H + 2 * P, W + 2 * P, (a, b) => s.x[a - P]?.[b - P] ?? (average ? 0 : -Infinity));

      const input = (value, i, j) => {
        const [a, b] = [i - P, j - P];
        if (s.x[a]?.[b] === undefined) {
          const text = average ? "0" : "−∞";
          return { text, tint: "0", classes: { "cf-border": true }, label: `border: ${average ? "0" : "minus infinity"}` };
        }
        const winner = !average && won[a][b] > 0;
        const tie = !average && here(a, b) && value === out[row][column] && !mine(a, b);
        const words = tie ? ", as large as the first largest" : winner ? `, the largest of ${won[a][b]} windows`.replace("1 windows", "its window") : "";
        return {
          ...(covered[a][b] ? {} : { tint: "0" }),
          label: `${at(a, b)}: ${show(value)}${words}${covered[a][b] ? "" : ", in no window"}`,
          classes: { "mp-won": winner, "mp-mine": !average && mine(a, b), "mp-tie": tie, "mp-left": !covered[a][b] },
          note: winner && won[a][b] > 1 && size >= 30 && `×${won[a][b]}`,
        };
      };
      const back = (value, a, b) => ({ text: say(value), classes: { "mp-mine": !average && mine(a, b), "mp-left": !covered[a][b] } });
      const beside = S >= K; // overlapping windows would only be a mesh
      const others = beside ? out.flatMap((line, i) => line.map((_, j) => [i * S, j * S, K, K, "mp-window"])) : [];
      const top = row * S - P;
      const start = column * S - P;
      const target = average
        ? [Math.max(0, top), Math.max(0, start), Math.min(H, top + K) - Math.max(0, top), Math.min(W, start + K) - Math.max(0, start)]
        : [...to[row][column][0].slice(0, 2), 1, 1];
      const change = (name, shift) => ({
        pick: (i, j, event) => change(name, shift).set(i, j, (value) => clicked(value, [-9, 9], event.shiftKey)),
        type: (i, j, key) => change(name, shift).set(i, j, (value) => typed(key, value) ?? value),
        set: (i, j, f) => {
          const value = s[name][i - shift]?.[j - shift];
          if (value !== undefined) this.edit(name, i - shift, j - shift, f(value), name === "dout" ? { row: i, column: j } : {});
        },
      });
      const look = (i, j) => this.look(i, j);
      const hover = (i, j) => i !== null && !this.playing && this.look(i, j);
      const one = [[row, column, 1, 1]];
      const examples = Object.entries(EXAMPLES).map(([name, example]) => this.button(name, () => this.change(example),
        { pressed: String(Object.keys(example).every((key) => ["row", "column"].includes(key) || same(s[key], example[key]))) }));
      return html`<div class="mp-examples" role="group" aria-label="Examples"><span>Try</span>${examples}</div>
        <div class="mp-all" data-kind=${kind}>
          ${this.block(html`<b>x</b>, the map`, this.grid({ name: "x", label: "x, the map; type numbers", values: padded, cell: input,
            size, ...change("x", P), frames: [...others, [row * S, column * S, K, K]] }))}
          <div class="mp-way" aria-hidden="true"><span>${average ? "average" : "max"}</span>→</div>
          ${this.block(html`<b>out</b>, ${average ? "the averages" : "the largest"}`, this.grid({ name: "out",
            label: "out; arrows move the window", values: out, cell: (value) => ({ text: say(value) }), size, pick: look,
            follow: true, at: [row, column], hover, frames: one }))}
          ${this.block(html`<b>dout</b>, what comes back`, this.grid({ name: "dout", label: "dout; type numbers",
            values: s.dout, size, cell: (_, i, j) => (s.sent !== null && i * out[0].length + j >= s.sent ? { tint: "0" } : {}),
            ...change("dout", 0), hover, frames: one }))}
          <div class="mp-way mp-home" aria-hidden="true"><span>${average ? "shared" : "to the first"}</span>←</div>
          ${this.block(html`<b>dx</b>, who gets it`, this.grid({ name: "dx", label: "dx", values: dx, cell: back, size, frames: [target] }))}
        </div>`;
    }

    buttons(s) {
      const random = (rows, least, most) => rows.map((line) => line.map(() => least + Math.floor(Math.random() * (most - least + 1))));
      return [
        this.playing ? this.button("Pause", () => this.pause()) : this.button("Walk through the windows", () => this.walk()),
        this.button("Random numbers", () => this.change({ x: random(s.x, -5, 9), dout: random(s.dout, -3, 5) })),
      ];
    }
  }

  customElements.define("max-pool", MaxPool);
})();
