// Python in a worker of its own: an endless loop here leaves the page alone, and can be stopped.
//
// In:  { id, cells: [[kind, name, source], ...], given }
// Out: { id, progress: text }, then { id, report } (see py_runner.py) or { id, fault: text }
"use strict";

importScripts("../vendor/pyodide/pyodide.js");

const home = new URL("../vendor/pyodide/", self.location.href).href;
let python = null; // a promise of the runner's `run`

async function start(progress) {
  progress("Loading Python: about 17 MB, once …");
  const [pyodide, runner] = await Promise.all([
    loadPyodide({ indexURL: home }),
    fetch(new URL("py_runner.py", self.location.href)).then((response) => response.text()),
  ]);
  progress("Loading NumPy …");
  await pyodide.loadPackage("numpy", { messageCallback() {}, errorCallback() {} });
  pyodide.runPython("import numpy");
  const namespace = pyodide.toPy({ __name__: "py_runner" });
  pyodide.runPython(runner, { globals: namespace, filename: "py_runner.py" });
  const run = namespace.get("run");
  return ({ cells, given }) => {
    const list = pyodide.toPy(cells);
    try {
      return JSON.parse(run(list, given));
    } finally {
      list.destroy();
    }
  };
}

self.onmessage = async ({ data: { id, ...job } }) => {
  const progress = (text) => self.postMessage({ id, progress: text });
  try {
    python ??= start(progress);
    const run = await python;
    progress("Running …");
    self.postMessage({ id, report: run(job) });
  } catch (error) {
    python = null; // the next run tries again
    self.postMessage({ id, fault: String(error.message || error) });
  }
};
