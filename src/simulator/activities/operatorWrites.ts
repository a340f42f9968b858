import type { ModbusRequest } from '../modbusPdu.js';
import { integer, type Key, pick } from '../random.js';
import type { ScriptedRequest } from '../session.js';
import type { Span } from '../time.js';
import { operatorMoments } from './operatorMoments.js';

/** An operator's writes to one PLC in a span: a setpoint or a switch. */
export function operatorWrites(
  key: Key,
  requests: readonly ModbusRequest[],
  span: Span,
): readonly ScriptedRequest[] {
  const [first, ...others] = requests;
  if (first === undefined) return [];
  return operatorMoments(key, span, (random) => {
    const request = pick(random, [first, ...others]);
    const jump = request.func === 'WRITE_SINGLE_REGISTER' ? integer(random, 0, 3) : 0;
    return { ...request, address: request.address + jump };
  }).map(({ at, act }) => ({ at, request: act }));
}
