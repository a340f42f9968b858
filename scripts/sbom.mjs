// Prints what the product is installed with as a CycloneDX document. `npm sbom --omit dev` leaves out what a development
// tool needs too (three of our packages), so everything is listed and what is for development alone taken out again.
import { execFileSync } from 'node:child_process';

const all = execFileSync('npm', ['sbom', '--sbom-format', 'cyclonedx', '--package-lock-only'], {
  encoding: 'utf8',
  maxBuffer: 64 * 1024 * 1024,
});
const { components, dependencies, ...rest } = JSON.parse(all);
const forDevelopment = ({ properties = [] }) =>
  properties.some(({ name, value }) => name === 'cdx:npm:package:development' && value === 'true');
const left = new Set(components.filter(forDevelopment).map((component) => component['bom-ref']));
const document = {
  ...rest,
  components: components.filter((component) => !left.has(component['bom-ref'])),
  dependencies: dependencies
    .filter(({ ref }) => !left.has(ref))
    .map(({ ref, dependsOn = [] }) => ({ ref, dependsOn: dependsOn.filter((other) => !left.has(other)) })),
};
process.stdout.write(`${JSON.stringify(document, null, 2)}\n`);
