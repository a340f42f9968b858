import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { packagePath } from '../config/packageRoot.js';
import { PACKAGE_NAME } from '../kibana/stableId.js';

/** The package has the version of the software whose documents it knows. */
export function packageVersion(): string {
  const { version } = z
    .object({ version: z.string() })
    .parse(JSON.parse(readFileSync(packagePath('package.json'), 'utf8')));
  return version;
}

/** Where the software is found; a changelog's entries must link somewhere. */
const HOME = 'https://www.npmjs.com/package/ot-anomaly-detector';

/**
 * Who answers for the package where it is published; Kibana's upload doesn't ask. The project's own name, until whoever
 * publishes the package gives an account or a team: `npm run package:build -- --owner org/team`.
 */
export const PROJECT_OWNER = 'ot-anomaly-detector';
/** What package-spec takes for a GitHub account or a team. */
export const OWNER_FORM = /^[a-zA-Z0-9_-]+(\/[a-zA-Z0-9_-]+)?$/;

export const ICON = { path: 'img/ot_anomaly.svg', file: 'integration/icon.svg' } as const;

export function packageManifest(owner = PROJECT_OWNER) {
  return {
    format_version: '3.3.0',
    name: PACKAGE_NAME,
    title: 'OT anomalies (Zeek, ICSNPP)',
    version: packageVersion(),
    source: { license: 'Apache-2.0' },
    description:
      'Collect Zeek and ICSNPP logs of industrial networks with Elastic Agent, and see what ot-anomaly-detector finds in them: alerts, decisions, audit.',
    type: 'integration',
    categories: ['security', 'network_security'],
    // Saved objects are of the oldest form that these read; nothing here needs a paid licence.
    conditions: { kibana: { version: '^8.18.0 || ^9.0.0' }, elastic: { subscription: 'basic' } },
    icons: [{ src: `/${ICON.path}`, title: 'OT anomalies', size: '32x32', type: 'image/svg+xml' }],
    policy_templates: [
      {
        name: 'zeek',
        title: 'Zeek logs of an OT network',
        description: 'Collect the logs of Zeek and ICSNPP with Elastic Agent.',
        inputs: [
          {
            type: 'filestream',
            title: 'Read Zeek’s log files',
            description: 'JSON lines, as Zeek writes them with json-logs.',
          },
        ],
      },
    ],
    owner: { github: owner, type: 'community' },
  };
}

/** Newest first. */
export function changelog() {
  return [
    {
      version: packageVersion(),
      changes: [
        {
          description: 'Data streams, pipelines, dashboards and detection rules of ot-anomaly-detector.',
          type: 'enhancement',
          link: HOME,
        },
      ],
    },
  ];
}
