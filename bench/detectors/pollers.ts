import type { OtRecord } from '../../src/features/otRecord.js';
import type { Plant } from '../../src/simulator/index.js';

/** The machines of a plant that poll, and what they ask by themselves: not what people read through them. */
export function pollersOf({ scada, hmi, historian, plcs }: Plant): {
  readonly pollers: ReadonlySet<string>;
  readonly isPolled: (record: OtRecord) => boolean;
} {
  const asked = new Map<string, ReadonlySet<string>>();
  for (const { address, scadaReads, hmiReads, historianReads } of plcs) {
    asked.set(`${scada.address}|${address}`, new Set(scadaReads.map(({ func }) => func)));
    asked.set(`${hmi.address}|${address}`, new Set(hmiReads.map(({ func }) => func)));
    asked.set(`${historian.address}|${address}`, new Set(historianReads.map(({ func }) => func)));
  }
  return {
    pollers: new Set([scada, hmi, historian].map(({ address }) => address)),
    // what isn't one of the plant's PLCs (a gateway's units) is polled and nothing else
    isPolled: ({ source, destination, functionCode }) =>
      asked.get(`${source}|${destination}`)?.has(functionCode) ?? true,
  };
}
