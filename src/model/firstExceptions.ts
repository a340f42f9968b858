import { askedFunction } from '../features/askedFunction.js';
import type { Baseline } from './artifact.js';
import { Firsts } from './firsts.js';

/** Which of a source's functions, each of one relation, were ever answered with an exception. */
export function firstExceptions(counted: Baseline['exceptions']): Firsts {
  const functions = new Map<string, { readonly source: string; readonly did: boolean }>();
  for (const [key, { exceptions }] of Object.entries(counted)) {
    const [, , , source = '', destination, port, protocol, unit, functionCode = '-'] = key.split('|');
    if (functionCode === '-') continue;
    const one = [source, destination, port, protocol, unit, askedFunction(functionCode)].join('|');
    functions.set(one, { source, did: exceptions > 0 || functions.get(one)?.did === true });
  }
  const firsts = new Firsts();
  for (const { source, did } of functions.values()) firsts.add(source, did);
  return firsts;
}
