import type { Protocol } from './protocol.js';

/**
 * What a function does to a device, as far as its name tells. `read` is the only class that an attacker can't
 * hurt with; what no rule knows is `other`, and treated as if it could.
 */
export type FunctionClass =
  | 'read'
  | 'identify'
  | 'write'
  | 'operate'
  | 'program'
  | 'mode'
  | 'restart'
  | 'alarm'
  | 'file'
  | 'other';

type Rule = readonly [FunctionClass, RegExp];

/**
 * Names as Zeek and ICSNPP log them: Modbus application protocol 1.1b3 (Zeek's base/protocols/modbus/consts),
 * DNP3 application function codes (IEEE 1815, Zeek's base/protocols/dnp3/consts), CIP common services (ICSNPP's
 * consts). The first rule that matches decides; codes joined from several columns start with the function.
 */
const RULES: Readonly<Record<'modbus' | 'dnp3' | 'cip', readonly Rule[]>> = {
  modbus: [
    ['write', /^(WRITE_|MASK_WRITE_|READ_WRITE_)/],
    ['program', /^PROGRAM_/],
    ['mode', /^DIAGNOSTICS/],
    ['identify', /^(REPORT_SLAVE_ID|ENCAP_INTERFACE_TRANSPORT|READ_DEVICE)/],
    ['read', /^(READ_|GET_COMM_|POLL_)/],
  ],
  dnp3: [
    ['operate', /^(SELECT|OPERATE|DIRECT_OPERATE)/],
    ['restart', /^(COLD_RESTART|WARM_RESTART)/],
    ['mode', /^(START_APPL|STOP_APPL|INITIALIZE_)/],
    ['alarm', /^DISABLE_UNSOLICITED/],
    ['program', /^(ACTIVATE_CONFIG|SAVE_CONFIG)/],
    ['file', /^(OPEN_FILE|CLOSE_FILE|DELETE_FILE|ABORT_FILE|AUTHENTICATE_FILE|GET_FILE)/],
    ['write', /^(WRITE|ASSIGN_CLASS|FREEZE|IMMED_FREEZE|RECORD_CURRENT_TIME)/],
    ['read', /^(READ|CONFIRM|RESPONSE|UNSOLICITED_RESPONSE|ENABLE_UNSOLICITED|DELAY_MEASURE)/],
  ],
  cip: [
    [
      'write',
      /^(Set[ _]|Write[ _]|Apply[ _]|Read[ _]Modify[ _]Write|Read[ _]Write[ _]Modify|Insert[ _]|Remove[ _])/i,
    ],
    ['restart', /^Reset\b/i],
    ['mode', /^(Start|Stop)\b/i],
    ['program', /^(Create|Delete|Restore|Save|Execute PCCC|.*Download)\b/i],
    ['identify', /^(List[ _]?(Identity|Services|Interfaces)|Get[ _]Attributes?[ _]All)/i],
    [
      'read',
      /^(Get[ _]|Read[ _]|Find[ _]|Multiple[ _]Service|Forward[ _]|Large[ _]Forward|Unconnected|Register[ _]|Unregister|Send[ _]|Nop\b|List[ _])/i,
    ],
  ],
};

/** @param functionCode as in OtRecord; `-` (not logged, as in conn.log) counts as `read`: nothing was asked for */
export function functionClass(protocol: Protocol, functionCode: string): FunctionClass {
  if (functionCode === '-') return 'read';
  const rules = RULES[protocol === 'enip' ? 'cip' : protocol];
  return rules.find(([, pattern]) => pattern.test(functionCode))?.[0] ?? 'other';
}
