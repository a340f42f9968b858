import { OWN_FIELDS } from './ownFields.js';

const ZEEK_COLUMN = /^zeek\.([a-z_0-9]+)\.(.+)$/;
const ASSET = /^ot_anomaly\.(source_asset|destination_asset|asset)\.(.+)$/;
const END = {
  asset: 'the asset',
  source_asset: 'the source',
  destination_asset: 'the destination',
} as const;

/**
 * What a field of ours holds, in a sentence.
 *
 * @throws {TypeError} if nobody has described it: a field of a template needs a line in ownFields.ts
 */
export function describeField(name: string): string {
  const own = OWN_FIELDS[name];
  if (own !== undefined) return own;
  const [, end, ofAsset] = ASSET.exec(name) ?? [];
  const said = ofAsset === undefined ? undefined : OWN_FIELDS[`asset.${ofAsset}`];
  if (end !== undefined && said !== undefined) return `${said} Of ${END[end as keyof typeof END]}.`;
  const [, log, column] = ZEEK_COLUMN.exec(name) ?? [];
  if (log !== undefined) return `Column \`${column}\` of ${log}.log, as Zeek or ICSNPP wrote it.`;
  throw new TypeError(`${name} has no description in src/integration/ownFields.ts`);
}
