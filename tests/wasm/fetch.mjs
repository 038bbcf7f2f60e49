// Runs a program on CPython for WebAssembly: node tests/wasm/fetch.mjs PYODIDE PROGRAM SERVER_URL
import { readFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const [pyodide, program, serverURL] = process.argv.slice(2);
const { loadPyodide } = await import(pathToFileURL(path.resolve(pyodide, "pyodide.mjs")));
const python = await loadPyodide({ env: { PYTHONDONTWRITEBYTECODE: "1" } });
python.mountNodeFS("/checkout", fileURLToPath(new URL("../..", import.meta.url)));
python.runPython("import sys; sys.path.insert(0, '/checkout')");
python.globals.set("server_url", serverURL);
await python.runPythonAsync(readFileSync(program, "utf8"));
process.exit(0);
