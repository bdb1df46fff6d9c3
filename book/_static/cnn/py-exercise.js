// <py-exercise>: an answer cell of an exercise, written and checked in the page.
//
// The directive `py-exercise` writes the elements, each in a <details> of its own: what to start from
// in .cnn-py-start, the checks in .cnn-py-check. Without this script all of it is there to be read.
// The notebook's cells lie in the template .cnn-py-cells of the .cnn-py-work around the elements:
// for a run they go to Python in the notebook's order, up to the checks of this answer, with the
// learner's code in the place of the stubs.
(function () {
  "use strict";

  const here = document.currentScript.src;
  const STOP_HINT_SECONDS = 10;

  // ---- Python: one worker for the page, started by the first run ----

  const python = {
    worker: null,
    waiting: new Map(),
    next: 1,

    run(job, onProgress) {
      if (!this.worker) {
        this.worker = new Worker(new URL("py-worker.js", here));
        this.worker.onmessage = ({ data }) => this.receive(data);
        this.worker.onerror = (event) => {
          event.preventDefault();
          this.end({ fault: event.message || "Python did not start." });
        };
      }
      const id = this.next++;
      return new Promise((resolve) => {
        this.waiting.set(id, { resolve, onProgress });
        this.worker.postMessage({ id, ...job });
      });
    },

    receive({ id, progress, ...result }) {
      const job = this.waiting.get(id);
      if (!job) return;
      if (progress) {
        job.onProgress(progress);
      } else {
        this.waiting.delete(id);
        job.resolve(result);
      }
    },

    // Ends the worker and answers all who wait; the next run starts a new one.
    end(result) {
      this.worker?.terminate();
      this.worker = null;
      for (const job of this.waiting.values()) job.resolve(result);
      this.waiting.clear();
    },
  };

  // ---- What a browser keeps; where it keeps nothing, the page works all the same ----

  const store = {
    get(key) {
      try {
        return localStorage.getItem(`cnn:${key}`);
      } catch {
        return null;
      }
    },
    set(key, value) {
      try {
        if (value === null) localStorage.removeItem(`cnn:${key}`);
        else localStorage.setItem(`cnn:${key}`, value);
      } catch {
        // A private window: the code lives as long as the page.
      }
    },
  };

  // ---- The editor: CodeMirror, or a plain field where it does not load ----

  let editorScript = null;

  function loadEditor() {
    editorScript ??= new Promise((resolve) => {
      const script = document.createElement("script");
      script.src = new URL("../vendor/codemirror/codemirror.js", here);
      script.onload = () => resolve(window.CnnEditor);
      script.onerror = () => resolve(null);
      document.head.append(script);
    });
    return editorScript;
  }

  function plainEditor(parent, { code, label, describedby, onChange, onRun }) {
    const field = element("textarea", { class: "cnn-py-field", spellcheck: "false", rows: 16 });
    field.setAttribute("aria-label", label);
    field.setAttribute("aria-describedby", describedby);
    field.value = code;
    field.addEventListener("input", () => onChange(field.value));
    field.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
      event.preventDefault();
      onRun();
    });
    parent.append(field);
    return {
      get code() {
        return field.value;
      },
      set code(text) {
        field.value = text;
        onChange(text);
      },
      focus: () => field.focus(),
      mark() {},
    };
  }

  // ---- The element ----

  function element(tag, attributes = {}, ...children) {
    const node = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
    node.append(...children);
    return node;
  }

  function button(text, onClick, main = false) {
    const node = element("button", { type: "button", class: "cnn-button" }, text);
    if (main) node.classList.add("cnn-button-main");
    node.addEventListener("click", onClick);
    return node;
  }

  const HEADINGS = {
    passed: "✓ The check passes.",
    failed: "✗ Not yet.",
    unwritten: "Nothing is written here yet.",
    error: "✗ Python stopped.",
    stopped: "Stopped.",
    fault: "Python could not run in this page.",
    needs: "An earlier stage comes first.",
    served: "Python needs the book to be served.",
  };

  function download(name, text, type) {
    const link = element("a", { download: name });
    link.href = URL.createObjectURL(new Blob([text], { type }));
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  }

  // ---- The exercise: what its answers share ----

  const works = new WeakMap();

  class Work {
    constructor(root) {
      const data = JSON.parse(root.querySelector(".cnn-py-cells").content.textContent);
      Object.assign(this, data, { root });
      this.said = element("p", { class: "cnn-py-status", role: "status" });
      const bar = element("div", { class: "cnn-py-bar cnn-py-export" });
      bar.append(
        button("Download my notebook", () => this.exportNotebook()),
        button("Download as .py", () => this.exportModule()),
      );
      root.append(bar, this.said);
    }

    static of(node) {
      const root = node.closest(".cnn-py-work");
      if (!works.has(root)) works.set(root, new Work(root));
      return works.get(root);
    }

    answer(name) {
      const start = this.cells.find(([kind, each]) => kind === "answer" && each === name)[2];
      return store.get(`${this.slug}:${name}`) ?? start;
    }

    // The cells that a run of one answer sends: see py_runner.py for their kinds.
    job(name, code) {
      const here = this.cells.findIndex(([kind, each]) => kind === "answer" && each === name);
      let end = this.cells.findIndex(([kind], at) => kind === "answer" && at > here);
      if (end < 0) end = this.cells.length;
      while (this.cells[end - 1][0] === "code") end -= 1;
      const cells = this.cells.slice(0, end).map(([kind, each, source], at) => {
        if (at === here) return ["yours", each, code];
        if (kind === "answer") return ["earlier", each, this.answer(each)];
        return [kind === "check" && at > here ? "check" : "code", each, source];
      });
      return { cells, given: this.given };
    }

    functions() {
      const names = this.cells.filter(([kind]) => kind === "answer").map(([, name]) => name);
      return names.filter((name) => this.answer(name).includes(`def ${name}(`));
    }

    exportModule() {
      const parts = [`import numpy as np${this.given ? "\n\nimport given" : ""}`];
      for (const name of this.functions()) parts.push(this.answer(name).trim());
      download(`${this.slug}.py`, `${parts.join("\n\n\n")}\n`, "text/x-python");
      this.said.textContent = `${this.slug}.py holds your functions; it can be graded as it is.`;
    }

    async exportNotebook() {
      try {
        const link = document.querySelector(".cnn-card-download a");
        const notebook = await (await fetch(link.href)).json();
        for (const cell of notebook.cells) {
          const [, name] = /^(?:answer|by_hand)_(.*)$/.exec(cell.id) ?? [];
          if (name && this.cells.some(([kind, each]) => kind === "answer" && each === name)) {
            const lines = this.answer(name).trimEnd().split("\n");
            cell.source = lines.map((line, at) => (at < lines.length - 1 ? `${line}\n` : line));
          }
        }
        download(`${this.slug}.ipynb`, `${JSON.stringify(notebook, null, 1)}\n`, "application/json");
        this.said.textContent = `${this.slug}.ipynb is the whole exercise, with what you wrote here.`;
      } catch {
        this.said.textContent =
          "The notebook could not be read: a page opened as a file may not. Download it as .py.";
      }
    }
  }

  class PyExercise extends HTMLElement {
    connectedCallback() {
      if (this.status) return;
      this.work = Work.of(this);
      this.stage = this.closest("details");
      this.key = this.dataset.key;
      this.steps = JSON.parse(this.dataset.steps);
      this.start = this.querySelector(".cnn-py-start pre").textContent.replace(/\n*$/, "\n");
      this.done = element("span", { class: "cnn-py-done" });
      this.stage.querySelector("summary").append(this.done);
      this.markDone(store.get(`${this.key}:passed`) !== null);
      this.build();
      // An editor that nobody has come near costs nothing: what is closed is near nobody.
      const near = new IntersectionObserver((entries) => {
        if (!entries.some((entry) => entry.isIntersecting)) return;
        near.disconnect();
        this.edit();
      }, { rootMargin: "600px" });
      near.observe(this);
    }

    async edit() {
      const maker = await loadEditor();
      const options = {
        code: store.get(this.key) ?? this.start,
        label: `Your code: ${this.dataset.title}`,
        describedby: this.keysId,
        onChange: (code) => this.changed(code),
        onRun: () => this.run(),
      };
      this.home.replaceChildren();
      this.editor = maker ? maker.create(this.home, options) : plainEditor(this.home, options);
      this.dataset.ready = "";
    }

    build() {
      this.keysId = `${this.key.replace(":", "-")}-keys`;
      this.home = this.querySelector(".cnn-py-start");
      this.runButton = button("Run and check", () => this.run(), true);
      this.stopButton = button("Stop", () => this.stop());
      this.resetButton = button("Reset", () => this.reset());
      this.stopButton.disabled = true;
      this.status = element("p", { class: "cnn-py-status", role: "status" });
      this.result = element("div", { class: "cnn-py-result" });
      const keys = element("p", { class: "cnn-py-keys", id: this.keysId });
      keys.append(
        element("kbd", {}, "Ctrl"), "+", element("kbd", {}, "Enter"), " runs. ",
        element("kbd", {}, "Esc"), " and then ", element("kbd", {}, "Tab"), " leaves the editor.",
      );
      const bar = element("div", { class: "cnn-py-bar" });
      bar.append(this.runButton, this.stopButton, this.resetButton);
      this.home.after(keys, bar, this.status, this.result);
    }

    markDone(done) {
      this.done.textContent = done ? "✓ passed" : "";
      store.set(`${this.key}:passed`, done ? "1" : null);
    }

    changed(code) {
      store.set(this.key, code === this.start ? null : code);
      if (this.done.textContent) this.markDone(false);
      if (this.undo !== undefined && code !== this.start) this.offerReset();
    }

    async run() {
      if (!this.stopButton.disabled || !this.editor) return;
      if (location.protocol === "file:") {
        this.show("served", {
          message:
            "The page was opened as a file, and a browser does not start Python from a file. " +
            "In the book's folder (the one that holds index.html) run the line below, " +
            "then open http://localhost:8000. Your code is kept.",
          source: "python -m http.server",
        });
        return;
      }
      this.editor.mark(null);
      this.result.replaceChildren();
      this.busy(true);
      const hint = setTimeout(() => {
        this.status.textContent = "Still running. If a loop has no end, press Stop.";
      }, STOP_HINT_SECONDS * 1000);
      const job = this.work.job(this.dataset.name, this.editor.code);
      const result = await python.run(job, (text) => {
        this.status.textContent = text;
      });
      clearTimeout(hint);
      this.busy(false);
      if (result.report) this.report(result.report);
      else if (result.stopped) this.show("stopped", { message: "Your code is as it was." });
      else this.show("fault", { message: `${result.fault} Load the page again, or use the notebook.` });
    }

    report(report) {
      if (report.outcome === "passed") this.markDone(true);
      this.show(report.outcome, report);
      const names = Object.keys(this.steps);
      if (names.length < 2 || !(report.passed.length || report.stage)) return;
      const list = element("ul", { class: "cnn-py-steps" });
      for (const name of names) {
        const sign = report.passed.includes(name) ? "✓" : name === report.stage ? "✗" : "–";
        const said = { "✓": "passed", "✗": "not yet", "–": "not tried" }[sign];
        const mark = element("span", { role: "img", "aria-label": said }, sign);
        list.append(element("li", {}, mark, ` ${this.steps[name]}`));
      }
      this.result.prepend(list);
    }

    stop() {
      python.end({ stopped: true });
      this.runButton.focus();
    }

    busy(on) {
      this.runButton.disabled = on;
      this.stopButton.disabled = !on;
      this.toggleAttribute("data-busy", on);
      delete this.dataset.outcome;
      this.status.className = "cnn-py-status";
      if (on) this.status.textContent = "Running …";
    }

    show(outcome, { message, line, place, source, output }) {
      this.status.className = `cnn-py-status cnn-${outcome}`;
      if (outcome === "unwritten") {
        message = line ? `Replace line ${line} with your code.` : message;
      }
      const text = element("span", { class: "cnn-py-message" }, message || "");
      this.status.replaceChildren(element("strong", {}, HEADINGS[outcome]), message ? " " : "", text);
      const parts = [];
      const yours = place === "your code";
      if (yours) this.editor.mark(line);
      if (line && outcome !== "unwritten") {
        const where = yours ? `Line ${line} of your code:` : `Line ${line} of ${place}:`;
        // The check's own line says nothing that its message does not say.
        if (yours || outcome !== "failed" || message === "This does not hold:") {
          parts.push(element("p", {}, where), element("pre", {}, source));
        }
      } else if (source && !place) {
        parts.push(element("pre", {}, source));
      }
      if (output) {
        const box = element("pre", { class: "cnn-py-output", tabindex: 0 }, output);
        box.setAttribute("aria-label", "What your code printed");
        box.setAttribute("role", "region");
        parts.push(element("p", {}, "Printed:"), box);
      }
      this.result.replaceChildren(...parts);
      this.dataset.outcome = outcome;
    }

    // Asks nothing; what was there can be had back until the next change.
    reset() {
      if (this.undo !== undefined) {
        this.editor.code = this.undo;
        this.offerReset();
      } else if (this.editor.code !== this.start) {
        const before = this.editor.code;
        this.editor.code = this.start;
        this.undo = before;
        this.resetButton.textContent = "Undo reset";
      }
      this.editor.focus();
    }

    offerReset() {
      this.undo = undefined;
      this.resetButton.textContent = "Reset";
    }
  }

  customElements.define("py-exercise", PyExercise);
})();
