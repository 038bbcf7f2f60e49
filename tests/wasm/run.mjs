// Runs pytest in CPython that is compiled to WebAssembly, from files of this machine alone:
//     node tests/wasm/run.mjs PYODIDE PACKAGES [ARGUMENT ...]
// with the folder of the npm package `pyodide`, the site-packages that have pytest, and
// arguments for pytest. It fails where a test fails, and where none has passed.
import { existsSync } from "node:fs";
import path from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const [pyodide, packages, ...options] = process.argv.slice(2);
const checkout = fileURLToPath(new URL("../..", import.meta.url));
const { MISTRAL_PROTO_SHARED, MISTRAL_PROTO_REQUIRE_SHARED } = process.env;
const shared = MISTRAL_PROTO_SHARED || path.resolve(checkout, "../shared");

const { loadPyodide } = await import(pathToFileURL(path.resolve(pyodide, "pyodide.mjs")));
const python = await loadPyodide({
  env: {
    PYTHONDONTWRITEBYTECODE: "1", // the folders below are the machine's own
    ...(MISTRAL_PROTO_REQUIRE_SHARED && { MISTRAL_PROTO_REQUIRE_SHARED }),
  },
});
console.log(`Pyodide ${python.version}`);
python.mountNodeFS("/checkout", checkout);
python.mountNodeFS("/packages", packages);
// Tests look for it next to the checkout.
if (existsSync(shared)) python.mountNodeFS("/shared", shared);

const run = python.runPython(`
import os, sys

os.chdir("/checkout")
sys.path[:0] = ["/checkout", "/packages"]

import pytest

class Passed:
    number = 0

    def pytest_runtest_logreport(self, report):
        self.number += report.when == "call" and report.passed

def run(options):
    passed = Passed()
    code = int(pytest.main(["-p", "no:cacheprovider", *options], plugins=[passed]))
    return code or int(passed.number == 0)

run
`);
process.exitCode = run(python.toPy(options));
