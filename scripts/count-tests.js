// count-tests.js REPORT CODE: prints "passed failed skipped" from vitest's JSON report and its exit code.
import { readFileSync } from 'node:fs'

const [file = '', code] = process.argv.slice(2)
/** @type {{ testResults: { status: string, assertionResults: { status: string }[] }[] }} */
const report = JSON.parse(readFileSync(file, 'utf8'))

let passed = 0
let failed = 0
let skipped = 0
for (const { status, assertionResults } of report.testResults) {
  /** @param {string[]} statuses */
  const count = (...statuses) => assertionResults.filter((test) => statuses.includes(test.status)).length
  // A test still pending was running, or waited its turn, when its process crashed.
  const failures = count('failed', 'pending')
  passed += count('passed')
  skipped += count('skipped', 'todo', 'disabled')
  // A file that could not even be loaded has no tests to report, and is one failure.
  failed += status === 'failed' ? Math.max(failures, 1) : failures
}
// An error outside of every test.
if (code !== '0' && failed === 0) failed = 1
console.log(passed, failed, skipped)
