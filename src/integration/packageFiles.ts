import { existsSync, readFileSync } from 'node:fs';
import { packagePath } from '../config/packageRoot.js';
import { dataStreamFiles, yaml } from './dataStream.js';
import { kibanaAssets } from './kibanaAssets.js';
import { changelog, ICON, packageManifest } from './manifest.js';
import { readme } from './readme.js';
import { packagedStreams } from './streams.js';
import { transformFiles } from './transform.js';

/** Documents that the pipelines made, one for each stream, by the stream's folder. */
export const SAMPLE_EVENTS = 'integration/sample-events';

/** Every file of the integration package by its path, in order: all of it from what set-up and Kibana get too. */
export function packageFiles(owner?: string): ReadonlyMap<string, string> {
  const streams = packagedStreams();
  const samples = new Map(
    streams.flatMap(({ folder }) => {
      const text = sampleEvent(folder);
      return text === undefined ? [] : [[folder, text] as const];
    }),
  );
  const files = new Map<string, string>([
    ['manifest.yml', yaml(packageManifest(owner))],
    ['changelog.yml', yaml(changelog())],
    ['LICENSE.txt', readFileSync(packagePath('LICENSE'), 'utf8')],
    [ICON.path, readFileSync(packagePath(ICON.file), 'utf8')],
    ['docs/README.md', readme(streams, samples)],
  ]);
  for (const stream of streams)
    for (const [path, text] of dataStreamFiles(stream, samples.get(stream.folder)))
      files.set(`data_stream/${stream.folder}/${path}`, text);
  for (const [path, text] of transformFiles()) files.set(path, text);
  for (const [path, text] of kibanaAssets()) files.set(`kibana/${path}`, text);
  return new Map([...files].sort(([a], [b]) => (a < b ? -1 : 1)));
}

function sampleEvent(folder: string): string | undefined {
  const path = packagePath(`${SAMPLE_EVENTS}/${folder}.json`);
  return existsSync(path) ? readFileSync(path, 'utf8') : undefined;
}
