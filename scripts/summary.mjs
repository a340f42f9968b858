// Prints what was skipped and why, and last `N passed, N failed, N skipped`, from vitest's JSON report.
import { readFileSync } from 'node:fs';

const report = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const tests = report.testResults.flatMap((file) =>
  file.assertionResults.map((test) => ({ file: file.name, ...test })),
);
const count = (...states) => tests.filter((test) => states.includes(test.status)).length;
// A file that can't even be loaded has no tests to count, and is a failure all the same.
const broken = report.testResults.filter(
  (file) => file.status === 'failed' && file.assertionResults.length === 0,
);

for (const test of tests.filter(({ status }) => status === 'failed')) console.log(`failed: ${test.fullName}`);
for (const file of broken)
  console.log(`failed: ${file.name.split('/').slice(-2).join('/')} could not be loaded`);
for (const test of tests.filter(
  ({ status }) => status === 'skipped' || status === 'pending' || status === 'todo',
)) {
  console.log(
    `skipped: ${test.fullName} (${test.meta?.note ?? 'its precondition, named in the output above, was absent'})`,
  );
}
console.log(
  `${count('passed')} passed, ${count('failed') + broken.length} failed, ${count('skipped', 'pending', 'todo')} skipped`,
);
